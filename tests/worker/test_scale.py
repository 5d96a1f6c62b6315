"""What a first scan costs in memory: the posts stream through, they are never all held."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.errors import Problem
from service.index import Index
from service.settings import RefreshSettings
from service.sources.source import Change, Context, Fields, Put, SiteFacts
from service.tick import tick

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BODY = 20_000
"""Characters of one body: what would be held, were posts held."""


class Archive:
    """A source of ``count`` posts, made one at a time."""

    name = "archive"

    def __init__(self, count: int) -> None:
        self.count = count

    def open(self) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        return SiteFacts(url="https://ex.org"), Context(url="https://ex.org"), ()

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        assert not known
        for number in range(self.count):
            url = f"https://ex.org/{number}"
            published = NOW - timedelta(hours=number)
            fields = Fields(url, url, f"Post {number}", published, "markdown", categories=(f"c{number % 50}",))
            yield Put(f"{number}.md", "1", fields, f"{number} " + "x" * BODY)

    def watch_paths(self) -> tuple[str, ...]:
        return ()


def peak(count: int, state: Path) -> int:
    """Bytes of Python memory at the worst moment of a first scan."""
    index = Index.open(state, writer=True)
    gc.collect()
    tracemalloc.start()
    try:
        assert tick([Archive(count)], index, NOW, refresh=RefreshSettings()).sources[0].put == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        index.close()


def test_C44_memory_does_not_grow_with_the_text_of_the_archive(tmp_path: Path) -> None:
    few, many = 500, 3_000
    growth = peak(many, tmp_path / "many") - peak(few, tmp_path / "few")
    assert growth < (many - few) * BODY / 5
