"""The hot path: path to prepared answer, before Flask wakes (WhiteNoise's idea, as WSGI middleware).

A key is a canonical path: no query, no Host, no header. Only documents are kept, bounded in bytes; all else is the
application's and leaves no trace here. :meth:`Front.answer` needs no Flask: a protocol class may ask it directly.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final, Protocol
from urllib.parse import quote, unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication

from feeds.metadata import Page, Publication
from feeds.model import Document
from service import paths
from service.accept import prefers_page
from service.encodings import select
from service.errors import StorageUnavailable
from service.headers import HEADERS
from service.index.records import Subject
from service.memory import ByteLRU
from service.metrics import Kind, Metrics
from service.paths import GROUPS, DocumentName, Target
from service.proof import prove
from service.publisher import subject_of
from service.response import Environ, Reply, Resource, plain, prepare, redirect, respond
from service.settings import Settings
from service.status import Status

POLL_SECONDS: Final = 0.025
"""How often at most we ask whether the index changed (DESIGN.md rule 10)."""

RAW_TARGET: Final = "feedmill.raw_target"
"""Environ key: true where the request line held raw UTF-8, which has to be answered with a redirect."""

FOREVER: Final = float("inf")

FAILED: Final = plain(500, "Internal Server Error\n", (("Cache-Control", "no-store"),))

log = logging.getLogger("feedmill.front")


class Publisher(Protocol):
    """What the front and the application need of the publisher. Every method is safe for threads."""

    def document(self, target: Target) -> Document | None:
        """The document of a canonical target (its HTML page where ``target.document`` is empty); None: not known."""

    def resolve(self, target: Target) -> Target | None:
        """The same document under its canonical name; None where nothing answers to the spelling."""

    def locate(self, url: str, document: DocumentName) -> Target | None:
        """The metadata document of the page that a URL or path of the site means, however spelled; None: no page."""

    def page(self, target: Target) -> tuple[Page, Publication, datetime] | None:
        """What a metadata document says, and when that changed."""

    def departed(self, where: str | Target) -> bool:
        """Whether a page was ours and is no more: by its URL or path in any spelling, or by its metadata document."""

    def feed_alias(self, path: str) -> str | None:
        """Where the feed moved that was imported from a path; None where none was."""

    def ready(self) -> bool:
        """Whether there is something complete to serve, now."""

    def former_feed(self) -> str:
        """The path where the content's own feed was, if not /feed.xml; "" where it says none."""

    def fresh_until(self) -> datetime | None:
        """When the next scheduled change is due. Asked at every poll, so it must be cheap."""

    def poll(self) -> Collection[Subject] | None:
        """What changed since the last call; None where everything may have. Cheap when nothing did."""

    def status(self) -> Status:
        """How the index is doing."""


@dataclass(slots=True, weakref_slot=True)
class Kept:
    """A resource in the store, with the size it was last counted with."""

    resource: Resource
    target: Target
    subject: Subject
    counted: int
    stale: bool = False
    """Its subject has changed: to be made again before it is served, and served if that fails."""


@dataclass(frozen=True, slots=True)
class Instant:
    """What has to hold for an answer that took no rendering to be given again. Keeps no resource in memory."""

    kind: Kind
    status: int
    path: str
    kept: weakref.ref[Kept]
    coding: str
    prefix: str
    fresh_until: datetime | None
    until: float
    """Seconds since 1970: until then its Cache-Control is what it would be now."""
    front: Front  # whose answer it is: there is one for each site


@dataclass(slots=True)
class _Flight:
    """A rendering that is under way, for everyone who asks meanwhile."""

    subject: Subject
    future: Future[Kept | None] = field(default_factory=Future)


