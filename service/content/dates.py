"""Dates as authors write them: one ladder of forms, two meanings, and nothing that depends on today.

"jekyll" is what Ruby's ``Time.parse`` makes of a value after YAML had its turn, trap included: a plain timestamp with
seconds and no offset is UTC, a quoted one or one without seconds is the site's. "iso" reads every date without a zone
in the site's zone. What is no whole date (``10:00``, ``May 8``), names a zone nobody knows for sure or has words around
it is refused, where Ruby would guess or take the rest from the clock; golden file: ``tests/content/corpus/dates``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from service.content.scalars import TIMESTAMP, Plain, Unreadable, Value, as_text, is_null, shorten
from service.settings import LimitSettings

Meaning = Literal["jekyll", "iso"]

EXAMPLE = "write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS +0900"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LENGTH = 64
"""The longest form has 40 characters; a longer text is no date, and is not looked at."""

_HOURS_OF_ZONE = dict.fromkeys(("Z", "UTC", "UT", "GMT"), 0) | {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
"""The abbreviations of RFC 822 §5.1 that Ruby knows everywhere; of the rest it only knows the site's own."""

_HINTED_ZONES = {"KST": "+0900", "JST": "+0900", "CET": "+0100", "CEST": "+0200", "BST": "+0100", "HKT": "+0800"}

_WEEKDAY = re.compile(r"(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*\.?,?\s+", re.ASCII | re.IGNORECASE)
_CTIME = re.compile(r"([A-Za-z]{3,9})\s+(\d{1,2})\s+(\d{1,2}:\d\d(?::\d\d)?)(\s+[A-Za-z]+)?\s+(\d{4})", re.ASCII)
_COMPACT_TIME = re.compile(r"T?(?P<hour>\d\d)(?P<minute>\d\d)?(?P<second>\d\d)?(?P<half>)\s*(?P<zone>\S.*)?", re.ASCII)
_TIME = re.compile(
    r"(?:[Tt]|[\s,]+)(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,]\d*)?)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\b\.?)?\s*(?P<zone>\S.*)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([-+])(\d\d)(?::?(\d\d))?(?:\s*\([^()]*\)|\s+[A-Za-z]+)?", re.ASCII)
_EXACT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?([-+]\d\d):?([0-5]\d)", re.ASCII)
"""What most generators write."""
_EPOCH = re.compile(r"\d{10}(?:\d{3})?", re.ASCII)
"""Seconds or milliseconds since 1970. Jekyll knows no such dates; ten digits may be YYYYMMDDHH to it."""
_CJK_DATE = re.compile(r"(\d{4})\s*[년年]\s*(\d{1,2})\s*[월月]\s*(\d{1,2})\s*[일日]", re.ASCII)

_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_SURE = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})\.\s*(?P<month>\d{1,2})\.\s*(?P<day>\d{1,2})(?!\d)\.?",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)",
        rf"{_DAY}[\s-]\s*{_NAME},?[\s-]\s*(?P<year>\d{{4}})(?!\d)",
        rf"{_NAME}[\s-]\s*{_DAY},?[\s-]\s*(?P<year>\d{{4}})(?!\d)",
        rf"(?P<year>\d{{4}})-{_NAME}-{_DAY}(?!\d)",
    )
)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?=\d{2}|[T\s]|$)", re.ASCII)
_DOUBTFUL = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<day>\d{1,2})[/-](?P<month>\d{1,2})[/-](?P<year>\d{4})(?!\d)",
        r"(?P<year>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)",
        rf"{_NAME}\s+(?P<year>\d{{4}})$",
    )
)
"""Forms that Ruby reads in one of the ways an author may have meant."""

_FILE_NAME = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-([^/]*)", re.ASCII)


_SHORTEST_MONTH: Final = 28


class DateError(Unreadable):
    """What cannot be read as a date; code ``date-invalid`` or ``date-out-of-range``."""


@frozen(frozen=True, slots=True)
class ParsedDate:
    """A moment in the site's zone, whole seconds; with a warning where the author may have meant another."""

    at: datetime
    warning: tuple[str, str, str] | None = None
    """Code, message and hint ("" for none)."""


