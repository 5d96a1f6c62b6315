"""What readers of a feed of before see when they are given ours: entries twice, entries lost. Pure.

Readers recognise an entry by its id, its link or its title, each by one of them and to the letter: ``/a/`` is another
link than ``/a``. What they have seen already and would be shown again appears twice; what the old feed has and ours has
not is lost to whoever had not fetched it yet. Entries that are older than the old feed's, or new, count as neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from feeds.frozen import frozen
from service.diff.entries import Entry, Feed

By = Literal["id", "link", "title"]


@frozen(frozen=True, slots=True)
class Again:
    """One post that is shown again: as the old feed has it, and as ours does."""

    old: Entry
    new: Entry


@frozen(frozen=True, slots=True)
class Count:
    """For the readers that match by one thing: entries of ours that are shown again, entries of theirs that we lack."""

    twice: tuple[Again, ...]
    lost: tuple[Entry, ...]

    @property
    def clean(self) -> bool:
        return not (self.twice or self.lost)


KEYS: Final[dict[By, Callable[[Entry], str]]] = {
    "id": lambda entry: entry.id,
    "link": lambda entry: entry.link,
    "title": lambda entry: entry.title,
}
"""What readers match by."""


def prove(old: Feed, new: Feed, before: Mapping[str, int], after: Mapping[str, int]) -> dict[By, Count]:
    """The counts. ``before`` and ``after`` say which post (by number) an entry is, by its id in the old and the new
    feed."""
    seen = {before[entry.id]: entry for entry in reversed(old.entries) if entry.id in before}
    ours = [(entry, after[entry.id]) for entry in new.entries if entry.id in after]
    shown = {number for _, number in ours}
    found: dict[By, Count] = {}
    for name, key in KEYS.items():
        old_keys, new_keys = {key(entry) for entry in old.entries}, {key(entry) for entry in new.entries}
        twice = (Again(seen[n], e) for e, n in ours if n in seen and key(e) and key(e) not in old_keys)
        lost = (e for e in old.entries if before.get(e.id) not in shown and key(e) and key(e) not in new_keys)
        found[name] = Count(tuple(twice), tuple(lost))
    return found
