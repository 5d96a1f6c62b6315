"""Where settings are said: the file, the environment, the command line; and how one layer lies over another.

A layer is a nested mapping as in the file, with the name by which people know where it is from. Refuses to judge
values, and to read the environment of the process: it is handed over.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from feeds.frozen import frozen
from service.errors import SettingsError
from service.settings_names import (
    PREFIX,
    SETTINGS_VARIABLE,
    SITES_VARIABLE,
    dotted,
    field_of,
    is_structured,
    names_in,
    nearest,
    shape_of,
    shown,
    variable_of,
)

_PLATFORM: Final = {"PORT": "port", "WEB_CONCURRENCY": "processes", "LOG_LEVEL": "log_level"}
_SOURCE: Final = ("source",)

_KUBERNETES = re.compile(r"FEEDMILL_(?:[A-Z0-9_]*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_.+)?)")
"""What Kubernetes puts into every container of a namespace that has a service called feedmill."""


@frozen(frozen=True, slots=True)
class Layer:
    """Settings from one place. ``origin`` names it for people: a file, a variable, an option."""

    origin: str
    values: Mapping[str, Any]
    is_file: bool = False


def file_layer(path: Path) -> Layer:
    """A feedmill.toml; relative paths in it are relative to it. Raises SettingsError."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except IsADirectoryError:
        raise SettingsError(f"{path}: is a directory; name a file in it, such as {path / 'feedmill.toml'}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    said = table.get("source")
    for source in said if isinstance(said, list) else [said]:
        for key in ("path", "key_file", "ca_bundle", "hook_secret_file"):
            _anchor(source, key, path.parent)
    _anchor(table.get("service"), "state", path.parent)
    sites = table.get("sites")
    for host in sites if isinstance(sites, dict) else ():
        _anchor(sites, host, path.parent)
    return Layer(str(path), table, is_file=True)


def environment_layers(environ: Mapping[str, str], model: type[BaseModel]) -> Iterator[Layer]:
    """What hosting platforms set (twelve-factor), then FEEDMILL_SOURCE and FEEDMILL_<SECTION>__<KEY>, a layer each.

    Raises SettingsError for a variable of ours that means nothing: a typo must not pass silently.
    """
    for name, key in _PLATFORM.items():
        if environ.get(name):
            service = {key: environ[name]}
            if name == "PORT":
                service["host"] = "0.0.0.0"  # noqa: S104 - a platform that assigns PORT routes to every interface
            yield Layer(name, {"service": service})
    known = {variable_of(names): names for names in names_in(model) if len(names) == 2 or names == _SOURCE}
    for name in sorted(environ):
        names = known.get(name.upper())
        if names == _SOURCE and not environ[name].strip():
            continue  # an empty path would be the working directory
        if names:
            yield Layer(name, assignment(model, names, environ[name], name))
        elif name.upper().startswith(PREFIX) and not _is_foreign(name.upper(), environ):
            meant = nearest(name.upper().removeprefix(PREFIX).split("__"), known.values())
            hint = f"did you mean {variable_of(meant)}?" if meant else f"they are {PREFIX}<SECTION>__<KEY>"
            raise SettingsError(f"{name}: there is no such variable; {hint}")


def assignment(model: type[BaseModel], names: Sequence[str], text: str, origin: str) -> dict[str, Any]:
    """``text`` as the value of the setting ``names``, in nested mappings; a list or a table is read as JSON.

    One source may be given by its path or its address alone. Raises SettingsError for what is not JSON.
    """
    value: Any = text
    field = field_of(model, names)
    if tuple(names) == _SOURCE and not text.lstrip().startswith(("[", "{")):
        value = place(text)
    elif field is not None and is_structured(field):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            shape = shape_of(field, as_json=True)
            raise SettingsError(f"{origin}: {dotted(names)}: write {shape}{shown(text)}") from None
    nested = {names[-1]: value}
    for name in reversed(names[:-1]):
        nested = {name: nested}
    return nested


def place(text: str) -> dict[str, str]:
    """A source by where it is: an http(s) address (RFC 3986: schemes are case-blind), else a directory."""
    return {"url": text.strip()} if is_address(text) else {"path": text}


def is_address(text: str) -> bool:
    return text.strip().lower().startswith(("http://", "https://"))


def combined(layers: Iterable[Layer]) -> dict[str, Any]:
    """The layers over one another, the lowest first; ``source`` becomes a list of tables.

    Raises SettingsError where a layer speaks of "the source" and there are several.
    """
    values: dict[str, Any] = {}
    for layer in layers:
        below = values.get("source")
        values = _merged(values, layer.values)
        if "source" in layer.values:
            values["source"] = _sources(below, layer.values["source"], layer.origin)
    return values


def replaced_sources(layers: Iterable[Layer]) -> list[str]:
    """For each layer that puts sources in the place of a file's: a line that says so."""
    lines: list[str] = []
    file, below = "", list[Any]()
    for layer in layers:
        said = layer.values.get("source")
        sources = said if isinstance(said, list) else [said] if isinstance(said, Mapping) and is_placed(said) else []
        if layer.is_file:
            file, below = layer.origin, sources
        elif sources and below:
            gone = [one for one in below if not any(_same_source(one, other) for other in sources)]
            if gone:
                which = f"{len(gone)} of the {len(below)}" if len(gone) < len(below) else f"the {len(below)}"
                what = f"{which} sources" if len(below) > 1 else "the source"
                lines.append(f"{layer.origin} replaces {what} of {file}")
    return lines


def _same_source(one: object, other: object) -> bool:
    return isinstance(one, Mapping) and isinstance(other, Mapping) and same_place(one, other)


def names_others(file: Layer, directory: Path) -> bool:
    """Whether a file of settings names sources, and none of them is this directory."""
    sources = _placed(file)
    return bool(sources) and not any(same_place(one, {"path": str(directory)}) for one in sources)


def names_around(file: Layer, directory: Path) -> bool:
    """Whether a file of settings names a source that this directory is, or lies in."""
    place = directory.resolve()
    return any(place.is_relative_to(Path(str(one["path"])).resolve()) for one in _placed(file) if "path" in one)


def _placed(file: Layer) -> list[Mapping[str, Any]]:
    said = file.values.get("source")
    return [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, Mapping) and is_placed(one)]


