"""Atom 1.0: what feedgen gets wrong and readers notice (RFC 4287; standards.md §2, §12)."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from feeds import atom
from feeds.elements import ATOM
from feeds.formats import FORMATS, assemble
from feeds.model import Author, Enclosure, Post, Site
from schemas import problems
from tests.feeds.plain_posts import CHANNEL, KIM, LEE, SITE, a_post

NAMES = {"a": ATOM}


def _feed(*posts: Post, site: Site = SITE) -> etree._Element:
    entries = [atom.entry(post, site, True) for post in posts]
    body = assemble(FORMATS["atom"], CHANNEL, site, entries)
    assert problems("atom", body) == []
    return etree.fromstring(body)


def _found(element: etree._Element, path: str) -> list[str]:
    return [str(found) for found in element.xpath(path, namespaces=NAMES)]  # type: ignore[union-attr]  # text() only


def test_links_keep_their_attributes_and_the_page_comes_first() -> None:
    audio = Enclosure("https://example.org/a.mp3", "audio/mpeg", 5, "A")
    feed = _feed(a_post(language="en", enclosures=(audio, replace(audio, length=None, title=""))))
    assert _found(feed, "a:link/@rel") == ["alternate", "alternate", "alternate", "self"]
    assert _found(feed, "a:entry/a:link[1]/@*") == ["alternate", "text/html", "en", "https://example.org/1"]
    assert _found(feed, "a:entry/a:link[2]/@*") == ["enclosure", "audio/mpeg", "A", "5", audio.url]
    assert _found(feed, "a:entry/a:link[3]/@*") == ["enclosure", "audio/mpeg", audio.url]


def test_a_feed_has_an_author_even_where_the_site_names_none() -> None:
    assert _found(_feed(a_post()), "a:author/a:name/text()") == ["Site"]
    assert _found(_feed(a_post(), site=replace(SITE, authors=(KIM, LEE))), "a:author/a:name/text()") == ["Kim", "Lee"]


def test_an_address_that_is_none_is_left_out() -> None:
    people = (Author("A", "not an address"), Author("B", "b@example.org", "https://example.org/b"))
    feed = _feed(a_post(authors=people, contributors=(LEE,)))
    assert _found(feed, "a:entry/a:author/*/text()") == ["A", "B", "b@example.org", "https://example.org/b"]
    assert _found(feed, "a:entry/a:contributor/a:name/text()") == ["Lee"]


def test_content_is_html_and_never_cdata_typed() -> None:
    feed = _feed(a_post(summary="S", content="<p>C ]]></p>"))
    assert _found(feed, "a:entry/a:content/@type") == ["html"]
    assert _found(feed, "a:entry/a:content/text()") == ["<p>C ]]></p>"]
    assert _found(feed, "a:entry/a:summary/@type") == ["text"]


def test_C32_plain_text_that_looks_like_markup_is_declared_and_escaped() -> None:
    feed = _feed(
        a_post(title="Use <b> &amp; go", content="c"), a_post(id="tag:x,2024:2", title="AT&T: 1 < 2", content="c")
    )
    assert _found(feed, "a:entry/a:title/@type") == ["html", "text"]
    assert _found(feed, "a:entry/a:title/text()") == ["Use &lt;b&gt; &amp;amp; go", "AT&T: 1 < 2"]


def test_an_id_is_always_an_absolute_iri() -> None:
    uuid = "A550E840-E29B-41D4-A716-446655440000"
    ids = [
        _found(_feed(a_post(id=post_id, content="c")), "a:entry/a:id/text()")[0] for post_id in ("1", uuid, "urn:x:1")
    ]
    assert ids == ["tag:example.org,2000:1", f"urn:uuid:{uuid.lower()}", "urn:x:1"]


def test_a_language_is_said_where_it_is_not_the_sites() -> None:
    feed = _feed(a_post(language="en", content="c"), a_post(id="tag:x,2024:2", language="ko", content="c"))
    assert _found(feed, "@xml:lang") == ["ko"]
    assert _found(feed, "a:entry/@xml:lang") == ["en"]


def test_a_brief_entry_has_a_summary_and_no_content() -> None:
    entry = atom.entry(a_post(content="<p>Long &lt;b&gt; text.</p>"), SITE, False)
    assert b"<content" not in entry
    assert b'<summary type="html">Long &amp;lt;b&amp;gt; text.</summary>' in entry
