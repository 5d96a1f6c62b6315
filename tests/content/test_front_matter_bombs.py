"""Bombs that end a process or keep it busy when PyYAML meets them unguarded.

They go off in a process of its own, in a thread with the 256 KiB stack that made PyYAML's composer crash at 1,000
brackets. The deadline of faults.md (100 ms) is for benchmarks; the one here is generous, for busy machines.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys, threading, time
from service.content.front_matter import parse, parse_yaml
from service.errors import Rejected
from service.settings import LimitSettings

limits = LimitSettings(front_matter_bytes=1 << 20)

def code(read):
    try:
        read()
    except Rejected as rejected:
        return rejected.problems[-1].code

def run():
    for name, text in json.load(sys.stdin).items():
        started = time.process_time()
        front = code(lambda: parse(f"---\\n{text}\\n---\\n", "bomb.md", limits))
        data = code(lambda: parse_yaml(text, "bomb.yml", 1, limits))
        site = code(lambda: parse_yaml(text, "bomb.yml", 1, limits, aliases=True))
        print(json.dumps([name, front, data, site, time.process_time() - started]), flush=True)

threading.stack_size(256 * 1024)
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


def lol(first: str, rest: str) -> str:
    """Twelve levels, each naming the one below nine times."""
    levels = [f"a{level}: &a{level} {rest % ','.join([f'*a{level - 1}'] * 9)}\n" for level in range(1, 12)]
    return f"a0: &a0 {first}\n" + "".join(levels)


BOMBS = {
    "C27_aliases": (lol("[lol]", "[%s]"), "yaml-alias"),
    "C27_merges": (lol("{k: v}", "\n  <<: [%s]"), "yaml-alias"),
    "C27_merges_in_one_map": ("a: &a {k: v}\nb:\n" + "  <<: [*a, *a]\n" * 20_000, "yaml-alias"),
    "C27_aliases_of_long_text": (f"a: &a {'x' * 600_000}\nb: [{','.join(['*a'] * 20_000)}]", "yaml-alias"),
    "C27_aliases_of_long_keys": (f"a: &a {{? {'x' * 600_000}\n : y}}\nb: [{','.join(['*a'] * 9_000)}]", "yaml-alias"),
    "C27_an_alias_inside_its_anchor": ("a: &a {b: [*a]}", "yaml-alias"),
    "C27_a_merge_inside_its_anchor": ("a: &a {b: c, <<: *a}", "yaml-alias"),
    "C28_brackets": ("a: " + "[" * 40_000, "yaml-too-deep"),
    "C28_bracket_lines": ("a: " + "[\n" * 40_000, "yaml-too-deep"),
    "C28_braces": ("a: " + "{b: " * 20_000, "yaml-too-deep"),
    "C28_dashes": ("- " * 20_000 + "x", "yaml-too-deep"),
    "C28_question_marks": ("? " * 20_000 + "x", "yaml-syntax"),
    "C28_indentation": ("\n".join(" " * depth + "k:" for depth in range(300)), "yaml-too-deep"),
    "C28_tag_directives": ("".join(f"%TAG !{number}! x\n" for number in range(20_000)), "yaml-tag"),
}

HARMLESS_WITH_ALIASES = "C27_merges"
"""Its maps all say the same: merged as they are read they stay one key each, where PyYAML copies 9 ** 11 pairs."""


class Outcome(NamedTuple):
    front_matter: str
    data_file: str
    with_aliases: str | None
    seconds: float


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    request = json.dumps({name: text for name, (text, _) in BOMBS.items()})
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, input=request, capture_output=True, text=True, timeout=60, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"died after {[answer[0] for answer in answers]}: {done.stderr}"
    return {name: Outcome(*rest) for name, *rest in answers}


@pytest.mark.parametrize("name", BOMBS)
def test_C27_C28_a_bomb_is_refused_at_once_and_the_process_lives(name: str, outcomes: dict[str, Outcome]) -> None:
    code = BOMBS[name][1]
    assert outcomes[name][:3] == (code, code, None if name == HARMLESS_WITH_ALIASES else code)
    assert outcomes[name].seconds < 1
