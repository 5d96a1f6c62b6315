"""States of the index as a reader sees them: a snapshot belongs to one of them, whatever is written meanwhile.

Safe for any number of threads and processes. Knows nothing of what the tables hold.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from service.index import FILE_NAME
from service.index.following import Following

T = TypeVar("T")


class Snapshots:
    """The index in a directory. Every method raises StorageUnavailable where the file cannot be read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._file = Following(directory / FILE_NAME)
        self._local = threading.local()
        self._kept: tuple[int, dict[str, Any]] = (-1, {})
        """What was read that every document needs, of the state with this number (:meth:`data_version`)."""

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it, everything this thread reads belongs to one state of the index, whatever is written meanwhile."""
        if getattr(self._local, "connection", None) is not None:
            yield
            return
        version = self._file.data_version()
        with self._file.connection() as connection:
            connection.exec_driver_sql(_BEGUN)
            self._local.connection, self._local.kept = connection, self._kept_of(version)
            try:
                yield
            finally:
                self._local.connection = self._local.kept = None

    def _kept_of(self, version: int) -> dict[str, Any]:
        """Where a snapshot that has just read for the first time keeps what holds for all of its state.

        ``version`` is from before. Only where nothing was written in between, the snapshot is known to be that state
        and no later one; then it shares with the others of that state, else it keeps for itself.
        """
        if version != self._file.data_version():
            return {}
        if self._kept[0] != version:
            self._kept = version, {}
        kept_version, kept = self._kept
        return kept if kept_version == version else {}

    def remembered(self, name: str, read: Callable[[Connection], T]) -> T:
        """What ``read`` says, which is asked once in a state of the index: for what every document needs.

        Nothing that grows with the posts may be kept so.
        """
        kept: dict[str, Any] | None = getattr(self._local, "kept", None)
        if kept is None:
            with self.reading() as connection:
                return read(connection)
        if name not in kept:
            kept[name] = read(self._local.connection)
        found: T = kept[name]
        return found

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """This thread's snapshot, else a connection of its own."""
        kept: Connection | None = getattr(self._local, "connection", None)
        if kept is not None:
            yield kept
        else:
            with self._file.connection() as connection:
                yield connection

    def data_version(self) -> int:
        """Another number whenever anything was written or the file was replaced. Costs a few microseconds."""
        return self._file.data_version()


_BEGUN: Final = "SELECT 1 FROM meta LIMIT 1"
"""A transaction sees the state of its first read: this is that read."""
