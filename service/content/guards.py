"""A look at a raw body at the door, before any parser: does it have to be rendered apart, or not at all?

The parsers behind are quick on what people write and slow on what nobody does (faults.md C-36, C-37): nh3 is quadratic
in nesting and attributes, comrak multiplies table columns with lines. Each look is linear, and most are one search for
a substring, because every post of every scan passes here. Refuses to parse: an estimate may err on the side of care.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from service.content import liquid_faults
from service.content.liquid_scan import has_liquid
from service.content.scalars import position_of
from service.content.tables import largest_table
from service.errors import MOST_REPORTED, Level, Problem
from service.settings import LimitSettings
from service.sources.source import Markup, Treatment

LARGE_BODY: Final = 256 * 1024
"""Characters from which a body is rendered apart whatever it holds."""
MANY_TAGS: Final = 3_000
"""Tags from which HTML is rendered apart: what the estimate of its depth may miss (a tag in a comment) costs time."""
MANY_STATEMENTS: Final = 1_000
MANY_DEFINITIONS: Final = 2_000
LONG_RUN: Final = 1_000

_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
_CLOSED_BY_THE_NEXT = (
    *("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "caption"),
    *("rt", "rp", "html", "head", "body"),
)
_UNNESTED: Final = frozenset(_VOID + _CLOSED_BY_THE_NEXT)
"""Elements that nest no deeper by themselves."""
_RUNS: Final = tuple(
    (mark * 64, mark * (LONG_RUN // len(mark))) for mark in (*">[*_`~", "> ", "- ", "* ", "+ ", "1. ", "](", "![")
)
"""A short run to look for in every body, and the long one where that is found: a long needle costs more to search."""
_STRIDE: Final = 128
_MARKS: Final = re.escape("".join(sorted({character for short, _ in _RUNS for character in short})))
_PERHAPS: Final = re.compile(f"[{_MARKS}]{{{min(len(long) for _, long in _RUNS) // _STRIDE}}}")
"""What every so-manyth character of a long run looks like: every so-manyth of a body is looked at in a tenth of the
time that all of it takes."""
_STORMS: Final = (("[^", "md-many-footnotes", "footnote marks"), ("]:", "md-many-references", "link definitions"))
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*\1|\Z)", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`[^`\n]*`")


def inspect(
    body: str, markup: Markup, *, path: str, first_line: int, limits: LimitSettings, with_liquid: bool = True
) -> tuple[Treatment, tuple[Problem, ...]]:
    """How ``body`` may be rendered, and why not otherwise. ``first_line`` is the file's line its first character is on.

    ``escape``: past a limit, only its escaped excerpt is published. ``deadline``: unusual, the worker renders it in a
    process of its own. Liquid that cannot be rendered is a warning each, where the source renders Liquid at all
    (``with_liquid``). Linear time; raises nothing.
    """
    problems: list[Problem] = []
    treatment: Treatment = "deadline" if len(body) > LARGE_BODY else "lazy"

    def note(level: Level, code: str, message: str, hint: str, offset: int) -> None:
        problems.append(Problem(path, *position_of(body, offset, first_line), level, code, message, hint))

    if with_liquid and has_liquid(body):
        # No brace opens two statements, and to count one character is cheaper than to count two.
        if body.count("{") > MANY_STATEMENTS and body.count("{%") + body.count("{{") > MANY_STATEMENTS:
            treatment = "deadline"
        for found in liquid_faults.inspect(body)[:MOST_REPORTED]:
            note("warning", found.code, found.message, found.hint, found.offset)
    if markup == "text":
        return treatment, tuple(problems)

    if "<" in body:
        fault = html_fault(_without_code(body, limits) if markup == "markdown" else body, limits)
        if fault:
            code, message = fault
            note("error", code, message, "only an excerpt is published; simplify its HTML", 0)
            return "escape", tuple(problems)
        if body.count("<") > MANY_TAGS:
            treatment = "deadline"
    if markup == "markdown":
        cells = largest_table(body)
        if cells > limits.table_cells:
            message = f"a table of about {cells:,} cells; the limit is {limits.table_cells:,}"
            hint = "only an excerpt is published; put a blank line after the table"
            note("error", "md-table-too-large", message, hint, 0)
            return "escape", tuple(problems)
        oddity = markdown_oddity(body)
        if oddity:
            code, message, offset = oddity
            note("warning", code, message, "it is rendered under a time limit", offset)
            treatment = "deadline"
    return treatment, tuple(problems)


def html_fault(markup: str, limits: LimitSettings) -> tuple[str, str] | None:
    """Code and message where HTML nests too deep for nh3, or gives an element too many attributes."""
    depth = deepest(markup, limits.html_depth)
    if depth > limits.html_depth:
        return "html-too-deep", f"elements nest more than {limits.html_depth} deep"
    if "<" in markup and _many_attributes(limits.attributes_per_tag).search(markup):
        return "html-too-many-attributes", f"an element has more than {limits.attributes_per_tag} attributes"
    return None


def deepest(markup: str, enough: int) -> int:
    """About how deep elements nest in ``markup``; stops counting beyond ``enough``.

    Each end tag closes one open element of its name and no other, so that unclosed elements add up: more than the
    truth for sloppy HTML, at least a fifth of it for any (a table brings up to four elements that nobody wrote).
    """
    if markup.count("<") <= enough:
        return 0
    opened: dict[str, int] = {}
    depth = deepest_yet = 0
    for closing, written in _TAG.findall(markup):
        name = written.lower()
        if name in _UNNESTED:
            continue
        if not closing:
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            if depth > deepest_yet:
                deepest_yet = depth
                if depth > enough:
                    break
        elif opened.get(name):
            opened[name] -= 1
            depth -= 1
    return deepest_yet


def markdown_oddity(body: str) -> tuple[str, str, int] | None:
    """Code, message and offset of what nobody writes by hand and comrak might dwell on."""
    for short, long in _RUNS if _PERHAPS.search(body[::_STRIDE]) else ():
        if short in body:
            offset = body.find(long)
            if offset >= 0:
                return "md-run-too-long", f"{LONG_RUN:,} characters or more of {short[:2].strip()!r} in a row", offset
    if len(body) > 4 * MANY_DEFINITIONS:
        for mark, code, what in _STORMS:
            count = body.count(mark)
            if count > MANY_DEFINITIONS:
                return code, f"{count:,} {what}", body.find(mark)
    return None


def _without_code(body: str, limits: LimitSettings) -> str:
    """``body`` without fenced code and code spans, whose ``List<String>`` opens no element.

    A fence within an HTML block is none, so this may hide tags from the door; the rendered HTML is looked at again.
    """
    if body.count("<") <= limits.html_depth:
        return body
    return _CODE_SPAN.sub("", _FENCE.sub("", body))


@lru_cache(maxsize=8)
def _many_attributes(limit: int) -> re.Pattern[str]:
    """A start tag with more than ``limit`` attributes (HTML §13.2.5.32-37), without backtracking."""
    attribute = r"[\s/]++[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]++))?+"
    return re.compile(rf"<[a-zA-Z][^\s/>]*+(?:{attribute}){{{limit + 1}}}")
