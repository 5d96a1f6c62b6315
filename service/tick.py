"""One round of the worker: scan every source, then render what no other process may. The time is an argument.

What a scan takes away is judged by :mod:`service.refresh`; what a change does is the index's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, Protocol

from feeds.frozen import frozen
from service.errors import Problem, SourceUnavailable, StorageUnavailable
from service.index import Applied, Hold, Index, Rendered, Row, Schedule, Staleness, shown_at
from service.pulling.arrived import Arrived
from service.pulling.schedule import staleness
from service.refresh import Account, held_problems, judge, stale_problems
from service.settings import RefreshSettings
from service.sources.source import DOUBT, PARTS, Change, Drop, Looking, Reject, Source

log = logging.getLogger(__name__)

_PATIENCE: Final = 3
"""Failures after which nobody waits for a source any more that was never read."""

TOLD: Final = 5
"""Posts of a round that are told of by name where they cannot be loaded; the rest are many, and ``check`` has them."""

PROGRESS: Final = 10_000
"""Posts after which a scan says how far it is."""


class RenderedBody(Protocol):
    """What rendering under a deadline gives back; ``problems`` are pairs of code and message."""

    @property
    def html(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def problems(self) -> Sequence[tuple[str, str]]: ...


RenderSuspicious = Callable[[Row, str], RenderedBody]
"""Renders a post from its source text in a process of its own that is killed at the deadline. Total."""


@frozen(frozen=True, slots=True)
class SourceReport:
    """What a round did with one source. ``held`` counts posts whose disappearance is not believed, ``moved`` those that
    are in other files now; ``error`` is why the source could not be scanned ("" where it was)."""

    name: str
    put: int = 0
    rejected: int = 0
    dropped: int = 0
    held: int = 0
    error: str = ""
    why: Staleness | None = None
    """More of the error."""
    schedule: Schedule | None = None
    """When a remote source is asked again."""
    doubtful: tuple[str, ...] = ()
    """Posts whose files may have been in their writers' hands: to be looked at again."""
    unread: tuple[str, ...] = ()
    """What of it could not be had while the rest was, and why."""
    moved: int = 0
    refused: tuple[str, ...] = ()
    """Why posts that were read cannot be loaded, a line for each of the first."""


@frozen(frozen=True, slots=True)
class Report:
    """What a round did. ``channels`` counts those that were touched, ``next_change`` is when the clock changes more."""

    sources: tuple[SourceReport, ...]
    channels: int
    rendered: int
    next_change: datetime | None
    contested: tuple[str, ...] = ()
    """Why posts are no longer published, or never were: another file has their URL or id. A line for each."""


class Stopped(Exception):
    """A round was told to end while it scanned; nothing of that scan was kept."""


GoOn = Callable[[], None]
"""Called before each post of a round: it may end the round by raising Stopped."""


def _always() -> None:
    """A round that nobody ends."""


def tick(
    sources: Sequence[Source],
    index: Index,
    now: datetime,
    *,
    refresh: RefreshSettings,
    names: Sequence[str] = (),
    force: bool | Collection[str] = False,
    render_suspicious: RenderSuspicious | None = None,
    go_on: GoOn = _always,
) -> Report:
    """One round at ``now``: scan every source, then render what has to be rendered under a deadline.

    ``names`` are those of all sources there are, in the order of the settings, where a round is of some of them only.
    A source that fails is marked stale and changes nothing; the others go on. ``force`` believes whatever a scan finds
    missing, of every source or of these. With no sources only time moves on. Raises StorageUnavailable, and
    Stopped where ``go_on`` does: nothing of the scan at hand was kept then.
    """
    names = list(names) or [source.name for source in sources]
    held = {status.name: status.held for status in index.status()}
    known = list(held)
    overdue = index.pending_change()
    channels = index.advance(now) if overdue is not None and overdue <= now else 0  # scans are judged by what is out
    if sources and known[: len(names)] != names:
        index.enroll(names, now)
    reports = []
    for source in sources:
        believed = force if isinstance(force, bool) else source.name in force
        sifted = _Sifted(source, index, held.get(source.name), refresh, now, force=believed, go_on=go_on)
        report, touched = _scan(source, index, now, sifted, go_on)
        reports.append(report)
        channels += touched
    if not any(not report.error for report in reports):
        channels += index.advance(now)
    elif set(known) - set(names) and _all_is_well(index, names):
        index.retain(names, now)
    rendered = _render(index, now, render_suspicious, go_on) if render_suspicious is not None else 0
    return Report(tuple(reports), channels, rendered, index.next_change(now), _contested(index))


def look(
    sources: Sequence[Source],
    index: Index,
    now: datetime,
    places: Mapping[str, AbstractSet[str]],
    *,
    render_suspicious: RenderSuspicious | None = None,
    go_on: GoOn = _always,
) -> Report | None:
    """A round at ``now`` that looks at single posts only: at ``places``, locators by the names of sources.

    Costs what they cost, whatever the size of the source. None, and nothing happened, where only a scan can tell:
    what is there is no known post (it is new, or shapes others), or it is gone. Raises StorageUnavailable.
    """
    found: list[tuple[Source, list[Change]]] = []
    for source in sources:
        locators = places.get(source.name)
        if not locators:
            continue
        if not isinstance(source, Looking):
            return None
        known = index.fingerprints(source.name, locators)
        try:
            changes = source.look(known, locators - known.keys())
        except SourceUnavailable:
            return None
        if changes is None:
            return None
        found.append((source, changes))
    channels, reports = 0, []
    for source, changes in found:
        applied = index.amend(source.name, changes, now) if changes else Applied(0, 0, 0, 0)
        channels += applied.channels
        doubtful = tuple(c.locator for c in changes if not isinstance(c, Drop) and DOUBT in c.fingerprint)
        counts = applied.put, applied.rejected, applied.dropped
        refused = tuple([line for change in changes for line in _refusal(change)][:TOLD])
        reports.append(SourceReport(source.name, *counts, doubtful=doubtful, moved=applied.moved, refused=refused))
    rendered = _render(index, now, render_suspicious, go_on) if render_suspicious is not None else 0
    return Report(tuple(reports), channels, rendered, index.next_change(now), _contested(index))


