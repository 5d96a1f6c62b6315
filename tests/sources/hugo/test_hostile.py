"""What nobody writes by hand costs no more than its size. (Where a way through were quadratic, these would hang.)"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content import goldmark
from service.sources.hugo_globs import Glob
from service.sources.hugo_shortcodes import expand

MANY = 30_000


@pytest.mark.parametrize(
    "piece",
    ["{{</*", "{{<", "{{< a ", '{{< "', "{{< a `", "{{< a >}}", "{{< /a >}}", "{{%/* ", "{{< a b=", "{{< a  ", "{{<a/"],
)
def test_C36_a_storm_of_shortcodes_costs_no_more_than_its_size(piece: str) -> None:
    made, _ = expand(piece * MANY, lambda call: call.inner or "")
    assert isinstance(made, str)


@pytest.mark.parametrize(
    "text",
    [
        goldmark.OPENING * MANY,
        goldmark.CLOSING * MANY + goldmark.OPENING,
        "# " + " " * MANY + "{#x",
        "# {#" * 1000,
        "http://" * 1000 + "가",
    ],
)
def test_C36_marks_of_our_own_cost_no_more_than_their_size(text: str) -> None:
    assert goldmark.to_html(text) is not None


def test_C36_a_glob_of_stars_ends() -> None:
    assert not Glob.of("/**" * 100 + "x").matches("/a" * 1000)
    assert not Glob.of("{a,b}" * 100).matches("ab")
    assert not Glob.of("*" * 600).matches("a")


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/posts/**", "/posts/a/b", True),
        ("/posts/*", "/posts/a/b", False),
        ("/POSTS/?", "/posts/a", True),
        ("{/a/**,/b/*}", "/b/c", True),
        ("/{a,b{c,d}}", "/bd", True),
        ("**", "", True),
        ("/a.c", "/abc", False),
    ],
)
def test_globs_are_hugos(pattern: str, path: str, fits: bool) -> None:
    assert Glob.of(pattern).matches(path) is fits


@given(st.text("ab/*?", max_size=8), st.text("ab/", max_size=8))
def test_a_glob_is_what_its_regular_expression_is(pattern: str, path: str) -> None:
    words = re.findall(r"\*\*|\*|\?|.", pattern)
    expression = "".join({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(word, word) for word in words)
    assert Glob.of(pattern).matches(path) is bool(re.fullmatch(expression, path))
