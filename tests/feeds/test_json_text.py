"""JSON for people: what the standard library writes with an indent, letter by letter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.json_text import compact, document, readable

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner)
)


@given(VALUES)
def test_it_is_what_the_standard_library_writes(value: Any) -> None:
    assert readable(value) == json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        readable({"a": [number]})


def test_what_json_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError):
        readable({"a": {1, 2}})
    with pytest.raises(TypeError):
        readable({1: "a"})


WHOLE = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",)))
DATA = st.recursive(
    WHOLE,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner)
    ),
)


@given(DATA)
@example({"": ['\x00\x1f\x7f\x80"\\/\b\f\u2028\u2029\ufeff\uffff😀</script>&'], "a": [], "b": {}, "c": [[], {}, ()]})
@example([10**400, -(10**20), 2**63, -(2**63), 2**64, 0, -1])
def test_a_document_and_a_compact_one_are_what_the_standard_library_writes(value: Any) -> None:
    assert document(value) == json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"
    assert compact(value) == json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("write", [document, compact])
def test_half_a_surrogate_pair_is_no_text(write: Callable[[Any], bytes]) -> None:
    for value in ({"a": "x\ud800"}, {"\udfff": 1}):
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            write(value)
