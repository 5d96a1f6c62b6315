"""An explanation for people and for programs. Nothing that content says can reach a terminal as a control."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from feeds.dates import rfc3339
from service.explain.explanation import Explanation, Standing, Value
from service.explain.reading import Origin
from service.explain.remotes import WORDS as REMOTE_WORDS
from service.report import counted, printable, written_json
from service.sources.dialects import WORDS

_LONGEST: Final = 200
"""Characters of a value in the text; JSON has all of it."""

_TITLES: Final = {
    "published": "published in feeds",
    "page": "published, but not in feeds",
    "future": "not published yet",
    "expired": "no longer published",
    "draft": "not published: a draft",
    "hidden": "not published: hidden",
    "unlisted": "not in feeds",
    "duplicate": "not published: another file has its place",
    "rejected": "not published: it cannot be loaded",
    "not-a-post": "not taken for a post",
    "outside": "not published",
    "gone": "removed",
}


def as_text(found: Explanation) -> str:
    """The verdict first, then where, then value by value what gave it."""
    lines = [f"{found.path}: {_TITLES[found.status]}"]
    if found.reason:
        lines.append(f"  {found.reason}")
    if found.hint:
        lines.append(f"  hint: {found.hint}")
    if found.until:
        ends = "until" if found.published else "it appears at"
        lines.append(f"  {ends} {_when(found.until, found.zone)}")
    lines += [f"  note: {note}" for note in found.notes]
    if found.kind:
        lines.append(f"  source: {found.source}, read as {_KINDS[found.kind]} ({found.why})")
    if found.sitemap:
        lines.append(f"  sitemap: {found.sitemap}")
    if found.values:
        lines += ["", "values", *(line for value in found.values for line in _value(value, found.zone))]
    if found.standings:
        lines += ["", "channels", *(line for standing in found.standings for line in _standing(standing))]
    if found.problems:
        lines += ["", "problems", *(f"  {problem}" for problem in found.problems)]
    return "\n".join(map(printable, lines))


def as_json(found: Explanation) -> str:
    """One object; dates are RFC 3339, origins have ``what`` and, where it is a file, path, line and column."""
    said: dict[str, Any] = {
        "path": found.path,
        "published": found.published,
        "status": found.status,
        "reason": found.reason,
        "hint": found.hint,
        "until": rfc3339(found.until) if found.until else None,
        "url": found.url or None,
        "source": {"name": found.source, "kind": found.kind, "why": found.why} if found.kind else None,
        "sitemap": found.sitemap or None,
        "values": {
            value.name: {"value": _plain(value), "from": [_origin(origin) for origin in value.origins]}
            for value in found.values
        },
        "channels": [
            {
                "kind": standing.kind,
                "label": standing.label,
                "page": standing.page,
                "feeds": dict(standing.feeds),
                "position": standing.position,
                "posts": standing.posts,
                "window": standing.window,
                "in_window": standing.within,
                "gone": standing.gone,
            }
            for standing in found.standings
        ],
        "problems": [
            {name: getattr(problem, name) for name in ("path", "line", "column", "level", "code", "message", "hint")}
            for problem in found.problems
        ],
        "notes": list(found.notes),
    }
    return written_json(said)


FORMATS: Final[dict[str, Callable[[Explanation], str]]] = {"text": as_text, "json": as_json}

_KINDS: Final[dict[str, str]] = {str(kind): words for kind, words in WORDS.items()} | {**REMOTE_WORDS}


def _value(value: Value, zone: str) -> list[str]:
    said = value.value
    if isinstance(said, datetime):
        text = _when(said, zone)
    elif isinstance(said, tuple):
        text = ", ".join(said)
    else:
        text = said or ""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    lines = [f"  {value.name}: {text}" + (f" ({value.meaning})" if value.meaning else "")]
    lines += [f"      from {origin}" for origin in value.origins]
    return lines


def _standing(standing: Standing) -> list[str]:
    name = f"{standing.kind} {standing.label}".rstrip()
    total = counted(standing.posts, "post")
    place = f"{_ordinal(standing.position)} of {total}"
    place += "" if standing.within else f", not in the window of {standing.window}"
    place += "; the channel is gone (paths.gone)" if standing.gone else ""
    return [f"  {name}: {place}", *(f"      {url}" for _, url in standing.feeds)]


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _when(moment: datetime, zone: str) -> str:
    utc = rfc3339(moment)
    if zone == "UTC":
        return utc
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %z} {zone}, which is {utc}"


def _plain(value: Value) -> str | list[str] | None:
    said = value.value
    if isinstance(said, datetime):
        return rfc3339(said)
    return list(said) if isinstance(said, tuple) else said


def _origin(origin: Origin) -> dict[str, Any]:
    place = {"path": origin.path, "line": origin.line, "column": origin.column} if origin.path else {}
    return {"what": origin.what, **place}
