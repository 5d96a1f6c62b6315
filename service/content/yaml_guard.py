"""YAML under guard: PyYAML's C parser, watched event by event, and nothing it could be made to do beside reading text.

libyaml's events are pulled one at a time and its scanner looks ahead 1,024 characters at most, so refusing at the first
event that breaks a rule costs no more than reading up to it. No composer and no constructor is involved: those recurse
in C (40,000 brackets end the process with SIGSEGV) and expand aliases (400 bytes cost 20 s). Anchors, aliases, merge
keys, tags and further documents are refused; every scalar stays text. Whatever PyYAML raises becomes Rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs name it only as a base class
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from service.content import yaml_hints
from service.content.scalars import Parsed, Plain, Position, Value, is_null, shorten
from service.errors import Level, Problem, Rejected

_REFUSED = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML forbids or takes for line ends: the latter would shift every line number (YAML 1.1 §5.4)."""

_LINE_ENDS = "\r\x85\u2028\u2029"
_NO_KEY: Any = object()
_MAX_WARNINGS = 10


def read(text: str, path: str, first_line: int, *, depth: int, brackets: int | None = None) -> Parsed:
    """Read one YAML document.

    ``first_line`` is the line of the file on which ``text`` starts. ``depth`` bounds nesting of any kind, ``brackets``
    the flow collections altogether. Raises Rejected: yaml-syntax, yaml-tab, yaml-alias, yaml-tag, yaml-too-deep,
    yaml-multi-document; with the line that would mend it as the hint where quoting a value is all it takes.
    """
    clean, problems = _printable(text, path, first_line)

    def attempt(candidate: str) -> Parsed:
        return _Reader(candidate, path, first_line, depth, brackets).run()

    try:
        parsed = attempt(clean)
    except Rejected as rejected:
        raise Rejected(*problems, yaml_hints.with_mend(rejected.problems[-1], clean, first_line, attempt)) from None
    return Parsed(parsed.value, parsed.positions, problems + parsed.problems)


