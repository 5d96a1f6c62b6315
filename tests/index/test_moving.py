"""The state file suffices: an index that is rebuilt is the one that lived, whatever moved, left and came back."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from service.index import Index, state_schema
from service.index.addresses import key_of
from service.index.database import writing
from service.index.identities import Identity
from service.index.state import FILE_NAME, State
from service.index.state_schema import FormerFile, Past
from service.sources.source import Change, Drop, Put
from tests.index.builders import SITE, apply, at, contents, drop, put, reject
from tests.index.histories import HISTORIES, Said, Scan

NAMES = ("a", "b", "c", "d")
SOURCES = ("one", "two")
URLS = (*(f"{SITE}/{name}{url}.html" for name in "abcdef" for url in ("", "-2")), f"{SITE}/shared.html")

versions = st.builds(
    Said,
    text=st.sampled_from(("one", "two")),
    day=st.sampled_from((8, 9, 8, 9, None, -5)),
    url=st.sampled_from(("", "", "", "-2", "shared")),
    explicit=st.sampled_from((False, False, False, True)),
    visibility=st.sampled_from(("public", "public", "public", "hidden", "unlisted")),
)
places = st.sampled_from([*NAMES, *NAMES, "two/e", "two/f"])
scans = st.lists(st.dictionaries(places, versions, max_size=4), min_size=1, max_size=7)


def post(name: str, said: Said) -> Put:
    url = "" if said.url == "shared" else said.url
    return put(
        name,
        None if said.day is None else at(said.day),
        title=said.text,
        text=f"Body {said.text}.",
        url=f"{SITE}/shared.html" if said.url == "shared" else f"{SITE}/{name}{url}.html",
        id=f"tag:{said.text}" if said.explicit else f"{SITE}/{name}{url}",
        explicit_id=said.explicit,
        visibility=said.visibility,
    )


def ids(index: Index) -> list[str]:
    return [row.fields.id for row in index.posts([ref.number for ref in index.window(1, 99)])]


def seen(index: Index) -> dict[str, Any]:
    """What readers see: feeds, duplicates, and what each URL means: the file of its post, or whether it is gone. That
    an id has changed is told once."""
    found = contents(index)
    found["problems"] = [problem for problem in found["problems"] if problem.code != "guid-changed"]
    for url in URLS:
        key = key_of(url) or ""
        row = index.page(key)
        found[url] = (row.source, row.locator, row.fields.id) if row else index.departed(key)
    return found


class Site:
    """Two sources and their index; each scan is a minute later than the one before."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.files: dict[str, dict[str, Put]] = {source: {} for source in SOURCES}
        self._minutes = 0

    def scan(self, scan: Scan) -> None:
        for source, known in self.files.items():
            new = {}
            for place, said in scan.items():
                where, _, name = place.rpartition("/")
                if source == (where or "one"):
                    new[f"{name}.md"] = post(name, said)
            changes: list[Change] = [put for locator, put in new.items() if known.get(locator) != put]
            self._apply(source, *changes, *(Drop(locator) for locator in sorted(known.keys() - new.keys())))
            self.files[source] = new

    def read(self) -> None:
        """Every file as it is."""
        for source, known in self.files.items():
            self._apply(source, *known.values())

    def _apply(self, source: str, *changes: Change) -> None:
        self._minutes += 1
        apply(self.index, *changes, source=source, now=at(0, 60 * self._minutes))


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # an example is slow
@given(scans)
def test_C42_a_rebuilt_index_is_the_one_that_lived(history: list[Scan]) -> None:
    """Posts may share URLs and ids. No two files without a date say one id here: a first-seen date is kept by that."""
    rebuilt_is_lived(history)


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_C42_a_rebuilt_index_is_the_one_that_lived_also_after(history: list[Scan]) -> None:
    rebuilt_is_lived(history)


