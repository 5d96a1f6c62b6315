"""The pieces of a Liquid template, found in one linear pass: text, tags and output statements, and what is wrong.

python-liquid's own lexer is a regular expression that takes quadratic time on unclosed braces and on long white space
in a tag; this one replaces it, drops what nobody can render, and gives the door its line numbers. It follows Jekyll's
Liquid 4: a statement ends at the first closing braces, ``raw`` and ``comment`` hide everything in between. Refuses to
understand an expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

BLOCKS: Final = frozenset(("if", "unless", "case", "for", "tablerow", "capture", "highlight", "ifchanged"))
BRANCHES: Final = frozenset(("else", "elsif", "when"))
STATEMENTS: Final = frozenset(
    (
        *("assign", "increment", "decrement", "cycle", "echo", "break", "continue"),
        *("include", "link", "post_url", "gist", "youtube", "vimeo"),
    )
)
_FREE_FORM = frozenset(("include", "highlight", "link", "post_url", "gist"))
"""Tags whose expression is read by a linear pattern of ours, so that its length does not matter."""

LONGEST_EXPRESSION: Final = 2_000
"""Characters of an expression; python-liquid's expression lexer is quadratic in brackets and parentheses."""
MOST_BRACKETS: Final = 32

_OPEN = re.compile(r"\{[{%]")
_NAME = re.compile(r"#|\w+")
_END = {name: re.compile(rf"\{{%-?\s*+end{name}\s*+-?%\}}") for name in ("raw", "comment")}

Code = Literal["liquid-syntax", "liquid-unknown-tag", "liquid-unknown-filter", "liquid-unknown-include"]


class Piece(NamedTuple):
    """``kind`` is text, tag or output; ``expression`` is the text itself where it is text. Offsets are characters."""

    kind: Literal["text", "tag", "output"]
    name: str
    expression: str
    start: int
    expression_start: int


class Fault(NamedTuple):
    """What is wrong with the tag at ``offset``."""

    offset: int
    code: Code
    message: str
    hint: str = ""


@dataclass(slots=True)
class Scan:
    pieces: list[Piece] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    balanced: bool = True
    """False: blocks that do not close, or not in order; nothing can be rendered then."""

    def text(self) -> str:
        """What is left when every tag and statement is taken out."""
        return "".join(piece.expression for piece in self.pieces if piece.kind == "text")


def has_liquid(text: str) -> bool:
    """Whether there is anything in ``text`` that Liquid would look at."""
    return "{" in text and _OPEN.search(text) is not None


def strip(source: str) -> str:
    """``source`` without its tags and statements; what stands between them stays, ``comment`` goes. Linear time."""
    return scan(source).text()


def scan(source: str) -> Scan:
    """The pieces of ``source``, unknown tags left out. Linear time; raises nothing."""
    return _Scanner(source).run()


