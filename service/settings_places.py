"""Where a setting was said, for people: the file and its line, the variable, the option.

TOML's readers keep no lines, so the file is looked through again: tables and keys as they are usually written. Where a
line cannot be told for certain, the file alone is named. Refuses to judge settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from feeds.frozen import frozen
from service.settings_layers import Layer, is_placed, same_place

_TABLE: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")


@frozen(frozen=True, slots=True)
class Places:
    """What each layer says, the lowest first. Settings are equal wherever they were said."""

    layers: tuple[Layer, ...] = field(default=(), compare=False)

    def of_source(self, source: Mapping[str, Any], *keys: str) -> str:
        """Where the first of these keys of a source stands that is said at all; else where the source does.

        ``source`` has its ``path`` or ``url``. "" where nobody said it.
        """
        for key in (*keys, "url", "path"):
            for layer in reversed(self.layers):
                for number, table in enumerate(_tables(layer)):
                    if key in table and (not is_placed(table) or same_place(table, source)):
                        return _place(layer, "source", number, key)
        return ""

    def file_of(self, sources: Sequence[Mapping[str, Any]]) -> Path | None:
        """The settings file that names these sources and no others, whoever names them besides; None where none does.

        Each has its ``path`` or ``url``.
        """
        for layer in self.layers:
            tables = _tables(layer) if layer.is_file else []
            named = len(tables) == len(sources) and all(map(is_placed, tables))
            if named and all(any(same_place(table, source) for table in tables) for source in sources):
                return Path(layer.origin)
        return None

    def beside(self, sources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The sources of settings files that are none of these: what a variable or an option left out. By ``path`` or
        ``url`` alone."""
        return [
            {key: table[key] for key in ("path", "url") if key in table}
            for layer in self.layers
            for table in (_tables(layer) if layer.is_file else ())
            if is_placed(table) and not any(same_place(table, source) for source in sources)
        ]

    def of_key(self, table: str, key: str) -> str:
        """Where a key of a table stands, as it was written or in lower case; "" where nobody said it."""
        for layer in reversed(self.layers):
            said = layer.values.get(table)
            for name in said if isinstance(said, Mapping) else ():
                if str(name).lower() == key:
                    return _place(layer, table, 0, name)
        return ""


def place_in(layer: Layer, place: Sequence[str | int]) -> str:
    """Where a layer says what stands at ``place``: names of tables and keys, and numbers (from 0) in lists."""
    table, *rest = place or ("",)
    number = rest.pop(0) if rest and isinstance(rest[0], int) else 0
    return _place(layer, str(table), int(number), str(rest[0]) if rest else "")


def _tables(layer: Layer) -> list[Mapping[str, Any]]:
    said = layer.values.get("source")
    return [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, Mapping)]


def _place(layer: Layer, table: str, number: int, key: str) -> str:
    line = _line(Path(layer.origin), table, number, key) if layer.is_file else 0
    return f"{layer.origin}:{line}" if line else layer.origin


def _line(file: Path, table: str, number: int, key: str) -> int:
    """The line of a key in the table of that name and number (from 0); 0 where that cannot be told."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    found = [*_keys(lines, table)]
    return found[number].get(key, 0) if number < len(found) else 0


def _keys(lines: Sequence[str], table: str) -> Iterator[dict[str, int]]:
    """The keys of each table of a name, with their lines; those that are tables themselves have that of the header."""
    current: dict[str, int] | None = None
    inside = False
    for number, line in enumerate(lines, start=1):
        header = _TABLE.fullmatch(line)
        if header:
            inside = header[2] == table
            if inside and header[1] == "[[" and current is not None:
                yield current
                current = None
            below = header[2].removeprefix(f"{table}.")
            if inside or below != header[2]:
                current = {} if current is None else current
            if below != header[2] and current is not None:
                current.setdefault(below.partition(".")[0].strip("\"'"), number)
        elif inside and current is not None and (key := _KEY.match(line)):
            current.setdefault(key[1].strip("\"'"), number)
    if current is not None:
        yield current
