"""JSON documents against a JSON Schema of ours, with the line of each problem, and against rules no schema can express.

Reads nothing but the schema files beside it. Refuses to know what any document means: its own module brings the rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeAlias

from jsonschema import Draft202012Validator

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes that lead from the document to a value."""

Rules: TypeAlias = Callable[[object], Iterable[tuple[Path, str]]]
"""What a schema cannot say: from a document of any shape to places and messages."""

LONGEST_MESSAGE: Final = 200
"""Characters: jsonschema quotes the whole value it complains about."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:\n]|[^\s"\[\]{},:]+')


def schema_problems(body: bytes, schema: str, root: str, rules: Rules | None = None) -> list[str]:
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
    found = [*_against_schema(document, schema), *(rules(document) if rules else ())]
    if not found:
        return []
    lines = _lines(text)
    placed = sorted({(lines.get(path, 1), f"{_name(path) or root}: {message}") for path, message in found})
    return [f"line {line}: {message}" for line, message in placed]


def _against_schema(document: object, schema: str) -> Iterator[tuple[Path, str]]:
    for error in _validator(schema).iter_errors(document):
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


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((files("schemas") / name).read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
