"""What a feed document says, whatever its format: its entries, and what it says of itself. Plain data.

Refuses to know formats.
"""

from __future__ import annotations

from datetime import datetime

from feeds.frozen import frozen
from feeds.model import Author, Enclosure, Image


class NotAFeed(ValueError):
    """A document of which no feed can be read; the text says what it seems to be, or what is wrong with it."""


@frozen(frozen=True, slots=True)
class FeedEntry:
    """One entry. Dates are aware; None where it says none. ``html``: the content is HTML, else plain text."""

    id: str
    url: str
    title: str
    published: datetime | None = None
    updated: datetime | None = None
    content: str = ""
    html: bool = True
    summary: str = ""
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@frozen(frozen=True, slots=True)
class FeedDocument:
    """A feed. ``following`` is the URL of its older part (JSON Feed ``next_url``, RFC 5005), ``complete`` whether it
    says that it holds all there is (``fh:complete``), ``fault`` what keeps strict readers from it."""

    url: str
    title: str = ""
    description: str = ""
    home: str = ""
    language: str | None = None
    icon: str | None = None
    logo: str | None = None
    rights: str = ""
    authors: tuple[Author, ...] = ()
    entries: tuple[FeedEntry, ...] = ()
    following: str = ""
    complete: bool = False
    fault: str = ""
