"""A load generator for one path over loopback: bounded, keep-alive, many connections, one process.

It sends the same request head again as soon as the answer is complete, as aggregators do, and reads answers by their
Content-Length only. Run as ``python -m bench.load HOST PORT SECONDS CONNECTIONS < head``; prints answers per second.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Client(asyncio.Protocol):
    """One connection with one request under way."""

    def __init__(self, request: bytes, counter: list[int]) -> None:
        self.request = request
        self.counter = counter
        self.left = 0
        self.head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - narrows the type
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        while data:
            if not self.left:
                self.head += data
                head, found, data = self.head.partition(b"\r\n\r\n")
                if not found:
                    return
                self.head = b""
                if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304")):
                    raise SystemExit(f"unexpected answer: {head[:60]!r}")
                length = _LENGTH.search(head)
                self.left = int(length[1]) if length and b" 304 " not in head[:14] else 0
            taken = min(self.left, len(data))
            self.left -= taken
            data = data[taken:]
            if not self.left:
                self.counter[0] += 1
                self.transport.write(self.request)


async def run(host: str, port: int, seconds: float, connections: int, request: bytes) -> float:
    """Answers per second over ``seconds`` after a short warm-up."""
    loop = asyncio.get_running_loop()
    counter = [0]
    transports = [
        (await loop.create_connection(lambda: Client(request, counter), host, port))[0] for _ in range(connections)
    ]
    await asyncio.sleep(0.3)
    start, begun = counter[0], time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (counter[0] - start) / (time.perf_counter() - begun)
    for transport in transports:
        transport.abort()
    return rate


def main() -> None:
    host, port, seconds, connections = sys.argv[1:5]
    request = sys.stdin.buffer.read()
    try:
        import uvloop

        rate = uvloop.run(run(host, int(port), float(seconds), int(connections), request))
    except ImportError:
        rate = asyncio.run(run(host, int(port), float(seconds), int(connections), request))
    print(f"{rate:.0f}")


if __name__ == "__main__":
    main()