def rebuilt_is_lived(history: list[Scan]) -> None:
    """Scan by scan into one index; then the last one into an index that knows nothing but ``state.db``."""
    with tempfile.TemporaryDirectory() as place, closing(Index.open(Path(place), writer=True)) as index:
        site = Site(index)
        for scan in history:
            site.scan(scan)
        assert len(set(ids(index))) == len(ids(index))
        lived = seen(index)
        site.read()
        assert seen(index) == lived, "reading the same again changes nothing"
        for _ in range(2):
            index.rebuild()
            site.read()
            assert seen(index) == lived


def test_what_is_remembered_is_bounded_and_the_oldest_goes_first(tmp_path: Path) -> None:
    with closing(State(tmp_path)) as opened:
        with opened.edit() as edit:
            edit.depart([Past(f"key {n}", "", "", "", 0) for n in range(6)], at=1)
            edit.depart([Past(f"key {n}", "", "", "", 0) for n in range(3)], at=2)
            for n in range(6):
                edit.alias(f"old {n}", "id", at=n)
            edit.leave(FormerFile("posts", f"{n}.md", "", "", n) for n in range(6))
            assert edit.trim(most=4) == ["key 4", "key 5"]
            kept = edit.execute(select(state_schema.former_files.c.locator))
            assert {row.locator for row in kept} == {"2.md", "3.md", "4.md", "5.md"}
            assert edit.aliases(["id"]) == {"id": ["old 2", "old 3", "old 4", "old 5"]}
        assert opened.departed() == ["key 0", "key 1", "key 2", "key 3"]


def test_ids_of_files_that_left_are_bounded_and_the_oldest_go_first_while_those_of_files_that_stay_do_not(
    tmp_path: Path,
) -> None:
    rows = [
        Identity("posts", f"{n}.md", f"{SITE}/{n}", "said", f"id {n}", left)
        for n, left in enumerate((3, 1, None, 2, 3, 0, None, 5))
    ]
    with closing(State(tmp_path)) as opened:
        with opened.edit() as edit:
            edit.execute(insert(state_schema.identities), [row._asdict() for row in rows])
            assert edit.trim(most=6) == []
            assert {row.locator for row in edit.execute(select(state_schema.identities))} == {
                row.locator for row in rows
            }
            assert edit.trim(most=3) == []
        with opened.edit() as edit:
            kept = {row.locator for row in edit.execute(select(state_schema.identities))}
    assert kept == {"0.md", "2.md", "4.md", "6.md", "7.md"}


def test_a_state_file_of_an_earlier_release_gets_the_tables_it_lacks(tmp_path: Path) -> None:
    State(tmp_path).close()
    engine = writing(tmp_path / FILE_NAME)
    for table in (
        state_schema.identities,
        state_schema.departed,
        state_schema.aliases,
        state_schema.pins,
        state_schema.feed_aliases,
        state_schema.former_files,
    ):
        table.drop(engine)
    engine.dispose()
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, put("a", at(1)))
        apply(index, Drop("a.md"))
        assert index.departed(key_of(URLS[0]) or "")


# -- what is kept of a post, and what became of it while there was no index ------------------------------------------


A, B, OTHER = put("a", at(9), text="Words."), put("b", at(9), title="A", text="Words."), put("other", at(8))


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """``a`` moved to ``b`` and kept its id; then the index was lost."""
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, A, OTHER)
        apply(index, B, drop("a"))
        assert ids(index) == [OTHER.fields.id, A.fields.id]
    (tmp_path / "index.db").unlink()
    return tmp_path


def rows(directory: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        return connection.execute("SELECT source, locator, id FROM identities ORDER BY source, locator").fetchall()


def test_posts_with_the_ids_that_their_files_say_leave_no_row(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, A, put("b", at(1), id="tag:b", explicit_id=True))
        apply(index, put("a", at(9), text="Edited."), drop("b"))
    assert rows(tmp_path) == []


def test_what_is_kept_of_a_post_goes_when_its_author_writes_the_id(moved: Path) -> None:
    assert rows(moved) == [("posts", "b.md", A.fields.id)]
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, B)
        apply(index, put("b", at(9), title="A", text="Words.", id=A.fields.id, explicit_id=True))
    assert rows(moved) == []


