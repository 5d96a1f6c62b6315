"""Each rule of the checker against the golden corpus; ``cases`` says how a file of it is made."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from schemas.lint import CONSUMERS, KINDS, RULES, Finding, lint
from tests.content_codes import CODES, said, texts
from tests.rules_table import lines
from tests.schemas.lint.cases import Case, all_cases

ROOT = Path(__file__).parents[3]
CASES = list(all_cases())


@cache
def judged(case: Case) -> tuple[Finding, ...]:
    return tuple(lint(case.kind, case.body, case.about))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_document_has_exactly_the_findings_its_case_names(case: Case) -> None:
    assert {(finding.rule, finding.entry) for finding in judged(case)} == case.expected


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_broken_by_a_case(rule: str) -> None:
    assert any(rule in {name for name, _ in case.expected} for case in CASES)


def test_every_kind_with_rules_has_a_clean_case() -> None:
    kinds = {case.kind for case in CASES}
    assert kinds == {case.kind for case in CASES if not case.expected}
    assert kinds | {"metadata", "opml"} == KINDS.keys()


def test_a_finding_says_who_trips_over_what_and_how_to_mend_it() -> None:
    for case in CASES:
        for finding in judged(case):
            rule = RULES[finding.rule]
            assert finding.message and "\n" not in finding.message
            assert (finding.mend, finding.about) == (rule.mend, rule.about)
            assert finding.consumers


def test_the_line_is_the_one_at_fault() -> None:
    lines = {
        "rss/ImageUrlFormat": "<image>",
        "rss/InvalidRFC2822Date": "KST",
        "rss/DuplicateEnclosure": "two.mp3",
        "atom/InvalidRFC3339Date": "t03",
        "atom/UnregisteredAtomLinkRel": "canonical",
        "sitemap/SitemapDuplicateUrl": "<url>",
        "robots/RobotsRelativeSitemap": "/sitemap",
    }
    named = {case.name: case for case in CASES}
    for name, mark in lines.items():
        case = named[name]
        finding = next(f for f in judged(case) if f.rule == name.partition("/")[2])
        assert mark in case.body.decode().splitlines()[finding.line - 1]


def test_a_row_of_the_registry_is_complete() -> None:
    for rule in RULES.values():
        assert rule.id.isidentifier() and rule.id[0].isupper()
        assert rule.consumers and rule.why and rule.mend and rule.source
        assert set(rule.profiles) <= CONSUMERS.keys()


def test_consumers_raise_only_rules_that_are_notices_to_others() -> None:
    for consumer in CONSUMERS.values():
        assert all(RULES[rule].level == "notice" for rule in consumer.raises)


def test_the_page_of_rules_is_that_of_the_registry() -> None:
    assert (ROOT / "docs" / "rules.md").read_text("utf-8").splitlines() == list(lines())


@pytest.mark.parametrize("module", ["preflight.py", "site_checks.py"])
def test_the_page_of_rules_has_what_is_said_of_the_settings_and_the_site(module: str) -> None:
    calls = (node for node in ast.walk(ast.parse((ROOT / "service" / module).read_text("utf-8"))))
    codes = {
        node.args[4].value
        for node in calls
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem" and isinstance(node.args[4], ast.Constant)
    }
    page = [*lines()]
    assert codes
    assert [code for code in codes if not any(line.startswith(f"| `{code}` | ") for line in page)] == []


def test_the_page_of_rules_has_every_code_that_is_said_of_content_and_none_that_is_not() -> None:
    listed = {match[1] for line in lines() if (match := re.match(r"\| `([^`]+)` \|", line))}
    assert sorted(set(said()) - listed) == []
    assert [code for code in CODES if code not in texts() and not code.startswith("duplicate-")] == []
