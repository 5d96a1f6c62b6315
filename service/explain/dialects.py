"""How a source reads its files, seen from outside: which files it takes, and where each key of a post stands.

Asks the modules that the source itself is made of (layout, defaults, front matter), so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import yaml

from service.content.decode import decode
from service.content.front_matter import KINDS, FrontMatter, parse
from service.content.scalars import Value
from service.errors import Rejected
from service.explain.hugo import HugoView
from service.explain.reading import Origin, Reading, Refused
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import plain
from service.sources.data_files import DataFile, load
from service.sources.dialects import Dialect, detect, open_dialect
from service.sources.eleventy import Eleventy
from service.sources.files import Tree, Vanished
from service.sources.jekyll_config import NAMES, JekyllConfig
from service.sources.jekyll_defaults import Defaults, deep_merge
from service.sources.jekyll_layout import Document, Layout
from service.sources.jekyll_site import JekyllSite, read_site
from service.sources.media import is_media
from service.sources.walk import visible


def view(tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> View:
    """A source as it is now. Raises SourceUnavailable where its configuration cannot be understood."""
    found = detect(tree, settings)
    if found.kind == "jekyll":
        return JekyllView(tree, settings, site, limits, found.why)
    if found.kind == "hugo":
        return HugoView(tree, settings, site, limits, found.why)
    dialect = open_dialect(found, tree, settings, site, limits)
    made = PlainView if found.kind == "plain" else GeneratorView
    return made(limits, found.why, found.kind, dialect)


@dataclass(slots=True)
class PlainView:
    """A plain folder."""

    limits: LimitSettings
    why: str
    kind: str
    dialect: Dialect

    def refused(self, locator: str) -> Refused | None:
        out = next((name for name in locator.split("/") if not self.dialect.enter(name)), "")
        if out:
            return Refused(f"{visible(out)}: names that begin with . _ or # are left out, and so is node_modules")
        if not self.dialect.wanted(locator):
            return Refused(f"a post is one of .{', .'.join(sorted(plain.MARKUP))}", "rename it")
        return None

    def reading(self, locator: str, text: str) -> Reading:
        """Keys in lower case, shown as they were written."""
        path, matter = visible(locator), _parsed(text, locator, self.limits, every_notation=True)
        return Reading(
            path,
            {key.lower(): value for key, value in matter.values.items()},
            {key.lower(): Origin(key, path, *matter.positions.get(key, (0, 0))) for key in matter.values},
            matter.body,
            matter.body_line,
        )


@dataclass(slots=True)
class GeneratorView(PlainView):
    """A site of a generator whose rules its dialect knows: Eleventy, Zola."""

    def refused(self, locator: str) -> Refused | None:
        dialect, folders = self.dialect, locator.split("/")[:-1]
        above = ("/".join(folders[: depth + 1]) for depth in range(len(folders)))
        closed = next((folder for folder in above if not dialect.enter(folder)), "")
        name = self.kind.capitalize()
        if closed:
            return Refused(f"{visible(closed)}: is no part of the content that {name} reads")
        return None if dialect.wanted(locator) else Refused(f"{name} does not make a page of such a file")

    def reading(self, locator: str, text: str) -> Reading:
        """Keys as they are written; those of data files (Eleventy) and of ``[extra]`` and ``[taxonomies]`` (Zola)."""
        path, matter = visible(locator), _parsed(text, locator, self.limits, every_notation=True)
        values: dict[str, Value] = {}
        origins: dict[str, Origin] = {}
        if isinstance(self.dialect, Eleventy):
            for file, said in self.dialect.data_files(locator):
                values |= said
                origins |= {key: Origin(key, visible(file)) for key in said}
        for table in ("extra", "taxonomies") if self.kind == "zola" else ():
            below = matter.values.get(table)
            if isinstance(below, dict):
                values |= below
                place = matter.positions.get(table, (0, 0))
                origins |= {key: Origin(f"{table}.{key}", path, *place) for key in below}
        for key, value in matter.values.items():
            values[key] = value
            origins[key] = Origin(key, path, *matter.positions.get(key, (0, 0)))
        return Reading(path, values, origins, matter.body, matter.body_line)


View: TypeAlias = "JekyllView | HugoView | PlainView"
"""One source: ``kind``, ``why`` (how that was found), which files it refuses, and the reading of a file."""


class JekyllView:
    """A Jekyll site."""

    kind = "jekyll"

    def __init__(
        self, tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings, why: str
    ) -> None:
        self.why = why
        self.site: JekyllSite = read_site(tree, site, limits, settings.encoding)
        self.config: JekyllConfig = self.site.config
        self._limits = limits
        self._defaults = Defaults(self.config.defaults, self.config.collections_dir)
        self._file = load(tree, NAMES, limits, settings.encoding)
        self._lines = _default_lines(tree, self._file, limits, settings.encoding)

    def document(self, locator: str) -> Document | None:
        """What a file is by its name and place."""
        return _document(self.config, locator)

    def config_origin(self, key: str) -> Origin | None:
        """Where the site's configuration says a key; None where it does not."""
        value = self._file.value
        if not isinstance(value, dict) or value.get(key) is None:
            return None
        return Origin(key, self._file.path, *self._file.positions.get(key, (0, 0)))

    def refused(self, locator: str) -> Refused | None:
        if self.document(locator) is not None:
            return None
        return self._by_pattern(locator) or self._by_place(locator) or Refused("Jekyll does not take it for a post")

    def reading(self, locator: str, text: str) -> Reading:
        path, matter = visible(locator), _parsed(text, locator, self._limits, every_notation=False)
        document = self.document(locator)
        defaults = self._defaults.of(document.relative_path, document.collection) if document else {}
        values = deep_merge(defaults, matter.values)
        origins = {
            key: Origin(key, path, *matter.positions.get(key, (0, 0)))
            if matter.values.get(key) is not None or key not in defaults
            else self._default_origin(key, document)
            for key in values
        }
        return Reading(path, values, origins, matter.body, matter.body_line)

    def _default_origin(self, key: str, document: Document | None) -> Origin:
        """The entry of ``defaults`` that a value comes from: the one without which it would be another."""
        sets, above = self.config.defaults, self.config.collections_dir
        where = (document.relative_path, document.collection) if document else ("", "")
        merged = self._defaults.of(*where).get(key)
        holding = [i for i, item in enumerate(sets) if Defaults((item,), above).of(*where).get(key) is not None]
        without = (i for i in holding if Defaults(sets[:i] + sets[i + 1 :], above).of(*where).get(key) != merged)
        number = next(without, holding[-1] if holding else 0)
        line, column = self._lines.get((number, key)) or self._file.positions.get("defaults", (0, 0))
        return Origin(f"defaults: {key}", self._file.path, line, column)

    def _by_pattern(self, locator: str) -> Refused | None:
        """The pattern of ``exclude`` that keeps a file out: the one without which it would be let in."""
        if _document(replace(self.config, exclude=()), locator) is None:
            return None
        guilty = (p for p in self.config.exclude if _document(replace(self.config, exclude=(p,)), locator) is None)
        pattern = next(guilty, "")
        written = self.config_origin("exclude")
        own = self._file.value.get("exclude") if isinstance(self._file.value, dict) else None
        if written and pattern in (own if isinstance(own, list) else [own]):
            return Refused(f"{pattern!r} in exclude keeps it out ({written})", "remove the pattern, or move the file")
        return Refused(f"Jekyll leaves {pattern!r} out by itself", "name it in include")

    def _by_place(self, locator: str) -> Refused | None:
        *above, name = locator.split("/")
        config = self.config
        labels = config.keys.get("collections")
        for depth, folder in enumerate(above):
            path = "/".join(above[: depth + 1])
            if path == config.destination:
                return Refused(f"it lies in {path}, the site's own output")
            if folder == "_drafts" and not config.show_drafts:
                return Refused("drafts are not published", "move it to _posts, or set show_drafts: true in _config.yml")
            if folder == "_posts":
                break
            if folder.startswith("_") and isinstance(labels, dict | list) and folder[1:] in labels:
                if folder[1:] not in config.collections:
                    return Refused(f"the collection {folder[1:]} has no pages", "give it output: true in _config.yml")
                break
            if folder.startswith((".", "_", "#", "~")):
                return Refused(f"{folder}: directories that begin with . _ # or ~ are not part of a Jekyll site")
        if config.source and not f"{locator}".startswith(f"{config.source}/"):
            return Refused(f"it lies outside {config.source}, the site's source")
        if is_media(name):
            return Refused("it is a picture, a recording or an archive: never a post")
        if name.startswith((".", "_", "#", "~")) or name.endswith(("~", ".")):
            return Refused("Jekyll leaves out names that begin with . _ # or ~, or end with ~ or a dot", "rename it")
        if "_posts" in above:
            return Refused("its name is none of a post", "name it YYYY-MM-DD-title.md")
        return Refused("outside _posts only HTML and Markdown files are pages; others are copied as they are")


