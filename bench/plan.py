"""How much a run measures, and the places it works in. Knows nothing of what is measured."""

from __future__ import annotations

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


FULL: Final = Plan(
    small=1_000,
    large=10_000,
    index_rounds=3,
    renders=40,
    edits=9,
    load_rounds=5,
    load_seconds=1,
    archives=(10_000, 100_000, 1_000_000),
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
