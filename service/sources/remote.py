"""A listing behind an address as a source: pages of items, each read by what its API means by it.

Common to every API: walking stops where an upstream lies about its pages (U-15), one broken item is one line of the
report (U-13), and only a listing that is complete and consistent may say that a post is gone (U-16, U-22). What an item
says is the business of an adapter (``wordpress``, ``ghost``, ``json_api``, ``feed``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from service.content.front_matter import split
from service.errors import Problem
from service.sources.source import Context, Fields, SiteFacts
from service.upstream.answer import Client


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
        """The listing, newest change first where the API can; ends where the upstream says it ends.

        Raises UpstreamFailed. The caller bounds pages and items, and stops where a page brings nothing new.
        """
        ...

    def ids(self, client: Client) -> Iterator[tuple[frozenset[str], int]]:
        """The ids of all there is, a page at a time, with how many there are in all; for incremental adapters."""
        ...

    def read(self, item: Item) -> Post | None:
        """What an item says; None where it is no post and never was (a menu, another type). Raises Rejected, with
        ``item.path`` in the problem's message, for one that cannot be read."""
        ...


def source_text(body: str) -> str:
    """A body as the index stores source texts, so that ``front_matter.split`` finds all of it to be body."""
    return body if split(body).kind is None else f"\n{body}"
