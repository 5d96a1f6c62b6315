"""An Eleventy site as a whole: what ``_data/metadata.json``, ``_data/site.json`` and their like say of it.

Reads no files: it is given the site's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from feeds.model import Author
from feeds.text import single_line
from feeds.uri import ascii_url, is_web_url
from service.content.scalars import Value, as_typed
from service.settings import SiteSettings
from service.sources import metadata
from service.sources.keys import Keys
from service.sources.people import authors, named, twitter_of
from service.sources.source import SiteFacts

ZONE: Final = ZoneInfo("UTC")
"""Eleventy reads every date without a zone as UTC."""

_FILES: Final = ("metadata", "site", "meta", "config")
"""Global data files that describe a site, most usual first."""


@frozen(frozen=True, slots=True)
class EleventySite:
    """``base`` is the effective URL without a slash at its end; ``values`` what Liquid sees as ``site``."""

    base: str
    facts: SiteFacts
    authors: tuple[Author, ...]
    values: Mapping[str, Any]


def read_site(shared: Mapping[str, Value], prefix: str, site: SiteSettings) -> EleventySite:
    """What the data says about the site; the settings' ``site`` overrides it. ``prefix`` is ``pathPrefix``."""
    keys = _described(shared)
    url = keys.text("url", "baseUrl", "base_url", "siteUrl")
    own = ascii_url(url).rstrip("/") if url and is_web_url(url) else ""
    if own and prefix:
        own = own.removesuffix(urlsplit(own).path) + prefix
    base = site.url or own
    written = authors([keys.get("author"), keys.get("authors")], {}, partial(metadata.absolute, base=base))
    feed = keys.get("feed")
    path = feed.get("path") if isinstance(feed, dict) else None
    facts = SiteFacts(
        url=own,
        title=single_line(keys.text("title", "name")),
        description=single_line(keys.text("description", "subtitle")),
        language=metadata.language(keys),
        authors=written,
        feed_path=f"/{single_line(path).lstrip('/')}" if isinstance(path, str) and path.strip("/ ") else "",
        twitter=twitter_of(keys.values),
    )
    values = _json(as_typed(dict(keys.values)))
    return EleventySite(base, facts, tuple(map(named, site.authors)) or written, values)


def _described(shared: Mapping[str, Value]) -> Keys:
    """The keys of the first of the usual files that says where the site is, else of the first there is."""
    found = [value for name in _FILES if isinstance(value := shared.get(name), dict)]
    told = next((value for value in found if _has(value, ("url", "baseUrl", "base_url", "siteUrl"))), None)
    return Keys(told or (found[0] if found else {}), {}, "_data")


def _has(value: Mapping[str, Value], names: Iterable[str]) -> bool:
    return any(value.get(name) for name in names)


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
