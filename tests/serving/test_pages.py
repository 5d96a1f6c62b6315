"""The HTML pages: complete, safe against their content, the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from feeds.model import Channel, Site
from service.errors import Problem
from service.pages import LARGEST, POLICY, PROBLEM_LINES, ChannelGroup, ChannelLink, PostLink, channel_page, home_page

HOME = "https://feeds.example.org/"


def feeds(path: str) -> tuple[tuple[str, str], ...]:
    names = (("rss", "rss.xml"), ("atom", "atom.xml"), ("json", "feed.json"))
    return tuple((name, f"https://feeds.example.org{path}{file_name}") for name, file_name in names)


SITE = Site("https://ex.org/", "새벽신문", "서울에서 전하는 뉴스", language="ko-KR", timezone="Asia/Seoul")
CHANNEL = Channel("site", SITE.title, SITE.url, feeds("/"), SITE.founded, SITE.description)
POLITICS = Channel(
    "category",
    "새벽신문: 정치",
    f"{HOME}categories/x/",
    feeds("/categories/x/"),
    SITE.founded,
    label="정치",
    language="ko",
)
POSTS = (
    PostLink("요금 체계", "https://ex.org/a/", datetime(2024, 5, 2, 20, tzinfo=UTC), "요약", "ko"),
    PostLink("Harbour", "https://ex.org/b/", datetime(2024, 5, 1, 3, tzinfo=UTC), "", "en"),
)

ENDS = ((1, 1, 1), (9999, 12, 31))


def parsed(body: bytes) -> Any:
    """lxml's stubs do not know what an HTML element can do."""
    return lxml_html.fromstring(body)


def links(kind: str, count: int) -> tuple[ChannelLink, ...]:
    return tuple(
        ChannelLink(f"{kind} {number}", f"{HOME}{kind}/{number}/", number, feeds(f"/{kind}/{number}/"))
        for number in range(count)
    )


def test_the_home_page_lists_every_channel_with_its_feeds() -> None:
    groups = [ChannelGroup("category", 3, links("category", 3)), ChannelGroup("tag", 2, links("tag", 2))]
    page = parsed(home_page(SITE, CHANNEL, HOME, groups, POSTS, ()))
    found = [urljoin(HOME, a.get("href") or "") for a in page.iter("a")]
    for group in groups:
        for link in group.channels:
            assert link.url in found
            assert all(url in found for _, url in link.feeds)
    assert [h.text_content().split()[0] for h in page.iter("h2")] == ["구독", "카테고리", "태그", "새"]


def test_a_page_links_within_the_service_relatively_so_that_it_can_be_browsed_wherever_it_is_seen() -> None:
    group = ChannelGroup("category", 1, links("category", 1))
    page = parsed(home_page(SITE, CHANNEL, HOME, [group], POSTS, ()))
    hrefs = [a.get("href") or "" for a in page.iter("a")]
    assert [href for href in hrefs if href.startswith(HOME)] == []
    assert {"category/0/", "category/0/rss.xml", "rss.xml"} <= set(hrefs)


def test_ten_thousand_categories_are_the_hundred_largest_and_a_note() -> None:
    body = home_page(SITE, CHANNEL, HOME, [ChannelGroup("category", 10_000, links("category", 10_000))], (), ())
    page = parsed(body)
    shown = [li.findtext("a") for ul in page.find_class("channels") for li in ul]
    assert shown == [f"category {number}" for number in range(9_999, 9_999 - LARGEST, -1)]
    assert "모두 10,000개 가운데 글이 많은 100개입니다." in page.text_content()
    assert len(body) < 100_000


def test_problems_are_grouped_by_code_errors_first_and_cut() -> None:
    problems = [Problem(f"_posts/{number:03}.md", 3, 1, "warning", "liquid-tag", "dropped") for number in range(60)]
    problems.append(Problem("_posts/x.md", 2, 7, "error", "yaml-syntax", "broken <b>", "close the quote"))
    page = parsed(home_page(SITE, CHANNEL, HOME, (), POSTS, problems))
    first, second = page.iter("details")
    assert first.get("class") == "error"
    assert "_posts/x.md:2:7 broken <b> (close the quote)" in " ".join(first.text_content().split())
    assert len(list(second.iter("li"))) == PROBLEM_LINES + 1
    assert "그 밖에 10건" in second.text_content()


