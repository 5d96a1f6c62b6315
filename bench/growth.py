"""Cost as the work grows: ten times the posts, again and again, and what each measure's slope is beside its rule's.

Two archives. Of the one there are files: ``feedmill refresh`` reads them, and a change is a file written while
``feedmill serve`` runs. Of the larger one there are none (:mod:`bench.archive`): what grows there is the index's own
work. A slope is an exponent: 1 is linear, 0 does not grow. Refuses to call a figure good or bad by itself: only what
grows faster than DESIGN.md's rule 4 lets it is called a defect.
"""

from __future__ import annotations

import json
import math
import shutil
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import corpus, editing, installed
from bench.plan import CATEGORIES, Ground, Plan, say
from bench.processes import ChildFailed, cost, output, python
from bench.table import Group, Row, beside

PATIENCE: Final = 3600.0
"""Seconds after which a step is killed."""
WARM_STARTS: Final = 3
EDITS: Final = 3
PLOT: Final = Path(__file__).with_name("growth.png")

_TOLERANCE: Final = 0.25
"""By how much a slope may miss its rule: what one run on a shared machine can tell."""


@dataclass(slots=True)
class Measure:
    """What is measured at each size, the slope that its rule allows, and why it has that."""

    name: str
    unit: str
    rule: float
    why: str
    panel: int
    """Where it stands in the plot; with others of its unit."""
    found: dict[int, tuple[float, ...]] = field(default_factory=dict)
    """Samples by posts."""
    base: float = 0.0
    """What every command takes before it begins: no part of a slope."""

    def add(self, posts: int, *samples: float) -> None:
        self.found[posts] = samples

    def slope(self) -> float | None:
        """The exponent between the two largest sizes; None where there is one size, or nothing to see."""
        points = [(posts, statistics.median(samples)) for posts, samples in sorted(self.found.items())][-2:]
        if len(points) < 2 or min(value for _, value in points) <= 0:
            return None
        (small, before), (large, after) = points
        if self.base:  # a unit at least: below that it is noise
            before, after = max(before - self.base, 1.0), max(after - self.base, 1.0)
        return math.log(after / before) / math.log(large / small)

    def explained(self) -> str:
        """The slope in one line."""
        slope = self.slope()
        if slope is None:
            return f"{self.name}: no slope of one size. {self.why}"
        judged = "as its rule" if slope <= self.rule + _TOLERANCE else "GROWS FASTER THAN ITS RULE"
        small, large = sorted(self.found)[-2:]
        return (
            f"{self.name}: slope {slope:.2f} from {small:,} to {large:,} (rule: at most {self.rule:.0f}; {judged}). "
            f"{self.why}"
        )


def measures() -> dict[str, Measure]:
    """Everything that is measured, with nothing found yet."""
    return {
        "cold": Measure("cold index, files", "s", 1, "Every file is read once, its front matter understood.", 0),
        "warm": Measure("warm start, files", "s", 1, "Every file's date is looked at; none is read.", 0),
        "fill": Measure("cold index, no files", "s", 1, "A few rows for each post.", 0),
        "again": Measure("warm start, no files", "s", 1, "Every known fingerprint is compared.", 0),
        "http": Measure("one file changed, new bytes by HTTP", "ms", 0, "One post, whatever stands beside it.", 1),
        "shown": Measure("one post changed, new bytes", "ms", 0, "One entry, a splice, a coding.", 1),
        "new": Measure("first hit, entries new", "ms", 0, "A window of 20 is rendered, not the archive.", 1),
        "known": Measure("first hit, entries known", "ms", 0, "Kept entries are joined and coded.", 1),
        "cold-peak": Measure("peak of cold index, files", "MB", 1, "A path for each file; posts pass through.", 2),
        "warm-peak": Measure("peak of warm start, files", "MB", 1, "A path and a fingerprint for each file.", 2),
        "fill-peak": Measure("peak of cold index, no files", "MB", 0, "Posts pass through, a batch at a time.", 2),
        "hit-peak": Measure("peak of first hits", "MB", 0, "The entries of windows.", 2),
        "rows": Measure("one post changed, SQL rows written", "", 0, "The post's own, and its channels'.", 3),
        "instructions": Measure("one post changed, SQLite instructions", "k", 0, "Searches, no scans.", 3),
        "bytes": Measure("index on disk, no files", "MB", 1, "Rows, and source texts (of the newest posts here).", 3),
    }


