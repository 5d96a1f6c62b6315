"""Atom 1.0 (RFC 4287), with Media RSS for the pictures of a post.

Head, entry and tail of a document. Refuses to order, choose or cut posts.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

from feeds.brief import is_whole, summary_of
from feeds.dates import rfc3339
from feeds.elements import HTML, LANG, Element, head_links, write_images, write_link
from feeds.model import Author, Channel, Link, Post, Site, clean_channel, clean_site
from feeds.syndication import ATOM_TAIL, atom_entry, atom_head, new_entry, new_head

TAIL = ATOM_TAIL

_UUID = re.compile("[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_ABSOLUTE = re.compile("[A-Za-z][A-Za-z0-9+.-]*:.")
_MARKUP = re.compile(r"</?[A-Za-z!]|&#?\w+;")
"""Plain text that looks like HTML: readers and the validator (ContainsUndeclaredHTML) take it for that."""


@lru_cache(maxsize=256)
def head(channel: Channel, site: Site) -> bytes:
    """Everything before the first entry. ``id`` is the URL of this feed, ``updated`` the channel's."""
    site = clean_site(site)
    channel = clean_channel(channel, site)
    feed = new_head(channel, site)
    feed.id(dict(channel.feeds).get("atom", channel.url))
    # RFC 4287 §4.1.1: the feed needs an author unless every entry has one, and an entry may come without.
    feed.author(_persons(site.authors) or [{"name": site.title}])
    feed.icon(site.icon)
    feed.logo(site.logo)

    def mend(element: Element) -> None:
        _mend_dates(element, updated=channel.updated)
        for tag in ("title", "subtitle", "rights"):
            _declare_text(element.find(tag))
        _replace_links(element)
        for link in head_links(channel, site, "atom"):
            write_link(element, link)

    return atom_head(feed, mend)


def entry(post: Post, site: Site, full: bool) -> bytes:
    """One entry. Brief (``full`` False): the summary and no ``content``."""
    site = clean_site(site)
    item = new_entry(post, site)
    item.id(_iri(post.id, site))
    if is_whole(post, full):
        item.content(post.content, type="html")
        item.summary(post.summary or None)
    else:
        item.summary(summary_of(post) or post.title)
    item.author(_persons(post.authors))
    item.contributor(_persons(post.contributors))

    def mend(element: Element) -> None:
        _mend_dates(element, published=post.published, updated=post.last_change)
        for tag in ("title", "summary"):
            _declare_text(element.find(tag))
        if post.language and post.language != site.language:
            element.set(LANG, post.language)
        _replace_links(element)
        write_link(element, Link("alternate", post.url, HTML, "", post.language))
        for enclosure in post.enclosures:
            write_link(
                element, Link("enclosure", enclosure.url, enclosure.media_type, enclosure.title), enclosure.length
            )
        write_images(element, post.images)

    return atom_entry(item, mend)


def _persons(authors: tuple[Author, ...]) -> list[dict[str, Any]]:
    return [{"name": author.name, "email": author.email, "uri": author.url} for author in authors]


def _iri(post_id: str, site: Site) -> str:
    """An id as the absolute IRI that Atom demands (RFC 4287 §4.2.6): ``urn:uuid:`` or a tag of the site (RFC 4151)."""
    if _ABSOLUTE.match(post_id):
        return post_id
    if _UUID.fullmatch(post_id):
        return f"urn:uuid:{post_id.lower()}"
    return f"tag:{urlsplit(site.url).hostname or 'localhost'},{site.founded.year:04d}:{post_id}"


def _mend_dates(element: Element, **dates: datetime) -> None:
    """feedgen writes ``+00:00``; the short form is the one that never meets a parser that fails on it."""
    for tag, moment in dates.items():
        found = element.find(tag)
        if found is not None:
            found.text = rfc3339(moment)


def _declare_text(construct: Element | None) -> None:
    """Say what a text construct (RFC 4287 §3.1) holds; text that looks like markup goes as escaped HTML."""
    if construct is None or not construct.text:
        return
    looks_like_markup = bool(_MARKUP.search(construct.text))
    construct.set("type", "html" if looks_like_markup else "text")
    if looks_like_markup:
        construct.text = escape(construct.text, quote=False)


def _replace_links(element: Element) -> None:
    """Take out feedgen's links: those of entries have lost their attributes."""
    for link in element.findall("link"):
        element.remove(link)
