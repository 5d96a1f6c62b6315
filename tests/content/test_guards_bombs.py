"""The bombs of C-36, C-37 and C-38, through the door and the renderer in a process of its own.

They can take a process down for minutes or for good (quadratic parsers, recursion in C), so the test starts one and
looks at its exit status, as an operator would.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from service.sources.source import Markup
from tests.content.bodies import published

BOMBS: dict[str, tuple[Markup, Callable[[], str]]] = {
    "C36 100,000 nested elements": ("html", lambda: "<div>" * 100_000),
    "C36 100,000 nested elements in Markdown": ("markdown", lambda: "text\n\n" + "<div>" * 100_000),
    "C36 50,000 attributes": ("html", lambda: "<p " + " ".join(f'a{n}="1"' for n in range(50_000)) + ">text"),
    "C36 50,000 nested links": ("html", lambda: "<a href=x>" * 50_000),
    "C36 formatting across paragraphs": ("html", lambda: "".join(f"<b id={n}><p>" for n in range(20_000))),
    "C36 unclosed elements": ("html", lambda: "<p><b><i><table><tr><td><select><option>" * 10_000),
    "C37 100,000 quotes": ("markdown", lambda: ">" * 100_000),
    "C37 100,000 brackets": ("markdown", lambda: "[" * 100_000),
    "C37 a table of 2,000 x 3,000": (
        "markdown",
        lambda: "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "a\n" * 3000,
    ),
    "C37 footnotes": ("markdown", lambda: "[^1]: " + "x" * 500 + "\n\n" + "[^1]" * 25_000),
    "C37 references": ("markdown", lambda: "".join(f"[a{n}]: b\n" for n in range(10_000)) + "[a1]" * 10_000),
    "C38 a loop over ten millions": ("markdown", lambda: "글 {% for i in (1..10000000) %}x{% endfor %}"),
}
SECONDS = 60


def answer(name: str) -> None:
    """Publish one bomb and print what came of it (run by the test below)."""
    markup, make = BOMBS[name]
    rendering, problems = published(make(), markup)
    report = [problem.code for problem in problems] + [code for code, _ in rendering.problems]
    sys.stdout.write(json.dumps({"html": len(rendering.html), "problems": report}) + "\n")


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, object]]:
    program = "from tests.content.test_guards_bombs import *\nfor name in BOMBS: answer(name)"
    child = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=SECONDS * 2, check=False
    )
    assert child.returncode == 0, child.stderr[-2000:]
    return dict(zip(BOMBS, map(json.loads, child.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", [name for name in BOMBS if name.startswith("C36")])
def test_C36_invalid_html_ends_in_a_problem_line(name: str, answers: dict[str, dict[str, object]]) -> None:
    _check(answers[name])


@pytest.mark.parametrize("name", [name for name in BOMBS if name.startswith("C37")])
def test_C37_markdown_bombs_end_in_a_problem_line(name: str, answers: dict[str, dict[str, object]]) -> None:
    _check(answers[name])


@pytest.mark.parametrize("name", [name for name in BOMBS if name.startswith("C38")])
def test_C38_liquid_bombs_end_in_a_problem_line(name: str, answers: dict[str, dict[str, object]]) -> None:
    _check(answers[name])


def _check(found: dict[str, object]) -> None:
    assert found["problems"]
    size = found["html"]
    assert isinstance(size, int)
    assert size <= 2 * 1024 * 1024
