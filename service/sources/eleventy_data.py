"""Eleventy's data cascade, without the parts that are programs: what holds for a template before its own front matter.

From weakest to strongest: ``_data``, the front matter of layouts, the data files of directories from the input down,
the template's own data file. JSON and YAML are read; files in JavaScript are named in a notice and left alone.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from feeds.frozen import frozen
from service.content.decode import decode
from service.content.front_matter import Kind, parse
from service.content.scalars import Value
from service.errors import Problem, Rejected
from service.settings import LimitSettings
from service.sources.data_files import load
from service.sources.eleventy_config import EleventyConfig
from service.sources.files import Tree, Vanished
from service.sources.walk import Entry, visible

TEMPLATES: Final = ("md", "html", "liquid", "njk")
NOTATIONS: tuple[Kind, ...] = ("yaml", "json")
"""YAML, and by a word behind the fence JSON and TOML; ``+++`` is none of Eleventy's."""

_PROGRAMS: Final = (".js", ".cjs", ".mjs", ".ts")
_DATA: Final = (".json", ".yaml", ".yml")
_OVERRIDE: Final = "override:"
_MOST_LAYOUTS: Final = 10
"""How deep layouts stand in each other at most."""

Values = Mapping[str, Value]


@frozen(frozen=True, slots=True)
class Cascade:
    """All data of a site. ``files`` holds those of directories and templates by their path without suffix."""

    shared: Values = field(default_factory=dict)
    layouts: Mapping[str, Values] = field(default_factory=dict)
    """Front matter of each layout, by its path below the directory of layouts."""
    files: Mapping[str, tuple[str, Values]] = field(default_factory=dict)
    """Path of the data file (of the strongest one), and what it says."""
    root: str = ""
    digest: str = ""
    problems: tuple[Problem, ...] = ()

    def above(self, locator: str) -> list[tuple[str, Values]]:
        """Data files that hold for a template, weakest first, with their paths."""
        stem = without_extension(locator)
        below = posixpath.dirname(locator).removeprefix(self.root).strip("/").split("/")
        folders = [posixpath.join(self.root, *below[:depth]) for depth in range(len(below) + 1)]
        names = [f"{folder}/{posixpath.basename(folder)}" for folder in dict.fromkeys(folders) if folder]
        return [self.files[name] for name in (*names, stem) if name in self.files]

    def of(self, locator: str, own: Values) -> dict[str, Value]:
        """What a template sees, its own front matter on top."""
        above = [*(values for _, values in self.above(locator)), own]
        name = next((values["layout"] for values in reversed(above) if "layout" in values), self.shared.get("layout"))
        result = merged(dict(self.shared), self._of_layouts(name))
        for values in above:
            result = merged(result, values)
        return result

    def _of_layouts(self, name: Value) -> dict[str, Value]:
        """What a layout and those around it say; the inner one is stronger."""
        found: list[Values] = []
        while isinstance(name, str) and len(found) < _MOST_LAYOUTS:
            values = next((self.layouts[n] for n in _spellings(name) if n in self.layouts), None)
            if values is None:
                break
            found.append(values)
            name = values.get("layout")
        result: dict[str, Value] = {}
        for values in reversed(found):
            result = merged(result, values)
        return {key: value for key, value in result.items() if key != "layout"}


def merged(below: Values, above: Values) -> dict[str, Value]:
    """Eleventy's deep merge: maps are merged, lists joined, ``override:key`` takes the place of what is below."""
    result = dict(below)
    for name, value in above.items():
        key = name.removeprefix(_OVERRIDE)
        old = result.get(key)
        if name == key and isinstance(old, list) and isinstance(value, list):
            result[key] = [*old, *value]
        elif name == key and isinstance(old, dict) and isinstance(value, dict):
            result[key] = merged(old, value)
        else:
            result[key] = value
    return result


def without_extension(path: str) -> str:
    """A template's path without its extension."""
    head, dot, extension = path.rpartition(".")
    return head if dot and extension in TEMPLATES else path


def read_cascade(tree: Tree, config: EleventyConfig, limits: LimitSettings, encoding: str) -> Cascade:
    """Read all data files and layouts once. A file that cannot be understood has its problem and says nothing."""
    reader = _Reader(tree, config, limits, encoding)
    entries = [item for item in tree.walk(reader.enter, reader.wanted).items if isinstance(item, Entry)]
    for entry in sorted(entries, key=lambda item: (".11tydata." in item.path, item.path)):
        reader.take(entry)
    return reader.cascade()


