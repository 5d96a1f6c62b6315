"""A schedule as the columns of its source's row."""

from __future__ import annotations

from datetime import datetime

from service.index.findings import storable
from service.index.records import Schedule, micros


def scheduled(schedule: Schedule | None) -> dict[str, str | int | None]:
    """The columns of a schedule; none where there is no other than before."""
    if schedule is None:
        return {}
    return {
        "memory": storable(schedule.memory),
        "attempted_at": instant(schedule.attempted),
        "next_pull": instant(schedule.next_pull),
        "not_before": instant(schedule.not_before),
        "failures": schedule.failures,
    }


def instant(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)
