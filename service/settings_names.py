"""What settings are called, and how they are written: read from the model, for those who read and explain settings.

Refuses to know the model itself, so that the model's own module may use it.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from service.url_keys import masked

PREFIX: Final = "FEEDMILL_"

SETTINGS_VARIABLE: Final = "FEEDMILL_SETTINGS_JSON"
SITES_VARIABLE: Final = "FEEDMILL_SITES_JSON"
"""Hand the settings of the main site and of the others from ``serve`` to its web processes: no settings themselves."""

_LONGEST_SHOWN: Final = 80
"""Characters of a wrong value in a message."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r'"[^"]+"|[^."]+')
_NAME = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")


def names_in(model: type[BaseModel], under: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every setting's name in parts. A list of tables is one, and so are the keys of its tables; a section is none."""
    for name, field in model.model_fields.items():
        names = (*under, name)
        table = table_in(field.annotation)
        if table is None or get_origin(field.annotation) is not None:
            yield names
        if table is not None:
            yield from names_in(table, names)


def table_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a table, of the tables in a list, or of a table's values; None where there is none."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def field_of(model: type[BaseModel], names: Sequence[str]) -> FieldInfo | None:
    """The field that ``names`` lead to, through lists of tables and through a table's own keys; None: there is none."""
    table: type[BaseModel] | None = model
    field, free = None, False
    for name in names:
        if free:  # a key that the user chose, such as a channel's path
            field, free = None, False
        elif table is None or name not in table.model_fields:
            return None
        else:
            field = table.model_fields[name]
            table = table_in(field.annotation)
            free = get_origin(field.annotation) is dict
    return field


def is_structured(field: FieldInfo) -> bool:
    """Whether the setting is a list, or a table whose keys the user chooses."""
    return get_origin(field.annotation) in (tuple, dict)


def shape_of(field: FieldInfo, *, as_json: bool) -> str:
    """A list or a table in words, with an example as it is written in JSON or in TOML."""
    shape = "a list" if get_origin(field.annotation) is tuple else "a table"
    if shape == "a list" and table_in(field.annotation):
        shape = "a list of tables"
    how = f"{shape} as JSON" if as_json else shape
    example = field.examples[0] if field.examples else None
    return how if example is None else f"{how} such as {_json(example) if as_json else _toml(example)}"


def variable_of(names: Sequence[str]) -> str:
    """The environment variable of a setting."""
    return PREFIX + "__".join(names).upper()


def dotted(names: Iterable[str]) -> str:
    """A setting's name as in the documentation; a part that TOML wants quoted is quoted."""
    return ".".join(name if _BARE.fullmatch(name) else _json(name) for name in names)


def parts(name: str) -> tuple[str, ...]:
    """The parts of a dotted name, the inverse of :func:`dotted`; () for what is no name."""
    return tuple(part.strip('"') for part in _PART.findall(name)) if _NAME.fullmatch(name) else ()


def nearest(wrong: Sequence[str], known: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The setting that was probably meant: the one whose last part is the same, else the one spelled most alike."""
    spelled = {"_".join(names).lower(): names for names in known}
    text = "_".join(part for part in wrong if part).lower()
    same = [names for names in spelled.values() if names[-1] == wrong[-1].lower()]
    if len(same) == 1:
        return same[0]
    alike = difflib.get_close_matches(text, spelled, n=1, cutoff=0.7)
    return spelled[alike[0]] if alike else None


def shown(value: object) -> str:
    """A value that somebody gave, as a remark at the end of a line; keys in addresses are masked."""
    text = masked(repr(value))
    return f" (got {text})" if len(text) <= _LONGEST_SHOWN else f" (got {text[:_LONGEST_SHOWN]}…)"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _toml(value: object) -> str:
    """An example as inline TOML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{dotted((key,))} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return _json(value)
