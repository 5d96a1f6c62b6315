"""Requests at a fixed rate over loopback, whatever the server does: an open loop, where bench.load's is a closed one.

A request is due when the clock says so, and its time runs from then: one that had to wait for a connection, because the
server was late with others, was late itself. One process that looks without rest at its sockets (epoll, so Linux), for
a processor of its own. Run as ``python -m bench.steady HOST PORT RATE SECONDS STATUS < head``; ends after SECONDS or at
SIGTERM and prints milliseconds as JSON. Any other status, and a connection that ends early, is a failure.
"""

from __future__ import annotations

import gc
import json
import re
import select
import signal
import socket
import sys
import time
from array import array
from collections import deque
from typing import Final

CONNECTIONS: Final = 64
WARM_UP: Final = 0.3
"""Seconds from whose requests nothing is learned."""
GRACE: Final = 5.0
"""Seconds that the last answers may take; what is missing then took as long as we waited."""

_NAP: Final = 0.0002
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class SteadyFailed(Exception):
    """The server did not answer as expected."""


class _Connection:
    """One connection with at most one request under way."""

    __slots__ = ("due", "head", "left", "sock")

    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.left = 0
        self.head = b""

    def ask(self, request: bytes, due: float) -> None:
        """Send the request; a loopback socket that is idle takes a head whole."""
        self.due = due
        if self.sock.send(request) != len(request):
            raise SteadyFailed("a request did not go out whole")

    def answered(self, start: bytes, bodiless: bool) -> bool:
        """Read what is there; whether the answer is complete."""
        data = self.sock.recv(1 << 18)
        if not data:
            raise SteadyFailed("a connection ended early")
        if not self.left:
            head, end, rest = (self.head + data).partition(b"\r\n\r\n")
            if not end:
                self.head = head
                return False
            self.head = b""
            if not head.startswith(start):
                raise SteadyFailed(f"unexpected answer {head[:60]!r}")
            length = None if bodiless else _LENGTH.search(head)
            self.left, data = int(length[1]) if length else 0, rest
        self.left -= len(data)
        return not self.left


class Steady:
    """A run at a fixed rate. :meth:`stop` may be called by a signal."""

    def __init__(self, address: tuple[str, int], request: bytes, status: int, rate: float) -> None:
        self._address = address
        self._request = request
        self._start = f"HTTP/1.1 {status} ".encode()
        self._bodiless = status == 304  # RFC 9110 §15.4.5: its Content-Length speaks of a body that is not sent
        self._rate = rate
        self._stopped = False
        self._free: list[_Connection] = []
        self._busy: dict[int, _Connection] = {}
        self._waiting: deque[float] = deque()
        self._late = array("d")
        self._counted_from = 0.0

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopped = True

    def run(self, seconds: float) -> dict[str, float]:
        """Milliseconds within which 50, 99 and 99.9 of 100 requests were answered, and how many were."""
        connections = [_Connection(self._address) for _ in range(CONNECTIONS)]
        self._free = list(connections)
        gc.disable()
        try:
            with select.epoll() as poll:
                for connection in connections:
                    poll.register(connection.sock.fileno(), select.EPOLLIN)
                spent, missing = self._loop(poll, {c.sock.fileno(): c for c in connections}, seconds)
        finally:
            gc.enable()
            for connection in connections:
                connection.sock.close()
        found = sorted(self._late)
        if not found:
            raise SteadyFailed("no answer")

        def within(share: float) -> float:
            return found[min(int(len(found) * share), len(found) - 1)] * 1000

        return {
            "p50": within(0.5),
            "p99": within(0.99),
            "p999": within(0.999),
            "most": found[-1] * 1000,
            "counted": len(found),
            "missing": missing,
            "seconds": spent,
        }

    def _loop(self, poll: select.epoll, connections: dict[int, _Connection], seconds: float) -> tuple[float, int]:
        clock, interval = time.perf_counter, 1 / self._rate
        began = clock()
        self._counted_from, end, asked = began + WARM_UP, began + WARM_UP + seconds, 0
        due, now = began, began
        while now < end and not self._stopped:
            while due <= now:
                if self._free:
                    self._ask(self._free.pop(), due)
                else:
                    self._waiting.append(due)
                asked += 1
                due = began + asked * interval
            self._look(poll, connections)
            now = clock()
            if not self._busy and due - now > _NAP:
                time.sleep(min(due - now - _NAP, 0.01))
                now = clock()
        spent, end = now - began, now + GRACE
        while (self._busy or self._waiting) and clock() < end:
            self._look(poll, connections)
        now = clock()
        missing = [connection.due for connection in self._busy.values()] + list(self._waiting)
        self._late.extend(now - late for late in missing)
        return spent, len(missing)

    def _ask(self, connection: _Connection, due: float) -> None:
        self._busy[connection.sock.fileno()] = connection
        connection.ask(self._request, due)

    def _look(self, poll: select.epoll, connections: dict[int, _Connection]) -> None:
        for number, _ in poll.poll(0):
            connection = connections[number]
            if not connection.answered(self._start, self._bodiless):
                continue
            if connection.due >= self._counted_from:
                self._late.append(time.perf_counter() - connection.due)
            if self._waiting:
                connection.ask(self._request, self._waiting.popleft())
            else:
                del self._busy[number]
                self._free.append(connection)


def main() -> None:
    """Print what was found."""
    host, port, rate, seconds, status = sys.argv[1:]
    steady = Steady((host, int(port)), sys.stdin.buffer.read(), int(status), float(rate))
    signal.signal(signal.SIGTERM, lambda *_: steady.stop())
    print(json.dumps(steady.run(float(seconds))))


if __name__ == "__main__":
    main()
