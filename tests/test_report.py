"""The report: a line a problem, safe for a terminal and for GitHub."""

from __future__ import annotations

import json

import pytest

from service.errors import Level, Problem
from service.report import as_github, as_json, as_text, exit_code

BROKEN = Problem("_posts/a.md", 2, 7, "error", "yaml-syntax", "mapping values are not allowed", 'write title: "a: b"')
UNDATED = Problem("b.md", 0, 0, "warning", "date-missing", "no date")


def test_text_is_a_sorted_line_a_problem_then_counts_then_totals() -> None:
    assert as_text([UNDATED, BROKEN], 3).splitlines() == [
        '_posts/a.md:2:7 error yaml-syntax mapping values are not allowed (write title: "a: b")',
        "b.md warning date-missing no date",
        "",
        "  yaml-syntax   error         1",
        "  date-missing  warning       1",
        "3 posts, 1 error, 1 warning",
    ]


def test_a_clean_report_is_one_line_of_totals() -> None:
    assert as_text([], 1) == "1 post, 0 errors, 0 warnings"


def test_H21_control_characters_of_content_do_not_reach_the_terminal() -> None:
    hostile = Problem("x\x1b[2J.md", 1, 1, "error", "c", "title \x07 \u202e")
    assert as_text([hostile], 0).splitlines()[0] == "x\\x1b[2J.md:1:1 error c title \\x07 \\u202e"


def test_json_carries_every_part_of_a_problem() -> None:
    assert json.loads(as_json([BROKEN], 3)) == {
        "posts": 3,
        "problems": [
            {
                "path": "_posts/a.md",
                "line": 2,
                "column": 7,
                "level": "error",
                "code": "yaml-syntax",
                "message": "mapping values are not allowed",
                "hint": 'write title: "a: b"',
            }
        ],
    }


def test_a_github_annotation_cannot_be_broken_out_of() -> None:
    hostile = Problem("a,b:c.md", 1, 2, "error", "code", "first\nsecond 100%")
    assert as_github([hostile], 0) == "::error file=a%2Cb%3Ac.md,line=1,col=2,title=code::first%0Asecond 100%25"


@pytest.mark.parametrize(
    ("level", "strict", "code"),
    [("error", False, 1), ("warning", False, 0), ("warning", True, 1), ("notice", True, 0)],
)
def test_exit_codes_say_whether_somebody_has_to_act(level: Level, strict: bool, code: int) -> None:
    assert exit_code([Problem("p", 0, 0, level, "c", "m")], strict=strict) == code
