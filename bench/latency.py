"""How late the hot path's answers are at a fixed rate while the same machine indexes and renders.

``feedmill serve`` with its worker, asked for one known feed at 30 % of what it can give, or as often as
:mod:`bench.steady` can ask evenly, first with nothing else to do, then while readers ask every other category for the
first time, while the worker indexes 10,000 posts, and while a build that gives way as the worker does renders every
category.
Each round is a server and a state of its own. The generator has a processor for itself; all others are the service's,
worker and build included: on two processors they share one.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bench import corpus, editing, traffic
from bench.plan import CATEGORIES, Ground, Plan, say
from bench.processes import ChildFailed, measured, output, pinned, processors, python, serving, sparing, until_told
from bench.serving import FEED
from bench.steady import GRACE
from bench.table import Group, Row, beside
from bench.traffic import HOST, Request
from service.index import Index
from service.worker import request_refresh

SHARE: Final = 0.3
"""Of what the server can give."""
MOST_RATE: Final = 2_000.0
"""Requests a second with which the generator itself is never late: beyond, its own queue would be measured."""
ARRIVING: Final = 10_000
"""Posts that are indexed meanwhile; none is of the category that is asked for."""
LONGEST: Final = 300.0
"""Seconds that the work beside may take."""

IDLE: Final = "nothing else"
_GENERATOR: Final = 1
_GIVING_WAY: Final = ("chrt", "--idle", "0")
"""How the README says a build runs beside a server: as the worker's large scans do."""
_FEEDS: Final = ("rss.xml", "atom.xml", "feed.json")

_Found = dict[str, float]


def run(ground: Ground, plan: Plan) -> Group:
    """Round by round; a group without rows where the system has no epoll."""
    title = "p99 at a fixed rate"
    if processors() is None:
        return Group(title, "skipped: takes epoll and two processors to choose from", ())
    place = ground.directory / "latency"
    content, batch = place / "content", place / "batch"
    corpus.write(content, plan.small, CATEGORIES)
    _write_batch(batch)
    found: dict[str, list[_Found]] = defaultdict(list)
    rates: list[float] = []
    for turn in range(plan.steady_rounds):
        say(f"hotpath: fixed rate, round {turn + 1} of {plan.steady_rounds}")
        for name, facts in _round(ground, plan, place, rates).items():
            found[name].append(facts)
    return Group(title, _note(found), tuple(_rows(found)))


def _round(ground: Ground, plan: Plan, place: Path, rates: list[float]) -> dict[str, _Found]:
    """What each kind of work did. The first round says what is 30 %."""
    content, state, batch = place / "content", place / "state", place / "batch"
    quiet = ("--state", str(state), "--log-level", "error")
    shutil.rmtree(state, ignore_errors=True)
    measured(ground.directory, "service.cli", "refresh", str(content), *quiet)
    started = datetime.now(UTC)
    with contextlib.ExitStack() as stack:
        with sparing(_GENERATOR):
            serve = ("service.cli", "serve", str(content), "--port", "0", *quiet)
            port = stack.enter_context(serving(ground.directory, *serve))
        editing.scanned(port, started)
        request = Request(FEED, {"Accept-Encoding": "gzip"})
        if not rates:
            with pinned(_GENERATOR):
                rates.append(min(SHARE * traffic.load(ground.directory, port, request, 2), MOST_RATE))

        def during(work: Callable[[], None]) -> _Found:
            return _asked_during(ground.directory, port, request, rates[0], work)

        def build() -> None:
            out = place / "out"
            shutil.rmtree(out, ignore_errors=True)
            only = ("--only", "rss", "--only", "atom", "--only", "json")
            command = python("service.cli", "build", str(content), "--out", str(out), *only, *quiet)
            with sparing(_GENERATOR):
                output(ground.directory, [*_GIVING_WAY, *command], patience=LONGEST)

        try:
            return {
                IDLE: during(lambda: time.sleep(plan.steady_seconds)),
                "readers ask every category first": during(lambda: _ask_all(port)),
                f"the worker indexes {ARRIVING:,} posts": during(lambda: _index(content, batch, state)),
                "a build renders every category": during(build),
            }
        finally:
            arrived = content / "_posts" / batch.name
            if arrived.exists():
                arrived.rename(batch)


def _asked_during(directory: Path, port: int, request: Request, rate: float, work: Callable[[], None]) -> _Found:
    command = python("bench.steady", HOST, str(port), f"{rate:.1f}", f"{LONGEST:.0f}", str(request.status))
    with contextlib.ExitStack() as stack:
        with pinned(_GENERATOR):
            end = stack.enter_context(until_told(directory, command, traffic.head(port, request)))
        began = time.monotonic()
        work()
        spent = time.monotonic() - began
        facts: _Found = json.loads(end())
    return facts | {"work": spent}


def _ask_all(port: int) -> None:
    """Every category's feeds but those of the one that is asked for all the time."""
    connection = http.client.HTTPConnection(HOST, port, timeout=LONGEST)
    with closing(connection):
        for number in range(1, CATEGORIES):
            for name in _FEEDS:
                answer = traffic.ask(
                    connection, Request(f"/categories/{quote(corpus.category(number, CATEGORIES))}/{name}")
                )
                if answer.status != 200:
                    raise ChildFailed(f"{name} of category {number}: {answer.status}")


def _index(content: Path, batch: Path, state: Path) -> None:
    """Let the posts arrive all at once, and wait until the index has them."""
    with closing(Index.open(state)) as index:
        due = index.status()[0].posts + ARRIVING
        batch.rename(content / "_posts" / batch.name)
        seen = index.data_version()
        request_refresh(state)
        deadline = time.monotonic() + LONGEST
        while True:
            if time.monotonic() > deadline:
                raise ChildFailed(f"{ARRIVING:,} posts were not indexed within {LONGEST:.0f} s")
            time.sleep(0.1)
            version = index.data_version()  # to ask for the status takes a millisecond of the service's processor
            if version != seen and index.status()[0].posts >= due:
                return
            seen = version


def _write_batch(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in _numbers():
        name, text = corpus.post(number, 2 * ARRIVING, CATEGORIES)
        (folder / name).write_text(text, "utf-8")


def _numbers() -> Iterator[int]:
    """Of posts that are not in the first category, whose feed is asked for."""
    numbers = [number for number in range(2 * ARRIVING) if number % CATEGORIES]
    return iter(numbers[:ARRIVING])


def _rows(found: dict[str, list[_Found]]) -> Iterator[Row]:
    idle = found[IDLE]
    for share in ("p99", "p50"):
        for name, facts in found.items():
            late = tuple(each[share] for each in facts)
            words = beside(late, [each[share] for each in idle], IDLE) if name != IDLE else ""
            yield Row(f"{share}, {name}", late, "ms", words)
    for name, facts in found.items():
        yield Row(f"how long: {name}", tuple(each["work"] for each in facts), "s")


def _note(found: dict[str, list[_Found]]) -> str:
    missing = sum(int(each["missing"]) for facts in found.values() for each in facts)
    late = f" {missing} requests had no answer {GRACE:.0f} s after the end." if missing else ""
    return (
        f"one category feed, gzip, at {SHARE:.0%} of what {traffic.generator()} got, {MOST_RATE:,.0f} requests a "
        "second at most (beyond, the generator would wait for itself), open loop: a request's time runs "
        "from when it was due; `feedmill serve` with its worker, whose processors the work beside shares, the "
        f"generator has its own; the build under {' '.join(_GIVING_WAY)}.{late}"
    )
