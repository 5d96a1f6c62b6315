"""What import-feed found reaches the index of a running worker, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.asking import Requests, waiting_file
from service.errors import StorageUnavailable
from service.handing import Handed, hand_over, take_over
from service.index import Index
from service.index.remembered import Remembered
from service.index.state_schema import Pin
from service.settings import LimitSettings, RefreshSettings, SiteSettings, SourceSettings
from service.sources.directory import open_source
from service.worker import tick

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    root = tmp_path / "posts"
    root.mkdir()
    (root / "a.md").write_text("---\ntitle: A\ndate: 2025-01-01\nid: urn:a\n---\nBody\n")
    (root / "b.md").write_text("---\ntitle: B\ndate: 2025-01-02\n---\nBody\n")
    source = open_source(SourceSettings(path=root), SiteSettings(url="https://x.example"), LimitSettings())
    with closing(Index.open(tmp_path / "state", writer=True)) as index:
        tick([source], index, NOW, refresh=RefreshSettings(), names=[source.name], force=True)
        yield index


def ids(index: Index) -> set[str]:
    return {row.fields.id for rows, _ in index.everything() for row in rows}


def handed(id_: str) -> Handed:
    return Handed({id_: Pin("x.example/b", "urn:old:b", None, None, "old.xml")}, {"/feed/": "/rss.xml"})


def test_what_is_handed_over_is_a_request_and_is_taken_by_the_posts_ids(index: Index) -> None:
    (other,) = (id_ for id_ in ids(index) if id_ != "urn:a")
    path = waiting_file(index.directory, "old.xml", "pins")
    path.parent.mkdir()
    pin = handed(other).pins[other]
    path.write_text(
        json.dumps({"pins": {other: pin._asdict(), "urn:none": pin._asdict()}, "aliases": {"/feed/": "/x"}})
    )
    (request,) = Requests(index.directory, ()).take()
    assert request.how == "pins"
    assert take_over(request.path, index, NOW) == "ids or dates of 1 post and 1 old path taken over"
    assert ids(index) == {"urn:a", "urn:old:b"}
    assert Remembered(index.directory).pin("urn:old:b") == pin


def test_without_a_worker_nobody_takes_it_over_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="did not answer"):
        hand_over(tmp_path, handed("urn:b"), "old.xml")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pins": {"a": 1}, "aliases": {}}', '{"pins": {"a": {"x": 1}}}'])
def test_what_nobody_of_ours_has_written_changes_nothing(index: Index, text: str, tmp_path: Path) -> None:
    before = ids(index)
    (tmp_path / "request").write_text(text)
    with pytest.raises(ValueError, match=r"import-feed|JSON|Expecting"):
        take_over(tmp_path / "request", index, NOW)
    assert ids(index) == before
