"""What readers would notice between two states of a site: entries that came, went, changed, or lost their id.

Pure. A reader keeps what it has seen by id: an old post under a new id is shown again as unread, a post that leaves a
window by age is kept, and one that is gone from within a window is lost to whoever had not fetched it yet. It refuses
to fetch, and to say whether a change was meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from feeds.frozen import frozen
from service.diff.entries import FIELDS, Entry, Feed
from service.paths import FEED_NAMES, page_path

SITE_FEEDS: Final = frozenset(FEED_NAMES.values())
"""Names of the feeds of the whole site, as builds have them."""

_ACROSS_FORMS: Final = ("title", "link", "date", "categories")
"""What two entries of one post have in common where one is RSS and the other is not."""


@frozen(frozen=True, slots=True)
class Side:
    """One state: its feeds by name (the path below its root), those that cannot be read, and its sitemap's URLs.

    ``sitemap`` is None where it has none. ``notes`` say what of it was not looked at.
    """

    place: str
    feeds: Mapping[str, Feed]
    broken: Mapping[str, str]
    sitemap: frozenset[str] | None = None
    notes: tuple[str, ...] = ()


@frozen(frozen=True, slots=True)
class Change:
    """An entry as it is now, and which of its :data:`FIELDS` were others."""

    entry: Entry
    fields: tuple[str, ...]


@frozen(frozen=True, slots=True)
class Churn:
    """One post under two ids: readers show it twice."""

    old: Entry
    new: Entry


@frozen(frozen=True, slots=True)
class FeedDiff:
    """One feed that both sides have; ``old`` and ``new`` count its entries."""

    name: str
    old: int
    new: int
    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[Change, ...] = ()
    churn: tuple[Churn, ...] = ()

    @property
    def same(self) -> bool:
        return not (self.added or self.removed or self.changed or self.churn)


@frozen(frozen=True, slots=True)
class Diff:
    """Everything that differs. Over the whole site an entry counts once, whatever number of feeds shows it.

    ``removed`` entries are in no feed any more and aged out; ``vanished`` ones should still be in one.
    """

    old: Side
    new: Side
    feeds: tuple[FeedDiff, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    broken: tuple[tuple[str, str], ...]
    """Feeds that readers could read and now cannot, and why."""
    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    vanished: tuple[Entry, ...]
    changed: tuple[Change, ...]
    churn: tuple[Churn, ...]
    sitemap: tuple[tuple[str, ...], tuple[str, ...]] | None
    """URLs added, URLs removed; None unless both sides have a sitemap."""

    @property
    def failed(self) -> bool:
        """Whether readers would see posts twice, lose some, or lose a feed to a document they cannot read."""
        return bool(self.churn or self.vanished or self.broken)


def compare(old: Side, new: Side, pairs: Mapping[str, str]) -> Diff:
    """Compare two sides; ``pairs`` says which feed of the old side is which of the new one."""
    met = [(a, b) for a, b in pairs.items() if a in old.feeds and b in new.feeds]
    feeds = tuple(compare_feeds(b, old.feeds[a], new.feeds[b]) for a, b in met)
    successor = dict(met)
    site_churn: dict[tuple[str, str], Churn] = {}
    for churn in (churn for feed in feeds for churn in feed.churn):
        site_churn.setdefault((churn.old.id, churn.new.id), churn)
    old_posts, new_posts = _Posts(old.feeds), _Posts(new.feeds)
    missing = [entry for entry in old_posts.entries.values() if entry.id not in new_posts.entries]
    fresh = [entry for entry in new_posts.entries.values() if entry.id not in old_posts.entries]
    churned = {id_ for pair in site_churn for id_ in pair}
    for before, after in _matched(
        [entry for entry in missing if entry.id not in churned],
        [entry for entry in fresh if entry.id not in churned],
        old_posts.shared_links | new_posts.shared_links,
    ):
        site_churn[before.id, after.id] = Churn(before, after)
    churned = {id_ for pair in site_churn for id_ in pair}
    gone = [entry for entry in missing if entry.id not in churned and not new_posts.has(entry)]
    pages = frozenset(map(link_key, new.sitemap or ()))
    windows = _Windows(old, new, successor)
    vanished = [entry for entry in gone if windows.should_hold(entry, in_sitemap=link_key(entry.link) in pages)]
    lost = {entry.id for entry in vanished}
    unread = [(b, new.broken[b]) for a, b in pairs.items() if a in old.feeds and b in new.broken]
    return Diff(
        old=old,
        new=new,
        feeds=feeds,
        only_old=tuple(name for name in old.feeds if name not in successor and pairs.get(name) not in new.broken),
        only_new=tuple(name for name in new.feeds if name not in successor.values()),
        broken=tuple(unread),
        added=_newest_first(entry for entry in fresh if entry.id not in churned and not old_posts.has(entry)),
        removed=_newest_first(entry for entry in gone if entry.id not in lost),
        vanished=_newest_first(vanished),
        changed=_over_all(feeds),
        churn=tuple(site_churn.values()),
        sitemap=_urls(old.sitemap, new.sitemap),
    )


def compare_feeds(name: str, old: Feed, new: Feed) -> FeedDiff:
    """One feed before and after."""
    before = {entry.id: entry for entry in old.entries}
    after = {entry.id: entry for entry in new.entries}
    missing = [entry for entry in old.entries if entry.id not in after]
    fresh = [entry for entry in new.entries if entry.id not in before]
    churn = [Churn(a, b) for a, b in _matched(missing, fresh, _shared_links(old) | _shared_links(new))]
    gone, come = {c.old.id for c in churn}, {c.new.id for c in churn}
    names = FIELDS if old.form == new.form else _ACROSS_FORMS
    changed = (
        Change(entry, fields)
        for entry in new.entries
        if entry.id in before and (fields := _changed(before[entry.id], entry, names))
    )
    return FeedDiff(
        name,
        len(old.entries),
        len(new.entries),
        tuple(entry for entry in fresh if entry.id not in come),
        tuple(entry for entry in missing if entry.id not in gone),
        tuple(changed),
        tuple(churn),
    )


def link_key(link: str) -> str:
    """What tells one page's address from another's, whatever the scheme and the spelling of the path; "" for none."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return link
    path = page_path(parts.path)
    if not link:
        return ""
    return f"{host}/{parts.path if path is None else path}?{parts.query}#{parts.fragment}"


