"""How much a run measures, and the places it works in. Knows nothing of what is measured."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CATEGORIES: Final = 50
"""Categories of a generated newsroom; at 1,000 posts each has exactly one full window."""

CONNECTIONS: Final = 32
"""Keep-alive connections of the load generator."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes and repetitions. Whatever is compared takes turns, round by round."""

    small: int
    """Posts of the smaller corpus."""
    large: int
    """Posts of the larger corpus: ten times as many, so that the ratio says how cost grows."""
    index_rounds: int
    renders: int
    """Categories whose feeds are rendered for the first time."""
    edits: int
    load_rounds: int
    load_seconds: int
    """Seconds of load for each server and kind of answer in each round; wrk knows whole ones only."""
    archives: tuple[int, ...]
    """Posts of the archives whose sitemaps are written, each ten times the one before."""
    builds: tuple[tuple[int, int], ...]
    """Posts and categories of what is built beside other generators."""
    build_rounds: int
    growth: tuple[int, ...]
    """Posts of the archives that show how cost grows, each ten times the one before."""
    growth_files: int
    """The most posts of those for which files are written."""
    steady_rounds: int
    steady_seconds: int
    """Seconds at a fixed rate of requests while nothing else is done."""
    peers: tuple[str, ...] = ("hugo", "hugo-pages")
    """Generators to build beside."""
    limit: float = 120.0
    """Seconds after which a build is ended."""


FULL: Final = Plan(
    small=1_000,
    large=10_000,
    index_rounds=3,
    renders=40,
    edits=9,
    load_rounds=5,
    load_seconds=1,
    archives=(10_000, 100_000, 1_000_000),
    builds=((1_000, 50), (10_000, 50), (10_000, 1_000)),
    build_rounds=3,
    growth=(1_000, 10_000, 100_000, 1_000_000),
    growth_files=100_000,
    steady_rounds=3,
    steady_seconds=4,
)
QUICK: Final = Plan(
    small=500,
    large=5_000,
    index_rounds=1,
    renders=10,
    edits=3,
    load_rounds=1,
    load_seconds=1,
    archives=(10_000, 100_000),
    builds=((1_000, 50),),
    build_rounds=1,
    growth=(1_000, 10_000),
    growth_files=10_000,
    steady_rounds=1,
    steady_seconds=2,
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A directory of this run's own, removed at its end."""

    directory: Path

    def content(self, posts: int) -> Path:
        """The corpus of that many posts."""
        return self.directory / f"content-{posts}"

    def archive(self, posts: int) -> Path:
        """Index and sitemaps of the archive of that many posts."""
        return self.directory / f"archive-{posts}"

    def state(self, posts: int) -> Path:
        """The state directory that the last cold index of that corpus filled."""
        return self.directory / f"state-{posts}"


def say(what: str) -> None:
    """What the run is about, for who waits for it."""
    print(f"bench: {what} ...", file=sys.stderr, flush=True)
