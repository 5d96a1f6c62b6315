"""The entries of a feed document, whoever wrote it: RSS (0.9x, 1.0, 2.0), Atom (0.3, 1.0), JSON Feed (1.0, 1.1).

Reads what tells one state of an entry from another, and how readers recognise it; refuses to judge whether the
document is valid (``schemas`` does), to fetch and to resolve entities. Long texts are kept as digests.
"""

from __future__ import annotations

import hashlib
import html
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, cast

from lxml import etree

from feeds.frozen import frozen
from feeds.text import single_line
from service.diff.elements import absolute, child, children, is_named, names_of, text_of
from service.sources.feed_document import NotAFeed

MOST_BYTES: Final = 20_000_000
"""Of one document, unpacked."""

Form = Literal["rss", "atom", "json"]

FIELDS: Final = (
    *("title", "link", "date", "updated", "content", "summary"),
    *("authors", "categories", "enclosures"),
)
"""What of an entry is compared, in the order in which it is reported."""

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_PLAIN_RSS = ("", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_TERMS = "http://purl.org/dc/terms/"
_MEDIA = "http://search.yahoo.com/mrss/"
_BURNED = "http://rssnamespace.org/feedburner/ext/1.0"


@frozen(frozen=True, slots=True)
class Entry:
    """One entry. ``id`` is what readers recognise it by: its guid or id, its link where it has none (RSS).

    ``content`` and ``summary`` are digests ("" where there is none); a date that cannot be read is None. ``updated``
    is None where the entry says none. ``link`` is its page (before Feedburner led there by another), ``pages`` are
    other addresses that the entry says for it.
    """

    id: str
    title: str
    link: str
    date: datetime | None
    updated: datetime | None
    content: str
    summary: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    enclosures: tuple[str, ...]
    pages: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime | None:
        """What a window is ordered by, as far as the document tells."""
        return self.date or self.updated


@frozen(frozen=True, slots=True)
class Feed:
    """A feed's entries in the document's order. ``fault`` says what keeps strict readers from it ("": nothing), ``url``
    where the feed says it is itself ("": it does not)."""

    form: Form
    entries: tuple[Entry, ...]
    fault: str = ""
    url: str = ""


def read_feed(body: bytes) -> Feed:
    """The entries of a document (gzip allowed). Raises NotAFeed; XML that breaks off is read as far as it goes."""
    body = unpacked(body)
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return _json_feed(text)
    root, fault = _tree(text)
    space, name = names_of(root)
    if space in _ATOM and name == "feed":
        entries = [item for item in root if is_named(item, _ATOM, "entry")]
        return Feed("atom", _unique(_atom_entry(item) for item in entries), fault, _self(root))
    if name == "rss" or (space == _RDF and name == "RDF"):
        items = [item for item in root.iter() if is_named(item, _PLAIN_RSS, "item")]
        channel = child(root, *_PLAIN_RSS, name="channel")
        return Feed("rss", _unique(_rss_item(item) for item in items), fault, "" if channel is None else _self(channel))
    raise NotAFeed(f"is no feed: it begins with <{name}>")


def read_sitemap(body: bytes) -> tuple[tuple[str, ...], bool] | None:
    """The URLs of a sitemap, and whether it is an index (they are those of other sitemaps then); None: it is none."""
    try:
        root, _ = _tree(unpacked(body).lstrip())
    except NotAFeed:
        return None
    space, name = names_of(root)
    if name not in ("urlset", "sitemapindex"):
        return None
    found = (text_of(child(item, space, name="loc")) for item in root)
    return tuple(dict.fromkeys(filter(None, found))), name == "sitemapindex"


def read_opml(body: bytes) -> tuple[str, ...]:
    """The URLs of the feeds that an OPML document lists; none where it is something else."""
    try:
        root, _ = _tree(unpacked(body).lstrip())
    except NotAFeed:
        return ()
    if names_of(root)[1] != "opml":
        return ()
    urls = (outline.get("xmlUrl", "").strip() for outline in root.iter("outline"))
    return tuple(dict.fromkeys(filter(None, urls)))


def unpacked(body: bytes) -> bytes:
    """``body``, unpacked where it is gzip. Raises NotAFeed beyond :data:`MOST_BYTES` and where it is damaged."""
    if body.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(31)
        try:
            body = unpacker.decompress(body, MOST_BYTES + 1)
        except zlib.error:
            raise NotAFeed("is damaged: its gzip cannot be unpacked") from None
        if not unpacker.eof and len(body) <= MOST_BYTES:
            raise NotAFeed("is damaged: its gzip breaks off")
    if len(body) > MOST_BYTES:
        raise NotAFeed(f"has more than {MOST_BYTES} bytes")
    return body


# -- XML -------------------------------------------------------------------------------------------------------------


def _tree(body: bytes) -> tuple[etree._Element, str]:
    """The root, and what is wrong with the document; read past the first error as lenient readers do."""
    fault = ""
    try:
        return etree.fromstring(body, _parser(recover=False)), fault
    except etree.XMLSyntaxError as error:
        fault = f"not well-formed (line {error.lineno or 1}: {error.msg})"
    try:
        root = etree.fromstring(body, _parser(recover=True))
    except etree.XMLSyntaxError:
        root = None
    if root is None or not isinstance(root.tag, str):
        raise NotAFeed(f"is no feed: {fault}")
    return root, fault


def _parser(*, recover: bool) -> etree.XMLParser:
    """No network, no DTD, no entities, and libxml2's own limits against depth and size, as in ``schemas.xml``."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )


def _rss_item(item: etree._Element) -> Entry:
    guid = child(item, *_PLAIN_RSS, name="guid")
    written = text_of(guid)
    is_page = guid is not None and guid.get("isPermaLink", "true").strip().lower() == "true"
    said = [_page(child(item, *_PLAIN_RSS, name="link")), *_alternates(item), *([_page(guid)] if is_page else ())]
    link, *pages = _pages(item, said)
    people = [
        *children(item, *_PLAIN_RSS, name="author"),
        *children(item, _DC, name="creator"),
    ]
    files = [
        *(file.get("url", "") for file in children(item, *_PLAIN_RSS, name="enclosure")),
        *(file.get("url", "") for file in children(item, _MEDIA, name="content") if not _is_picture(file)),
    ]
    subjects = [*children(item, *_PLAIN_RSS, name="category"), *children(item, _DC, name="subject")]
    date = text_of(child(item, *_PLAIN_RSS, name="pubDate")) or text_of(child(item, _DC, name="date"))
    updated = text_of(child(item, *_ATOM, name="updated")) or text_of(child(item, _TERMS, name="modified"))
    return Entry(
        id=written or item.get(f"{{{_RDF}}}about", "").strip() or link,
        pages=tuple(pages),
        title=single_line(text_of(child(item, *_PLAIN_RSS, name="title"))),
        link=link,
        date=moment(date),
        updated=moment(updated),
        content=_digest(text_of(child(item, _CONTENT, name="encoded"))),
        summary=_digest(text_of(child(item, *_PLAIN_RSS, name="description"))),
        authors=_labels(map(text_of, people)),
        categories=_labels(map(text_of, subjects)),
        enclosures=_labels(files),
    )


def _atom_entry(entry: etree._Element) -> Entry:
    links = list(_links(entry))
    people = [text_of(child(person, *_ATOM, name="name")) for person in children(entry, *_ATOM, name="author")]
    body = child(entry, *_ATOM, name="content")
    published = text_of(child(entry, *_ATOM, name="published")) or text_of(child(entry, *_ATOM, name="issued"))
    updated = text_of(child(entry, *_ATOM, name="updated")) or text_of(child(entry, *_ATOM, name="modified"))
    link, *pages = _pages(entry, _alternates(entry))
    terms = children(entry, *_ATOM, name="category")
    return Entry(
        id=text_of(child(entry, *_ATOM, name="id")) or link,
        pages=tuple(pages),
        title=single_line(_construct(child(entry, *_ATOM, name="title"))),
        link=link,
        date=moment(published),
        updated=moment(updated),
        content=_digest(body.get("src", "") or _construct(body) if body is not None else ""),
        summary=_digest(_construct(child(entry, *_ATOM, name="summary"))),
        authors=_labels(people),
        categories=_labels((term.get("label") or term.get("term") or "") for term in terms),
        enclosures=_labels(href for rel, href in links if rel == "enclosure"),
    )


def _links(entry: etree._Element) -> Iterator[tuple[str, str]]:
    """Relation and absolute address of an entry's links (RFC 4287 §4.2.7; ``xml:base``)."""
    for link in children(entry, *_ATOM, name="link"):
        yield link.get("rel", "alternate"), absolute(link.get("href", "").strip(), link)


def _alternates(entry: etree._Element) -> list[str]:
    return [href for rel, href in _links(entry) if rel == "alternate"]


def _pages(entry: etree._Element, said: Iterable[str]) -> list[str]:
    """The addresses of an entry's page, its own before Feedburner's, each once; one at least, which may be ""."""
    own = _page(child(entry, _BURNED, name="origLink"))
    return [*dict.fromkeys(filter(None, (own, *said)))] or [""]


def _page(element: etree._Element | None) -> str:
    """The address that is an element's text, absolute where ``xml:base`` says from where it counts."""
    return "" if element is None else absolute(text_of(element), element)


def _self(feed: etree._Element) -> str:
    return next((href for rel, href in _links(feed) if rel == "self"), "")


def _construct(element: etree._Element | None) -> str:
    """A text construct (RFC 4287 §3.1) as text; XHTML as its markup, whatever prefixes it is written with."""
    if element is None:
        return ""
    if len(element) and element.get("type") == "xhtml":
        return "".join(_markup(element))
    text = text_of(element)
    return html.unescape(text) if element.get("type") == "html" else text


def _markup(element: etree._Element) -> Iterator[str]:
    """Markup that is equal where the documents mean the same. Canonical XML would be, but libxml2 has none where a
    namespace is relative or an entity is left."""
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        inner = cast("etree._Element", node)
        if event == "start":
            yield f"<{inner.tag!s} {sorted(map(str, inner.attrib.items()))}>{inner.text or ''}"
        elif event == "end":
            yield "</>"
        if event != "start" and inner is not element:
            yield inner.tail or ""


def _is_picture(media: etree._Element) -> bool:
    return media.get("medium") == "image" or media.get("type", "").startswith("image/")


# -- JSON ------------------------------------------------------------------------------------------------------------


def _json_feed(body: bytes) -> Feed:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise NotAFeed(f"is no feed: not JSON ({reason})") from None
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(document.get("version")):
        raise NotAFeed("is no feed: JSON that is not a JSON Feed")
    entries = _unique(_json_item(item) for item in items if isinstance(item, dict))
    return Feed("json", entries, url=_word(document.get("feed_url")))


def _json_item(item: dict[str, Any]) -> Entry:
    people = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    files = item.get("attachments")
    tags = item.get("tags")
    return Entry(
        id=_word(item.get("id")),
        title=single_line(_word(item.get("title"))),
        link=_word(item.get("url")) or _word(item.get("external_url")),
        date=moment(_word(item.get("date_published"))),
        updated=moment(_word(item.get("date_modified"))),
        content=_digest(_word(item.get("content_html")) or _word(item.get("content_text"))),
        summary=_digest(_word(item.get("summary"))),
        authors=_labels(_word(person.get("name")) for person in people or () if isinstance(person, dict)),
        categories=_labels(map(_word, tags if isinstance(tags, list) else ())),
        enclosures=_labels(
            _word(file.get("url")) for file in (files if isinstance(files, list) else ()) if isinstance(file, dict)
        ),
    )


def _word(value: object) -> str:
    """A text or a number as text; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return str(value).strip()
    except ValueError:  # an integer with more digits than Python prints
        return ""


# -- both ------------------------------------------------------------------------------------------------------------


def moment(text: str) -> datetime | None:
    """A date as RFC 3339 or RFC 822 write it, in UTC; None where it is neither. Without a zone it is UTC's."""
    text = text.strip()
    if not text or len(text) > 100:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _labels(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in map(single_line, texts) if text))


def _digest(text: str) -> str:
    text = text.strip()
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] if text else ""


def _unique(entries: Iterator[Entry]) -> tuple[Entry, ...]:
    """Each id once, the first time it stands there, as readers do; entries without any id are not to be told apart."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.id:
            found.setdefault(entry.id, entry)
    return tuple(found.values())
