"""A listing behind an address as a source: pages of items, each read by what its API means by it.

Common to every API: walking stops where an upstream lies about its pages (U-15), one broken item is one line of the
report (U-13), and only a listing that is complete and consistent may say that a post is gone (U-16, U-22). What an item
says is the business of an adapter (``wordpress``, ``ghost``, ``json_api``, ``feed``); what was gone too fast is judged
where every source's is (:mod:`service.refresh`). Refuses to know sockets and clocks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from service.content.front_matter import split
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.source import (
    CONTEXT,
    Change,
    Context,
    Drop,
    Fields,
    Progress,
    Pulled,
    Put,
    Reject,
    SiteFacts,
    Taker,
)
from service.upstream.answer import Client, UpstreamFailed

REVISION: Final = 1
"""Part of every fingerprint: raise it when the same item comes to mean something else."""

OVERLAP: Final = timedelta(minutes=10)
"""How far back changes are asked for again: clocks differ, and an API may show a change late (U-21)."""

_FEW: Final = 1
"""Broken items that are never too many: one bad post of three is a bad post, not another schema."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a listing as its API gave it. ``path`` is where it stands, for people: ``$[3]``, ``$.posts[0]``."""

    id: str
    """What tells it from every other of the source: the locator of its post. "" where it names none: it is broken."""
    value: Any
    path: str


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a listing. ``expected``: of how many items in all, as the upstream has it; 0: it does not say."""

    items: tuple[Item, ...]
    expected: int = 0
    where: str = ""
    """The URL, without secrets, for problems."""
    window: bool = False
    """There is more than the listing shows: what is not in it may be there still."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """What an item says: ``text`` is its body (what ``fields.markup`` says it is)."""

    fields: Fields
    text: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What a walk is for. ``since``: only what changed from then on, where the API can say so; None: everything."""

    now: datetime
    since: datetime | None


class Adapter(Protocol):
    """One API."""

    incremental: bool
    """Whether it can be asked for what changed since a moment, and for the ids of all there is."""

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """What the upstream says about the site."""
        ...

    def pages(self, client: Client, request: Request) -> Iterator[Page]:
        """The listing; ends where the upstream says it ends.

        Raises UpstreamFailed. The caller bounds pages and items, and stops where a page brings nothing new.
        """
        ...

    def ids(self, client: Client) -> Iterator[Page]:
        """The ids of all there is, a page at a time (the items' values do not matter); for incremental adapters."""
        ...

    def read(self, item: Item) -> Post | None:
        """What an item says; None where it is no post and never was (a menu, another type). Raises Rejected, with
        ``item.path`` in the problem's message, for one that cannot be read."""
        ...


class _Memory(NamedTuple):
    """What a pull tells the next one: from when on changes are to be asked for, and when everything was listed."""

    cursor: datetime | None = None
    listed: datetime | None = None

    @classmethod
    def read(cls, text: str) -> _Memory:
        """From its text; nothing is remembered where that is not ours."""
        try:
            said = json.loads(text) if text else {}
            return cls(*(datetime.fromisoformat(said[key]) if said.get(key) else None for key in ("cursor", "listed")))
        except (ValueError, TypeError, AttributeError):
            return cls()

    def written(self) -> str:
        said = {key: moment.astimezone(UTC).isoformat() for key, moment in self._asdict().items() if moment}
        return json.dumps(said, sort_keys=True)


