"""What RSS and Atom documents share: namespaces, encodings, archives, podcasts, and how an element is read.

Refuses to know what an item or an entry is made of; ``rss`` and ``atom`` do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from lxml import etree

from schemas.lint.dates import is_implausible, moment_of_rfc2822, moment_of_rfc3339
from schemas.lint.findings import Circumstances, Finding, quoted
from schemas.lint.registry import found
from schemas.lint.uris import fault_of

ATOM: Final = "{http://www.w3.org/2005/Atom}"
CONTENT: Final = "{http://purl.org/rss/1.0/modules/content/}"
DC: Final = "{http://purl.org/dc/elements/1.1/}"
HISTORY: Final = "{http://purl.org/syndication/history/1.0}"
ITUNES: Final = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
MEDIA: Final = "{http://search.yahoo.com/mrss/}"
SLASH: Final = "{http://purl.org/rss/1.0/modules/slash/}"
WFW: Final = "{http://wellformedweb.org/CommentAPI/}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"

_PREFIXES: Final = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
    "http://web.resource.org/cc/": "cc",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss/": "media",
    "http://a9.com/-/spec/opensearch/1.1/": "opensearch",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
"""Namespaces that readers know, and the prefix that those who match prefixes look for."""

_UNSUPPORTED: Final = frozenset(("https://podcastindex.org/namespace/1.0", "http://schema.org/", "https://schema.org/"))
_KNOWN_PREFIXES: Final = frozenset(_PREFIXES.values())
_ENCODING: Final = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BAD: Final = re.compile("[\x80-\x84\x86-\x9f\ufffd]")
_PODCAST: Final = ("category", "explicit", "author")


def parsed(body: bytes) -> etree._Element | Finding:
    """The root of an XML document, or why there is none."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        return found("SAXError", f"not well-formed: {error.msg}", line=error.lineno or 1)


def line_of(element: etree._Element) -> int:
    """Where an element begins, from 1."""
    return int(cast("int | None", element.sourceline) or 1)


def namespace_of(element: etree._Element) -> str:
    """The namespace of an element's name, "" where it has none."""
    space, brace, _ = str(element.tag).rpartition("}")
    return space[1:] if brace else ""


def local_of(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(parent: etree._Element, tag: str) -> str:
    """The text of a child, with the space around it removed; "" where there is none."""
    child = parent.find(tag)
    return "" if child is None else (child.text or "").strip()


def document_findings(root: etree._Element, body: bytes) -> Iterator[Finding]:
    """Encoding and namespaces."""
    declared = _ENCODING.match(body)
    if declared and declared[1].upper() != b"UTF-8":
        yield found("NotUTF8", f"the document is encoded as {declared[1].decode()}", line=1)
    own = namespace_of(root)
    for prefix, uri in sorted(_declared(root)):
        yield from _namespace_findings(prefix, uri, own)
    for group in root.iter(f"{MEDIA}group"):
        if len(group.findall(f"{MEDIA}content")) < 2:
            yield found("MediaGroupWithoutAlternatives", "a media:group with one content", line=line_of(group))


def _declared(root: etree._Element) -> set[tuple[str, str]]:
    """Prefix and namespace of each declaration, taken where it stands: ``nsmap`` repeats them on every element."""
    declarations = (cast("tuple[str | None, str]", said) for _, said in etree.iterwalk(root, events=("start-ns",)))
    return {(prefix or "", uri) for prefix, uri in declarations if uri and prefix != "xml"}


def _namespace_findings(prefix: str, uri: str, own: str) -> Iterator[Finding]:
    usual = _PREFIXES.get(uri)
    if uri == "http://search.yahoo.com/mrss":
        yield found("MediaRssNamespace", f"the namespace of {prefix or 'media'} lacks its slash", line=1)
    elif usual is None and prefix in _KNOWN_PREFIXES:
        yield found("ReservedPrefix", f"the prefix {prefix} stands for {quoted(uri)}", line=1)
    elif uri in _UNSUPPORTED:
        yield found("UnsupportedNamespace", f"the validator knows nothing of {quoted(uri)}", line=1)
    elif usual is None:
        yield found("UnknownNamespace", f"nobody is known to read {quoted(uri)}", line=1)
    elif prefix and prefix != usual:
        yield found("NonstdPrefix", f"{quoted(uri)} has the prefix {prefix}, not {usual}", line=1)
    if prefix and uri == own == ATOM[1:-1]:
        yield found("AvoidNamespacePrefix", f"Atom has the prefix {prefix}", line=1)


def characters(element: etree._Element, entry: str = "") -> Iterator[Finding]:
    """Text that was decoded wrongly before it came here."""
    for text in map(str, element.itertext()):
        match = _BAD.search(text)
        if match:
            around = text[max(match.start() - 20, 0) : match.end() + 20]
            message = f"U+{ord(match[0]):04X} in {quoted(around)}"
            yield found("BadCharacters", message, line=line_of(element), entry=entry, subject=match[0])
            return


def uri_findings(uri: str, line: int, what: str, entry: str = "") -> Iterator[Finding]:
    """What is wrong with a URI that readers follow."""
    fault = fault_of(uri)
    if fault:
        yield found(fault, f"{what} {quoted(uri)}", line=line, entry=entry, subject=uri)


def implausible(element: etree._Element | None, about: Circumstances, entry: str = "") -> Iterator[Finding]:
    """A date, in either form, that cannot be true."""
    text = "" if element is None else (element.text or "").strip()
    moment = moment_of_rfc3339(text) or moment_of_rfc2822(text)
    if element is not None and moment and is_implausible(moment, about.now):
        yield found("ImplausibleDate", f"the date {quoted(text)}", line=line_of(element), entry=entry, subject=text)


def archive_findings(feed: etree._Element, rels: set[str]) -> Iterator[Finding]:
    """RFC 5005: an archive leads to the older one, and back to the feed."""
    mark = feed.find(f"{HISTORY}archive")
    if mark is None:
        return
    if "prev-archive" not in rels:
        yield found("ArchiveIncomplete", "the archive names no prev-archive", line=line_of(mark))
    if "current" not in rels:
        yield found("MissingCurrentInArchive", "the archive names no current feed", line=line_of(mark))


def podcast_findings(channel: etree._Element) -> Iterator[Finding]:
    """Apple's elements: all of them, or none."""
    mark = next(channel.iterchildren(f"{ITUNES}*"), None)
    if mark is None:
        return
    for name in _PODCAST:
        if channel.find(ITUNES + name) is None:
            yield found("MissingItunesElement", f"the channel has no itunes:{name}", line=line_of(mark))
    if channel.find(f"{ITUNES}owner/{ITUNES}email") is None:
        yield found("MissingItunesEmail", "the channel has no itunes:owner with an itunes:email", line=line_of(mark))
