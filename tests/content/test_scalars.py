"""Scalars: what the author wrote survives, and a type appears only where a key asks for one."""

from __future__ import annotations

import json
import pickle
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content import scalars
from service.content.front_matter import parse
from service.content.scalars import Plain, Unreadable, Value
from service.settings import LimitSettings

values: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.text(max_size=20)
    | st.text(max_size=20).map(Plain)
    | st.from_regex(r"[-+0-9.:_,exob]{0,20}").map(Plain),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


def front_matter(block: str) -> dict[str, Value]:
    return dict(parse(f"---\n{block}\n---\n", "post.md", LimitSettings()).values)


@pytest.mark.parametrize(
    "written",
    ["no", "on", "y", "3.10", "012", "1:30", "1_000", "190:20:30", "2024", "2024-05-08", "Yes", "0x1F", "1e3", ".5"],
)
def test_C30_a_value_that_yaml_would_type_keeps_its_spelling(written: str) -> None:
    values = front_matter(f"title: {written}\ntags: [{written}, x]\nauthors:\n  - {written}")
    assert scalars.as_text(values["title"]) == written
    assert scalars.terms(values["tags"]) == (written, "x")
    assert scalars.as_list_of_text(values["authors"]) == (written,)


@pytest.mark.parametrize(
    "written", [".inf", "-.inf", ".nan", "1e999", "9" * 5000, "12.5", "zehn", "１２", "0x1F", "1_000"]
)
def test_C31_what_is_no_whole_number_is_refused_when_a_number_is_asked_for(written: str) -> None:
    value = front_matter(f"weight: {written}")["weight"]
    assert scalars.as_text(value) == written
    with pytest.raises(Unreadable) as caught:
        scalars.as_int(value)
    assert caught.value.code == "value-invalid"
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "written", [".inf", "-.inf", ".nan", "1.0e+999", "9" * 5000, "0x" + "f" * 5000, "1" * 70 + ".5"]
)
def test_C31_numbers_that_json_has_no_word_for_stay_text(written: str) -> None:
    assert json.loads(json.dumps(scalars.as_typed(Plain(written)))) == written


@pytest.mark.parametrize(("written", "expected"), [("5", 5), ("-5", -5), ('"42"', 42), ("~", None), ("007", 7)])
def test_a_whole_number_may_be_quoted_and_null_is_none(written: str, expected: int | None) -> None:
    assert scalars.as_int(front_matter(f"weight: {written}")["weight"]) == expected


@pytest.mark.parametrize("written", ["false", "False", "FALSE", "no", "No", "NO", "off", "OFF", "~", "", "null"])
def test_a_plain_false_no_off_or_null_is_false(written: str) -> None:
    assert scalars.as_bool(front_matter(f"published: {written}")["published"]) is False


@pytest.mark.parametrize("written", ["true", "yes", "on", '"false"', "'no'", '""', "0", "n", "[]", "{}", "maybe"])
def test_everything_else_is_true_as_in_ruby_a_quoted_false_too(written: str) -> None:
    assert scalars.as_bool(front_matter(f"published: {written}")["published"]) is True


def test_a_boolean_is_told_from_a_text_that_looks_like_one() -> None:
    values = front_matter('a: no\nb: "no"\nc: maybe\nd: ON')
    assert {key: scalars.is_bool(value) for key, value in values.items()} == {
        "a": True,
        "b": False,
        "c": False,
        "d": True,
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a b", ("a", "b")),
        ('"a, b"', ("a,", "b")),
        ("[정치 경제, 사회]", ("정치 경제", "사회")),
        ("[2024, '2024', 3.10, ~, '', ' x ']", ("2024", "2024", "3.10", "x")),
        ("[a, [b, [c]]]", ("a", "b", "c")),
        ("2024", ("2024",)),
        ("no", ("no",)),
        ("정치\u3000경제", ("정치\u3000경제",)),
        ("[]", ()),
        ("~", ()),
        ("", ()),
    ],
)
def test_categories_and_tags_read_as_in_jekyll(written: str, expected: tuple[str, ...]) -> None:
    assert scalars.terms(front_matter(f"tags: {written}")["tags"]) == expected


def test_terms_may_be_split_at_commas_by_setting() -> None:
    assert scalars.terms("정치 경제, 사회,, ", comma=True) == ("정치 경제", "사회")


def test_the_singular_keeps_spaces() -> None:
    assert scalars.as_list_of_text(Plain("정치 경제")) == ("정치 경제",)


@pytest.mark.parametrize("written", ["{a: b}", "[a, {b: c}]"])
def test_a_map_where_terms_belong_is_refused(written: str) -> None:
    with pytest.raises(Unreadable, match="map"):
        scalars.terms(front_matter(f"tags: {written}")["tags"])


def test_a_list_where_text_belongs_is_refused() -> None:
    with pytest.raises(Unreadable, match="a list stands where text belongs"):
        scalars.as_text(["a"])


def test_liquid_sees_types_through_lists_and_maps() -> None:
    values = front_matter('a: [1, no, "1"]\nb: {day: 2024-05-08, at: 2024-05-08 10:00:00, none: ~}')
    assert scalars.as_typed(values, ZoneInfo("Asia/Seoul")) == {
        "a": [1, False, "1"],
        "b": {
            "day": date(2024, 5, 8),
            "at": datetime(2024, 5, 8, 19, tzinfo=ZoneInfo("Asia/Seoul")),
            "none": None,
        },
    }


def test_a_plain_scalar_is_still_plain_in_another_process() -> None:
    assert type(pickle.loads(pickle.dumps(Plain("no")))) is Plain  # noqa: S301 - our own bytes


@given(values)
@settings(deadline=None, max_examples=200)
def test_no_value_raises_anything_but_unreadable(value: Value) -> None:
    scalars.as_bool(value)
    scalars.is_bool(value)
    scalars.as_typed(value)
    for reader in (scalars.as_text, scalars.as_int, scalars.as_list_of_text, scalars.terms):
        try:
            reader(value)
        except Unreadable as error:
            assert error.message
