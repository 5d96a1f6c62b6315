"""What every index keeps to, whatever it stores its rows in. Subclass it and say how one is opened."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.errors import Problem, StorageUnavailable
from service.index import Index, Rendered
from service.sources.source import Change, Context, Put, SiteFacts
from tests.index.builders import (
    CONTEXT,
    FACTS,
    NOW,
    SITE,
    apply,
    at,
    authors,
    codes,
    contents,
    drop,
    put,
    reject,
    titles,
)


class IndexContract:
    """``index`` is the writer on an empty directory; ``reopen`` closes it and opens the same directory again."""

    def open_index(self, directory: Path, *, writer: bool, terms_limit: int = 10_000) -> Index:
        raise NotImplementedError("a contract is kept by its subclasses")

    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[Index]:
        index = self.open_index(tmp_path, writer=True)
        yield index
        index.close()

    def fresh(self, tmp_path: Path, name: str, terms_limit: int = 10_000) -> Index:
        return self.open_index(tmp_path / name, writer=True, terms_limit=terms_limit)

    # -- order and windows

    def test_a_window_holds_the_newest_posts_and_equal_dates_are_ordered_by_id(self, index: Index) -> None:
        apply(index, put("b", at(1)), put("a", at(1)), put("c", at(1)), put("new", at(0)), put("old", at(9)))
        assert titles(index) == ["New", "C", "B", "A", "Old"]
        assert titles(index, limit=2) == ["New", "C"]

    def test_microseconds_order_posts_exactly(self, index: Index) -> None:
        apply(index, put("a", NOW.replace(microsecond=2)), put("b", NOW.replace(microsecond=1)), now=at(-1))
        assert titles(index) == ["A", "B"]

    def test_there_is_a_channel_for_each_category_tag_author_and_language(self, index: Index) -> None:
        apply(
            index,
            put("a", at(1), categories=("정치 경제",), tags=("Flask",), authors=authors("Kim"), language="ko-KR"),
            put("b", at(2), categories=("정치 경제",)),
        )
        assert titles(index, "category", "정치-경제") == ["A", "B"]
        assert titles(index, "tag", "flask") == titles(index, "author", "kim") == ["A"]
        assert titles(index, "language", "ko-kr") == ["A"]
        assert titles(index, "language", "en") == ["B"], "a post without a language has its source's"
        assert [(row.kind, row.slug) for row in index.channels()] == [
            ("site", ""),
            ("category", "정치-경제"),
            ("tag", "flask"),
            ("author", "kim"),
            ("language", "en"),
            ("language", "ko-kr"),
        ]

    def test_a_channel_counts_its_posts_and_knows_their_latest_edit(self, index: Index) -> None:
        apply(index, put("a", at(5), updated=at(1)), put("b", at(3)), put("c", at(9)))
        row = index.channel("site", "")
        assert row is not None
        assert (row.posts, row.newest) == (3, at(1))
        apply(index, drop("a"))
        row = index.channel("site", "")
        assert row is not None
        assert (row.posts, row.newest) == (2, at(3)), "the latest is looked for again when the post that had it goes"
        apply(index, drop("b"), drop("c"))
        row = index.channel("site", "")
        assert row is not None
        assert (row.posts, row.newest) == (0, None)

    def test_posts_come_in_the_order_asked_and_unknown_numbers_are_left_out(self, index: Index) -> None:
        apply(index, put("a", at(1), text="Text of a, 한글."), put("b", at(2)))
        a, b = (ref.number for ref in index.window(1, 2))
        assert [row.fields.title for row in index.posts([b, 999, a])] == ["B", "A"]
        assert index.texts([a, 999])[a] == "Text of a, 한글."
        assert index.posts([a])[0].fields == put("a", at(1)).fields

    def test_C21_a_hidden_or_unlisted_post_is_in_no_channel_and_a_hidden_text_is_not_kept(self, index: Index) -> None:
        apply(index, put("secret", visibility="hidden", tags=("x",)), put("page", visibility="unlisted"))
        assert titles(index) == []
        assert index.channel("tag", "x") is None
        assert [index.url_of("secret"), index.url_of("page")] == [None, f"{SITE}/page.html"]
        assert list(index.texts([1, 2]).values()) == ["The body of page."]

    def test_everything_that_is_not_hidden_can_be_read_in_pieces(self, index: Index) -> None:
        apply(index, put("a"), put("later", at(-1)), put("page", visibility="unlisted"), put("x", visibility="hidden"))
        read = {row.locator: texts[row.number] for rows, texts in index.everything() for row in rows}
        assert read == {f"{name}.md": f"The body of {name}." for name in ("a", "later", "page")}

    # -- change

    def test_only_the_channels_a_change_touches_get_a_new_revision(self, index: Index) -> None:
        apply(index, put("a", tags=("x",)), put("b", tags=("y",)))
        before = index.revision()
        apply(index, put("a", tags=("x",), title="Edited"))
        assert sorted(index.changed_since(before)) == [("language", "en"), ("site", ""), ("tag", "x")]
        assert index.revision() > before

    def test_a_file_that_was_only_touched_changes_nothing(self, index: Index) -> None:
        apply(index, put("a"))
        before = index.revision(), contents(index)
        applied = apply(index, put("a", mark="another mtime"), now=at(-1))
        assert applied.channels == 0
        assert (index.revision(), contents(index)) == before
        assert index.fingerprints("posts")["a.md"].endswith("another mtime")

    def test_a_post_that_moves_between_terms_touches_both(self, index: Index) -> None:
        apply(index, put("a", tags=("x",)), put("b", tags=("z",)))
        before = index.revision()
        apply(index, put("a", tags=("y",)))
        assert {slug for kind, slug in index.changed_since(before) if kind == "tag"} == {"x", "y"}
        assert titles(index, "tag", "x") == []
        assert titles(index, "tag", "y") == ["A"]

    def test_deleting_a_post_moves_changed_at_forward(self, index: Index) -> None:
        apply(index, put("a", at(9)), put("b", at(8)), now=at(2))
        apply(index, drop("b"), now=at(1))
        row = index.channel("site", "")
        assert row is not None
        assert row.changed_at == at(1)

    def test_S19_changed_at_has_whole_seconds_and_never_stands_still_or_goes_back(self, index: Index) -> None:
        seen = []
        for step, now in enumerate((NOW, NOW + timedelta(milliseconds=300), at(1), at(-1))):
            apply(index, put("a", at(9), title=f"Edit {step}"), now=now)
            row = index.channel("site", "")
            assert row is not None
            seen.append(row.changed_at)
        assert seen == [NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2), at(-1)]

    def test_changed_facts_touch_every_channel(self, index: Index) -> None:
        apply(index, put("a", tags=("x",)), put("b", tags=("y",)))
        before = index.revision()
        digests = [ref.digest for ref in index.window(1, 9)]
        apply(index, facts=replace(FACTS, title="Renamed"))
        assert len(index.changed_since(before)) == len(index.channels())
        assert index.facts().title == "Renamed"
        assert [ref.digest for ref in index.window(1, 9)] == digests, "an entry does not show the site's title"

    def test_a_changed_context_gives_every_entry_of_its_source_another_digest(self, index: Index) -> None:
        apply(index, put("a"))
        apply(index, put("b"), source="other")
        before = {ref.number: ref.digest for ref in index.window(1, 9)}
        apply(index, context=replace(CONTEXT, baseurl="/blog"))
        changed = [ref.number for ref in index.window(1, 9) if ref.digest != before[ref.number]]
        assert [row.source for row in index.posts(changed)] == ["posts"]
        assert index.context("posts").baseurl == "/blog"
        assert index.context("other").baseurl == ""

    def test_the_first_source_that_says_something_of_the_site_is_believed(self, index: Index) -> None:
        index.enroll(["one", "two"], NOW)
        apply(index, source="two", facts=SiteFacts(title="Two", description="Second"))
        apply(index, source="one", facts=SiteFacts(title="One"))
        assert (index.facts().title, index.facts().description) == ("One", "Second")

    def test_a_source_that_is_no_longer_configured_goes_with_its_posts(self, index: Index) -> None:
        apply(index, put("a"), source="one")
        apply(index, put("b"), source="two")
        index.retain(["two"], NOW)
        assert titles(index) == ["B"]
        assert [status.name for status in index.status()] == ["two"]

    # -- time

    def test_C21_a_scheduled_post_goes_live_at_its_second_and_touches_only_its_channels(self, index: Index) -> None:
        apply(index, put("now", at(1), tags=("x",)), put("later", at(-1), tags=("y",)))
        assert titles(index) == ["Now"]
        assert index.next_change(NOW) == at(-1)
        assert index.advance(at(-1, -1)) == 0
        before = index.revision()
        assert index.advance(at(-1)) > 0
        assert titles(index) == ["Later", "Now"]
        assert ("tag", "x") not in index.changed_since(before)
        assert index.next_change(at(-1)) is None

    def test_a_change_that_is_due_is_known_without_a_clock(self, index: Index) -> None:
        assert index.pending_change() is None
        apply(index, put("a", at(-1), expires=at(-3)), now=NOW)
        assert index.pending_change() == at(-1)
        index.advance(at(-2))
        assert index.pending_change() == at(-3)

    def test_an_expiring_post_leaves_at_its_second(self, index: Index) -> None:
        apply(index, put("a", at(1), expires=at(-1)), put("b", at(1)))
        assert index.next_change(NOW) == at(-1)
        index.advance(at(-1, -1))
        assert titles(index) == ["B", "A"]
        index.advance(at(-1))
        assert titles(index) == ["B"]

    def test_a_future_post_that_is_allowed_stands_on_top_and_schedules_nothing(self, index: Index) -> None:
        apply(index, put("a", at(-9), future=True), put("b"))
        assert titles(index) == ["A", "B"]
        assert index.next_change(NOW) is None

    def test_S19_a_clock_set_back_withholds_again_what_is_in_the_future(self, index: Index) -> None:
        apply(index, put("a", at(-1)), put("b", at(5)), now=at(-2))
        assert titles(index) == ["A", "B"]
        index.advance(NOW)
        assert titles(index) == ["B"]
        index.advance(at(-1))
        assert titles(index) == ["A", "B"]

    def test_C18_an_undated_post_has_the_time_it_was_first_seen(self, index: Index) -> None:
        apply(index, put("a", None), put("old", at(9)), now=at(2))
        apply(index, put("a", None, title="Edited"), now=at(1))
        assert [ref.published for ref in index.window(1, 1)] == [at(2)]
        assert titles(index) == ["Edited", "Old"]

    # -- rejected posts

    def test_a_broken_edit_keeps_the_last_good_version_and_says_what_is_wrong(self, index: Index) -> None:
        apply(index, put("a", text="Good."), put("b", at(1)))
        before = index.revision()
        apply(index, reject("a"))
        assert titles(index) == ["A", "B"]
        assert index.revision() == before
        assert codes(index) == ["yaml-syntax"]
        assert index.fingerprints("posts")["a.md"].startswith("broken"), "an unchanged broken file is read once"
        apply(index, put("a", text="Good."))
        assert index.revision() == before, "what it says is what was published all along"
        assert codes(index) == []

    def test_a_post_that_was_never_good_is_known_but_not_published(self, index: Index) -> None:
        apply(index, reject("a"))
        assert titles(index) == []
        assert index.unpublished("posts") == {"a.md"}
        apply(index, put("a"))
        assert titles(index) == ["A"]
        assert index.unpublished("posts") == set()
        apply(index, reject("b"), drop("a"))
        apply(index, drop("b"))
        assert (index.fingerprints("posts"), codes(index)) == ({}, [])

    def test_a_scan_that_fails_midway_changes_nothing(self, index: Index) -> None:
        apply(index, put("a"))
        before = contents(index)

        def failing() -> Iterator[Change]:
            yield put("b")
            yield drop("a")
            raise OSError("the disk went away")

        with pytest.raises(OSError, match="went away"):
            index.apply("posts", failing(), NOW, context=CONTEXT, facts=FACTS)
        assert contents(index) == before

    def test_C09_text_that_cannot_be_stored_rejects_its_post_only(self, index: Index) -> None:
        half = put("half", title="half \ud800 pair")
        odd = replace(put("odd"), locator="odd-\udcff.md")
        message = Problem("a.md", 0, 0, "warning", "quoted", "of \ud800")
        apply(index, half, odd, replace(put("a"), problems=(message,)), replace(put("b"), text="\udfff"))
        assert sorted(titles(index)) == ["A", "Odd"]
        assert sorted(codes(index)) == ["encoding-invalid", "encoding-invalid", "quoted"]

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
        apply(index, drop("one"))
        assert titles(index) == ["Two"]
        assert codes(index) == []

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
        assert index.changed_since(before) == [("tag", "c")]
        index.close()

    # -- bodies under a deadline

    def test_a_suspicious_body_is_published_when_the_worker_has_rendered_it(self, index: Index) -> None:
        apply(index, put("a", treatment="deadline", tags=("x",)), put("b"))
        (row,) = index.unrendered()
        assert index.rendered(row.number, row.digest) is None
        before = index.revision()
        problem = Problem("a.md", 0, 0, "warning", "render-timeout", "took too long")
        assert index.store_rendered(row.number, row.digest, Rendered("<p>a</p>", "a"), NOW, [problem])
        (ref,) = [ref for ref in index.window(1, 9) if ref.number == row.number]
        assert ref.digest != row.digest, "its entry has other bytes now"
        assert index.rendered(ref.number, ref.digest) == Rendered("<p>a</p>", "a")
        assert ("tag", "x") in index.changed_since(before)
        assert (index.unrendered(), codes(index)) == ([], ["render-timeout"])

    def test_a_rendering_of_a_version_that_is_gone_is_refused(self, index: Index) -> None:
        apply(index, put("a", treatment="deadline"))
        (row,) = index.unrendered()
        apply(index, put("a", treatment="deadline", title="Edited"))
        assert not index.store_rendered(row.number, row.digest, Rendered("<p>old</p>", "old"), NOW)
        assert [row.fields.title for row in index.unrendered()] == ["Edited"]
        apply(index, drop("a"))
        assert not index.store_rendered(row.number, row.digest, Rendered("<p>old</p>", "old"), NOW)

    def test_a_rendering_outlives_the_clock_but_not_an_edit(self, index: Index) -> None:
        apply(index, put("a", at(1), treatment="deadline", expires=at(-5)))
        (row,) = index.unrendered()
        index.store_rendered(row.number, row.digest, Rendered("<p>a</p>", "a"), NOW)
        index.advance(at(-6))
        index.advance(NOW)
        assert index.unrendered() == []
        apply(index, context=replace(CONTEXT, baseurl="/b"))
        assert len(index.unrendered()) == 1

    # -- links, problems, status

    def test_a_path_or_a_bare_name_leads_to_the_url_of_a_post(self, index: Index) -> None:
        post = replace(put("x"), locator="sub/_posts/2024-05-01-hello.md")
        later = replace(put("y", at(-9)), locator="_posts/2024-06-01-later.md")
        apply(index, post, later)
        for path in (
            *("sub/_posts/2024-05-01-hello.md", "_posts/2024-05-01-hello", "sub/_posts/2024-05-01-hello"),
            *("2024-05-01-hello", "sub/2024-05-01-hello"),
        ):
            assert index.url_of(path) == f"{SITE}/x.html"
        assert index.url_of("2024-06-01-later") == f"{SITE}/y.html", "what a link means does not depend on the time"
        for path in ("hello", "other/2024-05-01-hello", "", "/", "about.md"):
            assert index.url_of(path) is None

    @pytest.mark.parametrize(
        "text", ["{% post_url target %}", "[x](target.md)", "[x](/sub/target.md#part)", "<a href='t%61rget.MD'>x</a>"]
    )
    def test_a_post_that_links_to_a_file_changes_with_the_url_of_that_file(self, index: Index, text: str) -> None:
        apply(index, put("a", at(1), text=text, tags=("x",)), put("b", at(2), text="no link", tags=("y",)))
        seen = [_digest(index, "x")]
        for change in (put("target", url=f"{SITE}/1"), put("target", url=f"{SITE}/2"), drop("target")):
            before = index.revision()
            other = _digest(index, "y")
            apply(index, change)
            assert ("tag", "x") in index.changed_since(before)
            assert _digest(index, "y") == other
            seen.append(_digest(index, "x"))
        assert seen[0] == seen[3], "what is not there is not there, however it came about"
        assert len(set(seen)) == 3
        apply(index, put("target", url=f"{SITE}/1"))
        assert _digest(index, "x") == seen[1]
        before = index.revision()
        apply(index, put("target", url=f"{SITE}/1", title="Edited"))
        assert ("tag", "x") not in index.changed_since(before), "its title is not shown by who links to it"

    def test_a_post_that_stops_linking_is_left_alone(self, index: Index) -> None:
        apply(index, put("a", at(1), text="[x](target.md)", tags=("x",)), put("target"))
        apply(index, put("a", at(1), text="no more", tags=("x",)))
        before = index.revision()
        apply(index, drop("target"))
        assert ("tag", "x") not in index.changed_since(before)

    def test_problems_are_replaced_by_who_found_them_and_move_their_own_revision(self, index: Index) -> None:
        warning = Problem("a.md", 1, 1, "warning", "date-missing", "no date")
        apply(index, replace(put("a"), problems=(warning,)))
        revision, problems = index.revision(), index.problems_revision()
        apply(index, replace(put("a", mark="2"), problems=(warning,)))
        assert index.problems_revision() == problems, "the same line again is no change"
        apply(index, put("a", mark="3"))
        assert (codes(index), index.revision()) == ([], revision)
        assert index.problems_revision() > problems

    def test_counts_and_status_say_what_is_there(self, index: Index) -> None:
        assert not index.ready()
        apply(index, put("a"), put("b", at(-1)), reject("c"), now=NOW)
        counts = index.counts()
        assert (counts.posts, counts.live, counts.channels, counts.errors) == (2, 1, 2, 1)
        assert counts.bytes > 0
        (status,) = index.status()
        assert (status.name, status.scanned_at, status.stale, status.held, status.posts) == ("posts", NOW, "", None, 2)
        assert index.ready()

    def test_an_index_is_ready_when_every_source_was_tried_and_one_was_read(self, index: Index) -> None:
        index.enroll(["one", "two"], NOW)
        index.mark_stale("one", NOW, "no such directory")
        assert not index.ready()
        apply(index, source="two")
        assert index.ready()
        assert [status.stale for status in index.status()] == ["no such directory", ""]

    # -- readers

    def test_a_reader_follows_the_writer_and_sees_one_state_within_a_snapshot(
        self, index: Index, tmp_path: Path
    ) -> None:
        reader = self.open_index(tmp_path, writer=False)
        apply(index, put("a"))
        version = reader.data_version()
        assert reader.data_version() == version
        with reader.snapshot():
            assert titles(reader) == ["A"]
            apply(index, put("b"))
            assert titles(reader) == ["A"]
        assert titles(reader) == ["B", "A"]
        assert reader.data_version() != version
        reader.close()

    def test_a_reader_without_an_index_is_empty_and_not_ready(self, tmp_path: Path) -> None:
        reader = self.open_index(tmp_path, writer=False)
        assert (reader.ready(), reader.revision(), reader.channels(), reader.problems()) == (False, 0, [], [])
        assert (reader.channel("site", ""), reader.window(1, 9), reader.posts([1]), reader.texts([1])) == (
            None,
            [],
            [],
            {},
        )
        assert (reader.facts(), reader.context("posts"), reader.url_of("a")) == (SiteFacts(), Context(url=""), None)
        assert (reader.data_version(), reader.changed_since(0), reader.next_change(NOW)) == (0, [], None)
        index = self.open_index(tmp_path, writer=True)
        apply(index, put("a"))
        assert reader.data_version() != 0
        assert (titles(reader), reader.ready()) == (["A"], True)
        index.close()
        reader.close()

    def test_a_reader_refuses_to_write(self, tmp_path: Path) -> None:
        reader = self.open_index(tmp_path, writer=False)
        with pytest.raises(StorageUnavailable, match="reading only"):
            apply(reader, put("a"))
        reader.close()

    def test_many_threads_read_while_one_writes(self, index: Index, tmp_path: Path) -> None:
        """Each generation gives every post its number as title; nobody ever sees two generations at once."""
        reader = self.open_index(tmp_path, writer=False)
        apply(index, *_generation(0))
        done, mixed = threading.Event(), []

        def read() -> None:
            while not done.is_set():
                with reader.snapshot():
                    seen = set(titles(reader))
                if len(seen) != 1:
                    mixed.append(seen)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 15):
            apply(index, *_generation(number))
        done.set()
        for thread in threads:
            thread.join()
        assert mixed == []
        reader.close()


def _digest(index: Index, tag: str) -> str:
    row = index.channel("tag", tag)
    assert row is not None
    (ref,) = index.window(row.number, 9)
    return ref.digest


def _generation(number: int) -> list[Put]:
    return [put(f"post-{place}", at(place + 1), title=f"Generation {number}") for place in range(20)]
