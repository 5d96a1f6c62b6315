"""Which files a text may refer to."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.index.mentioning import MOST_MENTIONS, mentioned


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{% post_url 2024-05-01-hello %}", "2024-05-01-hello"),
        ("{%- post_url news/2024-05-01-v1.2 -%}", "2024-05-01-v1.2"),
        ("{% link _posts/2024-05-01-hello.md %}", "2024-05-01-hello"),
        ("[x](../other.md#part)", "other"),
        ("[x]: other.markdown?y", "other"),
        ('<a href="%ED%95%9C%EA%B8%80.md">', "한글"),
        ("[x](<with spaces.md>)", "with spaces"),
        (r"[x](snake\_case.md)", "snake_case"),
        ("[x](a&amp;b.md)", "a&b"),
    ],
)
def test_a_link_in_any_form_names_its_file(text: str, name: str) -> None:
    assert name in mentioned(f"Before. {text} After.")


def test_text_without_links_names_nothing() -> None:
    assert mentioned("No links, {{ site.title }}, [x](https://example.org/a.html), {% if a %}b{% endif %}.") == set()


@given(st.text(alphabet="{%-} link_post_url.md/<>\"'()[]\\\n\ud800é", max_size=60))
def test_it_never_fails_and_never_names_what_cannot_be_stored(text: str) -> None:
    for name in mentioned(text):
        assert name.encode()


@pytest.mark.parametrize("piece", [".md", "{%link ", "a", "<a.m", "{% link" + " " * 50, '".md', "x/"])
def test_a_megabyte_of_anything_costs_linear_time_and_few_names(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    assert len(mentioned(text)) <= 6 * MOST_MENTIONS
    assert time.process_time() - began < 2
