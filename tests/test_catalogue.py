"""Every content fault (C-01 ...) and every webhook fault (W-01 ...) of the catalogue has a test that carries its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ELSEWHERE = {39: "shortcodes and MDX belong to the issue on other sources"}


CONTENT = [f"C{number:02}" for number in range(1, 45) if number not in ELSEWHERE]
WEBHOOKS = [f"W{number:02}" for number in range(1, 8)]


@pytest.mark.parametrize("fault", [*CONTENT, *WEBHOOKS])
def test_a_fault_of_the_catalogue_has_a_test(fault: str) -> None:
    named = re.compile(rf"{fault}(?=[_ -])")
    files = [path for path in TESTS.rglob("*") if path != Path(__file__)]
    cases = (path.name for path in files if "corpus" in path.parts)
    assert any(map(named.search, cases)) or any(
        named.search(path.read_text("utf-8")) for path in files if path.suffix == ".py"
    )
