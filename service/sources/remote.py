"""A listing behind an address as a source: pages of items, each read by what its API means by it.

Common to every API: walking stops where an upstream lies about its pages (U-15), one broken item is one line of the
report (U-13), and only a listing that is complete and consistent may say that a post is gone (U-16, U-22). What an item
says is the business of an adapter (``wordpress``, ``ghost``, ``json_api``, ``feed``); what was gone too fast is judged
where every source's is (:mod:`service.refresh`). Refuses to know sockets and clocks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from service.content.front_matter import split
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import listings
from service.sources.adapter import Adapter, Item, ListingPage, Wanted, too_many
from service.sources.lacks import Lacks
from service.sources.pull_memory import Memory
from service.sources.source import (
    CONTEXT,
    Change,
    Drop,
    Progress,
    Pulled,
    Put,
    Reject,
    Taker,
)
from service.upstream.answer import OUT_OF_TIME, Client, UpstreamFailed

REVISION: Final = 2
"""Part of every fingerprint: raise it when the same item comes to mean something else."""

OVERLAP: Final = timedelta(minutes=10)
"""How far back changes are asked for again: clocks differ, and an API may show a change late (U-21)."""

_AT_ONCE: Final = 100
"""Posts that are asked for by their ids; where there are more of them everything is listed."""

Visit = Callable[[Item], None]


@dataclass(slots=True)
class _Walk:
    """What a walk came to. ``doubts`` say why it may not be complete; none: it is."""

    ids: set[str] = field(default_factory=set)
    nameless: list[Item] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    window: bool = False
    pages: int = 0
    announced: list[int] = field(default_factory=list)
    """How many posts there are, page by page."""
    changed: datetime | None = None
    """The last change of any of its posts."""
    problems: list[Problem] = field(default_factory=list)
    listings: frozenset[str] = frozenset()
    lacks: Lacks = field(default_factory=Lacks)

    @property
    def complete(self) -> bool:
        return not self.doubts and not self.window

    @property
    def found(self) -> int:
        return len(self.ids) + len(self.nameless)

    def add(self, page: ListingPage, now: datetime) -> list[Item]:
        """Take in one more page; those of its items that were not listed before. One without an id is none of them."""
        fresh = {item.id: item for item in page.items if item.id and item.id not in self.ids}
        nameless = [item for item in page.items if not item.id]
        self.pages += 1
        self.ids |= fresh.keys()
        self.nameless += nameless
        self.window = self.window or page.window
        self.announced += [page.expected] if page.expected else []
        self.problems += page.problems
        self.listings |= page.listings
        for item in fresh.values():
            self.lacks.see(item)
        changes = [item.changed for item in fresh.values() if item.changed is not None and item.changed <= now]
        self.changed = max((*changes, *filter(None, (self.changed,))), default=None)
        if page.items and not fresh and not nameless and not page.window:
            self.doubts.append(f"page {self.pages} repeats what was listed before")
        return list(fresh.values())

    def bound(self, limits: LimitSettings) -> None:
        """Doubt a listing that goes on and on."""
        if self.found > limits.listing_items:
            self.doubts.append(f"it has more than {limits.listing_items} posts (limits.listing_items)")
        elif self.pages >= limits.listing_pages:
            self.doubts.append(f"it has {limits.listing_pages} pages or more (limits.listing_pages)")

    def judge(self) -> None:
        """Doubt a listing that does not have what it announces, or that shrank while it was read: what stood after a
        post that went moved to a page that was read already (U-16). One that grew is what it was as it began."""
        if self.nameless:
            self.doubts.append(f"{self.nameless[0].path} has no id")
        if self.doubts or self.window or not self.announced:
            return
        if any(later < earlier for earlier, later in pairwise(self.announced)):
            self.doubts.append("posts went while it was read")
        elif not self.announced[0] <= self.found <= self.announced[-1]:
            self.doubts.append(f"it announces {self.announced[-1]} posts and has {self.found}")


@dataclass(slots=True)
class _Reading:
    """What the items of a listing come to, each as soon as it is there: only what is packed is kept."""

    take: Callable[[Item, str], Change | None]
    known: Mapping[str, str]
    around: str
    changes: list[Change] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    """Items that are no posts."""
    strayed: set[tuple[str, str]] = field(default_factory=set)
    """Listings of which an item was, with those of which it is now."""

    def __call__(self, item: Item) -> None:
        fingerprint = listings.marked(_fingerprint(item.value, self.around + item.beside), item.listing)
        before = self.known.get(item.id)
        if before == fingerprint:
            return
        if before and listings.listing_of(before) not in ("", item.listing):
            self.strayed.add((listings.listing_of(before), item.listing))
        change = self.take(item, fingerprint)
        if change is None:
            self.others.add(item.id)
            return
        self.changes.append(change)
        if isinstance(change, Reject):
            self.rejected.append(change)


class RemoteSource:
    """An address as a source. ``client`` makes the client of one pull, in the thread that pulls."""

    def __init__(
        self,
        name: str,
        settings: SourceSettings,
        site: SiteSettings,
        limits: LimitSettings,
        *,
        adapter: Adapter,
        client: Callable[[], Client],
        take: Taker,
    ) -> None:
        self.name = name
        self._settings = settings
        self._limits = limits
        self._adapter = adapter
        self._client = client
        self._take = take
        said = settings.model_dump_json(include=_MEANING) + limits.model_dump_json() + site.model_dump_json()
        self._digest = hashlib.sha256(f"{REVISION} {said}".encode()).hexdigest()[:16]

    def pull(
        self,
        known: Mapping[str, str],
        memory: str,
        now: datetime,
        *,
        complete: bool = False,
        progress: Progress | None = None,
    ) -> Pulled:
        """As :meth:`service.sources.source.Pulling.pull`."""
        client, adapter, remembered = self._client(), self._adapter, Memory.read(memory)
        facts, context, problems = adapter.site(client)
        due = remembered.due(self._settings.sweep, now)
        whole = complete or due or not adapter.incremental or adapter.altered or not known or not remembered.cursor
        since = None if whole or remembered.cursor is None else remembered.cursor - OVERLAP
        around = f"{self._digest} {hashlib.sha256(CONTEXT.dump_json(context)).hexdigest()[:16]}"
        reading = _Reading(self._read, known, around)
        walk = self._walked(adapter.pages(client, Wanted(now, since)), now, reading, progress)
        self._believe(walk, reading, walk.found if whole else max(walk.found, len(known)))
        everything, cursor = walk, _cursor(walk, remembered, now, whole=whole)
        found = [*walk.problems, *walk.lacks.problems(self.name)]
        if not whole and not walk.doubts:
            everything = self._walked(adapter.ids(client), now, there=known.keys() | walk.ids)
            untold = everything.ids - known.keys() - walk.ids  # posts that no change told of: imported, or scheduled
            if 0 < len(untold) <= _AT_ONCE:
                told = self._walked(adapter.some(client, sorted(untold)), now, reading)
                self._believe(told, reading, max(told.found, len(known)))
                found += told.problems
                untold -= told.ids
            if untold:
                cursor = None  # the next pull lists everything (U-16)
        doubts = [*walk.doubts] + ([] if everything is walk else everything.doubts)
        gone = known.keys() - (everything.ids | walk.ids) if everything.complete else set[str]()
        if everything.complete:
            gone |= known.keys() & reading.others
        if gone and everything.pages > 1:
            again = self._walked(self._again(client, now), now)  # whoever moved between two pages is not gone (U-16)
            doubts += again.doubts
            gone = gone - again.ids if again.complete else set()
        moved = listings.followed(known, sorted(reading.strayed), walk.listings, remembered.moved)
        if walk.listings and not walk.doubts:
            gone |= listings.left(known, walk.listings, moved) - walk.ids
        nameless = [_problem(self.name, "item-invalid", f"{item.path}: has no id") for item in walk.nameless]
        lines = [*problems, *found, *nameless, *(self._partial(doubt) for doubt in dict.fromkeys(doubts))]
        kept = remembered._replace(cursor=cursor)
        if whole:
            kept = Memory(cursor, now, bool(walk.doubts), moved)
        drops = (Drop(locator) for locator in sorted(gone))
        return Pulled(facts, context, (*reading.changes, *drops), kept.written(), tuple(lines))

    def _again(self, client: Client, now: datetime) -> Iterator[ListingPage]:
        """All there is, a second time: the ids where the upstream has them apart, else everything."""
        if self._adapter.incremental:
            yield from self._adapter.ids(client)
            return
        self._adapter.site(client)
        yield from self._adapter.pages(client, Wanted(now, None))

    def _walked(
        self,
        pages: Iterator[ListingPage],
        now: datetime,
        visit: Visit | None = None,
        progress: Progress | None = None,
        *,
        there: Set[str] | None = None,
    ) -> _Walk:
        """Every page of a listing, within bounds; each item once. Not read on, and then not complete, where its first
        page shows nothing but what is ``there`` and as many posts in all, or does not say how many there are."""
        walk = _Walk()
        try:
            for page in pages:
                for item in walk.add(page, now):
                    if visit is not None:
                        visit(item)
                if progress is not None:
                    progress(len(walk.ids), page.expected)
                if there is not None and walk.pages == 1 and _as_known(page, there):
                    walk.window = True
                    break
                if not walk.doubts:
                    walk.bound(self._limits)
                if walk.doubts:
                    break
        except UpstreamFailed as error:
            if error.reason != OUT_OF_TIME or not walk.ids:
                raise
            walk.doubts.append(f"there was time for {walk.pages} pages of it (limits.pull_seconds)")
        walk.judge()
        return walk

    def _believe(self, walk: _Walk, reading: _Reading, total: int) -> None:
        """Raises UpstreamFailed where too many items cannot be read: the API means something else by now (U-13)."""
        bad = len(reading.rejected) + len(walk.nameless)
        if not too_many(bad, total, self._limits):
            return
        if reading.rejected:
            example = reading.rejected[0].problems[-1].message
        else:
            example = f"{walk.nameless[0].path}: has no id"
        raise UpstreamFailed(
            f"{self.name}: {bad} of {walk.found} posts cannot be read, so none is believed; the last good ones stay;"
            f" the first: {example}",
            "schema-changed",
        )

    def _read(self, item: Item, fingerprint: str) -> Change | None:
        try:
            post = self._adapter.read(item)
        except Rejected as error:
            return Reject(item.id, fingerprint, error.problems)
        if post is None:
            return None
        return self._take.of(Put(item.id, fingerprint, post.fields, source_text(post.text), post.problems))

    def _partial(self, doubt: str) -> Problem:
        message = f"the listing is not complete: {doubt}; nothing is taken for deleted"
        return _problem(self.name, "listing-partial", message, level="warning")


def _as_known(page: ListingPage, there: Set[str]) -> bool:
    """Whether the first page of all ids gives no reason to read the others. An empty one does: all of them went."""
    unknown = any(item.id not in there for item in page.items)
    return bool(page.items) and not unknown and page.expected in (0, len(there))


def _cursor(walk: _Walk, remembered: Memory, now: datetime, *, whole: bool) -> datetime | None:
    """The last change that is known, by the upstream's clock where it tells: ours may be ahead of it (U-21).

    A listing in doubt may have left a change out: it moves nothing.
    """
    if walk.doubts:
        return remembered.cursor or walk.changed or now
    if whole:
        return walk.changed or now
    return max(filter(None, (remembered.cursor, walk.changed)), default=now)


def source_text(body: str) -> str:
    """A body as the index stores source texts, so that ``front_matter.split`` finds all of it to be body."""
    return body if split(body).kind is None else f"\n{body}"


def _fingerprint(value: Any, around: str) -> str:
    said = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(f"{around}\0{said}".encode()).hexdigest()[:32]


def _problem(source: str, code: str, message: str, *, level: Any = "error") -> Problem:
    return Problem(path=source, line=0, column=0, level=level, code=code, message=message)


_MEANING: Final = {"kind", "url", "items", "fields", "date_format", "timezone", "future", "split_terms_at_comma"}
"""Settings that say what an item means; how and when it is asked for is no part of that."""
