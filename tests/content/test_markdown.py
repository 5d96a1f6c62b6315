"""Markdown as Jekyll's authors write it: kramdown's marks, Korean emphasis and quotes, and bombs that stay small."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.text import plain
from service.content.markdown import TABLE_CELLS, largest_table, strip_kramdown, to_html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**한글(영문)**은", "<p><strong>한글(영문)</strong>은</p>"),
        ("**\"인용\"**이라고 *'작은'*", "<p><strong>“인용”</strong>이라고 <em>‘작은’</em></p>"),
        ("a -- b --- c... 'q' \"q\" it's '90s", "<p>a – b — c… ‘q’ “q” it’s ’90s</p>"),
        ("10~20명, 30~40명 ~~del~~ \\~ `~`", "<p>10~20명, 30~40명 <del>del</del> ~ <code>~</code></p>"),
        ("<http://a.example/~u/한>", '<p><a href="http://a.example/~u/%ED%95%9C">http://a.example/~u/한</a></p>'),
        ("- [ ] a\n- [x] b", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>"),
        ("https://a.example/x에서", "<p>https://a.example/x에서</p>"),
        ('<a href="/x">https://a.example</a>', '<p><a href="/x">https://a.example</a></p>'),
        ("term\n: definition", "<dl>\n<dt>term</dt>\n<dd>definition</dd>\n</dl>"),
        ("<b>raw</b>", "<p><b>raw</b></p>"),
        ("```ruby\nx -- 'y'\n```", "<pre><code class=\"language-ruby\">x -- 'y'\n</code></pre>"),
        ("# A #", "<h1>A</h1>"),
    ],
)
def test_a_body_reads_as_in_kramdown(source: str, expected: str) -> None:
    assert to_html(source).strip() == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# H {#id}\nx", "# H\nx"),
        ("H {#id}\n=====", "H\n====="),
        ("not a heading {#id}\nx", "not a heading {#id}\nx"),
        ("text\n{: .x #y}\nmore", "text\nmore"),
        ("> quoted\n> {: .x}", "> quoted"),
        ("*a*{: .x} [b](c){:target='_blank'} ![d](e){: width=\"1\" } f", "*a* [b](c) ![d](e) f"),
        (
            "`{: .kept}` `a`{: .gone} ``x`y{: .kept}`` `open* {: .kept}",
            "`{: .kept}` `a` ``x`y{: .kept}`` `open* {: .kept}",
        ),
        ("* TOC\n{:toc}\nx", "x"),
        ("1. 목차\n{: .list :toc}\n{:toc}\nx", "x"),
        ("text\n\n{:toc}", "text\n"),
        ("- a\n{: .list}\n- b", "- a\n- b"),
        ("{::nomarkdown}<b>{:/nomarkdown} {::options x='y' /}a{:/}", "<b> a"),
        ("a{::comment}b{:/comment}c{::comment}d", "acd"),
        ("*[RSS]: Really Simple\nx", "x"),
        ('<div markdown="1">\n**a**\n</div>', '<div markdown="1">\n\n**a**\n</div>'),
        ("```\n{: .kept}\n~~~\n{:toc}\n````\n{: .gone}", "```\n{: .kept}\n~~~\n{:toc}\n````"),
        ("{% include x %} {{ y }} { : z}", "{% include x %} {{ y }} { : z}"),
    ],
)
def test_kramdowns_marks_are_taken_out_but_not_of_code(source: str, expected: str) -> None:
    assert strip_kramdown(source) == expected


def test_footnotes_have_kramdowns_names_so_that_their_links_work_on_the_page() -> None:
    html = to_html("a[^n]\n\n[^n]: note")
    assert 'href="#fn:n" id="fnref:n"' in html
    assert '<li id="fn:n">' in html
    assert 'href="#fnref:n"' in html


def test_the_table_guard_counts_columns_times_lines() -> None:
    assert largest_table("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nx\n") == 4 * 3
    assert largest_table("a | b\n--|--\n1\n\n" + "c|d|e\n:-|:-:|-:\n1\n2\n3\n4") == 3 * 5
    assert largest_table("no table | here\n---\n") == 0


ROW = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:[|+][ \t]*:?-+:?[ \t]*)+\|?[ \t]*")
LINES = st.sampled_from(("|-|-|", "> a+- | --", ":-:|-", "--+--", "\t-|-|-", "-|", "a | b", "", " ", "x", "-- | -x"))


@settings(max_examples=200)
@given(st.lists(LINES, max_size=12))
def test_the_table_guard_counts_as_if_it_went_line_by_line(lines: list[str]) -> None:
    largest = start = end = 0
    for number, line in enumerate(lines):
        if not ROW.fullmatch(line):
            continue
        if number >= end:
            blanks = (later for later in range(number + 1, len(lines)) if not lines[later].strip())
            start, end = number, next(blanks, len(lines))
        largest = max(largest, (line.count("|") + line.count("+") + 1) * (end - start))
    text = "\n".join(lines)
    assert largest_table(text) == (largest if "|" in text else 0)


def test_C37_a_table_past_the_limit_is_not_built() -> None:
    wide = "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "a\n" * 3000
    assert largest_table(wide) > 5_000_000 > TABLE_CELLS
    assert "<table" not in to_html(wide)
    assert "<table" not in to_html("|a|b|\n|-|-|\n|1|2|", table_cells=1)


BOMBS = {
    "quotes": ">" * 100_000,
    "brackets": "[" * 100_000,
    "nested lists": "- " * 50_000 + "x",
    "tables": "|-|-|\n" * 20_000,
    "definition lists": "a\n\n: b\n\n" * 12_500,
    "attribute lists": "*a*{: " * 16_000,
    "open attribute list": "{: " + "x" * 100_000,
    "toc": "* a\n" * 10_000 + "{:toc}\n" * 10_000,
    "comments": "{::comment}" * 9_000,
    "backticks": "`a" * 50_000 + "{: .x}",
    "backtick runs": " ".join("`" * n + "a{:" for n in range(1, 140)),
    "fences": "```\n{:\n" * 10_000,
    "tildes": "~ " * 50_000,
    "markdown in html": "<a markdown=" * 8_000,
    "white space": " " * 100_000 + "{:",
    "links in links": "<a " * 30_000 + ">http://a.example",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_C37_rendering_takes_linear_time(source: str) -> None:
    started = time.process_time()
    to_html(source)
    assert time.process_time() - started < 2


def test_text_survives_rendering() -> None:
    source = "가나다 라마바.\n\n<p>html</p>\n\n> quote\n\n1. one\n2. two"
    assert plain(to_html(source)) == "가나다 라마바.\nhtml\nquote\none\ntwo"


@pytest.mark.parametrize(
    ("source", "attributes"),
    [
        ('![p](/a.png){: width="100" height="50" .x }', 'src="/a.png" alt="p" width="100" height="50"'),
        ("**![p *q*](/a.png \"t\"){: .x width='50%'}**", 'src="/a.png" alt="p q" title="t" width="50%"'),
        ('[![p](/a.png){: height="7"}](/b){: width="9"}', 'src="/a.png" alt="p" height="7"'),
        ('![p][r]{: width="3"}\n\n[r]: /r.png', 'src="/r.png" alt="p" width="3"'),
        ('![p](/a.png){: data-width="3" onclick="x()"}', 'src="/a.png" alt="p"'),
        ('![p](/a.png)\n{: width="5"}', 'src="/a.png" alt="p"'),
        ('<img src="/a.png" width="1">{: width="5"}', 'src="/a.png" width="1"'),
        ('![p](/a.png){: width="\ue083"} \ue082', 'src="/a.png" alt="p"'),
    ],
)
def test_an_attribute_list_keeps_the_size_of_a_picture(source: str, attributes: str) -> None:
    html = to_html(source)
    assert f"<img {attributes}" in html
    assert html.count("width=") + html.count("height=") == attributes.count("width=") + attributes.count("height=")
    assert "{:" not in html


@given(st.from_regex(r"(!\[|\]\(/a\)|\{: width=\"1\"\}|`|\n|x|<img>|\[|\]|\*| ){1,25}", fullmatch=True))
@settings(deadline=None, max_examples=100)
def test_no_mark_of_a_size_is_ever_left(source: str) -> None:
    assert not {"\ue082", "\ue083"} & set(to_html(source))
