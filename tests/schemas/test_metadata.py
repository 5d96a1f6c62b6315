"""The measure of metadata notices what it is for: each rule is broken once in values that were valid."""

from __future__ import annotations

import json
import re

import pytest

from schemas import problems
from tests.feeds.metadata_cases import CASES

POST, AUTHOR = (
    next(body for path, body in case.documents() if path.name.endswith(".meta.json")).decode()
    for name in ("post", "author")
    for case in CASES
    if case.name == name
)

BROKEN = [
    (POST, '"kind": "post"', '"kind": "article"', "kind: "),
    (POST, '"title": "국회', '"name": "국회', "metadata: "),
    (POST, '"title": "국회', '"title": "국회\\n', "title: "),
    (POST, '"canonical": "https:', '"canonical": "ftp:', "canonical: "),
    (POST, '"canonical": "https://example.org/n', '"canonical": "https://example.org/o', "open_graph.url: must be"),
    (POST, '"robots": "max', '"robots": "min', "robots: "),
    (POST, '"hreflang": "x-default"', '"hreflang": "x-other"', "alternates[2].hreflang: "),
    (POST, '"locale": "ko_KR"', '"locale": "ko-KR"', "open_graph.locale: "),
    (POST, '"type": "article"', '"type": "website"', "open_graph.type: "),
    (POST, '"alt": "본회의장"', '"caption": "본회의장"', "open_graph.image[0]: "),
    (POST, '"width": 1200', '"width": "1200"', "open_graph.image[0].width: "),
    (POST, '"published_time": "2024-05-01T00:30:00Z"', '"published_time": "2024-05-01T00:30:00"', "published_time: "),
    (POST, '"card": "summary_large_image"', '"card": "large"', "twitter.card: "),
    (POST, '"image:alt": "본회의장"', '"image:text": "x"', "twitter: "),
    (POST, '"creator": "@kim', '"creator": "kim', "twitter.creator: "),
    (POST, "@kim@social.example", "kim@social.example", "fediverse_creator[0]: "),
    (POST, '"msvalidate.01"', '"msvalidate"', "verification: "),
    (POST, '"type": "application/atom+xml"', '"type": "atom"', "feeds[0].type: "),
    (POST, '"@context": "https', '"@context": "http', "json_ld.@context: "),
    (POST, '"@type": "NewsArticle"', '"@type": "News"', "json_ld.@graph[0].@type: "),
    (POST, '"headline": "', '"headline": "' + "가" * 111, "json_ld.@graph[0].headline: "),
    (POST, '"@type": "Person"', '"@type": "People"', "json_ld.@graph[0].author[0]"),
    (POST, '"@id": "https://example.org/#publisher"\n', '"@id": "https://example.org/#nobody"\n', "refers to a node"),
    (POST, '"@type": "WebSite"', '"@type": "WebPage"', "json_ld.@graph"),
    (POST, '"position": 1', '"position": 0', "itemListElement[0].position: "),
    (AUTHOR, '"mainEntity"', '"about"', "json_ld.@graph[0]: "),
    (AUTHOR, '"type": "profile"', '"type": "website"', "open_graph.type: "),
]  # fmt: skip


@pytest.mark.parametrize(("valid", "old", "new", "told"), BROKEN)
def test_a_broken_rule_is_told_with_its_line(valid: str, old: str, new: str, told: str) -> None:
    assert old in valid
    found = problems("metadata", valid.replace(old, new, 1).encode())
    assert any(told in line for line in found), found
    assert all(re.match(r"line [1-9]\d*: \S", line) and "\n" not in line for line in found)


def test_valid_values_have_no_problems() -> None:
    assert problems("metadata", POST.encode()) == []
    assert problems("metadata", AUTHOR.encode()) == []


def test_bytes_of_any_other_shape_are_told_and_never_raise() -> None:
    bodies = (b"", b"\xff", b"null", b"[]", b"{}", b'{"json_ld": []}', b'{"json_ld": {"@graph": [1, {"@id": 2}]}}')
    for body in (*bodies, b'{"open_graph": 5, "canonical": [], "json_ld": {"@graph": "x"}}'):
        assert problems("metadata", body)


def test_deep_nesting_is_told() -> None:
    deep: object = {"@id": "x"}
    for _ in range(300):
        deep = {"a": [deep]}
    graph = json.dumps({"json_ld": {"@graph": [deep]}})
    assert any("refers to a node" in line for line in problems("metadata", graph.encode()))
    assert problems("metadata", b'{"json_ld":' + b"[" * 100_000)
