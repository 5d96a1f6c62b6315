"""What a Zola site says of itself: ``config.toml`` or ``zola.toml``, as Zola 0.22 reads it. Themes are not read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from feeds.frozen import frozen
from feeds.text import single_line
from feeds.uri import ascii_url, is_web_url
from service.content.scalars import Value, as_bool
from service.errors import Rejected, SourceUnavailable
from service.settings import LimitSettings
from service.sources import metadata, zola_letters
from service.sources.data_files import head_of, load
from service.sources.files import Tree
from service.sources.keys import Keys

NAMES: Final = ("zola.toml", "config.toml")

_FORBIDDEN = re.compile(r"[<>:\"/\\|?*\n\r\t]")
"""What ``safe`` leaves out: what NTFS cannot have in a name."""
_BASE_URL = re.compile(r"^[ \t]*base_url[ \t]*=", re.MULTILINE)
_TAXONOMIES = {"tags": "tag", "categories": "category", "authors": "author"}


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
        raise SourceUnavailable(f"{tree.root}/{error}") from None
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
        feed_path=_feed_path(keys),
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


def _feed_path(keys: Keys) -> str:
    """Where the site's feed is: ``atom.xml``, unless the configuration names another, or none is made."""
    if not any(as_bool(keys.get(name)) for name in ("generate_feeds", "generate_feed")):
        return ""
    names = keys.get("feed_filenames")
    name = names[0] if isinstance(names, list) and names else keys.text("feed_filename")
    return f"/{single_line(str(name or 'atom.xml')).lstrip('/')}"


def _term_pages(keys: Keys) -> dict[str, str]:
    """``/tags/<slug>/`` where the site has that taxonomy."""
    written = keys.get("taxonomies")
    on = str(_table(keys.get("slugify")).get("taxonomies") or "on").lower() == "on"
    found = {}
    for item in written if isinstance(written, list) else []:
        name = str(item.get("name") or "").lower() if isinstance(item, dict) else ""
        render = item.get("render") if isinstance(item, dict) else None
        if name in _TAXONOMIES and (render is None or as_bool(render)):
            found[_TAXONOMIES[name]] = f"/{name}/{':zola' if on else ':name'}/"
    return found


def _table(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def facts_language(config: ZolaConfig) -> str | None:
    """The site's language; Zola's own default ``en`` counts only where it is written."""
    return metadata.language(Keys({"lang": config.keys.get("default_language")}, {}, config.keys.path))
