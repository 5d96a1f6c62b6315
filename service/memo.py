"""Answers by the exact bytes of a request head: the shortest way from a poller to what it polls.

An aggregator sends the same head, byte for byte, at every poll. What was answered to it once is answered again, as long
as the same resource stands behind it; only Date is of the second. Bounded in entries and in bytes. Refuses to parse:
whoever teaches it a head has parsed it, and it answers nothing but heads that it was taught. Refuses to keep a resource
in memory, too: what the front has dropped is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Final, Protocol

from service.front import POLL_SECONDS, Front, Instant
from service.response import Reply

MOST_ENTRIES: Final = 8192
MOST_BYTES: Final = 8 * 1024 * 1024
"""Bytes of heads, of requests and of answers; the bodies are the front's."""

OVERHEAD: Final = 900
"""Bytes an entry costs beside its heads (measured with tracemalloc, rounded up)."""

_STATUS_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


TURN_SECONDS: Final = POLL_SECONDS
"""How long at most what was found to hold is taken to hold: as long as a change of the index may take to be seen."""


class Later(Protocol):
    """Calls back after some seconds, in the same thread."""

    def __call__(self, seconds: float, call: Callable[[], None], /) -> object: ...


def _in_the_loop(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)


@dataclass(slots=True)
class _Entry:
    instant: Instant
    before: bytes
    after: bytes
    coding: str
    """Of the body, which is the resource's; "" where there is none."""
    size: int
    turn: int = 0
    hits: int = 0
    second: int = 0
    head: bytes = b""


class Memo:
    """What was answered to which head. For the thread of the event loop alone.

    One will do for the fronts of many sites: the host is in the head, and an entry knows its front.

    ``entries`` and ``octets`` are its bounds; ``monotonic`` is the clock of turns, ``clock`` that of Date, in seconds
    since 1970. ``later`` sees to it that what was answered is counted when nothing more is asked.
    """

    def __init__(
        self,
        *,
        entries: int = MOST_ENTRIES,
        octets: int = MOST_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
        later: Later = _in_the_loop,
    ) -> None:
        self._most = entries
        self._octets = octets
        self._monotonic = monotonic
        self._clock = clock
        self._later = later
        self._entries: dict[bytes, _Entry] = {}
        self._turn = 0
        self._next_turn = float("-inf")
        self._hit: list[_Entry] = []
        self._second = 0
        self._date = b""
        self.size = 0
        """Bytes held, as counted against the bound."""
        self.now = 0.0
        """``monotonic`` at the last question."""

    def __len__(self) -> int:
        return len(self._entries)

    def answer(self, head: bytes) -> tuple[bytes, bytes] | None:
        """The head and the body to write; None where the request's head is not known, or not any more."""
        self.now = now = self._monotonic()
        if now >= self._next_turn:
            self._begin_turn(now)
        entry = self._entries.get(head)
        if entry is None:
            return None
        kept = entry.instant.kept()
        if kept is None or kept.stale or entry.turn != self._turn:
            if entry.turn != self._turn:
                self._ask(entry.instant.front)
            if kept is None or not entry.instant.front.holds(entry.instant):
                self._drop(head)
                return None
            entry.turn = self._turn
        if entry.second != self._second:
            entry.second, entry.head = self._second, entry.before + self._date + entry.after
        if not entry.hits:
            if not self._hit:
                self._later(TURN_SECONDS, self._settle)
            self._hit.append(entry)
        entry.hits += 1
        return entry.head, kept.resource.representation(entry.coding).body if entry.coding else b""

    def learn(self, head: bytes, reply: Reply, instant: Instant) -> None:
        """From now on ``head`` is answered with ``reply``, while ``instant`` holds."""
        self._drop(head)
        if not instant.front.holds(instant):
            return
        lines = b"".join(f"{name.lower()}: {value}\r\n".encode("latin-1") for name, value in reply.headers)
        after = b"\r\n" + lines + b"\r\n"
        before = _STATUS_LINES[reply.status] + b"date: "
        size = OVERHEAD + len(head) + 2 * len(after)  # it is there once more behind the present date
        if size > self._octets // 16:
            return
        while self._entries and (self.size + size > self._octets or len(self._entries) >= self._most):
            self._drop(next(iter(self._entries)))  # the oldest
        self._entries[head] = _Entry(instant, before, after, instant.coding if reply.body else "", size)
        self.size += size

    def _drop(self, head: bytes) -> None:
        entry = self._entries.pop(head, None)
        if entry is not None:
            self.size -= entry.size

    def _begin_turn(self, now: float) -> None:
        """Count what was answered, and tell the time, until the second is over; indexes are asked when first used."""
        self._settle()
        time_of_day = self._clock()
        second = int(time_of_day)
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True).encode()
        self._turn += 1
        self._next_turn = min(now + TURN_SECONDS, now + second + 1 - time_of_day)

    def _ask(self, front: Front) -> None:
        """Look whether a site's index changed. Others may just have asked it: again when that is due."""
        front.poll()
        self._next_turn = min(self._next_turn, front.next_poll)

    def _settle(self) -> None:
        """Count what was answered."""
        for entry in self._hit:
            entry.instant.front.count(entry.instant, entry.hits)
            entry.hits = 0
        self._hit.clear()
