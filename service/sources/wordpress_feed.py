"""The feed of a WordPress site in the place of its REST API, where that is closed: ``/feed/?paged=N``.

Its guids are those of the API, and so are the locators where a guid tells a post's number. Newest first, so changes are
asked for by reading until what was read before; a window, whatever was read of it. Refuses to read more than feeds say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from service.errors import Problem
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.feed import FeedSource
from service.sources.remote import Item, Page, Post, Request
from service.sources.source import Context, SiteFacts
from service.sources.wordpress_post import home_of
from service.upstream.answer import Client, UpstreamFailed

_MOST_PAGES: Final = 1000
_NOT_FOUND: Final = 404
_NUMBER = re.compile(r"https?://[^?#\s]*/?\?p=([1-9][0-9]{0,18})")


class WordPressFeed:
    """The pages of one site's feed."""

    incremental = True

    def __init__(self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._first = self._part(1)

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        return self._first.site(client)

    def pages(self, client: Client, request: Request) -> Iterator[Page]:
        """Until the page that is not there, or the first one without news."""
        part = self._first
        for number in range(1, _MOST_PAGES + 1):
            if number > 1:
                part = self._part(number)
                try:
                    part.site(client)
                except UpstreamFailed as error:
                    if error.status == _NOT_FOUND:
                        return
                    raise
            items = tuple(_item(item) for page in part.pages(client, request) for item in page.items)
            yield Page(items, window=True)
            if not items or (request.since is not None and not any(_newer(item, request.since) for item in items)):
                return

    def ids(self, client: Client) -> Iterator[Page]:
        del client
        yield Page((), window=True)

    def read(self, item: Item) -> Post | None:
        return self._first.read(item)

    def _part(self, number: int) -> FeedSource:
        query = f"?paged={number}" if number > 1 else ""
        settings = self._settings.model_copy(update={"url": f"{home_of(self._settings)}/feed/{query}"})
        return FeedSource(self._name, settings, self._site, self._limits)


def _item(item: Item) -> Item:
    """The item under the locator that the API gives it, with its last date."""
    value: dict[str, Any] = item.value
    number = _NUMBER.fullmatch(str(value.get("id") or ""))
    moments = [moment for key in ("published", "updated") if isinstance(moment := value.get(key), datetime)]
    return replace(item, id=f"posts/{number[1]}" if number else item.id, changed=max(moments, default=None))


def _newer(item: Item, since: datetime) -> bool:
    return item.changed is None or item.changed >= since
