"""The process that renders category feeds for the first time and says what each step took.

Each category meets a new publisher, so nothing is known but what SQLite and the operating system keep. Run as
``python -m bench.first_hit CONTENT STATE CATEGORIES``; prints milliseconds by step as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from bench import tutorial
from bench.rendering import AGAIN, ANSWER, FIRST, GZIP, PROCESS, SECOND, TUTORIAL
from feeds.model import Document
from service.index import ChannelRow, Index
from service.paths import DocumentName, Target
from service.publisher import Publisher
from service.response import prepare
from service.settings import Settings, load

_P = ParamSpec("_P")
_T = TypeVar("_T")


def settings_of(content: str, state: str) -> Settings:
    """The defaults, for a corpus that was indexed into a state directory."""
    return load({"source": [{"path": content}], "service": {"state": state}})


def measure(settings: Settings, state: Path, categories: int) -> dict[str, list[float]]:
    """Milliseconds of each step, one sample for each category."""
    steps: dict[str, list[float]] = defaultdict(list)

    def timed(step: str, work: Callable[_P, _T], *args: _P.args, **options: _P.kwargs) -> _T:
        began = time.perf_counter()
        made = work(*args, **options)
        steps[step].append((time.perf_counter() - began) * 1000)
        return made

    index = Index.open(state)
    first, *others = [row for row in index.channels("category") if row.posts >= settings.feed.window]
    timed(PROCESS, _feed, Publisher(index, settings), first, "rss.xml")
    for row in others[:categories]:
        publisher = Publisher(index, settings)
        timed(FIRST, _feed, publisher, row, "rss.xml")
        timed(SECOND, _feed, publisher, row, "atom.xml")
        document = timed(AGAIN, _feed, publisher, row, "rss.xml")
        resource = timed(ANSWER, prepare, document, settings.cache)
        timed(GZIP, resource.representation, "gzip")
        timed(TUTORIAL, tutorial.feed, tutorial.posts_of(publisher, row))
    return steps


def _feed(publisher: Publisher, row: ChannelRow, name: DocumentName) -> Document:
    made = publisher.document(Target("category", row.slug, name))
    assert made is not None  # noqa: S101 - the index has just named the channel
    return made


if __name__ == "__main__":
    content, state, categories = sys.argv[1:]
    print(json.dumps(measure(settings_of(content, state), Path(state), int(categories))))
