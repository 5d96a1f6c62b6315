"""The processes that show how the index's work grows with an archive: each does one step and says what it took.

Run as ``python -m bench.growth_steps STEP DIRECTORY POSTS REPORT``; writes facts by name as JSON into REPORT. Seconds
begin after the imports. The posts come from :mod:`bench.archive`, without files; the newest have whole texts, so that a
feed is as long as a real one. Refuses to scan files: :mod:`bench.growth` has that done by the commands.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from bench import archive, corpus, first_hit
from bench.archive import Archive
from bench.plan import CATEGORIES
from bench.rendering import AGAIN, ANSWER, FIRST, GZIP
from service.index import Index
from service.paths import Target
from service.publisher import Publisher
from service.response import prepare
from service.settings import Settings, load
from service.sources.source import Put

Facts = dict[str, float]

CHANGES: Final = 9
"""Posts that come one after the other; what is told is the median."""
COUNTED: Final = 3
"""Posts that come after those, when SQLite's work is counted and the clock is not looked at."""
HITS: Final = 30
"""Categories whose feeds are made for the first time."""

_SOURCE: Final = "archive"
_WHOLE: Final = 2 * 20 * CATEGORIES
"""How many of the newest posts have whole texts: more than all windows hold."""


def fill(directory: Path, posts: int) -> Facts:
    """Take in the whole archive as one scan does: one transaction."""
    made = Archive(posts)
    with closing(Index.open(directory, writer=True)) as index:
        began, worked = time.perf_counter(), time.process_time()
        now = made.published(posts - 1)
        applied = index.apply(
            _SOURCE, (_put(made, number) for number in range(posts)), now, context=archive.CONTEXT, facts=archive.FACTS
        )
        facts = {"seconds": time.perf_counter() - began, "processor": time.process_time() - worked}
    if applied.put != posts:
        raise SystemExit(f"{applied.put} of {posts} posts were taken in")
    return facts | {"bytes": sum(path.stat().st_size for path in directory.glob("*.db"))}


def again(directory: Path, posts: int) -> Facts:
    """A scan that finds every post as it is known: what remains of a warm start where files cost nothing."""
    made = Archive(posts)
    with closing(Index.open(directory, writer=True)) as index:
        began, worked = time.perf_counter(), time.process_time()
        changes = _changed(made, index.fingerprints(_SOURCE))
        applied = index.apply(_SOURCE, changes, archive.NEXT, context=archive.CONTEXT, facts=archive.FACTS)
        facts = {"seconds": time.perf_counter() - began, "processor": time.process_time() - worked}
    if applied.put:
        raise SystemExit(f"{applied.put} posts changed by themselves")
    return facts


def change(directory: Path, posts: int) -> Facts:
    """One post more, again and again: what it asks of SQLite, and how soon its category's feed has new bytes."""
    made, work, settings = Archive(posts), _Work(), _settings(directory)
    taken: dict[str, list[float]] = {name: [] for name in ("apply", "shown", "rows", "statements", "instructions")}
    with closing(Index.open(directory, writer=True)) as index, closing(Index.open(directory)) as reader:
        publisher = Publisher(reader, settings)
        for later in range(CHANGES + COUNTED):
            if (counted := later >= CHANGES) and later == CHANGES:
                work.count()
            put = _put(made, posts + later)
            target = Target("category", put.fields.categories[0], "rss.xml")
            publisher.document(target)  # the feed is known: what is new is one entry
            publisher.poll()
            before, began = work.told(), time.perf_counter()
            now = made.published(posts + later)
            index.apply(_SOURCE, [put], now, context=archive.CONTEXT, facts=archive.FACTS)
            applied = time.perf_counter() - began
            after = work.told()
            publisher.poll()
            document = publisher.document(target)
            if document is None or put.fields.url.encode() not in document.body:
                raise SystemExit(f"{target.slug}: its feed does not hold {put.fields.url}")
            prepare(document, settings.cache).representation("gzip")
            shown = time.perf_counter() - began
            said = (
                {name: after[name] - before[name] for name in after}
                if counted
                else {"apply": applied * 1000, "shown": shown * 1000}
            )
            for name, value in said.items():
                taken[name].append(value)
    return {name: statistics.median(values) for name, values in taken.items()}


def hit(directory: Path, _: int) -> Facts:
    """Category feeds asked for the first time, gzip included."""
    steps = first_hit.measure(_settings(directory), directory, HITS)
    coded = [answer + gzip for answer, gzip in zip(steps[ANSWER], steps[GZIP], strict=True)]
    new, known = (
        statistics.median(made + rest for made, rest in zip(steps[step], coded, strict=True)) for step in (FIRST, AGAIN)
    )
    return {"new": new, "known": known}


STEPS: Final[dict[str, Callable[[Path, int], Facts]]] = {step.__name__: step for step in (fill, again, change, hit)}


class _Work:
    """What SQLite is asked to do through SQLAlchemy, by every connection of this process that is made from now on."""

    def __init__(self) -> None:
        self._connections: list[Connection] = []
        self._closed = 0
        self._statements = self._looks = 0
        event.listen(Pool, "connect", self._connected)
        event.listen(Pool, "close", self._closing)
        event.listen(Engine, "before_cursor_execute", self._executing)

    def count(self) -> None:
        """Count instructions from now on: every one is a call of ours, which takes its time."""
        for connection in self._connections:
            connection.set_progress_handler(self._look, 1)

    def told(self) -> Facts:
        """Rows written, statements and thousands of SQLite's instructions until now."""
        rows = self._closed + sum(connection.total_changes for connection in self._connections)
        return {"rows": rows, "statements": self._statements, "instructions": self._looks / 1000}

    def _connected(self, connection: Connection, _: object) -> None:
        self._connections.append(connection)

    def _closing(self, connection: Connection, _: object) -> None:
        self._connections.remove(connection)
        self._closed += connection.total_changes

    def _executing(self, *_: object) -> None:
        self._statements += 1

    def _look(self) -> int:
        self._looks += 1
        return 0


def _put(made: Archive, number: int) -> Put:
    """A post of the archive, with a whole text where a feed may show it."""
    put = made.put(number)
    if number < made.posts - _WHOLE:
        return put
    _, _, text = corpus.post(number, number + 1, CATEGORIES)[1].split("---\n", 2)
    return replace(put, text=f"---\n---\n{text}")


def _changed(made: Archive, known: dict[str, str]) -> Iterator[Put]:
    for number in range(made.posts):
        if known.get(made.locator(number)) != str(number):
            yield _put(made, number)


def _settings(directory: Path) -> Settings:
    return load({"service": {"state": str(directory)}})


def main(step: str, directory: Path, posts: int, report: Path) -> None:
    """Do one step and write its facts down."""
    report.write_text(json.dumps(STEPS[step](directory, posts)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
