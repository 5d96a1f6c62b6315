"""A Hugo site's configuration: one file or the directories ``config/_default`` and ``config/production``, merged.

Follows Hugo 0.111.3 (``tests/sources/hugo``) and the documentation of later versions. Keys are case-blind, as there. A
file that cannot be understood makes the source unavailable, because every URL and date hangs on it. Themes, modules and
templates are not read.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from feeds.uri import ascii_url, is_web_url
from service.content.scalars import Plain, Position, Unreadable, Value, as_text
from service.errors import Rejected, SourceUnavailable
from service.settings import LimitSettings
from service.sources.data_files import DataFile, head_of, load
from service.sources.files import Tree
from service.sources.keys import Keys

_FORMATS: Final = ("toml", "yaml", "yml", "json")
NAMES: Final = tuple(f"{stem}.{ending}" for stem in ("hugo", "config") for ending in _FORMATS)
"""In the order in which Hugo looks for them; the first one counts."""

_DIRECTORIES: Final = ("config/_default", "config/production")
"""What ``hugo`` without more words builds with; the later wins."""

_PARTS: Final = (
    *("params", "languages", "permalinks", "taxonomies", "frontmatter", "markup", "module", "outputs", "outputformats"),
    *("author", "sitemap", "cascade", "services", "build", "social"),
)
"""Files of such a directory that hold what stands below the key by their name (``params.toml``)."""

_OWN_WORDS = re.compile(
    r"^[ \t{]*[\"']?(?:baseurl|languagecode|defaultcontentlanguage|permalinks|contentdir)[\"']?[ \t]*[=:]",
    re.IGNORECASE | re.MULTILINE,
)
_ZOLA = re.compile(r"^[ \t]*base_url[ \t]*=", re.MULTILINE)
_TRUE: Final = frozenset(("1", "t", "true"))
_FALSE: Final = frozenset(("0", "f", "false"))
_YAML_TRUE: Final = frozenset(("true", "yes", "on", "y"))
_YAML_FALSE: Final = frozenset(("false", "no", "off", "n"))


def is_hugo(tree: Tree) -> str:
    """Why a directory is a Hugo site, in words; "" where it is none.

    A ``config.toml`` may be Zola's, which says ``base_url``; and any program has a ``config.yaml``, so that ``content``
    or ``archetypes`` has to lie beside it.
    """
    for name in NAMES:
        if not tree.exists(name):
            continue
        if name.startswith("hugo."):
            return f"{name} is there"
        beside = next(filter(tree.holds, ("content", "archetypes")), "")
        if not beside:
            continue
        try:
            head = head_of(tree, name)
        except Rejected:
            continue
        if not _ZOLA.search(head) and (_OWN_WORDS.search(head) or tree.holds("archetypes")):
            return f"{name} and {beside} are there"
    return "config/_default is there" if _directory_files(tree, _DIRECTORIES[0]) else ""


def configuration(tree: Tree) -> str:
    """The file or directory that makes a directory a Hugo site; "" where there is none."""
    named = next(filter(tree.exists, NAMES), "")
    return named or next(iter(_directory_files(tree, _DIRECTORIES[0])), "")


@frozen(frozen=True, slots=True)
class Language:
    """One language of a site. ``base`` is its host's URL without a slash at its end; pages have ``prefix`` below it."""

    key: str
    tag: str | None
    base: str
    prefix: str
    title: str
    params: Mapping[str, Value]
    content: str
    """Directory of its own, relative to the root; "": the site's."""
    disabled: bool


@frozen(frozen=True, slots=True)
class HugoConfig:
    """What the configuration says. Keys are in lower case; paths relative to the root."""

    keys: Keys
    places: Mapping[str, tuple[str, Position]]
    """By top-level key, and by ``params.<key>``: the file and the place that say it."""
    digest: str
    zone: ZoneInfo
    base: str
    content: str
    languages: Mapping[str, Language]
    default: str
    """The key of the default language."""
    several: bool
    """Pages are versions of each other in several languages."""
    multihost: bool
    taxonomies: Mapping[str, str]
    """Singular to plural."""
    permalinks: Mapping[str, str]
    """Section (in lower case, "" for the root) to pattern."""
    ugly: bool
    ugly_sections: frozenset[str]
    lower: bool
    plain_accents: bool
    drafts: bool
    future: bool
    expired: bool
    dates: Mapping[str, tuple[str, ...]]
    """``date``, ``lastmod``, ``publishdate``, ``expirydate`` to the keys and ``:words`` asked in turn."""
    raw_html: bool
    hard_wraps: bool
    emoji: bool
    ignored: tuple[re.Pattern[str], ...]
    git: bool
    params: Mapping[str, Value]

    @property
    def markup(self) -> str:
        said = {"raw": self.raw_html, "breaks": self.hard_wraps, "emoji": self.emoji}
        return "+".join(("goldmark", *(name for name, on in said.items() if on)))


