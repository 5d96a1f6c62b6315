"""Front matter: where it ends and the body begins, and what it says, with line and column.

The cut follows Jekyll's regular expression for YAML between ``---`` lines; TOML between ``+++`` lines and a JSON object
at the very start are for folders of other generators; so are a language behind the opening fence (``---json``, as
gray-matter has it) and YAML that a ``---`` line only closes (Hexo). Values stay the text that was written (``scalars``
reads them); nothing here knows what a key means. One broken file is one Rejected; no other exception leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from service.content import toml_json, yaml_plain
from service.content.decode import XML_ILLEGAL
from service.content.scalars import Parsed, Plain, Position, Value
from service.errors import Problem, Rejected
from service.settings import LimitSettings

Kind = Literal["yaml", "toml", "json", "bare"]
"""``bare``: YAML without an opening fence."""

KINDS: tuple[Kind, ...] = ("yaml", "toml", "json", "bare")

_SPACE = r"[ \t\r\f\v]*"
_FENCES: tuple[tuple[Kind, re.Pattern[str], re.Pattern[str]], ...] = (
    ("yaml", re.compile(rf"---{_SPACE}\n"), re.compile(rf"\n(?:---|\.\.\.){_SPACE}(?=\n|\Z)")),
    ("toml", re.compile(rf"\+\+\+{_SPACE}\n"), re.compile(rf"\n\+\+\+{_SPACE}(?=\n|\Z)")),
)
_LANGUAGE = re.compile(rf"---[ \t]*(ya?ml|json|toml){_SPACE}\n", re.IGNORECASE)
_PROGRAM = re.compile(r"---[ \t]*([A-Za-z]\w*)[ \t\r]*\n")
_NOTATIONS: Mapping[str, Kind] = {"yaml": "yaml", "yml": "yaml", "json": "json", "toml": "toml"}
_BARE_ROW = r"(?:[A-Za-z_][\w-]*+:(?:[ \t][^\n]*+)?|[ \t]++[^\n]*+|- [^\n]*+|\#[^\n]*+)\n"
_BARE = re.compile(rf"(?:{_BARE_ROW})++(?=---{_SPACE}(?:\n|\Z))")
_TELLING = re.compile(r"^(?:title|date):", re.MULTILINE)
"""Keys, what is indented or listed below them, no blank line, and a title or a date among them: ``Note: this`` above a
line of dashes is a heading."""
_JSON_OPENING = re.compile(r'\{\s*["}]')
_BLANKS = " \t\r\n\f\v"
_BLANK = re.compile(rf"[{_BLANKS}]*")
_UTF8_MOST = 4
"""Bytes of a character at most (RFC 3629 §3): most blocks need not be encoded to see that they are within the limit."""

_LOOKS_LIKE_YAML = re.compile(rf"\s*+---{_SPACE}\n\s*+[\w-]+:(?:\s|$)")


class Split(NamedTuple):
    """A text cut in four: ``opener + block + closer + body`` is the text again. Lines count from 1."""

    kind: Kind | None
    block: str
    block_line: int
    body: str
    body_line: int
    opener: str = ""
    closer: str = ""


class FrontMatter(NamedTuple):
    """What a file says about itself, and its body. ``kind`` is None where it has no front matter.

    ``positions`` holds line and column, in the file, of each top-level key's value.
    """

    kind: Kind | None
    values: Mapping[str, Value]
    body: str
    body_line: int
    positions: Mapping[str, Position] = MappingProxyType({})
    problems: tuple[Problem, ...] = ()


def split(text: str, kinds: Collection[Kind] = KINDS) -> Split:
    """Cut front matter from body. Never raises; text without front matter is all body.

    As in Jekyll, white space may follow the fences, ``...`` closes YAML too, and blank lines below the closing fence
    belong to it. Jekyll itself knows ``kinds=("yaml",)`` only. Linear in the length of the text.
    """
    if "yaml" in kinds and (usual := _usual(text)):
        return usual
    for kind, opening, closing in _FENCES:
        if kind in kinds and (start := opening.match(text)) and (end := closing.search(text, start.end() - 1)):
            return _cut(text, kind, start.end(), end.start() + 1, end.end())
    if "json" in kinds and _JSON_OPENING.match(text):
        end_of_object = toml_json.json_end(text)
        return _cut(text, "json", 0, end_of_object, end_of_object)
    if "json" in kinds and (start := _LANGUAGE.match(text)) and (end := _FENCES[0][2].search(text, start.end() - 1)):
        return _cut(text, _NOTATIONS[start[1].lower()], start.end(), end.start() + 1, end.end())
    if "bare" in kinds and (bare := _BARE.match(text)) and _TELLING.search(bare[0]):
        return _cut(
            text, "bare", 0, bare.end(), text.find("\n", bare.end()) if "\n" in text[bare.end() :] else len(text)
        )
    return Split(None, "", 1, text, 1)


def parse(text: str, path: str, limits: LimitSettings, kinds: Collection[Kind] = KINDS) -> FrontMatter:
    """Read a decoded file. Raises Rejected with the problem that keeps the front matter from being understood.

    Codes beside those of the notation readers: front-matter-too-large, frontmatter-not-mapping. Warnings come back in
    ``problems``: duplicate keys, control characters, and what looks like front matter but is read as body.
    """
    parts = split(text, kinds)
    if parts.kind is None:
        return FrontMatter(None, {}, text, 1, problems=_doubts(text, path, kinds))
    size = len(parts.block) * _UTF8_MOST
    if size > limits.front_matter_bytes:
        size = len(parts.block.encode("utf-8", "surrogatepass"))
    if size > limits.front_matter_bytes:
        message = f"the front matter has {size} bytes, more than {limits.front_matter_bytes}"
        hint = "move text into the body or raise limits.front_matter_bytes"
        raise Rejected(Problem(path, parts.block_line, 1, "error", "front-matter-too-large", message, hint))
    parsed = _legal(_read(parts, path, limits), parts, path)
    values = {} if parsed.value is None else parsed.value
    if not isinstance(values, dict):
        what = "a list" if isinstance(values, list) else "one text"
        message = f"the front matter is {what}, not keys with values"
        hint = "write lines such as `title: A title`"
        raise Rejected(Problem(path, parts.block_line, 1, "error", "frontmatter-not-mapping", message, hint))
    return FrontMatter(parts.kind, values, parts.body, parts.body_line, parsed.positions, parsed.problems)


def parse_yaml(text: str, path: str, first_line: int, limits: LimitSettings, *, aliases: bool = False) -> Parsed:
    """Read a YAML file such as ``_config.yml`` or ``_data/authors.yml``: a list may stand at the top, null may too.

    ``first_line`` is 1 for a whole file. Guarded as front matter is, but bounded by ``limits.file_bytes`` and without a
    bound on the number of brackets. ``aliases`` allows anchors, aliases and merge keys, which Jekyll sites use in such
    files; see ``yaml_guard.read``. Raises Rejected.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.file_bytes:
        message = f"the file has {size} bytes, more than {limits.file_bytes}"
        raise Rejected(Problem(path, first_line, 1, "error", "file-too-large", message, "raise limits.file_bytes"))
    return _yaml(text, path, first_line, limits, aliases=aliases)


