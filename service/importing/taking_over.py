"""Taking over the readers of a feed of before: match its entries, pin ids and dates, and prove what readers will see.

The proof is no forecast: our document is built after everything is pinned, and read as readers read it. Refuses to
fetch (:mod:`service.diff.fetching` does) and to choose which state directory is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from service.diff.entries import Entry, Feed, read_feed
from service.errors import UsageError
from service.importing import lookup
from service.importing.matching import Known, Match, likened, match
from service.importing.paths import Alias, alias
from service.importing.proving import By, Count, prove
from service.index import Index
from service.index.addresses import key_of
from service.index.records import micros
from service.index.state_schema import Pin
from service.paths import Target, path_of
from service.publisher import Publisher
from service.settings import Settings

_SECOND: Final = timedelta(seconds=1)


@frozen(frozen=True, slots=True)
class Lost:
    """An entry of the old feed that ours has not, and why."""

    entry: Entry
    why: str


@frozen(frozen=True, slots=True)
class Imported:
    """What an import came to. ``pinned`` counts the posts whose id or date is now the old feed's; ``window`` is the
    window that would hold every one of its posts (0: ours does). ``unpinned`` says which posts could not get its id."""

    feed: str
    form: str
    entries: int
    matches: tuple[Match, ...]
    pinned: int
    unpinned: tuple[Lost, ...]
    alias: Alias
    counts: Mapping[By, Count]
    lost: tuple[Lost, ...]
    pins: Mapping[str, Pin] = field(default_factory=dict)
    """What is pinned, by the ids that the posts had."""
    window: int = 0
    dry_run: bool = False
    worker: int = 0
    """The process that was running and has taken it over; 0: there was none."""

    @property
    def clean(self) -> bool:
        """Whether no reader sees an entry twice or loses one."""
        return all(count.clean for count in self.counts.values())


@dataclass(slots=True)
class _Pins:
    """What is to be pinned, by the number of the post."""

    pins: dict[int, Pin] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    """The ids that these posts had."""
    refused: list[Lost] = field(default_factory=list)


def take_over(
    index: Index,
    settings: Settings,
    feed: Feed,
    name: str,
    now: datetime,
    *,
    at: str = "",
    to: Target | None = None,
    replacing: bool = False,
) -> Imported:
    """Pin what a feed (called ``name``) says to the posts of an index, whose writer we are, and prove the outcome.

    ``at`` is where the feed was, if not where it says; ``to`` what answers there. A post that an import before this one
    pinned keeps that id, unless ``replacing``. Raises StorageUnavailable, and UsageError where there is no ``to``.
    """
    publisher = Publisher(index, settings)
    head = publisher.heading()
    site, zone = head.site.url, ZoneInfo(head.site.timezone)
    matches = _matched(index, feed.entries, site, zone)
    if to is not None and index.channel(to.kind, to.slug) is None:
        raise UsageError(f"--to {path_of(to)}: there is no such channel")
    chosen = _pins(index, matches, name, now, replacing=replacing)
    if chosen.pins:
        index.pin(chosen.pins, now)

    def known(kind: str, spelling: str) -> str | None:
        row = index.channel(kind, spelling)  # type: ignore[arg-type]  # one of ours: _target names no other
        return row.slug if row is not None else None

    where = alias(at or feed.url, feed.form, known, service=head.service_url, site=site, to=to)
    if where.path:
        index.alias_feed(where.path, path_of(where.target), now)
    return _proved(index, publisher, feed, name, matches, chosen, where)


def proved_again(index: Index, settings: Settings, feed: Feed, found: Imported) -> Imported:
    """What an import came to, proved with the documents of another index that has taken it over (a reader will do)."""
    publisher = Publisher(index, settings)
    head = publisher.heading()
    matches = _matched(index, feed.entries, head.site.url, ZoneInfo(head.site.timezone))
    proved = _proved(index, publisher, feed, found.feed, matches, _Pins(), found.alias)
    return replace(found, counts=proved.counts, lost=proved.lost, window=proved.window)


def _matched(index: Index, entries: Sequence[Entry], site: str, zone: ZoneInfo) -> list[Match]:
    keys = {
        entry.id: [key for page in (entry.link, *entry.pages) if page for key in lookup.keys_of(page, site)]
        for entry in entries
    }
    own = {entry.id: lookup.keys_of(entry.id, site) for entry in entries if "://" in entry.id}
    pages = lookup.by_key(index, {key for found in (*keys.values(), *own.values()) for key in found})
    links = _first(keys, pages)
    ids = _first(own, pages) | lookup.by_id(index, keys)
    left = {likened(entry.title) for entry in entries if entry.id not in links and entry.id not in ids}
    return match(entries, links, ids, lookup.by_title(index, left - {""}), zone)


def _first(keys: Mapping[str, Sequence[str]], pages: Mapping[str, Known]) -> dict[str, Known]:
    found = {id_: next((pages[key] for key in wanted if key in pages), None) for id_, wanted in keys.items()}
    return {id_: post for id_, post in found.items() if post is not None}


def _pins(index: Index, matches: Sequence[Match], name: str, now: datetime, *, replacing: bool) -> _Pins:
    """The pins that matches call for, and why others cannot be."""
    met = [(found.entry, found.post) for found in matches if found.post is not None]
    holders = lookup.by_id(index, [entry.id for entry, _ in met])
    leaving = {post.number for entry, post in met if entry.id != post.id}
    kept = index.pins([post.id for _, post in met])
    chosen = _Pins()
    for entry, post in met:
        before = kept.get(post.id)
        holder = holders.get(entry.id)
        if post.explicit_id and entry.id != post.id:
            chosen.refused.append(Lost(entry, f"its author wrote another id, {post.id}"))
            continue
        if before is not None and before.id != entry.id and not replacing:
            why = f"{before.feed} was imported before and says {before.id} (--replace gives this feed's id to it)"
            chosen.refused.append(Lost(entry, why))
            continue
        if holder is not None and holder.number not in {post.number, *leaving}:
            chosen.refused.append(Lost(entry, f"its id is that of another post, {holder.url}"))
            continue
        pin = _pin(entry, post, before, name, now)
        if pin is not None:
            chosen.pins[post.number], chosen.ids[post.number] = pin, post.id
    return chosen


def _pin(entry: Entry, post: Known, before: Pin | None, name: str, now: datetime) -> Pin | None:
    """What of an entry is another than its post has; None where nothing is."""
    published = None
    if entry.date is not None and entry.date <= now and abs(entry.date - post.published) >= _SECOND:
        published = micros(entry.date)
    if published is None and entry.id == post.id:
        return None
    said = None if post.said is None else micros(post.said)
    if before is not None:
        said = before.said
        published = before.published if published is None else published
    return Pin(key_of(post.url) or post.url, entry.id, published, said, name)


def _proved(
    index: Index,
    publisher: Publisher,
    feed: Feed,
    name: str,
    matches: Sequence[Match],
    chosen: _Pins,
    where: Alias,
) -> Imported:
    document = publisher.document(where.target)
    new = read_feed(document.body) if document is not None else Feed(feed.form, ())
    before = {found.entry.id: found.post.number for found in matches if found.post is not None}
    site = publisher.heading().site.url
    pages = lookup.by_key(index, {key for entry in new.entries for key in lookup.keys_of(entry.link, site)})
    after = _first({entry.id: lookup.keys_of(entry.link, site) for entry in new.entries}, pages)
    after |= lookup.by_id(index, [entry.id for entry in new.entries])
    numbers = {id_: post.number for id_, post in after.items()}
    counts = prove(feed, new, before, numbers)
    lost, window = _reasons(index, publisher, matches, counts, where.target)
    return Imported(
        feed=name,
        form=feed.form,
        entries=len(feed.entries),
        matches=tuple(matches),
        pinned=len(chosen.pins),
        pins={chosen.ids[number]: pin for number, pin in chosen.pins.items()},
        unpinned=tuple(chosen.refused),
        alias=where,
        counts=counts,
        lost=lost,
        window=window,
    )


def _reasons(
    index: Index, publisher: Publisher, matches: Sequence[Match], counts: Mapping[By, Count], target: Target
) -> tuple[tuple[Lost, ...], int]:
    """Why entries are lost, and the window that would hold those that are published but too old for ours."""
    by_entry = {found.entry.id: found for found in matches}
    channel = index.channel(target.kind, target.slug)
    ours = publisher.heading().window(channel) if channel is not None else 0
    lost: dict[str, Lost] = {}
    window = 0
    for entry in (entry for count in counts.values() for entry in count.lost):
        found = by_entry[entry.id]
        why = found.why
        if found.post is not None:
            standing = next((s for s in index.standings(found.post.number) if s.channel == channel), None)
            if standing is None:
                why = f"its post is not in {path_of(replace(target, document=''))}"
            elif standing.newer < ours:
                why = "feed.byte_budget leaves it out: raise that, or set feed.full_text to false"
            else:
                window = max(window, standing.newer + 1)
                why = f"it is older than the newest {ours}, which is our window"
        lost.setdefault(entry.id, Lost(entry, why))
    return tuple(lost.values()), window
