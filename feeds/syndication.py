"""The one module that knows feedgen: it builds heads and entries with it, and mends its defects.

feedgen 1.0.0 drops the attributes of Atom entry links, leaves hubs and alternates out of RSS, serialises a lone item
with prefixes of its own, writes locale-dependent dates and reads the clock in its constructors (reference
standards.md §12, style.md §2). The mending happens in its own extension hooks, which run when an element is complete.
Refuses to know what RSS and Atom make of a post: ``rss.py`` and ``atom.py`` decide that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import feedgen.entry
import feedgen.feed
from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.dates import rfc822
from feeds.elements import ATOM, CONTENT, DC, HTML, MEDIA, SY, Element
from feeds.model import Channel, Post, Site

# feedgen's own calls locale.setlocale for each date, which is neither thread-safe nor quick; both modules import it
# by name, so both names are replaced.
feedgen.entry.formatRFC2822 = feedgen.feed.formatRFC2822 = rfc822

Mend: TypeAlias = Callable[[Element], None]
"""What is left to do to an element when feedgen is done with it."""

GENERATOR: Final = "Feedmill"

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_RSS_NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA, "sy": SY}
_ATOM_NAMESPACES = {"media": MEDIA}
RSS_TAIL: Final = b"  </channel>\n</rss>\n"
ATOM_TAIL: Final = b"</feed>\n"


class _HeadExtension(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """feedgen calls it when a head is complete; what it does is a value, so that no class is made per feed."""

    namespaces: dict[str, str]
    mend: Mend

    def extend_ns(self) -> dict[str, str]:
        return self.namespaces

    def extend_rss(self, feed: Element) -> None:
        self.mend(feed[0])

    def extend_atom(self, feed: Element) -> None:
        self.mend(feed)


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """The same for an entry."""

    mend: Mend

    def extend_rss(self, entry: Element) -> None:
        self.mend(entry)

    def extend_atom(self, entry: Element) -> None:
        self.mend(entry)


def new_head(channel: Channel, site: Site) -> Any:
    """A FeedGenerator that says what RSS and Atom both say of a (clean) channel. Its clock is pinned to the content."""
    head = FeedGenerator()
    head.updated(channel.updated)
    head.title(channel.title)
    head.description(channel.description)
    head.generator(GENERATOR)
    head.language(channel.language)
    head.rights(site.rights or None)
    # The last link is the one feedgen takes for RSS's own <link>; the others are written by the formats.
    head.link(href=channel.url, rel="alternate", type=HTML)
    return head


def new_entry(post: Post, site: Site) -> Any:
    """A FeedEntry that says what RSS and Atom both say of a post: categories before tags, each with its scheme."""
    entry = FeedEntry()
    entry.updated(post.last_change)
    entry.published(post.published)
    entry.title(post.title)
    entry.link(href=post.url, rel="alternate")
    labels = [(label, site.category_scheme) for label in post.categories]
    labels += [(label, site.tag_scheme) for label in post.tags]
    entry.category([{"term": label, "label": label, "scheme": scheme} for label, scheme in labels])
    return entry


def rss_head(head: Any, mend: Mend) -> bytes:
    """Everything of an RSS document before its first item."""
    _extend_head(head, _RSS_NAMESPACES, mend)
    document: bytes = head.rss_str(pretty=True, xml_declaration=False)
    return _DECLARATION + _TITLE.sub(_hex_title, document.removesuffix(RSS_TAIL))


def atom_head(head: Any, mend: Mend) -> bytes:
    """Everything of an Atom document before its first entry."""
    _extend_head(head, _ATOM_NAMESPACES, mend)
    document: bytes = head.atom_str(pretty=True, xml_declaration=False)
    return _DECLARATION + document.removesuffix(ATOM_TAIL)


def rss_item(entry: Any, mend: Mend) -> bytes:
    """One item as lines that fit between head and tail of an RSS document."""
    _extend_entry(entry, mend)
    root, channel = _rss_frame()
    channel.append(entry.rss_entry())
    return _hex_first_title(_between(root, *_RSS_FRAME))


def atom_entry(entry: Any, mend: Mend) -> bytes:
    """One entry as lines that fit between head and tail of an Atom document."""
    _extend_entry(entry, mend)
    root = _atom_frame()
    root.append(entry.atom_entry())
    return _between(root, *_ATOM_FRAME)


def _extend_head(head: Any, namespaces: dict[str, str], mend: Mend) -> None:
    head.register_extension("feedmill", _HeadExtension)
    head.feedmill.namespaces = namespaces
    head.feedmill.mend = mend


def _extend_entry(entry: Any, mend: Mend) -> None:
    entry.register_extension("feedmill", _EntryExtension)
    entry.feedmill.mend = mend


def _rss_frame() -> tuple[Element, Element]:
    root = etree.Element("rss", nsmap=_RSS_NAMESPACES)
    return root, etree.SubElement(root, "channel")


def _atom_frame() -> Element:
    # As feedgen does it: elements without a namespace below a plain attribute that declares one.
    return etree.Element("feed", xmlns=ATOM, nsmap=_ATOM_NAMESPACES)


def _between(root: Element, before: int, after: int) -> bytes:
    """The bytes of what stands in a frame: its root declares the prefixes, so the lines in it declare none."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False, pretty_print=True)[before:-after]


def _measure(root: Element, parent: Element) -> tuple[int, int]:
    """Octets before and after the lines of a frame's content, indentation excluded."""
    etree.SubElement(parent, "x")
    before, after = etree.tostring(root, encoding="UTF-8", xml_declaration=False, pretty_print=True).split(b"<x/>\n")
    return len(before.rstrip(b" ")), len(after)


_RSS_FRAME = _measure(*_rss_frame())
_ATOM_FRAME = _measure(feed := _atom_frame(), feed)

_TITLE = re.compile(b"<title>[^<]*</title>")


def _hex_first_title(item: bytes) -> bytes:
    """An item with its own title, which stands first, as :func:`_hex_title` writes it; HTML in CDATA stays as it is."""
    title = _TITLE.search(item)
    return _TITLE.sub(_hex_title, item, count=1) if title and b"&" in title[0] else item


def _hex_title(match: re.Match[bytes]) -> bytes:
    """A title with hexadecimal references, the form in which the RSS profile wants them.

    The same characters to any XML parser; the validator warns of ``&lt;b`` and not of ``&#x3C;b`` (CharacterData).
    """
    return match[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;").replace(b"&gt;", b"&#x3E;")
