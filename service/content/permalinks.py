"""Jekyll's URLs: permalink templates and their placeholders, slugs, ids, and what its ``absolute_url`` makes of them.

Follows ``Jekyll::URL``, ``Drops::UrlDrop``, ``Utils.slugify`` and ``URLFilters`` of Jekyll 4.3.1 with Addressable
2.8.1, as the golden corpus of ``tests/sources/jekyll`` measures them. It touches no file and knows no post.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from feeds.uri import ascii_url

STYLES: Final[Mapping[str, str]] = {
    "none": "/:categories/:title:output_ext",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
}
"""Names that the site's ``permalink`` may have. A post's own ``permalink`` is always a template."""

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September"]
_MONTHS += ["October", "November", "December"]
"""English whatever the locale, as Ruby's strftime."""

_PLACEHOLDER = re.compile(r":([a-z_]+)")
_SLASHES = re.compile(r"/{2,}")
_UNESCAPED = re.compile(r"[A-Za-z0-9/._~-]*")
"""Most paths and their segments: nothing to do."""
_SUB_DELIMS = "!$&'()*+,;="
_PRETTY = frozenset("._~!$&'()+,;=@")
_PRETTY_ASCII = re.compile(r"[^A-Za-z0-9._~!$&'()+,;=@]+")
_DEFAULT_ASCII = re.compile(r"[^A-Za-z0-9]+")


class UnknownPlaceholder(ValueError):
    """A permalink template asks for something that does not exist; Jekyll aborts the whole build here."""


@dataclass(frozen=True, slots=True)
class Place:
    """What placeholders are made of. ``date`` is in the site's zone; ``slug`` and ``basename`` are raw."""

    date: datetime
    slug: str
    basename: str
    categories: tuple[str, ...]
    collection: str
    path: str
    """Below the collection's directory, without extension and trailing dots: ``Document#cleaned_relative_path``."""
    output_ext: str


_FIELDS: Final[Mapping[str, Callable[[Place], str]]] = {
    "categories": lambda p: "/".join(dict.fromkeys(map(downcase, p.categories))),
    "slugified_categories": lambda p: "/".join(dict.fromkeys(map(slugify, p.categories))),
    "collection": lambda p: p.collection,
    "path": lambda p: p.path,
    "name": lambda p: slugify(p.basename),
    "title": lambda p: slugify(p.slug, pretty=True),
    "slug": lambda p: slugify(p.slug),
    "output_ext": lambda p: p.output_ext,
    "year": lambda p: f"{p.date.year:04}",
    "short_year": lambda p: f"{p.date.year % 100:02}",
    "month": lambda p: f"{p.date.month:02}",
    "i_month": lambda p: str(p.date.month),
    "short_month": lambda p: _MONTHS[p.date.month - 1][:3],
    "long_month": lambda p: _MONTHS[p.date.month - 1],
    "day": lambda p: f"{p.date.day:02}",
    "i_day": lambda p: str(p.date.day),
    "y_day": lambda p: f"{p.date.timetuple().tm_yday:03}",
    "w_year": lambda p: f"{p.date.isocalendar().year:04}",
    "week": lambda p: f"{p.date.isocalendar().week:02}",
    "w_day": lambda p: str(p.date.isoweekday()),
    "short_day": lambda p: _DAYS[p.date.weekday()][:3],
    "long_day": lambda p: _DAYS[p.date.weekday()],
    "hour": lambda p: f"{p.date.hour:02}",
    "minute": lambda p: f"{p.date.minute:02}",
    "second": lambda p: f"{p.date.second:02}",
}


def page_url(template: str, place: Place) -> str:
    """The page's URL below the site's ``baseurl``; raises UnknownPlaceholder.

    Values of placeholders are percent-encoded, the template's own text stays as it is written.
    """
    literals, names = _parsed(template)
    parts = [literals[0]]
    for name, literal in zip(names, literals[1:], strict=True):
        value = _FIELDS[name](place)
        parts += (value if value.isdigit() and value.isascii() else escape(value), literal)
    return sanitized("".join(parts))


def check(template: str) -> None:
    """Raises UnknownPlaceholder where a template cannot be used."""
    _parsed(template)


