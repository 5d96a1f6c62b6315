"""Where a feed was, and which document of ours answers there from now on. Pure, but for the channels it asks for.

Refuses to send a path of ours elsewhere, and what is no path below our own: that is the web server's to redirect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from feeds.frozen import frozen
from feeds.model import ChannelKind
from service.diff.entries import Form
from service.paths import FEED_NAMES, Moved, Target, decode, parse, path_of

_OF_TERM: Final = re.compile(
    r".*?/(categor(?:y|ies)|tags?|authors?|topics?)/(?:.*?/)??([^/]+)/"
    r"(?:(?:feed|rss|rss2|atom)/?){0,2}(?:(?:index|feed|rss|atom)\.(?:xml|rss|atom|json|rdf))?"
)
"""Where WordPress, Hugo, Ghost and others have the feed of a category, tag or author."""

_KINDS: Final[dict[str, ChannelKind]] = {"categor": "category", "tag": "tag", "topic": "tag", "author": "author"}


@frozen(frozen=True, slots=True)
class Alias:
    """``url`` is where the feed was ("" where nobody says), ``target`` our document. ``path`` (decoded, below our
    prefix) is to be kept as an alias; "" where that is not ours to do, and ``why`` says so."""

    url: str
    target: Target
    path: str = ""
    why: str = ""


def alias(
    url: str,
    form: Form,
    known: Callable[[ChannelKind, str], str | None],
    *,
    service: str,
    site: str,
    to: Target | None = None,
) -> Alias:
    """What answers where a feed was: ``to``, else the same format of the channel that its path names, else the site's.

    ``known`` gives the slug of a channel by kind and spelling, None where there is none. ``service`` and ``site`` are
    our URLs.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    path = decode(parts.path) or ""
    prefix = decode(urlsplit(service).path.rstrip("/")) or ""
    below = path.removeprefix(prefix) if path.startswith(f"{prefix}/") else ""
    target = to or _target(below or path, form, known)
    if not path.strip("/"):
        return Alias(url, target, why="nobody says where the feed was: name its path with --at")
    if parts.query:
        return Alias(url, target, why="the address has a query, by which no path is told from another")
    if not below:
        return Alias(url, target, why=f"the path is not below {prefix}/, where Feedmill answers")
    hosts = {urlsplit(address).hostname for address in (service, site)}
    if parts.hostname and parts.hostname not in hosts:
        return Alias(url, target, why=f"{parts.hostname} is another host")
    meaning = parse(below)
    if isinstance(meaning, Target):
        same = path_of(meaning) == path_of(target)
        return Alias(url, target, why="it answers there already" if same else f"{below} is a document of ours")
    if isinstance(meaning, Moved) and path_of(meaning.target) == path_of(target):
        return Alias(url, target, why="it is sent there already")
    return Alias(url, target, below)


def _target(path: str, form: Form, known: Callable[[ChannelKind, str], str | None]) -> Target:
    meaning = parse(path)
    found = meaning.target if isinstance(meaning, Moved) else meaning
    name = FEED_NAMES[form]
    if found is not None and found.kind != "site":
        slug = known(found.kind, found.slug)
        if slug is not None:
            return Target(found.kind, slug, name)
    match = _OF_TERM.fullmatch(path)
    if match:
        kind = next(kind for start, kind in _KINDS.items() if match[1].startswith(start))
        slug = known(kind, match[2])
        if slug is not None:
            return Target(kind, slug, name)
    return Target("site", "", name)
