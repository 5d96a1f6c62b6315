"""A feed document as posts may be made of it: RSS and Atom of any age through feedparser, JSON Feed.

Pure: bytes in, entries out. Takes what a broken document still says, with its fault in words. Refuses to fetch, to
sanitise (rendering does) and to invent ids: an entry is told from others by what it says.
(:mod:`service.diff.entries` compares documents and keeps digests of them; here the texts themselves matter.)
"""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import feedparser
from lxml import etree

from feeds.model import Author, Enclosure, Image
from feeds.text import plain, single_line
from feeds.tokens import language_tag, media_type
from feeds.uri import is_web_url
from service.sources import media
from service.sources.feed_document import FeedDocument, FeedEntry, NotAFeed
from service.sources.feed_json import json_feed
from service.sources.json_values import Node
from service.sources.remote_fields import resolved


def read_document(body: bytes, url: str, json: Any = None, *, charset: str = "") -> FeedDocument:
    """What a feed document says; ``json`` is its value where it was found to be JSON, ``charset`` what the answer's
    Content-Type says. Raises NotAFeed."""
    if isinstance(json, Mapping):
        return json_feed(Node(json, "$", url), url)
    if json is not None:
        raise NotAFeed("is JSON, but no JSON Feed")
    written_as = _in_unicode(body, charset)
    body = _REFERENCE.sub(_legal, written_as)
    try:
        # A stream: feedparser takes bytes for the name of a file, first.
        said = feedparser.parse(
            io.BytesIO(body),
            sanitize_html=False,
            resolve_relative_uris=True,
            response_headers={"content-location": url, "content-type": "application/xml"},
        )
    except Exception as error:
        raise NotAFeed(f"cannot be read ({type(error).__name__})") from None
    if not said.get("version"):
        raise NotAFeed("is no feed: neither RSS nor Atom nor JSON Feed")
    fault = ""
    if said.bozo and not isinstance(said.get("bozo_exception"), feedparser.NonXMLContentType):
        fault = single_line(str(said.get("bozo_exception") or "is not well-formed"))
    if fault and not _END.search(body):
        raise NotAFeed("ends in the middle")  # its last entry is not what it says, and must not replace what was
    feed, language = said.feed, language_tag(said.feed.get("language"))
    authors = tuple(_authors(feed, url))
    # RFC 4287 section 4.2.1. RSS has an editor in this place, who need not have written anything.
    of_all = authors if said.version.startswith("atom") else ()
    written = [] if fault else _written(body)  # where ampersands stand for themselves, feedparser knows better
    if len(written) != len(said.entries):
        written = [("", "")] * len(said.entries)
    following = next((one.get("href", "") for one in feed.get("links", ()) if one.get("rel") in _OLDER), "")
    picture = feed.get("image", {}).get("href") if isinstance(feed.get("image"), Mapping) else None
    return FeedDocument(
        url=url,
        title=_line(feed.get("title_detail")) or single_line(feed.get("title", "")),
        description=_line(feed.get("subtitle_detail")),
        home=resolved(feed.get("link"), url) or "",
        language=language,
        icon=resolved(feed.get("icon"), url),
        logo=resolved(feed.get("logo") or picture, url),
        rights=_line(feed.get("rights_detail")),
        authors=authors,
        entries=tuple(
            _entry(entry, *names, url, said.version, language, of_all)
            for entry, names in zip(said.entries, written, strict=True)
        ),
        following=resolved(following, url) or "",
        complete=any(f"{prefix}_complete" in feed for prefix, uri in said.namespaces.items() if uri == _HISTORY),
        fault=fault or ("a reference to what is no character" if body != written_as else ""),
    )


# -- RSS and Atom ----------------------------------------------------------------------------------------------------

_END: Final = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>|^[\xfe\xff]", re.IGNORECASE)
"""The end of a document, or the mark of UTF-16, in which it looks otherwise."""
_OLDER: Final = ("next", "prev-archive")
_HISTORY: Final = "http://purl.org/syndication/history/1.0"
"""RFC 5005."""


