"""Markdown as Jekyll writes it (kramdown with GFM input), rendered by comrak.

comrak knows no kramdown: attribute lists, ``{:toc}``, ``{::nomarkdown}`` and abbreviations are taken out before, in a
linear pass over the lines outside fenced code, and kramdown.py rewrites what CommonMark reads otherwise; a few of
comrak's typographic choices are brought in line after. Refuses to sanitise: raw HTML passes through, and sanitize.py
must follow.
"""

from __future__ import annotations

import re
from typing import Final

import comrak

from service.content import kramdown
from service.content.tables import largest_table

__all__ = ["TABLE_CELLS", "largest_table", "strip_kramdown", "to_html"]

TABLE_CELLS: Final = 50_000
"""The default of ``[limits] table_cells``, for Markdown inside Liquid."""
DEFINITIONS: Final = 1_000
"""Definition lists are quadratic in comrak (100 KB: 2.3 s); beyond this many definitions they are left off."""

_FENCE = re.compile(r"[ \t>]*+(`{3,}+|~{3,}+)")
_BLOCK_LIST = re.compile(r"[ \t>]*+\{:(?![:/])[^{}]*+\}[ \t]*+")
_TOC = re.compile(r"[ \t>]*+\{:[^{}]*\btoc\b[^{}]*\}[ \t]*+")
_LIST_ITEM = re.compile(r" {0,3}(?:[*+-]|\d{1,9}\.)[ \t]")
_SPAN_LIST = re.compile(r"(`++)|(?<=[)\]*_`>~])\{:(?![:/])[^{}\n]*+\}")
_LENGTH = re.compile(r"""(?<![\w:-])(width|height)=(["'])([0-9]{1,6}(?:px|%)?)\2""")
_SIZE, _SIZE_END = "\ue082", "\ue083"
"""Private characters around what an attribute list says of a picture's size; `_sized` takes them out again."""
_SIZE_MARK = re.compile(rf"(<img(?: [^<>]*?)?)( ?/?>){_SIZE}([^{_SIZE_END}]*+){_SIZE_END}")
_LEFT_MARK = re.compile(rf"{_SIZE}[^{_SIZE_END}]*+{_SIZE_END}")
_EXTENSION = re.compile(r"\{:[:/][^{}\n]*+\}")
_HEADING_ID = re.compile(r"[ \t]*+\{#[\w:.-]++\}[ \t]*+$")
_UNDERLINE = re.compile(r" {0,3}(?:=++|-++)[ \t]*+")
_ABBREVIATION = re.compile(r"\*\[[^\]]++\]:")
_MARKDOWN_IN_HTML = re.compile(r"[ \t]*+<[a-z][^<>]*\bmarkdown=[^<>]*>[ \t]*+")
_LONG_LINE: Final = 20_000
_LONE_TILDE = re.compile(r"(?<![~\\])~(?!~)")
_TILDE = "\ue07e"
_TILDE_IN_URL = "%EE%81%BE"

_DECADE = re.compile(r"‘(?=\d\ds)")
_CJK_OPENING = re.compile(r"(<(?:strong|em|b|i|u|s|del|mark|span)(?: [^<>]*)?>)([”’])(?=[^\W\x00-\x7f])")
_OPENING = {"”": "“", "’": "‘"}
_CHECKBOX = re.compile(r'<input type="checkbox"( checked="")? disabled="" />')
_FOOTNOTE_ID = re.compile(r'((?:href="#|id=")fn(?:ref)?)-')


def to_html(text: str, table_cells: int = TABLE_CELLS) -> str:
    """The HTML of ``text``, raw HTML included. Linear time; raises nothing on text without lone surrogates.

    ``table_cells`` is how many cells a table may expand to before tables are left off.
    """
    braces = "{" in text  # a single character is found in a fraction of the time of two
    sizes = braces and "{:" in text and _SIZE not in text and _SIZE_END not in text
    if (braces and ("{:" in text or "{#" in text)) or "*[" in text or ("<" in text and "markdown=" in text):
        text = strip_kramdown(text, sizes=sizes)
    text, formulas = kramdown.as_commonmark(text)
    html = commonmark(text, table_cells, _EXTENSIONS, _SIMPLER, _RENDERING)
    html = kramdown.restore(html, formulas)
    return _sized(html) if sizes else html


def commonmark(
    text: str,
    table_cells: int,
    extensions: comrak.ExtensionOptions,
    simpler: comrak.ExtensionOptions,
    rendering: comrak.RenderOptions,
) -> str:
    """The HTML of CommonMark with extensions; with the ``simpler`` ones where tables or definitions would cost much."""
    # GFM strikes out between single tildes, so that "10~20명, 30~40명" would lose a range; kramdown does not.
    tilde = "~" in text and _TILDE not in text
    if tilde:
        text = _LONE_TILDE.sub(_TILDE, text)
    costly = largest_table(text) > table_cells or text.count("\n:") > DEFINITIONS
    html = str(comrak.render_markdown(text, simpler if costly else extensions, _PARSING, rendering))
    if tilde:
        html = html.replace(_TILDE, "~").replace(_TILDE_IN_URL, "~")
    return _finish(html)


