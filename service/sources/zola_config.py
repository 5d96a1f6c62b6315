"""What a Zola site says of itself: ``config.toml`` or ``zola.toml``, as Zola 0.22 reads it. Themes are not read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from feeds.frozen import frozen
from feeds.model import ChannelKind
from feeds.text import single_line
from feeds.uri import ascii_url, is_web_url
from service.content.scalars import Value, as_bool
from service.errors import Rejected, SourceUnavailable
from service.settings import LimitSettings
from service.sources import metadata, zola_letters
from service.sources.data_files import head_of, load
from service.sources.files import Tree
from service.sources.keys import Keys
from service.sources.source import FormerFeed
from service.sources.term_pages import Pattern, Termed

NAMES: Final = ("zola.toml", "config.toml")

_FORBIDDEN = re.compile(r"[<>:\"/\\|?*\n\r\t]")
"""What ``safe`` leaves out: what NTFS cannot have in a name."""
_BASE_URL = re.compile(r"^[ \t]*base_url[ \t]*=", re.MULTILINE)
_TAXONOMIES: Final[Mapping[str, Termed]] = {"tags": "tag", "categories": "category", "authors": "author"}


@frozen(frozen=True, slots=True)
class ZolaConfig:
    """The configuration. ``base_url`` has no slash at its end; "" where it cannot be used."""

    keys: Keys
    digest: str
    base_url: str
    language: str
    languages: frozenset[str]
    """Beside the default language, as they are written in file names and URLs."""
    slugs: str
    """``on``, ``safe`` or ``off``: how file names become paths."""
    keep_dates: bool
    feed_path: str
    former_feeds: tuple[FormerFeed, ...]
    term_pages: Mapping[str, str]
    """``tag``, ``category``, ``author``: the pattern of the pages of each."""


def sign(tree: Tree) -> str:
    """The configuration file that makes a directory a Zola site; "" where it is none."""
    if not tree.holds("content"):
        return ""
    for name in NAMES:
        try:
            if _BASE_URL.search(head_of(tree, name)):
                return name
        except Rejected:
            continue
    return ""


def read_config(tree: Tree, limits: LimitSettings, encoding: str) -> ZolaConfig:
    """Read the configuration below a root; a site without one has Zola's defaults.

    Raises SourceUnavailable with file, line and mend.
    """
    try:
        file = load(tree, NAMES, limits, encoding)
    except Rejected as error:
        raise SourceUnavailable(f"{tree.called}/{error}") from None
    values = file.value if isinstance(file.value, dict) else {}
    keys = Keys(values, file.positions, file.path)
    keys.problems += file.problems
    slugs = _table(keys.get("slugify"))
    paths = str(slugs.get("paths") or "on").lower()
    others = _table(keys.get("languages"))
    default = keys.text("default_language") or "en"
    return ZolaConfig(
        keys=keys,
        digest=file.digest,
        base_url=_base_url(keys),
        language=default,
        languages=frozenset(others) - {default},
        slugs=paths if paths in ("on", "safe", "off") else "on",
        keep_dates=as_bool(slugs.get("paths_keep_dates")),
        feed_path=f"/{_feeds(values)[0]}" if _generates(values) else "",
        former_feeds=_former_feeds(keys, default),
        term_pages=_term_pages(keys),
    )


def slug_of(text: str, how: str) -> str:
    """A path's last part as Zola makes it of a name or a ``slug``: ``slugify_paths``."""
    if how == "off":
        return text
    return zola_letters.slug(text) if how == "on" else _FORBIDDEN.sub("", text.rstrip(" ."))


def transliterated(text: str, how: str) -> bool:
    """Whether Zola writes a name in Latin letters in a way that is not known here."""
    return how == "on" and zola_letters.unknown(text)


def _base_url(keys: Keys) -> str:
    url = keys.text("base_url")
    if url == "/" or not url:
        return ""
    if not is_web_url(url):
        keys.warn(
            "base_url", "site-url-invalid", f"{url!r} is not a web address", "write one such as https://example.org"
        )
        return ""
    return ascii_url(url).rstrip("/")


def _feeds(said: Mapping[str, Value]) -> tuple[str, ...]:
    """The file names of feeds, as the configuration, or a language's table, has them."""
    names = said.get("feed_filenames")
    written = names if isinstance(names, list) and names else [said.get("feed_filename") or "atom.xml"]
    return tuple(single_line(str(name)).lstrip("/") for name in written)


def _generates(said: Mapping[str, Value]) -> bool:
    return any(as_bool(said.get(name)) for name in ("generate_feeds", "generate_feed"))


def _former_feeds(keys: Keys, default: str) -> tuple[FormerFeed, ...]:
    """Feeds beside the first of the home page: its others, those of languages' home pages, and those of terms.

    Zola writes those of a taxonomy that says ``feed``, whatever ``generate_feeds`` says. Those of sections are not
    named: no channel holds the same.
    """
    found = []
    others = [(tag, _table(said)) for tag, said in _table(keys.get("languages")).items() if tag != default]
    for tag, said in (("", keys.values), *others):
        prefix, names = f"/{tag}" if tag else "", _feeds(said)
        if _generates(said):
            kind: ChannelKind = "language" if tag else "site"
            found += [FormerFeed(kind, f"{prefix}/{name}", _document(name), tag) for name in names]
        for item in _taxonomies(said):
            if as_bool(item.get("feed")):
                path = f"{prefix}{_term_path(item, keys)}"
                found += [FormerFeed(_kind(item), f"{path}{name}", _document(name)) for name in names]
    return tuple(found)


def _document(name: str) -> Literal["rss.xml", "atom.xml"]:
    """What takes a feed's place, by its name: the template may be anybody's."""
    return "rss.xml" if "rss" in name.lower() else "atom.xml"


def _term_pages(keys: Keys) -> dict[str, str]:
    """``/tags/<slug>/`` where the site has that taxonomy."""
    return {_kind(item): _term_path(item, keys) for item in _taxonomies(keys.values)}


def _taxonomies(said: Mapping[str, Value]) -> list[Mapping[str, Value]]:
    """Those that are channels of ours and have pages."""
    written = said.get("taxonomies")
    tables = [_table(item) for item in (written if isinstance(written, list) else [])]
    shown = (item for item in tables if item.get("render") is None or as_bool(item.get("render")))
    return [item for item in shown if _name(item) in _TAXONOMIES]


def _name(taxonomy: Mapping[str, Value]) -> str:
    return str(taxonomy.get("name") or "").lower()


def _kind(taxonomy: Mapping[str, Value]) -> Termed:
    return _TAXONOMIES[_name(taxonomy)]


def _term_path(taxonomy: Mapping[str, Value], keys: Keys) -> Pattern:
    on = str(_table(keys.get("slugify")).get("taxonomies") or "on").lower() == "on"
    return f"/{_name(taxonomy)}/{':zola' if on else ':name'}/"


def _table(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def facts_language(config: ZolaConfig) -> str | None:
    """The site's language; Zola's own default ``en`` counts only where it is written."""
    return metadata.language(Keys({"lang": config.keys.get("default_language")}, {}, config.keys.path))
