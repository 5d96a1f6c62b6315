"""When a remote source is asked: pure decisions over what is remembered of it.

After an answer comes its interval; after a failure a longer wait each time, drawn from the whole span (full jitter:
sources that failed together come back apart), and never one that ends before the upstream wants to hear from us again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final

from service.errors import SourceUnavailable
from service.index.records import Schedule, Staleness
from service.upstream.answer import AUTH_FAILED, LONGEST_RETRY_AFTER, UpstreamFailed

FIRST_WAIT: Final = 30.0
LONGEST_WAIT: Final = 3600.0
"""Seconds: the most that is waited after a first failure, doubled with each further one up to the longest."""

SHORTEST_WAIT: Final = 1.0
"""Seconds between two askings at least, however the draw falls."""

REST: Final = 2.0
"""Seconds between an answer and the next asking that somebody wants: a flood of hooks is a pull now and then (S-18)."""


def after_success(interval: float, memory: str, now: datetime) -> Schedule:
    """What is remembered once an answer was taken in at ``now``. ``interval`` in seconds."""
    return Schedule(memory, now, now + timedelta(seconds=interval))


def after_failure(before: Schedule, error: Exception, now: datetime, rng: Random) -> Schedule:
    """What is remembered after one more failure: the memory stands."""
    failures = before.failures + 1
    if isinstance(error, UpstreamFailed) and error.reason == AUTH_FAILED:  # more often than hourly mends nothing (U-10)
        wait = LONGEST_WAIT
    else:
        ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 16))
        wait = max(SHORTEST_WAIT, rng.uniform(0.0, ceiling))
    left_alone = _left_alone(error)
    not_before = now + timedelta(seconds=left_alone) if left_alone else None
    next_pull = now + timedelta(seconds=max(wait, left_alone))
    return Schedule(before.memory, now, next_pull, not_before, failures)


def due(known: Schedule, interval: float, now: datetime) -> datetime:
    """When a source is to be asked next, as of ``now``.

    A shorter interval in the settings counts at once. A clock that was put back, which would make us wait for as long
    again, makes a source due.
    """
    if known.next_pull is None or known.attempted is None or known.attempted > now:
        return allowed(known, now)
    if known.failures:
        return known.next_pull
    return min(known.next_pull, known.attempted + timedelta(seconds=interval))


def allowed(known: Schedule, now: datetime) -> datetime:
    """The first moment from ``now`` on at which the upstream may be asked, whoever wants it to be."""
    barred = known.not_before
    if barred is None or barred - now > timedelta(seconds=LONGEST_RETRY_AFTER):  # the clock was put back
        return now
    return max(now, barred)


def rested(known: Schedule, now: datetime) -> datetime:
    """The first moment from ``now`` on at which a source is asked again because somebody wants it to be."""
    if known.attempted is None or known.attempted > now:
        return now
    return max(now, known.attempted + timedelta(seconds=REST))


def staleness(error: Exception) -> Staleness:
    """What an error of a scan or a pull is to people, logs and metrics."""
    if isinstance(error, UpstreamFailed):
        return Staleness(str(error), error.reason, error.status)
    if isinstance(error, SourceUnavailable):
        return Staleness(str(error))
    return Staleness(f"internal error: {type(error).__name__}: {error}", "internal")


def _left_alone(error: Exception) -> float:
    """Seconds an upstream asked to be left alone for; 0 where it did not, or said nonsense."""
    said = error.retry_after if isinstance(error, UpstreamFailed) else None
    if said is None or not said > 0:  # NaN is not, either
        return 0.0
    return min(said, LONGEST_RETRY_AFTER)