def run(ground: Ground, plan: Plan) -> Group:
    """Each size in turn, smallest first."""
    found = measures()
    base = _start_up(ground)
    for measure in found.values():
        if measure.unit == "MB" and measure.name.startswith("peak"):
            measure.base = base
    for posts in plan.growth:
        if posts <= plan.growth_files:
            _with_files(ground, found, posts)
        _without_files(ground, found, posts)
    beyond = [posts for posts in plan.growth if posts > plan.growth_files]
    absent = f" No files of {', '.join(f'{posts:,}' for posts in beyond)} posts were written." if beyond else ""
    explained = "\n".join(measure.explained() for measure in found.values())
    note = (
        f"{CATEGORIES} categories, two languages; cold, warm: `feedmill refresh` from its start to its end, files in "
        f"the page cache; by HTTP: `feedmill serve` with its worker, debounce included; without files: the index's "
        f"work alone, after imports. Slopes of peaks are of what is beyond one post's. "
        f"{_plot(ground, found)}{absent}\n{explained}"
    )
    return Group("Growth", note, tuple(row for measure in found.values() for row in _rows(measure)))


def _start_up(ground: Ground) -> float:
    """Megabytes that the command takes for one post: imports, most of it."""
    content, state = ground.directory / "growth-one", ground.directory / "growth-one-state"
    corpus.write(content, 1, CATEGORIES)
    refresh = python("service.cli", "refresh", str(content), "--state", str(state), "--log-level", "error")
    return min(cost(ground.directory, refresh).peak_mb for _ in range(2))  # the first compiles every module


def _with_files(ground: Ground, found: dict[str, Measure], posts: int) -> None:
    """What commands do with files."""
    say(f"growth: {posts:,} posts, files")
    content, state = ground.directory / f"growth-files-{posts}", ground.directory / f"growth-files-state-{posts}"
    corpus.write(content, posts, CATEGORIES)
    refresh = python("service.cli", "refresh", str(content), "--state", str(state), "--log-level", "error")
    cold = cost(ground.directory, refresh, patience=PATIENCE)
    found["cold"].add(posts, cold.seconds)
    found["cold-peak"].add(posts, cold.peak_mb)
    warm = [cost(ground.directory, refresh, patience=PATIENCE) for _ in range(WARM_STARTS)]
    found["warm"].add(posts, *(one.seconds for one in warm))
    found["warm-peak"].add(posts, *(one.peak_mb for one in warm))
    waits = editing.waited(ground.directory, content, state, posts, EDITS)
    found["http"].add(posts, *(max(both) for both in zip(*waits.values(), strict=True)))
    shutil.rmtree(content)
    shutil.rmtree(state)


def _without_files(ground: Ground, found: dict[str, Measure], posts: int) -> None:
    """What the index does, and a publisher with it: each step a process of its own."""
    state, report = ground.directory / f"growth-{posts}", ground.directory / "growth.json"
    for step in ("fill", "again", "change", "hit"):
        say(f"growth: {posts:,} posts, no files: {step}")
        command = python("bench.growth_steps", step, str(state), str(posts), str(report))
        spent = cost(ground.directory, command, patience=PATIENCE)
        facts: dict[str, float] = json.loads(report.read_text())
        if "seconds" in facts:
            found[step].add(posts, facts["seconds"])
        if f"{step}-peak" in found:
            found[f"{step}-peak"].add(posts, spent.peak_mb)
        if "bytes" in facts:
            found["bytes"].add(posts, facts["bytes"] / 1e6)
        for name in facts.keys() & {"shown", "rows", "instructions", "new", "known"}:
            found[name].add(posts, facts[name])
    shutil.rmtree(state)


def _rows(measure: Measure) -> Iterator[Row]:
    before: tuple[int, tuple[float, ...]] | None = None
    for posts, samples in sorted(measure.found.items()):
        words = ""
        if before is not None and min(before[1]) > 0:
            words = beside(samples, before[1], f"{before[0]:,} posts")
        yield Row(f"{measure.name}: {posts:,} posts", samples, measure.unit, words)
        before = posts, samples


def _plot(ground: Ground, found: dict[str, Measure]) -> str:
    """Draw the plot; what became of it, in words."""
    if not installed.has("matplotlib"):
        say(f"growth: skipped: the plot: matplotlib is not installed ({installed.HINT})")
        return f"Skipped: the plot, for want of matplotlib ({installed.HINT})."
    panels: dict[int, dict[str, dict[int, float]]] = {}
    for measure in found.values():
        points = {posts: statistics.median(samples) for posts, samples in sorted(measure.found.items())}
        if points and measure.panel < 3:
            panels.setdefault(measure.panel, {})[measure.name] = points
    told = {"units": ["seconds", "milliseconds", "megabytes"], "panels": panels}
    script = str(Path(__file__).with_name("plot.py"))
    try:
        output(ground.directory, [installed.python(), script, str(PLOT)], json.dumps(told).encode())
    except ChildFailed as error:
        return f"Skipped: the plot ({error})."
    return f"Plot: bench/{PLOT.name}."
