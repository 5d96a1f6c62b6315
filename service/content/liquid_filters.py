"""The filters that Jekyll adds to Liquid, and stand-ins for those of python-liquid that read the clock or can explode.

Those that need the site ask :data:`RENDERING` for the run they belong to. What draws lots (``sample``) or looks into
the site's posts is left out on purpose: an unknown filter hands its value on.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlsplit
from zoneinfo import ZoneInfo

from liquid.exceptions import FilterArgumentError, ResourceLimitError
from liquid.undefined import is_undefined

from feeds.uri import ascii_url
from service.content import markdown
from service.content.liquid_dates import strftime, to_datetime
from service.content.liquid_names import site_root
from service.sources.source import Context, Links

LONGEST_TEXT: Final = 1 << 20
"""Characters a value may have, items of a list counted in."""
MOST_WORK: Final = 20_000_000
"""Characters that all filters, assignments and captures of one template may handle: about a tenth of a second."""
MOST_STEPS: Final = 200_000
"""Loop rounds times tags in the template."""

_CJK = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_CJK_LETTER = re.compile(f"[{_CJK}]")
_OTHER_WORD = re.compile(rf"[^{_CJK}\s]+")
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")
_SLUG: Final = {
    "raw": re.compile(r"\s+"),
    "default": re.compile(r"[\W_]+"),
    "pretty": re.compile(r"[^\w.~!$&'()+,;=@-]+"),
    "ascii": re.compile(r"[^A-Za-z0-9]+"),
    "latin": re.compile(r"[\W_]+"),
}


@dataclass(slots=True)
class Run:
    """One template being rendered: what it may look at, what it has used up, what went wrong."""

    context: Context
    links: Links
    zone: ZoneInfo
    tags: int = 1
    work: int = 0
    steps: int = 0
    problems: dict[tuple[str, str], None] = field(default_factory=dict)
    parsing: bool = True

    def report(self, code: str, message: str) -> None:
        self.problems[(code, message)] = None

    def spend(self, *values: object) -> None:
        """Count what a filter was given or made; raises ResourceLimitError when it is too much."""
        for value in values:
            size = _size(value)
            self.work += size
            if size > LONGEST_TEXT or self.work > MOST_WORK:
                raise ResourceLimitError("the template makes too much text", token=None)

    def loop(self, rounds: int) -> None:
        """Count the rounds of a loop that begins; raises ResourceLimitError when they are too many."""
        self.steps += rounds * self.tags
        if self.steps > MOST_STEPS:
            raise ResourceLimitError("the template loops too often", token=None)


RENDERING: ContextVar[Run] = ContextVar("rendering")


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value) + 1
    if isinstance(value, list | tuple):
        return sum(len(item) if isinstance(item, str) else 8 for item in value) + 1
    if isinstance(value, range | Mapping):
        return len(value) + 1
    if isinstance(value, int) and not isinstance(value, bool):
        # More digits than anyone writes: squaring a number in a loop doubles them each time.
        return LONGEST_TEXT + 1 if value.bit_length() > 4096 else 1
    return 1


def _text(value: object) -> str:
    return "" if value is None else str(value)


def relative_url(value: object) -> str:
    """``baseurl`` and the path; an absolute URL stays (Jekyll::Filters::URLFilters)."""
    text = _text(value)
    if _absolute(text):
        return text
    path = "".join(part if part.startswith("/") or not part else f"/{part}" for part in (_baseurl(), text))
    return ascii_url(path) if not path.startswith("//") else path


def absolute_url(value: object) -> str:
    """The site's host, ``baseurl`` and the path; an absolute URL stays."""
    text = _text(value)
    return text if _absolute(text) else site_root(RENDERING.get().context) + relative_url(text)


def _absolute(url: str) -> bool:
    try:
        return bool(urlsplit(url).scheme)
    except ValueError:
        return True


def _baseurl() -> str:
    return RENDERING.get().context.baseurl.rstrip("/")


def strip_index(value: object) -> str:
    return re.sub(r"/index\.html?$", "/", _text(value))


def date(value: object, pattern: object = None) -> object:
    """Liquid's ``date``: formatted where the value is a date and there is a pattern, else the value."""
    moment = to_datetime(value, RENDERING.get().zone)
    if moment is None or not pattern or is_undefined(pattern):
        return _undated(value)
    return strftime(moment, str(pattern))


def _undated(value: object) -> object:
    """What a date filter makes of no date: itself, but "" of the names by which Liquid reads the clock."""
    clock = isinstance(value, str) and value.strip().lower() in ("now", "today")
    return "" if clock or is_undefined(value) else value


def _dated(write: Callable[[datetime], str]) -> Callable[..., object]:
    def apply(value: object) -> object:
        moment = to_datetime(value, RENDERING.get().zone)
        return _undated(value) if moment is None else write(moment)

    return apply


def _spoken_date(month: str) -> Callable[..., object]:
    def apply(value: object, kind: object = None, style: object = None) -> object:
        moment = to_datetime(value, RENDERING.get().zone)
        if moment is None:
            return _undated(value)
        if kind != "ordinal":
            return strftime(moment, f"%d {month} %Y")
        day = f"{moment.day}{_ordinal(moment.day)}"
        return strftime(moment, f"{month} {day}, %Y" if style == "US" else f"{day} {month} %Y")

    return apply


def _ordinal(number: int) -> str:
    return "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def markdownify(value: object) -> str:
    return markdown.to_html(_text(value))


