"""The short way of new posts, where much is not asked, comes to the index that the long way makes of the same posts.

Short: a first scan, which fills a file of its own and knows that nothing was there. Long: post by post, or together
with a post that was known, in an index that lived before.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, select

from feeds.model import Image
from service.errors import Problem
from service.index import Index, schema, state_schema
from service.index.chunks import SIZE, chunked
from service.index.database import reading
from service.index.reading import unpacked
from service.sources.source import Context, Put, Reject
from tests.index.builders import SITE, apply, at, authors, drop, put, reject

SOURCES = ("one", "two", "three")
CONTEXTS = {
    "one": Context(url=SITE, language="en"),
    "two": Context(url=SITE, language="ko"),
    "three": Context(url="https://else.example"),
}

Files = dict[str, list[Put | Reject]]
"""By source."""

_names = [f"post-{number}" for number in range(9)]
_urls = [f"{SITE}/{end}" for end in ("one.html", "two.html", "two", "TWO.html", "", "%ED%95%9C.html", "한.html")]
_urls.append("https://else.example/one.html")


@st.composite
def post(draw: st.DrawFn, name: str) -> Put | Reject:
    """A post with dates, URLs, ids, pages and terms from so small a choice that they clash."""
    if draw(st.integers(0, 9)) == 9:
        return reject(name)
    other = draw(st.sampled_from(_names))
    day = draw(st.sampled_from((None, at(2), at(2), at(1), at(1, 1), at(-1), at(-9))))
    made = put(
        name,
        day,
        title=draw(st.sampled_from((name, "The same"))),
        text=draw(st.sampled_from(("", "The same.", f"See [that]({other}.md).", f"{{% post_url {other} %}}"))),
        url=draw(st.sampled_from((f"{SITE}/{name}.html", f"{SITE}/{name}.html", *_urls))),
        id=draw(st.sampled_from((f"{SITE}/{name}", f"{SITE}/{name}", f"{SITE}/{other}", "tag:shared"))),
        explicit_url=draw(st.booleans()),
        explicit_id=draw(st.sampled_from((False, False, True))),
        updated=draw(st.sampled_from((None, None, at(0), at(1.5)))),
        expires=draw(st.sampled_from((None, None, None, at(-2), at(0.5)))),
        future=draw(st.sampled_from((False, False, True))),
        visibility=draw(st.sampled_from(("public", "public", "public", "unlisted", "hidden"))),
        listed=draw(st.sampled_from((True, True, False))),
        language=draw(st.sampled_from((None, None, "en", "de", "EN"))),
        translation=draw(st.sampled_from(("", "", "about", "home"))),
        canonical=draw(st.sampled_from((None, None, *_urls[:3]))),
        aliases=draw(st.sampled_from(((), (), (f"{SITE}/old.html",), (f"{SITE}/{other}.html",)))),
        collection=draw(st.sampled_from(("posts", "posts", "pages"))),
        treatment=draw(st.sampled_from(("lazy", "lazy", "deadline", "escape"))),
        categories=tuple(draw(st.lists(st.sampled_from(("News", "news", "NEWS")), max_size=2))),
        tags=tuple(draw(st.lists(st.sampled_from(("x", "X", "y", "ｙ", "z")), max_size=3))),
        authors=authors(*draw(st.lists(st.sampled_from(("Kim", "kim", "Lee")), max_size=2))),
        images=draw(st.sampled_from(((), (Image(f"{SITE}/a.png"), Image(f"{SITE}/b.png"))))),
    )
    if draw(st.integers(0, 5)) == 5:
        return Put(made.locator, made.fingerprint, made.fields, made.text, (_warning(made.locator),))
    return made


def _warning(locator: str) -> Problem:
    return Problem(locator, 1, 2, "warning", "title-long", "its title is long")


@st.composite
def sites(draw: st.DrawFn) -> Files:
    """The files of one, two or three sources, each in an order of its own."""
    found: Files = {}
    for source in SOURCES[: draw(st.integers(1, 3))]:
        names = draw(st.lists(st.sampled_from(_names), unique=True, max_size=7))
        found[source] = [draw(post(name)) for name in names]
    return found


# -- the ways --------------------------------------------------------------------------------------------------------


def first_scans(index: Index, files: Files) -> None:
    """The short way."""
    for source, changes in files.items():
        _apply(index, source, _seed(source), *changes)


def one_by_one(index: Index, files: Files) -> None:
    for source, changes in files.items():
        _apply(index, source, _seed(source))
        for change in changes:
            _apply(index, source, change)


def beside_a_known_one(index: Index, files: Files) -> None:
    """Each source's in one scan, in which a post is touched that was there."""
    for source in files:
        _apply(index, source, _seed(source))
    for source, changes in files.items():
        _apply(index, source, *changes, _seed(source, mark="touched"))
        _apply(index, source, _seed(source))


def after_a_life(index: Index, files: Files) -> None:
    """In an index and a state file that know of posts which left, moved and kept their ids long ago: nothing is
    answered without a look."""
    for source in files:
        ago = f"ago-{source}"
        _apply(index, source, _seed(source), put(ago, at(99)), put(f"{ago}-b", at(99)), now=95)
        _apply(index, source, put(f"{ago}-new", at(99), text=f"The body of {ago}."), drop(ago), now=94)
        _apply(index, source, drop(f"{ago}-new"), drop(f"{ago}-b"), now=93)
    one_by_one(index, files)


def in_pieces(index: Index, files: Files) -> None:
    """Batches end elsewhere."""
    for source, changes in files.items():
        _apply(index, source, _seed(source))
        for piece in chunked(changes, 170):
            _apply(index, source, *piece)


