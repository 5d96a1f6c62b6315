"""One post changes in a site of many: what it costs, counted, and that no scan is needed for it to be published."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from service.index import Index
from service.index.reading import Reading
from service.paths import Target
from service.publisher import Publisher
from service.settings import LimitSettings, RefreshSettings, Settings, SiteSettings, SourceSettings
from service.sources.directory import DirectorySource
from service.sources.files import Tree
from service.sources.source import Change
from service.sources.walk import Entry
from service.tick import Report, look, tick
from service.worker import run
from tests.index.builders import titles
from tests.worker.test_run import wait_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Counting(DirectorySource):
    """Counts its scans."""

    scans = 0

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        self.scans += 1
        return super().scan(known)


def write(root: Path, posts: int) -> None:
    (root / "_posts").mkdir(parents=True)
    (root / "_config.yml").write_text("url: https://example.org\n", "utf-8")
    for number in range(posts):
        rename(root, number, f"Post {number}")


def rename(root: Path, number: int, title: str) -> str:
    """Write a post under a title; its locator."""
    name = f"_posts/{2000 + number // 300}-{1 + number // 25 % 12:02}-{1 + number % 25:02}-post-{number}.md"
    head = f"title: {title}\ncategories: [c{number % 4}]\ntags: [t]\nauthor: a{number % 3}\nlang: ko\n"
    (root / name).write_text(f"---\n{head}---\nBody {number}\n", "utf-8")
    return name


def opened(root: Path) -> Counting:
    source = Counting(
        SourceSettings(path=root, name="site"), SiteSettings(), LimitSettings(), take=Reading, clock=lambda: 4e9
    )
    source.open()
    return source


def cost_of_one_change(tmp_path: Path, posts: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """Steps of SQLite's machine (they grow with every row that is looked at), renders, and files that were touched."""
    root = tmp_path / str(posts)
    write(root, posts)
    steps, touched = [0], list[str]()

    def step() -> int:
        steps[0] += 1
        return 0

    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.set_progress_handler(step, 1)

    event.listen(Pool, "connect", connected)
    find = Tree.find

    def counted(tree: Tree, path: str) -> Entry | None:
        touched.append(path)
        return find(tree, path)

    try:
        with closing(Index.open(tmp_path / f"state-{posts}", writer=True)) as index:
            source, publisher = opened(root), Publisher(index, Settings())
            tick([source], index, NOW, refresh=RefreshSettings())
            feed = Target("category", "c2", "rss.xml")
            before = publisher.document(feed)
            renders = publisher.posts.renders
            locator = rename(root, posts - 2, "다른 제목")
            monkeypatch.setattr(Tree, "find", counted)
            steps[0] = 0
            report = look([source], index, NOW, {"site": {locator}})
            after = publisher.document(feed)
            monkeypatch.setattr(Tree, "find", find)
            assert isinstance(report, Report)
            assert (report.sources[0].put, source.scans) == (1, 1)
            assert before is not None
            assert after is not None
            assert b"\xeb\x8b\xa4\xeb\xa5\xb8" in after.body
            return steps[0], publisher.posts.renders - renders, len(touched)
    finally:
        event.remove(Pool, "connect", connected)


def test_one_change_costs_the_same_in_a_small_site_and_in_a_large_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = (cost_of_one_change(tmp_path, posts, monkeypatch) for posts in (148, 900))
    assert small == large
    assert small[1:] == (1, 1), "one entry is rendered, one file is touched"


def test_an_edit_is_published_without_a_scan_and_confirmed_without_one(tmp_path: Path) -> None:
    write(tmp_path / "site", 3)
    source = Counting(SourceSettings(path=tmp_path / "site"), SiteSettings(), LimitSettings(), take=Reading)
    source.open()
    settings = Settings.model_construct(refresh=RefreshSettings(interval=3600))
    stop = threading.Event()
    with closing(Index.open(tmp_path / "state", writer=True)) as index:
        thread = threading.Thread(target=run, args=(settings, [source], index), kwargs={"stop": stop})
        thread.start()
        try:
            wait_for(lambda: len(titles(index)) == 3)
            wait_for(lambda: source.scans >= 2)  # the watch says once that it has begun
            wait_for(lambda: "~" not in "".join(index.fingerprints(source.name).values()))
            before = source.scans
            rename(tmp_path / "site", 1, "다른 제목")
            wait_for(lambda: "다른 제목" in titles(index))
            wait_for(lambda: "~" not in "".join(index.fingerprints(source.name).values()))
            assert source.scans == before
        finally:
            stop.set()
            thread.join()
