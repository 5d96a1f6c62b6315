"""A publisher without an index, a clock that stands still, and a server on loopback, for the tests of serving."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from feeds.metadata import Page, Publication
from feeds.model import ChannelKind, Document, Link, Site
from service import asgi, paths
from service import hooks as hooking
from service.app import create_app
from service.front import Front
from service.hooks import Hooks
from service.index.records import Subject
from service.paths import SITE_FEED, DocumentName, Target
from service.protocol import Config
from service.server import Server, bind
from service.settings import ServiceSettings, Settings
from service.status import SourceStatus, Status

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
CHANGED = datetime(2026, 11, 20, 8, 30, 15, tzinfo=UTC)

TYPES: dict[DocumentName, str] = {
    "rss.xml": "application/rss+xml",
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
    "": "text/html",
    "meta/P.html": "text/html",
    "meta/P.json": "application/json",
}


def written(name: str, text: str) -> bytes:
    """The bytes of a fake's document: what its media type promises, no more."""
    kind = TYPES.get(name, "application/xml")  # type: ignore[call-overload]  # names from tests
    if kind.endswith("json"):
        return json.dumps({name: text}, ensure_ascii=False).encode()
    if kind == "text/html":
        return f"<p>{text}</p>".encode()
    return f"<{name}>{text}</{name}>".encode()


HEALTHY = SourceStatus("newsroom", NOW, None, None, 3)
READY = Status(ready=True, sources=[HEALTHY], problems={"date-invalid": 2}, channels=4, posts=3)


@dataclass
class FakePublisher:
    """Channels with four documents each; a test says what changed, when the next change is due, what goes wrong."""

    bodies: dict[tuple[ChannelKind, str], str] = field(default_factory=dict)
    changed: list[Subject] | None = field(default_factory=list)
    due: datetime | None = None
    former: str = ""
    state: Status = READY
    changed_at: datetime = CHANGED
    rendered: list[Target] = field(default_factory=list)
    polls: int = 0
    before_render: Callable[[Target], None] = lambda _: None
    before_resolve: Callable[[Target], None] = lambda _: None
    error: Exception | None = None
    broken: bool = False
    pages: dict[str, Page] = field(default_factory=dict)
    """By URL, for what is asked for by the URL of a page."""
    gone: frozenset[str] = frozenset()
    """URLs, and page paths, of what was removed."""
    imported: dict[str, str] = field(default_factory=dict)

    def publish(self, kind: ChannelKind, slug: str, body: str) -> None:
        self.bodies[kind, slug] = body
        if self.changed is not None:
            self.changed.append((kind, slug))

    def document(self, target: Target) -> Document | None:
        if self.error:
            raise self.error
        body = self.bodies.get((target.kind, target.slug))
        if body is None:
            return None
        self.rendered.append(target)
        self.before_render(target)
        url = f"https://feeds.example.org{paths.path_of(target)}"
        links = (Link("self", url), Link("hub", "https://hub.example.org/"))
        made = b"\0" if self.broken else written(target.document, body)
        return Document(made, TYPES.get(target.document, "application/xml"), self.changed_at, links)

    def resolve(self, target: Target) -> Target | None:
        self.before_resolve(target)
        slug = target.slug if target.kind == "site" else paths.slug_of(target.kind, target.slug)
        return replace(target, slug=slug) if (target.kind, slug) in self.bodies else None

    def locate(self, url: str, document: DocumentName) -> Target | None:
        return Target("site", "", document, "a/page") if url in self.pages else None

    def page(self, target: Target) -> tuple[Page, Publication, datetime] | None:
        page = next(iter(self.pages.values()), None)
        site = Site("https://example.org/", "The Example")
        return (page, Publication(site), self.changed_at) if page and target.part else None

    def departed(self, where: str | Target) -> bool:
        return (where.part if isinstance(where, Target) else where) in self.gone

    def feed_alias(self, path: str) -> str | None:
        return self.imported.get(path)

    def fresh_until(self) -> datetime | None:
        return self.due

    def poll(self) -> Collection[Subject] | None:
        self.polls += 1
        if self.error:
            raise self.error
        changed, self.changed = self.changed, []
        return changed

    def ready(self) -> bool:
        return self.state.ready

    def former_feed(self, path: str) -> Target | None:
        return SITE_FEED if path == self.former else None

    def status(self) -> Status:
        return self.state


LONG = "안녕하세요, 세상. Hello, world. " * 200


def newsroom() -> FakePublisher:
    """A site, two categories and a tag."""
    bodies: dict[tuple[ChannelKind, str], str] = {
        ("site", ""): LONG,
        ("category", "news"): f"news {LONG}",
        ("category", "정치"): f"정치 {LONG}",
        ("tag", "seoul"): f"seoul {LONG}",
    }
    return FakePublisher(bodies)


def make_app(publisher: FakePublisher, settings: Settings | None = None, **options: Any) -> Any:
    """The Flask application over a publisher, at :data:`NOW`; every request polls."""
    app = create_app(publisher, settings or Settings(), clock=lambda: NOW, **options)
    front_of(app)._monotonic = iter(range(10**9)).__next__
    return app


def front_of(app: Any) -> Front:
    front = app.extensions["feedmill"]
    assert isinstance(front, Front)
    return front


def environ(path: str = "/rss.xml", method: str = "GET", query: str = "", **headers: str) -> dict[str, Any]:
    """A WSGI environ; ``path`` is decoded text, headers are given in lower case with underscores."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }


@contextlib.contextmanager
def serving(
    publisher: FakePublisher,
    made: Callable[[asgi.Application], None] = lambda _: None,
    hooks: Hooks = hooking.NONE,
    **service: Any,
) -> Iterator[tuple[str, int]]:
    """A server in a thread, on a free loopback port; yields its address. ``made`` sees the application before."""
    settings = Settings(service=ServiceSettings(port=0, **{"stall_timeout": 0.5, "keep_alive": 2.0, **service}))
    app = create_app(publisher, settings, hooks=hooks)
    application = asgi.Application(app, settings.service, front_of(app))
    made(application)
    sock = bind(settings.service)
    server = Server(Config(application, settings.service))
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    try:
        yield sock.getsockname()
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the server did not stop"


def talk(address: tuple[str, int], data: bytes, timeout: float = 5.0) -> bytes:
    """Send bytes, end our side, and read until the server ends its own."""
    with socket.create_connection(address, timeout=timeout) as client:
        client.sendall(data)
        return read_all(client)


def read_all(client: socket.socket) -> bytes:
    chunks = []
    with contextlib.suppress(ConnectionResetError):
        while chunk := client.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks)


def request(
    path: str = "/rss.xml", method: str = "GET", *lines: str, version: str = "1.1", close: bool = True
) -> bytes:
    """The bytes of a request."""
    head = [f"{method} {path} HTTP/{version}", "Host: localhost", *lines]
    if close:
        head.append("Connection: close")
    return "\r\n".join([*head, "", ""]).encode()


def split(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (lower case) and body of one answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), {name.lower(): value for name, value in headers.items()}, body
