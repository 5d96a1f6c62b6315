"""The README's settings table, from the settings model: ``python -m tests.settings_table`` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from service.settings import Settings


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Name, default as written in TOML, and meaning of each setting, tables flattened."""
    for name, field in model.model_fields.items():
        nested = [t for t in (field.annotation, *get_args(field.annotation)) if isinstance(t, type)]
        tables = [t for t in nested if issubclass(t, BaseModel)]
        if tables and not field.description:
            yield from rows(tables[0], f"{prefix}{name}.")
        else:
            yield prefix + name, _default(field), (field.description or "").replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | dict):
        return "`[]`" if isinstance(value, tuple) else "`{}`"
    if isinstance(value, datetime):
        return f"`{value:%Y-%m-%d}`"
    if isinstance(value, int | float):
        return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
    return f'`"{value}"`' if value != "" else '`""`'


if __name__ == "__main__":
    table = ["| setting | default | meaning |", "|---|---|---|"]
    table += [f"| `{name}` | {default} | {text} |" for name, default, text in rows(Settings)]
    sys.stdout.write("\n".join(table) + "\n")
