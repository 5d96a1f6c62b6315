"""Which files are posts by their names: the quick answer beside the whole judgement."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.settings import LimitSettings
from service.sources.files import Tree
from service.sources.jekyll_config import read_config
from service.sources.jekyll_layout import Document, Layout

CONFIGS = (
    "",
    "exclude: [_posts/2020-01-01-a.md]\n",
    "exclude: ['*.txt', _posts/old/]\ninclude: [_posts/old/2020-01-01-a.md, .hidden]\n",
    "source: docs\ninclude: [about.md, _posts/2020-01-01-a.md]\n",
    "collections_dir: kept\ncollections: {notes: {output: true}}\n",
    "show_drafts: true\ncollections: {posts: {output: true}, notes: {output: true}}\n",
)
DIRECTORIES = (*("_posts",) * 6, "_drafts", "_notes", "docs", "kept", "old", "_old", ".hidden", "#x", "a b", "한글")
NAMES = (
    "2020-01-01-a.md", "20-1-1-b.markdown", "2020-01-01-a.md~", "2020-01-01-a.md.", "2020-01-01-a.", "2020-01-01-.md",
    "2020-01-01-a.JPG", "2020-01-01-a.txt", "2020-01-01-한글.html", "2020-01-01-a\n.md", "2020-1-1-noext", "about.md",
    "index.html", ".a.md", "_a.md", "#a.md", "a.md~", "12020-01-01-a.md", "2020-01-01-a.md\n",
)  # fmt: skip


def layout_of(root: Path, config: str) -> Layout:
    (root / "_config.yml").write_text(config)
    with Tree(root) as tree:
        return Layout(read_config(tree, LimitSettings()))


@pytest.fixture(scope="module", params=CONFIGS)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return layout_of(tmp_path_factory.mktemp("site"), request.param)


def judged(layout: Layout, directories: list[str], name: str) -> tuple[list[bool], Document | None, bool]:
    entered, path = [], ""
    for directory in directories:
        path = f"{path}/{directory}".lstrip("/")
        entered.append(layout.enter(path))
    path = f"{path}/{name}".lstrip("/")
    return entered, layout.document(path), layout.wanted(path)


@given(directories=st.lists(st.sampled_from(DIRECTORIES), max_size=4), name=st.sampled_from(NAMES))
@settings(deadline=None, max_examples=300)
def test_a_post_told_by_its_name_alone_is_what_the_whole_judgement_makes_of_it(
    opened: Layout, directories: list[str], name: str
) -> None:
    quick = judged(opened, directories, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Layout, "_holds_plain_posts", lambda *_: False)
        opened._plain.clear()
        opened._recent.clear()
        assert quick == judged(opened, directories, name)


def test_in_an_ordinary_site_the_name_alone_tells(tmp_path: Path) -> None:
    layout = layout_of(tmp_path, "")
    _, document, _ = judged(layout, ["_posts"], "2020-01-01-a.md")
    assert document == Document("_posts/2020-01-01-a.md", "_posts/2020-01-01-a.md", "posts")
    assert layout._plain == {"_posts": "_posts/"}
