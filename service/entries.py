"""The entry cache: rendered posts and entries by digest, bounded in bytes, one per process.

Content is addressed by what it was made from, so nothing is ever invalidated, only forgotten (DESIGN.md rule 9).
Refuses to know how anything is rendered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
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
            old = self._items.pop(key, None)
            if old is not None:
                self.size -= old[1]
            if size > self.capacity:
                return
            self._items[key] = (value, size)
            self.size += size
            while self.size > self.capacity:
                _, (_, freed) = self._items.popitem(last=False)
                self.size -= freed