def _legal(reference: re.Match[bytes]) -> bytes:
    """A numeric reference as it is; in the place of one to no character, over which feedparser falls, U+FFFD's."""
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    return b"&#xFFFD;" if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF else reference[0]


_REFERENCE: Final = re.compile(rb"&#(x[0-9a-f]{1,4000}|[0-9]{1,4000});", re.IGNORECASE)


def _in_unicode(body: bytes, charset: str) -> bytes:
    """The document in an encoding that its parsers know: Korean ones are in cp949 whatever they call it (WHATWG), and
    what only the header tells (RFC 7303) is told inside."""
    declared = _DECLARED.match(body)
    label = declared[2].decode("ascii").lower() if declared else charset.strip("\"' ").lower()
    if body.startswith(_BOMS) or label in _UNICODE or (label not in _KOREAN and declared):
        return body
    try:
        if not declared and label not in _KOREAN:
            body.decode("utf-8")  # headers lie more often than such bytes come about by chance
            return body
    except UnicodeDecodeError:
        pass
    try:
        text = body.decode("cp949" if label in _KOREAN else label, "replace")
    except LookupError:
        return body
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")


_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_UNICODE: Final = ("", "utf-8", "utf8", "us-ascii")
_KOREAN: Final = ("euc-kr", "euckr", "euc_kr", "ks_c_5601-1987", "ksc5601", "cp949", "uhc", "x-windows-949", "ms949")
_DECLARED: Final = re.compile(rb"\s*<\?xml[^>]{1,200}?encoding\s*=\s*([\"'])([A-Za-z0-9._-]{1,40})\1")
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*>")


def _written(body: bytes) -> list[tuple[str, str]]:
    """Id and link of each entry, in their order, as they are written: feedparser resolves and mends both."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.LxmlError, ValueError):
        return []
    found = list[tuple[str, str]]()
    for element in root.iter("{*}item", "{*}entry") if root is not None else ():
        written = next((one for one in element.iterchildren("{*}guid", "{*}id") if _is_id(one)), None)
        links = [one for one in element.iterchildren("{*}link") if _is_page(one)]
        found.append((_said(written), links[0].get("href") or _said(links[0]) if links else ""))
    return found


def _said(element: Any) -> str:
    return single_line("".join(map(str, element.itertext()))) if element is not None else ""


def _is_page(link: Any) -> bool:
    """An Atom link to the entry's page, or RSS's."""
    if link.get("href") is None:
        return etree.QName(link).namespace not in _ATOM[:2]
    return link.get("rel", "alternate") == "alternate" and etree.QName(link.getparent()).localname == "entry"


def _is_id(element: Any) -> bool:
    name = etree.QName(element)
    return name.localname == "guid" or (name.namespace or "") in _ATOM


_ATOM: Final = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "")


def _entry(
    entry: Any, id_: str, page: str, base: str, version: str, language: str | None, of_all: tuple[Author, ...]
) -> FeedEntry:
    link = resolved(page if is_web_url(page) else entry.get("link"), base) or ""
    if not page and entry.get("guidislink", True):
        link = resolved(id_ if is_web_url(id_) else entry.get("id"), base) or link
    content, html = _content(entry)
    detail = entry.get("summary_detail") or {}
    summary = _line(detail)
    if version.startswith(("rss", "cdf")) and detail.get("type") != "text/plain" and not (content and html):
        # RSS's description is the body where it is all; beside the text of a podcast's summary, too.
        content, html, summary = detail.get("value", ""), True, "" if not content else single_line(content)
    enclosures = tuple(_enclosures(entry, base))
    labels = tuple(dict.fromkeys(label for tag in entry.get("tags", ()) if (label := _label(tag))))
    return FeedEntry(
        id=id_ or single_line(entry.get("id", "")) or link,
        url=link or next((one.url for one in enclosures), ""),  # a podcast's episode may have no page
        title=_line(entry.get("title_detail")),
        published=_moment(entry.get("published_parsed")) or _moment(entry.get("created_parsed")),
        updated=_moment(entry.get("updated_parsed")) if "updated" in entry else None,
        content=content,
        html=html,
        summary=summary,
        authors=tuple(_authors(entry, base)) or tuple(_authors(entry.get("source") or {}, base)) or of_all,
        categories=labels,
        language=language_tag(entry.get("language")) or language_tag(_said_in(entry)) or language,
        images=tuple(_images(entry, base)),
        enclosures=enclosures,
    )


def _content(entry: Any) -> tuple[str, bool]:
    """The fullest content there is, HTML before text."""
    found = [one for one in entry.get("content", ()) if one.get("value")]
    for one in found:
        if one.get("type") in ("text/html", "application/xhtml+xml"):
            return one["value"], True
    return (found[0]["value"], found[0].get("type") != "text/plain") if found else ("", True)


def _said_in(entry: Any) -> str | None:
    """``xml:lang`` where an entry's title stands."""
    return (entry.get("title_detail") or entry.get("summary_detail") or {}).get("language")


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
    contact = _CONTACT.fullmatch(said.get("author") or "")
    if contact:  # feedparser cuts addresses whose last label is long
        yield Author(single_line(contact[2]), email=contact[1])
        return
    for one in said.get("authors", ()):
        email = single_line(one.get("email") or "")
        name = single_line(one.get("name") or "") or email.partition("@")[0]
        if name and name not in seen:
            seen.add(name)
            yield Author(name, email=email or None, url=resolved(one.get("href"), base))


