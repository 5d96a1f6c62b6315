"""The documents there are, by name, and what each is for.

Apart from the URL table, because the command line offers these words before it needs anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from feeds.model import ChannelKind

DocumentName = Literal[
    "",
    "rss.xml",
    "atom.xml",
    "feed.json",
    "sitemap.xml",
    "sitemap-N.xml",
    "sitemap-terms-N.xml",
    "meta.html",
    "meta.json",
    "embed.html",
    "embed.json",
    "sitemap-news.xml",
    "sitemap-news-N.xml",
    "robots.txt",
    "opml.xml",
    "embed.js",
    "meta/P.html",
    "meta/P.json",
]
"""A channel's documents, and the site's alone. The empty name is a channel's HTML page; N stands for the number of a
shard, P for the path of a page of the site (both are :attr:`service.paths.Target.part`)."""

Group = Literal["page", "rss", "atom", "json", "sitemap", "news", "metadata", "embed", "robots", "opml"]
"""What a document is for: in metrics, and in what a build is asked to write."""

KINDS: Final[tuple[ChannelKind, ...]] = ("site", "category", "tag", "author", "language")
"""Kinds of channels in the order in which they are listed."""

GROUPS: Final[dict[DocumentName, Group]] = {
    "": "page",
    "rss.xml": "rss",
    "atom.xml": "atom",
    "feed.json": "json",
    "sitemap.xml": "sitemap",
    "sitemap-N.xml": "sitemap",
    "sitemap-terms-N.xml": "sitemap",
    "sitemap-news.xml": "news",
    "sitemap-news-N.xml": "news",
    "meta.html": "metadata",
    "meta.json": "metadata",
    "meta/P.html": "metadata",
    "meta/P.json": "metadata",
    "embed.html": "embed",
    "embed.json": "embed",
    "embed.js": "embed",
    "robots.txt": "robots",
    "opml.xml": "opml",
}

PAGE_TYPE: Final = "text/html; charset=utf-8"
"""Media type of every HTML document."""


class Selection(NamedTuple):
    """What a build is to write: documents of these groups, of channels of these kinds; the site's own documents and
    those of its pages belong to the kind ``site``. ``coded``: with each document's codings beside it."""

    groups: frozenset[Group] = frozenset(GROUPS.values())
    kinds: frozenset[ChannelKind] = frozenset(KINDS)
    coded: bool = True