def _yaml(
    text: str, path: str, first_line: int, limits: LimitSettings, *, brackets: int | None = None, aliases: bool = False
) -> Parsed:
    depth = limits.indent_depth
    plain = yaml_plain.read(text, first_line, depth=depth, brackets=len(text) if brackets is None else brackets)
    if plain is not None:
        return plain
    from service.content import yaml_guard  # 20 ms with PyYAML: many sites have nothing but plain YAML

    return yaml_guard.read(text, path, first_line, depth=depth, brackets=brackets, aliases=aliases)


def _read(parts: Split, path: str, limits: LimitSettings) -> Parsed:
    if parts.kind in ("yaml", "bare"):
        return _yaml(parts.block, path, parts.block_line, limits, brackets=limits.flow_brackets)
    reader = toml_json.read_toml if parts.kind == "toml" else toml_json.read_json
    return reader(parts.block, path, parts.block_line, depth=limits.indent_depth)


def _usual(text: str) -> Split | None:
    """YAML between fences with nothing behind them, at most one blank line, and a body: what nearly every file is, cut
    in a third of the time. None wherever the patterns could find another end."""
    end = text.find("\n---", 3) if text.startswith("---\n") else -1
    if end < 0 or not text.startswith("\n", end + 4) or text.find("\n...", 3, end) >= 0:
        return None
    below = end + len("\n---\n")
    body = below + 1 if text.startswith("\n", below) else below
    if text[body : body + 1] in _BLANKS:  # "" is, too
        return None
    block = text[4 : end + 1]
    body_line = 3 + block.count("\n") + body - below
    return Split("yaml", block, 2, text[body:], body_line, "---\n", text[end + 1 : body])


