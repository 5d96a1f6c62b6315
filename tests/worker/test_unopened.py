"""A worker that cannot open its content: what was published is served, and whoever asks is told why it is stale."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.errors import SourceUnavailable
from service.index import Index
from service.publisher import Publisher
from service.runtime import open_sources
from service.serving import work
from tests.explain.asking import index, jekyll_site, settings, text, write

BROKEN = 'url: https://example.org\ntitle: "A\nfoo: bar\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = jekyll_site(tmp_path / "site", {"2025-01-01-a.md": text(title="A")})
    index(root, tmp_path / "state")
    return root


def client(root: Path, state: Path) -> Any:
    said = settings(root, state=state)
    return create_app(Publisher(Index.open(state), said), said).test_client()


def changed(state: Path) -> datetime:
    """When the site's feeds changed: Last-Modified, which is never later than the moment of asking."""
    with closing(Index.open(state)) as opened:
        site = opened.channel("site", "")
        assert site is not None
        return site.changed_at


def started(root: Path, state: Path) -> None:
    """A worker starts, and goes."""
    with pytest.raises(SourceUnavailable, match=r"/_config\.yml:2:8 "):
        work(settings(root, state=state), threading.Event())


def test_a_configuration_that_was_broken_before_the_start_is_told_by_readyz_until_it_is_mended(
    root: Path, tmp_path: Path
) -> None:
    state, config = tmp_path / "state", (root / "_config.yml").read_text("utf-8")
    before, seen = client(root, state).get("/atom.xml"), changed(state)
    (root / "_config.yml").write_text(BROKEN, "utf-8")
    for _ in range(2):
        started(root, state)
    asked = client(root, state)
    said = json.loads(asked.get("/readyz").data)
    assert (said["ready"], said["stale"]) == (True, ["site"])
    (source,) = said["sources"]
    assert source["stale"].startswith("_config.yml:2:8 error yaml-syntax ")
    assert str(root) not in asked.get("/").get_data(as_text=True)
    after = asked.get("/atom.xml")
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert changed(state) == seen
    (root / "_config.yml").write_text(config, "utf-8")
    index(root, state)
    assert json.loads(client(root, state).get("/readyz").data)["stale"] == []


def test_where_nothing_was_published_there_is_nothing_to_be_stale(tmp_path: Path) -> None:
    root = jekyll_site(tmp_path / "site", {"2025-01-01-a.md": text(title="A")})
    (root / "_config.yml").write_text(BROKEN, "utf-8")
    started(root, tmp_path / "state")
    assert client(root, tmp_path / "state").get("/readyz").status_code == 503


def test_a_configuration_that_is_gone_at_the_start_holds_until_somebody_says_that_this_was_meant(
    root: Path, tmp_path: Path
) -> None:
    state, said = tmp_path / "state", settings(root, state=tmp_path / "state", site={"url": "https://own.example"})
    before = client(root, state).get("/atom.xml")
    (root / "_config.yml").unlink()
    gone = r"_config\.yml is gone; what it said holds until it is back \(.* refresh --force\)"
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match=gone):
            work(settings(root, state=state), threading.Event())
    for opening in (
        lambda: open_sources(said),
        lambda: open_sources(settings(root, state=state), lambda: "http://x.y"),
    ):
        with pytest.raises(SourceUnavailable, match=gone):
            opening()
    asked = client(root, state)
    assert json.loads(asked.get("/readyz").data)["sources"][0]["stale"].startswith("_config.yml is gone")
    after = asked.get("/atom.xml")
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    index(root, state, site={"url": "https://own.example"})
    assert b"https://own.example/" in client(root, state).get("/atom.xml").data
    open_sources(said)


def test_a_directory_that_never_had_a_configuration_is_opened_without_one(tmp_path: Path) -> None:
    root = write(tmp_path / "notes", {"a.md": text(title="A", date="2025-01-01")})
    for _ in range(2):
        index(root, tmp_path / "state", site={"url": "https://own.example"})
        open_sources(settings(root, state=tmp_path / "state"), lambda: "https://own.example")
