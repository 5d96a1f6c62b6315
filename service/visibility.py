"""What may be shown of a post now, and when that will change: in feeds, or as a page beside them.

Every output asks here, through the index; nothing else compares a date with the clock. It knows one post at a time:
which of two posts that claim the same URL is published is :mod:`service.index.winners`' decision.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, TypeVar

from service.sources.source import Fields

T = TypeVar("T", datetime, int)
"""An instant."""


class Visible(NamedTuple):
    """Whether a post is in the feeds, and the instant at which that changes next (None: never by itself)."""

    now: bool
    until: datetime | None


def visible(fields: Fields, now: datetime) -> Visible:
    """Public, its publication date reached (or ``future``), its expiry not.

    A post without a date counts as published: the index saw it before it asked. The first instant of a span belongs
    to it, the last does not: a post is live from its publication second on, and gone from its expiry second on.
    """
    start, end = span(fields)
    if fields.visibility != "public" or (start is not None and end is not None and end <= start):
        return Visible(False, None)
    if start is not None and now < start:
        return Visible(False, start)
    if end is not None and now >= end:
        return Visible(False, None)
    return Visible(True, end)


def beside(fields: Fields, now: datetime) -> bool:
    """Whether a page that feeds leave out may be spoken of: a page, or a document of a collection, in its time.

    A draft among the posts is not: its page may be live, but its author has not announced it.
    """
    if not is_beside(fields):
        return False
    return within(*span(fields), now)


def within(start: T | None, end: T | None, now: T) -> bool:
    """Whether an instant lies in a span: its first instant belongs to it, its last does not. None: no bound."""
    return (start is None or start <= now) and (end is None or now < end)


def is_beside(fields: Fields) -> bool:
    """Whether a post is of the kind that is published without being in feeds."""
    return fields.visibility == "unlisted" and fields.collection != "posts"


def span(fields: Fields) -> tuple[datetime | None, datetime | None]:
    """The first instant at which a post is out and the first at which it no longer is; None: no such bound."""
    return (None if fields.future else fields.published), fields.expires
