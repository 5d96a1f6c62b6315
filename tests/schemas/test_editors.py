"""The schemas for editors: feedmill.toml as the settings model has it, and front matter as the sources read it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from service.content.front_matter import parse
from service.settings import LimitSettings, Settings
from service.settings_names import names_in
from tests import settings_schema

ROOT = Path(__file__).parents[2]
SETTINGS = json.loads(settings_schema.FILE.read_text("utf-8"))
FRONT_MATTER = json.loads((ROOT / "schemas" / "front-matter.json").read_text("utf-8"))
POSTS = [
    path
    for path in sorted((ROOT / "examples" / "newsroom").rglob("*"))
    if path.suffix in (".md", ".html") and path.read_text("utf-8").startswith("---\n")
]
SOURCES = ("discovery", "jekyll", "media", "metadata", "people", "plain", "terms")
READERS = {"flag", "get", "has", "is_hidden", "number", "read", "rejected", "text", "warn"}
PASSED = {"fields", "item", "keys", "value"}
OTHERS = {"iso", "jekyll", "yaml", "key", "login", "short_name"}
"""Words that stand where keys stand in the sources, and are none: notations, and columns of _data/authors."""


@pytest.mark.parametrize("schema", [SETTINGS, FRONT_MATTER], ids=["settings", "front-matter"])
def test_a_schema_is_one_that_editors_read(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(schema)


def test_the_settings_schema_is_what_the_model_says() -> None:
    assert settings_schema.FILE.read_text("utf-8") == settings_schema.text(), "run python -m tests.settings_schema"


def test_every_setting_is_described() -> None:
    described = {names for names, schema in _settings(SETTINGS) if schema.get("description")}
    assert described >= set(names_in(Settings))
    assert not [text for _, schema in _settings(SETTINGS) if (text := schema.get("description")) and ":func:" in text]


def test_a_default_is_a_value_that_its_setting_may_have() -> None:
    for names, schema in _settings(SETTINGS):
        if "default" in schema:
            assert Draft7Validator(schema).is_valid(schema["default"]), names


@pytest.mark.parametrize(
    "toml",
    [
        "",
        '[[source]]\npath = "posts"\nkind = "plain"\n[[source]]\npath = "more"\n',
        '[source]\nkind = "jekyll"\n',
        "[site]\nfounded = 2020-01-31\n",
        "[site]\nfounded = 2020-01-31T09:00:00+09:00\n",
        "[site]\nfounded = 2020-01-31 09:00:00\n",
        '[[site.authors]]\nname = "Kim"\n',
        '[feed.channels."/tags/기후/"]\nwindow = 50\n',
        '[metadata.verification]\nnaver = "c0de"\n',
        '[robots]\ndisallow = ["/admin/"]\nai = "disallow"\nlicense = ""\n[robots.bots]\nYeti = []\nBadBot = ["/"]\n',
        '[service]\nstall_timeout = 1\nstate = "/srv/state"\nurl = ""\n',
        '[site]\nurl = " HTTPS://example.org/블로그/ "\nlanguage = "ko_KR"\nicon = ""\nhubs = ["http://hub.example"]\n',
        '[metadata]\ntheme_color = "RebeccaPurple"\n[news]\nlanguage = ""\n',
        (ROOT / "examples" / "newsroom" / "feedmill.toml").read_text("utf-8"),
    ],
)
def test_settings_that_the_service_takes_are_valid(toml: str) -> None:
    table = tomllib.loads(toml)
    assert [error.message for error in Draft7Validator(SETTINGS).iter_errors(_as_json(table))] == []
    if "source" in table and isinstance(table["source"], dict):
        table["source"] = [{"path": ".", **table["source"]}]
    Settings.model_validate(table)


@pytest.mark.parametrize(
    "toml",
    [
        "[feed]\nwindo = 3\n",
        "[nope]\n",
        "feed = 3\n",
        "[feed]\nwindow = 0\n",
        '[feed]\nfull_text = "maybe"\n',
        "[service]\nstall_timeout = 0\n",
        '[[source]]\npath = "x"\nkinds = "plain"\n',
        '[source]\nkinds = "plain"\n',
        '[[source]]\nkind = "plain"\n',
        "[[source]]\npath = 3\n",
        '[[site.authors]]\nurl = "https://example.org/"\n',
        '[site]\nfounded = "soon"\n',
        '[site]\nhubs = "https://hub.example/"\n',
        '[feed.channels."/tags/x/"]\ntitel = "x"\n',
        '[metadata.verification]\nnever = "c0de"\n',
        '[robots]\nai = "maybe"\n',
        '[feed]\nwindow = "20"\n',
        '[site]\nurl = "example.org"\n',
        '[site]\nurl = "https://example.org/?a"\n',
        '[site]\nurl = "https://me@example.org/"\n',
        '[site]\nlanguage = "Korean"\n',
        '[site]\nlogo = "/logo.png"\n',
    ],
)
def test_settings_that_the_service_refuses_are_refused(toml: str) -> None:
    assert not Draft7Validator(SETTINGS).is_valid(_as_json(tomllib.loads(toml)))


def test_every_key_that_the_sources_read_is_in_the_front_matter_schema() -> None:
    known = {name for schema in _schemas(FRONT_MATTER) for name in schema.get("properties", {})}
    read = {key for name in SOURCES for key in _keys(ROOT / "service" / "sources" / f"{name}.py")}
    assert read - known - OTHERS == set(), "describe them in schemas/front-matter.json"
    assert {"date", "guid", "redirect_from", "image", "alt", "pubdate", "excerpt_only", "canonical_url"} <= read
    assert known - read == {"layout"}, "no source reads them any more"


def test_every_key_of_the_front_matter_is_described() -> None:
    assert not [name for name, schema in FRONT_MATTER["properties"].items() if not schema.get("description")]


@pytest.mark.parametrize("post", POSTS, ids=lambda path: path.name)
def test_the_posts_of_the_newsroom_are_valid(post: Path) -> None:
    matter = parse(post.read_text("utf-8"), post.name, LimitSettings())
    typed = _as_json(yaml.safe_load(post.read_text("utf-8").split("---\n")[1]))
    assert set(typed or {}) == set(matter.values)
    assert [error.message for error in Draft7Validator(FRONT_MATTER).iter_errors(typed or {})] == []


def test_there_are_posts_to_look_at() -> None:
    assert len(POSTS) > 40


@pytest.mark.parametrize(
    "values",
    [
        {"title": 2024, "date": "2024-05-01", "tags": ["no", 3.1, None], "category": "정치 경제"},
        {"author": ["kim", {"name": "Lee", "mastodon": [{"username": "lee", "instance": "social.example"}]}]},
        {"image": {"path": "/a.jpg", "alt": "a", "width": 640}, "audio": [{"url": "a.mp3", "duration": "12:34"}]},
        {"sitemap": False, "published": "2024-05-01", "feed": {"excerpt_only": True}, "anything": {"else": 1}},
    ],
)
def test_front_matter_that_the_sources_understand_is_valid(values: dict[str, Any]) -> None:
    assert [error.message for error in Draft7Validator(FRONT_MATTER).iter_errors(values)] == []


@pytest.mark.parametrize(
    "values",
    [
        {"title": ["a"]},
        {"title": {"a": "b"}},
        {"draft": "maybe"},
        {"date": ["2024-05-01"]},
        {"tags": {"a": "b"}},
        {"image": {"path": ["a"]}},
        {"image": {"path": "/a.jpg", "width": "wide"}},
        {"feed": ["x"]},
        [],
    ],
)
def test_front_matter_that_they_warn_of_is_not(values: object) -> None:
    assert not Draft7Validator(FRONT_MATTER).is_valid(values)


def _settings(schema: dict[str, Any], under: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Each setting's names and schema, those in lists of tables and in tables of free keys included."""
    for name, found in schema.get("properties", {}).items():
        names = (*under, name)
        yield names, found
        yield from _settings(found, names)
        for inner in (*found.get("anyOf", ()), found):
            for of in (inner.get("items"), inner.get("additionalProperties")):
                if isinstance(of, dict):
                    yield from _settings(of, names)


def _schemas(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _schemas(item)
    elif isinstance(value, list):
        for item in value:
            yield from _schemas(item)


def _as_json(value: Any) -> Any:
    """As an editor hands a value to a schema: dates as their text."""
    if isinstance(value, dict):
        return {str(_as_json(key)): _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _keys(path: Path) -> Iterator[str]:
    """What a module of the sources may read: the words in calls that read keys or pass them on, in loops, in tables."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        words: list[ast.AST] = []
        if isinstance(node, ast.Call):
            reads = isinstance(node.func, ast.Attribute) and node.func.attr in READERS
            if reads or any(isinstance(arg, ast.Name) and arg.id in PASSED for arg in node.args):
                words += node.args
        elif isinstance(node, ast.For | ast.comprehension):
            words.append(node.iter)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Tuple):
            words.append(node.value)
        yield from (word for each in words for word in _words(each))


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.fullmatch(r"[A-Za-z][A-Za-z_]*|lang-ref", node.value):
            yield node.value
    elif isinstance(node, ast.Tuple):
        for item in node.elts:
            yield from _words(item)
    elif isinstance(node, ast.Starred):
        yield from _words(node.value)
