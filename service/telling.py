"""What the worker logs of its rounds: what changed, and each trouble when it begins, changes, goes on and is over.

A source that is down is asked again and again; its line comes once, and then once an hour. Decides nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from service.tick import TOLD, Report, SourceReport
from service.upstream.answer import AUTH_FAILED

log = logging.getLogger("service.worker")

REPEAT: Final = timedelta(hours=1)
"""Between two lines about an upstream that goes on failing in the same way."""


class Telling:
    """Remembers what was said of each source."""

    def __init__(self) -> None:
        self._troubles: dict[str, tuple[str, datetime]] = {}
        self._unread: dict[str, dict[str, datetime]] = {}
        """Of each source, when a part of it that cannot be read was told of last."""
        self._refused: dict[str, tuple[str, ...]] = {}

    def tell(self, report: Report, seconds: float, now: datetime) -> None:
        """A line for each source that changed, and for each trouble that is new or over, or as old as another hour."""
        for source in report.sources:
            if source.put or source.rejected or source.dropped or source.moved:
                log.info(
                    "refreshed source=%s put=%d rejected=%d dropped=%d moved=%d",
                    *(source.name, source.put, source.rejected, source.dropped, source.moved),
                )
            self._tell_refused(source)
            self._tell_trouble(source, now)
            if not source.error:
                self._tell_unread(source, now)
        for line in report.contested[:TOLD]:
            log.warning("%s", line)
        if len(report.contested) > TOLD:
            log.warning("and more that are not published because of another file (feedmill check has all)")
        if report.channels or report.rendered:
            log.info(
                "published channels=%d rendered=%d seconds=%.3f next_change=%s",
                *(report.channels, report.rendered, seconds, report.next_change),
            )

    def _tell_refused(self, source: SourceReport) -> None:
        """Which posts cannot be loaded, once: some files are tried again in every round."""
        if source.refused == self._refused.get(source.name, ()):
            return
        self._refused[source.name] = source.refused
        for line in source.refused:
            log.warning("source=%s %s", source.name, line)
        if TOLD <= len(source.refused) < source.rejected:
            log.warning("source=%s and more, of %d (feedmill check has all)", source.name, source.rejected)

    def _tell_trouble(self, source: SourceReport, now: datetime) -> None:
        held = f"{source.held} posts are missing; held back (feedmill refresh --force believes it)"
        trouble = source.error or (held if source.held else "")
        known, said_at = self._troubles.get(source.name, ("", now))
        remote = source.schedule is not None and source.why is not None
        kind = f"{source.why.reason} {source.why.status}" if remote and source.why else trouble
        if kind == known and not (remote and now - said_at >= REPEAT):
            return
        self._troubles[source.name] = kind, now
        if remote:
            _failed(source)
        else:
            log.log(logging.WARNING if trouble else logging.INFO, "source=%s %s", source.name, trouble or "is back")

    def _tell_unread(self, source: SourceReport, now: datetime) -> None:
        known = self._unread.pop(source.name, {})
        due = {line for line in source.unread if line not in known or now - known[line] >= REPEAT}
        for line in source.unread:
            if line in due:
                log.warning("source=%s %s", source.name, line)
        for line in [line for line in known if line not in source.unread]:
            log.info("source=%s no longer so: %s", source.name, line)
        if source.unread:
            self._unread[source.name] = {line: now if line in due else known[line] for line in source.unread}


def _failed(source: SourceReport) -> None:
    """The line of a pull that failed; a key that is refused is for somebody to mend, not for time."""
    why, schedule = source.why, source.schedule
    assert why is not None and schedule is not None  # noqa: S101 - the caller looked
    log.log(
        logging.ERROR if why.reason == AUTH_FAILED else logging.WARNING,
        "source refresh failed source=%s reason=%s status=%s attempt=%d next_retry_at=%s: %s",
        *(source.name, why.reason, why.status or "-", schedule.failures),
        *(schedule.next_pull.isoformat(timespec="seconds") if schedule.next_pull else "-", why.line),
    )
