"""Jekyll's URLs: permalink templates and their placeholders, slugs, ids, and what its ``absolute_url`` makes of them.

Follows ``Jekyll::URL``, ``Drops::UrlDrop``, ``Utils.slugify`` and ``URLFilters`` of Jekyll 4.3.1 with Addressable
2.8.1, as the golden corpus of ``tests/sources/jekyll`` measures them. It touches no file and knows no post.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache
from typing import Final, NamedTuple
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
_LONGEST_KEPT: Final = 256
_PRETTY = frozenset("._~!$&'()+,;=@")
_LETTERS = (
    "A-Za-z"
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f"  # Latin
    "\u0391-\u03a1\u03a3-\u03c9\u0400-\u0481"  # Greek, Cyrillic
    "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"  # kana, ideographs, Hangul
)
"""Most of what slugs are written in; no mark, and no digit."""


@cache
def _among(characters: str) -> re.Pattern[str]:
    """Compiled when it is first needed: each takes 1.5 ms, whose ranges Python spreads over a table of 64 Ki."""
    return re.compile(characters)


_UNUSUAL = f"[^\\x00-\\x7f{_LETTERS}]"
_PRETTY_RUN = f"[^{_LETTERS}0-9._~!$&'()+,;=@]+"
_DEFAULT_RUN = f"[^{_LETTERS}0-9]+"


class UnknownPlaceholder(ValueError):
    """A permalink template asks for something that does not exist; Jekyll aborts the whole build here."""


class Place(NamedTuple):
    """What placeholders are made of. ``date`` is in the site's zone; ``slug`` and ``basename`` are raw."""

    date: datetime
    slug: str
    basename: str
    categories: tuple[str, ...]
    collection: str
    path: str
    """Below the collection's directory, without extension and trailing dots: ``Document#cleaned_relative_path``."""
    output_ext: str


_TWO: Final = tuple(f"{number:02}" for number in range(100))
"""Numbers of two digits: to look one up takes a third of the time of making it."""

_FIELDS: Final[Mapping[str, Callable[[Place], str]]] = {
    "categories": lambda p: "/".join(dict.fromkeys(map(downcase, p.categories))),
    "slugified_categories": lambda p: "/".join(dict.fromkeys(map(slugify, p.categories))),
    "collection": lambda p: p.collection,
    "path": lambda p: p.path,
    "name": lambda p: slugify(p.basename),
    "title": lambda p: slugify(p.slug, pretty=True),
    "slug": lambda p: slugify(p.slug),
    "output_ext": lambda p: p.output_ext,
    "year": lambda p: f"{_TWO[p.date.year // 100]}{_TWO[p.date.year % 100]}",
    "short_year": lambda p: _TWO[p.date.year % 100],
    "month": lambda p: _TWO[p.date.month],
    "i_month": lambda p: str(p.date.month),
    "short_month": lambda p: _MONTHS[p.date.month - 1][:3],
    "long_month": lambda p: _MONTHS[p.date.month - 1],
    "day": lambda p: _TWO[p.date.day],
    "i_day": lambda p: str(p.date.day),
    "y_day": lambda p: f"{p.date.timetuple().tm_yday:03}",
    "w_year": lambda p: f"{p.date.isocalendar().year:04}",
    "week": lambda p: f"{p.date.isocalendar().week:02}",
    "w_day": lambda p: str(p.date.isoweekday()),
    "short_day": lambda p: _DAYS[p.date.weekday()][:3],
    "long_day": lambda p: _DAYS[p.date.weekday()],
    "hour": lambda p: _TWO[p.date.hour],
    "minute": lambda p: _TWO[p.date.minute],
    "second": lambda p: _TWO[p.date.second],
}


_SHARED: Final = frozenset(("categories", "slugified_categories", "collection", "output_ext"))
"""Placeholders for which many posts have the same."""


def page_url(template: str, place: Place) -> str:
    """The page's URL below the site's ``baseurl``; raises UnknownPlaceholder.

    Values of placeholders are percent-encoded, the template's own text stays as it is written.
    """
    return page(template, place)[0]


def page(template: str, place: Place) -> tuple[str, str | None]:
    """The same, and the path that it stands for, not encoded; None where the template's own text has to be decoded."""
    prepared = _kept if sum(map(len, place.categories)) < _LONGEST_KEPT else _prepared
    escaped, literals, fields = prepared(template, place.categories, place.collection, place.output_ext)
    values = tuple([field(place) for field in fields])
    path = None if literals is None else sanitized(literals % values)
    if path is not None and _UNESCAPED.fullmatch(path):
        return path, path
    if not _UNESCAPED.fullmatch("".join(values)):
        values = tuple([value if value.isalnum() and value.isascii() else escape(value) for value in values])
    return sanitized(escaped % values), path


def _prepared(
    template: str, categories: tuple[str, ...], collection: str, output_ext: str
) -> tuple[str, str | None, tuple[Callable[[Place], str], ...]]:
    """A template for ``%`` with what many posts share filled in, encoded and as it is, and what fills in the rest.

    Encoding goes character by character and leaves alone what makes a path, so that it does not matter whether values
    are encoded or the whole, if the template itself has nothing to encode or to decode.
    """
    literals, names = _parsed(template)
    shared = Place(_ANY_DATE, "", "", categories, collection, "", output_ext)
    escaped, raw = [_doubled(literals[0])], [_doubled(literals[0])]
    for name, literal in zip(names, literals[1:], strict=True):
        value = _FIELDS[name](shared) if name in _SHARED else None
        escaped += ("%s" if value is None else _doubled(escape(value)), _doubled(literal))
        raw += ("%s" if value is None else _doubled(value), _doubled(literal))
    plain = all(map(_UNESCAPED.fullmatch, literals))
    fields = tuple(_FIELDS[name] for name in names if name not in _SHARED)
    return "".join(escaped), "".join(raw) if plain else None, fields


