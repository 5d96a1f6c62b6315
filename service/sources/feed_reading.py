"""A feed document as posts may be made of it: RSS and Atom of any age through feedparser, JSON Feed, OPML lists.

Pure: bytes in, entries out. Takes what a broken document still says, with its fault in words. Refuses to fetch, to
sanitise (rendering does) and to invent ids: an entry is told from others by what it says.
(:mod:`service.diff.entries` compares documents and keeps digests of them; here the texts themselves matter.)
"""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urljoin

import feedparser
from lxml import etree

from feeds.model import Author, Enclosure, Image
from feeds.text import plain, single_line, xml_legal
from feeds.tokens import language_tag, media_type
from feeds.uri import ascii_url, is_web_url
from service.sources.json_values import Node

_JSON_FEED: Final = "https://jsonfeed.org/version/"
_FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
_MOST_OUTLINES: Final = 1000


class NotAFeed(ValueError):
    """A document that is no feed; the text says what it seems to be."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. Dates are aware; None where it says none. ``html``: the content is HTML, else plain text."""

    id: str
    url: str
    title: str
    published: datetime | None = None
    updated: datetime | None = None
    content: str = ""
    html: bool = True
    summary: str = ""
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed. ``following`` is the URL of its older part (JSON Feed ``next_url``, RFC 5005), ``complete`` whether it
    says that it holds all there is (``fh:complete``), ``fault`` what keeps strict readers from it."""

    url: str
    title: str = ""
    description: str = ""
    home: str = ""
    language: str | None = None
    icon: str | None = None
    logo: str | None = None
    rights: str = ""
    authors: tuple[Author, ...] = ()
    entries: tuple[FeedEntry, ...] = ()
    following: str = ""
    complete: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of an OPML list, and the folders it lies in."""

    url: str
    title: str = ""
    folders: tuple[str, ...] = field(default=())


def read_document(body: bytes, url: str, json: Any = None) -> FeedDocument:
    """What a feed document says; ``json`` is its value where it was found to be JSON. Raises NotAFeed."""
    if isinstance(json, Mapping):
        return _json_feed(Node(json, "$", url), url)
    if json is not None:
        raise NotAFeed("is JSON, but no JSON Feed")
    # A stream: feedparser takes bytes for the name of a file, first.
    said = feedparser.parse(
        io.BytesIO(body),
        sanitize_html=False,
        resolve_relative_uris=True,
        response_headers={"content-location": url, "content-type": "application/xml"},
    )
    if not said.version:
        raise NotAFeed("is no feed: neither RSS nor Atom nor JSON Feed")
    fault = ""
    if said.bozo and not isinstance(said.get("bozo_exception"), feedparser.NonXMLContentType):
        fault = single_line(str(said.get("bozo_exception") or "is not well-formed"))
    feed, language = said.feed, language_tag(said.feed.get("language"))
    following = next((one.get("href", "") for one in feed.get("links", ()) if one.get("rel") in _OLDER), "")
    picture = feed.get("image", {}).get("href") if isinstance(feed.get("image"), Mapping) else None
    return FeedDocument(
        url=url,
        title=_line(feed.get("title_detail")) or single_line(feed.get("title", "")),
        description=_line(feed.get("subtitle_detail")),
        home=_web(feed.get("link"), url) or "",
        language=language,
        icon=_web(feed.get("icon"), url),
        logo=_web(feed.get("logo") or picture, url),
        rights=_line(feed.get("rights_detail")),
        authors=tuple(_authors(feed, url)),
        entries=tuple(_entry(entry, url, said.version, language) for entry in said.entries),
        following=_web(following, url) or "",
        complete="fh_complete" in feed,
        fault=fault,
    )


def feed_links(page: bytes, url: str) -> tuple[str, ...]:
    """The feeds that an HTML page announces (``<link rel="alternate">``), in its order."""
    try:
        root = etree.fromstring(page, etree.HTMLParser(recover=True, no_network=True, huge_tree=False))
    except (etree.LxmlError, ValueError):
        return ()
    if root is None:
        return ()
    found = (
        _web(link.get("href"), url)
        for link in root.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split() and (link.get("type") or "").lower() in _FEED_TYPES
    )
    return tuple(dict.fromkeys(one for one in found if one))


