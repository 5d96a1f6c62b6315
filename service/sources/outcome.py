"""A file that a scan has to read, and what reading it came to: in the form that crosses from one process to another."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any, NamedTuple

from service.errors import Problem
from service.sources.source import Put, Reject, Taken, Taker
from service.sources.walk import Entry


class Job(NamedTuple):
    """A file to be read: the end of its fingerprint, and the file whose name some systems take for the same."""

    entry: Entry
    mark: str
    twin: str | None


class Outcome(NamedTuple):
    """What reading a file came to. ``missed``: where it named files of the site that were not there."""

    change: Put | Taken | Reject | None
    missed: tuple[str, ...]
    passed_over: bool = False


def packed(outcome: Outcome) -> tuple[Any, ...]:
    """An outcome as plain data, to cross from one process to another."""
    change, missed, passed_over = outcome
    if isinstance(change, Reject):
        lines = tuple(astuple(problem) for problem in change.problems)
        return missed, passed_over, "reject", (change.locator, change.fingerprint, lines)
    return missed, passed_over, "taken" if change else "", tuple(change) if change else ()  # type: ignore[arg-type]


def unpacked(data: tuple[Any, ...], take: Taker) -> Outcome:
    missed, passed_over, kind, values = data
    change: Taken | Reject | None = None
    if kind == "taken":
        change = take.remade(values)
    elif kind:
        locator, fingerprint, lines = values
        change = Reject(locator, fingerprint, tuple(Problem(*line) for line in lines))
    return Outcome(change, missed, passed_over)
