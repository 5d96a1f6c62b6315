"""What may be shown of a post now, and when that will change: in feeds, or as a page beside them.

Every output asks here, through the index; nothing else compares a date with the clock. It knows one post at a time:
which of two posts that claim the same URL is published is :mod:`service.index.winners`' decision.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from service.sources.source import Fields

T = TypeVar("T", datetime, int)
"""An instant."""


def within(start: T | None, end: T | None, now: T) -> bool:
    """Whether an instant lies in a span. None: no bound.

    The first instant of a span belongs to it, the last does not: a post is live from its publication second on, and
    gone from its expiry second on. A post without a date counts as published: the index saw it before it asked.
    """
    return (start is None or start <= now) and (end is None or now < end)


def is_beside(fields: Fields) -> bool:
    """Whether a post is of the kind that is published without being in feeds: a page, a document of a collection.

    A draft among the posts is not: its page may be live, but its author has not announced it.
    """
    return fields.visibility == "unlisted" and fields.collection != "posts"


def shown(fields: Fields, now: datetime) -> tuple[bool, bool]:
    """Whether a post by itself belongs in feeds at ``now``, and whether beside them."""
    out = within(*span(fields), now)
    return out and fields.visibility == "public", out and is_beside(fields)


def span(fields: Fields) -> tuple[datetime | None, datetime | None]:
    """The first instant at which a post is out and the first at which it no longer is; None: no such bound.

    Its publication date bounds it (``future``: it does not), and its expiry.
    """
    return (None if fields.future else fields.published), fields.expires
