"""oEmbed 1.0: what a consumer may rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from feeds import oembed
from feeds.metadata import Page, Publication
from feeds.model import Author, Image, Site

NEWSROOM = Publication(Site("https://example.org", "예시 뉴스룸", "작은 뉴스룸", "ko"))
POST = Page("post", "https://example.org/1/", "제목", description="요약이다.")


def ask(
    page: Page = POST, *, url: str = "", maxwidth: int | None = None, maxheight: int | None = None
) -> dict[str, Any]:
    body = oembed.as_json(page, NEWSROOM, url=url, maxwidth=maxwidth, maxheight=maxheight)
    answer: dict[str, Any] = json.loads(body)
    return answer


def test_a_rich_answer_has_all_that_the_specification_requires() -> None:
    answer = ask()
    assert (answer["type"], answer["version"]) == ("rich", "1.0")
    assert isinstance(answer["width"], int)
    assert isinstance(answer["height"], int)
    assert answer["title"] == "제목"
    assert (answer["provider_name"], answer["provider_url"]) == ("예시 뉴스룸", "https://example.org/")
    assert answer["cache_age"] == oembed.CACHE_AGE


def test_the_quotation_links_to_the_page_and_runs_nothing() -> None:
    quotation = etree.fromstring(ask(replace(POST, title="<script>'\"&", authors=(Author("Kim"),)))["html"])
    assert [element.tag for element in quotation.iter()] == ["blockquote", "p", "a", "p", "p"]
    assert [p.xpath("string()") for p in quotation] == ["<script>'\"&", "요약이다.", "Kim · 예시 뉴스룸"]
    assert quotation.get("cite") == quotation[0][0].get("href") == POST.url
    assert set(quotation.keys()) == {"cite", "lang"}


def test_the_embed_leads_where_it_was_told_to_if_that_is_on_the_web() -> None:
    assert 'href="https://example.org/other"' in ask(url="https://example.org/other")["html"]
    assert f'href="{POST.url}"' in ask(url="javascript:alert(1)")["html"]


@pytest.mark.parametrize(("maxwidth", "width"), [(None, 600), (0, 600), (-5, 600), (320, 320), (9999, 600), (1, 1)])
def test_the_width_is_ours_or_the_consumers_if_that_is_less(maxwidth: int | None, width: int) -> None:
    assert ask(maxwidth=maxwidth)["width"] == width


def test_where_there_is_little_room_the_summary_goes_first() -> None:
    page = replace(POST, description="한 문장이 길게 이어진다. " * 20)
    free = ask(page)
    tight = ask(page, maxheight=free["height"] - 1)
    assert "문장이" in free["html"]
    assert "문장이" not in tight["html"]
    assert tight["height"] < free["height"]
    assert ask(page, maxheight=10)["height"] == 10


def test_a_narrow_embed_is_higher() -> None:
    page = replace(POST, description="한 문장이 길게 이어진다. " * 20)
    assert ask(page, maxwidth=200)["height"] > ask(page)["height"]


def test_a_thumbnail_has_a_known_size_within_the_bounds_or_is_not_there() -> None:
    large = Image("https://example.org/large.png", width=1200, height=630)
    small = Image("https://example.org/small.png", width=300, height=200)
    page = replace(POST, images=(Image("https://example.org/unknown.png"), large, small))

    def url(maxwidth: int | None = None, maxheight: int | None = None) -> str | None:
        answer = ask(page, maxwidth=maxwidth, maxheight=maxheight)
        assert len([key for key in answer if key.startswith("thumbnail_")]) in (0, 3)
        return answer.get("thumbnail_url")

    assert url() == large.url
    assert url(maxwidth=600) == small.url
    assert url(maxheight=200) == small.url
    assert url(maxwidth=600, maxheight=199) is None


def test_several_authors_are_named_and_only_one_has_an_address() -> None:
    kim, lee = Author("Kim", url="https://example.org/kim"), Author("Lee", url="https://example.org/lee")
    alone, both = ask(replace(POST, authors=(kim,))), ask(replace(POST, authors=(kim, lee)))
    assert (alone["author_name"], alone["author_url"]) == ("Kim", "https://example.org/kim")
    assert both["author_name"] == "Kim, Lee"
    assert "author_url" not in both


def test_xml_is_declared_as_the_specification_writes_it_and_holds_html_as_text() -> None:
    body = oembed.as_xml(POST, NEWSROOM, url="", maxwidth=None, maxheight=None)
    assert body.startswith(b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n<oembed>")
    root = etree.fromstring(body)
    assert all(len(child) == 0 for child in root)
    assert root.findtext("html") == ask()["html"]
