"""The index file as a process has it open for reading, followed wherever it goes.

The file may not exist yet, may be replaced (rebuilt after damage), and the process may be forked: each is noticed by a
``stat`` before use. Knows nothing of what is in the tables.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from feeds.frozen import frozen
from service.index import database
from service.index.schema import APPLICATION_ID, SCHEMA_VERSION, metadata


@frozen(frozen=True, slots=True)
class _Opened:
    """One file, open. ``pulse`` is the connection that is asked for the change counter; both are None while there is no
    file yet."""

    device: int
    inode: int
    process: int
    epoch: int
    engine: Engine | None
    pulse: sqlite3.Connection | None

    def close(self) -> None:
        if self.engine is not None:
            self.engine.dispose()
        if self.pulse is not None:
            self.pulse.close()


class Following:
    """Connections to whatever file stands at ``path``; to an empty database while there is none. Safe for threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._opened = _Opened(0, 0, os.getpid(), 0, None, None)
        self._nothing: Engine | None = None
        self._inherited: list[_Opened] = []

    def close(self) -> None:
        with self._lock:
            self._opened.close()
            if self._nothing is not None:
                self._nothing.dispose()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One state of the database, from the first read on. Raises StorageUnavailable."""
        with database.explained(self.path):
            engine = self._follow().engine or self._empty()
            with engine.connect() as connection:
                yield connection

    def data_version(self) -> int:
        """Another number whenever anything was written or the file was replaced. Costs a few microseconds."""
        opened = self._follow()
        if opened.pulse is None:
            return 0
        with self._lock, database.explained(self.path):
            return opened.epoch << 32 | int(opened.pulse.execute("PRAGMA data_version").fetchone()[0])

    def size(self) -> int:
        """Bytes on disk, the log included; 0 where there is no file."""
        return sum(
            path.stat().st_size for path in (self.path, self.path.with_name(self.path.name + "-wal")) if path.exists()
        )

    def _empty(self) -> Engine:
        """An empty database. Made when somebody asks before there is a file: a writer never does."""
        with self._lock:
            if self._nothing is None:
                self._nothing = database.nothing(metadata)
            return self._nothing

    def _follow(self) -> _Opened:
        try:
            status = self.path.stat()
        except OSError:
            return self._opened  # gone for now: what is open can still be read
        opened, process = self._opened, os.getpid()
        if (opened.inode, opened.device, opened.process) == (status.st_ino, status.st_dev, process):
            return opened
        with self._lock:
            opened = self._opened
            if (opened.inode, opened.device, opened.process) != (status.st_ino, status.st_dev, process):
                self._reopen(status.st_dev, status.st_ino, process)
            return self._opened

    def _reopen(self, device: int, inode: int, process: int) -> None:
        try:
            pulse = database.connect_to_read(self.path)
            if not database.is_ours(pulse, APPLICATION_ID, SCHEMA_VERSION):
                pulse.close()
                return  # another release's; its worker replaces it
        except sqlite3.DatabaseError:
            return  # unreadable just now: what is open stays, and the next reader tries again
        before = self._opened
        self._opened = _Opened(device, inode, process, before.epoch + 1, database.reading(self.path), pulse)
        if before.process == process:
            before.close()
        else:
            # A fork's parent goes on using these; SQLite connections must not even be closed on the other side.
            self._inherited.append(before)
