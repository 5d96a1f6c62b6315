"""How the service is doing, as ``/readyz`` and ``/metrics`` say it. Plain values; whoever fills them knows why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from feeds.frozen import frozen


@frozen(frozen=True, slots=True)
class SourceStatus:
    """How a source is doing: when its last complete scan ended, and how many posts of it are published; ``pages`` are
    published beside these, ``unpublished`` is what is known and neither (drafts, what is scheduled or expired, copies).

    ``stale`` says why what is served may be old, in words for anybody, ``held`` why a scan's deletions are not
    believed yet (C-16); None where all is well. ``reason`` is the code of ``stale``, ``http_status`` what the upstream
    answered (0: nothing), ``stale_since`` when it began. ``next_attempt`` is a remote source's. ``refreshed`` and
    ``failed`` count scans and pulls. ``unread`` counts feeds of it that cannot be read while the others are.
    """

    name: str
    last_scan: datetime | None
    stale: str | None
    held: str | None
    posts: int
    reason: str = ""
    http_status: int = 0
    stale_since: datetime | None = None
    next_attempt: datetime | None = None
    refreshed: int = 0
    failed: int = 0
    pages: int = 0
    unpublished: int = 0
    unread: int = 0


@frozen(frozen=True, slots=True)
class Status:
    """How the index is doing. ``ready``: a first complete scan is indexed. ``problems`` counts them by code."""

    ready: bool
    sources: Sequence[SourceStatus]
    problems: Mapping[str, int]
    channels: int
    posts: int
