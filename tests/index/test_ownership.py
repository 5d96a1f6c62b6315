"""A state directory has one writer and is one site's (DESIGN.md rule 10)."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.errors import StorageUnavailable
from service.index import Index
from service.index.ownership import Owner
from service.lock import Lock, holder


def test_S15_a_second_writer_is_refused_and_told_who_the_first_one_is(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with closing(Index.open(tmp_path, writer=True)):
        assert holder(tmp_path) == os.getpid()
        with pytest.raises(StorageUnavailable, match=f"in use by process {os.getpid()}; stop it"):
            Index.open(tmp_path, writer=True)
        Index.open(tmp_path).close()
    assert holder(tmp_path) is None
    Index.open(tmp_path, writer=True).close()


def test_S15_a_killed_writer_leaves_the_lock_free(tmp_path: Path) -> None:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        Lock(tmp_path)
        os.write(write, b"held")
        signal.pause()
    assert os.read(read, 4) == b"held"
    assert holder(tmp_path) == child
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(read)
    os.close(write)
    Lock(tmp_path).release()


def test_S15_of_two_processes_that_want_the_lock_one_gets_it(tmp_path: Path) -> None:
    for _ in range(10):
        go, start = os.pipe()
        children = set()
        for _ in range(2):
            child = os.fork()
            if not child:
                signal.alarm(10)
                os.close(start)
                os.read(go, 1)
                try:
                    Lock(tmp_path)
                except StorageUnavailable:
                    os._exit(1)
                signal.pause()
            children.add(child)
        os.close(go)
        os.close(start)
        first, status = os.wait()
        assert os.waitstatus_to_exitcode(status) == 1, "the loser gives up; the winner keeps it"
        (winner,) = children - {first}
        assert holder(tmp_path) == winner
        os.kill(winner, signal.SIGKILL)
        os.waitpid(winner, 0)


def claim(directory: Path, *places: str, adopt: bool = False) -> None:
    """As a site with these sources, each PLACE or NAME=PLACE."""
    owners = [Owner(place.rpartition("=")[2], place.rpartition("=")[0]) for place in places]
    Index.open(directory, writer=True, sources=owners, adopt=adopt).close()


def test_a_directory_is_refused_to_a_site_without_a_source_that_is_known_there(tmp_path: Path) -> None:
    claim(tmp_path, "/b", "/a")
    with pytest.raises(StorageUnavailable, match=r"belongs to other sources \(/a, /b\); .*--adopt.*--state"):
        claim(tmp_path, "/c")
    claim(tmp_path, "/a", "/b")


@pytest.mark.parametrize(
    "steps",
    [
        (["/a"], ["/a", "/b"], ["/b"], ["/b", "/c"]),
        (["blog=/a", "/b"], ["blog=/elsewhere"], ["/elsewhere"]),
        (["api=https://a.example/v1"], ["api=https://a.example/v2"]),
        (["/a"], ["blog=/a"], ["blog=/b"]),
    ],
    ids=["added and removed", "moved under its name", "another path of an address", "named, then moved"],
)
def test_sources_come_go_and_move_as_long_as_one_is_known(tmp_path: Path, steps: tuple[list[str], ...]) -> None:
    for step in steps:
        claim(tmp_path, *step)
    with pytest.raises(StorageUnavailable, match="other sources"):
        claim(tmp_path, "x=/x")


def test_a_name_that_nobody_wrote_is_no_name(tmp_path: Path) -> None:
    claim(tmp_path, "/a", "blog=/b")
    with pytest.raises(StorageUnavailable, match="other sources"):
        claim(tmp_path, "/c")


def test_whoever_adopts_a_directory_owns_it_from_then_on(tmp_path: Path) -> None:
    claim(tmp_path, "/a")
    claim(tmp_path, "/c", adopt=True)
    claim(tmp_path, "/c")
    with pytest.raises(StorageUnavailable, match="other sources"):
        claim(tmp_path, "/a")


def test_a_state_of_an_earlier_release_has_places_and_gets_names(tmp_path: Path) -> None:
    claim(tmp_path, "blog=/a")
    with closing(sqlite3.connect(tmp_path / "state.db")) as state, state:
        state.execute("DELETE FROM facts WHERE key = 'source names'")
    with pytest.raises(StorageUnavailable, match="other sources"):
        claim(tmp_path, "blog=/b")
    claim(tmp_path, "blog=/a")
    claim(tmp_path, "blog=/b")


def test_the_directory_is_made_and_nobody_else_may_read_drafts_in_it(tmp_path: Path) -> None:
    Index.open(tmp_path / "deep" / "state", writer=True).close()
    assert (tmp_path / "deep" / "state").stat().st_mode & 0o077 == 0
