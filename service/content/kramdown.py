"""Where kramdown reads a line otherwise than CommonMark: HTML blocks, destinations, math and tables, before comrak.

One linear pass over the lines. Fenced code, indented code, comments and ``<pre>``, ``<script>``, ``<style>`` stay as
they are. Refuses to parse inlines beyond code spans, tags, link destinations and math.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from html import escape
from typing import Final

_MATH, _MATH_END, _INLINE = "\ue07f", "\ue080", "\ue081"
"""Private characters, in the place of a formula and before a lone inline tag; `restore` takes them out again."""
_CAUSES: Final = (
    ("$$", re.compile(r"\$\$")),
    ("<", re.compile(r"^[^\S\n]*+<(?:!--|/?[a-zA-Z])", re.MULTILINE)),
    ("](", re.compile(r"\]\((?:[^()<>\n \t]|\([^()<>\n \t]*+\))*+\(?[^()<>\n \t]*+[ \t]")),
    ("]:", re.compile(r"^ {0,3}\[(?!\^)[^\]\n]++\]:[ \t]*+[^\s][^\n \t]*+[ \t]", re.MULTILINE)),
)
"""What has to be in a text for anything of it to be rewritten but for tables: a formula, a line that starts with a tag,
white space in a destination or after one. Most texts have none and need not be read line by line."""
_RULE = re.compile(r"^[ \t>:+=-]*+\|[ \t>|:+=-]*+$", re.MULTILINE)
"""What delimiter rows look like, and whatever rules kramdown allows below."""

_INLINE_NAMES = (
    "a abbr b bdi bdo big br cite code del em font i img ins kbd label mark q s small span strike strong sub sup tt u "
    "wbr"
)
_BLOCK_NAMES = (
    "address article aside audio blockquote caption center col colgroup dd details dialog dir div dl dt embed fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr iframe legend li link main menu nav object ol p picture "
    "section source summary svg table tbody td tfoot th thead tr track ul video"
)
_INLINE_TAGS: Final = frozenset(_INLINE_NAMES.split())
_BLOCK_TAGS: Final = frozenset(_BLOCK_NAMES.split())
_VOID: Final = frozenset(("br", "col", "embed", "hr", "img", "input", "link", "source", "track", "wbr"))
_CLOSED_BY_THE_NEXT: Final = frozenset(("p", "li", "dt", "dd", "tr", "td", "th"))
_VERBATIM = ("pre", "script", "style", "textarea")

_FENCE = re.compile(r"[ \t>]*+(?:(?:[*+-]|\d{1,9}\.)[ \t]++)?(`{3,}+(?![^\n]*`)|~{3,}+)")
_LIST_ITEM = re.compile(r"[ \t>]*+(?:[*+-]|\d{1,9}\.)[ \t]")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^<>]*+)")
_FIRST_TAG = re.compile(r"[ \t]*+</?([a-zA-Z][a-zA-Z0-9]*+)(?=[\s/>]|\Z)")
_LONE_TAG = re.compile(r"[ \t]*+<[^<>]*+>[ \t]*+")

_SPAN = re.compile(
    r"(?P<code>`++)|\\\$\$[^$]*+\$\$|\\[^\n]|<[a-zA-Z/!][^<>\n]*+>"
    r"|\]\((?P<target>(?:[^()<>\n]|\([^()<>\n]*+\))*+)\)|[\[\]]"
    r"|\$\$(?!\$)(?P<math>[^$]++(?:\$(?!\$)[^$]*+)*+)\$\$"
)
_DEFINITION = re.compile(r"( {0,3}\[(?!\^)[^\]\n]++\]:[ \t]*+)(\S[^\n]*+)")
_TITLE = re.compile(r"[ \t]++(?:\"[^\"]*+\"|'[^']*+')\Z")
_QUOTED = re.compile(r"^[ \t]*+>[ \t]?", re.MULTILINE)
_DELIMITER_ROW = re.compile(r"[ \t>]*+\|?[ \t]*+:?-++:?[ \t]*+(?:[|+][ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+")
_RULE_ROW = re.compile(r"[ \t>]*+\|?[ \t]*+:?[-=][-=+|: \t]*+")
_PIPE = re.compile(r"(?<!\\)\|")
_FORMULA = re.compile(rf"(<p>|<li>)?{_MATH}(\d++){_MATH_END}(</p>|</li>)?")


def as_commonmark(text: str) -> tuple[str, list[str]]:
    r"""``text`` so that CommonMark reads it as kramdown does, and its formulas for `restore`. Linear; raises nothing.

    ``<div>a</div>\n**b**`` gets a blank line in between, ``[a](my file.pdf)`` becomes ``[a](<my file.pdf>)``.
    """
    if not is_rewritten(text) or any(mark in text for mark in (_MATH, _MATH_END, _INLINE)):
        return text, []
    reader = _Reader(text.split("\n"))
    return reader.read(), reader.formulas


def is_rewritten(text: str) -> bool:
    """Whether :func:`as_commonmark` may change ``text``; False only where it surely does not. Linear."""
    return any(mark in text and cause.search(text) for mark, cause in _CAUSES) or ("|" in text and _is_own_table(text))


def _is_own_table(text: str) -> bool:
    """Whether a table in ``text`` may not be written as CommonMark's are: ``+`` between columns, more than one rule
    before the next blank line, or a bare ``|`` in a code span."""
    end = -1
    for rule in _RULE.finditer(text):
        if "`" in text or "+" in rule[0] or (end >= 0 and text.find("\n\n", end, rule.start()) < 0):
            return True
        end = rule.end()
    return False


def restore(html: str, formulas: list[str]) -> str:
    r"""``html`` with its formulas as Jekyll writes them: ``\[…\]`` for a block of its own, else ``\(…\)``."""
    if _INLINE in html:
        html = html.replace(_INLINE, "")
    if not formulas:
        return html

    def written(found: re.Match[str]) -> str:
        start, end = found[1] or "", found[3] or ""
        formula = escape(formulas[int(found[2])])
        if not start or end != start.replace("<", "</"):
            return rf"{start}\({formula}\){end}"
        return rf"\[{formula}\]" if start == "<p>" else rf"<li>\[{formula}\]</li>"

    return _FORMULA.sub(written, html)


class _Reader:
    """The lines of one text, read once: code is copied, HTML is balanced, paragraphs are rewritten."""

    def __init__(self, lines: list[str]) -> None:
        self.formulas: list[str] = []
        self._lines = lines
        self._kept: list[str] = []
        self._paragraph: list[str] = []
        self._fence = ""
        self._until = ""  # what ends a comment or <pre>
        self._raw = False  # CommonMark is in an HTML block
        self._open: list[str] = []
        self._opened: dict[str, int] = {}
        self._in_list = False
        self._after_blank = True
        self._in_code = False

    def read(self) -> str:
        for number, line in enumerate(self._lines):
            following = self._lines[number + 1] if number + 1 < len(self._lines) else ""
            if self._fence or self._until:
                self._copy_until_closed(line)
            elif not line.strip():
                self._blank(line)
            else:
                self._line(line, following)
                self._after_blank = False
        self._end_paragraph()
        return "\n".join(self._kept)

    def _copy_until_closed(self, line: str) -> None:
        self._kept.append(line)
        if self._until:
            if self._until in line.lower():
                self._until = ""
        elif line.strip(" \t>").startswith(self._fence) and not line.strip(" \t>" + self._fence[0]):
            self._fence = ""

    def _blank(self, line: str) -> None:
        self._end_paragraph()
        self._kept.append(line)
        self._raw = False
        self._after_blank = True
        if all(name in _CLOSED_BY_THE_NEXT for name in self._open[:8]) and len(self._open) <= 8:
            # <p> that nobody closes ends here at the latest; what is deeper is left open.
            self._open.clear()
            self._opened.clear()

    def _line(self, line: str, following: str) -> None:
        if self._raw:
            self._html(line, following)
            return
        indented = line.startswith(("    ", "\t"))
        if self._open and self._after_blank and indented and line.lstrip().startswith("<"):
            # <ul>, a blank line, four spaces, <li>: HTML for kramdown, code for CommonMark.
            if "pre" not in self._opened:
                line, indented = line.lstrip(), False
        elif _LIST_ITEM.match(line):
            self._in_list = True
        elif self._after_blank and not line.startswith((" ", "\t")):
            self._in_list = False
        self._in_code = indented and not self._in_list and (self._after_blank or self._in_code)
        mark = None if self._in_code else _FENCE.match(line)
        if self._in_code or mark:
            self._end_paragraph()
            self._kept.append(line)
            self._fence = mark[1] if mark else ""
        elif "<" not in line or not self._starts_html(line, following, indented):
            self._paragraph.append(line)

    def _starts_html(self, line: str, following: str, indented: bool) -> bool:
        """Take ``line`` if HTML starts with it that CommonMark passes through."""
        if indented and not self._in_list:
            return False
        start = line.lstrip()
        first = _FIRST_TAG.match(line)
        name = first[1].lower() if first else ""
        if start.startswith("<!--") or name in _VERBATIM:
            self._end_paragraph()
            self._kept.append(line)
            end = "-->" if start.startswith("<!--") else f"</{name}"
            self._until = "" if end in start.lower() else end
            return True
        if name in _BLOCK_TAGS:
            self._end_paragraph()
            self._html(line, following)
            return True
        if name in _INLINE_TAGS and following.strip() and not _block_html(following) and _LONE_TAG.fullmatch(line):
            # <br>, then **b**: a line of a paragraph for kramdown. Alone on its line CommonMark takes it for a block.
            self._paragraph.append(line[: len(line) - len(start)] + _INLINE + start)
            return True
        return False

    def _html(self, line: str, following: str) -> None:
        """A line of an HTML block, which kramdown ends with its last closing tag, CommonMark at a blank line."""
        self._count(line)
        self._kept.append(line)
        ends = not self._open and line.rfind("<") < line.rfind(">")
        self._raw = not ends or _block_html(following)
        if ends and following.strip() and not self._raw:
            self._kept.append("")
            self._after_blank = True

    def _count(self, line: str) -> None:
        for closing, written, rest in _TAG.findall(line):
            name = written.lower()
            if name in _VOID or rest.endswith("/"):
                continue
            if not closing:
                self._open.append(name)
                self._opened[name] = self._opened.get(name, 0) + 1
            elif name in self._opened:
                self._close(name)

    def _close(self, name: str) -> None:
        """An end tag closes what was left open inside of its element as well."""
        last = ""
        while last != name:
            last = self._open.pop()
            self._opened[last] -= 1
            if not self._opened[last]:
                del self._opened[last]

    def _end_paragraph(self) -> None:
        lines, self._paragraph = self._paragraph, []
        for number, line in enumerate(lines):
            found = _DEFINITION.fullmatch(line)
            if not found:
                lines = lines[number:]
                break
            self._kept.append(found[1] + _in_angles(found[2]))
        else:
            return
        table = _table_start(lines)
        if lines[:table]:
            self._kept.append(self._spans("\n".join(lines[:table])))
        self._kept += [self._spans(row, cells=True) for row in _rows(lines[table:])]

    def _spans(self, text: str, cells: bool = False) -> str:
        """``text`` with safe destinations and formulas taken out; ``cells``: and no bare ``|`` in its code spans."""
        parts: list[str] = []
        here = brackets = 0
        ticks = _backticks(text) if "`" in text else {}
        while found := _SPAN.search(text, here):
            end, written = found.end(), found[0]
            if found["code"]:
                starts = ticks.get(len(written), [])
                index = bisect_left(starts, end)
                if index < len(starts):
                    end = starts[index] + len(written)
                    written = text[found.start() : end]
                    written = _PIPE.sub(r"\\|", written) if cells else written
            elif written == "[":
                brackets += 1
            elif written[0] == "]":
                if brackets and found["target"]:
                    written = f"]({_in_angles(found['target'])})"
                brackets = max(brackets - 1, 0)
            elif found["math"]:
                written = self._formula(found["math"])
            parts += [text[here : found.start()], written]
            here = end
        return "".join(parts) + text[here:]

    def _formula(self, source: str) -> str:
        """A word in the place of a formula, whose ``_`` and ``*`` are no emphasis: ``$$a_1 * b_1$$``."""
        if "\n" in source and all(line.lstrip().startswith(">") for line in source.split("\n")[1:]):
            source = _QUOTED.sub("", source)
        self.formulas.append(source.strip())
        return f"{_MATH}{len(self.formulas) - 1}{_MATH_END}"


def _block_html(line: str) -> bool:
    first = _FIRST_TAG.match(line)
    return bool(first and (first[1].lower() in _BLOCK_TAGS or first[1].lower() in _VERBATIM))


def _in_angles(target: str) -> str:
    """``my file.pdf "t"`` as ``<my file.pdf> "t"``: kramdown allows white space in a destination."""
    title = _TITLE.search(target) if target.rstrip()[-1:] in "\"'" else None
    place = (target[: title.start()] if title else target).strip()
    if not any(space in place for space in " \t") or any(mark in place for mark in '<>\\"\n'):
        return target
    return f"<{place}>{title[0] if title else ''}"


def _backticks(text: str) -> dict[int, list[int]]:
    """Where runs of backticks start, by their length: a code span ends with a run as long as its first."""
    starts: dict[int, list[int]] = {}
    for run in re.finditer(r"`++", text):
        starts.setdefault(len(run[0]), []).append(run.start())
    return starts


def _table_start(lines: list[str]) -> int:
    """The number of the header row of the table in a paragraph's ``lines``, or their count."""
    for number, line in enumerate(lines[1:]):
        if "|" in line and "-" in line and "|" in lines[number] and _DELIMITER_ROW.fullmatch(line):
            return number
    return len(lines)


def _rows(table: list[str]) -> list[str]:
    """``table`` with one delimiter row, ``+`` between columns as ``|``; kramdown has more of them, of ``=`` as well."""
    if not table:
        return table
    body = [row for row in table[2:] if "|" not in row or not _RULE_ROW.fullmatch(row)]
    return [table[0], table[1].replace("+", "|"), *body]
