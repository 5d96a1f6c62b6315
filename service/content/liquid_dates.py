"""Dates in Liquid: what the filters take for one, and Ruby's strftime without a locale and without a clock.

``now`` and ``today`` are no dates here: a document depends on its posts, not on the moment of building. A date without
a zone is the site's. Refuses to guess: what is no date stays the text it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UTC = re.compile(r"\s+(?:UTC|GMT)$")
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")
_EPOCH = re.compile(r"\d{1,11}")
_DIRECTIVE = re.compile(r"%([-0^#_:]{0,3})(\d{0,3})([A-Za-z%+])")


def to_datetime(value: object, zone: ZoneInfo) -> datetime | None:
    """A date, time stamp or text as an aware datetime in ``zone``; None for anything else, now and today included."""
    try:
        if isinstance(value, datetime):
            found = value
        elif isinstance(value, date):
            found = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the zone follows below
        elif isinstance(value, int) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        elif isinstance(value, str) and _EPOCH.fullmatch(value.strip()):
            found = datetime.fromtimestamp(int(value), UTC)
        elif isinstance(value, str) and len(value) < 100:
            found = _parse(value.strip())
        else:
            return None
        return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(_SPACED_OFFSET.sub("", _UTC.sub("+00:00", text)))
    except ValueError:
        return parsedate_to_datetime(text)


def printed(value: object) -> str:
    """A value as Ruby prints it in a template, where that is not as Python does: a time with a spaced offset."""
    return strftime(value, "%F %T %z") if isinstance(value, datetime) and value.tzinfo else str(value)


def strftime(moment: datetime, pattern: str) -> str:
    """Ruby's ``Time#strftime``: flags ``-0^#_:``, a width, every directive; an unknown one stays as it was written."""
    return _DIRECTIVE.sub(lambda match: _directive(moment, match), pattern)


def _directive(moment: datetime, match: re.Match[str]) -> str:
    flags, width, name = match.groups()
    if name == "z":
        return _zone_offset(moment, flags.count(":"))
    if name in _COMPOSED:
        text, pad, least = strftime(moment, _COMPOSED[name]), " ", 0
    elif name in _NUMBERS:
        number, pad, least = _NUMBERS[name]
        text = str(number(moment))
    elif name in _WORDS:
        text, pad, least = _WORDS[name](moment), " ", 0
    else:
        return match[0]
    for flag in flags:
        if flag == "^":
            text = text.upper()
        elif flag == "#":
            text = text.lower() if name == "p" else text.upper()
        elif flag == "-":
            least = 0
        else:
            pad = {"0": "0", "_": " "}.get(flag, pad)
    return text.rjust(int(width) if width else least, pad)


def _zone_offset(moment: datetime, colons: int) -> str:
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    colon = ":" if colons else ""
    return f"{sign}{hours:02}{colon}{rest // 60:02}" + (f":{rest % 60:02}" if colons > 1 else "")


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


_NUMBERS: dict[str, tuple[Callable[[datetime], int], str, int]] = {
    "Y": (lambda t: t.year, "0", 4),
    "C": (lambda t: t.year // 100, "0", 2),
    "y": (lambda t: t.year % 100, "0", 2),
    "m": (lambda t: t.month, "0", 2),
    "d": (lambda t: t.day, "0", 2),
    "e": (lambda t: t.day, " ", 2),
    "j": (lambda t: t.timetuple().tm_yday, "0", 3),
    "H": (lambda t: t.hour, "0", 2),
    "k": (lambda t: t.hour, " ", 2),
    "I": (_hour12, "0", 2),
    "l": (_hour12, " ", 2),
    "M": (lambda t: t.minute, "0", 2),
    "S": (lambda t: t.second, "0", 2),
    "s": (lambda t: int(t.timestamp()), "0", 0),
    "u": (lambda t: t.isoweekday(), "0", 0),
    "w": (lambda t: t.isoweekday() % 7, "0", 0),
    "G": (lambda t: t.isocalendar().year, "0", 4),
    "g": (lambda t: t.isocalendar().year % 100, "0", 2),
    "V": (lambda t: t.isocalendar().week, "0", 2),
    "U": (lambda t: (t.timetuple().tm_yday + 6 - t.isoweekday() % 7) // 7, "0", 2),
    "W": (lambda t: (t.timetuple().tm_yday + 6 - t.weekday()) // 7, "0", 2),
}
_WORDS: dict[str, Callable[[datetime], str]] = {
    "B": lambda t: _MONTHS[t.month - 1],
    "b": lambda t: _MONTHS[t.month - 1][:3],
    "h": lambda t: _MONTHS[t.month - 1][:3],
    "A": lambda t: _DAYS[t.weekday()],
    "a": lambda t: _DAYS[t.weekday()][:3],
    "p": lambda t: "AM" if t.hour < 12 else "PM",
    "P": lambda t: "am" if t.hour < 12 else "pm",
    "L": lambda t: f"{t.microsecond // 1000:03}",
    "N": lambda t: f"{t.microsecond * 1000:09}",
    "Z": lambda t: t.tzname() or "",
    "n": lambda _: "\n",
    "t": lambda _: "\t",
    "%": lambda _: "%",
}
_COMPOSED: Final = {
    "D": "%m/%d/%y",
    "x": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "R": "%H:%M",
    "r": "%I:%M:%S %p",
    "c": "%a %b %e %H:%M:%S %Y",
    "v": "%e-%^b-%Y",
}