def read_opml(body: bytes, url: str) -> tuple[Outline, ...] | None:
    """The feeds of an OPML list with the folders above them; None where the document is none."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None or not isinstance(root.tag, str) or root.tag.lower() != "opml":
        return None
    found: dict[str, Outline] = {}
    for outline in root.iter("outline"):
        place = _web(outline.get("xmlUrl"), url)
        if place and place not in found and len(found) < _MOST_OUTLINES:
            above = [parent.get("text") or parent.get("title") or "" for parent in outline.iterancestors("outline")]
            folders = tuple(name for name in map(single_line, reversed(above)) if name)
            found[place] = Outline(place, single_line(outline.get("title") or outline.get("text") or ""), folders)
    return tuple(found.values())


# -- RSS and Atom ----------------------------------------------------------------------------------------------------

_OLDER: Final = ("next", "prev-archive")


def _entry(entry: Any, base: str, version: str, language: str | None) -> FeedEntry:
    link = _web(entry.get("link"), base) or ""
    if not link and entry.get("guidislink", True):
        link = _web(entry.get("id"), base) or ""
    content, html = _content(entry)
    detail = entry.get("summary_detail")
    summary = _line(detail)
    if not content and version.startswith(("rss", "cdf")) and detail:  # RSS's description is the body where it is all
        content, html, summary = detail.get("value", ""), True, ""
    labels = tuple(dict.fromkeys(label for tag in entry.get("tags", ()) if (label := _label(tag))))
    return FeedEntry(
        id=single_line(entry.get("id", "")) or link,
        url=link,
        title=_line(entry.get("title_detail")),
        published=_moment(entry.get("published_parsed")) or _moment(entry.get("created_parsed")),
        updated=_moment(entry.get("updated_parsed")) if "updated" in entry else None,
        content=content,
        html=html,
        summary=summary,
        authors=tuple(_authors(entry, base)),
        categories=labels,
        language=language_tag((detail or {}).get("language")) or language,
        images=tuple(_images(entry, base)),
        enclosures=tuple(_enclosures(entry, base)),
    )


def _content(entry: Any) -> tuple[str, bool]:
    """The fullest content there is, HTML before text."""
    found = [one for one in entry.get("content", ()) if one.get("value")]
    for one in found:
        if one.get("type") in ("text/html", "application/xhtml+xml"):
            return one["value"], True
    return (found[0]["value"], found[0].get("type") != "text/plain") if found else ("", True)


def _line(detail: Any) -> str:
    """A text construct on one line: markup leaves, references are decoded once."""
    if not isinstance(detail, Mapping):
        return ""
    value = detail.get("value") or ""
    return single_line(value if detail.get("type") == "text/plain" else plain(value))


def _label(tag: Any) -> str:
    return single_line(tag.get("label") or tag.get("term") or "")


def _authors(said: Any, base: str) -> Iterator[Author]:
    seen = set[str]()
    for one in said.get("authors", ()):
        email = single_line(one.get("email") or "")
        name = single_line(one.get("name") or "") or email.partition("@")[0]
        if name and name not in seen:
            seen.add(name)
            yield Author(name, email=email or None, url=_web(one.get("href"), base))


def _images(entry: Any, base: str) -> Iterator[Image]:
    """The first picture an entry stands behind: media:content, media:thumbnail, an image of the podcast."""
    for one in (*entry.get("media_content", ()), *entry.get("media_thumbnail", ())):
        kind = one.get("type") or ("image/" if one.get("medium", "image") == "image" else "")
        url = _web(one.get("url"), base)
        if url and (kind.startswith("image/") or one in entry.get("media_thumbnail", ())):
            yield Image(url, width=_size(one.get("width")), height=_size(one.get("height")), media_type=_type(one))
            return
    picture = entry.get("image")
    if isinstance(picture, Mapping) and (url := _web(picture.get("href"), base)):
        yield Image(url)


def _enclosures(entry: Any, base: str) -> Iterator[Enclosure]:
    for one in entry.get("enclosures", ()):
        url, kind = _web(one.get("href"), base), _type(one)
        if url:
            yield Enclosure(url, kind or "application/octet-stream", _size(one.get("length")), one.get("title") or "")


def _type(one: Any) -> str | None:
    return media_type(str(one.get("type") or ""))


def _size(text: Any) -> int | None:
    return Node(text, "", "").size()


def _moment(parts: Any) -> datetime | None:
    """A time as feedparser gives it: in UTC."""
    if not parts:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parts), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _web(text: Any, base: str) -> str | None:
    """A reference as an absolute http(s) URL in ASCII; None for anything else."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        joined = urljoin(base, text.strip())
    except ValueError:
        return None
    return (ascii_url(joined) or None) if is_web_url(joined) else None


