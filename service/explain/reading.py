"""What the view of a source says of a file: a place that gives a value, its keys with their places, or a refusal.

Plain data.
"""

from __future__ import annotations

from collections.abc import Mapping

from feeds.frozen import frozen
from service.content.scalars import Value


@frozen(frozen=True, slots=True)
class Origin:
    """What gave a value: a key at a line and column of a file (0: the whole file), or ``what`` in words alone."""

    what: str
    path: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = self.path + (f":{self.line}:{self.column}" if self.line else "")
        return f"{place} {self.what}".strip()


@frozen(frozen=True, slots=True)
class Reading:
    """A post's keys as its source reads them, with where each stands; defaults of the site among them."""

    path: str
    values: Mapping[str, Value]
    origins: Mapping[str, Origin]
    body: str = ""
    body_line: int = 1


@frozen(frozen=True, slots=True)
class Refused:
    """Why a file is no post, in words, and how to make it one."""

    reason: str
    hint: str = ""
