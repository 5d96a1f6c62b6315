"""Who is who: duplicates, renamed files, terms and their slugs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from service.index import Index
from service.sources.source import Put
from tests.contracts.index_base import IndexTests
from tests.index.builders import (
    NOW,
    SITE,
    apply,
    at,
    channels_since,
    codes,
    contents,
    drop,
    put,
    titles,
)


class IdentityContract(IndexTests):
    """Posts that claim the same, files that move, spellings of a term."""

    # -- duplicates

    def test_C17_the_winner_of_a_url_does_not_depend_on_the_order_of_arrival(self, tmp_path: Path) -> None:
        same = f"{SITE}/same.html"
        claims = [
            put("derived-early", at(9), url=same),
            put("explicit-late", at(1), url=same, explicit_url=True),
            put("explicit-early", at(5), url=same, explicit_url=True),
            put("same-id", at(7), id=f"{SITE}/explicit-late"),
        ]
        outcomes = []
        for number, order in enumerate(list(itertools.permutations(claims))[::3]):
            index = self.fresh(tmp_path, str(number))
            for claim in order:
                apply(index, claim)
            outcomes.append(contents(index))
            index.close()
        assert all(outcome == outcomes[0] for outcome in outcomes)
        index = self.open_index(tmp_path / "0", writer=False)
        assert titles(index) == ["Explicit-Early", "Same-Id"]
        index.close()

    def test_C17_the_problem_names_both_files_and_goes_with_its_cause(self, index: Index) -> None:
        apply(index, put("one", at(2), url=f"{SITE}/x"), put("two", at(1), url=f"{SITE}/x"))
        (problem,) = index.problems()
        assert (problem.code, problem.path) == ("duplicate-url", "two.md")
        assert "one.md" in problem.message
        assert "which is served because it is the older one (published 2026-" in problem.message
        assert "permalink" in problem.hint
        apply(index, drop("one"))
        assert titles(index) == ["Two"]
        assert codes(index) == []

    @pytest.mark.parametrize(
        ("keeper", "taker", "why"),
        [
            (put("a", at(9), url=f"{SITE}/x"), put("b", at(1), url=f"{SITE}/x", explicit_url=True), "wrote its URL"),
            (put("b", at(5), url=f"{SITE}/x"), put("a", at(5), url=f"{SITE}/x"), "its path comes first"),
            (put("a", at(1), id="tag:x"), put("b", at(9), id="tag:x"), "it is the older one (published "),
        ],
    )
    def test_C17_whoever_takes_over_what_another_file_was_published_under_is_told_of_once(
        self, index: Index, keeper: Put, taker: Put, why: str
    ) -> None:
        apply(index, keeper)
        assert index.take_contested() == []
        apply(index, taker)
        ((source, problem),) = index.take_contested()
        assert (source, problem.path, problem.level) == ("posts", keeper.locator, "error")
        assert f"{taker.locator}, which is served because {why}" in problem.message.replace("its author ", "")
        assert index.take_contested() == []
        apply(index, replace(taker, fingerprint="another", fields=replace(taker.fields, title="Edited")))
        assert index.take_contested() == [], "it is what was said before"

    def test_C17_a_post_that_takes_over_a_url_when_its_time_comes_is_told_of_then(self, index: Index) -> None:
        apply(index, put("now", at(1), url=f"{SITE}/x"), put("later", at(-1), url=f"{SITE}/x", explicit_url=True))
        assert index.take_contested() == []
        index.advance(at(-1))
        assert [problem.path for _, problem in index.take_contested()] == ["now.md"]

    def test_C17_what_the_order_of_the_sources_decides_is_nobodys_news(self, index: Index) -> None:
        index.enroll(["one", "two"], NOW)
        apply(index, put("a"), source="one")
        apply(index, put("a"), source="two")
        assert (codes(index), index.take_contested()) == (["duplicate-url"], [])

    def test_C17_ids_are_unique_in_every_channel(self, index: Index) -> None:
        apply(index, put("one", at(1), id="tag:x", tags=("t",)), put("two", at(1), id="tag:x", tags=("t",)))
        assert titles(index, "tag", "t") == ["One"]
        assert codes(index) == ["duplicate-id"]

    def test_C17_a_loser_blocks_nobody(self, index: Index) -> None:
        apply(
            index,
            put("best", at(9), url=f"{SITE}/x"),
            put("loser", at(8), url=f"{SITE}/x", id="tag:y"),
            put("third", at(7), id="tag:y"),
        )
        assert titles(index) == ["Third", "Best"]

    def test_C17_only_posts_that_are_visible_compete(self, index: Index) -> None:
        apply(
            index,
            put("now", at(1), url=f"{SITE}/x"),
            put("later", at(-1), url=f"{SITE}/x", explicit_url=True),
            put("never", at(9), url=f"{SITE}/x", explicit_url=True, visibility="hidden"),
        )
        assert (titles(index), codes(index)) == (["Now"], [])
        index.advance(at(-1))
        assert (titles(index), codes(index)) == (["Later"], ["duplicate-url"])

    def test_C17_two_sources_with_the_same_post_publish_it_once(self, index: Index) -> None:
        apply(index, put("a", tags=("x",)), source="one")
        apply(index, put("a", tags=("x",)), source="two")
        assert titles(index) == ["A"]
        (problem,) = index.problems()
        assert "source one" in problem.message

    def test_what_the_order_of_the_sources_decides_is_a_notice_and_what_a_source_says_twice_an_error(
        self, index: Index
    ) -> None:
        index.enroll(["one", "two"], NOW)
        apply(index, put("a", url=f"{SITE}/a"), put("twin", url=f"{SITE}/a"), source="one")
        apply(index, put("b", at(1), url=f"{SITE}/a/"), put("c", at(2), id=f"{SITE}/a"), source="two")
        assert [(problem.path, problem.code, problem.level) for problem in index.problems()] == [
            ("b.md", "duplicate-url", "notice"),
            ("c.md", "duplicate-id", "error"),
            ("twin.md", "duplicate-url", "error"),
        ]

    def test_C17_the_outcome_with_several_sources_does_not_depend_on_the_order_of_arrival(self, tmp_path: Path) -> None:
        page = f"{SITE}/news/a"
        claims = [
            ("blog", put("late", at(1), url=f"{SITE}/late")),
            ("blog", put("copy", at(9), canonical=f"{page}/?utm_source=x")),
            ("wire", put("early", at(9), url=f"{SITE}/late/", explicit_url=True)),
            ("wire", put("a", at(8), url=page)),
            ("api", put("same-id", at(9), id=f"{SITE}/late")),
            ("api", put("another-copy", at(9), canonical="http://example.org/news/a/index.html")),
            ("api", put("own", at(3))),
        ]
        outcomes = []
        for number, order in enumerate(list(itertools.permutations(claims))[::211]):
            index = self.fresh(tmp_path, str(number))
            index.enroll(["blog", "wire", "api"], NOW)
            for source, claim in order:
                apply(index, claim, source=source)
            outcomes.append(contents(index))
            index.close()
        assert all(outcome == outcomes[0] for outcome in outcomes)
        index = self.open_index(tmp_path / "0", writer=False)
        assert titles(index) == ["Late", "Own", "Copy"], "the first source of the settings wins"
        assert codes(index) == ["duplicate-canonical", "duplicate-canonical", "duplicate-url", "duplicate-id"]
        index.close()

    def test_C17_sources_in_another_order_have_other_winners(self, index: Index) -> None:
        index.enroll(["one", "two"], NOW)
        apply(index, put("a", at(2), title="Of one"), source="one")
        apply(index, put("b", at(9), title="Of two", canonical=f"{SITE}/a.html"), put("c", at(1)), source="two")
        assert titles(index) == ["C", "Of one"]
        (problem,) = index.problems()
        assert (problem.code, problem.path) == ("duplicate-canonical", "b.md")
        assert (problem.level, "a.md (source one)" in problem.message) == ("notice", True)
        assert "the source that stands first" in problem.hint
        index.enroll(["two", "one"], NOW)
        assert titles(index) == ["C", "Of two"]
        (problem,) = index.problems()
        assert (problem.code, problem.path) == ("duplicate-canonical", "a.md")
        apply(index, drop("b"), source="two")
        assert (titles(index), codes(index)) == (["C", "Of one"], [])

    def test_a_canonical_url_within_a_source_or_of_the_front_page_makes_no_duplicate(self, index: Index) -> None:
        apply(index, put("a", at(1)), put("b", at(2), canonical=f"{SITE}/a.html"), source="one")
        apply(index, put("c", at(3), canonical=f"{SITE}/"), source="one")
        apply(index, put("d", at(4), canonical=f"{SITE}/"), source="two")
        assert (titles(index), codes(index)) == (["A", "B", "C", "D"], [])

    # -- renaming

    def test_C42_a_moved_file_with_the_same_post_touches_no_channel(self, index: Index) -> None:
        post = put("a", tags=("x",))
        apply(index, post)
        before = index.revision()
        applied = apply(index, replace(post, locator="elsewhere/a.md"), drop("a"))
        assert (applied.channels, index.revision(), codes(index)) == (0, before, [])
        assert [row.locator for row in index.posts([ref.number for ref in index.window(1, 9)])] == ["elsewhere/a.md"]

    @pytest.mark.parametrize("drop_first", [True, False])
    def test_C42_a_renamed_file_that_keeps_its_permalink_keeps_its_id(self, index: Index, drop_first: bool) -> None:
        apply(index, put("a", id="tag:first", url=f"{SITE}/x"))
        renamed = put("b", id="tag:second", url=f"{SITE}/x")
        apply(index, *((drop("a"), renamed) if drop_first else (renamed, drop("a"))))
        assert [row.fields.id for row in index.posts([ref.number for ref in index.window(1, 9)])] == ["tag:first"]
        apply(index, put("b", id="tag:second", url=f"{SITE}/x", title="Edited"))
        assert [row.fields.id for row in index.posts([ref.number for ref in index.window(1, 9)])] == ["tag:first"]
        apply(index, put("b", id="tag:chosen", url=f"{SITE}/x"))
        assert [row.fields.id for row in index.posts([ref.number for ref in index.window(1, 9)])] == ["tag:chosen"]

    # -- terms

    def test_C26_spellings_of_a_term_are_one_channel_labelled_as_in_its_earliest_post(self, index: Index) -> None:
        nfc, nfd = "한글", "한글"
        apply(index, put("a", at(1), tags=("flask", nfc)), put("b", at(2), tags=("Flask", "FLASK", nfd)))
        assert titles(index, "tag", "flask") == titles(index, "tag", "한글") == ["A", "B"]
        assert [(row.slug, row.label) for row in index.channels("tag")] == [("flask", "Flask"), ("한글", "한글")]
        apply(index, drop("b"))
        assert [row.label for row in index.channels("tag")] == ["flask", "한글"]

    def test_every_spelling_finds_the_channel_and_tells_its_slug(self, index: Index) -> None:
        apply(index, put("a", categories=("Café Society",)))
        for spelling in ("café-society", "CAFÉ SOCIETY", "Cafe\u0301 society", "Café-Society"):
            row = index.channel("category", spelling)
            assert row is not None
            assert row.slug == "café-society"
        assert index.channel("category", "coffee") is None
        assert index.channel("tag", "café-society") is None

    def test_C25_terms_that_look_alike_stay_apart_in_the_same_way_whatever_came_first(self, tmp_path: Path) -> None:
        labels = ["C", "C++", "C#", ".NET", "net", "a b", "a/b", "a-b", "..", "🎈", "<script>"]
        found = []
        for order in (labels, labels[::-1]):
            index = self.fresh(tmp_path, order[0].encode().hex())
            apply(index, *(put(f"p{labels.index(label)}", tags=(label,)) for label in order))
            found.append({row.key: row.slug for row in index.channels("tag")})
            index.close()
        assert found[0] == found[1]
        assert len(set(found[0].values())) == len(labels)
        assert all(slug and slug not in (".", "..") and "/" not in slug for slug in found[0].values())

    def test_the_term_that_first_held_a_slug_keeps_it(self, index: Index) -> None:
        apply(index, put("a", tags=("a/b",)))
        apply(index, put("b", tags=("a b",)))
        by_label = {row.label: row.slug for row in index.channels("tag")}
        assert by_label["a/b"] == "a-b"
        assert by_label["a b"].startswith("a-b-")

    def test_a_term_that_lost_its_last_post_stays_known_and_is_empty(self, index: Index) -> None:
        apply(index, put("a", at(9), tags=("Gone",)), put("b", at(9)), now=at(2))
        apply(index, drop("a"), now=at(1))
        row = index.channel("tag", "gone")
        assert row is not None
        assert (row.posts, row.label, row.changed_at, titles(index, "tag", "gone")) == (0, "Gone", at(1), [])

    def test_C24_terms_beyond_the_limit_have_no_channel_and_one_problem(self, tmp_path: Path) -> None:
        index = self.fresh(tmp_path, "few", terms_limit=2)
        apply(index, *(put(name, tags=(name,), categories=("all",)) for name in "dbca"))
        assert [row.slug for row in index.channels("tag")] == ["a", "b"]
        assert index.channel("tag", "c") is None
        assert sorted(titles(index)) == ["A", "B", "C", "D"], "the site's feed has them all"
        (problem,) = index.problems()
        assert (problem.code, "2 more than 2" in problem.message) == ("too-many-terms", True)
        index.close()
        index = self.open_index(tmp_path / "few", writer=True, terms_limit=3)
        before = index.revision()
        index.advance(NOW)
        assert [row.slug for row in index.channels("tag")] == ["a", "b", "c"], "a raised limit needs no new scan"
        assert channels_since(index, before) == [("tag", "c")]
        index.close()
