"""The hot path: path to prepared answer, before Flask wakes (WhiteNoise's idea, as WSGI middleware).

A key is a canonical path: no query, no Host, no header. Only documents are kept (:mod:`service.store`); all else is
the application's and leaves no trace here. :meth:`Front.answer` needs no Flask: a protocol class may ask it directly.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final, Protocol
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication

from feeds.frozen import frozen
from feeds.metadata import Page, Publication
from service import paths
from service.accept import prefers_page
from service.encodings import select
from service.index.records import Subject
from service.metrics import Kind, Metrics
from service.paths import GROUPS, DocumentName, Target
from service.response import NO_STORE, Environ, Reply, Resource, plain, redirect, respond
from service.settings import Settings
from service.status import Status
from service.store import Kept, Maker, Store

POLL_SECONDS: Final = 0.025
"""How often at most we ask whether the index changed (DESIGN.md rule 10)."""

RAW_TARGET: Final = "feedmill.raw_target"
"""Environ key: true where the request line held raw UTF-8, which has to be answered with a redirect."""

FOREVER: Final = float("inf")

FAILED: Final = plain(500, "Internal Server Error\n", (NO_STORE,))

log = logging.getLogger("feedmill.front")


class Publishing(Maker, Protocol):
    """What the front and the application need of the publisher. Every method is safe for threads."""

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

    def former_feed(self, path: str) -> Target | None:
        """What takes the place of the content's own feed at a path (decoded); None where there was none."""

    def fresh_until(self) -> datetime | None:
        """When the next scheduled change is due. Asked at every poll, so it must be cheap."""

    def poll(self) -> Collection[Subject] | None:
        """What changed since the last call; None where everything may have. Cheap when nothing did."""

    def status(self) -> Status:
        """How the index is doing."""


@frozen(frozen=True, slots=True)
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


class Front:
    """Answers GET and HEAD of documents; what it cannot answer goes to ``app``.

    ``prefix`` gives the path the service is mounted under (as :func:`service.paths.prefix_of`; the content may change
    it). ``clock`` tells the time for Cache-Control and Last-Modified, ``monotonic`` the seconds between polls.
    """

    def __init__(
        self,
        app: WSGIApplication,
        publisher: Publishing,
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
        self.store = Store(publisher, settings, metrics)
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
            kept = self.store.fresh(path)
            if kept is None:
                return None
            kind, reply = self._reply(kept, environ)
            self.store.weigh(path, kept)
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
        kept = self.store.get(path := self._below(environ.get("PATH_INFO", "")))
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
            or self.store.get(instant.path) is not kept
        )

    def count(self, instant: Instant, times: int) -> None:
        """Count an answer that was given again."""
        self._metrics.count(instant.kind, instant.status, times)

    def serve(self, target: Target, environ: Environ) -> Reply | None:
        """The answer to a request that means a document without naming its path; None where there is none such."""
        kept = self.store.fresh(path := _key(target))
        if kept is None:
            return None
        reply = respond(kept.resource, environ, self._clock(), self._fresh_until)
        self.store.weigh(path, kept)
        return reply

    # -- answers -------------------------------------------------------------------------------------------------

    def _reply(self, kept: Kept, environ: Environ) -> tuple[Kind, Reply]:
        target = kept.target
        if prefers_page(environ.get("HTTP_ACCEPT", ""), target.document):
            page = self.prefix + paths.path_of(Target(target.kind, target.slug, ""))
            return "redirect", redirect(303, page, (NO_STORE, ("Vary", "Accept")))
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

    # -- changes -------------------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Forget what changed. While the index cannot be asked, what is prepared goes on being served."""
        now = self._monotonic()
        if now < self.next_poll or not self._polling.acquire(blocking=False):
            return
        try:
            self.next_poll = now + POLL_SECONDS
            changed = self._publisher.poll()
            self.store.forget(changed)
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


def _key(target: Target) -> str:
    """A target's canonical path as PATH_INFO spells it (PEP 3333: bytes in latin-1)."""
    return paths.decoded_path_of(target).encode().decode("latin-1")
