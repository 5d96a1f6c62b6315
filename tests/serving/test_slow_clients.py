"""Slow and idle clients beside the memo's answers, on real sockets (H-08): nobody waits for them, all are cut off."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from service.asgi import Application
from tests.serving.fakes import newsroom, read_all, request, serving, split, talk
from tests.serving.wire import CountingMemo, World, run

STALL = 0.5
KEEP_ALIVE = 1.0
PATIENCE = 20.0
"""Seconds within which what should happen at once has happened, on a machine that has other things to do."""
HUGE = 8_000_000
FEED = request("/atom.xml", close=False)
BIG = request("/tags/huge/rss.xml", close=False)


@dataclass
class Served:
    """A server whose memo knows the answers to ``FEED`` and ``BIG``."""

    address: tuple[str, int]
    memo: CountingMemo

    def connect(self, receive_buffer: int = 0) -> socket.socket:
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(PATIENCE)
        client.connect(self.address)
        return client


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    publisher = newsroom()
    publisher.bodies["tag", "huge"] = "x" * HUGE
    memos: list[CountingMemo] = []

    def made(application: Application) -> None:
        assert application._front is not None
        memos.append(CountingMemo())
        application.memo = memos[0]

    with serving(publisher, made, stall_timeout=STALL, keep_alive=KEEP_ALIVE) as address:
        found = Served(address, memos[0])
        with found.connect() as client:
            for head in (FEED, BIG):
                before, begun = memos[0].known, time.monotonic()
                while memos[0].known == before:  # a head that comes before its thread has quite ended is not learned
                    assert answer(client, head)[0] == 200
                    assert time.monotonic() - begun < PATIENCE
        yield found


def answer(client: socket.socket, head: bytes) -> tuple[int, dict[str, str], bytes]:
    """One whole answer, on a connection that stays open."""
    client.sendall(head)
    got = bytearray()
    while b"\r\n\r\n" not in got:
        got += _some(client)
    headers = split(bytes(got))[1]
    end = got.index(b"\r\n\r\n") + 4 + int(headers["content-length"])
    while len(got) < end:
        got += _some(client)
    return split(bytes(got))


def _some(client: socket.socket) -> bytes:
    chunk = client.recv(1 << 20)
    assert chunk, "closed before the answer was complete"
    return chunk


def seconds_until_closed(client: socket.socket) -> float:
    start = time.monotonic()
    read_all(client)
    return time.monotonic() - start


def test_H08_stalled_clients_hold_up_no_answer_of_the_memo_and_are_cut_off(served: Served) -> None:
    with contextlib.ExitStack() as stack:

        def stalled(count: int, data: bytes, receive_buffer: int = 0) -> list[socket.socket]:
            clients = [stack.enter_context(served.connect(receive_buffer)) for _ in range(count)]
            for client in clients:
                client.sendall(data)
            return clients

        waiting = stalled(150, FEED[:-2])
        waiting += stalled(50, request("/rss.xml", "POST", "Content-Length: 1000", close=False) + b"half")
        before = served.memo.known
        readers = stalled(50, BIG, receive_buffer=4096)
        with served.connect() as client:
            for _ in range(20):
                assert answer(client, FEED)[0] == 200
                assert split(talk(served.address, request("/nope"), timeout=PATIENCE))[0] == 404
        assert served.memo.known >= before + 20 + 50
        for client in waiting:
            client.settimeout(PATIENCE)
            assert b"HTTP/1.1 408 " in read_all(client)
        time.sleep(2.5 * STALL)  # nobody reads meanwhile
        for client in readers:
            assert len(read_all(client)) < HUGE, "an answer that nobody took was kept for its reader"


def test_H08_a_reader_that_stops_while_it_asks_on_is_cut_off(served: Served) -> None:
    with served.connect(receive_buffer=4096) as client:
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - begun < PATIENCE:
                client.sendall(FEED)
                time.sleep(0.005)
        assert time.monotonic() - begun < PATIENCE, "a reader that takes nothing was answered on and on"


def test_H08_a_reader_that_leaves_little_of_an_answer_of_the_memo_is_cut_off_too() -> None:
    async def check() -> None:
        world = World(fast=True, stall_timeout=0.1)
        for _ in range(3):
            await world.ask(FEED)
        wire = world.connect()
        wire.stopped = True  # too little to be told to pause
        before = world.memo.known
        await world.ask(FEED, wire)
        assert world.memo.known == before + 1
        begun = time.monotonic()
        while not wire.closed:
            assert time.monotonic() - begun < PATIENCE
            await asyncio.sleep(0.02)
        world.end()

    run(check)


def test_a_slow_reader_of_the_memo_gets_everything(served: Served) -> None:
    before = served.memo.known
    with served.connect(receive_buffer=65536) as client:
        client.sendall(BIG)
        got, start = 0, time.monotonic()
        while got < HUGE:
            got += len(_some(client))
            if time.monotonic() - start < 3 * STALL:
                time.sleep(0.05)
    assert served.memo.known == before + 1


def test_an_idle_connection_that_the_memo_answered_is_closed_after_keep_alive_and_not_before(served: Served) -> None:
    before = served.memo.known
    with served.connect() as client:
        for _ in range(3):
            assert answer(client, FEED)[0] == 200
            last = time.monotonic()
            time.sleep(KEEP_ALIVE * 0.6)  # more than a stall, and all of them more than keep-alive
        seconds_until_closed(client)
        assert KEEP_ALIVE * 0.95 < time.monotonic() - last < KEEP_ALIVE + PATIENCE
    assert served.memo.known == before + 3


def test_the_memo_and_uvicorn_in_turns_keep_one_keep_alive_timer(served: Served) -> None:
    with served.connect() as client:
        for head in (FEED, request("/healthz", close=False), FEED):
            assert answer(client, head)[0] in (200, 404)
            last = time.monotonic()
            time.sleep(KEEP_ALIVE * 0.4)
        seconds_until_closed(client)
        assert KEEP_ALIVE * 0.95 < time.monotonic() - last < KEEP_ALIVE + PATIENCE


def test_H08_a_head_that_stalls_after_an_answer_of_the_memo_is_cut_off(served: Served) -> None:
    with served.connect() as client:
        assert answer(client, FEED)[0] == 200
        client.sendall(FEED[:40])
        start = time.monotonic()
        assert read_all(client).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - start > STALL * 0.8


def test_the_server_stops_though_the_memo_has_just_answered() -> None:
    with serving(newsroom(), keep_alive=60.0) as address:
        client = socket.create_connection(address, timeout=PATIENCE)
        for _ in range(4):
            assert answer(client, FEED)[0] == 200
    assert read_all(client) == b""
    client.close()
