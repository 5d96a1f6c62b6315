"""What is known of one post, page, file or address: the answer of ``feedmill explain``, before it is put into words.

Plain data.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from feeds.frozen import frozen
from service.errors import Problem
from service.explain.reading import Origin

Status = Literal[
    "published",
    "page",
    "future",
    "expired",
    "draft",
    "hidden",
    "unlisted",
    "duplicate",
    "rejected",
    "not-a-post",
    "outside",
    "gone",
]
"""``published``: in feeds. ``page``: no post, but a page or document whose URL is out. The others say why neither."""

MEANINGS: Final = {
    "id": "readers know the post by it",
    "published": "orders the feeds; what readers show as its date",
    "updated": "the author's edit date; sitemaps give it as lastmod where it is later",
    "expires": "from this second on it is nowhere",
    "canonical": "the page of which this one is a copy",
    "translation": "its versions in other languages",
}


@frozen(frozen=True, slots=True)
class Value:
    """One value of a post: text, texts, a date, or nothing; and what gave it."""

    name: str
    value: str | tuple[str, ...] | datetime | None
    origins: tuple[Origin, ...] = ()
    meaning: str = ""


@frozen(frozen=True, slots=True)
class Standing:
    """A channel that the post belongs to. ``position`` counts from 1; beyond ``window`` it is not in the feeds."""

    kind: str
    label: str
    page: str
    feeds: tuple[tuple[str, str], ...]
    position: int
    posts: int
    window: int
    gone: bool = False
    """The settings say that the channel is gone: it answers 410."""

    @property
    def within(self) -> bool:
        return self.position <= self.window


@frozen(frozen=True, slots=True)
class Explanation:
    """What is known of one file. ``zone`` is the site's, in which dates are shown beside UTC."""

    status: Status
    reason: str
    source: str
    kind: str
    why: str
    path: str
    hint: str = ""
    url: str = ""
    until: datetime | None = None
    """When the reason ends by itself."""
    sitemap: str = ""
    values: tuple[Value, ...] = ()
    standings: tuple[Standing, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    zone: str = "UTC"

    @property
    def published(self) -> bool:
        return self.status in ("published", "page")
