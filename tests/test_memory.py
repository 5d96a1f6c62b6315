"""Memory is bounded in bytes: the least recently used leaves first, whatever grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.memory import ByteLRU

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


def test_a_value_that_grows_drives_others_out_and_one_that_left_is_not_counted_again() -> None:
    cache: ByteLRU[list[str]] = ByteLRU(2 * ONE)
    first, second = ["A"], ["B"]
    cache.put("a", first, 100)
    cache.put("b", second, 100)
    cache.resize("b", second, 150)
    assert (cache.get("a"), cache.get("b")) == (None, second)
    cache.resize("a", first, 10_000)
    assert cache.size == 150 + ByteLRU.OVERHEAD
    cache.discard(["b", "unknown"])
    assert (cache.size, len(cache)) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 500))))
def test_the_sum_of_sizes_never_exceeds_the_capacity(puts: list[tuple[int, int]]) -> None:
    cache: ByteLRU[int] = ByteLRU(5 * ONE)
    for key, size in puts:
        cache.put(key, key, size)
        assert 0 <= cache.size <= cache.capacity
