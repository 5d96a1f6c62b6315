"""What other pages get to show a channel: a framed document, a script, and the code to copy."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import html as lxml_html

from feeds.embed import Newest
from feeds.model import Channel, Image, Site
from feeds.text import single_line
from service import embeds
from service.pages import channel_page, home_page
from tests.feeds.strategies import channels, moments, sites, text

WHEN = datetime(2024, 5, 2, 20, tzinfo=UTC)
SITE = Site("https://ex.org/", "새벽신문", language="ko-KR", timezone="Asia/Seoul")
PAGE = "https://feeds.ex.org/tags/강/"
FEEDS = (("rss", f"{PAGE}rss.xml"), ("atom", f"{PAGE}atom.xml"))
CHANNEL = Channel("tag", "새벽신문: 강", PAGE, FEEDS, WHEN, label="강", language="ko")
PICTURE = Image("https://ex.org/p.jpg", "강가의 새벽", width=1200, height=630)
POSTS = (
    Newest("요금 체계", "https://ex.org/a/", WHEN, "요약", PICTURE, "ko"),
    Newest("Harbour", "https://ex.org/b/", WHEN, language="en"),
)
URLS = (f"{PAGE}embed.html", f"{PAGE}embed.json", "https://feeds.ex.org/embed.js")


def parsed(body: bytes | str) -> Any:
    """lxml's stubs do not know what an HTML element can do."""
    return lxml_html.fromstring(body)


def test_the_framed_document_shows_the_newest_posts() -> None:
    page = parsed(embeds.page(CHANNEL, SITE, PAGE, POSTS))
    assert page.get("lang") == "ko"
    assert [h.text_content() for h in page.iter("h2")] == ["요금 체계", "Harbour"]
    assert [li.get("lang") for li in page.iter("li")] == ["ko", "en"]
    assert [(t.get("datetime"), t.text) for t in page.iter("time")] == [("2024-05-02T20:00:00+00:00", "2024-05-03")] * 2
    (image,) = page.iter("img")
    assert (image.get("alt"), image.get("width"), image.get("loading")) == ("강가의 새벽", "1200", "lazy")


def test_every_link_leaves_the_frame() -> None:
    links = list(parsed(embeds.page(CHANNEL, SITE, PAGE, POSTS)).iter("a"))
    assert {link.get("href") for link in links} >= {"https://ex.org/a/", "https://ex.org/b/", "./"}
    assert {(link.get("target"), link.get("rel")) for link in links} == {("_top", "noopener")}


def test_the_framed_document_needs_nothing_but_pictures_and_may_be_framed_by_anyone() -> None:
    body = embeds.page(CHANNEL, SITE, PAGE, POSTS).decode()
    assert not re.findall(r"<script|<iframe|<base| style=|@import|url\(", body)
    (style,) = re.findall(r"<style>(.*?)</style>", body, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in embeds.POLICY
    assert f'http-equiv="Content-Security-Policy" content="{embeds.POLICY}"'.replace("'", "&#39;") in body
    assert dict(embeds.HEADERS)["Content-Security-Policy"] == embeds.POLICY
    assert "frame-ancestors" not in embeds.POLICY
    assert "prefers-color-scheme: dark" in style


@pytest.mark.parametrize(
    ("language", "word"), [("ko-KR", "구독"), ("en", "Subscribe"), (None, "구독"), ("fr", "Subscribe")]
)
def test_the_framed_document_speaks_its_channels_language(language: str | None, word: str) -> None:
    page = parsed(embeds.page(replace(CHANNEL, language=language), SITE, PAGE, ()))
    assert page.find_class("feed")[0].text == word


def test_the_framed_document_is_short() -> None:
    many = [Newest(f"{n}", f"https://ex.org/{n}", WHEN) for n in range(100)]
    page = parsed(embeds.page(CHANNEL, SITE, PAGE, many))
    assert [h.text_content() for h in page.iter("h2")] == [str(n) for n in range(embeds.PAGE_POSTS)]


@given(sites(), channels(), text, text, moments)
@settings(deadline=None, max_examples=50)
def test_H15_no_content_becomes_markup(site: Site, channel: Channel, one: str, other: str, when: datetime) -> None:
    hostile = f"{one}</script><img src=x onerror=alert(1)>\"'{other}"
    post = Newest(hostile, one, when, hostile, Image(f"https://ex.org/{other}", hostile), other)
    body = embeds.page(replace(channel, title=hostile), site, one, [post])
    page = parsed(body)
    assert not [e for e in page.iter() if e.tag == "script" or e.get("onerror")]
    assert not [a for a in page.iter("a") if (a.get("href") or "").startswith("javascript")]
    assert next(page.iter("h2")).text_content() == single_line(hostile)
    code = parsed(f"<div>{embeds.snippet(replace(channel, title=hostile), one, other, one)}</div>")
    assert [e.tag for e in code] == ["feedmill-posts", "script"]
    assert not [e for e in code.iter() if e.get("onerror")]
    assert next(code.iter("iframe")).get("title") == single_line(hostile)


def test_the_code_to_copy_is_a_link_and_a_frame_until_the_script_makes_it_a_list() -> None:
    element, script = parsed(f"<div>{embeds.snippet(CHANNEL, *URLS)}</div>")
    assert (element.tag, element.get("count")) == ("feedmill-posts", "5")
    assert element.get("src") == "https://feeds.ex.org/tags/%EA%B0%95/embed.json"
    assert [(e.tag, e.getparent().tag) for e in element.iter("iframe")] == [("iframe", "noscript")]
    assert [(a.get("href"), a.text) for a in element.iter("a")] == [
        ("https://feeds.ex.org/tags/%EA%B0%95/", "새벽신문: 강")
    ]
    assert (script.get("type"), script.get("src")) == ("module", "https://feeds.ex.org/embed.js")


def test_pages_show_the_code_as_text_and_only_where_there_is_some() -> None:
    code = embeds.snippet(replace(CHANNEL, title="</code><script>"), *URLS)
    for body in (
        home_page(SITE, CHANNEL, PAGE, (), (), (), snippet=code),
        channel_page(SITE, CHANNEL, PAGE, "https://feeds.ex.org/", 1, (), snippet=code),
    ):
        page = parsed(body)
        (shown,) = page.find_class("embed")
        assert [c.text for c in shown.iter("code")] == [code]
        assert not list(page.iter("script"))
    assert b'class="embed"' not in channel_page(SITE, CHANNEL, PAGE, "https://feeds.ex.org/", 1, ())


def test_the_script_is_small_and_writes_no_markup_and_runs_no_text() -> None:
    code = embeds.script().decode("ascii", "replace")
    assert len(embeds.script()) < 6000
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
        ".style",
    ):
        assert sink not in code, sink
    assert not re.findall(r"\bimport\b|https?://(?!feeds\.example\.org)", code)


def test_equal_input_gives_equal_bytes() -> None:
    assert embeds.page(CHANNEL, SITE, PAGE, POSTS) == embeds.page(CHANNEL, SITE, PAGE, list(POSTS))
    assert embeds.script() == embeds.script()
