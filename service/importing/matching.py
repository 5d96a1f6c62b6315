"""Which post an entry of a feed of before is: by link, by id, by title and date. Pure.

An entry that could be two posts is none, and two entries that are one post are the first of them. Dates are compared
with patience, because feeds write them in other zones than they were meant in; what is surer is matched first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from feeds.frozen import frozen
from feeds.text import plain, single_line
from service.diff.entries import Entry

By = Literal["link", "id", "title"]

NEAR: Final = timedelta(hours=38)
"""How far apart two dates of one post may be: a day, where one has no time, and the largest offset of a zone."""

_WORD: Final = re.compile(r"\w+")


@frozen(frozen=True, slots=True)
class Known:
    """A published post. ``said`` is the date that its source gives it (a pinned one, where it is pinned)."""

    number: int
    id: str
    url: str
    title: str
    published: datetime
    said: datetime | None
    explicit_id: bool


@frozen(frozen=True, slots=True)
class Match:
    """An entry and its post; None: it has none, and ``why`` says so."""

    entry: Entry
    post: Known | None
    by: By | None = None
    why: str = ""


def folded(title: str) -> str:
    """A title as it is compared: one line, without the difference between upper and lower case."""
    return single_line(title).casefold()


def likened(title: str) -> str:
    """A title by which others are looked for that may be the same: its words, however they are typeset, without markup
    and references."""
    words = _WORD.findall(unicodedata.normalize("NFKC", plain(title)).casefold())
    return " ".join(words) or folded(title)


def match(
    entries: Sequence[Entry],
    links: Mapping[str, Known],
    ids: Mapping[str, Known],
    titles: Mapping[str, Sequence[Known]],
    zone: tzinfo,
) -> list[Match]:
    """A match for each entry. ``links`` and ``ids`` are the posts by the entries' ids, ``titles`` by :func:`likened`
    title; days are those of ``zone``."""
    found: list[Match] = []
    taken: dict[int, Entry] = {}
    for entry in entries:
        made = _surely(entry, links, ids, _alike(entry, titles), zone)
        if made.post is not None:
            first = taken.setdefault(made.post.number, entry)
            if first is not entry:
                made = Match(entry, None, why=f"another entry of the feed is the same post: {first.id}")
        found.append(made)
    left = [made.entry for made in found if made.post is None and not made.why]
    nearly = _nearly(left, titles, taken)
    return [nearly.get(made.entry.id, made) if made.post is None and not made.why else made for made in found]


def _surely(
    entry: Entry, links: Mapping[str, Known], ids: Mapping[str, Known], alike: Sequence[Known], zone: tzinfo
) -> Match:
    """By what can be no accident; without a reason where dates that are near may still tell."""
    if entry.id in links:
        return Match(entry, links[entry.id], "link")
    if entry.id in ids:
        return Match(entry, ids[entry.id], "id")
    if not alike:
        return Match(entry, None, why="no published post has its link, its id, or its title and date")
    if entry.moment is None:
        return Match(entry, None, why="no post has its link or id, and it has no date to go with its title")
    same = [post for post in alike if _same_date(entry.moment, post, zone)]
    if len(same) == 1:
        return Match(entry, same[0], "title")
    if same:
        return Match(entry, None, why=f"{len(same)} posts of that date have its title")
    return Match(entry, None)


def _nearly(
    entries: Sequence[Entry], titles: Mapping[str, Sequence[Known]], taken: Collection[int]
) -> dict[str, Match]:
    """By title and a date that is near, where one post alone and one entry alone can be meant; by the entries' ids."""
    found: dict[str, Match] = {}
    claims: dict[int, list[tuple[Entry, Known]]] = {}
    for entry in entries:
        near = [post for post in _alike(entry, titles) if post.number not in taken and _is_near(entry, post)]
        if len(near) == 1:
            claims.setdefault(near[0].number, []).append((entry, near[0]))
        elif near:
            found[entry.id] = Match(entry, None, why=f"{len(near)} posts of about that date have its title")
        else:
            why = "no post has its link or id, and the one with its title is of another date"
            found[entry.id] = Match(entry, None, why=why)
    for claim in claims.values():
        for entry, post in claim:
            others = ", ".join(other.id for other, _ in claim if other is not entry)
            why = f"other entries of the feed have its title and about its date: {others}"
            found[entry.id] = Match(entry, None, why=why) if others else Match(entry, post, "title")
    return found


def _alike(entry: Entry, titles: Mapping[str, Sequence[Known]]) -> Sequence[Known]:
    """The posts with the title of an entry; where there are none, those whose titles are typeset otherwise."""
    alike = titles.get(likened(entry.title), ()) if entry.title else ()
    return [post for post in alike if folded(post.title) == folded(entry.title)] or alike


def _same_date(moment: datetime, post: Known, zone: tzinfo) -> bool:
    """The same instant, else the same day: generators differ in what they make of a date without a time."""
    return moment == post.published or moment.astimezone(zone).date() == post.published.astimezone(zone).date()


def _is_near(entry: Entry, post: Known) -> bool:
    return entry.moment is not None and abs(entry.moment - post.published) <= NEAR