def lowered(value: Value) -> Value:
    """A value with the keys of its maps, at every depth, in lower case; of two that then agree the later counts."""
    if isinstance(value, dict):
        return {key.lower(): lowered(item) for key, item in value.items()}
    return [lowered(item) for item in value] if isinstance(value, list) else value


def truth(value: Value) -> bool | None:
    """A boolean as Hugo casts one: YAML's and TOML's own, ``"true"`` and ``"false"`` in quotes, numbers; else None."""
    if not isinstance(value, str):
        return None
    text = value.strip().lower()
    if isinstance(value, Plain):
        if text in _YAML_TRUE or text in _YAML_FALSE:
            return text in _YAML_TRUE
        if re.fullmatch(r"[-+]?[0-9]{1,18}", text):
            return int(text) != 0
    return True if text in _TRUE else False if text in _FALSE else None


def text_of(value: Value) -> str:
    """A scalar's text; "" for anything else."""
    try:
        return as_text(value)
    except Unreadable:
        return ""


def texts(value: Value) -> tuple[str, ...]:
    """The texts of a list, or the one there is."""
    items = value if isinstance(value, list) else [value]
    return tuple(filter(None, map(text_of, items)))


def table(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def read_config(tree: Tree, limits: LimitSettings, encoding: str, url: str, timezone: str) -> HugoConfig:
    """Read the configuration below a root; ``url`` and ``timezone`` of the settings override the content's.

    Raises SourceUnavailable with file, line and mend.
    """
    files = list(_files(tree, limits, encoding))
    values: dict[str, Value] = {}
    places: dict[str, tuple[str, Position]] = {}
    first = files[0].path if files else NAMES[0]
    for file in files:
        stem = posixpath.basename(file.path).partition(".")[0].lower()
        within = stem if posixpath.dirname(file.path) in _DIRECTORIES and stem in _PARTS else ""
        value = lowered(file.value)
        if value is not None and not isinstance(value, dict) and not (within and isinstance(value, list)):
            raise SourceUnavailable(f'{tree.called}/{file.path}:1:1 must hold keys with values, such as title = "x"')
        for key, place in file.positions.items():
            places[f"{within}.{key.lower()}" if within else key.lower()] = (file.path, place)
        values = _merged(values, {within: value} if within else table(value))
    keys = Keys(values, {key: place for key, (_, place) in places.items()}, first)
    keys.problems += (problem for file in files for problem in file.problems)
    return _config(keys, places, "".join(file.digest for file in files), url, timezone)


def _config(keys: Keys, places: Mapping[str, tuple[str, Position]], digest: str, url: str, timezone: str) -> HugoConfig:
    base = url or _base(keys, "baseurl", keys.get("baseurl"))
    default = keys.text("defaultcontentlanguage").lower() or "en"
    languages = _languages(keys, base, default, given=bool(url))
    renderer = table(table(table(keys.get("markup")).get("goldmark")).get("renderer"))
    ugly = keys.get("uglyurls")
    return HugoConfig(
        keys=keys,
        places=places,
        digest=hashlib.sha256(digest.encode()).hexdigest()[:16],
        zone=_zone(keys, timezone),
        base=base,
        content=_directory(keys.text("contentdir") or "content"),
        languages=languages,
        default=default,
        several=sum(not language.disabled for language in languages.values()) > 1,
        multihost=_hosts(keys),
        taxonomies=_taxonomies(keys),
        permalinks=_permalinks(keys),
        ugly=truth(ugly) is True,
        ugly_sections=frozenset(key for key, value in table(ugly).items() if truth(value)),
        lower=truth(keys.get("disablepathtolower")) is not True,
        plain_accents=truth(keys.get("removepathaccents")) is True,
        drafts=truth(keys.get("builddrafts")) is True,
        future=truth(keys.get("buildfuture")) is True,
        expired=truth(keys.get("buildexpired")) is True,
        dates=_dates(keys),
        raw_html=truth(renderer.get("unsafe")) is True,
        hard_wraps=truth(renderer.get("hardwraps")) is True,
        emoji=truth(keys.get("enableemoji")) is True,
        ignored=_ignored(keys),
        git=truth(keys.get("enablegitinfo")) is True,
        params=table(keys.get("params")),
    )


def _files(tree: Tree, limits: LimitSettings, encoding: str) -> Iterable[DataFile]:
    named = next(filter(tree.exists, NAMES), "")
    paths = [named] if named else []
    for directory in _DIRECTORIES:
        paths += _directory_files(tree, directory)
    for path in paths:
        try:
            yield load(tree, (path,), limits, encoding)
        except Rejected as error:
            raise SourceUnavailable(f"{tree.called}/{error}") from None


def _directory_files(tree: Tree, directory: str) -> list[str]:
    """The files of a configuration directory, the general one first."""
    names = ("hugo", "config", *_PARTS)
    return [
        path
        for name in names
        if (path := next(filter(tree.exists, (f"{directory}/{name}.{ending}" for ending in _FORMATS)), ""))
    ]


def _merged(base: Mapping[str, Value], over: Mapping[str, Value]) -> dict[str, Value]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _base(keys: Keys, key: str, value: Value) -> str:
    """A ``baseURL`` without a slash at its end; "" where it is none that pages could have (``/``)."""
    url = text_of(value)
    if url and not is_web_url(url):
        if url != "/":
            keys.warn(
                key, "site-url-invalid", f"{url!r} is not a web address", "write one such as https://example.org/"
            )
        return ""
    return ascii_url(url).rstrip("/")


def _hosts(keys: Keys) -> bool:
    return any(text_of(table(item).get("baseurl")) for item in table(keys.get("languages")).values())


def _languages(keys: Keys, base: str, default: str, *, given: bool) -> dict[str, Language]:
    """By key, the default one among them. ``given``: the settings say the site's URL, and hosts are not told apart."""
    said = {key: table(value) for key, value in table(keys.get("languages")).items()}
    out = {key.lower() for key in texts(keys.get("disablelanguages"))}
    hosts = _hosts(keys)
    below = truth(keys.get("defaultcontentlanguageinsubdir")) is True
    several = sum(key not in out and truth(item.get("disabled")) is not True for key, item in said.items()) > 1
    found = {}
    for key in (default, *(key for key in said if key != default)):
        own = said.get(key, {})
        host = "" if given else _base(keys, "languages", own.get("baseurl"))
        prefix = "" if host or (hosts and not given) or (key == default and not (below and several)) else f"/{key}"
        code = text_of(own.get("languagecode")) or (keys.text("languagecode") if key == default else "")
        explicit = key in said or keys.has("defaultcontentlanguage")
        found[key] = Language(
            key=key,
            tag=code or (key if explicit else None),
            base=host or base,
            prefix=prefix,
            title=text_of(own.get("title")),
            params=table(own.get("params")),
            content=_directory(text_of(own.get("contentdir"))) if own.get("contentdir") else "",
            disabled=key in out or truth(own.get("disabled")) is True,
        )
    return found


def _taxonomies(keys: Keys) -> dict[str, str]:
    if not keys.has("taxonomies"):
        return {"category": "categories", "tag": "tags"}
    return {key: text_of(value).lower() for key, value in table(keys.get("taxonomies")).items() if text_of(value)}


def _permalinks(keys: Keys) -> dict[str, str]:
    """Patterns of pages: ``[permalinks]``, and ``[permalinks.page]`` of later versions."""
    written = table(keys.get("permalinks"))
    found = {key: text_of(value) for key, value in (written | table(written.get("page"))).items()}
    return {key.strip(" /"): pattern for key, pattern in found.items() if pattern}


_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "lastmod": ("lastmod", "modified"),
    "publishdate": ("publishdate", "pubdate", "published"),
    "expirydate": ("expirydate", "unpublishdate"),
}
_CHAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "publishdate", "lastmod"),
    "lastmod": (":git", "lastmod", "date", "publishdate"),
    "publishdate": ("publishdate", "date"),
    "expirydate": ("expirydate",),
}


