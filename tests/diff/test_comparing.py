"""Comparing two states: what readers would notice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.diff.comparing import Diff, Side, compare, link_key
from service.diff.entries import read_feed
from tests.diff.documents import atom, item, rss


def side(feeds: Mapping[str, bytes], sitemap: frozenset[str] | None = None) -> Side:
    return Side("x", {name: read_feed(body) for name, body in feeds.items()}, {}, sitemap)


def between(old: Mapping[str, bytes], new: Mapping[str, bytes], *, pages: frozenset[str] | None = None) -> Diff:
    return compare(side(old, pages), side(new, pages), {name: name for name in old if name in new})


def one(old: bytes, new: bytes) -> Diff:
    return between({"rss.xml": old}, {"rss.xml": new})


def test_equal_feeds_differ_in_nothing() -> None:
    diff = one(rss(item("a")), rss(item("a")))
    assert not diff.failed
    assert diff.feeds[0].same
    assert not (diff.added or diff.removed or diff.changed)


def test_an_entry_that_ages_out_of_the_window_is_removed_and_no_failure() -> None:
    diff = one(rss(item("c", 3), item("b", 2), item("a", 1)), rss(item("d", 4), item("c", 3), item("b", 2)))
    assert [entry.title for entry in diff.added] == ["d"]
    assert [entry.title for entry in diff.removed] == ["a"]
    assert not diff.failed


def test_an_entry_that_leaves_from_the_middle_has_vanished() -> None:
    diff = one(rss(item("c", 3), item("b", 2), item("a", 1)), rss(item("c", 3), item("a", 1)))
    assert [entry.title for entry in diff.vanished] == ["b"]
    assert diff.failed


def test_the_last_entry_of_an_emptied_feed_has_vanished() -> None:
    assert [entry.title for entry in one(rss(item("a")), rss()).vanished] == ["a"]


def test_undated_entries_are_judged_by_what_stood_behind_them() -> None:
    def undated(*names: str) -> bytes:
        return rss(*(f"<title>{n}</title><guid isPermaLink='false'>{n}</guid>" for n in names))

    old = {"blog.xml": undated("c", "b", "a")}
    assert [e.id for e in between(old, {"blog.xml": undated("c", "a")}).vanished] == ["b"]
    assert not between(old, {"blog.xml": undated("d", "c", "b")}).vanished


def test_the_same_link_under_another_id_is_churn_whatever_the_spelling_of_the_link() -> None:
    old = rss("<title>A</title><link>http://ex.org/%EA%B0%80/</link><guid isPermaLink='false'>1</guid>")
    new = rss("<title>B</title><link>https://ex.org/가/index.html</link><guid isPermaLink='false'>2</guid>")
    diff = one(old, new)
    assert [(churn.old.id, churn.new.id) for churn in diff.churn] == [("1", "2")]
    assert not (diff.added or diff.removed or diff.vanished)


def at(time: str, text: str) -> str:
    return text.replace("00:00:00 GMT", time)


def test_the_same_title_and_moment_under_another_link_and_id_is_churn() -> None:
    old, new = (rss(at("09:07:00 GMT", item(name, title="T"))) for name in ("a", "moved"))
    assert len(one(old, new).churn) == 1
    assert not one(rss(item("a", 1, title="T")), rss(item("b", 2, title="T"))).churn


@pytest.mark.parametrize("midnight", ["00:00:00 GMT", "00:00:00 +0900", "00:00:00 +0530", "18:15:00 GMT"])
def test_two_posts_of_one_title_and_day_are_one_only_where_their_text_is(midnight: str) -> None:
    def links(name: str, text: str) -> bytes:
        return rss(at(midnight, item(name, title="Links", more=f"<description>{text}</description>")))

    different = one(links("a", "one"), links("b", "two"))
    assert not different.churn
    assert [entry.link for entry in different.added] == ["https://ex.org/b/"]
    assert len(one(links("a", "one"), links("b", "one")).churn) == 1


def test_a_post_of_the_same_title_and_day_does_not_hide_that_another_vanished() -> None:
    newest, kept, lost, oldest = item("d", 9), item("c", 2, title="T"), item("b", 2, title="T"), item("a", 1)
    diff = one(rss(newest, kept, lost, oldest), rss(newest, kept, oldest))
    assert [entry.link for entry in diff.vanished] == ["https://ex.org/b/"]


def test_a_link_that_many_entries_share_identifies_none_of_them() -> None:
    def about(number: int, title: str) -> str:
        return f"<title>{title}</title><link>https://ex.org/</link><guid isPermaLink='false'>{number}</guid>"

    diff = one(rss(about(2, "two"), about(1, "one")), rss(about(3, "three"), about(2, "two")))
    assert not diff.churn
    assert [entry.title for entry in diff.added] == ["three"]
    renamed = one(rss(about(2, "two"), about(1, "one")), rss(about(20, "two"), about(1, "one")))
    assert [(c.old.id, c.new.id) for c in renamed.churn] == [("2", "20")]


def test_each_new_entry_stands_for_one_old_entry_only() -> None:
    old = rss(item("a", guid="1", title="T"), item("b", guid="2", title="T"))
    diff = one(old, rss(item("a", guid="9", title="T")))
    assert [(c.old.id, c.new.id) for c in diff.churn] == [("1", "9")]


def test_changed_fields_are_named() -> None:
    old = item("a", more="<description>x</description><category>one</category>")
    new = item(
        "a",
        2,
        title="A!",
        more="<description>y</description><category>two</category><content:encoded>b</content:encoded>",
    )
    (change,) = one(rss(old), rss(new)).changed
    assert change.fields == ("title", "date", "content", "summary", "categories")


def test_a_post_that_leaves_one_category_but_stays_elsewhere_did_not_vanish() -> None:
    both = rss(item("b", 2), item("a", 1))
    diff = between({"rss.xml": both, "tags/x/rss.xml": both}, {"rss.xml": both, "tags/x/rss.xml": rss(item("a", 1))})
    assert not diff.failed
    assert [entry.title for entry in diff.feeds[1].removed] == ["b"]


def test_an_old_post_that_only_lost_its_tag_did_not_vanish_while_its_page_is_in_the_sitemap() -> None:
    site = rss(item("new", 20))
    old = {"rss.xml": site, "tags/x/rss.xml": rss(item("b", 2), item("a", 1))}
    new = {"rss.xml": site, "tags/x/rss.xml": rss(item("a", 1))}
    assert [entry.title for entry in between(old, new).vanished] == ["b"]
    assert not between(old, new, pages=frozenset({"https://ex.org/b"})).failed


def test_a_format_that_is_given_up_is_no_churn_although_its_ids_were_others() -> None:
    entry = "<id>tag:a</id><title>a</title><link href='https://ex.org/a/'/><published>2025-01-01T00:00:00Z</published>"
    diff = between({"rss.xml": rss(item("a")), "atom.xml": atom(entry)}, {"rss.xml": rss(item("a"))})
    assert not diff.failed
    assert diff.only_old == ("atom.xml",)


def test_feeds_of_other_names_are_compared_over_the_whole_site() -> None:
    diff = between({"blog.xml": rss(item("a", guid="1"))}, {"news.xml": rss(item("a", guid="2"))})
    assert [(c.old.id, c.new.id) for c in diff.churn] == [("1", "2")]


def test_a_feed_that_became_unreadable_is_a_failure() -> None:
    old = side({"rss.xml": rss(item("a")), "atom.xml": atom()})
    new = Side("y", {"atom.xml": read_feed(atom())}, {"rss.xml": "is no feed"})
    diff = compare(old, new, {"rss.xml": "rss.xml", "atom.xml": "atom.xml"})
    assert diff.broken == (("rss.xml", "is no feed"),)
    assert diff.failed


def test_sitemaps_are_compared_only_where_both_sides_have_one() -> None:
    feeds = {"rss.xml": rss(item("a"))}
    pairs = {"rss.xml": "rss.xml"}
    diff = compare(side(feeds, frozenset("ab")), side(feeds, frozenset("bc")), pairs)
    assert diff.sitemap == (("c",), ("a",))
    assert compare(side(feeds), side(feeds, frozenset("a")), pairs).sitemap is None


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


@given(NAMES, NAMES)
def test_every_entry_is_accounted_for_exactly_once(before: list[str], after: list[str]) -> None:
    def feed(names: list[str]) -> bytes:
        return rss(*(item(name, ord(name) - 96) for name in names))

    diff = one(feed(before), feed(after))
    assert {e.title for e in diff.added} == set(after) - set(before)
    assert {e.title for e in (*diff.removed, *diff.vanished)} == set(before) - set(after)
    assert not set(diff.removed) & set(diff.vanished)


@given(st.text(max_size=60))
def test_any_link_has_a_key(link: str) -> None:
    assert isinstance(link_key(link), str)
    assert isinstance(link_key(f"http://{link}"), str)
