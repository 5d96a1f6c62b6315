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

_STAND_IN: Final = "\ue090{}\ue091"
_PLACE = re.compile("<p>\ue090([0-9]+)\ue091</p>|\ue090([0-9]+)\ue091")
_PRIVATE = re.compile("[\ue090\ue091]")
_ATTRIBUTES = re.compile(r"<p>\{[.#][^{}<>\n]{0,200}+\}</p>\n?|\n\{[.#][^{}<>\n]{0,200}+\}(?=</(?:p|li)>)")
"""Attributes of a block, on a line of their own below it; a site that has them off would show them to its readers."""
_DIVIDER: Final = "<!--more-->"
_GLUED = re.compile(r"(?:https?://|www\.)[!-~]{0,500}+[^\x00-\x7f]")
"""An address with letters of another script behind it (a Korean particle): comrak would link them, too."""


def block(html: str) -> str:
    """HTML as it stands in a stored text."""
    return f"{OPENING}{html.replace(OPENING, '').replace(CLOSING, '')}{CLOSING}"


def to_html(
    text: str, table_cells: int = TABLE_CELLS, *, raw: bool = False, breaks: bool = False, emoji: bool = False
) -> str:
    """The HTML of ``text``. ``raw``: raw HTML passes through (``unsafe``); ``breaks``: a line end is a line break;
    ``emoji``: ``:tada:`` stands for one.

    Linear time; raises nothing on text without lone surrogates.
    """
    if "\ue090" in text:
        text = _PRIVATE.sub("", text)
    text, made = _taken_out(text) if OPENING in text else (text, [])
    if _DIVIDER in text:
        text = text.replace(_DIVIDER, "\n\n", 1)
    if "{#" in text or "{." in text:
        text = "\n".join(map(_plain_heading, text.split("\n")))
    linkify = not _GLUED.search(text)
    html = commonmark(text, table_cells, *_extensions(linkify, emoji), _rendering(raw, breaks))
    if "{." in html or "{#" in html:
        html = _ATTRIBUTES.sub("", html)
    return _PLACE.sub(lambda match: made[int(match[1] or match[2])], html) if made else html


def _taken_out(text: str) -> tuple[str, list[str]]:
    """``text`` with stand-ins for what shortcodes made, and that."""
    parts: list[str] = []
    made: list[str] = []
    here = 0
    while (start := text.find(OPENING, here)) >= 0:
        end = text.find(CLOSING, start)
        if end < 0:
            break
        parts += (text[here:start], _STAND_IN.format(len(made)))
        made.append(text[start + len(OPENING) : end])
        here = end + len(CLOSING)
    return "".join((*parts, text[here:])), made


def _plain_heading(line: str) -> str:
    """A heading without Goldmark's attributes (``{#id .class}``) at its end."""
    if not line.lstrip(" ").startswith("#"):
        return line
    bare = line.rstrip()
    start = bare.rfind("{")
    attributes = start > 0 and bare.endswith("}") and bare[start + 1] in "#." and "}" not in bare[start:-1]
    return bare[:start].rstrip() if attributes else line


@lru_cache(maxsize=4)
def _extensions(linkify: bool, emoji: bool) -> tuple[comrak.ExtensionOptions, comrak.ExtensionOptions]:
    found = extensions(tables=True), extensions(tables=False)
    for options in found:
        options.autolink = linkify
        options.shortcodes = emoji
    return found


@lru_cache(maxsize=4)
def _rendering(raw: bool, breaks: bool) -> comrak.RenderOptions:
    options = comrak.RenderOptions()
    options.unsafe_ = raw
    options.hardbreaks = breaks
    return options
