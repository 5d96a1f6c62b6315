"""Of which of a source's listings each post is, and which posts leave with a listing that the source lost. Pure.

The feeds of an OPML list are such listings. Where a post is from is a part of its fingerprint: the index remembers it
without knowing of it. Refuses to judge whether a source may lose as much.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set
from typing import Final

_MARK: Final = "@"


def named(address: str) -> str:
    """A short name for the listing at an address."""
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def marked(fingerprint: str, listing: str) -> str:
    """A fingerprint that says where its post is from; ``listing`` is "" where a source is one listing."""
    return f"{fingerprint}{_MARK}{listing}" if listing else fingerprint


def listing_of(fingerprint: str) -> str:
    """Where the post is from; "" where that is not said."""
    return fingerprint.partition(_MARK)[2]


def followed(
    known: Mapping[str, str], seen: Iterable[tuple[str, str]], there: Set[str], moved: Mapping[str, str]
) -> dict[str, str]:
    """Which listing is now which other one, after ``moved`` of before.

    One that is no longer ``there`` is under another address now where an unknown one has a post of it (``seen``: pairs
    of where a post was and where it is): so a feed that went from http to https keeps what has left its window.
    """
    present = {listing_of(fingerprint) for fingerprint in known.values()} - {""}
    stood = {_last(listing, moved) for listing in present} | present
    found = dict(moved)
    for before, now in seen:
        last = _last(before, found)
        if last not in there and now in there and now not in stood:
            found[last] = now
    used = set[str]()
    for listing in present:
        while listing in found and listing not in used:
            used.add(listing)
            listing = found[listing]
    return {listing: found[listing] for listing in sorted(used)}


def left(known: Mapping[str, str], there: Set[str], moved: Mapping[str, str]) -> set[str]:
    """The posts of listings that are no longer ``there``, under no address."""
    return {
        locator
        for locator, fingerprint in known.items()
        if (listing := listing_of(fingerprint)) and _last(listing, moved) not in there
    }


def _last(listing: str, moved: Mapping[str, str]) -> str:
    """Under which name a listing goes by now. One that moved back and forth is where it was."""
    passed = {listing}
    while (following := moved.get(listing)) is not None and following not in passed:
        passed.add(following)
        listing = following
    return listing
