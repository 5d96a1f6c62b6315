"""What is wrong with a date as a feed writes it, and which moment it means."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""There was no web before; the validator calls earlier dates implausible."""

AHEAD: Final = timedelta(minutes=10)
"""Clocks differ: so much future is none."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_ZONES: Final = "UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|Z"
_RFC2822: Final = re.compile(
    rf"(?:({'|'.join(_DAYS)}), )?\d\d? (?:{_MONTHS}) \d{{4}} \d\d:\d\d(?::\d\d)? (?:[+-]\d{{4}}|{_ZONES})", re.ASCII
)
_RFC822: Final = re.compile(
    rf"(?:(?:{'|'.join(_DAYS)})\s*,\s*)?\d\d?\s+(?:{_MONTHS})\s+\d\d(?:\d\d)?\s+\d\d:\d\d(?::\d\d)?\s+"
    rf"(?:[+-]\d{{4}}|{_ZONES}|[A-IK-Y])",
    re.ASCII | re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"\([^()]*\)")
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_W3C: Final = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)


def fault_of_rfc2822(text: str) -> str | None:
    """The rule that a date of RSS breaks, by the validator's names."""
    match = _RFC2822.fullmatch(text)
    if match is None:
        return "ProblematicalRFC822Date" if _RFC822.fullmatch(_COMMENT.sub(" ", text).strip()) else "InvalidRFC2822Date"
    moment = moment_of_rfc2822(text)
    if moment is None:
        return "InvalidRFC2822Date"
    return "IncorrectDOW" if match[1] and match[1] != _DAYS[moment.weekday()] else None


def moment_of_rfc2822(text: str) -> datetime | None:
    """The moment as it was written (its own offset); None where it is no date."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_of_rfc3339(text: str) -> datetime | None:
    """The moment of a date-time with its zone; None where it is none."""
    return _parsed(text) if _RFC3339.fullmatch(text) else None


def moment_of_w3c(text: str) -> datetime | None:
    """The first moment of a W3C date-time, which may be a year, a month or a day; None where it is none."""
    if not _W3C.fullmatch(text):
        return None
    return _parsed(text + "-01-01"[(len(text) - 4) // 3 * 3 :] if len(text) < 10 else text)


def is_implausible(moment: datetime, now: datetime | None) -> bool:
    """Before the web, or in the future where ``now`` is known."""
    try:
        return moment < EARLIEST or (now is not None and moment > now + AHEAD)
    except OverflowError:
        return True


def _parsed(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
