"""JSON Feed 1.1: the rules that its JSON Schema does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.lint.dates import is_implausible, moment_of_rfc3339
from schemas.lint.entries import Entry
from schemas.lint.findings import Circumstances, Finding, quoted
from schemas.lint.heads import Head, head_findings, repeated
from schemas.lint.registry import found
from schemas.lint.uris import fault_of, is_language


def items_of(feed: dict[str, Any]) -> list[dict[str, Any]]:
    """The items that are objects; the schema speaks of the others."""
    items = feed.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def entry_of(item: dict[str, Any], octets: int) -> Entry:
    """An item as every format has it."""
    content = _text(item, "content_html")
    return Entry(
        id=_text(item, "id"),
        url=_text(item, "url"),
        title=_text(item, "title"),
        html=content or _text(item, "content_text").replace("<", "&lt;"),
        summary=_text(item, "summary"),
        image=_text(item, "image") or _text(item, "banner_image"),
        octets=octets,
    )


def feed_findings(feed: dict[str, Any], octets: int, about: Circumstances) -> Iterator[Finding]:
    """What is wrong with a feed beside its items."""
    items = items_of(feed)
    head = Head(octets, len(items), self_url=_text(feed, "feed_url"), logo=_text(feed, "icon"))
    yield from head_findings(head, about, "MissingSelf")
    yield from repeated([(_text(i, "id"), _text(i, "id"), 0) for i in items], "DuplicateEntries", "the id")
    language = _text(feed, "language")
    if language and not is_language(language):
        yield found("InvalidLanguage", f"the language {quoted(language)}")


def item_findings(item: dict[str, Any], about: Circumstances) -> Iterator[Finding]:
    """What is wrong with the form of an item; ``entries`` judges what it says."""
    name = _text(item, "id") or _text(item, "url")
    for key in ("date_published", "date_modified"):
        text = _text(item, key)
        moment = moment_of_rfc3339(text)
        if text and moment is None:
            yield found("InvalidRFC3339Date", f"{key} is {quoted(text)}", entry=name, subject=text)
        elif moment and is_implausible(moment, about.now):
            yield found("ImplausibleDate", f"{key} is {quoted(text)}", entry=name, subject=text)
    for key in ("url", "external_url", "image", "banner_image"):
        fault = fault_of(_text(item, key)) if _text(item, key) else None
        if fault:
            yield found(fault, f"{key} is {quoted(_text(item, key))}", entry=name, subject=_text(item, key))
    language = _text(item, "language")
    if language and not is_language(language):
        yield found("InvalidLanguage", f"the language {quoted(language)}", entry=name)


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""
