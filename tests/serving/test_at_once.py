"""The event loop answers what a thread would have answered, byte for byte, whatever is sent (Date masked)."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving.fakes import LONG, NOW, request, split, written
from tests.serving.test_front import CHROME
from tests.serving.wire import GONE, World, masked, run

RAW = "/categories/정치/rss.xml"
CANONICAL = "/categories/%EC%A0%95%EC%B9%98/rss.xml"
TARGETS = (
    *("/rss.xml", "/", "/atom.xml", "/categories/news/rss.xml", "/categories/%EC%A0%95%EC%B9%98/feed.json"),
    *("/tags/seoul/", "/rss.xml?utm=1", "/rss.xml?제목=글", RAW, "/tags/none/rss.xml", f"{GONE}rss.xml", "/nope"),
    *("/blog/rss.xml", "/blog/", "/blog", "http://evil.example/rss.xml", "http://evil.example", "*", "//rss.xml"),
    *("/healthz", "/feed.xml", "/categories/News/rss.xml", "/%72ss.xml", "/rss.xml#f", "/%ff", "evil.example:443", ""),
)


def tags_of(text: str) -> list[str]:
    """The tags of a site's RSS feed with this text."""
    digest = hashlib.sha256(written("rss.xml", text)).hexdigest()[:32]
    return [f'"{digest}{suffix}"' for suffix in ("", "-gz", "-br")]


OWN = [*tags_of(LONG), *tags_of("new 1")]
TAGS = st.sampled_from([*OWN, f"W/{OWN[0]}", "*", "", '"other"', f'"a", {OWN[1]}', f'{OWN[0][:-1]}-gzip"', "tag", '"'])
DATES = st.sampled_from(
    ["Fri, 20 Nov 2026 08:30:15 GMT", "Fri, 20 Nov 2026 08:30:14 GMT", "Mon, 30 Nov 2026 00:00:00 GMT", "yesterday", ""]
)
CODINGS = st.sampled_from(["gzip", "br", "identity", "gzip, br;q=0.5", "*", "gzip;q=0", "", "zstd, gzip", ";;,"])
ACCEPTS = st.sampled_from(["*/*", CHROME, "text/html", "application/rss+xml", "", "text/html;q=x"])
WORDS = st.sampled_from(["keep-alive", "close", "Close", "Keep-Alive", "keep-alive, close", "upgrade", "x", ""])


def header(names: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One header line, in one of several spellings of its name."""
    spellings = st.sampled_from(names.split()).flatmap(lambda name: st.sampled_from([name, name.lower(), name.upper()]))
    return st.builds("{}: {}".format, spellings, values)


HOSTS = st.sampled_from(
    [*[("Host: a",)] * 6, ("Host: evil.example:8080",), ("host:a",), (), ("Host: a", "Host: b"), ("Host: a@b",)]
)
LINES = st.lists(
    st.one_of(
        header("If-None-Match", TAGS),
        header("If-Match", TAGS),
        header("If-Modified-Since If-Unmodified-Since", DATES),
        header("Accept-Encoding", CODINGS),
        header("Accept_Encoding If_None_Match Accept", CODINGS | TAGS),
        header("Accept", ACCEPTS),
        header("Connection Proxy-Connection", WORDS),
        header("Upgrade TE Trailer", st.sampled_from(["h2c", "trailers", ""])),
        header("Expect", st.sampled_from(["100-continue", "x"])),
        header("Cookie Range X-Forwarded-Host User-Agent", st.sampled_from(["bytes=0-1", "evil.example", "é"])),
        st.sampled_from([" folded", "Bad Name: x", f"X: {'x' * 1900}", f"X: {'x' * 3000}"]),
    ),
    max_size=3,
)
BODIES = st.sampled_from(
    [
        *[((), b"")] * 6,
        (("Content-Length: 3",), b"abc"),
        (("Content-Length: 0",), b""),
        (("Content-Length: 300",), b"x" * 300),
        (("Transfer-Encoding: chunked",), b"3\r\nabc\r\n0\r\n\r\n"),
        (("Transfer-Encoding: chunked",), b"ZZ\r\n"),
        (("Content-Length: 3", "Transfer-Encoding: chunked"), b"0\r\n\r\n"),
    ]
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Mostly what an aggregator would send; sometimes what nobody should."""
    method = draw(st.sampled_from([*["GET"] * 8, "HEAD", "HEAD", "POST", "OPTIONS", "FROB", "get"]))
    target = draw(st.sampled_from([*TARGETS[:7] * 3, *TARGETS]))
    version = draw(st.sampled_from([*["HTTP/1.1"] * 8, "HTTP/1.0", "HTTP/2.0"]))
    fields, body = draw(BODIES)
    lines = [f"{method} {target} {version}", *draw(HOSTS), *draw(LINES), *fields, "", ""]
    before = draw(st.sampled_from([*[b""] * 8, b"\r\n", b"\r\n\r\n"]))
    return before + "\r\n".join(lines).encode() + body


@st.composite
def polls(draw: st.DrawFn) -> bytes:
    """What an aggregator sends."""
    fields = [draw(header("Accept-Encoding", CODINGS)), draw(header("If-None-Match", TAGS)), "User-Agent: x"]
    lines = draw(st.lists(st.sampled_from(fields), unique=True))
    method = draw(st.sampled_from(["GET", "GET", "HEAD"]))
    return request(draw(st.sampled_from(TARGETS[:7])), method, *lines, close=False)


@dataclass(frozen=True)
class Send:
    """Requests on a connection, pipelined, and cut into the pieces in which they arrive; and all that once more."""

    connection: int
    numbers: tuple[int, ...]
    cuts: tuple[float, ...] = ()
    times: int = 1


@dataclass(frozen=True)
class Change:
    """What the publisher or the clock does between requests."""

    what: str
    number: int
    host: str = ""


NUMBERS = st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple)
CUTS = st.lists(st.floats(0, 1), max_size=2).map(tuple)
SENDS = st.builds(Send, st.integers(0, 2), NUMBERS, CUTS)
POLLS = st.builds(Send, st.integers(0, 2), st.tuples(st.integers(0, 4)), times=st.integers(2, 4))
CHANGES = st.builds(
    Change, st.sampled_from(["publish", "everything", "due", "wait", "prefix", "future", "break"]), st.integers(0, 2)
)


