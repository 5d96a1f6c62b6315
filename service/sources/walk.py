"""The listing of a directory tree: regular files by their paths, links judged, whatever else lies there refused.

The walk ends on every tree: each directory is listed once, under its own name before any link to it. It opens no file.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final, NamedTuple, Self

from feeds.frozen import frozen
from service.errors import Level, Problem, SourceUnavailable

_STATE: Final = "%x.%x.%x"
"""Of modification, size and inode; in half the time of an f-string."""


class Entry(NamedTuple):
    """A regular file. A tuple, because a scan makes one of every file there is, and a frozen dataclass takes thrice as
    long.

    ``path`` is relative to the root with ``/`` between names, spelled as the file system spells it; ``real`` is the
    same with links resolved. ``size`` in bytes.
    """

    path: str
    real: str
    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: str, real: str, status: os.stat_result) -> Self:
        return tuple.__new__(cls, (path, real, status.st_size, status.st_mtime_ns, status.st_ino))

    @property
    def state(self) -> str:
        """Differs after every change of the file that stat can see."""
        return _STATE % (self.mtime_ns, self.size, self.inode)


@frozen(frozen=True, slots=True)
class Refusal:
    """Something that was wanted and is not read."""

    path: str
    problem: Problem
    mark: str = ""
    """What tells it from the same refusal at another time."""

    @property
    def state(self) -> str:
        """Differs where the reason differs."""
        return self.problem.code + self.mark


@frozen(frozen=True, slots=True)
class Listing:
    """What a walk found, in the order of paths. Nothing is known of what lies below the ``unlisted`` directories."""

    items: tuple[Entry | Refusal, ...]
    unlisted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Files that are as they were known, in no order: nothing is told of them but their paths."""

    def with_items(self, more: Iterable[Entry | Refusal]) -> Listing:
        """The same with more to be told."""
        return replace(self, items=tuple(sorted((*self.items, *more), key=_PATH)))

    def covers(self, path: str) -> bool:
        """False where a file may exist although it is not listed."""
        return not any(path.startswith(f"{directory}/") for directory in self.unlisted)


def visible(path: str) -> str:
    """A path for people: bytes that are not UTF-8, and control characters, as backslash escapes."""
    if path.isprintable():  # which surrogates are not
        return path
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def inside(root: str, place: str) -> str | None:
    """A real absolute path relative to the real root; None where it lies elsewhere."""
    if place == root:
        return ""
    prefix = root.rstrip("/") + "/"
    return place[len(prefix) :] if place.startswith(prefix) else None


_PATH = attrgetter("path")


