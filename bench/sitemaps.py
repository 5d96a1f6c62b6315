"""Sitemaps of large archives: an index filled without files, every sitemap written, looked into, and one post added.

Each step is a process of its own (:mod:`bench.sitemap_steps`), so that its peak is its own. What is written is not only
timed: each document is measured by its schema, each channel's addresses are compared with the archive, and one new post
must change the documents that speak of it and no other.
"""

from __future__ import annotations

import json
import shutil
import sys
from typing import Final

from bench.plan import CATEGORIES, Ground, Plan
from bench.processes import output, python
from bench.table import Group, Row, beside

STEPS: Final = ("fill", "write", "add", "rewrite", "check")

PATIENCE: Final = 3600.0
"""Seconds after which a step is killed."""

_MB: Final = 1e6
_NOTE: Final = (
    f"posts without files (short texts, {CATEGORIES} categories, two languages, no tags) given to the index as one "
    "scan; then `build` with the group sitemap alone (identity, gzip, Brotli; each document read back); every document "
    "measured by its schema, every channel's addresses compared with the archive. Peaks are each process's own, some "
    "{idle:.0f} MB of them imports; a ratio of 10 is linear, of 1 constant."
)

_Facts = dict[str, float]
_Steps = dict[str, _Facts]


def run(ground: Ground, plan: Plan) -> Group:
    """Each size in turn. Raises ChildFailed where a document is invalid, lists too much or too little, or should not
    have changed."""
    measured: dict[int, _Steps] = {}
    for posts in plan.archives:
        measured[posts] = {step: _step(ground, step, posts) for step in STEPS}
        shutil.rmtree(ground.archive(posts))
    rows: list[Row] = []
    for place, (posts, steps) in enumerate(measured.items()):
        than = plan.archives[place - 1] if place else None
        rows += _rows(posts, steps, than, measured[than] if than else None)
    idle = min(steps["add"]["imports"] for steps in measured.values())
    return Group("Sitemaps", _NOTE.format(idle=idle), tuple(rows))


def _step(ground: Ground, step: str, posts: int) -> _Facts:
    print(f"bench: sitemap: {step}, {posts:,} posts ...", file=sys.stderr, flush=True)
    command = python("bench.sitemap_steps", step, str(ground.archive(posts)), str(posts))
    facts: _Facts = json.loads(output(ground.directory, command, patience=PATIENCE))
    return facts


def _rows(posts: int, steps: _Steps, than: int | None, others: _Steps | None) -> list[Row]:
    """The rows of one size, beside those of a smaller one."""

    def row(measure: str, step: str, fact: str, unit: str, scale: float = 1.0) -> Row:
        value = steps[step][fact] * scale
        words = beside((value,), (others[step][fact] * scale,), f"{than:,} posts") if others else ""
        return Row(measure, (value,), unit, words)

    def count(measure: str, step: str, fact: str, words: str = "") -> Row:
        return Row(measure, (steps[step][fact],), "", words)

    write = steps["write"]
    return [
        row(f"{posts:,} posts: fill the index", "fill", "seconds", "s"),
        row("  of it processor time", "fill", "processor", "s"),
        row("  peak memory", "fill", "peak", "MB"),
        row("  index", "fill", "index", "MB", 1 / _MB),
        row("  write the sitemaps", "write", "seconds", "s"),
        row("  of it processor time", "write", "processor", "s"),
        row("  peak memory", "write", "peak", "MB"),
        count("  documents", "write", "documents", f"largest {write['largest'] / _MB:.1f} MB"),
        count("  shards of the site", "write", "shards", f"and {write['channel shards']:.0f} of channels"),
        row("  bytes before coding", "write", "bytes", "MB", 1 / _MB),
        row("  check them all", "check", "seconds", "s"),
        row("  peak memory", "check", "peak", "MB"),
        count("  addresses, every channel", "check", "urls", "all valid, exactly those due"),
        row("  one new post: index", "add", "apply", "s"),
        row("  one new post: write again", "rewrite", "seconds", "s"),
        count("  documents that it changed", "rewrite", "changed", f"of {steps['rewrite']['documents']:.0f}"),
    ]
