"""Files of a directory as a scan loads them, some at a time: read, then understood, then taken.

Each step is done for all of them before the next. What a step needs of the processor's caches is there for all but the
first, which is worth a fifth of the time. Refuses to know what a scan remembers of files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from service.content.decode import decoded
from service.content.front_matter import split
from service.errors import Problem, Rejected
from service.settings import LimitSettings
from service.sources.dialects import Dialect, Preparing, Step, Stepwise, Understood
from service.sources.files import QUIET_SECONDS, Tree, Vanished
from service.sources.outcome import Job, Outcome
from service.sources.source import AWAITING, DOUBT, Put, Reject, Taker
from service.sources.walk import Entry, visible

_RETRIED: Final = frozenset(("file-unreadable", "file-unstable"))
"""Refusals that may end without a trace in what stat sees: the file is tried again at each scan."""

_HEAD_BYTES: Final = 256
"""Enough to see how a file begins."""

_TOGETHER: Final = 64
_TOGETHER_BYTES: Final = 1024 * 1024
"""Of files that are read before the first of them is understood."""


class _Read(NamedTuple):
    """A file that was read. ``entry`` is as it was then."""

    entry: Entry
    text: str
    encoded: bytes | None
    doubt: str
    notes: tuple[Problem, ...]


class Loading:
    """The files of one tree as a dialect understands them; posts as ``take`` wants them, where there is one."""

    def __init__(self, tree: Tree, dialect: Dialect, limits: LimitSettings, encoding: str, take: Taker | None) -> None:
        self._tree = tree
        self._dialect = dialect
        self._steps: Sequence[Step] = ()
        self._finish: Callable[[Entry, Any, Tree], Understood] = dialect.understand
        if isinstance(dialect, Stepwise):
            self._steps, self._finish = dialect.steps, dialect.finish
        self._prepare = dialect.prepare if isinstance(dialect, Preparing) else None
        self._limits = limits
        self._encoding = encoding
        self._take = take

    def load(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """What reading each file came to, in order."""
        for some in _together(jobs):
            found = [self._opened(job) for job in some]
            said: list[Any] = [read.text if isinstance(read, _Read) else None for read in found]
            for step in self._steps:
                for place, read in enumerate(found):
                    if isinstance(read, _Read):
                        try:
                            said[place] = step(read.entry, said[place])
                        except Rejected as error:
                            found[place] = self._rejected(read.entry, some[place].mark, read.notes, error)
            outcomes = [
                read if isinstance(read, Outcome) else self._understood(read, job.mark, words)
                for job, read, words in zip(some, found, said, strict=True)
            ]
            yield from outcomes if self._take is None else [_taken(outcome, self._take) for outcome in outcomes]

    def _opened(self, job: Job) -> _Read | Outcome:
        """Read one file. Where it is gone only the next listing decides (C-14)."""
        entry, mark, twin = job
        if self._passes_over(entry):
            return Outcome(None, (), passed_over=True)
        path = visible(entry.path)
        notes: tuple[Problem, ...] = ()
        if twin:
            message = f"the name differs from {visible(twin)} only in case or Unicode normalisation"
            notes = (Problem(path, 0, 0, "warning", "name-collision", message, "rename one of the two"),)
        try:
            (text, problems, encoded), read, young = self._text(entry, path)
        except Vanished:
            return Outcome(None, ())
        except Rejected as error:
            return self._rejected(entry, mark, notes, error)
        return _Read(read, text, encoded, DOUBT if young else "", notes + problems)

    def _understood(self, read: _Read, mark: str, said: Any) -> Outcome:
        """What a file that was read says, after all steps."""
        entry, text, encoded, doubt, notes = read
        tree = self._tree
        tree.missed.clear()
        tree.turns_at, tree.lacks = None, False
        try:
            if self._prepare is not None:
                text, problems = self._prepare(entry, text, tree)
                said, notes, encoded = text, notes + problems, None
            fields, problems = self._finish(entry, said, tree)
        except Vanished:
            return Outcome(None, ())
        except Rejected as error:
            return self._rejected(entry, mark, notes, error)
        turns = f"@{math.ceil(tree.turns_at.timestamp()):x}" if tree.turns_at else ""
        awaiting = AWAITING if tree.lacks else ""
        fingerprint = f"{entry.state}.{mark}{awaiting}{doubt}{turns}"
        return Outcome(Put(entry.path, fingerprint, fields, text, (*notes, *problems), encoded), tuple(tree.missed))

    def _rejected(self, entry: Entry, mark: str, notes: tuple[Problem, ...], error: Rejected) -> Outcome:
        again = any(problem.code in _RETRIED for problem in error.problems)
        fingerprint = "again" if again else f"{entry.state}.{mark}{self._doubt(entry)}"
        return Outcome(Reject(entry.path, fingerprint, (*notes, *error.problems)), ())

    def _doubt(self, entry: Entry) -> str:
        return DOUBT if self._tree.is_young(entry) else ""

    def _passes_over(self, entry: Entry) -> bool:
        """Whether a file is no post by how it begins. One that cannot be looked at is left to who reads it."""
        opening = self._dialect.opening(entry.path)
        if opening is None:
            return False
        try:
            if opening.match(self._tree.head(entry, _HEAD_BYTES)):
                return False
        except (Vanished, Rejected):
            return False
        return True

    def _text(self, entry: Entry, path: str) -> tuple[tuple[str, tuple[Problem, ...], bytes | None], Entry, bool]:
        """A file as it was decoded, its entry, and whether it is young. The first text that is whole is taken, and
        looked at again when it has settled; a file that lost its beginning is not: its writer has emptied it and is
        about to fill it (C-15)."""
        tree, limit, encoding = self._tree, self._limits.file_bytes, self._encoding
        data, read = tree.read(entry, limit, encoding, settle=QUIET_SECONDS)
        found, young = decoded(data, path, encoding), tree.is_young(read)
        if young and split(found[0]).kind is None:
            data, read = tree.read(entry, limit, encoding)
            found, young = decoded(data, path, encoding), tree.is_young(read)
        return found, read, young


def _taken(outcome: Outcome, take: Taker) -> Outcome:
    change = outcome.change
    return Outcome(take.of(change), outcome.missed) if isinstance(change, Put) else outcome


def _together(jobs: Iterable[Job]) -> Iterator[Sequence[Job]]:
    """Jobs in pieces whose files fit into memory."""
    some, size = list[Job](), 0
    for job in jobs:
        if some and (len(some) >= _TOGETHER or size + job.entry.size > _TOGETHER_BYTES):
            yield some
            some, size = [], 0
        some.append(job)
        size += job.entry.size
    if some:
        yield some
