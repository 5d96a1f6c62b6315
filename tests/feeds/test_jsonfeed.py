"""JSON Feed 1.1: documents people can read, and nothing a strict parser would refuse."""

from __future__ import annotations

import json
from typing import Any

from feeds import jsonfeed
from feeds.formats import FORMATS, assemble
from feeds.model import Enclosure
from tests.feeds.plain_posts import CHANNEL, SITE, a_post


def _feed(*entries: bytes) -> tuple[str, dict[str, Any]]:
    text = assemble(FORMATS["json"], CHANNEL, SITE, entries).decode()
    return text, json.loads(text)


def test_a_document_is_indented_throughout_and_ends_with_a_line_feed() -> None:
    text, feed = _feed(*(jsonfeed.entry(a_post(title="한글", content="<p>a\nb</p>"), SITE, True) for _ in range(2)))
    assert text == json.dumps(feed, ensure_ascii=False, indent=2) + "\n"


def test_an_empty_feed_is_valid_json_too() -> None:
    text, feed = _feed()
    assert feed["items"] == []
    assert text.endswith('"items": [\n  ]\n}\n')


def test_an_item_always_has_content() -> None:
    for full in (True, False):
        _, feed = _feed(jsonfeed.entry(a_post(), SITE, full))
        assert feed["items"][0]["content_html"] == '<p><a href="https://example.org/1">T</a></p>'


def test_zero_is_a_size_and_unknown_is_none() -> None:
    files = (Enclosure("https://example.org/a", "audio/mpeg", 0, "", 0), Enclosure("https://example.org/b", "x"))
    _, feed = _feed(jsonfeed.entry(a_post(enclosures=files), SITE, True))
    assert feed["items"][0]["attachments"] == [
        {"url": "https://example.org/a", "mime_type": "audio/mpeg", "size_in_bytes": 0, "duration_in_seconds": 0},
        {"url": "https://example.org/b", "mime_type": "application/octet-stream"},
    ]


def test_a_label_that_is_category_and_tag_is_listed_once() -> None:
    _, feed = _feed(jsonfeed.entry(a_post(categories=("A", "B"), tags=("C", "A")), SITE, True))
    assert feed["items"][0]["tags"] == ["A", "B", "C"]
