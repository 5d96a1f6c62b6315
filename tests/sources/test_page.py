"""What Liquid sees as ``page``, from a stored text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from service.settings import LimitSettings
from service.sources.page import page_values
from service.sources.source import FIELDS
from tests.sources.support import load, source

HEAD = """title: 3.10
date: 2024-05-01 10:00:00
flag: yes
count: 012
day: 2024-05-02
excerpt: E
url: mine
key: {a: [1, '1']}"""


def test_page_is_typed_as_by_ruby_with_what_jekyll_computes_above_it(tmp_path: Path) -> None:
    config = "url: https://x.example\nbaseurl: /b\ntimezone: Asia/Seoul\n"
    put = load(HEAD, "{{ page.title }}\n", tmp_path=tmp_path, config=config)
    context = source(tmp_path).open()[1]
    stored = FIELDS.validate_json(FIELDS.dump_json(put.fields))
    page, body = page_values(stored, put.text, LimitSettings(), path=put.locator, context=context)
    seoul = timezone(timedelta(hours=9))
    assert body == "{{ page.title }}\n"
    assert page == {
        "title": "3.10",
        "date": datetime(2024, 5, 1, 19, tzinfo=seoul),
        "flag": True,
        "count": 10,
        "day": date(2024, 5, 2),
        "key": {"a": [1, "1"]},
        "url": "/2024/05/01/a-post.html",
        "id": "https://x.example/b/2024/05/01/a-post",
        "categories": [],
        "tags": [],
        "collection": "posts",
        "path": "_posts/2024-05-01-a-post.md",
    }


def test_a_text_that_is_no_longer_understood_is_all_body(tmp_path: Path) -> None:
    put = load(tmp_path=tmp_path)
    page, body = page_values(replace(put.fields, liquid=True), "---\na: b: c\n---\nBody.\n", LimitSettings())
    assert body == "---\na: b: c\n---\nBody.\n"
    assert page["title"] == "A post"


def test_a_body_without_liquid_needs_no_page_but_its_path(tmp_path: Path) -> None:
    put = load(tmp_path=tmp_path)
    assert page_values(put.fields, put.text, LimitSettings(), path="a.md") == ({"path": "a.md"}, "Text.\n")
