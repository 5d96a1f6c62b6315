"""robots.txt by RFC 9309, and the Sitemap lines that are no part of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.lint.findings import Finding, quoted
from schemas.lint.registry import found
from schemas.lint.uris import is_absolute

MOST_OCTETS: Final = 500 * 1024
"""Crawlers have to read so much (RFC 9309 §2.5), and some read no more."""

_RULES: Final = frozenset(("allow", "disallow", "crawl-delay"))


def robots_findings(body: bytes) -> Iterator[Finding]:
    """What is wrong with a robots.txt."""
    if len(body) > MOST_OCTETS:
        yield found("RobotsTooLarge", f"the document has {len(body):,} octets")
    addressed = False
    for number, text in enumerate(body.decode("utf-8", "replace").splitlines(), 1):
        key, colon, value = text.partition("#")[0].partition(":")
        name = key.strip().lower()
        if not colon:
            continue
        if name == "sitemap" and not is_absolute(value.strip()):
            yield found("RobotsRelativeSitemap", f"the sitemap {quoted(value)}", line=number)
        elif name == "user-agent":
            addressed = True
        elif name in _RULES and not addressed:
            yield found("RobotsRuleWithoutAgent", f"the rule {quoted(text)}", line=number)
