"""What is SQLite's: plans, transactions, damage, disks that are full or read-only, files that are replaced."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from feeds.model import Author, Enclosure, Image
from service.errors import StorageUnavailable
from service.index import Corrupt, Index, drafts, edit
from service.index.reader import CHANGED, CHANNEL, PAGES, WINDOW, WITHHELD
from service.index.schema import SCHEMA_VERSION
from service.sources.source import Change, Context, Fields, SiteFacts
from tests.index.builders import (
    CONTEXT,
    FACTS,
    NOW,
    apply,
    at,
    channels_since,
    codes,
    contents,
    drop,
    put,
    reject,
    titles,
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path, writer=True)) as index:
        yield index


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        yield connection


def reopened(index: Index) -> Index:
    index.close()
    return Index.open(index.directory, writer=True)


# -- plans and transactions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "bound", "expected"),
    [
        (WINDOW, {"channel": 1, "limit": 20}, ["SEARCH placements USING PRIMARY KEY (term=?)"]),
        (CHANGED, {"revision": 1}, ["SEARCH terms USING INDEX terms_revision (revision>?)"]),
        (CHANNEL, {"kind": "tag", "spelling": "x", "key": "x", "slug": "x"}, None),
        (PAGES, {"source": "posts"}, ["SEARCH posts USING COVERING INDEX posts_beside (source=? AND out=?)"]),
        (
            WITHHELD,
            {"source": "posts"},
            ["SEARCH posts USING COVERING INDEX posts_beside (source=? AND out=? AND visible=?)"],
        ),
    ],
)
def test_what_a_web_process_asks_is_a_search_and_a_window_is_not_even_sorted(
    index: Index, tmp_path: Path, statement: Select[Any], bound: dict[str, Any], expected: list[str] | None
) -> None:
    apply(index, *(put(f"p{number}", at(number), tags=("x", f"t{number}")) for number in range(30)))
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    with raw(tmp_path / "index.db") as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {compiled}", compiled.construct_params(bound))
        plan = [row[3] for row in rows]
    assert plan == (expected or plan)
    assert not any("SCAN" in step for step in plan), plan


def test_S02_every_write_transaction_begins_immediate(index: Index, tmp_path: Path) -> None:
    """So that a writer can never have read a state that another one has meanwhile replaced."""

    def changes() -> Iterator[Change]:
        with raw(tmp_path / "index.db") as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            assert other.execute("SELECT count(*) FROM posts").fetchone() == (0,), "and reading goes on"
        yield put("a")

    index.apply("posts", changes(), NOW, context=CONTEXT, facts=FACTS)
    assert titles(index) == ["A"]


def test_S01_readers_are_unaffected_by_another_writer_and_ours_gives_up_with_a_clear_line(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(index, put("a"))
    index.close()
    monkeypatch.setattr("service.index.database.BUSY_SECONDS", 0.05)
    with closing(Index.open(tmp_path, writer=True)) as index, raw(tmp_path / "index.db") as other:
        other.execute("BEGIN IMMEDIATE")
        assert titles(index) == ["A"]
        with pytest.raises(StorageUnavailable, match=r"index\.db: database is locked"):
            apply(index, put("b"))
        other.execute("ROLLBACK")
        apply(index, put("b"))
        assert titles(index) == ["B", "A"]


def test_the_database_is_in_wal_mode_and_texts_are_apart_from_posts(index: Index, tmp_path: Path) -> None:
    apply(index, put("a", text="x" * 10_000))
    with raw(tmp_path / "index.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT length(body) < 1000 FROM texts").fetchone() == (1,)


def test_the_change_counter_costs_no_query_of_ours_and_moves_only_with_writes(index: Index) -> None:
    apply(index, put("a"))
    versions = {index.data_version() for _ in range(100)}
    assert len(versions) == 1
    apply(index, put("a", title="Edited"))
    assert index.data_version() not in versions


# -- damage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["flipped", "not a database", "emptied", "truncated", "another version"])
def test_S03_an_unusable_index_is_put_aside_and_rebuilt_from_content(tmp_path: Path, damage: str) -> None:
    posts = [put(f"post-{number}", at(number), text="body " * 500) for number in range(1, 40)]
    path = tmp_path / "index.db"
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, *posts, put("undated", None), now=at(0.5))
        expected = contents(index)
    data = path.read_bytes()
    if damage == "flipped":
        path.write_bytes(data[:8192] + bytes(byte ^ 0xFF for byte in data[8192:20480]) + data[20480:])
    elif damage == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "another version":
        with raw(path) as connection:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    else:
        path.write_bytes(b"" if damage == "emptied" else b"Not a database, but long enough to be one. " * 99)
    with closing(Index.open(tmp_path, writer=True)) as index:
        assert (tmp_path / "index.db.corrupt-1").exists()
        assert not index.ready()
        apply(index, *posts, put("undated", None), now=NOW)
        assert contents(index) == expected, "the undated post has its first-seen date from state.db"


def test_S03_a_torn_log_gives_the_last_complete_state(tmp_path: Path) -> None:
    index = Index.open(tmp_path, writer=True)
    apply(index, put("a"))
    apply(index, put("b"))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("index.db", "index.db-wal"):
        shutil.copy(tmp_path / name, copy / name)
    index.close()
    log = copy / "index.db-wal"
    log.write_bytes(log.read_bytes()[:-2000])
    with closing(Index.open(copy, writer=True)) as index:
        assert titles(index) == ["A"]


def test_S03_damage_met_while_in_use_is_told_apart_and_rebuilt(index: Index, tmp_path: Path) -> None:
    apply(index, *(put(f"post-{number}", at(number), text="body " * 500) for number in range(1, 40)))
    index = reopened(index)
    with (tmp_path / "index.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(40_000))
    with pytest.raises(Corrupt, match="the worker rebuilds it"):
        for number in range(1, 40):
            apply(index, put(f"post-{number}", at(number), title="Edited"))
    index.rebuild()
    apply(index, put("a"))
    assert titles(index) == ["A"]
    index.close()


def test_only_the_last_few_unusable_files_are_kept(tmp_path: Path) -> None:
    for _ in range(5):
        (tmp_path / "index.db").write_bytes(b"Not a database. " * 99)
        Index.open(tmp_path, writer=True).close()
    kept = sorted(path.name for path in tmp_path.glob("index.db.corrupt-*"))
    assert kept == [f"index.db.corrupt-{number}" for number in (3, 4, 5)]


def test_a_new_index_never_meets_the_log_of_an_old_one(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, put("a"))
        apply(index, put("a"), put("b"))  # what comes after a first scan is in the log
        for name in ("index.db-wal", "index.db-shm"):
            shutil.copy(tmp_path / name, tmp_path / f"kept-{name}")
    (tmp_path / "index.db").unlink()
    for name in ("index.db-wal", "index.db-shm"):
        (tmp_path / f"kept-{name}").rename(tmp_path / name)
    with closing(Index.open(tmp_path, writer=True)) as index:
        assert (titles(index), codes(index)) == ([], [])


def test_S04_a_damaged_state_file_stops_the_writer_and_no_reader(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, put("a"))
    (tmp_path / "state.db").write_bytes(b"Not a database. " * 99)
    with pytest.raises(StorageUnavailable, match="restore it from a backup"):
        Index.open(tmp_path, writer=True)
    with closing(Index.open(tmp_path)) as index:
        assert titles(index) == ["A"]


def test_a_broken_edit_keeps_the_last_good_version_after_a_restart(index: Index) -> None:
    apply(index, put("a", text="Good."))
    apply(index, reject("a"))
    index = reopened(index)
    assert (titles(index), codes(index)) == (["A"], ["yaml-syntax"])
    assert list(index.texts([1]).values()) == ["Good."]
    index.close()


# -- disks -------------------------------------------------------------------------------------------------------


def test_S05_a_full_disk_fails_the_scan_and_leaves_the_index_as_it_was(index: Index, tmp_path: Path) -> None:
    apply(index, put("a"))
    before = contents(index)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "index.db-wal").stat().st_size + 50_000, limits[1]))
    try:
        with pytest.raises(StorageUnavailable, match=r"index\.db: (disk I/O error|database or disk is full)"):
            apply(index, *(put(f"post-{number}", text=str(os.urandom(5000))) for number in range(2000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert contents(index) == before
    apply(index, put("b"))
    assert titles(index) == ["B", "A"], "it recovers by itself"


def test_S06_an_index_on_a_read_only_disk_can_be_served_but_not_written() -> None:
    """In a child without root's rights, because root may write everywhere."""
    place = Path(tempfile.mkdtemp())
    try:
        with closing(Index.open(place, writer=True)) as index:
            apply(index, put("a"))
        for path in place.iterdir():
            path.chmod(0o444)
        place.chmod(0o555)
        child = os.fork()
        if not child:
            code = 1
            try:
                if os.getuid() == 0:
                    os.setuid(65534)
                with closing(Index.open(place)) as reader:
                    assert titles(reader) == ["A"]
                with pytest.raises(StorageUnavailable, match="--state"):
                    Index.open(place, writer=True)
                with pytest.raises(StorageUnavailable, match="--state"):
                    Index.open(place / "below", writer=True)
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        place.chmod(0o755)
        shutil.rmtree(place)


