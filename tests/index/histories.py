"""Histories of posts after which an index that was made anew once differed from the one that lived."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """What a file says. ``day`` is that many days before now; ``url`` ends its own, and ``shared`` is one that any
    file may claim; ``explicit``: its author wrote an id, by its text."""

    text: str = "one"
    day: int | None = 8
    url: str = ""
    explicit: bool = False
    visibility: str = "public"


Scan = dict[str, Said]
"""By file: one of a source, or ``two/`` and one of the second source."""

HISTORIES: dict[str, list[Scan]] = {
    "texts that change places": [
        {"d": Said("two", url="-2", visibility="hidden"), "c": Said(day=9)},
        {"a": Said(day=9), "b": Said("two", visibility="hidden"), "d": Said("two", 9)},
        {"c": Said("two", 9)},
        {"c": Said(day=9), "b": Said(visibility="hidden"), "d": Said("two", 9)},
        {"b": Said(day=9, visibility="hidden"), "c": Said("two", 9, explicit=True)},
        {"a": Said("two"), "c": Said("two")},
    ],
    "an id that goes to another post while its own is hidden": [
        {"d": Said(url="-2", visibility="hidden"), "b": Said(url="-2")},
        {"c": Said(explicit=True)},
        {"a": Said(day=9, visibility="hidden"), "c": Said(day=9), "b": Said("two", 9)},
        {"c": Said(day=9, explicit=True), "d": Said(day=9, visibility="hidden")},
        {"a": Said(day=9, explicit=True), "c": Said(day=9, visibility="hidden"), "b": Said(day=9, url="-2")},
    ],
    "away, back under an id of its own, and without it again": [
        {"b": Said()},
        {"c": Said()},
        {"b": Said(explicit=True)},
        {"b": Said()},
    ],
    "a former URL that is another post's own, and then not": [
        {"d": Said()},
        {"b": Said()},
        {"d": Said("two")},
        {"a": Said("two"), "b": Said()},
    ],
    "a file beside its own former URL": [
        {"c": Said()},
        {},
        {"c": Said(url="-2")},
        {"c": Said(), "d": Said()},
    ],
    "away and back with another post between": [
        {"d": Said("two")},
        {"c": Said("two")},
        {"b": Said()},
        {"d": Said("two")},
    ],
    "what moves to an id that another post has": [
        {"b": Said(day=9, url="-2", explicit=True), "d": Said("two", url="-2"), "c": Said()},
        {
            "b": Said(day=9, url="-2", explicit=True),
            "d": Said("two", url="-2"),
            "c": Said(day=9, url="-2", explicit=True),
        },
    ],
    "an undated file that moved": [
        {"c": Said(day=None)},
        {"a": Said(day=None)},
    ],
    "an id that moves on while its file is hidden": [
        {"two/d": Said(explicit=True)},
        {"two/c": Said(explicit=True), "two/d": Said(visibility="hidden")},
    ],
    "a file that is hidden while another source has its text": [
        {"two/b": Said()},
        {"c": Said(), "two/b": Said(visibility="hidden")},
        {"a": Said(), "c": Said(), "two/b": Said()},
    ],
    "an id that is free again as its new post keeps another": [
        {"c": Said(url="shared"), "two/d": Said("two")},
        {"d": Said(url="shared"), "two/d": Said("two")},
    ],
    "a post that is put off under another URL, and touched": [
        {"c": Said("two", url="-2", explicit=True)},
        {"c": Said("two", day=-5, explicit=True)},
    ],
}
