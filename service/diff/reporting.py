"""What a comparison found, for people and for programs. Nothing that content says can reach a terminal as a control."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from feeds.dates import rfc3339
from service.diff.comparing import Change, Churn, Diff, FeedDiff
from service.diff.entries import Entry
from service.report import counted, printable, written_json

MOST_LINES: Final = 50
"""Lines under one heading of the text. Ids that changed and entries that vanished are all listed; so is all in JSON."""

_TITLE_LENGTH: Final = 80


def as_text(diff: Diff) -> str:
    """What matters first: ids that changed, what vanished, what cannot be read; then the rest, then feed by feed."""
    lines = [printable(f"old: {diff.old.place}"), printable(f"new: {diff.new.place}")]
    lines += [printable(f"note: {side.place}: {note}") for side in (diff.old, diff.new) for note in side.notes]
    lines += _heading(
        "posts under another id: readers show them again", [_churn(c) for c in diff.churn], all_of_them=True
    )
    lines += _heading(
        "entries that vanished although they are newer than what the feeds still hold",
        [f"  ! {_entry(entry)}" for entry in diff.vanished],
        all_of_them=True,
    )
    lines += _heading("feeds that can no longer be read", [printable(f"  ! {name} {why}") for name, why in diff.broken])
    lines += _heading("added", [f"  + {_entry(entry)}" for entry in diff.added])
    lines += _heading("removed: too old for any feed", [f"  - {_entry(entry)}" for entry in diff.removed])
    lines += _heading("changed", [_change(change) for change in diff.changed])
    lines += _heading("feeds only in old", [printable(f"  - {name}") for name in diff.only_old])
    lines += _heading("feeds only in new", [printable(f"  + {name}") for name in diff.only_new])
    if diff.sitemap is not None:
        more, fewer = diff.sitemap
        lines += _heading("sitemap: pages added", [printable(f"  + {url}") for url in more])
        lines += _heading("sitemap: pages removed", [printable(f"  - {url}") for url in fewer])
    lines += _heading("feed by feed", _feeds([feed for feed in diff.feeds if not feed.same]))
    return "\n".join((*lines, "", _verdict(diff)))


def as_json(diff: Diff) -> str:
    """One object: ``failed``, the site's lists, ``feeds`` with ids, ``sitemap``. Dates are RFC 3339 or null."""
    said: dict[str, Any] = {
        "old": diff.old.place,
        "new": diff.new.place,
        "failed": diff.failed,
        "churn": [_churn_values(churn) for churn in diff.churn],
        "vanished": [_values(entry) for entry in diff.vanished],
        "unreadable": [{"feed": name, "reason": reason} for name, reason in diff.broken],
        "added": [_values(entry) for entry in diff.added],
        "removed": [_values(entry) for entry in diff.removed],
        "changed": [_values(change.entry) | {"fields": list(change.fields)} for change in diff.changed],
        "feeds": [
            {
                "feed": feed.name,
                "entries": {"old": feed.old, "new": feed.new},
                "added": [entry.id for entry in feed.added],
                "removed": [entry.id for entry in feed.removed],
                "changed": [{"id": change.entry.id, "fields": list(change.fields)} for change in feed.changed],
                "churn": [{"old": churn.old.id, "new": churn.new.id} for churn in feed.churn],
            }
            for feed in diff.feeds
        ],
        "only_old": list(diff.only_old),
        "only_new": list(diff.only_new),
        "sitemap": None
        if diff.sitemap is None
        else dict(zip(("added", "removed"), map(list, diff.sitemap), strict=True)),
        "notes": [f"{side.place}: {note}" for side in (diff.old, diff.new) for note in side.notes],
    }
    return written_json(said)


FORMATS: Final[dict[str, Callable[[Diff], str]]] = {"text": as_text, "json": as_json}


def _heading(title: str, lines: Sequence[str], *, all_of_them: bool = False) -> list[str]:
    if not lines:
        return []
    shown = lines if all_of_them else lines[:MOST_LINES]
    more = [f"  and {len(lines) - len(shown)} more (--format json lists all)"] if len(shown) < len(lines) else []
    return ["", f"{title} ({len(lines)})", *shown, *more]


def _entry(entry: Entry) -> str:
    date = f"{_day(entry.moment)} " if entry.moment else ""
    return printable(f"{date}{_title(entry)} <{entry.link or entry.id}>")


def _title(entry: Entry) -> str:
    title = entry.title or "(untitled)"
    return title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH]}…"


def _churn(churn: Churn) -> str:
    return f"  ! {_entry(churn.new)}\n      was {printable(churn.old.id)}\n      is  {printable(churn.new.id)}"


def _change(change: Change) -> str:
    return f"  ~ {_entry(change.entry)}: {', '.join(change.fields)}"


def _feeds(feeds: Sequence[FeedDiff]) -> list[str]:
    """A line for the feeds of one channel to which the same happened."""
    lines = []
    for (folder, what), group in groupby(feeds, lambda feed: (feed.name.rpartition("/")[0], _counts(feed))):
        names = ", ".join(feed.name.rpartition("/")[2] for feed in group)
        lines.append(printable(f"  /{folder}: {names}: {what}" if folder else f"  {names}: {what}"))
    return lines


def _counts(feed: FeedDiff) -> str:
    counts = (
        (len(feed.added), "added"),
        (len(feed.removed), "removed"),
        (len(feed.changed), "changed"),
        (len(feed.churn), "under another id"),
    )
    return ", ".join(f"{count} {what}" for count, what in counts if count)


def _verdict(diff: Diff) -> str:
    same = sum(feed.same for feed in diff.feeds)
    said = f"{counted(len(diff.feeds), 'feed')} on both sides, {same} of them the same for readers"
    totals = (
        f"{len(diff.added)} added, {len(diff.removed)} removed, {len(diff.changed)} changed, "
        f"{len(diff.vanished)} vanished, {len(diff.churn)} under another id"
    )
    return f"{said}\n{totals}"


def _values(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "title": entry.title, "link": entry.link, "date": _date(entry.moment)}


def _churn_values(churn: Churn) -> dict[str, Any]:
    return {"old": churn.old.id, "new": churn.new.id} | {
        key: value for key, value in _values(churn.new).items() if key != "id"
    }


def _date(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
