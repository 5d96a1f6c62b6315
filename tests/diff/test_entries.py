"""Reading entries: our own documents, those of others, broken and hostile ones."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.diff.entries import MOST_BYTES, Entry, moment, read_feed, read_opml, read_sitemap
from service.sources.feed_document import NotAFeed
from tests.diff.documents import atom, item, json_feed, rss, sitemap_index, urlset

CORPUS = Path(__file__).parents[1] / "feeds" / "corpus"


def only(body: bytes) -> Entry:
    (entry,) = read_feed(body).entries
    return entry


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml", "feed.json"])
def test_every_document_we_render_is_read_with_all_its_entries(name: str) -> None:
    documents = sorted(CORPUS.glob(f"*.{name}"))
    assert documents
    for path in documents:
        body = path.read_bytes()
        feed = read_feed(body)
        assert not feed.fault
        marks = {"rss": b"</item>", "atom": b"</entry>", "json": b'"date_published"'}
        assert len(feed.entries) == body.count(marks[feed.form])
        assert all(entry.id and entry.link and entry.title and entry.date for entry in feed.entries)


def test_the_three_formats_of_one_post_agree_on_what_a_reader_sees() -> None:
    day = datetime(2025, 1, 2, tzinfo=UTC)
    a = only(
        rss(item("a", 2, guid="tag:a", title="A &amp; B", more="<category>x</category><dc:creator>Kim</dc:creator>"))
    )
    b = only(
        atom(
            "<id>tag:a</id><title>A &amp; B</title><link href='https://ex.org/a/'/><author><name>Kim</name></author>"
            "<published>2025-01-02T09:00:00+09:00</published><updated>2025-01-02T00:00:00Z</updated>"
            "<category term='x'/>"
        )
    )
    c = only(
        json_feed(
            {
                "id": "tag:a",
                "url": "https://ex.org/a/",
                "title": "A & B",
                "date_published": "2025-01-02T00:00:00Z",
                "tags": ["x"],
                "authors": [{"name": "Kim"}],
            }
        )
    )
    for entry in (a, b, c):
        assert (entry.id, entry.link, entry.title, entry.date) == ("tag:a", "https://ex.org/a/", "A & B", day)
        assert (entry.authors, entry.categories) == (("Kim",), ("x",))


def test_an_item_without_guid_is_known_by_its_link_and_one_without_link_by_its_permalink() -> None:
    assert only(rss("<link>https://ex.org/a</link>")).id == "https://ex.org/a"
    assert only(rss("<guid>https://ex.org/a</guid>")).link == "https://ex.org/a"
    assert only(rss("<guid isPermaLink='false'>x</guid>")).link == ""


def test_rss_1_and_atom_03_are_read() -> None:
    rdf = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel/><item rdf:about="urn:1"><title>One</title>'
        b"<link>https://ex.org/1</link><dc:date>2025-01-01</dc:date></item></rdf:RDF>"
    )
    assert (only(rdf).id, only(rdf).date) == ("urn:1", datetime(2025, 1, 1, tzinfo=UTC))
    old = (
        b'<feed xmlns="http://purl.org/atom/ns#"><entry><id>x</id><title>X</title>'
        b"<issued>2025-01-01T00:00:00Z</issued></entry></feed>"
    )
    assert only(old).date == datetime(2025, 1, 1, tzinfo=UTC)


def test_relative_links_count_from_xml_base() -> None:
    body = atom("<id>1</id><link href='a'/>").replace(b"<feed", b"<feed xml:base='https://ex.org/b/'")
    assert only(body).link == "https://ex.org/b/a"


def test_a_document_that_breaks_off_is_read_as_far_as_it_goes_and_says_so() -> None:
    whole = rss(item("a"), item("b"))
    feed = read_feed(whole[: whole.index(b"<title>b")])
    assert [entry.title for entry in feed.entries] == ["a"]
    assert "not well-formed" in feed.fault


def test_gzip_space_and_a_byte_order_mark_before_the_document_do_not_matter() -> None:
    body = rss(item("a"))
    for dressed in (gzip.compress(body), b"\n " + body, b"\xef\xbb\xbf" + body):
        assert only(dressed).title == "a"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0",
        b"<html><body>Not found</body></html>",
        b"<!doctype html><p>x",
        b'{"items": []}',
        b"{" * 100_000,
        b'{"version": "https://jsonfeed.org/version/1.1", "items": 3}',
        b"\x1f\x8bnot gzip",
        gzip.compress(rss(item("a")))[:-20],
    ],
)
def test_what_is_no_feed_says_why(body: bytes) -> None:
    with pytest.raises(NotAFeed, match=r"is no feed|is damaged"):
        read_feed(body)


def test_a_small_gzip_that_unpacks_to_gigabytes_is_refused() -> None:
    with pytest.raises(NotAFeed, match="more than"):
        read_feed(gzip.compress(b" " * (MOST_BYTES + 10)))


def test_entities_are_neither_fetched_nor_multiplied() -> None:
    types = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "lol"><!ENTITY nbsp "z">]>'
    entry = only(rss("<title>&x;&y; a&nbsp;b</title><guid>1</guid>", declaration=types))
    assert "root" not in entry.title
    assert entry.title == "&x;&y; a b"


def test_entries_with_one_id_count_once() -> None:
    assert len(read_feed(rss(item("a"), item("a", title="again"))).entries) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 01 Jan 2025 09:00:00 +0900", "2025-01-01T00:00:00+00:00"),
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00+00:00"),
        ("2025-01-01", "2025-01-01T00:00:00+00:00"),
        ("0001-01-01T00:00:00+09:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_instants_or_nothing(text: str, expected: str | None) -> None:
    found = moment(text)
    assert (found.isoformat() if found else None) == expected


def test_sitemaps_and_indexes_are_told_apart_and_pictures_are_no_pages() -> None:
    image = b'<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><image:loc>i</image:loc></image:image>'
    body = urlset("https://ex.org/a").replace(b"</url>", image + b"</url>")
    assert read_sitemap(body) == (("https://ex.org/a",), False)
    assert read_sitemap(sitemap_index("https://ex.org/s-1.xml")) == (("https://ex.org/s-1.xml",), True)
    assert read_sitemap(rss()) is None
    assert read_sitemap(b"") is None


def test_opml_lists_feeds_at_any_depth() -> None:
    body = b'<opml version="2.0"><body><outline><outline xmlUrl="https://ex.org/rss.xml"/></outline></body></opml>'
    assert read_opml(body) == ("https://ex.org/rss.xml",)
    assert read_opml(b"<html/>") == ()


@pytest.mark.parametrize("declaration", ["", '<!DOCTYPE feed [<!ENTITY foo "bar">]>'])
@pytest.mark.parametrize("inside", ['<p xmlns="rel"/>', '<p xmlns:x="../r" x:a="1"/>', "<p>&foo;</p>", "<x:p/>"])
def test_xhtml_that_has_no_canonical_form_is_read_and_a_change_of_it_is_seen(declaration: str, inside: str) -> None:
    def content(text: str) -> str:
        construct = f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{inside}{text}</div></content>'
        return only(declaration.encode() + atom(f"<id>urn:x:1</id>{construct}")).content

    assert content("one") and content("one") == content("one") != content("two")


def test_xhtml_is_the_same_under_another_prefix_and_in_another_order_of_attributes() -> None:
    def content(markup: str) -> str:
        return only(atom(f'<id>urn:x:1</id><content type="xhtml">{markup}</content>')).content

    plain = content('<div xmlns="http://www.w3.org/1999/xhtml"><p id="a" class="b">x<br/>y</p>z</div>')
    assert plain == content(
        '<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p class="b" id="a">x<h:br/>y</h:p>z</h:div>'
    )
    assert plain != content('<div xmlns="http://www.w3.org/1999/xhtml"><p id="a" class="b">x<br/>yz</p></div>')


UNDECLARED = b"<media:thumbnail url='https://ex.org/a.png'/>"


@pytest.mark.parametrize("kind", [rss, atom])
def test_a_prefix_that_nothing_declares_costs_its_element_and_no_more(kind: Callable[[str], bytes]) -> None:
    inside = "<title>One</title><guid>https://ex.org/1</guid><id>https://ex.org/1</id>"
    broken = kind(inside).replace(b"</title><guid>", b"</title>" + UNDECLARED + b"<guid>").replace(b"xmlns:media", b"x")
    feed = read_feed(broken)
    assert "media" in feed.fault
    assert [(entry.id, entry.title) for entry in feed.entries] == [("https://ex.org/1", "One")]


@pytest.mark.parametrize("body", [b"<svg:svg/>", b"<rss:rss/>", b"<a:b:c/>", b"<x:urlset/>", b"<x:opml/>"])
def test_a_document_that_is_no_feed_is_refused_whatever_its_name(body: bytes) -> None:
    with pytest.raises(NotAFeed):
        read_feed(body)
    assert read_sitemap(body) is None
    assert read_opml(body) == ()


PIECES = (
    *(b"<rss>", b"</rss>", b"<channel>", b"<item>", b"</item>", b"<guid>x</guid>", b"<link>http://[</link>"),
    *(b'<feed xmlns="http://www.w3.org/2005/Atom">', b'<entry xml:base="http://[">', b'<link href="//["/>'),
    *(b'<content type="xhtml"><div xmlns="rel"/>', b"<x:y/>", b'<x:y x:z="1">', b'<a xmlns:x="rel" x:b="1"/>'),
    *(b'<!DOCTYPE rss [<!ENTITY foo "bar">]>', b"&foo;", b"<![CDATA[x]]>", b"\xff", b"\x00", b"<svg:svg/>"),
    *(b"<!--x-->", b"<?p?>", b"<id>y</id>", b"<urlset>", b"<loc>z</loc>"),
    *(b'{"version":"https://jsonfeed.org/version/1","items":[', b'{"id":1e400}', b"]}"),
)
"""What has broken readers before; in any order."""


@given(st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join))
@settings(max_examples=200)
def test_pieces_of_markup_in_any_order_are_a_document_or_refused(body: bytes) -> None:
    for read in (read_feed, read_sitemap, read_opml):
        with contextlib.suppress(NotAFeed):
            read(body)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_feed_or_refused(body: bytes) -> None:
    for dressed in (body, b"<rss><channel><item>" + body, b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>" + body):
        with contextlib.suppress(NotAFeed):
            read_feed(dressed)


BURNED = """<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel>
<item xml:base="https://blog.example/x/"><title>A</title><link>http://feedproxy.example/~r/a</link><guid>a/b</guid>
<feedburner:origLink>https://blog.example/a</feedburner:origLink></item>
<item xml:base="https://blog.example/x/"><title>B</title><link>b</link><guid isPermaLink="false">17</guid></item>
<item><title>C</title><link>/c</link><guid isPermaLink="true">https://blog.example/?p=3</guid></item>
</channel></rss>"""


def test_the_page_of_an_entry_is_what_its_feed_says_in_any_of_its_ways() -> None:
    first, second, third = read_feed(BURNED.encode()).entries
    assert (first.link, first.pages) == (
        "https://blog.example/a",
        ("http://feedproxy.example/~r/a", "https://blog.example/x/a/b"),
    )
    assert (second.link, second.pages) == ("https://blog.example/x/b", ())
    assert (third.link, third.pages) == ("/c", ("https://blog.example/?p=3",))
