"""A channel's newest posts as JSON: whatever the content, a list by its schema that reads back to the same text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.brief import EXCERPT_LENGTH
from feeds.embed import MOST, Newest, as_json
from feeds.model import Channel, Image, Site
from feeds.text import excerpt, single_line
from schemas import problems
from tests.feeds.strategies import channels, moments, numbers, optional, sites, text

WHEN = datetime(2024, 5, 2, 20, tzinfo=UTC)
SITE = Site("https://ex.org/", "새벽신문", language="ko", timezone="Asia/Seoul")
FEEDS = (("rss", "https://ex.org/rss.xml"), ("json", "https://ex.org/feed.json"))
CHANNEL = Channel("site", SITE.title, SITE.url, FEEDS, WHEN)
PICTURE = Image("https://ex.org/사진.jpg", "강가", width=1200, height=630)

addresses = text | text.map(lambda path: f"https://example.org/{path}") | st.just("java\tscript:alert(1)")
pictures = st.none() | st.builds(Image, url=addresses, alt=text, width=numbers, height=numbers)
newest = st.builds(
    Newest, title=text, url=addresses, published=moments, summary=text, image=pictures, language=optional
)


def listed(*posts: Newest, channel: Channel = CHANNEL, site: Site = SITE) -> Any:
    body = as_json(channel, site, posts)
    assert problems("embed", body) == []
    return json.loads(body)


def test_the_list_says_what_a_link_to_each_post_needs() -> None:
    assert listed(Newest("봄", "https://ex.org/봄/", WHEN, "짧은\n요약", PICTURE, "ko-KR")) == {
        "version": 1,
        "title": "새벽신문",
        "home_page_url": "https://ex.org/",
        "feed_urls": {"rss": "https://ex.org/rss.xml", "json": "https://ex.org/feed.json"},
        "language": "ko",
        "timezone": "Asia/Seoul",
        "items": [
            {
                "title": "봄",
                "url": "https://ex.org/%EB%B4%84/",
                "date_published": "2024-05-02T20:00:00Z",
                "summary": "짧은 요약",
                "language": "ko-KR",
                "image": {
                    "url": "https://ex.org/%EC%82%AC%EC%A7%84.jpg",
                    "width": 1200,
                    "height": 630,
                    "alt": "강가",
                },
            }
        ],
    }


def test_a_channel_without_posts_is_an_empty_list() -> None:
    assert listed()["items"] == []


def test_a_list_is_short_and_keeps_the_newest() -> None:
    items = listed(*(Newest(f"{n}", f"https://ex.org/{n}", WHEN) for n in range(MOST + 5)))["items"]
    assert [item["title"] for item in items] == [str(n) for n in range(MOST)]


def test_a_long_summary_is_an_excerpt() -> None:
    (item,) = listed(Newest("t", "https://ex.org/", WHEN, "가나다 " * 500))["items"]
    assert len(item["summary"]) <= EXCERPT_LENGTH


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JAVA\tSCRIPT:alert(1)", "data:text/html,x", "/here", "http://", ""]
)
def test_only_web_addresses_are_addresses(url: str) -> None:
    (item,) = listed(Newest("Title", url, WHEN, image=Image(url)))["items"]
    assert item == {"title": "Title", "date_published": "2024-05-02T20:00:00Z"}
    assert "home_page_url" not in listed(channel=Channel("site", "t", url, (), WHEN), site=Site(url, "t"))


def test_a_picture_of_which_only_one_side_is_known_has_no_size() -> None:
    (item,) = listed(Newest("t", "https://ex.org/", WHEN, image=Image("https://ex.org/p.png", width=3)))["items"]
    assert item["image"] == {"url": "https://ex.org/p.png", "alt": ""}


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        as_json(CHANNEL, SITE, [Newest("t", "https://ex.org/", WHEN.replace(tzinfo=None))])


@settings(max_examples=60, deadline=None)
@given(st.lists(newest, max_size=3), sites(), channels())
def test_any_text_in_any_field_is_a_list_by_its_schema_that_reads_back(
    posts: list[Newest], site: Site, channel: Channel
) -> None:
    found = listed(*posts, channel=channel, site=site)
    for post, item in zip(posts, found["items"], strict=True):
        assert item["title"] == single_line(post.title) or not single_line(post.title)
        assert item.get("summary", "") == excerpt(post.summary, EXCERPT_LENGTH)
        assert item.get("url", "http").startswith("http")


def test_the_schema_names_the_place_of_what_is_wrong() -> None:
    body = as_json(CHANNEL, SITE, [Newest("t", "https://ex.org/", WHEN)])
    wrong = body.replace(b'"https://ex.org/",\n      "date', b'"javascript:alert(1)",\n      "date')
    line = wrong[: wrong.index(b"javascript")].count(b"\n") + 1
    assert problems("embed", wrong)[0].startswith(f"line {line}: items[0].url: ")
    assert problems("embed", body.replace(b'"version": 1', b'"version": 2')) != []
