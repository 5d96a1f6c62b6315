"""The byte budget of a feed: which entries are whole, which are brief.

Refuses to know what an entry is; it decides about numbers.
"""

from __future__ import annotations

from collections.abc import Sequence


def fit(full_sizes: Sequence[int], brief_sizes: Sequence[int], fixed: int, budget: int) -> tuple[bool, ...]:
    """For each entry, newest first: True where it is whole, False where it is brief. Sizes are octets.

    Room for every entry in brief is kept first; then each entry, newest first, is whole if it fits into what is left.
    An entry too large on its own is brief without taking the others with it. ``fixed`` is what head, tail and
    separators take. Where not even brief entries fit, all are brief: the window decides how many there are.
    """
    room = budget - fixed - sum(brief_sizes)
    whole = []
    for full, brief in zip(full_sizes, brief_sizes, strict=True):
        fits = full <= brief or full - brief <= room
        room -= full - brief if fits else 0
        whole.append(fits)
    return tuple(whole)
