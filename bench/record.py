"""Writes ratios into bench/RESULTS.md: each group's table stands between marks of its own and replaces the one before.

Absolute figures say more about a machine than about the program: rows without a ratio are left out. Refuses to touch
what is written by hand around the marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.table import Group

RESULTS: Final = Path(__file__).with_name("RESULTS.md")


def write(groups: Sequence[Group], machine: str, path: Path = RESULTS) -> None:
    """Record the groups; one that was not recorded before comes at the end."""
    text = path.read_text("utf-8")
    for group in groups:
        start, end = f"<!-- recorded: {group.title} -->", "<!-- end -->"
        block = f"{start}\n{_block(group, machine)}\n{end}"
        known = re.compile(f"{re.escape(start)}.*?{end}", re.DOTALL)
        before, after = re.split(known, text, maxsplit=1) if known.search(text) else (f"{text.rstrip()}\n\n", "\n")
        text = before + block + after
    path.write_text(text, "utf-8")


def _block(group: Group, machine: str) -> str:
    names = (re.sub("^ +", "· ", row.measure) for row in group.rows)
    rows = [
        f"| {name} | {row.beside} | {len(row.samples)} |"
        for name, row in zip(names, group.rows, strict=True)
        if row.beside
    ]
    table = "\n".join(("| measure | ratio | rounds |", "|---|---|---:|", *rows)) if rows else "No ratio."
    first, *more = group.note.splitlines()
    lines = "".join(f"\n- {line}" for line in more)
    return f"### {group.title}\n\n{table}\n\n{first} Measured on: {machine}.\n{lines}".rstrip()
