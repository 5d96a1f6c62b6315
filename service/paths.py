"""The only URL table (DESIGN.md §5): what a request path means, and where a channel's documents live.

Refuses to know which channels exist: a path names a channel by kind and slug as it was written, and the index says
whether there is one and how it is spelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote_to_bytes, urlsplit

from feeds.model import ChannelKind
from feeds.text import slugify, term_key

DocumentName = Literal["rss.xml", "atom.xml", "feed.json", ""]
"""A channel's documents; the empty name is its HTML page."""

FEED_NAMES: Final[dict[str, DocumentName]] = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}
"""Format name (``feeds.formats``) to file name."""

FOLDERS: Final[dict[ChannelKind, str]] = {
    "category": "categories",
    "tag": "tags",
    "author": "authors",
    "language": "languages",
}

_KINDS = {folder: kind for kind, folder in FOLDERS.items()}
_DOCUMENTS: frozenset[str] = frozenset(("", *FEED_NAMES.values()))
_CATEGORY_FEED = re.compile(r"/feed/([^/]+)\.xml")
_TAG_FEED = re.compile(r"/feed/by_tag/([^/]+)\.xml")


@dataclass(frozen=True, slots=True)
class Target:
    """What a path means: a channel (kind and slug; the site's slug is empty) and one of its documents."""

    kind: ChannelKind
    slug: str
    document: DocumentName


@dataclass(frozen=True, slots=True)
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
    if target.kind == "site":
        return f"/{target.document}"
    return f"/{FOLDERS[target.kind]}/{target.slug}/{target.document}"


def parse(path: str) -> Target | Moved | None:
    """The meaning of a request path (percent-encoded or not, below the service's prefix); None where it has none.

    Old feed paths of a Jekyll blog are Moved: ``/feed.xml`` (jekyll-feed's), ``/feed/<category>.xml``,
    ``/feed/by_tag/<tag>.xml``. A channel's path without its trailing slash is Moved to the one with it.
    """
    text = decode(path)
    if text is None or not text.startswith("/") or "\\" in text:
        return None
    if text[1:] in _DOCUMENTS:
        return Target("site", "", text[1:])  # type: ignore[arg-type]  # membership was just tested
    if text == "/feed.xml":
        return Moved(SITE_FEED)
    for pattern, kind in ((_CATEGORY_FEED, "category"), (_TAG_FEED, "tag")):
        match = pattern.fullmatch(text)
        if match:
            return Moved(Target(kind, match[1], "atom.xml"))  # type: ignore[arg-type]  # literals above
    parts = text.split("/")
    if len(parts) not in (3, 4) or parts[1] not in _KINDS or not parts[2]:
        return None
    kind_ = _KINDS[parts[1]]
    if len(parts) == 3:
        return Moved(Target(kind_, parts[2], ""))
    if parts[3] not in _DOCUMENTS:
        return None
    return Target(kind_, parts[2], parts[3])  # type: ignore[arg-type]  # membership was just tested


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
        text = unquote_to_bytes(path).decode("utf-8")
    except UnicodeError:
        return None
    return None if any(ord(c) < 32 or c == "\x7f" for c in text) else text


def slug_of(kind: ChannelKind, spelling: str) -> str:
    """The slug a spelling of a term would have, were there no collision."""
    return spelling.lower() if kind == "language" else slugify(term_key(spelling))


def prefix_of(service_url: str) -> str:
    """The path under which the service is mounted: "" or "/news" (percent-encoded, no trailing slash)."""
    return urlsplit(service_url).path.rstrip("/")
