"""What holds for the checker whatever the document: it never fails, and judges nothing twice."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.formats import FORMATS
from schemas.lint import CONSUMERS, KINDS, Circumstances, Entry, lint, lint_entry
from tests.feeds.cases import CASES
from tests.schemas.lint.cases import CORPUS, read

HEAD_FAULTS = {
    "rss": [(b"<ttl>60", b"<ttl>0")],
    "atom": [(b"<name>Kim</name>", b"<nom>Kim</nom>")],
    "json": [(b'"home_page_url": "https:', b'"home_page_url": "')],
}
CLEAN = {path.parent.name: read(path) for path in CORPUS.glob("*/clean.txt")}


@pytest.mark.parametrize("kind", [*KINDS, "embed", "no such kind"])
@given(data=st.binary(max_size=200))
@settings(max_examples=15)
def test_any_bytes_are_judged_without_failing(kind: str, data: bytes) -> None:
    for finding in lint(kind, data, Circumstances(url="https://example.org/x")):
        assert finding.message


@pytest.mark.parametrize("kind", CLEAN)
@given(place=st.floats(0, 1), text=st.text(max_size=12), length=st.integers(0, 40))
@settings(max_examples=25)
def test_a_document_damaged_anywhere_is_judged_without_failing(kind: str, place: float, text: str, length: int) -> None:
    body = CLEAN[kind].body
    start = int(place * len(body))
    lint(kind, body[:start] + text.encode(errors="replace") + body[start + length :], CLEAN[kind].about)


@given(fields=st.lists(st.text(max_size=60), min_size=6, max_size=6), octets=st.integers(0, 10**8))
@settings(max_examples=50)
def test_any_text_in_any_field_of_an_entry_is_judged(fields: list[str], octets: int) -> None:
    for finding in lint_entry(Entry(*fields, octets=octets), Circumstances(profiles=frozenset(CONSUMERS))):
        assert "\n" not in finding.message


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_entries_that_were_judged_are_not_judged_again(kind: str) -> None:
    case = read(CORPUS / kind / "ImplausibleDate.txt")
    seen: set[bytes] = set()
    assert [f.rule for f in lint(kind, case.body, case.about, seen)] == ["ImplausibleDate"]
    assert lint(kind, case.body, case.about, seen) == []


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_what_is_wrong_with_a_head_is_found_even_where_all_entries_are_known(kind: str) -> None:
    case, seen = CLEAN[kind], set[bytes]()
    lint(kind, case.body, case.about, seen)
    broken = case.body
    for old, new in HEAD_FAULTS[kind]:
        broken = broken.replace(old, new)
    assert len(lint(kind, broken, case.about, seen)) == 1


def test_an_entry_that_breaks_the_schema_is_named() -> None:
    rss = CLEAN["rss"].body.replace(b"<dc:creator>Kim</dc:creator>", b"<colour>blue</colour>")
    assert [(f.rule, f.entry) for f in lint("rss", rss)] == [("InvalidDocument", "https://example.org/one/")]
    feed = json.loads(CLEAN["json"].body)
    feed["items"][0]["content_html"] = 7
    assert [(f.rule, f.entry) for f in lint("json", json.dumps(feed, indent=1).encode())] == [
        ("InvalidDocument", "https://example.org/one/")
    ]


def test_a_profile_adds_demands_and_takes_none_away() -> None:
    plain = Entry(id="https://example.org/1", url="https://example.org/1", title="One", html="<p>x</p>", summary="x")
    assert lint_entry(plain) == []
    for profile, rules in (("msn", ["MissingImage"]), ("naver", []), ("smartnews", ["MissingImage"])):
        assert [f.rule for f in lint_entry(plain, Circumstances(profiles=frozenset([profile])))] == rules
    insecure = Entry(id="tag:x,2024:1", url="https://x.example/", title="t", html='<a href="http://a.example/">a</a>')
    usual, raised = (lint_entry(insecure, Circumstances(profiles=p))[0] for p in (frozenset[str](), frozenset(["msn"])))
    assert (usual.level, raised.level) == ("notice", "warning")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_our_renderers_make_of_any_case_has_no_fault_of_form(case: object) -> None:
    """The cases are odd on purpose; what they say may be wrong, how it is written may not."""
    for format_ in FORMATS.values():
        body = case.document(format_)  # type: ignore[attr-defined]  # a Case of tests.feeds.cases
        found = lint(format_.name, body, Circumstances(ours=True))
        errors = [finding for finding in found if finding.level == "error"]
        assert not errors
