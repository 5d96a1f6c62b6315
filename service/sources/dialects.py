"""Which kinds of directories there are, how the kind of one is found, and the one place that opens their dialects.

A generator's own configuration tells best; the order is that of :data:`_SIGNS`, and documented in README.md. Whoever
knows better sets ``source.kind``. Refuses to look into posts: what is found hangs on a few files at the root, and on
whether there is a ``_posts``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from re import Pattern
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from service.errors import Problem, Rejected, SourceUnavailable
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.settings_sources import DIRECTORY_KINDS, DirectoryKind
from service.sources import jekyll_config
from service.sources.data_files import head_of
from service.sources.files import Tree
from service.sources.jekyll import Jekyll
from service.sources.plain import Plain
from service.sources.source import Context, Fields, SiteFacts
from service.sources.walk import Entry

WORDS: Final[dict[DirectoryKind, str]] = {
    "jekyll": "a Jekyll site",
    "hugo": "a Hugo site",
    "eleventy": "an Eleventy site",
    "zola": "a Zola site",
    "plain": "a plain folder",
}

_HEXO = re.compile(
    r"^(?:skip_render|new_post_name|post_asset_folder|render_drafts|public_dir|i18n_dir|pretty_urls)[ \t]*:",
    re.MULTILINE,
)
"""Keys that Hexo's ``_config.yml`` has and Jekyll's has not; two of them are no accident."""


Understood = tuple[Fields, tuple[Problem, ...]]
Step = Callable[[Entry, Any], Any]


class Dialect(Protocol):
    """What the files of a directory mean, as of one opening."""

    facts: SiteFacts
    context: Context
    problems: tuple[Problem, ...]
    digest: str
    """Of everything but the file itself that a file's meaning hangs on."""
    window: int
    """The newest so many posts count; 0: all do."""

    def enter(self, path: str) -> bool: ...

    def wanted(self, path: str) -> bool: ...

    def opening(self, path: str) -> Pattern[bytes] | None:
        """How a file has to begin to be a post at all; None where it is judged as a whole."""
        ...

    def understand(self, entry: Entry, text: str, tree: Tree) -> Understood: ...


@runtime_checkable
class Stepwise(Protocol):
    """A dialect that understands files in steps. Each is quicker where it is done for many, one after the other."""

    @property
    def steps(self) -> Sequence[Step]:
        """What comes first: given the text, then what the step before gave. None needs the tree; each may raise
        Rejected."""
        ...

    def finish(self, entry: Entry, said: Any, tree: Tree) -> Understood:
        """The rest of :meth:`Dialect.understand`, given what the last step gave."""
        ...


@runtime_checkable
class Preparing(Protocol):
    """A dialect whose bodies hold what rendering does not know: shortcodes, paths of its own."""

    def prepare(self, entry: Entry, text: str, tree: Tree) -> tuple[str, tuple[Problem, ...]]:
        """The text as it is understood and kept: the same front matter, and a body that rendering knows."""
        ...


@runtime_checkable
class Neighbourly(Protocol):
    """A dialect in which the names of a file's neighbours are part of what it means."""

    def beside(self, path: str) -> str:
        """A word for them, part of the file's fingerprint: "" for nearly all, else it begins with a dot."""
        ...


class Detected(NamedTuple):
    """The kind of a directory, why in words, and the configuration that says so ("" where none does)."""

    kind: DirectoryKind
    why: str
    file: str = ""

    def __str__(self) -> str:
        return f"{WORDS[self.kind]} ({self.why})"


def detect(tree: Tree, settings: SourceSettings) -> Detected:
    """How a directory is read: as ``source.kind`` says, else by the first sign there is. Reads a few small files."""
    if settings.kind in DIRECTORY_KINDS:
        return Detected(settings.kind, "source.kind says so", _configuration(tree, settings.kind))
    for sign in _SIGNS:
        found = sign(tree)
        if found:
            return found
    return Detected("plain", "nothing tells of a generator")


