"""A directory tree as a source reads it: what lies in it, and the bytes of one file.

Nothing outside the root is ever opened, nothing that is not a regular file is ever read, and nothing here blocks:
every directory below the root is opened with O_NOFOLLOW from its parent's descriptor, so a link that appears between
listing and opening leads nowhere. What a file means is not this module's business.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from types import MappingProxyType, TracebackType
from typing import Final, Self

from service.content.decode import HEAD_BYTES, refuse_binary
from service.errors import Problem, Rejected, SourceUnavailable
from service.sources.walk import Entry, Listing, Walk, inside, visible

SETTLE_SECONDS: Final = 0.3
"""A file that changed less than this ago may still be in the writer's hands (C-15)."""

QUIET_SECONDS: Final = 0.05
"""A file that nobody wrote to for this long can be read: who is asked again when it has settled may be answered now."""

RETRY_SECONDS: Final = 0.1
RETRIES: Final = 3

_TWISTED = re.compile(r"^/|//|(?:^|/)\.{1,2}(?:/|$)|/$|^$|\0")
"""A path that does not spell out where it leads."""
_MOST_KEPT: Final = 4096

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Vanished(Exception):
    """The file was there when the tree was listed and is not there now (C-14): neither an error nor a deletion."""


class Tree:
    """An open root directory. Use it as a context manager; it holds two descriptors at most.

    ``follow``: links whose target lies in the tree are read, the others refused; False refuses all of them.
    ``clock`` gives seconds since the epoch, ``sleep`` waits for seconds; tests replace both.
    """

    def __init__(
        self,
        root: Path,
        *,
        follow: bool = True,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises SourceUnavailable where the root is missing, not a directory, or may not be read."""
        self._follow = follow
        self._clock = clock
        self._sleep = sleep
        try:
            self.root: Final = os.path.realpath(root, strict=True)
            self.called: Final = str(root)  # in messages: as the settings name it
            self._fd = os.open(self.root, _DIRECTORY_FLAGS)
        except OSError as error:
            said = f"{root}: cannot be read as a directory: {_why(error)}"
            hint = _MENDED.get(error.errno or 0)
            raise SourceUnavailable(f"{said} ({hint})" if hint else said) from None
        self._cached: tuple[str, int] | None = None
        self._places: dict[str, str] = {}
        """Directories in which files were looked for, without links: many files are looked for in few directories."""
        self.missed: list[str] = []
        """Paths at which :meth:`find` found nothing. Whoever wants to know empties it first."""
        self.lacks = False
        """Whether :meth:`first` was asked for a file that is at none of its places. Kept for whoever reads."""
        self.turns_at: datetime | None = None
        """When what was read last comes to mean something else although nothing changes. Kept for whoever reads."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._cached:
            os.close(self._cached[1])
        os.close(self._fd)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def holds(self, path: str) -> bool:
        """Whether there is a directory at a path below the root ("": the root itself)."""
        try:
            place = os.path.realpath(Path(self.root, path), strict=True)
        except (OSError, ValueError):
            return False
        return inside(self.root, place) is not None and Path(place).is_dir()

    def walk(
        self,
        enter: Callable[[str], bool],
        wanted: Callable[[str], bool],
        known: Mapping[str, str] = _NOTHING,
        ending: str = "",
    ) -> Listing:
        """List the tree: the directories for which ``enter`` says so, and the files in them that are ``wanted``.

        Both are asked with a path relative to the root. A regular file is kept without a question where its path is
        ``known`` by its present state and the ``ending``. Raises SourceUnavailable where the root cannot be listed.
        """
        return Walk(self.root, self.called, self._follow, enter, wanted, known, ending).run()

    def find(self, path: str) -> Entry | None:
        """The regular file at a path below the root; None where there is none, or it is a link that is not followed."""
        entry = self._find(path)
        if entry is None:
            self.missed.append(path)
        return entry

    def first(self, paths: Iterable[str]) -> Entry | None:
        """The file at the first of several places; None where it is at none, and may be yet to come."""
        found = next(filter(None, map(self.find, paths)), None)
        self.lacks = self.lacks or found is None
        return found

    def _find(self, path: str) -> Entry | None:
        if not _TWISTED.search(path):
            parent, _, name = path.rpartition("/")
            try:
                status = os.lstat(f"{self._place(parent)}/{name}")
            except (OSError, ValueError):
                return None
            if not S_ISLNK(status.st_mode):
                real = inside(self.root, self._places[parent])
                if real is None or not S_ISREG(status.st_mode):
                    return None
                real = f"{real}/{name}" if real else name
                return Entry.of(path, real, status) if self._follow or real == path else None
        place = Path(self.root, path)
        try:
            real = inside(self.root, os.path.realpath(place, strict=True))
            if real is None or (not self._follow and real != path):
                return None
            status = place.stat()
        except (OSError, ValueError):
            return None
        return Entry.of(path, real, status) if S_ISREG(status.st_mode) else None

    def _place(self, directory: str) -> str:
        """Where a directory below the root really is. Raises OSError where it is not."""
        place = self._places.get(directory)
        if place is None:
            if len(self._places) >= _MOST_KEPT:
                self._places.clear()
            place = self._places[directory] = os.path.realpath(f"{self.root}/{directory}", strict=True)
        return place

    def exists(self, path: str) -> bool:
        """Whether there is anything at a path below the root, be it a link to nowhere."""
        try:
            return os.path.lexists(Path(self.root, path))
        except ValueError:
            return False

    def read(
        self, entry: Entry, limit: int, encoding: str = "utf-8", *, settle: float = SETTLE_SECONDS
    ) -> tuple[bytes, Entry]:
        """A file's bytes, and its entry as it was when they were read.

        A file that changes while it is read is read again after 100 ms; one that changed less than ``settle`` seconds
        ago is read again when that time is over, because its writer may not be done (C-15). Raises Vanished, and
        Rejected: ``file-too-large`` above ``limit`` bytes, ``binary-file``, ``not-regular``, ``file-unreadable``, and
        ``file-unstable`` where three more tries find it changed each time.
        """
        for _ in range(1 + RETRIES):
            data, before, after = self._read_once(entry, limit, encoding)
            age = self._clock() - after.mtime_ns / 1e9
            if before is not after or len(data) != after.size:
                self._sleep(RETRY_SECONDS)
            elif 0 <= age < settle:
                self._sleep(settle - age)
            else:
                return data, after
        raise rejected(entry, "file-unstable", "changes whenever it is read", "save it once more")

    def is_young(self, entry: Entry) -> bool:
        """Whether a file may still be in its writer's hands."""
        return 0 <= self._clock() - entry.mtime_ns / 1e9 < SETTLE_SECONDS

    def head(self, entry: Entry, limit: int) -> bytes:
        """At most the first ``limit`` bytes of a file, as they are now. Raises Vanished, and Rejected as :meth:`read`.

        For a look at what kind of file it is: no care is taken for half-written ones.
        """
        fd = self._open(entry)
        try:
            if not S_ISREG(os.fstat(fd).st_mode):
                raise rejected(entry, "not-regular", "is not a regular file")
            return os.read(fd, limit)
        except OSError as error:
            raise rejected(entry, "file-unreadable", f"cannot be read: {_why(error)}") from None
        finally:
            os.close(fd)

    def _read_once(self, entry: Entry, limit: int, encoding: str) -> tuple[bytes, Entry, Entry]:
        """The bytes, and the file's state before and after reading them."""
        fd = self._open(entry)
        try:
            status = os.fstat(fd)
            if not S_ISREG(status.st_mode):
                raise rejected(entry, "not-regular", "is not a regular file")
            size = status.st_size
            if size > limit:
                raise rejected(
                    entry,
                    "file-too-large",
                    f"has {size} bytes; {limit} are allowed",
                    "split it, or raise limits.file_bytes",
                )
            data = os.read(fd, size + 1 if size < HEAD_BYTES else HEAD_BYTES)
            if b"\0" in data and "16" not in encoding and "32" not in encoding:  # which are full of NUL bytes
                refuse_binary(data, visible(entry.path))
            if data and len(data) != size:
                data = self._all(fd, data, limit, size)
            before = _again(entry, status)
            after = _again(before, os.fstat(fd))
        except OSError as error:
            raise rejected(entry, "file-unreadable", f"cannot be read: {_why(error)}") from None
        finally:
            os.close(fd)
        return data, before, after

    @staticmethod
    def _all(fd: int, head: bytes, limit: int, size: int) -> bytes:
        """The bytes of an open file that begins with ``head``: one more than allowed at most."""
        chunks, left = [head], limit + 1 - len(head)
        while chunks[-1] and left > 0 and limit + 1 - left != size:
            chunks.append(os.read(fd, min(left, size + 1)))
            left -= len(chunks[-1])
        return b"".join(chunks)

    def _open(self, entry: Entry) -> int:
        parent, _, name = entry.real.rpartition("/")
        cached = self._cached
        try:
            fd = cached[1] if cached and cached[0] == parent else self._directory(parent)
            return os.open(name, _FILE_FLAGS, dir_fd=fd)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                raise Vanished(entry.path) from None
            if error.errno == errno.ELOOP:
                raise rejected(entry, "symlink-outside", "has become a link since the tree was listed") from None
            if error.errno == errno.ENXIO:
                raise rejected(entry, "not-regular", "is not a regular file") from None
            raise rejected(
                entry, "file-unreadable", f"cannot be opened: {_why(error)}", "check its permissions"
            ) from None

    def _directory(self, path: str) -> int:
        """A descriptor of a directory below the root; the last one is kept, because paths come in order."""
        if not path:
            return self._fd
        fd = os.dup(self._fd)
        for name in path.split("/"):
            try:
                child = os.open(name, _DIRECTORY_FLAGS | os.O_NOFOLLOW, dir_fd=fd)
            finally:
                os.close(fd)
            fd = child
        if self._cached:
            os.close(self._cached[1])
        self._cached = (path, fd)
        return fd


def _again(entry: Entry, status: os.stat_result) -> Entry:
    """A file as it is now: the same object where nothing about it changed, as nothing nearly ever does."""
    if status.st_mtime_ns == entry.mtime_ns and status.st_size == entry.size and status.st_ino == entry.inode:
        return entry
    return Entry.of(entry.path, entry.real, status)


def rejected(entry: Entry, code: str, message: str, hint: str = "") -> Rejected:
    """An error about a whole file."""
    return Rejected(Problem(visible(entry.path), 0, 0, "error", code, message, hint))


_MENDED: Final = {
    errno.ENOENT: "is its name right, and the disk mounted?",
    errno.ENOTDIR: "name the directory that the file lies in",
    errno.EACCES: "let the user that runs Feedmill read it",
}
"""How a directory that cannot be opened is mended."""


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
