"""JSON from strangers: bytes become plain values, or one kind of failure that says where (U-05, U-06, U-14).

pydantic-core's parser refuses what Python's own takes or trips over: NaN, text after the end, nesting without bound.
Half a surrogate pair, which JavaScript makes where it cuts an emoji, is U+FFFD. Refuses to know what the values mean.
"""

from __future__ import annotations

import re
from math import isinf
from typing import Any, Final

from pydantic_core import from_json

from feeds.text import single_line
from service.upstream.answer import Answer, UpstreamFailed

_SHOWN: Final = 80
"""Characters of an answer that a message shows."""
_BOM: Final = b"\xef\xbb\xbf"
_HTML = re.compile(rb"\s*<(?:!doctype|html|head|body|\?xml|!--|script|title|div|h1|p[ >])", re.IGNORECASE)
_HUGE = re.compile(rb"[0-9.][eE]\+?[0-9]{3}|[0-9]{300}")
"""What an infinite number may look like; text may, too."""
_HALVES = re.compile("surrogate|hex escape")
"""What pydantic-core says of half a character."""
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
"""An escape in a string; half a pair is its group."""
_PLACE = re.compile(r" at line (\d+) column (\d+)$")


def json_of(answer: Answer) -> Any:
    """The value of a JSON answer. Raises UpstreamFailed: ``unexpected-content-type`` where a page stands in its place,
    ``json-invalid`` with the place otherwise."""
    data = answer.body.removeprefix(_BOM)
    try:
        return _parsed(data)
    except ValueError as error:
        raise _failed(answer, data, str(error)) from None


def _parsed(data: bytes) -> Any:
    """The value. Raises ValueError, with the place in pydantic-core's words where it knows one."""
    try:
        value = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        if not _HALVES.search(str(error)):
            raise
        value = from_json(_ESCAPE.sub(_whole, data), allow_inf_nan=False)
    if _HUGE.search(data) and _infinite(value):  # the parser refuses to read Infinity, and makes it of 1e999
        raise ValueError("a number beyond what can be counted")
    return value


def _whole(escape: re.Match[bytes]) -> bytes:
    """An escape as it is; the sign for what is no character in the place of half a surrogate pair."""
    return rb"\ufffd" if escape[1] else escape[0]


def _infinite(value: Any) -> bool:
    """Whether an infinite number is anywhere in a value, whose depth the parser has bounded."""
    if isinstance(value, float):
        return isinf(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_infinite, inner))


def lines_of(answer: Answer) -> list[Any]:
    """The values of an answer of a JSON value each line (NDJSON); empty lines count for nothing."""
    values = list[Any]()
    for number, line in enumerate(answer.body.removeprefix(_BOM).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(_parsed(line))
        except ValueError as error:
            raise _failed(answer, line, str(error), f"line {number}: ") from None
    return values


def is_json(answer: Answer) -> None:
    """A :data:`service.upstream.answer.Check`: what is no JSON must not take the place of what was."""
    json_of(answer)


def is_json_or_lines(answer: Answer) -> None:
    """As :func:`is_json`, of one value or one each line."""
    try:
        json_of(answer)
    except UpstreamFailed:
        if answer.body.count(b"\n") == 0:
            raise
        lines_of(answer)


def _failed(answer: Answer, data: bytes, why: str, where: str = "") -> UpstreamFailed:
    shown = _beginning(data)
    if _HTML.match(data) or "html" in answer.headers.get("content-type", ""):
        what = answer.headers.get("content-type", "").partition(";")[0] or "a page"
        return UpstreamFailed(
            f"{answer.url}: answers {what} where JSON belongs: {shown}", "unexpected-content-type", status=answer.status
        )
    place = _PLACE.search(why)
    reason = _PLACE.sub("", why)
    at = f" at byte {_offset(data, int(place[1]), int(place[2]))}" if place else ""
    return UpstreamFailed(
        f"{answer.url}: no valid JSON{at}: {where}{reason}; it begins {shown}", "json-invalid", status=answer.status
    )


def _offset(data: bytes, line: int, column: int) -> int:
    """The byte of a line and column, both from 1."""
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1
    return start + max(column - 1, 0)


def _beginning(data: bytes) -> str:
    """The first characters of an answer, safe to show."""
    text = single_line(data[: 4 * _SHOWN].decode("utf-8", "replace"))[:_SHOWN]
    return repr(text)
