"""Requests at a fixed rate over loopback, whatever the server does: an open loop, where bench.load's is a closed one.

A request is due when the clock says so, and its time runs from then: one that had to wait for a connection, because the
server was late with others, was late itself. One process that looks without rest at its sockets (epoll, so Linux), for
a processor of its own. Run as ``python -m bench.steady HOST PORT RATE SECONDS STATUS < head``; ends after SECONDS or at
SIGTERM. Prints a line when what it asks begins to count, and at the end milliseconds as JSON. Any other status, and an
answer that breaks off, is a failure; a connection that the server ends while it rests is replaced.
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
from collections.abc import Callable
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


class _Ended(Exception):
    """The server ended a connection between two answers."""


class _Connection:
    """One connection with at most one request under way."""

    __slots__ = ("again", "due", "head", "left", "sock")

    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.again = False
        """Made for a request that another connection was ended on; until it has an answer."""
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
        try:
            data = self.sock.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        if not data:
            if self.left or self.head:
                raise SteadyFailed("an answer broke off")
            raise _Ended
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
        self._free: deque[_Connection] = deque()
        self._connections: dict[int, _Connection] = {}
        self._busy: dict[int, _Connection] = {}
        self._waiting: deque[float] = deque()
        self._late = array("d")
        self._counted_from = 0.0

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopped = True

    def run(self, seconds: float, begun: Callable[[], None]) -> dict[str, float]:
        """Milliseconds within which 50, 99 and 99.9 of 100 requests were answered, and how many were.

        Those count that are due once ``begun`` was called, and for ``seconds`` from then.
        """
        gc.disable()
        try:
            with select.epoll() as poll:
                for _ in range(CONNECTIONS):
                    self._free.append(self._connect(poll))
                spent, missing = self._loop(poll, seconds, begun)
        finally:
            gc.enable()
            for connection in self._connections.values():
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

    def _connect(self, poll: select.epoll) -> _Connection:
        made = _Connection(self._address)
        self._connections[made.sock.fileno()] = made
        poll.register(made.sock.fileno(), select.EPOLLIN)
        return made

    def _loop(self, poll: select.epoll, seconds: float, begun: Callable[[], None]) -> tuple[float, int]:
        clock, interval = time.perf_counter, 1 / self._rate
        began = clock()
        self._counted_from, end, asked = began + WARM_UP, began + WARM_UP + seconds, 0
        due, now, warm = began, began, False
        while now < end and not self._stopped:
            if not warm and now >= self._counted_from:
                warm = True
                begun()
            while due <= now:
                if self._free:
                    self._ask(self._free.popleft(), due)
                else:
                    self._waiting.append(due)
                asked += 1
                due = began + asked * interval
            self._look(poll)
            now = clock()
            if not self._busy and due - now > _NAP:
                time.sleep(min(due - now - _NAP, 0.01))
                now = clock()
        spent, end = now - self._counted_from, now + GRACE
        while (self._busy or self._waiting) and clock() < end:
            self._look(poll)
        now = clock()
        missing = [connection.due for connection in self._busy.values()] + list(self._waiting)
        self._late.extend(now - late for late in missing if late >= self._counted_from)
        return spent, len(missing)

    def _ask(self, connection: _Connection, due: float) -> None:
        self._busy[connection.sock.fileno()] = connection
        connection.ask(self._request, due)

    def _look(self, poll: select.epoll) -> None:
        for number, _ in poll.poll(0):
            connection = self._connections[number]
            try:
                if not connection.answered(self._start, self._bodiless):
                    continue
            except _Ended:
                self._replace(poll, number)
                continue
            connection.again = False
            if connection.due >= self._counted_from:
                self._late.append(time.perf_counter() - connection.due)
            if self._waiting:
                connection.ask(self._request, self._waiting.popleft())
            else:
                del self._busy[number]
                self._free.append(connection)

    def _replace(self, poll: select.epoll, number: int) -> None:
        """Another connection for one that was ended at rest, or just as it was asked: that is asked again, once."""
        connection = self._connections.pop(number)
        poll.unregister(number)
        connection.sock.close()
        asked = self._busy.pop(number, None)
        if asked is None:
            self._free.remove(connection)
        elif asked.again:
            raise SteadyFailed("connections end without an answer")
        made = self._connect(poll)
        if asked is None:
            self._free.append(made)
        else:
            made.again = True
            self._ask(made, asked.due)


def main() -> None:
    """Print what was found."""
    host, port, rate, seconds, status = sys.argv[1:]
    steady = Steady((host, int(port)), sys.stdin.buffer.read(), int(status), float(rate))
    signal.signal(signal.SIGTERM, lambda *_: steady.stop())
    print(json.dumps(steady.run(float(seconds), lambda: print("begun", flush=True))))


if __name__ == "__main__":
    main()
