"""What is wrong with broken YAML, in an author's words, and the line that would mend it.

libyaml says where its grammar broke, not what the author meant. Nearly every broken front matter is one unquoted value:
``title: Foo: bar``, ``title: "인용" 뒤의 말``, ``title: [속보] 제목``. So the suspicious lines are tried again with
their value quoted, and a mend is suggested only where reading then gets further. Nothing here changes content.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs name it only as a base class
from yaml.error import MarkedYAMLError, YAMLError
from yaml.tokens import ScalarToken

from service.content.scalars import shorten
from service.errors import Problem, Rejected

_Place = tuple[int, int]
"""Line and column in the text, counted from 0."""

_QUOTE = "quote the value"
_CLOSE = "close it"
_INDENT = "indent the keys of a map alike"

_NO_KEY = "did not find expected key"
_NO_DASH = "did not find expected '-' indicator"
_AFTER_QUOTES = (_NO_KEY, _NO_DASH)
_NO_CONTENT = "did not find expected node content"
_BRACKETS = {"[": "a list in brackets", "{": "a map in braces"}
_SAMPLES = {"[": "[a, b]", "{": "{a: b}"}

_MEANINGS = {
    "mapping values are not allowed in this context": (
        "': ' inside a value that is not quoted",
        "quote the value, or mend the indentation",
    ),
    _NO_KEY: ("this text belongs neither to the value before it nor to a key", _QUOTE),
    "could not find expected ':'": ("a key without ': ' after it", "write key: value"),
    "did not find expected ',' or ']'": (f"{_BRACKETS['[']} is opened here and not closed", _CLOSE),
    "did not find expected ',' or '}'": (f"{_BRACKETS['{']} is opened here and not closed", _CLOSE),
    "block sequence entries are not allowed in this context": ("a list item ('- ') cannot stand here", _QUOTE),
    _NO_DASH: ("a line without '- ' in a list", _INDENT),
    "did not find expected <document start>": ("this line is indented less than the first one", _INDENT),
    "found unknown escape character": ("a backslash in double quotes must begin an escape", "use single quotes"),
    "did not find expected alphabetic or numeric character": ("'*' and '&' cannot begin a value", _QUOTE),
    "did not find expected whitespace or line break": ("'!' cannot begin a value", _QUOTE),
    "did not find expected comment or line break": ("text follows '|' or '>' on the same line", _QUOTE),
}
_UNCLOSED = frozenset(("found unexpected end of stream", "found unexpected document indicator"))

_TAB = re.compile(r"[ \t-]*\t")
_ENTRY = re.compile(r"""([ ]*(?:-[ ]+)*(?:[^\s'"\[{#&*!|>%@`-][^:]*|"[^"]*"|'[^']*')):(?:[ ]+|$)(.*)""")
_ITEM = re.compile(r"([ ]*-)[ ]+(.*)")
_MISSING_SPACE = re.compile(r"([ ]*(?:-[ ]+)?[\w-]+):(\S.*)")
_OPEN = re.compile(r"""[ ]*(?:-[ ]+)*([^\s'"\[{#&*!|>%@`-][^:]*):[ ]+([\[{])[ ]*""")
_MEND_LENGTH = 1000
"""Characters of a line that may be mended: a hint must fit a line of the report."""


def explain(error: MarkedYAMLError, text: str, first_line: int) -> tuple[str, str, _Place, str]:
    """Code, message, place and general hint for libyaml's complaint about ``text``, which starts on ``first_line``.

    What was begun and not finished is shown where it begins; libyaml notices where it does not end.
    """
    mark = error.problem_mark or error.context_mark
    place = (mark.line, mark.column) if mark else (0, 0)
    problem = error.problem or "cannot be read as YAML"
    tab = _TAB.match(_line(text, place[0]))
    if tab:
        return "yaml-tab", "a tab is used for indentation", (place[0], tab[0].index("\t")), "use spaces"
    if problem == "found character that cannot start any token":
        return (
            "yaml-syntax",
            f"the character {shorten(_line(text, place[0])[place[1] : place[1] + 1])} cannot begin a value",
            place,
            _QUOTE,
        )
    if problem == _NO_CONTENT and (opened := _open_bracket(text, place[0])):
        what, line, column, key = opened
        hint = f"{_CLOSE}, such as {key}: {_SAMPLES[what]}, or remove it"
        return "yaml-syntax", f"{_BRACKETS[what]} is opened here and not closed", (line, column), hint
    if problem in _AFTER_QUOTES and (quote := _late_quote(text, place)) is not None:
        line = first_line + quote
        message = f"the quotation mark that closes here was opened on line {line}, and text follows"
        return "yaml-syntax", message, place, f"{_CLOSE} on line {line}"
    message, hint = _MEANINGS.get(problem, (problem, _QUOTE))
    if error.context and "quoted scalar" in error.context and problem in _UNCLOSED:
        message, hint = "a quotation mark is opened here and not closed", _CLOSE
    if error.context_mark and (hint is _CLOSE or problem == "could not find expected ':'"):
        place = (error.context_mark.line, error.context_mark.column)
    return "yaml-syntax", message, place, hint


def with_mend(problem: Problem, text: str, first_line: int, attempt: Callable[[str], object]) -> Problem:
    """The problem with the mended line as its hint, where there is one that lets ``attempt`` get further."""
    if problem.code != "yaml-syntax" or problem.hint.startswith(_CLOSE):
        return problem
    lines = text.split("\n")
    broken = problem.line - first_line
    for number in (broken, broken - 1):
        if not 0 <= number < len(lines) or len(lines[number]) > _MEND_LENGTH:
            continue
        for mended in _mends(lines[number]):
            candidate = "\n".join((*lines[:number], mended, *lines[number + 1 :]))
            if _reach(candidate, attempt) > problem.line:
                hint = f"write {mended.strip()}"
                if number == broken:
                    return replace(problem, hint=hint)
                message = "this line cannot be read together with the next one"
                return replace(problem, line=problem.line - 1, column=1, message=message, hint=hint)
    return problem


def quoted(value: str) -> str:
    """The value as a YAML scalar in quotation marks that needs no escapes of the other kind."""
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'


def _open_bracket(text: str, number: int) -> tuple[str, int, int, str] | None:
    """The bracket or brace alone behind a key, on the last line with text at or above line ``number``; its place and
    key."""
    lines = text.split("\n")[: number + 1]
    for line in range(len(lines) - 1, -1, -1):
        match = _OPEN.fullmatch(lines[line])
        if match:
            return match[2], line, match.start(2), match[1].strip()
        if lines[line].strip():
            return None
    return None


def _late_quote(text: str, place: _Place) -> int | None:
    """The line on which the quoted text begins that ends, lines later, right before ``place``; None where none does."""
    parser, found = CParser(text), None
    try:
        while (token := parser.get_token()) is not None and token.start_mark.line <= place[0]:
            if type(token) is ScalarToken and token.style and token.end_mark.line == place[0]:
                before = _line(text, place[0])[token.end_mark.column : place[1]]
                if token.start_mark.line < place[0] and not before.strip():
                    found = token.start_mark.line
    except YAMLError:
        pass
    return found


def _mends(line: str) -> list[str]:
    """The line as its author may have meant it, likeliest first."""
    if match := _ENTRY.fullmatch(line):
        return [f"{match[1]}: {value}" for value in _requoted(match[2].strip())]
    if match := _ITEM.fullmatch(line):
        return [f"{match[1]} {value}" for value in _requoted(match[2].strip())]
    if match := _MISSING_SPACE.fullmatch(line):
        return [f"{match[1]}: {match[2]}", *(f"{match[1]}: {value}" for value in _requoted(match[2].strip()))]
    return []


def _requoted(value: str) -> list[str]:
    """The value in quotation marks; where it has a pair that its own text breaks, another pair first."""
    if len(value) > 2 and value[0] == value[-1] and value[0] in "'\"":
        return [quoted(value[1:-1]), quoted(value)]
    return [quoted(value)] if value else []


def _reach(text: str, attempt: Callable[[str], object]) -> float:
    """The line on which reading stops; infinity where it does not."""
    try:
        attempt(text)
    except Rejected as rejected:
        return rejected.problems[-1].line
    return float("inf")


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number] if number < len(lines) else ""
