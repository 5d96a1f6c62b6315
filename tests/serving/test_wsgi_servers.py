"""Under another WSGI server the answers are those of our own, header by header."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from service.app import create_app
from service.settings import ServiceSettings, Settings
from tests.serving.fakes import newsroom, request, serving, split, talk
from tests.serving.test_front import CHROME

Answer = tuple[int, list[tuple[str, str]], bytes]
Address = tuple[str, int]

CASES: list[tuple[str, str, dict[str, str]]] = [
    (method, path, headers)
    for method in ("GET", "HEAD")
    for path in ("/rss.xml", "/", "/categories/%EC%A0%95%EC%B9%98/feed.json", "/atom.xml?utm=1")
    for headers in (
        *({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "br, gzip"}, {"If-None-Match": "*"}),
        *({"If-Match": '"other"'}, {"If-Modified-Since": "Mon, 30 Nov 2026 00:00:00 GMT"}),
        *({"Accept": CHROME}, {"Accept-Encoding": "gzip", "If-None-Match": 'W/"x", *'}, {"Range": "bytes=0-1"}),
    )
] + [
    *[("GET", path, {}) for path in ("/nope", "/feed.xml", "/categories/News/", "/tags/seoul", "/healthz", "//evil")],
    *[(method, "/rss.xml", {}) for method in ("POST", "OPTIONS", "DELETE")],
]
_OWN = ("date", "connection", "server", "keep-alive")
"""What a server says on its own behalf."""


@pytest.fixture(scope="module")
def ours() -> Iterator[Address]:
    with serving(newsroom()) as address:
        yield address


def told(head: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in head if name.lower() not in _OWN]


def over_http(address: Address, method: str, path: str, headers: dict[str, str]) -> Answer:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    answer = talk(address, request(path, method, *lines), timeout=20)
    status, _, body = split(answer)
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return status, told([(line.partition(": ")[0], line.partition(": ")[2]) for line in head]), body


def called(app: Any, method: str, path: str, headers: dict[str, str]) -> Answer:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.partition("?")[0]).decode("latin-1"),
        "QUERY_STRING": path.partition("?")[2],
        "wsgi.input": BytesIO(),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    setup_testing_defaults(environ)
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, head: list[tuple[str, str]], exc_info: Any = None) -> Any:
        del exc_info
        said.append((status, head))
        return lambda _: None

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        chunks.close()
    return int(said[0][0].split()[0]), told(said[0][1]), body


def test_the_wsgi_callable_gives_the_same_answers_header_by_header(ours: Address) -> None:
    app = validator(create_app(newsroom(), Settings()))
    for case in CASES:
        for _ in range(2):  # made, and at once
            assert called(app, *case) == over_http(ours, *case), case


def test_on_connections_that_stay_open_it_is_the_same(ours: Address) -> None:
    """What comes first is answered by a thread, the others at once and from the memo."""
    for method, path, headers in CASES[:36]:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        again = request(path, method, *lines, close=False)
        seen = [split(talk(ours, again + request("/healthz")))[:2] for _ in range(2)]
        status, head, _ = over_http(ours, method, path, headers)
        for got, said in seen:
            assert (got, [(name, value) for name, value in said.items() if name not in _OWN]) == (status, head)


@pytest.mark.skipif(importlib.util.find_spec("gunicorn") is None, reason="gunicorn is not installed")
def test_under_gunicorn_the_answers_are_the_same_header_by_header(ours: Address, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--worker-tmp-dir", str(tmp_path)]
    child = subprocess.Popen(
        [*command, "tests.serving.test_wsgi_servers:make()"],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr is not None
        for line in child.stderr:
            if found := re.search(r"Listening at: http://(127\.0\.0\.1):(\d+)", line):
                break
        else:
            raise AssertionError("gunicorn did not start")
        for case in CASES:
            theirs = over_http((found[1], int(found[2])), *case)
            assert (theirs[0], sorted(theirs[1]), theirs[2]) == (
                (mine := over_http(ours, *case))[0],
                sorted(mine[1]),
                mine[2],
            ), case
    finally:
        child.terminate()
        child.communicate(timeout=30)


def make() -> Any:
    """What gunicorn imports."""
    return create_app(newsroom(), Settings(service=ServiceSettings(port=0)))
