"""One error family, and the problem: one line of the report, for people.

An error stops what we were asked to do and ends the command with its ``exit_code``; a :class:`Problem` does not stop
anything: it names a place in the content, says why, and how to mend it. Nothing here formats for a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Level = Literal["error", "warning", "notice"]

MOST_REPORTED: Final = 20
"""Problems of one kind that are reported of one post; the rest are like them."""


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

    @property
    def lines(self) -> tuple[str, ...]:
        """What to say on a terminal: as a rule the one line."""
        return (str(self),)


class UsageError(FeedmillError):
    """The command was called with words that do not fit together."""

    exit_code = 2


def once_each(option: str, value: str) -> str:
    """The end of a refusal of what an option that may be given several times has as one word; "" where it is one."""
    words = [word for part in value.split(",") if (word := part.strip())]
    return f"; it is given once for each: {' '.join(f'{option} {word}' for word in words)}" if len(words) > 1 else ""


class SettingsError(FeedmillError):
    """A setting is missing, unknown or out of range; the message names the setting and where it was read."""

    exit_code = 3


class Fault(SettingsError):
    """One setting that cannot work as it stands, or should not be left so (``level``).

    ``here``: it names something of the machine it is read on (a variable, a file, a directory), which may be there on
    another. ``where`` is the file and line, the variable or the option that said it.
    """

    def __init__(
        self,
        setting: str,
        message: str,
        hint: str = "",
        *,
        level: Level = "error",
        here: bool = False,
        where: str = "",
        exit_code: int = 3,
    ) -> None:
        self.setting, self.message, self.hint = setting, message, hint
        self.level, self.here, self.where, self.exit_code = level, here, where, exit_code
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{setting}: {message}" + (f" ({hint})" if hint else ""))

    def at(self, where: str, setting: str = "") -> Fault:
        """The same, where it was said, and under a name that says more."""
        return self._but(where=where, setting=setting or self.setting)

    def as_warning(self) -> Fault:
        return self._but(level="warning")

    def _but(self, **other: Any) -> Fault:
        said = {name: getattr(self, name) for name in ("level", "here", "where", "exit_code")}
        said |= {"setting": self.setting, "message": self.message, "hint": self.hint}
        return Fault(**(said | other))


class Faults(SettingsError):
    """Several of them, a line each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)
        self.exit_code = min(fault.exit_code for fault in faults)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(map(str, self.faults))


class SourceUnavailable(FeedmillError):
    """A source cannot be read as a whole (missing root, broken site config); what was published stays published."""

    exit_code = 4
    source = ""
    """What it is called, where several are opened at once and whoever catches it cannot know."""


class StorageUnavailable(FeedmillError):
    """The state directory, the index or the port cannot be used (locked, read-only, full, taken)."""

    exit_code = 4


class Rejected(FeedmillError):
    """One post cannot be loaded; carries the problems that say why. Never leaves a source."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
