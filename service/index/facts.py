"""What a site says of itself, of what its sources say. Refuses to let an address speak for a site of others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select

from service.index.schema import sources
from service.sources.source import FACTS, SiteFacts


def of_the_site(said: Sequence[str]) -> SiteFacts:
    """For each fact the first source that says something. ``said``: what each of them says, in the settings' order; ""
    where one was not read yet.

    An address behind another source is a partner's, or a part of the site: it only says where the site is. Its authors
    are those of its own posts wherever there are others.
    """
    merged: dict[str, Any] = {}
    for place, text in enumerate(said):
        facts: dict[str, Any] = json.loads(text) if text else {}
        if facts.pop("remote", False):
            if place:
                facts = {"url": facts.get("url", "")}
            elif len(said) > 1:
                facts.pop("authors", None)
        for key, value in facts.items():
            merged[key] = merged.get(key) or value
    return FACTS.validate_python(merged)


class Home:
    """The host of the site at a URL; "": nobody says where the site is, so no page is elsewhere.

    Sitemaps list pages of it alone (sitemaps.org: "All URLs in a Sitemap must be from a single host").
    """

    def __init__(self, url: str) -> None:
        self.host = (urlsplit(url).hostname or "").lower()
        self._beginnings = (f"https://{self.host}/", f"http://{self.host}/")

    def has(self, url: str) -> bool:
        """Whether a page is on it."""
        return not self.host or url.startswith(self._beginnings) or urlsplit(url).hostname == self.host


def home_of(connection: Connection) -> Home:
    """As the sources' contexts have it, in which the settings' word is over theirs: the first that knows."""
    return Home(connection.scalar(_HOME) or "")


_url = func.json_extract(func.nullif(sources.c.context, ""), "$.url")
_HOME = select(_url).where(_url != "").order_by(sources.c.position).limit(1)
