"""Cold index: ``feedmill refresh`` as a process of its own, from its start to its end, into an empty state directory.

The files lie in the page cache (they were just written); what is cold is the index. A corpus of one post shows what
every command costs before it begins.
"""

from __future__ import annotations

import shutil
from typing import Final

from bench import corpus
from bench.plan import CATEGORIES, Ground, Plan
from bench.processes import Cost, measured
from bench.table import Group, Row, beside

_ONE: Final = 1
_NOTE: Final = (
    "seconds from the start of `feedmill refresh` to its end, one process, empty state directory, files in the page "
    "cache; start-up is the same over one post."
)


def prepare(ground: Ground, plan: Plan) -> None:
    """Write the corpora, and the bytecode that an installation would have."""
    for posts in (_ONE, plan.small, plan.large):
        corpus.write(ground.content(posts), posts, CATEGORIES)
    index(ground, _ONE)  # not counted: it compiles every module


def index(ground: Ground, posts: int) -> Cost:
    """Index one corpus from nothing."""
    content, state = ground.content(posts), ground.state(posts)
    shutil.rmtree(state, ignore_errors=True)
    return measured(
        ground.directory, "service.cli", "refresh", str(content), "--state", str(state), "--log-level", "error"
    )


def run(ground: Ground, plan: Plan) -> Group:
    """Index each corpus in turn, round by round."""
    costs: dict[int, list[Cost]] = {posts: [] for posts in (_ONE, plan.small, plan.large)}
    for _ in range(plan.index_rounds):
        for posts, runs in costs.items():
            runs.append(index(ground, posts))
    rows = [_seconds("start-up (1 post)", costs[_ONE])]
    for posts, than in ((plan.small, _ONE), (plan.large, plan.small)):
        rows += _of(posts, costs[posts], than, costs[than])
    further = plan.large - plan.small
    pairs = zip(costs[plan.large], costs[plan.small], strict=True)
    each = tuple((large.seconds - small.seconds) / further * 1000 for large, small in pairs)
    rows.append(Row(f"each post beyond {plan.small:,}", each, "ms"))
    return Group("Cold index", _NOTE, tuple(rows))


def _of(posts: int, costs: list[Cost], than: int, others: list[Cost]) -> list[Row]:
    """The rows of one corpus, beside those of a smaller one."""
    name = "start-up" if than == _ONE else f"{than:,} posts"
    seconds, peaks = [cost.seconds for cost in costs], [cost.peak_mb for cost in costs]
    return [
        _seconds(f"{posts:,} posts", costs, beside(seconds, [cost.seconds for cost in others], name)),
        Row("  of it processor time", tuple(cost.processor_seconds for cost in costs), "s"),
        Row("  posts a second", tuple(posts / second for second in seconds), "/s"),
        Row("  peak memory", tuple(peaks), "MB", beside(peaks, [cost.peak_mb for cost in others], name)),
    ]


def _seconds(measure: str, costs: list[Cost], words: str = "") -> Row:
    return Row(measure, tuple(cost.seconds for cost in costs), "s", words)
