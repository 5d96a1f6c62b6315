"""OPML: any text gives a subscription list that says it back, and a channel is imported once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.dates import rfc822
from feeds.opml import Group, Subscription, opml
from feeds.text import single_line
from feeds.uri import ascii_url
from schemas import problems
from tests.feeds.strategies import moments, optional, text, web_urls

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
HOME = "https://example.org"
FEEDS = tuple(
    (name, f"{HOME}/{file}") for name, file in (("json", "feed.json"), ("atom", "atom.xml"), ("rss", "rss.xml"))
)


def _parsed(body: bytes) -> etree._Element:
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, recover=False))


def _groups(urls: st.SearchStrategy[str]) -> st.SearchStrategy[list[Group]]:
    feeds = st.lists(st.tuples(st.sampled_from(("rss", "atom", "json")), urls), max_size=2).map(tuple)
    channel = st.builds(Subscription, title=text, html_url=urls, feeds=feeds, language=optional)
    return st.lists(st.builds(Group, title=text, subscriptions=st.lists(channel, max_size=2).map(tuple)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(text, _groups(text), moments)
def test_any_text_is_read_back_from_opml(title: str, groups: list[Group], updated: datetime) -> None:
    root = _parsed(opml(title, groups, updated))
    name = single_line(title) or "OPML"
    assert root.findtext("head/title") == name
    assert root.findtext("head/dateModified") == rfc822(updated)
    listed = [
        (single_line(group.title) or name, [single_line(channel.title) for channel in channels])
        for group in groups
        if (channels := [c for c in group.subscriptions if any(ascii_url(url) for _, url in c.feeds)])
    ]
    found = [(folder.get("text"), [_title(outline) for outline in folder]) for folder in root.iterfind("body/outline")]
    assert found == (listed or [(name, [])])


def _title(outline: etree._Element) -> str:
    """A channel's title; one without is called by its feed."""
    said = outline.get("text") or ""
    return "" if said == outline.get("xmlUrl") else said


@settings(max_examples=60, deadline=None)
@given(text, _groups(web_urls), moments)
def test_every_list_of_web_addresses_satisfies_its_schema(title: str, groups: list[Group], updated: datetime) -> None:
    twice = [line for line in problems("opml", opml(title, groups, updated)) if "the same feed twice" not in line]
    assert twice == []


def test_a_channel_is_listed_once_by_the_feed_that_every_reader_knows() -> None:
    root = _parsed(opml("t", [Group("g", (Subscription("c", f"{HOME}/", FEEDS, "ko-KR"),))], AT))
    (outline,) = root.iterfind("body/outline/outline")
    assert {str(name): value for name, value in outline.items()} == {
        "text": "c",
        "title": "c",
        "type": "rss",
        "version": "RSS",
        "language": "ko-KR",
        "htmlUrl": f"{HOME}/",
        "xmlUrl": f"{HOME}/rss.xml",
    }


@pytest.mark.parametrize(("feeds", "url"), [(FEEDS[:2], "atom.xml"), (FEEDS[:1], "feed.json")])
def test_a_channel_without_rss_is_listed_by_its_next_format(feeds: tuple[tuple[str, str], ...], url: str) -> None:
    root = _parsed(opml("t", [Group("g", (Subscription("c", HOME, feeds),))], AT))
    (outline,) = root.iterfind("body/outline/outline")
    assert (outline.get("xmlUrl"), outline.get("type"), outline.get("version")) == (f"{HOME}/{url}", "rss", None)


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        opml("t", [], datetime(2024, 1, 1))  # noqa: DTZ001 - it is the fault