def test_a_channels_page_shows_its_feeds_to_copy_and_its_posts() -> None:
    page = parsed(channel_page(SITE, POLITICS, POLITICS.url, HOME, 1, POSTS))
    assert [code.text for code in page.iter("code")] == [url for _, url in POLITICS.feeds]
    assert [h.text_content() for h in page.iter("h3")] == ["요금 체계", "Harbour"]
    assert [time.text for time in page.iter("time")] == ["2024-05-03", "2024-05-01"], "days of the publication's zone"
    assert [li.get("lang") for ul in page.find_class("posts") for li in ul] == ["ko", "en"]
    assert "글 1편" in page.text_content()


@pytest.mark.parametrize(
    ("language", "lang", "word"),
    [("ko", "ko", "구독"), ("ko-KR", "ko-KR", "구독"), ("en", "en", "Subscribe"), (None, "en", "Subscribe")],
)
def test_a_page_speaks_its_channels_language(language: str | None, lang: str, word: str) -> None:
    page = parsed(home_page(replace(SITE, language=language), CHANNEL, HOME, (), (), ()))
    assert page.get("lang") == lang
    assert word in page.text_content()


def test_readers_find_the_feeds_of_the_page_they_are_on() -> None:
    page = parsed(channel_page(SITE, POLITICS, POLITICS.url, HOME, 2, POSTS))
    found = [(link.get("type"), link.get("href")) for link in page.iter("link") if link.get("rel") == "alternate"]
    types = ["application/rss+xml", "application/atom+xml", "application/feed+json"]
    assert found == [(kind, url) for kind, (_, url) in zip(types, POLITICS.feeds, strict=True)]


def test_a_page_needs_nothing_from_elsewhere_and_its_style_is_the_one_the_policy_names() -> None:
    body = home_page(SITE, CHANNEL, HOME, [ChannelGroup("tag", 1, links("tag", 1))], POSTS, ()).decode()
    assert "<script" not in body
    assert " style=" not in body
    assert not re.findall(r"<(?:img|iframe|object|embed|form|base)\b|@import|url\(", body)
    (style,) = re.findall(r"<style>(.*?)</style>", body, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in POLICY
    assert f'http-equiv="Content-Security-Policy" content="{POLICY}"'.replace("'", "&#39;") in body


def test_only_web_addresses_become_links() -> None:
    bad = replace(POSTS[0], url="javascript:alert(1)")
    assert b"javascript" not in channel_page(SITE, POLITICS, POLITICS.url, HOME, 1, (bad,))
    assert b'rel="icon"' not in home_page(replace(SITE, icon="data:image/svg+xml,x"), CHANNEL, HOME, (), (), ())
    assert b'rel="icon"' in home_page(replace(SITE, icon="https://ex.org/i.png"), CHANNEL, HOME, (), (), ())


def test_a_zone_that_does_not_exist_is_utc() -> None:
    page = parsed(channel_page(replace(SITE, timezone="Mars/Base"), POLITICS, POLITICS.url, HOME, 1, POSTS))
    assert next(page.iter("time")).text == "2024-05-02"


def test_a_day_at_the_calendars_end_stays_where_the_zone_would_leave_it() -> None:
    posts = [replace(POSTS[0], published=datetime(year, month, day, 1, tzinfo=UTC)) for year, month, day in ENDS]
    page = parsed(channel_page(replace(SITE, timezone="America/New_York"), POLITICS, POLITICS.url, HOME, 2, posts))
    assert [time.text for time in page.iter("time")] == ["0001-01-01", "9999-12-30"]


@given(st.text(max_size=40), st.text(max_size=40))
@settings(deadline=None, max_examples=50)
def test_H15_no_content_becomes_markup(text: str, other: str) -> None:
    text = f"{text}<script>alert(1)</script>\" onload='x' {other}"
    site = replace(SITE, title=text, description=text)
    channel = replace(POLITICS, title=text, description=text, label=text)
    post = replace(POSTS[0], title=text, summary=text)
    problem = Problem(text, 1, 1, "error", text, text, text)
    group = ChannelGroup("tag", 1, (ChannelLink(text, HOME, 1, feeds("/")),))
    for body in (
        home_page(site, channel, HOME, [group], (post,), (problem,)),
        channel_page(site, channel, HOME, HOME, 3, (post,)),
    ):
        page = parsed(body)
        assert not list(page.iter("script"))
        assert not [e for e in page.iter() if e.get("onload")]
        assert b"\x00" not in body


def test_equal_input_gives_equal_bytes_whatever_the_order_of_the_channels() -> None:
    some = links("tag", 5)
    one = home_page(SITE, CHANNEL, HOME, [ChannelGroup("tag", 5, some)], POSTS, ())
    other = home_page(SITE, CHANNEL, HOME, [ChannelGroup("tag", 5, some[::-1])], POSTS, ())
    assert one == other