_kept = lru_cache(maxsize=1024)(_prepared)
_ANY_DATE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - no date is asked for


def _doubled(text: str) -> str:
    return text.replace("%", "%%")


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
    return f"{url.rstrip('/').rpartition('/')[0].rstrip('/')}/{slug.lstrip('/')}"


def post_id(site_url: str, baseurl: str, url: str, path: str | None, slug: str) -> str:
    """What jekyll-feed calls a post: the absolute URL of its :func:`jekyll_id`. ``path`` is ``url`` decoded, where that
    is known.

    Then most need not be taken apart: what is in its compatibility form already comes back as :func:`page` encoded it.
    """
    start, above, plain = _origin(site_url, baseurl)
    whole = jekyll_id(url, slug)
    if (
        path is None
        or not plain
        or "?" in whole
        or "#" in whole
        or "/." in whole
        or "%" in slug
        or slug[-1:].isspace()
        or not unicodedata.is_normalized("NFKC", path)
        or not unicodedata.is_normalized("NFKC", slug)
    ):
        return absolute_url(site_url, baseurl, whole)
    return f"{start}{above}{jekyll_id(url, escape(slug))}"


def live_url(base: str, url: str) -> str:
    """Where a page can be fetched: octets as Jekyll writes them, because servers compare octets."""
    return f"{base}{ascii_url(url)}"


def absolute_url(site_url: str, baseurl: str, url: str) -> str:
    """Liquid's ``absolute_url``, which jekyll-feed applies to ids: compatibility forms (NFKC), dots resolved.

    ``site_url`` is taken as it is written: one that ends in a slash gives ids with two, as it does in Jekyll.
    """
    start, base_path, _ = _origin(site_url, baseurl)
    path, hash_, fragment = f"{base_path}{_relative(url)}".partition("#")
    path, mark, query = path.partition("?")
    if "/." in path or not _UNESCAPED.fullmatch(path):
        path = path.strip()
        path = "/".join([part if part.isalnum() and part.isascii() else _normal(part) for part in path.split("/")])
        path = _without_dots(path) if "/." in path else path
    if not mark and not hash_:
        return f"{start}{path or '/'}"
    return f"{start}{path or '/'}{mark}{_encoded(query, _QUERY)}{hash_}{_encoded(fragment, _QUERY)}"


@lru_cache(maxsize=16)
def _origin(site_url: str, baseurl: str) -> tuple[str, str, bool]:
    """Scheme and host of a site's URL, normalised (nothing where it has no scheme), the path that all is below, and
    whether there is nothing in that path to encode or resolve."""
    parts = urlsplit(ascii_url(site_url) or site_url)
    host = parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")
    path = f"{parts.path}{_relative(baseurl.removesuffix('/'))}"
    plain = _UNESCAPED.fullmatch(path) is not None and "/." not in path
    return f"{parts.scheme}://{host}" if parts.scheme else "", path, plain


_QUERY = f"{_SUB_DELIMS}:@/?"


def _relative(path: str) -> str:
    """It begins with a slash, unless it is empty."""
    return path if not path or path.startswith("/") else f"/{path}"


def _normal(segment: str) -> str:
    if "%" not in segment and unicodedata.is_normalized("NFKC", segment):
        return escape(segment)
    return _encoded_category(segment) if len(segment) < _LONGEST_KEPT else _encoded(segment)


_SEGMENT: Final = f"{_SUB_DELIMS}:@"


def _encoded(text: str, safe: str = _SEGMENT) -> str:
    """Decoded, brought to its compatibility form where it is text, and percent-encoded again."""
    if not text:
        return ""
    octets = unquote_to_bytes(text)
    with suppress(UnicodeDecodeError):
        octets = unicodedata.normalize("NFKC", octets.decode()).encode()
    return quote(octets, safe=safe)


_encoded_category = lru_cache(maxsize=1024)(_encoded)
"""Kept, because the categories in a site's URLs are few."""


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
    if "./" in url or ".." in url:
        url = url.replace("..", "/").replace("./", "")
    if "//" in url:
        url = _SLASHES.sub("/", url)
    return url if url.startswith("/") else f"/{url}"


def escape(value: str) -> str:
    """``URL.escape_path``: percent-encoded but for what a path (and ``?``, left to itself) may hold."""
    return value if _UNESCAPED.fullmatch(value) else _quoted(value) if len(value) < _LONGEST_KEPT else _quote(value)


_OCTETS: Final = tuple(quote(bytes((octet,)), safe=f"{_SUB_DELIMS}:@/?") for octet in range(256))


def _quote(value: str) -> str:
    """``quote``, twice as fast: it is asked for every title in the letters of most languages."""
    return "".join([_OCTETS[octet] for octet in value.encode("utf-8", "replace")])


_quoted = lru_cache(maxsize=1024)(_quote)


def slugify(text: str, *, pretty: bool = False) -> str:
    """``Utils.slugify`` in its default mode, or in its ``pretty`` mode with the case kept."""
    if text.isascii() or not _among(_UNUSUAL).search(text):
        slug = _among(_PRETTY_RUN if pretty else _DEFAULT_RUN).sub("-", text)
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
