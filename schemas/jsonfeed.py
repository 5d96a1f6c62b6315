"""JSON Feed against its JSON Schema, with the line of each problem, and against the rules a schema cannot express."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jsonschema import Draft202012Validator

Path = tuple[str | int, ...]
"""Keys and indexes that lead from the document to a value."""

LONGEST_MESSAGE: Final = 200
"""Characters: jsonschema quotes the whole value it complains about."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:\n]|[^\s"\[\]{},:]+')


def json_problems(body: bytes) -> list[str]:
    """What is wrong with a JSON Feed document, by version 1.1 of the specification."""
    try:
        text = body.decode("utf-8")
        feed = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        return [f"line {line}: not UTF-8"]
    except json.JSONDecodeError as error:
        return [f"line {error.lineno}: not JSON: {error.msg}"]
    except ValueError as error:
        return [f"line 1: not JSON: {error}"]
    except RecursionError:
        return ["line 1: nested too deeply"]
    found = [*_against_schema(feed), *_against_rules(feed)]
    if not found:
        return []
    lines = _lines(text)
    placed = sorted({(lines.get(path, 1), f"{_name(path)}: {message}") for path, message in found})
    return [f"line {line}: {message}" for line, message in placed]


def _against_schema(feed: object) -> Iterator[tuple[Path, str]]:
    for error in _validator().iter_errors(feed):
        message = " ".join(error.message.split())
        short = message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"
        yield tuple(error.absolute_path), short


def _against_rules(feed: object) -> Iterator[tuple[Path, str]]:
    if not isinstance(feed, dict):
        return
    if "next_url" in feed and feed["next_url"] == feed.get("feed_url"):
        yield ("next_url",), "must differ from feed_url"
    items = feed.get("items")
    seen: set[str] = set()
    for index, item in enumerate(items if isinstance(items, list) else []):
        post_id = item.get("id") if isinstance(item, dict) else None
        if isinstance(post_id, str):
            if post_id in seen:
                yield ("items", index, "id"), "an id is used once"
            seen.add(post_id)


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
    """``items[3].url``; ``feed`` for the document itself."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".") or "feed"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key is written twice in one object")
    return values


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads((files("schemas") / "jsonfeed.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
