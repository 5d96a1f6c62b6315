"""Bodies that CommonMark reads otherwise than kramdown; what is expected is what kramdown 2 writes, voids aside."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content.kramdown import _Reader, as_commonmark, is_rewritten
from service.content.markdown import largest_table, to_html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<br>\n**굵게** [링크](x)", '<p><br>\n<strong>굵게</strong> <a href="x">링크</a></p>'),
        ('<img src="a.png">\n*캡션*', '<p><img src="a.png">\n<em>캡션</em></p>'),
        ("<div>a</div>\n## 제목\n- 항목", "<div>a</div>\n<h2>제목</h2>\n<ul>\n<li>항목</li>\n</ul>"),
        ("<hr>\n**b**", "<hr>\n<p><strong>b</strong></p>"),
        ("<iframe src='x'></iframe>\n**b**", "<iframe src='x'></iframe>\n<p><strong>b</strong></p>"),
        ("<div>\n*a*\n</div>\n*b*", "<div>\n*a*\n</div>\n<p><em>b</em></p>"),
        ("<div>\n<div>\n*a*</div>\n*b*\n</div>\n*c*", "<div>\n<div>\n*a*</div>\n*b*\n</div>\n<p><em>c</em></p>"),
        ("text\n<p>a</p>\n# h", "<p>text</p>\n<p>a</p>\n<h1>h</h1>"),
        ("a\n\n</center>\n**b**", "<p>a</p>\n</center>\n<p><strong>b</strong></p>"),
        ("<p>open\n\n<div>a</div>\n**b**", "<p>open\n<div>a</div>\n<p><strong>b</strong></p>"),
        ("<hr>\n<br>\n**b**", "<hr>\n<p><br>\n<strong>b</strong></p>"),
        ("<a href='x'>\n<div>a</div>\n</a>", "<a href='x'>\n<div>a</div>\n</a>"),
        ("<ul>\n\n    <li>a</li>\n\n    <li>b</li>\n</ul>", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        (
            "<script>\n<div>\n\n    <b>\n</script>\n**b**",
            "<script>\n<div>\n\n    <b>\n</script>\n<p><strong>b</strong></p>",
        ),
        ("<!-- <div>\n\n-->\n**b**", "<!-- <div>\n\n-->\n<p><strong>b</strong></p>"),
    ],
)
def test_markdown_right_after_html_is_markdown(source: str, expected: str) -> None:
    assert to_html(source).strip() == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("![사진](/내 사진.png)", '<p><img src="/%EB%82%B4%20%EC%82%AC%EC%A7%84.png" alt="사진" /></p>'),
        ('[b](my file.pdf "t")', '<p><a href="my%20file.pdf" title="t">b</a></p>'),
        ("[b](my file (1).pdf)", '<p><a href="my%20file%20(1).pdf">b</a></p>'),
        (
            "[img]: /a b.png 'T'\n[c]: d\n\n![img] [c]",
            '<p><img src="/a%20b.png" alt="img" title="T" /> <a href="d">c</a></p>',
        ),
        ("`[a](b c)` \\[a](b c) a](b c)", "<p><code>[a](b c)</code> [a](b c) a](b c)</p>"),
        ("[![a](b c)](d e)", '<p><a href="d%20e"><img src="b%20c" alt="a" /></a></p>'),
        ("text\n[a]: b c", "<p>text\n[a]: b c</p>"),
    ],
)
def test_a_destination_may_hold_spaces(source: str, expected: str) -> None:
    assert to_html(source).strip() == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a $$x_1 < y_2$$ b", r"<p>a \(x_1 &lt; y_2\) b</p>"),
        ("$$\nx_1 & *y*\n$$", r"\[x_1 &amp; *y*\]"),
        ("a\n$$\nx*1*\n$$\nb", "<p>a\n\\(x*1*\\)\nb</p>"),
        ("- a $$x~y$$\n- $$y$$", "<ul>\n<li>a \\(x~y\\)</li>\n<li>\\[y\\]</li>\n</ul>"),
        ("> $$\n> x\n> y\n> $$", "<blockquote>\n\\[x\ny\\]\n</blockquote>"),
        ("## $$x$$", r"<h2>\(x\)</h2>"),
        ("$5 and $6, c \\$$x$$ `$$x$$`, a $$ b", "<p>$5 and $6, c $$x$$ <code>$$x$$</code>, a $$ b</p>"),
        ("[a](http://b.example/$$c$$)", '<p><a href="http://b.example/$$c$$">a</a></p>'),
        ("$$a$$\ue07f0\ue080", "<p>$$a$$\ue07f0\ue080</p>"),
    ],
)
def test_math_is_no_markdown_and_a_dollar_is_money(source: str, expected: str) -> None:
    assert to_html(source).strip() == expected


def test_a_table_may_hold_pipes_in_code_pluses_and_further_delimiter_rows() -> None:
    plain = to_html("|a|b|\n|---|---|\n|1|2|\n|3|4|")
    assert "<td>4</td>" in plain
    assert to_html("|a|b|\n|---+---|\n|1|2|\n|===|===|\n|3|4|\n|---|---|") == plain
    coded = to_html("| a | b |\n|---|---|\n| `x|y` | ``p\\|q`` |")
    assert "<td><code>x|y</code></td>\n<td><code>p|q</code></td>" in coded
    assert largest_table("|a|b|\n|---+---|\n1\n2") == 4 * 3


@pytest.mark.parametrize(
    "source",
    [
        "```\n<br>\n[a](b c) $$x$$\n|a|\n```",
        "> ~~~html\n> <br>\n> $$x$$\n> ~~~",
        "a\n\n    <br>\n    [a](b c) $$x$$\n\n    <hr>\n    **b**",
        "<pre>\n<br>\n$$x$$\n\n    <li>\n</pre>",
        "no | table, a < b, [a](b) and [c]: d",
    ],
)
def test_code_and_plain_prose_stay_as_they_are(source: str) -> None:
    assert as_commonmark(source) == (source, [])


BOMBS = {
    "open elements": "<div>\n\n" * 15_000,
    "opened and closed across": "<div><p>\n</div>\n" * 6_000,
    "open links": "[a](" * 25_000,
    "open inner links": "[a](b" + "[a](b c)" * 12_000,
    "dollars": "$$" * 50_000,
    "formulas": "$$a$$ " * 16_000,
    "open formula": "$$" + "a$b" * 30_000,
    "backtick runs": " ".join("`" * n + "a" for n in range(1, 440)),
    "open tags": "<a " * 30_000,
    "definitions": "[a]: b c\n" * 10_000,
    "delimiter rows": "|a|\n" + "|-+-|\n" * 16_000,
    "nearly a delimiter row": "|a|\n" + "|-" * 40_000 + "x",
    "comments": "<!--\n" * 20_000,
    "lone tags": "<br>\n" * 20_000,
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_C37_the_pass_takes_linear_time(source: str) -> None:
    started = time.process_time()
    as_commonmark(source)
    assert time.process_time() - started < 1


PIECES = (
    "<div>",
    "</div>",
    "<br>",
    "<p>",
    "<pre>",
    "</pre>",
    "\n",
    "\n\n",
    "    ",
    "```",
    "`",
    "$$",
    "$",
    "|",
    "-",
    "+",
)
MORE = ("[a]", "](", "b c", ")", "]: ", '"', "<!--", "-->", "- ", "> ", "\\", "\ue07f", "한")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES + MORE), max_size=40).map("".join))
def test_no_mark_of_ours_is_left_and_nothing_raises(source: str) -> None:
    html = to_html(source)
    if "\ue07f" not in source:
        assert not any(mark in html for mark in "\ue07f\ue080\ue081")
        assert "%EE%81%BF" not in html


_WORDS = '[a]( b ) | - -- < <div> </div> <br> $$ x ` ``` [a]: ( "t" + : \\ [^1]: <!-- --> <pre> </pre> ] ['
_PIECES = (*_WORDS.split(), " ", "\n", "\n\n", "> ", "    ", "\t", " t", "* ", "1. ", "\x0b", "\u3000")


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=24).map("".join))
def test_a_text_that_is_not_read_line_by_line_would_not_have_been_changed(text: str) -> None:
    assert is_rewritten(text) or _Reader(text.split("\n")).read() == text


_ROWS = (
    "| a | b |",
    "|---|:-:|",
    "|===|===|",
    "|---+---|",
    "--|--",
    "a | b",
    "> |---|",
    "> a | b",
    "",
    " ",
    "|",
    "+|+",
)
_MORE_ROWS = (
    "`a|b` | c",
    "`x`",
    "- | a |",
    " |-|",
    "=|=",
    "text",
    "    |---|",
    "```",
    "[a]: <x>",
    "a\\|b | c",
    "[x](y)",
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(_ROWS + _MORE_ROWS), max_size=9).map("\n".join))
def test_a_table_that_is_not_read_line_by_line_would_not_have_been_changed(text: str) -> None:
    assert is_rewritten(text) or _Reader(text.split("\n")).read() == text


def test_prose_with_links_pictures_lists_and_usual_tables_is_not_read_line_by_line() -> None:
    assert not is_rewritten("| a | b |\n|---|---|\n| 1 | 2 |\n\n| c | d |\n|:--|---|\n| 3 | 4 |\n")
    assert not is_rewritten("# 제목\n\n본문 [링크](/a/b/) 와 **강조**, 1 < 2, a | b.\n\n- ![그림](/a.png)\n- `x`\n")
