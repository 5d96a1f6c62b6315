"""Where a site has a page of its own for each category or tag, and how such a page's address is made.

Only what ``_config.yml`` says to jekyll-archives and to the autopages of jekyll-paginate-v2: it is a pattern, and
whether the site was really built with the plugin nobody can see from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal
from urllib.parse import quote

from feeds.text import single_line
from service.content.permalinks import escape, slugify
from service.content.scalars import Unreadable, Value, as_bool, as_text, is_bool
from service.sources import zola_letters
from service.sources.hugo_urls import quoted, term_path
from service.sources.keys import Keys

Termed = Literal["category", "tag", "author"]
"""Kinds of channels for whose terms sites have pages."""

Pattern = str
"""A path below the site's URL with one of these in it:

``:name`` the label as it is written, ``:slug`` the slug of our own paths, ``:jekyll`` the label as Jekyll slugifies
it: it makes ``c`` of ``C++`` and ``.net`` of nothing, so it is neither of the other two; ``:hugo`` and ``:zola`` as
these do."""

_PLACEHOLDER: Final = re.compile(":(?:jekyll|hugo|zola|name|slug)")

_KINDS: Final[Mapping[str, tuple[str, str]]] = {"category": ("categories", ":cat"), "tag": ("tags", ":tag")}
"""Of each kind: the word in both plugins' settings, and the autopages' placeholder."""


def term_pages(keys: Keys) -> dict[str, Pattern]:
    """``category`` and ``tag`` to the pattern of their pages; "" where nothing says that the site has any."""
    plugins = {name for key in ("plugins", "gems") for name in _texts(keys.get(key))}
    found = dict.fromkeys(_KINDS, "")
    if "jekyll-paginate-v2" in plugins:
        found |= {kind: pattern for kind in _KINDS if (pattern := _autopage(keys.get("autopages"), kind))}
    if "jekyll-archives" in plugins:
        found |= {kind: pattern for kind in _KINDS if (pattern := _archive(keys.get("jekyll-archives"), kind))}
    return found


def is_lossy(pattern: Pattern) -> bool:
    """Whether an address does not tell the term: Jekyll makes ``c`` of ``C++``."""
    return any(name in pattern for name in (":jekyll", ":hugo", ":zola"))


def terms_in(pattern: Pattern, path: str) -> tuple[str, ...]:
    """What may be a term in the path of its page (as ``page_path`` writes both); () where none is."""
    match = re.fullmatch("(.+)".join(map(re.escape, _PLACEHOLDER.split(pattern))), path)
    return tuple(dict.fromkeys(match.groups())) if match else ()


def term_page(pattern: Pattern, label: str, slug: str) -> str:
    """The path below the site's URL of a term's page, percent-encoded; "" where the term cannot have one.

    ``slug`` is that of our own paths. No value has a colon in it, so none is taken for a placeholder.
    """
    for name, spelled in _SPELLED.items():
        if name in pattern:
            written = spelled(label)
            if not written.strip("/"):
                return ""
            pattern = pattern.replace(name, written)
    pattern = pattern.replace(":name", quote(single_line(label), safe="", errors="replace"))
    return pattern.replace(":slug", quote(slug, safe="", errors="replace"))


def _zola(label: str) -> str:
    return "" if zola_letters.unknown(label) else zola_letters.slug(label)


_SPELLED: Final[Mapping[str, Callable[[str], str]]] = {
    ":jekyll": lambda label: escape(slugify(label)),
    ":hugo": lambda label: quoted(term_path(label)),
    ":zola": _zola,
}
"""As generators write a label in an address; "" where they cannot."""


def _archive(value: Value, kind: str) -> Pattern:
    """jekyll-archives: ``enabled`` is a list of kinds, ``all`` or true; ``permalinks`` has defaults."""
    fields = _map(value)
    enabled = fields.get("enabled")
    if not (_text(enabled) == "all" or _is_true(enabled) or _KINDS[kind][0] in _texts(enabled)):
        return ""
    template = _text(_map(fields.get("permalinks")).get(kind)) or f"/{kind}/:name/"
    return _pattern(template.replace(":type", kind).replace(":name", ":jekyll"))


def _autopage(value: Value, kind: str) -> Pattern:
    """Autopages: on for all kinds once ``enabled``, unless a kind is switched off or slugified in a way of its own."""
    fields = _map(value)
    word, placeholder = _KINDS[kind]
    own = _map(fields.get(word))
    mode = _text(_map(own.get("slugify")).get("mode")) or "default"
    off = own.get("enabled") is not None and not as_bool(own.get("enabled"))
    if not _is_true(fields.get("enabled")) or off or mode != "default":
        return ""
    template = _text(own.get("permalink")) or f"/{kind}/{placeholder}"
    return _pattern(template.replace(placeholder, ":jekyll").rstrip("/") + "/")


def _pattern(template: str) -> Pattern:
    """The template as a path; "" where it has no place for a term, or another placeholder whose value we lack."""
    path = "/" + template.lstrip("/")
    return path if ":jekyll" in path and ":" not in path.replace(":jekyll", "") else ""


def _map(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def _is_true(value: Value) -> bool:
    return is_bool(value) and as_bool(value)


def _text(value: Value) -> str:
    try:
        return as_text(value)
    except Unreadable:
        return ""


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(_text(item) for item in value) if isinstance(value, list) else ()
