"""First hit of a category feed: from an index that knows the posts to the bytes that answer, in process, without HTTP.

What is measured happens in :mod:`bench.first_hit`, in a process of its own.
"""

from __future__ import annotations

import json
from typing import Final

from bench.plan import Ground, Plan
from bench.processes import output, python
from bench.table import Group, Row, beside

FIRST: Final = "rss.xml, nothing known"
PROCESS: Final = "  the very first of a process"
SECOND: Final = "atom.xml next: posts known, entries not"
AGAIN: Final = "rss.xml again: entries known, document not"
ANSWER: Final = "  then its answer: headers, tag"
GZIP: Final = "  then gzip"
TUTORIAL: Final = "tutorial: feedgen, posts in memory"

_COMPARED: Final = (FIRST, SECOND, TUTORIAL)


def run(ground: Ground, plan: Plan) -> Group:
    """Render as many categories as planned."""
    arguments = (str(ground.content(plan.large)), str(ground.state(plan.large)), str(plan.renders))
    steps: dict[str, list[float]] = json.loads(output(ground.directory, python("bench.first_hit", *arguments)))
    rows = [
        Row(step, tuple(steps[step]), "ms", beside(steps[step], steps[AGAIN], "known") if step in _COMPARED else "")
        for step in (FIRST, PROCESS, SECOND, AGAIN, ANSWER, GZIP, TUTORIAL)
    ]
    note = (
        f"a category feed of 20 whole entries out of {plan.large:,} posts, in process, without HTTP; each run is "
        "another category and a new publisher; known: entries known, document not; the tutorial's posts are rendered "
        "before its clock starts."
    )
    return Group("First hit", note, tuple(rows))
