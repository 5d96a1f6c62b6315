"""How other processes ask the worker of a state directory to refresh: files in it, one for each thing that is wanted.

Requests of the same kind are one file, so any number of them is one refresh. A request is renamed when the worker takes
it and removed when it is answered; what nobody waits for any more is not obeyed. Refuses to refresh anything, and to
look into what is handed over in them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeVar

from service.errors import StorageUnavailable
from service.lock import Held, holder

T = TypeVar("T")

REQUESTS: Final = "requests"
"""Directory below the state directory where other processes ask for a refresh."""

TAKEN: Final = ".taken"
"""Suffix of a request that is being answered."""

PATIENCE: Final = 600.0
"""Seconds that a command waits for a running worker to do what it was asked."""

How = Literal["scan", "whole", "force", "pins"]
"""``scan``: what is new. ``whole``: a complete listing of remote sources, too, because deletions show in it alone.
``force``: that, and whatever it takes away is believed. ``pins``: no refresh; what the file says is to be remembered
(:mod:`service.handing`)."""

_KINDS: Final[Mapping[str, How]] = {"scan": "scan", "whole": "whole", "force": "force", "pins": "pins"}


class Unanswered(StorageUnavailable):
    """Whoever held the state directory holds it no more, and did not do what it was asked."""


class Request(NamedTuple):
    """A request that was taken: ``path`` is the file to remove, ``sources`` the names it is about."""

    path: Path
    how: How
    sources: tuple[str, ...]


def request_refresh(directory: Path, *, source: str = "", force: bool = False, whole: bool = False) -> None:
    """Ask the worker of a state directory, whatever process it is, to refresh a source now, or all of them.

    Raises StorageUnavailable.
    """
    path = waiting_file(directory, source, "force" if force else "whole" if whole else "scan")
    try:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    except OSError as error:
        raise StorageUnavailable(f"{path.parent}: {error.strerror}") from None


def waiting_file(directory: Path, source: str, how: How) -> Path:
    """The file that asks for it. Names of sources are whatever people write: a digest is safe as a file's."""
    return directory / REQUESTS / (f"{how}-{_digest(source)}" if source else how)


def wait_for_answers(directory: Path, paths: Iterable[Path], *, asked: int | None = None) -> None:
    """Wait until the worker that holds the directory has answered requests. Raises StorageUnavailable: Unanswered where
    it ended before, or was none but another command.

    ``asked`` is the process that held the directory before the requests were made, where somebody else may make the
    same ones: they are gone once one of those that wait stops waiting, and answered only while that process holds it.
    """
    paths = list(paths)
    deadline = time.monotonic() + PATIENCE
    try:
        while any(path.exists() or path.with_suffix(TAKEN).exists() for path in paths):
            if holder(directory) is None:
                raise Unanswered(f"{directory}: who held it did not answer and has ended; try again")
            if time.monotonic() > deadline:
                raise StorageUnavailable(f"{directory}: the worker did not answer within {PATIENCE:.0f} s")
            time.sleep(0.05)
        if asked is not None and holder(directory) != asked:
            raise Unanswered(f"{directory}: who held it did not answer and has ended; try again")
    finally:
        for path in paths:
            path.unlink(missing_ok=True)  # nobody waits any more: a later worker must not obey it


def in_turn(answered: Callable[[], bool], own: Callable[[], T], *, patience: float = PATIENCE) -> T | None:
    """What ``own`` gives, as the writer of a directory; None where ``answered``: a worker that holds it did all there
    is to do.

    Of several that wait for a command to end one is first, and the others wait for that: at most ``patience`` seconds,
    beside those for which an answer is waited for. Raises Held then, and StorageUnavailable.
    """
    deadline = time.monotonic() + patience
    while not answered():
        try:
            return own()
        except Held:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.05)  # its holder has not yet said who it is
    return None


class Requests:
    """The worker's side of the directory. ``sources`` are the names there are."""

    def __init__(self, directory: Path, sources: Iterable[str]) -> None:
        self.path = directory / REQUESTS
        self._names = tuple(sources)
        self._by_digest = {_digest(name): name for name in self._names}

    def forget(self) -> None:
        """Requests of before we started are answered by our first scan; a force nobody waits for must not be obeyed."""
        for path in self.path.iterdir() if self.path.is_dir() else ():
            path.unlink(missing_ok=True)

    def take(self) -> list[Request]:
        """The requests that wait. One that arrives while we work is for the next time: what it is about may be new.

        Raises OSError.
        """
        self.path.mkdir(exist_ok=True)
        found = []
        for path in sorted(path for path in self.path.iterdir() if path.suffix != TAKEN):
            how, _, digest = path.name.partition("-")
            name = self._by_digest.get(digest)
            names = self._names if not digest else (name,) if name else ()  # one of no source of ours is answered, too
            found.append(Request(path.rename(path.with_suffix(TAKEN)), _KINDS.get(how, "scan"), names))
        return found

    def is_request(self, path: str) -> bool:
        """Whether what happened at a path, as an event names it, is somebody asking."""
        return path == str(self.path) or path.startswith(f"{self.path}/")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
