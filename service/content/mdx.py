"""MDX as Markdown: what a program would make of a post's components nobody knows here, and none is run.

``import`` and ``export`` blocks and comments go; a few components that show a picture or a video become HTML, of the
others the tags go and what they enclose stays; an expression that is a text becomes that text, others go. What went is
said once a name, with line and column. Code stays as it is. Linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from service.content.players import VIMEO, YOUTUBE
from service.content.scalars import position_of
from service.errors import MOST_REPORTED, Problem

_FENCE = re.compile(r"[ \t>]*+(`{3,}+|~{3,}+)")
_MODULE = re.compile(r"(?:import|export)[ \t{*\"']")
_PIECE = re.compile(
    r"(?P<code>`[^`\n]++`|``[^\n]*?``)"
    r"|(?P<comment>\{/\*(?:[^*]|\*(?!/)){0,300}+\*/\})"
    r"|<(?P<end>/?)(?P<name>(?:[A-Z][\w.]*+)?)"
    r"(?P<attributes>(?<=\w)(?:[^<>\"'{}]|\"[^\"]*+\"|'[^']*+'|\{[^{}]*+\})*+)?/?>"
    r"|\{[ \t]*+(?:\"(?P<double>[^\"{}\n]*+)\"|'(?P<single>[^'{}\n]*+)'|`(?P<template>[^`{}$\n]*+)`)[ \t]*+\}"
    r"|(?P<expression>\{[^{}\n]++\})"
)
_ATTRIBUTE = re.compile(r"([\w-]++)=(?:\"([^\"]*+)\"|'([^']*+)'|\{[ \t]*+[\"'`]([^\"'`{}]*+)[\"'`][ \t]*+\})")
_PICTURES: Final = frozenset(("Image", "Img", "Figure", "Picture"))
_VIDEOS: Final = {"YouTube": YOUTUBE, "Vimeo": VIMEO}


def to_markdown(text: str, path: str, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    """``text`` as Markdown with as many lines, and a warning for each name that was left out. Raises nothing."""
    components = _Components(path)
    parts = [
        components.replaced(lines, number) if is_prose else "\n".join(lines)
        for number, lines, is_prose in _runs(text, first_line)
    ]
    return "\n".join(parts), tuple(components.problems.values())


def _runs(text: str, first_line: int) -> Iterator[tuple[int, list[str], bool]]:
    """Prose and code in turn: number of the first line, lines, whether they are prose. Those of modules are empty."""
    prose: list[str] = []
    start, fence, module = first_line, "", False
    for number, line in enumerate(text.split("\n"), first_line):
        mark = _FENCE.match(line)
        if fence or (mark and "`" not in line[mark.end() :]):
            if prose:
                yield start, prose, True
            yield number, [line], False
            if not fence and mark:
                fence = mark[1]
            elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            prose, start = [], number + 1
            continue
        module = bool(_MODULE.match(line)) or (module and bool(line.strip()))
        prose.append("" if module else line)
    if prose:
        yield start, prose, True


class _Components:
    """What becomes of the components and expressions of one text."""

    def __init__(self, path: str) -> None:
        self.problems: dict[str, Problem] = {}
        """By the name that was left out."""
        self._path = path

    def replaced(self, prose: list[str], first_line: int) -> str:
        """Lines of prose as Markdown."""
        return _PIECE.sub(partial(self._piece, first_line), "\n".join(prose))

    def _piece(self, first_line: int, found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        literal = next((found[key] for key in ("double", "single", "template") if found[key] is not None), None)
        if literal is not None:
            return literal
        name = found["name"]
        if found["expression"]:
            self._warn("{}", f"the expression {found[0][:40]} is not evaluated and was left out", found, first_line)
        elif name:
            known = _known(name, found["attributes"] or "")
            if known is not None:
                return known
            self._warn(name, f"the component {name} is not known; its tags were left out", found, first_line)
        return "\n" * found[0].count("\n")

    def _warn(self, name: str, message: str, found: re.Match[str], first_line: int) -> None:
        if name not in self.problems and len(self.problems) < MOST_REPORTED:
            place = position_of(found.string, found.start(), first_line)
            hint = "write what feeds need in Markdown"
            self.problems[name] = Problem(self._path, *place, "warning", "mdx-unknown", message, hint)


def _known(name: str, attributes: str) -> str | None:
    """The HTML of a component that says what it shows; None for others."""
    said = {key: next(filter(None, values), "") for key, *values in _ATTRIBUTE.findall(attributes)}
    if name in _PICTURES and said.get("src"):
        words = html.escape(said.get("alt") or said.get("caption") or "")
        return f'<img src="{html.escape(said["src"])}" alt="{words}">'
    number = re.sub(r"[^\w-]", "", said.get("id") or said.get("videoId") or "")
    if name in _VIDEOS and number:
        return f'<iframe src="{_VIDEOS[name].format(number)}"></iframe>'
    return None
