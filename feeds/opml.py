"""OPML 2.0 (opml.org/spec2.opml): a subscription list that any feed reader imports.

A channel stands in the list once, by one feed of its formats: a reader that imports three would show every post
three times, and it finds the other formats in that feed's own links. Refuses to know which channels there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from lxml import etree

from feeds.dates import rfc822
from feeds.elements import Element, write_text
from feeds.frozen import frozen
from feeds.text import single_line
from feeds.tokens import language_tag
from feeds.uri import ascii_url

MEDIA_TYPE: Final = "text/x-opml"
"""What readers and browsers know; no type was ever registered."""
FORMATS: Final = ("rss", "atom", "json")
"""Which feed of a channel is listed: the first of these it has. RSS is what every importer reads, podcasts' too."""
SPECIFICATION: Final = "http://opml.org/spec2.opml"


@frozen(frozen=True, slots=True)
class Subscription:
    """A channel: its title and page, and (format name, absolute URL) of each of its feeds."""

    title: str
    html_url: str
    feeds: tuple[tuple[str, str], ...]
    language: str | None = None


@frozen(frozen=True, slots=True)
class Group:
    """Channels of one kind under a heading: a folder, once imported."""

    title: str
    subscriptions: tuple[Subscription, ...]


def opml(title: str, groups: Sequence[Group], updated: datetime) -> bytes:
    """A subscription list with one outline for each group and channel, in the order given.

    ``updated`` comes from the channels, never from the moment of building. A channel without a feed and a group
    without a channel are left out; a list of nothing holds its own title, because a body needs an outline. Raises
    ValueError for a naive date.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    name = single_line(title) or "OPML"
    write_text(head, "title", name)
    write_text(head, "dateModified", rfc822(updated))
    write_text(head, "docs", SPECIFICATION)
    body = etree.SubElement(root, "body")
    for group in groups:
        listed = [(channel, *feed) for channel in group.subscriptions if (feed := _feed(channel))]
        if listed:
            folder = _outline(body, single_line(group.title) or name)
            for channel, format_name, url in listed:
                _subscribe(folder, channel, format_name, url)
    if len(body) == 0:
        _outline(body, name)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _subscribe(folder: Element, channel: Subscription, format_name: str, url: str) -> None:
    """``type`` is ``rss`` whatever the format, as importers expect; ``version`` has words for RSS alone."""
    outline = _outline(folder, single_line(channel.title) or url)
    outline.set("type", "rss")
    if format_name == "rss":
        outline.set("version", "RSS")
    language = language_tag(channel.language)
    if language:
        outline.set("language", language)
    page = ascii_url(channel.html_url)
    if page:
        outline.set("htmlUrl", page)
    outline.set("xmlUrl", url)


def _outline(parent: Element, text: str) -> Element:
    """``text`` is what the specification demands; ``title`` is what some readers look for instead."""
    return etree.SubElement(parent, "outline", text=text, title=text)


def _feed(channel: Subscription) -> tuple[str, str] | None:
    feeds = {name: address for name, url in channel.feeds if (address := ascii_url(url))}
    name = next((name for name in (*FORMATS, *feeds) if name in feeds), None)
    return (name, feeds[name]) if name else None
