"""Spellings of a URL that mean the same page have one key."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.heading import heading
from service.index.addresses import key_at, key_of
from service.paths import page_path
from service.settings import Settings
from service.sources.source import SiteFacts


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://a.example/%ED%95%9C/index.html", "a.example/한"),
        ("http://a.example:80//한/", "a.example/한"),
        ("https://a.example/a%2Fb", "a.example/a/b"),
        ("https://a.example", "a.example/"),
        ("https://a.example/?p=1&utm_source=x", "a.example/?p=1"),
        ("https://a.example/a/../b", None),
        ("https://a.example/%FF", None),
        ("mailto:a@a.example", None),
    ],
)
def test_a_key_is_host_and_page(url: str, key: str | None) -> None:
    assert key_of(url) == key


PARTS = "%ED%95%9C %ed%95%9c %ED %41 %2 % %% %zz %2F %2E %25 %00 a A ~ - _ . .. / // /a /b.html/ index.html /index.htm"


@given(
    st.sampled_from(("a.example", "a" * 63, "a.-b")), st.lists(st.sampled_from(PARTS.split()), max_size=6).map("".join)
)
def test_the_short_way_to_a_key_leads_where_the_long_one_leads(host: str, path: str) -> None:
    url = f"https://{host}/{path}"
    assert key_of(url) == key_of(f"{url}?utm_source=x")  # a query goes the long way


SITES = (
    "https://a.example",
    "http://A.example:80/blog",
    "https://한글.example/a",
    "https://a.example:8443",
    "",
    "tag:a",
)
LETTERS = (
    *(
        "한",
        "한",
        "a",
        "Z",
        "0",
        "_",
        "~",
        "-",
        ".",
        "..",
        "/",
        "//",
        "index.html",
        "/index.htm",
        "%",
        "%41",
        "\\",
        " ",
    ),
    *("?", "#", ";", "&", "=", "é", "e\u0301", "\u00a0", "\u200d", "\u2028", "\x00", "\x1f", "\x7f", "①", "ﬁ", "😀"),
)


@given(
    st.sampled_from(SITES), st.lists(st.sampled_from(LETTERS) | st.characters(exclude_categories=["Cs"]), max_size=6)
)
def test_the_key_of_a_path_is_that_of_its_url(site: str, letters: list[str]) -> None:
    path = "".join(letters)
    for spelling in (path, page_path(quote(path)) or ""):
        assert key_at(f"{site}/", spelling) == key_of(urljoin(f"{site}/", f"/{quote(spelling)}"))


@given(
    st.sampled_from(SITES),
    st.sampled_from((*SITES, "https://a.example.evil", "HTTPS://a.example", " https://a.example", "//a.example")),
    st.lists(st.sampled_from((*LETTERS, *PARTS.split(), "\t", "\n", "@")), max_size=6).map("".join),
)
def test_the_path_of_a_page_is_that_of_its_url_where_the_host_is_ours(site: str, other: str, path: str) -> None:
    head = heading(SiteFacts(url=site), Settings())
    for url in (f"{other}/{path}", f"{other}{path}", f"{site}/{path}"):
        ours = urlsplit(url).netloc == urlsplit(f"{site}/").netloc
        assert head.page_of(url) == (page_path(urlsplit(url).path) if ours else None)
