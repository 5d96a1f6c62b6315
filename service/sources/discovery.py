"""What search engines are told of a page: whether sitemaps list it, what it is a copy of, what it is a translation of.

Only what its own front matter and URL say. Whether it is out now, which of two pages with one URL wins, and whether
its translations exist is the index's business.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from feeds.text import single_line
from feeds.uri import ascii_url, is_web_url
from service.content.scalars import Plain, Value, as_bool, is_bool
from service.sources.keys import Keys

CANONICAL: Final = ("canonical_url", "canonical")
TRANSLATION: Final = (
    *("ref", "translation_key", "translationKey", "translationkey"),
    *("lang-ref", "lang_ref", "page_id", "translation_id"),
)
_ROBOTS: Final = frozenset(("indexing", "noindex", "robots"))
_COPIES: Final = frozenset(CANONICAL)
_VERSIONS: Final = frozenset(TRANSLATION)
KEYS: Final = _ROBOTS | _COPIES | _VERSIONS | {"redirect_to", "sitemap"}
"""All that is asked for here."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_YES = frozenset(("true", "yes", "on"))
_PORTS = {"http": ":80", "https": ":443"}


def noindex(keys: Keys) -> bool:
    """Whether the author asks search engines to stay away (``indexing``, ``noindex``, ``robots``)."""
    if keys.lacks(_ROBOTS):
        return False
    robots = keys.get("robots")
    return (
        keys.flag("indexing") is False
        or keys.flag("noindex") is True
        or (isinstance(robots, str) and "noindex" in robots.lower())
    )


def listed(keys: Keys, url: str, base: str, canonical: str | None) -> bool:
    """Whether sitemaps may list a page that is out.

    Not one that is not to be indexed, nor a copy, nor a redirect (``redirect_to`` of jekyll-redirect-from), nor one
    with ``sitemap: false``, or ``exclude`` or ``disable`` below ``sitemap``; nor one on another host than the site's,
    because a sitemap may not speak for it.
    """
    return not (
        canonical or noindex(keys) or _withheld(keys.get("sitemap")) or redirects(keys) or not is_below(url, base)
    )


def redirects(keys: Keys) -> bool:
    """Whether the page only leads to another."""
    target = keys.get("redirect_to")
    return bool(target) and as_bool(target)


def canonical(keys: Keys, url: str) -> str | None:
    """The page of which this one is a copy, by ``canonical_url`` (jekyll-seo-tag) or ``canonical``.

    None where the author names none, or this page itself in whatever spelling: scheme, ``index.html`` and a slash at
    the end tell no pages apart. A relative address counts from the page, as in HTML.
    """
    for key in () if keys.lacks(_COPIES) else CANONICAL:
        text = keys.text(key) if keys.flag(key) is None else ""
        if not text:
            continue
        found = _joined(url, text)
        if not found:
            keys.warn(key, "canonical-invalid", f"{text!r} is not the address of a page", "write its whole URL")
            continue
        return None if _spelled(found) == _spelled(url) else found
    return None


def translation(keys: Keys, url: str, base: str, language: str | None) -> str:
    """What the versions of a page in several languages have in common; "" where there is nothing to tell them by.

    The author's word (``ref``, ``translation_key``, ``lang-ref`` and their like) is taken as it is. Without one, a page
    that says its ``language`` itself, or has it from the site's front matter defaults, is known by its path below
    ``base`` without a first segment that is this language (``/ko/2024/a/``, ``/ko-kr/2024/a/`` and ``/2024/a/`` are
    all ``path:/2024/a``): the same slug in several languages. A language that only the site has makes no versions.
    """
    for key in () if keys.lacks(_VERSIONS) else TRANSLATION:
        value = keys.get(key)
        text = unicodedata.normalize("NFC", single_line(value)) if isinstance(value, str) else ""
        if text and not (isinstance(value, Plain) and is_bool(value)):
            return text
    if language is None or not is_below(url, base):
        return ""
    if url.startswith(f"{base}/") and "?" not in url and "#" not in url:
        return version(_decoded(url[len(base) :]), language)
    return version(_decoded(urlsplit(url).path.removeprefix(urlsplit(base).path)), language)


def version(path: str, language: str) -> str:
    """What a page is known by whose versions only its path tells: that below the site's base, decoded."""
    path = _spelling(path)
    first, _, rest = path[1:].partition("/")
    tag = language.lower()
    if first.lower().replace("_", "-") in (tag, tag.partition("-")[0]):
        path = f"/{rest}"
    return f"path:{path}"


def target(keys: Keys, url: str, base: str) -> str | None:
    """Where ``redirect_to`` leads: its text, or the first of its list; None where that is nowhere, or the page itself.

    A path counts from the site's ``base``, as in jekyll-redirect-from, whose pages name their target as canonical.
    """
    value = keys.get("redirect_to") if redirects(keys) else None
    text = next((item for item in value if item), None) if isinstance(value, list) else value
    if not isinstance(text, str) or is_bool(text) or not text.strip():
        return None
    text = text.strip()
    found = _joined(url, text if _SCHEME.match(text) or text.startswith("//") else f"{base}/{text.lstrip('/')}")
    return found if found and _spelled(found) != _spelled(url) else None


def _withheld(value: Value) -> bool:
    if isinstance(value, dict):
        said = (value.get(name) for name in ("exclude", "disable"))
        return any(isinstance(word, str) and word.strip().lower() in _YES for word in said)
    return isinstance(value, Plain) and is_bool(value) and not as_bool(value)


def _joined(page: str, text: str) -> str:
    try:
        url = ascii_url(urljoin(page, text))
    except ValueError:
        return ""
    return url if is_web_url(url) else ""


def is_below(url: str, base: str) -> bool:
    """Whether a page is on the site's host."""
    return url.startswith(f"{base}/") or _host(url) == _host(base)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ""))


def _spelled(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return _host(url), _spelling(_decoded(parts.path)), parts.query


def _decoded(path: str) -> str:
    return unquote_to_bytes(path).decode("utf-8", "replace") if "%" in path and path.isascii() else unquote(path)


def _spelling(text: str) -> str:
    """A decoded path as the one by which a page is known: in NFC, without ``index.html`` and a slash at its end."""
    text = (text if text.isascii() else unicodedata.normalize("NFC", text)).rstrip("/")
    if text.endswith(("/index.html", "/index.htm")):
        text = text.rpartition("/")[0].rstrip("/")
    return text or "/"
