"""JSON Feed against its JSON Schema, and against the rules a schema cannot express."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from schemas.json_schema import Path, schema_problems

REQUIRED: Final = ("version", "title", "items")
"""By the specification; we write more."""

VERSIONS: Final = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")


def json_problems(body: bytes, *, ours: bool = True) -> list[str]:
    """What is wrong with a JSON Feed document, by version 1.1 of the specification; if it is not ours, also by 1.0."""
    return schema_problems(body, "jsonfeed.json", "feed", _against_rules, None if ours else _as_specified)


def _as_specified(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what only we demand of ourselves: the newest version, and addresses that may be missing."""
    properties = {**schema["properties"], "version": {"enum": list(VERSIONS)}}
    return {**schema, "required": list(REQUIRED), "properties": properties}


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
