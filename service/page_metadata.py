"""From rows of the index to the metadata of a page: a post or page by its row, a channel by its own.

Refuses to render bodies (it is given posts) and to write any format (:mod:`feeds.metadata` does).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from feeds.brief import summary_of
from feeds.metadata import Page, first_image
from feeds.model import Author, Link, Post
from feeds.text import term_key
from service.heading import Heading
from service.index import ChannelRow, Index, Row
from service.index.records import Translation
from service.sitemaps import hreflang

NEWEST: Final = 10
"""Posts that a channel's page names to search engines."""

_OEMBED: Final = (("application/json+oembed", "json"), ("text/xml+oembed", "xml"))
"""Media types of discovery links (oembed.com §4), which differ from those of the answers."""

_USUAL: Final = re.compile(r"[A-Za-z0-9._~%:/-]*")


def of_post(
    index: Index,
    head: Heading,
    row: Row,
    post: Post,
    translations: Mapping[str, Sequence[Translation]],
    channels: Sequence[ChannelRow],
) -> Page:
    """The metadata of a post, or of a page that is none. ``translations`` are at least those of its own name,
    ``channels`` those that it stands in."""
    fields = row.fields
    is_page = fields.collection == "pages"
    trail = [(head.site.title, head.site.url)]
    section = next((channel for channel in channels if channel.kind == "category"), None)
    if section is not None and (page := head.term_page(section)):
        trail.append((section.label, page))
    versions = translations.get(fields.translation, ())
    picture = first_image(post.content, fields.pictures) if not post.images else None
    return Page(
        kind="page" if is_page else "post",
        url=post.url,
        title=post.title,
        canonical=fields.canonical or "",
        description=summary_of(post),
        language=fields.language or index.context(row.source).language or head.site.language,
        noindex=fields.noindex,
        published=None if is_page and fields.published is None else row.published,
        updated=fields.updated,
        authors=() if is_page and not fields.authors else post.authors,
        categories=post.categories,
        tags=post.tags,
        images=post.images or ((picture,) if picture else ()),
        from_content=picture is not None,
        alternates=hreflang(post.url, versions, head.site.language),
        feeds=_feeds(index, head, channels),
        trail=(*trail, (post.title, post.url)),
        oembed=() if is_page else oembed_links(head, post.url),
    )


def of_channel(index: Index, head: Heading, row: ChannelRow, posts: Sequence[Post]) -> Page:
    """The metadata of a channel's page: the site's own where it has one, else ours. Of its posts no more is said than
    what they are called, where they are and by whom."""
    channel, site = head.channel(row), head.site
    at_home = row.kind == "site"
    trail = ((site.title, site.url),) if at_home else ((site.title, site.url), (row.label, channel.url))
    own, main = head.feed_links(row), index.channel("site", "")
    others = () if at_home or main is None or head.is_gone(main) else head.feed_links(main)
    return Page(
        kind="site" if at_home else "channel",
        url=channel.url,
        title=channel.title,
        description=channel.description,
        language=channel.language,
        updated=row.newest,
        feeds=(*own, *others),
        trail=trail,
        profile=_profile(row, posts) if row.kind == "author" else None,
        newest=tuple((post.title, post.url) for post in posts[:NEWEST]),
    )


def oembed_links(head: Heading, url: str) -> tuple[tuple[str, str], ...]:
    """Where the embeddable form of a post is, in both formats: media type and URL; nowhere in static files."""
    if not head.settings.metadata.oembed:
        return ()
    endpoint = f"{head.service_url}/oembed?url={_as_parameter(url)}"
    return tuple((media_type, f"{endpoint}&format={name}") for media_type, name in _OEMBED)


def _as_parameter(url: str) -> str:
    """``url`` with everything escaped that a parameter may not hold; most URLs hold no more than three such signs."""
    if _USUAL.fullmatch(url):
        return url.replace("%", "%25").replace(":", "%3A").replace("/", "%2F")
    return quote(url, safe="")


def _feeds(index: Index, head: Heading, channels: Sequence[ChannelRow]) -> tuple[Link, ...]:
    """The main feed first, as readers take the first; then those of the post's categories."""
    rows = [channel for channel in channels if channel.kind in ("site", "category")]
    main = index.channel("site", "")
    if not rows and main is not None:
        rows = [main]
    return tuple(link for row in rows if not head.is_gone(row) for link in head.feed_links(row))


def _profile(row: ChannelRow, posts: Sequence[Post]) -> Author:
    """The author of a channel as their newest post presents them."""
    for post in posts:
        for author in post.authors:
            if term_key(author.name) == row.key:
                return author
    return Author(row.label)
