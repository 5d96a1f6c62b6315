"""One factory for what is behind an address: the adapter that a source's kind names, within the common listing.

Directories are opened in :mod:`service.sources.directory`. Refuses to ask anything: a pull does.
"""

from __future__ import annotations

from collections.abc import Callable

from service.errors import SettingsError
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Adapter
from service.sources.feed import FeedSource
from service.sources.ghost import Ghost
from service.sources.json_api import JsonApi
from service.sources.remote import RemoteSource
from service.sources.source import Pulling, Taker
from service.sources.wordpress import WordPress
from service.sources.wordpress_feed import WordPressFeed
from service.upstream.answer import Client


def open_remote(
    name: str,
    settings: SourceSettings,
    site: SiteSettings,
    limits: LimitSettings,
    *,
    take: Taker,
    client: Callable[[], Client],
) -> Pulling:
    """The source behind ``settings.url``; ``client`` makes the client of each pull. Raises SettingsError for a map of
    fields that cannot be read."""
    try:
        adapter = _adapter(name, settings, site, limits)
    except ValueError as error:
        raise SettingsError(f"source {name}: {error}") from None
    return RemoteSource(name, settings, site, limits, adapter=adapter, client=client, take=take)


def _adapter(name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> Adapter:
    match settings.kind:
        case "wordpress":
            return WordPress(name, settings, site, limits, WordPressFeed(name, settings, site, limits))
        case "ghost":
            return Ghost(name, settings, site, limits)
        case "json":
            return JsonApi(name, settings, site, limits)
        case _:
            return FeedSource(name, settings, site, limits)