# -- JSON Feed -------------------------------------------------------------------------------------------------------


def _json_feed(said: Node, url: str) -> FeedDocument:
    """JSON Feed 1.0 and 1.1; values of the wrong type count as missing, as its specification asks of readers."""
    if not _text(said["version"]).startswith(_JSON_FEED) or not isinstance(said["items"].value, list):
        raise NotAFeed("is JSON, but no JSON Feed")
    language = language_tag(_text(said["language"]))
    return FeedDocument(
        url=url,
        title=single_line(_text(said["title"])),
        description=single_line(_text(said["description"])),
        home=_web(said["home_page_url"].value, url) or "",
        language=language,
        icon=_web(said["favicon"].value, url),
        logo=_web(said["icon"].value, url),
        authors=tuple(_json_authors(said, url)),
        entries=tuple(_json_entry(item, url, language) for item in said["items"]),
        following=_web(said["next_url"].value, url) or "",
    )


def _json_entry(item: Node, base: str, language: str | None) -> FeedEntry:
    link = _web(item["url"].value, base) or _web(item["external_url"].value, base) or ""
    html = _text(item["content_html"])
    picture = _web(item["image"].value, base) or _web(item["banner_image"].value, base)
    tags = tuple(dict.fromkeys(single_line(text) for tag in item["tags"] if (text := _text(tag))))
    return FeedEntry(
        id=single_line(_text(item["id"])) or link,
        url=link,
        title=single_line(_text(item["title"])),
        published=_json_moment(item["date_published"]),
        updated=_json_moment(item["date_modified"]),
        content=html or _text(item["content_text"]),
        html=bool(html),
        summary=single_line(_text(item["summary"])),
        authors=tuple(_json_authors(item, base)),
        tags=tags,
        language=language_tag(_text(item["language"])) or language,
        images=(Image(picture),) if picture else (),
        enclosures=tuple(_attachments(item, base)),
    )


def _json_authors(said: Node, base: str) -> Iterator[Author]:
    for one in (*said["authors"], *((said["author"],) if said["author"].value else ())):
        url = _web(one["url"].value, base)
        if name := single_line(_text(one["name"])) or url:
            yield Author(name, url=url, avatar=_web(one["avatar"].value, base))


def _attachments(item: Node, base: str) -> Iterator[Enclosure]:
    for one in item["attachments"]:
        if url := _web(one["url"].value, base):
            kind = media_type(_text(one["mime_type"])) or "application/octet-stream"
            size, seconds = one["size_in_bytes"].size(), one["duration_in_seconds"].value
            duration = int(seconds) if isinstance(seconds, int | float) and 0 < seconds < _LONGEST else None
            yield Enclosure(url, kind, size, single_line(_text(one["title"])), duration)


_LONGEST: Final = 10**9


def _json_moment(said: Node) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(said).strip())
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(said: Node) -> str:
    """Text, or a number as text (JSON Feed 1.1 on ids); "" for whatever is none."""
    value = said.value
    if isinstance(value, str):
        return xml_legal(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