# -- files that are replaced, processes that are forked ---------------------------------------------------------------


def test_a_reader_follows_an_index_that_was_rebuilt(index: Index, tmp_path: Path) -> None:
    apply(index, put("a"))
    with closing(Index.open(tmp_path)) as reader:
        assert titles(reader) == ["A"]
        version = reader.data_version()
        index.rebuild()
        assert (reader.data_version() == version, reader.ready()) == (False, False)
        apply(index, put("b"))
        assert (titles(reader), reader.ready()) == (["B"], True)


def test_a_reader_of_another_release_waits_for_its_own_index(index: Index, tmp_path: Path) -> None:
    apply(index, put("a"))
    with raw(tmp_path / "index.db") as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with closing(Index.open(tmp_path)) as reader:
        assert (reader.ready(), reader.channels()) == (False, [])


def test_what_is_open_is_read_when_the_directory_is_removed(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path / "state", writer=True)) as index:
        apply(index, put("a"))
        with closing(Index.open(tmp_path / "state")) as reader:
            assert titles(reader) == ["A"]
            shutil.rmtree(tmp_path / "state")
            assert titles(reader) == ["A"]


def test_a_forked_process_opens_the_index_for_itself(index: Index, tmp_path: Path) -> None:
    apply(index, put("a"))
    with closing(Index.open(tmp_path)) as reader:
        assert titles(reader) == ["A"]
        child = os.fork()
        if not child:
            os._exit(0 if titles(reader) == ["A"] else 1)
        assert os.waitpid(child, 0)[1] == 0
        apply(index, put("b"))
        assert titles(reader) == ["B", "A"]


