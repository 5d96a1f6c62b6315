"""Which files of a Jekyll site are posts and pages: ``_posts`` at any depth, ``_drafts``, the directories of
collections, and whatever else becomes HTML.

Follows ``Reader``, ``EntryFilter``, ``PostReader`` and ``Collection`` of Jekyll 4.3.1. It looks at names only; what is
written in a file may still make it something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from feeds.frozen import frozen
from service.sources.globs import fnmatch
from service.sources.jekyll_config import JekyllConfig
from service.sources.jekyll_pages import is_page_name
from service.sources.media import is_media

_POST_NAME = re.compile(r"[0-9]{2,4}-[0-9]{1,2}-[0-9]{1,2}-[^/]*\.[^./]+", re.DOTALL)
_DRAFT_NAME = re.compile(r"[^/]*\.[^./]+", re.DOTALL)
_SPECIAL = (".", "_", "#", "~")
_MOST_RECENT: Final = 128
_WILD = re.compile(r"[*?\[\\]")

Way = Literal["site", "passage"]
"""A directory without posts of its own: part of the site, where pages are, or listed only because something that is
read lies below it."""


@frozen(frozen=True, slots=True)
class Area:
    """A directory whose files may be posts. ``base`` is relative to the site's source; the labels are Jekyll's."""

    base: str
    collection: str
    drafts: bool = False


class Document(NamedTuple):
    """A file that is a post or a page, as far as its name tells.

    ``path`` is relative to the root; ``relative_path`` to ``collections_dir``, that of a page to the site's source.
    """

    path: str
    relative_path: str
    collection: str
    draft: bool = False
    page: bool = False
    """No document of a collection. One may be called ``pages``, too."""

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
        self._included = _Patterns(config.include)
        self._excluded = _Patterns(pattern for pattern in config.exclude if pattern not in config.include)
        self._reached: dict[str, bool] = {}
        """Base directories, and whether a pattern may exclude anything below: for most of them none does."""
        self._above = f"{config.collections_dir}/" if config.collections_dir else ""
        self._areas: dict[str, Area | Way] = {"": "passage" if config.source else "site"}
        self._recent: dict[str, Document] = {}
        special = [_join(config.collections_dir, f"_{label}") for label in config.collections if label != "posts"]
        self._collections = {_join(config.source, path): path for path in special}
        self._named = {_join(config.source, name.strip("/")) for name in config.include if self._is_page(name)}
        self._named_in = {path.rpartition("/")[0] for path in self._named}
        self._plain: dict[str, str] = {}
        """Directories in which the name alone tells a post, and what Jekyll's path of one in them begins with."""
        self._passages = set(_parents([*self._collections, *self._named, _join(config.source, "x")]))

    def enter(self, path: str) -> bool:
        """Whether a directory can hold posts or pages, or lead to one that does."""
        area = self._area_of(path)
        if area is None:
            return False
        self._areas[path] = area
        self._recent.clear()
        if isinstance(area, Area) and self._holds_plain_posts(path, area):
            self._plain[path] = f"{self._in_source(path)}/".removeprefix(self._above)
        return True

    def wanted(self, path: str) -> bool:
        """Whether a file is a post or a page by its name."""
        return self._document(path) is not None

    def document(self, path: str) -> Document | None:
        """The post or page that a file is by its name and place, in a walk that has entered its directory.

        The last answers are kept: whoever reads a file asks twice, and may read some dozens before it asks again.
        """
        document = self._recent.get(path)
        if document is None and (document := self._document(path)) is not None:
            if len(self._recent) >= _MOST_RECENT:
                self._recent.clear()
            self._recent[path] = document
        return document

    def _document(self, path: str) -> Document | None:
        parent, _, name = path.rpartition("/")
        below = self._plain.get(parent)
        if below is not None and _POST_NAME.fullmatch(name) and name[-1] != "~" and not is_media(name):
            return Document(path, below + name, "posts")
        area = self._areas.get(parent)
        if area == "site" or path in self._named:
            place = self._in_source(parent)
            kept = self._is_page(name) and (self._kept(name, place) or path in self._named)
            return Document(path, self._in_source(path), "pages", page=True) if kept else None
        if not isinstance(area, Area) or is_media(name):
            return None
        source_path = self._in_source(path)
        entry = source_path[len(area.base) + 1 :]
        if not self._kept(entry, area.base):
            return None
        if area.collection == "posts" and not (_DRAFT_NAME if area.drafts else _POST_NAME).fullmatch(name):
            return None
        return Document(path, source_path.removeprefix(self._above), area.collection, area.drafts)

    def _area_of(self, path: str) -> Area | Way | None:
        config = self._config
        parent, _, name = path.rpartition("/")
        above = self._areas.get(parent)
        if isinstance(above, Area):
            return above if above.collection != "posts" or not name.startswith(".") else None
        if path in self._collections:
            return Area(self._collections[path], name[1:])
        if path == config.source:
            return "site"
        if above == "site":
            place = self._in_source(parent)
            holds_posts = f"{place}/".startswith(self._above)
            if name == "_posts":
                return Area(_join(place, name), "posts") if holds_posts else None
            if name == "_drafts" and config.show_drafts:
                return Area(_join(place, name), "posts", drafts=True) if holds_posts else None
            if path != config.destination and self._kept(name, place):
                return "site"
        return "passage" if path in self._passages else None

    def _holds_plain_posts(self, path: str, area: Area) -> bool:
        """Whether in a directory the name alone tells a post: none is a draft, left out by a pattern, or a page."""
        entry = self._in_source(path)[len(area.base) + 1 :]
        judged = area.drafts or entry.startswith(_SPECIAL) or self._reaches(area.base) or path in self._named_in
        return area.collection == "posts" and not judged

    def _is_page(self, name: str) -> bool:
        return is_page_name(name, self._config.markdown)

    def _in_source(self, path: str) -> str:
        source = self._config.source
        return path[len(source) :].lstrip("/") if source else path

    def _kept(self, entry: str, base: str) -> bool:
        """``EntryFilter#filter`` for one entry below a base directory of the source."""
        if entry.endswith("."):
            return False
        name = entry.rpartition("/")[2]
        special = entry.startswith(_SPECIAL) or name.startswith(_SPECIAL) or entry.endswith("~")
        if not special and not self._excludes(base, entry):
            return True
        return self._included.match(entry) or (name != entry and self._included.match(name))

    def _excludes(self, base: str, entry: str) -> bool:
        return self._reaches(base) and self._excluded.match(_join(base, entry))

    def _reaches(self, base: str) -> bool:
        if base not in self._reached:
            self._reached[base] = self._excluded.reaches(base)
        return self._reached[base]


class _Patterns:
    """``EntryFilter#glob_include?``: each pattern is a glob, or simply the start of a path."""

    def __init__(self, patterns: Iterable[str]) -> None:
        anchored = tuple(f"/{pattern.lstrip('/')}" for pattern in patterns)
        self._starts = anchored
        self._directories = frozenset(pattern for pattern in anchored if pattern.endswith("/"))
        self._globs = tuple(fnmatch(pattern) for pattern in anchored if _WILD.search(pattern))

    def reaches(self, directory: str) -> bool:
        """Whether anything below a directory may match; True where that is not plain to see."""
        below = f"/{directory}/" if directory else "/"
        return bool(self._globs) or any(below.startswith(p) or p.startswith(below) for p in self._starts)

    def match(self, path: str) -> bool:
        whole = f"/{path}"
        if whole.startswith(self._starts) or (self._directories and f"{whole}/" in self._directories):
            return True
        return bool(self._globs) and any(glob.fullmatch(whole) for glob in self._globs)


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name


def _parents(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        while path := path.rpartition("/")[0]:
            yield path
