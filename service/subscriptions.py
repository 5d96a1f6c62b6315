"""What aggregators and crawlers find by themselves: the list of all feeds (OPML) and robots.txt.

Refuses to list more than a person can read: ten thousand tags are not a subscription list.
"""

from __future__ import annotations

from typing import Final

from feeds import opml, robots
from feeds.model import ChannelKind, Document
from service.heading import Heading
from service.index import ChannelRow, Index
from service.paths import Target

LARGEST: Final = 1000
"""Channels of one kind that the list names, those with the most posts."""

_TITLES: Final[dict[str, dict[ChannelKind, str]]] = {
    "en": {"site": "All posts", "category": "Categories", "tag": "Tags", "author": "Authors", "language": "Languages"},
    "ko": {"site": "모든 글", "category": "카테고리", "tag": "태그", "author": "글쓴이", "language": "언어"},
}


def subscriptions(index: Index, head: Heading, site: ChannelRow) -> Document:
    """Every channel with its feeds, by kind: the site, then categories, tags, authors and languages."""
    language = (head.site.language or "en").lower().split("-")[0]
    titles = _TITLES.get(language, _TITLES["en"])
    groups = []
    for kind, title in titles.items():
        rows = [row for row in index.channels(kind) if (row.posts or kind == "site") and not head.is_gone(row)]
        largest = sorted(rows, key=lambda row: (-row.posts, row.key))[:LARGEST]
        listed = map(head.channel, largest)
        groups.append(
            opml.Group(
                title,
                tuple(
                    opml.Subscription(channel.title, channel.url, channel.feeds, channel.language) for channel in listed
                ),
            )
        )
    body = opml.opml(head.site.title, groups, site.newest or head.site.founded)
    return Document(body, opml.MEDIA_TYPE, site.changed_at)


def robots_txt(head: Heading, site: ChannelRow) -> Document:
    """What the settings allow, and where the sitemaps are."""
    said = head.settings.robots
    body = robots.robots(
        search=said.search == "allow",
        ai=said.ai == "allow",
        disallow=said.disallow,
        bots=said.bots,
        license=said.license,
        sitemaps=tuple(head.address(Target("site", "", name)) for name in ("sitemap.xml", "sitemap-news.xml")),
    )
    return Document(body, "text/plain", site.changed_at)
