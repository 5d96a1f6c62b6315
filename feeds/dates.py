"""Dates as documents write them. Refuses naive times: the zone of a machine must not reach a document's bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

_FIRST_DAY: Final = date(1970, 1, 1).toordinal()


def rfc822(moment: datetime) -> str:
    """``Mon, 01 Jan 2024 03:00:00 GMT`` (RSS 2.0; RFC 9110 §5.6.7 too). English whatever the locale.

    Raises ValueError for a naive ``moment``.
    """
    return format_datetime(_in_utc(moment), usegmt=True)


def rfc3339(moment: datetime) -> str:
    """``2024-01-01T03:00:00Z`` (RFC 3339; Atom §3.3, JSON Feed). Raises ValueError for a naive ``moment``."""
    # Those of the index are in UTC already, and a sitemap has tens of thousands.
    return _written(moment if moment.tzinfo is UTC else _in_utc(moment))


@lru_cache(maxsize=64)
def _written(utc: datetime) -> str:
    """Only of UTC: in another zone two moments may be equal that are an hour apart (PEP 495). A page says its date
    several times over."""
    return utc.isoformat("T", "seconds")[: -len("+00:00")] + "Z"


def stamp(microseconds: int) -> str:
    """:func:`rfc3339` of so long after 1970: of tens of thousands of pages the days, and the times of day, recur."""
    day, time = divmod(microseconds // 1_000_000, 86_400)
    return _day(day) + _time(time)


@lru_cache(maxsize=4096)
def _day(since_1970: int) -> str:
    return f"{date.fromordinal(_FIRST_DAY + since_1970).isoformat()}T"


@lru_cache(maxsize=4096)
def _time(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a date in a document must carry a zone")
    return moment.astimezone(UTC)
