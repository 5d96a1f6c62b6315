"""The smaller documents and the words they take from settings and content; what is proved of any document."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from feeds.model import Document
from service.paths import Target
from service.proof import Broken, prove
from service.settings import Settings
from service.sources.source import SiteFacts
from tests.index.builders import SITE, apply, at, drop, put
from tests.publishing.published import body, publisher_of, site_document


def said(**sections: Any) -> Settings:
    return Settings.model_validate(sections)


# -- subscriptions and robots.txt


def test_subscriptions_are_grouped_by_kind_in_the_sites_language_without_what_is_gone_or_empty() -> None:
    posts = (put("a", at(1), categories=("News",), tags=("gone", "kept")), put("b", at(2), tags=("empty",)))
    settings = said(site={"language": "ko-KR"}, paths={"gone": ["/tags/gone/"]})
    with publisher_of(*posts, settings=settings) as publisher:
        apply(publisher.index, drop("b"))
        root = etree.fromstring(body(publisher, site_document("opml.xml")))
        groups = {
            group.get("text"): [feed.get("xmlUrl", "").removeprefix(SITE) for feed in group]
            for group in root.iterfind("body/outline")
        }
        assert groups == {
            "모든 글": ["/rss.xml"],
            "카테고리": ["/categories/news/rss.xml"],
            "태그": ["/tags/kept/rss.xml"],
            "언어": ["/languages/en/rss.xml"],
        }
        assert root.findtext("head/dateModified") == "Sat, 21 Nov 2026 12:00:00 GMT"


def test_robots_says_what_the_settings_say_and_where_the_sitemaps_are() -> None:
    settings = said(
        service={"url": "https://feeds.example.net/x"},
        robots={"ai": "disallow", "disallow": ["/admin/"], "bots": {"Yeti": []}, "license": f"{SITE}/license.xml"},
    )
    with publisher_of(settings=settings) as publisher:
        text = body(publisher, site_document("robots.txt")).decode()
    assert text.startswith(f"License: {SITE}/license.xml\n")
    assert "User-agent: GPTBot\n" in text
    assert text.endswith(
        "User-agent: *\nDisallow: /admin/\n\n"
        "Sitemap: https://feeds.example.net/x/sitemap.xml\nSitemap: https://feeds.example.net/x/sitemap-news.xml\n"
    )


# -- words


def test_settings_that_show_nothing_do_not_hide_what_the_content_says() -> None:
    facts = SiteFacts(url=SITE, title="새벽신문", description="매일 아침", rights="CC BY")
    settings = said(site={"title": "\u200b", "description": " ", "rights": "\u2060"})
    with publisher_of(facts=facts, settings=settings) as publisher:
        site = publisher.site()
        assert (site.title, site.description, site.rights) == ("새벽신문", "매일 아침", "CC BY")


def test_a_title_from_the_settings_is_cleaned_in_pages_as_in_feeds() -> None:
    settings = said(
        feed={"channels": {"/categories/news/": {"title": " Two\nlines\x85\u202e ", "description": "\x07"}}}
    )
    with publisher_of(put("a", at(1), categories=("news",)), settings=settings) as publisher:
        root = html.document_fromstring(body(publisher, Target("category", "news", "")))
        assert root.findtext("head/title") == "Two lines"
        assert b"<title>Two lines</title>" in body(publisher, Target("category", "news", "rss.xml"))


def test_a_name_that_shows_nothing_is_the_sites_in_lists_and_news() -> None:
    settings = said(news={"name": "\u200b"}, feed={"channels": {"/": {"title": "\x9a"}, "/tags/x/": {"title": " "}}})
    with publisher_of(put("a", at(1), tags=("x",)), settings=settings) as publisher:
        assert b"<news:name>The Example</news:name>" in body(publisher, site_document("sitemap-news.xml"))
        root = etree.fromstring(body(publisher, site_document("opml.xml")))
        titles = [outline.get("text") for outline in root.iter("outline") if outline.get("xmlUrl")]
        assert titles == ["The Example", "The Example: x", "The Example: en"]


def test_a_term_whose_jekyll_slug_is_empty_has_no_page_of_the_site() -> None:
    facts = SiteFacts(url=SITE, tag_page="/tag/:jekyll/")
    with publisher_of(put("a", at(1), tags=("+++", "C++")), facts=facts) as publisher:
        sitemap = body(publisher, site_document("sitemap.xml"))
        assert b"/tag//" not in sitemap
        assert b"/tag/c/" in sitemap
        assert publisher.locate("/tag/c/", "meta/P.json") == Target("tag", "cpp", "meta.json")


@pytest.mark.parametrize(
    ("pattern", "page"), [("/tag/:hugo/", "/tag/%ED%95%9C%EA%B5%AD%EC%96%B4/"), ("/tag/:zola/", "/tag/hangugeo/")]
)
def test_a_terms_page_is_where_its_generator_writes_it_and_leads_back_to_the_term(pattern: str, page: str) -> None:
    facts = SiteFacts(url=SITE, tag_page=pattern)
    with publisher_of(put("a", at(1), tags=("한국어",)), facts=facts) as publisher:
        assert page.encode() in body(publisher, site_document("sitemap.xml"))
        assert publisher.locate(page, "meta/P.json") == Target("tag", "한국어", "meta.json")


# -- proof


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("application/rss+xml", b"<rss/>"),
        ("text/x-opml", "<a>한글</a>".encode()),
        ("application/feed+json", b"{}"),
        ("text/html; charset=utf-8", b"<p>x"),
        ("text/html", b'<script type="application/ld+json">{"a":"\\u003c/script>"}</script>'),
        ("text/plain", "로봇".encode()),
    ],
)
def test_what_can_be_read_back_is_proved(media_type: str, data: bytes) -> None:
    prove(Document(data, media_type, datetime(2026, 1, 1, tzinfo=UTC)))


@given(
    st.lists(
        st.sampled_from(
            (
                *(
                    b"<a>",
                    b"</a>",
                    b"<b:c ",
                    b"xmlns:b='u'",
                    b"d='1'",
                    b"d='2'",
                    b"/>",
                    b">",
                    b"<",
                    b"&amp;",
                    b"&x;",
                    b"&",
                ),
                *(
                    b"<![CDATA[",
                    b"]]>",
                    b"<!-- ",
                    b"-- >",
                    b"-->",
                    b"<?x ",
                    b"?>",
                    b"<?xml version='1.0'?>",
                    b"<!DOCTYPE a>",
                ),
                *("한".encode(), b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\xff", b"\x00", b"\x0b", b"\xc2\x85", b"\r", b" "),
                *(
                    b"&#0;",
                    b"&#xd800;",
                    b"&#x10ffff;",
                    b"<xml:a/>",
                    b"xmlns=''",
                    b"xmlns:xml='u'",
                    b"\xef\xbb\xbf",
                    b"x",
                ),
            )
        )
    ).map(b"".join)
)
def test_nothing_is_proved_that_libxml2_cannot_read(middle: bytes) -> None:
    for data in (b"<r xmlns:z='z'>" + middle + b"</r>", middle):
        with suppress(Broken):
            prove(Document(data, "application/xml", datetime(2026, 1, 1, tzinfo=UTC)))
            etree.fromstring(data)


@pytest.mark.parametrize(
    ("media_type", "data", "why"),
    [
        ("application/rss+xml", b"<rss>", "line 1: not well-formed"),
        ("application/atom+xml", b"<a>\n&nbsp;</a>", "line 2: not well-formed"),
        ("application/xml", b"", "line 1: not well-formed"),
        ("application/xml", b"<a>\xff</a>", "line 1: not well-formed"),
        ("application/json", b"{", "JSONDecodeError"),
        ("application/feed+json; charset=utf-8", b'"\xff"', "UnicodeDecodeError"),
        ("text/html", b" \n", "without content"),
        ("text/html", b"\xff", "UnicodeDecodeError"),
        ("text/html", b'<script type="application/ld+json">{"a":"</script>"}</script>', "JSONDecodeError"),
        ("text/plain", b"\xff", "UnicodeDecodeError"),
    ],
)
def test_what_no_parser_can_read_is_broken_and_why_is_said(media_type: str, data: bytes, why: str) -> None:
    with pytest.raises(Broken, match=why):
        prove(Document(data, media_type, datetime(2026, 1, 1, tzinfo=UTC)))
