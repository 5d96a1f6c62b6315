"""oEmbed 1.0 (oembed.com): how another site shows a page of ours when somebody pastes its address there.

A ``rich`` answer whose HTML is a quotation with a link: no script, no frame, no style, so that every consumer may show
it as it is. Refuses to find pages and to answer errors (404, 501 are HTTP's).
"""

from __future__ import annotations

from html import escape
from typing import Any, Final

from lxml import etree

from feeds.json_text import document
from feeds.open_graph import present
from feeds.page import Page, Publication, clean, web_address
from feeds.text import excerpt

JSON_TYPE: Final = "application/json"
XML_TYPE: Final = "text/xml"

CACHE_AGE: Final = 3600
"""Seconds for which a consumer may keep an answer."""

WIDTH: Final = 600
"""Pixels of an embed where the consumer has room for it."""

_SUMMARY_LENGTH: Final = 200
_LINE, _MARGIN, _WIDE, _NARROW = 24, 16, 16, 8  # pixels, at the usual 16 pixels of a browser's text


def as_json(page: Page, publication: Publication, *, url: str, maxwidth: int | None, maxheight: int | None) -> bytes:
    """The answer in JSON (:data:`JSON_TYPE`). ``url`` is where the embed leads; where it is no web address, the page's
    canonical one. ``maxwidth`` and ``maxheight`` are the consumer's, in pixels; None or less than 1: no bound.
    """
    answer = _answer(page, publication, url, maxwidth, maxheight)
    return document(answer)


def as_xml(page: Page, publication: Publication, *, url: str, maxwidth: int | None, maxheight: int | None) -> bytes:
    """The same answer in XML (:data:`XML_TYPE`): an element for each key, HTML as text."""
    root = etree.Element("oembed")
    for name, value in _answer(page, publication, url, maxwidth, maxheight).items():
        etree.SubElement(root, name).text = str(value)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True) + b"\n"


def _answer(
    page: Page, publication: Publication, url: str, maxwidth: int | None, maxheight: int | None
) -> dict[str, Any]:
    page, publication = clean(page, publication)
    address = web_address(url) or page.canonical
    names = [author.name for author in page.authors]
    width = min(WIDTH, _bound(maxwidth))
    summary = excerpt(page.description, _SUMMARY_LENGTH)
    byline = " · ".join(dict.fromkeys((*names, publication.site.title)))
    if _height(width, page.title, summary, byline) > _bound(maxheight):
        summary = ""
    return present(
        {
            "type": "rich",
            "version": "1.0",
            "title": page.title,
            "author_name": ", ".join(names),
            "author_url": page.authors[0].url if len(names) == 1 else "",
            "provider_name": publication.site.title,
            "provider_url": publication.site.url,
            "cache_age": CACHE_AGE,
            **_thumbnail(page, _bound(maxwidth), _bound(maxheight)),
            "html": _quotation(page, address, summary, byline),
            "width": width,
            "height": min(_height(width, page.title, summary, byline), _bound(maxheight)),
        }
    )


def _quotation(page: Page, address: str, summary: str, byline: str) -> str:
    """Well-formed XML too: the specification asks for XHTML 1.0 Basic, whose quotations hold blocks only."""
    cite = f' cite="{escape(address)}"' if address else ""
    lang = f' lang="{escape(page.language)}"' if page.language else ""
    title = escape(page.title, quote=False)
    parts = (f'<a href="{escape(address)}">{title}</a>' if address else title, escape(summary, quote=False))
    paragraphs = "".join(f"<p>{part}</p>" for part in (*parts, escape(byline, quote=False)) if part)
    return f"<blockquote{cite}{lang}>{paragraphs}</blockquote>"


def _thumbnail(page: Page, width: int, height: int) -> dict[str, Any]:
    """The first picture whose size is known and within the bounds; a thumbnail without a size is no valid one."""
    for image in page.images:
        if image.width and image.height and image.width <= width and image.height <= height:
            return {"thumbnail_url": image.url, "thumbnail_width": image.width, "thumbnail_height": image.height}
    return {}


def _height(width: int, *paragraphs: str) -> int:
    """Pixels that the quotation needs, judged by the length of its text: no browser was asked."""
    lines = sum(-(-sum(map(_advance, text)) // width) for text in paragraphs)
    return lines * _LINE + (sum(map(bool, paragraphs)) + 1) * _MARGIN


def _advance(char: str) -> int:
    """From Hangul Jamo on scripts are mostly as wide as high."""
    return _WIDE if char >= "\u1100" else _NARROW


def _bound(pixels: int | None) -> int:
    return pixels if pixels and pixels > 0 else 100_000