# -- what survives a rebuild, and what a release changes -----------------------------------------------------------


def test_slugs_dates_ids_and_empty_terms_survive_the_loss_of_the_index(tmp_path: Path) -> None:
    renamed = put("b", id="tag:second", url="https://example.org/x", tags=("a b",))
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, put("c", None, tags=("a/b", "gone")), put("a", id="tag:first", url="https://example.org/x"))
        apply(index, put("c", None, tags=("a/b",)), drop("a"), renamed)
        slugs = {row.label: row.slug for row in index.channels("tag")}
    (tmp_path / "index.db").unlink()
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, renamed, put("c", None, tags=("a/b",)), now=at(-5))
        assert {row.label: row.slug for row in index.channels("tag")} == slugs
        assert slugs["a/b"] == "a-b", "which came first, although its key is the later one"
        assert titles(index, "tag", "gone") == []
        rows = index.posts([ref.number for ref in index.window(1, 9)])
        assert [(row.fields.id, row.published) for row in rows] == [
            ("tag:first", NOW),
            ("https://example.org/c", NOW),
        ]


def test_a_release_that_renders_differently_gives_every_entry_another_digest(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(index, put("a"), put("b", at(1)))
    before = {ref.digest for ref in index.window(1, 9)}
    revision = index.revision()
    for module in (drafts, edit):
        monkeypatch.setattr(module, "RENDER_REVISION", 99)
    index.advance(NOW)
    assert not before & {ref.digest for ref in index.window(1, 9)}
    assert len(channels_since(index, revision)) == 2
    assert index.advance(NOW) == 0, "once"


def test_the_stored_form_of_posts_belongs_to_this_schema_version() -> None:
    """Whoever changes what is stored bumps SCHEMA_VERSION, and then records the new form here."""
    stored = (Fields, Context, SiteFacts, Author, Image, Enclosure)
    form = [f"{record.__name__}.{spec.name}: {spec.type}" for record in stored for spec in fields(record)]
    digest = hashlib.sha256("\n".join(form).encode()).hexdigest()[:12]
    assert (SCHEMA_VERSION, digest) == (11, "e029c2670b4c")