class _Scanner:
    def __init__(self, source: str) -> None:
        self.source = source
        self.found = Scan()
        self.blocks: list[tuple[str, int]] = []
        self.trim = False
        self.exhausted: set[str] = set()

    def run(self) -> Scan:
        source, here = self.source, 0
        while opening := _OPEN.search(source, here):
            start = opening.start()
            statement = opening[0] == "{{"
            end = self._find("}}" if statement else "%}", start + 2)
            if end < 0:
                self._text(here, start)
                self._fault(start, "liquid-syntax", f"{opening[0]!r} is never closed", "write {% raw %} around it")
                here = start + 2
                continue
            inner = source[start + 2 : end]
            self._text(here, start, trim_end=inner.startswith("-"))
            self.trim = len(inner) > 1 and inner.endswith("-")
            offset = start + 2 + (1 if inner.startswith("-") else 0)
            stop = end - (1 if self.trim else 0)
            here = end + 2
            if statement:
                self._statement(start, offset, stop)
            else:
                here = self._tag(start, offset, stop) or here
        self._text(here, len(source))
        for name, start in self.blocks:
            self.found.balanced = False
            self._fault(start, "liquid-syntax", f"{{% {name} %}} is never closed", f"add {{% end{name} %}}")
        return self.found

    def _find(self, closing: str, here: int) -> int:
        """Where ``closing`` comes next; once it was missing it is missing for good, and nothing is searched again."""
        if closing in self.exhausted:
            return -1
        found = self.source.find(closing, here)
        if found < 0:
            self.exhausted.add(closing)
        return found

    def _text(self, start: int, end: int, *, trim_end: bool = False) -> None:
        text = self.source[start:end]
        if self.trim:
            text = text.lstrip()
            self.trim = False
        if trim_end:
            text = text.rstrip()
        if text:
            self.found.pieces.append(Piece("text", "", text, start, start))

    def _fault(self, offset: int, code: Code, message: str, hint: str = "") -> None:
        self.found.faults.append(Fault(offset, code, message, hint))

    def _statement(self, start: int, offset: int, stop: int) -> None:
        expression, at = self._stripped(offset, stop)
        if self._sane(start, expression):
            self.found.pieces.append(Piece("output", "", expression, start, at))

    def _stripped(self, offset: int, stop: int) -> tuple[str, int]:
        written = self.source[offset:stop]
        bare = written.lstrip()
        return bare.rstrip(), offset + len(written) - len(bare)

    def _sane(self, start: int, expression: str) -> bool:
        if len(expression) <= LONGEST_EXPRESSION and expression.count("(") + expression.count("[") <= MOST_BRACKETS:
            return True
        self._fault(start, "liquid-syntax", "the expression is too long", "split it with {% assign %}")
        return False

    def _tag(self, start: int, offset: int, stop: int) -> int | None:
        """Take in a tag; the answer is where to go on where that is not right behind it."""
        written, at = self._stripped(offset, stop)
        match = _NAME.match(written)
        name = match[0] if match else ""
        if name in _END:
            return self._hidden(name, start, stop)
        if name != "#" and self._known(name, start):
            expression = written[len(name) :].lstrip()
            if name in _FREE_FORM or self._sane(start, expression):
                at += len(written) - len(expression)
                self.found.pieces.append(Piece("tag", name, expression, start, at))
            elif name in BLOCKS:
                self.found.balanced = False
        return None

    def _hidden(self, name: str, start: int, stop: int) -> int | None:
        """Jump over ``raw`` and ``comment``; the text in ``raw`` is kept as it is."""
        key = f"end{name}"
        close = None if key in self.exhausted else _END[name].search(self.source, stop)
        if not close:
            self.exhausted.add(key)
            self._fault(start, "liquid-syntax", f"{{% {name} %}} is never closed", f"add {{% end{name} %}}")
            return None
        if name == "raw":
            self._text(self.source.index("%}", stop) + 2, close.start())
        self.trim = close[0].endswith("-%}")
        return close.end()

    def _known(self, name: str, start: int) -> bool:
        """Whether a tag can be rendered where it stands; keeps track of the open blocks."""
        if name in BLOCKS:
            self.blocks.append((name, start))
            return True
        if name in STATEMENTS:
            return True
        opener = name.removeprefix("end")
        if name in BRANCHES or (opener != name and opener in BLOCKS):
            if self.blocks and (name in BRANCHES or self.blocks[-1][0] == opener):
                if name not in BRANCHES:
                    self.blocks.pop()
                return True
            if self.blocks and name not in BRANCHES:
                self.found.balanced = False
            self._fault(start, "liquid-syntax", f"{{% {name} %}} has no block to belong to", "remove it")
            return False
        # An unknown block is one problem, not two: its end goes silently.
        if opener == name or not any(fault.message == _unknown(opener) for fault in self.found.faults[-20:]):
            self._fault(start, "liquid-unknown-tag", _unknown(name), "it is left out, its content stays")
        return False


def _unknown(name: str) -> str:
    return f"no tag {name!r}" if name else "a tag without a name"
