"""Rendering as a whole: what a post's body and summary become, and that nothing makes it raise."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import escape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from service.content.render import Rendering, jekyll_excerpt_text, render
from service.content.sanitize import clean
from service.sources.source import Markup
from tests.content.bodies import EXCERPT_LENGTH, LIMITS, PAGE, POST, POSTS, SITE, base, rendered


def codes(rendering: Rendering) -> list[str]:
    return [code for code, _ in rendering.problems]


def test_a_plain_text_is_paragraphs_with_its_lines() -> None:
    assert rendered("a & b\n<c>\n\n \n d \n", "text").html == "<p>a &amp; b<br>\n&lt;c&gt;</p>\n<p>d</p>"


def test_an_empty_body_is_empty() -> None:
    for markup in ("markdown", "html", "text"):
        assert rendered(" \n", markup) == Rendering("", "")


def test_the_summary_is_the_authors_where_there_is_one() -> None:
    assert rendered("body", summary="x < y, 한 줄 *요약*").summary == "x < y, 한 줄 *요약*"
    assert rendered("body", summary="").summary == ""


def test_the_summary_is_the_excerpt_else_with_smart_punctuation() -> None:
    assert rendered('"한" --- *줄*...\n\n<!-- more -->\n\n나머지').summary == "“한” — 줄…"
    assert rendered("{{ page.title }}: [a][b]\n\n<!-- more -->\n\n[b]: /b").summary == "이 글: a"


def test_the_summary_of_a_body_without_separator_is_cut() -> None:
    found = rendered("긴 문장이 이어진다. " * 500).summary
    assert EXCERPT_LENGTH // 2 < len(found) <= EXCERPT_LENGTH
    assert found.endswith("…")


def test_the_summary_looks_past_markup_that_shows_nothing() -> None:
    assert rendered("<style>" + "x" * 10_000 + "</style><p>Text.</p>", "html").summary == "Text."


def test_the_excerpt_is_there_uncut_for_comparison_with_jekyll() -> None:
    body = "한 문장. " * 100 + "\n\n<!-- more -->\n\nrest"
    text, ended = jekyll_excerpt_text(POST, body, PAGE, SITE, POSTS.get)
    assert (len(text) > EXCERPT_LENGTH, ended) == (True, True)
    assert jekyll_excerpt_text(POST, "all", PAGE, SITE, POSTS.get) == ("all", False)


def test_C33_content_survives_as_xml_text() -> None:
    html = rendered("<p>]]> <!-- x --> <?xml?> &#0; &nbsp; <![CDATA[x]]></p>\x0b\ud800", "html").html
    assert etree.fromstring(f"<content>{escape(html)}</content>").text == html


def test_C36_a_body_too_deep_is_its_escaped_excerpt() -> None:
    assert rendered("<div>" * 300 + "글 & more", "html") == Rendering(
        "<p>글 &amp; more</p>", "글 & more", (("html-too-deep", "elements nest more than 256 deep"),)
    )


def test_C36_depth_that_only_markdown_makes_is_seen_as_well() -> None:
    assert codes(rendered("> " * 400 + "x")) == ["html-too-deep"]
    assert codes(rendered("*a " * 400 + "a* " * 400)) == ["html-too-deep"]
    fence_in_html = "<div>\n```\n" + "<div>" * 300 + "\n```\n"
    assert codes(rendered(fence_in_html)) == ["html-too-deep"]


def test_C37_output_larger_than_the_limit_is_an_escaped_excerpt() -> None:
    found = rendered("[^1]: " + "x" * 500 + "\n\n" + "[^1]" * 25_000)
    assert codes(found) == ["html-too-large"]
    assert len(found.html) < 20_000


def test_C38_what_liquid_writes_passes_the_same_limits() -> None:
    assert codes(rendered("{% for i in (1..400) %}<div>{% endfor %}x")) == ["html-too-deep"]
    row = "{% for i in (1..400) %}a|{% endfor %}\n{% for i in (1..400) %}-|{% endfor %}\n"
    assert "<table" not in rendered(row + "{% for i in (1..400) %}a\n{% endfor %}").html


def test_C38_liquid_left_alone_where_the_source_says_so() -> None:
    post = render(POST, "{{ page.title }}", PAGE, SITE, POSTS.get, LIMITS, 280)
    assert post.html == "<p>{{ page.title }}</p>"


def test_a_body_the_guards_refused_is_not_tried() -> None:
    assert rendered("# a <b>b</b>", treatment="escape") == Rendering("<p># a b</p>", "# a b")


def test_C40_an_unknown_source_file_is_a_problem_with_its_name() -> None:
    assert rendered("[a](없는.md)").problems == (("link-unresolved", "'없는.md' is no post or page of this source"),)


class _Explosive(dict[str, Any]):
    def get(self, key: str, default: object = None) -> object:
        raise RuntimeError(key, default)


def test_whatever_fails_the_answer_is_an_excerpt_and_a_problem() -> None:
    found = render(POST, "text <b>", _Explosive(), SITE, POSTS.get, LIMITS, 280)
    assert (found.html, codes(found)) == ("<p>text</p>", ["render-failed"])

    def links(path: str) -> str | None:
        raise OSError(path)

    assert "text" in render(POST, "text [a](b.md)", PAGE, SITE, links, LIMITS, 280).html


WORDS = (
    *("<a href=x>", "</a>", "<p>", "<div>", "</div>", "<table><td>", "<script>", "</script>", "<style>", "<!--", "-->"),
    *("<svg>", "<iframe src=x>", "</iframe>", "<img src='한 글' onerror=x>", "[a](b)", "[a](javascript:b)", "![x](y)"),
    *(
        "<javascript:alert(1)>",
        "> ",
        "- ",
        "1. ",
        "# ",
        "    ",
        "```\n",
        "|a|b|\n|-|-|\n",
        "[^1]",
        "[^1]: x\n",
        "{: .x}",
    ),
    *(
        "{{ page.title }}",
        "{% if x %}",
        "{% endif %}",
        "{% raw %}",
        "{% endraw %}",
        "~",
        "*",
        "**",
        "_",
        "`",
        "\n",
        "\n\n",
    ),
    *(
        "&#0;",
        "&lt;script&gt;",
        "\x00",
        "\x0c",
        "\ud800",
        "\u202e",
        "\ufffe",
        "한글 ",
        "<!-- more -->",
        "]]>",
        "* TOC\n{:toc}\n",
    ),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=25).map("".join),
    st.sampled_from(("markdown", "html", "text")),
)
def test_any_body_becomes_harmless_html_that_xml_can_carry(body: str, markup: Markup) -> None:
    found = rendered(body, markup)
    assert not {"render-failed", "liquid-error"} & set(codes(found))
    assert etree.fromstring(f"<content>{escape(found.html)}</content>").text in (found.html, found.html or None)
    etree.fromstring(f"<summary>{escape(found.summary)}</summary>")
    assert len(found.summary) <= EXCERPT_LENGTH
    assert "<script" not in found.html
    assert not re.search(r'<[^>]*="\s*javascript:', found.html)
    assert not re.search(r'<[^>]* (?:href|src)="(?![a-z]+:)', found.html)
    assert clean(found.html, base()).strip() == found.html


def test_the_same_body_gives_the_same_bytes_each_time() -> None:
    body = "{{ site.data.people | jsonify }} {{ page | jsonify }} *a* [b](c)"
    assert len({rendered(body) for _ in range(3)}) == 1


def test_posts_rendered_in_threads_keep_to_themselves() -> None:
    def one(number: int) -> str:
        post = replace(POST, url=f"https://example.org/{number}/", liquid=True)
        page = {"title": f"t{number}"}
        return render(post, "{{ page.title }} [a](b) ![c](d)\n\n" * 20, page, SITE, POSTS.get, LIMITS, 280).html

    numbers = list(range(64))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, numbers)) == [one(number) for number in numbers]


@pytest.mark.parametrize("length", [40, 280, 4000])
def test_the_summary_keeps_to_the_length_asked_for(length: int) -> None:
    found = render(POST, "가나다라 마바사아. " * 2000, PAGE, SITE, POSTS.get, LIMITS, length)
    assert length // 2 <= len(found.summary) <= length
