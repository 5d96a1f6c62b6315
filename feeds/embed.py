"""A channel's newest posts as a small JSON list, for other pages to show (``embed.json``).

The list is not a feed: no content, no ids, only what a link to a post needs. All of it is plain text and web addresses,
so that a page can show it without a sanitiser. Refuses to render HTML, to choose posts, and to hold more than
:data:`MOST` of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from feeds.brief import EXCERPT_LENGTH
from feeds.dates import rfc3339
from feeds.frozen import frozen
from feeds.json_text import document
from feeds.model import Channel, Image, Site, clean_channel, clean_site
from feeds.text import excerpt, single_line
from feeds.tokens import language_tag
from feeds.uri import ascii_url, is_web_url

VERSION: Final = 1
"""Of the list's shape (``schemas/embed.json``): raised when a key changes its meaning, not when one is added."""

MEDIA_TYPE: Final = "application/json"

MOST: Final = 20
"""Posts of a list. A page that shows more than this wants a feed."""


@frozen(frozen=True, slots=True)
class Newest:
    """A post in a list of the newest. ``published`` is aware; ``summary`` is plain text."""

    title: str
    url: str
    published: datetime
    summary: str = ""
    image: Image | None = None
    language: str | None = None


def as_json(channel: Channel, site: Site, posts: Sequence[Newest]) -> bytes:
    """The list, newest first as given, by ``schemas/embed.json``: never raises on content, always satisfies it.

    An address that is none of the web's is left out, and its post stays as a title. Raises ValueError for a naive date.
    """
    site = clean_site(site)
    channel = clean_channel(channel, site)
    values = {
        "version": VERSION,
        "title": channel.title,
        "home_page_url": channel.url if is_web_url(channel.url) else "",
        "feed_urls": {name: url for name, url in channel.feeds if is_web_url(url)},
        "language": channel.language,
        "timezone": single_line(site.timezone) or "UTC",
        "items": [_item(clean(post)) for post in posts[:MOST]],
    }
    return document(_present(values))


def clean(post: Newest) -> Newest:
    """``post`` as a document may say it: one-line text, a web address or "", a picture only where it has one."""
    url = ascii_url(post.url)
    web = url if is_web_url(url) else ""
    return replace(
        post,
        title=single_line(post.title) or url or "—",
        url=web,
        summary=excerpt(post.summary, EXCERPT_LENGTH),
        image=_image(post.image),
        language=language_tag(post.language),
    )


def _image(image: Image | None) -> Image | None:
    url = ascii_url(image.url) if image else ""
    if image is None or not is_web_url(url):
        return None
    # A width without a height tells a browser nothing.
    sized = image.width is not None and image.height is not None and image.width > 0 and image.height > 0
    width, height = (image.width, image.height) if sized else (None, None)
    return replace(image, url=url, alt=single_line(image.alt), width=width, height=height)


def _item(post: Newest) -> dict[str, Any]:
    image = post.image
    return _present(
        {
            "title": post.title,
            "url": post.url,
            "date_published": rfc3339(post.published),
            "summary": post.summary,
            "language": post.language,
            "image": {**_present({"url": image.url, "width": image.width, "height": image.height}), "alt": image.alt}
            if image
            else None,
        }
    )


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """Only the keys that have a value; an empty list is one."""
    return {key: value for key, value in values.items() if value not in (None, "")}
