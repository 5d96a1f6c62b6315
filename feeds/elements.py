"""The vocabulary RSS and Atom documents share: namespaces, and the elements that both write in the same words.

Refuses to know feedgen, and to say which of these elements a document has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from lxml import etree

from feeds.model import Channel, Image, Link, Site

Element: TypeAlias = etree._Element

ATOM: Final = "http://www.w3.org/2005/Atom"
CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
DC: Final = "http://purl.org/dc/elements/1.1/"
MEDIA: Final = "http://search.yahoo.com/mrss/"
SY: Final = "http://purl.org/rss/1.0/modules/syndication/"
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"

HTML: Final = "text/html"
FEEDS: Final = {
    "rss": ("application/rss+xml", "RSS 2.0"),
    "atom": ("application/atom+xml", "Atom 1.0"),
    "json": ("application/feed+json", "JSON Feed 1.1"),
}
"""Format name to media type and the title of a link to such a feed."""


def head_links(channel: Channel, site: Site, own: str) -> Iterator[Link]:
    """The typed links of a channel's feed in the format ``own``: its page, its other feeds, itself, its hubs.

    The page comes first because some readers take the first link for it, and ``self`` after the alternates.
    """
    feeds = dict(channel.feeds)
    yield Link("alternate", channel.url, HTML, channel.title, channel.language)
    for name, (media_type, title) in FEEDS.items():
        if name != own and name in feeds:
            yield Link("alternate", feeds[name], media_type, title, channel.language)
    if own in feeds:
        yield Link("self", feeds[own], FEEDS[own][0], "", None)
    for hub in site.hubs:
        yield Link("hub", hub)


def write_link(parent: Element, link: Link, length: int | None = None, *, tag: str = "link") -> None:
    """Append a typed link with every attribute it has (RFC 4287 §4.2.7)."""
    element = etree.SubElement(parent, tag, rel=link.rel)
    if link.media_type:
        element.set("type", link.media_type)
    if link.hreflang:
        element.set("hreflang", link.hreflang)
    if link.title:
        element.set("title", link.title)
    if length is not None:
        element.set("length", str(length))
    element.set("href", link.href)


def write_text(parent: Element, tag: str, text: str) -> None:
    """Append an element that holds nothing but text."""
    etree.SubElement(parent, tag).text = text


def write_media(
    parent: Element,
    *,
    url: str,
    media_type: str | None,
    title: str,
    medium: str | None = None,
    **numbers: int | None,
) -> None:
    """Append a ``media:content``, never in a group: groups are for variants of one object (Media RSS 1.5.1)."""
    element = etree.SubElement(parent, f"{{{MEDIA}}}content", url=url, medium=medium or _medium(media_type))
    if media_type:
        element.set("type", media_type)
    for name, number in numbers.items():
        if number is not None:
            element.set(name, str(number))
    if title:
        write_text(element, f"{{{MEDIA}}}title", title)


def write_images(parent: Element, images: tuple[Image, ...]) -> None:
    """Append a ``media:content`` for each image, and the first one as ``media:thumbnail``."""
    for image in images:
        write_media(
            parent,
            url=image.url,
            media_type=image.media_type,
            title=image.title or image.alt,
            medium="image",
            width=image.width,
            height=image.height,
        )
    for image in images[:1]:
        thumbnail = etree.SubElement(parent, f"{{{MEDIA}}}thumbnail", url=image.url)
        for name, number in (("width", image.width), ("height", image.height)):
            if number is not None:
                thumbnail.set(name, str(number))


def _medium(media_type: str | None) -> str:
    family = (media_type or "").partition("/")[0]
    return family if family in ("image", "audio", "video") else "document"
