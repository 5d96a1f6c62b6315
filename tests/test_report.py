"""The report: a line a problem, safe for a terminal and for GitHub."""

from __future__ import annotations

import json

import jsonschema
import pytest

from service.census import Census
from service.errors import Level, Problem
from service.report import SHOWN_NOTICES, About, as_github, as_json, as_sarif, as_text, exit_code

BROKEN = Problem("_posts/a.md", 2, 7, "error", "yaml-syntax", "mapping values are not allowed", 'write title: "a: b"')
UNDATED = Problem("b.md", 0, 0, "warning", "date-missing", "no date")


def posts(published: int) -> About:
    return About(Census(published))


def test_text_is_a_sorted_line_a_problem_then_counts_then_totals() -> None:
    assert as_text([UNDATED, BROKEN], posts(3)).splitlines() == [
        '_posts/a.md:2:7 error yaml-syntax mapping values are not allowed (write title: "a: b")',
        "b.md warning date-missing no date",
        "",
        "  yaml-syntax   error         1",
        "  date-missing  warning       1",
        "3 posts published, 1 error, 1 warning",
    ]


def test_a_clean_report_is_one_line_of_totals() -> None:
    assert as_text([], posts(1)) == "1 post published, 0 errors, 0 warnings"


def test_H21_control_characters_of_content_do_not_reach_the_terminal() -> None:
    hostile = Problem("x\x1b[2J.md", 1, 1, "error", "c", "title \x07 \u202e")
    assert as_text([hostile], posts(0)).splitlines()[0] == "x\\x1b[2J.md:1:1 error c title \\x07 \\u202e"


def test_json_carries_every_part_of_a_problem() -> None:
    assert json.loads(as_json([BROKEN], posts(3))) == {
        "posts": 3,
        **dict.fromkeys(("pages", "hidden", "scheduled", "expired", "duplicates", "unlisted"), 0),
        "problems": [
            {
                "path": "_posts/a.md",
                "line": 2,
                "column": 7,
                "level": "error",
                "code": "yaml-syntax",
                "message": "mapping values are not allowed",
                "hint": 'write title: "a: b"',
                "consumers": [],
            }
        ],
    }


def test_a_github_annotation_cannot_be_broken_out_of() -> None:
    hostile = Problem("a,b:c.md", 1, 2, "error", "code", "first\nsecond 100%")
    assert as_github([hostile], posts(0)) == "::error file=a%2Cb%3Ac.md,line=1,col=2,title=code::first%0Asecond 100%25"


@pytest.mark.parametrize(
    ("level", "strict", "code"),
    [("error", False, 1), ("warning", False, 0), ("warning", True, 1), ("notice", True, 0)],
)
def test_exit_codes_say_whether_somebody_has_to_act(level: Level, strict: bool, code: int) -> None:
    assert exit_code([Problem("p", 0, 0, level, "c", "m")], strict=strict) == code


def test_posts_that_are_not_published_are_counted_apart_by_what_keeps_them_out() -> None:
    census = Census(published=26, pages=8, hidden=1, scheduled=2, duplicates=1)
    assert str(census) == "26 posts published (1 hidden, 2 scheduled, 1 duplicate, 8 pages)"
    assert census.posts == 30
    assert as_text([], About(census)).endswith("8 pages), 0 errors, 0 warnings")
    said = json.loads(as_json([], About(census)))
    assert (said["posts"], said["hidden"], said["pages"]) == (26, 1, 8)


ALT = Problem("_posts/하나 1.md", 6, 0, "warning", "MissingAlt", "no alt", "describe it", ("MSN", "feed readers"))


def test_text_says_who_is_affected_before_how_to_mend_it() -> None:
    assert str(ALT).endswith("warning MissingAlt no alt [MSN, feed readers] (describe it)")


def test_notices_come_last_and_only_the_first_few_of_each_code() -> None:
    notices = [Problem(f"{number:02}.md", 0, 0, "notice", "Hint", "m") for number in range(10)]
    lines = as_text([UNDATED, *notices], posts(10)).splitlines()
    assert lines[0] == "b.md warning date-missing no date"
    assert len([line for line in lines if line.endswith("notice Hint m")]) == SHOWN_NOTICES
    assert f"... notice Hint {10 - SHOWN_NOTICES} more (--format json lists them)" in lines
    assert lines[-1] == "10 posts published, 0 errors, 1 warning, 10 notices"


SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "pattern": "^https://.*sarif-schema-2\\.1\\.0\\.json$"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "semanticVersion": {"type": "string", "pattern": "^\\d+\\.\\d+\\.\\d+"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {"$ref": "#/$defs/rule"},
                                    },
                                },
                            }
                        },
                    },
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "rule": {
            "type": "object",
            "required": ["id", "shortDescription"],
            "properties": {
                "shortDescription": {"$ref": "#/$defs/message"},
                "help": {"$ref": "#/$defs/message"},
                "defaultConfiguration": {"type": "object", "properties": {"level": {"$ref": "#/$defs/level"}}},
            },
        },
        "result": {
            "type": "object",
            "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
            "properties": {
                "message": {"$ref": "#/$defs/message"},
                "level": {"$ref": "#/$defs/level"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "locations": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {
                            "physicalLocation": {
                                "type": "object",
                                "required": ["artifactLocation"],
                                "properties": {
                                    "artifactLocation": {
                                        "type": "object",
                                        "properties": {"uri": {"type": "string", "pattern": "^[!-~]+$"}},
                                    },
                                    "region": {
                                        "type": "object",
                                        "required": ["startLine"],
                                        "properties": {
                                            "startLine": {"type": "integer", "minimum": 1},
                                            "startColumn": {"type": "integer", "minimum": 1},
                                        },
                                    },
                                },
                            }
                        },
                    },
                },
            },
        },
    },
}
"""The parts of the OASIS schema for SARIF 2.1.0 that a log of ours has."""


def test_sarif_has_the_structure_its_specification_demands() -> None:
    hostile = Problem("a:b/../%41\x1b.md", 0, 0, "notice", "some-code", "first\nsecond")
    for problems in ([], [ALT, BROKEN, UNDATED, hostile]):
        log = json.loads(as_sarif(problems, posts(3)))
        jsonschema.Draft202012Validator(SARIF).validate(log)
        run = log["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
            result["ruleId"] for result in run["results"]
        ]


def test_sarif_results_lead_to_the_line_and_rules_to_their_help() -> None:
    run = json.loads(as_sarif([ALT, UNDATED], posts(3)))["runs"][0]
    alt, undated = run["results"]
    assert alt["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "_posts/%ED%95%98%EB%82%98%201.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 6, "startColumn": 1},
    }
    assert "region" not in undated["locations"][0]["physicalLocation"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["MissingAlt", "date-missing"]
    assert "![description]" in run["tool"]["driver"]["rules"][0]["help"]["text"]


def test_sarif_says_from_which_directory_its_paths_count_where_that_is_known() -> None:
    for base in ("", "file:///place/"):
        roots = json.loads(as_sarif([ALT], About(Census(), base)))["runs"][0]["originalUriBaseIds"]
        assert roots["%SRCROOT%"].get("uri", "") == base
