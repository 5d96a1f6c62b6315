"""Sitemaps by sitemaps.org 0.9 (urlset and index), with Google's image and news extensions and hreflang alternates.

Elements are bytes, so that a document of 50,000 of them is one join. What the protocol forbids is left out: an address
that is not on the web or has 2,048 characters and more. ``changefreq`` and ``priority`` are never written, because
search engines ignore them; of a picture only its place is said, because the rest is deprecated (Google, August 2022).
Refuses to choose pages, to count them and to know which host may be named: that is the publisher's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from feeds.dates import rfc3339, stamp
from feeds.frozen import frozen
from feeds.text import single_line
from feeds.tokens import language_tag
from feeds.uri import ascii_url

MOST_URLS: Final = 50_000
"""Locations of one urlset, and children of one index (sitemaps.org, Google)."""
MOST_BYTES: Final = 52_428_800
"""Octets of one document before compression (sitemaps.org: 50 MB)."""
MOST_IMAGES: Final = 1000
"""Pictures of one location (Google's image sitemaps)."""
MOST_NEWS: Final = 1000
"""Items of one news sitemap (Google News)."""
LONGEST_URL: Final = 2047
"""Characters of an address: "less than 2,048" (sitemaps.org)."""
MEDIA_TYPE: Final = "application/xml"

SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
IMAGE: Final = "http://www.google.com/schemas/sitemap-image/1.1"
NEWS: Final = "http://www.google.com/schemas/sitemap-news/0.9"
XHTML: Final = "http://www.w3.org/1999/xhtml"

ALTERNATES_ROOM: Final = 512
"""Octets kept free for alternates that a location does not have yet: a translation must not overflow a full shard.
50,000 locations of twice this size are a full document, so the room seldom makes a shard shorter."""

UNDETERMINED: Final = "und"
"""ISO 639-2 for a language that nobody named; the pattern of the news schema admits it."""

_PLAIN = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]{0,62}+(?::[0-9]{1,4})?"
    r"(?:/[A-Za-z0-9/._~-]*+(?:%[0-9A-F]{2}[A-Za-z0-9/._~-]*+)*+)?"
)
"""Most addresses, those of Korean slugs too: nothing to encode and nothing to escape."""
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_PARENTHESES = re.compile(r" *(?:\([^()]*\)|（[^（）]*）)")
_TRADITIONAL = frozenset(("hant", "tw", "hk", "mo"))

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_URLSET = (
    f'{_DECLARATION.decode()}<urlset xmlns="{SITEMAP}"\n        xmlns:image="{IMAGE}"\n        xmlns:xhtml="{XHTML}">\n'
).encode()
_NEWS = f'{_DECLARATION.decode()}<urlset xmlns="{SITEMAP}"\n        xmlns:news="{NEWS}">\n'.encode()
_URLSET_TAIL = b"</urlset>\n"
_INDEX = f'{_DECLARATION.decode()}<sitemapindex xmlns="{SITEMAP}">\n'.encode()
_INDEX_TAIL = b"</sitemapindex>\n"