def _sized(html: str) -> str:
    """``html`` with the sizes that attribute lists say: ``![a](/a.png){: width="100"}``."""
    if _SIZE not in html:
        return html

    def written(found: re.Match[str]) -> str:
        said = dict(re.findall(r"([wh])([0-9px%]+)", found[3]))
        names = (("width", said.get("w")), ("height", said.get("h")))
        added = "".join(f' {name}="{length}"' for name, length in names if length and f" {name}=" not in found[1])
        return f"{found[1]}{added}{found[2]}"

    return _LEFT_MARK.sub("", _SIZE_MARK.sub(written, html))


def strip_kramdown(text: str, *, sizes: bool = False) -> str:
    """``text`` without kramdown's own marks; fenced code and code spans stay as they are. ``sizes``: the width and
    height of a picture stay behind it, for `_sized`."""
    text = _without_comments(text)
    lines = text.split("\n")
    kept: list[str] = []
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            kept.append(line)
        elif mark:
            fence = mark[1]
            kept.append(line)
        elif len(line) > _LONG_LINE:
            kept.append(line)
        elif _TOC.fullmatch(line):
            _drop_list_item(kept)
        elif _BLOCK_LIST.fullmatch(line) or _ABBREVIATION.match(line):
            continue
        elif _MARKDOWN_IN_HTML.fullmatch(line):
            # CommonMark reads Markdown inside an element after a blank line; kramdown asks for the attribute.
            kept += [line, ""]
        elif "{" in line:
            follows = lines[number + 1] if number + 1 < len(lines) else ""
            if line.startswith("#") or (follows and _UNDERLINE.fullmatch(follows)):
                line = _HEADING_ID.sub("", line)
            kept.append(_without_span_marks(line, sizes))
        else:
            kept.append(line)
    return "\n".join(kept)


def _drop_list_item(kept: list[str]) -> None:
    """kramdown puts its table of contents in the place of the list that ``{:toc}`` stands under."""
    end = len(kept)
    while end and kept[end - 1].strip():
        end -= 1
        if _LIST_ITEM.match(kept[end]):
            del kept[end:]
            return


def _without_span_marks(line: str, sizes: bool) -> str:
    """``line`` without span attribute lists and extension tags, code spans left alone."""
    if "{:" not in line:
        return line
    parts: list[str] = []
    here = 0
    while found := _SPAN_LIST.search(line, here):
        if found[1]:
            close = re.compile(rf"(?<!`){found[1]}(?!`)").search(line, found.end())
            end = close.end() if close else found.end()
            parts.append(_EXTENSION.sub("", line[here : found.start()]) + line[found.start() : end])
        else:
            end = found.end()
            parts.append(_EXTENSION.sub("", line[here : found.start()]))
            said = _LENGTH.findall(found[0]) if sizes and "![" in line[: found.start()] else ()
            if said:
                parts.append(_SIZE + "".join(f"{name[0]}{length}" for name, _, length in said) + _SIZE_END)
        here = end
    return "".join(parts) + _EXTENSION.sub("", line[here:])


def _without_comments(text: str) -> str:
    parts: list[str] = []
    here = 0
    while (start := text.find("{::comment}", here)) >= 0:
        end = text.find("{:/", start)
        close = text.find("}", end) if end >= 0 else -1
        if close < 0:
            break
        parts.append(text[here:start])
        here = close + 1
    return "".join(parts) + text[here:]


def _finish(html: str) -> str:
    """What comrak writes otherwise than kramdown, or than a feed reader can show."""
    if "‘" in html:
        html = _DECADE.sub("’", html)
    if ">”" in html or ">’" in html:
        # With CJK-friendly emphasis comrak takes a quote after an opening tag for a closing one.
        html = _CJK_OPENING.sub(lambda found: found[1] + _OPENING[found[2]], html)
    if '<input type="checkbox"' in html:
        # The sanitiser drops form controls.
        html = _CHECKBOX.sub(lambda box: "☑" if box[1] else "☐", html)
    if 'class="footnote' in html:
        # kramdown's names, so that a note's link leads to it on the page itself.
        html = _FOOTNOTE_ID.sub(r"\1:", html)
    return html


def extensions(*, tables: bool) -> comrak.ExtensionOptions:
    options = comrak.ExtensionOptions()
    options.table = tables
    options.description_lists = tables
    # Jekyll links no bare URL, and comrak would take the Korean particle after one for a part of it.
    options.autolink = False
    options.cjk_friendly_emphasis = True
    options.footnotes = True
    options.strikethrough = True
    options.tasklist = True
    return options


_EXTENSIONS = extensions(tables=True)
_SIMPLER = extensions(tables=False)
_PARSING = comrak.ParseOptions()
_PARSING.smart = True
_RENDERING = comrak.RenderOptions()
_RENDERING.unsafe_ = True
