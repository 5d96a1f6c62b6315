"""The short ways of the proof: whatever they let pass, the parsers that they spare read as well."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.metadata import Page, Publication, fragment
from feeds.model import Document
from service.proof import Broken, prove
from tests.feeds.strategies import text
from tests.feeds.test_metadata_is_total import pages, publications

DATA = b'<script type="application/ld+json">'
END = b"</script>\n"
HEAD = b"<title>a</title>\n"

tokens = st.sampled_from(
    (
        *(b"{", b"}", b"[", b"]", b":", b",", b'"', b'"a"', b'{"a":', b'"\\u003c', b"\\", b"\\n", b"\\u12", b"\\ud800"),
        *(b"1", b"0", b"-", b".", b"e9", b"1e999", b"true", b"nul", b"NaN", b"Infinity", b" ", b"\n", b"\r", b"\t"),
        *(b"\x00", b"\x01", b"\x0b", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc2\x80", b"\xef\xbf\xbf"),
        *("한".encode(), "\u2028".encode(), "😀".encode(), b"9" * 5000, b"[" * 300, b"]" * 300),
    )
)
markup = st.sampled_from(
    (
        *(DATA, b"</script>", END, b"<script>", b"<SCRIPT ", b"<svg:script ", b"</svg:script>", b"<scr\x00ipt>", b"<"),
        *(b'type="application/ld+json"', b">", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x ", b"<svg>", b"'"),
        *(HEAD, b"<title>", b"<style>", b"<textarea>", b"<plaintext>", b"<template>", b"<noscript>", b"</noscript>"),
        *(b'<meta content="', b"<meta a=", b"&lt;script&gt;", b"&", b"/", b"=", b"<div>" * 300, b"<body>"),
    )
)
data = st.lists(tokens, max_size=6).map(b"".join)
html = st.lists(st.one_of(markup, tokens, data, st.just(b"{}")), max_size=6).map(b"".join)


def verdict(media_type: str, body: bytes) -> str:
    try:
        prove(Document(body, media_type, datetime(2026, 1, 1, tzinfo=UTC)))
    except Broken as error:
        return f"Broken: {error}"
    except RecursionError:
        return "deep"
    return ""


def json_verdict(body: bytes | str) -> str:
    try:
        json.loads(body)
    except ValueError as error:
        return f"Broken: {type(error).__name__}: {error}"
    except RecursionError:
        return "deep"
    return ""


def html_verdict(body: bytes) -> str:
    """By the tree alone."""
    try:
        if not body.decode().strip():
            return "Broken: an HTML document without content"
    except ValueError as error:
        return f"Broken: {type(error).__name__}: {error}"
    root = etree.HTML(body, etree.HTMLParser(encoding="utf-8"))
    if root is None:
        return "Broken: an HTML document without content"
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json" and (found := json_verdict(script.text or "")):
            return found
    return ""


@settings(max_examples=300, deadline=None)
@given(data)
@example(b'{"a":1}')
@example(b"{\x00}\x00")
@example(b'\xef\xbb\xbf{"a":1}')
@example(b'{"a":"\\ud800"}')
def test_json_is_proved_where_the_standard_library_reads_it_and_not_elsewhere(body: bytes) -> None:
    assert verdict("application/json", body) == json_verdict(body)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.just(HEAD), html.map(b"<title>".__add__), html), st.one_of(data, html, st.just(b"{}")))
@example(HEAD, b'{"a":"\\u003c"}')
@example(HEAD, b'{"a":"<"}')
@example(HEAD, b'{"a":"</script>"}')
@example(HEAD + b"<!-- ", b"no data, as no parser sees them")
@example(HEAD + DATA + b"{" + END, b"{}")
@example(HEAD + b'<svg:script type="application/ld+json">{</svg:script>', b"{}")
@example(HEAD, b"{\x00}\x00")
@example(HEAD, b'{"a":"\\\xef\xbf\xbfn"}')
@example(b"<!-- a -->", b"{}")
@example(b"", b"")
def test_a_head_with_data_is_proved_where_the_tree_would_be_and_not_elsewhere(before: bytes, within: bytes) -> None:
    for body in (before + DATA + within + END, before, before + within + END):
        assert verdict("text/html; charset=utf-8", body) == html_verdict(body)


@settings(max_examples=40, deadline=None)
@given(pages(text), publications(text), st.data())
def test_of_any_page_the_fragment_is_proved_and_a_cut_or_changed_one_only_where_the_tree_would_be(
    page: Page, publication: Publication, drawn: st.DataObject
) -> None:
    body = fragment(page, publication)
    assert verdict("text/html", body) == ""
    place = drawn.draw(st.integers(0, len(body) - 1))
    broken = body[:place] + drawn.draw(st.one_of(markup, tokens)) + body[place + drawn.draw(st.integers(0, 3)) :]
    for other in (body[:place], broken):
        assert verdict("text/html", other) == html_verdict(other)


@pytest.mark.parametrize("spoiled", [b'{"a":}', b'{"a":"\x01"}', b'{"a":1', b'{"a":1}}', b"{'a':1}", b""])
def test_data_that_nobody_can_read_are_told_at_the_end_of_a_head(spoiled: bytes) -> None:
    assert verdict("text/html", HEAD + DATA + spoiled + END).startswith("Broken: ")