@frozen(frozen=True, slots=True)
class _Written:
    """The parts of a date as written: local fields (24:00 and second 60 still to roll over) and the zone's text."""

    day: date
    clock: timedelta = timedelta()
    zone: str = ""
    doubtful: bool = False


def parse_date(value: Value, *, zone: ZoneInfo, meaning: Meaning, limits: LimitSettings) -> ParsedDate:
    """The moment a front matter value means. Raises DateError for every value that is no date within the limits.

    A local time that a change of clocks skips moves forward by the gap. One that happens twice is the first in "iso";
    in "jekyll" it is the second, as Ruby's ``Time.local`` has it (measured in seven zones). Both are warned of, and so
    is a time that is UTC to Jekyll only because it has seconds and no zone, where the site's zone is another.
    """
    if at := exact(value, zone, limits):
        return ParsedDate(at)
    text = _text(value)
    written = _read(text, meaning, limits)
    local = datetime.combine(written.day, time()) + written.clock
    offset = _offset(written, text, zone, plain=isinstance(value, Plain), meaning=meaning)
    if offset is not None:
        parsed = ParsedDate(_in_range(local.replace(tzinfo=offset), zone, limits))
    else:
        parsed = _local(local, zone, meaning, limits)
    if written.doubtful and parsed.warning is None:
        message = f"{shorten(text)} can be read in more than one way; it was taken for {written.day.isoformat()}"
        return ParsedDate(parsed.at, ("date-ambiguous", message, EXAMPLE))
    if offset is UTC and not written.zone and parsed.at.utcoffset() and parsed.warning is None:
        return ParsedDate(parsed.at, _zone_missing(local, parsed.at, zone))
    return parsed


def exact(value: Value, zone: ZoneInfo, limits: LimitSettings) -> datetime | None:
    """The moment, in the site's zone, of a date with seconds and an offset, which every meaning reads alike.

    None for every other value, and where anything is odd: then :func:`parse_date` says what it is, or why it is none.
    """
    match = _EXACT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, hours, minutes = match.groups()
    try:
        written = datetime.fromisoformat(f"{day}T{clock}{hours}:{minutes}")
        at = written.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    first, end = limits.earliest_year, limits.latest_year
    return at if first <= written.year < end and first <= at.year < end else None


def _zone_missing(local: datetime, at: datetime, zone: ZoneInfo) -> tuple[str, str, str]:
    day = "" if at.date() == local.date() else f"{at:%Y-%m-%d} "
    meant = local.replace(tzinfo=zone)
    return (
        "date-zone-missing",
        f"a date with seconds and no zone is UTC to Jekyll: {local:%H:%M:%S} is {day}{at:%H:%M:%S} in {zone.key}",
        f"add the zone, such as {meant:%z}",
    )


def midnight(day: date, *, zone: ZoneInfo, meaning: Meaning, limits: LimitSettings) -> ParsedDate:
    """The first moment of a day in the site's zone: what a file name's date means. Raises DateError out of range."""
    _check_year(day.year, limits)
    return _local(datetime.combine(day, time()), zone, meaning, limits)


def name_date(stem: str) -> tuple[date | None, str]:
    """The date and the slug in a post's file name without extension; no date: None and the stem.

    Jekyll's rules (its DATE_FILENAME_MATCHER and Ruby's Date): years of two digits are 1969 to 2068, a day that the
    month lacks rolls over (2024-02-30 is 1 March), dots at the end of a slug are cut. Raises DateError for 2024-13-45.
    """
    match = _FILE_NAME.fullmatch(stem)
    if not match:
        return None, stem.rstrip(".")
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if len(match[1]) == 2:
        year = _whole_year(year)
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        raise DateError("date-invalid", f"there is no day {match[1]}-{match[2]}-{match[3]} (file name)", EXAMPLE)
    if year < 1:
        raise DateError("date-out-of-range", f"the year {match[1]} is out of range (file name)")
    return date(year, month, 1) + timedelta(days=day - 1), match[4].rstrip(".")


def name_slug(stem: str) -> str:
    """The slug alone, whether or not there is such a day."""
    match = _FILE_NAME.fullmatch(stem)
    return (match[4] if match else stem).rstrip(".")