@lru_cache(maxsize=256)
def _parsed(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A template as literals and the names between them. ``:month_`` is ``:month`` and an underscore."""
    literals, names, here = [], [], 0
    for match in _PLACEHOLDER.finditer(template):
        name = match[1] if match[1] in _FIELDS else match[1].removesuffix("_")
        if name not in _FIELDS:
            raise UnknownPlaceholder(f"{match[0]} is not a placeholder of permalinks")
        literals.append(template[here : match.start()])
        names.append(name)
        here = match.start(1) + len(name)
    return (*literals, template[here:]), tuple(names)


def with_suffix(template: str, style: str) -> str:
    """A collection's template, ending as the site's permalink style ends (``Utils.add_permalink_suffix``)."""
    if style == "pretty" or style.endswith("/"):
        return f"{template}/"
    if style in ("date", "ordinal", "none") or style.endswith(":output_ext"):
        return f"{template}:output_ext"
    return template


def jekyll_id(url: str, slug: str) -> str:
    """``Document#id``: the URL's directory and the raw slug."""
    parent = url.rstrip("/").rpartition("/")[0]
    return f"{parent.rstrip('/')}/{slug.lstrip('/')}"


def live_url(base: str, url: str) -> str:
    """Where a page can be fetched: octets as Jekyll writes them, because servers compare octets."""
    return f"{base}{ascii_url(url)}"


def absolute_url(site_url: str, baseurl: str, url: str) -> str:
    """Liquid's ``absolute_url``, which jekyll-feed applies to ids: compatibility forms (NFKC), dots resolved.

    ``site_url`` is taken as it is written: one that ends in a slash gives ids with two, as it does in Jekyll.
    """
    start, base_path = _origin(site_url)
    path, hash_, fragment = f"{base_path}{_relative(baseurl, url)}".partition("#")
    path, mark, query = path.partition("?")
    if "/." in path or not _UNESCAPED.fullmatch(path):
        path = _without_dots("/".join(map(_normal, path.strip().split("/"))))
    return f"{start}{path or '/'}{mark}{_encoded(query, _QUERY)}{hash_}{_encoded(fragment, _QUERY)}"


@lru_cache(maxsize=16)
def _origin(site_url: str) -> tuple[str, str]:
    """Scheme and host of a site's URL, normalised, and its path; nothing where it has no scheme."""
    parts = urlsplit(ascii_url(site_url) or site_url)
    host = parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")
    return f"{parts.scheme}://{host}" if parts.scheme else "", parts.path


_QUERY = f"{_SUB_DELIMS}:@/?"


def _relative(baseurl: str, url: str) -> str:
    """Both begin with a slash, unless they are empty."""
    parts = (baseurl.removesuffix("/"), url)
    return "".join(part if not part or part.startswith("/") else f"/{part}" for part in parts)


def _normal(segment: str) -> str:
    if _UNESCAPED.fullmatch(segment):
        return segment
    return _encoded_segment(segment) if len(segment) < _LONGEST_KEPT else _encoded(segment, f"{_SUB_DELIMS}:@")


_LONGEST_KEPT: Final = 256


@lru_cache(maxsize=1024)
def _encoded_segment(segment: str) -> str:
    """Kept, because the categories in a site's URLs are few."""
    return _encoded(segment, f"{_SUB_DELIMS}:@")


def _encoded(text: str, safe: str) -> str:
    """Decoded, brought to its compatibility form where it is text, and percent-encoded again."""
    if not text:
        return ""
    octets = unquote_to_bytes(text)
    with suppress(UnicodeDecodeError):
        octets = unicodedata.normalize("NFKC", octets.decode()).encode()
    return quote(octets, safe=safe)


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[max(len(kept) - 1, 1) :]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def sanitized(url: str) -> str:
    """``URL#sanitize_url``: no parent directories, no empty ones, one leading slash."""
    url = f"/{url}"
    if "./" in url or ".." in url:
        url = url.replace("..", "/").replace("./", "")
    return _SLASHES.sub("/", url) if "//" in url else url


def escape(value: str) -> str:
    """``URL.escape_path``: percent-encoded but for what a path (and ``?``, left to itself) may hold."""
    return value if _UNESCAPED.fullmatch(value) else quote(value, safe=f"{_SUB_DELIMS}:@/?", errors="replace")


def slugify(text: str, *, pretty: bool = False) -> str:
    """``Utils.slugify`` in its default mode, or in its ``pretty`` mode with the case kept."""
    if text.isascii():
        slug = (_PRETTY_ASCII if pretty else _DEFAULT_ASCII).sub("-", text)
    else:
        allowed = _PRETTY if pretty else frozenset[str]()
        slug = "".join(c if c in allowed or _is_word(c) else " " for c in text)
        slug = re.sub(" +", "-", slug)
    slug = slug.removeprefix("-").removesuffix("-")
    return slug if pretty else downcase(slug)


def _is_word(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"


def downcase(text: str) -> str:
    """Ruby's ``downcase``: character by character (Python's ``lower`` looks around a final sigma)."""
    return text.lower() if text.isascii() else "".join(c.lower() for c in text)


def titleize(slug: str) -> str:
    """``Utils.titleize_slug``: the title of a post that has none, from its file name."""
    return " ".join(word.capitalize() for word in slug.split("-")).strip()
