"""The hot path: path to prepared answer, before Flask wakes (WhiteNoise's idea, as WSGI middleware).

A key is a canonical path: no query, no Host, no header. Only documents are kept, bounded in bytes; all else is the
application's and leaves no trace here. :meth:`Front.answer` needs no Flask: a protocol class may ask it directly.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import quote, unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from feeds.model import ChannelKind, Document
from service import pages, paths
from service.memory import ByteLRU
from service.metrics import Kind, Metrics
from service.paths import DocumentName, Target
from service.response import Reply, Resource, plain, prepare, redirect, respond
from service.settings import Settings
from service.status import Status

ChannelName: TypeAlias = tuple[ChannelKind, str]

POLL_SECONDS: Final = 0.025
"""How often at most we ask whether the index changed (DESIGN.md rule 10)."""

RAW_TARGET: Final = "feedmill.raw_target"
"""Environ key: true where the request line held raw UTF-8, which has to be answered with a redirect."""

FAILED: Final = plain(500, "Internal Server Error\n", (("Cache-Control", "no-store"),))

_KINDS: Final[dict[DocumentName, Kind]] = {"rss.xml": "rss", "atom.xml": "atom", "feed.json": "json", "": "page"}
_XML_TYPES: Final = ("application/xml", "text/xml")
_FEED_TYPES: Final[dict[DocumentName, tuple[str, ...]]] = {
    "rss.xml": ("application/rss+xml", *_XML_TYPES),
    "atom.xml": ("application/atom+xml", *_XML_TYPES),
    "feed.json": ("application/feed+json", "application/json"),
}

log = logging.getLogger("feedmill.front")


class Publisher(Protocol):
    """What the front and the application need of the publisher. Every method is safe for threads."""

    def document(self, target: Target) -> Document | None:
        """The document of a canonical target (its HTML page where ``target.document`` is empty); None: not known."""

    def resolve(self, target: Target) -> Target | None:
        """The same document under its channel's canonical slug; None where no channel answers to the spelling."""

    def ready(self) -> bool:
        """Whether there is something complete to serve, now."""

    def former_feed(self) -> str:
        """The path where the content's own feed was, if not /feed.xml; "" where it says none."""

    def fresh_until(self) -> datetime | None:
        """When the next scheduled change is due. Asked at every poll, so it must be cheap."""

    def poll(self) -> Collection[ChannelName] | None:
        """The channels that changed since the last call; None where everything may have. Cheap when nothing did."""

    def status(self) -> Status:
        """How the index is doing."""


