"""What the index ends up with depends on the posts, not on how they came."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.index import Index
from service.sources.source import Change, Drop, Put
from tests.index.builders import NOW, apply, at, authors, contents, put

names = st.sampled_from([f"post-{number}" for number in range(8)])


@st.composite
def versions(draw: st.DrawFn, *, urls: tuple[str, ...] = ("", "", "one", "two"), explicit_id: bool = False) -> Put:
    """A version of one of few posts, with dates, URLs, ids and terms from so small a choice that they clash."""
    name = draw(names)
    clash = draw(st.sampled_from(urls))
    return put(
        name,
        draw(st.sampled_from([at(2), at(1), at(1, 1), at(-1)])),
        title=f"{name} {draw(st.integers(0, 2))}",
        url=f"https://example.org/{clash or name}.html",
        id=f"tag:{draw(st.sampled_from((name, 'shared')))}",
        explicit_url=draw(st.booleans()),
        explicit_id=explicit_id,
        updated=draw(st.sampled_from([None, None, at(0), at(0.25)])),
        tags=tuple(draw(st.lists(st.sampled_from(["x", "X", "y", "ｙ", "z"]), max_size=3))),
        authors=authors(*draw(st.lists(st.sampled_from(["Kim", "kim", "Lee"]), max_size=2))),
        expires=draw(st.sampled_from([None, None, at(-2), at(0.5)])),
        visibility=draw(st.sampled_from(["public", "public", "public", "hidden"])),
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Index]]:
    """Two indexes for all examples, because making one costs more than an example; :func:`emptied` before use."""
    place = tmp_path_factory.mktemp("pair")
    with closing(Index.open(place / "one", writer=True)) as one, closing(Index.open(place / "two", writer=True)) as two:
        yield one, two


def emptied(pair: tuple[Index, Index]) -> tuple[Index, Index]:
    for index in pair:
        index.retain([], at(90))  # so long ago that nothing is taken for what left then (C-42)
        apply(index)
    return pair


@settings(max_examples=60, deadline=None)
@given(st.lists(versions(), max_size=10), st.randoms(use_true_random=False))
def test_the_same_posts_in_another_order_make_the_same_index(
    pair: tuple[Index, Index], posts: list[Put], rng: random.Random
) -> None:
    last = list({post.locator: post for post in posts}.values())
    shuffled = last[:]
    rng.shuffle(shuffled)
    one, two = emptied(pair)
    apply(one, *last)
    for post in shuffled:
        apply(two, post)
    assert of_channels_with_posts(contents(one)) == of_channels_with_posts(contents(two))


def check_accounts(index: Index) -> None:
    """What is kept by adding and subtracting agrees with what counting gives."""
    for row in index.channels():
        rows = index.posts([ref.number for ref in index.window(row.number, 1000)])
        changes = [max(post.published, post.fields.updated or post.published) for post in rows]
        assert (row.posts, row.newest) == (len(rows), max(changes, default=None))


def of_channels_with_posts(seen: dict[str, Any]) -> dict[str, Any]:
    """Terms stay known once they had a post, if only until a better claimant of its URL came."""
    return {key: value for key, value in seen.items() if "/" not in key or value[2] > 0}


def without_history(seen: dict[str, Any]) -> dict[str, Any]:
    """That a post had another id before is told where it was seen to change, and nowhere else."""
    problems = [problem for problem in seen["problems"] if problem.code != "guid-changed"]
    return of_channels_with_posts(seen | {"problems": problems})


changes = st.one_of(versions(urls=("",), explicit_id=True), names.map(lambda name: Drop(f"{name}.md")))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(changes, max_size=5), max_size=6))
def test_history_leaves_no_trace_but_the_terms_it_made_known(
    pair: tuple[Index, Index], history: list[list[Change]]
) -> None:
    """Ids that renamed posts keep apart (C-42): here each author says the post's own."""
    last: dict[str, Put] = {}
    lived, fresh = emptied(pair)
    for scan in history:
        for change in scan:
            if isinstance(change, Put):
                last[change.locator] = change
            else:
                last.pop(change.locator, None)
        apply(lived, *scan)
    apply(fresh, *last.values())
    for index in pair:
        check_accounts(index)
        index.advance(at(-1))
        check_accounts(index)
    assert without_history(contents(lived)) == without_history(contents(fresh))


def test_now_is_the_only_clock(tmp_path: Path) -> None:
    """The same changes at the same times give the same file contents, whenever they are made."""
    seen = []
    for name in ("one", "two"):
        with closing(Index.open(tmp_path / name, writer=True)) as index:
            apply(index, put("a", None, tags=("x",)), now=NOW)
            seen.append((contents(index), [row.changed_at for row in index.channels()]))
    assert seen[0] == seen[1]