@frozen(frozen=True, slots=True)
class Location:
    """A page. ``lastmod`` is the page's own date; pictures and pages are absolute URLs.

    ``alternates`` are (hreflang, URL) of every version of the page, itself included, ``x-default`` among them.
    """

    url: str
    lastmod: datetime | None = None
    images: tuple[str, ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()


@frozen(frozen=True, slots=True)
class NewsItem:
    """An article for Google News. ``published`` is its first publication; ``language`` a BCP 47 tag or None."""

    url: str
    title: str
    published: datetime
    language: str | None
    publication: str


def admissible(url: str) -> str:
    """``url`` as a sitemap may say it: on the web, ASCII, below 2,048 characters; "" where it cannot be."""
    text = ascii_url(url)
    return text if len(text) <= LONGEST_URL and text.startswith(("http://", "https://")) else ""


def location(page: Location) -> bytes:
    """One ``<url>`` on a line of its own; b"" where the page is not admissible. Raises ValueError for a naive date."""
    return element(page.url, page.lastmod, page.images, page.alternates)


def element(
    url: str,
    lastmod: datetime | None,
    images: Sequence[str] = (),
    alternates: Iterable[tuple[str, str]] = (),
) -> bytes:
    """:func:`location` of what a :class:`Location` says, for whoever has a hundred thousand of them."""
    return _url(url, _lastmod(lastmod), images, _alternates(alternates) if alternates else "").encode()


def listed(url: str, lastmod: int | None, pictures: str, alternates: Iterable[tuple[str, str]] = ()) -> str:
    """:func:`element`, not encoded yet, of a page as an index keeps it: its date in microseconds since 1970, its
    pictures on a line each. Most pages have one picture or none, and nothing to encode or to escape."""
    dated = "" if lastmod is None else f"<lastmod>{stamp(lastmod)}</lastmod>"
    if not alternates and len(url) <= LONGEST_URL and _PLAIN.fullmatch(url):
        if not pictures:
            return f"<url><loc>{url}</loc>{dated}</url>\n"
        if len(pictures) <= LONGEST_URL and _PLAIN.fullmatch(pictures):
            return f"<url><loc>{url}</loc>{dated}<image:image><image:loc>{pictures}</image:loc></image:image></url>\n"
    return _url(url, dated, pictures.split("\n") if pictures else (), _alternates(alternates))


def weight(page: Location) -> int:
    """How many octets of a document to reserve for a page: at least those of :func:`location`, and room to grow.

    A page that has alternates counts them twice, every page :data:`ALTERNATES_ROOM` at the least, so that a shard
    chosen by weight stays below :data:`MOST_BYTES` when translations come later. 0 where nothing is written.
    """
    return reserved(page.url, page.images, page.alternates, dated=page.lastmod is not None)


def reserved(
    url: str, images: Sequence[str] = (), alternates: Iterable[tuple[str, str]] = (), *, dated: bool = True
) -> int:
    """:func:`weight` of what a :class:`Location` says; one date weighs as much as another."""
    address = _address(url)
    if not address:
        return 0
    room = max(ALTERNATES_ROOM, 2 * len(_alternates(alternates))) if alternates else ALTERNATES_ROOM
    pictures = len(_pictures(images)) if images else 0
    return _BARE + len(address) + (_DATE if dated else 0) + pictures + room  # all of it is ASCII


def urlset(elements: Iterable[bytes]) -> bytes:
    """A sitemap of what :func:`location` made. Both namespaces are declared always: bytes depend on the pages alone.

    No page is a valid sitemap to search engines, though the XSD of sitemaps.org wants one.
    """
    return b"".join((_URLSET, *elements, _URLSET_TAIL))


def index(children: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A sitemap index: the address of each child and the newest ``lastmod`` within it. Never an index of indexes."""
    lines = (
        f"<sitemap><loc>{text}</loc>{_lastmod(newest)}</sitemap>\n".encode()
        for text, newest in ((_address(url), newest) for url, newest in children)
        if text
    )
    return b"".join((_INDEX, *lines, _INDEX_TAIL))


def news_item(item: NewsItem) -> bytes:
    """One ``<url>`` with its ``news:news``; b"" where it is not admissible. Raises ValueError for a naive date."""
    url = _address(item.url)
    if not url:
        return b""
    name = _escaped(news_name(item.publication)) or url
    title = _escaped(single_line(item.title)) or url
    publication = f"<news:name>{name}</news:name><news:language>{news_language(item.language)}</news:language>"
    return (
        f"<url><loc>{url}</loc><news:news><news:publication>{publication}</news:publication>"
        f"<news:publication_date>{rfc3339(item.published)}</news:publication_date>"
        f"<news:title>{title}</news:title></news:news></url>\n"
    ).encode()


def news(elements: Iterable[bytes]) -> bytes:
    """A news sitemap of what :func:`news_item` made. Empty where nothing is new, as Google has it."""
    return b"".join((_NEWS, *elements, _URLSET_TAIL))


def news_name(publication: str) -> str:
    """A publication's name as news.google.com shows it: on one line, without what stands in parentheses."""
    name = single_line(publication)
    return _PARENTHESES.sub("", name).strip() or name


def news_language(tag: str | None) -> str:
    """A BCP 47 tag as Google News wants it: two or three letters (ISO 639), ``zh-cn`` or ``zh-tw``, else ``und``.

    Chinese is told by its script, else by its region; without either it is simplified, as most of it is.
    """
    primary, *rest = (language_tag(tag) or UNDETERMINED).lower().split("-")
    if primary in ("zh", "cmn"):
        script = next((part for part in rest if part in ("hans", "hant")), "")
        return "zh-tw" if _TRADITIONAL & {script or part for part in rest} else "zh-cn"
    return primary if len(primary) <= 3 else UNDETERMINED


def _url(url: str, lastmod: str, images: Sequence[str], alternates: str) -> str:
    address = _address(url)
    if not address:
        return ""
    return _line(address, lastmod, alternates, _pictures(images) if images else "")


def _line(address: str, lastmod: str, alternates: str, pictures: str) -> str:
    return f"<url><loc>{address}</loc>{lastmod}{alternates}{pictures}</url>\n"


def _lastmod(moment: datetime | None) -> str:
    return f"<lastmod>{rfc3339(moment)}</lastmod>" if moment else ""


_BARE: Final = len(_line("", "", "", ""))
_DATE: Final = len(_lastmod(datetime(2000, 1, 1, tzinfo=UTC)))


def _pictures(images: Sequence[str]) -> str:
    addresses = [_address(images[0])] if len(images) == 1 else [*dict.fromkeys(map(_address, images))]
    addresses = [text for text in addresses if text][:MOST_IMAGES]
    return "".join([f"<image:image><image:loc>{text}</image:loc></image:image>" for text in addresses])


def _alternates(versions: Iterable[tuple[str, str]]) -> str:
    said: dict[str, str] = {}
    for written, url in versions:
        tag, text = _hreflang(written), _address(url)
        if tag and text and tag.lower() not in said:
            said[tag.lower()] = f'<xhtml:link rel="alternate" hreflang="{tag}" href="{text}"/>'
    return "".join(said.values())


def _hreflang(tag: str) -> str:
    return tag if tag == "x-default" else language_tag(tag) or ""


def _address(url: str) -> str:
    """:func:`admissible`, escaped for an element or an attribute; most addresses are looked at once."""
    if len(url) <= LONGEST_URL and _PLAIN.fullmatch(url):
        return url
    return _escaped(admissible(url))


def _escaped(text: str) -> str:
    return text.translate(_ENTITIES)
