"""The golden corpus of rendering: each file of corpus/render beside what it is published as.

A case is a pair of files, ``name.md`` (or ``.html``, ``.txt``) and ``name.golden``. To add one, write the first; to
record all of them again after a wanted change, and then read the difference::

    RECORD=1 python -m pytest tests/content/test_render_corpus.py
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

import pytest
from lxml import etree

from service.content.sanitize import clean
from service.sources.source import Markup
from tests.content.bodies import base, published

CORPUS = Path(__file__).parent / "corpus" / "render"
MARKUP: dict[str, Markup] = {".md": "markdown", ".html": "html", ".txt": "text"}
CASES = sorted(path for path in CORPUS.iterdir() if path.suffix in MARKUP)


def as_published(case: Path) -> str:
    """A readable record: the report's lines, the summary, the HTML."""
    rendering, problems = published(case.read_bytes().decode(), MARKUP[case.suffix])
    report = [str(problem) for problem in problems]
    report += [f"render: {code}: {message}" for code, message in rendering.problems]
    return "\n".join([*report, f"summary: {rendering.summary}", "", rendering.html.rstrip(), ""])


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_body_is_published_as_recorded(case: Path) -> None:
    golden = case.with_suffix(".golden")
    found = as_published(case)
    if os.environ.get("RECORD"):
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_what_is_published_survives_xml_and_a_second_cleaning(case: Path) -> None:
    html = published(case.read_bytes().decode(), MARKUP[case.suffix])[0].html
    assert etree.fromstring(f"<content>{escape(html)}</content>").text == html
    assert clean(html, base()) == html


def test_every_record_has_its_case() -> None:
    assert {path.stem for path in CORPUS.glob("*.golden")} == {path.stem for path in CASES}
