"""A first scan fills a file beside the index, which takes its place: all of it or nothing, whoever reads meanwhile."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.errors import StorageUnavailable
from service.index import Corrupt, Index
from service.index.schema import PAGE
from service.sources.source import Change, Put
from tests.index.builders import CONTEXT, FACTS, NOW, apply, put, titles

POSTS = 1200
ROUNDS = 12


def _posts() -> Iterator[Put]:
    return (put(f"post-{place}", text=f"{place} " * 200, tags=(f"t{place % 7}",)) for place in range(POSTS))


def _files(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_reader_sees_nothing_until_all_is_there_and_then_all(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, writer=True)) as index, closing(Index.open(tmp_path)) as reader:
        version = reader.data_version()

        def changes() -> Iterator[Change]:
            for number, post in enumerate(_posts()):
                if number % 300 == 0:
                    assert (titles(reader), reader.counts().posts) == ([], 0)
                yield post

        with reader.snapshot():
            assert titles(reader) == []
            index.apply("posts", changes(), NOW, context=CONTEXT, facts=FACTS)
            assert titles(reader) == [], "a snapshot stays what it is"
        assert reader.data_version() != version
        assert reader.counts().live == index.counts().live == POSTS
        apply(index, put("other"))
        assert reader.counts().live == POSTS + 1, "what comes later is seen, too"
        assert "index.db.new" not in _files(tmp_path)


def test_a_scan_that_breaks_off_leaves_the_empty_index_and_no_file(tmp_path: Path) -> None:
    def changes() -> Iterator[Change]:
        yield from _posts()
        raise RuntimeError("the disk went away")

    with closing(Index.open(tmp_path, writer=True)) as index:
        with pytest.raises(RuntimeError, match="went away"):
            index.apply("posts", changes(), NOW, context=CONTEXT, facts=FACTS)
        assert titles(index) == []
        assert not {name for name in _files(tmp_path) if ".new" in name}
        apply(index, put("a"))
        assert titles(index) == ["A"]


def test_a_copy_that_cannot_take_the_place_is_a_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    with closing(Index.open(tmp_path, writer=True)) as index:
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fail)
            with pytest.raises(StorageUnavailable, match=r"index\.db: Input/output error"):
                apply(index, put("a"))
        assert titles(index) == []
        apply(index, put("a"))
        assert titles(index) == ["A"]


def test_what_the_system_refuses_a_source_is_not_blamed_on_the_index(tmp_path: Path) -> None:
    def changes() -> Iterator[Change]:
        yield put("a")
        raise OSError(11, "Resource temporarily unavailable")

    with closing(Index.open(tmp_path, writer=True)) as index:
        with pytest.raises(OSError, match="temporarily unavailable"):
            index.apply("posts", changes(), NOW, context=CONTEXT, facts=FACTS)
        assert titles(index) == []


def test_damage_that_only_the_copy_meets_is_damage(tmp_path: Path) -> None:
    Index.open(tmp_path, writer=True).close()
    path = tmp_path / "index.db"
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'terms'").fetchone()
    with closing(Index.open(tmp_path, writer=True)) as index:
        with path.open("r+b") as file:
            file.seek((root - 1) * PAGE)
            file.write(b"\xff" * PAGE)
        with pytest.raises(Corrupt):
            apply(index, put("a"))
        index.rebuild()
        apply(index, put("a"))
        assert titles(index) == ["A"]


def test_what_was_known_before_the_first_scan_is_in_the_index_that_it_leaves(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, writer=True)) as index:
        index.enroll(["posts", "more"], NOW)
        apply(index, put("a"))
        assert [status.name for status in index.status()] == ["posts", "more"]
    with sqlite3.connect(tmp_path / "index.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_only_a_first_scan_makes_another_file(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, put("a"))
        file = (tmp_path / "index.db").stat().st_ino
        apply(index, put("a"), put("b"))
        index.advance(NOW)
        assert (tmp_path / "index.db").stat().st_ino == file


def test_S13_kill_9_in_the_middle_of_a_first_scan_leaves_an_empty_index_or_a_whole_one(tmp_path: Path) -> None:
    rng = random.Random(13)
    for turn in ("first", "pace"):  # what a process does once, it has done before it forks
        with closing(Index.open(tmp_path / turn, writer=True)) as index:
            began = time.monotonic()
            index.apply("posts", _posts(), NOW, context=CONTEXT, facts=FACTS)
            pace = time.monotonic() - began
    found = list[int]()
    for number in range(ROUNDS):
        directory = tmp_path / str(number)
        with closing(Index.open(directory, writer=True)) as index:
            index.enroll(["posts"], NOW)
        reader = Index.open(directory)
        assert titles(reader) == []
        child = os.fork()
        if not child:
            try:
                with closing(Index.open(directory, writer=True)) as index:
                    index.apply("posts", _posts(), NOW, context=CONTEXT, facts=FACTS)
                    time.sleep(60)
            finally:
                os._exit(1)
        time.sleep(pace * (0.1 + 1.3 * rng.random()))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found.append(reader.counts().live)
        assert found[-1] in (0, POSTS)
        with closing(Index.open(directory, writer=True)) as index:
            assert index.counts().live == found[-1]
            index.apply("posts", _posts(), NOW, context=CONTEXT, facts=FACTS)
            assert index.counts().live == reader.counts().live == POSTS
        reader.close()
        with sqlite3.connect(directory / "index.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert not [name for name in _files(directory) if ".new" in name or "corrupt" in name]
    assert 0 in found, "some were killed in the middle"


def test_what_a_killed_first_scan_left_is_removed_when_a_writer_opens(tmp_path: Path) -> None:
    Index.open(tmp_path, writer=True).close()
    files = _files(tmp_path)
    left = {"index.db.new", "index.db.new-wal", "index.db.new-shm", "state.db.new"}
    for name in left:
        (tmp_path / name).write_bytes(b"half of it")
    with closing(Index.open(tmp_path)):
        assert left <= _files(tmp_path), "it may be a writer's that is at work"
    with closing(Index.open(tmp_path, writer=True)) as index:
        assert not left & _files(tmp_path)
        (tmp_path / "index.db.new").write_bytes(b"this writer's")
        with pytest.raises(StorageUnavailable):
            Index.open(tmp_path, writer=True)
        assert "index.db.new" in _files(tmp_path), "a writer that is refused takes nothing away"
        apply(index, put("a"))
        assert titles(index) == ["A"]
    assert files <= _files(tmp_path)
