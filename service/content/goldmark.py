"""Markdown as Hugo writes it (Goldmark with Hugo's own settings), rendered by comrak.

Raw HTML is left out unless the site's configuration lets it through, as on the page itself; what shortcodes made stands
between two comments and is put in afterwards. Refuses to sanitise (sanitize.py must follow) and to expand shortcodes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import comrak

from service.content.markdown import TABLE_CELLS, commonmark, extensions

OPENING: Final = "<!--shortcode-->"
CLOSING: Final = "<!--/shortcode-->"
"""Around HTML that a shortcode made, in a stored text."""

_MADE = re.compile(rf"{OPENING}(.*?){CLOSING}", re.DOTALL)
_STAND_IN: Final = "\ue090{}\ue091"
_PLACE = re.compile("<p>\ue090([0-9]+)\ue091</p>|\ue090([0-9]+)\ue091")
_PRIVATE = re.compile("[\ue090\ue091]")
_DIVIDER: Final = "<!--more-->"
_HEADING = re.compile(r"^( {0,3}#{1,6}[ \t][^\n]*?)[ \t]*+\{[#.][^{}\n]*+\}[ \t]*+$", re.MULTILINE)
"""A heading with Goldmark's attributes."""
_GLUED = re.compile(r"(?:https?://|www\.)[!-~]*+[^\x00-\x7f]")
"""An address with letters of another script behind it (a Korean particle): comrak would link them, too."""


def block(html: str) -> str:
    """HTML as it stands in a stored text."""
    return f"{OPENING}{html.replace(OPENING, '').replace(CLOSING, '')}{CLOSING}"


def to_html(text: str, table_cells: int = TABLE_CELLS, *, raw: bool = False, breaks: bool = False) -> str:
    """The HTML of ``text``. ``raw``: raw HTML passes through (``unsafe``); ``breaks``: a line end is a line break.

    Linear time; raises nothing on text without lone surrogates.
    """
    made: list[str] = []

    def taken(match: re.Match[str]) -> str:
        made.append(match[1])
        return _STAND_IN.format(len(made) - 1)

    if "\ue090" in text:
        text = _PRIVATE.sub("", text)
    if OPENING in text:
        text = _MADE.sub(taken, text)
    if _DIVIDER in text:
        text = text.replace(_DIVIDER, "\n\n", 1)
    if "{#" in text or "{." in text:
        text = _HEADING.sub(r"\1", text)
    linkify = not _GLUED.search(text)
    html = commonmark(text, table_cells, *_extensions(linkify), _rendering(raw, breaks))
    return _PLACE.sub(lambda match: made[int(match[1] or match[2])], html) if made else html


@lru_cache(maxsize=2)
def _extensions(linkify: bool) -> tuple[comrak.ExtensionOptions, comrak.ExtensionOptions]:
    found = extensions(tables=True), extensions(tables=False)
    for options in found:
        options.autolink = linkify
    return found


@lru_cache(maxsize=4)
def _rendering(raw: bool, breaks: bool) -> comrak.RenderOptions:
    options = comrak.RenderOptions()
    options.unsafe_ = raw
    options.hardbreaks = breaks
    return options
