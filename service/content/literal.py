"""Braces in code that are text and not Liquid: everywhere but in Jekyll, which renders Liquid before it knows of code.

They are put out of Liquid's sight and brought back afterwards, character for character, so that every offset holds.
Refuses to understand Markdown beyond fences and spans.
"""

from __future__ import annotations

import re
from typing import Final

_HIDDEN: Final = str.maketrans("{}", "\ufdd0\ufdd1")
"""Noncharacters (Unicode §23.7): no author writes them, and nothing between hiding and showing minds them."""
_SHOWN: Final = str.maketrans("\ufdd0\ufdd1", "{}")

_FENCE = re.compile(r"[ \t>]*+(`{3,}+|~{3,}+)")
_RAW = re.compile(r"\{%-?\s*+raw\b")
_TICKS = re.compile(r"`++")


def hide_code(source: str) -> str:
    """``source`` with the braces in fenced code and code spans hidden; as long as before. Linear time.

    An author who writes ``{% raw %}`` has a generator that renders Liquid in code too: then nothing is hidden.

    >>> hide_code("`{{ a }}` {{ b }}").count("{")
    2
    """
    if "{" not in source or ("`" not in source and "~~~" not in source) or _RAW.search(source):
        return source
    lines, fence = [], ""
    for line in source.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            lines.append(line.translate(_HIDDEN))
        elif mark and "`" not in line[mark.end() :]:
            fence = mark[1]
            lines.append(line.translate(_HIDDEN))
        else:
            lines.append(_hide_spans(line))
    return "\n".join(lines)


def hide(text: str) -> str:
    """All of a text's braces hidden."""
    return text.translate(_HIDDEN)


def show_code(source: str) -> str:
    """The inverse of :func:`hide_code` and :func:`hide`."""
    return source.translate(_SHOWN)


def _hide_spans(line: str) -> str:
    """One line with its code spans hidden: from a run of backticks to the next of the same length."""
    parts, here, opener = [], 0, None
    for ticks in _TICKS.finditer(line):
        if opener is None:
            opener = ticks
        elif len(ticks[0]) == len(opener[0]):
            parts += [line[here : opener.end()], line[opener.end() : ticks.start()].translate(_HIDDEN)]
            here, opener = ticks.start(), None
    return "".join((*parts, line[here:]))
