"""TOML and JSON front matter, in the same shape as YAML's: text that knows whether it was quoted.

Numbers, booleans and dates come out as :class:`Plain` text in the author's digits, strings as ``str``. Both readers
refuse what would cost more than its size: deep nesting, and TOML's dotted keys, which ``tomllib`` resolves in quadratic
time (64 KiB of ``a.a.a`` took 23 s).
"""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from service.content.scalars import Parsed, Plain, Position, Value, shorten
from service.errors import Problem, Rejected

_TOML_TEXT = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?+'  # each alternative starts with a character of its own: linear
    r"|'''(?:[^']|'(?!''))*+(?:''')?+"
    r'|"(?:[^"\\\n]|\\.)*+"?+'
    r"|'[^'\n]*+'?+"
    r"|\#[^\n]*+",
    re.DOTALL,
)
_TOML_PLACE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")
_TOML_ENTRY = re.compile(r"""^[ \t]*(?:([A-Za-z0-9_-]+)|"([^"\\\n]*)"|'([^'\n]*)')[ \t]*=[ \t]*""", re.MULTILINE)
_TOML_TABLE = re.compile(r"^[ \t]*\[\[?[ \t]*([A-Za-z0-9_-]+)", re.MULTILINE)

_TOML_BETWEEN_KEYS = re.compile(r"[^\w.\- \t]+")

_JSON_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*+"?+)(\s*+:\s*+)?|([\[{])|([\]}])', re.DOTALL)


def read_toml(text: str, path: str, first_line: int, *, depth: int) -> Parsed:
    """Read TOML 1.0. Raises Rejected: toml-syntax, toml-too-deep, value-invalid (an impossible date or number)."""
    bare = _TOML_TEXT.sub(lambda match: "\n" * match[0].count("\n"), text)
    for number, row in enumerate(bare.split("\n"), first_line):
        if row.count(".") > depth and max(key.count(".") for key in _TOML_BETWEEN_KEYS.split(row)) > depth:
            raise _rejected(path, number, 1, "toml-too-deep", f"more than {depth} dots in a key")
    try:
        table = tomllib.loads(text, parse_float=Plain)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (text.rstrip("\n").count("\n") + 1, 1)
        message = _TOML_PLACE.sub("", str(error)).strip()
        raise _rejected(path, first_line + line - 1, column, "toml-syntax", message) from None
    except RecursionError:
        raise _rejected(path, first_line, 1, "toml-too-deep", f"nested more than {depth} levels deep") from None
    except Exception as error:  # impossible dates and endless numbers leave tomllib as other errors
        raise _rejected(path, first_line, 1, "value-invalid", f"a value cannot be read ({error})") from None
    return Parsed(_raw(table, path, first_line, "toml", depth), _toml_positions(text, first_line))


def read_json(text: str, path: str, first_line: int, *, depth: int) -> Parsed:
    """Read one JSON value. Raises Rejected: json-syntax, json-too-deep. A repeated key: a warning, the last counts."""
    repeated: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            repeated.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return result

    try:
        value = json.loads(text, parse_int=Plain, parse_float=Plain, parse_constant=Plain, object_pairs_hook=mapping)
    except json.JSONDecodeError as error:
        raise _rejected(path, first_line + error.lineno - 1, error.colno, "json-syntax", error.msg) from None
    except RecursionError:
        raise _rejected(path, first_line, 1, "json-too-deep", f"nested more than {depth} levels deep") from None
    positions = _json_positions(text, first_line)
    problems = []
    if repeated:
        line, column = positions.get(repeated[0], (first_line, 1))
        message = f"the key {shorten(repeated[0])} stands here twice; the last one counts"
        problems.append(Problem(path, line, column, "warning", "json-duplicate-key", message, "remove one of the two"))
    return Parsed(_raw(value, path, first_line, "json", depth), positions, tuple(problems))


def json_end(text: str) -> int:
    """The index behind the JSON object with which ``text`` starts; its length where the object is never closed."""
    depth = 0
    for token in _JSON_TOKEN.finditer(text):
        depth += 1 if token[3] else -1 if token[4] else 0
        if depth == 0:
            return token.end()
    return len(text)


def _raw(value: object, path: str, line: int, notation: str, depth: int) -> Value:
    """The value in front matter's shape; everything but strings, lists, tables and null is Plain text."""
    if depth < 0:
        raise _rejected(path, line, 1, f"{notation}-too-deep", "nested too deep")
    if isinstance(value, dict):
        return {str(key): _raw(item, path, line, notation, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_raw(item, path, line, notation, depth - 1) for item in value]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return Plain("true" if value else "false")
    if isinstance(value, (datetime, date, time)):
        return Plain(value.isoformat())
    return Plain(str(value))


def _toml_positions(text: str, first_line: int) -> dict[str, Position]:
    """Where the values of top-level keys stand; for a table, where its first header does."""
    place = _places(text, first_line)
    tables = list(_TOML_TABLE.finditer(text))
    entries = _TOML_ENTRY.finditer(text, 0, tables[0].start() if tables else len(text))
    positions = {match[1] or match[2] or match[3] or "": place(match.end()) for match in entries}
    for match in tables:
        positions.setdefault(match[1], place(match.start()))
    return positions


def _json_positions(text: str, first_line: int) -> dict[str, Position]:
    place = _places(text, first_line)
    positions = {}
    depth = 0
    for token in _JSON_TOKEN.finditer(text):
        depth += 1 if token[3] else -1 if token[4] else 0
        if depth == 1 and token[2]:
            positions[json.loads(token[1])] = place(token.end())
    return positions


def _places(text: str, first_line: int) -> Callable[[int], Position]:
    """Index in the text to line and column in the file."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(index: int) -> Position:
        line = bisect_right(starts, index)
        return first_line + line - 1, index - starts[line - 1] + 1

    return place


def _rejected(path: str, line: int, column: int, code: str, message: str) -> Rejected:
    return Rejected(Problem(path, line, column, "error", code, message))
