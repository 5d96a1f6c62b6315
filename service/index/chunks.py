"""Lists in pieces that one statement takes: SQLite bounds the parameters of a statement, we bound the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

SIZE: Final = 500

T = TypeVar("T")


def chunked(items: Iterable[T], size: int = SIZE) -> Iterator[list[T]]:
    """``items`` in order, in lists of at most ``size``; lazy."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