def _scan(source: Source, index: Index, now: datetime, sifted: _Sifted, go_on: GoOn) -> tuple[SourceReport, int]:
    try:
        facts, context, problems = source.open()
        applied = index.apply(
            source.name,
            sifted,
            now,
            context=context,
            facts=facts,
            problems=problems,
            verdict=sifted.verdict,
            schedule=source.schedule(now, None) if isinstance(source, Arrived) else None,
        )
    except (StorageUnavailable, Stopped):
        raise
    except Exception as error:
        go_on()  # a scan that was ended is no failure of its source
        if not isinstance(error, SourceUnavailable):
            log.exception("scan failed source=%s", source.name)
        why = staleness(error)
        schedule = source.schedule(now, error) if isinstance(source, Arrived) else None
    else:
        hold, _ = sifted.verdict()
        held = hold.lost if hold is not None else 0
        counts = applied.put, applied.rejected, applied.dropped
        doubtful = tuple(sifted.doubtful)
        unread = tuple(problem.message for problem in problems if problem.code in PARTS)
        report = SourceReport(
            source.name,
            *counts,
            held,
            doubtful=doubtful,
            unread=unread,
            moved=applied.moved,
            refused=tuple(sifted.refused),
        )
        return report, applied.channels
    index.mark_stale(source.name, now, why, stale_problems(source.name, why.line), schedule)
    return SourceReport(source.name, error=why.line, why=why, schedule=schedule), 0


def _all_is_well(index: Index, names: Sequence[str]) -> bool:
    """Whether what the settings no longer name may go: each source they do name has handed over what it has.

    A source that was read before need not answer today, and one that never did is waited for a few times: it may have
    taken over the posts of one with another name.
    """
    standing = {status.name: status for status in index.status()}
    return all(
        name in standing
        and standing[name].held is None
        and (standing[name].scanned_at is not None or standing[name].schedule.failures >= _PATIENCE)
        for name in names
    )


class _Sifted:
    """The changes of one scan: what is gone comes last, and only if it is believed. Iterate once, then ask."""

    def __init__(
        self,
        source: Source,
        index: Index,
        held: Hold | None,
        refresh: RefreshSettings,
        now: datetime,
        *,
        force: bool,
        go_on: GoOn,
    ) -> None:
        self.doubtful: list[str] = []
        self.refused: list[str] = []
        self._source = source
        self._index = index
        self._now = now
        self._held = held
        self._refresh = refresh
        # A pull is an observation of its own; several that somebody asked for within an interval are one.
        self._interval = source.remote.interval if isinstance(source, Arrived) else refresh.interval
        self._force = force
        self._go_on = go_on
        self._known: Mapping[str, str] = index.fingerprints(source.name)
        self._hold: Hold | None = None

    def __iter__(self) -> Iterator[Change]:
        gone: list[Drop] = []
        account = Account(self._known, self._index.unpublished(self._source.name))
        read, looking, shown = 0, isinstance(self._source, Looking), shown_at(self._now)
        for change in self._source.scan(self._known):
            self._go_on()
            if isinstance(change, Drop):
                gone.append(change)
                continue
            if not isinstance(change, Reject):
                post, page = shown(change)
                account.enter(change.locator, post=post, page=page)
            elif len(self.refused) < TOLD:
                self.refused += _refusal(change)
            read += 1
            if read % PROGRESS == 0:
                expected = self._source.expected if isinstance(self._source, Looking) else 0
                log.info("reading source=%s posts=%d%s", self._source.name, read, f" of={expected}" if expected else "")
            if looking and DOUBT in change.fingerprint:
                self.doubtful.append(change.locator)
            yield change
        pages = self._index.beside(self._source.name) if gone else set[str]()
        seen = account.shrinkage((drop.locator for drop in gone), pages, self._refresh)
        accepted, self._hold = judge(seen, self._held, self._refresh, self._now, self._interval, force=self._force)
        if accepted:
            yield from gone

    def verdict(self) -> tuple[Hold | None, Sequence[Problem]]:
        """What the last scan held back, for the index to remember."""
        return self._hold, held_problems(self._source.name, self._hold, self._refresh)


def _contested(index: Index) -> tuple[str, ...]:
    return tuple(f"source={source} {problem}" for source, problem in index.take_contested())


def _refusal(change: Change) -> list[str]:
    """Why a post cannot be loaded, where it is an error of its author's: the first, in a line."""
    problems = change.problems if isinstance(change, Reject) else ()
    return [str(problem) for problem in problems if problem.level == "error"][:1]


def _render(index: Index, now: datetime, render: RenderSuspicious, go_on: GoOn) -> int:
    """Render what no other process may; a body that cannot be rendered comes back as its escaped excerpt."""
    done = 0
    for row in index.unrendered():
        go_on()
        text = index.texts([row.number]).get(row.number)
        if text is None:
            continue
        body = render(row, text)
        problems = [Problem(row.locator, 0, 0, "warning", code, message) for code, message in body.problems]
        done += index.store_rendered(row.number, row.digest, Rendered(body.html, body.summary), now, problems)
    return done
