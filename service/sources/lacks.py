"""What the items of a listing lack: counted as they are read, told in a line each. Refuses to judge one item alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from service.errors import Problem
from service.report import counted
from service.sources.adapter import Item, Lack


class Lacks:
    """Of one listing."""

    def __init__(self) -> None:
        self._items = 0
        self._lacking: Counter[Lack] = Counter()
        self._undated = 0

    def see(self, item: Item) -> None:
        self._items += 1
        self._lacking.update(item.lacks)
        self._undated += not item.dated

    def problems(self, source: str) -> Iterator[Problem]:
        """What the settings look for where no item has it, and how many items have no date."""
        items = counted(self._items, "item")
        nowhere = [lack for lack, count in self._lacking.items() if count == self._items]
        for setting, place in nowhere:
            hint = f"look at the API's answer, and mend source.{setting}"
            yield Problem(source, 0, 0, "warning", "field-missing", f"{setting}: none of {items} has {place}", hint)
        if self._undated and "fields.published" not in dict(nowhere):
            message = f"{self._undated} of {items} without a date; the time each was first seen counts"
            hint = "have the upstream say it; where an API does, name the place in source.fields.published"
            yield Problem(source, 0, 0, "warning", "date-missing", message, hint)
