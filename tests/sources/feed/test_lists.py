"""Lists of feeds that are asked: what leaves with a feed that the list no longer has, and what never does."""

from __future__ import annotations

from typing import Any

import pytest

from service.upstream.answer import OUT_OF_TIME, UpstreamFailed
from tests.sources.asked import HOME, NOW, Fake, Ledger, Said, codes, drops, opened, page, puts
from tests.sources.feed.test_feed import URL, feed, opml, site, start

PODCAST = b"<rss><channel><title>P</title>" + b"<item><title>Episode</title></item>" * 3 + b"</channel></rss>"
BROKEN = (200, {"content-type": "text/x-opml"}, b"<opml><body><outline text='b' xmlUrl='/b.xml'/><outline text='")


def ids(*numbers: int) -> list[str]:
    return [f"{HOME}/{number}" for number in numbers]


def lists(*names: str) -> dict[str, Said]:
    every = {"a": feed(1, 2), "b": feed(3), "c": feed(4, 5)}
    return {"/feed.xml": opml(*names)} | {f"/{name}.xml": every[name] for name in every}


def test_the_posts_of_a_feed_that_the_list_no_longer_has_are_gone_also_those_that_left_its_window() -> None:
    pages = lists("a", "b")
    _, made, ledger = start(pages)
    pages["/a.xml"] = feed(2, 6)
    assert drops(ledger.pull(made).changes) == []
    pages["/feed.xml"] = opml("b")
    pulled = ledger.pull(made)
    assert (drops(pulled.changes), list(puts(pulled.changes)), codes(pulled)) == (ids(1, 2, 6), [], [])
    assert ledger.pull(made).changes == ()


@pytest.mark.parametrize(
    "answer",
    [
        BROKEN,
        page("Maintenance"),
        page("Gone", 404),
        (200, {"content-type": "text/x-opml"}, b"<opml><body><outline text='b'"),
        (200, {"content-type": "text/x-opml"}, b""),
    ],
    ids=["cut short", "another page", "gone", "cut before its first feed", "nothing"],
)
def test_a_list_that_cannot_be_read_to_its_end_takes_nothing_away(answer: Said) -> None:
    pages = lists("a", "b")
    _, made, ledger = start(pages)
    pages["/feed.xml"] = answer
    try:
        pulled = ledger.pull(made)
    except Exception as error:
        assert type(error).__name__ == "UpstreamFailed"
    else:
        assert (drops(pulled.changes), codes(pulled)) == ([], ["listing-partial"])
    pages["/feed.xml"] = opml("b")
    assert drops(ledger.pull(made).changes) == ids(1, 2), "and one that is read again does"


@pytest.mark.parametrize("text", ["<opml><body/></opml>", "<opml><head/><body><outline text='Folder'/></body></opml>"])
def test_a_list_that_has_lost_its_last_feed_is_an_empty_one(text: str) -> None:
    pages = lists("a", "b")
    _, made, ledger = start(pages)
    pages["/feed.xml"] = (200, {"content-type": "text/x-opml"}, text.encode())
    for _ in range(2):
        pulled = made.pull(ledger.known, ledger.memory, NOW)
        assert (drops(pulled.changes), codes(pulled)) == (ids(1, 2, 3), ["list-empty"])
    ledger.take(pulled)
    pages["/feed.xml"] = opml("b")
    assert list(puts(ledger.pull(made).changes)) == ids(3)


def test_a_feed_that_is_dead_is_still_in_the_list() -> None:
    pages = lists("a", "b", "c")
    _, made, ledger = start(pages)
    pages |= {"/a.xml": page("Gone", 410), "/feed.xml": opml("a", "b")}
    pulled = ledger.pull(made)
    assert (drops(pulled.changes), codes(pulled)) == (ids(4, 5), ["feed-unavailable"])


def test_a_list_with_too_many_posts_takes_no_feed_away() -> None:
    pages = lists("a", "b", "c")
    _, made, ledger = start(pages, limits={"listing_items": 5})
    pages |= {"/feed.xml": opml("b", "c"), "/b.xml": feed(*range(10, 20))}
    pulled = ledger.pull(made)
    assert (drops(pulled.changes), codes(pulled)) == ([], ["listing-partial"])


def test_an_entry_that_another_feed_has_too_stays() -> None:
    pages = lists("a", "b")
    pages["/b.xml"] = feed(2, 3)
    _, made, ledger = start(pages)
    pages["/feed.xml"] = opml("b")
    assert drops(ledger.pull(made).changes) == ids(1)


def test_a_feed_under_another_address_is_the_same_feed_while_it_has_an_entry_in_common() -> None:
    pages = lists("a", "b")
    _, made, ledger = start(pages)
    pages |= {"/feed.xml": opml("b", "moved"), "/moved.xml": feed(2, 7)}
    assert drops(ledger.pull(made).changes) == []
    pages["/moved.xml"] = feed(7, 8)
    assert drops(ledger.pull(made).changes) == [], "nor with the next pull"
    pages |= {"/feed.xml": opml("b", "again"), "/again.xml": feed(8)}
    assert drops(ledger.pull(made).changes) == []
    pages["/feed.xml"] = opml("b")
    assert drops(ledger.pull(made).changes) == ids(1, 2, 7, 8)


def test_a_feed_in_the_place_of_another_is_not_that_one() -> None:
    pages = lists("a", "b")
    _, made, ledger = start(pages)
    pages["/feed.xml"] = opml("b", "c")
    pulled = ledger.pull(made)
    assert (drops(pulled.changes), list(puts(pulled.changes))) == (ids(1, 2), ids(4, 5))


def test_a_feed_that_comes_back_has_its_posts_again() -> None:
    pages = lists("a", "b")
    _, made, ledger = start(pages)
    for names in (("b",), ("a", "b")):
        pages["/feed.xml"] = opml(*names)
        pulled = ledger.pull(made)
    assert list(puts(pulled.changes)) == ids(1, 2)


def test_a_feed_whose_entries_have_no_links_holds_up_no_other() -> None:
    pages = lists("a", "b")
    pages["/a.xml"] = (200, {"content-type": "application/rss+xml"}, PODCAST)
    _, made, ledger = start(pages)
    assert list(ledger.puts) == ids(3)
    pages["/b.xml"] = feed(3, 4)
    pulled = ledger.pull(made)
    (problem,) = pulled.problems
    assert (list(puts(pulled.changes)), problem.code) == (ids(4), "feed-unavailable")
    assert problem.message == f"the feed a cannot be read: {HOME}/a.xml: 3 of 3 entries have no link"


def test_a_feed_that_eats_the_time_is_named_and_asked_last_from_then_on() -> None:
    pages, slow = lists("a", "b", "c"), {"/b.xml"}

    class Slow(Fake):
        def get(self, url: str, *args: Any, **said: Any) -> Any:
            if any(url.endswith(name) for name in slow):
                raise UpstreamFailed(f"{url}: the time is over", OUT_OF_TIME)
            return super().get(url, *args, **said)

    made, ledger = opened("feed", Slow(site(pages)), url=URL), Ledger()
    first, second = ledger.pull(made), ledger.pull(made)
    assert (list(puts(first.changes)), list(puts(second.changes))) == (ids(1, 2), ids(4, 5))
    for pulled in (first, second):
        assert codes(pulled) == ["feed-unavailable", "listing-partial"]
        assert pulled.problems[0].message == f"the feed b cannot be read: {HOME}/b.xml: the time is over"
    slow.clear()
    assert list(puts(ledger.pull(made).changes)) == ids(3)
