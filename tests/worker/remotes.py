"""Remote sources for tests: what an upstream would say is set, who asked is remembered, and time is ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from service.errors import Problem
from service.index import Index
from service.pulling.arrived import Arrived, Remote
from service.pulling.pulls import Pulls
from service.settings import RefreshSettings
from service.sources.source import Change, Context, Drop, Progress, Pulled, Put, SiteFacts
from service.tick import Report, tick
from service.upstream.answer import UpstreamFailed
from tests.index.builders import CONTEXT, FACTS, NOW

PATIENCE = 8.0


@dataclass
class Upstream:
    """A source that is asked: its posts, its facts, or the error it answers with. ``gate`` holds answers back."""

    name: str = "blog"
    posts: dict[str, Put] = field(default_factory=dict)
    facts: SiteFacts = FACTS
    context: Context = CONTEXT
    error: Exception | None = None
    problems: tuple[Problem, ...] = ()
    incremental: bool = False
    """It tells of changes alone, unless it is asked for everything."""
    gate: threading.Event | None = None
    asked: list[tuple[datetime, str, bool]] = field(default_factory=list)
    """When, with what memory, and whether for a complete listing."""
    at_once: int = 0
    most_at_once: int = 0

    def hold(self, *posts: Put) -> None:
        self.posts = {post.locator: post for post in posts}

    def pull(
        self,
        known: Mapping[str, str],
        memory: str,
        now: datetime,
        *,
        complete: bool = False,
        progress: Progress | None = None,
    ) -> Pulled:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.asked.append((now, memory, complete))
            if self.gate is not None:
                self.gate.wait(PATIENCE)
            if self.error is not None:
                raise self.error
            if progress is not None:
                progress(len(self.posts), len(self.posts))
            changes: list[Change] = [p for p in self.posts.values() if known.get(p.locator) != p.fingerprint]
            if complete or not self.incremental:
                changes += [Drop(locator) for locator in sorted(known.keys() - self.posts.keys())]
            return Pulled(self.facts, self.context, tuple(changes), f"cursor {len(self.asked)}", self.problems)
        finally:
            self.at_once -= 1

    @property
    def times(self) -> int:
        return len(self.asked)


def busy(message: str = "answers 429", reason: str = "rate-limited", **said: object) -> UpstreamFailed:
    return UpstreamFailed(message, reason, **{"status": 429, **said})  # type: ignore[arg-type]


def refused() -> UpstreamFailed:
    return UpstreamFailed("answers 401: the key is wrong", "auth_failed", status=401)


class Worker:
    """What the worker's loop does about remote sources, a step at a time, by a clock that we set."""

    def __init__(self, index: Index, *upstreams: Upstream, interval: float = 900, rng: Random | None = None) -> None:
        self.now = NOW
        self.index = index
        self.woken = threading.Event()
        self.remotes = [Remote(upstream, interval) for upstream in upstreams]
        self.pulls = Pulls(self.remotes, index, self.woken, clock=lambda: self.now, rng=rng or Random(1))
        self.reports: list[Report] = []

    def begin(self) -> None:
        self.pulls.begin(self.now)

    def settle(self, *names: str) -> None:
        """Wait for the sources that are being asked, or for these, and take in what they say."""
        waiting = set(names) or set(self.pulls._asked)
        began = time.monotonic()
        while waiting:
            assert time.monotonic() - began < PATIENCE, f"{waiting} never answered"
            for arrived in self.pulls.arrived():
                self.take(arrived)
                waiting.discard(arrived.name)
            time.sleep(0.002)

    def take(self, arrived: Arrived) -> None:
        names = [remote.name for remote in self.remotes]
        report = tick(
            [arrived],
            self.index,
            self.now,
            refresh=RefreshSettings(),
            names=names,
            force=[arrived.name] * arrived.force,
        )
        self.pulls.taken(arrived)
        self.reports.append(report)

    def step(self, seconds: float = 0) -> None:
        """Let time pass, ask what is due, and take in the answers."""
        self.now += timedelta(seconds=seconds)
        self.begin()
        self.settle()

    def until(self, condition: Callable[[], bool], *, hours: float = 48) -> float:
        """Seconds of our clock until the condition holds, asking whatever becomes due on the way."""
        began = self.now
        while not condition():
            self.begin()
            following = self.pulls.next()
            assert following is not None, "nothing is due any more"
            assert following - began <= timedelta(hours=hours), "it never happens"
            self.step((following - self.now).total_seconds())
        return (self.now - began).total_seconds()
