"""Bombs that end a process or keep it busy when PyYAML meets them unguarded, each in a process of its own.

The figures of faults.md (100 ms) are for benchmarks; the deadline here is generous, for busy machines.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys, time
from service.content.front_matter import parse, parse_yaml
from service.errors import Rejected
from service.settings import LimitSettings

text = eval(sys.argv[1])
limits = LimitSettings(front_matter_bytes=1 << 20)
started = time.process_time()
for read in (lambda: parse(f"---\\n{text}\\n---\\n", "bomb.md", limits), lambda: parse_yaml(text, "bomb.yml", 1, limits)):
    try:
        read()
    except Rejected as rejected:
        print(rejected.problems[-1].code)
print(time.process_time() - started, file=sys.stderr)
"""

BOMBS = {
    "C27_aliases": (
        "'a0: &a0 [lol]\\n' + ''.join(f'a{i}: &a{i} [' + ', '.join([f'*a{i - 1}'] * 9) + ']\\n' for i in range(1, 12))",
        "yaml-alias",
    ),
    "C27_merges": (
        "'a0: &a0 {k: v}\\n' + ''.join(f'a{i}: &a{i}\\n  <<: [' + ','.join([f'*a{i - 1}'] * 9) + ']\\n' for i in range(1, 9))",
        "yaml-alias",
    ),
    "C28_brackets": ("'a: ' + '[' * 40_000", "yaml-too-deep"),
    "C28_bracket_lines": ("'a: ' + '[\\n' * 40_000", "yaml-too-deep"),
    "C28_braces": ("'a: ' + '{b: ' * 20_000", "yaml-too-deep"),
    "C28_dashes": ("'- ' * 20_000 + 'x'", "yaml-too-deep"),
    "C28_question_marks": ("'? ' * 20_000 + 'x'", "yaml-too-deep"),
    "C28_indentation": ("'\\n'.join(' ' * depth + 'k:' for depth in range(300))", "yaml-too-deep"),
    "C28_tag_directives": ("''.join(f'%TAG !{i}! x\\n' for i in range(20_000))", "yaml-tag"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_C27_C28_a_bomb_is_refused_and_the_process_lives(name: str) -> None:
    source, code = BOMBS[name]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, source], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [code, code]
    assert float(done.stderr) < 2
