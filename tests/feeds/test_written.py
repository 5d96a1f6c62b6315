"""Sitemaps, robots.txt and OPML of the golden corpus: as recorded, and valid."""

from __future__ import annotations

import pytest

from schemas import problems
from tests.feeds.written import CASES, CORPUS, KINDS, Written

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_a_document_is_what_was_recorded(case: Written) -> None:
    assert case.path.exists(), "a new case: python -m tests.feeds.written"
    assert case.document() == case.path.read_bytes(), "changed on purpose? python -m tests.feeds.written"


@pytest.mark.parametrize("case", [case for case in CASES if case.writer in KINDS], ids=lambda case: case.name)
def test_a_document_satisfies_its_schema(case: Written) -> None:
    assert problems(KINDS[case.writer], case.path.read_bytes()) == []  # type: ignore[arg-type]  # values are kinds


def test_every_recorded_document_belongs_to_a_case() -> None:
    assert {path for path in CORPUS.iterdir() if path.suffix != ".json"} == {case.path for case in CASES}
