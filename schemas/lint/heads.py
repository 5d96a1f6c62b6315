"""The rules that a feed has to keep as a whole, whatever its format: where it lives, how large it is, what repeats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.lint.consumers import CONSUMERS, Consumer, chosen
from schemas.lint.findings import Circumstances, Finding, quoted
from schemas.lint.registry import found
from schemas.lint.uris import host_of, is_absolute, is_private, scheme_of


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself."""

    octets: int
    items: int
    line: int = 0
    """Where the feed begins."""
    self_url: str = ""
    self_line: int = 0
    logo: str = ""
    ttl: str | None = None
    """None: the format has no such thing."""
    description: str | None = None


def head_findings(head: Head, about: Circumstances, missing_self: str) -> Iterator[Finding]:
    """What is wrong with a feed as a whole. ``missing_self`` is the rule's name for a feed without a self link."""
    if not head.self_url:
        yield found(missing_self, "the feed does not say where it lives", line=head.line)
    elif not is_absolute(head.self_url):
        yield found("RelativeSelf", f"the self link is {quoted(head.self_url)}", line=head.self_line)
    elif about.url and head.self_url != about.url:
        message = f"the feed at {quoted(about.url)} says it is at {quoted(head.self_url)}"
        yield found("SelfDoesntMatchLocation", message, line=head.self_line)
    if scheme_of(head.self_url) == "http" and not is_private(head.self_url):
        yield found("InsecureLink", f"the feed itself is at {quoted(head.self_url)}", line=head.self_line)
    if head.description == "":
        yield found("MissingDescription", "the feed has no description")
    refusing = tuple(c.name for c in CONSUMERS.values() if c.feed_octets and head.octets > c.feed_octets)
    if refusing:
        yield found("FeedTooLarge", f"the feed has {head.octets:,} octets", consumers=refusing)
    yield from _demands(head, chosen(about.profiles), about)


def _demands(head: Head, consumers: tuple[Consumer, ...], about: Circumstances) -> Iterator[Finding]:
    """What the chosen consumers ask for beyond that; one finding a rule, which names all who do."""
    strict = tuple(consumer for consumer in consumers if consumer.items and head.items > consumer.items)
    if strict:
        limits = ", ".join(f"{consumer.name} takes {consumer.items}" for consumer in strict)
        whom = tuple(consumer.name for consumer in strict)
        yield found("TooManyItems", f"the feed has {head.items} items; {limits}", consumers=whom)
    whom = tuple(consumer.name for consumer in consumers if consumer.logo)
    if whom and not head.logo:
        yield found("MissingLogo", "the feed has no logo", consumers=whom)
    whom = tuple(consumer.name for consumer in consumers if consumer.ttl)
    if whom and head.ttl == "":
        yield found("MissingTtl", "the feed has no ttl", consumers=whom)
    whom = tuple(consumer.name for consumer in consumers if consumer.own_host)
    host, own = host_of(head.self_url), host_of(about.site)
    if whom and host and own and host != own:
        yield found("FeedOtherHost", f"the feed is on {host}, the site on {own}", consumers=whom)


def repeated(values: Iterable[tuple[str, str, int]], rule: str, what: str) -> Iterator[Finding]:
    """A finding for each entry whose value another before it has. ``values``: value, entry, line."""
    seen: dict[str, str] = {}
    for value, entry, line in values:
        if not value:
            continue
        if value in seen:
            before = f", as {quoted(seen[value])} has" if seen[value] != value else ""
            yield found(rule, f"{what} {quoted(value)} a second time{before}", line=line, entry=entry, subject=value)
        else:
            seen[value] = entry
