"""An entry as every format has it, and the rules that hold for it in each of them.

Refuses to know formats: ``rss``, ``atom`` and ``jsonfeed`` read entries out of their documents, and who has a post
before him may make one himself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from schemas.lint.consumers import CONSUMERS, Consumer, chosen
from schemas.lint.findings import Circumstances, Finding, quoted
from schemas.lint.html import content_findings
from schemas.lint.registry import found
from schemas.lint.uris import is_private, scheme_of

_TAGS: Final = re.compile(
    r"</(?:a|abbr|b|br|cite|code|del|div|em|h[1-6]|i|p|q|s|small|span|strong|sub|sup|u)\s*>", re.I
)
_REFERENCES: Final = re.compile(r"&(?:#\d+|#x[0-9a-f]+|amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|[mn]dash|hellip);", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says, whatever its format. Two formats' entries of one post are not equal, and need not be."""

    id: str
    url: str
    title: str
    html: str = ""
    """Its content, or what stands in its place."""
    summary: str = ""
    image: str = ""
    octets: int = 0
    whole: bool = True
    """Its content is all of the post's."""
    declared: bool = False
    """The format says itself whether the title holds markup."""


def entry_findings(entry: Entry, about: Circumstances) -> list[Finding]:
    """What is wrong with an entry in any format; ``Finding.entry`` is its id."""
    name = entry.id or entry.url
    findings = [replace(finding, entry=name) for finding in content_findings(entry.html, about.site)]
    findings += _own_findings(entry, about, name)
    findings += _demands(entry, chosen(about.profiles), name)
    return findings


def _own_findings(entry: Entry, about: Circumstances, name: str) -> Iterator[Finding]:
    if not entry.title:
        yield found("MissingTitle", f"{quoted(name)} has no title", entry=name)
    elif not entry.declared and (_TAGS.search(entry.title) or _REFERENCES.search(entry.title)):
        yield found("ContainsHTML", f"the title {quoted(entry.title)} holds HTML", entry=name, subject=entry.title)
    if not entry.summary and not entry.html:
        yield found("MissingDescription", "there is neither a description nor a body", entry=name)
    if entry.id != entry.url and scheme_of(entry.id) in ("http", "https"):
        yield found(
            "GuidLooksLikeLink",
            f"the id {quoted(entry.id)} looks like a link, and is not the entry's",
            entry=name,
            subject=entry.id,
        )
    if scheme_of(entry.url) == "http" and "msn" in about.profiles and not is_private(entry.url):
        yield found("InsecureLink", f"the post itself is at {quoted(entry.url)}", entry=name, subject=entry.url)
    if scheme_of(entry.image) == "http" and not is_private(entry.image):
        yield found("InsecureMedia", f"the picture is at {quoted(entry.image)}", entry=name, subject=entry.image)
    refusing = tuple(c.name for c in CONSUMERS.values() if c.item_octets and entry.octets > c.item_octets)
    if refusing:
        yield found("ItemTooLarge", f"the entry has {entry.octets:,} octets", entry=name, consumers=refusing)


def _demands(entry: Entry, consumers: tuple[Consumer, ...], name: str) -> Iterator[Finding]:
    """What the chosen consumers ask for beyond that; one finding a rule, which names all who do."""
    strict = tuple(consumer for consumer in consumers if consumer.title and len(entry.title) > consumer.title)
    if strict:
        limits = ", ".join(f"{consumer.name} takes {consumer.title}" for consumer in strict)
        message = f"the title has {len(entry.title)} characters; {limits}"
        whom = tuple(consumer.name for consumer in strict)
        yield found("TitleTooLong", message, entry=name, subject=entry.title, consumers=whom)
    whom = tuple(consumer.name for consumer in consumers if consumer.image)
    if whom and not entry.image and "<img" not in entry.html:
        yield found("MissingImage", "the post has no picture", entry=name, consumers=whom)
    whom = tuple(consumer.name for consumer in consumers if consumer.full_text)
    if whom and not entry.whole:
        yield found("MissingFullText", "only an excerpt is published", entry=name, consumers=whom)


def raised(finding: Finding, about: Circumstances) -> Finding:
    """A notice that one of the chosen consumers takes seriously is a warning."""
    whom = tuple(consumer.name for consumer in chosen(about.profiles) if finding.rule in consumer.raises)
    if not whom or finding.level != "notice":
        return finding
    return replace(finding, level="warning", consumers=tuple(dict.fromkeys((*finding.consumers, *whom))))
