"""How a key reads a raw value: text first, typed only where a key asks for a type.

Front matter keeps what the author wrote, so that ``title: 3.10`` and ``tags: [no, 2024]`` survive. A scalar is a
``str``; it is a :class:`Plain` where the author did not quote it, because only then does YAML 1.1 see a boolean, a
number or a date in it. The readers below give a value the meaning one key needs. They refuse to guess: what does not
fit raises :class:`Unreadable`, and the caller, who knows file and line, makes a problem of it.

Facts about Ruby were measured with Psych 4.0 and Debian's Jekyll 4.3.1 (golden file ``tests/content/corpus/typed``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from service.errors import Problem

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
"""A raw value: text, null, list or map."""

Position: TypeAlias = tuple[int, int]
"""Line and column in the file, counted from 1."""


def position_of(text: str, offset: int, first_line: int = 1) -> Position:
    """Where a character of a text stands; ``first_line`` is the file's line that the text begins on."""
    return first_line + text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset)


class Plain(str):
    """Text that the author wrote without quotation marks: YAML 1.1 would guess its type."""

    __slots__ = ()


class Unreadable(ValueError):
    """A value that a key cannot use: the code, message and hint of the problem it becomes."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Parsed(NamedTuple):
    """What a notation reader (YAML, TOML, JSON) found: a value, and where its top-level keys' values stand."""

    value: Value
    positions: Mapping[str, Position] = MappingProxyType({})
    problems: tuple[Problem, ...] = ()


TIMESTAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]|[ \t]+)(\d{1,2}):(\d\d):(\d\d)(?:\.\d*)?"
    r"(?:[ \t]*(?:(Z)|([-+]\d{1,2}):?(\d\d)?))?",
    re.ASCII,
)
"""A YAML 1.1 timestamp as Psych recognises it: seconds are required. Groups: six fields, Z, offset hours, minutes."""

_NULLS = frozenset(("", "~", "null"))
_TRUE = frozenset(("yes", "true", "on"))
_FALSE = frozenset(("no", "false", "off"))
_DATE = re.compile(r"(\d{4})-(1[012]|0?\d)-(3[01]|[12]\d|0?\d)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?")
_INTEGER = re.compile(r"([-+]?)(?:0b([01_,]+)|0x([0-9a-fA-F_,]+)|0([0-7_,]+)|(0|[1-9](?:[0-9]|[,_][0-9])*))")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}(\.[0-9_]*)?")
_NUMBER_LENGTH = 64
"""Longer digits stay text: Python refuses to print an int of more than 4,300 digits."""

_SPACES = re.compile(r"[ \t\n\v\f\r\0]+")
"""Where Ruby's ``String#split`` cuts: an ideographic or no-break space stays inside a term."""


def is_null(text: str) -> bool:
    """Whether plain text is null: empty, ``~`` or ``null`` in any case (Psych; YAML 1.1 knows three cases)."""
    return text in _NULLS or (len(text) == 4 and text.lower() == "null")


def as_bool(value: Value) -> bool:
    """Ruby's truth of a value: only null and a plain ``false``, ``no`` or ``off`` (any case) are false.

    A quoted ``"false"``, an empty text, ``0`` and an empty list are true, as they are for Jekyll's ``published``.
    """
    return value is not None and not (isinstance(value, Plain) and value.lower() in _FALSE)


def is_bool(value: Value) -> bool:
    """Whether the author wrote a YAML 1.1 boolean; where not, :func:`as_bool` may not be what was meant."""
    return isinstance(value, Plain) and (value.lower() in _TRUE or value.lower() in _FALSE)


def as_text(value: Value) -> str:
    """The text as written, without white space around it; "" for null. Raises Unreadable for a list or a map."""
    if isinstance(value, (list, dict)):
        raise Unreadable("value-invalid", f"{_kind(value)} stands where text belongs")
    return str(value).strip() if value is not None else ""


def as_list_of_text(value: Value) -> tuple[str, ...]:
    """A list's texts, or the one text there is; null and blank ones left out. Raises Unreadable where a map stands.

    Jekyll's singular ``category`` and ``tag`` read so: a text is one term, spaces and all.
    """
    try:
        found = [item.strip() for item in (value if isinstance(value, list) else (value,))]  # type: ignore[union-attr]
    except AttributeError:  # not all of them are text
        return tuple(text for text in map(as_text, _flat(value)) if text)
    return tuple(filter(None, found))


