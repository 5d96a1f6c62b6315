"""Spellings of a URL that mean the same page have one key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.index.addresses import key_of


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