class _Reader:
    """Takes in one file after another, of a template's own the weaker first."""

    def __init__(self, tree: Tree, config: EleventyConfig, limits: LimitSettings, encoding: str) -> None:
        self._tree, self._config, self._limits, self._encoding = tree, config, limits, encoding
        self._above = tuple(f"{path}/" for path in (config.layouts or config.includes, config.includes))
        self._input = f"{config.input}/" if config.input else ""
        self._shared: dict[str, Value] = {}
        self._layouts: dict[str, Values] = {}
        self._files: dict[str, tuple[str, Values]] = {}
        self._programs: list[str] = []
        self._problems: list[Problem] = []
        self._hash = hashlib.sha256()

    def enter(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return not name.startswith(".") and name != "node_modules" and path != self._config.output

    def wanted(self, path: str) -> bool:
        if path.startswith((f"{self._config.data}/", *self._above)):
            return path.endswith((*_DATA, *_PROGRAMS)) or path.rpartition(".")[2] in TEMPLATES
        return ".11tydata." in path.rpartition("/")[2] or path.endswith(_DATA)

    def take(self, entry: Entry) -> None:
        """One file, by its place."""
        path, extension = entry.path, posixpath.splitext(entry.path)[1]
        if path.startswith(f"{self._config.data}/"):
            self._take_shared(path, extension)
        elif path.startswith(self._above):
            if extension[1:] in TEMPLATES:
                above = next(filter(path.startswith, self._above))
                self._layouts[path.removeprefix(above)] = self._front_matter(entry)
        elif path.startswith(self._input):
            self._take_own(path, extension)

    def cascade(self) -> Cascade:
        """What all of them say."""
        problems, programs = self._problems, self._programs
        if programs:
            more = f" and {len(programs) - 3} more" if len(programs) > 3 else ""
            message = f"data in JavaScript is not read ({', '.join(map(visible, programs[:3]))}{more})"
            hint = "what feeds need of it (site url, title, tags, permalink) may stand in JSON beside it"
            problems.append(Problem(visible(programs[0]), 0, 0, "notice", "eleventy-data-program", message, hint))
        digest = self._hash.hexdigest()[:16]
        return Cascade(self._shared, self._layouts, self._files, self._config.input, digest, tuple(problems))

    def _take_shared(self, path: str, extension: str) -> None:
        if extension in _PROGRAMS:
            self._programs.append(path)
        elif extension in _DATA:
            keys = posixpath.splitext(path.removeprefix(f"{self._config.data}/"))[0].split("/")
            self._shared = merged(self._shared, _nested(keys, self._data(path)))

    def _take_own(self, path: str, extension: str) -> None:
        """Of a directory or a template."""
        if ".11tydata." in path and extension in _PROGRAMS:
            self._programs.append(path)
            return
        stem = posixpath.splitext(path)[0].removesuffix(".11tydata")
        if extension in _DATA and (path.endswith(f".11tydata{extension}") or _belongs(self._tree, stem)):
            value = self._data(path)
            if isinstance(value, dict):
                before = self._files.get(stem, ("", {}))[1]
                self._files[stem] = (path, merged(before, value))

    def _data(self, path: str) -> Value:
        try:
            file = load(self._tree, (path,), self._limits, self._encoding)
        except Rejected as error:
            self._problems += error.problems
            self._hash.update(f"{path}\0!\0".encode("utf-8", "surrogateescape"))
            return None
        self._problems += file.problems
        self._hash.update(f"{path}\0{file.digest}\0".encode("utf-8", "surrogateescape"))
        return file.value

    def _front_matter(self, entry: Entry) -> Values:
        """A layout's; what is wrong with it is not said: posts are none the worse for it."""
        try:
            data, _ = self._tree.read(entry, self._limits.file_bytes, self._encoding)
            text, _ = decode(data, entry.path, self._encoding)
            values = parse(text, entry.path, self._limits, kinds=NOTATIONS).values
        except (Rejected, Vanished):
            return {}
        self._hash.update(f"{entry.path}\0{values}\0".encode("utf-8", "surrogateescape"))
        return values


def _belongs(tree: Tree, stem: str) -> bool:
    """Whether a data file is a directory's (``blog/blog.json``) or a template's (``a.json`` beside ``a.md``)."""
    folder, name = posixpath.split(stem)
    return posixpath.basename(folder) == name or any(tree.exists(f"{stem}.{extension}") for extension in TEMPLATES)


def _nested(keys: list[str], value: Value) -> dict[str, Value]:
    for key in reversed(keys):
        value = {key: value}
    return value if isinstance(value, dict) else {}


def _spellings(name: str) -> tuple[str, ...]:
    return (name, *(f"{name}.{extension}" for extension in ("njk", "liquid", "html", "md")))