def smartify(value: object) -> str:
    """Typographic quotes and dashes, as a paragraph of Markdown gets them."""
    rendered = markdown.to_html(html.escape(_text(value), quote=False)).strip()
    return rendered.removeprefix("<p>").removesuffix("</p>")


def xml_escape(value: object) -> str:
    return html.escape(_text(value)).replace("&#x27;", "'")


def cgi_escape(value: object) -> str:
    return quote_plus(_text(value))


def uri_escape(value: object) -> str:
    return quote(_text(value), safe="!#$&'()*+,/:;=?@[]~")


def normalize_whitespace(value: object) -> str:
    return _SPACE.sub(" ", _text(value)).strip()


def number_of_words(value: object, mode: object = None) -> int:
    text = _text(value)
    letters = len(_CJK_LETTER.findall(text)) if mode in ("cjk", "auto") else 0
    if mode == "cjk" or letters:
        return letters + len(_OTHER_WORD.findall(text))
    return len(text.split())


def array_to_sentence_string(value: object, connector: object = "and") -> str:
    items = [_text(item) for item in value] if isinstance(value, list | tuple) else [_text(value)]
    if len(items) < 3:
        return f" {connector} ".join(items)
    return f"{', '.join(items[:-1])}, {connector} {items[-1]}"


def jsonify(value: object) -> str:
    return json.dumps(None if is_undefined(value) else value, ensure_ascii=False, default=str, separators=(",", ":"))


def slugify(value: object, mode: object = "default") -> str:
    """Jekyll::Utils.slugify; its ``none`` and any unknown mode only lower the case."""
    text = _text(value)
    pattern = _SLUG.get(str(mode))
    return (pattern.sub("-", text).strip("-") if pattern else text).lower()


def to_integer(value: object) -> int:
    try:
        return int(float(_text(value).strip() or 0)) if not isinstance(value, bool) else int(value)
    except (ValueError, OverflowError):
        return 0


def replace(value: object, old: object, new: object = "") -> str:
    """Liquid's ``replace``, counted before it is done: three of them in a row can make terabytes."""
    text, found, put = _text(value), str(old), str(new)
    if len(text) + text.count(found) * len(put) > LONGEST_TEXT:
        raise ResourceLimitError("the template makes too much text", token=None)
    return text.replace(found, put)


def join(value: object, separator: object = " ") -> str:
    items = [_text(item) for item in value] if isinstance(value, list | tuple | range) else [_text(value)]
    if sum(map(len, items)) + len(items) * len(str(separator)) > LONGEST_TEXT:
        raise ResourceLimitError("the template makes too much text", token=None)
    return str(separator).join(items)


def strip_html(value: object) -> str:
    """Liquid's: scripts, styles and comments with their content, then every tag; references stay as they are."""
    text = _text(value)
    for start, end in (("<script", "</script>"), ("<!--", "-->"), ("<style", "</style>")):
        text = _cut(text, start, end)
    # Each "<" before the last ">" finds one, so no part is searched twice.
    head, closing, tail = text.rpartition(">")
    return _TAG.sub("", head + closing) + tail


def _cut(text: str, start: str, end: str) -> str:
    parts: list[str] = []
    here = 0
    while (opening := text.find(start, here)) >= 0 and (closing := text.find(end, opening)) >= 0:
        parts.append(text[here:opening])
        here = closing + len(end)
    return "".join(parts) + text[here:]


def where(value: object, key: object, wanted: object = None) -> object:
    """Jekyll's ``where``: items whose property, read as text, is the wanted one, or holds it."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return value

    def matches(item: object) -> bool:
        found = item.get(str(key)) if isinstance(item, Mapping) else None
        if isinstance(found, list | tuple):
            return str(wanted) in map(str, found)
        return found is None if wanted is None else found is not None and str(found) == str(wanted)

    return [item for item in value if matches(item)]


def _checked(function: Callable[..., object]) -> Callable[..., object]:
    """Wrong numbers of arguments are the author's mistake, and python-liquid wants them as its own error."""

    def apply(value: object, *args: Any, **kwargs: Any) -> object:
        try:
            return function(value, *args, **kwargs)
        except TypeError as error:
            raise FilterArgumentError(str(error), token=None) from error

    return apply


_JEKYLL: Final[dict[str, Callable[..., object]]] = {
    "absolute_url": absolute_url,
    "array_to_sentence_string": array_to_sentence_string,
    "cgi_escape": cgi_escape,
    "date": date,
    "date_to_long_string": _spoken_date("%B"),
    "date_to_rfc822": _dated(format_datetime),
    "date_to_string": _spoken_date("%b"),
    "date_to_xmlschema": _dated(lambda moment: moment.isoformat(timespec="seconds")),
    "join": join,
    "jsonify": jsonify,
    "markdownify": markdownify,
    "normalize_whitespace": normalize_whitespace,
    "number_of_words": number_of_words,
    "relative_url": relative_url,
    "url": relative_url,  # Eleventy's name for it
    "replace": replace,
    "slugify": slugify,
    "smartify": smartify,
    "strip_html": strip_html,
    "strip_index": strip_index,
    "to_integer": to_integer,
    "uri_escape": uri_escape,
    "where": where,
    "xml_escape": xml_escape,
}
FILTERS: Final = {name: _checked(function) for name, function in _JEKYLL.items()}