def rolled_over(stem: str) -> tuple[str, str, str] | None:
    """Code, message and hint where the day in a file name does not exist and :func:`name_date` took a later one."""
    match = _FILE_NAME.fullmatch(stem)
    if match is None or int(match[3]) <= _SHORTEST_MONTH:
        return None
    day = name_date(stem)[0]
    if day is None or day.day == int(match[3]):
        return None
    written = f"{match[1]}-{match[2]}-{match[3]}"
    message = f"there is no day {written} (file name); the post is dated {day.isoformat()}, as in Jekyll"
    return "date-rolled-over", message, "rename the file"


def _text(value: Value) -> str:
    try:
        text = as_text(value)
    except Unreadable as error:
        raise DateError("date-invalid", error.message.replace("text", "a date"), EXAMPLE) from None
    if not text or (isinstance(value, Plain) and is_null(text)):
        raise DateError("date-invalid", "the date is empty", f"{EXAMPLE}, or leave the key out")
    return text


def _read(text: str, meaning: Meaning, limits: LimitSettings) -> _Written:
    """Climb the ladder of forms: sure ones first, then what only Ruby would read."""
    if len(text) > _LENGTH:
        raise _refusal(text, limits)
    if weekday := _WEEKDAY.match(text):
        text = text[weekday.end() :]
    if ctime := _CTIME.fullmatch(text):
        text = f"{ctime[1]} {ctime[2]} {ctime[5]} {ctime[3]}{ctime[4] or ''}"
    for form in _SURE:
        if match := form.match(text):
            return _written(match, _TIME, limits)
    if _EPOCH.fullmatch(text):
        if meaning == "iso":
            epoch = datetime.fromtimestamp(int(text[:10]), UTC)
            return _Written(epoch.date(), epoch - datetime.combine(epoch.date(), time(), UTC), "Z")
        if text[:2] not in ("19", "20"):
            raise _refusal(text, limits)
    if match := _COMPACT.match(text):
        later = text[match.end() :]
        return _written(match, _TIME if later[:1].isspace() else _COMPACT_TIME, limits)
    for form in _DOUBTFUL if meaning == "jekyll" else ():
        if match := form.match(text):
            return _written(match, _TIME, limits, doubtful=True)
    raise _refusal(text, limits)


def _written(
    match: re.Match[str], clock: re.Pattern[str], limits: LimitSettings, *, doubtful: bool = False
) -> _Written:
    text, parts = match.string, match.groupdict()
    if name := parts.get("name"):
        if name[:3].lower() not in _MONTHS:
            raise _refusal(text, limits)
        month = _MONTHS.index(name[:3].lower()) + 1
    else:
        month = int(parts["month"])
    year = int(parts["year"]) if len(parts["year"]) == 4 else _whole_year(int(parts["year"]))
    day = _day(year, month, int(parts.get("day") or 1), limits)
    if match.end() == len(text):
        return _Written(day, doubtful=doubtful)
    rest = clock.fullmatch(text, match.end())
    if not rest or (clock is _TIME and not rest["minute"] and not rest["half"]):
        raise _refusal(text, limits)
    return _Written(day, _clock(rest), rest["zone"] or "", doubtful)


def _day(year: int, month: int, day: int, limits: LimitSettings) -> date:
    _check_year(year, limits)
    if not 1 <= month <= 12:
        raise DateError("date-invalid", f"there is no month {month}", EXAMPLE)
    try:
        return date(year, month, day)
    except ValueError:
        last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        raise DateError("date-invalid", f"there is no day {day} in {last:%Y-%m}, it has {last.day}", EXAMPLE) from None


