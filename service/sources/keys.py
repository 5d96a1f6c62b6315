"""The keys of one post's front matter, read with a meaning, and the problems found on the way.

A doubt becomes a warning at the key's line and column and the key counts as absent; only the caller decides that a
post must be rejected. It knows notations and places, not what any generator makes of a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from service.content.scalars import Plain, Position, Unreadable, Value, as_bool, as_int, as_text, is_bool
from service.errors import Level, Problem, Rejected

T = TypeVar("T")


class Keys:
    """``values`` by key, ``positions`` of those that stand in the file itself, its ``path`` as people see it."""

    def __init__(self, values: Mapping[str, Value], positions: Mapping[str, Position], path: str) -> None:
        self.path = path
        self.values = values
        self.problems: list[Problem] = []
        self._positions = positions

    def over(self, values: Mapping[str, Value]) -> Keys:
        """Other values at the same places; what is found wrong with them is the same file's."""
        keys = Keys(values, self._positions, self.path)
        keys.problems = self.problems
        return keys

    def get(self, key: str) -> Value:
        return self.values.get(key)

    def has(self, key: str) -> bool:
        """Whether the key is there, be it null."""
        return key in self.values

    def written(self, key: str) -> bool:
        """Whether the key stands in the file itself, not in the site's defaults."""
        return key in self._positions

    def place(self, key: str) -> Position:
        """Line and column of a key's value; 0, 0 where it does not stand in the file itself."""
        return self._positions.get(key, (0, 0))

    def text(self, *keys: str) -> str:
        """The first of the keys that has text in it; a list or a map is warned of."""
        for key in keys:
            value = self.values.get(key)
            if value is None:
                continue
            text = value.strip() if isinstance(value, str) else self.read(key, as_text)
            if text:
                return text
        return ""

    def lacks(self, names: frozenset[str]) -> bool:
        """Whether none of these keys is there: most posts have ten keys of the hundred that mean something."""
        return names.isdisjoint(self.values)

    def flag(self, key: str) -> bool | None:
        """A YAML boolean; None where the key is absent or says anything else."""
        value = self.values.get(key)
        return as_bool(value) if value is not None and isinstance(value, Plain) and is_bool(value) else None

    def number(self, key: str, value: Value) -> int | None:
        """A whole number that stands somewhere below ``key``; anything else is warned of."""
        try:
            return as_int(value)
        except Unreadable as error:
            self.warn(key, error.code, error.message, error.hint)
            return None

    def read(self, key: str, reader: Callable[[Value], T]) -> T | None:
        """A value by a reader of ``scalars``; None where it is absent, null or unreadable."""
        value = self.get(key)
        if value is None:
            return None
        try:
            return reader(value)
        except Unreadable as error:
            self.warn(key, error.code, f"{key}: {error.message}", error.hint)
            return None

    def warn(self, key: str, code: str, message: str, hint: str = "") -> None:
        self.problems.append(self._problem("warning", key, code, message, hint))

    def rejected(self, key: str, code: str, message: str, hint: str = "") -> Rejected:
        """What to raise where the post cannot be loaded because of a key; carries the warnings found so far."""
        return Rejected(*self.problems, self._problem("error", key, code, message, hint))

    def _problem(self, level: Level, key: str, code: str, message: str, hint: str) -> Problem:
        line, column = self.place(key)
        return Problem(self.path, line, column, level, code, message, hint)
