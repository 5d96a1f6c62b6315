"""What an upstream may do on the wire, and what comes of it: one line with a reason, in time, within the limits."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import trustme

from tests.upstream.clients import SOON, body, client, failure
from tests.upstream.raw import answer, dripping, raw_server, saying


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_U02_a_closed_port_is_said_in_words() -> None:
    url = f"http://127.0.0.1:{closed_port()}/"
    error = failure(client(url), url)
    assert (error.reason, str(error)) == ("connection", f"{url}: cannot be reached: Connection refused")


def test_U02_a_name_that_nobody_knows_is_asked_for_as_often_as_other_failures_and_no_oftener() -> None:
    asked: list[str] = []

    def resolver(host: str, _: int) -> list[str]:
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    error = failure(client("http://no.example/", resolver=resolver), "http://no.example/")
    assert (error.reason, asked) == ("dns", ["no.example"] * 3)


def test_U02_a_resolver_that_never_answers_costs_the_time_to_connect_and_no_more() -> None:
    never = threading.Event()

    def resolver(*_: object) -> list[str]:
        never.wait(10)
        return []

    try:
        limits = {"connect_seconds": 0.05, "request_seconds": 1.0}
        error = failure(client("http://slow.example/", resolver=resolver, limits=limits), "http://slow.example/")
    finally:
        never.set()
    assert error.reason in ("connect-timeout", "timeout")


def test_U03_a_body_that_drips_is_cut_off_at_the_deadline() -> None:
    drip = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 1000)
    with raw_server(drip) as server:
        error = failure(client(server.url, limits=SOON), server.url)
        assert (error.reason, len(server.requests)) == ("timeout", 1)


def test_U03_a_head_that_drips_is_cut_off_at_the_deadline() -> None:
    drip = dripping(b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 90)
    with raw_server(drip) as server:
        assert failure(client(server.url, limits=SOON), server.url).reason == "timeout"


def test_U03_silence_is_a_timeout() -> None:
    stop = threading.Event()
    with raw_server(lambda _: stop.wait(5) and None) as server:
        error = failure(client(server.url, limits={**SOON, "read_seconds": 0.1}), server.url)
        stop.set()
    assert error.reason == "timeout"


def test_U04_a_body_shorter_than_it_says_is_no_answer_and_is_asked_for_again() -> None:
    with raw_server([saying(answer(b'{"a":1}', length=100)), saying(answer(b'{"a":1}'))]) as server:
        assert body(client(server.url), server.url) == b'{"a":1}'
        assert len(server.requests) == 2


def test_U04_a_chunk_that_is_cut_is_no_answer() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with raw_server(saying(head + b"10\r\nabc")) as server:
        error = failure(client(server.url), server.url)
        assert (error.reason, len(server.requests)) == ("truncated", 3)


def test_U04_a_reset_is_tried_again() -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with raw_server([reset, saying(answer(b"ok"))]) as server:
        assert body(client(server.url), server.url) == b"ok"


_BOMB = b"0" * 4_000_000
_CODED = {
    "gzip": gzip.compress(_BOMB),
    "deflate": zlib.compress(_BOMB),
    "br": brotli.compress(_BOMB, quality=1),
}


def test_U17_a_coding_that_was_not_asked_for_is_no_answer() -> None:
    with raw_server(saying(answer(b"x", "Content-Encoding: rot13"))) as server:
        assert failure(client(server.url), server.url).reason == "protocol"


def test_U17_what_is_packed_more_than_once_is_not_unpacked() -> None:
    """A quarter of a megabyte of it may be a hundred of empty members: seconds of work, and nothing that counts."""
    packed = gzip.compress(gzip.compress(b"") * 100_000)
    for headers in (["Content-Encoding: gzip, gzip"], ["Content-Encoding: gzip", "content-encoding: GZIP"]):
        with raw_server(saying(answer(packed, *headers))) as server:
            error = failure(client(server.url), server.url)
            assert (error.reason, "packed more than once" in str(error)) == ("protocol", True)


@pytest.mark.parametrize("coding", _CODED)
def test_U17_a_bomb_is_put_down_at_the_limit(coding: str) -> None:
    with raw_server(saying(answer(_CODED[coding], f"Content-Encoding: {coding}"))) as server:
        error = failure(client(server.url, limits={"response_bytes": 100_000}), server.url)
        assert (error.reason, len(server.requests)) == ("too-large", 1)


def test_U17_a_length_beyond_the_limit_is_not_waited_for() -> None:
    with raw_server(saying(answer(b"x", length=10**12))) as server:
        assert failure(client(server.url), server.url).reason == "too-large"


@pytest.mark.parametrize(
    "coding",
    ["gzip", "gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip"],
)
def test_U17_a_coding_that_the_body_does_not_have_is_said(coding: str) -> None:
    with raw_server(saying(answer(b"plain text", f"Content-Encoding: {coding}"))) as server:
        assert failure(client(server.url), server.url).reason == "protocol"


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"hello\r\n",
        b"",
    ],
    ids=["a line of 70 KB", "200 headers", "no status", "HTTP 0.9", "nothing at all"],
)
def test_U18_what_is_no_http_is_one_line_and_a_reason(said: bytes) -> None:
    with raw_server(saying(said)) as server:
        error = failure(client(server.url, limits={"request_seconds": 5.0}), server.url)
    assert error.reason in ("protocol", "connection", "truncated")
    assert "\n" not in str(error)


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints", "199 Whatever"])
def test_an_interim_answer_is_not_the_answer(status: str) -> None:
    interim = f"HTTP/1.1 {status}\r\nLink: </style.css>; rel=preload\r\nContent-Length: 7\r\n\r\n".encode()
    with raw_server(saying(interim * 2 + answer(b"[1]", "X-Final: yes"))) as server:
        found = client(server.url).get(server.url)
    assert (found.body, found.headers.get("x-final"), found.headers.get("link")) == (b"[1]", "yes", None)


def test_U18_interim_answers_that_drip_end_at_the_deadline() -> None:
    with raw_server(dripping(*[b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 10, seconds=0.2)) as server:
        assert failure(client(server.url, limits=SOON), server.url).reason == "timeout"


@pytest.mark.parametrize("status", ["100 Continue", "103 Early Hints"])
def test_U18_a_storm_of_interim_answers_ends_after_a_few(status: str) -> None:
    stop = threading.Event()

    def storm(connection: socket.socket) -> None:
        while not stop.is_set():
            connection.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode() * 100)

    with raw_server(storm) as server:
        error = failure(client(server.url, limits={"request_seconds": 5.0}), server.url)
        stop.set()
    assert (error.reason, "interim" in str(error)) == ("protocol", True)


def test_switching_protocols_is_an_answer_that_was_not_asked_for() -> None:
    with raw_server(saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")) as server:
        assert failure(client(server.url), server.url).status == 101


# -- TLS

_AUTHORITY = trustme.CA()


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    _AUTHORITY.cert_pem.write_to_path(str(file))
    return file


def test_U19_a_private_authority_is_trusted_where_the_operator_says_so(bundle: Path) -> None:
    with raw_server(saying(answer(b"ok")), tls=_context(_AUTHORITY.issue_cert("127.0.0.1"))) as server:
        assert body(client(server.url, ca_bundle=bundle), server.url) == b"ok"


def test_U19_and_by_nobody_else() -> None:
    with raw_server(saying(answer(b"ok")), tls=_context(_AUTHORITY.issue_cert("127.0.0.1"))) as server:
        assert failure(client(server.url), server.url).reason == "tls-untrusted"
        assert server.requests == []


def test_U19_another_hosts_certificate_is_refused(bundle: Path) -> None:
    with raw_server(saying(answer(b"ok")), tls=_context(_AUTHORITY.issue_cert("other.example"))) as server:
        assert failure(client(server.url, ca_bundle=bundle), server.url).reason == "tls-wrong-host"


def test_U19_an_expired_certificate_is_refused(bundle: Path) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    with raw_server(saying(answer(b"ok")), tls=_context(_AUTHORITY.issue_cert("127.0.0.1", not_after=past))) as server:
        assert failure(client(server.url, ca_bundle=bundle), server.url).reason == "tls-expired"


def test_U19_what_speaks_no_tls_is_no_secure_connection(bundle: Path) -> None:
    with raw_server(saying(b"SSH-2.0-x\r\n")) as server:
        url = server.url.replace("http:", "https:")
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))):
            error = failure(client(url, ca_bundle=bundle, limits=SOON), url)
    assert error.reason in ("tls-handshake", "timeout", "connection")


def test_U19_a_handshake_that_stalls_ends_at_the_deadline(bundle: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert failure(client(url, ca_bundle=bundle, limits=SOON), url).reason == "timeout"
