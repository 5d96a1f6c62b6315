"""Excerpts: Jekyll's from the raw body, the author's own, and the escaped one that stands in for a body."""

from __future__ import annotations

import time

import pytest

from service.content.excerpts import ESCAPED_LENGTH, author_summary, escaped_excerpt, jekyll_excerpt


@pytest.mark.parametrize(
    ("body", "separator", "expected", "left_out"),
    [
        ("one\n\ntwo", "\n\n", "one", True),
        ("one\n\ntwo", "<!-- more -->", "one\n\ntwo", False),
        ("one\n\ntwo", "", "one\n\ntwo", False),
        ("one\n\n", "\n\n", "one", False),
        ("", "\n\n", "", False),
        ("\n\none", "\n\n", "", True),
        ("[a][1] [b]\n\nx\n\n [1]: /1\n[2]: /2\n  [b]: /b 't'", "\n\n", "[a][1] [b]\n\n[1]: /1\n[b]: /b 't'", True),
        ("{% if a %}x\n\ny{% endif %}", "\n\n", "{% if a %}x\n{% endif %}", True),
        (
            "{% highlight c %}{% raw %}x\n\ny",
            "\n\n",
            "{% highlight c %}{% raw %}x\n{% endraw %}\n{% endhighlight %}",
            True,
        ),
        ("{% if a %}x{% endif %}{% include y %}\n\ny", "\n\n", "{% if a %}x{% endif %}{% include y %}", True),
    ],
)
def test_the_excerpt_of_a_body_is_jekylls(body: str, separator: str, expected: str, left_out: bool) -> None:
    assert jekyll_excerpt(body, separator) == (expected, left_out)


def test_an_authors_excerpt_is_plain_text_and_its_markdown_stays() -> None:
    text = " <p>한 *글*\n<b>굵게</b> &amp; {{ page.title }}more</p>\n"
    assert author_summary(text, 4000, with_liquid=True) == "한 *글* 굵게 & more"
    assert author_summary("a < b & c", 4000, with_liquid=True) == "a < b & c"
    assert len(author_summary("말 " * 5000, 400, with_liquid=True)) <= 400


def test_an_escaped_excerpt_shows_text_without_tags() -> None:
    body = "```\n<div><b>글</b> {{ x }}{% if y %}& <script>z</script>\n```\nmore"
    assert escaped_excerpt(body) == "<p>글 &amp; more</p>"
    assert escaped_excerpt("<div>" * 100) == ""


@pytest.mark.parametrize("unit", ["<div>", "a ", "<", "&", "{{", "{% if %}", ">", "[", "말", "<a b='", "```\n"])
def test_an_escaped_excerpt_is_bounded_in_time_and_size(unit: str) -> None:
    started = time.process_time()
    found = escaped_excerpt(unit * 1_000_000)
    assert time.process_time() - started < 2
    assert len(found) <= 5 * ESCAPED_LENGTH + 7
