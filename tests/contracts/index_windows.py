"""Windows, what touches them, time, and posts that break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from feeds.model import Author
from service.errors import Problem
from service.index import Index
from service.sources.source import Change, SiteFacts
from tests.contracts.index_base import IndexTests
from tests.index.builders import (
    CONTEXT,
    FACTS,
    NOW,
    SITE,
    apply,
    at,
    authors,
    channels_since,
    codes,
    contents,
    drop,
    put,
    reject,
    titles,
)


class WindowContract(IndexTests):
    """What stands in a channel, and when that changes."""

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
        assert sorted(channels_since(index, before)) == [("language", "en"), ("site", ""), ("tag", "x")]
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
        assert len(channels_since(index, before)) == len(index.channels())
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

    def test_an_address_behind_another_source_says_nothing_of_the_site_but_its_url(self, index: Index) -> None:
        index.enroll(["one", "two"], NOW)
        partner = SiteFacts(
            url=SITE, title="Two", description="Second", language="de", authors=(Author("Pat"),), remote=True
        )
        apply(index, source="two", facts=partner)
        apply(index, source="one", facts=SiteFacts(title="One"))
        assert index.facts() == SiteFacts(url=SITE, title="One")

    def test_the_authors_of_an_address_are_the_sites_only_where_there_is_no_other_source(self, index: Index) -> None:
        said = SiteFacts(url=SITE, title="One", authors=(Author("Pat"),), remote=True)
        index.enroll(["one"], NOW)
        apply(index, source="one", facts=said)
        assert index.facts().authors == (Author("Pat"),)
        index.enroll(["one", "two"], NOW)
        apply(index, source="two", facts=SiteFacts(title="Two"))
        assert (index.facts().title, index.facts().authors) == ("One", ())

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
        assert index.pending_change() is None

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
        assert index.pending_change() is None

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
        assert channels_since(index, before) == []
        assert codes(index) == ["yaml-syntax"]
        assert index.fingerprints("posts")["a.md"].startswith("broken"), "an unchanged broken file is read once"
        apply(index, put("a", text="Good."))
        assert channels_since(index, before) == [], "what it says is what was published all along"
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
