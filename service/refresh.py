"""Whether a scan is believed (C-16): pure decisions over what it would take away.

A disk that is not mounted looks like an author who deleted everything. So an emptied source is believed only when a
person says so, and a shrunken one when several scans in a row agree on what is gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from service.errors import Problem
from service.index.records import Hold, seconds
from service.settings import RefreshSettings


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """What a scan found: posts known before it, posts it adds, and the locators of posts it no longer sees."""

    known: int
    added: int
    lost: frozenset[str]

    @property
    def digest(self) -> str:
        """Names the set of lost posts, so that two scans can be compared."""
        return hashlib.sha256("\0".join(sorted(self.lost)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Verdict(NamedTuple):
    """``accepted``: the posts may go. Otherwise ``hold`` is what the next scan has to agree with."""

    accepted: bool
    hold: Hold | None


def judge(
    seen: Shrinkage,
    held: Hold | None,
    settings: RefreshSettings,
    now: datetime,
    interval: float | None = None,
    *,
    force: bool = False,
) -> Verdict:
    """Accept what a scan takes away, or hold it.

    What counts is how much smaller the source becomes: files that move to other names shrink nothing. ``held`` is the
    verdict on the scan before this one. Equal scans count once an ``interval`` (seconds; that of the settings, where it
    is not the source's own): a burst of events makes several scans of one accident.
    """
    remaining = seen.known - len(seen.lost) + seen.added
    emptied = seen.known > 0 and remaining <= 0
    shrunken = seen.known >= settings.shrink_minimum and seen.known - remaining > settings.shrink_share * seen.known
    if force or not (emptied or shrunken):
        return Verdict(True, None)
    moment = seconds(now)
    if held is None or held.digest != seen.digest:
        scans, counted = 1, moment
    elif moment - held.counted < int(settings.interval if interval is None else interval):
        scans, counted = held.scans, held.counted
    else:
        scans, counted = held.scans + 1, moment
    if shrunken and not emptied and scans >= settings.shrink_scans:
        return Verdict(True, None)
    return Verdict(False, Hold(seen.digest, scans, len(seen.lost), seen.known, counted))


def held_problems(source: str, hold: Hold | None, settings: RefreshSettings) -> tuple[Problem, ...]:
    """The line of the report that says what is held back, and how to have it believed."""
    if hold is None:
        return ()
    patience = (
        "it stays published"
        if hold.lost >= hold.known
        else f"it stays published until {settings.shrink_scans} scans agree ({hold.scans} so far)"
    )
    return (
        _problem(
            source,
            "refresh-held",
            f"{hold.lost} of {hold.known} posts are no longer there; {patience}",
            "is the disk mounted? If they were deleted on purpose: feedmill refresh --force",
        ),
    )


def stale_problems(source: str, reason: str) -> tuple[Problem, ...]:
    """The line of the report for a source that cannot be read as a whole."""
    return (_problem(source, "source-unavailable", f"{reason}; what was published stays published", ""),)


def _problem(source: str, code: str, message: str, hint: str) -> Problem:
    return Problem(path=source, line=0, column=0, level="error", code=code, message=message, hint=hint)
