"""Which of the places that a field map names lead to nothing in an item: what no item has is a path that is wrong.

Pure. A null is something: the API has the field. Refuses to judge: of one item that says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from service.settings_sources import FieldName
from service.sources.adapter import Lack
from service.sources.json_paths import Steps, at, leads, steps
from service.sources.json_values import Node

_OF_AUTHORS: Final[tuple[FieldName, ...]] = ("author_name", "author_url")


class Mapped:
    """The map of a source. ``authors``: where an item's authors are looked for."""

    def __init__(self, said: Mapping[FieldName, str | tuple[str, ...]], authors: tuple[Steps, ...]) -> None:
        self._authors = authors
        self._places: list[tuple[FieldName, Lack, tuple[Steps, ...]]] = []
        for field, written in said.items():
            places = tuple(filter(None, (written,) if isinstance(written, str) else written))
            if places:  # of no place nothing is wanted
                lack = (f"fields.{field}", " or ".join(places))
                self._places.append((field, lack, tuple(map(steps, places))))

    def lacking(self, post: Node) -> tuple[Lack, ...]:
        """What of the map an item does not have."""
        return tuple(
            lack
            for field, lack, places in self._places
            if not any(leads(value, place) for value in self._values(post, field) for place in places)
        )

    def _values(self, post: Node, field: FieldName) -> Iterator[Node]:
        if field not in _OF_AUTHORS:
            yield post
            return
        for place in self._authors:
            found = at(post, place)
            yield from found if isinstance(found.value, list) else (found,)
