"""The little of Liquid and Nunjucks that permalinks, titles and bodies of Eleventy sites are written with.

``{{ a.b | filter: "x" }}``: values of the data cascade and of ``page``, literals, and a named set of filters that both
languages have. Refuses everything else: the caller is told that an expression cannot be evaluated. Nothing is run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from feeds.frozen import frozen
from service.content.literal import hide, show_code
from service.content.scalars import Value, position_of
from service.errors import MOST_REPORTED, Problem

_LONGEST: Final = 500
"""Characters of an expression: nobody writes longer ones by hand."""

OUTPUT = re.compile(r"\{\{-?((?:[^{}\"']|\"[^\"\n]*+\"|'[^'\n]*+')*+)\}\}")
_STATEMENT = re.compile(r"\{%-?\s*+(\w*+)(?:[^%{}\"']|\"[^\"\n]*+\"|'[^'\n]*+'|%(?!\}))*+%\}")
_STATEMENTS: Final = frozenset(("if", "unless", "elsif", "for", "case", "when", "assign"))
_NAME = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'|(?<![\w.$-])([A-Za-z_]\w*+)(?![\w:-])")
_COMMENT = re.compile(r"\{#(?:[^#]|#(?!\})){0,2000}+#\}")
_RAW = re.compile(r"\{%-?\s*+(raw|verbatim)\s*+-?%\}(.*?)\{%-?\s*+end\1\s*+-?%\}", re.DOTALL)
_RAW_OPENING = re.compile(r"\{%-?\s*+(?:raw|verbatim)\b")
_MOST_RAW: Final = 100
_MOST_COMMENTS: Final = 200
_PATH = re.compile(r"[A-Za-z_$][\w$]*+(?:\.[A-Za-z_$][\w$-]*+|\[\"[^\"\]]++\"\]|\['[^'\]]++'\])*+")
_STEP = re.compile(r"[A-Za-z_$][\w$-]*+|(?<=\[\")[^\"]++|(?<=\[')[^']++")
_LITERAL = re.compile(r"\"([^\"]*+)\"|'([^']*+)'|(-?\d++(?:\.\d++)?)")
_PIPE = re.compile(r"\|(?=(?:[^\"']|\"[^\"]*+\"|'[^']*+')*+\Z)")
_FILTER = re.compile(r"\s*+(\w++)\s*+(?::\s*+(.*+)|\((.*+)\))?\s*+", re.DOTALL)
_DATE = re.compile(r"%(-?)([YmdHMSyBbjeF%])")
_OTHER = {
    "&": " and ",
    "♥": " love ",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
}


class Unknown(Exception):
    """An expression that cannot be evaluated here: what it says."""


@frozen(frozen=True, slots=True)
class Names:
    """What an expression may name: the cascade's values, and ``page``'s."""

    values: Mapping[str, Value]
    page: Mapping[str, str | datetime | None]

    def has(self, name: str) -> bool:
        return name == "page" or name in self.values


Result = str | datetime


def evaluate(template: str, names: Names) -> str:
    """A template that is all text and expressions. Raises Unknown for statements and what is not known here."""
    if "{%" in template or "{#" in template:
        raise Unknown(template)
    text = OUTPUT.sub(lambda found: _text(expression(found[1], names)), template)
    if "{{" in text or "${" in text:
        raise Unknown(template)
    return text


def fill(body: str, names: Names, own: Collection[str]) -> str:
    """A Liquid body with the values put in that only the cascade knows; the rest is left to whoever renders Liquid.

    To them front matter is ``page``'s: in statements the names in it (``own``) are written so.
    """

    def statement(found: re.Match[str]) -> str:
        return _NAME.sub(below, found[0]) if found[1] in _STATEMENTS else found[0]

    def below(found: re.Match[str]) -> str:
        is_filter = found.string[: found.start()].rstrip().endswith("|")
        return f"page.{found[0]}" if found[1] in own and not is_filter else found[0]

    def value(found: re.Match[str]) -> str:
        root = _PATH.match(found[1].strip())
        name = re.split(r"[.\[]", root[0])[0] if root else ""
        if not names.has(name) or (name == "page" and "fileSlug" not in found[1] and "filePathStem" not in found[1]):
            return found[0]
        try:
            text = _text(expression(found[1], names))
        except Unknown:
            return found[0]
        return found[0] if "{{" in text or "{%" in text else text

    parts, here = [], 0
    for raw in _RAW.finditer(body) if _has_raw(body) else ():
        parts += [_STATEMENT.sub(statement, OUTPUT.sub(value, body[here : raw.start()])), raw[0]]
        here = raw.end()
    return "".join((*parts, _STATEMENT.sub(statement, OUTPUT.sub(value, body[here:]))))


def nunjucks(body: str, names: Names, path: str, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    """A Nunjucks body: expressions evaluated, statements taken out and what they enclose left, with a warning each.

    What stands in ``raw`` is text. Raises nothing.
    """
    problems: list[Problem] = []
    if body.count("{#") <= _MOST_COMMENTS:
        body = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), body)
    body = _RAW.sub(lambda found: hide(found[2]), body) if _has_raw(body) else body

    def warn(found: re.Match[str], what: str) -> None:
        if len(problems) < MOST_REPORTED:
            place = position_of(body, found.start(), first_line)
            message = f"{what} cannot be evaluated and was left out"
            problems.append(
                Problem(path, *place, "warning", "nunjucks-unknown", message, "write what feeds need as text")
            )

    def value(found: re.Match[str]) -> str:
        try:
            return hide(_text(expression(found[1], names)))
        except Unknown:
            warn(found, f"{{{{{found[1][:40].rstrip()}}}}}")
            return ""

    def statement(found: re.Match[str]) -> str:
        if not found[1].startswith("end") and found[1] not in ("else", "elif", "elseif"):
            warn(found, f"{{% {found[1]} %}}")
        return ""

    text = OUTPUT.sub(value, body)
    body = text  # lines are counted in what is searched
    return show_code(_STATEMENT.sub(statement, text)), tuple(problems)


def _has_raw(body: str) -> bool:
    """Whether raw blocks are worth a look: each opening that nothing closes would cost the length of the text."""
    opened = len(_RAW_OPENING.findall(body))
    return 0 < opened <= _MOST_RAW and len(re.findall(r"end(?:raw|verbatim)", body)) >= opened


def expression(text: str, names: Names) -> Result:
    """The value of what stands between ``{{`` and ``}}``. Raises Unknown."""
    text = text.strip().removesuffix("-")
    if len(text) > _LONGEST:
        raise Unknown(text[:_LONGEST])
    first, *filters = _PIPE.split(text)
    result = _operand(first.strip(), names)
    for part in filters:
        found = _FILTER.fullmatch(part)
        function = FILTERS.get(found[1]) if found else None
        if found is None or function is None:
            raise Unknown(text)
        given = (found[2] or found[3] or "").strip()
        result = function(result, _text(_operand(given, names)) if given else "")
    return result


def _operand(text: str, names: Names) -> Result:
    literal = _LITERAL.fullmatch(text)
    if literal:
        return next(value for value in literal.groups() if value is not None)
    if not _PATH.fullmatch(text):
        raise Unknown(text)
    root, *steps = _STEP.findall(text)
    if root == "page":
        if len(steps) != 1 or steps[0] not in names.page:
            raise Unknown(text)
        return names.page[steps[0]] or ""
    value: Value = names.values.get(root)
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, dict | list):
        raise Unknown(text)
    return value if value is not None else ""


def _text(value: Result) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def slugify(text: str) -> str:
    """The filter ``slugify``. Raises Unknown for letters that it transliterates by tables of its own."""
    for sign, written in _OTHER.items():
        text = text.replace(sign, written)
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    if any(c.isalpha() and not c.isascii() and _transliterates(c) for c in plain):
        raise Unknown(text)
    plain = re.sub(r"([a-z\d]+)'([ts])(\s|$)", r"\1\2\3", plain)
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _slug(text: str) -> str:
    """The older filter ``slug``, which leaves some punctuation and drops the letters that it does not know."""
    for sign, written in (*_OTHER.items(), ("&", "and")):
        text = text.replace(sign, written.strip())
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    if any(c.isalpha() and not c.isascii() and _transliterates(c) for c in plain):
        raise Unknown(text)
    plain = re.sub(r"[^\w\s$*_+~.()'\"!\-:@]+", "", plain.replace("-", " "), flags=re.ASCII)
    return re.sub(r"\s+", "-", plain.strip()).lower()


def _transliterates(char: str) -> bool:
    """Greek, Cyrillic, Arabic and their like have tables; Hangul, kana and Han characters have none and are dropped."""
    return not unicodedata.name(char, "").startswith(("HANGUL", "HIRAGANA", "KATAKANA", "CJK"))


def _date(value: Result, form: str) -> str:
    if not isinstance(value, datetime) or not form:
        raise Unknown(form)

    def part(found: re.Match[str]) -> str:
        if found[2] == "%":
            return "%"
        written = value.strftime("%Y-%m-%d" if found[2] == "F" else f"%{found[2]}")
        return written.lstrip("0 ") or "0" if found[1] else written

    text = _DATE.sub(part, form)
    if _DATE.sub("", form).count("%"):
        raise Unknown(form)
    return text


FILTERS: Final[Mapping[str, Callable[[Result, str], Result]]] = {
    "slugify": lambda value, _: slugify(_text(value)),
    "slug": lambda value, _: _slug(_text(value)),
    "date": _date,
    "default": lambda value, other: value or other,
    **dict.fromkeys(("downcase", "lower"), lambda value, _: _text(value).lower()),
    **dict.fromkeys(("upcase", "upper"), lambda value, _: _text(value).upper()),
    **dict.fromkeys(("strip", "trim"), lambda value, _: _text(value).strip()),
    **dict.fromkeys(("safe", "escape", "url"), lambda value, _: value),
    "capitalize": lambda value, _: _text(value).capitalize(),
    "append": lambda value, other: _text(value) + other,
    "prepend": lambda value, other: other + _text(value),
}
"""Those that both languages have, and those of Eleventy itself."""