def test_C42_a_file_that_was_renamed_under_its_url_while_there_was_no_index_keeps_its_id(moved: Path) -> None:
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, OTHER, put("c", at(9), url=B.fields.url, text="Other words."))
        assert ids(index) == [OTHER.fields.id, A.fields.id]
        assert index.page(key_of(A.fields.url) or "")
        index.rebuild()
        apply(index, OTHER, put("c", at(9), url=B.fields.url, text="Other words."))
        assert ids(index) == [OTHER.fields.id, A.fields.id]


def test_C42_a_source_that_got_another_name_while_there_was_no_index_keeps_its_ids(moved: Path) -> None:
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, OTHER, B, source="renamed")
        assert ids(index) == [OTHER.fields.id, A.fields.id]


def test_C42_a_file_that_says_another_id_since_has_that(moved: Path) -> None:
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, OTHER, put("b", at(9), id=f"{SITE}/another", url=f"{SITE}/another.html"))
        assert ids(index) == [OTHER.fields.id, f"{SITE}/another"]


def test_C42_a_file_that_cannot_be_read_at_first_has_its_id_when_it_is_mended(moved: Path) -> None:
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, OTHER, reject("b"))
        apply(index, B)
        assert ids(index) == [OTHER.fields.id, A.fields.id]


def test_C42_a_file_that_was_away_while_there_was_no_index_has_its_id_when_it_is_back(moved: Path) -> None:
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, OTHER)
        apply(index, B)
        assert ids(index) == [OTHER.fields.id, A.fields.id]


def test_C42_a_file_that_was_put_back_while_there_was_no_index_has_its_id_unless_another_took_it_along(
    moved: Path,
) -> None:
    further = put("c", at(9), title="A", text="Words.")
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, OTHER, B)
        apply(index, drop("b"))
        index.rebuild()
        apply(index, OTHER, B)
        assert ids(index) == [OTHER.fields.id, A.fields.id]
        apply(index, further, drop("b"))
        index.rebuild()
        apply(index, B, OTHER, further)
        assert ids(index) == [OTHER.fields.id, B.fields.id, A.fields.id]


def test_C42_what_the_state_file_knows_and_the_index_does_not_yet_is_done_again(tmp_path: Path) -> None:
    """The power fails between the two commits: the state file's comes first."""
    with closing(Index.open(tmp_path, writer=True)) as index:
        apply(index, A, OTHER)
    shutil.copy(tmp_path / "index.db", tmp_path / "before")
    for _ in range(2):
        with closing(Index.open(tmp_path, writer=True)) as index:
            apply(index, B, drop("a"))
            assert ids(index) == [OTHER.fields.id, A.fields.id]
            assert index.page(key_of(A.fields.url) or "")
        shutil.copy(tmp_path / "before", tmp_path / "index.db")
    assert rows(tmp_path) == [("posts", "b.md", A.fields.id)]


@pytest.mark.parametrize("lost", [True, False], ids=["without its index", "with its index"])
def test_a_state_file_that_kept_ids_by_url_is_honoured(moved: Path, lost: bool) -> None:
    """That of a release before this one."""
    if not lost:
        with closing(Index.open(moved, writer=True)) as index:
            apply(index, OTHER, B)
    with closing(sqlite3.connect(moved / FILE_NAME)) as connection, connection:
        connection.execute("DROP TABLE identities")
        connection.execute("DELETE FROM facts")
        connection.execute("CREATE TABLE kept_ids (url TEXT PRIMARY KEY, id TEXT NOT NULL)")
        connection.execute("INSERT INTO kept_ids VALUES (?, ?)", (B.fields.url, A.fields.id))
    with closing(Index.open(moved, writer=True)) as index:
        apply(index, *([OTHER, B] if lost else []), put("new", at(1)))
        for _ in range(2):
            assert ids(index) == [f"{SITE}/new", OTHER.fields.id, A.fields.id]
            index.rebuild()
            apply(index, OTHER, B, put("new", at(1)))
    assert ("posts", "b.md", A.fields.id) in rows(moved)
    State(moved).close()
    with closing(sqlite3.connect(moved / FILE_NAME)) as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kept_ids'").fetchall()
