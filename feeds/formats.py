"""The formats as values: a feed is a head, its entries and a tail (style.md, lesson 7).

Adding a format is adding a row here. Refuses to decide which posts a feed holds and whether they are whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from feeds import atom, jsonfeed, rss
from feeds.elements import FEEDS
from feeds.frozen import frozen
from feeds.model import Channel, Post, Site
from feeds.revisions import REVISIONS


@frozen(frozen=True, slots=True)
class Format:
    """How posts become a feed. ``media_type`` goes without a charset; each format is UTF-8."""

    name: str
    file_name: str
    media_type: str
    title: str
    """What a link to such a feed is called."""
    revision: int
    """Counts changes of the bytes that equal posts give: part of every cache key."""
    entry: Callable[[Post, Site, bool], bytes]
    """``entry(post, site, full)``: one fragment, whole or brief, that fits into any feed of the site."""
    head: Callable[[Channel, Site], bytes]
    tail: bytes
    separator: bytes
    """Stands between two entries."""


FORMATS: Final[dict[str, Format]] = {
    "rss": Format("rss", "rss.xml", *FEEDS["rss"], REVISIONS["rss"], rss.entry, rss.head, rss.TAIL, b""),
    "atom": Format("atom", "atom.xml", *FEEDS["atom"], REVISIONS["atom"], atom.entry, atom.head, atom.TAIL, b""),
    "json": Format(
        "json",
        "feed.json",
        *FEEDS["json"],
        REVISIONS["json"],
        jsonfeed.entry,
        jsonfeed.head,
        jsonfeed.TAIL,
        jsonfeed.SEPARATOR,
    ),
}


def assemble(
    format: Format,  # noqa: A002 - the field's word
    channel: Channel,
    site: Site,
    entries: Sequence[bytes],
) -> bytes:
    """A document from fragments that ``format.entry`` made, in the order given. No entry is a valid feed, too."""
    return format.head(channel, site) + format.separator.join(entries) + format.tail
