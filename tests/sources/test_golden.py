"""What remote sources make of recorded answers: a case is a file in ``<kind>/cases``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources import golden


@pytest.mark.parametrize(
    ("kind", "path"),
    [pytest.param(kind, path, id=f"{kind}-{path.stem}") for kind in golden.KINDS for path in golden.cases(kind)],
)
def test_an_answer_means_what_its_case_says(kind: str, path: Path) -> None:
    case = json.loads(path.read_text())
    assert golden.outcome(kind, case) == case["expect"]
