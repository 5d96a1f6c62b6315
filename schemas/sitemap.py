"""Sitemaps, sitemap indexes and OPML against RELAX NG, and against the rules that a grammar cannot express.

The rules walk a document once, because one of 50,000 addresses is usual. They know the one document: whether an address
answers, and what stands in another shard, is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from schemas.xml import Finding, line_of, xml_problems

MOST_URLS: Final = 50_000
MOST_BYTES: Final = 52_428_800
MOST_IMAGES: Final = 1000
MOST_NEWS: Final = 1000
LONGEST_URL: Final = 2047

_S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
_LANGUAGE = f"{_NEWS}news/{_NEWS}publication/{_NEWS}language"
_LINK = "{http://www.w3.org/1999/xhtml}link"

_ADDRESS = re.compile(r"https?://[!-~]+")
_ISO_639 = re.compile(r"zh-cn|zh-tw|[a-z]{2,3}")
_W3C = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?")
_INDEX_NAMES = ("sitemap_index.xml", "sitemap-index.xml", "sitemapindex.xml")
"""What others call an index (Yoast and Astro among them): such a child is one in all likelihood."""

_Element = etree._Element


def sitemap_problems(body: bytes, *, ours: bool = True) -> list[str]:
    """What is wrong with a sitemap, by sitemaps.org 0.9 and Google's extensions."""
    found = xml_problems(body, "sitemap.rng", what="a sitemap", more=_urlset_rules, sliced=True, ours=ours)
    return [*_size(body), *found]


def sitemap_index_problems(body: bytes, *, ours: bool = True) -> list[str]:
    """What is wrong with a sitemap index, by sitemaps.org 0.9."""
    found = xml_problems(body, "sitemapindex.rng", what="a sitemap index", more=_index_rules, sliced=True, ours=ours)
    return [*_size(body), *found]


def opml_problems(body: bytes, *, ours: bool = True) -> list[str]:
    """What is wrong with a subscription list, by OPML 2.0."""
    return xml_problems(body, "opml.rng", what="a subscription list", more=_opml_rules, ours=ours)


def _size(body: bytes) -> list[str]:
    if len(body) <= MOST_BYTES:
        return []
    return [f"line 1: {len(body)} octets, and {MOST_BYTES} are the most (sitemaps.org)"]


def _urlset_rules(root: _Element) -> Iterator[Finding]:
    urls = root.findall(f"{_S}url")
    yield from _locations(urls)
    yield from _alternates(urls)
    articles = 0
    for url in urls:
        articles += len(url.findall(f"{_NEWS}news"))
        pictures = len(url.findall(f"{_IMAGE}image"))
        if pictures > MOST_IMAGES:
            yield line_of(url), f"{pictures} pictures of one page, and {MOST_IMAGES} are the most (Google)"
    if articles > MOST_NEWS:
        yield 1, f"{articles} news items, and {MOST_NEWS} are the most (Google News)"


def _index_rules(root: _Element) -> Iterator[Finding]:
    children = root.findall(f"{_S}sitemap")
    yield from _locations(children)
    for child in children:
        loc = child.find(f"{_S}loc")
        if loc is not None and (loc.text or "").rpartition("/")[2].lower() in _INDEX_NAMES:
            yield line_of(loc), "an index in an index: its children are sitemaps (sitemaps.org)"


def _locations(parents: list[_Element]) -> Iterator[Finding]:
    """The rules that pages and children of an index share."""
    if len(parents) > MOST_URLS:
        yield 1, f"{len(parents)} addresses, and {MOST_URLS} are the most (sitemaps.org)"
    seen: set[str] = set()
    home = None
    for parent in parents:
        yield from _words(parent)
        loc = parent.find(f"{_S}loc")
        text = (loc.text or "") if loc is not None else ""
        if loc is None or not text:
            continue  # the grammar tells
        if text in seen:
            yield line_of(loc), "the same address twice"
        seen.add(text)
        origin = _origin(text)
        home = home or origin
        if origin and origin != home:
            yield line_of(loc), f"is not at {home} like the first address: one sitemap, one host (sitemaps.org)"


def _words(parent: _Element) -> Iterator[Finding]:
    """What the grammar tells too, but in its own words: it names the pattern's place, not the rule."""
    loc, lastmod, language = parent.find(f"{_S}loc"), parent.find(f"{_S}lastmod"), parent.find(_LANGUAGE)
    if loc is not None and not _ADDRESS.fullmatch(loc.text or ""):
        yield line_of(loc), "an address is absolute and percent-encoded: http:// or https://, then ASCII (sitemaps.org)"
    if loc is not None and len(loc.text or "") > LONGEST_URL:
        yield line_of(loc), f"an address of {len(loc.text or '')} characters, and {LONGEST_URL} are the most"
    if lastmod is not None and not _is_date(lastmod.text or ""):
        yield line_of(lastmod), "lastmod is a W3C date: 2024-05-01, or 2024-05-01T12:00:00 and its zone"
    if language is not None and not _ISO_639.fullmatch(language.text or ""):
        yield line_of(language), "a language is zh-cn, zh-tw, or two or three letters of ISO 639 (Google News)"


def _is_date(text: str) -> bool:
    if not _W3C.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _alternates(urls: list[_Element]) -> Iterator[Finding]:
    """Alternates name their own page, each language once, and answer each other where the other page is here, too."""
    versions = {text: _versions(url) for url in urls if (text := _text(url, "loc"))}
    for url in urls:
        links = url.findall(_LINK)
        if not links:
            continue
        own = _text(url, "loc")
        tags = [link.get("hreflang", "").lower() for link in links]
        for link, tag in _twins(zip(links, tags, strict=True)):
            yield line_of(link), f"two alternates for {tag}"
        if own not in versions.get(own, ()):
            yield line_of(url), "alternates without the page itself among them (Google: localized versions)"
        for link in links:
            other = link.get("href", "")
            if other != own and other in versions and own not in versions[other]:
                yield line_of(link), "an alternate that does not name this page in return (Google: localized versions)"


def _opml_rules(root: _Element) -> Iterator[Finding]:
    feeds = [(outline, url) for outline in root.iter("outline") if (url := outline.get("xmlUrl"))]
    for outline, _ in _twins(feeds):
        yield line_of(outline), "the same feed twice"


def _twins(pairs: Iterable[tuple[_Element, str]]) -> Iterator[tuple[_Element, str]]:
    """The elements whose value an earlier one has."""
    seen: set[str] = set()
    for element, value in pairs:
        if value in seen:
            yield element, value
        seen.add(value)


def _versions(url: _Element) -> frozenset[str]:
    return frozenset(link.get("href", "") for link in url.findall(_LINK))


def _text(parent: _Element, name: str) -> str:
    return parent.findtext(f"{_S}{name}") or ""


def _origin(url: str) -> str:
    """Scheme and host; "" for what is no URL, which the grammar tells."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
