"""From an author's edit to the new bytes: ``feedmill serve`` with its worker, one post changed among all.

Readers ask the home feed and the category's feed with If-None-Match, in turns; the clock runs from just before the file
is written until each has answered the new text. A random rest between edits keeps them apart from the worker's own.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bench import corpus, traffic
from bench.plan import CATEGORIES, Ground, Plan
from bench.processes import ChildFailed, serving
from bench.table import Group, Row
from bench.traffic import HOST, Request
from service.sources.files import SETTLE_SECONDS

DEBOUNCE: Final = 100
"""Milliseconds: the default of refresh.debounce, which is part of what is measured."""

LOOK_EVERY: Final = 0.002
"""Seconds between two looks: the measure's resolution, together with an answer's time."""

LONGEST: Final = 30.0
"""Seconds after which a change, or a first scan, that does not show ends the run."""


def run(ground: Ground, plan: Plan) -> Group:
    """Edit the newest post again and again."""
    waits = waited(ground.directory, ground.content(plan.large), ground.state(plan.large), plan.large, plan.edits)
    rows = tuple(Row(feed, tuple(samples), "ms") for feed, samples in waits.items())
    note = (
        f"from the writing of one post of {plan.large:,} to a feed's answer over HTTP that holds it, `feedmill serve` "
        f"with its worker; refresh.debounce = {DEBOUNCE} ms is part of it, and the {SETTLE_SECONDS * 1000:.0f} ms for "
        "which a file must not have changed before it is believed."
    )
    return Group("One post changed", note, rows)


def waited(directory: Path, content: Path, state: Path, posts: int, edits: int) -> dict[str, list[float]]:
    """Milliseconds from each edit of the newest post until a feed shows it, by feed."""
    name, text = corpus.post(posts - 1, posts, CATEGORIES)
    category = quote(corpus.category(posts - 1, CATEGORIES))
    feeds = {"home rss.xml": "/rss.xml", "category atom.xml": f"/categories/{category}/atom.xml"}
    chance, waits = random.Random(1), dict[str, list[float]]((feed, []) for feed in feeds)
    command = ("service.cli", "serve", str(content), "--state", str(state), "--port", "0", "--log-level", "error")
    started = datetime.now(UTC)
    with serving(directory, *command, "--set", f"refresh.debounce={DEBOUNCE}") as port:
        scanned(port, started)
        for edit in range(edits):
            time.sleep(1.2 + chance.random() / 2)
            said = f"Correction {edit}."
            for feed, seconds in _shown(port, feeds, content / "_posts" / name, f"{text}\n{said}\n", said).items():
                waits[feed].append(seconds * 1000)
    return waits


def scanned(port: int, since: datetime) -> None:
    """Wait until the worker has scanned since then: the index is older than the server."""
    deadline = time.monotonic() + LONGEST
    while True:
        ready = traffic.checked(port, Request("/readyz"))
        if datetime.fromisoformat(json.loads(ready.body)["sources"][0]["last_scan"]) > since:
            return
        if time.monotonic() > deadline:
            raise ChildFailed(f"the worker of feedmill serve did not scan within {LONGEST:.0f} s")
        time.sleep(0.05)


def _shown(port: int, feeds: Mapping[str, str], path: Path, text: str, said: str) -> dict[str, float]:
    """Seconds from the writing of a post until each feed says ``said``."""
    shown: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        readers = {feed: stack.enter_context(_Reader(port, place)) for feed, place in feeds.items()}
        began = time.perf_counter()
        path.write_text(text, "utf-8")
        while len(shown) < len(readers):
            for feed, reader in readers.items():
                if feed not in shown and reader.sees(said.encode()):
                    shown[feed] = time.perf_counter() - began
            if time.perf_counter() - began > LONGEST:
                raise ChildFailed(f"{path.name}: the change did not show within {LONGEST:.0f} s")
            time.sleep(LOOK_EVERY)
    return shown


class _Reader:
    """Asks for a feed as an aggregator does: with the tag of what it has."""

    def __init__(self, port: int, path: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=LONGEST)
        self._path = path
        self._tag = traffic.checked(port, Request(path)).headers["etag"]

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def sees(self, said: bytes) -> bool:
        """Whether the feed is new and says this."""
        answer = traffic.ask(self._connection, Request(self._path, {"If-None-Match": self._tag}))
        if answer.status == 200:
            self._tag = answer.headers["etag"]
        return said in answer.body
