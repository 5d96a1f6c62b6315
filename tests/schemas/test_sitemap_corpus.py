"""Sitemaps, indexes and subscription lists with one fault each: ``sitemaps/<kind>-<fault>.xml`` and what is told.

Adding a case is adding a file and recording it: ``python -m tests.schemas.test_sitemap_corpus``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from schemas import Kind, problems

CORPUS = Path(__file__).parent / "sitemaps"
CASES = sorted(CORPUS.glob("*.xml"))
SOUND = {"sitemap-valid", "sitemap-alternate-answered-elsewhere", "sitemap-index-valid", "opml-valid"}


def _kind(case: Path) -> Kind:
    if case.stem.startswith("sitemap-index-"):
        return "sitemap-index"
    return "opml" if case.stem.startswith("opml-") else "sitemap"


def _told(case: Path) -> str:
    return "".join(f"{line}\n" for line in problems(_kind(case), case.read_bytes()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_fault_is_told_as_recorded(case: Path) -> None:
    recorded = case.with_suffix(".txt")
    assert recorded.exists(), "a new case: python -m tests.schemas.test_sitemap_corpus"
    assert _told(case) == recorded.read_text("utf-8")
    assert bool(_told(case)) is (case.stem not in SOUND)


if __name__ == "__main__":
    for path in CASES:
        path.with_suffix(".txt").write_text(_told(path), "utf-8")
        sys.stdout.write(f"{path.stem}\n{_told(path)}")
