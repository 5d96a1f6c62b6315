"""The addresses of a Hugo site's pages: ``url``, permalink patterns, slugs and paths, as Hugo 0.111.3 builds them.

Knows no front matter and no files; what a page says of itself is handed in.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote_plus

from feeds.frozen import frozen

_PLACEHOLDER = re.compile(r":\w+(?:\[.+?\])?")
_MARKS = frozenset("./\\_#+~-@")
_HEXADECIMAL = re.compile(r"%[0-9a-fA-F]{2}")
_SLICE = re.compile(r"\[\s*(\d+|last)?\s*(:)?\s*(\d+|last)?\s*\]")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_LAYOUT = re.compile(r"2006|January|Jan|Monday|Mon|002|01|02|03|04|05|06|15|PM|pm|_2|1|2|3|4|5")
"""The words of Go's date layouts, longest first."""


class UnknownPlaceholder(ValueError):
    """A permalink pattern asks for something that no page has."""


@frozen(frozen=True, slots=True)
class Spelling:
    """How a site spells its paths."""

    lower: bool = True
    plain_accents: bool = False

    def path(self, text: str) -> str:
        """``MakePathSanitized``: white space becomes hyphens, most punctuation goes, letters of every script stay."""
        if self.plain_accents:
            bare = (c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
            text = unicodedata.normalize("NFC", "".join(bare))
        cleaned = _sanitized(text)
        return cleaned.lower() if self.lower else cleaned


def _sanitized(text: str) -> str:
    if all(_allowed(text, i) for i in range(len(text))):
        return text
    kept: list[str] = []
    pending = hyphen = False
    for i, character in enumerate(text):
        if _allowed(text, i):
            hyphen = character == "-"
            if pending and not hyphen:
                kept.append("-")
            pending = False
            kept.append(character)
        elif kept and not hyphen and character.isspace():
            pending = True
    return "".join(kept)


def _allowed(text: str, i: int) -> bool:
    character = text[i]
    if character.isalpha() or character.isdecimal() or character in _MARKS:
        return True
    if character == "%":
        return _HEXADECIMAL.match(text, i) is not None
    return unicodedata.category(character) in ("Mn", "Mc", "Me")


@frozen(frozen=True, slots=True)
class AddressParts:
    """What a page's address is made of. ``date`` is None where it has none, and in its own zone where it has."""

    directory: str
    base: str
    sections: tuple[str, ...]
    title: str
    date: datetime | None = None
    slug: str = ""
    url: str = ""
    section_slugs: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        return self.directory.partition("/")[0]


def page_path(page: AddressParts, pattern: str, spelling: Spelling, *, ugly: bool = False, prefix: str = "") -> str:
    """A page's path below the site's base, percent-encoded. Raises UnknownPlaceholder.

    ``pattern`` is its section's permalink ("": none), ``prefix`` its language's.
    """
    if page.url:
        return quoted((prefix if not page.url.startswith("/") else "") + _own(page.url))
    if pattern:
        place = unquote_plus(expand(pattern, page, spelling))
    else:
        place = posixpath.join(page.directory, page.slug or page.base)
    whole = posixpath.join("/", prefix.strip("/"), place.strip("/")).rstrip("/")
    whole = posixpath.normpath(whole) if whole else ""
    if not pattern and page.base == "index" and not page.slug:
        return quoted(spelling.path(whole.removesuffix("index")) or "/")
    return quoted(spelling.path(whole + (".html" if ugly else "/")))


def _own(url: str) -> str:
    """Front matter's ``url``: as it is written; a slash ends it unless it has a dot."""
    path = posixpath.normpath(f"/{url.lstrip('/')}")
    file = "." in url and not url.endswith("/")
    if file and path.endswith("/index.html"):
        return path.removesuffix("index.html")  # Hugo prints a slash after it, where nothing is
    return path if file else path.rstrip("/") + "/"


def expand(pattern: str, page: AddressParts, spelling: Spelling) -> str:
    """A permalink pattern with its values put in. Raises UnknownPlaceholder."""
    return _PLACEHOLDER.sub(lambda match: _value(match[0][1:], page, spelling), pattern)


def check(pattern: str) -> None:
    """Raises UnknownPlaceholder where some page could not have an address by this pattern."""
    expand(pattern, AddressParts("a", "b", ("a",), "t"), Spelling())


def _value(name: str, page: AddressParts, spelling: Spelling) -> str:
    maker = _MAKERS.get(name)
    if maker is not None:
        return maker(page, spelling)
    for word, names in (("sections[", page.sections), ("sectionslugs[", page.section_slugs)):
        if name.startswith(word):
            found = sliced(names, name[len(word) - 1 :])
            return posixpath.join(*found) if found else ""
    made = go_date(name, page.date)
    if made is None:
        raise UnknownPlaceholder(f"the permalink placeholder :{name} is unknown")
    return made


def sliced(names: Sequence[str], cut: str) -> Sequence[str]:
    """``[1:]``, ``[0]``, ``[last]`` of the sections; nothing where that is out of range."""
    match = _SLICE.fullmatch(cut)
    if not match or not names:
        return ()
    last = len(names) - 1
    low, high = ((last if word == "last" else int(word)) if word else None for word in match.group(1, 3))
    if not match[2]:
        return names[low : low + 1] if low is not None else names[:1]
    return names[low:high] if low is None or low < len(names) else ()


def go_date(layout: str, date: datetime | None) -> str | None:
    """A date by one of Go's layouts (``2006-01-02``); None where the layout has no word of a date in it."""
    if not _LAYOUT.search(layout):
        return None
    year, month, day = (date.year, date.month, date.day) if date else (1, 1, 1)
    hour, minute, second = (date.hour, date.minute, date.second) if date else (0, 0, 0)
    weekday = _WEEKDAYS[date.isoweekday() % 7] if date else "Monday"
    half = "PM" if hour >= 12 else "AM"
    words = {
        "2006": f"{year:04}", "06": f"{year % 100:02}", "January": _MONTHS[month - 1], "Jan": _MONTHS[month - 1][:3],
        "Monday": weekday, "Mon": weekday[:3], "002": f"{date.timetuple().tm_yday if date else 1:03}",
        "01": f"{month:02}", "1": str(month), "02": f"{day:02}", "_2": f"{day:2}", "2": str(day),
        "15": f"{hour:02}", "03": f"{(hour % 12) or 12:02}", "3": str((hour % 12) or 12),
        "04": f"{minute:02}", "4": str(minute), "05": f"{second:02}", "5": str(second), "PM": half, "pm": half.lower(),
    }  # fmt: skip
    return _LAYOUT.sub(lambda match: words[match[0]], layout)


def _dated(make: Callable[[datetime], str], none: str) -> Callable[[AddressParts, Spelling], str]:
    """A part of the date; of a page without one what the first of January of the year 1 gives, as in Hugo."""
    return lambda page, _: make(page.date) if page.date else none


def _slug_or(page: AddressParts, other: str, spelling: Spelling) -> str:
    return spelling.path(page.slug or other)


_MAKERS: Final[Mapping[str, Callable[[AddressParts, Spelling], str]]] = {
    "year": _dated(lambda date: str(date.year), "1"),
    "month": _dated(lambda date: f"{date.month:02}", "01"),
    "monthname": _dated(lambda date: _MONTHS[date.month - 1], "January"),
    "day": _dated(lambda date: f"{date.day:02}", "01"),
    "weekday": _dated(lambda date: str(date.isoweekday() % 7), "1"),
    "weekdayname": _dated(lambda date: _WEEKDAYS[date.isoweekday() % 7], "Monday"),
    "yearday": _dated(lambda date: str(date.timetuple().tm_yday), "1"),
    "section": lambda page, _: page.section,
    "sectionslug": lambda page, spelling: spelling.path(page.section_slugs[0] if page.section_slugs else ""),
    "sections": lambda page, _: "/".join(page.sections),
    "sectionslugs": lambda page, spelling: "/".join(map(spelling.path, page.section_slugs)),
    "title": lambda page, spelling: spelling.path(page.title),
    "slug": lambda page, spelling: _slug_or(page, page.title, spelling),
    "slugorfilename": lambda page, spelling: _slug_or(page, page.base, spelling),
    "filename": lambda page, spelling: spelling.path(page.base),
    "contentbasename": lambda page, spelling: spelling.path(page.base),
    "slugorcontentbasename": lambda page, spelling: _slug_or(page, page.base, spelling),
}


def quoted(path: str) -> str:
    """A path percent-encoded; escapes that are there stay, ``#`` and ``?`` are part of the path."""
    text = quote(path, safe="/!$&'()*+,;=:@~%", errors="surrogateescape")
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)


def term_path(label: str) -> str:
    """The path of a term's page below its taxonomy's: in lower case, slashes kept."""
    return Spelling().path(label.strip())


def alias_path(alias: str, page: str) -> str:
    """A former path below the site's base; a relative one lies beside the page (``page``: its path)."""
    beside = alias if alias.startswith("/") else posixpath.join(posixpath.dirname(page.rstrip("/")), alias)
    path = posixpath.normpath(f"/{beside.lstrip('/')}")
    if path.endswith((".html", ".htm")):
        return quoted(path.removesuffix("index.html"))
    return quoted(path.rstrip("/") + "/")
