"""The machine that a run is on: what it is, and how much of it others took meanwhile.

A ratio of two figures that were taken side by side bears some noise; how late answers are does not. So each run says
how noisy it was. Refuses to judge that.
"""

from __future__ import annotations

import os
import platform
import resource
from pathlib import Path
from typing import Final

_STAT: Final = Path("/proc/stat")
_IDLE: Final = (3, 4)
"""Columns of /proc/stat: idle, and idle while a disk works."""


def described() -> str:
    """Its kind."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"


class Neighbours:
    """What others do with the processors from now on."""

    def __init__(self) -> None:
        self._load = os.getloadavg()[0]
        self._before = _spent()

    def told(self) -> str:
        """In words, such as ``load average 0.5 at the start; others took 3 % of the processors``."""
        words = f"load average {self._load:.1f} at the start"
        if self._before is None or (now := _spent()) is None:
            return words
        whole, busy, ours = (after - before for after, before in zip(now, self._before, strict=True))
        share = max(busy - ours, 0.0) / whole if whole else 0.0
        return f"{words}; others took {share:.0%} of the processors"


def _spent() -> tuple[float, float, float] | None:
    """Seconds of all processors, of them not idle, of them ours and our ended children's; None where nobody tells."""
    if not _STAT.exists():
        return None
    ticks = [int(word) for word in _STAT.read_text().splitlines()[0].split()[1:9]]
    idle, each = sum(ticks[column] for column in _IDLE), os.sysconf("SC_CLK_TCK")
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    ours = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return sum(ticks) / each, (sum(ticks) - idle) / each, ours
