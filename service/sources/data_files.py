"""Files that hold what is true of a whole site: its configuration, its authors. YAML, JSON, TOML, CSV and TSV.

Read with the guards of front matter, except that YAML may have anchors, aliases and merge keys, within a budget. Values
stay the text that was written; what they mean is the caller's business.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Final

from feeds.frozen import frozen
from service.content.decode import decode
from service.content.front_matter import parse_yaml
from service.content.scalars import Parsed, Position, Value
from service.content.toml_json import read_toml
from service.errors import Problem, Rejected
from service.settings import LimitSettings
from service.sources.files import Tree, Vanished


@frozen(frozen=True, slots=True)
class DataFile:
    """What a file holds. Where there is no such file the value is None and the digest empty."""

    path: str
    value: Value = None
    digest: str = ""
    positions: Mapping[str, Position] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def load(tree: Tree, paths: Iterable[str], limits: LimitSettings, encoding: str) -> DataFile:
    """The first of some files that is there. Raises Rejected with the line that cannot be understood."""
    first = ""
    for path in paths:
        first = first or path
        entry = tree.find(path)
        if entry is None:
            if tree.exists(path):
                reason = "is not a file of this source (a directory, or a link that leads out of it or nowhere)"
                raise Rejected(Problem(path, 0, 0, "error", "symlink-outside", reason, "put the file itself there"))
            continue
        try:
            data, _ = tree.read(entry, limits.file_bytes, encoding)
        except Vanished:
            continue
        text, problems = decode(data, path, encoding)
        parsed = _parsed(text, path, limits)
        digest = hashlib.sha256(data).hexdigest()
        return DataFile(path, parsed.value, digest, parsed.positions, (*problems, *parsed.problems))
    return DataFile(first)


def _parsed(text: str, path: str, limits: LimitSettings) -> Parsed:
    extension = path.rpartition(".")[2].lower()
    if extension == "toml":
        return read_toml(text, path, 1, depth=limits.indent_depth)
    if extension in ("csv", "tsv"):
        return Parsed(_table(text, path, "," if extension == "csv" else "\t"))
    return parse_yaml(text, path, 1, limits, aliases=True)


def _table(text: str, path: str, delimiter: str) -> Value:
    """Rows as maps from the names in the first line."""
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="", restval="")
    try:
        return [{key: cell for key, cell in row.items() if isinstance(cell, str)} for row in reader]
    except csv.Error as error:
        raise Rejected(Problem(path, reader.line_num, 1, "error", "table-invalid", f"not a table: {error}")) from None


_HEAD_BYTES: Final = 64 * 1024


def head_of(tree: Tree, path: str) -> str:
    """The beginning of a file as text, for a look at what it is; "" where there is none. Raises Rejected."""
    entry = tree.find(path)
    try:
        return tree.head(entry, _HEAD_BYTES).decode("utf-8", "replace") if entry else ""
    except Vanished:
        return ""
