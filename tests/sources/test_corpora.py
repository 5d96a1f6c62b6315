"""Real content, where it is at hand: every post is loaded, or a line says why not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from service.settings import SiteSettings
from service.sources.source import Change, Put, Reject
from tests.sources.support import SHARED, scan, source

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpora are not beside this repository")


def corpus(name: str) -> dict[str, Change]:
    return scan(SHARED / name)


def test_the_seed_post_is_published_with_the_excerpt_its_author_wrote() -> None:
    (change,) = corpus("seed").values()
    assert isinstance(change, Put)
    fields = change.fields
    assert fields.title == "메타버스 혁명, 산업 융합으로 미래 창출"
    assert fields.categories == ("News",)
    assert fields.summary
    assert fields.summary.startswith("정부가 메타버스 산업 활성화를 위한")
    assert fields.images[0].url == "https://newsdao.kr/res/images/meta/newsdao_breakingnews.jpg"
    assert fields.markup == "html"
    assert fields.published is None
    assert [problem.code for problem in change.problems] == ["date-missing"]


def test_a_korean_blog_that_is_only_its_posts_loads_whole() -> None:
    changes = corpus("corpora/subicura-korean")
    files = [path for path in (SHARED / "corpora/subicura-korean").rglob("*") if path.is_file()]
    assert len(changes) == len(files)
    assert all(isinstance(change, Put) for change in changes.values())
    assert all(change.fields.published for change in changes.values() if isinstance(change, Put))


@pytest.mark.parametrize(
    "name", ["18f-posts", "spf13-hugo-toml", "gray-matter-fixtures", "python-frontmatter-fixtures"]
)
def test_every_file_of_a_folder_is_a_post_or_has_a_line_that_says_why_not(name: str) -> None:
    changes = corpus(f"corpora/{name}")
    kinds = Counter(type(change).__name__ for change in changes.values())
    assert kinds["Put"] > kinds["Reject"] / 2
    for path, change in changes.items():
        if isinstance(change, Reject):
            assert change.problems[-1].path == path
            assert change.problems[-1].message


def test_the_broken_files_of_18f_are_the_ones_that_are_broken() -> None:
    rejected = [change for change in corpus("corpora/18f-posts").values() if isinstance(change, Reject)]
    assert len(rejected) < 504 / 20
    assert all(change.problems[-1].hint for change in rejected)


KINDS = {
    "18f-posts": "plain",
    "cms-json": "plain",
    "gray-matter-fixtures": "plain",
    "hexo-unit-test": "plain",
    "python-frontmatter-fixtures": "plain",
    "spf13-hugo-toml": "plain",
    "subicura-korean": "jekyll",
}
NO_POSTS = {
    ".json": "data of an API, or what another tool's tests expect",
    ".yaml": "data, without a body",
    ".yml": "Hexo's configuration",
}
"""What lies beside the posts of the corpora, and why it is none."""


def directories() -> list[str]:
    root = SHARED / "corpora"
    return sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


@pytest.mark.parametrize("name", directories())
def test_every_file_of_every_corpus_is_accounted_for_whatever_it_is_taken_for(name: str) -> None:
    root = SHARED / "corpora" / name
    opened = source(root, site=SiteSettings(url="https://corpora.example"))
    opened.open()
    assert opened.detected is not None
    assert opened.detected.kind == KINDS.get(name, opened.detected.kind)
    changes = {change.locator: change for change in opened.scan({})}
    for file in filter(Path.is_file, root.rglob("*")):
        change = changes.pop(file.relative_to(root).as_posix(), None)
        if isinstance(change, Put):
            assert change.fields.url, file
        elif isinstance(change, Reject):
            assert change.problems[-1].message, file
        else:
            assert file.suffix in NO_POSTS, file
    assert not changes


@pytest.mark.parametrize("kind", ["jekyll", "eleventy", "zola", "plain"])
@pytest.mark.parametrize("name", directories())
def test_no_corpus_breaks_a_dialect_that_it_was_not_written_for(name: str, kind: str) -> None:
    changes = scan(SHARED / "corpora" / name, site=SiteSettings(url="https://corpora.example"), kind=kind)
    assert all(isinstance(change, Put | Reject) for change in changes.values())


def test_hexos_corpus_is_published_whole() -> None:
    changes = scan(SHARED / "corpora/hexo-unit-test", site=SiteSettings(url="https://corpora.example"))
    assert len(changes) == 15
    assert all(isinstance(change, Put) and change.fields.published for change in changes.values())
