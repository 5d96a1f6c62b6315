"""The Flask application: everything that is not a prepared document.

Health, metrics, redirects to canonical paths, 404, 405, 410 and 500. Documents are answered by the front, which this
factory puts before Flask. Every redirect leads to a path of our own, made from the URL table and the service's
prefix: never from Host, never from what was asked for (H-02, H-05, H-17). Refuses to render and to read content.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from flask import Flask, Response, g, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

import service.content.liquid  # what rendering imports only when it needs it: no reader waits for that
import service.showing  # noqa: F401 - the same for pages and embeds
from service import hooks as hooking
from service import paths
from service.by_url import ByUrl
from service.front import FAILED, RAW_TARGET, Front, Publishing
from service.hooks import Hooks
from service.metrics import CONTENT_TYPE, Kind, Metrics, Neighbour
from service.paths import Moved
from service.response import BRIEFLY, CROSS_ORIGIN, LATER, NO_STORE, Reply, other_method, plain, redirect
from service.settings import Settings
from service.status import SourceStatus, Status

log = logging.getLogger("feedmill.app")


def create_app(
    publisher: Publishing,
    settings: Settings,
    *,
    prefix: Callable[[], str] | None = None,
    hooks: Hooks = hooking.NONE,
    site: str = "",
    neighbours: Sequence[Neighbour] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Flask:
    """The application with the front before it; a WSGI callable.

    ``prefix`` gives the path under which the service is mounted where only the content knows it; by default it is
    that of ``service.url``, else of ``site.url``. ``hooks`` are the only paths that take a POST. ``site`` names another
    site than the default one, which speaks of its ``neighbours`` where it tells how it is doing.
    """
    app = Flask("service", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False  # a merged path would be a redirect that reflects what was asked for (H-05)
    metrics = Metrics(site)
    configured = paths.prefix_of(settings.service.url or settings.site.url)
    front = Front(app.wsgi_app, publisher, settings, metrics, prefix or (lambda: configured), clock)
    lookup = _Lookup(publisher, settings, front)
    by_url = ByUrl(publisher, front, settings.cache, clock)
    app.wsgi_app = front  # type: ignore[method-assign]  # Flask's own seam for middleware
    app.extensions["feedmill"] = front
    app.extensions["feedmill.neighbour"] = Neighbour(metrics, publisher.status)

    @app.before_request
    def only_reading() -> Response | None:
        reply = hooks.answer(request.environ)
        if reply is not None:
            g.kind = "hook"
            return _response(reply)
        return None if request.method in ("GET", "HEAD") else _response(other_method(request.method))

    @app.get("/healthz")
    def healthz() -> Response:
        return _response(plain(200, "ok\n", [NO_STORE]))

    @app.get("/readyz")
    def readyz() -> Response:
        return _readiness(publisher, front, clock(), neighbours)

    @app.get("/metrics")
    def metrics_page() -> Response:
        body = metrics.page(publisher.status, clock(), neighbours)
        return _response(Reply(200, [("Content-Type", CONTENT_TYPE), NO_STORE], body))

    @app.get("/meta")
    def meta() -> Response:
        return _response(by_url.meta(request.args, request.environ))

    @app.get("/oembed")
    def oembed() -> Response:
        return _response(by_url.oembed(request.args, request.environ))

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def elsewhere(path: str) -> Response:
        del path  # Flask's converter does not see every path; the environ does
        return _response(lookup.reply(request.environ))

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        if error.code == 404:
            return _response(lookup.reply(request.environ))
        status = error.code if error.code and 400 <= error.code < 500 else 400
        return _response(plain(status, "Bad Request\n", [NO_STORE]))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.error("a request failed", exc_info=error)
        return _response(FAILED)

    @app.after_request
    def count(response: Response) -> Response:
        kind = g.get("kind") or _kind(request.endpoint, response.status_code)
        metrics.count(kind, response.status_code)
        return response

    return app


class _Lookup:
    """What a path means that the front did not answer."""

    def __init__(self, publisher: Publishing, settings: Settings, front: Front) -> None:
        self._publisher = publisher
        self._front = front
        self._aliases = {paths.decode(old): new for old, new in settings.paths.feed_aliases.items()}
        self._moved = (("Cache-Control", f"max-age={settings.cache.max_age}"),)

    def reply(self, environ: dict[str, Any]) -> Reply:
        """A redirect where the path is another spelling of a document's, else 410, 404 or, before the start, 503."""
        raw_path = environ.get("PATH_INFO", "").encode("latin-1", "replace")
        path = raw_path.decode("utf-8", "replace")
        if path == unquote_to_bytes(self._front.prefix).decode("utf-8", "replace"):
            return self._redirect("/")
        alias = self._aliases.get(path)
        if alias is not None:
            return self._redirect(_own_path(alias))
        imported = self._publisher.feed_alias(path)
        if imported is not None:
            return self._redirect(imported)
        former = self._publisher.former_feed(path)
        if former is not None and paths.decoded_path_of(former) != path:  # else it never moved, and is gone
            return self._redirect(paths.path_of(former))
        meaning = paths.parse(quote(raw_path))
        if meaning is not None:
            target = meaning.target if isinstance(meaning, Moved) else meaning
            if self._front.store.is_gone(target):
                return plain(410, "Gone\n", (*CROSS_ORIGIN, BRIEFLY))
            canonical = self._publisher.resolve(target)
            if canonical is not None and (canonical != meaning or environ.get(RAW_TARGET)):
                return self._redirect(paths.path_of(canonical))
            if canonical is None and self._publisher.departed(target):
                return plain(410, "Gone\n", (*CROSS_ORIGIN, BRIEFLY))
        if environ.get(RAW_TARGET) and not path.startswith("//"):
            return self._redirect(quote(path))
        return self._unknown()

    def _redirect(self, path: str) -> Reply:
        return redirect(301, self._front.prefix + path, self._moved)

    def _unknown(self) -> Reply:
        """404; but 503 while nothing is indexed: a subscriber must not take a feed for gone while we start."""
        if not self._publisher.ready():
            return plain(503, "Starting\n", (LATER, NO_STORE))
        return plain(404, "Not Found\n", (*CROSS_ORIGIN, BRIEFLY))