def is_configured(directory: Path) -> bool:
    """Whether a generator's configuration lies in a directory: it is a site then, whatever else it holds."""
    try:
        with Tree(directory, follow=True) as tree:
            return any(sign(tree) for sign in _SIGNS if sign is not _posts)
    except SourceUnavailable:
        return False


def detected_at(settings: SourceSettings) -> Detected | None:
    """How a source's directory is read; None for an address. Raises SourceUnavailable where it cannot be listed."""
    if settings.path is None:
        return None
    with Tree(settings.root, follow=settings.follow_symlinks == "inside") as tree:
        return detect(tree, settings)


def open_dialect(
    detected: Detected, tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings
) -> Dialect:
    """The dialect of a directory. Raises SourceUnavailable where its configuration cannot be understood.

    Those that fewer sites need are loaded when one is met: Hugo's brings the Markdown parser, which a scan of no other
    site needs.
    """
    if detected.kind == "jekyll":
        return Jekyll(tree, settings, site, limits)
    if detected.kind == "eleventy":
        from service.sources.eleventy import Eleventy

        return Eleventy(tree, settings, site, limits)
    if detected.kind == "zola":
        from service.sources.zola import Zola

        return Zola(tree, settings, site, limits)
    if detected.kind == "hugo":
        from service.sources.hugo import Hugo

        return Hugo(tree, settings, site, limits)
    return Plain(settings, site, limits, hexo=detected.kind == "plain" and bool(detected.file))


def _jekyll(tree: Tree) -> Detected | None:
    name = next(filter(tree.exists, jekyll_config.NAMES), "")
    return Detected("jekyll", f"{name} is there", name) if name and not _is_hexo(tree, name) else None


def _hexo(tree: Tree) -> Detected | None:
    """Hexo has the name of its configuration from Jekyll, and posts that are none to Jekyll: a plain folder."""
    name = next(filter(tree.exists, jekyll_config.NAMES), "")
    return Detected("plain", f"{name} is Hexo's", name) if name else None


def _eleventy(tree: Tree) -> Detected | None:
    from service.sources import eleventy_config  # this and the others in turn, until one is met: 8 ms altogether

    name, why = eleventy_config.sign(tree)
    return Detected("eleventy", why, name) if why else None


def _zola(tree: Tree) -> Detected | None:
    from service.sources import zola_config

    name = zola_config.sign(tree)
    return Detected("zola", f"{name} has base_url, and there is a content directory", name) if name else None


def _hugo(tree: Tree) -> Detected | None:
    from service.sources import hugo_config

    why = hugo_config.is_hugo(tree)
    return Detected("hugo", why, hugo_config.configuration(tree)) if why else None


def _posts(tree: Tree) -> Detected | None:
    """Jekyll needs no configuration, but ``_posts`` it needs, be it deep in the tree."""
    found: list[str] = []

    def enter(path: str) -> bool:
        name = path.rpartition("/")[2]
        if name == "_posts":
            found.append(path)
        return not found and not name.startswith(".") and name != "node_modules"

    tree.walk(enter, lambda _: False)
    return Detected("jekyll", "it has a _posts directory") if found else None


_SIGNS: Final[tuple[Callable[[Tree], Detected | None], ...]] = (_jekyll, _hexo, _eleventy, _zola, _hugo, _posts)
"""In this order. ``_posts`` comes last: any generator may have a directory of that name."""


def _configuration(tree: Tree, kind: DirectoryKind) -> str:
    if kind == "plain":
        return ""
    from service.sources import eleventy_config, hugo_config, zola_config

    if kind == "hugo":
        return hugo_config.configuration(tree)
    names = {"jekyll": jekyll_config.NAMES, "eleventy": eleventy_config.NAMES, "zola": zola_config.NAMES}[kind]
    return next(filter(tree.exists, names), "")


def _is_hexo(tree: Tree, name: str) -> bool:
    try:
        return len(set(_HEXO.findall(head_of(tree, name)))) > 1 or '"hexo"' in head_of(tree, "package.json")
    except Rejected:
        return False
