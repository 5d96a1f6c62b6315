"""What the benchmark of sitemaps rests on: an archive that is what its functions say, and a check that finds faults."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import archive, sitemap_steps
from bench.archive import Archive
from bench.plan import CATEGORIES, FULL, QUICK
from bench.sitemaps import STEPS

POSTS = 200


@dataclass(frozen=True)
class Done:
    """A directory in which every step was done, and what each said."""

    directory: Path
    facts: dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    directory = tmp_path_factory.mktemp("archive")
    return Done(directory, {step: sitemap_steps.STEPS[step](directory, POSTS) for step in STEPS})


@pytest.fixture
def directory(done: Done, tmp_path: Path) -> Path:
    """A copy, to spoil."""
    return Path(shutil.copytree(done.directory, tmp_path / "archive"))


def test_an_archive_says_the_same_posts_again_in_the_order_of_their_dates() -> None:
    once = list(Archive(POSTS).puts())
    assert once == list(Archive(POSTS).puts())
    dates = [put.fields.published for put in once if put.fields.published]
    assert len(dates) == POSTS and dates == sorted(set(dates))
    assert len({put.locator for put in once}) == len({put.fields.url for put in once}) == POSTS


def test_an_archive_is_as_mixed_as_it_says() -> None:
    fields = [put.fields for put in Archive(1000).puts()]
    assert Counter(field.language for field in fields) == {"ko": 500, "en": 500}
    assert {len(posts) for posts in Counter(field.categories for field in fields).items()} == {2}
    assert len({field.categories for field in fields}) == CATEGORIES
    assert sum(bool(field.translation) for field in fields) == 100
    assert sum(not field.listed for field in fields) == 10
    assert sum(bool(field.images) for field in fields) == 250


def test_two_versions_of_a_post_are_in_two_languages() -> None:
    pairs: dict[str, list[str | None]] = {}
    for put in Archive(1000).puts():
        if put.fields.translation:
            pairs.setdefault(put.fields.translation, []).append(put.fields.language)
    assert set(map(tuple, pairs.values())) == {("ko", "en")}


def test_a_small_archive_goes_through_every_step(done: Done) -> None:
    documents = 1 + CATEGORIES + 2 + 1  # the site, its categories and languages, what is news
    listed = POSTS + 1 - 2
    assert done.facts["write"]["documents"] == documents
    assert done.facts["rewrite"]["changed"] == 4
    assert done.facts["check"] == {"documents": documents - 1, "urls": 3 * listed + 1 + CATEGORIES + CATEGORIES}


def _without_a_page(text: str) -> str:
    return re.sub(r"<url><loc>[^<]*report-51/.*\n", "", text)


def _with_a_page_twice(text: str) -> str:
    return re.sub(r"(<url><loc>[^<]*report-51/.*\n)", r"\1\1", text)


def _with_a_page_that_is_not_listed(text: str) -> str:
    return text.replace("</urlset>", f"<url><loc>{Archive(POSTS).url(99)}</loc></url>\n</urlset>")


@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        (_without_a_page, "missing"),
        (_with_a_page_twice, "twice"),
        (_with_a_page_that_is_not_listed, "is listed"),
        (lambda text: text.replace("<xhtml:link ", "<xhtml:link rel='alternate' ", 1), "sitemap.xml: line"),
        (lambda text: re.sub(r"<image:image>.*</image:image>", "", text, count=1), "pictures"),
    ],
)
def test_the_check_finds(directory: Path, spoiled: Callable[[str], str], says: str) -> None:
    path = directory / "out" / "sitemap.xml"
    before = path.read_text("utf-8")
    path.write_text(spoiled(before), "utf-8")
    assert path.read_text("utf-8") != before
    with pytest.raises(SystemExit, match=says):
        sitemap_steps.STEPS["check"](directory, POSTS)


def test_a_document_that_changes_without_need_ends_the_run(directory: Path) -> None:
    manifest = directory / "out" / ".feedmill-manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("분류7/sitemap.xml.gz", "분류7/sitemap.xml.old"), "utf-8")
    (directory / "out" / "categories" / "분류7" / "sitemap.xml.gz").unlink()
    with pytest.raises(SystemExit, match="분류7"):
        sitemap_steps.STEPS["rewrite"](directory, POSTS)


def test_each_archive_of_a_plan_is_ten_times_the_one_before() -> None:
    for plan in (FULL, QUICK):
        assert all(large == 10 * small for small, large in zip(plan.archives, plan.archives[1:], strict=False))
    assert archive.NEXT == Archive(10).published(10) == Archive(1000).published(1000)
