"""One writer a directory, a state directory above all: advisory locks that the kernel releases however a holder ends.

Says who holds a state directory. Knows nothing of what the directory is for.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from service.errors import StorageUnavailable

FILE_NAME: Final = "lock"


def make_directory(directory: Path) -> None:
    """Make the state directory, for its owner alone. Raises StorageUnavailable where that cannot be."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = unusable(directory) or error.strerror
        raise StorageUnavailable(f"{directory}: {why}; name another directory with --state") from None


def unusable(directory: Path, *, writes: bool = True) -> str:
    """Why a directory cannot be made or written, as far as that shows without trying; "" where nothing does. For who
    ``writes`` nothing it has to be none, or a directory."""
    place = directory
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    said = "it" if place == directory else str(place)
    if not os.path.isdir(place):  # noqa: PTH112 - is_dir() raises where a name is too long
        return f"{said} is no directory"
    return "" if not writes or os.access(place, os.W_OK | os.X_OK) else f"{said} may not be written by this user"


class Held(StorageUnavailable):
    """Another process is the writer of the directory."""


class Lock:
    """Held from construction to :meth:`release`. Raises Held where another process holds it, StorageUnavailable where
    nobody can."""

    def __init__(self, directory: Path) -> None:
        path = directory / FILE_NAME
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageUnavailable(f"{path}: {error.strerror}; name another directory with --state") from None
        if not _taken(self._file):
            process = _read(self._file)
            os.close(self._file)
            raise Held(
                f"state directory {directory} is in use by process {process}; stop it, or name another one with --state"
            )
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next writer in. The file stays: removing it would let two processes lock two files of that name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def alone(directory: Path, patience: float) -> Iterator[None]:
    """In the block nobody else is in one of the same directory, which has to be there; who comes later waits.

    Raises Held after so many seconds. A file system without such locks keeps nobody out. Leaves no file behind.
    """
    file = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Held(f"{directory}: another process is writing there and does not end") from None
                time.sleep(0.05)
                continue
            except OSError:
                pass
            break
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    """Whether the lock is ours now. Asked twice: :func:`holder` holds it for an instant."""
    for pause in (0.05, 0.0):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            time.sleep(pause)
    return False


def holder(directory: Path) -> int | None:
    """The id of the process that holds the lock of a directory now; None where none does."""
    try:
        file = os.open(directory / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        for _ in range(20):  # whoever has just taken it is about to write who he is
            text = _read(file)
            if text.isdecimal():
                return int(text)
            time.sleep(0.01)
        return None
    finally:
        os.close(file)
    return None


def _read(file: int) -> str:
    return os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"
