"""What ``check`` asks once for the whole site: whether there are posts, channels that settings name, robots.txt lines.

Refuses to judge posts and documents: ``service.checking`` does.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from feeds.uri import ascii_url
from service.census import NO_POSTS
from service.conflicts import conflicts
from service.content.front_matter import split
from service.content.liquid import has_liquid, render
from service.errors import Problem, Rejected, SourceUnavailable
from service.index.addresses import key_of
from service.index.census import census
from service.paths import Target, channels_named, decoded_path_of
from service.publisher import Publisher
from service.runtime import source_name
from service.settings import SourceSettings
from service.sources.files import Tree, Vanished

SiteCheck = Callable[[Publisher], Iterable[Problem]]

NOWHERE: Final = "http://127.0.0.1:8000"
"""The site's URL where none is known: absolute, so that relative addresses can be judged."""

NO_URL: Final = Problem(
    "site",
    0,
    0,
    "warning",
    "site-url-missing",
    "neither the settings nor the content say where the site is",
    "set url in _config.yml or [site] url in feedmill.toml",
)

LARGEST_ROBOTS: Final = 500 * 1024
"""Bytes of a robots.txt that crawlers have to read (RFC 9309 §2.5)."""

_SITEMAP: Final = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def _has_posts(publisher: Publisher) -> Iterator[Problem]:
    if not census(publisher.index, datetime.now(UTC)).posts:
        yield Problem("site", 0, 0, "warning", "no-posts", "the content holds no post", NO_POSTS)


def _channels(publisher: Publisher) -> Iterator[Problem]:
    """Exceptions for channels that are not there: a typo would pass silently."""
    index = publisher.index
    known = [decoded_path_of(Target(row.kind, row.slug, "")) for row in index.channels()]
    for path in publisher.settings.feed.channels:
        ((kind, slug),) = channels_named([path])
        found = index.channel(kind, slug)
        if found is not None and found.slug == slug:
            continue
        near = difflib.get_close_matches(path, known, n=1, cutoff=0.7)
        other = decoded_path_of(Target(found.kind, found.slug, "")) if found else (near[0] if near else "")
        hint = f"did you mean {other}?" if other else "the slugs are those of the channels' feeds (opml.xml lists them)"
        message = f'feed.channels."{path}": no post makes such a channel, so nothing of this counts'
        yield Problem("settings", 0, 0, "warning", "channel-unknown", message, hint)


def _robots_lines(publisher: Publisher) -> Iterator[Problem]:
    """What the site's own robots.txt has to say, where that is not ours: a sitemap elsewhere counts only if it is named
    there (sitemaps.org, cross-submission)."""
    head = publisher.heading()
    site = urlsplit(head.site.url)
    origin = f"{site.scheme}://{site.netloc}"
    if head.service_url == origin or not site.netloc:
        return
    named = {ascii_url(url) for text in _robots_texts(publisher, origin) for url in _SITEMAP.findall(text)}
    for name in ("sitemap.xml", "sitemap-news.xml"):
        address = head.address(Target("site", "", name))
        if address not in named:
            message = f"the sitemap is at {address}, so {origin}/robots.txt has to name it"
            yield Problem("site", 0, 0, "notice", "robots-line-needed", message, f"add the line `Sitemap: {address}`")


def _robots_texts(publisher: Publisher, origin: str) -> Iterator[str]:
    """The robots.txt that the content brings along: a file at its root, or a page that says so in its front matter."""
    for source in publisher.settings.source:
        yield _rendered(publisher, source_name(source), _robots_file(source))
    key = key_of(f"{origin}/robots.txt")
    page = publisher.index.page(key) if key else None
    if page is not None and page.fields.markup != "markdown":  # that would become paragraphs
        yield _rendered(publisher, page.source, publisher.index.texts([page.number]).get(page.number, ""))


def _robots_file(source: SourceSettings) -> str:
    if source.path is None:
        return ""
    try:
        with Tree(source.path, follow=source.follow_symlinks == "inside") as tree:
            entry = tree.find("robots.txt")
            return tree.head(entry, LARGEST_ROBOTS).decode("utf-8-sig", "replace") if entry else ""
    except (Rejected, SourceUnavailable, Vanished):
        return ""


def _rendered(publisher: Publisher, source: str, text: str) -> str:
    """As the generator publishes it: without front matter, with its Liquid done."""
    body = split(text).body
    if not has_liquid(body):
        return body
    return render(body, {}, publisher.index.context(source), lambda _: None)[0]


SITE_CHECKS: Final[tuple[SiteCheck, ...]] = (_has_posts, _channels, _robots_lines, conflicts)
"""Asked when every document was judged."""
