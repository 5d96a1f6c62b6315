"""What is wrong with settings, a line each in the user's words: where it was said, its name, what to write instead.

Refuses to show pydantic's own terms; what it has no words for here is shown as pydantic says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from service.errors import Fault
from service.settings_layers import Layer
from service.settings_names import dotted, field_of, is_structured, names_in, nearest, shape_of, shown
from service.settings_places import place_in

_WORDS: Final = {
    "string_type": "must be text",
    "string_unicode": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "datetime_type": "must be a date such as 2025-01-31",
    "datetime_parsing": "must be a date such as 2025-01-31",
    "datetime_from_date_parsing": "must be a date such as 2025-01-31",
    "path_type": "must be a path",
    "greater_than": "must be more than {gt:.10g}",
    "greater_than_equal": "must be at least {ge:.10g}",
    "less_than_equal": "must be at most {le:.10g}",
    "missing": "is missing",
}


def explain(error: ValidationError, layers: Sequence[Layer], model: type[BaseModel]) -> Iterator[Fault]:
    """What is wrong (got what) with each wrong setting."""
    for item in error.errors():
        yield _fault(item, layers, model)


def quoted(layer: Layer, model: type[BaseModel]) -> Iterator[Fault]:
    """Each number, and true or false, that stands in quotation marks in a file, which TOML tells from one without:
    editors refuse it by the schema, and so does the service."""
    for names, value in _texts(layer.values):
        if kind := _kind_of(field_of(model, names)):
            message = f"{_WORDS[f'{kind}_type']}, without quotation marks{shown(value)}"
            yield Fault(dotted(names), message, where=place_in(layer, names))


def _texts(value: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in nested tables, with its name; an item of a list has the list's."""
    if isinstance(value, str):
        yield names, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, (*names, name))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, names)


def _kind_of(field: FieldInfo | None) -> str:
    """``int``, ``float`` or ``bool`` for a field that holds nothing else; "" for others."""
    kinds = (field.annotation, *get_args(field.annotation)) if field else ()
    return next((kind.__name__ for kind in (bool, int, float) if kind in kinds), "")


def _fault(item: ErrorDetails, layers: Sequence[Layer], model: type[BaseModel]) -> Fault:
    """What is to be said about a wrong setting, and where it is from ("" where it is from nowhere)."""
    place = [part for part in item["loc"] if part != "[key]"]
    names = [part for part in place if isinstance(part, str)]
    said = place[:-1] if item["type"] == "missing" else place
    layer = next((layer for layer in reversed(layers) if _says(layer.values, said)), None)
    return Fault(
        f"{dotted(names)}{_which(place, layer)}",
        f"{_message(item, names, layer, model)}{_shown(item)}",
        where=place_in(layer, place) if layer else "",
    )


def _says(value: Any, place: Sequence[str | int]) -> bool:
    """Whether a layer speaks of ``place``; which of several sources it means does not matter."""
    if not place:
        return True
    first, rest = place[0], place[1:]
    if isinstance(first, int):
        return any(_says(item, rest) for item in value) if isinstance(value, list) else _says(value, rest)
    return isinstance(value, Mapping) and first in value and _says(value[first], rest)


def _which(place: Sequence[str | int], layer: Layer | None) -> str:
    """Which item of a list is meant, where there is more than one."""
    for depth, part in enumerate(place):
        if isinstance(part, int):
            value: Any = layer.values if layer else {}
            for name in place[:depth]:
                value = value.get(name) if isinstance(value, Mapping) else None
            return f" (item {part + 1})" if part or (isinstance(value, list) and len(value) > 1) else ""
    return ""


def _message(item: ErrorDetails, names: Sequence[str], layer: Layer | None, model: type[BaseModel]) -> str:
    kind, said = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        ours = [name for name in names if name.isidentifier()]  # without the paths of channels
        meant = nearest(ours or names, [*((section,) for section in model.model_fields), *names_in(model)])
        return "there is no such setting" + (f"; did you mean {dotted(meant)}?" if meant else "")
    if kind == "literal_error":
        choices = said["expected"].replace(" or ", ", ").replace(chr(39), "").split(", ")
        return f"must be one of {', '.join(filter(None, choices))}"
    if kind == "value_error":
        return str(said["error"])
    field = field_of(model, names)
    if kind in ("tuple_type", "dict_type", "model_type", "model_attributes_type"):
        if field is None or not is_structured(field):
            return "must be a table"
        return f"write {shape_of(field, as_json=layer is not None and not layer.is_file)}"
    return _WORDS[kind].format(**said) if kind in _WORDS else item["msg"]


def _shown(item: ErrorDetails) -> str:
    silent = isinstance(item["input"], Mapping) or item["type"] in ("missing", "extra_forbidden")
    return "" if silent else shown(item["input"])