@dataclass(slots=True)
class _Kept:
    """A resource in the store, with the size it was last counted with."""

    resource: Resource
    target: Target
    counted: int


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
        self._mount_point = prefix
        self._clock = clock
        self._monotonic = monotonic
        self._store: ByteLRU[_Kept] = ByteLRU(settings.cache.front_bytes)
        self._gone = paths.channels_named(settings.paths.gone)
        self._lock = Lock()
        self._flights: dict[str, Future[_Kept | None]] = {}
        self._polling = Lock()
        self._next_poll = float("-inf")
        self._deaf = False
        self._fresh_until: datetime | None = None
        self.prefix = self._prefix = ""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        reply = self.answer(environ)
        if reply is not None:
            return reply.send(environ, start_response)
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
            self._poll()
            if environ.get(RAW_TARGET):
                return None
            path = self._below(environ.get("PATH_INFO", ""))
            kept = self._store.get(path) or self._find(path)
            if kept is None:
                return None
            kind, reply = self._reply(kept, environ)
            if kept.resource.size != kept.counted:  # it has gained a coding
                kept.counted = kept.resource.size
                self._store.resize(path, kept, kept.counted + len(path))
                self._metrics.front_bytes.set(self._store.size)
        except Exception:
            log.exception("a document could not be made")
            kind, reply = "other", FAILED
        self._metrics.count(kind, reply.status)
        return reply

    def size(self) -> int:
        """Bytes held in prepared answers."""
        return self._store.size

    def is_gone(self, target: Target) -> bool:
        """Whether the settings list the target's channel as gone."""
        return (target.kind, paths.slug_of(target.kind, target.slug)) in self._gone

    # -- answers -------------------------------------------------------------------------------------------------

    def _reply(self, kept: _Kept, environ: dict[str, Any]) -> tuple[Kind, Reply]:
        target = kept.target
        if prefers_page(environ.get("HTTP_ACCEPT", ""), target):
            page = self.prefix + paths.path_of(Target(target.kind, target.slug, ""))
            return "redirect", redirect(303, page, (("Cache-Control", "no-store"), ("Vary", "Accept")))
        return _KINDS[target.document], respond(kept.resource, environ, self._clock(), self._fresh_until)

    def _below(self, path: str) -> str:
        """A PATH_INFO without the service's prefix: a request matches with it and without it."""
        prefix = self._prefix
        return path[len(prefix) :] if prefix and path.startswith(f"{prefix}/") else path

    def _find(self, path: str) -> _Kept | None:
        """Make the resource of a path that is not in the store; None where the path is no document's canonical one."""
        try:
            target = paths.parse(quote(path.encode("latin-1")))
        except UnicodeEncodeError:  # a server that does not follow PEP 3333
            return None
        if not isinstance(target, Target) or self.is_gone(target) or self._publisher.resolve(target) != target:
            return None
        with self._lock:
            kept = self._store.get(path)  # another thread may just have landed
            if kept is not None:
                return kept
            flight = self._flights.get(path)
            if flight is None:
                mine = self._flights[path] = Future()
        return self._fly(path, target, mine) if flight is None else flight.result()

    def _fly(self, path: str, target: Target, flight: Future[_Kept | None]) -> _Kept | None:
        """Render for all who ask for this path meanwhile. Overtaken by a change, the result answers them and goes."""
        kept = None
        try:
            kept = self._make(target)
            flight.set_result(kept)
        except BaseException as error:
            flight.set_exception(error)
            raise
        finally:
            with self._lock:
                if self._flights.get(path) is flight:
                    del self._flights[path]
                    if kept is not None:
                        self._store.put(path, kept, kept.counted + len(path))
            self._metrics.front_bytes.set(self._store.size)
        return kept

    def _make(self, target: Target) -> _Kept | None:
        document = self._publisher.document(target)
        if document is None:
            return None
        self._metrics.renders.inc()
        resource = prepare(document, self._policy, () if target.document else pages.HEADERS)
        return _Kept(resource, target, resource.size)

    # -- changes -------------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        """Forget what changed. While the index cannot be asked, what is prepared goes on being served."""
        now = self._monotonic()
        if now < self._next_poll or not self._polling.acquire(blocking=False):
            return
        try:
            self._next_poll = now + POLL_SECONDS
            self._forget(self._publisher.poll())
            self._fresh_until = self._publisher.fresh_until()
            self.prefix = self._mount_point()
            self._prefix = unquote_to_bytes(self.prefix).decode("latin-1")  # as PATH_INFO spells it
            self._deaf = False
        except Exception:
            if not self._deaf:  # once, not forty times a second
                log.exception("the index cannot be asked for changes; serving what is prepared")
            self._deaf = True
        finally:
            self._polling.release()

    def _forget(self, changed: Collection[ChannelName] | None) -> None:
        """Drop the changed channels' resources, and let no rendering that is under way be kept."""
        if changed is None:
            with self._lock:
                self._flights.clear()
                self._store.clear()
        elif changed:
            keys = [_key(Target(kind, slug, document)) for kind, slug in changed for document in _KINDS]
            with self._lock:
                for key in keys:
                    self._flights.pop(key, None)
                self._store.discard(keys)


def prefers_page(accept: str, target: Target) -> bool:
    """Whether a feed's reader is a person: text/html named, and with a higher weight than each of the feed's types."""
    types = _FEED_TYPES.get(target.document)
    if types is None or "text/html" not in accept.lower():
        return False
    accepted = parse_accept_header(accept, MIMEAccept)
    return accepted.quality("text/html") > max(accepted.quality(media_type) for media_type in types)


def _key(target: Target) -> str:
    """A target's canonical path as PATH_INFO spells it (PEP 3333: bytes in latin-1)."""
    return paths.decoded_path_of(target).encode().decode("latin-1")