@dataclass(slots=True)
class _Listing:
    """What a walk came to. ``doubts`` say why it may not be complete; none: it is."""

    items: dict[str, Item] = field(default_factory=dict)
    nameless: list[Item] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    window: bool = False
    expected: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.doubts and not self.window and not self.nameless


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
        client, adapter, remembered = self._client(), self._adapter, _Memory.read(memory)
        facts, context, problems = adapter.site(client)
        whole = complete or not adapter.incremental or not known or remembered.cursor is None
        since = None if whole or remembered.cursor is None else remembered.cursor - OVERLAP
        listing = self._walked(adapter.pages(client, Request(now, since)), progress)
        changes, broken = self._changes(listing, known, context)
        present, listed = set(listing.items), remembered.listed
        cursor: datetime | None = now
        doubts, certain = list(listing.doubts), whole and listing.complete
        if not whole and (listed is None or now - listed >= timedelta(seconds=self._settings.sweep)):
            everything = self._walked(adapter.ids(client), None)
            certain, doubts = everything.complete, doubts + everything.doubts
            present |= everything.items.keys()
            if certain and present - known.keys() - listing.items.keys():
                cursor = None  # a post that no change told of: the next pull lists everything (U-16)
        drops = [Drop(locator) for locator in sorted(known.keys() - present)] if certain else []
        lines = [*problems, *listing.problems, *broken, *(self._partial(doubt) for doubt in doubts)]
        kept = _Memory(cursor, now if certain else listed)
        return Pulled(facts, context, (*changes, *drops), kept.written(), tuple(lines))

    def _walked(self, pages: Iterator[Page], progress: Progress | None) -> _Listing:
        """Every page of a listing, within bounds; each item once."""
        listing, limits = _Listing(), self._limits
        for number, page in enumerate(pages, start=1):
            fresh = {item.id: item for item in page.items if item.id and item.id not in listing.items}
            listing.items.update(fresh)
            listing.nameless += [item for item in page.items if not item.id]
            listing.expected, listing.window = page.expected, listing.window or page.window
            listing.problems += page.problems
            if progress is not None:
                progress(len(listing.items), page.expected)
            if page.items and not fresh and not any(not item.id for item in page.items):
                listing.doubts.append(f"page {number} repeats what was listed before")
                break
            if len(listing.items) + len(listing.nameless) > limits.listing_items:
                listing.doubts.append(f"it has more than {limits.listing_items} posts (limits.listing_items)")
                break
            if number >= limits.listing_pages:
                listing.doubts.append(f"it has {limits.listing_pages} pages or more (limits.listing_pages)")
                break
        found = len(listing.items) + len(listing.nameless)
        if listing.expected and listing.expected != found and not listing.doubts:
            listing.doubts.append(f"it announces {listing.expected} posts and has {found}")
        return listing

    def _changes(
        self, listing: _Listing, known: Mapping[str, str], context: Context
    ) -> tuple[list[Change], list[Problem]]:
        """What is new among the items of a listing, packed; and the lines about items that name no id.

        Raises UpstreamFailed where too many of them cannot be read: the API means something else by now (U-13).
        """
        around = f"{self._digest} {hashlib.sha256(CONTEXT.dump_json(context)).hexdigest()[:16]}"
        changes, rejected = list[Change](), 0
        nameless = [_problem(self.name, "item-invalid", f"{item.path}: has no id") for item in listing.nameless]
        for locator, item in listing.items.items():
            fingerprint = _fingerprint(item.value, around)
            if known.get(locator) == fingerprint:
                continue
            change = self._read(locator, fingerprint, item)
            if change is not None:
                rejected += isinstance(change, Reject)
                changes.append(change)
        bad, total = rejected + len(nameless), len(listing.items) + len(nameless)
        if bad > max(_FEW, self._limits.broken_share * total):
            first = next((change.problems[0] for change in changes if isinstance(change, Reject)), None)
            example = (first or nameless[0]).message
            raise UpstreamFailed(
                f"{bad} of {total} posts cannot be read, so none is believed; the first: {example}", "schema-changed"
            )
        return changes, nameless

    def _read(self, locator: str, fingerprint: str, item: Item) -> Change | None:
        try:
            post = self._adapter.read(item)
        except Rejected as error:
            return Reject(locator, fingerprint, error.problems)
        if post is None:
            return None
        return self._take.of(Put(locator, fingerprint, post.fields, source_text(post.text), post.problems))

    def _partial(self, doubt: str) -> Problem:
        message = f"the listing is not complete: {doubt}; nothing is taken for deleted"
        return _problem(self.name, "listing-partial", message, level="warning")


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
