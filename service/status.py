"""How the service is doing, as ``/readyz`` and ``/metrics`` say it. Plain values; whoever fills them knows why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is doing: when its last complete scan ended, and how many posts it has.

    ``stale`` says why what is served may be old, ``held`` why a scan's deletions are not believed yet (C-16); None
    where all is well.
    """

    name: str
    last_scan: datetime | None
    stale: str | None
    held: str | None
    posts: int


@dataclass(frozen=True, slots=True)
class Status:
    """How the index is doing. ``ready``: a first complete scan is indexed. ``problems`` counts them by code."""

    ready: bool
    sources: Sequence[SourceStatus]
    problems: Mapping[str, int]
    channels: int
    posts: int