def is_placed(source: Mapping[str, Any]) -> bool:
    """Whether a table says where its source is."""
    return "path" in source or "url" in source


def _sources(below: Any, said: Any, origin: str) -> Any:
    """The sources once a layer has spoken: a list replaces them, a table is merged into the one that it means."""
    if not isinstance(said, Mapping):
        return said
    known = [source for source in below if isinstance(source, Mapping)] if isinstance(below, list) else []
    if len(known) > 1:
        if not is_placed(said):
            raise SettingsError(
                f"{origin}: {dotted(('source', *said))}: there are {len(known)} sources and this does not say which; "
                "write it below its [[source]] in the file, or choose one source by its path or url"
            )
        known = [source for source in known if same_place(source, said)]
    below = known[0] if known else {}
    if is_placed(said) and is_placed(below) and ("url" in said) != ("url" in below):
        below = {}  # a directory in the place of an address, or the reverse: another source
    return [_merged(below, said)]


def same_place(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two tables mean one source: the same address, or the same directory however it is written."""
    if "url" in one or "url" in other:
        return one.get("url") == other.get("url")
    return Path(str(one.get("path"))).resolve() == Path(str(other.get("path"))).resolve()


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged, everything else (lists too) is replaced as a whole."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def _anchor(table: object, key: str, directory: Path) -> None:
    if isinstance(table, dict) and isinstance(table.get(key), str):
        table[key] = _straight(str(directory / table[key]))


def _straight(path: str) -> str:
    """A path without detours (``a/../b``), where it leads to the same: ``..`` after a link leads elsewhere."""
    straight = os.path.normpath(path)
    try:
        return straight if os.path.realpath(straight) == os.path.realpath(path) else path
    except ValueError:  # no path at all, as whoever opens it will say
        return path


def _is_foreign(variable: str, environ: Mapping[str, str]) -> bool:
    """Whether a variable that begins like ours is none of the user's."""
    in_kubernetes = "KUBERNETES_SERVICE_HOST" in environ
    return variable in (SETTINGS_VARIABLE, SITES_VARIABLE) or (
        in_kubernetes and _KUBERNETES.fullmatch(variable) is not None
    )
