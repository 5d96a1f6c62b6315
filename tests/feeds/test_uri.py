"""IRIs in, URIs out (RFC 3987 §3.1)."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.uri import ascii_id, ascii_url, is_web_url
from tests.feeds.strategies import text


@pytest.mark.parametrize(
    ("iri", "uri"),
    [
        ("https://example.org/a/b.html?x=1&y=2#z", "https://example.org/a/b.html?x=1&y=2#z"),
        (
            "https://한국.example/정치 경제/?q=값#조각",
            "https://xn--3e0b707e.example/%EC%A0%95%EC%B9%98%20%EA%B2%BD%EC%A0%9C/?q=%EA%B0%92#%EC%A1%B0%EA%B0%81",
        ),
        ("HTTPS://EXAMPLE.org/Path", "https://example.org/Path"),
        ("https://example.org/%ed%95%9c%zz%", "https://example.org/%ED%95%9C%25zz%25"),
        ('https://example.org/a[1]|b\\c"<>^`{}', "https://example.org/a%5B1%5D%7Cb%5Cc%22%3C%3E%5E%60%7B%7D"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://☃.example/", "http://xn--n3h.example/"),
        ("http://%ED%95%9C.example/", "http://xn--6q8b.example/"),
        ("http://a_b.example:8080/x", "http://a_b.example:8080/x"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]:80/"),
        ("http://사용자:비밀@example.org/", "http://%EC%82%AC%EC%9A%A9%EC%9E%90:%EB%B9%84%EB%B0%80@example.org/"),
        ("http://a@b@example.org/", "http://a%40b@example.org/"),
        ("  https://example.org/a\tb\n ", "https://example.org/ab"),
        ("https://example.org/\ud83d\ude00\ud800", "https://example.org/%F0%9F%98%80"),
        ("tag:example.org,2024:글", "tag:example.org,2024:%EA%B8%80"),
        ("urn:uuid:A550E840", "urn:uuid:A550E840"),
        ("mailto:kim@example.org", "mailto:kim@example.org"),
        ("/relative path?q", "/relative%20path?q"),
        ("//cdn.example/x", "//cdn.example/x"),
        ("bare word", "bare%20word"),
        ("file:///tmp/x", "file:///tmp/x"),
    ],
)
def test_every_url_leaves_as_ascii(iri: str, uri: str) -> None:
    assert ascii_url(iri) == uri


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "http:",
        "http://",
        "http:///path",
        "https:path",
        "http:\\\\example.org",
        "http://a b/",
        "http://exa<mple.org/",
        "http://example.org:port/",
        "http://example.org:65536/",
        "http://[::1",
        "http://[nonsense]/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 600 + "example/",
        "http://:80/",
        "http://%FF.example/",
    ],
)
def test_what_cannot_be_a_url_becomes_nothing(text: str) -> None:
    assert ascii_url(text) == ""
    assert not is_web_url(text)


def test_a_web_url_is_absolute_and_names_a_host() -> None:
    assert is_web_url("https://한국.example/글")
    assert is_web_url("HTTP://example.org")
    assert not is_web_url("//example.org/x")
    assert not is_web_url("/x")
    assert not is_web_url("javascript:alert(1)")
    assert not is_web_url("ftp://example.org/")


@settings(max_examples=150, deadline=None)
@given(
    text | st.builds("{}//{}/{}?{}#{}".format, st.sampled_from(["http:", "https:", "", "x:"]), text, text, text, text)
)
def test_any_text_gives_ascii_or_nothing_and_doing_it_twice_changes_nothing(iri: str) -> None:
    uri = ascii_url(iri)
    assert uri.isascii()
    assert not any(char <= " " or char in '"<>\\^`{|}' for char in uri)
    assert ascii_url(uri) == uri


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1))
def test_a_path_says_the_same_after_decoding(path: str) -> None:
    escaped = path.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    uri = ascii_url(f"https://example.org/{escaped}x")
    assert unquote(urlsplit(uri).path, errors="strict") == f"/{path}x"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/%EA%B0%80/a.png?w=100&h=%20#fn:1",
        "/posts/%EA%B0%80/",
        "/a?b=/c?d",
        "?page=2",
        "#fn:1",
        "https://example.org?q",
        "",
    ],
)
def test_what_is_written_correctly_stays_as_it_is(url: str) -> None:
    assert ascii_url(url) == url


@pytest.mark.parametrize(
    ("url", "written"),
    [("/%ea", "/%EA"), ("/50%", "/50%25"), ("/a b가%20", "/a%20b%EA%B0%80%20"), ("#a#b", "#a%23b"), ("/%4", "/%254")],
)
def test_what_is_not_is_escaped_once(url: str, written: str) -> None:
    assert ascii_url(url) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("http://example.org/%ed%95%9c%ea%b8%80/", "http://example.org/%ed%95%9c%ea%b8%80/"),
        ("HTTP://Example.ORG/?p=5", "HTTP://Example.ORG/?p=5"),
        ("tag:example.org,2024:%ea", "tag:example.org,2024:%ea"),
        ("http://example.org/한글/", "http://example.org/%ED%95%9C%EA%B8%80/"),
        ("http://example.org/%ed 50%", "http://example.org/%ED%2050%25"),
        ("http://example.org/#a#b", "http://example.org/#a%23b"),
        ("http://", ""),
        ("", ""),
    ],
)
def test_an_id_that_a_uri_may_be_written_as_stays_as_it_is_letter_by_letter(said: str, written: str) -> None:
    assert ascii_id(said) == written


@given(text)
def test_any_id_is_ascii_and_writing_it_twice_changes_nothing(said: str) -> None:
    assert ascii_id(said).isascii()
    assert ascii_id(ascii_id(said)) == ascii_id(said)