def pieces(data: bytes, cuts: tuple[float, ...]) -> list[bytes]:
    places = [0, *sorted(int(cut * len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(places) if b > a]


def change(world: World, step: Change) -> None:
    publisher = world.others.get(step.host, world.publisher)
    if step.what == "publish":
        publisher.publish("site", "", f"new {step.number}")
    elif step.what == "everything":
        publisher.changed = None
    elif step.what == "due":
        publisher.due = None if not step.number else world.now + timedelta(seconds=1000 * step.number)
    elif step.what == "wait":
        world.pass_time((0.0, 200.0, 900.0)[step.number])
    elif step.what == "prefix":
        world.prefix = ("", "/blog", "/%EB%89%B4%EC%8A%A4")[step.number]
    elif step.what == "future":
        publisher.changed_at = NOW + timedelta(seconds=(-5, 100, 1000)[step.number])
        publisher.publish("category", "news", f"future {step.number}")
    else:
        publisher.broken = bool(step.number)


async def play(world: World, pool: list[bytes], steps: list[Send | Change]) -> list[tuple[bytes, bool]]:
    """What each connection was answered, and whether it was closed."""
    open_wires = {}
    try:
        for step in steps:
            world.pass_time()
            if isinstance(step, Change):
                change(world, step)
                continue
            wire = open_wires.get(step.connection)
            if wire is None or wire.closed or wire.ended:
                wire = open_wires[step.connection] = world.connect()
            data = b"".join(pool[number % len(pool)] for number in step.numbers)
            for _ in range(step.times):
                await world.send(wire, *pieces(data, step.cuts))
                await world.quiet()
        return [(masked(bytes(wire.sent)), wire.closed or wire.ended) for wire in world.wires]
    finally:
        world.end()
        await asyncio.sleep(0)


PLAIN = request("/rss.xml", close=False)


def test_at_once_and_from_the_memo_the_bytes_are_those_of_a_thread() -> None:
    known = 0
    warm = [Send(0, (0,), times=3)]
    pools = st.lists(polls() | requests(), min_size=1, max_size=4)

    @given(pools, st.lists(SENDS | POLLS | CHANGES, min_size=2, max_size=12))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def same(pool: list[bytes], steps: list[Send | Change]) -> None:
        nonlocal known

        async def both() -> None:
            nonlocal known
            fast, slow = World(fast=True), World(fast=False)
            played = [*warm, *steps]
            assert await play(fast, [PLAIN, *pool], played) == await play(slow, [PLAIN, *pool], played)
            known += fast.memo.known

        asyncio.run(both())

    same()
    assert known > 50, "the memo was hardly asked"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n" + PLAIN.replace(b"GET", b"HEAD"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nProxy-Connection: close\r\n\r\n"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nAccept_Encoding: gzip\r\n\r\n"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nIf_None_Match: *\r\n\r\n"),
        PLAIN.replace(b"/rss.xml", "/rss.xml?제목".encode()),
        PLAIN.replace(b"/rss.xml", RAW.encode()),
        PLAIN.replace(b"/rss.xml", b"http://evil.example/rss.xml"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"),
        PLAIN * 2,
        PLAIN[:-2],
    ],
)
def test_what_is_asked_again_is_answered_again(data: bytes) -> None:
    async def both() -> None:
        steps: list[Send | Change] = [Send(number // 2, (0,)) for number in range(6)]
        assert await play(World(fast=True), [data], steps) == await play(World(fast=False), [data], steps)

    run(both)


@pytest.mark.parametrize(
    "before",
    [
        b"GET /nope HTTP/1.1\r\nX: ",
        b"GET /nope HTTP/1.1\r\nHost: a\r\n",
        b"POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(PLAIN),
        b"POST /nope HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PLAIN),
        b"POST /nope HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /nope HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET /nope HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"\r\n",
    ],
)
def test_H09_a_known_head_in_the_midst_of_something_else_is_no_request(before: bytes) -> None:
    """It arrives in a piece of its own, as a head does; and once more with the rest of what it is part of."""

    async def both() -> None:
        said = []
        for fast in (True, False):
            world = World(fast=fast)
            for _ in range(3):
                await world.ask(PLAIN)
            wire = world.connect()
            for piece in (before, PLAIN, b"\r\n0\r\n\r\n", PLAIN):
                wire.waiting.append(piece)
                wire.deliver()  # before anything is answered
            for _ in range(100):
                await asyncio.sleep(0.001)
            said.append((masked(bytes(wire.sent)), wire.closed or wire.ended))
            world.end()
        assert said[0] == said[1]

    run(both)


def test_a_prefix_that_changes_takes_its_answers_with_it() -> None:
    async def both() -> None:
        pool = [request("/blog/rss.xml", close=False), request("/rss.xml", "GET", f"Accept: {CHROME}", close=False)]
        ask: list[Send | Change] = [Send(0, (0,)), Send(0, (1,))]
        steps = [Change("prefix", 1), *ask * 3, Change("prefix", 2), *ask * 2, Change("prefix", 0), *ask * 2]
        fast = World(fast=True)
        assert await play(fast, pool, steps) == await play(World(fast=False), pool, steps)
        assert fast.memo.known

    run(both)


@pytest.mark.parametrize(
    "other",
    [
        request(RAW, close=False),
        request(CANONICAL, "GET", "Accept-Encoding: br", "Accept-Encoding: gzip", close=False),
        request(CANONICAL, "GET", "If-None-Match: *", 'If-None-Match: "x"', close=False),
        request(CANONICAL, "GET", "Accept: text/html", "Accept: application/xml;q=0.1", close=False),
        request(CANONICAL, "GET", "Content-Length: 3", close=False) + b"abc",
        request(CANONICAL, "OPTIONS", close=False),
    ],
)
def test_what_is_prepared_for_one_request_is_right_for_another(other: bytes) -> None:
    async def both() -> None:
        lines = [(), ("Accept-Encoding: br",), ("Accept-Encoding: gzip",)]
        pool = [*(request(CANONICAL, "GET", *words, close=False) for words in lines), other]
        steps: list[Send | Change] = [Send(0, (number,), times=3) for number in (0, 1, 2, 3, 0, 3)]
        assert await play(World(fast=True), pool, steps) == await play(World(fast=False), pool, steps)

    run(both)


def test_a_learned_head_answers_for_no_other_head() -> None:
    heads = [
        request(path, method, *lines, close=False)
        for path in ("/rss.xml", "/atom.xml", "/rss.xml?x", "/categories/news/rss.xml")
        for method in ("GET", "HEAD")
        for lines in ((), ("Accept-Encoding: gzip",), ("Accept-Encoding: br",), (f"If-None-Match: {OWN[0]}",))
    ]

    async def check() -> None:
        fast, slow = World(fast=True), World(fast=False)
        wanted = [masked(await slow.ask(head)) for head in heads]
        for _ in range(4):
            wire = fast.connect()
            for head, want in zip(heads, wanted, strict=True):
                assert masked(await fast.ask(head, wire)) == want
        assert fast.memo.known >= 2 * len(heads)
        for head in heads:  # and with a host that is refused, none of them
            for line in (b"", b"Host: a@b\r\n", b"Host: a\r\nHost: a\r\n"):
                answer = await fast.ask(head.replace(b"Host: localhost\r\n", line))
                assert split(answer)[0] == 400
        fast.end()
        slow.end()

    run(check)
