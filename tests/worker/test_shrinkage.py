"""What a scan takes away is judged by what is published, and not by how many files there are (C-16, U-22)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from service.index import Index
from service.settings import RefreshSettings
from service.sources.source import Put, Reject
from service.tick import SourceReport, tick
from tests.index.builders import FakeSource, at, codes, drop, put, reject, titles

FILES = {
    "a draft": put("left", visibility="hidden"),
    "an unlisted draft": put("left", visibility="unlisted"),
    "a scheduled post": put("left", at(-1)),
    "an expired post": put("left", at(2), expires=at(1)),
    "a file that was never readable": reject("left"),
    "a page": put("left", None, visibility="unlisted", collection="pages"),
}
"""What may be left where every post vanished."""

FEW: list[Put | Reject] = [put(f"p{number}", at(number + 1)) for number in range(3)]
MANY: list[Put | Reject] = [put(f"p{number:03}", at(number + 1)) for number in range(100)]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path, writer=True)) as index:
        yield index


def scan(index: Index, source: FakeSource, *, seconds: float = 0, force: bool = False) -> SourceReport:
    return tick([source], index, at(0, seconds), refresh=RefreshSettings(), force=force).sources[0]


def held(index: Index) -> tuple[int, int] | None:
    (status,) = index.status()
    return None if status.held is None else (status.held.lost, status.held.known)


@pytest.mark.parametrize("left", FILES.values(), ids=FILES)
def test_C16_posts_that_all_vanish_are_held_whatever_else_is_left(index: Index, left: Put | Reject) -> None:
    source = FakeSource()
    source.hold([*FEW, left])
    scan(index, source)
    published = titles(index)
    source.hold([left])
    for minute in range(5):
        assert scan(index, source, seconds=60 * minute).held == 3
    assert (titles(index), held(index)) == (published, (3, 3))
    assert "refresh-held" in codes(index)
    assert scan(index, source, force=True).dropped == 3
    assert titles(index) == []


def test_C16_files_that_were_never_published_do_not_make_a_shrinkage_small(index: Index) -> None:
    source, drafts = FakeSource(), [put(f"draft{number}", visibility="hidden") for number in range(200)]
    source.hold([*MANY, *drafts])
    scan(index, source)
    source.hold([*MANY[:40], *drafts])
    assert [scan(index, source, seconds=60 * minute).held for minute in range(3)] == [60, 60, 0]
    assert len(titles(index)) == 40


def test_C16_drafts_and_pages_may_go_as_they_like_while_the_posts_stay(index: Index) -> None:
    source = FakeSource()
    rest = [put("about", None, visibility="unlisted", collection="pages"), put("draft", visibility="hidden")]
    source.hold([*FEW, *rest, *(put(f"d{number}", visibility="hidden") for number in range(50))])
    scan(index, source)
    source.hold(FEW)
    assert (scan(index, source).dropped, held(index)) == (52, None)


def test_C16_pages_that_all_vanish_are_held_where_there_is_nothing_else(index: Index) -> None:
    source = FakeSource()
    source.hold([put(f"p{number}", None, visibility="unlisted", collection="pages") for number in range(3)])
    scan(index, source)
    source.hold([put("draft", visibility="hidden")])
    assert scan(index, source).held == 3


def test_C16_what_is_added_counts_only_where_it_is_published(index: Index) -> None:
    source = FakeSource()
    source.hold(MANY)
    scan(index, source)
    source.hold([put(f"new{number}", visibility="hidden") for number in range(100)])
    assert scan(index, source).held == 100
    source.hold([put(f"new{number}", at(number)) for number in range(100)])
    assert scan(index, source, seconds=60).dropped == 100
    assert held(index) is None


def test_C16_a_draft_that_is_published_stands_in_for_the_only_post_that_goes(index: Index) -> None:
    source = FakeSource()
    source.hold([put("old"), put("next", visibility="hidden")])
    scan(index, source)
    source.hold([put("next")])
    assert (scan(index, source).dropped, titles(index)) == (1, ["Next"])


def test_C16_what_became_due_or_expired_while_nobody_looked_is_counted_as_it_is_now(index: Index) -> None:
    source = FakeSource()
    due, over = put("due", at(0, 60)), put("over", at(1), expires=at(0, 60))
    source.hold([put("gone"), due])
    scan(index, source)
    source.hold([due])
    assert (scan(index, source, seconds=120).dropped, titles(index)) == (1, ["Due"])
    source.hold([due, over])
    scan(index, source)
    source.hold([over])
    assert scan(index, source, seconds=120).held == 1


def test_C41_a_post_that_its_author_withdraws_is_withdrawn_at_once_however_many_do(index: Index) -> None:
    source = FakeSource()
    source.hold(MANY)
    scan(index, source)
    withdrawn = [put(str(post.locator).removesuffix(".md"), visibility="hidden") for post in MANY]
    source.hold(withdrawn)
    assert (scan(index, source).held, titles(index), held(index)) == (0, [], None)


def test_C16_files_that_all_become_unreadable_at_once_leave_what_they_said_last(index: Index) -> None:
    source = FakeSource()
    source.hold(MANY)
    scan(index, source)
    before = titles(index)
    source.hold([replace(reject("x"), locator=post.locator) for post in MANY])
    scan(index, source)
    assert (titles(index), held(index)) == (before, None)
    source.hold([])
    assert scan(index, source, seconds=60).held == 100


def test_C16_what_is_withdrawn_is_no_measure_of_what_is_gone(index: Index) -> None:
    source = FakeSource()
    source.hold(MANY)
    scan(index, source)
    withdrawn = [replace(put("x", visibility="hidden"), locator=post.locator) for post in MANY[:60]]
    source.hold([*withdrawn, *MANY[60:70]])
    assert (scan(index, source).held, held(index)) == (30, (30, 40))
    assert len(titles(index)) == 40, "the withdrawn are: their files say so"


def test_a_copy_that_stands_in_for_its_original_is_no_shrinkage(index: Index) -> None:
    source = FakeSource()
    copy = replace(put("post", title="Copy"), locator="copy.md")
    source.hold([put("post"), copy])
    scan(index, source)
    source.hold([replace(post, locator="copy.md") for post in [copy]])
    scan(index, source)
    assert len(titles(index)) == 1
    source.hold([put("post")])
    scan(index, source)
    assert (titles(index), held(index)) == (["Post"], None)


def test_what_is_known_of_files_that_are_not_published_is_told_by_kind(index: Index) -> None:
    source = FakeSource()
    source.hold([*FEW, *(replace(file, locator=f"{number}.md") for number, file in enumerate(FILES.values()))])
    scan(index, source)
    assert index.unpublished("posts") == {f"{number}.md" for number in range(5)}
    assert index.beside("posts") == {"5.md"}
    index.apply("posts", [drop("p0")], at(0), context=source.context, facts=source.facts)
    assert (index.status()[0].posts, index.status()[0].pages, index.status()[0].unpublished) == (2, 1, 4)
