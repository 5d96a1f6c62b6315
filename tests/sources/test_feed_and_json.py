"""What feeds and JSON APIs may not lead to: other hosts, deletions that nobody said (U-15, U-16)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.upstream.answer import UpstreamFailed
from tests.sources.asked import NOW, Fake, Ledger, codes, drops, opened, puts
from tests.sources.recorded import answering

NEXT = {"style": "next", "value": "next"}
SITE = {"url": "https://news.example"}
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">{}<title>T</title>'
    "<id>urn:f</id>{}{}"
)
ENTRY = (
    '<entry><id>urn:{0}</id><title>{0}</title><link href="https://news.example/{0}"/>'
    "<updated>2026-02-01T00:00:00Z</updated></entry>"
)


def feed(*names: str, says: str = "", end: str = "</feed>") -> Fake:
    text = ATOM.format(says, "".join(ENTRY.format(name) for name in names), end)
    return Fake(answering({"/feed.xml": {"type": "application/xml", "text": [text]}}))


def dropped(first: Fake, second: Fake) -> list[str]:
    ledger = Ledger()
    for client in (first, second):
        pulled = ledger.pull(opened("feed", client, url="https://news.example/feed.xml"))
    return drops(pulled.changes)


def test_an_entry_that_left_the_window_of_a_feed_is_not_gone() -> None:
    assert dropped(feed("a", "b"), feed("b")) == []


def test_an_entry_that_left_a_complete_feed_is_gone() -> None:
    assert dropped(feed("a", "b", says="<fh:complete/>"), feed("b", says="<fh:complete/>")) == ["urn:a"]


def test_U05_a_complete_feed_that_is_cut_short_is_no_answer_and_deletes_nothing() -> None:
    with pytest.raises(UpstreamFailed, match="ends in the middle"):
        dropped(feed("a", "b", says="<fh:complete/>"), feed("b", says="<fh:complete/>", end=""))


def test_U15_a_next_page_on_another_host_is_asked_for_only_where_it_is_listed() -> None:
    answers: dict[str, Any] = {
        "/posts": {"json": {"posts": [{"id": 1, "url": "/1", "title": "A"}], "next": "https://other.example/two"}},
        "/two": {"json": {"posts": [{"id": 2, "url": "/2", "title": "B"}]}},
    }
    said: dict[str, Any] = {"url": "https://api.example/posts", "site": SITE, "paging": NEXT}
    with pytest.raises(UpstreamFailed, match=r"other\.example; list it in source\.redirect_hosts"):
        opened("json", Fake(answering(answers)), **said).pull({}, "", NOW)
    client = Fake(answering(answers))
    pulled = opened("json", client, redirect_hosts=("other.example",), **said).pull({}, "", NOW)
    assert len(pulled.changes) == 2


@pytest.mark.parametrize("link", ['<https://api.example/posts?page=2>; rel="next"', "</posts?page=2>; rel=next"])
def test_U15_one_answer_that_names_another_page_is_not_all_there_is(link: str) -> None:
    def shows(*numbers: int) -> Fake:
        posts = [{"id": number, "url": f"/{number}", "title": str(number), "date": "2026-02-01"} for number in numbers]
        return Fake(answering({"/posts": {"json": posts, "headers": {"link": link}}}))

    ledger, said = Ledger(), dict[str, Any](url="https://api.example/posts", site=SITE)
    ledger.pull(opened("json", shows(1, 2), **said))
    pulled = ledger.pull(opened("json", shows(2, 3), **said))
    assert (drops(pulled.changes), codes(pulled), len(ledger.known)) == ([], ["listing-partial"], 3)
    assert "source.paging" in pulled.problems[0].hint


@pytest.mark.parametrize("reference", ["&#xD800;", "&#55357;", "&#x110000;", "&#99999999999;", "&#xFFFFFFFFFFFF;"])
def test_U14_a_reference_to_no_character_costs_no_entry(reference: str) -> None:
    text = ATOM.format("", ENTRY.format("a") + ENTRY.format("b").replace(">b<", f">b {reference}<"), "</feed>")
    client = Fake(answering({"/feed.xml": {"type": "application/xml", "text": [text]}}))
    pulled = opened("feed", client, url="https://news.example/feed.xml").pull({}, "", NOW)
    assert [put.fields.title for put in puts(pulled.changes).values()] == ["a", "b \ufffd"]
    assert codes(pulled) == ["feed-malformed"]


def test_U08_a_next_page_on_another_port_is_another_place() -> None:
    posts = [{"id": 1, "url": "/1", "title": "A"}]
    answers: dict[str, Any] = {"/posts": {"json": {"posts": posts, "next": "https://api.example:6379/"}}}
    said: dict[str, Any] = {"url": "https://api.example/posts", "site": SITE, "paging": NEXT}
    client = Fake(answering(answers | {"/": {"json": {"posts": []}}}))
    with pytest.raises(UpstreamFailed, match="another port, 6379"):
        opened("json", client, **said).pull({}, "", NOW)
    assert client.paths() == ["/posts"]
    opened("json", client, redirect_hosts=("api.example",), **said).pull({}, "", NOW)


def authors(type_: str, text: str) -> list[tuple[str, ...]]:
    """Of each entry of a feed, in its order."""
    client = Fake(answering({"/feed": {"type": type_, "text": [text]}}))
    ledger = Ledger()
    ledger.pull(opened("feed", client, url="https://news.example/feed"))
    return [tuple(one.name for one in put.fields.authors) for put in ledger.puts.values()]


def test_the_author_of_an_atom_feed_is_that_of_its_entries_that_name_none() -> None:
    entry = '<entry><id>urn:{0}</id><title>{0}</title><link href="https://news.example/{0}"/>{1}</entry>'
    own = entry.format("b", "<author><name>Own</name></author>")
    taken = entry.format("c", "<source><id>urn:s</id><title>S</title><author><name>Source</name></author></source>")
    text = ATOM.format("<author><name>Feed</name></author>", entry.format("a", "") + own + taken, "</feed>")
    assert authors("application/atom+xml", text) == [("Feed",), ("Own",), ("Source",)]


def test_the_editor_of_an_rss_feed_wrote_none_of_its_items() -> None:
    item = "<item><title>A</title><link>https://news.example/a</link></item>"
    editor = "<managingEditor>ed@news.example (Ed)</managingEditor>"
    text = f'<rss version="2.0"><channel><title>T</title>{editor}{item}</channel></rss>'
    assert authors("application/rss+xml", text) == [()]


def test_the_authors_of_a_json_feed_are_those_of_its_items_that_name_none() -> None:
    items = [{"id": "1", "url": "/1"}, {"id": "2", "url": "/2", "authors": [{"name": "Own"}]}]
    said = {"version": "https://jsonfeed.org/version/1.1", "authors": [{"name": "Feed"}], "items": items}
    assert authors("application/feed+json", json.dumps(said)) == [("Feed",), ("Own",)]
