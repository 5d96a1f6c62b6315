"""The only URL table (DESIGN.md §5): what a request path means, and where a channel's documents live.

Refuses to know which channels and pages exist: a path names a channel by kind and slug as it was written, a page by
its own path, and the index says whether there is one and how it is spelled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from feeds.frozen import frozen
from feeds.model import ChannelKind
from feeds.text import slugify, term_key
from service.documents import GROUPS as GROUPS
from service.documents import DocumentName as DocumentName
from service.documents import Group as Group

FEED_NAMES: Final[dict[str, DocumentName]] = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}
"""Format name (``feeds.formats``) to file name."""

CHANNEL_NAMES: Final[tuple[DocumentName, ...]] = (
    "",
    *FEED_NAMES.values(),
    "sitemap.xml",
    "meta.html",
    "meta.json",
    "embed.html",
    "embed.json",
)
"""What every channel has, shards apart."""

SITE_NAMES: Final[tuple[DocumentName, ...]] = ("sitemap-news.xml", "robots.txt", "opml.xml", "embed.js")
"""What only the site has, shards and the metadata of its pages apart."""

PAGE_NAMES: Final[tuple[DocumentName, ...]] = ("meta/P.html", "meta/P.json")

FOLDERS: Final[dict[ChannelKind, str]] = {
    "category": "categories",
    "tag": "tags",
    "author": "authors",
    "language": "languages",
}

_KINDS = {folder: kind for kind, folder in FOLDERS.items()}
_IN_CHANNEL: Final[dict[str, DocumentName]] = {name: name for name in CHANNEL_NAMES}
_IN_SITE: Final[dict[str, DocumentName]] = _IN_CHANNEL | {name: name for name in SITE_NAMES}
_SHARD = re.compile(r"(sitemap|sitemap-terms|sitemap-news)-([1-9][0-9]{0,5})\.xml")
_SHARDS: Final[dict[str, DocumentName]] = {
    "sitemap": "sitemap-N.xml",
    "sitemap-terms": "sitemap-terms-N.xml",
    "sitemap-news": "sitemap-news-N.xml",
}
_PAGE = re.compile(r"/meta/(.+)\.(html|json)", re.DOTALL)
_PAGES: Final[dict[str, DocumentName]] = {"html": "meta/P.html", "json": "meta/P.json"}
_CATEGORY_FEED = re.compile(r"/feed/([^/]+)\.xml")
_TAG_FEED = re.compile(r"/feed/by_tag/([^/]+)\.xml")
INDEXES = ("index.html", "index.htm")
_NO_PLACE = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)")
"""An empty part of a path, ``.`` or ``..``."""
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})++")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@frozen(frozen=True, slots=True)
class Target:
    """What a path means: a channel (kind and slug; the site's slug is empty) and one of its documents.

    ``part`` is the number of a shard, or the path of a page (see :func:`page_path`).
    """

    kind: ChannelKind
    slug: str
    document: DocumentName
    part: str = ""


@frozen(frozen=True, slots=True)
class Moved:
    """A path that lives elsewhere for good (301): the canonical target of an old one."""

    target: Target


SITE_FEED: Final = Target("site", "", "atom.xml")
"""The successor of the one feed that a Jekyll site has, which is Atom."""


def path_of(target: Target) -> str:
    """The canonical path, percent-encoded, below the service's own prefix."""
    return quote(decoded_path_of(target), safe="/-._~")


def decoded_path_of(target: Target) -> str:
    """The canonical path in NFC characters: its file name in a build."""
    document: str = target.document
    if target.part:
        document = document.replace("P" if document in PAGE_NAMES else "N", target.part, 1)
    if target.kind == "site":
        return f"/{document}"
    return f"/{FOLDERS[target.kind]}/{target.slug}/{document}"


def parse(path: str) -> Target | Moved | None:
    """The meaning of a request path (percent-encoded or not, below the service's prefix); None where it has none.

    Old feed paths of a Jekyll blog are Moved: ``/feed.xml`` (jekyll-feed's), ``/feed/<category>.xml``,
    ``/feed/by_tag/<tag>.xml``. A channel's path without its trailing slash is Moved to the one with it, another
    spelling of a page's path to the one of :func:`page_path`.
    """
    text = decode(path)
    if text is None or not text.startswith("/") or "\\" in text:
        return None
    if text[1:] in _IN_SITE:
        return Target("site", "", _IN_SITE[text[1:]])
    if text == "/feed.xml":
        return Moved(SITE_FEED)
    for pattern, kind in ((_CATEGORY_FEED, "category"), (_TAG_FEED, "tag")):
        match = pattern.fullmatch(text)
        if match:
            return Moved(Target(kind, match[1], "atom.xml"))  # type: ignore[arg-type]  # literals above
    match = _PAGE.fullmatch(text)
    if match:
        return _page(match[1], _PAGES[match[2]])
    parts = text.split("/")
    if len(parts) == 2:
        return _document("site", "", parts[1], _IN_SITE)
    if len(parts) not in (3, 4) or parts[1] not in _KINDS or not parts[2]:
        return None
    kind_ = _KINDS[parts[1]]
    if len(parts) == 3:
        return Moved(Target(kind_, parts[2], ""))
    return _document(kind_, parts[2], parts[3], _IN_CHANNEL)


def _document(kind: ChannelKind, slug: str, name: str, known: dict[str, DocumentName]) -> Target | None:
    if name in known:
        return Target(kind, slug, known[name])
    match = _SHARD.fullmatch(name)
    if match is None or (match[1] == "sitemap-news" and kind != "site"):
        return None
    return Target(kind, slug, _SHARDS[match[1]], match[2])


def _page(written: str, document: DocumentName) -> Target | Moved | None:
    """The metadata of a page; of the home page, the site's."""
    part = page_path(quote(written))
    if part is None:
        return None
    if not part:
        return Moved(Target("site", "", "meta.html" if document == "meta/P.html" else "meta.json"))
    target = Target("site", "", document, part)
    return target if part == written else Moved(target)


def page_path(path: str) -> str | None:
    """The path of a page of the site (percent-encoded or not) in the one spelling under which it is known.

    Decoded, in NFC, without the slashes at its ends and without ``index.html``: whatever spellings a page's URL has,
    this is one. None where it cannot be the path of a page (not text, or leading out of its directory).
    """
    text = decode(path)
    if text is None or "\\" in text:
        return None
    text = unicodedata.normalize("NFC", text).strip("/")
    for index in INDEXES if text.endswith(INDEXES) else ():
        if text == index or text.endswith(f"/{index}"):
            text = text.removesuffix(index).rstrip("/")
    return None if text and _NO_PLACE.search(text) else text


def channels_named(paths: Iterable[str]) -> frozenset[tuple[ChannelKind, str]]:
    """Kind and slug of the channels that paths such as ``/tags/old/`` name, whatever the spelling."""
    found = set()
    for path in paths:
        meaning = parse(path)
        if meaning is not None:
            target = meaning if isinstance(meaning, Target) else meaning.target
            found.add((target.kind, slug_of(target.kind, target.slug)))
    return frozenset(found)


def decode(path: str) -> str | None:
    """Percent-decode a path as UTF-8; None where that is not text or holds a NUL or other control."""
    try:
        if not path.isascii():
            text = unquote_to_bytes(path).decode("utf-8")
        else:
            text = _ESCAPED.sub(_unescaped, path) if "%" in path else path
    except UnicodeError:
        return None
    return text if text.isprintable() or not _CONTROL.search(text) else None


def _unescaped(run: re.Match[str]) -> str:
    """No character is part escape and part not, so that each run is text by itself, or the whole is none."""
    return bytes.fromhex(run[0].replace("%", "")).decode("utf-8")


def slug_of(kind: ChannelKind, spelling: str) -> str:
    """The slug a spelling of a term would have, were there no collision."""
    if kind in ("site", "language"):
        return spelling.lower()
    return slugify(term_key(spelling))


def prefix_of(service_url: str) -> str:
    """The path under which the service is mounted: "" or "/news" (percent-encoded, no trailing slash)."""
    return urlsplit(service_url).path.rstrip("/")
