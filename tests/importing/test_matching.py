"""Which post an entry is, where a feed was, what readers see: pure."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.diff.entries import Entry, Feed
from service.importing.lookup import keys_of
from service.importing.matching import Known, folded, likened, match
from service.importing.paths import alias
from service.importing.proving import prove
from service.paths import path_of

SEOUL = ZoneInfo("Asia/Seoul")
DAY = datetime(2025, 1, 1, 15, 30, tzinfo=UTC)
SITE = "https://example.org"


def entry(id_: str, title: str = "", link: str = "", date: datetime | None = DAY) -> Entry:
    return Entry(id_, title, link, date, None, "", "", (), (), ())


def known(number: int, title: str = "", published: datetime = DAY) -> Known:
    return Known(number, f"id {number}", f"{SITE}/{number}", title, published, published, False)


def test_a_link_counts_before_an_id_and_an_id_before_title_and_date() -> None:
    entries = [entry(name, "T") for name in ("both", "id", "title")]
    titles = {"t": [known(3, "T")]}
    found = match(entries, {"both": known(1)}, {"both": known(2), "id": known(2)}, titles, SEOUL)
    assert [(m.post.number if m.post else None, m.by) for m in found] == [(1, "link"), (2, "id"), (3, "title")]


@pytest.mark.parametrize(
    ("published", "matched"),
    [
        (DAY, True),
        (DAY - timedelta(minutes=35), True),  # another day in Seoul
        (DAY - timedelta(hours=38), True),  # a day alone, and the largest offset of a zone
        (DAY + timedelta(hours=38), True),
        (DAY - timedelta(hours=38, seconds=1), False),
        (DAY + timedelta(days=2), False),
    ],
)
def test_a_title_counts_with_a_date_that_a_time_zone_may_have_moved(published: datetime, matched: bool) -> None:
    (found,) = match([entry("x", "A  Title")], {}, {}, {"a title": [known(1, "a title", published)]}, SEOUL)
    assert (found.post is not None) == matched


def test_two_posts_of_one_title_and_day_are_told_from_each_other_by_nothing() -> None:
    (found,) = match([entry("x", "Links")], {}, {}, {"links": [known(1), known(2)]}, SEOUL)
    assert (found.post, "2 posts" in found.why) == (None, True)


def test_of_several_posts_near_an_entry_the_one_of_its_day_is_meant_else_none() -> None:
    before, same, after = (known(n, "Links", DAY + timedelta(hours=h)) for n, h in ((1, -25), (2, 1), (3, 25)))
    (found,) = match([entry("x", "Links")], {}, {}, {"links": [before, same, after]}, SEOUL)
    assert found.post == same
    (found,) = match([entry("x", "Links")], {}, {}, {"links": [before, after]}, SEOUL)
    assert (found.post, "2 posts of about that date" in found.why) == (None, True)


def test_two_entries_near_one_post_are_none_of_them_unless_one_is_of_its_day() -> None:
    late, later = (entry(name, "Links", date=DAY + timedelta(hours=h)) for name, h in (("late", 30), ("later", 33)))
    post = known(1, "Links")
    first, second = match([late, later], {}, {}, {"links": [post]}, SEOUL)
    assert (first.post, second.post) == (None, None)
    assert "later" in first.why
    assert "late" in second.why
    first, second = match([late, entry("same", "Links")], {}, {}, {"links": [post]}, SEOUL)
    assert (first.post, second.post) == (None, post), "whoever is surer has it, in whatever order they stand"


def test_an_entry_without_a_date_is_not_matched_by_its_title_and_told_why() -> None:
    (found,) = match([entry("x", "T", date=None)], {}, {}, {"t": [known(1, "T")]}, SEOUL)
    assert (found.post, "no date" in found.why) == (None, True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“It’s” — here…", '"It\'s" - here...'),
        ("AT&amp;T", "AT&T"),
        ("A <em>word</em>\u00a0more", "a word more"),
        ("한글", unicodedata.normalize("NFD", "한글")),
        ("Ｆｕｌｌ", "full"),
        ("???", "???"),
    ],
)
def test_titles_are_alike_however_they_are_typeset(one: str, other: str) -> None:
    assert likened(one) == likened(other) != ""


def test_of_titles_that_are_only_alike_the_one_that_is_equal_counts() -> None:
    posts = [known(1, "C"), known(2, "C++")]
    (found,) = match([entry("x", "C++")], {}, {}, {"c": posts}, SEOUL)
    assert found.post == posts[1]


def test_an_entry_that_is_another_ones_post_is_told_so() -> None:
    first, second = match([entry("x"), entry("y")], {"x": known(1), "y": known(1)}, {}, {}, SEOUL)
    assert (first.post is not None, second.post) == (True, None)
    assert "x" in second.why


@pytest.mark.parametrize(
    ("link", "keys"),
    [
        ("/a/?utm_source=x", ["example.org/a"]),
        ("http://old.example/a/index.html", ["old.example/a", "example.org/a"]),
        ("https://example.org/?p=1", ["example.org/?p=1"]),
        ("mailto:a@b.example", []),
        ("https://[", []),
        ("", []),
    ],
)
def test_a_link_may_be_that_of_a_page_here_on_whatever_host_it_was(link: str, keys: list[str]) -> None:
    assert keys_of(link, SITE) == keys


SLUGS = {("category", "news"): "news", ("tag", "a b"): "a-b", ("category", "b"): "b"}


@pytest.mark.parametrize(
    ("url", "path", "target", "why"),
    [
        ("https://example.org/feed/", "/feed/", "/rss.xml", ""),
        ("/index.xml", "/index.xml", "/rss.xml", ""),
        ("https://example.org/category/news/feed/", "/category/news/feed/", "/categories/news/rss.xml", ""),
        ("https://example.org/category/a/b/feed", "/category/a/b/feed", "/categories/b/rss.xml", ""),
        ("https://example.org/category/a/b/feed/", "/category/a/b/feed/", "/categories/b/rss.xml", ""),
        ("https://example.org/tags/a%20b/index.xml", "/tags/a b/index.xml", "/tags/a-b/rss.xml", ""),
        ("https://example.org/category/none/feed/", "/category/none/feed/", "/rss.xml", ""),
        ("https://example.org/?feed=rss2", "", "/rss.xml", "--at"),
        ("https://example.org/x?feed=rss2", "", "/rss.xml", "query"),
        ("https://other.example/feed/", "", "/rss.xml", "another host"),
        ("https://example.org/rss.xml", "", "/rss.xml", "answers there already"),
        ("https://example.org/atom.xml", "", "/rss.xml", "a document of ours"),
        ("https://example.org/feed.xml", "/feed.xml", "/rss.xml", ""),
        ("", "", "/rss.xml", "--at"),
        ("https://[", "", "/rss.xml", "--at"),
    ],
)
def test_where_a_feed_was_is_sent_to_the_same_format_of_the_same_channel(
    url: str, path: str, target: str, why: str
) -> None:
    found = alias(url, "rss", lambda kind, slug: SLUGS.get((kind, slug)), service=SITE, site=SITE)
    assert (found.path, path_of(found.target)) == (path, target)
    assert why in found.why
    assert bool(found.why) == bool(why)


def test_a_path_counts_below_the_prefix_of_the_service() -> None:
    service = "https://example.org/blog"
    inside = alias("https://example.org/blog/feed/", "json", lambda *_: None, service=service, site=service)
    assert (inside.path, path_of(inside.target)) == ("/feed/", "/feed.json")
    outside = alias("https://example.org/feed/", "json", lambda *_: None, service=service, site=service)
    assert (outside.path, "not below /blog/" in outside.why) == ("", True)


def test_what_is_shown_again_and_what_is_missing_is_counted_by_what_readers_match_by() -> None:
    old = Feed("rss", (entry("1", "A", "https://old/a"), entry("2", "B", "https://old/b"), entry("3", "C")))
    new = Feed("rss", (entry("1", "A", "https://new/a"), entry("b", "B", "https://old/b"), entry("9", "New")))
    counts = prove(old, new, {"1": 1, "2": 2}, {"1": 1, "b": 2, "9": 9})
    said = {name: ([(e.old.id, e.new.id) for e in c.twice], [e.id for e in c.lost]) for name, c in counts.items()}
    assert said == {"id": ([("2", "b")], ["3"]), "link": ([("1", "1")], []), "title": ([], ["3"])}
    assert not any(count.clean for count in counts.values())


@pytest.mark.parametrize(
    "link", ["https://old/a/", "http://old/a", "https://OLD/a", "https://old/a?x", "https://old/%61"]
)
def test_links_are_the_same_where_readers_find_them_so_that_is_to_the_letter(link: str) -> None:
    old, new = (Feed("rss", (entry("1", "A", url),)) for url in ("https://old/a", link))
    assert [(again.old.link, again.new.link) for again in prove(old, new, {"1": 1}, {"1": 1})["link"].twice] == [
        ("https://old/a", link)
    ]


def test_titles_are_the_same_where_readers_find_them_so_that_is_to_the_letter() -> None:
    old, new = (Feed("rss", (entry("1", title, "https://old/a"),)) for title in ("A title", "A Title"))
    counts = prove(old, new, {"1": 1}, {"1": 1})
    assert {name: len(count.twice) for name, count in counts.items()} == {"id": 0, "link": 0, "title": 1}


@given(st.lists(st.tuples(st.text(max_size=5), st.sampled_from("abc")), unique_by=lambda pair: pair[0], max_size=6))
def test_a_feed_that_takes_over_itself_shows_nothing_twice_and_loses_nothing(said: list[tuple[str, str]]) -> None:
    feed = Feed("rss", tuple(entry(id_, title, f"https://x/{id_}") for id_, title in said if id_))
    numbers = {e.id: place for place, e in enumerate(feed.entries)}
    assert all(count.clean for count in prove(feed, feed, numbers, numbers).values())


def test_titles_are_compared_as_readers_show_them() -> None:
    assert folded(" Two\n lines ") == folded("two LINES")
