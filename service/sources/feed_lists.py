"""Documents that lead to feeds: OPML lists of them, and HTML pages that announce one.

Pure: bytes in, addresses out. Refuses to fetch, to resolve entities and to follow lists in lists.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from lxml import etree

from feeds.frozen import frozen
from feeds.text import single_line
from service.sources.remote_fields import resolved

_FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
_MOST_OUTLINES: Final = 1000


@frozen(frozen=True, slots=True)
class Outline:
    """One feed of an OPML list, and the folders it lies in."""

    url: str
    title: str = ""
    folders: tuple[str, ...] = field(default=())


@frozen(frozen=True, slots=True)
class FeedList:
    """An OPML list. ``fault`` says why it may lack some of its feeds; "": it has them all."""

    outlines: tuple[Outline, ...]
    fault: str = ""


def feed_links(page: bytes, url: str) -> tuple[str, ...]:
    """The feeds that an HTML page announces (``<link rel="alternate">``), in its order."""
    try:
        root = etree.fromstring(page, etree.HTMLParser(recover=True, no_network=True, huge_tree=False))
    except (etree.LxmlError, ValueError):
        return ()
    if root is None:
        return ()
    base = next((found for one in root.iter("base") if (found := resolved(one.get("href"), url))), url)
    places = dict[str, bool]()
    for link in root.iter("link"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        place = resolved(link.get("href"), base)
        if place and kind in _FEED_TYPES and "alternate" in (link.get("rel") or "").lower().split():
            places.setdefault(place, kind == "application/json")
    return tuple(sorted(places, key=places.__getitem__))  # mere JSON may be anything: WordPress announces its API so


def read_opml(body: bytes, url: str) -> FeedList | None:
    """The feeds of an OPML list with the folders above them, as far as it can be read; None where the document is
    none."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None or not isinstance(root.tag, str) or root.tag.lower() != "opml":
        return None
    found: dict[str, Outline] = {}
    errors = parser.error_log.filter_from_errors()
    fault = f"it is not well-formed ({single_line(errors[0].message)}, line {errors[0].line})" if errors else ""
    for outline in root.iter("outline"):
        place = resolved(outline.get("xmlUrl"), url)
        if place and place not in found:
            if len(found) == _MOST_OUTLINES:
                fault = fault or f"it has more than {_MOST_OUTLINES} feeds"
                break
            above = [parent.get("text") or parent.get("title") or "" for parent in outline.iterancestors("outline")]
            folders = tuple(name for name in map(single_line, reversed(above)) if name)
            found[place] = Outline(place, single_line(outline.get("title") or outline.get("text") or ""), folders)
    return FeedList(tuple(found.values()), fault)
