"""The threads that ask remote sources: a few, so that one slow upstream of ten holds up no other (U-23).

They are daemonic: whoever stops does not wait for an upstream, and what was under way is dropped. Refuses to decide
when; writes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from queue import SimpleQueue
from random import Random
from typing import Final

from feeds.frozen import frozen
from service.errors import SourceUnavailable, StorageUnavailable
from service.index import Index
from service.pulling.arrived import Arrived, Remote
from service.sources.source import Progress, Pulled

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 4
"""Pulls under way at a time, over all sources."""


@frozen(frozen=True, slots=True)
class Order:
    """A pull to be made. ``complete`` asks for a whole listing."""

    remote: Remote
    number: int
    force: bool = False
    complete: bool = False
    progress: Progress | None = None


class Pool:
    """Pulls orders in threads of its own; ``done`` is called, in such a thread, with what came of each."""

    def __init__(
        self, index: Index, clock: Callable[[], datetime], done: Callable[[Arrived], None], rng: Random
    ) -> None:
        self._index = index
        self._clock = clock
        self._done = done
        self._rng = rng
        self._orders: SimpleQueue[Order | None] = SimpleQueue()
        self._threads = 0
        self._closed = False

    def pull(self, order: Order) -> None:
        """Have a pull made as soon as a thread is free."""
        self._orders.put(order)
        if self._threads < MOST_AT_ONCE:
            self._threads += 1
            threading.Thread(target=self._work, name=f"pull-{self._threads}", daemon=True).start()

    def close(self) -> None:
        """Begin nothing more, and report nothing more."""
        self._closed = True
        for _ in range(self._threads):
            self._orders.put(None)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None and not self._closed:
            arrived = pulled(order, self._index, self._clock(), self._rng)
            if not self._closed:
                self._done(arrived)


def pulled(order: Order, index: Index, now: datetime, rng: Random) -> Arrived:
    """Ask a source. Total: what it raises is what came of it.

    A listing that was held back is asked for as a whole: only such a one can say again what is gone.
    """
    remote, before, complete = order.remote, None, True
    try:
        standing = {status.name: status for status in index.status()}.get(remote.name)
        before = standing.schedule if standing else None
        complete = order.complete or order.force or (standing is not None and standing.held is not None)
        outcome: Pulled | Exception = remote.pulling.pull(
            index.fingerprints(remote.name),
            before.memory if before else "",
            now,
            complete=complete,
            progress=order.progress,
        )
    except StorageUnavailable as error:
        outcome = SourceUnavailable(str(error))  # of the pull's: what takes it in may well be able to write
    except Exception as error:
        outcome = error
    if before is None:
        return Arrived(remote, outcome, number=order.number, force=order.force, rng=rng)
    return Arrived(remote, outcome, before, order.number, order.force, complete, rng)
