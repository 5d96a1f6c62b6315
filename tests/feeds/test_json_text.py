"""JSON for people: what the standard library writes with an indent, letter by letter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.json_text import readable

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
