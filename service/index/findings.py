"""The problems the index keeps: who found what where, replaced only by who found it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, delete, insert, select

from service.errors import Problem
from service.index.chunks import chunked
from service.index.schema import problems

Origin = Literal["file", "render", "duplicate", "identity", "source", "scan", "terms"]
"""``file`` and ``source``: what a source said of one post, of itself. ``scan``: why a scan was not believed or could
not be made. ``duplicate``, ``identity`` and ``terms``: the index. ``render``: the worker, of a body it rendered under a
deadline."""


_REMEMBERED: Final = 100
"""Posts that lost to another file of which a transaction remembers that this is new; nobody is told of more."""


class Findings:
    """Problems within one write transaction. ``changed`` tells whether readers have to look again, ``contested`` has
    what is new of posts that lost their URL or id to another file by mistake, the first of them with their sources."""

    def __init__(self, connection: Connection) -> None:
        self.changed = False
        self.contested: list[tuple[str, Problem]] = []
        self._connection = connection

    def replace(self, origin: Origin, source: str, found: Mapping[str, Sequence[Problem]]) -> None:
        """Make ``found`` all that this origin has to say of these locators (the key "" is the source itself)."""
        for locators in chunked(found):
            rows = self._connection.execute(_KNOWN, {"o": origin, "s": source, "l": locators}).all()
            if not rows and not any(map(found.__getitem__, locators)):
                continue
            known: dict[str, set[Problem]] = {}
            for locator, *columns in rows:
                known.setdefault(locator, set()).add(Problem(*columns))
            stale = [locator for locator in known if known[locator] != set(map(_legal, found[locator]))]
            fresh = [locator for locator in locators if set(map(_legal, found[locator])) != known.get(locator, set())]
            if stale:
                self._connection.execute(_FORGET, {"o": origin, "s": source, "l": stale})
            added = [
                {"origin": origin, "source": source, "locator": locator, **asdict(problem)}
                for locator in fresh
                for problem in dict.fromkeys(map(_legal, found[locator]))
            ]
            if added:
                self._connection.execute(insert(problems), added)
            if origin == "duplicate" and fresh and len(self.contested) < _REMEMBERED:
                lost = (problem for locator in fresh for problem in found[locator] if problem.level == "error")
                self.contested += [(source, problem) for problem in lost]
            self.changed = self.changed or bool(stale or fresh)

    def forget(self, source: str, locators: Iterable[str]) -> None:
        """Nothing is known of these locators any more, whoever found it."""
        for chunk in chunked(locators):
            gone = self._connection.execute(_FORGET_ALL, {"s": source, "l": chunk}).rowcount
            self.changed = self.changed or gone > 0


def storable(text: str) -> str:
    """``text`` without lone surrogates, which no storage takes: they are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _legal(problem: Problem) -> Problem:
    """Messages quote content, and content may hold anything."""
    texts = (problem.path, problem.message, problem.hint)
    if all(text.isascii() for text in texts):
        return problem
    path, message, hint = map(storable, texts)
    return Problem(path, problem.line, problem.column, problem.level, problem.code, message, hint)


_columns = problems.c
_KNOWN = select(
    _columns.locator,
    _columns.path,
    _columns.line,
    _columns.column,
    _columns.level,
    _columns.code,
    _columns.message,
    _columns.hint,
).where(
    _columns.origin == bindparam("o"),
    _columns.source == bindparam("s"),
    _columns.locator.in_(bindparam("l", expanding=True)),
)
_FORGET = delete(problems).where(
    _columns.origin == bindparam("o"),
    _columns.source == bindparam("s"),
    _columns.locator.in_(bindparam("l", expanding=True)),
)
_FORGET_ALL = delete(problems).where(
    _columns.source == bindparam("s"), _columns.locator.in_(bindparam("l", expanding=True))
)
