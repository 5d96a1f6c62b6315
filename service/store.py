"""Documents made ready to serve: rendered once for all who ask, proved, prepared and kept, made again when they change.

Whatever cannot be made leaves the last good answer in its place. Keys are canonical paths, bounded in bytes. Refuses to
know requests and time.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol
from urllib.parse import quote

from feeds.model import Document
from service import paths
from service.errors import StorageUnavailable
from service.headers import HEADERS
from service.index.records import Subject
from service.memory import ByteLRU
from service.metrics import Metrics
from service.paths import Target
from service.proof import prove
from service.publisher import subject_of
from service.response import Resource, prepare
from service.settings import Settings

log = logging.getLogger("feedmill.front")


class Maker(Protocol):
    """Who makes documents. Every method is safe for threads."""

    def document(self, target: Target) -> Document | None:
        """The document of a canonical target (its HTML page where ``target.document`` is empty); None: not known."""

    def resolve(self, target: Target) -> Target | None:
        """The same document under its canonical name; None where nothing answers to the spelling."""


@dataclass(slots=True, weakref_slot=True)
class Kept:
    """A resource in the store, with the size it was last counted with."""

    resource: Resource
    target: Target
    subject: Subject
    counted: int
    stale: bool = False
    """Its subject has changed: to be made again before it is served, and served if that fails."""


@dataclass(slots=True)
class _Flight:
    """A rendering that is under way, for everyone who asks meanwhile."""

    subject: Subject
    future: Future[Kept | None] = field(default_factory=Future)


class Store:
    """Prepared documents. Every method is safe for threads; :attr:`get` gives what is kept of a path, be it stale."""

    def __init__(self, maker: Maker, settings: Settings, metrics: Metrics) -> None:
        self._maker = maker
        self._policy = settings.cache
        self._metrics = metrics
        self._of = f" site={metrics.site}" if metrics.site else ""
        self._kept: ByteLRU[Kept] = ByteLRU(settings.cache.front_bytes)
        self.get = self._kept.get
        self._gone = paths.channels_named(settings.paths.gone)
        self._lock = Lock()
        self._flights: dict[str, _Flight] = {}
        self._broken: set[str] = set()

    def fresh(self, path: str) -> Kept | None:
        """The resource of a path as it is now; the last good one where it cannot be made, and else what rendering
        raises. None where the path is no document's canonical one."""
        kept = self.get(path)
        return self._renew(path, kept) if kept is None or kept.stale else kept

    def weigh(self, path: str, kept: Kept) -> None:
        """Call it after an answer: a resource that has gained a coding is larger than it was."""
        if kept.resource.size != kept.counted:
            kept.counted = kept.resource.size
            self._kept.resize(path, kept, kept.counted + len(path))
            self._metrics.front_bytes.set(self._kept.size)

    def forget(self, changed: Collection[Subject] | None) -> None:
        """Let what changed be made again when it is asked for, and no rendering that is under way be kept."""
        if changed is not None and not changed:
            return
        subjects = None if changed is None else frozenset(changed)
        with self._lock:
            for path, flight in [*self._flights.items()]:
                if subjects is None or flight.subject in subjects:
                    del self._flights[path]
            for kept in self._kept.values():
                if subjects is None or kept.subject in subjects:
                    kept.stale = True

    def broken(self) -> list[str]:
        """Paths whose present document could not be made; the last good one is served, where there is one."""
        return sorted(map(_written, self._broken))

    def size(self) -> int:
        """Bytes held in prepared answers."""
        return self._kept.size

    def is_gone(self, target: Target) -> bool:
        """Whether the settings list the target's channel as gone."""
        return (target.kind, paths.slug_of(target.kind, target.slug)) in self._gone

    def _renew(self, path: str, last: Kept | None) -> Kept | None:
        """The resource as it is now; the ``last`` one where it cannot be made. None: there is no such document."""
        try:
            kept = self._find(path)
        except StorageUnavailable:
            if last is None:
                raise
            return last  # still stale: asked for again as soon as the index can be read
        except Exception:
            self._broken.add(path)
            if last is None:
                raise
            return last
        self._broken.discard(path)
        if kept is None:
            self._kept.discard([path])
        return kept

    def _find(self, path: str) -> Kept | None:
        """Make the resource of a path; None where the path is no document's canonical one."""
        try:
            target = paths.parse(quote(path.encode("latin-1")))
        except UnicodeEncodeError:  # a server that does not follow PEP 3333
            return None
        if not isinstance(target, Target) or self.is_gone(target) or self._maker.resolve(target) != target:
            return None
        with self._lock:
            kept = self._kept.get(path)
            if kept is not None and not kept.stale:  # another thread may just have landed
                return kept
            flight = self._flights.get(path)
            if flight is None:
                mine = self._flights[path] = _Flight(subject_of(target))
        return self._fly(path, target, mine) if flight is None else flight.future.result()

    def _fly(self, path: str, target: Target, flight: _Flight) -> Kept | None:
        """Render for all who ask for this path meanwhile. Overtaken by a change, the result answers them and goes."""
        kept, failed = None, False
        try:
            kept = self._make(path, target)
            flight.future.set_result(kept)
        except BaseException as error:
            failed = not isinstance(error, StorageUnavailable)
            flight.future.set_exception(error)
            raise
        finally:
            with self._lock:
                if self._flights.get(path) is flight:
                    del self._flights[path]
                    last = self._kept.get(path) if failed else None
                    if last is not None:
                        last.stale = False  # the same input would fail again; the next change is another
                    if kept is not None:
                        self._kept.put(path, kept, kept.counted + len(path))
            self._metrics.front_bytes.set(self._kept.size)
        return kept

    def _make(self, path: str, target: Target) -> Kept | None:
        """Render, read back, prepare. Raises what rendering does, and Broken."""
        try:
            document = self._maker.document(target)
            if document is None:
                return None
            self._metrics.renders.inc()
            prove(document)
        except StorageUnavailable:
            raise
        except Exception as error:
            self._metrics.broken.inc()
            place = _written(path) + self._of
            log.error("a document cannot be made path=%s reason=%s: %s", place, type(error).__name__, error)
            raise
        resource = prepare(document, self._policy, HEADERS.get(target.document, ()))
        return Kept(resource, target, subject_of(target), resource.size)


def _written(path: str) -> str:
    """A PATH_INFO as it is asked for: percent-encoded."""
    return quote(path.encode("latin-1"), safe="/-._~")
