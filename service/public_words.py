"""What anybody may read of a source in trouble, on ``/readyz`` and the home page (U-06).

An error of an upstream quotes what it answered, and names addresses nobody else should know. Here is its reason only;
of a directory what it lacks, with file and line in it, but not where it lies on this machine. ``feedmill sources``,
``feedmill check`` and the log say the rest. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from service.errors import Problem
from service.index.records import UNAVAILABLE, SourceStatus
from service.refresh import STALE, stale_problems
from service.settings import Settings


def trouble(source: SourceStatus, settings: Settings) -> str:
    """Why a source is stale; "" where it is not. What a directory lacks we say ourselves, without a quotation."""
    if source.reason in ("", UNAVAILABLE):
        return _inside(source.stale, settings)
    status = f" {source.status}" if source.status else ""
    return f"cannot be read ({source.reason}{status})" if source.stale else ""


def shown(problems: Iterable[Problem], sources: Iterable[SourceStatus], settings: Settings) -> Sequence[Problem]:
    """Problems for the home page; that of a source that cannot be read says why as :func:`trouble` does."""
    why = {source.name: trouble(source, settings) for source in sources if source.stale}
    said = {name: stale_problems(name, text)[0].message for name, text in why.items()}
    return [replace(one, message=said.get(one.path, "")) if one.code == STALE else one for one in problems]


def _inside(line: str, settings: Settings) -> str:
    """A line about a directory as those may read it who see its content alone: errors begin with its path."""
    roots = sorted((str(one.path) for one in settings.source if one.path is not None), key=len, reverse=True)
    begins = (f"{root}{mark}" for root in roots for mark in ("/", ": "))
    return line.removeprefix(next(filter(line.startswith, begins), ""))