@contextmanager
def _listing(directory: str) -> Iterator[Iterator[os.DirEntry[str]]]:
    """The names in a directory, by its descriptor: to ask for the state of a file in it then walks no path."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with os.scandir(fd) as names:
            yield names
    finally:
        os.close(fd)


class Walk:
    """One walk over a tree: its queue, and what it has found so far."""

    def __init__(
        self,
        root: str,
        called: str,
        follow: bool,
        enter: Callable[[str], bool],
        wanted: Callable[[str], bool],
        known: Mapping[str, str],
        ending: str,
    ) -> None:
        self._root = root
        self._called = called
        self._follow = follow
        self._enter = enter
        self._wanted = wanted
        self._known = known
        self._ending = ending
        self._kept: list[str] = []
        self._items: list[Entry | Refusal] = []
        self._unlisted: list[str] = []

    def run(self) -> Listing:
        """Raises SourceUnavailable where the root itself cannot be listed."""
        seen: dict[str, str] = {}
        directories, links = [("", "")], list[tuple[str, str]]()
        while directories or links:
            path, real = directories.pop() if directories else links.pop()
            if real in seen:
                self._refuse(
                    path, "symlink-duplicate", f"leads to {seen[real] or '.'}, which is read already", "notice"
                )
                continue
            seen[real] = path
            below, linked = self._list(path, real)
            directories += below
            links = sorted(links + linked, reverse=True)
        return Listing(tuple(sorted(self._items, key=_PATH)), tuple(sorted(self._unlisted)), tuple(self._kept))

    def _list(self, path: str, real: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Sort one directory's names into files, directories to list, and links to directories."""
        directories: list[tuple[str, str]] = []
        links: list[tuple[str, str]] = []
        wanted, known_at, ending, kept = self._wanted, self._known.get, self._ending, self._kept.append
        above, really_above = f"{path}/" if path else "", f"{real}/" if real else ""
        try:
            with _listing(f"{self._root}/{real}" if real else self._root) as names:
                for name in names:
                    child = above + name.name
                    if name.is_file(follow_symlinks=False):  # asked first: nearly every name is a file's
                        last = known_at(child)
                        if last is not None and last.endswith(ending):
                            try:
                                status = name.stat(follow_symlinks=False)
                            except OSError:
                                continue  # as in _file, without a call for each file there is
                            if last == _STATE % (status.st_mtime_ns, status.st_size, status.st_ino) + ending:
                                kept(child)
                                continue
                        if wanted(child) and self._decodable(child):
                            self._file(child, child if real == path else really_above + name.name, name)
                    elif name.is_symlink():
                        links += self._link(child, really_above + name.name)
                    elif name.is_dir(follow_symlinks=False):
                        if self._enter(child) and self._decodable(child):
                            directories.append((child, really_above + name.name))
                    elif wanted(child) and self._decodable(child):
                        self._file(child, really_above + name.name, name)
        except OSError as error:
            self._unreadable(path, error)
        return directories, links

    def _file(self, path: str, real: str, name: os.DirEntry[str]) -> None:
        try:
            status = name.stat(follow_symlinks=False)
        except OSError:
            return  # gone since the directory was listed (C-14); the source keeps what it knows until the next scan
        if S_ISREG(status.st_mode):
            self._items.append(Entry.of(path, real, status))
        else:
            self._refuse(path, "not-regular", "is not a regular file (a pipe, socket or device)")

    def _link(self, path: str, place: str) -> list[tuple[str, str]]:
        """Judge a link: a file is recorded, a directory returned as (path, real), anything else refused."""
        wanted, entered = self._wanted(path), self._enter(path)
        if not wanted and not entered:
            return []
        if not self._follow:
            self._refuse(path, "symlink-refused", "is a link, and follow_symlinks is never", "notice")
            return []
        try:
            target = Path(self._root, place)
            real = inside(self._root, os.path.realpath(target, strict=True))
            status = target.stat()
        except OSError as error:
            if wanted and error.errno == errno.ELOOP:
                self._refuse(path, "symlink-loop", "is a link that leads back to itself")
            elif wanted:
                self._refuse(path, "dangling", "is a link that leads to nothing")
            return []
        if S_ISDIR(status.st_mode):
            if not entered:
                return []
            if real is None:
                self._refuse(path, "symlink-outside", "is a link to a directory outside the source", "warning")
            elif real == "" or f"{path}/".startswith(f"{real}/"):
                self._refuse(path, "symlink-loop", "is a link to a directory that holds it", "warning")
            else:
                return [(path, real)]
        elif wanted and real is None:
            self._refuse(path, "symlink-outside", "is a link to a file outside the source")
        elif wanted and not S_ISREG(status.st_mode):
            self._refuse(path, "not-regular", "is a link to a pipe, socket or device")
        elif wanted and real is not None and self._decodable(path):
            self._items.append(Entry.of(path, real, status))
        return []

    def _decodable(self, path: str) -> bool:
        """A name that is not UTF-8 has no URL and no place in the index."""
        try:
            if not path.isascii():
                path.encode()
        except UnicodeEncodeError:
            self._refuse(path, "name-undecodable", "has a name that is not UTF-8", hint="rename it")
            return False
        return True

    def _unreadable(self, path: str, error: OSError) -> None:
        """A directory that cannot be listed: what is known of its files stays as it is."""
        if not path:
            raise SourceUnavailable(
                f"{self._called}: cannot be listed: {(error.strerror or str(error)).lower()}"
            ) from None
        self._unlisted.append(path)
        if error.errno not in (errno.ENOENT, errno.ENOTDIR):
            reason = (error.strerror or str(error)).lower()
            self._refuse(path, "directory-unreadable", f"cannot be listed: {reason}", hint="check its permissions")

    def _refuse(self, path: str, code: str, message: str, level: Level = "error", hint: str = "") -> None:
        self._items.append(Refusal(path, Problem(visible(path), 0, 0, level, code, message, hint)))
