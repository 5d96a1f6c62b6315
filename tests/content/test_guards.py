"""The door's look at a raw body: what may be rendered at once, what apart, what not at all, and where it says so."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content import guards
from service.content.guards import deepest, html_fault
from service.content.liquid_scan import has_liquid
from service.errors import Problem
from service.sources.source import Markup, Treatment
from tests.content.bodies import LIMITS


def inspect(body: str, markup: Markup = "markdown") -> tuple[Treatment, tuple[Problem, ...]]:
    return guards.inspect(body, markup, path="p.md", first_line=10, limits=LIMITS)


def test_a_usual_body_passes() -> None:
    body = "# 제목\n\n" + "문단 **굵게** <b>x</b> [a](b) `List<String>` | a | b |\n\n" * 100
    assert inspect(body) == ("lazy", ())
    assert inspect("<p>x</p>" * 200, "html") == ("lazy", ())
    assert inspect("<div>" * 5000, "text") == ("lazy", ())


@pytest.mark.parametrize(
    ("body", "markup", "code"),
    [
        ("<div>" * 300, "html", "html-too-deep"),
        ("text\n\n" + "<div>" * 300, "markdown", "html-too-deep"),
        ("<b><i>" * 200 + "x" + "</i></b>" * 200, "html", "html-too-deep"),
        ("<p " + " ".join(f"a{n}='>'" for n in range(150)) + ">", "html", "html-too-many-attributes"),
        ("<p " + " ".join(f"a{n}" for n in range(150)) + ">", "markdown", "html-too-many-attributes"),
    ],
)
def test_C36_what_nh3_cannot_take_is_published_as_an_excerpt(body: str, markup: Markup, code: str) -> None:
    treatment, problems = inspect(body, markup)
    assert treatment == "escape"
    assert [(p.level, p.code, p.line, p.column) for p in problems] == [("error", code, 10, 1)]


def test_C36_paragraphs_rows_and_items_without_end_tags_nest_nothing() -> None:
    sloppy = "<p>one" * 300 + "<ul>" + "<li>two<br>" * 300 + "</ul><table>" + "<tr><td>x<td>y" * 300 + "</table>"
    assert inspect(sloppy, "html") == ("lazy", ())


def test_C36_tags_in_code_open_nothing() -> None:
    code = "```java\n" + "List<String> a; Map<K, V> b;\n" * 300 + "```\n" + "and `Set<T>` inline\n" * 300
    assert inspect(code) == ("lazy", ())


def test_C37_a_wide_table_is_published_as_an_excerpt() -> None:
    treatment, problems = inspect("|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "a\n" * 3000)
    assert treatment == "escape"
    assert [p.code for p in problems] == ["md-table-too-large"]
    assert "6,0" in problems[0].message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (">" * 2000, "md-run-too-long"),
        ("> " * 2000, "md-run-too-long"),
        ("x\n" + "[" * 2000, "md-run-too-long"),
        ("- " * 2000, "md-run-too-long"),
        ("*" * 2000, "md-run-too-long"),
        ("".join(f"[^{n}]: x\n" for n in range(3000)), "md-many-footnotes"),
        ("".join(f"[{n}]: /x\n" for n in range(3000)), "md-many-references"),
    ],
)
def test_C37_what_nobody_writes_is_rendered_under_a_deadline(body: str, code: str) -> None:
    treatment, problems = inspect(body)
    assert treatment == "deadline"
    assert [(p.level, p.code) for p in problems] == [("warning", code)]


def test_C37_a_long_rule_or_a_large_body_is_no_fault() -> None:
    assert inspect("*" * 80 + "\n" + "_" * 900 + "\n" + "-" * 5000) == ("lazy", ())
    assert inspect("문단\n\n" * 100_000) == ("deadline", ())
    assert inspect("<b>x</b>" * 2000, "html") == ("deadline", ())
    assert inspect("{{ page.title }}" * 1500) == ("deadline", ())


def test_C38_liquid_problems_have_the_files_line_and_column() -> None:
    treatment, problems = inspect("one\n  {% foo %}\n{{ 'a' | nope }} {% include x.html %}\n\n{% if a %}")
    assert treatment == "lazy"
    assert [str(p).partition(" (")[0] for p in problems] == [
        "p.md:11:3 warning liquid-unknown-tag no tag 'foo'",
        "p.md:12:10 warning liquid-unknown-filter no filter 'nope'",
        "p.md:12:18 warning liquid-unknown-include include 'x.html' is not one of ours",
        "p.md:14:1 warning liquid-syntax {% if %} is never closed",
    ]
    assert all(p.hint for p in problems)


def test_braces_are_no_liquid_where_the_source_renders_none() -> None:
    body = "{% foo %} {{ x"
    assert guards.inspect(body, "text", path="", first_line=1, limits=LIMITS, with_liquid=False) == ("lazy", ())


def test_C38_a_post_full_of_unknown_tags_does_not_flood_the_report() -> None:
    assert len(inspect("".join(f"{{% foo{n} %}}" for n in range(500)))[1]) == guards.MOST_REPORTED


RUNS = st.builds(
    lambda before, mark, length, after: "x" * before + mark * (length // len(mark)) + after,
    st.integers(0, 400),
    st.sampled_from((*">[*_`~-+x", "> ", "- ", "1. ", "](", "![")),
    st.integers(900, 1200),
    st.text(max_size=5),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(RUNS, max_size=4).map("".join))
def test_C37_the_short_look_at_a_body_overlooks_no_run(body: str) -> None:
    found = guards.markdown_oddity(body)
    runs = [mark * (1000 // len(mark)) for mark in (*">[*_`~", "> ", "- ", "* ", "+ ", "1. ", "](", "![")]
    assert (found is not None) == any(run in body for run in runs)
    assert found is None or found[2] in map(body.find, runs)


@settings(deadline=None)
@given(st.lists(st.sampled_from(("{", "%", "{{", "{%", "}}", "x")), max_size=8).map("".join))
def test_what_opens_no_statement_is_no_liquid(body: str) -> None:
    assert has_liquid(body) == ("{{" in body or "{%" in body)
    assert body.count("{%") + body.count("{{") <= body.count("{")


BOMBS = {
    "divs": "<div>" * 200_000,
    "attributes": "<p " + " ".join(f'a{n}="1"' for n in range(50_000)) + ">",
    "open tags": "<a " * 100_000 + 'x="',
    "open quotes": '<a b="' * 50_000,
    "both quotes": "<a b='\" " * 50_000,
    "equals signs": "<a x==" * 50_000,
    "white space": ("<a" + " " * 300) * 1000,
    "fences": "<" * 300 + "````\n```\n" * 30_000,
    "fence lengths": "<" * 300 + "".join("`" * n + "\n" for n in range(3, 700)),
    "code spans": "<" * 300 + "`a" * 100_000,
    "delimiter rows": "|-|-|\n" * 50_000,
    "half delimiter rows": "| -" * 100_000 + "x",
    "blank lines": "\n \n" * 100_000 + "|-|-|",
    "braces": "{{" * 100_000,
    "table cells": "|" * 100_000 + "\n" + "|-" * 100_000,
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize("markup", ["markdown", "html"])
def test_C36_C37_the_look_itself_takes_linear_time(body: str, markup: Markup) -> None:
    started = time.process_time()
    inspect(body, markup)
    assert time.process_time() - started < 2


TAGS = ("div", "b", "span", "a", "p", "li", "ul", "table", "td", "tr", "h1", "pre", "section", "dl", "dd", "x-y")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("<", "</")), st.sampled_from(TAGS)), max_size=60))
def test_C36_the_estimate_is_never_far_below_the_truth(soup: list[tuple[str, str]]) -> None:
    from service.content.sanitize import clean
    from tests.content.bodies import base

    markup = "".join(f"{opening}{name}>" for opening, name in soup)
    depth = truth = 0
    for tag in clean(markup, base()).split("<")[1:]:
        depth += -1 if tag.startswith("/") else 1
        truth = max(truth, depth)
    for enough in range(len(soup) + 1):
        assert truth <= 5 * enough + 5 or deepest(markup, enough) > enough, enough


def test_limits_are_settings() -> None:
    tight = LIMITS.model_copy(update={"html_depth": 16, "attributes_per_tag": 10, "table_cells": 100})
    assert html_fault("<div>" * 17, tight) is not None
    assert html_fault("<div>" * 17, LIMITS) is None
    assert html_fault("<p" + " a=1" * 11 + ">", tight) is not None
    assert html_fault("<p" + " a=1" * 10 + ">", tight) is None
    table = "|a|b|\n|-|-|\n" + "|1|2|\n" * 40
    assert guards.inspect(table, "markdown", path="", first_line=1, limits=tight)[0] == "escape"
