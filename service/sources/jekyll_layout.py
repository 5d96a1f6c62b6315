"""Which files of a Jekyll site are posts: ``_posts`` at any depth, ``_drafts``, and the directories of collections.

Follows ``Reader``, ``EntryFilter``, ``PostReader`` and ``Collection`` of Jekyll 4.3.1. It looks at names only; what is
written in a file may still make it something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from service.sources.globs import fnmatch
from service.sources.jekyll_config import JekyllConfig
from service.sources.media import is_media

_POST_NAME = re.compile(r"[0-9]{2,4}-[0-9]{1,2}-[0-9]{1,2}-[^/]*\.[^./]+", re.DOTALL)
_DRAFT_NAME = re.compile(r"[^/]*\.[^./]+", re.DOTALL)
_SPECIAL = (".", "_", "#", "~")

SITE: Final = "site"
PASSAGE: Final = "passage"
"""Listed only because a collection lies below it."""


@dataclass(frozen=True, slots=True)
class Area:
    """A directory whose files may be posts. ``base`` is relative to the site's source; the labels are Jekyll's."""

    base: str
    collection: str
    drafts: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is a post, as far as its name tells. Paths are relative to the root and to ``collections_dir``."""

    path: str
    relative_path: str
    collection: str
    draft: bool

    @property
    def basename(self) -> str:
        """The file name without its extension."""
        return self.relative_path.rpartition("/")[2].rpartition(".")[0]

    @property
    def extension(self) -> str:
        return f".{self.path.rpartition('.')[2]}"

    @property
    def directories(self) -> tuple[str, ...]:
        """The directories above ``_posts``, which are categories; those below are not."""
        special = "_drafts" if self.draft else f"_{self.collection}"
        if self.relative_path.startswith(special):
            return ()
        above = self.relative_path.partition(special)[0]
        return tuple(name for name in above.split("/") if name)

    @property
    def cleaned_path(self) -> str:
        """The permalink placeholder ``:path``."""
        path = self.relative_path.rpartition(".")[0]
        return path.replace(f"_{self.collection}", "", 1).rstrip(".")


class Layout:
    """One walk's questions, asked from the root downwards: :meth:`enter` before anything below it."""

    def __init__(self, config: JekyllConfig) -> None:
        self._config = config
        self._areas: dict[str, Area | str] = {"": SITE if not config.source else PASSAGE}
        special = [_join(config.collections_dir, f"_{label}") for label in config.collections if label != "posts"]
        self._collections = {_join(config.source, path): path for path in special}
        self._passages = set(_parents([*self._collections, _join(config.source, "x")]))

    def enter(self, path: str) -> bool:
        """Whether a directory can hold posts, or lead to one that does."""
        area = self._area_of(path)
        if area is None:
            return False
        self._areas[path] = area
        return True

    def wanted(self, path: str) -> bool:
        """Whether a file is a post by its name."""
        return self.document(path) is not None

    def document(self, path: str) -> Document | None:
        """The post that a file is by its name and place, in a walk that has entered its directory."""
        parent, _, name = path.rpartition("/")
        area = self._areas.get(parent)
        if not isinstance(area, Area) or is_media(name):
            return None
        source_path = self._in_source(path)
        entry = source_path[len(area.base) + 1 :]
        if not self._kept(entry, area.base):
            return None
        if area.collection == "posts" and not (_DRAFT_NAME if area.drafts else _POST_NAME).fullmatch(name):
            return None
        relative = (
            source_path.removeprefix(f"{self._config.collections_dir}/")
            if self._config.collections_dir
            else source_path
        )
        return Document(path, relative, area.collection, area.drafts)

    def _area_of(self, path: str) -> Area | str | None:
        config = self._config
        parent, _, name = path.rpartition("/")
        above = self._areas.get(parent)
        if isinstance(above, Area):
            return above if above.collection != "posts" or not name.startswith(".") else None
        if path in self._collections:
            return Area(self._collections[path], name[1:])
        if path == config.source:
            return SITE
        if above == SITE:
            place = self._in_source(parent)
            holds_posts = not config.collections_dir or f"{place}/".startswith(f"{config.collections_dir}/")
            if name == "_posts":
                return Area(_join(place, name), "posts") if holds_posts else None
            if name == "_drafts" and config.show_drafts:
                return Area(_join(place, name), "posts", drafts=True) if holds_posts else None
            if path != config.destination and self._kept(name, place):
                return SITE
        return PASSAGE if path in self._passages else None

    def _in_source(self, path: str) -> str:
        source = self._config.source
        return path[len(source) :].lstrip("/") if source else path

    def _kept(self, entry: str, base: str) -> bool:
        """``EntryFilter#filter`` for one entry below a base directory of the source."""
        if entry.endswith("."):
            return False
        name = entry.rpartition("/")[2]
        config = self._config
        if _matches(config.include, entry) or _matches(config.include, name):
            return True
        if _matches(config.exclude, _join(base, entry)):
            return False
        return not (entry.startswith(_SPECIAL) or name.startswith(_SPECIAL) or entry.endswith("~"))


def _matches(patterns: Iterable[str], path: str) -> bool:
    """``EntryFilter#glob_include?``: a glob, or simply the start of a path."""
    whole = f"/{path}"
    for pattern in patterns:
        anchored = f"/{pattern.lstrip('/')}"
        if whole.startswith(anchored) or f"{whole}/" == anchored or fnmatch(anchored).fullmatch(whole):
            return True
    return False


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name


def _parents(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        while path := path.rpartition("/")[0]:
            yield path
