"""The index: what we know of every post, for any number of readers and one writer.

:class:`Index` opens the files of a state directory and turns each change into one transaction. What a transaction
does is :mod:`service.index.edit`'s, what can be asked is :mod:`service.index.reader`'s.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, insert, select

from service.errors import Problem, StorageUnavailable
from service.index import FILE_NAME, database, state
from service.index.chunks import chunked
from service.index.edit import Edit
from service.index.listing import Listing
from service.index.locating import FIRST, SUBJECTS, new_shard, new_subject
from service.index.ownership import Owner
from service.index.placing import new_term
from service.index.records import Applied, Hold, Rendered, Schedule, Staleness
from service.index.schema import (
    APPLICATION_ID,
    PAGE,
    RENDER_REVISION,
    SCHEMA_VERSION,
    feed_aliases,
    files,
    gone,
    meta,
    metadata,
    shards,
    subjects,
    terms,
)
from service.index.state import State
from service.index.state_schema import Pin
from service.lock import Lock, make_directory
from service.sources.source import Change, Context, SiteFacts

TERMS_LIMIT: Final = 10_000

Verdict = tuple[Hold | None, Sequence[Problem]]
"""What of a scan is held back, and the lines of the report that say so."""


def believed() -> Verdict:
    """Nothing is held back."""
    return None, ()


class Index(Listing):
    """The index of a state directory. :meth:`open` it; :meth:`close` it in the thread that writes."""

    def __init__(self, directory: Path, writing: _Writing | None) -> None:
        super().__init__(directory)
        self._writing = writing
        self._contested: list[tuple[str, Problem]] = []

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        writer: bool = False,
        sources: Sequence[Owner] = (),
        adopt: bool = False,
        terms_limit: int = TERMS_LIMIT,
        shape: int | None = 0,
    ) -> Index:
        """Open the index for reading, or as the one writer of the directory.

        A writer creates what is missing, puts a damaged or foreign ``index.db`` aside and starts an empty one, which
        the next scan fills. ``sources`` are those that the directory belongs to from now on
        (:mod:`service.index.ownership`), whatever they were before where it is to ``adopt`` them; ``terms_limit`` is
        ``limits.terms_per_site``, ``shape`` a number for what else shapes documents: where it is another than before,
        every channel has changed (None: it is the same). Raises StorageUnavailable: the directory is locked by another
        writer, belongs to other sources or cannot be written, or ``state.db`` is damaged. A reader needs nothing to be
        there yet, but what is there has to be a directory.
        """
        if not writer and os.path.lexists(directory) and not os.path.isdir(directory):  # noqa: PTH112 - long names
            raise StorageUnavailable(f"{directory}: is no directory; name another one with --state")
        if not writer and os.path.isdir(directory) and not os.access(directory, os.R_OK | os.X_OK):  # noqa: PTH112
            raise StorageUnavailable(f"{directory}: may not be read by this user; name another one with --state")
        return cls(directory, _Writing(directory, sources, terms_limit, shape, adopt=adopt) if writer else None)

    def close(self) -> None:
        super().close()
        if self._writing is not None:
            self._writing.close()

    def rebuild(self) -> None:
        """Put the file aside and start an empty one: for a writer that met damage (``database.Corrupt``)."""
        self._writer().rebuild("damaged while in use")

    # -- writing -------------------------------------------------------------------------------------------------

    def apply(
        self,
        source: str,
        changes: Iterable[Change],
        now: datetime,
        *,
        context: Context,
        facts: SiteFacts,
        problems: Sequence[Problem] = (),
        verdict: Callable[[], Verdict] = believed,
        schedule: Schedule | None = None,
    ) -> Applied:
        """Take in a complete scan of a source, in one transaction that ends when ``changes`` does.

        ``problems`` are the source's own. ``verdict`` is asked after the last change: what the scan found missing and
        ``changes`` kept back. ``schedule`` is a remote source's from now on. Where ``changes`` raises, nothing has
        happened. Posts whose time has come change state as in :meth:`advance`. Raises StorageUnavailable, and then
        nothing has happened either.
        """
        with self._edit(now, whole=True) as edit:
            edit.describe(source, facts, context)
            edit.scan(source, changes)
            held, held_problems = verdict()
            edit.mark_scanned(source, held, schedule)
            edit.findings.replace("source", source, {"": problems})
            edit.findings.replace("scan", source, {"": held_problems})
            return edit.applied()

    def amend(self, source: str, changes: Iterable[Change], now: datetime) -> Applied:
        """Take in what is new in single posts: as :meth:`apply`, of less than a complete scan."""
        with self._edit(now) as edit:
            edit.scan(source, changes)
            return edit.applied()

    def advance(self, now: datetime) -> int:
        """Let scheduled posts go live and expired ones leave; how many channels changed."""
        with self._edit(now) as edit:
            return edit.close()

    def enroll(self, sources: Sequence[str], now: datetime) -> None:
        """The sources there are, in the order in which their facts count."""
        with self._edit(now) as edit:
            edit.enroll(sources)
            edit.close()

    def retain(self, sources: Sequence[str], now: datetime) -> None:
        """Forget every other source, with all its posts: it is no longer configured."""
        with self._edit(now) as edit:
            edit.retain(sources)
            edit.close()

    def mark_stale(
        self,
        source: str,
        now: datetime,
        staleness: Staleness,
        problems: Sequence[Problem] = (),
        schedule: Schedule | None = None,
    ) -> None:
        """A scan of the source failed; what it published stays, and what was held back is still held back."""
        with self._edit(now) as edit:
            edit.mark_stale(source, staleness, schedule)
            edit.findings.replace("scan", source, {"": problems})
            edit.close()

    def store_rendered(
        self, number: int, digest: str, rendering: Rendered, now: datetime, problems: Sequence[Problem] = ()
    ) -> bool:
        """Publish a body that was rendered under a deadline: its post gets another digest, its channels are touched.

        False, and nothing happened, where the post is no longer the one that had ``digest``.
        """
        with self._edit(now) as edit:
            stored = edit.render(number, digest, rendering, problems)
            edit.close()
        return stored

    def take_contested(self) -> list[tuple[str, Problem]]:
        """What was found since this was asked last of posts that lost their URL or id to another file by mistake: the
        first of each transaction, with the names of their sources."""
        found, self._contested = self._contested, []
        return found

    def pins(self, ids: Iterable[str]) -> dict[str, Pin]:
        """What is pinned to posts with these ids, by id."""
        return self._writer().pins(ids)

    def pin(self, pins: Mapping[int, Pin], now: datetime) -> None:
        """Give posts, by number, ids and dates of a feed of before (:mod:`service.index.pinning`)."""
        with self._edit(now) as edit:
            edit.pin(pins)
            edit.close()

    def alias_feed(self, path: str, target: str, now: datetime) -> None:
        """What asks for a feed at this path (decoded) is sent to ``target``, the path of a document."""
        with self._edit(now) as edit:
            edit.alias_feed(path, target)
            edit.close()

    @contextmanager
    def _edit(self, now: datetime, *, whole: bool = False) -> Iterator[Edit]:
        with self._writer().edit(now, whole=whole) as edit:
            yield edit
        self._contested += edit.findings.contested

    def _writer(self) -> _Writing:
        if self._writing is None:
            raise StorageUnavailable(f"{self.directory}: opened for reading only")
        return self._writing


class _Writing:
    """The lock, the state file and the engine of the one writer."""

    def __init__(
        self, directory: Path, sources: Sequence[Owner], terms_limit: int, shape: int | None, *, adopt: bool
    ) -> None:
        self._path = directory / FILE_NAME
        self._terms_limit = terms_limit
        self._shape = shape
        make_directory(directory)
        self._lock = Lock(directory)
        try:
            for path in (self._path, directory / state.FILE_NAME):
                database.remove_unfinished(path)  # a first scan's that was killed: nobody's, and as large as an index
            with database.explained(self._path):
                self._state = State(directory)
                if sources:
                    self._state.claim(sources, adopt=adopt)
                self._engine = self._open()
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        database.seal(self._engine, self._path)
        self._state.close()
        self._lock.release()

    def rebuild(self, reason: str) -> None:
        self._engine.dispose()
        database.put_aside(self._path, reason)
        self._engine = self._open()

    def pins(self, ids: Iterable[str]) -> dict[str, Pin]:
        with database.explained(self._path, rebuilds=False):
            return self._state.pins(ids)

    @contextmanager
    def edit(self, now: datetime, *, whole: bool = False) -> Iterator[Edit]:
        """One transaction, maybe of a ``whole`` source. The state file is written first: what the index shows is always
        remembered."""
        with database.explained(self._path), self._engine.begin() as begun:
            room = self._filling(begun) if whole and _is_empty(begun) else nullcontext(begun)
            with room as connection, self._state.edit() as state:
                shape = connection.scalar(_SHAPE) if self._shape is None else self._shape
                yield Edit(connection, state, now, self._terms_limit, shape or 0)

    @contextmanager
    def _filling(self, begun: Connection) -> Iterator[Connection]:
        """A file of its own for the first scan; the transaction that was ``begun`` keeps others off the present one."""
        with database.filling(self._path) as connection:
            yield connection
        begun.detach()  # so that it is closed afterwards: its file is no longer the index

    def _open(self) -> Engine:
        if self._path.exists():
            trusted = database.sealed(self._path)
            reason = database.defect(self._path, APPLICATION_ID, SCHEMA_VERSION, trusted=trusted)
            if reason:
                database.put_aside(self._path, reason)
        if not self._path.exists():
            self._create()
        return database.writing(self._path)

    def _create(self) -> None:
        """An empty index: the site's channel, and every term that ever had a slug, so that it keeps it."""
        held = [
            new_term(number, term.kind, term.key, term.slug, term.label)
            for number, term in enumerate(sorted(self._state.terms()), start=2)
        ]
        marks = {
            "revision": 0,
            "next_post": 1,
            "next_term": len(held) + 2,
            "advanced_to": 0,
            "render_revision": RENDER_REVISION,
            "shape": self._shape or 0,
        }
        with database.creating(self._path, metadata, APPLICATION_ID, SCHEMA_VERSION, page=PAGE) as connection:
            connection.execute(insert(terms), [new_term(1, "site", "", "", ""), *held])
            connection.execute(insert(shards), [new_shard(cut) for cut in (FIRST, *self._state.shards())])
            connection.execute(insert(subjects), [new_subject(name) for name in SUBJECTS])
            for chunk in chunked(self._state.departed()):
                connection.execute(insert(gone), [{"key": key} for key in chunk])
            moved = [{"path": path, "target": target} for path, target in sorted(self._state.feed_aliases().items())]
            if moved:
                connection.execute(insert(feed_aliases), moved)
            connection.execute(insert(meta), [{"key": key, "value": value} for key, value in marks.items()])


_SHAPE = select(meta.c.value).where(meta.c.key == "shape")


def _is_empty(connection: Connection) -> bool:
    """Whether no scan has found anything yet."""
    return connection.execute(select(files.c.locator).limit(1)).first() is None
