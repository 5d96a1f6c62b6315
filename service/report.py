"""The report of ``check``: problems sorted, counted and written for people, programs, GitHub or SARIF viewers.

Refuses to find problems, and to look where files lie; it only says what it is told.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote

from feeds.frozen import frozen
from service.census import Census
from service.errors import Level, Problem

SHOWN_NOTICES: Final = 3
"""Notices of one code that the report for people lists."""

_GRAVITY: Final[dict[Level, int]] = {"error": 0, "warning": 1, "notice": 2}
_PARTS: Final = ("path", "line", "column", "level", "code", "message", "hint", "consumers")
_ROOT: Final = "%SRCROOT%"
_ROOT_IS: Final = {"text": "where paths begin: the working directory, or the root of the content"}
_SARIF: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "notice": "note"}


@frozen(frozen=True, slots=True)
class About:
    """What a report is about, beside its problems."""

    posts: Census
    base: str = ""
    """The directory from which the problems' paths count, as a ``file:`` URI that ends in a slash; "": not known."""
    read_as: tuple[str, ...] = ()
    """What each content directory was read as, and why, in words."""


def as_text(problems: Iterable[Problem], about: About) -> str:
    """A line a problem, the first few of each notice last, then how often each code was raised, then the totals."""
    ordered = sorted(problems)
    lines = [printable(str(problem)) for problem in ordered if problem.level != "notice"]
    lines += map(printable, _notices(ordered))
    counts = Counter((problem.level, problem.code) for problem in ordered)
    if counts:
        width = max(len(code) for _, code in counts)
        lines.append("")
        lines += [
            f"  {code:<{width}}  {level:<7}  {count:>6}"
            for (level, code), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
        ]
    lines += [printable(f"content read as {words}") for words in about.read_as]
    levels = Counter(problem.level for problem in ordered)
    totals = [str(about.posts), counted(levels["error"], "error"), counted(levels["warning"], "warning")]
    if levels["notice"]:
        totals.append(counted(levels["notice"], "notice"))
    lines.append(", ".join(totals))
    return "\n".join(lines)


def _notices(ordered: list[Problem]) -> Iterator[str]:
    """The first few notices of each code: a site may have one for each of its posts, and nobody has to act on them."""
    by_code: dict[str, list[Problem]] = {}
    for problem in ordered:
        if problem.level == "notice":
            by_code.setdefault(problem.code, []).append(problem)
    for code, problems in by_code.items():
        yield from map(str, problems[:SHOWN_NOTICES])
        if len(problems) > SHOWN_NOTICES:
            yield f"... notice {code} {len(problems) - SHOWN_NOTICES} more (--format json lists them)"


def as_json(problems: Iterable[Problem], about: About) -> str:
    """One object: ``posts`` (published ones), the numbers of others, and ``problems`` with path, line, column, level,
    code, message, hint and consumers."""
    items = [{name: getattr(problem, name) for name in _PARTS} for problem in sorted(problems)]
    return json.dumps({**_numbers(about.posts), "problems": items}, ensure_ascii=False, indent=2)


def _numbers(posts: Census) -> dict[str, int]:
    others = asdict(posts)
    return {"posts": others.pop("published"), **others}


def as_github(problems: Iterable[Problem], about: About) -> str:
    """Workflow commands for a pull request (``::error file=…,line=…,col=…,title=…::message``), worst first."""
    del about  # annotations have no place for totals
    lines = []
    for problem in sorted(problems, key=lambda problem: (_GRAVITY[problem.level], problem)):
        place = f"file={_property(problem.path)}"
        if problem.line:
            place += f",line={problem.line},col={problem.column or 1}"
        hint = f" ({problem.hint})" if problem.hint else ""
        lines.append(f"::{problem.level} {place},title={_property(problem.code)}::{_data(problem.message + hint)}")
    return "\n".join(lines)


def as_sarif(problems: Iterable[Problem], about: About) -> str:
    """SARIF 2.1.0 (OASIS): one run, the rules that were broken with their help, and a result for each problem.

    Paths are relative to ``%SRCROOT%``, whose URI is said where it is known, and percent-encoded; whole files have no
    region.
    """
    from importlib.metadata import version  # 10 ms with the email package: SARIF alone names our version

    ordered = sorted(problems)
    codes = {code: place for place, code in enumerate(sorted({problem.code for problem in ordered}))}
    driver = {
        "name": "Feedmill",
        "semanticVersion": version("feedmill"),
        "rules": [_sarif_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {**({"uri": about.base} if about.base else {}), "description": _ROOT_IS}},
        "results": [_sarif_result(problem, codes[problem.code]) for problem in ordered],
        "properties": _numbers(about.posts),
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _sarif_rule(code: str) -> dict[str, Any]:
    from schemas.lint.registry import RULES  # lxml and schemas: the other forms, and --help, need not wait for them

    rule = RULES.get(code)
    if rule is None:  # a problem of the source: its message says all
        return {"id": code, "shortDescription": {"text": code.replace("-", " ")}}
    return {
        "id": code,
        "shortDescription": {"text": rule.why},
        "help": {"text": f"{rule.why[:1].upper()}{rule.why[1:]}. To mend it: {rule.mend}. Source: {rule.source}."},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.level]},
        "properties": {"tags": list(rule.consumers)},
    }


def _sarif_result(problem: Problem, place: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(problem.path, safe="/-._~"), "uriBaseId": _ROOT}}
    if problem.line:
        location["region"] = {"startLine": problem.line, "startColumn": problem.column or 1}
    hint = f" ({problem.hint})" if problem.hint else ""
    return {
        "ruleId": problem.code,
        "ruleIndex": place,
        "level": _SARIF_LEVELS[problem.level],
        "message": {"text": printable(problem.message + hint)},
        "locations": [{"physicalLocation": location}],
        "properties": {"consumers": list(problem.consumers)},
    }


FORMATS: Final[dict[str, Callable[[Iterable[Problem], About], str]]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}


def exit_code(problems: Iterable[Problem], *, strict: bool) -> int:
    """1 where there is an error (with ``strict``: or a warning), else 0."""
    fatal = {"error", "warning"} if strict else {"error"}
    return int(any(problem.level in fatal for problem in problems))


def written_json(said: object) -> str:
    """JSON for programs. Halves of characters, which no encoding takes, are escaped."""
    return json.dumps(said, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace").decode()


def printable(text: str) -> str:
    """Content is quoted in messages: no control character of it may reach a terminal (H-21)."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def counted(count: int, noun: str) -> str:
    """A number with its noun, in the plural where it has to be."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