def _changed(old: Entry, new: Entry, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _matched(old: Sequence[Entry], new: Sequence[Entry], shared: frozenset[str]) -> list[tuple[Entry, Entry]]:
    """The same posts among entries whose ids differ: the same link, or the same title and moment; each once.

    A link that several entries of one feed share (a page they all speak of) tells none of them from the others. Nor
    does a day: two posts of one day may have one title ("Links"), so that they need the same text, too.
    """

    def link(entry: Entry) -> str:
        return link_key(entry.link)

    keys: tuple[Callable[[Entry], tuple[Hashable, ...]], ...] = (
        lambda entry: (link(entry), entry.title, entry.date),
        lambda entry: (link(entry), entry.title),
        lambda entry: (link(entry), entry.date),
        lambda entry: (link(entry) if link(entry) not in shared else "",),
        lambda entry: (entry.title, entry.date, entry.content or entry.summary),
        lambda entry: (entry.title, entry.date if _has_time(entry.date) else None),
    )
    found: dict[str, tuple[Entry, Entry]] = {}
    taken: set[str] = set()
    for key in keys:
        waiting: dict[tuple[Hashable, ...], list[Entry]] = {}
        for entry in new:
            if entry.id not in taken and all(key(entry)):
                waiting.setdefault(key(entry), []).append(entry)
        for entry in old:
            if entry.id not in found and waiting.get(key(entry)):
                twin = waiting[key(entry)].pop(0)
                found[entry.id] = entry, twin
                taken.add(twin.id)
    return [found[entry.id] for entry in old if entry.id in found]


def _has_time(date: datetime | None) -> bool:
    """Whether a date tells more than a day, whose midnight in some zone it is: zones are quarters of an hour apart."""
    return date is not None and bool(date.minute % 15 or date.second or date.microsecond)


def _shared_links(feed: Feed) -> frozenset[str]:
    counted = Counter(key for entry in feed.entries if (key := link_key(entry.link)))
    return frozenset(key for key, count in counted.items() if count > 1)


def _moments(entry: Entry) -> Iterator[tuple[Hashable, ...]]:
    """What a post has in common with nothing but itself, whatever its id and link."""
    text = entry.content or entry.summary
    if entry.title and entry.date and text:
        yield entry.title, entry.date, text
    if entry.title and _has_time(entry.date):
        yield entry.title, entry.date


class _Posts:
    """The entries of all feeds of a side, one for each id, and what else tells their posts."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self.entries: dict[str, Entry] = {}
        for feed in feeds.values():
            for entry in feed.entries:
                self.entries.setdefault(entry.id, entry)
        self.shared_links = frozenset(key for feed in feeds.values() for key in _shared_links(feed))
        self._links = {link_key(entry.link) for entry in self.entries.values()} - self.shared_links - {""}
        self._moments = {key for entry in self.entries.values() for key in _moments(entry)}

    def has(self, entry: Entry) -> bool:
        """Whether the post is there, be it under an id that another format gives it."""
        return link_key(entry.link) in self._links or not self._moments.isdisjoint(_moments(entry))


class _Windows:
    """How far back the feeds of the new side reach, by dates, else by what stood behind an entry on the old side."""

    def __init__(self, old: Side, new: Side, successor: Mapping[str, str]) -> None:
        self._site = [_Window(None, feed) for name, feed in new.feeds.items() if name in SITE_FEEDS]
        self._holding: dict[str, list[_Window]] = {}
        for a, b in successor.items():
            window = _Window(old.feeds[a], new.feeds[b])
            for entry in old.feeds[a].entries:
                self._holding.setdefault(entry.id, []).append(window)

    def should_hold(self, entry: Entry, *, in_sitemap: bool) -> bool:
        """Whether an entry that is in no feed any more did not leave by age.

        Within the site's feeds: where it is newer than the oldest entry there, or nothing is left. Within another feed
        that both sides have: the same, unless its page is still in the sitemap; it only lost a category or tag then.
        """
        if any(window.reaches(entry) for window in self._site):
            return True
        return not in_sitemap and any(window.reaches(entry) for window in self._holding.get(entry.id, ()))


class _Window:
    """One feed as it is now, and which of the old one's entries stand in it still."""

    def __init__(self, old: Feed | None, new: Feed) -> None:
        self._empty = not new.entries
        self._oldest = min((moment for entry in new.entries if (moment := entry.moment)), default=None)
        kept = {entry.id for entry in new.entries}
        ids = [entry.id for entry in old.entries] if old else []
        self._place = {id_: place for place, id_ in enumerate(ids)}
        self._last_kept = max((place for id_, place in self._place.items() if id_ in kept), default=-1)

    def reaches(self, entry: Entry) -> bool:
        """Whether a window that lacks an entry reaches back beyond it."""
        if self._empty:
            return True
        if entry.moment and self._oldest:
            return entry.moment > self._oldest
        return self._place.get(entry.id, self._last_kept) < self._last_kept


def _over_all(feeds: Iterable[FeedDiff]) -> tuple[Change, ...]:
    """Each entry that changed in some feed, with all that changed in any."""
    entries: dict[str, Entry] = {}
    fields: dict[str, set[str]] = {}
    for feed in feeds:
        for change in feed.changed:
            entries.setdefault(change.entry.id, change.entry)
            fields.setdefault(change.entry.id, set()).update(change.fields)
    return tuple(
        Change(entry, tuple(name for name in FIELDS if name in fields[entry.id]))
        for entry in _newest_first(entries.values())
    )


def _newest_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    dated = [(entry.moment.timestamp() if entry.moment else 0.0, entry.id, entry) for entry in entries]
    return tuple(entry for _, _, entry in sorted(dated, key=lambda item: item[:2], reverse=True))


def _urls(old: frozenset[str] | None, new: frozenset[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if old is None or new is None:
        return None
    return tuple(sorted(new - old)), tuple(sorted(old - new))
