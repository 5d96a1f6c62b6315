"""A post, a site and a channel with as little as they can have, for tests that add the one thing they are about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feeds.formats import FORMATS
from feeds.model import Author, Channel, Post, Site, make_post

SITE = Site("https://example.org", "Site", language="ko", category_scheme="https://example.org/c/")
CHANNEL = Channel(
    "site",
    "Site",
    "https://example.org/",
    tuple((form.name, f"https://example.org/{form.file_name}") for form in FORMATS.values()),
    datetime(2024, 5, 1, tzinfo=UTC),
)
KIM = Author("Kim", "kim@example.org")
LEE = Author("Lee")


def a_post(**fields: Any) -> Post:
    url = "https://example.org/1"
    plain: dict[str, Any] = {"id": url, "url": url, "title": "T", "published": datetime(2024, 1, 1, tzinfo=UTC)}
    return make_post(**plain | fields)