LONG_WAYS = (one_by_one, beside_a_known_one, after_a_life)


def _seed(source: str, mark: str = "") -> Put:
    """What makes each source one that was scanned."""
    return put(f"seed-{source}", at(100), mark=mark)


def _apply(index: Index, source: str, *changes: Any, now: float = 0) -> None:
    apply(index, *changes, source=source, context=CONTEXTS[source], now=at(now))


# -- what is compared ------------------------------------------------------------------------------------------------

Dump = dict[str, list[tuple[Any, ...]]]

_HISTORY = {
    "meta": {"key", "value"},
    "sources": {"refreshed"},
    "terms": {"number", "revision", "changed_at"},
    "shards": {"revision", "changed_at"},
    "subjects": {"revision", "changed_at"},
    "problems": {"number"},
    "state.terms": {"label"},
}
"""Columns that tell what happened: counts and times of transactions, numbers in the order of arrival, how a term was
spelled by the post that made it known."""


def dump(directory: Path) -> Dump:
    """All that an index and its state file hold, history apart: posts and terms under their names."""
    index, remembered = (
        _tables(directory / "index.db", schema.metadata),
        _tables(directory / "state.db", state_schema.metadata),
    )
    posts = {row["number"]: (row["source"], row["locator"]) for row in index["posts"]}
    terms = {row["number"]: (row["kind"], row["key"]) for row in index["terms"]}
    index["terms"] = [row for row in index["terms"] if row["posts"]]  # known since a post that lost its place had them
    for row in index["posts"]:
        row["number"], row["placed"] = None, [terms[number] for number in json.loads(row["placed"])]
        if not row["out"]:  # what it shows of others is looked at when it comes out
            row["links"] = row["digest"] = None
    for table in ("files", "mentions", "texts", "rendered", "placements", "locations", "addresses"):
        for row in index[table]:
            row["post"] = posts.get(row["post"])
    for row in index["texts"]:
        row["body"] = unpacked(row["body"])
    for row in index["placements"]:
        row["term"] = terms[row["term"]]
    index["gone"] = [row for row in index["gone"] if "/ago-" not in row["key"]]
    named = {(row["kind"], row["key"]) for row in index["terms"]}
    remembered["terms"] = [row for row in remembered["terms"] if (row["kind"], row["key"]) in named]
    for table in ("departed", "aliases"):
        remembered[table] = [row for row in remembered[table] if "/ago-" not in row["key"]]
    for table in ("identities", "former_files"):
        remembered[table] = [row for row in remembered[table] if not row["locator"].startswith("ago-")]
    found: Dump = {}
    for name, rows in (*index.items(), *((f"state.{name}", rows) for name, rows in remembered.items())):
        left_out = _HISTORY.get(name, set())
        found[name] = sorted((tuple(row[key] for key in row if key not in left_out) for row in rows), key=repr)
    return found


def _tables(path: Path, metadata: MetaData) -> dict[str, list[dict[str, Any]]]:
    engine = reading(path)
    try:
        with engine.connect() as connection:
            return {
                table.name: [dict(row._mapping) for row in connection.execute(select(table))]
                for table in metadata.sorted_tables
            }
    finally:
        engine.dispose()


def made(directory: Path, way: Callable[[Index, Files], None], files: Files) -> tuple[Dump, Dump]:
    """What a new index holds after its posts came this way, and nine days later."""
    with closing(Index.open(directory, writer=True)) as index:
        index.enroll([*files], at(95))
        way(index, files)
        now = dump(directory)
        index.advance(at(-9))
        return now, dump(directory)


def differences(one: Dump, two: Dump) -> dict[str, tuple[list[Any], list[Any]]]:
    return {
        name: ([row for row in one[name] if row not in two[name]], [row for row in two[name] if row not in one[name]])
        for name in one
        if one[name] != two[name]
    }


# -- the tests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", LONG_WAYS, ids=lambda way: way.__name__)
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # an example is slow
@given(files=sites())
def test_new_posts_come_to_the_same_index_by_the_short_way_and_by_the_long_one(way: Any, files: Files) -> None:
    with tempfile.TemporaryDirectory() as place:
        short, long = made(Path(place, "short"), first_scans, files), made(Path(place, "long"), way, files)
        for before, after in zip(short, long, strict=True):
            assert differences(before, after) == {}


def test_more_posts_than_a_batch_come_to_the_same_index_too(tmp_path: Path) -> None:
    rng = random.Random(7)
    ends = [f"shared-{number}" for number in range(150)]

    def some(name: str) -> Put:
        end, other = rng.choice(ends), f"{rng.choice(SOURCES)}-{rng.randrange(700)}"
        return put(
            name,
            rng.choice((None, at(rng.randrange(30)), at(-1))),
            text=rng.choice(("", f"See [that]({other}.md).")),
            url=f"{SITE}/{rng.choice((name, name, name, end))}.html",
            id=rng.choice((f"{SITE}/{name}", f"{SITE}/{name}", f"tag:{end}")),
            explicit_url=rng.random() < 0.5,
            translation=rng.choice(("", "", end)),
            language=rng.choice((None, "de", "ko")),
            tags=(f"tag {rng.randrange(50)}",),
        )

    files: Files = {source: [some(f"{source}-{number}") for number in range(700)] for source in SOURCES[:2]}
    assert len(files["one"]) > SIZE
    short, long = made(tmp_path / "short", first_scans, files), made(tmp_path / "long", in_pieces, files)
    for before, after in zip(short, long, strict=True):
        assert differences(before, after) == {}
