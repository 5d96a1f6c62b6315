"""The identity of a term and its address: DESIGN.md §5, faults.md C-25 and C-26."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.text import MAX_SLUG_BYTES, collide, slugify, term_key
from tests.feeds.strategies import text

quick = settings(max_examples=80, deadline=None)
keys = text.map(term_key)


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("News", "news"),
        ("정치 경제", "정치-경제"),
        ("C", "c"),
        ("C++", "cpp"),
        ("C#", "csharp"),
        ("F#", "fsharp"),
        (".NET", "dotnet"),
        ("C/C++", "c-cpp"),
        ("C++17", "cpp17"),
        ("ASP.NET Core", "asp-net-core"),
        (".network", "network"),
        ("a/b", "a-b"),
        ("..\\..\\etc", "etc"),
        ("%2e%2e", "2e-2e"),
        ("<script>", "script"),
        ("Ünïcode", "ünïcode"),
        ("हिन्दी", "हिन्दी"),
        ("con.", "con"),
        ("  --x--  ", "x"),
        ("R&D 2024", "r-d-2024"),
    ],
)
def test_C25_a_slug_keeps_letters_and_digits_and_names_programming_languages_apart(label: str, slug: str) -> None:
    assert slugify(term_key(label)) == slug


@pytest.mark.parametrize("label", [".", "..", "😀", "---", "/", "", "\u202e"])
def test_C25_a_label_without_letters_gets_a_digest_for_a_slug(label: str) -> None:
    slug = slugify(term_key(label))
    assert len(slug) == 8
    assert slug.isalnum()


@quick
@given(text)
def test_C25_a_slug_can_stand_in_a_path_and_in_a_file_name(label: str) -> None:
    slug = slugify(term_key(label))
    assert slug not in ("", ".", "..")
    assert not set(slug) & set('/\\%?#:*"<>| .')
    assert all(unicodedata.category(char)[0] in "LMN" or char == "-" for char in slug)
    assert len(slug.encode()) <= MAX_SLUG_BYTES
    assert unicodedata.is_normalized("NFC", slug)


@quick
@given(text)
def test_C26_keys_and_slugs_are_stable_when_made_again(label: str) -> None:
    key = term_key(label)
    slug = slugify(key)
    assert term_key(key) == key
    assert slugify(term_key(slug)) == slug


@quick
@given(text)
def test_C26_spellings_of_one_term_share_a_key(label: str) -> None:
    for spelling in (
        unicodedata.normalize("NFC", label),
        unicodedata.normalize("NFD", label),
        f"  {label}\n",
        unicodedata.normalize("NFC", label).casefold(),
    ):
        assert term_key(spelling) == term_key(label)


def test_C26_nfd_case_and_full_width_forms_are_one_category() -> None:
    assert term_key(unicodedata.normalize("NFD", "한글")) == "한글"
    assert term_key("Ｆｌａｓｋ") == term_key("FLASK") == "flask"
    assert term_key("STRASSE") == term_key("Straße")


@quick
@given(st.lists(keys, unique=True, max_size=12))
def test_C25_different_terms_get_different_slugs_in_any_order(terms: list[str]) -> None:
    def assign(order: list[str]) -> set[str]:
        taken: set[str] = set()
        for key in order:
            slug = slugify(key)
            taken.add(collide(slug, key) if slug in taken else slug)
        return taken

    assert len(assign(terms)) == len(assign(terms[::-1])) == len(terms)


def test_C25_a_long_label_keeps_its_start_and_its_identity() -> None:
    one, other = "가" * 300, "가" * 299 + "나"
    assert slugify(one).startswith("가" * 60)
    assert slugify(one) != slugify(other)
    assert len(slugify(one).encode()) <= MAX_SLUG_BYTES
