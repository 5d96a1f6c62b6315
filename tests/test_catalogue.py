"""Every content fault of the catalogue (C-01 ...) has a test whose name carries its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ELSEWHERE = {42: "renames belong there too"}


@pytest.mark.parametrize("number", [n for n in range(1, 45) if n not in ELSEWHERE], ids="C{:02}".format)
def test_a_fault_of_the_catalogue_has_a_test(number: int) -> None:
    named = re.compile(rf"C{number:02}(?=[_ -])")
    files = [path for path in TESTS.rglob("*") if path != Path(__file__)]
    cases = (path.name for path in files if "corpus" in path.parts)
    assert any(map(named.search, cases)) or any(
        named.search(path.read_text("utf-8")) for path in files if path.suffix == ".py"
    )
