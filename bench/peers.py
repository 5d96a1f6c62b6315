"""What the front is measured against, under the same web server: run as ``python -m bench.peers NAME CONTENT STATE``.

``flask_view`` gives the same prepared answers from within a Flask view; ``uncached`` makes the document and its answer
on each request; ``tutorial_view`` is :mod:`bench.tutorial`'s feed. They differ in nothing else. With ``gunicorn`` as a
fourth argument that is the server, with one worker of as many threads, in place of this process. ``django_view``
(:mod:`bench.django_peer`) is under no other: it is given the posts of one feed, and knows nothing of ours.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NoReturn

from flask import Flask, Response, abort, request
from werkzeug.datastructures import Headers

from bench import corpus, installed, tutorial
from bench.first_hit import settings_of
from bench.plan import CATEGORIES
from bench.processes import python
from feeds.model import Post
from service import paths, server
from service.asgi import Application
from service.front import Front
from service.metrics import Metrics
from service.paths import Target
from service.publisher import Publisher
from service.response import Reply, prepare, respond
from service.runtime import open_publisher
from service.settings import Settings, dump, restore
from service.settings_names import SETTINGS_VARIABLE
from service.state_home import state_directory

PEER_VARIABLE: Final = "BENCH_PEER"
"""Says to our own server's process which of them it is."""

DJANGO: Final = "django_view"

View = Callable[[], Reply | None]


def flask_view() -> Flask:
    """The front behind Flask's dispatch instead of before it."""
    publisher, settings = _opened()
    front = Front(Flask("nothing"), publisher, settings, Metrics(), publisher.prefix)
    return _application(lambda: front.answer(request.environ))


def uncached() -> Flask:
    """No front: the publisher's entries are kept, the document and its codings are made each time."""
    publisher, settings = _opened()

    def view() -> Reply | None:
        target = paths.parse(request.path)
        document = publisher.document(target) if isinstance(target, Target) else None
        if document is None:
            return None
        return respond(prepare(document, settings.cache), request.environ, datetime.now(UTC))

    return _application(view)


def tutorial_view() -> Flask:
    """feedgen on each request."""
    publisher, _ = _opened()

    @functools.cache
    def posts(slug: str) -> list[Post]:
        row = publisher.index.channel("category", slug)
        return tutorial.posts_of(publisher, row) if row is not None else []

    def view() -> Reply | None:
        target = paths.parse(request.path)
        if not isinstance(target, Target) or not posts(target.slug):
            return None
        return Reply(200, [("Content-Type", "application/rss+xml")], tutorial.feed(posts(target.slug)))

    return _application(view)


def create() -> Application:
    """What our own server's process imports."""
    settings = restore(os.environ[SETTINGS_VARIABLE])
    return Application(_FACTORIES[os.environ[PEER_VARIABLE]](), settings.service)


_FACTORIES: Final = {view.__name__: view for view in (flask_view, uncached, tutorial_view)}


def _opened() -> tuple[Publisher, Settings]:
    settings = restore(os.environ[SETTINGS_VARIABLE])
    return open_publisher(settings), settings


def _application(view: View) -> Flask:
    app = Flask("bench", static_folder=None, template_folder=None)

    @app.get("/<path:path>")
    def document(path: str) -> Response:
        del path  # the views read the request themselves, as the front does
        reply = view()
        if reply is None:
            abort(404)
        response = Response(reply.body, reply.status)
        response.headers = Headers(reply.headers)
        if reply.body:
            response.headers["Content-Length"] = str(len(reply.body))
        return response

    return app


def main() -> None:
    """Serve one of them on a free port of the loopback address until SIGTERM."""
    name, content, state, *under = sys.argv[1:]
    os.environ[PEER_VARIABLE] = name
    settings = settings_of(content, state)
    settings = settings.model_copy(update={"service": settings.service.model_copy(update={"port": 0})})
    if under:
        _become_gunicorn(name, settings)
    if name == DJANGO:
        _become_django(settings)
    server.serve(settings, lambda url: print(url, flush=True), factory="bench.peers:create")


def _become_gunicorn(name: str, settings: Settings) -> NoReturn:
    """gunicorn as the peers have it, with our packages."""
    os.environ[SETTINGS_VARIABLE] = dump(settings)
    _become(settings, python("bench.under_gunicorn"), f"bench.peers:{name}()")


def _become_django(settings: Settings) -> NoReturn:
    """gunicorn and Django as the peers have them, and nothing of ours but what a feed says."""
    publisher = open_publisher(settings)
    row = publisher.index.channel("category", corpus.category(0, CATEGORIES))
    assert row is not None  # noqa: S101 - the corpus has it
    said = [
        {"title": post.title, "link": post.url, "published": (post.published).isoformat(), "content": post.content}
        for post in tutorial.posts_of(publisher, row)
    ]
    path = state_directory(settings) / "django.json"
    path.write_text(json.dumps(said), "utf-8")
    _become(settings, [installed.python(), "-m", "gunicorn"], f"bench.django_peer:application({str(path)!r})")


def _become(settings: Settings, command: Sequence[str], application: str) -> NoReturn:
    """The socket listens before gunicorn starts: who connects early waits."""
    sock = server.bind(settings.service)
    print(server.url_of(sock), flush=True)
    words = ("--bind", f"fd://{sock.fileno()}", "--threads", str(settings.service.threads), "--keep-alive", "30")
    whole = [*command, "--log-level", "error", *words, application]
    os.execv(whole[0], whole)  # noqa: S606 - our own words; a child in between would have to pass signals on


if __name__ == "__main__":
    main()
