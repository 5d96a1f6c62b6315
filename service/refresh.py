"""Whether a scan is believed (C-16): pure decisions over what it would take away.

A disk that is not mounted looks like an author who deleted everything. So an emptied source is believed only when a
person says so, and a shrunken one when several scans in a row agree on what is gone. What counts is what is published:
the drafts that are left where every post vanished keep no feed from being emptied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from feeds.frozen import frozen
from service.errors import Problem
from service.index.records import Hold, seconds
from service.settings import RefreshSettings

STALE: Final = "source-unavailable"
"""The code of a source that cannot be read as a whole."""


@frozen(frozen=True, slots=True)
class Shrinkage:
    """What a scan found: how many posts were published before it, how many it adds to these, and the locators of those
    that it no longer sees.

    What its own file withdraws is neither known nor lost: an author who writes ``draft: true`` into every post means
    it (C-41), and a disk that is not mounted writes nothing.
    """

    known: int
    added: int
    lost: frozenset[str]

    @property
    def remaining(self) -> int:
        return self.known - len(self.lost) + self.added

    @property
    def empties(self) -> bool:
        return self.known > 0 and self.remaining <= 0

    def shrinks(self, settings: RefreshSettings) -> bool:
        """Whether more goes than the settings let go at once."""
        enough = self.known >= settings.shrink_minimum
        return enough and self.known - self.remaining > settings.shrink_share * self.known

    @property
    def digest(self) -> str:
        """Names the set of lost posts, so that two scans can be compared."""
        return hashlib.sha256("\0".join(sorted(self.lost)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(slots=True)
class Account:
    """What a scan does to what is published, file by file. ``known`` are the files of before, ``unpublished`` those of
    them that nothing was published of."""

    known: Collection[str]
    unpublished: AbstractSet[str]
    _posts: int = 0
    _pages: int = 0
    """What the scan adds: posts to feeds, pages beside them."""
    _withdrawn: set[str] = field(default_factory=set)

    def enter(self, locator: str, *, post: bool, page: bool) -> None:
        """A file was read: by what it says now it belongs in feeds, or beside them, or nowhere."""
        was = locator in self.known and locator not in self.unpublished
        if was and not (post or page):
            self._withdrawn.add(locator)
        elif not was:
            self._posts += post
            self._pages += page

    def shrinkage(self, gone: Iterable[str], pages: AbstractSet[str], settings: RefreshSettings) -> Shrinkage:
        """What it comes to where these files are ``gone``; ``pages`` are those of before that are in no feed.

        Of the posts alone, where too many go of these: the pages that stay do not make up for them.
        """
        known = len(self.known) - len(self.unpublished) - len(self._withdrawn)
        lost = frozenset(gone) - self.unpublished
        posts = Shrinkage(known - len(pages - self._withdrawn), self._posts, lost - pages)
        if posts.empties or posts.shrinks(settings):
            return posts
        return Shrinkage(known, self._posts + self._pages, lost)


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
    emptied, shrunken = seen.empties, seen.shrinks(settings)
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
    return (_problem(source, STALE, f"{reason}; what was published stays published", ""),)


def _problem(source: str, code: str, message: str, hint: str) -> Problem:
    return Problem(path=source, line=0, column=0, level="error", code=code, message=message, hint=hint)
