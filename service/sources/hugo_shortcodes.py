"""Hugo's shortcodes in a body: found, paired, and replaced by what somebody makes of each call.

``{{< name … >}}`` and ``{{% name … %}}``, alone, ``/>`` and in pairs, with named or positional parameters; what is
written ``{{</* name */>}}`` is text. Linear in the length of the body, bounded in depth; what is never closed stays as
it is written. Lines are kept, so that what is said of the text later names the author's own. Knows none by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from feeds.frozen import frozen
from service.content.goldmark import CLOSING

MOST_DEEP: Final = 20
"""Pairs within pairs; deeper ones stay as they are written."""

_OPENING = re.compile(r"\{\{([<%])")
_TOKEN = re.compile(
    r"\s*+(?:(?P<key>[\w.-]++)\s*+=\s*+)?"
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)*+)\"|`(?P<back>[^`]*+)`|(?P<bare>(?:[^\s\"`<>%={}/]|/(?!\s*[>%]\}\}))++))",
    re.DOTALL,
)
_END = {"<": re.compile(r"\s*+(/?)>\}\}"), "%": re.compile(r"\s*+(/?)%\}\}")}
_UNCOMMENT: Final = {"<": "*/>}}", "%": "*/%}}"}
_MOST_PARAMETERS: Final = 100


@frozen(frozen=True, slots=True)
class Call:
    """One use of a shortcode. ``inner`` is the text between its pair, already expanded; None where it stands alone."""

    name: str
    arguments: tuple[str, ...]
    named: Mapping[str, str]
    markdown: bool
    """``{{% %}}``: what comes of it is Markdown."""
    offset: int
    inner: str | None = None

    def get(self, name: str, position: int = -1) -> str:
        """A parameter by its name or, where they have none, by its position; "" where it is not there."""
        if name in self.named:
            return self.named[name]
        return self.arguments[position] if 0 <= position < len(self.arguments) else ""


class _Tag(NamedTuple):
    call: Call
    closing: bool
    alone: bool
    end: int


@dataclass(slots=True)
class _Frame:
    call: Call | None
    parts: list[str] = field(default_factory=list)
    lines: int = 0
    """Line ends within the opening tag."""


Make = Callable[[Call], str]
"""What becomes of a call."""


def has_shortcodes(text: str) -> bool:
    return "{{<" in text or "{{%" in text


def expand(body: str, make: Make) -> tuple[str, list[int]]:
    """``body`` with its shortcodes replaced, and the offsets of those that are never closed by ``>}}``."""
    frames = [_Frame(None)]
    broken: list[int] = []
    last = {kind: body.rfind(end) for kind, end in _UNCOMMENT.items()}
    here = 0
    while opening := _OPENING.search(body, here):
        start, kind = opening.start(), opening[1]
        frames[-1].parts.append(body[here:start])
        if body.startswith("/*", start + 3) and last[kind] >= start + 5:
            end = body.index(_UNCOMMENT[kind], start + 5)
            frames[-1].parts.append(f"{{{{{kind}{body[start + 5 : end]}{_UNCOMMENT[kind][2:]}")
            here = end + len(_UNCOMMENT[kind])
            continue
        tag = _tag(body, start, kind)
        if tag is None:
            frames[-1].parts.append(opening[0])
            broken.append(start)
            here = opening.end()
            continue
        here = tag.end
        lines = body.count("\n", start, tag.end)
        if tag.closing:
            _close(frames, tag.call.name, lines, make)
        elif tag.alone or len(frames) > MOST_DEEP:
            frames[-1].parts.append(_kept(make(tag.call), lines))
        else:
            frames.append(_Frame(tag.call, lines=lines))
    frames[-1].parts.append(body[here:])
    _unpair(frames, 1, make)
    return "".join(frames[0].parts), broken


def _close(frames: list[_Frame], name: str, lines: int, make: Make) -> None:
    """The end of a pair: what was opened since and not closed stands alone. An end without a beginning goes."""
    opened = next((i for i in range(len(frames) - 1, 0, -1) if frames[i].call and frames[i].call.name == name), 0)  # type: ignore[union-attr]
    if not opened:
        frames[-1].parts.append("\n" * lines)
        return
    _unpair(frames, opened + 1, make)
    frame = frames.pop()
    assert frame.call is not None  # noqa: S101 - only the first has none
    inner = "".join(frame.parts)
    call = Call(**{name: getattr(frame.call, name) for name in _FIELDS}, inner=inner)
    frames[-1].parts.append(_kept(make(call), frame.lines + lines + inner.count("\n")))


_FIELDS: Final = ("name", "arguments", "named", "markdown", "offset")


def _unpair(frames: list[_Frame], first: int, make: Make) -> None:
    """The frames from ``first`` on have no end: their calls stand alone, their text belongs to what is around."""
    target = frames[first - 1].parts
    for frame in frames[first:]:
        if frame.call:
            target.append(_kept(make(frame.call), frame.lines))
        target += frame.parts
    del frames[first:]


def _kept(made: str, lines: int) -> str:
    """What was made of a call, with as many line ends as the call had, where it has fewer."""
    missing = lines - made.count("\n")
    if missing <= 0:
        return made
    if made.endswith(CLOSING):
        return f"{made.removesuffix(CLOSING)}{chr(10) * missing}{CLOSING}"
    return made + "\n" * missing


def _tag(body: str, start: int, kind: str) -> _Tag | None:
    """The tag at ``start``; None where it is none that ends."""
    here = start + 3
    while here < len(body) and body[here].isspace():
        here += 1
    closing = body.startswith("/", here)
    words: list[str] = []
    named: dict[str, str] = {}
    here += closing
    for _ in range(_MOST_PARAMETERS):
        end = _END[kind].match(body, here)
        if end:
            if not words:
                return None
            call = Call(words[0], tuple(words[1:]), named, kind == "%", start)
            return _Tag(call, closing, bool(end[1]), end.end())
        token = _TOKEN.match(body, here)
        if token is None or token.end() == here:
            return None
        double = token["double"]
        value = re.sub(r"\\(.)", r"\1", double) if double is not None else token["back"] or token["bare"] or ""
        if token["key"]:
            named[token["key"].lower()] = value
        else:
            words.append(value)
        here = token.end()
    return None
