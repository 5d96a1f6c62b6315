"""The worker: the only owner of the clock. It decides when to scan, and lets posts come and go at their second.

What a round does is :mod:`service.tick`'s. Refuses to serve anything.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from service.errors import StorageUnavailable
from service.index import Corrupt, Index
from service.settings import Settings
from service.sources.files import SETTLE_SECONDS
from service.sources.source import Looking, Source
from service.tick import RenderSuspicious, Report, SourceReport, Stopped, look, tick
from service.watch import MOST_PATHS, Watcher

__all__ = ["Report", "SourceReport", "request_refresh", "run", "tick"]

log = logging.getLogger(__name__)

STALE_SECONDS: Final = 5.0
"""A source that cannot be read is tried again this soon: a missing directory sends no event when it comes back."""

LONGEST_REST: Final = 1.0
"""Seconds between two scans that events ask for, at most: a scan is followed by a rest as long as itself, so that a
storm of events (S-18) takes half a processor and a change still shows within two seconds."""

NICENESS: Final = 5

AUTOGROUP: Final = Path("/proc/self/autogroup")

TAKEN: Final = ".taken"
"""Suffix of a request that is being answered."""

Places = dict[str, set[str]]
"""Locators of posts by the names of their sources."""

REQUESTS: Final = "requests"
"""Directory below the state directory where other processes ask for a scan."""


def run(
    settings: Settings,
    sources: Sequence[Source],
    index: Index,
    *,
    stop: threading.Event,
    render_suspicious: RenderSuspicious | None = None,
) -> None:
    """Keep the index fresh until ``stop`` is set: scan at each change on disk and each interval, wake at each date.

    Survives whatever a round raises: it is logged and tried again, later each time, up to the interval. A damaged
    index is put aside and rebuilt. A round that is under way when ``stop`` is set ends at the next post, and leaves
    the index as it was.
    """
    _Loop(settings, sources, index, stop, render_suspicious).run()


def request_refresh(directory: Path, *, source: str = "", force: bool = False) -> None:
    """Ask the worker of a state directory, whatever process it is, to scan now. Raises StorageUnavailable.

    Many requests for one ``source`` that come before it is looked at are one.
    """
    name = "force" if force else f"source-{hashlib.sha256(source.encode()).hexdigest()[:16]}" if source else "scan"
    try:
        (directory / REQUESTS).mkdir(exist_ok=True)
        (directory / REQUESTS / name).touch()
    except OSError as error:
        raise StorageUnavailable(f"{directory / REQUESTS}: {error.strerror}") from None


class _Loop:
    """The state of one run."""

    def __init__(
        self,
        settings: Settings,
        sources: Sequence[Source],
        index: Index,
        stop: threading.Event,
        render_suspicious: RenderSuspicious | None,
    ) -> None:
        self._refresh = settings.refresh
        self._sources = sources
        self._index = index
        self._stop = stop
        self._render = render_suspicious
        self._wake = threading.Event()
        self._requests = index.directory / REQUESTS
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
        self._troubles: dict[str, str] = {}

    def run(self) -> None:
        _lower_priority()
        threading.Thread(target=self._wake_at_stop, name="worker-stop", daemon=True).start()
        self._forget_requests()
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

    def _places(self, paths: set[str] | None) -> Places | None:
        """Where posts may have changed, by what the watch saw; None where a scan has to tell."""
        if paths is None:
            return None
        looking = [source for source in self._sources if isinstance(source, Looking)]
        places: Places = {}
        for path in paths:
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
        """One tick: of all sources, of single posts at ``places``, or of time alone."""
        began = time.monotonic()
        if places and not scanning:
            report = look(
                self._sources, self._index, datetime.now(UTC), places, render_suspicious=self._render, stop=self._stop
            )
            if report is not None:
                if report.channels or woken:  # else it only confirms what was said before
                    self._tell(report, time.monotonic() - began)
                return report
            scanning = True
        self._requests.mkdir(exist_ok=True)
        asked = [path.rename(path.with_suffix(TAKEN)) for path in self._asked()] if scanning else []
        content = [path for source in self._sources for path in source.watch_paths()]
        self._watcher.follow([*(content if self._refresh.watch != "off" else ()), str(self._requests)])
        report = tick(
            self._sources if scanning else (),
            self._index,
            datetime.now(UTC),
            refresh=self._refresh,
            force=any(path.stem == "force" for path in asked),
            render_suspicious=self._render,
            stop=self._stop,
        )
        for path in asked:
            path.unlink(missing_ok=True)
        self._tell(report, time.monotonic() - began)
        return report

    def _forget_requests(self) -> None:
        """Requests of before we started are answered by our first scan; a force nobody waits for must not be obeyed."""
        for path in self._requests.iterdir() if self._requests.is_dir() else ():
            path.unlink(missing_ok=True)

    def _asked(self) -> list[Path]:
        """The requests that wait. One that arrives while we scan is for the next scan: what it is about may be new."""
        return sorted(path for path in self._requests.iterdir() if path.suffix != TAKEN)

    def _rebuild(self) -> None:
        try:
            self._index.rebuild()
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
        """Seconds to the next scan, look or date, whichever comes first. Dates wait while rounds fail."""
        wait = min(self._due, self._confirm_at) - time.monotonic()
        if report is not None and report.next_change is not None:
            wait = min(wait, (report.next_change - datetime.now(UTC)).total_seconds())
        return max(wait, 0.0)

    def _wake_at_stop(self) -> None:
        self._stop.wait()
        self._wake.set()

    def _tell(self, report: Report, seconds: float) -> None:
        """A line for each source that changed, and for each trouble that is new or over."""
        for source in report.sources:
            if source.put or source.rejected or source.dropped:
                log.info(
                    "refreshed source=%s put=%d rejected=%d dropped=%d",
                    *(source.name, source.put, source.rejected, source.dropped),
                )
            held = f"{source.held} posts are missing; held back (feedmill refresh --force believes it)"
            trouble = source.error or (held if source.held else "")
            if trouble != self._troubles.get(source.name, ""):
                self._troubles[source.name] = trouble
                log.log(logging.WARNING if trouble else logging.INFO, "source=%s %s", source.name, trouble or "is back")
        if report.channels or report.rendered:
            log.info(
                "published channels=%d rendered=%d seconds=%.3f next_change=%s",
                *(report.channels, report.rendered, seconds, report.next_change),
            )


def _joined(places: Places, others: Places) -> Places:
    return {name: places.get(name, set()) | others.get(name, set()) for name in places.keys() | others.keys()}


def _lower_priority() -> None:
    """Readers first: on Linux this is the calling thread's alone. Not every platform lets us.

    A desktop's Linux shares processors among sessions, and what a process is worth then counts within its session only
    (sched(7), "The autogroup feature"): where the worker leads one of its own, it is the session that gives way.
    """
    try:
        if os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        if os.getsid(0) == os.getpid():
            AUTOGROUP.write_text(str(NICENESS))
    except (AttributeError, OSError):
        log.debug("priority unchanged")
