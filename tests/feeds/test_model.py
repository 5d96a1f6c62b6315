"""The door: what make_post mends, what it refuses, and what a digest says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from feeds.model import Author, Channel, Enclosure, Image, Site, clean_channel, clean_site, make_post
from feeds.tokens import email_address, language_tag, media_type

MOMENT = datetime(2024, 1, 1, 12, 30, 15, 999, tzinfo=timezone(timedelta(hours=9)))


def _fields(**changes: Any) -> dict[str, Any]:
    return {"id": "https://example.org/1", "url": "https://example.org/1", "title": "T", "published": MOMENT} | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "\u202e "},
        {"url": ""},
        {"url": "http://[bad/"},
        {"published": datetime(2024, 1, 1)},  # noqa: DTZ001 - naive is the point
        {"updated": datetime(2024, 1, 1)},  # noqa: DTZ001 - naive is the point
        {"published": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9)))},
        {"updated": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9)))},
    ],
)
def test_what_no_cleaning_can_mend_is_refused_in_one_line(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        make_post(**_fields(**changes))


def test_an_id_is_not_rewritten_where_a_uri_may_be_written_so() -> None:
    written = "http://example.org/%ed%95%9c%ea%b8%80/"
    post = make_post(**_fields(id=written, url=written))
    assert (post.id, post.url) == (written, "http://example.org/%ED%95%9C%EA%B8%80/")


def test_C32_a_title_that_shows_nothing_becomes_the_url() -> None:
    for title in ("", " \n", "\u200b\u202e", "\x00"):
        assert make_post(**_fields(title=title)).title == "https://example.org/1"
    assert make_post(**_fields(title="😀")).title == "😀"


def test_a_post_is_cleaned_in_every_field() -> None:
    post = make_post(
        **_fields(
            summary=" a\r\nb\x00 ",
            content="\ufffe<p>c</p>\n",
            authors=(Author(" Kim\n", "kim@", "https://한국.example/", "http://["), Author("\x00")),
            categories=("A", " A ", "", "B\x0b"),
            language="ko_KR",
            images=(
                Image("https://example.org/한.png", "\x07alt", width=-1, height=5, media_type="IMAGE/PNG; q=1"),
                Image(""),
            ),
            enclosures=(Enclosure("https://example.org/a", "audio", length=-1, duration=3),),
        )
    )
    assert post.published == datetime(2024, 1, 1, 3, 30, 15, tzinfo=UTC)
    assert (post.summary, post.content) == ("a\nb", "<p>c</p>")
    assert post.authors == (Author("Kim", None, "https://xn--3e0b707e.example/", None),)
    assert post.categories == ("A", "B")
    assert post.language == "ko-KR"
    assert post.images == (Image("https://example.org/%ED%95%9C.png", "alt", height=5, media_type="image/png"),)
    assert post.enclosures == (Enclosure("https://example.org/a", "application/octet-stream", duration=3),)


def test_a_site_and_a_channel_that_say_nothing_still_make_a_document() -> None:
    site = clean_site(Site("", ""))
    assert (site.url, site.title) == ("about:blank", "about:blank")
    channel = clean_channel(Channel("site", "", "", (("rss", "http://["),), site.founded, ttl=-5), site)
    assert channel == Channel("site", site.title, site.url, (), site.founded, site.title, ttl=1)


def test_the_last_change_is_never_before_the_publication() -> None:
    post = make_post(**_fields())
    assert post.last_change == post.published
    assert replace(post, updated=post.published - timedelta(days=1)).last_change == post.published
    assert replace(post, updated=post.published + timedelta(days=1)).last_change > post.published


def test_a_digest_tells_posts_apart_and_nothing_else() -> None:
    post = make_post(**_fields(categories=("a", "b")))
    assert post.digest == make_post(**_fields(categories=("a", "b"))).digest
    others = [
        replace(post, title="U"),
        replace(post, categories=("ab",)),
        replace(post, categories=("a",), tags=("b",)),
        replace(post, summary="s"),
        replace(post, content="s"),
        replace(post, full_text=False),
    ]
    assert len({post.digest, *(other.digest for other in others)}) == 1 + len(others)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("ko", "ko"),
        ("ko_KR", "ko-KR"),
        (" en-US ", "en-US"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("", None),
        (None, None),
        ("한국어", None),
        ("k", None),
        ("en-", None),
        ("en us", None),
    ],
)
def test_a_language_is_a_well_formed_tag_or_none(text: str | None, tag: str | None) -> None:
    assert language_tag(text) == tag


def test_media_types_and_addresses_are_well_formed_or_none() -> None:
    assert media_type("Text/HTML; charset=utf-8") == "text/html"
    assert [media_type(text) for text in ("audio", "a/b/c", "", None, "/x")] == [None] * 5
    assert email_address(" kim@example.org ") == "kim@example.org"
    assert [email_address(text) for text in ("kim", "Kim <k@e.org>", "k@e..org", "", None, "김@e.org")] == [None] * 6
