"""schemas/settings.json, from the settings model: ``python -m tests.settings_schema`` writes it, a test compares.

For the editors of feedmill.toml. It is draft-07 without references: Taplo (Even Better TOML) knew no later draft for
long (tamasfe/taplo#497), and before 2019-09 a description beside a reference is lost. The schema is stricter than the
service in one way: a level in capitals is one to the service alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from service.settings import Settings

FILE: Final = Path(__file__).parents[1] / "schemas" / "settings.json"
DRAFT: Final = "http://json-schema.org/draft-07/schema#"

SECTIONS: Final = {
    "site": "The publication: what is set here wins over what the content says.",
    "service": "Where the service listens, and what it may use.",
    "feed": "What a feed holds.",
    "source": "Where posts come from: one table [source], or several [[source]].",
    "refresh": "How changes of the content are noticed.",
    "cache": "How long others may keep documents, and the memory for our own.",
    "limits": "How large content may be.",
    "paths": "Addresses that moved, went, or lie on the site.",
    "metadata": "What pages tell search engines and social networks.",
    "news": "The news sitemap.",
    "robots": "What robots.txt asks of crawlers.",
}
AUTHOR: Final = {
    "name": "Name of the person or organisation.",
    "email": "E-mail address; RSS shows it.",
    "url": "Page about the author.",
    "avatar": "URL of a picture of the author.",
}
_MOMENT: Final = r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?)?$"
"""TOML's dates and times, which Taplo hands to a schema as text."""


def schema() -> dict[str, Any]:
    """The JSON Schema of feedmill.toml."""
    raw = Settings.model_json_schema()
    found: dict[str, Any] = _written(raw, raw["$defs"])
    sections = found["properties"]
    for name, text in SECTIONS.items():
        sections[name]["description"] = text
    source = sections["source"]
    defaults = source["items"]["properties"]["defaults"]
    for authors in (sections["site"]["properties"]["authors"], defaults["properties"]["authors"]):
        for name, text in AUTHOR.items():
            authors["items"]["properties"][name]["description"] = text
    table = source["items"]  # an option may bring its place
    placed = {**table, "anyOf": [{"required": ["path"]}, {"required": ["url"]}]}
    several = {"type": source["type"], "items": placed}
    sections["source"] = {"description": source["description"], "anyOf": [several, table]}
    return {
        "$schema": DRAFT,
        "title": "Feedmill settings",
        "description": "feedmill.toml. What is not set comes from the content or is the default.",
        **{key: found[key] for key in ("type", "properties", "additionalProperties")},
    }


def text() -> str:
    """The file."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def _written(value: Any, definitions: dict[str, Any]) -> Any:
    """A schema of pydantic's in draft-07: definitions in their places, TOML's values only, no titles made of names."""
    if isinstance(value, list):
        return [_written(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _written(definitions[value["$ref"].rpartition("/")[2]], definitions)
    kept = {
        key: item for key, item in value.items() if key not in ("title", "$defs", "format", "properties", "examples")
    }
    if value.get("default", "") is None:
        del kept["default"]
    if value.get("format") == "date-time":
        kept["pattern"] = _MOMENT
    found = {key: item if key == "default" else _written(item, definitions) for key, item in kept.items()}
    if "examples" in value:
        found["examples"] = value["examples"]
    if "properties" in value:
        found["properties"] = {name: _written(item, definitions) for name, item in value["properties"].items()}
    return _of_known_keys(_without_null(found))


def _without_null(found: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: what may be unset is left out."""
    choices = [choice for choice in found.get("anyOf", ()) if choice != {"type": "null"}]
    return {**choices[0], **{k: v for k, v in found.items() if k != "anyOf"}} if len(choices) == 1 else found


def _of_known_keys(found: dict[str, Any]) -> dict[str, Any]:
    """A table whose keys are a known few has properties: editors complete those."""
    keys = found.get("propertyNames", {}).get("enum")
    if not keys:
        return found
    rest = {key: item for key, item in found.items() if key not in ("propertyNames", "additionalProperties")}
    return {**rest, "properties": dict.fromkeys(keys, found["additionalProperties"]), "additionalProperties": False}


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
