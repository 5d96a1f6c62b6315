"""Memory bounded in bytes: the map under the entry cache and the front (DESIGN.md rule 9).

The entry cache addresses content by what it was made from, so there nothing is ever invalidated, only forgotten; the
front discards what changed. Refuses to know what it holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class ByteLRU(Generic[V]):
    """A least-recently-used map whose values have a size in bytes. Safe for threads; sizes are the caller's word."""

    OVERHEAD = 200
    """What a key, a tuple and two dict slots cost beside the value itself (measured with tracemalloc, rounded up)."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._items: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            item = self._items.get(key)
            if item is None:
                return None
            self._items.move_to_end(key)
            return item[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Keep a value; the least recently used leave until everything fits. A value over the capacity is not kept."""
        size += self.OVERHEAD
        with self._lock:
            self._drop(key)
            if size <= self.capacity:
                self._items[key] = (value, size)
                self.size += size
                self._shrink()

    def resize(self, key: Hashable, value: V, size: int) -> None:
        """A kept value has another size now; nothing happens where it is no longer the one that is kept."""
        size += self.OVERHEAD
        with self._lock:
            item = self._items.get(key)
            if item is not None and item[0] is value:
                self._items[key] = (value, size)
                self.size += size - item[1]
                self._shrink()

    def discard(self, keys: Iterable[Hashable]) -> None:
        with self._lock:
            for key in keys:
                self._drop(key)

    def values(self) -> list[V]:
        """What is kept, in no particular order; nothing becomes more recently used by it."""
        with self._lock:
            return [value for value, _ in self._items.values()]

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self.size = 0

    def _drop(self, key: Hashable) -> None:
        item = self._items.pop(key, None)
        if item is not None:
            self.size -= item[1]

    def _shrink(self) -> None:
        while self.size > self.capacity:
            _, (_, freed) = self._items.popitem(last=False)
            self.size -= freed
