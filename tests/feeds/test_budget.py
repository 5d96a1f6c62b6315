"""The byte budget: whole entries first, newest first, and never more octets than were given."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.budget import fit

sizes = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 100)), max_size=12)


def test_entries_are_whole_until_the_budget_is_spent() -> None:
    assert fit([100, 100, 100], [10, 10, 10], 50, 1000) == (True, True, True)
    assert fit([100, 100, 100], [10, 10, 10], 50, 260) == (True, True, False)
    assert fit([100, 100, 100], [10, 10, 10], 50, 60) == (False, False, False)
    assert fit([], [], 50, 0) == ()


def test_a_giant_is_brief_without_taking_the_others_with_it() -> None:
    assert fit([900, 100, 100], [10, 10, 10], 0, 500) == (False, True, True)


def test_an_entry_that_is_no_longer_than_its_brief_form_is_whole() -> None:
    assert fit([10], [40], 0, 0) == (True,)


@settings(max_examples=100, deadline=None)
@given(sizes, st.integers(0, 100), st.integers(0, 3000))
def test_the_budget_is_kept_wherever_brief_entries_can_keep_it(
    pairs: list[tuple[int, int]], fixed: int, budget: int
) -> None:
    whole = fit([full for full, _ in pairs], [brief for _, brief in pairs], fixed, budget)
    total = fixed + sum(full if w else brief for w, (full, brief) in zip(whole, pairs, strict=True))
    if fixed + sum(brief for _, brief in pairs) <= budget:
        assert total <= budget
    if fixed + sum(full for full, _ in pairs) <= budget and all(full >= brief for full, brief in pairs):
        assert all(whole)
