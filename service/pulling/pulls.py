"""The worker's remote sources: which are due, which are being asked, and what has arrived and was not yet taken in.

Belongs to the worker's thread; only :meth:`Pulls._arrive` is called by others. Every time comes from its caller.
Refuses to write to the index.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from random import Random

from feeds.frozen import frozen
from service.index import Index
from service.index.records import Schedule
from service.pulling.arrived import Arrived, Remote
from service.pulling.pool import Order, Pool
from service.pulling.schedule import allowed, due, rested
from service.sources.source import Pulled


@frozen(frozen=True, slots=True)
class Wish:
    """A source that somebody wants asked at once. ``force`` believes what it takes away, and does not wait for what an
    upstream's Retry-After says; ``complete`` wants a whole listing."""

    force: bool = False
    complete: bool = False


class Pulls:
    """Asks each remote source when it is due or wanted; ``wake`` is set when one has answered."""

    def __init__(
        self,
        remotes: Sequence[Remote],
        index: Index,
        wake: threading.Event,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        rng: Random | None = None,
    ) -> None:
        self._remotes = {remote.name: remote for remote in remotes}
        self._index = index
        self._wake = wake
        self._clock = clock
        self._rng = rng or Random()  # noqa: S311 - it spreads waits
        self._pool = Pool(index, clock, self._arrive, self._rng)
        self._lock = threading.Lock()
        self._arrived: list[Arrived] = []
        self._asked: set[str] = set()
        """Sources with a pull under way, or one that is not taken in yet."""
        self._wishes: dict[str, Wish] = {}
        self._begun: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        """How many pulls of a source were begun, and which was taken in last."""
        self._wanted: set[str] = set()
        """Sources that are being asked because somebody wants it."""
        self._void: dict[str, int] = {}
        """Pulls up to this one were of an index that is no more."""
        self._next: datetime | None = None

    def close(self) -> None:
        """Drop what is under way."""
        self._pool.close()

    def wish(self, names: Collection[str], wish: Wish) -> dict[str, int]:
        """Ask these sources as soon as may be; those that are remote, with the number of the pull that will answer.

        A pull that is under way began before whatever is the reason of the wish: it does not answer it.
        """
        wanted = [name for name in names if name in self._remotes]
        for name in wanted:
            known = self._wishes.get(name, Wish())
            self._wishes[name] = Wish(known.force or wish.force, known.complete or wish.complete)
        return {name: self._begun.get(name, 0) + 1 for name in wanted}

    def answered(self, name: str, number: int) -> bool:
        """Whether that pull was taken in, or will not be made now because the upstream wants to be left alone."""
        return self._ended.get(name, 0) >= number or (name not in self._wishes and self._begun.get(name, 0) < number)

    def begin(self, now: datetime) -> None:
        """Ask every source that is due or wanted, the one that has waited longest first. Raises StorageUnavailable."""
        idle = [name for name in self._remotes if name not in self._asked]
        if not idle:
            self._next = None
            return
        schedules = self._index.schedules()
        waiting: dict[str, datetime] = {}
        for name in idle:
            known = schedules.get(name, Schedule())
            wish = self._wishes.pop(name, None)
            if wish is None:
                waiting[name] = due(known, self._remotes[name].interval, now)
            else:
                waiting[name] = now if wish.force else allowed(known, now)
                if waiting[name] <= now:  # else it is asked when it may be: by then it is due
                    self._wishes[name] = wish
                    waiting[name] = now if wish.force else rested(known, now)
        for name in sorted(waiting, key=lambda name: (waiting[name], name)):
            if waiting[name] <= now:
                del waiting[name]
                self._order(name, self._wishes.pop(name, None))
        self._next = min(waiting.values(), default=None)

    def next(self) -> datetime | None:
        """When the next source is due, as of the last :meth:`begin`; None where only an arrival can tell."""
        return self._next

    def arrived(self) -> list[Arrived]:
        """What has arrived, until it is said to be taken in."""
        with self._lock:
            found = list(self._arrived)
        for arrived in found:
            if self._is_void(arrived):
                self.taken(arrived)
        return [arrived for arrived in found if not self._is_void(arrived)]

    def taken(self, arrived: Arrived) -> None:
        """One of them is in the index, as an answer or as a failure: its source may be asked again.

        Where somebody wanted it asked and there was nothing new, what happened may be a deletion, and that shows in a
        whole listing alone: one follows.
        """
        with self._lock:
            self._arrived = [other for other in self._arrived if other is not arrived]
        self._asked.discard(arrived.name)
        self._ended[arrived.name] = arrived.number
        nothing_new = isinstance(arrived.outcome, Pulled) and not arrived.outcome.changes
        if arrived.name in self._wanted and nothing_new and not arrived.whole:
            self.wish([arrived.name], Wish(complete=True))
        self._wanted.discard(arrived.name)

    def forget(self) -> None:
        """The index is an empty one now: what was asked against what it held before means nothing."""
        self._void = dict(self._begun)

    def _is_void(self, arrived: Arrived) -> bool:
        return arrived.number <= self._void.get(arrived.name, 0)

    def _order(self, name: str, wish: Wish | None) -> None:
        if wish is not None:
            self._wanted.add(name)
        wish = wish or Wish()
        self._asked.add(name)
        self._begun[name] = self._begun.get(name, 0) + 1
        self._pool.pull(Order(self._remotes[name], self._begun[name], wish.force, wish.complete))

    def _arrive(self, arrived: Arrived) -> None:
        with self._lock:
            self._arrived.append(arrived)
        self._wake.set()
