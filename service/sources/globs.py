"""Ruby's two kinds of file name patterns, as Jekyll's settings use them, without their exponential moments.

``File.fnmatch`` sees one string and its star crosses slashes; ``Dir.glob`` goes name by name. Names come to this
module, the file system does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import translate
from functools import lru_cache
from typing import Final

MAX_ALTERNATIVES: Final = 64
"""Braces multiply; a pattern that comes to more is cut."""

_BRACES = re.compile(r"\{([^{}]*)\}")


@lru_cache(maxsize=1024)
def fnmatch(pattern: str) -> re.Pattern[str]:
    """``File.fnmatch`` without flags, to be matched whole. A backslash escapes, ``[^`` negates like ``[!``.

    Built on :func:`fnmatch.translate`, whose stars are atomic groups: linear in the string for each star.
    """
    escaped = re.sub(r"\\(.)", lambda match: f"[{match[1]}]", pattern, flags=re.DOTALL)
    return re.compile(translate(escaped.replace("[^", "[!")))


class PathGlob:
    """``Dir.glob``: stars stop at slashes and skip names with a leading dot, ``**`` is any depth, braces alternate."""

    def __init__(self, pattern: str) -> None:
        self._alternatives = [tuple(one.strip("/").split("/")) for one in _expanded(pattern)]

    def matches(self, path: str) -> bool:
        names = tuple(path.split("/"))
        return any(_match(names, parts) for parts in self._alternatives)


def _match(names: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Name by name; ``reached`` holds how many parts may be used up so far."""
    reached = {0}
    for name in names:
        reached = {after for used in _through(reached, parts) for after in _step(name, used, parts)}
    return len(parts) in _through(reached, parts)


def _through(reached: set[int], parts: tuple[str, ...]) -> set[int]:
    """``**`` may stand for no directory at all."""
    found = set(reached)
    for used in sorted(reached):
        while used < len(parts) - 1 and parts[used] == "**":
            used += 1
            found.add(used)
    return found


def _step(name: str, used: int, parts: tuple[str, ...]) -> Iterator[int]:
    if used == len(parts):
        return
    part = parts[used]
    hidden = name.startswith(".") and not part.startswith(".")
    if part == "**" and used < len(parts) - 1:
        if not hidden:
            yield used
    elif not hidden and fnmatch(part).fullmatch(name):
        yield used + 1


def _expanded(pattern: str) -> list[str]:
    done: list[str] = []
    todo = [pattern]
    while todo and len(done) + len(todo) <= MAX_ALTERNATIVES:
        one = todo.pop()
        match = _BRACES.search(one)
        if match:
            todo += [f"{one[: match.start()]}{choice}{one[match.end() :]}" for choice in match[1].split(",")]
        else:
            done.append(one)
    return done
