"""Where a Hugo site's pages lie: mounts, languages, sections, and bundles with the files that are none of their own.

Seen in one walk at each opening, because a file's meaning hangs on its neighbours: ``index.md`` makes its directory one
page, ``_index.md`` speaks for all below it, and the section with the most pages is the site's main one.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from feeds.frozen import frozen
from service.content.scalars import Value
from service.sources.files import Tree
from service.sources.hugo_config import HugoConfig, table, text_of, texts
from service.sources.media import media_type

MARKDOWN: Final = frozenset(("md", "markdown", "mdown"))
HTML: Final = frozenset(("html", "htm"))
_OTHER: Final = frozenset(("org", "ad", "adoc", "asciidoc", "rst", "pdc", "pandoc"))
"""Pages to Hugo, by programs of others, which are not read here (C-39)."""

_SKIPPED: Final = (".", "#")
_MOST_PICTURES: Final = 50
"""Of one bundle."""


class Mount(NamedTuple):
    """A directory that is (part of) the site's content; ``target`` is where, ``language`` of what has no suffix."""

    directory: str
    target: str
    language: str


@frozen(frozen=True, slots=True)
class Place:
    """A content file, as far as its path tells. ``directory`` is below ``content``, without its own if a bundle."""

    path: str
    directory: str
    base: str
    """File name without language and extension; of a bundle its directory's name."""
    stem: str
    """File name without extension."""
    extension: str
    language: str
    bundle: bool
    branch: bool
    """``_index``: it speaks for its directory and is no post."""

    @property
    def section(self) -> str:
        return self.directory.partition("/")[0]

    @property
    def key(self) -> str:
        """What its versions in other languages have in common."""
        return posixpath.join(self.directory, self.base, "index" if self.bundle else "").rstrip("/")

    @property
    def logical(self) -> str:
        """The path that cascades are matched with."""
        return f"/{posixpath.join(self.directory, self.base)}"


