"""The connection, on real sockets: slow clients, odd requests, raw bytes (H-07..H-09, H-11, H-12)."""

from __future__ import annotations

import contextlib
import gzip
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.serving.fakes import FakePublisher, newsroom, read_all, request, serving, split, talk

Address = tuple[str, int]
STALL = 0.5
HUGE = 8_000_000


@pytest.fixture(scope="module")
def publisher() -> FakePublisher:
    made = newsroom()
    made.bodies["tag", "huge"] = "x" * HUGE
    return made


@pytest.fixture(scope="module")
def address(publisher: FakePublisher) -> Iterator[Address]:
    with serving(publisher, stall_timeout=STALL, keep_alive=1.0) as bound:
        yield bound


def ask(address: Address, data: bytes) -> tuple[int, dict[str, str], bytes]:
    return split(talk(address, data))


def exchange(client: socket.socket, data: bytes) -> None:
    """Send a request for /healthz and read its whole answer."""
    client.sendall(data)
    answer = b""
    while not answer.endswith(b"\r\n\r\nok\n"):
        answer += client.recv(65536)


def seconds_until_closed(client: socket.socket) -> float:
    start = time.monotonic()
    client.settimeout(10)
    read_all(client)
    return time.monotonic() - start


def test_a_feed_is_served_with_a_date_and_without_a_server_name(address: Address) -> None:
    status, headers, body = ask(address, request("/rss.xml", "GET", "Accept-Encoding: gzip"))
    assert status == 200
    assert gzip.decompress(body).startswith(b"<rss.xml>")
    assert headers["date"].endswith("GMT")
    assert "server" not in headers
    assert headers["content-length"] == str(len(body))


def test_a_304_and_a_head_have_no_body_on_the_wire(address: Address) -> None:
    for lines in (("GET", "If-None-Match: *"), ("HEAD",)):
        answer = talk(address, request("/rss.xml", *lines))
        head, end, body = answer.partition(b"\r\n\r\n")
        assert (end, body) == (b"\r\n\r\n", b"")
        assert b"transfer-encoding" not in head


def test_last_modified_is_never_later_than_date_on_the_wire(address: Address, publisher: FakePublisher) -> None:
    for _ in range(3):
        publisher.changed_at = datetime.now(UTC)
        publisher.publish("site", "", "just now")
        time.sleep(0.05)
        _, headers, _ = ask(address, request("/atom.xml"))
        assert parsedate_to_datetime(headers["last-modified"]) <= parsedate_to_datetime(headers["date"])


def test_requests_may_be_pipelined_and_are_answered_in_order(address: Address) -> None:
    paths = ["/rss.xml", "/nope", "/categories/news/", "/feed.json", "/feed.xml"]
    data = b"".join(request(path, close=path == paths[-1]) for path in paths)
    answer = talk(address, data)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 404, 200, 200, 301]


def test_a_body_between_pipelined_requests_is_taken_for_a_body(address: Address) -> None:
    inner = request("/nope")
    data = request("/rss.xml", "POST", f"Content-Length: {len(inner)}", close=False) + inner + request("/feed.xml")
    answer = talk(address, data)
    assert answer.count(b"HTTP/1.1 ") == 2
    assert answer.index(b" 405 ") < answer.index(b" 301 ")


def test_http_1_0_works_and_closes(address: Address) -> None:
    status, headers, body = ask(address, b"GET /rss.xml HTTP/1.0\r\n\r\n")
    assert (status, headers["connection"]) == (200, "close")
    assert len(body) == int(headers["content-length"])


@pytest.mark.parametrize("byte_by_byte", [False, True])
def test_a_head_may_arrive_in_pieces(address: Address, byte_by_byte: bool) -> None:
    data = b"\r\n\r\n" + request("/healthz")
    with socket.create_connection(address, timeout=5) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (
            [data[i : i + 1] for i in range(len(data))] if byte_by_byte else [data[:20], data[20:-3], data[-3:]]
        ):
            client.sendall(piece)
        assert split(read_all(client))[2] == b"ok\n"


