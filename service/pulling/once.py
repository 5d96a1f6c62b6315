"""Remote sources asked once, by a command that waits for them: refresh, build, check.

Refuses to take in what arrives: its caller does, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from random import Random

from service.index import Index
from service.index.records import Schedule
from service.pulling.arrived import Arrived, Remote
from service.pulling.pool import Order, Pool
from service.pulling.schedule import allowed

Watched = Callable[[str, int, int], None]
"""Told the name of a source, and how many of its posts of how many (0: not known) were read."""


def pull_once(
    remotes: Sequence[Remote],
    index: Index,
    clock: Callable[[], datetime],
    *,
    force: bool = False,
    insist: bool = False,
    complete: bool = False,
    progress: Watched | None = None,
) -> Generator[Arrived]:
    """Ask every source, and give what came of each as it arrives, to be taken in before the next one is asked for.

    ``force`` believes what it takes away, ``insist`` asks although an upstream wants to be left alone; without it such
    a source is not asked, and not given where it still has what to be served. Interrupted, it drops what is under way.
    """
    now, schedules = clock(), index.schedules()
    arrived: SimpleQueue[Arrived] = SimpleQueue()
    pool, due = Pool(index, clock, arrived.put, Random()), list[Remote]()  # noqa: S311 - it spreads waits
    try:
        for remote in remotes:
            known = schedules.get(remote.name, Schedule())
            if not insist and allowed(known, now) > now:
                continue
            watched = partial(progress, remote.name) if progress else None
            pool.pull(Order(remote, 1, force, complete or force, watched))
            due.append(remote)
        for _ in due:
            yield arrived.get()
    finally:
        pool.close()
