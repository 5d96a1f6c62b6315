"""From a document to its findings: the schema first, then the rules for its kind.

Entries that were judged before are cut out and not judged again: the same post stands in its site's, category's, tags'
and authors' feeds with the same bytes, and most of a check would be spent on repeating itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final, cast, get_args

from lxml import etree

from schemas import Kind, problems
from schemas.lint import atom, jsonfeed, rss, sitemap
from schemas.lint.entries import Entry, entry_findings, raised
from schemas.lint.findings import NOTHING_KNOWN, Circumstances, Finding
from schemas.lint.html import content_findings, page_findings
from schemas.lint.metadata import metadata_findings
from schemas.lint.registry import RULES, found
from schemas.lint.robots import robots_findings
from schemas.lint.xml import line_of, parsed

Seen = set[bytes]
"""Digests of entries that were judged."""

_MEDIA_TYPES: Final = {
    "rss": ("application/rss+xml", "application/xml", "text/xml"),
    "atom": ("application/atom+xml", "application/xml", "text/xml"),
    "json": ("application/feed+json", "application/json"),
    "sitemap": ("application/xml", "text/xml"),
    "robots": ("text/plain",),
    "page": ("text/html",),
    "opml": ("text/x-opml", "application/xml", "text/xml"),
}
_FEEDS: Final = ("rss", "atom")
_GENERIC: Final = ("application/xml", "text/xml")
_SNIFFED: Final = 512
"""Octets in which those who sniff look for the root element."""
_NAMED: Final = re.compile(r"\((?:validator|profile): (\w+)\)")
_ITEM: Final = re.compile(r"items\[(\d{1,9})\]")
_PLACE: Final = re.compile(r"line (\d+): (.*)", re.DOTALL)


def lint(kind: str, body: bytes, about: Circumstances = NOTHING_KNOWN, seen: Seen | None = None) -> list[Finding]:
    """What is wrong with a document of a kind of :data:`KINDS`, and by its schema if it has one; else nothing.

    ``seen`` is a set that the caller keeps: entries in it are passed over, the others are added.
    """
    judge = KINDS.get(kind)
    found_here = list(judge(body, about, set() if seen is None else seen)) if judge else []
    if kind not in _OWN_SCHEMA and kind in get_args(Kind):
        found_here += _by_schema(kind, body, about, found_here)
    found_here += _served(kind, body, about)
    return [raised(finding, about) for finding in dict.fromkeys(found_here)]


def lint_entry(entry: Entry, about: Circumstances = NOTHING_KNOWN) -> list[Finding]:
    """What is wrong with one post, whatever the format in which it is published."""
    return [raised(finding, about) for finding in entry_findings(entry, about)]


def _nobody(line: int, text: str) -> str:
    del line, text
    return ""


def _served(kind: str, body: bytes, about: Circumstances) -> Iterator[Finding]:
    media_type = about.media_type.partition(";")[0].strip().lower()
    allowed = _MEDIA_TYPES.get(kind)
    if not media_type or allowed is None:
        return
    if media_type not in allowed:
        yield found("UnexpectedContentType", f"a document of kind {kind} is served as {media_type}")
    elif kind in _FEEDS and media_type in _GENERIC and not re.search(rb"<(?:rss|feed)\b", body[:_SNIFFED]):
        yield found("NonSpecificMediaType", f"served as {media_type}, and no root element in the first octets")


def _by_schema(
    kind: str, body: bytes, about: Circumstances, known: list[Finding], owner: Callable[[int, str], str] = _nobody
) -> list[Finding]:
    """The schema's problems: under their rule where they name one, and not where a rule said better what is wrong.

    ``owner`` tells the entry that a problem is about, from its line and its text.
    """
    grave = [finding for finding in known if finding.level != "notice"]
    lines = {finding.line or 1 for finding in grave if finding.line or not finding.entry}
    entries = {finding.entry for finding in grave if finding.entry and not finding.line}
    rules = {finding.rule for finding in grave}
    findings = []
    for problem in problems(cast("Kind", kind), body, ours=about.ours):
        place = _PLACE.match(problem)
        line, text = (int(place[1]), place[2]) if place else (0, problem)
        entry = owner(line, text)
        name = _NAMED.search(text)
        rule = name[1] if name and name[1] in RULES else "InvalidDocument"
        if text.startswith("not well-formed"):
            rule = "SAXError"
        if line not in lines and entry not in entries and (rule == "InvalidDocument" or rule not in rules):
            findings.append(found(rule, text, line=line, entry=entry))
    return findings


# -- feeds -----------------------------------------------------------------------------------------------------------

_Elements = Callable[[etree._Element], list[etree._Element]]
_Whole = Callable[[etree._Element, bytes, Circumstances], Iterator[Finding]]
_Part = Callable[[etree._Element, Circumstances], Iterator[Finding]]
_Read = Callable[[etree._Element, int], Entry]


def _xml_feed(
    kind: str, elements: _Elements, whole: _Whole, part: _Part, read: _Read
) -> Callable[[bytes, Circumstances, Seen], Iterator[Finding]]:
    def judge(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
        root = parsed(body)
        if isinstance(root, Finding):
            yield root
            return
        findings = list(whole(root, body, about))
        owners: dict[int, str] = {}
        cut = False
        for element in elements(root):
            # A copy declares only the namespaces that it uses, not all of the feed's.
            written = etree.tostring(deepcopy(element), with_tail=False, encoding="UTF-8")
            digest = hashlib.sha256(kind.encode() + written).digest()
            if digest in seen:
                parent = element.getparent()
                if parent is not None:
                    parent.remove(element)
                    cut = True
                continue
            seen.add(digest)
            entry = read(element, len(written))
            start = line_of(element)
            owners.update((line, entry.id) for line in range(start, start + written.count(b"\n") + 1))
            findings += part(element, about)
            findings += entry_findings(entry, about)
        rest = etree.tostring(root, encoding="UTF-8", xml_declaration=True) if cut else body
        # Where entries were cut out, lines of what is left are not those of the document, but for its head.
        findings += _by_schema(kind, rest, about, findings, lambda line, _: "" if cut else owners.get(line, ""))
        yield from findings

    return judge


def _json_feed(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
    feed = _object(body)
    if feed is None:
        yield from _by_schema("json", body, about, [])
        return
    findings = list(jsonfeed.feed_findings(feed, len(body), about))
    items, fresh = feed.get("items"), list[Any]()
    for item in items if isinstance(items, list) else ():
        written = json.dumps(item, ensure_ascii=False).encode(errors="replace")
        digest = hashlib.sha256(b"json" + written).digest()
        if digest in seen:
            continue
        seen.add(digest)
        fresh.append(item)
        if isinstance(item, dict):
            findings += jsonfeed.item_findings(item, about)
            findings += entry_findings(jsonfeed.entry_of(item, len(written)), about)
    rest = body
    if isinstance(items, list) and len(fresh) < len(items):
        rest = json.dumps({**feed, "items": fresh}, ensure_ascii=False, indent=2).encode(errors="replace")
    findings += _by_schema("json", rest, about, findings, lambda _, text: _owner(fresh, text))
    yield from findings


def _owner(items: list[Any], text: str) -> str:
    """The id of the item that a problem of the JSON Schema names by its place."""
    place = _ITEM.match(text)
    item = items[int(place[1])] if place and int(place[1]) < len(items) else None
    return str(item.get("id") or "") if isinstance(item, dict) else ""


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


# -- the others ------------------------------------------------------------------------------------------------------


def _content(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
    del seen
    yield from content_findings(body.decode("utf-8", "replace"), about.site)


def _page(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
    del about, seen
    yield from page_findings(body.decode("utf-8", "replace"))


def _head(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
    del seen
    yield from metadata_findings(body.decode("utf-8", "replace"), about)


def _sitemap(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
    del seen
    yield from sitemap.sitemap_findings(body, about)


def _robots(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
    del about, seen
    yield from robots_findings(body)


def _nothing(body: bytes, about: Circumstances, seen: Seen) -> Iterator[Finding]:
    del body, about, seen
    yield from ()


KINDS: Final[dict[str, Callable[[bytes, Circumstances, Seen], Iterator[Finding]]]] = {
    "rss": _xml_feed("rss", rss.items_of, rss.channel_findings, rss.item_findings, rss.entry_of),
    "atom": _xml_feed("atom", atom.entries_of, atom.feed_findings, atom.entry_form_findings, atom.entry_of),
    "json": _json_feed,
    "sitemap": _sitemap,
    "sitemap-index": _sitemap,
    "robots": _robots,
    "head": _head,
    "page": _page,
    "content": _content,
    "metadata": _nothing,
    "opml": _nothing,
}
"""Kind to its rules. ``head`` is a head fragment, ``page`` a whole HTML page, ``content`` the HTML of a post."""

_OWN_SCHEMA: Final = frozenset(("rss", "atom", "json"))
"""Kinds that ask their schema themselves, because they cut entries out."""
