"""How the last scan or pull of a source went, and when it is due again: the columns of ``sources`` that say so.

Refuses to decide: :mod:`service.refresh` and :mod:`service.pulling.schedule` do.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, func, update

from service.index.findings import storable
from service.index.records import Hold, Schedule, Staleness, micros
from service.index.schema import sources


def mark_scanned(
    connection: Connection, source: str, now: datetime, held: Hold | None, schedule: Schedule | None
) -> None:
    """A scan or pull came to its end; ``held`` is what of it is not believed."""
    connection.execute(
        update(sources)
        .where(sources.c.name == source)
        .values(
            scanned_at=micros(now),
            held=json.dumps(asdict(held)) if held else "",
            stale="",
            stale_since=None,
            reason="",
            status=0,
            refreshed=sources.c.refreshed + 1,
            **_scheduled(schedule),
        )
    )


def mark_stale(
    connection: Connection, source: str, now: datetime, staleness: Staleness, schedule: Schedule | None
) -> None:
    """A scan or pull failed; since when is what the first failure in a row said."""
    connection.execute(
        update(sources)
        .where(sources.c.name == source)
        .values(
            stale=storable(staleness.line),
            stale_since=func.coalesce(sources.c.stale_since, micros(now)),
            reason=staleness.reason,
            status=staleness.status,
            failed=sources.c.failed + 1,
            **_scheduled(schedule),
        )
    )


def _scheduled(schedule: Schedule | None) -> dict[str, str | int | None]:
    """The columns of a schedule; none where there is no other than before."""
    if schedule is None:
        return {}
    return {
        "memory": storable(schedule.memory),
        "attempted_at": _instant(schedule.attempted),
        "next_pull": _instant(schedule.next_pull),
        "not_before": _instant(schedule.not_before),
        "failures": schedule.failures,
    }


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)