_CONTACT: Final = re.compile(r"\s*([^\s()<>@]{1,200}@[^\s()<>@]{1,200})\s*\(([^()]*[^()\s][^()]*)\)\s*")
"""The one form of a person in RSS 2.0: ``mail (Name)``."""


def _images(entry: Any, base: str) -> Iterator[Image]:
    """The first picture an entry stands behind: media:content, media:thumbnail, an image of the podcast."""
    for one in (*entry.get("media_content", ()), *entry.get("media_thumbnail", ())):
        url = resolved(one.get("url"), base)
        kind = one.get("type") or {"image": "image/"}.get(one.get("medium") or "") or media.media_type(url or "") or ""
        if url and (kind.startswith("image/") or one in entry.get("media_thumbnail", ())):
            yield Image(url, width=_size(one.get("width")), height=_size(one.get("height")), media_type=_type(one))
            return
    picture = entry.get("image")
    if isinstance(picture, Mapping) and (url := resolved(picture.get("href"), base)):
        yield Image(url)


def _enclosures(entry: Any, base: str) -> Iterator[Enclosure]:
    duration = _seconds(entry.get("itunes_duration"))
    for one in entry.get("enclosures", ()):
        url, kind = resolved(one.get("href"), base), _type(one)
        if url:
            title = single_line(one.get("title") or "")
            yield Enclosure(url, kind or "application/octet-stream", _size(one.get("length")), title, duration)
            duration = None


def _seconds(text: Any) -> int | None:
    """A podcast's duration: seconds, MM:SS or HH:MM:SS; None for anything else."""
    if not isinstance(text, str) or not _DURATION.fullmatch(text.strip()):
        return None
    seconds = 0
    for part in text.strip().split(":"):
        seconds = seconds * 60 + int(part)
    return seconds or None


_DURATION: Final = re.compile(r"[0-9]{1,6}(?::[0-9]{1,2}){0,2}")


def _type(one: Any) -> str | None:
    return media_type(str(one.get("type") or ""))


def _size(text: Any) -> int | None:
    return Node(text, "", "").size()


def _moment(parts: Any) -> datetime | None:
    """A time as feedparser gives it: in UTC."""
    if not parts:
        return None
    try:
        found = datetime.fromtimestamp(calendar.timegm(parts), UTC)
        return found if found.year > 1 else None  # Go's zero time: Hugo writes it for pages without a date
    except (ValueError, OverflowError, OSError):
        return None
