"""Shortcodes as Zola has them: ``{{ name(argument="value") }}`` and ``{% name() %}`` body ``{% end %}``.

A named few become HTML or Markdown that says the same; of the others the marks go, what they enclose stays, and a
warning with line and column says which. What is written ``{{/* so */}}`` is text. Refuses to read a site's templates.
Linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Final

from feeds.frozen import frozen
from service.content.players import VIMEO, YOUTUBE
from service.content.scalars import position_of
from service.errors import MOST_REPORTED, Problem

Arguments = Mapping[str, str]

_CALL = re.compile(
    r"(?P<open>\{\{|\{%)(?P<escaped>/\*)?[ \t]*+(?P<name>\w{1,64}+)"
    r"\((?P<arguments>(?:[^\"'`(){}]|\"[^\"\n]*+\"|'[^'\n]*+'|`[^`\n]*+`)*+)\)[ \t]*+(?(escaped)\*/)(?P<close>\}\}|%\})"
    r"|\{%(?P<escaped_end>/\*)?[ \t]*+(?P<end>end)[ \t]*+(?(escaped_end)\*/)%\}"
)
_ARGUMENT = re.compile(r"(\w++)[ \t\n]*+=[ \t\n]*+(?:\"([^\"]*+)\"|'([^']*+)'|`([^`]*+)`|([^\s,\"'`]++))")


@frozen(frozen=True, slots=True)
class _Open:
    name: str
    written: Arguments
    start: int
    parts: list[str]


def expand(text: str, path: str, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    """``text`` without shortcodes, and what is said of those that nobody knows. Raises nothing."""
    if "{{" not in text and "{%" not in text:
        return text, ()
    problems: list[Problem] = []
    open_: list[_Open] = []
    parts: list[str] = []
    here = 0

    def warn(code: str, message: str, hint: str, offset: int) -> None:
        problems.append(Problem(path, *position_of(text, offset, first_line), "warning", code, message, hint))

    for found in _CALL.finditer(text):
        parts.append(text[here : found.start()])
        here = found.end()
        if found["escaped"] or found["escaped_end"]:
            parts.append(found[0].replace("/*", "", 1).replace("*/", "", 1))
        elif found["end"]:
            if not open_:
                parts.append(found[0])
                continue
            block = open_.pop()
            body = "".join(parts)
            parts = [*block.parts, (_BLOCKS.get(block.name) or _kept)(block.written, body)]
        elif (found["open"] == "{{") is not (found["close"] == "}}"):
            parts.append(found[0])
        else:
            name, arguments = found["name"], _arguments(found["arguments"])
            known = name in (_BLOCKS if found["open"] == "{%" else _INLINE)
            if not known and len(problems) < MOST_REPORTED:
                hint = "what it shows is missing from the feeds" if found["open"] == "{{" else "its text stays"
                warn("shortcode-unknown", f"the shortcode {name} is not known and was left out", hint, found.start())
            if found["open"] == "{%":
                open_.append(_Open(name, arguments, found.start(), parts))
                parts = []
            elif known:
                parts.append(_INLINE[name](arguments))
    parts.append(text[here:])
    for block in reversed(open_):
        parts = [*block.parts, *parts]
        warn(
            "shortcode-unclosed", f"the shortcode {block.name} is never closed", "close it with {% end %}", block.start
        )
    return "".join(parts), tuple(problems)


def _arguments(text: str) -> Arguments:
    found: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        found[match[1]] = next((value for value in match.groups()[1:] if value is not None), "")
    return found


def _kept(_: Arguments, body: str) -> str:
    return body


def _frame(address: str) -> Callable[[Arguments], str]:
    def written(said: Arguments) -> str:
        name = re.sub(r"[^\w-]", "", said.get("id", ""))
        return f'<iframe src="{address.format(name)}"></iframe>' if name else ""

    return written


def _gist(said: Arguments) -> str:
    url = html.escape(said.get("url", ""))
    return f'<a href="{url}">{url}</a>' if url.startswith("https://") else ""


def _figure(said: Arguments) -> str:
    source = next((said[name] for name in ("src", "path", "url", "link") if said.get(name)), "")
    if not source:
        return ""
    words = html.escape(said.get("alt") or said.get("caption") or said.get("title") or "")
    image = f'<img src="{html.escape(source)}" alt="{words}">'
    caption = html.escape(said.get("caption", ""))
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>" if caption else image


def _quote(said: Arguments, body: str) -> str:
    """As in Zola's documentation: the words, then who said them."""
    lines = "\n".join(f"> {line}".rstrip() for line in body.strip().split("\n"))
    author = said.get("author") or said.get("name") or ""
    return f"{lines}\n>\n> — {author}" if author else lines


def _note(said: Arguments, body: str) -> str:
    title = said.get("title") or ""
    return _quote({}, f"**{title}**\n\n{body.strip()}" if title else body)


_INLINE: Final[Mapping[str, Callable[[Arguments], str]]] = {
    "youtube": _frame(YOUTUBE),
    "vimeo": _frame(VIMEO),
    "streamable": _frame("https://streamable.com/e/{}"),
    "gist": _gist,
    **dict.fromkeys(("figure", "image", "img"), _figure),
}
"""Zola's own, and the names under which most sites and themes have a picture."""

_BLOCKS: Final[Mapping[str, Callable[[Arguments, str], str]]] = {
    "quote": _quote,
    **dict.fromkeys(("note", "tip", "info", "warning", "important", "caution", "alert", "admonition"), _note),
}
