"""A state directory has one writer and one set of sources (DESIGN.md rule 10)."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from service.errors import StorageUnavailable
from service.index import Index
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


def test_a_directory_belongs_to_one_set_of_sources(tmp_path: Path) -> None:
    Index.open(tmp_path, writer=True, sources=["/b", "/a"]).close()
    Index.open(tmp_path, writer=True, sources=["/a", "/b"]).close()
    with pytest.raises(StorageUnavailable, match=r"belongs to other sources \(/a, /b\)"):
        Index.open(tmp_path, writer=True, sources=["/c"])
    Index.open(tmp_path, writer=True, sources=["/a", "/b"]).close()


def test_the_directory_is_made_and_nobody_else_may_read_drafts_in_it(tmp_path: Path) -> None:
    Index.open(tmp_path / "deep" / "state", writer=True).close()
    assert (tmp_path / "deep" / "state").stat().st_mode & 0o077 == 0