class Front:
    """Answers GET and HEAD of documents; what it cannot answer goes to ``app``.

    ``prefix`` gives the path the service is mounted under (as :func:`service.paths.prefix_of`; the content may change
    it). ``clock`` tells the time for Cache-Control and Last-Modified, ``monotonic`` the seconds between polls.
    """

    def __init__(
        self,
        app: WSGIApplication,
        publisher: Publisher,
        settings: Settings,
        metrics: Metrics,
        prefix: Callable[[], str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._publisher = publisher
        self._policy = settings.cache
        self._metrics = metrics
        self._of = f" site={metrics.site}" if metrics.site else ""
        self._mount_point = prefix
        self._clock = clock
        self._monotonic = monotonic
        self._store: ByteLRU[Kept] = ByteLRU(settings.cache.front_bytes)
        self._gone = paths.channels_named(settings.paths.gone)
        self._lock = Lock()
        self._flights: dict[str, _Flight] = {}
        self._broken: set[str] = set()
        self._polling = Lock()
        self.next_poll = float("-inf")  # in the seconds of ``monotonic``
        self._deaf = False
        self._fresh_until: datetime | None = None
        self._mounted = False
        self.prefix = self._prefix = ""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        reply = self.answer(environ)
        if reply is not None:
            return reply.send(environ, start_response)
        self.poll()  # a hook may be the first that asks for anything, and where we are mounted is yet unknown
        below = self._below(path := environ.get("PATH_INFO", ""))
        if below != path:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + path[: -len(below)]
            environ["PATH_INFO"] = below
        environ.pop("HTTP_HOST", None)  # no answer depends on it; werkzeug would refuse some values of it
        return self._app(environ, start_response)

    def answer(self, environ: dict[str, Any]) -> Reply | None:
        """The answer where the path is a document's canonical one and the method GET or HEAD; None otherwise."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        try:
            self.poll()
            if environ.get(RAW_TARGET):
                return None
            path = self._below(environ.get("PATH_INFO", ""))
            kept = self._store.get(path)
            if kept is None or kept.stale:
                kept = self._renew(path, kept)
            if kept is None:
                return None
            kind, reply = self._reply(kept, environ)
            self._count(path, kept)
        except Exception:
            log.exception("a document could not be made")
            kind, reply = "other", FAILED
        self._metrics.count(kind, reply.status)
        return reply

    def at_once(self, environ: Environ) -> tuple[Reply, Instant] | None:
        """:meth:`answer` where it takes no rendering and no compressing, for an event loop; no body to HEAD."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or environ.get(RAW_TARGET):
            return None
        self.poll()
        # Read first: where another thread or the clock changes it meanwhile, the answer does not hold.
        prefix, fresh_until = self._prefix, self._fresh_until
        kept = self._store.get(path := self._below(environ.get("PATH_INFO", "")))
        if kept is None or kept.stale or not kept.resource.is_ready(environ):
            return None
        until = self._until(kept.resource, fresh_until)
        kind, reply = self._reply(kept, environ)
        self._metrics.count(kind, reply.status)
        if method == "HEAD":
            reply = Reply(reply.status, reply.headers)
        coding = select(environ.get("HTTP_ACCEPT_ENCODING", ""))
        return reply, Instant(kind, reply.status, path, weakref.ref(kept), coding, prefix, fresh_until, until, self)

    def holds(self, instant: Instant) -> bool:
        """Whether an answer is what would be answered from now to the next poll, as far as the last one tells."""
        kept = instant.kept()
        return not (
            kept is None
            or kept.stale
            or instant.fresh_until != self._fresh_until
            or instant.prefix != self._prefix
            or (instant.until != FOREVER and self._clock().timestamp() + POLL_SECONDS >= instant.until)
            or self._store.get(instant.path) is not kept
        )

    def count(self, instant: Instant, times: int) -> None:
        """Count an answer that was given again."""
        self._metrics.count(instant.kind, instant.status, times)

    def serve(self, target: Target, environ: Environ) -> Reply | None:
        """The answer to a request that means a document without naming its path; None where there is none such."""
        kept = self._store.get(path := _key(target))
        if kept is None or kept.stale:
            kept = self._renew(path, kept)
        if kept is None:
            return None
        reply = respond(kept.resource, environ, self._clock(), self._fresh_until)
        self._count(path, kept)
        return reply

    def broken(self) -> list[str]:
        """Paths whose present document could not be made; the last good one is served, where there is one."""
        return sorted(map(_written, self._broken))

    def size(self) -> int:
        """Bytes held in prepared answers."""
        return self._store.size

    def is_gone(self, target: Target) -> bool:
        """Whether the settings list the target's channel as gone."""
        return (target.kind, paths.slug_of(target.kind, target.slug)) in self._gone

    # -- answers -------------------------------------------------------------------------------------------------

    def _reply(self, kept: Kept, environ: Environ) -> tuple[Kind, Reply]:
        target = kept.target
        if prefers_page(environ.get("HTTP_ACCEPT", ""), target.document):
            page = self.prefix + paths.path_of(Target(target.kind, target.slug, ""))
            return "redirect", redirect(303, page, (("Cache-Control", "no-store"), ("Vary", "Accept")))
        return GROUPS[target.document], respond(kept.resource, environ, self._clock(), self._fresh_until)

    def _until(self, resource: Resource, fresh_until: datetime | None) -> float:
        """How long the time of day makes no difference to a resource's headers, in seconds since 1970."""
        if resource.changed_at > self._clock():
            return 0.0  # Last-Modified is cut to now
        span = self._policy.max_age + self._policy.stale_while_revalidate
        return FOREVER if fresh_until is None else fresh_until.timestamp() - span

    def _below(self, path: str) -> str:
        """A PATH_INFO without the service's prefix: a request matches with it and without it."""
        prefix = self._prefix
        return path[len(prefix) :] if prefix and path.startswith(f"{prefix}/") else path

    def _count(self, path: str, kept: Kept) -> None:
        """A resource that has gained a coding is larger than it was."""
        if kept.resource.size != kept.counted:
            kept.counted = kept.resource.size
            self._store.resize(path, kept, kept.counted + len(path))
            self._metrics.front_bytes.set(self._store.size)

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
            self._store.discard([path])
        return kept

    def _find(self, path: str) -> Kept | None:
        """Make the resource of a path; None where the path is no document's canonical one."""
        try:
            target = paths.parse(quote(path.encode("latin-1")))
        except UnicodeEncodeError:  # a server that does not follow PEP 3333
            return None
        if not isinstance(target, Target) or self.is_gone(target) or self._publisher.resolve(target) != target:
            return None
        with self._lock:
            kept = self._store.get(path)
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
                    last = self._store.get(path) if failed else None
                    if last is not None:
                        last.stale = False  # the same input would fail again; the next change is another
                    if kept is not None:
                        self._store.put(path, kept, kept.counted + len(path))
            self._metrics.front_bytes.set(self._store.size)
        return kept

    def _make(self, path: str, target: Target) -> Kept | None:
        """Render, read back, prepare. Raises what rendering does, and Broken."""
        try:
            document = self._publisher.document(target)
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

    # -- changes -------------------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Forget what changed. While the index cannot be asked, what is prepared goes on being served."""
        now = self._monotonic()
        if now < self.next_poll or not self._polling.acquire(blocking=False):
            return
        try:
            self.next_poll = now + POLL_SECONDS
            changed = self._publisher.poll()
            self._forget(changed)
            self._fresh_until = self._publisher.fresh_until()
            if changed or changed is None or not self._mounted:  # else it is where it was: looking costs 20 polls
                self.prefix, self._mounted = self._mount_point(), True
                self._prefix = unquote_to_bytes(self.prefix).decode("latin-1")  # as PATH_INFO spells it
            self._deaf = False
        except Exception:
            if not self._deaf:  # once, not forty times a second
                log.exception("the index cannot be asked for changes; serving what is prepared%s", self._of)
            self._deaf = True
        finally:
            self._polling.release()

    def _forget(self, changed: Collection[Subject] | None) -> None:
        """Let what changed be made again when it is asked for, and no rendering that is under way be kept."""
        if changed is not None and not changed:
            return
        subjects = None if changed is None else frozenset(changed)
        with self._lock:
            for path, flight in [*self._flights.items()]:
                if subjects is None or flight.subject in subjects:
                    del self._flights[path]
            for kept in self._store.values():
                if subjects is None or kept.subject in subjects:
                    kept.stale = True


def _key(target: Target) -> str:
    """A target's canonical path as PATH_INFO spells it (PEP 3333: bytes in latin-1)."""
    return paths.decoded_path_of(target).encode().decode("latin-1")


def _written(path: str) -> str:
    """A PATH_INFO as it is asked for: percent-encoded."""
    return quote(path.encode("latin-1"), safe="/-._~")
