"""Globs as Hugo's cascades write them, matched in time linear in pattern and path: authors of posts write them, too.

Refuses to look at files: a glob is held against a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from feeds.frozen import frozen

_WORD = re.compile(r"\*\*|\*|\?|.", re.DOTALL)
_BRACES = re.compile(r"\{([^{}]*)\}")
_LONGEST: Final = 512
_MOST_ALTERNATIVES: Final = 64


@frozen(frozen=True, slots=True)
class Glob:
    """A pattern: ``**`` crosses slashes, ``*`` and ``?`` do not, ``{a,b}`` is one of several; case-blind."""

    alternatives: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, pattern: str) -> Glob:
        """One that is longer than anyone's path matches nothing."""
        if len(pattern) > _LONGEST:
            return cls(())
        return cls(tuple(tuple(_WORD.findall(text)) for text in _expanded(pattern.lower())))

    def matches(self, text: str) -> bool:
        return any(_matches(words, text.lower()) for words in self.alternatives)


def _expanded(pattern: str) -> list[str]:
    """The pattern once for each way through its braces, the innermost first; at most so many."""
    done: list[str] = []
    waiting = [pattern]
    while waiting and len(done) + len(waiting) <= _MOST_ALTERNATIVES:
        text = waiting.pop()
        braces = _BRACES.search(text)
        if braces is None:
            done.append(text)
        else:
            waiting += (text[: braces.start()] + part + text[braces.end() :] for part in braces[1].split(","))
    return done


def _matches(words: tuple[str, ...], text: str) -> bool:
    """All ways through the pattern at once: which words may come next after each character."""
    states = set(_open(words, 0))
    for character in text:
        states = {after for state in states for after in _step(words, state, character)}
        if not states:
            return False
    return len(words) in states


def _open(words: tuple[str, ...], state: int) -> Iterator[int]:
    """A place in the pattern, and those behind stars, which may stand for nothing."""
    yield state
    while state < len(words) and words[state] in ("*", "**"):
        state += 1
        yield state


def _step(words: tuple[str, ...], state: int, character: str) -> Iterator[int]:
    if state == len(words):
        return
    word = words[state]
    if word == "**" or (word == "*" and character != "/"):
        yield from _open(words, state)
    elif word == character or (word == "?" and character != "/"):
        yield from _open(words, state + 1)
