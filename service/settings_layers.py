"""Where settings are said: the file, the environment, the command line; and how one layer lies over another.

A layer is a nested mapping as in the file, with the name by which people know it. Refuses to judge values, and to read
the environment of the process: it is handed over.
"""

from __future__ import annotations

import json
import re
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from service.errors import SettingsError
from service.settings_errors import did_you_mean

PREFIX: Final = "FEEDMILL_"
HANDED_OVER: Final = "FEEDMILL_SETTINGS_JSON"
"""What ``serve`` hands to its web processes (``service.asgi``); no setting, and not refused."""

_PLATFORM: Final[Mapping[str, Mapping[str, str]]] = {
    "PORT": {"host": "0.0.0.0"},  # noqa: S104 - a platform that assigns PORT routes to every interface
    "WEB_CONCURRENCY": {},
    "LOG_LEVEL": {},
}
_PLATFORM_KEYS: Final = {"PORT": "port", "WEB_CONCURRENCY": "processes", "LOG_LEVEL": "log_level"}
_KUBERNETES = re.compile(
    r"FEEDMILL_(?:\w+_)?(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)"
)
"""What Kubernetes puts into every container beside a service called feedmill; these are not ours to judge there."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings from one place. ``origin`` names it: a file, a variable, an option."""

    origin: str
    values: Mapping[str, Any]


def file_layer(path: Path) -> Layer:
    """A feedmill.toml; relative paths in it are relative to it. Raises SettingsError."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    said = table.get("source")
    for source in said if isinstance(said, list) else [said]:
        _anchor(source, "path", path.parent)
    _anchor(table.get("service"), "state", path.parent)
    return Layer(str(path), table)


def environment_layers(environ: Mapping[str, str], model: type[BaseModel]) -> Iterator[Layer]:
    """What hosting platforms set (twelve-factor), then FEEDMILL_SOURCE and FEEDMILL_<SECTION>__<KEY>, one by one.

    Raises SettingsError for a variable of ours that means nothing: a typo must not pass silently.
    """
    for name, key in _PLATFORM_KEYS.items():
        if environ.get(name):
            yield Layer(name, {"service": {**_PLATFORM[name], key: environ[name]}})
    known = {variable_of(names): names for names in names_in(model) if len(names) < 3}
    in_kubernetes = "KUBERNETES_SERVICE_HOST" in environ
    for name in sorted(filter(lambda name: name.upper().startswith(PREFIX), environ)):
        variable, value = name.upper(), environ[name]
        if variable in known:
            if variable != variable_of(("source",)) or value.strip():
                yield Layer(name, assignment(model, known[variable], value, name))
        elif variable != HANDED_OVER and not (in_kubernetes and _KUBERNETES.fullmatch(variable)):
            hint = did_you_mean(variable.removeprefix(PREFIX), (name.removeprefix(PREFIX) for name in known))
            hint = hint.replace("did you mean ", f"did you mean {PREFIX}")
            raise SettingsError(f"{name}: no setting has this variable{hint or '; feedmill config shows all settings'}")


def assignment(model: type[BaseModel], names: Sequence[str], text: str, origin: str) -> dict[str, Any]:
    """``text`` as the value of the setting ``names`` in a nested mapping; a list or a table is read as JSON.

    One source may be given by its path alone. Raises SettingsError for what is not JSON.
    """
    value: Any = text
    if tuple(names) == ("source",) and not text.lstrip().startswith(("[", "{")):
        value = {"path": text}
    elif _takes_json(model, names):
        try:
            value = json.loads(text)
        except ValueError:
            raise SettingsError(f"{origin}: {'.'.join(names)}: write {_shape(model, names)} (got {text!r})") from None
    for name in reversed(names):
        value = {name: value}
    return value  # type: ignore[no-any-return]  # there is at least one name


def combined(layers: Iterable[Layer]) -> dict[str, Any]:
    """The layers over one another, lowest first. Raises SettingsError where one speaks of "the source" among several."""
    values: dict[str, Any] = {}
    for layer in layers:
        below = values.get("source")
        values = _merge(values, layer.values)
        if "source" in layer.values:
            values["source"] = _sources(below, layer.values["source"], layer.origin)
    return values


def names_in(model: type[BaseModel], under: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every setting's name in parts, the tables in lists and ``source`` itself included; keys of tables are left out."""
    for name, field in model.model_fields.items():
        names = (*under, name)
        table = table_in(field.annotation)
        if table is None or get_origin(field.annotation) is not None:
            yield names
        if table is not None:
            yield from names_in(table, names)


def variable_of(names: Sequence[str]) -> str:
    """The environment variable of a setting."""
    return PREFIX + "__".join(names).upper()


def table_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a table, of the tables in a list, or of a table's values; None where there is none."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None
