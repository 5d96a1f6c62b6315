"""A load generator for one path over loopback, for machines without wrk: keep-alive, many connections, one process.

It sends the same request head again as soon as the answer is complete, as aggregators do, and reads answers by their
Content-Length only. Run as ``python -m bench.load HOST PORT SECONDS CONNECTIONS STATUS < head``; prints answers per
second. Any other status, and a connection that ends early, is a failure: a server that refuses quickly is not fast.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Final, TypeVar, cast

T = TypeVar("T")

WARM_UP: Final = 0.3
"""Seconds before answers count."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class LoadFailed(Exception):
    """The server did not answer as expected."""


@dataclass(slots=True)
class Tally:
    """What all connections have seen."""

    answers: int = 0
    failure: str = ""


class Client(asyncio.Protocol):
    """One connection with one request under way."""

    def __init__(self, request: bytes, status: int, tally: Tally) -> None:
        self._request = request
        self._start = f"HTTP/1.1 {status} ".encode()
        self._bodiless = status == 304  # RFC 9110 §15.4.5: its Content-Length speaks of a body that is not sent
        self._tally = tally
        self._head = b""
        self._left = 0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none by class
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        while data and self._transport is not None:
            if not self._left:
                head, end, data = (self._head + data).partition(b"\r\n\r\n")
                if not end:
                    self._head = head
                    return
                self._head = b""
                if not head.startswith(self._start):
                    self._fail(f"unexpected answer {head[:60]!r}")
                    return
                length = _LENGTH.search(head)
                self._left = int(length[1]) if length and not self._bodiless else 0
            taken = min(self._left, len(data))
            self._left -= taken
            data = data[taken:]
            if not self._left:
                self._tally.answers += 1
                self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._fail(f"a connection ended early: {exc or 'closed by the server'}")

    def hang_up(self) -> None:
        """End the connection, which is then no failure."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def _fail(self, reason: str) -> None:
        self._tally.failure = self._tally.failure or reason
        self.hang_up()


async def run(host: str, port: int, seconds: float, connections: int, request: bytes, status: int) -> float:
    """Answers per second over ``seconds`` after a short warm-up. Raises LoadFailed, and OSError where nobody listens.

    ``request`` is a complete request head; each of its answers must have ``status``.
    """
    loop, tally = asyncio.get_running_loop(), Tally()
    clients: list[Client] = []

    def client() -> Client:
        clients.append(Client(request, status, tally))
        return clients[-1]

    try:
        for _ in range(connections):
            await loop.create_connection(client, host, port)
        await asyncio.sleep(WARM_UP)
        before, began = tally.answers, time.perf_counter()
        await asyncio.sleep(seconds)
        counted, spent = tally.answers - before, time.perf_counter() - began
    finally:
        for connected in clients:
            connected.hang_up()
        await asyncio.sleep(0)  # the transports close in the loop's next round
    if tally.failure or not counted:
        raise LoadFailed(tally.failure or "no answer")
    return counted / spent


def drive(load: Coroutine[None, None, T]) -> T:
    """The result of a coroutine, run by uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(load)
    return uvloop.run(load)


def main() -> None:
    """Print answers per second."""
    host, port, seconds, connections, status = sys.argv[1:]
    request = sys.stdin.buffer.read()
    print(f"{drive(run(host, int(port), float(seconds), int(connections), request, int(status))):.1f}")


if __name__ == "__main__":
    main()
