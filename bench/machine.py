"""The machine that a run is on: what it is, and how much of it others took meanwhile.

A ratio of two figures that were taken side by side bears some noise; how late answers are does not. So each run says
how noisy it was. Refuses to judge that.
"""

from __future__ import annotations

import os
import platform
import resource
import time
from pathlib import Path
from typing import Final

_STAT: Final = Path("/proc/stat")
_IDLE: Final = (3, 4)
"""Columns of /proc/stat: idle, and idle while a disk works."""

_LOOK: Final = 0.2
_QUIET: Final = 0.9
"""Seconds between two looks at a processor, and the share of them that it is idle when it has settled."""


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


def settle(processor: int, longest: float = 5.0) -> None:
    """Wait until a processor has next to nothing to do, at most so many seconds.

    A slow server goes on with what it was asked before its turn ended, and the next one would pay for it.
    """
    end, before = time.monotonic() + longest, _idle(processor)
    while before is not None and time.monotonic() < end:
        time.sleep(_LOOK)
        now = _idle(processor)
        if now is None or now - before >= _QUIET * _LOOK:
            return
        before = now


def _idle(processor: int) -> float | None:
    """Seconds that a processor had nothing to do; None where the system does not tell."""
    for line in _STAT.read_text().splitlines() if _STAT.exists() else ():
        name, *ticks = line.split()
        if name == f"cpu{processor}":
            return sum(int(ticks[column]) for column in _IDLE) / os.sysconf("SC_CLK_TCK")
    return None
