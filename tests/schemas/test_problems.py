"""The measures notice what they are for: each rule is broken once in a document that was valid."""

from __future__ import annotations

import re
import time

import pytest

from feeds.formats import FORMATS
from schemas import Kind, problems
from tests.feeds.cases import CASES

SEED = next(case for case in CASES if case.name == "seed-post")
DOCUMENTS = {form.name: SEED.document(form) for form in FORMATS.values()}

BROKEN: list[tuple[Kind, str, str, str]] = [
    ("rss", "<title>", "<titel>", "not well-formed"),
    ("rss", 'version="2.0"', 'version="0.91"', "Element rss"),
    ("rss", "GMT</lastBuildDate>", "KST</lastBuildDate>", "lastBuildDate"),
    ("rss", "GMT</pubDate>", "UTC</pubDate>", "<pubDate>"),
    ("rss", "<ttl>60", "<ttl>0", "ttl"),
    ("rss", "<language>ko-KR", "<language>ko_KR", "language"),
    ("rss", "<managingEditor>news@example.org (편집국)", "<managingEditor>편집국", "managingEditor"),
    ("rss", "<sy:updatePeriod>hourly", "<sy:updatePeriod>sometimes", "updatePeriod"),
    ("rss", "<ttl>", "<rating>x</rating><ttl>", "channel"),
    ("rss", "<guid isPermaLink", "<guid isPermalink", "isPermalink"),
    ("rss", '<guid isPermaLink="true">https', '<guid isPermaLink="true">tag', "<guid"),
    ("rss", "<media:content url", "<media:group/><media:content url", "group"),
    ("rss", 'rel="self"', 'rel="me"', "should link to itself"),
    ("rss", "<url>", "<url> ", "image"),
    ("rss", "png</url>\n      <title>", "png</url><title>x", "title of its channel"),
    ("rss", "</title>\n      <link>https:", "</title>\n      <link>http:", "link of its channel"),
    ("rss", "<dc:creator>", "<author>kim@example.org (Kim)</author><dc:creator>", "author beside dc:creator"),
    ("rss", ">News</category>", "> News</category>", "plain text on one line"),
    ("rss", 'type="application/feed+json"', 'type="application/atom+xml"', "two alternates"),
    ("atom", "<feed", "<fed", "not well-formed"),
    ("atom", "<updated>2024-05-01T03:00:00Z", "<updated>2024-05-01", "<updated>"),
    ("atom", "<published>2024-05-01T00:30:00Z", "<published>2024-05-01T00:30:00", "<published>"),
    ("atom", 'type="html">', 'type="CDATA">', "<content"),
    ("atom", "<id>https://example.org/c", "<id>/c", "<id>"),
    ("atom", "<name>김기자</name>", "", "Element author"),
    ("atom", ' term="News"', "", "<category"),
    ("atom", 'rel="self"', 'rel="via"', "should link to itself"),
    ("atom", 'type="application/feed+json"', 'type="application/rss+xml"', "two alternates"),
    ("json", '"version"', "version", "not JSON"),
    ("json", "version/1.1", "version/1", "version"),
    ("json", '"id": ', '"id": 7, "_": ', "items[0].id"),
    ("json", '"content_html"', '"content"', "items[0]"),
    ("json", '"date_published": "2024', '"date_published": "on 2024', "items[0].date_published"),
    ("json", '"url": "https://example.org/news', '"url": "/news', "items[0].url"),
    ("json", '"tags": [', '"tags": ["News", ', "items[0].tags"),
    ("json", '"image": ', '"picture": ', "items[0]"),
    ("json", '"title": ', '"title": NaN, "x": ', "NaN"),
    ("json", '"title": ', '"title": "a", "title": ', "twice"),
    ("json", '"feed_url"', '"next_url": "https://example.org/categories/news/feed.json", "feed_url"', "next_url"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "told"), BROKEN)
def test_a_broken_rule_is_told_with_its_line(kind: Kind, old: str, new: str, told: str) -> None:
    text = DOCUMENTS[kind].decode()
    assert old in text
    found = problems(kind, text.replace(old, new, 1).encode())
    assert any(told in line for line in found), found
    assert all(re.match(r"line [1-9]\d*: \S", line) and "\n" not in line for line in found)
    assert kind == "json" or len(found) == 1


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_a_valid_document_has_no_problems(kind: Kind) -> None:
    assert problems(kind, DOCUMENTS[kind]) == []


def test_the_line_is_the_line_of_the_fault() -> None:
    rss = DOCUMENTS["rss"].replace(b"GMT</lastBuildDate>", b"KST</lastBuildDate>")
    line = rss[: rss.index(b"KST")].count(b"\n") + 1
    assert problems("rss", rss)[0].startswith(f"line {line}: ")
    feed = DOCUMENTS["json"].replace(b'"date_published": "', b'"date_published": "x')
    line = feed[: feed.index(b'"date_published"')].count(b"\n") + 1
    assert problems("json", feed)[0].startswith(f"line {line}: items[0].date_published: ")


