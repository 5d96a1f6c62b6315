"""JSON Feed 1.1 (jsonfeed.org/version/1.1), readable: two spaces a level, keys in the specification's order.

Head, item and tail of a document. Refuses to order, choose or cut posts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from feeds.brief import brief_html, is_whole, summary_of
from feeds.dates import rfc3339
from feeds.json_text import readable
from feeds.model import Author, Channel, Enclosure, Post, Site, clean_channel, clean_site

VERSION = "https://jsonfeed.org/version/1.1"
SEPARATOR = b","
TAIL = b"\n  ]\n}\n"


@lru_cache(maxsize=256)
def head(channel: Channel, site: Site) -> bytes:
    """Everything before the first item. JSON Feed has no date of its own, so an edit shows in the items only."""
    site = clean_site(site)
    channel = clean_channel(channel, site)
    feed = {
        "version": VERSION,
        "title": channel.title,
        "home_page_url": channel.url,
        "feed_url": dict(channel.feeds).get("json"),
        "description": channel.description,
        "icon": site.logo,
        "favicon": site.icon,
        **_people(site.authors),
        "language": channel.language,
        "hubs": [{"type": "WebSub", "url": hub} for hub in site.hubs],
    }
    return _lines(feed, 0).removesuffix(b"\n}") + b',\n  "items": ['


def entry(post: Post, site: Site, full: bool) -> bytes:  # noqa: ARG001 - the signature all formats share
    """One item. Brief (``full`` False): ``content_html`` is the summary with a link to the post."""
    whole = is_whole(post, full)
    item = {
        "id": post.id,
        "url": post.url,
        "title": post.title,
        "content_html": post.content if whole else brief_html(post),
        "summary": post.summary if whole else summary_of(post),
        "image": post.images[0].url if post.images else None,
        "date_published": rfc3339(post.published),
        "date_modified": rfc3339(post.last_change) if post.updated else None,
        **_people(post.authors),
        "tags": list(dict.fromkeys(post.categories + post.tags)),
        "language": post.language,
        "attachments": [_attachment(enclosure) for enclosure in post.enclosures],
    }
    return b"\n    " + _lines(item, 4)


def _people(authors: tuple[Author, ...]) -> dict[str, Any]:
    """``authors``, and the ``author`` of version 1.0 for readers that know no other."""
    people = [_present({"name": a.name, "url": a.url, "avatar": a.avatar}) for a in authors]
    return {"authors": people, "author": people[0] if people else None}


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    return _present(
        {
            "url": enclosure.url,
            "mime_type": enclosure.media_type,
            "title": enclosure.title,
            "size_in_bytes": enclosure.length,
            "duration_in_seconds": enclosure.duration,
        }
    )


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only the keys that have a value: the specification knows no null. Zero is a value."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _lines(values: Mapping[str, Any], margin: int) -> bytes:
    """JSON indented by ``margin`` spaces more. A line feed in the output is never part of a string."""
    text = readable(_present(values))
    return text.replace("\n", "\n" + " " * margin).encode()