def _clock(match: re.Match[str]) -> timedelta:
    """Time of day. 24:00 and second 60 (a leap second) run on into the next day and minute, as in Ruby."""
    hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise DateError("date-invalid", f"there is no time {hour:02}:{minute:02}:{second:02}", EXAMPLE)
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(written: _Written, text: str, zone: ZoneInfo, *, plain: bool, meaning: Meaning) -> tzinfo | None:
    """The zone that was written, UTC for YAML's own timestamps, None where the site's zone holds."""
    stamp = TIMESTAMP.fullmatch(text) if plain else None
    if not written.zone:
        return UTC if stamp and meaning == "jekyll" else None
    name = written.zone.upper()
    if name in _HOURS_OF_ZONE:
        return timezone(timedelta(hours=_HOURS_OF_ZONE[name]))
    match = _OFFSET.fullmatch(written.zone)
    if match:
        hours, minutes = int(match[2]), int(match[3] or 0)
    elif stamp and not stamp[9]:
        # YAML alone reads an offset of one digit, and only beside seconds.
        match, hours, minutes = stamp, abs(int(stamp[8])), 0
    else:
        return _site_abbreviation(name, written, zone)
    if hours > 23 or minutes > 59:
        raise DateError("date-invalid", f"there is no offset {shorten(written.zone)}", EXAMPLE)
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if written.zone[0] == "-" else ahead)


def _site_abbreviation(name: str, written: _Written, zone: ZoneInfo) -> tzinfo:
    """Ruby's rule: the site's own abbreviations, those of 1 January and 1 July, mean what they mean there.

    Every other one Ruby passes over in silence, and takes the time for local; here it is a DateError.
    """
    for month in (1, 7):
        moment = datetime(written.day.year, month, 1, tzinfo=zone)
        if (moment.tzname() or "").upper() == name:
            return timezone(moment.utcoffset() or timedelta())
    offset = _HINTED_ZONES.get(name.strip("()"))
    local = datetime.combine(written.day, time()) + written.clock
    hint = f"write {local:%Y-%m-%d %H:%M:%S} {offset or '+0900'}" + ("" if offset else ", with the offset you mean")
    raise DateError("date-invalid", f"the zone {shorten(written.zone)} does not name one offset", hint)


def _local(local: datetime, zone: ZoneInfo, meaning: Meaning, limits: LimitSettings) -> ParsedDate:
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if before == after:
        return ParsedDate(_in_range(first, zone, limits))
    at = _in_range(second if before > after and meaning == "jekyll" else first, zone, limits)
    if before < after:
        skipped = (
            f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key} (clocks go forward); it was taken for {at:%H:%M}"
        )
        return ParsedDate(at, ("date-dst-gap", skipped, ""))
    twice = f"{local:%Y-%m-%d %H:%M} happens twice in {zone.key} (clocks go back); it was taken for {at:%H:%M %z}"
    return ParsedDate(at, ("date-dst-overlap", twice, f"add the zone, such as {at:%z}"))


def _in_range(moment: datetime, zone: ZoneInfo, limits: LimitSettings) -> datetime:
    """The moment in the site's zone, by way of UTC because that is what moves a skipped time forward."""
    try:
        at = moment.astimezone(UTC).astimezone(zone)
    except OverflowError:
        raise DateError("date-out-of-range", "the date is out of range") from None
    _check_year(at.year, limits)
    return at


def _check_year(year: int, limits: LimitSettings) -> None:
    if not limits.earliest_year <= year < limits.latest_year:
        span = f"{limits.earliest_year} to {limits.latest_year - 1}"
        raise DateError("date-out-of-range", f"the year {year} is not within {span}", "check the year")


def _whole_year(year: int) -> int:
    """POSIX's and Ruby's century: 69 is 1969, 68 is 2068."""
    return year + (1900 if year >= 69 else 2000)


def _refusal(text: str, limits: LimitSettings) -> DateError:
    """Why a text is no date, with the date it should be where that is plain to see."""
    hint = EXAMPLE
    if (cjk := _CJK_DATE.match(text)) and int(cjk[2]) <= 12 and int(cjk[3]) <= 31:
        hint = f"write {cjk[1]}-{int(cjk[2]):02}-{int(cjk[3]):02}"
    elif _EPOCH.fullmatch(text):
        moment = datetime.fromtimestamp(int(text[:10]), UTC)
        if limits.earliest_year <= moment.year < limits.latest_year:
            hint = f"an epoch number is no date here: write {moment:%Y-%m-%d %H:%M:%S} +0000"
    return DateError("date-invalid", f"{shorten(text)} is not a date", hint)
