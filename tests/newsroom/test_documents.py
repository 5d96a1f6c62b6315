"""The example newsroom's documents: valid, readable by a reader's parser, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser  # type: ignore[import-untyped]  # ships no types
import pytest

import schemas
from service.build import file_name, targets
from service.documents import Selection
from service.publisher import Publisher
from service.runtime import open_sources, open_writer, renderer
from service.settings import load
from service.worker import tick
from tests.newsroom.running import EXAMPLE, feedmill

KINDS = {"rss.xml": "rss", "atom.xml": "atom", "feed.json": "json"}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def publish(content: Path, state: Path) -> Iterator[Publisher]:
    opened = open_sources(load({"source": [{"path": str(content)}], "service": {"state": str(state)}}, root=content))
    index = open_writer(opened)
    try:
        refresh = opened.settings.refresh
        tick(opened.sources, index, NOW, refresh=refresh, render_suspicious=renderer(opened.settings, index))
        yield Publisher(index, opened.settings)
    finally:
        index.close()


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    yield from publish(EXAMPLE, tmp_path_factory.mktemp("state"))


def test_every_feed_is_valid_against_our_schemas(newsroom: Publisher) -> None:
    found = {}
    for target in targets(newsroom, Selection(frozenset(("rss", "atom", "json")))):
        document = newsroom.document(target)
        assert document is not None
        problems = schemas.problems(KINDS[target.document], document.body)  # type: ignore[arg-type]  # of the literals
        if problems:
            found[file_name(target)] = problems
    assert found == {}


def test_rss_atom_and_json_say_the_same_of_every_post(newsroom: Publisher) -> None:
    from service.paths import Target

    for row in newsroom.index.channels():
        bodies = {}
        for name in KINDS:
            document = newsroom.document(Target(row.kind, row.slug, name))  # type: ignore[arg-type]  # of the literals
            assert document is not None
            bodies[name] = document.body
        items = json.loads(bodies["feed.json"])["items"]
        assert items or row.posts == 0
        for name in ("rss.xml", "atom.xml"):
            parsed = feedparser.parse(bodies[name])
            assert not parsed.bozo, (row.slug, name, parsed.get("bozo_exception"))
            assert [e.id for e in parsed.entries] == [i["id"] for i in items]
            assert [e.link for e in parsed.entries] == [i["url"] for i in items]
            assert [feedparser_text(e.title) for e in parsed.entries] == [i["title"] for i in items]
            assert [[t.term for t in e.get("tags", [])] for e in parsed.entries] == [i.get("tags", []) for i in items]
        stamps = {i["date_published"] for i in items}
        assert all(stamp.endswith("Z") for stamp in stamps)


def feedparser_text(title: str) -> str:
    import html

    return html.unescape(title)


def test_no_draft_hidden_expired_or_scheduled_post_is_in_any_document(newsroom: Publisher) -> None:
    everything = b"".join(
        document.body for target in targets(newsroom) if (document := newsroom.document(target)) is not None
    )
    hidden = [p for p in EXAMPLE.rglob("*.md") if any(w in p.read_text("utf-8") for w in SIGNS) or "_drafts" in p.parts]
    assert len(hidden) >= 4
    for path in hidden:
        title = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("title:"))
        assert title.removeprefix("title:").strip(" \"'").encode() not in everything, path.name


SIGNS = ("\npublished: false", "\ndraft: true", "\nexpires: 20", "\ndate: 2090")


def test_the_same_posts_in_another_order_of_arrival_give_the_same_bytes(newsroom: Publisher, tmp_path: Path) -> None:
    shuffled = tmp_path / "newsroom"
    files = sorted(p for p in EXAMPLE.rglob("*") if p.is_file())
    random.Random(7).shuffle(files)
    for path in files:
        copy = shuffled / path.relative_to(EXAMPLE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    for other in publish(shuffled, tmp_path / "state"):
        for target in targets(newsroom):
            mine, theirs = newsroom.document(target), other.document(target)
            assert mine is not None
            assert theirs is not None
            assert mine.body == theirs.body, target


def test_another_process_zone_locale_and_hash_seed_give_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for number, variables in enumerate(
        (
            {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
            {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4242", "LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8"},
        )
    ):
        out = tmp_path / f"out{number}"
        done = feedmill("build", EXAMPLE, "--out", out, "--state", tmp_path / f"state{number}", **variables)
        assert done.returncode == 0, done.stderr
        files = sorted(p for p in out.rglob("*") if p.is_file())
        digests.append({p.relative_to(out): hashlib.sha256(p.read_bytes()).hexdigest() for p in files})
    assert digests[0] == digests[1]


def test_a_blog_that_moves_here_keeps_the_ids_that_jekyll_feed_gave(newsroom: Publisher) -> None:
    from service.paths import Target

    document = newsroom.document(Target("site", "", "atom.xml"))
    assert document is not None
    assert b"<id>https://newsroom.example.org/news/2026/03/05/open-data-breakfast</id>" in document.body
