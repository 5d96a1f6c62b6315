"""Whose a state directory is: the sources it was last written for, by their places and the names that settings give.

A site may get other sources, lose some, or see them move; where none of them is known, it is another site, whose
posts would replace all there are. Nor may one go by accident: because a command names another one. Refuses to guess:
a name that nobody wrote (a directory's, a host's) tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

PLACES: Final = "sources"
NAMES: Final = "source names"
"""Keys of the facts in ``state.db``. A state of an earlier release has no names."""

ELSEWHERE: Final = (
    "if it is the same site, moved, feedmill refresh --adopt goes on with all of it; else name another directory with "
    "--state"
)


NARROWED: Final = (
    "to look at one source alone say its name: feedmill refresh NAME; for posts of their own name another directory "
    "with --state"
)


class Owner(NamedTuple):
    """A source by its place, and by the name that the settings give it ("" where they give none). ``left_out``: their
    file names it, the command that runs does not."""

    place: str
    name: str = ""
    left_out: bool = False


def recorded(owners: Sequence[Owner]) -> dict[str, str]:
    """What is kept of them."""
    ours = [owner for owner in owners if not owner.left_out]
    names = sorted(owner.name for owner in ours if owner.name)
    return {PLACES: json.dumps(sorted(owner.place for owner in ours)), NAMES: json.dumps(names)}


def places(facts: Mapping[str, str]) -> list[str]:
    """The places of the sources that a directory with these facts belongs to."""
    return [str(place) for place in json.loads(facts.get(PLACES, "[]"))]


def refusal(directory: Path, facts: Mapping[str, str], owners: Sequence[Owner]) -> tuple[str, str]:
    """Why a directory with these facts is none of theirs, and what to do; ("", "") where it is, or is nobody's yet."""
    places, names = (json.loads(facts.get(key, "[]")) for key in (PLACES, NAMES))
    if lost := [owner.place for owner in owners if owner.left_out and owner.place in places]:
        why = f"state directory {directory} has the posts of {', '.join(lost)}, too, which would leave: "
        return f"{why}the settings file names what the command does not", NARROWED
    if not places or any(owner.place in places or owner.name in names for owner in owners):
        return "", ""
    return f"state directory {directory} belongs to other sources ({', '.join(places)})", ELSEWHERE
