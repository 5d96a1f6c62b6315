"""Changes as a transaction takes them in: under a locator that can be stored, and read where their source did not.

Pure. Refuses to know what the index holds already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from service import visibility
from service.index.findings import storable
from service.index.reading import Reading
from service.index.records import micros
from service.sources.source import Change, Drop, Put, Reject, Taken


def read(changes: Iterable[Change]) -> tuple[list[Reading], list[Reject]]:
    """Posts that can be stored, and those that cannot be loaded."""
    readings, rejects = [], []
    for change in changes:
        found = Reading.of(change) if isinstance(change, Put) else change
        if isinstance(found, Reading):
            readings.append(found)
        elif isinstance(found, Reject):
            rejects.append(found)
    return readings, rejects


def shown_at(now: datetime) -> Callable[[Put | Taken], tuple[bool, bool]]:
    """Tells whether a post that was just read belongs in feeds at ``now``, and whether beside them, as far as it alone
    is asked: another one may have its page."""
    instant = micros(now)

    def shown(change: Put | Taken) -> tuple[bool, bool]:
        if isinstance(change, Put):
            return visibility.shown(change.fields, now)
        assert isinstance(change, Reading)  # noqa: S101 - it is what the index takes
        return change.shown(instant)

    return shown


def addressable(change: Change) -> Change:
    """A locator that can be stored, whatever a file system allows in names."""
    if not isinstance(change, Reading) and isinstance(change, Put | Reject | Drop) and not change.locator.isascii():
        locator = storable(change.locator)
        return change if locator == change.locator else replace(change, locator=locator)
    return change
