"""What an Eleventy site's configuration says, as far as it can be read without running it.

The configuration is a JavaScript program and none is run: a few settings are found where they are written as literals,
as nearly everyone writes them, and what is written otherwise is reported. Follows Eleventy 3.1.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable
from typing import Final

from feeds.frozen import frozen
from service.errors import Problem, Rejected
from service.sources.data_files import head_of
from service.sources.files import Tree

NAMES: Final = (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs")

_TOKEN = re.compile(
    r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`?",
    re.DOTALL,
)
_STRING = r"(?:\"([^\"\\\n{}$]*+)\"|'([^'\\\n{}$]*+)'|`([^`\\\n{}$]*+)`)"
_DIR = re.compile(r"\bdir\s*+:\s*+\{([^{}]*+)\}")
_SETTERS: Final = {
    "input": "setInputDirectory",
    "output": "setOutputDirectory",
    "includes": "setIncludesDirectory",
    "layouts": "setLayoutsDirectory",
    "data": "setDataDirectory",
}
_DEFAULTS: Final = {"input": ".", "output": "_site", "includes": "_includes", "layouts": "", "data": "_data"}
_SCRIPT_INPUT = re.compile(r"\beleventy\b[^&|;]{0,200}?--input[= ]([^\s\"'&|;]+)")
_USUAL: Final = ("src", "content")


@frozen(frozen=True, slots=True)
class EleventyConfig:
    """Paths are below the tree's root, "" for the root itself."""

    input: str
    output: str
    includes: str
    layouts: str
    data: str
    prefix: str
    """Of the site's URLs, without a slash at its end."""
    markdown_engine: str
    html_engine: str
    """``liquid``, ``njk``, or "" for none."""
    ignored: tuple[str, ...]
    digest: str
    problems: tuple[Problem, ...]


def sign(tree: Tree) -> tuple[str, str]:
    """The file that makes a directory an Eleventy site, and why; two empty texts where there is none."""
    name = next(filter(tree.exists, NAMES), "")
    if name:
        return name, f"{name} is there"
    try:
        package = json.loads(head_of(tree, "package.json") or "{}")
    except (ValueError, RecursionError, Rejected):
        return "", ""
    for group in ("dependencies", "devDependencies"):
        wanted = package.get(group) if isinstance(package, dict) else None
        if isinstance(wanted, dict) and "@11ty/eleventy" in wanted:
            return "package.json", "package.json names @11ty/eleventy"
    return "", ""


def read_config(tree: Tree) -> EleventyConfig:
    """Read the configuration below a root; a site without one has Eleventy's defaults. Raises nothing."""
    name = next(filter(tree.exists, NAMES), "")
    try:
        program, package = head_of(tree, name) if name else "", head_of(tree, "package.json")
    except Rejected:
        program = package = ""
    text = _without_comments(program)
    problems: list[Problem] = []
    said = {key: _directory(text, key) for key in _DEFAULTS}
    script = _SCRIPT_INPUT.search(package)
    if script and not said["input"]:
        said["input"] = script[1]
    if said["input"] is None and re.search(r"\binput\s*+:|setInputDirectory", text):
        said["input"] = next((usual for usual in _USUAL if tree.holds(usual)), ".")
        message = f"where its input is cannot be read; {said['input']!r} is taken for it"
        hint = 'write dir: { input: "src" } in it, or point source.path there and set source.kind'
        problems.append(Problem(name, 1, 1, "warning", "eleventy-input-unknown", message, hint))
    folders = {
        key: _clean(default if (written := said[key]) is None else written) for key, default in _DEFAULTS.items()
    }
    if not tree.holds(folders["input"]):
        problems.append(
            Problem(name, 1, 1, "warning", "eleventy-input-unknown", f"its input {folders['input']!r} is no directory")
        )
        folders["input"] = ""
    source = folders["input"]
    prefix = _literal(text, r"\bpathPrefix\s*+:\s*+") or ""
    ignore_files = dict.fromkeys((".gitignore", ".eleventyignore", _join(source, ".eleventyignore")))
    ignored = [(posixpath.dirname(path), line) for path in ignore_files for line in _lines(tree, path)]
    patterns = tuple(pattern for above, line in ignored if (pattern := _pattern(above, line)))
    state = f"{program}\0{package}\0{patterns}"
    return EleventyConfig(
        input=source,
        output=folders["output"],
        includes=_join(source, folders["includes"]),
        layouts=_join(source, folders["layouts"]) if folders["layouts"] else "",
        data=_join(source, folders["data"]),
        prefix=f"/{prefix.strip('/')}".rstrip("/"),
        markdown_engine=_engine(text, "markdownTemplateEngine"),
        html_engine=_engine(text, "htmlTemplateEngine"),
        ignored=patterns,
        digest=hashlib.sha256(state.encode("utf-8", "surrogateescape")).hexdigest()[:16],
        problems=tuple(problems),
    )


def _without_comments(text: str) -> str:
    return _TOKEN.sub(lambda found: " " if found[0].startswith(("//", "/*")) else found[0], text)


def _directory(text: str, key: str) -> str | None:
    """What the configuration says a directory is; None where it does not, or not as a literal."""
    for block in _DIR.finditer(text):
        found = _literal(block[1], rf"[\"']?\b{key}\b[\"']?\s*+:\s*+")
        if found is not None:
            return found
    return _literal(text, rf"\b{_SETTERS[key]}\s*+\(\s*+")


def _literal(text: str, before: str) -> str | None:
    found = re.search(before + _STRING, text)
    return next((value for value in found.groups() if value is not None), None) if found else None


def _engine(text: str, key: str) -> str:
    if re.search(rf"\b{key}\s*+:\s*+false\b", text):
        return ""
    return _literal(text, rf"\b{key}\s*+:\s*+") or "liquid"


def _clean(path: str) -> str:
    path = posixpath.normpath(path.strip() or ".")
    return "" if path == "." or path.startswith("/") else path


def _join(above: str, below: str) -> str:
    """A path below the root; "" for one that leads out of it."""
    path = posixpath.normpath(posixpath.join(above, below))
    return "" if path == "." or path.startswith("..") else path


def _lines(tree: Tree, path: str) -> Iterable[str]:
    try:
        return head_of(tree, path).splitlines()
    except Rejected:
        return ()


def _pattern(above: str, line: str) -> str:
    """A line of an ignore file as a path below the root, wild cards included; "" for what is none (``!`` too)."""
    line = line.strip()
    if not line or line.startswith(("#", "!")):
        return ""
    return _join(above, line.removeprefix("./").strip("/"))
