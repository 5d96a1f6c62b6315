"""When a writer looks through the whole file before it uses it, and when it may trust its seal."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from service.index import Corrupt, Index, database
from tests.index.builders import apply, at, contents, put, titles

ASIDE = "index.db.corrupt-1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An index file that its writer closed in order."""
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, *(put(f"post-{number}", at(number), text="body " * 500) for number in range(1, 40)))
    return tmp_path / "index.db"


def damage(path: Path) -> None:
    """The same size and the same inode, other pages."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def test_a_file_that_was_closed_in_order_is_not_looked_through(path: Path) -> None:
    before = path.stat()
    damage(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with closing(Index.open(path.parent, writer=True)) as index:
        assert not (path.parent / ASIDE).exists(), "the seal holds"
        with pytest.raises(Corrupt):
            contents(index)


def test_damage_that_somebody_met_is_looked_for_at_the_next_start(path: Path) -> None:
    before = path.stat()
    damage(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with closing(Index.open(path.parent)) as reader, pytest.raises(Corrupt):
        contents(reader)
    with closing(Index.open(path.parent, writer=True)) as index:
        assert (path.parent / ASIDE).exists()
        apply(index, put("a"))
        assert titles(index) == ["A"]


def test_a_write_right_after_the_close_breaks_the_seal(path: Path) -> None:
    for _ in range(20):
        Index.open(path.parent, writer=True).close()
        with path.open("r+b") as file:
            first = file.read(1)
            file.seek(0)
            file.write(first)
        assert not database.sealed(path)


def test_a_seal_holds_once_and_for_one_file(path: Path) -> None:
    copy = path.parent / "copy"
    shutil.copytree(path.parent, copy)
    assert not database.sealed(copy / path.name), "a backup is looked through"
    assert database.sealed(path)
    assert not database.sealed(path), "a writer that is killed leaves none"


def test_a_reader_that_closes_last_leaves_the_seal(path: Path) -> None:
    with closing(Index.open(path.parent)) as reader:
        expected = contents(reader)
        with closing(Index.open(path.parent, writer=True)) as index:
            apply(index, put("a"))
            assert titles(reader) != [], expected
    assert database.sealed(path)


def test_a_state_that_somebody_still_reads_is_not_sealed_without_what_came_after(path: Path) -> None:
    with closing(Index.open(path.parent)) as reader, reader.snapshot():
        titles(reader)
        with closing(Index.open(path.parent, writer=True)) as index:
            apply(index, put("a"))
    assert not database.sealed(path)
