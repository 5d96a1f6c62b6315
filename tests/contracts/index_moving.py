"""Posts that move to other files and URLs, leave and come back (C-42), and what is pinned to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from service.index import Index
from service.index.addresses import key_of
from service.index.records import micros
from service.index.state_schema import Pin
from tests.contracts.index_base import IndexTests
from tests.index.builders import NOW, SITE, apply, at, codes, drop, put, titles

OLD = put("2026-01-01-a", at(9), title="A", text="The same body.", tags=("x",))
NEW = put("2026-01-01-b", at(9), title="A", text="The same body.", tags=("x",))


def ids(index: Index) -> list[str]:
    return [row.fields.id for row in index.posts([ref.number for ref in index.window(1, 99)])]


def dates(index: Index) -> list[datetime]:
    return [row.published for row in index.posts([ref.number for ref in index.window(1, 99)])]


def at_url(index: Index, url: str) -> str | None:
    """The id of the post whose page a URL means."""
    row = index.page(key_of(url) or "")
    return None if row is None else row.fields.id


def departed(index: Index, url: str) -> bool:
    return index.departed(key_of(url) or "")


def pin(index: Index, url: str, id_: str, published: datetime | None = None, said: datetime | None = None) -> None:
    row = index.page(key_of(url) or "")
    assert row is not None
    moments = [None if moment is None else micros(moment) for moment in (published, said)]
    index.pin({row.number: Pin(key_of(url) or "", id_, *moments, feed="old")}, NOW)


class MovingContract(IndexTests):
    """What becomes of ids and URLs when files move."""

    # -- files that move

    @pytest.mark.parametrize("order", ["drop last", "drop first", "drop a scan before", "drop a batch later"])
    def test_C42_a_post_whose_file_moved_keeps_its_id_and_its_old_url_leads_to_it(
        self, index: Index, order: str
    ) -> None:
        apply(index, OLD, put("other", at(1)))
        revision = index.revision()
        if order == "drop a scan before":
            apply(index, drop("2026-01-01-a"))
            assert departed(index, OLD.fields.url)
            apply(index, NEW)
        elif order == "drop a batch later":
            apply(index, NEW, *(put(f"more-{n}", at(20 + n)) for n in range(600)), drop("2026-01-01-a"))
        else:
            apply(index, *((NEW, drop("2026-01-01-a")) if order == "drop last" else (drop("2026-01-01-a"), NEW)))
        assert OLD.fields.id in ids(index)
        assert NEW.fields.id not in ids(index)
        for url in (OLD.fields.url, NEW.fields.url):
            assert (at_url(index, url), departed(index, url)) == (OLD.fields.id, False)
        assert index.revision() > revision
        assert codes(index) == []

    def test_C42_an_index_that_is_rebuilt_knows_the_id_and_the_old_url(self, index: Index) -> None:
        apply(index, OLD)
        apply(index, NEW, drop("2026-01-01-a"))
        once_more = put("2026-01-01-c", at(9), title="A", text="The same body.", tags=("x",))
        apply(index, once_more, drop("2026-01-01-b"))
        before = ids(index)
        index.rebuild()
        apply(index, once_more)
        assert ids(index) == before == [OLD.fields.id]
        assert {at_url(index, put.fields.url) for put in (OLD, NEW, once_more)} == {OLD.fields.id}
        apply(index, replace(once_more, fingerprint="edited", text="Another body."))
        assert {at_url(index, put.fields.url) for put in (OLD, NEW, once_more)} == {OLD.fields.id}

    def test_C42_a_move_that_is_seen_in_two_scans_changes_no_id_any_more_but_the_old_url_leads_on(
        self, index: Index
    ) -> None:
        apply(index, OLD)
        apply(index, NEW)
        assert len(ids(index)) == 2
        apply(index, drop("2026-01-01-a"))
        assert ids(index) == [NEW.fields.id], "readers have seen it"
        assert at_url(index, OLD.fields.url) == NEW.fields.id
        assert codes(index) == ["guid-changed"]

    def test_C42_another_date_in_the_name_is_another_id_with_a_warning_and_the_old_url_leads_on(
        self, index: Index
    ) -> None:
        moved = put("2026-01-02-a", at(8), title="A", text="The same body.")
        apply(index, OLD)
        apply(index, moved, drop("2026-01-01-a"))
        assert ids(index) == [moved.fields.id]
        assert at_url(index, OLD.fields.url) == moved.fields.id
        (problem,) = index.problems()
        assert (problem.code, problem.level, problem.path) == ("guid-changed", "warning", "2026-01-02-a.md")
        assert OLD.fields.id in problem.message
        assert OLD.fields.id in problem.hint
        chosen = put("2026-01-02-a", at(8), title="A", text="The same body.", id=OLD.fields.id, explicit_id=True)
        apply(index, chosen)
        assert ids(index) == [OLD.fields.id]
        assert at_url(index, OLD.fields.url) == OLD.fields.id

    def test_C42_a_post_is_recognised_by_the_id_its_author_wrote_whatever_else_changed(self, index: Index) -> None:
        apply(index, put("a", at(9), id="tag:a", explicit_id=True))
        moved = put("b", at(1), id="tag:a", explicit_id=True, title="Rewritten", text="From scratch.")
        apply(index, moved, drop("a"))
        assert (ids(index), codes(index)) == (["tag:a"], [])
        assert at_url(index, f"{SITE}/a.html") == "tag:a"
        apply(index, drop("b"))
        assert departed(index, f"{SITE}/b.html")
        apply(index, put("c", at(1), id="tag:a", explicit_id=True, title="Again"))
        assert {at_url(index, f"{SITE}/{name}.html") for name in "abc"} == {"tag:a"}

    def test_C42_an_id_that_the_author_wrote_is_not_changed_by_a_move(self, index: Index) -> None:
        apply(index, OLD)
        apply(index, replace(NEW, fields=replace(NEW.fields, id="tag:own", explicit_id=True)), drop("2026-01-01-a"))
        assert (ids(index), codes(index)) == (["tag:own"], ["guid-changed"])
        assert at_url(index, OLD.fields.url) == "tag:own"

    @pytest.mark.parametrize("later", [False, True])
    def test_C42_where_two_posts_can_be_meant_none_is(self, index: Index, later: bool) -> None:
        twin = put("twin", at(9), title="A", text="The same body.")
        apply(index, OLD)
        if later:
            apply(index, drop("2026-01-01-a"))
        apply(index, NEW, twin, *(() if later else (drop("2026-01-01-a"),)))
        assert sorted(ids(index)) == sorted([NEW.fields.id, twin.fields.id])
        assert departed(index, OLD.fields.url)

    def test_C42_posts_without_a_body_are_not_alike(self, index: Index) -> None:
        apply(index, replace(OLD, text="---\ntitle: A\n---\n"))
        apply(index, replace(NEW, text="---\ntitle: A\n---\n"), drop("2026-01-01-a"))
        assert ids(index) == [NEW.fields.id]

    def test_C42_an_undated_file_that_moved_keeps_its_id_and_the_day_it_was_first_seen(self, index: Index) -> None:
        apply(index, put("a", None, title="Note", text="Words."), now=at(5))
        renamed = put("b", None, title="Note", text="Words.")
        apply(index, renamed, drop("a"), now=at(1))
        assert (ids(index), dates(index)) == ([f"{SITE}/a"], [at(5)])
        index.rebuild()
        apply(index, renamed, now=NOW)
        assert (ids(index), dates(index)) == ([f"{SITE}/a"], [at(5)])

    def test_C42_a_new_post_under_the_name_that_another_had_is_published_beside_it(self, index: Index) -> None:
        apply(index, OLD)
        apply(index, NEW, drop("2026-01-01-a"))
        again = put("2026-01-01-a", at(1), title="Another", text="Other words.")
        apply(index, again)
        for _ in range(2):
            assert ids(index) == [f"{OLD.fields.id}#2026-11-21", OLD.fields.id]
            assert codes(index) == []
            assert at_url(index, OLD.fields.url) == f"{OLD.fields.id}#2026-11-21"
            index.rebuild()
            apply(index, again, NEW)
        apply(index, drop("2026-01-01-a"))
        assert (ids(index), at_url(index, OLD.fields.url)) == ([OLD.fields.id], OLD.fields.id)

    def test_C42_a_new_post_where_one_was_that_moved_on_has_an_id_of_its_own(self, index: Index) -> None:
        further = put("2026-01-01-c", at(9), title="A", text="The same body.", tags=("x",))
        apply(index, OLD)
        apply(index, NEW, drop("2026-01-01-a"))
        apply(index, further, drop("2026-01-01-b"))
        apply(index, put("2026-01-01-b", at(1), title="Another", text="Other words."))
        assert (ids(index), codes(index)) == ([NEW.fields.id, OLD.fields.id], [])

    def test_C42_a_post_that_moved_keeps_its_id_also_where_its_file_is_renamed_while_it_is_hidden(
        self, index: Index
    ) -> None:
        apply(index, OLD)
        apply(index, NEW, drop("2026-01-01-a"))
        apply(index, replace(NEW, fingerprint="2", fields=replace(NEW.fields, visibility="hidden")))
        renamed = put("2026-01-01-c", at(9), title="A", text="Edited.", url=NEW.fields.url, visibility="hidden")
        apply(index, renamed, drop("2026-01-01-b"))
        apply(index, replace(renamed, fingerprint="2", fields=replace(renamed.fields, visibility="public")))
        assert (ids(index), codes(index)) == ([OLD.fields.id], [])
        assert at_url(index, OLD.fields.url) == OLD.fields.id

    def test_C42_a_post_that_moves_back_has_its_id_still(self, index: Index) -> None:
        apply(index, OLD)
        apply(index, NEW, drop("2026-01-01-a"))
        apply(index, OLD, drop("2026-01-01-b"))
        for _ in range(2):
            assert (ids(index), codes(index)) == ([OLD.fields.id], [])
            assert {at_url(index, post.fields.url) for post in (OLD, NEW)} == {OLD.fields.id}
            index.rebuild()
            apply(index, OLD)

    def test_C42_what_left_long_ago_is_not_what_is_new_now(self, index: Index) -> None:
        apply(index, OLD, now=at(99))
        apply(index, drop("2026-01-01-a"), now=at(60))
        apply(index, put("new", at(1), url=OLD.fields.url), now=NOW)
        assert ids(index) == [f"{SITE}/new"]

    def test_C42_a_permalink_that_is_edited_in_place_leaves_its_old_url_leading_on(self, index: Index) -> None:
        apply(index, OLD)
        edited = replace(OLD, fingerprint="2", fields=replace(OLD.fields, url=f"{SITE}/new/"))
        apply(index, edited)
        assert (at_url(index, OLD.fields.url), codes(index)) == (OLD.fields.id, [])

    @pytest.mark.parametrize("more", [{}, {"title": "Another title"}], ids=["alone", "with its title"])
    def test_C42_an_id_that_hangs_on_the_permalink_stays_where_that_is_edited_in_place(
        self, index: Index, more: dict[str, Any]
    ) -> None:
        apply(index, OLD)
        for number in ("2", "3"):
            fields = replace(OLD.fields, url=f"{SITE}/new-{number}/", id=f"{SITE}/new-{number}", **more)
            edited = replace(OLD, fingerprint=number, fields=fields)
            apply(index, edited)
            assert (ids(index), codes(index)) == ([OLD.fields.id], [])
        for url in (OLD.fields.url, f"{SITE}/new-2/", f"{SITE}/new-3/"):
            assert at_url(index, url) == OLD.fields.id
        index.rebuild()
        apply(index, edited)
        assert ids(index) == [OLD.fields.id]

    def test_C42_two_posts_that_change_permalinks_with_each_other_keep_their_ids(self, index: Index) -> None:
        a, b = put("a", at(9)), put("b", at(8))
        apply(index, a, b)
        at_b = replace(a, fingerprint="2", fields=replace(a.fields, url=b.fields.url, id=b.fields.id))
        at_a = replace(b, fingerprint="2", fields=replace(b.fields, url=a.fields.url, id=a.fields.id))
        apply(index, at_b, at_a)
        assert (ids(index), codes(index)) == ([b.fields.id, a.fields.id], [])
        assert (at_url(index, a.fields.url), at_url(index, b.fields.url)) == (b.fields.id, a.fields.id)

    @pytest.mark.parametrize("host", [SITE, "https://moved.example"], ids=["another post", "another site"])
    def test_C42_a_file_with_another_post_or_of_another_site_has_another_id(self, index: Index, host: str) -> None:
        apply(index, OLD)
        fields = replace(OLD.fields, url=f"{host}/newer/", id="tag:newer")
        if host == SITE:
            fields = replace(fields, title="Tomorrow", published=at(4))
        apply(index, replace(OLD, fingerprint="3", fields=fields, text="What is new on another day."))
        assert (ids(index), codes(index)) == (["tag:newer"], ["guid-changed"])
        assert at_url(index, OLD.fields.url) == "tag:newer"

    @pytest.mark.parametrize("rebuilt", [False, True])
    def test_C42_a_post_that_is_removed_is_gone_at_its_former_urls_as_well(self, index: Index, rebuilt: bool) -> None:
        apply(index, OLD)
        apply(index, NEW, drop("2026-01-01-a"))
        once_more = put("2026-01-01-c", at(9), title="A", text="The same body.", tags=("x",))
        apply(index, once_more, drop("2026-01-01-b"))
        apply(index, drop("2026-01-01-c"))
        if rebuilt:
            index.rebuild()
            apply(index)
        urls = [each.fields.url for each in (OLD, NEW, once_more)]
        assert [departed(index, url) for url in urls] == [True] * 3
        apply(index, replace(NEW, locator="back.md"))
        assert {at_url(index, url) for url in urls} == {OLD.fields.id}
        assert not any(departed(index, url) for url in urls)

    def test_C42_a_post_that_moves_to_another_source_keeps_its_id(self, index: Index) -> None:
        apply(index, OLD, put("stays"), source="one")
        apply(index, put("already"), source="two")
        apply(index, drop("2026-01-01-a"), source="one")
        apply(index, NEW, source="two")
        assert OLD.fields.id in ids(index)

    # -- pages that are gone

    def test_a_page_that_was_removed_is_gone_until_a_post_takes_its_url(self, index: Index) -> None:
        apply(index, put("a", at(9)), put("about", at(9), collection="pages", visibility="unlisted"))
        apply(index, drop("a"), drop("about"))
        for name in ("a", "about"):
            assert departed(index, f"http://example.org/{name}.html?utm_source=x")
        index.rebuild()
        assert departed(index, f"{SITE}/a.html")
        apply(index, put("other", at(1), url=f"{SITE}/a.html", id="tag:other", explicit_id=True))
        assert not departed(index, f"{SITE}/a.html")
        index.rebuild()
        assert not departed(index, f"{SITE}/a.html")

    def test_what_is_hidden_or_expired_is_gone_only_if_it_had_been_out(self, index: Index) -> None:
        apply(index, put("draft", visibility="hidden"), put("later", at(-9)), put("a", at(9)), put("b", at(9)))
        apply(index, put("a", at(9), visibility="hidden"), put("b", at(9), expires=at(-1)))
        assert [departed(index, f"{SITE}/{name}.html") for name in ("draft", "later", "a", "b")] == [
            *(False, False, True, False)
        ]
        index.advance(at(-1))
        assert departed(index, f"{SITE}/b.html")
        apply(index, put("a", at(9)), now=at(-1))
        assert not departed(index, f"{SITE}/a.html")
        assert f"{SITE}/a" in ids(index)

    def test_a_duplicate_is_not_gone(self, index: Index) -> None:
        apply(index, put("a", at(1), id="tag:x"))
        apply(index, put("b", at(9), id="tag:x"))
        assert titles(index) == ["B"]
        assert not departed(index, f"{SITE}/a.html")

    # -- ids and dates of a feed of before

    def test_a_pinned_post_has_the_id_and_the_date_that_readers_know_also_when_the_index_is_rebuilt(
        self, index: Index
    ) -> None:
        apply(index, OLD, put("other", at(1)))
        pin(index, OLD.fields.url, "https://example.org/?p=123", at(9, 77), at(9))
        for _ in range(2):
            assert ids(index) == [f"{SITE}/other", "https://example.org/?p=123"]
            assert dates(index)[1] == at(9, 77)
            index.rebuild()
            apply(index, OLD, put("other", at(1)))

    def test_a_file_that_is_merely_touched_changes_nothing_where_its_post_is_pinned(self, index: Index) -> None:
        apply(index, OLD)
        pin(index, OLD.fields.url, "tag:pinned", at(9, 77), at(9))
        revision = index.revision()
        apply(index, replace(OLD, fingerprint="touched"))
        assert index.revision() == revision

    def test_a_pin_follows_its_post(self, index: Index) -> None:
        apply(index, OLD)
        pin(index, OLD.fields.url, "tag:pinned", at(9, 77), at(9))
        apply(index, NEW, drop("2026-01-01-a"))
        assert (ids(index), dates(index)) == (["tag:pinned"], [at(9, 77)])
        edited = replace(NEW, fingerprint="2", fields=replace(NEW.fields, url=f"{SITE}/new/", id="tag:derived"))
        apply(index, edited)
        for _ in range(2):
            assert (ids(index), dates(index)) == (["tag:pinned"], [at(9, 77)])
            index.rebuild()
            apply(index, edited)

    def test_a_pin_stays_where_another_post_has_the_same_id(self, index: Index) -> None:
        thief = put("thief", at(1), id="tag:pinned", explicit_id=True)
        apply(index, OLD)
        pin(index, OLD.fields.url, "tag:pinned", at(9, 77), at(9))
        apply(index, thief)
        for _ in range(2):
            apply(index, replace(thief, fingerprint="touched"), OLD)
            assert dates(index) == [at(9, 77)]
            index.rebuild()

    def test_a_pin_is_no_other_posts_that_has_the_url_too_when_the_index_is_rebuilt(self, index: Index) -> None:
        later = put("later", at(-1), url=OLD.fields.url, explicit_url=True)
        apply(index, OLD, later)
        pin(index, OLD.fields.url, "tag:pinned", at(9, 77), at(9))
        index.advance(at(-2))
        for files in (later, OLD), (OLD, later):
            assert ids(index) == [later.fields.id], "an author's URL wins"
            index.rebuild()
            apply(index, *files, now=at(-2))
        apply(index, drop("later"), now=at(-2))
        assert (ids(index), dates(index)) == (["tag:pinned"], [at(9, 77)])

    def test_a_pinned_post_that_says_another_id_when_the_index_is_rebuilt_keeps_what_is_pinned(
        self, index: Index
    ) -> None:
        apply(index, OLD)
        pin(index, OLD.fields.url, "tag:pinned", at(9, 77), at(9))
        index.rebuild()
        apply(index, replace(OLD, fields=replace(OLD.fields, id="tag:new")))
        assert (ids(index), dates(index)) == (["tag:pinned"], [at(9, 77)])

    def test_what_an_author_writes_later_wins_over_a_pin(self, index: Index) -> None:
        apply(index, OLD)
        pin(index, OLD.fields.url, "tag:pinned", at(9, 77), at(9))
        redated = replace(OLD, fingerprint="2", fields=replace(OLD.fields, published=at(3)))
        apply(index, redated)
        assert (ids(index), dates(index)) == (["tag:pinned"], [at(3)])
        named = replace(OLD, fingerprint="3", fields=replace(OLD.fields, id="tag:own", explicit_id=True))
        apply(index, named)
        assert ids(index) == ["tag:own"]
        index.rebuild()
        apply(index, named)
        assert ids(index) == ["tag:own"]

    def test_a_feed_of_before_is_found_under_its_path_also_in_a_rebuilt_index(self, index: Index) -> None:
        index.alias_feed("/old/feed/", "/rss.xml", NOW)
        for _ in range(2):
            assert (index.feed_alias("/old/feed/"), index.feed_alias("/other")) == ("/rss.xml", None)
            index.rebuild()

    def test_ids_stay_unique_where_a_pin_or_a_return_would_take_one_that_is_in_use(self, index: Index) -> None:
        apply(index, OLD)
        apply(index, drop("2026-01-01-a"))
        apply(index, put("thief", at(1), id=OLD.fields.id))
        apply(index, NEW)
        assert ids(index) == [OLD.fields.id, NEW.fields.id]
        assert codes(index) == []
