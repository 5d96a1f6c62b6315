"""The report of ``check``: problems sorted, counted and written for people, programs or GitHub.

Refuses to find problems; it only says them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from service.errors import Problem

Summary = Counter[tuple[str, str]]


def as_text(problems: Iterable[Problem], posts: int) -> str:
    """A line a problem, then how often each code was raised, then the totals."""
    ordered = sorted(problems)
    lines = [printable(str(problem)) for problem in ordered]
    counts = Counter((problem.level, problem.code) for problem in ordered)
    if counts:
        width = max(len(code) for _, code in counts)
        lines.append("")
        lines += [
            f"  {code:<{width}}  {level:<7}  {count:>6}"
            for (level, code), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
        ]
    levels = Counter(problem.level for problem in ordered)
    lines.append(
        f"{counted(posts, 'post')}, {counted(levels['error'], 'error')}, {counted(levels['warning'], 'warning')}"
    )
    return "\n".join(lines)


def as_json(problems: Iterable[Problem], posts: int) -> str:
    """One object: ``posts``, and ``problems`` with path, line, column, level, code, message and hint."""
    items = [
        {name: getattr(problem, name) for name in ("path", "line", "column", "level", "code", "message", "hint")}
        for problem in sorted(problems)
    ]
    return json.dumps({"posts": posts, "problems": items}, ensure_ascii=False, indent=2)


def as_github(problems: Iterable[Problem], posts: int) -> str:
    """Workflow commands that annotate a pull request (``::error file=…,line=…,col=…,title=…::message``)."""
    del posts  # annotations have no place for totals
    lines = []
    for problem in sorted(problems):
        place = f"file={_property(problem.path)}"
        if problem.line:
            place += f",line={problem.line},col={problem.column or 1}"
        hint = f" ({problem.hint})" if problem.hint else ""
        lines.append(f"::{problem.level} {place},title={_property(problem.code)}::{_data(problem.message + hint)}")
    return "\n".join(lines)


FORMATS: Final[dict[str, Callable[[Iterable[Problem], int], str]]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}


def exit_code(problems: Iterable[Problem], *, strict: bool) -> int:
    """1 where there is an error (with ``strict``: or a warning), else 0."""
    fatal = {"error", "warning"} if strict else {"error"}
    return int(any(problem.level in fatal for problem in problems))


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
