"""YAML under guard: PyYAML's C parser, watched event by event, and nothing it could be made to do beside reading text.

libyaml's events are pulled one at a time and its scanner looks ahead 1,024 characters at most, so refusing at the first
event that breaks a rule costs no more than reading up to it. No composer and no constructor is involved: those recurse
in C (40,000 brackets end the process with SIGSEGV) and expand aliases (400 bytes cost 20 s). Tags and further documents
are refused; so are anchors, aliases and merge keys unless the caller allows them, and then what aliases repeat is
counted against a budget. Every scalar stays text. Whatever PyYAML raises becomes Rejected.
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
from service.content.yaml_plain import UNPRINTABLE
from service.errors import Level, Problem, Rejected

_REFUSED = re.compile(f"[{UNPRINTABLE}]")
_LINE_ENDS = "\r\x85\u2028\u2029"
_NO_KEY: Any = object()
_MERGE: Any = object()
"""The key under which an open map keeps what ``<<`` brings, out of the way of the keys written in it."""

_MAX_WARNINGS = 10
_ALIAS_BUDGET = 10_000
"""Scalars, lists and maps that the aliases of one text may repeat altogether. Bombs pass it within a few lines; the
anchors of a real configuration stay below it a hundredfold."""

_ALIAS_TEXT = 64
"""Characters of a repeated text that count as one more node, so that repeating a long text has its price too."""


def read(
    text: str, path: str, first_line: int, *, depth: int, brackets: int | None = None, aliases: bool = False
) -> Parsed:
    """Read one YAML document.

    ``first_line`` is the line of the file on which ``text`` starts. ``depth`` bounds nesting of any kind, ``brackets``
    the flow collections altogether. ``aliases`` allows anchors, aliases (YAML 1.1 §7.1) and merge keys (YAML 1.1 type
    repository, ``tag:yaml.org,2002:merge``); aliased lists and maps are then the same objects in several places, not to
    be changed. Raises Rejected: yaml-syntax, yaml-tab, yaml-alias, yaml-tag, yaml-too-deep, yaml-multi-document; with
    the line that would mend it as the hint where quoting a value is all it takes.
    """
    clean, problems = _printable(text, path, first_line)

    def attempt(candidate: str) -> Parsed:
        return _Reader(candidate, path, first_line, depth, brackets, aliases).run()

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

    def __init__(self, text: str, path: str, first_line: int, depth: int, brackets: int | None, aliases: bool) -> None:
        self.text = text
        self.path = path
        self.first_line = first_line
        self.depth = depth
        self.brackets = brackets
        self.flow = 0
        self.anchors: dict[str, Value] | None = {} if aliases else None
        self.repeated = 0
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
            code, message, place, hint = yaml_hints.explain(error, self.text, self.first_line)
            self.refuse(code, message, place, hint)
        except Exception as error:  # PyYAML raises far more than YAMLError on hostile text (faults.md C-19)
            self.refuse("yaml-syntax", f"cannot be read as YAML ({type(error).__name__})", (0, 0))
        self.positions.pop(_MERGE, None)
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
                text = event.value
                value: Value = text
                if event.implicit[0]:
                    value = None if is_null(text) else Plain(text)
                if event.tag is not None or event.anchor is not None:
                    self.anchor(event, value)
                if type(parent) is dict and key is _NO_KEY:
                    key = self.key(text, event, parent)
                    continue
            elif kind is AliasEvent:
                value = self.alias(event, (parent, *(outer for outer, _ in stack)))
                if type(parent) is dict and key is _NO_KEY:
                    key = self.key("" if value is None else value, event, parent)
                    continue
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.enter(event, len(stack) + 1)
                if type(parent) is dict and key is _NO_KEY:
                    self.refuse_key(event)
                if len(stack) == 1 and key is not _NO_KEY:
                    self.positions[key] = self.place(event.start_mark)
                stack.append((parent, key))
                parent, key = {} if kind is MappingStartEvent else [], _NO_KEY
                if event.tag is not None or event.anchor is not None:
                    self.anchor(event, parent)
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                if type(parent) is dict and _MERGE in parent:
                    self.finish_merge(parent, top=len(stack) == 1)
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
            if len(stack) == 1 and (kind is ScalarEvent or kind is AliasEvent):
                self.positions[key] = self.place(event.start_mark)
            if key is _MERGE:
                self.merge(parent, value, event)
            else:
                parent[key] = value
            key = _NO_KEY

    def key(self, text: Value, event: ScalarEvent | AliasEvent, mapping: dict[str, Value]) -> str:
        if not isinstance(text, str):
            self.refuse_key(event)
        if text == "<<" and type(event) is ScalarEvent and event.implicit[0]:
            if self.anchors is None:
                self.refuse("yaml-alias", "merge keys (<<) are not supported", event.start_mark, "write the keys out")
            merge: str = _MERGE
            return merge
        if text in mapping and len(self.problems) < _MAX_WARNINGS:
            message = f"the key {shorten(text)} stands here twice; the last one counts"
            self.problems.append(
                self.problem("warning", "yaml-duplicate-key", message, event.start_mark, "remove one of the two")
            )
        return text

    def anchor(self, event: Any, value: Value) -> None:
        """Lists and maps are named when they open, as in Psych: of two anchors alike the one written later counts."""
        if event.tag is not None or self.anchors is None:
            self.refuse_token(event)
        self.anchors[event.anchor] = value

    def alias(self, event: Any, around: tuple[Any, ...]) -> Value:
        """What an alias stands for, inside the collections ``around`` it (the list of documents is one of them)."""
        if self.anchors is None:
            self.refuse_token(event)
        name = shorten(event.anchor)[1:-1]
        if event.anchor not in self.anchors:
            message = f"the alias *{name} has no anchor &{name} above it"
            self.refuse("yaml-alias", message, event.start_mark, "write the anchor or quote the value")
        value = self.anchors[event.anchor]
        if any(value is outer for outer in around):
            self.refuse("yaml-alias", f"the alias *{name} stands inside its own anchor", event.start_mark, "remove it")
        self.charge(value, len(around), event)
        return value

    def charge(self, value: Value, depth: int, event: AliasEvent) -> None:
        """Count what an alias repeats. The walk ends with the budget and goes no deeper than a text may nest."""
        self.repeated += 1 + (len(value) // _ALIAS_TEXT if isinstance(value, str) else 0)
        if self.repeated > _ALIAS_BUDGET:
            message = f"aliases repeat more than {_ALIAS_BUDGET} values altogether"
            self.refuse("yaml-alias", message, event.start_mark, "write the values out")
        if not isinstance(value, dict | list):
            return
        if depth > self.depth:
            self.refuse("yaml-too-deep", f"nested more than {self.depth} levels deep", event.start_mark)
        for item in value:
            self.charge(item, depth + 1, event)
            if isinstance(value, dict) and isinstance(item, str):
                self.charge(value[item], depth + 1, event)

    def merge(self, mapping: dict[Any, Any], value: Value, event: Any) -> None:
        """Keep what ``<<`` names until the map ends: of maps in a list the first one wins, of two ``<<`` the last."""
        sources = value if isinstance(value, list) else [value]
        if all(isinstance(source, dict) for source in sources):
            merged = mapping.setdefault(_MERGE, {})
            for source in reversed(sources):
                merged.update(source)
            return
        # Psych keeps such a value under the key "<<", where no one looks for it; the site is built all the same.
        mapping["<<"] = value
        if len(self.problems) < _MAX_WARNINGS:
            message = "a merge key (<<) takes a map or a list of maps; this one has no effect"
            self.problems.append(self.problem("warning", "yaml-alias", message, event.start_mark, "remove it"))

    def finish_merge(self, mapping: dict[Any, Any], *, top: bool) -> None:
        """Put merged keys under those written in the map, in place because an anchor may name the map."""
        merged = mapping.pop(_MERGE)
        if top:
            place = self.positions[_MERGE]
            self.positions = dict.fromkeys(merged, place) | self.positions
        merged.update(mapping)
        mapping.clear()
        mapping.update(merged)

    def enter(self, event: MappingStartEvent | SequenceStartEvent, depth: int) -> None:
        if event.flow_style:
            self.flow += 1
        if depth > self.depth:
            self.refuse("yaml-too-deep", f"nested more than {self.depth} levels deep", event.start_mark)
        if self.brackets is not None and self.flow > self.brackets:
            self.refuse("yaml-too-deep", f"more than {self.brackets} brackets and braces", event.start_mark)

    def between(self, event: Any, documents: list[Value]) -> None:
        if type(event) is DocumentStartEvent and documents:
            self.refuse("yaml-multi-document", "a second YAML document starts here", event.start_mark, "remove it")

    def refuse_key(self, event: Any) -> NoReturn:
        self.refuse("yaml-syntax", "a key must be text, not a list or a map", event.start_mark)

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
