"""The seam between a listing and the API that it is of: pages of items, what an item says, and who reads them.

Plain data. What is common to every API is :mod:`service.sources.remote`'s. Refuses to walk a listing, and to know one
API from another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY
from datetime import datetime
from typing import Any, Final, Protocol

from feeds.frozen import frozen
from service.errors import Problem
from service.settings import LimitSettings
from service.sources.source import Context, Fields, SiteFacts
from service.upstream.answer import Client

_FEW: Final = 1
"""Broken items that are never too many: one bad post of three is a bad post, not another schema."""


Lack = tuple[str, str]
"""A setting that says where items have something, and the place it names."""


@frozen(frozen=True, slots=True)
class Item:
    """One item of a listing as its API gave it. ``path`` is where it stands, for people: ``$[3]``, ``$.posts[0]``."""

    id: str
    """What tells it from every other of the source: the locator of its post. "" where it names none: it is broken."""
    value: Any
    path: str
    _: KW_ONLY
    changed: datetime | None = None
    """When it last changed, as the upstream's clock has it; None: it does not say."""
    listing: str = ""
    """Which of the source's listings has it (``listings.named``); "": there is one alone."""
    beside: str = ""
    """What else decides what it says: names that it only refers to. Another text is another version of the item."""
    lacks: tuple[Lack, ...] = ()
    """What the settings look for in vain in it."""
    dated: bool = True
    """False: it is to be published, and says no date."""


@frozen(frozen=True, slots=True)
class ListingPage:
    """One answer of a listing. ``expected``: of how many items in all, as the upstream has it; 0: it does not say."""

    items: tuple[Item, ...]
    expected: int = 0
    where: str = ""
    """The URL, without secrets, for problems."""
    window: bool = False
    """There is more than the listing shows: what is not in it may be there still."""
    problems: tuple[Problem, ...] = ()
    listings: frozenset[str] = frozenset()
    """Every listing that the source has; empty: the page does not say."""


@frozen(frozen=True, slots=True)
class Understood:
    """What was understood of an item: ``text`` is its body (what ``fields.markup`` says it is)."""

    fields: Fields
    text: str
    problems: tuple[Problem, ...] = ()


@frozen(frozen=True, slots=True)
class Wanted:
    """What a walk is for. ``since``: only what changed from then on, where the API can say so; None: everything."""

    now: datetime
    since: datetime | None


class Adapter(Protocol):
    """One API."""

    incremental: bool
    """Whether it can be asked for what changed since a moment, and for the ids of all there is."""
    altered: bool
    """Whether what :meth:`site` found is another than in the pull before, so that posts which did not change may read
    otherwise by now: everything is to be listed."""

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """What the upstream says about the site."""
        ...

    def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
        """The listing; ends where the upstream says it ends.

        Raises UpstreamFailed. The caller bounds pages and items, and stops where a page brings nothing new.
        """
        ...

    def ids(self, client: Client) -> Iterator[ListingPage]:
        """The ids of all there is, a page at a time (the items' values do not matter); for incremental adapters.

        Read to its end only where its first page gives another number of posts than is known."""
        ...

    def some(self, client: Client, ids: Sequence[str]) -> Iterator[ListingPage]:
        """The listing of these posts alone, a hundred at most; for incremental adapters. May leave any of them out."""
        ...

    def read(self, item: Item) -> Understood | None:
        """What an item says; None where it is no post and never was (a menu, another type). Raises Rejected, with
        ``item.path`` in the problem's message, for one that cannot be read."""
        ...


def too_many(broken: int, total: int, limits: LimitSettings) -> bool:
    """Whether so many of a listing's items cannot be read that the API must mean something else by now (U-13)."""
    return broken > max(_FEW, limits.broken_share * total)
