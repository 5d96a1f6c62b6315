"""Atom 1.0 by RFC 4287 and the feed validator's rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, cast

from lxml import etree

from schemas.lint.dates import moment_of_rfc3339
from schemas.lint.entries import Entry
from schemas.lint.findings import Circumstances, Finding, quoted, words
from schemas.lint.heads import Head, head_findings, repeated
from schemas.lint.registry import found
from schemas.lint.uris import (
    holds_mail,
    is_canonical,
    is_language,
    is_mail,
    is_media_type,
    is_registered,
    scheme_of,
)
from schemas.lint.xml import (
    ATOM,
    MEDIA,
    XHTML,
    archive_findings,
    characters,
    document_findings,
    implausible,
    line_of,
    text_of,
    uri_findings,
)

_RELS: Final = words(
    "alternate self related via enclosure hub next previous prev first last current prev-archive next-archive archives "
    "license replies edit edit-media payment http://schemas.google.com/g/2005#feed"
)
_HISTORY_RELS: Final = frozenset(("prev-archive", "next-archive", "current"))
_MARKUP: Final = re.compile(
    r"</?(?:a|b|br|code|div|em|i|img|li|p|span|strong|sub|sup|ul)\b[^<>]*>|&(?:#\d+|\w+);", re.I
)
_TAG: Final = re.compile(r"<[^<>]*>")
_SHOWN: Final = ("code", "kbd", "pre", "samp", "textarea", "tt", "var")
"""Where markup that is escaped is meant to be seen."""
_UNSHOWN: Final = etree.XPath(f"descendant::text()[not(ancestor::*[{' or '.join(map('self::x:{}'.format, _SHOWN))}])]",
                              namespaces={"x": XHTML[1:-1]})  # fmt: skip
_TEXTS: Final = ("title", "subtitle", "summary", "rights", "content")
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def entries_of(root: etree._Element) -> list[etree._Element]:
    """The entries of a feed."""
    return root.findall(f"{ATOM}entry")


def entry_of(entry: etree._Element, octets: int) -> Entry:
    """An entry as every format has it."""
    content, summary = _html(entry.find(f"{ATOM}content")), _html(entry.find(f"{ATOM}summary"))
    title = entry.find(f"{ATOM}title")
    picture = next((p.get("url") or "" for p in entry.iter(f"{MEDIA}thumbnail", f"{MEDIA}content")), "")
    return Entry(
        id=text_of(entry, f"{ATOM}id"),
        url=_alternate(entry),
        title="" if title is None else _plain(title),
        declared=title is not None and title.get("type", "text") != "text",
        html=content,
        summary=summary,
        image=str(picture),
        octets=octets,
        whole=bool(content),
    )


def feed_findings(root: etree._Element, body: bytes, about: Circumstances) -> Iterator[Finding]:
    """What is wrong with a feed beside its entries."""
    yield from document_findings(root, body)
    links = root.findall(f"{ATOM}link")
    own = next((link for link in links if link.get("rel") == "self"), None)
    entries = entries_of(root)
    head = Head(
        octets=len(body),
        items=len(entries),
        line=line_of(root),
        self_url="" if own is None else own.get("href") or "",
        self_line=0 if own is None else line_of(own),
        logo=text_of(root, f"{ATOM}logo"),
    )
    yield from head_findings(head, about, "MissingSelf")
    yield from _constructs(root, about, "")
    named = [(text_of(entry, f"{ATOM}id"), entry) for entry in entries]
    yield from repeated([(key, key, line_of(entry)) for key, entry in named], "DuplicateEntries", "the id")
    updated = [(text_of(entry, f"{ATOM}updated"), key, line_of(entry)) for key, entry in named]
    yield from repeated(updated, "DuplicateUpdated", "the date of edit")
    yield from archive_findings(root, {str(link.get("rel")) for link in links})


def entry_form_findings(entry: etree._Element, about: Circumstances) -> Iterator[Finding]:
    """What is wrong with the form of an entry; ``entries`` judges what it says."""
    name = text_of(entry, f"{ATOM}id")
    yield from _constructs(entry, about, name)
    if entry.find(f"{ATOM}summary") is None and entry.find(f"{ATOM}content") is None:
        yield found("MissingTextualContent", "neither summary nor content", line=line_of(entry), entry=name)
    for link in entry.findall(f"{ATOM}link"):
        if link.get("rel") in _HISTORY_RELS:
            message = f"a link rel={link.get('rel')} in an entry"
            yield found("FeedHistoryRelInEntry", message, line=line_of(link), entry=name)


def _constructs(parent: etree._Element, about: Circumstances, name: str) -> Iterator[Finding]:
    """The constructs that a feed and an entry both have (RFC 4287 §3, §4.2)."""
    for child in parent.iterchildren():
        tag = str(child.tag)
        if tag == f"{ATOM}entry":
            continue
        yield from characters(child, name)
        local = tag.removeprefix(ATOM)
        if local in _TEXTS:
            yield from _text_findings(child, local, name)
        elif local in ("updated", "published"):
            yield from _date_findings(child, about, name)
        elif local == "id":
            yield from _id_findings(child, name)
        elif local in ("author", "contributor"):
            yield from _person_findings(child, name)
        elif local == "category" and not (child.get("term") or "").strip():
            yield found("AttrNotBlank", "a category without a term", line=line_of(child), entry=name)
    language = parent.get(_LANGUAGE)
    if language and not is_language(language):
        yield found("InvalidLanguage", f"xml:lang {quoted(language)}", line=line_of(parent), entry=name)
    yield from _link_findings(parent.findall(f"{ATOM}link"), name)


def _text_findings(element: etree._Element, local: str, name: str) -> Iterator[Finding]:
    kind, text, line = element.get("type", "text"), element.text or "", line_of(element)
    if local == "content" and element.get("src") is not None:
        return
    if kind == "text" and _MARKUP.search(text):
        message = f"the {local} {quoted(text)} does not say that it is HTML"
        yield found("ContainsUndeclaredHTML", message, line=line, entry=name, subject=text)
    elif kind == "xhtml" and _MARKUP.search(_prose(element)):
        yield found("NotInline", f"escaped markup in the {local}", line=line, entry=name)
    elif kind == "text/html" and "<html" not in text:
        yield found("HtmlFragment", f"the {local} is a fragment of type text/html", line=line, entry=name)
    elif kind not in ("text", "html", "xhtml") and not (local == "content" and is_media_type(kind)):
        yield found("InvalidMIMEType", f"the {local} is of type {quoted(kind)}", line=line, entry=name)
    if not text.strip() and not len(element) and local != "content":
        yield found("NotBlank", f"an empty {local}", line=line, entry=name)


def _prose(xhtml: etree._Element) -> str:
    """The text of XHTML without what it shows as code."""
    return "".join(map(str, cast("list[str]", _UNSHOWN(xhtml))))


def _date_findings(element: etree._Element, about: Circumstances, name: str) -> Iterator[Finding]:
    text, line = element.text or "", line_of(element)
    if text != text.strip():
        yield found("UnexpectedWhitespace", f"space around the date {quoted(text)}", line=line, entry=name)
    elif moment_of_rfc3339(text) is None:
        yield found("InvalidRFC3339Date", f"the date {quoted(text)}", line=line, entry=name, subject=text)
    yield from implausible(element, about, name)


def _id_findings(element: etree._Element, name: str) -> Iterator[Finding]:
    text, line = element.text or "", line_of(element)
    uri = text.strip()
    if text != uri:
        yield found("UnexpectedWhitespace", f"space around the id {quoted(uri)}", line=line, entry=name)
    yield from uri_findings(uri, line, "the id", name)
    if scheme_of(uri) and not is_registered(scheme_of(uri)):
        yield found("SchemeNotIANARegistered", f"the id {quoted(uri)}", line=line, entry=name, subject=uri)
    elif not is_canonical(uri):
        yield found("NonCanonicalURI", f"the id {quoted(uri)}", line=line, entry=name, subject=uri)


def _person_findings(person: etree._Element, name: str) -> Iterator[Finding]:
    mail, called = text_of(person, f"{ATOM}email"), text_of(person, f"{ATOM}name")
    if mail and not is_mail(mail):
        line = next((line_of(child) for child in person.iterchildren(f"{ATOM}email")), line_of(person))
        yield found("InvalidAddrSpec", f"the address {quoted(mail)}", line=line, entry=name, subject=mail)
    if holds_mail(called):
        yield found("ContainsEmail", f"the name {quoted(called)}", line=line_of(person), entry=name, subject=called)


def _link_findings(links: list[etree._Element], name: str) -> Iterator[Finding]:
    seen: set[tuple[str | None, str | None]] = set()
    for link in links:
        rel, line, href = link.get("rel", "alternate"), line_of(link), link.get("href") or ""
        if rel not in _RELS and not scheme_of(rel):
            yield found("UnregisteredAtomLinkRel", f"the relation {quoted(rel)}", line=line, entry=name)
        if rel == "alternate":
            twin = (link.get("type"), link.get("hreflang"))
            if twin in seen:
                yield found("DuplicateAtomLink", f"a second alternate {quoted(href)}", line=line, entry=name)
            seen.add(twin)
        if link.get("type") is not None and not is_media_type(link.get("type") or ""):
            yield found("InvalidMIMEType", f"a link of type {quoted(link.get('type') or '')}", line=line, entry=name)
        if rel != "self":
            yield from uri_findings(href, line, f"the link rel={rel}", name)


def _alternate(entry: etree._Element) -> str:
    found_ = (link.get("href") for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate")
    return next((str(href) for href in found_ if href), "")


def _plain(construct: etree._Element) -> str:
    text = "".join(map(str, construct.itertext())).strip()
    return unescape(_TAG.sub("", text)).strip() if construct.get("type") in ("html", "text/html") else text


def _html(element: etree._Element | None) -> str:
    """The HTML a construct holds, as far as its type says that it does; the text of a plain one is no HTML."""
    if element is None:
        return ""
    if element.get("type") == "xhtml":
        return "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
    text = (element.text or "").strip()
    return text if element.get("type") in ("html", "text/html") else text.replace("<", "&lt;")
