"""JSON for people to read as well: two spaces a level, characters as they are.

The standard library's encoder writes that form in Python, a generator for every level, at five times the cost of
:func:`readable`, and that at five times the cost of pydantic-core, which writes fractions in another way.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as _string
from typing import Any

from pydantic_core import to_json

_number = json.JSONEncoder(allow_nan=False).encode
"""What is neither text nor a container, and no number of a usual kind."""


def readable(value: Any) -> str:
    """What :func:`json.dumps` makes with ``indent=2`` of strings, numbers, lists, and dictionaries with string keys.

    Raises ValueError for a number that is none (NaN, infinity), TypeError for what JSON does not have.
    """
    return _written(value, "\n")


def document(value: Any) -> bytes:
    """A document that is :func:`readable` of strings, whole numbers, lists and dictionaries, and a line feed.

    Raises UnicodeEncodeError for half a surrogate pair.
    """
    try:
        return to_json(value, indent=2) + b"\n"
    except ValueError:
        return readable(value).encode() + b"\n"  # says which character it is


def compact(value: Any) -> bytes:
    """The same on one line and without spaces."""
    try:
        return to_json(value)
    except ValueError:
        return _compact(value).encode()


_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _written(value: Any, newline: str) -> str:
    """``newline`` is that of the level that the value ends on."""
    if isinstance(value, str):
        return _string(value)
    inner = newline + "  "
    if isinstance(value, dict):
        if not value:
            return "{}"
        members = [
            f"{_string(name)}: {_string(said) if isinstance(said, str) else _written(said, inner)}"
            for name, said in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(members)}{newline}}}"
    if type(value) is int:
        return str(value)
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        return f"[{inner}{f',{inner}'.join([_written(each, inner) for each in value])}{newline}]"
    return _number(value)
