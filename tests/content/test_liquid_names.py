"""Templates that only name values come out as python-liquid renders them, and everything else is left to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content import liquid, liquid_names
from tests.content.bodies import PAGE, POSTS, SITE

_SITE = replace(SITE, site={**SITE.site, "for": "a keyword", "first": "f", "last_name": "L\r\nM", "n": 3, "none": None})
_PAGE = {**PAGE, "date": datetime(2024, 5, 1, tzinfo=UTC), "size": "s", "hyphen-ated": "h", "empty": "e", "글": "k"}
_WORDS = (*_SITE.site, "url", "baseurl", *_PAGE, "absent", "title.size", "title | upcase", "title?", "0", "")
_STATEMENTS = [
    f"{opening}{space}{root}.{word}{space}{closing}"
    for opening, closing in (("{{", "}}"), ("{{-", "-}}"), ("{{", "}"))
    for space in ("", " ", "\n ")
    for root in ("site", "page", "jekyll", "Site")
    for word in _WORDS
]
_OTHERS = (
    *("text ", "\n\n", "`", "~~~\n", "{", "}", "{%", "%}", "{{}}", "{{ page }}", "{{ 'a' }}", "{{ page['title'] }}"),
    *("{% raw %}", "{% endraw %}", "{% comment %}", "{% endcomment %}", "{% if page %}", "{% endif %}", "{% x %}"),
)


@given(st.lists(st.sampled_from((*_STATEMENTS, *_OTHERS)), max_size=6).map("".join), st.booleans())
def test_what_is_rendered_here_is_what_python_liquid_makes_of_it(source: str, literal_code: bool) -> None:
    context = replace(_SITE, literal_code=literal_code)
    text = liquid_names.rendered(source, _PAGE, context)
    if text is not None:
        expected, notes = liquid.render(source, _PAGE, context, POSTS.get)
        assert (text, notes) == (expected, ())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ site.url }}{{site.baseurl}}/x {{- page.title -}} !", "https://example.org/blog/x이 글!"),
        ("{% raw %}{{ page.title }}{% endraw %}{% comment %}no{% endcomment %}", "{{ page.title }}"),
        ("{% if page.title %}never closed {{ page.title }}", "never closed "),
        ("no Liquid", "no Liquid"),
    ],
)
def test_a_template_that_only_names_text_is_rendered(source: str, expected: str) -> None:
    assert liquid_names.rendered(source, _PAGE, _SITE) == expected


@pytest.mark.parametrize(
    "source",
    [
        *("{{ site.n }}", "{{ site.none }}", "{{ page.absent }}", "{{ page.tags }}", "{{ site.for }}"),
        *("{{ page.title | upcase }}", "{{ page.title.size }}", "{{ page }}", "{% assign a = 1 %}", "{{ page.empty }}"),
        "{{ site.last_name }}",
        "{{ page.title }}" * 100_000,
    ],
)
def test_everything_else_is_left_to_python_liquid(source: str) -> None:
    assert liquid_names.rendered(source, _PAGE, _SITE) is None
