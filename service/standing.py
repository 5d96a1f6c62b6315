"""How each source stands, for people and programs: ``feedmill sources``, and what ``refresh`` says at its end.

Reads nothing itself: it is told what the settings and the index say. Refuses to show a secret: an address loses its
user, its query and its fragment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from feeds.frozen import frozen
from service.index import Counts, SourceStatus
from service.report import counted, printable
from service.settings import SourceSettings
from service.url_keys import shown_address


@frozen(frozen=True, slots=True)
class SourceStanding:
    """A configured source and what the index knows of it; None before its first scan or pull was begun. ``fault`` is
    what keeps its directory from being read just now."""

    name: str
    settings: SourceSettings
    status: SourceStatus | None
    fault: str = ""

    @property
    def stale(self) -> bool:
        return bool(self.fault) or (self.status is not None and bool(self.status.stale))

    @property
    def place(self) -> str:
        """The directory, or the address as it may be shown."""
        return shown_address(self.settings.url) if self.settings.url else self.settings.place


def in_short(found: Sequence[SourceStatus], counts: Counts) -> str:
    """A line each with one for each of its feeds that cannot be read, and how many problems the content has."""
    lines = []
    for source in found:
        line = f"{source.name}: {', '.join(_counts(source))}"
        if source.stale:
            line += f"; could not be read: {source.stale}"
        if source.held is not None:
            line += f"; {source.held.lost} are missing but held back (feedmill refresh --force believes it)"
        lines.append(line)
        lines += [f"  {unread}" for unread in source.unread]
    if counts.errors or counts.warnings:
        errors, warnings = counted(counts.errors, "error"), counted(counts.warnings, "warning")
        lines.append(f"{errors}, {warnings} (feedmill check says more)")
    return "\n".join(map(printable, lines))


def as_text(found: Sequence[SourceStanding], now: datetime, state: Path | None = None) -> str:
    """A line a source: ``name kind place: posts, age of what is known, next pull, what is wrong``; below it one for
    each of its feeds that cannot be read. Last, where the state directory is."""
    lines = []
    for one in found:
        lines += [_line(one, now), *(f"  {unread}" for unread in (one.status.unread if one.status else ()))]
    lines += [f"state directory: {state}"] if state is not None else []
    return "\n".join(map(printable, lines))


def as_json(found: Sequence[SourceStanding], now: datetime, state: Path | None = None) -> str:
    """The same for programs; times in ISO 8601, ages in seconds."""
    said = {"sources": [_said(one, now) for one in found]} | ({"state": str(state)} if state is not None else {})
    return json.dumps(said, indent=2, ensure_ascii=False)


class Format(Protocol):
    def __call__(self, found: Sequence[SourceStanding], now: datetime, state: Path | None = None) -> str: ...


FORMATS: Final[Mapping[str, Format]] = {
    "text": as_text,
    "json": as_json,
}


def _line(one: SourceStanding, now: datetime) -> str:
    status, head = one.status, f"{one.name}  {one.settings.kind}  {one.place}: "
    unread = [f"cannot be read now: {one.fault}"] if one.fault else []
    if status is None:
        return head + "; ".join(("never refreshed", *unread))
    said = [", ".join(_counts(status))]
    said.append(f"refreshed {_span(now - status.scanned_at)} ago" if status.scanned_at else "never refreshed")
    if status.schedule.next_pull is not None:
        ahead = status.schedule.next_pull - now
        said.append(f"next in {_span(ahead)}" if ahead > timedelta(0) else "next now")
    if status.held is not None:
        said.append(f"held: {status.held.lost} of {status.held.known} posts are missing")
    if status.stale:
        since = f" for {_span(now - status.stale_since)}" if status.stale_since else ""
        code = f"{status.reason} {status.status}" if status.status else status.reason
        said.append(f"stale{since} ({code}): {status.stale}")
        unread = []
    return head + "; ".join((*said, *unread))


def _counts(status: SourceStatus) -> list[str]:
    """What is published, and what is known beyond that."""
    said = [counted(status.posts, "post")]
    said += [counted(status.pages, "page")] if status.pages else []
    return said + ([f"{status.unpublished} not published"] if status.unpublished else [])


def _said(one: SourceStanding, now: datetime) -> dict[str, Any]:
    status = one.status
    said: dict[str, Any] = {
        "name": one.name,
        "kind": one.settings.kind,
        "place": one.place,
        "posts": status.posts if status else 0,
        "pages": status.pages if status else 0,
        "unpublished": status.unpublished if status else 0,
        "last_success": _iso(status.scanned_at) if status else None,
        "age": max(0, round((now - status.scanned_at).total_seconds())) if status and status.scanned_at else None,
        "next": _iso(status.schedule.next_pull) if status else None,
        "held": None,
        "error": None,
        "unread": list(status.unread) if status else [],
    }
    if status and status.held is not None:
        said["held"] = {"missing": status.held.lost, "known": status.held.known, "seen": status.held.scans}
    if one.fault:
        said["error"] = {"reason": "unavailable", "status": None, "message": one.fault, "since": None, "attempts": None}
    if status and status.stale:
        said["error"] = {
            "reason": status.reason,
            "status": status.status or None,
            "message": status.stale,
            "since": _iso(status.stale_since),
            "attempts": status.schedule.failures or None,
        }
    return said


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _span(span: timedelta) -> str:
    """A length of time in its two largest units."""
    left, said = max(0, int(span.total_seconds())), list[str]()
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if number or (unit == "s" and not said):
            said.append(f"{number} {unit}")
        elif said:
            break
    return " ".join(said[:2])