def _dates(keys: Keys) -> dict[str, tuple[str, ...]]:
    """The chains of ``[frontmatter]``, with ``:default`` and Hugo's aliases written out."""
    written = table(keys.get("frontmatter"))
    found = {}
    for name, chain in _CHAINS.items():
        asked = [word.lower() for word in texts(written.get(name))] if name in written else list(chain)
        whole = [word for item in asked for word in (chain if item == ":default" else (item,))]
        found[name] = tuple(dict.fromkeys(word for item in whole for word in _ALIASES.get(item, (item,))))
    return found


def _ignored(keys: Keys) -> tuple[re.Pattern[str], ...]:
    found = []
    for pattern in texts(keys.get("ignorefiles")):
        try:
            found.append(re.compile(pattern))
        except re.error as error:
            keys.warn("ignorefiles", "value-invalid", f"ignoreFiles: {pattern!r} is no pattern ({error})")
    return tuple(found)


def _directory(path: str) -> str:
    """A path relative to the root without dots and slashes at its ends; what leads out of it counts as the default."""
    cleaned = posixpath.normpath(path).strip("/")
    return "" if cleaned == "." or cleaned.startswith("..") else cleaned


def _zone(keys: Keys, timezone: str) -> ZoneInfo:
    name = timezone or keys.text("timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        keys.warn(
            "timezone", "timezone-unknown", f"timeZone: there is no zone {name!r}; UTC counts", "write Asia/Seoul"
        )
        return ZoneInfo("UTC")
