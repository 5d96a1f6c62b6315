"""What an import came to, for people and for programs. Nothing that a feed says can reach a terminal as a control."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote

from feeds.dates import rfc3339
from service.diff.entries import Entry
from service.importing.proving import KEYS, Again, By
from service.importing.taking_over import Imported, Lost
from service.paths import path_of
from service.report import counted, printable, written_json

MOST_LINES: Final = 20
"""Of each list; JSON has all."""

_TITLE_LENGTH: Final = 80

_SPARED: Final[dict[By, str]] = {
    "id": "the old ids",
    "link": "the old links (site.url and the content's permalinks)",
    "title": "the old titles",
}
"""What would spare readers that match by it."""


def as_text(found: Imported) -> str:
    """What was matched and pinned, the old path, what is lost and why, and the proof last."""
    by = Counter(match.by for match in found.matches if match.by)
    how = ", ".join(f"{count} by {name}" for name, count in by.items())
    matched = sum(by.values())
    lines = [
        printable(f"{found.feed}: {found.form}, {'1 entry' if found.entries == 1 else f'{found.entries} entries'}"),
        f"{matched} of {found.entries} are posts here" + (f" ({how})" if how else ""),
        f"{counted(found.pinned, 'post')} {'would get' if found.dry_run else 'got'} the feed's id or date",
        *([f"process {found.worker}, which was running, has them already"] if found.worker else []),
        *_alias(found),
        *_list("no id taken over", found.unpinned),
        *_list("lost", found.lost),
        *_twice(found),
    ]
    if found.window:
        lines += ["", f"window too small: set feed.window = {found.window}"]
    lines += ["", "readers that match by   appear twice   are lost"]
    lines += [f"{name:<23} {len(count.twice):>12} {len(count.lost):>10}" for name, count in found.counts.items()]
    lines += ["", _verdict(found)]
    return "\n".join(lines)


def as_json(found: Imported) -> str:
    """One object: the counts, ``proof`` by what readers match by, the lists, ``alias``. Dates are RFC 3339 or null."""
    said: dict[str, Any] = {
        "feed": found.feed,
        "form": found.form,
        "clean": found.clean,
        "dry_run": found.dry_run,
        "entries": found.entries,
        "matched": sum(match.post is not None for match in found.matches),
        "pinned": found.pinned,
        "worker": found.worker or None,
        "window": found.window or None,
        "proof": {
            name: {"twice": [again.new.id for again in count.twice], "lost": [entry.id for entry in count.lost]}
            for name, count in found.counts.items()
        },
        "twice": [
            {"by": name, "id": again.new.id, "old": KEYS[name](again.old), "new": KEYS[name](again.new)}
            for name, again in _again(found)
        ],
        "lost": [_values(lost) for lost in found.lost],
        "unpinned": [_values(lost) for lost in found.unpinned],
        "matches": [
            {"id": match.entry.id, "url": match.post.url if match.post else None, "by": match.by, "why": match.why}
            for match in found.matches
        ],
        "alias": {
            "url": found.alias.url,
            "path": found.alias.path or None,
            "target": path_of(found.alias.target),
            "why": found.alias.why,
        },
    }
    return written_json(said)


FORMATS: Final[dict[str, Callable[[Imported], str]]] = {"text": as_text, "json": as_json}


def _alias(found: Imported) -> list[str]:
    """Where the feed was and what answers there, as settings have it."""
    alias, target = found.alias, path_of(found.alias.target)
    if alias.path:
        does = "would answer" if found.dry_run else "answers"
        return [
            "",
            printable(f"{alias.path} {does} 301 to {target}. For feedmill.toml, where the state directory may go:"),
            "[paths.feed_aliases]",
            f"{json.dumps(quote(alias.path))} = {json.dumps(target)}",
        ]
    return ["", printable(f"{alias.url or 'the feed'} is not redirected to {target} by Feedmill: {alias.why}")]


def _list(title: str, items: Sequence[Lost]) -> list[str]:
    lines = [printable(f"  - {_entry(item.entry)}: {item.why}") for item in items[:MOST_LINES]]
    return _headed(title, lines, len(items))


def _twice(found: Imported) -> list[str]:
    entries = _again(found)
    lines = [
        printable(
            f"  ! by {name}: {_named(again.new)}: {KEYS[name](again.old) or 'none'} is now {KEYS[name](again.new)}"
        )
        for name, again in entries[:MOST_LINES]
    ]
    return _headed("twice", lines, len(entries))


def _again(found: Imported) -> list[tuple[By, Again]]:
    return [(name, again) for name, count in found.counts.items() for again in count.twice]


def _headed(title: str, lines: list[str], count: int) -> list[str]:
    more = [f"  and {count - len(lines)} more (--format json lists all)"] if count > len(lines) else []
    return ["", f"{title} ({count})", *lines, *more] if count else []


def _verdict(found: Imported) -> str:
    if found.clean:
        return "no reader sees an entry twice or loses one"
    if found.counts["id"].twice or any(count.lost for count in found.counts.values()):
        return "readers would see entries twice or lose some"
    by = [name for name, count in found.counts.items() if count.twice]
    old = " and ".join(_SPARED[name] for name in by)
    return (
        f"readers that match by id, as most do, see nothing twice; those that match by {' or '.join(by)} see what is "
        f"listed once more: {old} would spare them, redirects do not"
    )


def _entry(entry: Entry) -> str:
    return f"{_named(entry)} <{entry.link or entry.id}>"


def _named(entry: Entry) -> str:
    date = f"{entry.moment:%Y-%m-%d} " if entry.moment else ""
    title = entry.title or "(untitled)"
    title = title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH]}…"
    return f"{date}{title}"


def _values(lost: Lost) -> dict[str, Any]:
    entry = lost.entry
    date = rfc3339(entry.moment) if entry.moment else None
    return {"id": entry.id, "title": entry.title, "link": entry.link, "date": date, "why": lost.why}
