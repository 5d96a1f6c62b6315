"""Sitemaps: any text gives a well-formed document that says it back, and what the protocol forbids stays out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.dates import rfc3339
from feeds.sitemap import (
    ALTERNATES_ROOM,
    LONGEST_URL,
    MOST_BYTES,
    MOST_IMAGES,
    MOST_URLS,
    Location,
    NewsItem,
    admissible,
    index,
    listed,
    location,
    news,
    news_item,
    news_language,
    news_name,
    urlset,
    weight,
)
from feeds.text import single_line
from feeds.tokens import language_tag
from feeds.uri import ascii_url
from schemas import problems
from tests.feeds.strategies import moments, optional, text, web_urls

S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
PAGE = "https://example.org/%EB%AC%BC%EA%B8%B8/"


def _parsed(body: bytes) -> etree._Element:
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, recover=False))


tags = st.sampled_from(("ko", "ko_KR", "en", "x-default")) | text
addresses = text | web_urls


@settings(max_examples=80, deadline=None)
@given(
    addresses,
    st.none() | moments,
    st.lists(addresses, max_size=3).map(tuple),
    st.lists(st.tuples(tags, addresses), max_size=3).map(tuple),
)
def test_any_text_in_a_location_is_said_back_as_an_address_or_left_out(
    url: str, lastmod: datetime | None, images: tuple[str, ...], alternates: tuple[tuple[str, str], ...]
) -> None:
    page = Location(url, lastmod, images, alternates)
    element = location(page)
    root = _parsed(urlset([element]))
    assert [loc.text for loc in root.iter(f"{S}loc")] == ([admissible(url)] if admissible(url) else [])
    if not element:
        assert weight(page) == 0
        return
    assert element.endswith(b"\n")
    assert element.count(b"\n") == 1
    assert root.findtext(f"{S}url/{S}lastmod") == (rfc3339(lastmod) if lastmod else None)
    shown = [loc.text for loc in root.iter(f"{IMAGE}loc")]
    assert shown == list(dict.fromkeys(filter(None, map(admissible, images))))
    for link in root.iter(f"{XHTML}link"):
        said = {(tag if tag == "x-default" else language_tag(tag), admissible(href)) for tag, href in alternates}
        assert (link.get("hreflang"), link.get("href")) in said
    assert weight(page) >= len(element)
    assert weight(replace(page, alternates=())) == len(location(replace(page, alternates=()))) + ALTERNATES_ROOM


@settings(max_examples=200, deadline=None)
@given(
    addresses,
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.lists(addresses.filter(lambda url: "\n" not in url), max_size=3).filter(lambda images: images != [""]),
    st.just(()) | st.lists(st.tuples(tags, addresses), max_size=3).map(tuple),
)
def test_a_page_as_an_index_keeps_it_is_said_as_a_location_is(
    url: str, lastmod: datetime | None, images: list[str], alternates: tuple[tuple[str, str], ...]
) -> None:
    since_1970 = None if lastmod is None else (lastmod - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    element = listed(url, since_1970, "\n".join(images), alternates)
    assert element.encode() == location(Location(url, lastmod, tuple(images), alternates))


@settings(max_examples=60, deadline=None)
@given(st.lists(web_urls.filter(admissible), min_size=2, max_size=4, unique_by=ascii_url), st.none() | moments)
def test_every_sitemap_of_web_addresses_satisfies_its_schema(urls: list[str], lastmod: datetime | None) -> None:
    versions = tuple(zip(("ko-KR", "en", "ja", "x-default"), urls, strict=False))
    pages = [Location(url, lastmod, tuple(urls), versions) for url in urls]
    assert problems("sitemap", urlset(map(location, pages))) == []
    assert problems("sitemap-index", index((url, lastmod) for url in urls)) == []


@settings(max_examples=80, deadline=None)
@given(web_urls.filter(admissible), text, moments, optional, text)
def test_any_text_in_a_news_item_is_read_back(
    url: str, title: str, published: datetime, language: str | None, publication: str
) -> None:
    body = news([news_item(NewsItem(url, title, published, language, publication))])
    assert problems("sitemap", body) == []
    item = _parsed(body).find(f"{S}url/{NEWS}news")
    assert item is not None
    assert item.findtext(f"{NEWS}title") == (single_line(title) or admissible(url))
    assert item.findtext(f"{NEWS}publication_date") == rfc3339(published)
    assert item.findtext(f"{NEWS}publication/{NEWS}name") == (news_name(publication) or admissible(url))
    assert item.findtext(f"{NEWS}publication/{NEWS}language") == news_language(language)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("ko", "ko"), ("ko-KR", "ko"), ("KO_kr", "ko"), ("fil-PH", "fil"), ("en-GB-oxendict", "en"),
        ("zh", "zh-cn"), ("zh-CN", "zh-cn"), ("zh-Hans", "zh-cn"), ("zh-Hans-TW", "zh-cn"), ("zh-SG", "zh-cn"),
        ("zh-TW", "zh-tw"), ("zh-Hant", "zh-tw"), ("zh-HK", "zh-tw"), ("zh-Hant-CN", "zh-tw"), ("cmn-Hant", "zh-tw"),
        ("yue-HK", "yue"), (None, "und"), ("", "und"), ("i-klingon", "und"), ("english", "und"), ("한국어", "und"),
    ],
)  # fmt: skip
def test_a_news_language_is_what_google_admits(tag: str | None, said: str) -> None:
    assert news_language(tag) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("한강 뉴스룸 (Han River)", "한강 뉴스룸"),
        ("Daily （서울） News", "Daily News"),
        ("A (b) C (d)", "A C"),
        ("(only)", "(only)"),
        ("half (open", "half (open"),
        (" a\n b ", "a b"),
    ],
)
def test_a_publication_is_named_without_what_stands_in_parentheses(name: str, said: str) -> None:
    assert news_name(name) == said


def test_an_address_of_2048_characters_is_left_out() -> None:
    url = "https://example.org/".ljust(LONGEST_URL, "a")
    assert b"<url>" in location(Location(url))
    assert location(Location(f"{url}a")) == b""
    assert index([(f"{url}a", None)]) == index([])
    assert news_item(NewsItem(f"{url}a", "t", AT, "ko", "n")) == b""


def test_a_picture_is_named_once_and_no_more_than_a_thousand() -> None:
    images = tuple(f"https://example.org/{number}.jpg" for number in range(MOST_IMAGES + 1))
    assert location(Location(PAGE, images=images)).count(b"<image:image>") == MOST_IMAGES
    assert location(Location(PAGE, images=images[:1] * 3)).count(b"<image:image>") == 1


def test_a_language_has_one_alternate() -> None:
    page = Location(PAGE, alternates=(("ko-KR", PAGE), ("ko_kr", f"{PAGE}2"), ("x-default", PAGE)))
    assert location(page).count(b"xhtml:link") == 2
    assert problems("sitemap", urlset([location(page)])) == []


def test_a_naive_date_is_refused() -> None:
    naive = datetime(2024, 1, 1)  # noqa: DTZ001 - it is the fault
    with pytest.raises(ValueError, match="zone"):
        location(Location(PAGE, naive))
    with pytest.raises(ValueError, match="zone"):
        index([(PAGE, naive)])
    with pytest.raises(ValueError, match="zone"):
        news_item(NewsItem(PAGE, "t", naive, "ko", "n"))


def test_the_same_moment_in_another_zone_gives_the_same_bytes() -> None:
    seoul = AT.astimezone(timezone(timedelta(hours=9)))
    assert location(Location(PAGE, seoul)) == location(Location(PAGE, AT))
    assert index([(PAGE, seoul)]) == index([(PAGE, AT)])


def test_a_shard_filled_by_weight_has_room_for_translations_that_come_later() -> None:
    later = (("ko", PAGE), ("en", f"{PAGE}en/"), ("x-default", PAGE))
    grown = Location(PAGE, AT, alternates=later)
    assert weight(Location(PAGE, AT)) >= len(location(grown))
    many = tuple((f"a{letter}", PAGE) for letter in "abcdefghijklmnopqrstuvwxyz")
    assert weight(Location(PAGE, AT, alternates=many)) >= 2 * len(location(Location(PAGE, AT, alternates=many))) - 200


def test_usual_pages_fill_a_shard_by_number_and_not_by_weight() -> None:
    usual = Location(f"{PAGE}2024/05/01/{'%EA%B0%80' * 20}/", AT, (f"{PAGE}image.jpg",))
    assert weight(usual) * MOST_URLS < MOST_BYTES
    assert weight(usual) >= len(location(usual)) + ALTERNATES_ROOM
