"""The sanitiser: nothing that runs, tracks or asks comes through, every URL is absolute, and cleaning settles."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from feeds.text import xml_legal
from service.content import sanitize
from service.content.sanitize import SCHEMES, Base, clean, source_paths
from tests.content.bodies import PATH, POST, SITE, base

VECTORS = (Path(__file__).parent / "corpus" / "xss" / "vectors.txt").read_text("utf-8").splitlines()
PAGE = "https://example.org/blog/2024/05/01/%EC%9D%B4-%EA%B8%80/"

_TAG = re.compile(r"<([a-z0-9]+)((?: [a-z]+=\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
FORBIDDEN = {"script", "style", "iframe", "form", "input", "svg", "math", "object", "embed", "base", "meta", "link"}


def harm(markup: str) -> list[str]:
    """What must never stand in sanitised HTML; every tag is looked at, and text is none."""
    found = []
    for name, attributes in _TAG.findall(markup):
        if name in FORBIDDEN:
            found.append(name)
        for attribute, value in _ATTRIBUTE.findall(attributes):
            if attribute.startswith("on") or attribute in ("style", "srcdoc", "formaction", "background", "ping"):
                found.append(attribute)
            if attribute in ("href", "src", "cite", "poster") and value.partition(":")[0] not in SCHEMES:
                found.append(value)
            if attribute in ("src", "poster") and not value.startswith(("http://", "https://")):
                found.append(value)
    if re.search(r"<(?![a-z0-9]+(?: [a-z]+=\"[^\"]*\")*>|/[a-z0-9]+>)", markup):
        found.append("a tag that is not plainly written")
    return found


@pytest.mark.parametrize("vector", VECTORS)
def test_C34_C35_no_vector_of_the_corpus_comes_through(vector: str) -> None:
    for markup in (vector, f"<p>{vector}</p>", f"<table><td>{vector}", f"<svg>{vector}", f"<select>{vector}"):
        result = clean(markup, base())
        assert harm(result) == []
        assert clean(result, base()) == result


@pytest.mark.parametrize(
    "href",
    [
        *(
            "javascript:alert(1)",
            "JAVASCRIPT:x",
            " javascript:x",
            "java\nscript:x",
            "&#106;avascript:x",
            "\x01javascript:x",
        ),
        *("vbscript:x", "data:text/html,x", "file:///etc/passwd", "http:/x", "http:x", "http://[bad", "x:y", "", "#"),
        *("blob:https://x", "ftp://x.example/", "https://", "javascript&colon;x"),
    ],
)
def test_C34_what_nobody_should_follow_is_no_link(href: str) -> None:
    assert clean(f'<a href="{href}">text</a>', base()) == "<a>text</a>"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://a.example/", "https://a.example/"),
        ("HTTPS://A.example/%ec%9d%b4?q=이#끝", "https://a.example/%EC%9D%B4?q=%EC%9D%B4#%EB%81%9D"),
        ("//evil.example/x", "https://evil.example/x"),
        ("\\evil", PAGE + "%5Cevil"),
        ("mailto:kim@example.org", "mailto:kim@example.org"),
        ("tel:+8221234", "tel:+8221234"),
        ("xmpp:kim@example.org", "xmpp:kim@example.org"),
    ],
)
def test_C34_what_may_be_followed_is_kept(href: str, expected: str) -> None:
    assert clean(f'<a href="{href}">text</a>', base()) == f'<a href="{expected}">text</a>'


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="p.gif" width="1" height="1">',
        "<img src=p.gif width=2 height=2px>",
        "<img src=p.gif height=0>",
        '<img src="p.gif" style="display:none">',
        '<img src="p.gif" style="color:red; DISPLAY : none;">',
        '<img src="p.gif" style="width:1px;height:1px">',
        '<img src="p.gif" style="visibility:hidden"><img src="p.gif" style="opacity:0">',
        '<img src="p.gif" hidden>',
        '<img alt="nothing to show"><img src="data:image/gif;base64,R0lGOD">',
        '<iframe src="https://t.example/" width="0" height="0"></iframe>',
        '<iframe srcdoc="<p>x"></iframe>',
    ],
)
def test_C35_what_nobody_is_meant_to_see_goes(pixel: str) -> None:
    assert clean(f"a{pixel}b", base()) == "ab"


@pytest.mark.parametrize(
    "attributes",
    [
        'width="640" height="3"',
        'style="width:100%"',
        'style="max-width:1px;width:10px"',
        'style="opacity:0.5"',
        'width="10"',
    ],
)
def test_C35_pictures_stay(attributes: str) -> None:
    assert clean(f'<img src="/i.png" {attributes}>', base()).startswith('<img src="https://example.org/i.png"')


@pytest.mark.parametrize(
    ("frame", "link"),
    [
        (
            '<iframe src="https://a.example/x?a=1&amp;b"></iframe>',
            '<a href="https://a.example/x?a=1&amp;b">a.example</a>',
        ),
        (
            '<iframe src="//www.youtube-nocookie.com/embed/abc-DEF_123?rel=0" title="&lt;T&gt;">old text</iframe>',
            '<a href="https://www.youtube.com/watch?v=abc-DEF_123">&lt;T&gt;</a>',
        ),
        (
            '<iframe src="https://player.vimeo.com/video/12"><p></iframe>',
            '<a href="https://vimeo.com/12">vimeo.com</a>',
        ),
        (
            '<iframe src="/here"><script>alert(1)</script></iframe>',
            '<a href="https://example.org/here">example.org</a>',
        ),
    ],
)
def test_C35_a_frame_becomes_a_link_to_what_it_shows(frame: str, link: str) -> None:
    assert clean(f"<p>{frame}</p>", base()) == f"<p>{link}</p>"


def test_C35_a_frame_in_a_link_makes_no_link_in_a_link() -> None:
    result = clean('<a href="/out"><iframe src="https://a.example/"></iframe></a>', base())
    assert result == '<a href="https://example.org/out"></a><a href="https://a.example/">a.example</a>'


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("x.html", PAGE + "x.html"),
        ("../x", "https://example.org/blog/2024/05/01/x"),
        ("/x", "https://example.org/x"),
        ("/a/../x", "https://example.org/x"),
        ("?q=1", PAGE + "?q=1"),
        ("#x", PAGE + "#x"),
        ("사진 1.png", PAGE + "%EC%82%AC%EC%A7%84%201.png"),
    ],
)
def test_C40_relative_urls_become_absolute_ascii(url: str, expected: str) -> None:
    assert base().absolute(url) == expected


def test_C40_root_relative_links_belong_to_the_sites_host() -> None:
    other = Base("https://cdn.example/posts/1", "https://example.org/blog")
    assert (other.absolute("/x"), other.absolute("x")) == ("https://example.org/x", "https://cdn.example/posts/x")
    assert Base("https://a.example/p/#here").absolute("#there") == "https://a.example/p/#there"
    assert Base("https://a.example/p").absolute("/x") == "https://a.example/x"


def test_C40_every_attribute_that_holds_a_url_is_made_absolute() -> None:
    markup = (
        '<img src="a" srcset="a 1x, /b,c 2x,javascript:e 3x"><video src="v" poster="p"></video><audio src="a"></audio>'
        '<picture><source srcset="s.avif 100w"></picture><blockquote cite="q">x</blockquote><del cite="/d">y</del>'
    )
    result = clean(markup, base())
    assert f'srcset="{PAGE}a 1x, https://example.org/b,c 2x"' in result
    for expected in (
        f'poster="{PAGE}p"',
        f'<video src="{PAGE}v"',
        f'<audio src="{PAGE}a"',
        f'srcset="{PAGE}s.avif 100w"',
    ):
        assert expected in result
    assert f'<blockquote cite="{PAGE}q">' in result
    assert '<del cite="https://example.org/d">' in result


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("2024-04-01-other.md", "https://example.org/blog/2024/04/01/other/"),
        ("./2024-04-01-other.md#part", "https://example.org/blog/2024/04/01/other/#part"),
        ("/_posts/2024-04-01-other.md", "https://example.org/blog/2024/04/01/other/"),
        ("../about.md?x", "https://example.org/blog/about/"),
        ("2024-04-01-other.markdown", "https://example.org/blog/2024/04/01/other/"),
    ],
)
def test_C40_a_link_to_another_source_file_becomes_its_permalink(url: str, expected: str) -> None:
    assert base().absolute(url) == expected


def test_C40_a_link_to_no_source_file_is_kept_and_noted() -> None:
    found = base()
    assert found.absolute("없는.md#x") == PAGE + "%EC%97%86%EB%8A%94.md#x"
    assert found.unresolved == ["없는.md#x"]
    assert found.absolute("https://github.example/README.md") == "https://github.example/README.md"
    assert len(found.unresolved) == 1


def test_source_paths_never_leave_the_root() -> None:
    assert source_paths("../../etc/x.md", "_posts/a.md") == ("x",)
    assert source_paths("b%20c.md", "a/한.md") == ("a/b c.md", "b c.md", "b c")
    assert source_paths("", "") == ()


def test_C33_what_xml_forbids_is_gone_and_the_rest_round_trips() -> None:
    assert (
        clean("a\x0b\x1b\ufffeb\r\nc&#12;]]>&#x0;<!-- x --><?xml?>&nbsp;&lt;", base()) == "ab\nc]]&gt;\ufffd&nbsp;&lt;"
    )


def test_code_keeps_its_language_and_footnotes_their_anchors() -> None:
    markup = '<pre class="highlight"><code class="hl language-c++ x">a</code></pre><li id="fn:1" class="x"><p id="top">'
    assert clean(markup, base()) == ('<pre><code class="language-c++">a</code></pre><li id="fn:1"><p></p></li>')


def test_a_forgotten_line_feed_in_pre_does_not_unsettle_it() -> None:
    assert clean("<pre>\n\n\n  x\n</pre>", base()) == "<pre>  x\n</pre>"


TOKENS = (
    *(
        "<a href=x>",
        "</a>",
        "<p>",
        "</p>",
        "<table>",
        "</table>",
        "<tr>",
        "<td>",
        "<div>",
        "</div>",
        "<b>",
        "</b>",
        "<i>",
    ),
    *(
        "<pre>",
        "</pre>",
        "\n",
        "<li>",
        "<ul>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mi>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
    ),
    *("<iframe src='https://y/z'>", "</iframe>", "<img src=x width=1>", "<img src='y z'>", "<![CDATA[", "]]>", "<?x"),
    *("<select>", "<option>", "</select>", "<template>", "</template>", "<title>", "<textarea>", "<form>", "</form>"),
    *("<noscript>", "<h1>", "<video src=v poster=p>", "<source srcset='a 1x, b'>", "<details open>", "<summary>"),
    *(
        "<ruby>",
        "<rt>",
        "<caption>",
        "<col>",
        "<q cite=a>",
        "<script>",
        "</script>",
        "<plaintext>",
        "<xmp>",
        "<button>",
    ),
    *(
        "<object>",
        "</object>",
        "<font color=red>",
        "<center>",
        "<frameset>",
        "<body onload=x>",
        "<nobr>",
        "<dl>",
        "<dd>",
    ),
    *(
        "<marquee>",
        "<applet>",
        "<x-y>",
        "<a href='java\tscript:x'>",
        "&#0;",
        "&amp",
        "&#x110000;",
        "\x0c",
        '"',
        "'",
        "<",
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(TOKENS) | st.text(max_size=5), max_size=25).map("".join).map(xml_legal))
def test_any_markup_is_cleaned_for_good(markup: str) -> None:
    result = clean(markup, base())
    assert clean(result, base()) == result
    assert harm(result) == []
    assert xml_legal(result) == result
    if result.strip():
        lxml_html.fragments_fromstring(result)


_WELL_FORMED = (
    "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n</table>\n",
    "<p>x</p>",
    "<b>y</b>",
    "&quot;",
    "&lt;",
    '"',
)
_TABLES = (
    *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", '<th align="left">', "</th>", "<caption>", "<col />"),
    *('<a href="/x">', "</a>", "<p>", "</p>", "<h1>", "</h1>", "<b>", "</b>", "<br />", "\n", "x", "<ruby>", "<rt>"),
    *(
        '<a href="/x>">',
        '<div title="<b>">',
        '<a title="&quot;">',
        "<a title='&quot;'>",
        "<svg>",
        "<q>",
        "<li>",
        "<p/>",
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_TABLES) | st.sampled_from(_WELL_FORMED), max_size=9).map("".join))
def test_what_counts_as_settled_does_not_change_any_more(markup: str) -> None:
    result = sanitize._once(markup, base(), sanitize._MARKING)
    if sanitize._is_settled(markup, result):
        assert sanitize._settled(result, base()) == result


def test_a_table_as_markdown_makes_it_is_settled() -> None:
    markup = '<table>\n<thead>\n<tr>\n<th align="left">&quot;a&quot;</th>\n</tr>\n</thead>\n</table>\n'
    assert sanitize._is_settled(markup, sanitize._once(markup, base(), sanitize._MARKING))


def test_no_error_hides_in_the_sanitisers_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    """nh3 reports what a callback raises to sys.unraisablehook and drops the attribute."""
    seen: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    for url in (
        "http://[",
        "//[",
        "\ufffe",
        "%",
        "a" * 5000,
        "http://a:99999",
        "//%00/",
        "x.md",
        "../" * 99 + "x.md",
        "//[/x.md",
    ):
        clean(f'<a href="{url}" cite="{url}">x</a><img src="{url}" srcset="{url}, , {url} 2x">', base())
    assert seen == []


def test_each_post_is_cleaned_against_its_own_base() -> None:
    assert POST.url
    one, two = Base("https://one.example/", SITE.url, PATH), Base("https://two.example/", SITE.url, PATH)
    assert clean("<a href=x>", one) != clean("<a href=x>", two)


@pytest.mark.parametrize(
    "style", ["width:0;height:0", "height: 0px", "width:0.5px", "height:00px!important", "width:1px"]
)
def test_C35_a_pixel_that_is_small_by_its_style_goes(style: str) -> None:
    assert clean(f'<img src="https://t.example/p.gif" style="{style}">', base()) == ""


@pytest.mark.parametrize("style", ["width:100%", "width:20px", "height:2em", "max-width:0", "width:1.5em"])
def test_C35_a_picture_with_a_size_in_its_style_stays(style: str) -> None:
    assert "<img" in clean(f'<img src="https://t.example/p.png" style="{style}">', base())


def test_a_picture_that_a_script_was_to_load_late_is_shown() -> None:
    lazy = '<img class="lazyload" src="data:image/gif;base64,R0" data-src="/a.png" alt="강"><noscript>x</noscript>'
    assert clean(lazy, base()) == '<img alt="강" src="https://example.org/a.png">'
