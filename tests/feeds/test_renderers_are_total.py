"""Whatever text a post, a site or a channel holds: a well-formed document that reads back to the same text."""

from __future__ import annotations

import json
from html import escape, unescape
from typing import Any

import feedparser
from hypothesis import given, settings
from lxml import etree

from feeds.atom import head as atom_head
from feeds.brief import brief_html, is_whole, summary_of
from feeds.elements import CONTENT, DC
from feeds.formats import FORMATS, assemble
from feeds.model import Channel, Post, Site, clean_channel, clean_site
from schemas import problems
from tests.feeds.strategies import channels, posts, sites, web_urls

ATOM = "{http://www.w3.org/2005/Atom}"


def _document(name: str, post: Post, site: Site, channel: Channel, full: bool = True) -> bytes:
    form = FORMATS[name]
    return assemble(form, channel, site, [form.entry(post, site, full)])


def _strict(body: bytes) -> etree._Element:
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, recover=False))


def _texts(element: etree._Element, tag: str) -> list[str]:
    return [found.text or "" for found in element.findall(tag)]


@settings(max_examples=50, deadline=None)
@given(posts(), sites(), channels())
def test_C09_C33_any_text_is_read_back_from_rss(post: Post, site: Site, channel: Channel) -> None:
    root = _strict(_document("rss", post, site, channel))
    clean = clean_channel(channel, clean_site(site))
    head, item = root[0], root[0].find("item")
    assert item is not None
    assert _texts(head, "title") == [clean.title]
    assert _texts(item, "title") == [post.title]
    assert _texts(item, "category") == [*post.categories, *post.tags]
    assert _texts(item, f"{{{DC}}}creator") == [a.name for a in post.authors] or _texts(item, "author")
    encoded = _texts(item, f"{{{CONTENT}}}encoded")
    if is_whole(post, True):
        assert (_texts(item, "description"), encoded) == (
            ([escape(post.summary, quote=False)], [post.content]) if post.summary else ([post.content], [])
        )
    else:
        assert (_texts(item, "description"), encoded) == ([brief_html(post)], [])


@settings(max_examples=50, deadline=None)
@given(posts(), sites(), channels())
def test_C09_C33_any_text_is_read_back_from_atom(post: Post, site: Site, channel: Channel) -> None:
    root = _strict(_document("atom", post, site, channel))
    clean = clean_channel(channel, clean_site(site))
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert _construct(root, "title") == clean.title
    assert _construct(root, "subtitle") == clean.description
    assert _construct(entry, "title") == post.title
    assert [c.get("label") for c in entry.findall(f"{ATOM}category")] == [*post.categories, *post.tags]
    assert [_texts(a, f"{ATOM}name") for a in entry.findall(f"{ATOM}author")] == [[a.name] for a in post.authors]
    if is_whole(post, True):
        assert _texts(entry, f"{ATOM}content") == [post.content]
        assert _construct(entry, "summary") == post.summary
    else:
        assert _texts(entry, f"{ATOM}content") == []
        assert _construct(entry, "summary") == (summary_of(post) or post.title)


@settings(max_examples=50, deadline=None)
@given(posts(), sites(), channels())
def test_C09_C33_any_text_is_read_back_from_json_feed(post: Post, site: Site, channel: Channel) -> None:
    body = _document("json", post, site, channel)
    feed = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    clean = clean_channel(channel, clean_site(site))
    assert (feed["title"], feed["description"]) == (clean.title, clean.description)
    (item,) = feed["items"]
    assert (item["id"], item["url"], item["title"]) == (post.id, post.url, post.title)
    assert item["content_html"] == (post.content if is_whole(post, True) else brief_html(post))
    assert item.get("tags", []) == list(dict.fromkeys(post.categories + post.tags))
    assert [author["name"] for author in item.get("authors", [])] == [author.name for author in post.authors]


@settings(max_examples=40, deadline=None)
@given(posts(web_urls), sites(web_urls), channels(web_urls))
def test_C09_C33_feedparser_finds_nothing_wrong(post: Post, site: Site, channel: Channel) -> None:
    for name in ("rss", "atom"):
        body = _document(name, post, site, channel)
        feed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
        assert not feed.bozo
        (entry,) = feed.entries
        title = entry.title_detail
        value = unescape(title.value) if name == "atom" and title.type == "text/html" else title.value
        assert value in (post.title, _decoded_twice(post.title))
        if name == "atom" or ";" not in post.url:  # in RSS feedparser takes &amp; in a URL for a mistake
            assert entry.link == post.url


@settings(max_examples=40, deadline=None)
@given(posts(web_urls), sites(web_urls), channels(web_urls))
def test_C09_every_document_with_web_addresses_satisfies_its_schema(post: Post, site: Site, channel: Channel) -> None:
    for name in FORMATS:
        for full in (True, False):
            assert problems(name, _document(name, post, site, channel, full)) == []  # type: ignore[arg-type]  # kinds


@settings(max_examples=40, deadline=None)
@given(posts(), sites())
def test_a_fragment_declares_no_namespace_and_stands_on_lines_of_its_own(post: Post, site: Site) -> None:
    for name, outer, tag in (("rss", b"    ", b"item"), ("atom", b"  ", b"entry")):
        fragment = FORMATS[name].entry(post, site, True)
        assert fragment.startswith(outer + b"<" + tag)
        assert fragment.endswith(outer + b"</" + tag + b">\n")
        markup = _without_text(fragment)
        assert b"xmlns" not in markup
        assert b"<ns0:" not in markup


def test_a_channel_without_a_feed_in_a_format_is_rendered_all_the_same() -> None:
    lonely = Channel("site", "Lonely", "https://example.org/", (), clean_site(Site("", "")).founded)
    for form in FORMATS.values():
        assert b"Lonely" in assemble(form, lonely, Site("https://example.org", ""), [])
    assert b"<id>https://example.org/</id>" in atom_head(lonely, Site("", ""))


def _construct(parent: etree._Element, tag: str) -> str:
    found = parent.find(f"{ATOM}{tag}")
    if found is None:
        return ""
    return unescape(found.text or "") if found.get("type") == "html" else found.text or ""


def _without_text(fragment: bytes) -> bytes:
    """A fragment's tags alone: what its text says is not markup."""
    outside = b"".join(part.partition(b"]]>")[2] if i else part for i, part in enumerate(fragment.split(b"<![CDATA[")))
    return b"".join(part.partition(b">")[0].partition(b'"')[0] for part in outside.split(b"<"))


def _decoded_twice(text: str) -> str:
    """feedparser takes Latin-1 characters that would make UTF-8 octets for a publisher's mistake and mends it."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _refuse(constant: str) -> Any:
    raise AssertionError(constant)
