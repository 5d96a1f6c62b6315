"""What a document costs, counted and not timed: statements, steps of SQLite's machine, and bodies rendered.

The steps grow with every row that a statement looks at, so that equal numbers at two sizes of an archive mean that
nothing was read but the window.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from service.build import build, targets
from service.documents import Selection
from service.index import Index
from service.paths import Target
from service.publisher import Publisher
from service.settings import Settings
from tests.index.builders import apply, at, put
from tests.publishing.published import app_of

SMALL, LARGE = 200, 2_000
CATEGORIES = 4
DOCUMENTS = ("rss.xml", "atom.xml", "feed.json", "meta.html", "meta.json", "embed.html", "embed.json", "")


@dataclass
class Cost:
    """What was counted since :func:`counting` began."""

    statements: int = 0
    steps: int = 0
    renders: int = 0


@contextmanager
def counting(directory: Path) -> Iterator[tuple[Publisher, Cost]]:
    """A publisher that knows nothing yet, over the index in a directory, and its costs."""
    cost = Cost()

    def step() -> int:
        cost.steps += 1
        return 0

    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.set_progress_handler(step, 1)

    def executed(*_: Any) -> None:
        cost.statements += 1

    event.listen(Pool, "connect", connected)
    event.listen(Engine, "before_cursor_execute", executed)
    index = Index.open(directory)
    try:
        yield Publisher(index, Settings()), cost
    finally:
        index.close()
        event.remove(Pool, "connect", connected)
        event.remove(Engine, "before_cursor_execute", executed)


def archive(directory: Path, posts: int) -> Path:
    """An index of that many posts, the newest of them the same in every archive."""
    index = Index.open(directory / str(posts), writer=True)
    try:
        apply(index, *(_post(number) for number in range(posts)))
    finally:
        index.close()
    return directory / str(posts)


def _post(number: int, text: str = "") -> Any:
    name = f"post-{number:05}"
    return put(name, at(number), text=text or f"Body *{number}*.", categories=(f"c{number % CATEGORIES}",), tags=("t",))


def cost_of(publisher: Publisher, cost: Cost, name: Any, kind: Any = "category", slug: str = "c1") -> Cost:
    """What one document costs now."""
    cost.statements = cost.steps = 0
    before = publisher.posts.renders
    assert publisher.document(Target(kind, slug, name)) is not None
    return Cost(cost.statements, cost.steps, publisher.posts.renders - before)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    directory = tmp_path_factory.mktemp("archives")
    return {posts: archive(directory, posts) for posts in (SMALL, LARGE)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_documents_cost_follows_its_window_and_not_the_archive(archives: dict[int, Path], name: str) -> None:
    costs = {}
    for posts, directory in archives.items():
        with counting(directory) as (publisher, cost):
            first = cost_of(publisher, cost, name)
            costs[posts] = first, cost_of(publisher, cost, name)
    assert costs[SMALL] == costs[LARGE]
    first, again = costs[SMALL]
    assert first.renders == {"meta.html": 0, "meta.json": 0, "embed.html": 10}.get(name, 20), (
        "the window; links need none"
    )
    assert first.statements <= 10
    assert (again.renders, again.statements <= 4) == (0, True), "entries are kept, the document is asked for anew"


def test_one_changed_post_costs_one_render_and_as_many_rows_in_any_archive(tmp_path: Path) -> None:
    costs = {}
    for posts in (SMALL, LARGE):
        directory = archive(tmp_path, posts)
        with counting(directory) as (publisher, cost):
            for kind, slug in (("category", "c1"), ("site", "")):
                cost_of(publisher, cost, "rss.xml", kind, slug)
            writer = Index.open(directory, writer=True)
            try:
                apply(writer, *(_post(n, "Another body." if n == 1 else "") for n in range(posts)))
            finally:
                writer.close()
            costs[posts] = [
                cost_of(publisher, cost, "rss.xml", kind, slug) for kind, slug in (("category", "c1"), ("site", ""))
            ]
    assert costs[SMALL] == costs[LARGE]
    assert [spent.renders for spent in costs[SMALL]] == [1, 0], "rendered once for both channels"


def test_a_thousand_categories_cost_nothing_until_one_is_asked_for(tmp_path: Path) -> None:
    index = Index.open(tmp_path, writer=True)
    try:
        apply(index, *(put(f"p{number}", at(number), categories=(f"c{number}",)) for number in range(1_000)))
    finally:
        index.close()
    with counting(tmp_path) as (publisher, cost):
        client = app_of(publisher).test_client()
        assert client.get("/healthz").status_code == 200
        publisher.poll()
        assert publisher.posts.renders == 0
        cost.statements = 0
        assert client.get("/categories/c7/rss.xml").status_code == 200
        assert publisher.posts.renders == 1, "its one post"
        assert cost.statements <= 12


def test_a_build_renders_a_body_once_however_many_documents_hold_it(archives: dict[int, Path], tmp_path: Path) -> None:
    with counting(archives[SMALL]) as (publisher, _):
        built = build(publisher, tmp_path / "out")
        assert not built.broken
        assert publisher.posts.renders == SMALL


def test_the_metadata_of_many_pages_take_fewer_statements_than_each_alone(archives: dict[int, Path]) -> None:
    spent = []
    for prepared in (False, True):
        with counting(archives[SMALL]) as (publisher, cost), publisher.index.snapshot():
            pages = [target for target in targets(publisher, Selection(frozenset(("metadata",)))) if target.part][:64]
            cost.statements = 0
            if prepared:
                publisher.prepare(pages)
            assert all(publisher.document(target) for target in pages)
            spent.append(cost.statements)
    alone, together = spent
    assert together < 0.7 * alone, spent
