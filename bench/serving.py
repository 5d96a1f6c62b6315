"""Requests a second of one cached category feed, over HTTP: the front, and the same web server without it.

All servers run throughout, each in one process of its own; one of them is asked at a time, and they take turns.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from bench import corpus, traffic
from bench.plan import CATEGORIES, CONNECTIONS, Ground, Plan
from bench.processes import ChildFailed, serving
from bench.table import Group, Row, beside
from bench.traffic import Answer, Request

FEED: Final = f"/categories/{quote(corpus.category(0, CATEGORIES))}/rss.xml"
"""A category whose label is its slug."""

FRONT: Final = "feedmill serve"
VIEW: Final = "Flask view"
UNCACHED: Final = "no cache"
TUTORIAL: Final = "tutorial"
PEERS: Final = (
    "Flask view: the same prepared answers behind Flask's dispatch instead of before it; no cache: entries are kept, "
    "feed, tag and coding made each time; tutorial: feedgen each time, posts in memory, neither tags nor codings."
)

_FACTORIES: Final = {VIEW: "flask_view", UNCACHED: "uncached", TUTORIAL: "tutorial_view"}


def run(ground: Ground, plan: Plan) -> Group:
    """Measure each kind of answer of each server, round by round."""
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        ports = _start(stack, ground, plan)
        requests, sizes = _requests(ports)
        for turn in range(plan.load_rounds):
            for kind, request in requests.items():
                for name in _rotated([*ports], turn):
                    if name != TUTORIAL or not request.headers:
                        rates[kind, name].append(
                            traffic.load(ground.directory, ports[name], request, plan.load_seconds)
                        )
    rows = [_row(kind, name, rates) for kind, name in sorted(rates, key=lambda pair: [*requests].index(pair[0]))]
    note = (
        f"one category feed ({sizes}) over HTTP, every server the same uvicorn, one process; load by "
        f"{traffic.generator()}, {CONNECTIONS} keep-alive connections, {plan.load_seconds} s each; {PEERS}"
    )
    return Group("Cached feed", note, tuple(rows))


def _start(stack: contextlib.ExitStack, ground: Ground, plan: Plan) -> dict[str, int]:
    """The ports of the servers by name."""
    content, state = str(ground.content(plan.large)), str(ground.state(plan.large))
    ours = ("service.cli", "serve", content, "--state", state, "--port", "0", "--no-worker", "--log-level", "error")
    ports = {FRONT: stack.enter_context(serving(ground.directory, *ours))}
    for name, factory in _FACTORIES.items():
        ports[name] = stack.enter_context(serving(ground.directory, "bench.peers", factory, content, state))
    return ports


def _requests(ports: Mapping[str, int]) -> tuple[dict[str, Request], str]:
    """The three kinds of answer, which all servers but the tutorial's give with the same bytes; and their sizes."""
    plain, packed = Request(FEED), Request(FEED, {"Accept-Encoding": "gzip"})
    whole, small = _agreed(ports, plain), _agreed(ports, packed)
    known = Request(FEED, {"Accept-Encoding": "gzip", "If-None-Match": small.headers["etag"]}, 304)
    _agreed(ports, known)
    sizes = f"{len(whole.body) / 1000:.0f} KB, gzip {len(small.body) / 1000:.1f} KB"
    return {"200 identity": plain, "200 gzip": packed, "304": known}, sizes


def _agreed(ports: Mapping[str, int], request: Request) -> Answer:
    """The answer of the front. Raises ChildFailed where another server's has another tag or body."""
    answers = {name: traffic.checked(port, request) for name, port in ports.items() if name != TUTORIAL}
    for name, answer in answers.items():
        if (answer.body, answer.headers["etag"]) != (answers[FRONT].body, answers[FRONT].headers["etag"]):
            raise ChildFailed(f"{name} answers {request.path} with other bytes than the front")
    return answers[FRONT]


def _rotated(names: list[str], turn: int) -> list[str]:
    """Another one goes first in each round."""
    first = turn % len(names)
    return names[first:] + names[:first]


def _row(kind: str, name: str, rates: Mapping[tuple[str, str], list[float]]) -> Row:
    mine = rates[kind, name]
    words = "" if name == VIEW else beside(mine, rates[kind, VIEW], VIEW)
    return Row(f"{kind}, {name}", tuple(mine), "req/s", words)
