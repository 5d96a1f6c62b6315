"""Plain YAML, read fast: keys at the margin; text, lists of text and maps of text below them. Most front matter is so.

One regular expression reads an entry; libyaml's events, of which ``yaml_guard`` makes values, cost several times as
much. What is read here is exactly what the guard would read, with the same positions. It refuses to understand anything
else: it has no errors and no warnings, and answers None wherever it is not sure, for the guard to read.
"""

from __future__ import annotations

import re

from service.content.scalars import Parsed, Plain, Position, Value, is_null

UNPRINTABLE = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
"""Characters that YAML forbids or takes for line ends: the latter would shift every line number (YAML 1.1 §5.4)."""

_ODD = re.compile(f"[\t{UNPRINTABLE}]")

_KEY = r"\w[\w.-]{0,99}+"
_FIRST = r"""(?:[^ \n?:,\[\]{}#&*!|>'"%@`-]|-(?=\w))"""
"""What may begin plain text: no indicator (YAML 1.1 §5.3), but the sign of a number."""

_PLAIN = rf"{_FIRST}[^\n:#]*+(?:(?::(?![ \n]|\Z)|(?<!\ )\#)[^\n:#]*+)*"
"""Plain text on one line, with the spaces behind it. White space makes an end of a colon before it or a # behind it."""

_QUOTED = r"""(?:"[^"\\\n]*+"|'[^'\n]*+(?:''[^'\n]*+)*')"""
_WRAP = r"\n(?!---|\.\.\.|%)\ *+(?!\n)"
"""A line end between quotation marks that means a space: no blank line, nothing that libyaml or the guard looks for."""

_WRAPPED = rf"""(?:"[^"\\\n]*+(?:{_WRAP}[^"\\\n]*+)*"|'[^'\n]*+(?:(?:''|{_WRAP})[^'\n]*+)*')"""
_TEXT = rf"(?:{_PLAIN}|{_QUOTED}\ *+)"
_ITEM = rf"(?:{_FIRST}[^\n:#,?\[\]{{}}]*+|{_QUOTED}\ *+)"
_PAIR = rf"{_KEY}:(?:\ ++{_TEXT}|\ *+)"

_ENTRY = re.compile(
    rf"""
    ({_KEY}):
    (?: (\ ++)
        (?: ({_PLAIN}(?:\n\ ++{_PLAIN})*)
          | ({_WRAPPED})\ *+
          | (\[\ *+(?:{_ITEM}(?:,\ *+{_ITEM})*)?\])\ *+
          | ([|>]-?)\n((\ ++)[^ \n][^\n]*+(?:\n++\8[^ \n][^\n]*+)*)(?=\n)
        )
      | \ *+\n((\ *+)-\ ++{_TEXT}(?:\n\10-\ ++{_TEXT})*)
      | \ *+\n((\ ++){_PAIR}(?:\n\12{_PAIR})*)
      | \ *+
    )
    (?: (?<=\ )\#[^\n]*+ )?
    (?: (\n++(?:\#[^\n]*+\n++)*) | \Z )
    | [\s\S]++
    """,
    re.VERBOSE,
)
"""An entry up to the next; or, without a key, all the rest. Linear: no text matches in two ways, so none is retried."""

_LONGEST_NULL = len("null")

_ITEMS = re.compile(rf"[\[,]\ *+({_ITEM})")
_LINE_ENDS = re.compile(r"\n(\n*+)")


def read(text: str, first_line: int, *, depth: int, brackets: int) -> Parsed | None:
    """What ``yaml_guard.read`` answers with these arguments, where that is without problems and the text plain."""
    if depth < 2 or text.count("[") > brackets or _ODD.search(text):
        return None
    line = first_line
    values: dict[str, Value] = {}
    positions: dict[str, Position] = {}
    entries = _ENTRY.findall(text)
    if not entries or not entries[-1][0]:
        return None
    for key, gap, plain, quoted, flow, sign, block, indent, listed, dashes, mapped, margin, end in entries:
        positions[key] = (line, len(key) + len(gap) + 2)
        if plain:
            if "\n" in plain:
                line += plain.count("\n")
                plain = _unwrapped(plain)
            if plain[-1] == " ":
                plain = plain.rstrip(" ")
            values[key] = Plain(plain) if len(plain) > _LONGEST_NULL else _plain(plain)
        elif quoted:
            if "\n" in quoted:
                line += quoted.count("\n")
                quoted = _unwrapped(quoted)
            values[key] = _quoted(quoted)
        elif flow:
            values[key] = _flow(flow)
        elif sign:
            values[key] = _block(block, indent, sign)
            line += block.count("\n") + 1
        elif listed:
            items = listed.split("\n")
            values[key] = [_scalar(item[len(dashes) + 1 :]) for item in items]
            positions[key] = (line + 1, len(dashes) + 1)
            line += len(items)
        elif mapped:
            pairs = [pair.split(":", 1) for pair in mapped.split("\n")]
            inner: dict[str, Value] = {name[len(margin) :]: _scalar(item) for name, item in pairs}
            if len(inner) < len(pairs):
                return None
            values[key] = inner
            positions[key] = (line + 1, len(margin) + 1)
            line += len(pairs)
        else:
            values[key] = None
        line += 1 if end == "\n" else end.count("\n")
    return Parsed(values, positions) if len(values) == len(entries) else None


def _scalar(text: str) -> str | None:
    text = text.strip(" ")
    return _quoted(text) if text and text[0] in "\"'" else _plain(text)


def _plain(text: str) -> Plain | None:
    return None if len(text) <= _LONGEST_NULL and is_null(text) else Plain(text)


def _quoted(text: str) -> str:
    return text[1:-1] if text[0] == '"' else text[1:-1].replace("''", "'")


def _unwrapped(text: str) -> str:
    return " ".join([line.strip(" ") for line in text.split("\n")])


def _flow(text: str) -> list[Value]:
    if '"' in text or "'" in text:
        return [_scalar(item) for item in _ITEMS.findall(text)]
    if "," not in text:
        inner = text[1:-1].strip(" ")
        return [_plain(inner)] if inner else []
    return [_plain(item.strip(" ")) for item in text[1:-1].split(",")]


def _block(lines: str, indent: str, sign: str) -> str:
    text = lines[len(indent) :]
    if "\n" in text:
        text = text.replace("\n" + indent, "\n")
        if sign[0] == ">":
            text = _LINE_ENDS.sub(lambda match: match[1] or " ", text)
    return text + "\n" if len(sign) == 1 else text
