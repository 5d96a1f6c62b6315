"""The entry cache forgets by bytes, least recently used first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.entries import ByteLRU

ONE = 100 + ByteLRU.OVERHEAD


def test_the_least_recently_used_value_leaves_first() -> None:
    cache: ByteLRU[str] = ByteLRU(2 * ONE)
    cache.put("a", "A", 100)
    cache.put("b", "B", 100)
    assert cache.get("a") == "A"
    cache.put("c", "C", 100)
    assert [cache.get(key) for key in "abc"] == ["A", None, "C"]


def test_a_value_larger_than_the_cache_is_not_kept_and_drives_nothing_out() -> None:
    cache: ByteLRU[str] = ByteLRU(2 * ONE)
    cache.put("a", "A", 100)
    cache.put("b", "B", 10 * ONE)
    assert (cache.get("a"), cache.get("b")) == ("A", None)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 500))))
def test_the_sum_of_sizes_never_exceeds_the_capacity(puts: list[tuple[int, int]]) -> None:
    cache: ByteLRU[int] = ByteLRU(5 * ONE)
    for key, size in puts:
        cache.put(key, key, size)
        assert 0 <= cache.size <= cache.capacity
