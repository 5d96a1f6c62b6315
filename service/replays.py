"""Which deliveries were seen in the last day: a file that all processes of a state directory share, bounded in size.

It survives a restart. Refuses to know what a delivery is: it gets digests of one length.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from service.errors import StorageUnavailable

FILE_NAME: Final = "hooks.seen"
DIGEST_BYTES: Final = 32
LIFETIME: Final = 24 * 3600
"""Seconds for which a delivery is remembered (W-03)."""

MOST: Final = 4096
"""Deliveries remembered; beyond it the older half is forgotten."""

_RECORD: Final = struct.Struct(f">Q{DIGEST_BYTES}s")


class Replays:
    """The deliveries of one state directory. Safe for threads and for processes."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME

    def seen(self, digest: bytes, now: float) -> bool:
        """Whether it was added less than a day before ``now``, in seconds since 1970. Raises StorageUnavailable."""
        try:
            with self._open() as file:
                return digest in _lately(file, now)
        except OSError as error:
            raise StorageUnavailable(f"{self._path}: {error.strerror}") from None

    def add(self, digest: bytes, now: float) -> None:
        """Remember it from ``now`` on. Raises StorageUnavailable."""
        try:
            with self._open() as file:
                held = os.fstat(file).st_size
                whole = held - held % _RECORD.size  # a crash, or a full disk, may have cut the last one
                if whole < MOST * _RECORD.size:
                    os.ftruncate(file, whole)
                    os.pwrite(file, _RECORD.pack(int(now), digest), whole)
                    return
                kept = [*_lately(file, now).items()][-MOST // 2 :]
                os.pwrite(file, b"".join(_RECORD.pack(when, what) for what, when in [*kept, (digest, int(now))]), 0)
                os.ftruncate(file, (len(kept) + 1) * _RECORD.size)
        except OSError as error:
            raise StorageUnavailable(f"{self._path}: {error.strerror}") from None

    @contextmanager
    def _open(self) -> Iterator[int]:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # for microseconds; opened anew each time, so it holds between threads too
            yield file
        finally:
            os.close(file)


def _lately(file: int, now: float) -> dict[bytes, int]:
    """Digests to the second they were added in, the oldest first."""
    data = os.pread(file, (MOST + 1) * _RECORD.size, 0)
    whole = len(data) - len(data) % _RECORD.size
    return {what: when for when, what in _RECORD.iter_unpack(data[:whole]) if now - when < LIFETIME}
