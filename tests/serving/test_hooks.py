"""POST /hooks/<source>: where there is one, what it reads, and that only a refresh comes of it (W-01, W-04..W-07)."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from service import hooks as hooking
from service.errors import SettingsError
from service.hooks import Hook, Hooks
from service.metrics import Metrics
from service.replays import Replays
from service.runtime import hook_keys, open_hooks
from service.settings import ServiceSettings, Settings, SourceSettings
from service.signatures import Scheme
from tests.serving import signing
from tests.serving.fakes import NOW, make_app, newsroom, request, serving, split, talk
from tests.serving.hooked import BODY, SCHEMES, Site, signed
from tests.serving.signing import SECRET


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("name", SCHEMES)
def test_a_signed_hook_is_accepted_and_asks_for_its_source(name: Scheme, site: Site) -> None:
    response = site.client.post(f"/hooks/{name}", data=BODY, headers=signed(name))
    assert (response.status_code, response.data, site.asked) == (202, b"accepted\n", [name])
    assert response.headers["Cache-Control"] == "no-store"
    assert not [header for header in response.headers.keys() if header.startswith("Access-Control")]  # noqa: SIM118


# -- who may ask -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", None])
@pytest.mark.parametrize("name", SCHEMES)
def test_W01_without_a_secret_there_is_no_hook(name: Scheme, secret: str | None, tmp_path: Path) -> None:
    asked: list[str] = []
    hooks = {} if secret is None else {name: Hook(name, secret.encode(), lambda: asked.append(name))}
    client = make_app(newsroom(), hooks=Hooks(hooks, Replays(tmp_path), 1000)).test_client()
    empty = signing.standard(BODY, NOW, "id", "whsec_") | signing.github(BODY, "") | signing.ghost(BODY, NOW, "")
    response = client.post(f"/hooks/{name}", data=BODY, headers=empty | signing.generic(BODY, NOW, ""))
    assert (response.status_code, response.data, asked) == (404, b"Not Found\n", [])


@pytest.mark.parametrize(
    "path", ["/hooks/", "/hooks", "/hooks/other", "/hooks/ghost/", "/hooks//ghost", "/Hooks/ghost"]
)
def test_W01_elsewhere_there_is_none_either(path: str, site: Site) -> None:
    answered = site.client.post(path, data=BODY, headers=signed("ghost")).status_code
    assert answered == (404 if path.startswith("/hooks/") else 405)
    assert not site.asked


@pytest.mark.parametrize("source", [{"hook": "ghost"}, {"hook_secret_env": "HOOK"}, {}], ids=str)
def test_W01_a_source_without_a_scheme_or_without_a_secret_has_no_hook(
    source: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    settings = Settings(source=(SourceSettings(path=tmp_path, **source),))
    assert hook_keys(settings) == {}
    assert (
        make_app(newsroom(), hooks=open_hooks(settings)).test_client().post(f"/hooks/{tmp_path.name}").status_code
        == 404
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"hook_secret_env": "HOOK_MISSING"}, "hook_secret_env: the environment variable HOOK_MISSING is not set"),
        ({"hook_secret_env": "HOOK_EMPTY"}, "hook_secret_env: the environment variable HOOK_EMPTY is not set"),
        ({"hook_secret_file": Path("/nowhere/secret")}, "/nowhere/secret: cannot be read: No such file"),
        ({"hook_secret_file": Path("empty")}, "hook_secret_file: empty: is empty"),
        ({"hook_secret_file": Path("binary")}, "binary: is not UTF-8 text"),
        ({"hook_secret_file": Path("/")}, "/: cannot be read: Is a directory"),
        ({"hook_secret_file": Path("good"), "hook_secret_env": "HOOK"}, "hook_secret_file: both are set"),
        ({"hook": "standard", "hook_secret_env": "HOOK"}, "hook_secret of 'blog': the secret of Standard Webhooks is"),
    ],
    ids=str,
)
def test_W01_a_secret_that_is_not_where_it_should_be_stops_the_start(
    source: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK_EMPTY", " \n")
    monkeypatch.setenv("HOOK", SECRET)
    Path("empty").write_text("\n")
    Path("good").write_text(f"{SECRET}\n")
    Path("binary").write_bytes(b"\xff\xfe")
    made = SourceSettings(path=tmp_path, name="blog", **{"hook": "github", **source})
    with pytest.raises(SettingsError, match="hook_secret") as failed:
        hook_keys(Settings(source=(made,)))
    assert said in str(failed.value)
    assert SECRET not in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_secret_in_a_file_may_end_in_a_line_break(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    source = SourceSettings(path=tmp_path, name="blog", hook="github", hook_secret_file=tmp_path / "secret")
    assert hook_keys(Settings(source=(source,))) == {"blog": ("github", SECRET.encode())}


# -- bodies ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(site: Site) -> Iterator[tuple[str, int]]:
    with serving(newsroom(), hooks=site.hooks, body_bytes=1000) as address:
        yield address


def raw(name: Scheme, body: bytes, *lines: str, headers: dict[str, str] | None = None) -> bytes:
    said = signed(name, body=body) if headers is None else headers
    return request(f"/hooks/{name}", "POST", *[f"{field}: {value}" for field, value in said.items()], *lines) + body


def test_W04_over_the_wire_only_a_body_of_known_and_small_length_is_weighed(
    site: Site, served: tuple[str, int]
) -> None:
    chunked = raw("github", b"", "Transfer-Encoding: chunked", headers=signing.github(BODY))
    chunked += b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    cases = {
        "good": (raw("github", BODY, f"Content-Length: {len(BODY)}"), 202),
        "chunked": (chunked, 411),
        "no length": (raw("github", b""), 411),
        "empty": (raw("github", b"", "Content-Length: 0"), 202),
        "large": (raw("github", b"x" * 1001, "Content-Length: 1001"), 413),
        "largest": (raw("github", b"x" * 1000, "Content-Length: 1000"), 202),
        "huge": (raw("github", b"", "Content-Length: 99999999999"), 413),
        "both": (raw("github", BODY, f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"), 400),
    }
    answers = {name: split(talk(served, data))[0] for name, (data, _) in cases.items() if name != "huge"}
    assert answers == {name: status for name, (_, status) in cases.items() if name != "huge"}
    waiting = request("/hooks/github", "POST", "Content-Length: 99999999999", "Expect: 100-continue")
    assert split(talk(served, waiting))[0] == 413
    assert site.asked == ["github"] * 3


def test_W04_a_body_that_is_too_large_is_told_once_and_counted_whoever_refuses_to_read_it(
    served: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "feedmill.hooks")  # another test may have set the root logger to errors
    large = raw("github", b"x" * 1001, "Content-Length: 1001")
    waiting = request("/hooks/github", "POST", "Content-Length: 99999999999", "Expect: 100-continue")
    for data in (large, waiting):
        status, headers, _ = split(talk(served, data))
        assert (status, headers["connection"]) == (413, "close"), "the rest of it is not read"
    assert split(talk(served, request("/hooks/none", "POST", "Content-Length: 1001") + b"x" * 1001))[0] == 404
    lines = [record.getMessage() for record in caplog.records if record.name == "feedmill.hooks"]
    assert lines == ["hook refused source=github: its body is larger than service.body_bytes, 1000"]
    counted = split(talk(served, request("/metrics")))[2].decode()
    assert 'feedmill_requests_total{kind="hook",status="413"} 2.0' in counted


def test_W04_a_slow_or_cut_body_costs_nobody_but_its_sender(site: Site, served: tuple[str, int]) -> None:
    slow = raw("github", b"", "Content-Length: 500", headers={})
    stalled = []
    try:
        for _ in range(20):
            client = socket.create_connection(served, timeout=5)
            stalled.append(client)
            client.sendall(slow)
        assert split(talk(served, raw("github", BODY, f"Content-Length: {len(BODY)}")))[0] == 202
        assert split(stalled[0].recv(65536))[0] == 408
    finally:
        for client in stalled:
            client.close()
    assert site.asked == ["github"]


def test_W04_more_than_two_at_once_are_asked_to_come_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server reads bodies in its threads, such as gunicorn."""
    monkeypatch.setattr(hooking, "PATIENCE", 0.0)
    goes_on, reading = threading.Event(), threading.Barrier(3)

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            reading.wait(10)
            goes_on.wait(10)
            return super().read(size)

    def ask(body: BytesIO) -> Any:
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/hooks/github", "CONTENT_LENGTH": str(len(BODY))}
        return site.hooks.answer({**environ, "wsgi.input": body})

    threads = [threading.Thread(target=ask, args=(Slow(BODY),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    reading.wait(10)
    third = ask(BytesIO(BODY))
    goes_on.set()
    for thread in threads:
        thread.join(10)
    assert (third.status, dict(third.headers)["Retry-After"]) == (503, "5")
    assert ask(BytesIO(BODY)).status == 401  # the two are done


class Threaded(ThreadingMixIn, WSGIServer):
    """A WSGI server that reads bodies where the application does, as most of them."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


def test_W04_under_a_server_that_reads_in_its_threads_slow_bodies_take_two_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = threading.Semaphore(0)
    read = hooking._read

    def told(environ: Any, length: int) -> bytes | None:
        reading.release()
        return read(environ, length)

    monkeypatch.setattr(hooking, "_read", told)
    site = Site(tmp_path)
    good = raw("github", BODY, f"Content-Length: {len(BODY)}")
    with make_server("127.0.0.1", 0, make_app(newsroom(), hooks=site.hooks), Threaded, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            address = ("127.0.0.1", server.server_port)
            with socket.create_connection(address, 5) as first, socket.create_connection(address, 5) as second:
                for client in (first, second):
                    client.sendall(good[: -len(BODY)])
                    assert reading.acquire(timeout=10)
                status, headers, _ = split(talk(address, good))
                assert (status, headers["retry-after"]) == (503, "5")
                assert split(talk(address, request("/rss.xml")))[0] == 200
                first.sendall(BODY)
                assert b" 202 " in first.recv(65536)
                assert split(talk(address, raw("github", b"")))[0] == 411
                assert split(talk(address, good))[0] == 202
        finally:
            server.shutdown()
            thread.join(10)


@pytest.mark.parametrize(("length", "status"), [("", 411), ("-1", 411), ("1e3", 411), ("٣", 411), ("9" * 30, 413)])
def test_W04_a_length_that_is_none(length: str, status: int, site: Site) -> None:
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/hooks/github", "wsgi.input": BytesIO(b"x")}
    reply = site.hooks.answer({**environ, "CONTENT_LENGTH": length})
    assert reply is not None
    assert reply.status == status
    cut = site.hooks.answer({**environ, "CONTENT_LENGTH": "5"})
    assert cut == hooking.CUT


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b"<xml/>", b"\xff\0", b"[" * 900], ids=repr)
@pytest.mark.parametrize("kind", ["application/json", "text/html", "multipart/form-data", "x", ""])
def test_W05_the_content_is_not_looked_at(kind: str, body: bytes, site: Site) -> None:
    assert site.post("github", {**signing.github(body), "Content-Type": kind}, body) == (202, "accepted")
    assert site.asked == ["github"]


def test_W06_a_flood_is_one_request_to_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    source = SourceSettings(path=tmp_path, name="블로그 a/b.c", hook="generic", hook_secret_env="HOOK")  # noqa: S106 - its name
    state = tmp_path / "state"
    state.mkdir()
    settings = Settings(source=(source,), service=ServiceSettings(state=state))
    app = make_app(newsroom(), hooks=open_hooks(settings))
    answers = []

    def flood(first: int) -> None:
        for number in range(first, first + 50):
            body = b"%d" % number
            answers.append(app.test_client().post("/hooks/블로그 a/b.c", data=body, headers=signing.generic(body)).data)

    threads = [threading.Thread(target=flood, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"accepted\n"] * 400
    assert len(list((state / "requests").iterdir())) == 1


def test_W07_no_url_in_the_payload_is_fetched(site: Site) -> None:
    connected: list[Any] = []
    sys.addaudithook(lambda event, args: connected.append(args) if event == "socket.connect" and listening else None)
    listening = True
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.1)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        body = f'{{"url": "{url}", "hook": {{"config": {{"url": "{url}"}}}}, "callback": "{url}"}}'.encode()
        for name in SCHEMES:
            assert site.post(name, signed(name, body=body), body) == (202, "accepted")
        with pytest.raises(TimeoutError):
            trap.accept()
    listening = False
    assert connected == []


# -- beside ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_a_post_is_for_a_hook(method: str, site: Site) -> None:
    response = site.client.open("/hooks/ghost", method=method, data=b"", headers=signed("ghost"))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert site.asked == []
    elsewhere = site.client.open("/hooks/unknown", method=method)
    assert elsewhere.status_code == {"GET": 404, "HEAD": 404, "OPTIONS": 204}.get(method, 405)


def test_a_post_for_a_document_is_refused_as_ever(site: Site) -> None:
    for path in ("/rss.xml", "/", "/feed.xml", "/healthz", "/meta", "/nope"):
        response = site.client.post(path, data=BODY, headers=signed("ghost"))
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_hooks_are_counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[str, int]] = []
    monkeypatch.setattr(Metrics, "count", lambda _, kind, status: counted.append((kind, status)))
    site.post("ghost", signed("ghost"))
    site.post("ghost", {})
    site.post("unknown", {})
    site.client.get("/nope")
    assert counted == [("hook", 202), ("hook", 401), ("hook", 404), ("other", 404)]


def test_a_hook_is_below_the_prefix_of_the_service_too_even_as_the_first_request(tmp_path: Path) -> None:
    site = Site(tmp_path)
    app = make_app(newsroom(), Settings(service=ServiceSettings(url="https://ex.org/feeds")), hooks=site.hooks)
    for body in (b"1", b"2"):
        path = "/feeds/hooks/ghost" if body == b"1" else "/hooks/ghost"
        assert app.test_client().post(path, data=body, headers=signed("ghost", body=body)).status_code == 202


def test_a_name_is_the_same_composed_and_decomposed() -> None:
    asked: list[int] = []
    decomposed = "\u1112\u1161\u11ab"
    app = make_app(newsroom(), hooks=Hooks({decomposed: Hook("github", b"k", lambda: asked.append(1))}, None, 100))
    client = app.test_client()
    for name, body in ((decomposed, b"1"), ("한", b"2")):
        assert client.post(f"/hooks/{name}", data=body, headers=signing.github(body, "k")).status_code == 202
    assert asked == [1, 1]
