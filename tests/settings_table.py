"""The README's settings table, from the settings model: ``python -m tests.settings_table`` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from service.settings import Settings
from service.settings_names import table_in

README = Path(__file__).parents[1] / "README.md"


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Name, default as written in TOML, and meaning of each setting, tables flattened."""
    for name, field in model.model_fields.items():
        table = table_in(field.annotation)
        if table and not field.description:
            yield from rows(table, f"{prefix}{name}.")
        else:
            meaning = f"{field.description or ''}{_allowed(field)}{_keys(table)}"
            yield prefix + name, _default(field), meaning.replace("|", "\\|")


def _allowed(field: FieldInfo) -> str:
    values = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return f" One of {', '.join(f'`{value}`' for value in values)}." if values else ""


def _keys(table: type[BaseModel] | None) -> str:
    keys = table.model_fields.items() if table else ()
    named = (f"`{name}`{' (required)' if field.is_required() else ''}" for name, field in keys)
    return f" Keys: {', '.join(named)}." if table else ""


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


def written(readme: str) -> str:
    """The README with the table as it is now."""
    lines = readme.split("\n")
    start = lines.index("| setting | default | meaning |") + 2
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("|"))
    table = [f"| `{name}` | {default} | {text} |" for name, default, text in rows(Settings)]
    return "\n".join([*lines[:start], *table, *lines[end:]])


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