def as_int(value: Value) -> int | None:
    """A decimal integer, quoted or not; None for null. Raises Unreadable for anything else and beyond 18 digits."""
    text = as_text(value)
    if value is None or (isinstance(value, Plain) and is_null(text)):
        return None
    if not re.fullmatch(r"[-+]?[0-9]{1,18}", text):
        raise Unreadable("value-invalid", f"{shorten(text)} is not a whole number", "write digits only, such as 42")
    return int(text)


def terms(value: Value, *, comma: bool = False) -> tuple[str, ...]:
    """Jekyll's ``categories`` and ``tags``: a text is split at white space, a list is kept item by item.

    ``comma`` splits a text at commas instead (the setting ``split_terms_at_comma``). Numbers and booleans become the
    text that was written, null and blank items vanish. Raises Unreadable where a map stands.
    """
    if isinstance(value, str):
        parts = value.split(",") if comma else _SPACES.split(value)
        return tuple(part.strip() for part in parts if part.strip())
    return as_list_of_text(value)


def as_typed(value: Value, zone: tzinfo = UTC) -> Any:
    """What Ruby's Psych makes of a value: bool, int, float, date, datetime or str, through lists and maps.

    This is what Liquid sees as ``page``. A timestamp without offset is UTC and shown in ``zone``, as by Psych. Numbers
    that are infinite, not a number or longer than 64 characters stay text, because JSON has no word for them.
    """
    if isinstance(value, dict):
        return {key: as_typed(item, zone) for key, item in value.items()}
    if isinstance(value, list):
        return [as_typed(item, zone) for item in value]
    if not isinstance(value, Plain):
        return value
    text = str(value)
    lower = text.lower()
    if is_null(text):
        return None
    if lower in _TRUE or lower in _FALSE:
        return lower in _TRUE
    return _number_or_date(text, zone) if text[0] in "+-.0123456789" else text


def shorten(text: str) -> str:
    """The text for a message: quoted by ``repr`` so that nothing in it can break a line, cut at 60 characters."""
    return repr(str(text) if len(text) <= 60 else str(text[:59]) + "…")


def _number_or_date(text: str, zone: tzinfo) -> int | float | date | datetime | str:
    if len(text) > _NUMBER_LENGTH:
        return text
    try:
        if match := TIMESTAMP.fullmatch(text):
            return _moment(match, zone)
        if match := _DATE.fullmatch(text):
            return date(*map(int, match.groups()))
        if match := _BASE_60.fullmatch(text):
            return _base_60(text, fraction=match[1] is not None)
        if _FLOAT.fullmatch(text):
            number = float(re.sub("[,_]", "", text))
            return number if math.isfinite(number) else text
        if match := _INTEGER.fullmatch(text):
            return _integer(match)
    except (ValueError, OverflowError):
        return text
    return text


def _moment(match: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    offset = timedelta()
    if match[8]:
        minutes = int(match[9] or 0)
        offset = timedelta(hours=int(match[8]), minutes=-minutes if match[8][0] == "-" else minutes)
    moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    return moment if match[7] or match[8] else moment.astimezone(zone)


def _integer(match: re.Match[str]) -> int:
    sign, *digits = match.groups()
    base, text = next((base, text) for base, text in zip((2, 16, 8, 10), digits, strict=True) if text is not None)
    number = int(re.sub("[,_]", "", text) or ("0" if base == 8 else ""), base)
    return -number if sign == "-" else number


def _base_60(text: str, *, fraction: bool) -> int | float:
    """Hours, minutes, seconds, also where only two are given: Psych makes 5400 of ``1:30``. The sign is the hours'."""
    parts = text.replace("_", "").split(":")
    if fraction:
        return sum(float(part) * weight for part, weight in zip(parts, (3600, 60, 1), strict=False))
    return sum(int(part) * weight for part, weight in zip(parts, (3600, 60, 1), strict=False))


def _flat(value: Value) -> list[Value]:
    """The items of a list with its lists opened, as Ruby's ``flatten``; a single value as a list of one."""
    if not isinstance(value, list):
        return [value]
    return [leaf for item in value for leaf in _flat(item)]


def _kind(value: Value) -> str:
    return "a list" if isinstance(value, list) else "a map of keys"
