"""MDX as Markdown: what a program would make of a post's components nobody knows here, and none is run.

``import`` and ``export`` blocks and comments go; a few components that show a picture or a video become HTML, of the
others the tags go and what they enclose stays; an expression that is a text becomes that text, others go. What went is
said once a name, with line and column. Code stays as it is. Linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from typing import Final

from service.errors import Problem

MOST_REPORTED: Final = 20

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
_VIDEOS: Final = {"YouTube": "https://www.youtube.com/embed/{}", "Vimeo": "https://player.vimeo.com/video/{}"}


def to_markdown(text: str, path: str, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    """``text`` as Markdown with as many lines, and a warning for each name that was left out. Raises nothing."""
    problems: dict[str, Problem] = {}

    def warn(name: str, message: str, found: re.Match[str], start: int) -> None:
        if name not in problems and len(problems) < MOST_REPORTED:
            number = start + found.string.count("\n", 0, found.start())
            column = found.start() - found.string.rfind("\n", 0, found.start())
            hint = "write what feeds need in Markdown"
            problems[name] = Problem(path, number, column, "warning", "mdx-unknown", message, hint)

    def write(prose: list[str], number: int) -> str:
        source = "\n".join(prose)

        def piece(found: re.Match[str]) -> str:
            if found["code"]:
                return found[0]
            literal = next((found[key] for key in ("double", "single", "template") if found[key] is not None), None)
            if literal is not None:
                return literal
            if found["expression"]:
                warn("{}", f"the expression {found[0][:40]} is not evaluated and was left out", found, number)
            elif found["name"]:
                known = _known(found["name"], found["attributes"] or "")
                if known is not None:
                    return known
                warn(
                    found["name"], f"the component {found['name']} is not known; its tags were left out", found, number
                )
            return "\n" * found[0].count("\n")

        return _PIECE.sub(piece, source)

    parts: list[str] = []
    prose: list[str] = []
    start, fence, module = first_line, "", False
    for number, line in enumerate(text.split("\n"), first_line):
        mark = _FENCE.match(line)
        if fence or (mark and "`" not in line[mark.end() :]):
            if prose:
                parts.append(write(prose, start))
                prose = []
            parts.append(line)
            if not fence and mark:
                fence = mark[1]
            elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            start = number + 1
            continue
        module = bool(_MODULE.match(line)) or (module and bool(line.strip()))
        prose.append("" if module else line)
    if prose:
        parts.append(write(prose, start))
    return "\n".join(parts), tuple(problems.values())


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
