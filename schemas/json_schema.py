"""JSON documents against a JSON Schema of ours, with the line of each problem, and against rules no schema can express.

Reads nothing but the schema files beside it. Refuses to know what any document means: its own module brings the rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeAlias, cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes that lead from the document to a value."""

Rules: TypeAlias = Callable[[object], Iterable[tuple[Path, str]]]
"""What a schema cannot say: from a document of any shape to places and messages."""

LONGEST_MESSAGE: Final = 200
"""Characters: jsonschema quotes the whole value it complains about."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:\n]|[^\s"\[\]{},:]+')


Amend: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""From a schema to the one to judge by."""


def schema_problems(
    body: bytes, schema: str, root: str, rules: Rules | None = None, amend: Amend | None = None
) -> list[str]:
    """What is wrong with a JSON document: ``line 3: items[0].url: …`` each, in the order of its lines.

    ``schema`` is the name of a file beside this one (JSON Schema 2020-12), ``root`` what the document itself is called.
    """
    try:
        text = body.decode("utf-8")
        document = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        return [f"line {line}: not UTF-8"]
    except json.JSONDecodeError as error:
        return [f"line {error.lineno}: not JSON: {error.msg}"]
    except ValueError as error:
        return [f"line 1: not JSON: {error}"]
    except RecursionError:
        return ["line 1: nested too deeply"]
    try:
        found = [*_against_schema(document, schema, amend), *(rules(document) if rules else ())]
    except RecursionError:  # not the document's depth alone: whoever calls us stands on the same stack
        return ["line 1: nested too deeply"]
    if not found:
        return []
    lines = _lines(text)
    placed = sorted({(lines.get(path, 1), f"{_name(path) or root}: {message}") for path, message in found})
    return [f"line {line}: {message}" for line, message in placed]


def _against_schema(document: object, schema: str, amend: Amend | None) -> Iterator[tuple[Path, str]]:
    for error in _validator(schema, amend).iter_errors(document):
        message = " ".join(error.message.split())
        short = message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"
        yield tuple(error.absolute_path), short


def _lines(text: str) -> dict[Path, int]:
    """The line on which each value of a JSON text begins."""
    lines: dict[Path, int] = {}
    line = 1
    path: list[str | int] = []  # of the container we are in, its own place last
    key: str | int = ""
    awaits_key = False
    for mark in _TOKEN.findall(text):
        if mark == "\n":
            line += 1
        elif mark == ",":
            key = key + 1 if isinstance(key, int) else key
            awaits_key = isinstance(key, str)
        elif mark in "]}":
            key = path.pop()
        elif awaits_key and mark != ":":
            key, awaits_key = json.loads(mark), False
        elif mark != ":":
            lines[(*path[1:], key) if path else ()] = line
            if mark in "[{":
                path.append(key)
                key, awaits_key = (0, False) if mark == "[" else ("", True)
    return lines


def _name(path: Path) -> str:
    """``items[3].url``; "" for the document itself."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key is written twice in one object")
    return values


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _unique_items(validator: object, unique: bool, items: object, schema: object) -> Iterator[ValidationError]:
    """``uniqueItems`` with a set: jsonschema compares each item with every other where they cannot be sorted."""
    del validator, schema
    if unique and isinstance(items, list) and len({json.dumps(item, sort_keys=True) for item in items}) < len(items):
        yield ValidationError("an item stands there twice")


_Validator: Final = extend(Draft202012Validator, {"uniqueItems": _unique_items})  # type: ignore[no-untyped-call]  # so are the stubs


@cache
def _validator(name: str, amend: Amend | None) -> Draft202012Validator:
    written = json.loads((files("schemas") / name).read_bytes())
    schema = amend(written) if amend else written
    Draft202012Validator.check_schema(schema)
    return cast("Draft202012Validator", _Validator(schema))