def test_the_same_entry_twice_is_a_problem_in_each_format() -> None:
    for name, form in FORMATS.items():
        entry = form.entry(SEED.posts[0], SEED.site, True)
        body = form.head(SEED.channel, SEED.site) + form.separator.join([entry, entry]) + form.tail
        (line,) = problems(name, body)  # type: ignore[arg-type]  # names are kinds
        assert "guid" in line or "id" in line


def test_an_atom_entry_needs_an_author_a_link_and_some_text() -> None:
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:1</id><title>t</title><updated>2024-01-01T00:00:00Z</updated>'
    entry = "<entry><id>urn:x:2</id><title>t</title><updated>2024-01-01T00:00:00Z</updated></entry>"
    found = "\n".join(problems("atom", f"{head}<link rel='self' href='x'/>{entry}</feed>".encode()))
    assert "needs an author" in found
    assert "needs a link rel=alternate" in found
    assert "should have a summary or content" in found


def test_any_valid_atom_passes_foreign_markup_and_xhtml_included() -> None:
    body = """<?xml version="1.0" encoding="UTF-8"?>
      <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://example.org/" xmlns:x="urn:x" x:a="1">
        <id>tag:example.org,2024:1</id>
        <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b></div></title>
        <updated>2024-01-01T00:00:00.5+09:00</updated><author><name>K</name><x:y><x:z/></x:y></author>
        <link href="https://example.org/"/><link rel="self" href="feed"/>
        <generator uri="https://g" version="1">G</generator>
        <x:any>thing</x:any>
        <entry><id>tag:example.org,2024:2</id><title/><updated>2024-01-01T00:00:00Z</updated><summary>s</summary>
          <content src="https://example.org/a.pdf" type="application/pdf"/><source><id>urn:x:3</id></source></entry>
        <entry><id>tag:example.org,2024:3</id><title>t</title><updated>2024-01-01T00:00:00Z</updated>
          <content type="image/svg+xml"><svg xmlns="http://www.w3.org/2000/svg"/></content></entry>
      </feed>"""
    assert problems("atom", body.strip().encode()) == []


def test_of_others_extensions_are_passed_over_and_what_is_left_keeps_its_line() -> None:
    body = b"""<rss version="2.0" xmlns:x="urn:x">
      <channel x:attribute="1"><title>t</title><link>l</link><description>d</description>
        <x:one>
          <two/>
        </x:one>
        <item><x:three/><guid>1</guid></item>
        <item><colour>blue</colour></item>
      </channel></rss>"""
    (line,) = problems("rss", body, ours=False)
    assert line.startswith("line 7: ") and "colour" in line
    assert problems("rss", body.replace(b"<colour>blue</colour>", b""), ours=False) == []
    assert len(problems("rss", body)) > 1


@pytest.mark.parametrize("text", ["<x:y xmlns:x='urn:x'/> text", "text <x:y xmlns:x='urn:x'/>"])
def test_text_beside_an_extension_is_not_passed_over_with_it(text: str) -> None:
    channel = "<title>t</title><link>l</link><description>d</description>"
    assert problems("rss", f'<rss version="2.0"><channel>{channel}{text}</channel></rss>'.encode(), ours=False)


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
@pytest.mark.parametrize(
    "body", [b"", b" ", b"\xff\xfe", b"\x00", b"<a", b"[1, 2", b"null", b"{}", b"<a/>", b"\xef\xbb\xbf{}"]
)
def test_bytes_that_are_no_feed_at_all_are_told_and_never_raise(kind: Kind, body: bytes) -> None:
    found = problems(kind, body)
    assert found
    assert all(line.startswith("line ") for line in found)


def test_a_document_can_neither_fetch_nor_expand_nor_include() -> None:
    declared = (
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss version="2.0"><channel>&x;</channel></rss>'
    )
    assert problems("rss", declared) == ["line 1: a document type declaration has no place in a feed"]
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 12))
    started = time.perf_counter()
    assert problems("rss", b'<!DOCTYPE a [<!ENTITY l0 "ha">' + laughs + b']><a b="&l11;">&l11;</a>')
    assert time.perf_counter() - started < 5


def test_depth_and_size_are_told_in_bounded_time() -> None:
    started = time.perf_counter()
    assert problems("json", b"[" * 200_000)
    assert problems("rss", b"<a>" * 200_000)
    title = "a " * 500_000
    long = DOCUMENTS["rss"].decode().replace("<title>", f"<title>{title}", 1).replace("(편집국)", f"({title})")
    assert problems("rss", long.encode())
    assert time.perf_counter() - started < 10


def test_a_message_does_not_quote_a_whole_document() -> None:
    feed = DOCUMENTS["json"].replace(b'"tags": [', b'"tags": 5, "_x": [' + b'"y", ' * 10_000)
    assert all(len(line) < 300 for line in problems("json", feed))
