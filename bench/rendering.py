"""First hit of a category feed: from an index that knows the posts to the bytes that answer, in process, without HTTP.

Each category meets a new publisher, so nothing is known but what SQLite and the operating system keep. Run as
``python -m bench.rendering CONTENT STATE CATEGORIES``; prints milliseconds by step as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from bench import tutorial
from bench.plan import Ground, Plan
from bench.processes import output, python
from bench.table import Group, Row, beside
from feeds.model import Document
from service.index import ChannelRow, Index
from service.paths import DocumentName, Target
from service.publisher import Publisher
from service.response import prepare
from service.settings import Settings, load

_P = ParamSpec("_P")
_T = TypeVar("_T")

FIRST: Final = "rss.xml, nothing known"
SECOND: Final = "atom.xml next: posts known, entries not"
AGAIN: Final = "rss.xml again: entries known, document not"
ANSWER: Final = "  and its answer: headers, ETag"
GZIP: Final = "  and gzip"
TUTORIAL: Final = "tutorial view: feedgen, posts in memory"
PROCESS: Final = "  the very first of a process"


def run(ground: Ground, plan: Plan) -> Group:
    """Measure in a process of its own."""
    arguments = (str(ground.content(plan.large)), str(ground.state(plan.large)), str(plan.renders))
    steps: dict[str, list[float]] = json.loads(output(ground.directory, python("bench.rendering", *arguments)))
    again = steps[AGAIN]
    rows = [
        Row(FIRST, tuple(steps[FIRST]), "ms", beside(steps[FIRST], again, "entries known")),
        Row(PROCESS, tuple(steps[PROCESS]), "ms"),
        Row(SECOND, tuple(steps[SECOND]), "ms", beside(steps[SECOND], again, "entries known")),
        *(Row(step, tuple(steps[step]), "ms") for step in (AGAIN, ANSWER, GZIP)),
        Row(TUTORIAL, tuple(steps[TUTORIAL]), "ms", beside(steps[TUTORIAL], again, "entries known")),
    ]
    note = (
        f"a category feed of 20 whole entries out of {plan.large:,} posts, in process, without HTTP; each run is "
        "another category and a new publisher; the tutorial's posts are rendered before the clock starts."
    )
    return Group("First hit", note, tuple(rows))


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
