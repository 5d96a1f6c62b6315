"""One error family, and the problem: one line of the report, for people.

An error stops what we were asked to do and ends the command with its ``exit_code``; a :class:`Problem` does not stop
anything: it names a place in the content, says why, and how to mend it. Nothing here formats for a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "notice"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One line of the report: ``path:line:col level code message [consumers] (hint)``.

    Lines and columns from 1; 0: whole file.
    """

    path: str
    line: int
    column: int
    level: Level
    code: str
    message: str
    hint: str = ""
    consumers: tuple[str, ...] = ()
    """Who trips over it, where only some do."""

    def __str__(self) -> str:
        place = self.path
        if self.line:
            place += f":{self.line}:{self.column or 1}"
        hint = f" ({self.hint})" if self.hint else ""
        whom = f" [{', '.join(self.consumers)}]" if self.consumers else ""
        return f"{place} {self.level} {self.code} {self.message}{whom}{hint}"


class FeedmillError(Exception):
    """Root of what Feedmill raises on purpose. ``str()`` is one line: what, where, why, how to mend it."""

    exit_code = 1


class UsageError(FeedmillError):
    """The command was called with words that do not fit together."""

    exit_code = 2


class SettingsError(FeedmillError):
    """A setting is missing, unknown or out of range; the message names the setting and where it was read."""

    exit_code = 3


class SourceUnavailable(FeedmillError):
    """A source cannot be read as a whole (missing root, broken site config); what was published stays published."""

    exit_code = 4


class StorageUnavailable(FeedmillError):
    """The state directory, the index or the port cannot be used (locked, read-only, full, taken)."""

    exit_code = 4


class Rejected(FeedmillError):
    """One post cannot be loaded; carries the problems that say why. Never leaves a source."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
