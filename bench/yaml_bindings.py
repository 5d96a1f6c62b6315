"""``python -m bench.yaml_bindings [FOLDER ...]``: what Python can read YAML with, beside what front matter needs.

Front matter keeps what its author wrote: text as text, whether it was quoted, where each key's value stands. So a
binding is asked for that where it has a way to tell (rapidyaml, libfyaml, yamlrocks), else for what it gives. Measured:
agreement with ``yaml_guard`` on every file of the golden corpus, the shared corpora and the folders; speed; bombs, each
in a process of its own; the growth of a process that parses for long. What is not installed is named and left out;
``pip install`` the names of BINDINGS in a throw-away environment.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, get_args

from rich import box
from rich.console import Console
from rich.table import Table

from bench.corpus import post
from bench.table import WIDTH, number
from service.content import yaml_guard, yaml_plain
from service.content.decode import decode
from service.content.front_matter import Kind, split
from service.content.scalars import Parsed, Plain, Position, Value, as_typed, is_null
from service.errors import Rejected

ROOT: Final = Path(__file__).parents[1]
FOLDERS: Final = (ROOT / "tests/content/corpus/front_matter", ROOT / "examples", ROOT.parent / "shared/corpora")

DEPTH: Final = 50
BRACKETS: Final = 200
POSTS: Final = 200
ROUNDS: Final = 9
SECONDS: Final = 10
MEMORY: Final = 1 << 30
"""Bytes of address space that a bomb may fill."""

_YAML: Final[tuple[Kind, ...]] = ("yaml",)

Read = Callable[[str], Any]
Agreement = Literal["as written", "as meant", "unlike", "it refuses", "it reads", "both refuse"]


@dataclass(frozen=True, slots=True)
class Binding:
    """Something to read YAML with: the distribution, its module, what it can tell beside values, and how to ask it.

    ``reader`` makes of the module a function that answers a Parsed where quotes are told, else Python's own values.
    """

    name: str
    module: str
    tells: str
    reader: Callable[[Any], Read]


def _guard(_: object) -> Read:
    return partial(yaml_guard.read, path="", first_line=1, depth=DEPTH, brackets=BRACKETS)


def _plain_first(_: object) -> Read:
    def read(text: str) -> Parsed:
        plain = yaml_plain.read(text, 1, depth=DEPTH, brackets=BRACKETS)
        return plain or yaml_guard.read(text, "", 1, depth=DEPTH, brackets=BRACKETS)

    return read


def _rapidyaml(ryml: Any) -> Read:
    """Its tree, walked: scalars with their style, but no place. Recursion is bounded as the guard bounds it."""

    def value(tree: Any, node: int, depth: int) -> Value:
        if depth > DEPTH or tree.has_val_tag(node) or tree.has_val_anchor(node) or tree.is_ref(node):
            raise ValueError
        if tree.is_map(node):
            return {_text(tree.key(child)): value(tree, child, depth + 1) for child in ryml.children(tree, node)}
        if tree.is_seq(node):
            return [value(tree, child, depth + 1) for child in ryml.children(tree, node)]
        text = _text(tree.val(node)) if tree.has_val(node) else ""
        return _scalar(text, plain=not tree.is_val_quoted(node))

    def read(text: str) -> Parsed:
        tree = ryml.parse_in_arena(text)
        return Parsed(value(tree, tree.root_id(), 0) if tree.size() > 1 else None)

    return read


def _libfyaml(libfyaml: Any) -> Read:
    """Its markers, which say where a value stands: quotes, and how a number was written, are seen there."""

    def value(node: Any, lines: Sequence[str], depth: int) -> Value:
        if depth > DEPTH or node.has_tag() or node.has_anchor():
            raise ValueError
        if node.is_mapping():
            return {str(key.to_python()): value(item, lines, depth + 1) for key, item in node.items()}
        if node.is_sequence():
            return [value(item, lines, depth + 1) for item in node]
        _, line, column, _, last, end = node.get_marker()
        first = lines[line][column : column + 1] if line < len(lines) else ""
        if node.is_string():
            return _scalar(node.to_python(), plain=first not in ('"', "'", "|", ">"))
        return _scalar(lines[line][column:end] if line == last < len(lines) else "", plain=True)

    def read(text: str) -> Parsed:
        root = libfyaml.loads(text, create_markers=True)
        positions: dict[str, Position] = {}
        if root.is_mapping():
            marks = {str(key.to_python()): item.get_marker() for key, item in root.items()}
            positions = {key: (line + 1, column + 1) for key, (_, line, column, *_) in marks.items()}
        return Parsed(value(root, text.split("\n"), 0), positions)

    return read


def _yamlrocks(yamlrocks: Any) -> Read:
    """Its document for round trips: style and place of every node; how a number was written stands at its offsets."""

    def value(node: Any, data: bytes, depth: int) -> Value:
        if depth > DEPTH or node.tag or node.anchor or node.is_alias:
            raise ValueError
        if isinstance(node.value, dict):
            return {str(key): value(node[key], data, depth + 1) for key in node.value}
        if isinstance(node.value, list):
            return [value(node[index], data, depth + 1) for index in range(len(node.value))]
        if isinstance(node.value, str):
            return _scalar(node.value, plain=node.style == "plain")
        return _scalar(data[node.offset : node.end_offset].decode(), plain=True)

    def read(text: str) -> Parsed:
        root = yamlrocks.loads(text, option=yamlrocks.OPT_ROUND_TRIP).node
        keys = root.value if isinstance(root.value, dict) else ()
        places = {str(key): (root[key].line, root[key].column) for key in keys}
        return Parsed(value(root, text.encode(), 0), places)

    return read


def _function(name: str, **options: Any) -> Callable[[Any], Read]:
    """A reader that is a function of the module and answers values of its own typing."""
    return lambda module: partial(getattr(module, name), **options) if options else getattr(module, name)


def _pyyaml(yaml: Any) -> Read:
    return partial(yaml.load, Loader=yaml.CSafeLoader)


def _msgspec(msgspec: Any) -> Read:
    return importlib.import_module(f"{msgspec.__name__}.yaml").decode  # type: ignore[no-any-return]


def _ruamel(ruamel: Any) -> Read:
    def read(text: str) -> Any:
        return ruamel.YAML(typ="safe").load(text)

    return read


GUARD: Final = Binding("PyYAML, guarded", "yaml", "style, place", _guard)
BINDINGS: Final = (
    GUARD,
    Binding("yaml_plain, then the guard", "yaml", "style, place", _plain_first),
    Binding("PyYAML", "yaml", "", _pyyaml),
    Binding("msgspec", "msgspec", "", _msgspec),
    Binding("ruamel.yaml", "ruamel.yaml", "", _ruamel),
    Binding("rapidyaml, not walked", "ryml", "no values", _function("parse_in_arena")),
    Binding("rapidyaml, walked", "ryml", "style", _rapidyaml),
    Binding("libfyaml", "libfyaml", "", lambda libfyaml: lambda text: libfyaml.loads(text).to_python()),
    Binding("libfyaml, walked", "libfyaml", "style, place", _libfyaml),
    Binding("yamlrocks", "yamlrocks", "", _function("loads")),
    Binding("yamlrocks, walked", "yamlrocks", "style, place", _yamlrocks),
    Binding("ryaml", "ryaml", "", _function("loads")),
    Binding("yaml-rs", "yaml_rs", "", _function("loads")),
    Binding("py-yaml12", "yaml12", "", _function("parse_yaml")),
    Binding("oryaml", "oryaml", "", _function("loads")),
    Binding("fastyaml-rs", "fast_yaml", "", _function("safe_load")),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.yaml_bindings", description=__doc__.partition("\n")[0])
    parser.add_argument("--parses", type=int, default=100_000, metavar="N", help="for the growth (100,000; 0: none)")
    parser.add_argument("--only", metavar="NAME", help="one binding, beside the guard")
    parser.add_argument("--child", choices=("bomb", "growth"), help=argparse.SUPPRESS)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="more files with front matter")
    arguments = parser.parse_args()
    if arguments.child:
        return _child(arguments.child, arguments.only, arguments.parses)
    readers = _readers(arguments.only)
    blocks = list(_blocks((*FOLDERS, *arguments.folders)))
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(f"Agreement with the guard on {len(blocks)} front matters", _agreements(readers, blocks))
    console.print(f"Processor time of {POSTS} generated front matters, {ROUNDS} rounds, by turns", _speed(readers))
    bombs = Table("", *BOMBS, box=box.SIMPLE)
    for binding in readers:
        bombs.add_row(binding.name, *(_ask(binding, "bomb", 0, text) for text in BOMBS.values()))
    console.print(f"Bombs, {MEMORY >> 20} MiB and {SECONDS} s of processor time for each", bombs)
    if arguments.parses:
        console.print(f"Growth over {arguments.parses:,} parses, one in five of them refused, after a tenth of them")
        for binding in readers:
            console.print(f"  {binding.name}: {_ask(binding, 'growth', arguments.parses, '')}")
    return 0


def _readers(only: str | None) -> dict[Binding, Read]:
    """The guard and what else is installed and wanted; what is not installed is named."""
    readers: dict[Binding, Read] = {}
    for binding in BINDINGS:
        reader = _installed(binding)
        if reader is None:
            print(f"skipped: {binding.name} is not installed")
        elif binding is GUARD or only is None or binding.name.startswith(only):
            readers[binding] = reader
    return readers


def _agreements(readers: Mapping[Binding, Read], blocks: Sequence[str]) -> Table:
    table = Table("", "tells", *get_args(Agreement), box=box.SIMPLE)
    for binding, reader in readers.items():
        counts = Counter(_agreement(reader, block) for block in blocks)
        table.add_row(binding.name, binding.tells, *(str(counts[kind]) for kind in get_args(Agreement)))
    return table


def _speed(readers: Mapping[Binding, Read]) -> Table:
    table = Table("", "beside the guard", "least", "most", box=box.SIMPLE)
    costs = _costs(readers)
    for binding in readers:
        ratios = [cost / beside for cost, beside in zip(costs[binding], costs[GUARD], strict=True)]
        table.add_row(binding.name, *map(number, (statistics.median(ratios), min(ratios), max(ratios))))
    return table


def _installed(binding: Binding) -> Read | None:
    try:
        return binding.reader(importlib.import_module(binding.module))
    except ImportError:
        return None


def _blocks(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        if not folder.is_dir():
            print(f"skipped: there is no {folder}")
        for file in sorted(folder.rglob("*")):
            try:
                parts = split(decode(file.read_bytes(), file.name)[0], _YAML) if file.is_file() else None
            except Rejected:
                continue
            if parts and parts.kind == "yaml":
                yield parts.block


def _agreement(read: Read, text: str) -> Agreement:
    try:
        ours: Parsed | None = _guard(None)(text)
    except Rejected:
        ours = None
    try:
        theirs = read(text)
    except Exception:
        return "both refuse" if ours is None else "it refuses"
    if ours is None:
        return "it reads"
    if isinstance(theirs, Parsed):
        same = _form(theirs.value) == _form(ours.value) and theirs.positions in ({}, ours.positions)
        return "as written" if same else "unlike"
    if _form(theirs) == _form(ours.value):
        return "as written"
    return "as meant" if _form(theirs) == _form(as_typed(ours.value)) else "unlike"


def _form(value: Any) -> Any:
    """The value with its types, in its order."""
    if isinstance(value, dict):
        return [(key, _form(item)) for key, item in value.items()]
    return [_form(item) for item in value] if isinstance(value, list) else (type(value), value)


def _costs(readers: Mapping[Binding, Read]) -> dict[Binding, list[float]]:
    """Seconds of processor time of each round; the readers take turns within a round."""
    blocks = [split(post(index, POSTS, 20)[1]).block for index in range(POSTS)]
    costs: dict[Binding, list[float]] = {binding: [] for binding in readers}
    for _ in range(ROUNDS):
        for binding, read in readers.items():
            began = time.process_time()
            for block in blocks:
                read(block)
            costs[binding].append(time.process_time() - began)
    return costs


_LOL: Final = "a0: &a0 [lol]\n" + "".join(
    f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10)
)
_MERGES: Final = "a0: &a0 {k: v}\n" + "".join(
    f"a{level}: &a{level}\n  <<: [{','.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10)
)
BOMBS: Final = {
    "aliases": _LOL,
    "merges": _MERGES,
    "40,000 [": "a: " + "[" * 40_000,
    "[ and ]": "a: " + "[" * 40_000 + "]" * 40_000,
    "20,000 -": "- " * 20_000 + "x",
    "indent": "\n".join(" " * depth + "k:" for depth in range(3_000)),
    "%TAG": "".join(f"%TAG !{index}! x\n" for index in range(20_000)) + "--- a\n",
}


def _ask(binding: Binding, what: str, parses: int, given: str) -> str:
    """What a process of its own says of it, or what it died of."""
    command = [
        sys.executable,
        "-m",
        "bench.yaml_bindings",
        "--child",
        what,
        "--only",
        binding.name,
        "--parses",
        str(parses),
    ]
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return str(json.loads(done.stdout))
    if done.returncode == -signal.SIGXCPU:
        return f"over {SECONDS} s"
    return signal.Signals(-done.returncode).name if done.returncode < 0 else "failed"


def _child(what: str, name: str, parses: int) -> int:
    binding = next(binding for binding in BINDINGS if binding.name == name)
    read = _installed(binding)
    assert read is not None  # noqa: S101  # the parent has asked
    answer = _growth(read, parses) if what == "growth" else _bomb(read, sys.stdin.read())
    print(json.dumps(answer))
    return 0


def _bomb(read: Read, text: str) -> str:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))  # at the harder one there is no telling why
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    began = time.process_time()
    try:
        read(text)
        said = "read"
    except MemoryError:
        return "no memory"
    except Exception:
        said = "refused"
    except BaseException as error:  # a panic in Rust
        said = type(error).__name__
    took = time.process_time() - began
    return f"{said} {took:.1f} s" if took >= 0.1 else said


def _growth(read: Read, parses: int) -> str:
    """Memory of the process after a tenth of the parses and at their end."""
    texts = [split(post(index, 40, 20)[1]).block for index in range(40)] + ["a: [b\nc: 'd\n"] * 10
    before = 0
    for done in range(parses):
        if done == parses // 10:
            before = _resident()
        with contextlib.suppress(Exception):
            read(texts[done % len(texts)])
    return f"{before >> 10:,} KiB, then {(_resident() - before) >> 10:+,} KiB"


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def _text(data: Any) -> str:
    return "" if data is None else str(data, "utf-8")


def _scalar(text: str, *, plain: bool) -> Value:
    return (None if is_null(text) else Plain(text)) if plain else text


if __name__ == "__main__":
    sys.exit(main())
