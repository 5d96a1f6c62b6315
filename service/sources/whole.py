"""What all adapters are alike that can be asked for nothing but everything: feeds, and APIs of which nothing is known.

Refuses to list: that is their own business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.sources.adapter import ListingPage
from service.upstream.answer import Client


class Whole:
    """The part of :class:`service.sources.adapter.Adapter` that is for others."""

    incremental = False
    altered = False

    def ids(self, client: Client) -> Iterator[ListingPage]:
        del client
        yield from ()  # there is no other list of what there is

    def some(self, client: Client, ids: Sequence[str]) -> Iterator[ListingPage]:
        del client, ids
        yield from ()