def _readiness(publisher: Publishing, front: Front, now: datetime, neighbours: Sequence[Neighbour]) -> Response:
    """503 until the first complete scan is indexed. Stale sources stay 200: their last good documents are served.

    The default site lists the others, and is ready without them: one whose source is down must not take the others out
    of service with it.
    """
    status = publisher.status()
    said: dict[str, Any] = {
        "ready": status.ready,
        "stale": [source.name for source in status.sources if source.stale is not None],
        "sources": [_standing(source, now) for source in status.sources],
        "broken": front.store.broken(),
    }
    if neighbours:
        said["sites"] = {one.metrics.site: _in_short(one.standing()) for one in neighbours}
    body = json.dumps(said, ensure_ascii=True, indent=2).encode() + b"\n"
    return _response(Reply(200 if status.ready else 503, [("Content-Type", "application/json"), NO_STORE], body))


def _standing(source: SourceStatus, now: datetime) -> dict[str, Any]:
    """A source as operators see it; ``age`` in seconds since its last complete scan or pull."""
    return {
        "name": source.name,
        "last_scan": _iso(source.last_scan),
        "age": max(0, round((now - source.last_scan).total_seconds())) if source.last_scan else None,
        "stale": source.stale,
        "reason": source.reason or None,
        "status": source.http_status or None,
        "stale_since": _iso(source.stale_since),
        "next_attempt": _iso(source.next_attempt),
        "held": source.held,
        "posts": source.posts,
        "pages": source.pages,
        "unpublished": source.unpublished,
        "unread": source.unread,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _in_short(status: Status) -> dict[str, Any]:
    return {
        "ready": status.ready,
        "stale": [source.name for source in status.sources if source.stale is not None],
    }


def _own_path(path: str) -> str:
    """An alias's destination as a path below the prefix, whatever the settings say: one slash, percent-encoded."""
    return "/" + quote(paths.decode(path) or "").lstrip("/")


def _kind(endpoint: str | None, status: int) -> Kind:
    if endpoint in ("healthz", "readyz", "metrics_page"):
        return "health"
    if endpoint in ("meta", "oembed"):
        return "metadata"
    return "redirect" if 300 <= status < 400 else "other"


def _response(reply: Reply) -> Response:
    response = Response(reply.body, reply.status)
    response.headers = Headers(reply.headers)  # without Flask's guesses: a 204 has no type and no length
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if reply.body:
        response.headers["Content-Length"] = str(len(reply.body))
    return response