class Layout:
    """What a walk saw. ``indexes`` are the ``_index`` files, by path."""

    def __init__(self, config: HugoConfig, tree: Tree) -> None:
        self._config = config
        self.mounts = tuple(sorted(_mounts(config), key=lambda mount: (-len(mount.directory), mount)))
        self._passages = {part for mount in self.mounts for part in _parts(mount.directory)}
        self._bundles: set[str] = set()
        self._inside: dict[str, bool] = {}
        """Directories in a bundle, or not: asked once the walk is over, for each of their files."""
        self._named: dict[str, str] | None = None
        self.indexes: list[Place] = []
        self.pictures: dict[str, list[str]] = defaultdict(list)
        """Paths of the pictures in each bundle below its directory, by that directory below the root."""
        self.unread: Counter[str] = Counter()
        """Files of formats that only Hugo can have read, by extension."""
        counted: list[Place] = []
        pictures: dict[str, list[str]] = defaultdict(list)

        def see(path: str) -> bool:
            directory, _, name = path.rpartition("/")
            place = self._placed(path)
            if place is not None:
                counted.append(place)
                if place.bundle:
                    self._bundles.add(directory)
            elif (media_type(name) or "").startswith("image/") and len(pictures[directory]) < _MOST_PICTURES:
                pictures[directory].append(name)
            elif (extension := name.rpartition(".")[2].lower()) in _OTHER:
                self.unread[extension] += 1
            return False

        tree.walk(self.enter, see)
        self.pictures = self._bundled(pictures)
        inside = [self._is_resource(place) for place in counted]
        pages = [place for place, resource in zip(counted, inside, strict=True) if not resource]
        self.indexes = sorted((place for place in pages if place.branch), key=lambda place: place.path)
        self.resources = sorted(place.path for place, resource in zip(counted, inside, strict=True) if resource)
        self.branches = frozenset((place.directory, place.language) for place in self.indexes)
        self.main = {key: self._main(place for place in pages if place.language == key) for key in config.languages}
        """The main sections of each language; None where there are no sections: then every page is a post."""

    def enter(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        if path in self._passages:
            return True
        return self._mount(path) is not None and not name.startswith(_SKIPPED) and name != "node_modules"

    def wanted(self, path: str) -> bool:
        place = self.place(path)
        return place is not None and not place.branch

    def place(self, path: str) -> Place | None:
        """The page that a file is by its name and place; None where it is none, or one of a language that is off."""
        place = self._placed(path)
        return None if place is None or self._is_resource(place) else place

    def bundle(self, path: str) -> str:
        """The directory of the bundle whose page a file is; "" where it is none."""
        directory = path.rpartition("/")[0]
        return directory if directory in self._bundles else ""

    def bundle_named(self, name: str) -> str:
        """The one bundle whose directory has this name; "" where none has, or several."""
        if self._named is None:
            self._named = {}
            for path in self._bundles:
                own = path.rpartition("/")[2]
                self._named[own] = "" if own in self._named else path
        return self._named.get(name, "")

    def sections(self, place: Place) -> tuple[str, ...]:
        """``.CurrentSection``: down to the nearest directory with an ``_index``, at least the first one."""
        names = tuple(filter(None, place.directory.split("/")))
        for depth in range(len(names), 1, -1):
            if any(("/".join(names[:depth]), key) in self.branches for key in self._config.languages):
                return names[:depth]
        return names[:1]

    def _placed(self, path: str) -> Place | None:
        directory, _, name = path.rpartition("/")
        stem, dot, extension = name.rpartition(".")
        mount = self._mount(directory)
        if mount is None or not dot or extension not in MARKDOWN | HTML or name.startswith(_SKIPPED):
            return None
        if any(pattern.search(path) for pattern in self._config.ignored):
            return None
        base, _, suffix = stem.rpartition(".")
        language = suffix.lower() if base and suffix.lower() in self._config.languages else ""
        if not language:
            base, language = stem, mount.language or self._config.default
        if self._config.languages[language].disabled:
            return None
        below = directory[len(mount.directory) :].strip("/")
        inside = posixpath.join(mount.target, below).strip("/")
        bundle = base == "index" and inside != ""
        if bundle:
            inside, _, base = inside.rpartition("/")
        return Place(path, inside, base, stem, extension, language, bundle, base == "_index" and not bundle)

    def _mount(self, directory: str) -> Mount | None:
        for mount in self.mounts:
            if directory == mount.directory or directory.startswith(f"{mount.directory}/"):
                return mount
        return None

    def _is_resource(self, place: Place) -> bool:
        """Whether a file lies in a bundle whose page is another."""
        directory = place.path.rpartition("/")[0]
        return self._in_bundle(directory.rpartition("/")[0] if place.bundle else directory)

    def _in_bundle(self, directory: str) -> bool:
        found = self._inside.get(directory)
        if found is None:
            above = directory.rpartition("/")[0]
            found = directory in self._bundles or (above != "" and self._in_bundle(above))
            self._inside[directory] = found
        return found

    def _bundled(self, pictures: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
        """Pictures by the innermost bundle that they lie in."""
        found: dict[str, list[str]] = defaultdict(list)
        for directory, names in pictures.items() if self._bundles else ():
            bundle = directory
            while bundle and bundle not in self._bundles:
                bundle = bundle.rpartition("/")[0]
            if bundle:
                below = directory[len(bundle) + 1 :]
                found[bundle] += (posixpath.join(below, name) for name in names)
        return {bundle: sorted(paths) for bundle, paths in found.items()}

    def _main(self, places: Iterable[Place]) -> frozenset[str] | None:
        said = self._config.params.get("mainsections", self._config.keys.get("mainsections"))
        if said is not None:
            return frozenset(map(str.lower, texts(said)))
        counts = Counter(place.section for place in places if not place.branch and place.section)
        if not counts:
            return None
        return frozenset((min(counts, key=lambda section: (-counts[section], section)).lower(),))


def _mounts(config: HugoConfig) -> Iterable[Mount]:
    """``module.mounts`` that are content, else each language's ``contentDir``, else the site's."""
    written = table(config.keys.get("module")).get("mounts")
    found = []
    for item in written if isinstance(written, list) else ():
        fields = table(item)
        target = text_of(fields.get("target")).strip("/")
        source = posixpath.normpath(text_of(fields.get("source")) or ".").strip("/")
        if target.partition("/")[0] == "content" and source not in ("", ".") and not source.startswith(".."):
            found.append(Mount(source, target.partition("/")[2], _known(config, fields.get("lang"))))
    if found:
        return found
    own = [Mount(language.content, "", language.key) for language in config.languages.values() if language.content]
    shared = [key for key, language in config.languages.items() if not language.content]
    return own + ([Mount(config.content, "", "")] if shared or not own else [])


def _known(config: HugoConfig, value: Value) -> str:
    key = text_of(value).lower()
    return key if key in config.languages else ""


def _parts(path: str) -> Iterable[str]:
    names = path.split("/")
    return ("/".join(names[: depth + 1]) for depth in range(len(names)))
