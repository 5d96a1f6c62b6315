"""A schedule as the columns of its source's row, and back. Refuses to decide when a source is asked."""

from __future__ import annotations

from datetime import datetime

from service.index.findings import storable
from service.index.records import Columns, Schedule, micros, moment_of


def scheduled(schedule: Schedule | None) -> dict[str, str | int | None]:
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


def schedule_of(row: Columns) -> Schedule:
    """What :func:`scheduled` wrote."""
    return Schedule(
        memory=row.memory,
        attempted=moment_at(row.attempted_at),
        next_pull=moment_at(row.next_pull),
        not_before=moment_at(row.not_before),
        failures=row.failures,
    )


def moment_at(instant: int | None) -> datetime | None:
    """The moment of a column, which may say none."""
    return None if instant is None else moment_of(instant)


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)
