"""A Jekyll site's configuration: the keys of ``_config.yml`` that decide what a post is, with Jekyll's defaults.

A value of the wrong kind counts as absent, with a warning; a file that cannot be understood at all makes the source
unavailable, because every URL and date hangs on it. Layouts, themes and plugins are none of our business.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from service.content.permalinks import STYLES, UnknownPlaceholder, check, with_suffix
from service.content.scalars import Unreadable, Value, as_bool, as_list_of_text, as_text
from service.errors import Rejected, SourceUnavailable
from service.settings import LimitSettings
from service.sources.data_files import load
from service.sources.files import Tree
from service.sources.keys import Keys

NAMES: Final = ("_config.yml", "_config.yaml", "_config.toml")
"""In the order in which Jekyll looks for them; the first one counts."""

_EXCLUDED: Final[tuple[str, ...]] = (
    *(".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)
_MARKDOWN = "markdown,mkdown,mkdn,mkd,md"


@frozen(frozen=True, slots=True)
class Collection:
    """A collection whose documents become pages (``output: true``), with its permalink template."""

    label: str
    permalink: str


@frozen(frozen=True, slots=True)
class JekyllConfig:
    """What ``_config.yml`` says. Paths are relative to the root, ``collections_dir`` to the site's source."""

    keys: Keys
    digest: str
    source: str
    destination: str
    collections_dir: str
    data_dir: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    markdown: frozenset[str]
    """Extensions of Markdown files, lower-case, without the dot."""
    zone: ZoneInfo
    permalink: str
    """The site's style: one of :data:`~service.content.permalinks.STYLES`, or a template."""
    excerpt_separator: str
    future: bool
    unpublished: bool
    show_drafts: bool
    limit_posts: int
    collections: Mapping[str, Collection]
    defaults: tuple[Mapping[str, Value], ...]


def read_config(tree: Tree, limits: LimitSettings, encoding: str = "utf-8", timezone: str = "") -> JekyllConfig:
    """Read the configuration below a root; a site without one has Jekyll's defaults.

    ``timezone`` overrides the content's. Raises SourceUnavailable with file, line and mend.
    """
    try:
        file = load(tree, NAMES, limits, encoding)
    except Rejected as error:
        raise SourceUnavailable(f"{tree.called}/{error}") from None
    if file.value is not None and not isinstance(file.value, dict):
        raise SourceUnavailable(f"{tree.called}/{file.path}:1:1 must hold keys with values, such as `title: My site`")
    keys = Keys(file.value or {}, file.positions, file.path)
    keys.problems += file.problems
    source = _directory(keys, "source", "")
    if source.startswith(".."):
        raise SourceUnavailable(f"{tree.called}/{file.path}: source: {source} lies outside; point Feedmill there")
    return JekyllConfig(
        keys=keys,
        digest=file.digest,
        source=source,
        destination=_directory(keys, "destination", "_site"),
        collections_dir=_directory(keys, "collections_dir", ""),
        data_dir=posixpath.join(source, _directory(keys, "data_dir", "_data")),
        include=_texts(keys, "include") or (".htaccess",),
        exclude=(*_texts(keys, "exclude"), *_EXCLUDED),
        markdown=frozenset(ext.strip().lower() for ext in (keys.text("markdown_ext") or _MARKDOWN).split(",")),
        zone=_zone(keys, timezone),
        permalink=keys.text("permalink") or "date",
        excerpt_separator=raw_text(keys, "excerpt_separator", "\n\n"),
        future=truth(keys, "future"),
        unpublished=truth(keys, "unpublished"),
        show_drafts=truth(keys, "show_drafts"),
        limit_posts=max(keys.number("limit_posts", keys.get("limit_posts")) or 0, 0),
        collections=_collections(keys, tree.called),
        defaults=_defaults(keys),
    )


def truth(keys: Keys, key: str) -> bool:
    """Ruby's truth of a key; False where it is absent or null."""
    return keys.get(key) is not None and as_bool(keys.get(key))


def raw_text(keys: Keys, key: str, default: str) -> str:
    """A text with its white space, where the key is there and not false."""
    value = keys.get(key)
    return str(value) if isinstance(value, str) and as_bool(value) else default


def _directory(keys: Keys, key: str, default: str) -> str:
    """A path relative to the root without dots and slashes at its ends."""
    path = posixpath.normpath(keys.text(key) or default or ".").lstrip("/")
    return "" if path == "." else path


def _texts(keys: Keys, key: str) -> tuple[str, ...]:
    return keys.read(key, as_list_of_text) or ()


def _zone(keys: Keys, timezone: str) -> ZoneInfo:
    name = timezone or keys.text("timezone")
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        keys.warn(
            "timezone", "timezone-unknown", f"{name!r} is not an IANA time zone; UTC is used", "such as Asia/Seoul"
        )
        return ZoneInfo("UTC")


def _collections(keys: Keys, root: str) -> dict[str, Collection]:
    """``posts``, and the other collections with ``output: true``."""
    style = keys.text("permalink") or "date"
    written = keys.get("collections")
    if isinstance(written, list):
        written = {str(label): None for label in written if isinstance(label, str)}
    found = {"posts": Collection("posts", STYLES.get(style, style))}
    for label, fields in (written if isinstance(written, dict) else {}).items():
        fields = fields if isinstance(fields, dict) else {}
        permalink = _permalink(fields.get("permalink"))
        if label == "posts":
            found[label] = Collection(label, permalink or found[label].permalink)
        elif fields.get("output") is not None and as_bool(fields.get("output")):
            found[label] = Collection(label, permalink or with_suffix("/:collection/:path", style))
    for collection in found.values():
        try:
            check(collection.permalink)
        except UnknownPlaceholder as error:
            raise SourceUnavailable(f"{root}/{keys.path}: permalink {collection.permalink}: {error}") from None
    return found


def _permalink(value: Value) -> str:
    try:
        return as_text(value)
    except Unreadable:
        return ""


def _defaults(keys: Keys) -> tuple[Mapping[str, Value], ...]:
    value = keys.get("defaults")
    sets = value if isinstance(value, list) else []
    valid = [item for item in sets if isinstance(item, dict) and isinstance(item.get("values"), dict)]
    if len(valid) != len(sets) or not isinstance(value, list | None):
        keys.warn("defaults", "defaults-invalid", "an entry of defaults has no `values`, it is ignored")
    return tuple(valid)