def _document(config: JekyllConfig, locator: str) -> Document | None:
    """What a file is, in a walk that goes down to it."""
    layout = Layout(config)
    parts = locator.split("/")
    if all(layout.enter("/".join(parts[:depth])) for depth in range(1, len(parts))):
        return layout.document(locator)
    return None


def _parsed(text: str, locator: str, limits: LimitSettings, *, every_notation: bool) -> FrontMatter:
    try:
        path = visible(locator)
        return parse(text, path, limits, kinds=KINDS if every_notation else KINDS[:1])
    except Rejected:
        return FrontMatter(None, {}, text, 1)


def _default_lines(
    tree: Tree, file: DataFile, limits: LimitSettings, encoding: str
) -> dict[tuple[int, str], tuple[int, int]]:
    """Line and column of each value in ``defaults``, by entry (those with ``values`` alone count) and key.

    Only for a message, so whatever cannot be told stays out.
    """
    entry = tree.find(file.path) if file.value is not None and not file.path.endswith(".toml") else None
    if entry is None:
        return {}
    try:
        data, _ = tree.read(entry, limits.file_bytes, encoding)
        root = yaml.compose(decode(data, file.path, encoding)[0], Loader=yaml.CSafeLoader)
    except (Rejected, Vanished, yaml.YAMLError, ValueError, RecursionError):
        return {}
    sets = _node(root, "defaults")
    found: dict[tuple[int, str], tuple[int, int]] = {}
    items = sets.value if isinstance(sets, yaml.SequenceNode) else []
    mappings = [node for item in items if isinstance(node := _node(item, "values"), yaml.MappingNode)]
    for number, node in enumerate(mappings):
        for key, value in node.value:
            found[number, str(key.value)] = (value.start_mark.line + 1, value.start_mark.column + 1)
    return found


def _node(parent: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = parent.value if isinstance(parent, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)
