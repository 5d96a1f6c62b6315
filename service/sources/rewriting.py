"""What a dialect may do to a file's text before it is understood and stored."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from service.errors import Problem
from service.sources.files import Tree
from service.sources.walk import Entry


@runtime_checkable
class Rewriting(Protocol):
    """A dialect whose bodies hold what only a scan can read: Hugo's shortcodes look at other files."""

    def rewritten(self, entry: Entry, text: str, tree: Tree) -> tuple[str, tuple[Problem, ...]]:
        """The text as it is understood and stored, line by line where the author wrote it. Raises Rejected."""
        ...
