"""The worker: the only owner of the clock. It decides when to scan, and lets posts come and go at their second.

What a round does is :mod:`service.tick`'s. Refuses to serve anything.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import filterfalse
from pathlib import Path
from typing import Final

from service import priority
from service.asking import REQUESTS, Requests, request_refresh
from service.errors import StorageUnavailable
from service.handing import take_over
from service.index import Corrupt, Index
from service.priority import Aside
from service.pulling.arrived import Remote
from service.pulling.pulls import Pulls, Wish
from service.settings import Settings
from service.sources.files import SETTLE_SECONDS
from service.sources.source import Looking, Source
from service.telling import Telling
from service.tick import RenderSuspicious, Report, SourceReport, Stopped, look, tick
from service.watch import MOST_PATHS, Watcher

__all__ = ["REQUESTS", "Report", "SourceReport", "request_refresh", "run", "tick"]

log = logging.getLogger(__name__)

STALE_SECONDS: Final = 5.0
"""A source that cannot be read is tried again this soon: a missing directory sends no event when it comes back."""

LONGEST_REST: Final = 1.0
"""Seconds between two scans that events ask for, at most: a scan is followed by a rest as long as itself, so that a
storm of events (S-18) takes half a processor and a change still shows within two seconds."""

Places = dict[str, set[str]]
"""Locators of posts by the names of their sources."""


def run(
    settings: Settings,
    sources: Sequence[Source],
    index: Index,
    *,
    stop: threading.Event,
    remotes: Sequence[Remote] = (),
    names: Sequence[str] = (),
    render_suspicious: RenderSuspicious | None = None,
    aside: Aside | None = None,
) -> None:
    """Keep the index fresh until ``stop`` is set: scan at each change on disk and each interval, ask ``remotes`` when
    they are due, wake at each date. ``names`` are those of all sources, in the order of the settings.

    Survives whatever a round raises: it is logged and tried again, later each time, up to the interval. A damaged
    index is put aside and rebuilt. ``aside`` is where the sources' large scans give way. A round that is under way
    when ``stop`` is set ends at the next post, and leaves the index as it was; what is being asked of an upstream then
    is dropped.
    """
    _Loop(settings, sources, index, stop, remotes, names, render_suspicious, aside or Aside()).run()


@dataclass(slots=True)
class _Waiting:
    """What a request still waits for: directories to be scanned, and of each remote source the pull of that number."""

    directories: set[str]
    force: bool
    pulls: dict[str, int]


class _Loop:
    """The state of one run."""

    def __init__(
        self,
        settings: Settings,
        sources: Sequence[Source],
        index: Index,
        stop: threading.Event,
        remotes: Sequence[Remote],
        names: Sequence[str],
        render_suspicious: RenderSuspicious | None,
        aside: Aside,
    ) -> None:
        self._refresh = settings.refresh
        self._sources = sources
        self._names = [*names] or [*(source.name for source in sources), *(remote.name for remote in remotes)]
        self._index = index
        self._stop = stop
        self._render = render_suspicious
        self._aside = aside
        self._wake = threading.Event()
        self._pulls = Pulls(remotes, index, self._wake)
        self._requests = Requests(index.directory, self._names)
        self._waiting: dict[Path, _Waiting] = {}
        self._watcher = Watcher(
            self._wake,
            mode="poll" if self._refresh.watch == "poll" else "auto",
            debounce=self._refresh.debounce,
            arm=self._refresh.watch != "off",
            ignored=[index.directory / name for name in ("index.db", "state.db", "lock")],
        )
        self._due = 0.0
        """When the next scan is due, by the monotonic clock."""
        self._doubts: Places = {}
        self._confirm_at = math.inf
        self._failures = 0
        self._telling = Telling()

    def run(self) -> None:
        priority.lower()
        threading.Thread(target=self._wake_at_stop, name="worker-stop", daemon=True).start()
        self._requests.forget()
        self._due, report = time.monotonic(), None
        try:
            while not self._stop.is_set():
                began = time.monotonic()
                woken = self._wake.is_set()
                self._wake.clear()  # before the scan: what changes during it is a reason for another one
                places = self._places(self._watcher.seen()) if woken else {}
                scanning = began >= self._due or places is None
                places = places or {}
                if began >= self._confirm_at or scanning:  # a scan reads again what is in doubt
                    places = _joined(places, self._doubts)
                    self._doubts, self._confirm_at = {}, math.inf
                report = self._guarded(places, scanning=scanning, woken=woken)
                if scanning or report is None:
                    self._due = began + self._interval(report)
                self._doubt(report)
                spent = time.monotonic() - began
                if self._wake.wait(self._until(report)):
                    self._stop.wait(min(LONGEST_REST, spent))
        finally:
            self._watcher.close()
            self._pulls.close()

    def _places(self, paths: set[str] | None) -> Places | None:
        """Where posts may have changed, by what the watch saw; None where a scan has to tell."""
        if paths is None:
            return None
        looking = [source for source in self._sources if isinstance(source, Looking)]
        places: Places = {}
        for path in filterfalse(self._requests.is_request, paths):
            found = next(((source.name, at) for source in looking if (at := source.locator(path))), None)
            if found is None:
                return None
            places.setdefault(found[0], set()).add(found[1])
        return places

    def _doubt(self, report: Report | None) -> None:
        """Remember what may have been read too early: it is looked at again when its writer must be done."""
        found = {source.name: set(source.doubtful) for source in report.sources if source.doubtful} if report else {}
        settled = time.monotonic() + SETTLE_SECONDS
        if sum(map(len, found.values())) > MOST_PATHS:
            self._due = min(self._due, settled)  # so many are what a scan is for
        elif found:
            self._doubts, self._confirm_at = _joined(self._doubts, found), settled

    def _guarded(self, places: Places, *, scanning: bool, woken: bool) -> Report | None:
        """A round, or None where it failed: that is logged, and the next one comes later."""
        try:
            report = self._round(places, scanning=scanning, woken=woken)
        except Stopped:
            return None
        except Corrupt as error:
            self._failed(error)
            self._rebuild()
        except StorageUnavailable as error:
            self._failed(error)
        except Exception as error:
            self._failed(error)
            log.exception("unexpected")
        else:
            self._failures = 0
            return report
        return None

    def _round(self, places: Places, *, scanning: bool, woken: bool) -> Report:
        """What has arrived, then one tick: of all directories, of single posts at ``places``, or of time alone."""
        self._take_in()
        if scanning or woken:
            scanning = self._take_requests() or scanning
        self._pulls.begin(datetime.now(UTC))
        report, began = None, time.monotonic()
        if places and not scanning:
            report = look(
                self._sources, self._index, datetime.now(UTC), places, render_suspicious=self._render, go_on=self._go_on
            )
            if report is not None and (report.channels or woken):  # else it only confirms what was said before
                self._tell(report, began)
            scanning = report is None
        if report is None:
            self._requests.path.mkdir(exist_ok=True)
            content = [path for source in self._sources for path in source.watch_paths()]
            self._watcher.follow([*(content if self._refresh.watch != "off" else ()), str(self._requests.path)])
            forced = {name for waiting in self._waiting.values() if waiting.force for name in waiting.directories}
            report = self._tick(self._sources if scanning else (), forced)
            self._tell(report, began)
        self._answer(scanned=scanning)
        return report

    def _take_in(self) -> None:
        """Put into the index what upstreams have said. Where that cannot be, it is tried again in the next round."""
        for arrived in self._pulls.arrived():
            began = time.monotonic()
            report = self._tick([arrived], {arrived.name} if arrived.force else ())
            self._pulls.taken(arrived)
            self._tell(report, began)

    def _tick(self, sources: Sequence[Source], forced: Collection[str]) -> Report:
        def work() -> Report:
            return tick(
                sources,
                self._index,
                datetime.now(UTC),
                refresh=self._refresh,
                names=self._names,
                force=forced,
                render_suspicious=self._render,
                go_on=self._go_on,
            )

        return self._aside.run(work) if sources else work()

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Stopped
        self._aside.check()

    def _take_requests(self) -> bool:
        """Take what other processes ask for; whether directories have to be scanned for it."""
        directories = {source.name for source in self._sources}
        for path, how, names in self._requests.take():
            if how == "pins":
                self._take_over(path)
                continue
            numbers = self._pulls.wish(names, Wish(force=how == "force", complete=how != "scan"))
            self._waiting[path] = _Waiting(directories.intersection(names), how == "force", numbers)
        return any(waiting.directories for waiting in self._waiting.values())

    def _take_over(self, path: Path) -> None:
        """What another process has found out for us to remember. Whoever asked looks whether it was."""
        try:
            log.info("imported: %s", take_over(path, self._index, datetime.now(UTC)))
        except Corrupt:
            raise
        except (StorageUnavailable, ValueError, OSError) as error:
            log.error("what import-feed found cannot be taken over: %s", error)
        finally:
            path.unlink(missing_ok=True)

    def _answer(self, *, scanned: bool) -> None:
        """Tell who asked that it is done: their directories were scanned, and their upstreams asked since."""
        for path, waiting in list(self._waiting.items()):
            if scanned:
                waiting.directories.clear()
            if not waiting.directories and all(self._pulls.answered(*pull) for pull in waiting.pulls.items()):
                del self._waiting[path]
                path.unlink(missing_ok=True)

    def _rebuild(self) -> None:
        try:
            self._index.rebuild()
            self._pulls.forget()
        except (StorageUnavailable, OSError) as error:
            log.error("cannot rebuild the index: %s", error)

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        log.error("refresh failed attempt=%d retry_in=%.0fs: %s", self._failures, self._interval(None), error)

    def _interval(self, report: Report | None) -> float:
        """Seconds to the next scan: the setting; sooner while a source is stale, or after failures."""
        if not self._failures:
            stale = report is not None and any(source.error for source in report.sources)
            return min(self._refresh.interval, STALE_SECONDS) if stale else self._refresh.interval
        return float(min(self._refresh.interval, 2 ** min(self._failures - 1, 16)))

    def _until(self, report: Report | None) -> float:
        """Seconds to whatever comes first: a scan, a look, a pull, a date. The last two wait while rounds fail."""
        wait = min(self._due, self._confirm_at) - time.monotonic()
        for moment in (report.next_change, self._pulls.next()) if report is not None else ():
            if moment is not None:
                wait = min(wait, (moment - datetime.now(UTC)).total_seconds())
        return max(wait, 0.0)

    def _wake_at_stop(self) -> None:
        self._stop.wait()
        self._wake.set()

    def _tell(self, report: Report, began: float) -> None:
        self._telling.tell(report, time.monotonic() - began, datetime.now(UTC))


def _joined(places: Places, others: Places) -> Places:
    return {name: places.get(name, set()) | others.get(name, set()) for name in places.keys() | others.keys()}