def _cut(text: str, kind: Kind, block: int, block_end: int, fence_end: int) -> Split:
    r"""Jekyll's ``\s*$\n?`` behind the closing fence: blank lines go with it, the first line's indentation does not."""
    blank = _BLANK.match(text, fence_end)
    blank_end = blank.end() if blank else fence_end
    body = len(text) if blank_end == len(text) else max(text.rfind("\n", fence_end, blank_end) + 1, fence_end)
    return Split(
        kind,
        text[block:block_end],
        1 + text.count("\n", 0, block),
        text[body:],
        1 + text.count("\n", 0, body),
        text[:block],
        text[block_end:body],
    )


def _doubts(text: str, path: str, kinds: Collection[Kind]) -> tuple[Problem, ...]:
    """Front matter that is not where it should be, or never ends: its author does not see why it has no effect."""
    program = _PROGRAM.match(text) if "json" in kinds else None
    if program:
        message = f"front matter in {program[1]} is not read: it may be a program, and none is run"
        hint = "write it in YAML, TOML (---toml) or JSON (---json)"
        return (Problem(path, 1, 1, "warning", "frontmatter-language", message, hint),)
    match = _LOOKS_LIKE_YAML.match(text)
    if "yaml" not in kinds or not match:
        return ()
    line = 1 + text[: text.index("---")].count("\n")
    if text.startswith("---"):
        message, hint = "front matter is opened here and not closed; it was read as body", "close it with a line `---`"
        return (Problem(path, line, 1, "warning", "frontmatter-unclosed", message, hint),)
    message, hint = "front matter must start on the first line; it was read as body", "remove what stands above it"
    return (Problem(path, line, 1, "warning", "frontmatter-late", message, hint),)


def _legal(parsed: Parsed, parts: Split, path: str) -> Parsed:
    r"""The values without characters that XML forbids: escapes such as ``\u0000`` bring in what decoding cannot see."""
    if "\\" not in parts.block or not isinstance(parsed.value, dict):
        return parsed
    problems = list(parsed.problems)
    values: dict[str, Value] = {}
    for key, value in parsed.value.items():
        clean = _without_illegal(value)
        values[_strip(key)] = clean
        if clean != value:
            line, column = parsed.positions.get(key, (parts.block_line, 1))
            message = "an escape stands for a character that XML forbids; it was left out"
            problems.append(Problem(path, line, column, "warning", "control-characters", message, "remove it"))
    return Parsed(values, parsed.positions, tuple(problems))


def _without_illegal(value: Value) -> Value:
    if isinstance(value, dict):
        return {_strip(key): _without_illegal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_illegal(item) for item in value]
    if value is None or not XML_ILLEGAL.search(value):
        return value
    return Plain(_strip(value)) if isinstance(value, Plain) else _strip(value)


def _strip(text: str) -> str:
    return XML_ILLEGAL.sub("", text)
