"""Which post an entry of a feed of before is: by link, by id, by title and date. Pure.

An entry that could be two posts is none, and two entries that are one post are the first of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from feeds.text import single_line
from service.diff.entries import Entry

By = Literal["link", "id", "title"]


@dataclass(frozen=True, slots=True)
class Known:
    """A published post. ``said`` is the date that its source gives it (a pinned one, where it is pinned)."""

    number: int
    id: str
    url: str
    title: str
    published: datetime
    said: datetime | None
    explicit_id: bool


@dataclass(frozen=True, slots=True)
class Match:
    """An entry and its post; None: it has none, and ``why`` says so."""

    entry: Entry
    post: Known | None
    by: By | None = None
    why: str = ""


def folded(title: str) -> str:
    """A title as it is compared: one line, without the difference between upper and lower case."""
    return single_line(title).casefold()


def match(
    entries: Sequence[Entry],
    links: Mapping[str, Known],
    ids: Mapping[str, Known],
    titles: Mapping[str, Sequence[Known]],
    zone: tzinfo,
) -> list[Match]:
    """A match for each entry. ``links`` and ``ids`` are the posts by the entries' ids, ``titles`` by folded title; days
    are those of ``zone``."""
    found: list[Match] = []
    taken: dict[int, Entry] = {}
    for entry in entries:
        made = _match(entry, links, ids, titles, zone)
        if made.post is not None:
            first = taken.setdefault(made.post.number, entry)
            if first is not entry:
                made = Match(entry, None, why=f"another entry of the feed is the same post: {first.id}")
        found.append(made)
    return found


def _match(
    entry: Entry,
    links: Mapping[str, Known],
    ids: Mapping[str, Known],
    titles: Mapping[str, Sequence[Known]],
    zone: tzinfo,
) -> Match:
    if entry.id in links:
        return Match(entry, links[entry.id], "link")
    if entry.id in ids:
        return Match(entry, ids[entry.id], "id")
    alike = titles.get(folded(entry.title), ()) if entry.title else ()
    same = [post for post in alike if _same_date(entry, post, zone)]
    if len(same) == 1:
        return Match(entry, same[0], "title")
    if same:
        return Match(entry, None, why=f"{len(same)} posts of that date have its title")
    if alike:
        return Match(entry, None, why="no post has its link or id, and the one with its title is of another date")
    return Match(entry, None, why="no published post has its link, its id, or its title and date")


def _same_date(entry: Entry, post: Known, zone: tzinfo) -> bool:
    """The same instant, else the same day: generators differ in what they make of a date without a time."""
    if entry.moment is None:
        return False
    return (
        entry.moment == post.published or entry.moment.astimezone(zone).date() == post.published.astimezone(zone).date()
    )
