"""Feeds that are asked: their parts, lists of them, what is taken for deleted; and our own, read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import atom, jsonfeed, rss
from feeds.model import Channel, Post, Site, make_post
from feeds.text import plain, single_line
from service.sources.feed_document import FeedDocument, NotAFeed
from service.sources.feed_reading import read_document
from service.upstream.answer import OUT_OF_TIME, UpstreamFailed
from tests.feeds import strategies
from tests.sources.asked import HOME, NOW, Fake, Ledger, Said, as_json, codes, drops, opened, page, puts

URL = f"{HOME}/feed.xml"
ATOM = {"content-type": "application/atom+xml"}


def feed(*numbers: int, head: str = "") -> Said:
    entries = "".join(
        f"<entry><id>{HOME}/{n}</id><link href='{HOME}/{n}'/><title>Post {n}</title>"
        f"<updated>2026-02-01T00:00:00Z</updated><content>{n}</content></entry>"
        for n in numbers
    )
    text = f"<feed xmlns='http://www.w3.org/2005/Atom' xmlns:x='http://purl.org/syndication/history/1.0'>{head}{entries}</feed>"
    return 200, ATOM, text.encode()


def older(rel: str, where: str) -> str:
    return f"<link rel='{rel}' href='{where}'/>"


def site(pages: dict[str, Said]) -> Callable[[str, dict[str, str]], Said]:
    return lambda path, query: pages.get(path + "".join(f"?{key}={query[key]}" for key in query), page("None", 404))


def start(pages: dict[str, Said], **said: Any) -> tuple[Fake, Any, Ledger]:
    client = Fake(site(pages))
    made, ledger = opened("feed", client, **{"url": URL, **said}), Ledger()
    ledger.pull(made)
    client.asked.clear()
    return client, made, ledger


# -- what is gone


@pytest.mark.parametrize(("head", "gone"), [("", []), ("<x:complete/>", [f"{HOME}/1"])])
def test_only_a_feed_that_says_it_is_complete_tells_that_a_post_is_gone(head: str, gone: list[str]) -> None:
    pages = {"/feed.xml": feed(1, 2, 3, head=head)}
    _, made, ledger = start(pages)
    pages["/feed.xml"] = feed(2, 3, head=head)
    pulled = ledger.pull(made, NOW + timedelta(days=2))
    assert (drops(pulled.changes), codes(pulled)) == (gone, [])


@pytest.mark.parametrize("later", ["1.0", '"1"'])
def test_a_json_feed_that_writes_an_id_in_another_way_has_the_same_entry(later: str) -> None:
    said = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": %s, "url": "/1", "content_text": "x"}]}'
    pages: dict[str, Said] = {"/feed.xml": (200, {"content-type": "application/feed+json"}, (said % 1).encode())}
    _, made, ledger = start(pages)
    before = {locator: put.fields.id for locator, put in ledger.puts.items()}
    pages["/feed.xml"] = 200, {"content-type": "application/feed+json"}, (said % later).encode()
    assert drops(ledger.pull(made).changes) == []
    assert {locator: put.fields.id for locator, put in ledger.puts.items()} == before


def test_an_unchanged_feed_is_nothing_new_and_an_edited_entry_is_one_change() -> None:
    pages = {"/feed.xml": feed(1, 2)}
    client, made, ledger = start(pages)
    assert ledger.pull(made).changes == ()
    status, headers, body = pages["/feed.xml"]
    pages["/feed.xml"] = (status, headers, body.replace(b"Post 2", b"Edited"))
    assert [put.fields.title for put in puts(ledger.pull(made).changes).values()] == ["Edited"]
    assert client.paths() == ["/feed.xml"] * 2


@pytest.mark.parametrize(
    "answer",
    [
        page("<!doctype html><title>Log in</title>"),
        as_json({"posts": []}),
        (200, ATOM, feed(1, 2)[2][:-60]),
        page("", 500),
    ],
    ids=["a page", "other JSON", "cut", "an error"],
)
def test_U06_what_is_no_whole_feed_changes_nothing(answer: Said) -> None:
    pages = {"/feed.xml": feed(1, 2)}
    _, made, ledger = start(pages)
    pages["/feed.xml"] = answer
    with pytest.raises(UpstreamFailed):
        ledger.pull(made)


# -- parts


@pytest.mark.parametrize("rel", ["next", "prev-archive"])
def test_older_parts_are_read_to_the_last(rel: str) -> None:
    pages = {
        "/feed.xml": feed(5, 6, head=older(rel, "/2.xml")),
        "/2.xml": feed(3, 4, head=older(rel, "3.xml") + older("prev", URL)),
        "/3.xml": feed(1, 2),
    }
    _, _, ledger = start(pages)
    assert sorted(ledger.known) == [f"{HOME}/{n}" for n in range(1, 7)]


@pytest.mark.parametrize("back", [URL, f"{HOME}/2.xml", f"{HOME}/3.xml"])
def test_U15_parts_that_lead_back_end(back: str) -> None:
    pages = {
        "/feed.xml": feed(5, head=older("next", "/2.xml")),
        "/2.xml": feed(4, head=older("next", "/3.xml")),
        "/3.xml": feed(3, head=older("next", back)),
    }
    client, made, ledger = start(pages)
    ledger.pull(made)
    assert client.paths() == ["/feed.xml", "/2.xml", "/3.xml"]


def test_U15_parts_without_end_that_bring_nothing_new_end() -> None:
    asked = iter(range(10**6))
    client = Fake(lambda *_: feed(1, 2, head=older("next", f"/feed.xml?page={next(asked)}")))
    pulled = opened("feed", client, url=URL).pull({"old": "known"}, "", NOW)
    assert (len(client.asked), len(puts(pulled.changes)), drops(pulled.changes)) == (2, 2, [])


def test_U15_parts_without_end_that_bring_news_end_at_the_limit() -> None:
    asked = iter(range(10**6))

    def endless(path: str, query: dict[str, str]) -> Said:
        del path, query
        number = next(asked)
        return feed(number, head=older("next", f"/feed.xml?page={number}"))

    client = Fake(endless)
    pulled = opened("feed", client, url=URL, limits={"listing_pages": 7}).pull({"old": "known"}, "", NOW)
    assert (len(client.asked), drops(pulled.changes), codes(pulled)) == (7, [], ["listing-partial"])


@pytest.mark.parametrize("where", ["/gone.xml", "https://elsewhere.example/2.xml", "/page"])
def test_a_part_that_cannot_be_read_is_one_line_and_the_others_stand(where: str) -> None:
    pages = {"/feed.xml": feed(5, 6, head=older("next", where)), "/page": page("<p>Hi")}
    _, made, ledger = start(pages)
    pulled = ledger.pull(made)
    assert (len(ledger.known), codes(pulled)) == (2, ["feed-unavailable"])


def test_time_that_is_over_in_the_middle_keeps_what_was_had() -> None:
    class Slow(Fake):
        def get(self, url: str, *args: Any, **said: Any) -> Any:
            if "2.xml" in url:
                raise UpstreamFailed("the time is over", OUT_OF_TIME)
            return super().get(url, *args, **said)

    client = Slow(site({"/feed.xml": feed(5, head=older("next", "/2.xml"))}))
    assert codes(opened("feed", client, url=URL).pull({}, "", NOW)) == ["listing-partial"]


# -- lists


def opml(*names: str) -> Said:
    outlines = "".join(f"<outline text='{name}' xmlUrl='/{name}.xml'/>" for name in names)
    return 200, {"content-type": "text/x-opml"}, f"<opml version='2.0'><body>{outlines}</body></opml>".encode()


def test_of_a_list_of_feeds_a_dead_one_takes_nothing_away() -> None:
    pages = {"/feed.xml": opml("a", "b"), "/a.xml": feed(1, 2), "/b.xml": feed(3)}
    _, made, ledger = start(pages)
    del pages["/a.xml"]
    pages["/b.xml"] = feed(3, 4)
    pulled = ledger.pull(made)
    assert (list(puts(pulled.changes)), drops(pulled.changes), codes(pulled)) == (
        [f"{HOME}/4"],
        [],
        ["feed-unavailable"],
    )


def test_a_complete_feed_of_a_list_says_nothing_of_the_others() -> None:
    pages = {"/feed.xml": opml("a", "b"), "/a.xml": feed(1, head="<x:complete/>"), "/b.xml": feed(2)}
    _, made, ledger = start(pages)
    pages |= {"/a.xml": feed(3, head="<x:complete/>"), "/b.xml": feed(4)}
    assert drops(ledger.pull(made).changes) == []


# -- our own, read back

_channel = Channel("site", "T", f"{HOME}/", (("rss", URL), ("atom", URL), ("json", URL)), NOW)
_site = Site(f"{HOME}", "T")


def _read(format_: Any, posts: list[Post]) -> FeedDocument:
    entries = format_.SEPARATOR.join if hasattr(format_, "SEPARATOR") else b"".join
    body = format_.head(_channel, _site) + entries(format_.entry(one, _site, True) for one in posts) + format_.TAIL
    if format_ is jsonfeed:
        return read_document(body, URL, json.loads(body))
    return read_document(body, URL)


_words = st.lists(
    st.sampled_from(
        ("a", "B", "한글", "é", "\U0001f600", "&", "&amp;", "&lt;b&gt;", "<b>", "</b>", "]]>", "'", '"', "1 < 2")
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
_paths = st.text(st.sampled_from("ab/.?=&;%7한"), max_size=8)
_posts = st.builds(
    make_post,
    id=st.sampled_from(("tag:news.example,2026:", "urn:x:", f"{HOME}/", "HTTPS://News.example/a/../")).flatmap(
        lambda start: _paths.map(lambda path: start + path)
    ),
    url=_paths.map(lambda path: f"{HOME}/{path}"),
    title=_words,
    published=strategies.moments.map(lambda moment: moment.replace(microsecond=0)),
    summary=_words,
    content=st.just("<p>Body</p>"),
)


@pytest.mark.parametrize("format_", [rss, atom, jsonfeed], ids=["rss", "atom", "json"])
@given(posts=st.lists(_posts, min_size=1, max_size=3))
def test_our_own_feeds_are_read_back_as_they_were(format_: Any, posts: list[Post]) -> None:
    document = _read(format_, posts)
    assert not document.fault
    for entry, one in zip(document.entries, posts, strict=True):
        assert (entry.id, entry.url, entry.published) == (one.id, one.url, one.published)
        # RSS does not say whether a title is HTML: what looks like it is taken for that, once.
        assert entry.title in ((one.title, single_line(plain(one.title))) if format_ is rss else (one.title,))


# -- the worst

_texts = st.text(st.sampled_from("<>/&;!?[]'\"= abx#0:-\n\x00가\ufffe"), max_size=30)
_PIECES = """<rss version='2.0'>|<channel>|<item>|<title>|</title>|<link>http://[</link>|<guid>|</item>|</rss>|</feed>|]]>|&a;
|<feed xmlns='http://www.w3.org/2005/Atom'>|<entry>|<content type='xhtml'>|<content type='|</entry>|<![CDATA[|?>|<opml>
|<pubDate>Tue, 99 Feb 99999 99:99:99 +9999</pubDate>|<updated>9999999999-13-99</updated>|xml:base='http://['
|<!DOCTYPE x [|<!ENTITY a '&a;'>|&#xd800;|&#99999999;|<enclosure url='//[' length='x'/>|<?xml version='1.0'
| encoding='euc-kr'| encoding='utf-7'| encoding='base64'| encoding='no-such'|<media:content url='x'/>"""
_pieces = st.sampled_from(_PIECES.split("|"))


@given(
    st.lists(_pieces | _texts, max_size=14).map("".join),
    st.sampled_from(["", "utf-16", "euc-kr", "base64", "idna", "x"]),
)
def test_U14_whatever_a_document_holds_it_is_a_feed_or_none(text: str, charset: str) -> None:
    try:
        document = read_document(text.encode("utf-8", "replace"), URL, charset=charset)
    except NotAFeed:
        return
    assert all(urlsplit(entry.url).hostname for entry in document.entries if entry.url)
