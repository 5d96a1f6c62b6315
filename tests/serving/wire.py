"""Connections without sockets: our protocol on one event loop, with a transport that keeps what was written to it.

:class:`World` has one publisher, one clock and any number of connections to one application, with the memo or without.
Time moves only when a test moves it, timers of the loop excepted.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from uvicorn.server import ServerState

from service.app import create_app
from service.asgi import Application
from service.hosts import ByHost
from service.memo import Memo
from service.protocol import Config, HTTPProtocol
from service.settings import KIB, CacheSettings, PathSettings, ServiceSettings, Settings
from tests.serving.fakes import NOW, FakePublisher, front_of, newsroom

T = TypeVar("T")

GONE = "/tags/gone/"
STEP = 0.03
"""Seconds of the fake clock between two steps: more than the poll interval."""

_DATE = re.compile(rb"\r\ndate: [^\r]*")


def masked(answers: bytes) -> bytes:
    """Without the time of day."""
    return _DATE.sub(b"\r\ndate: then", answers)


class Wire(asyncio.Transport):
    """A client that reads everything at once; ``stopped``, nothing any more, though the kernel takes most for it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.protocol: HTTPProtocol | None = None
        self.closed = self.ended = self.paused = False
        self.waiting: list[bytes] = []
        self.stopped = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed and not self.ended, "written to a connection that we have ended"
        self.sent += data

    def writelines(self, data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(data))

    def write_eof(self) -> None:
        self.ended = True

    def get_write_buffer_size(self) -> int:
        return 1000 if self.stopped else 0

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self if self.stopped and name == "socket" else default

    def setsockopt(self, *_: object) -> None:
        """What a socket is told before it is reset."""

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        if self.paused:
            self.paused = False
            asyncio.get_running_loop().call_soon(self.deliver)

    def deliver(self) -> None:
        """Hand over what has arrived, as far as the protocol reads."""
        while self.waiting and not self.paused and not self.closed and self.protocol is not None:
            self.protocol.data_received(self.waiting.pop(0))


class CountingMemo(Memo):
    """A memo that tells how often it knew the answer."""

    known = 0

    def answer(self, head: bytes) -> tuple[bytes, bytes] | None:
        found = super().answer(head)
        self.known += found is not None
        return found


@dataclass
class World:
    """An application with its clock. ``fast``: at once and from the memo; else every request takes a thread.

    ``others`` are the sites of other hosts beside the one of ``publisher``.
    """

    fast: bool
    publisher: FakePublisher = field(default_factory=newsroom)
    now: datetime = NOW
    seconds: float = 1000.0
    prefix: str = ""
    front_bytes: int = 64 * KIB * KIB
    stall_timeout: float = 60.0
    others: Mapping[str, FakePublisher] = field(default_factory=dict)

    def __post_init__(self) -> None:
        service = ServiceSettings(
            port=0, threads=4, head_bytes=2 * KIB, body_bytes=100, stall_timeout=self.stall_timeout
        )
        settings = Settings(
            service=service, cache=CacheSettings(front_bytes=self.front_bytes), paths=PathSettings(gone=(GONE,))
        )
        app = create_app(self.publisher, settings, prefix=lambda: self.prefix, clock=lambda: self.now)
        self.front = front_of(app)
        others = {
            host: create_app(publisher, settings, prefix=lambda: "", site=host, clock=lambda: self.now)
            for host, publisher in self.others.items()
        }
        fronts = {host: front_of(other) for host, other in others.items()}
        for front in (self.front, *fronts.values()):
            front._monotonic = lambda: self.seconds
        wsgi = ByHost(app, others) if others else app
        self.application = Application(wsgi, service, self.front if self.fast else None, fronts)
        self.memo = CountingMemo(
            monotonic=lambda: self.seconds, clock=lambda: self.now.timestamp(), later=lambda *_: None
        )
        if self.fast:
            self.application.memo = self.memo
        self.config = Config(self.application, service)
        self.config.load()
        self.state = ServerState()
        self.wires: list[Wire] = []

    def connect(self) -> Wire:
        wire = Wire()
        wire.protocol = HTTPProtocol(self.config, self.state, {}, asyncio.get_running_loop())
        wire.protocol.connection_made(wire)
        self.wires.append(wire)
        return wire

    def pass_time(self, seconds: float = STEP) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)

    async def quiet(self) -> None:
        """Wait until everything that was asked is answered."""
        for number in range(20_000):
            if not self.state.tasks and not any(wire.waiting and not wire.closed for wire in self.wires):
                return
            await asyncio.sleep(0 if number < 20 else 0.0005)
        raise AssertionError("a request was not answered")

    async def ask(self, data: bytes, wire: Wire | None = None) -> bytes:
        """All that is answered to these bytes, on a connection of their own."""
        wire = wire or self.connect()
        before = len(wire.sent)
        await self.send(wire, data)
        await self.quiet()
        return bytes(wire.sent[before:])

    async def send(self, wire: Wire, *parts: bytes) -> None:
        for part in parts:
            wire.waiting.append(part)
            wire.deliver()
            await asyncio.sleep(0)

    def end(self) -> None:
        """Hang up, so that no timer is left, and let the threads go."""
        for wire in self.wires:
            assert wire.protocol is not None
            wire.closed = True
            wire.protocol.connection_lost(None)
        self.application._bridge.executor.shutdown(wait=False)


def run(test: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """A test of connections, in an event loop of its own."""
    return asyncio.run(test())
