"""What anybody may read of a source in trouble, on ``/readyz`` and the home page (U-06).

An error of an upstream quotes what it answered, and names addresses nobody else should know. Here is its reason only;
``feedmill sources``, ``feedmill check`` and the log say the rest. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from service.errors import Problem
from service.index.records import UNAVAILABLE, SourceStatus
from service.refresh import STALE, stale_problems


def trouble(source: SourceStatus) -> str:
    """Why a source is stale; "" where it is not. What a directory lacks we say ourselves, without a quotation."""
    if source.reason in ("", UNAVAILABLE):
        return source.stale
    status = f" {source.status}" if source.status else ""
    return f"cannot be read ({source.reason}{status})" if source.stale else ""


def shown(problems: Iterable[Problem], sources: Iterable[SourceStatus]) -> Sequence[Problem]:
    """Problems for the home page; that of a source that cannot be read says why as :func:`trouble` does."""
    said = {source.name: stale_problems(source.name, trouble(source))[0].message for source in sources if source.stale}
    return [replace(one, message=said.get(one.path, "")) if one.code == STALE else one for one in problems]