def _printable(text: str, path: str, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    """The text without what YAML refuses. XML-illegal characters go silently: decoding the file has warned of them."""
    first = _REFUSED.search(text)
    if not first:
        return text, ()
    clean = _REFUSED.sub(lambda match: " " if match[0] in _LINE_ENDS else "", text)
    legal = next((m for m in _REFUSED.finditer(text) if m[0] in _LINE_ENDS or "\x7f" <= m[0] <= "\x9f"), None)
    if legal is None:
        return clean, ()
    line = first_line + text.count("\n", 0, legal.start())
    column = legal.start() - text.rfind("\n", 0, legal.start())
    message = f"the control character U+{ord(legal[0]):04X} has no place in YAML; it was left out"
    return clean, (Problem(path, line, column, "warning", "control-characters", message, "remove it"),)


class _Reader:
    """One pass over the events of one text: builds the value and refuses on sight."""

    def __init__(self, text: str, path: str, first_line: int, depth: int, brackets: int | None) -> None:
        self.text = text
        self.path = path
        self.first_line = first_line
        self.depth = depth
        self.brackets = brackets
        self.flow = 0
        self.positions: dict[str, Position] = {}
        self.problems: list[Problem] = []

    def run(self) -> Parsed:
        # libyaml compares each %TAG with all before it: quadratic, and done before the first event.
        if self.text.startswith("%TAG") or "\n%TAG" in self.text:
            self.refuse("yaml-tag", "tags are not supported", (0, 0), "remove the %TAG line")
        try:
            value = self.build(CParser(self.text).get_event)
        except Rejected:
            raise
        except MarkedYAMLError as error:
            code, message, place, hint = yaml_hints.explain(error, self.text)
            self.refuse(code, message, place, hint)
        except Exception as error:  # PyYAML raises far more than YAMLError on hostile text (faults.md C-19)
            self.refuse("yaml-syntax", f"cannot be read as YAML ({type(error).__name__})", (0, 0))
        return Parsed(value, self.positions, tuple(self.problems))

    def build(self, next_event: Callable[[], Any]) -> Value:
        documents: list[Value] = []
        parent: Any = documents
        key: Any = _NO_KEY
        stack: list[tuple[Any, Any]] = []
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                if event.tag is not None or event.anchor is not None:
                    self.refuse_token(event)
                text = event.value
                if type(parent) is dict and key is _NO_KEY:
                    key = self.key(text, event, parent)
                    continue
                value: Value = text
                if event.implicit[0]:
                    value = None if is_null(text) else Plain(text)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.enter(event, len(stack) + 1)
                if type(parent) is dict and key is _NO_KEY:
                    self.refuse("yaml-syntax", "a key must be text, not a list or a map", event.start_mark)
                if len(stack) == 1 and key is not _NO_KEY:
                    self.positions[key] = self.place(event.start_mark)
                stack.append((parent, key))
                parent, key = {} if kind is MappingStartEvent else [], _NO_KEY
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = parent
                parent, key = stack.pop()
            elif kind is StreamEndEvent:
                return documents[0] if documents else None
            else:
                self.between(event, documents)
                continue
            if type(parent) is list:
                parent.append(value)
                continue
            if len(stack) == 1 and kind is ScalarEvent:
                self.positions[key] = self.place(event.start_mark)
            parent[key] = value
            key = _NO_KEY

    def key(self, text: str, event: ScalarEvent, mapping: dict[str, Value]) -> str:
        if text == "<<" and event.implicit[0]:
            self.refuse("yaml-alias", "merge keys (<<) are not supported", event.start_mark, "write the keys out")
        if text in mapping and len(self.problems) < _MAX_WARNINGS:
            message = f"the key {shorten(text)} stands here twice; the last one counts"
            self.problems.append(
                self.problem("warning", "yaml-duplicate-key", message, event.start_mark, "remove one of the two")
            )
        return text

    def enter(self, event: MappingStartEvent | SequenceStartEvent, depth: int) -> None:
        if event.tag is not None or event.anchor is not None:
            self.refuse_token(event)
        if event.flow_style:
            self.flow += 1
        if depth > self.depth:
            self.refuse("yaml-too-deep", f"nested more than {self.depth} levels deep", event.start_mark)
        if self.brackets is not None and self.flow > self.brackets:
            self.refuse("yaml-too-deep", f"more than {self.brackets} brackets and braces", event.start_mark)

    def between(self, event: Any, documents: list[Value]) -> None:
        if type(event) is AliasEvent:
            self.refuse_token(event)
        if type(event) is DocumentStartEvent and documents:
            self.refuse("yaml-multi-document", "a second YAML document starts here", event.start_mark, "remove it")

    def refuse_token(self, event: Any) -> NoReturn:
        if type(event) is not AliasEvent and event.tag is not None:
            tag = shorten(event.tag.replace("tag:yaml.org,2002:", "!!", 1))
            self.refuse("yaml-tag", f"the tag {tag} is not supported", event.start_mark, "remove it or quote the value")
        sign = "*" if type(event) is AliasEvent else "&"
        message = f"anchors and aliases ({sign}{shorten(event.anchor)[1:-1]}) are not supported"
        self.refuse("yaml-alias", message, event.start_mark, "write the value out or quote it")

    def refuse(self, code: str, message: str, place: Any, hint: str = "") -> NoReturn:
        raise Rejected(self.problem("error", code, message, place, hint))

    def problem(self, level: Level, code: str, message: str, place: Any, hint: str) -> Problem:
        line, column = self.place(place)
        return Problem(self.path, line, column, level, code, message, hint)

    def place(self, place: Any) -> Position:
        """Line and column in the file, of a mark or a pair that count from 0 in the text."""
        line, column = place if isinstance(place, tuple) else (place.line, place.column)
        return self.first_line + line, column + 1
