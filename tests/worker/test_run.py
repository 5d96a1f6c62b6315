"""The worker's loop: it notices, it waits, it survives."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.errors import SourceUnavailable
from service.index import Corrupt, Index
from service.index.schema import PAGE
from service.settings import RefreshSettings, Settings
from service.sources.source import Change, Drop
from service.worker import request_refresh, run
from tests.index.builders import FakeSource, put, titles

PATIENCE = 8.0
"""Seconds a condition may take on a loaded machine; how long it took is asserted only where it matters."""


@dataclass
class Directory(FakeSource):
    """Reads a directory: each file is a post, its content the title."""

    root: Path = field(default=Path())

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        if not self.root.is_dir():
            raise SourceUnavailable(f"{self.root}: no such directory")
        self.hold(put(path.stem, title=path.read_text()) for path in sorted(self.root.glob("*.md")))
        yield from super().scan(known)

    def watch_paths(self) -> tuple[str, ...]:
        return (str(self.root),)


@contextmanager
def running(index: Index, *sources: FakeSource, **refresh: object) -> Iterator[threading.Event]:
    settings = Settings.model_construct(refresh=RefreshSettings.model_validate(refresh))
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(settings, sources, index), kwargs={"stop": stop})
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the worker stops when asked to"


def wait_for(condition: Callable[[], object]) -> float:
    """Seconds until the condition held."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, "it never happened"
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path / "state", writer=True)) as index:
        yield index


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "content"
    root.mkdir()
    (root / "a.md").write_text("First")
    return root


@pytest.mark.parametrize("watch", ["auto", "poll"])
def test_a_change_on_disk_is_published_within_two_seconds(index: Index, root: Path, watch: str) -> None:
    with running(index, Directory(root=root), watch=watch, interval=3600):
        wait_for(index.ready)
        for title in ("Second", "Third"):
            later = int((root / "a.md").stat().st_mtime) + 1
            (root / "a.md").write_text(title)
            os.utime(root / "a.md", (later, later))  # polling compares whole seconds; real sources look twice at these
            assert wait_for(lambda title=title: titles(index) == [title]) < 2
        (root / "b.md").write_text("New")
        assert wait_for(lambda: titles(index) == ["New", "Third"]) < 2
        (root / "a.md").unlink()
        assert wait_for(lambda: titles(index) == ["New"]) < 2


def test_the_periodic_scan_sees_what_watching_does_not(index: Index, root: Path) -> None:
    with running(index, Directory(root=root), watch="off", interval=1):
        wait_for(index.ready)
        (root / "a.md").write_text("Second")
        wait_for(lambda: titles(index) == ["Second"])


def test_a_scheduled_post_appears_at_its_second_without_a_scan(index: Index) -> None:
    source = FakeSource()
    due = datetime.now(UTC) + timedelta(seconds=1)
    source.hold([put("later", due, expires=due + timedelta(seconds=0.5))])
    with running(index, source, watch="off", interval=3600):
        wait_for(index.ready)
        assert titles(index) == []
        wait_for(lambda: titles(index) == ["Later"])
        assert timedelta(0) <= datetime.now(UTC) - due < timedelta(seconds=1)
        wait_for(lambda: titles(index) == [])
        assert source.scans == 1


def test_S18_a_storm_of_events_is_a_few_scans(index: Index, root: Path) -> None:
    source = Directory(root=root)
    with running(index, source, interval=3600):
        wait_for(index.ready)
        time.sleep(1.2)  # the watch says once that it has begun
        before = source.scans
        for number in range(500):
            (root / f"post-{number:03}.md").write_text(f"Post {number}")
        wait_for(lambda: index.counts().live == 501)
        time.sleep(0.5)
        assert source.scans - before <= 10


def test_a_quiet_worker_costs_next_to_nothing(index: Index, root: Path) -> None:
    source = Directory(root=root)
    with running(index, source, interval=3600):
        wait_for(index.ready)
        scans = 0
        while scans < source.scans <= 3:  # the watch says once that it has begun, on a busy machine late
            scans = source.scans
            time.sleep(1.2)
        scans, began = source.scans, resource.getrusage(resource.RUSAGE_SELF)
        time.sleep(1)
        ended = resource.getrusage(resource.RUSAGE_SELF)
        assert source.scans == scans, "what it writes itself is no reason to scan"
        assert ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime < 0.2


def test_a_directory_that_is_replaced_is_watched_again(index: Index, root: Path, tmp_path: Path) -> None:
    with running(index, Directory(root=root), interval=1):
        wait_for(index.ready)
        root.rename(tmp_path / "aside")
        wait_for(lambda: index.status()[0].stale)
        assert titles(index) == ["First"]
        root.mkdir()
        (root / "a.md").write_text("Second")
        wait_for(lambda: titles(index) == ["Second"])
        assert index.status()[0].stale == ""


def test_S03_a_worker_rebuilds_an_index_that_is_damaged_under_it(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    source = FakeSource()
    source.hold([put(f"post-{number}", text="body " * 500) for number in range(30)])
    path = index.directory / "index.db"

    def seen() -> list[str]:
        try:
            return titles(index)
        except Corrupt:  # it is put aside, and there is no other yet
            return []

    with running(index, source, watch="off", interval=1):
        wait_for(index.ready)
        with path.open("r+b") as file:
            file.seek(PAGE)
            file.write(b"\xff" * (path.stat().st_size - PAGE))
        source.hold([put("a")])
        wait_for((index.directory / "index.db.corrupt-1").exists)
        wait_for(lambda: seen() == ["A"])
    assert "store rebuilt" in caplog.text


@dataclass
class Faulty(FakeSource):
    """Its first rounds fail in a way that nobody foresaw."""

    faults: list[Exception] = field(default_factory=list)

    def watch_paths(self) -> tuple[str, ...]:
        if self.faults:
            raise self.faults.pop(0)
        return ()


def test_the_worker_survives_what_a_round_raises_and_tries_again_later_each_time(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    source = Faulty(faults=[RuntimeError("first"), RuntimeError("second")])
    source.hold([put("a")])
    with running(index, source, watch="off", interval=3600):
        wait_for(index.ready)
    assert "refresh failed attempt=1 retry_in=1s: first" in caplog.text
    assert "refresh failed attempt=2 retry_in=2s: second" in caplog.text


def test_another_process_can_ask_for_a_scan_with_force(index: Index, root: Path) -> None:
    source = Directory(root=root)
    with running(index, source, interval=3600):
        wait_for(index.ready)
        (root / "a.md").unlink()
        wait_for(lambda: index.status()[0].held)
        assert titles(index) == ["First"]
        request_refresh(index.directory, force=True)
        wait_for(lambda: titles(index) == [])
        wait_for(lambda: not list((index.directory / "requests").iterdir()))


def test_stopping_does_not_wait_for_the_interval_nor_for_a_long_scan(index: Index) -> None:
    @dataclass
    class Endless(FakeSource):
        def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
            assert known == {}
            while True:
                time.sleep(0.001)
                yield Drop("x")

    with running(index, Endless(), watch="off", interval=3600) as stop:
        time.sleep(0.2)
        began = time.monotonic()
        stop.set()
    assert time.monotonic() - began < 2
    assert not index.ready()
