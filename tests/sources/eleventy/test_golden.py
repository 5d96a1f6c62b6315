"""Eleventy sites against the records of what the real Eleventy makes of them: every page, URL, date, tag and word.

The recorder is beside this file; it is run again, and compared, where Eleventy is at hand.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feeds.text import plain
from service.content.permalinks import live_url
from service.content.render import render
from service.settings import LimitSettings
from service.sources.eleventy import STRUCTURAL
from service.sources.page import page_values
from service.sources.source import Put
from tests.sources.eleventy import record
from tests.sources.jekyll import archive
from tests.sources.support import put, source

LIMITS = LimitSettings()
NAMES = archive.names(record.SITES)
BASES = {
    "basics": "https://site.example",
    "cascade": "https://cascade.example/blog",
    "permalinks": "https://permalinks.example",
    "src-njk": "https://njk.example/sub",
}
UNKNOWN = {"pages/upper.md"}
"""Its permalink has a filter that is not in the named set: reported, and the default is used."""


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((record.GOLDEN / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_where_eleventy_writes_it_and_says_what_eleventy_says(name: str, tmp_path: Path) -> None:
    opened = source(archive.unpack(name, tmp_path, record.SITES))
    facts, context, _ = opened.open()
    assert opened.detected is not None
    assert opened.detected.kind == "eleventy"
    assert facts.url == BASES[name]
    opened = source(tmp_path, site=opened._site.model_copy(update={"url": facts.url}))
    _, context, _ = opened.open()
    changes = {change.locator: put(change) for change in opened.scan({})}
    expected = golden(name)
    assert set(changes) == set(expected)
    for path, page in expected.items():
        _compare(path, changes[path], page, partial(_content, context=context), facts.url)


def _compare(path: str, change: Put, page: dict[str, Any], content: Any, base: str) -> None:
    fields = change.fields
    if page["url"] is False:
        assert fields.visibility == "hidden", path
    elif path not in UNKNOWN:
        assert fields.url == live_url(base, page["url"]), path
        assert fields.visibility in ("public", "unlisted"), path
        assert plain(content(path, change)) == plain(page["content"]), path
    else:
        assert "permalink-unknown" in [problem.code for problem in change.problems]
    if "title" in page:
        assert fields.title == page["title"], path
    if "description" in page:
        assert fields.summary == page["description"], path
    if "date" in page:
        assert fields.published == datetime.fromisoformat(page["date"]), path
    if fields.collection == "posts":
        assert set(fields.tags) == set(page["tags"]) - STRUCTURAL, path
        assert not page.get("excluded"), path
    if not {"post", "posts"}.isdisjoint(page.get("tags", ())):
        assert fields.collection == "posts", path


def _content(path: str, change: Put, *, context: Any) -> str:
    page, body = page_values(change.fields, change.text, LIMITS, path=path, context=context)
    return render(change.fields, body, page, context, lambda _: None, LIMITS, 200).html


def test_the_tags_that_make_collections_are_no_tags_of_posts(tmp_path: Path) -> None:
    changes = {c.locator: put(c).fields for c in source(archive.unpack("basics", tmp_path, record.SITES)).scan({})}
    assert {path for path, fields in changes.items() if fields.collection == "posts"} == {
        *("dated/old.md", "dated/quoted.md", "dated/zone.md", "json.md", "posts/2024-01-02-first.md"),
        *("posts/2024-05-06-event/2024-05-07-nested.md", "posts/2024-05-06-event/index.md", "posts/second.md"),
    }
    assert changes["posts/2024-01-02-first.md"].tags == ("Open Data",)
    assert changes["posts/2024-01-02-first.md"].authors[0].email == "ada@site.example"
    assert changes["about.html"].visibility == "unlisted"


@pytest.mark.skipif(bool(record.missing()), reason=f"not recorded anew: {record.missing()}")
def test_the_real_eleventy_still_says_what_was_recorded(tmp_path: Path) -> None:
    record.main(tmp_path)
    for name in NAMES:
        assert json.loads((tmp_path / f"{name}.json").read_text("utf-8")) == golden(name)
