"""RSS 2.0 by the feed validator's rules and the RSS Board's profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from schemas.lint.dates import fault_of_rfc2822
from schemas.lint.entries import Entry
from schemas.lint.findings import Circumstances, Finding, quoted
from schemas.lint.heads import Head, head_findings, repeated
from schemas.lint.registry import found
from schemas.lint.uris import MAIL, has_public_form, holds_mail, is_language, is_mail, is_media_type, scheme_of
from schemas.lint.xml import (
    ATOM,
    CONTENT,
    DC,
    MEDIA,
    SLASH,
    WFW,
    XHTML,
    archive_findings,
    characters,
    document_findings,
    implausible,
    line_of,
    local_of,
    podcast_findings,
    text_of,
    uri_findings,
)

_CONTACT: Final = re.compile(rf"{MAIL} \(.+\)", re.ASCII | re.DOTALL)
_RAW_TITLE: Final = re.compile(rb"<title>([^<]*)</title>")
_ESCAPED_TAG: Final = re.compile(rb"&lt;(?=[/A-Za-z])|&amp;(?=#[x0-9])")
_TWINS: Final = (("author", f"{DC}creator"), ("category", f"{DC}subject"), ("pubDate", f"{DC}date"),
                 ("pubDate", f"{ATOM}published"), ("guid", f"{ATOM}id"), ("source", f"{DC}source"))  # fmt: skip
_CHANNEL_TWINS: Final = (("managingEditor", f"{DC}creator"), ("webMaster", f"{DC}publisher"),
                         ("copyright", f"{DC}rights"), ("language", f"{DC}language"), ("pubDate", f"{DC}date"),
                         ("category", f"{DC}subject"))  # fmt: skip


def items_of(root: etree._Element) -> list[etree._Element]:
    """The items of a feed."""
    return root.findall("channel/item")


def entry_of(item: etree._Element, octets: int) -> Entry:
    """An item as every format has it; an item without content:encoded has its description for content."""
    content, description = text_of(item, f"{CONTENT}encoded"), text_of(item, "description")
    link = text_of(item, "link")
    picture = next((p.get("url") or "" for p in item.iter(f"{MEDIA}thumbnail", f"{MEDIA}content")), "")
    return Entry(
        id=text_of(item, "guid") or link,
        url=link,
        title=text_of(item, "title"),
        html=content or description,
        summary=description,
        image=str(picture),
        octets=octets,
        whole=bool(content),
    )


def channel_findings(root: etree._Element, body: bytes, about: Circumstances) -> Iterator[Finding]:
    """What is wrong with a feed beside its items."""
    yield from document_findings(root, body)
    channel = root.find("channel")
    if channel is None:
        return  # the grammar says so
    links = channel.findall(f"{ATOM}link")
    own = next((link for link in links if link.get("rel") == "self"), None)
    items = channel.findall("item")
    head = Head(
        octets=len(body),
        items=len(items),
        line=line_of(channel),
        self_url="" if own is None else own.get("href") or "",
        self_line=0 if own is None else line_of(own),
        logo=text_of(channel, "image/url"),
        ttl=text_of(channel, "ttl"),
        description=text_of(channel, "description"),
    )
    yield from head_findings(head, about, "MissingAtomSelfLink")
    guids = [(text_of(item, "guid"), text_of(item, "guid"), line_of(item)) for item in items]
    yield from repeated(guids, "DuplicateValue", "the guid")
    for child in channel.iterchildren():
        if child.tag == "item":
            continue
        yield from characters(child)
        judge = _PARTS.get(str(child.tag))
        if judge:
            yield from judge(child, "")
        if items and child.getparent() is channel and child.getprevious() is not None and _after_items(child):
            yield found("MisplacedItem", f"<{local_of(child)}> after an item", line=line_of(child))
    yield from _channel_parts(channel, about)
    yield from archive_findings(channel, {str(link.get("rel")) for link in links})
    yield from podcast_findings(channel)
    line, counted = 1, 0
    for match in _RAW_TITLE.finditer(body):
        if _ESCAPED_TAG.search(match[1]):
            title = match[1].decode("utf-8", "replace")
            line, counted = line + body.count(b"\n", counted, match.start()), match.start()
            yield found("CharacterData", f"the title {quoted(title)}", line=line)


def _after_items(child: etree._Element) -> bool:
    before = child.getprevious()
    return before is not None and before.tag == "item"


def _channel_parts(channel: etree._Element, about: Circumstances) -> Iterator[Finding]:
    for core, extension in _CHANNEL_TWINS:
        other = channel.find(extension)
        if other is not None and channel.find(core) is not None:
            yield found("DuplicateSemantics", f"dc:{local_of(other)} beside {core}", line=line_of(other))
    for name in ("pubDate", "lastBuildDate"):
        yield from implausible(channel.find(name), about)
    title, link = text_of(channel, "title"), text_of(channel, "link")
    if not title:
        yield found("NotBlank", "the channel has no title")
    for image in channel.findall("image"):
        line = line_of(image)
        if text_of(image, "title") != title:
            yield found("ImageTitleDoesntMatch", f"the picture is called {quoted(text_of(image, 'title'))}", line=line)
        if text_of(image, "link") != link:
            yield found("ImageLinkDoesntMatch", f"the picture links to {quoted(text_of(image, 'link'))}", line=line)
        if not re.search(r"\.(?:gif|jpe?g|png)(?:$|[?#])", text_of(image, "url"), re.IGNORECASE):
            yield found("ImageUrlFormat", f"the picture is {quoted(text_of(image, 'url'))}", line=line)
        for name, most, rule in (("width", 144, "InvalidWidth"), ("height", 400, "InvalidHeight")):
            size = text_of(image, name)
            if size and not (size.isdecimal() and 0 < int(size[:9]) <= most):
                yield found(rule, f"the {name} {quoted(size)} of the picture", line=line)


def item_findings(item: etree._Element, about: Circumstances) -> Iterator[Finding]:
    """What is wrong with the form of an item; ``entries`` judges what it says."""
    guid, line = item.find("guid"), line_of(item)
    name = text_of(item, "guid") or text_of(item, "link")
    yield from characters(item, name)
    if guid is None:
        yield found("MissingGuid", f"the item {quoted(text_of(item, 'title'))} has no guid", line=line, entry=name)
    else:
        yield from _guid_findings(guid, name)
    for child in item.iterchildren():
        judge = _PARTS.get(str(child.tag))
        if judge:
            yield from judge(child, name)
    yield from implausible(item.find("pubDate"), about, name)
    for core, extension in _TWINS:
        other = item.find(extension)
        if other is not None and item.find(core) is not None:
            message = f"{local_of(other)} of an extension beside {core}"
            yield found("DuplicateItemSemantics", message, line=line_of(other), entry=name)
    for tag in (f"{ATOM}content", f"{ATOM}title", f"{XHTML}body"):
        again = item.find(tag)
        if again is not None:
            yield found("DuplicateDescriptionSemantics", f"<{local_of(again)}> in an item",
                        line=line_of(again), entry=name)  # fmt: skip
    content = item.find(f"{CONTENT}encoded")
    if content is not None and "description" not in [sibling.tag for sibling in content.itersiblings(preceding=True)]:
        message = "content:encoded before, or without, a description"
        yield found("NeedDescriptionBeforeContent", message, line=line_of(content), entry=name)
    enclosures = item.findall("enclosure")
    if len(enclosures) > 1:
        yield found("DuplicateEnclosure", f"{len(enclosures)} enclosures", line=line_of(enclosures[1]), entry=name)
    channel = item.getparent()
    if item.find(f"{SLASH}comments") is not None and channel is not None and channel.find("lastBuildDate") is None:
        yield found("SlashDate", "slash:comments without lastBuildDate", line=line, entry=name)


def _guid_findings(guid: etree._Element, name: str) -> Iterator[Finding]:
    value, line, permanent = (guid.text or "").strip(), line_of(guid), guid.get("isPermaLink", "true")
    if permanent not in ("true", "false"):
        yield found("InvalidBooleanAttribute", f"isPermaLink is {quoted(str(permanent))}", line=line, entry=name)
    if permanent != "false":
        if scheme_of(value) in ("tag", "urn"):
            yield found("InvalidPermalink", f"the guid {quoted(value)} as a link", line=line, entry=name, subject=value)
        elif scheme_of(value) not in ("http", "https", "ftp"):
            yield found("InvalidHttpGUID", f"the guid {quoted(value)} as a link", line=line, entry=name, subject=value)
        else:
            yield from uri_findings(value, line, "the guid", name)
    elif value.isdecimal() and len(value) < 9:
        yield found("NotSufficientlyUnique", f"the guid {quoted(value)}", line=line, entry=name, subject=value)
    if not value:
        yield found("NotBlank", "an empty guid", line=line, entry=name)


def _link(element: etree._Element, name: str) -> Iterator[Finding]:
    if (element.text or "").strip():
        yield from uri_findings((element.text or "").strip(), line_of(element), "the link", name)


def _date(element: etree._Element, name: str) -> Iterator[Finding]:
    fault = fault_of_rfc2822(element.text or "")
    if fault:
        yield found(fault, f"the date {quoted(element.text or '')}", line=line_of(element), entry=name)


def _person(element: etree._Element, name: str) -> Iterator[Finding]:
    text, line = (element.text or "").strip(), line_of(element)
    if _CONTACT.fullmatch(text):
        return
    if is_mail(text):
        yield found("MissingRealName", f"{quoted(text)} without a name", line=line, entry=name, subject=text)
    else:
        rule = "EmailFormat" if holds_mail(text) else "InvalidContact"
        yield found(rule, f"{quoted(text)}", line=line, entry=name, subject=text)


def _creator(element: etree._Element, name: str) -> Iterator[Finding]:
    text = element.text or ""
    if holds_mail(text):
        yield found("ContainsEmail", f"the name {quoted(text)}", line=line_of(element), entry=name, subject=text)


def _enclosure(element: etree._Element, name: str) -> Iterator[Finding]:
    line = line_of(element)
    for key in ("url", "length", "type"):
        if element.get(key) is None:
            yield found("MissingAttribute", f"an enclosure without {key}", line=line, entry=name)
    url, length, kind = (element.get(key) for key in ("url", "length", "type"))
    if url is not None and not has_public_form(url):
        yield found("InvalidURLAttribute", f"the enclosure {quoted(url)}", line=line, entry=name, subject=url)
    if length is not None and not length.isdecimal():
        yield found("UseZeroForUnknown", f"the length {quoted(length)}", line=line, entry=name)
    if kind is not None and not is_media_type(kind):
        yield found("InvalidMIMEAttribute", f"the type {quoted(kind)}", line=line, entry=name)


def _language(element: etree._Element, name: str) -> Iterator[Finding]:
    if not is_language((element.text or "").strip()):
        yield found("InvalidLanguage", f"the language {quoted(element.text or '')}", line=line_of(element), entry=name)


def _ttl(element: etree._Element, name: str) -> Iterator[Finding]:
    text = (element.text or "").strip()
    if not (text.isdecimal() and text.strip("0")):
        yield found("InvalidPositiveInteger", f"the ttl {quoted(text)}", line=line_of(element), entry=name)


def _text_input(element: etree._Element, name: str) -> Iterator[Finding]:
    yield found("AvoidTextInput", "the channel asks for input", line=line_of(element), entry=name)


def _comment_rss(element: etree._Element, name: str) -> Iterator[Finding]:
    yield found("CommentRSS", "wfw:commentRSS", line=line_of(element), entry=name)


def _skip_hours(element: etree._Element, name: str) -> Iterator[Finding]:
    for hour in element.findall("hour"):
        if (hour.text or "").strip() == "24":
            yield found("UseZeroForMidnight", "the hour 24", line=line_of(hour), entry=name)


def _category(element: etree._Element, name: str) -> Iterator[Finding]:
    if not (element.text or "").strip():
        yield found("NotBlank", "an empty category", line=line_of(element), entry=name)


_PARTS: Final[dict[str, Callable[[etree._Element, str], Iterator[Finding]]]] = {
    "link": _link, "comments": _link, "docs": _link, "pubDate": _date, "lastBuildDate": _date, "author": _person,
    "managingEditor": _person, "webMaster": _person, f"{DC}creator": _creator, "enclosure": _enclosure,
    "language": _language, f"{DC}language": _language, "ttl": _ttl, "textInput": _text_input,
    f"{WFW}commentRSS": _comment_rss, "skipHours": _skip_hours, "category": _category,
}  # fmt: skip
"""Elements of a channel or an item that are judged by themselves."""
