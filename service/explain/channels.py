"""Which channel an address is of, where it is no post's: somebody asked about a feed, or about the page of a term."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from feeds.model import ChannelKind
from service.heading import Heading
from service.index.reader import Reader
from service.index.records import ChannelRow
from service.paths import FOLDERS, Target, page_path, parse
from service.report import counted

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")

_FEEDS: Final = {"rss.xml": "the RSS feed", "atom.xml": "the Atom feed", "feed.json": "the JSON Feed"}


def channel_at(said: str, index: Reader, head: Heading) -> str:
    """What an address means that is a channel's, in words; "" where it is none of ours, or no channel's.

    ``said`` is a URL or a path; a path counts from the service, then from the site.
    """
    try:
        parts = urlsplit(said)
        hosts = {urlsplit(url).hostname for url in (head.service_url, head.site.url)}
    except ValueError:
        return ""
    if parts.scheme and parts.hostname not in {*hosts, *LOOPBACK}:
        return ""
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    prefix = head.prefix()
    below = path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
    base = urlsplit(head.site.url).path.rstrip("/")
    return _by_our_path(below, index) or _by_page(path, index, head) or _by_page(base + path, index, head)


def _by_our_path(path: str, index: Reader) -> str:
    meaning = parse(path)
    if meaning is None:
        return ""
    target = meaning if isinstance(meaning, Target) else meaning.target
    if target.document.startswith("meta/P"):
        return ""
    row = index.channel(target.kind, target.slug)
    if row is None:
        return f"the address of a {target.kind} that no post has"
    return f"{_FEEDS.get(target.document, target.document or 'the page')} of {_named(row)}"


def _by_page(path: str, index: Reader, head: Heading) -> str:
    """The site's own page of a term."""
    asked = page_path(path)
    kinds: tuple[ChannelKind, ...] = tuple(FOLDERS)
    for kind in kinds if asked else ():
        for term in head.terms_in(kind, asked or ""):
            row = index.channel(kind, term)
            page = head.term_page(row) if row else None
            if row and page and page_path(urlsplit(page).path) == asked:
                return f"the site's page of {_named(row)}"
    return ""


def _named(row: ChannelRow) -> str:
    name = "the whole site" if row.kind == "site" else f"the {row.kind} {row.label}"
    return f"{name} ({counted(row.posts, 'post')})"
