"""URLs as Jekyll writes them: what the golden corpus does not reach, and what holds for every text."""

from __future__ import annotations

import re
import sys
import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.content import permalinks
from service.content.permalinks import (
    STYLES,
    Place,
    UnknownPlaceholder,
    absolute_url,
    check,
    escape,
    jekyll_id,
    live_url,
    page,
    page_url,
    post_id,
    sanitized,
    slugify,
    titleize,
    with_suffix,
)

PLACE = Place(datetime(2024, 12, 30, 7, 8, 9, tzinfo=UTC), "Slug", "name", ("A b",), "posts", "/name", ".html")
quick = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize("style", STYLES.values())
def test_the_styles_are_templates(style: str) -> None:
    check(style)


@pytest.mark.parametrize("template", ["/:nonsense", "/:", "/:Year", "/:title_x", "/:__"])
def test_a_placeholder_that_does_not_exist_is_named(template: str) -> None:
    if template in ("/:", "/:Year"):
        check(template)  # no placeholder at all: these are lower-case letters and underscores
    else:
        with pytest.raises(UnknownPlaceholder, match=":"):
            page_url(template, PLACE)


@pytest.mark.parametrize(
    ("style", "template"),
    [
        ("pretty", "/:x/"),
        ("date", "/:x:output_ext"),
        ("weekdate", "/:x"),
        ("/a/", "/:x/"),
        ("/a:output_ext", "/:x:output_ext"),
    ],
)
def test_a_collection_ends_as_the_site_does(style: str, template: str) -> None:
    assert with_suffix("/:x", style) == template


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/a/../b/./c", "https://x.example/b/c"),
        ("/../../a", "https://x.example/a"),
        ("/ＡＢ①", "https://x.example/AB1"),
        ("/a%2fb", "https://x.example/a%2Fb"),
        ("/a#b#c?d", "https://x.example/a#b%23c?d"),
        ("/%ff", "https://x.example/%FF"),
        ("", "https://x.example/"),
    ],
)
def test_absolute_url_normalises_as_addressable_does(path: str, url: str) -> None:
    assert absolute_url("https://X.example:443", "", path) == url


def test_absolute_url_keeps_the_slash_too_many_that_an_id_already_has() -> None:
    assert absolute_url("https://x.example/", "b/", "/a") == "https://x.example//b/a"


@pytest.mark.parametrize(
    ("url", "slug", "id_"), [("/", "s", "/s"), ("/a/", "s", "/s"), ("/a/b.html", "s", "/a/s"), ("/a/b/", "/s", "/a/s")]
)
def test_an_id_is_the_directory_and_the_raw_slug(url: str, slug: str, id_: str) -> None:
    assert jekyll_id(url, slug) == id_


def test_a_title_is_made_as_ruby_capitalises() -> None:
    assert titleize("my-FIRST-post") == "My First Post"
    assert titleize("-") == ""


@quick
@given(st.text())
def test_any_slug_and_category_give_an_ascii_url_with_one_leading_slash(text: str) -> None:
    place = Place(PLACE.date, text, text, (text,), "posts", text, ".html")
    for template in STYLES.values():
        url = page_url(template, place)
        assert url.startswith("/")
        assert not url.startswith("//")
        assert ".." not in url
        assert live_url("https://x.example", url).isascii()
        assert absolute_url("https://x.example", "", jekyll_id(url, text)).isascii()


@quick
@given(st.text())
def test_a_slug_of_a_slug_is_itself(text: str) -> None:
    slug = slugify(text)
    assert slugify(slug) == slug
    assert not slug.startswith("--")


WORDS = st.text("aZ9-_ ./%?#é가各ñЖΩ²ªｱ\u0301") | st.text()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from([f":{name}" for name in permalinks._FIELDS] + ["/", "/", "-", ".", "한", "%", "%41", "?"])
    ),
    WORDS,
    WORDS,
    st.lists(WORDS, max_size=3),
)
def test_a_prepared_template_gives_what_its_parts_give_and_tells_the_path_that_is_meant(
    parts: list[str], slug: str, name: str, categories: list[str]
) -> None:
    place = Place(PLACE.date, slug, name, tuple(categories), "posts", name, ".html")
    template = "".join(parts)
    literals, names = permalinks._parsed(template)
    values = (escape(permalinks._FIELDS[name](place)) for name in names)
    url, path = page(template, place)
    assert url == sanitized("".join(part for pair in zip(literals, (*values, ""), strict=True) for part in pair))
    assert path is None or path == unquote(url)
    assert (path is None) == any(escape(literal) != literal or "?" in literal for literal in literals)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=3), WORDS, WORDS, st.sampled_from(["", "/", "b/", "/블로그", "/a/../b", "/%61?"]))
@example([], "a", "..", "b/")
@example(["é"], "한강", "한강 ", "")
def test_an_id_is_the_absolute_url_of_the_jekyll_id_by_whatever_way(
    categories: list[str], title: str, slug: str, baseurl: str
) -> None:
    for template in ("/:categories/:title/", "/:title:output_ext", "/:categories/./%41/:slug"):
        url, path = page(template, Place(PLACE.date, title, "a", tuple(categories), "posts", "a", ".html"))
        for name in (slug, title):
            found = post_id("https://x.example/", baseurl, url, path, name)
            assert found == absolute_url("https://x.example/", baseurl, jekyll_id(url, name))


@quick
@given(WORDS, st.booleans())
def test_a_slug_in_usual_letters_is_the_one_that_is_made_letter_by_letter(text: str, pretty: bool) -> None:
    slug = slugify(text, pretty=pretty)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(permalinks, "_UNUSUAL", re.compile(r"[^\x00-\x7f]"))
        assert slugify(text, pretty=pretty) == slug


def test_the_usual_letters_are_letters() -> None:
    usual = re.findall(f"[{permalinks._LETTERS}]", "".join(map(chr, range(sys.maxunicode + 1))))
    assert {unicodedata.category(letter)[0] for letter in usual} == {"L"}


@quick
@given(st.text(st.characters(exclude_categories=())))
def test_encoding_is_that_of_the_standard_library(text: str) -> None:
    assert permalinks._quote(text) == quote(text, safe="!$&'()*+,;=:@/?", errors="replace")


@quick
@given(st.text("./a"))
def test_a_url_has_one_leading_slash_and_no_empty_or_parent_directory(text: str) -> None:
    url = f"/{text}".replace("..", "/").replace("./", "")
    assert sanitized(text) == re.sub("/{2,}", "/", url)
