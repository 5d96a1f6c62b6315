"""The feed to import: a file, a URL, or the one feed that a page announces.

A page leads one hop on. What it names on another host is asked behind the guard that upstreams are asked behind; the
address on the command line, and its host, are whoever's who wrote it. Refuses to choose among several feeds.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from service.diff.entries import Feed, read_feed
from service.diff.fetching import Answer, Fetcher, web_address
from service.diff.sides import Directory
from service.errors import SourceUnavailable, UsageError
from service.settings import LimitSettings, SourceSettings
from service.sources.feed_document import NotAFeed
from service.sources.feed_lists import feed_links
from service.upstream.client import HttpClient


def read(said: str) -> tuple[str, Feed]:
    """The feed that ``said`` names, and what it is called in the state file and in reports: its URL or its file's name.

    Raises UsageError where a page announces several, SourceUnavailable where there is none to be had.
    """
    url = web_address(said)
    if not url:
        body = _on_disk(said)
        try:
            return _with_entries(Path(said).name, read_feed(body))
        except NotAFeed as error:
            raise SourceUnavailable(f"{said}: {error}; name the file, or the address, of a feed") from None
    answer = _fetched(url)
    try:
        return _with_entries(url, read_feed(answer.body or b""))
    except NotAFeed as error:
        found = feed_links(answer.body or b"", answer.url)
        if not found:
            raise SourceUnavailable(f"{said}: {error}, and announces none; name the address of a feed") from None
    if len(found) > 1:
        raise UsageError(f"{said}: is a page that announces several feeds; name one: {', '.join(found)}")
    return _announced(found[0], url)


def _announced(url: str, page: str) -> tuple[str, Feed]:
    """The feed that a page announces."""
    url = web_address(url)
    same_host = urlsplit(url).hostname == urlsplit(page).hostname
    body = (_fetched(url).body or b"") if same_host else _guarded(url)
    try:
        return _with_entries(url, read_feed(body))
    except NotAFeed as error:
        raise SourceUnavailable(f"{url}: is announced by {page}, but {error}") from None


def _with_entries(name: str, feed: Feed) -> tuple[str, Feed]:
    if not feed.entries:
        raise SourceUnavailable(f"{name}: has no entries with ids or links, so no reader can be told from another")
    return name, feed


def _fetched(url: str) -> Answer:
    answer = Fetcher(documents=1).get(url)
    if answer.body is None:
        raise SourceUnavailable(f"{url}: there is no such document; is the address right?")
    return answer


def _guarded(url: str) -> bytes:
    settings = SourceSettings(url=url, kind="feed", allow_http=True)
    with closing(HttpClient(settings, LimitSettings(), name="import-feed")) as client:
        return client.get(url).body


def _on_disk(said: str) -> bytes:
    path = Path(said)
    body = Directory(said, path.parent).read(path.name)
    if body is None:
        is_directory = os.path.isdir(said)  # noqa: PTH112 - is_dir() raises where a name is too long
        what = "is a directory" if is_directory else "there is no such file"
        raise SourceUnavailable(f"{said}: {what}; name the file, or the address, of a feed")
    return body
