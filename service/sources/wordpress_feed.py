"""The feed of a WordPress site in the place of its REST API, where that is closed: ``/feed/atom/?paged=N``.

Atom, because it says when a post was edited: of what is known already only that is read again. Where it is closed, too,
RSS does. Ids are those of the API, and so are the locators where an id tells a post's number. Newest first, so changes
are asked for by reading until what was read before; a window, whatever was read of it. Refuses to read more than feeds
say, and the form that WordPress shows in the place of a protected post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from service.errors import Problem
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Item, ListingPage, Understood, Wanted
from service.sources.feed import FeedSource, is_feed
from service.sources.source import Context, SiteFacts
from service.sources.wordpress_post import home_of, without_mark
from service.upstream.answer import Client, UpstreamFailed

_FEEDS: Final = ("/feed/atom/", "/feed/", "/?feed=atom", "/?feed=rss2")
"""Where a site has its feeds: with pretty links, and without."""
_MOST_PAGES: Final = 1000
_NOT_FOUND: Final = 404
CLOSED: Final = (401, 403, _NOT_FOUND, 410)
"""What a site answers that keeps a door shut."""
_NO_FEED: Final = "unexpected-content-type"
_NUMBER = re.compile(r"p=([1-9][0-9]{0,18})")
_PASSWORD_FORM = re.compile(r"""<form\b[^<>]*\bclass=["'][^"'<>]*\bpost-password-form\b""")


class WordPressFeed:
    """The pages of one site's feed."""

    incremental = True
    altered = False

    def __init__(self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._home = home_of(settings)
        self._path = _FEEDS[0]
        self._first = self._part(1)

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """What the first feed says that there is: where it was last time, or one of the others."""
        failure: UpstreamFailed | None = None
        for path in dict.fromkeys((self._path, *_FEEDS)):
            self._path = path
            self._first = self._part(1)
            try:
                return self._opened(client, self._first, 1)
            except UpstreamFailed as error:
                if error.status not in CLOSED and error.reason != _NO_FEED:
                    raise
                failure = failure or error
        self._path = _FEEDS[0]
        raise failure or UpstreamFailed(f"{self._home}: has no feed", "not-found", status=_NOT_FOUND)

    def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
        """Until the page that is not there, or the first one without news."""
        part, seen = self._first, set[str]()
        for number in range(1, _MOST_PAGES + 1):
            if number > 1:
                part = self._part(number)
                try:
                    self._opened(client, part, number)
                except UpstreamFailed as error:
                    if error.status == _NOT_FOUND:
                        return
                    raise
            items = tuple(self._item(item) for page in part.pages(client, wanted) for item in page.items)
            dated = any(item.value.get("updated") for item in items)
            since = wanted.since
            fresh = tuple(item for item in items if since is None or _newer(item, since))
            yield ListingPage(fresh if dated else items, window=True)
            if not fresh or {item.id for item in items} <= seen:
                return
            seen |= {item.id for item in items}

    def ids(self, client: Client) -> Iterator[ListingPage]:
        del client
        yield ListingPage((), window=True)

    def some(self, client: Client, ids: Sequence[str]) -> Iterator[ListingPage]:
        del client, ids
        yield ListingPage((), window=True)

    def read(self, item: Item) -> Understood | None:
        post = self._first.read(item)
        if post is None:
            return None
        if _PASSWORD_FORM.search(str(item.value.get("content") or "")):
            return replace(post, fields=replace(post.fields, summary=None, listed=False, full_text=False), text="")
        return replace(post, fields=replace(post.fields, summary=without_mark(post.fields.summary or "") or None))

    def _part(self, number: int) -> FeedSource:
        settings = self._settings.model_copy(update={"url": self._url(number)})
        return FeedSource(self._name, settings, self._site, self._limits)

    def _url(self, number: int) -> str:
        paged = f"{'&' if '?' in self._path else '?'}paged={number}" if number > 1 else ""
        return f"{self._home}{self._path}{paged}"

    def _opened(self, client: Client, part: FeedSource, number: int) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """A page of the feed, as far as it is one: where links are not pretty, the home page answers for all paths."""
        return part.said(client, client.get(self._url(number), check=is_feed))

    def _item(self, item: Item) -> Item:
        """The item under the locator that the API gives it, with its last date."""
        value: dict[str, Any] = item.value
        moments = [moment for key in ("published", "updated") if isinstance(moment := value.get(key), datetime)]
        locator = self._locator(str(value.get("id") or "")) or item.id
        return replace(item, id=locator, changed=max(moments, default=None))

    def _locator(self, guid: str) -> str:
        """By the number of a post, where its guid is of this site: that of another, imported one is not its number."""
        try:
            parts, home = urlsplit(guid), urlsplit(self._home)
        except ValueError:
            return ""
        hosts = [(one.hostname or "").removeprefix("www.") for one in (parts, home)]
        number = _NUMBER.fullmatch(parts.query)
        own = hosts[0] == hosts[1] and parts.path.strip("/") == home.path.strip("/")
        return f"posts/{number[1]}" if number and own else ""


def _newer(item: Item, since: datetime) -> bool:
    return item.changed is None or item.changed >= since