@pytest.mark.parametrize(
    "target", ["/categories/정치/", "/categories/정치/rss.xml", "/feed/정치.xml", "/categories/정치/?q=가"]
)
def test_a_raw_utf_8_path_is_a_301_to_the_encoded_one(address: Address, target: str) -> None:
    status, headers, _ = ask(address, request(target))
    assert status == 301
    assert headers["location"].startswith("/categories/%EC%A0%95%EC%B9%98/")
    assert headers["location"].isascii()
    assert ask(address, request(headers["location"]))[0] == 200


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/한글".encode(), 301),
        ("//evil.com/한글".encode(), 404),
        ("/rss.xml?제목=글".encode(), 200),
        (b"/\xc1\xa4\xc4\xa1/", 404),
        (b"/rss.xml?\xff", 200),
        (b"/rss.xml?%ff", 200),
        (b"/%ff%fe", 404),
        (b"/categories/\xff/rss.xml", 404),
        (b"http://evil.com/rss.xml", 200),
        (b"HTTP://evil.com", 200),
        (b"http://evil.com?x", 200),
        (b"/rss.xml#fragment", 200),
        (b"//evil.com/categories/news", 404),
        (b"/\\evil.com", 404),
        (b"*", 404),
        (b"evil.com:443", 400),
        (b"?", 400),
        (b"rss.xml", 400),
        (b"/a|b{}^`<>", 404),
        (b"/a b", 400),
        (b"/a\tb", 400),
        (b"/a\x00b", 400),
    ],
)
def test_no_request_target_is_a_server_error(address: Address, target: bytes, status: int) -> None:
    got, headers, body = ask(address, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert got == status
    assert b"evil" not in body
    assert not headers.get("location", "/").startswith("//")
    assert "evil" not in headers.get("location", "")


GET = b"GET /rss.xml HTTP/1.1\r\n"


@pytest.mark.parametrize(
    "data",
    [
        GET + b"Host: a\r\nHost: a\r\n\r\n",
        GET + b"\r\n",
        GET + b"Host: a@b\r\n\r\n",
        GET + b'Host: x"><script>\r\n\r\n',
        GET + b"Host:\r\n\r\n",
        GET + b"Host: a:99999\r\n\r\n",
        GET + b"Host: a\r\n X: folded\r\n\r\n",
        GET + b"Host : a\r\n\r\n",
        GET + b"Host: a\r\nX: y\n\r\nGET /2 HTTP/1.1\r\n\r\n",
        GET + b"Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        GET + b"Host: a\r\nContent-Length: 3, 3\r\n\r\nabc",
        GET + b"Host: a\r\nContent-Length: -1\r\n\r\n",
        GET + b"Host: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        GET + b"Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        GET + b"Host: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        GET + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /rss.xml HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET /rss.xml\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
    ],
)
def test_H09_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(address: Address, data: bytes) -> None:
    answer = talk(address, data)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert split(answer)[0] in (400, 405)
    assert split(answer)[1]["connection"] == "close"


def test_H09_a_request_behind_a_chunked_body_is_not_answered(address: Address) -> None:
    chunked = request("/rss.xml", "POST", "Transfer-Encoding: chunked", close=False) + b"3;x=y\r\nabc\r\n0\r\n\r\n"
    answer = talk(address, chunked + request("/healthz"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert split(answer)[0] == 405
    assert split(answer)[1]["connection"] == "close"


def test_H09_a_body_that_makes_no_sense_is_refused_in_its_turn(address: Address) -> None:
    broken = request("/rss.xml", "POST", "Transfer-Encoding: chunked", close=False) + b"ZZ\r\n"
    start = time.monotonic()
    answer = talk(address, request("/nope", close=False) + broken)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [404, 400]
    assert time.monotonic() - start < STALL, "there is nothing to wait for"


@pytest.mark.parametrize("method", ["FROB", "get", "PURGE", "TRACE", "CONNECT"])
def test_H10_an_unknown_method_is_405_on_the_wire(address: Address, method: str) -> None:
    target = "ex.org:443" if method == "CONNECT" else "/rss.xml"
    status, headers, _ = ask(address, request(target, method))
    assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_an_upgrade_is_passed_over_and_ends_the_connection(address: Address) -> None:
    answer = talk(address, request("/healthz", "GET", "Connection: Upgrade", "Upgrade: h2c", close=False) + request())
    assert answer.count(b"HTTP/1.1 ") == 1
    assert split(answer)[2] == b"ok\n"


@pytest.mark.parametrize(
    ("size", "complete", "status"),
    [(16_000, True, 200), (20_000, True, 431), (20_000, False, 431), (900_000, True, 431)],
)
def test_H07_a_head_over_16_KiB_is_431_and_the_answer_arrives(
    address: Address, size: int, complete: bool, status: int
) -> None:
    head = request("/healthz", "GET", f"X: {'x' * (size - 100)}")
    answer = talk(address, head if complete else head[:-4])
    assert split(answer)[0] == status
    assert split(answer)[1]["connection"] == "close"


def test_a_client_that_is_refused_is_not_reset(address: Address) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 900_000)
        answer = b""
        while chunk := client.recv(65536):  # a reset, which could overtake the answer, would raise
            answer += chunk
    assert split(answer)[0] == 431


def test_H07_500_headers_and_a_pipelined_head_are_judged_like_any_other(address: Address) -> None:
    assert ask(address, request("/healthz", "GET", *(f"X-{n}: y" for n in range(500))))[0] == 200
    answer = talk(address, request("/healthz", close=False) + request("/healthz", "GET", f"X: {'x' * 20_000}"))
    assert (answer.count(b"HTTP/1.1 200"), answer.count(b"HTTP/1.1 431")) == (1, 1)


@pytest.mark.parametrize(("name", "value"), [("If-None-Match", '"' + "x" * 8192), ("Range", "bytes=" + "0-0," * 2000)])
def test_H11_H12_long_conditions_are_not_errors(address: Address, name: str, value: str) -> None:
    assert ask(address, request("/rss.xml", "GET", f"{name}: {value}"))[0] == 200


def test_H03_a_body_on_get_changes_nothing(address: Address) -> None:
    plain = ask(address, request())
    fat = ask(address, request("/rss.xml", "GET", "Content-Length: 9") + b"utm=evil!")
    assert (fat[0], fat[2], fat[1]["etag"]) == (200, plain[2], plain[1]["etag"])


def test_a_body_beyond_64_KiB_is_413(address: Address) -> None:
    for size, status in ((65_536, 405), (65_537, 413), (900_000, 413)):
        assert ask(address, request("/rss.xml", "POST", f"Content-Length: {size}") + b"x" * size)[0] == status
    chunks = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    chunked = request("/rss.xml", "POST", "Transfer-Encoding: chunked")
    assert ask(address, chunked + chunks * 5 + b"0\r\n\r\n")[0] == 413
    assert ask(address, chunked + chunks + b"0\r\n\r\n")[0] == 405


def test_a_client_that_asks_first_is_told_before_it_sends(address: Address) -> None:
    answer = talk(address, request("/rss.xml", "POST", "Content-Length: 100000", "Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_an_idle_connection_is_kept_for_its_time_and_then_closed(address: Address) -> None:
    with socket.create_connection(address, timeout=5) as client:
        exchange(client, request("/healthz", close=False))
        time.sleep(0.7)  # longer than a stall, shorter than keep-alive
        exchange(client, request("/healthz", close=False))
        assert 0.7 < seconds_until_closed(client) < 4


AFTER = request("/healthz", close=False)
"""A connection on which something was answered before."""


@pytest.mark.parametrize(
    ("first", "data", "said"),
    [
        (b"", b"", b""),
        (b"", b"\r\n", b""),
        (b"", b"GET / HT", b"HTTP/1.1 408 "),
        (b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"HTTP/1.1 408 "),
        (AFTER, b"\r\n", b""),
        (AFTER, b"G", b"HTTP/1.1 408 "),
    ],
)
def test_H08_a_head_that_stalls_is_cut_off(address: Address, first: bytes, data: bytes, said: bytes) -> None:
    with socket.create_connection(address, timeout=10) as client:
        if first:
            exchange(client, first)
        client.sendall(data)
        start = time.monotonic()
        answer = read_all(client)
        assert STALL * 0.5 < time.monotonic() - start < STALL + 2
        assert answer.startswith(said)
        assert bool(answer) == bool(said)


def test_H08_a_head_that_drips_is_cut_off_all_the_same(address: Address) -> None:
    with socket.create_connection(address, timeout=10) as client:
        start = time.monotonic()
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.sendall(b"X")
                time.sleep(0.05)
                client.settimeout(0.001)
                with contextlib.suppress(TimeoutError):
                    if client.recv(4096):
                        break
        assert time.monotonic() - start < STALL + 2


def test_H08_stalled_clients_do_not_hold_up_a_normal_one_and_are_all_cut_off(address: Address) -> None:
    stalled = []
    warm = request("/tags/huge/rss.xml")
    assert split(talk(address, warm, timeout=20))[0] == 200
    for _ in range(150):
        client = socket.create_connection(address, timeout=10)
        client.sendall(b"GET /rss.xml HTTP/1.1\r\nHost: a\r\n")
        stalled.append(client)
    for _ in range(50):
        client = socket.create_connection(address, timeout=10)
        client.sendall(request("/rss.xml", "POST", "Content-Length: 1000") + b"half")
        stalled.append(client)
    for _ in range(50):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect(address)
        client.sendall(warm)  # 8 MB, of which it reads nothing
        stalled.append(client)
    start = time.monotonic()
    assert ask(address, request("/rss.xml"))[0] == 200
    assert ask(address, request("/nope"))[0] == 404
    assert time.monotonic() - start < 1.0
    time.sleep(STALL + 1.0)  # nobody reads meanwhile: what is closed now, our timers closed
    readers = stalled[200:]
    for client in stalled[:200]:
        assert seconds_until_closed(client) < 2
    for client in readers:
        assert len(read_all(client)) < HUGE, "an answer that nobody took was kept for its reader"
    for client in stalled:
        client.close()


def test_a_slow_reader_that_goes_on_reading_gets_everything(address: Address) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.settimeout(10)
        client.connect(address)
        client.sendall(request("/tags/huge/rss.xml"))
        size, start = 0, time.monotonic()
        while chunk := client.recv(1_000_000):
            size += len(chunk)
            if time.monotonic() - start < 3 * STALL:
                time.sleep(0.05)
    assert size > HUGE
    assert time.monotonic() - start > 2 * STALL


def test_the_server_stops_with_connections_open() -> None:
    with serving(newsroom(), keep_alive=30.0) as address:
        idle = socket.create_connection(address, timeout=10)
        exchange(idle, request("/healthz", close=False))
        half = socket.create_connection(address, timeout=10)
        half.sendall(b"GET / HT")
        start = time.monotonic()
    assert time.monotonic() - start < 5
    idle.close()
    half.close()
