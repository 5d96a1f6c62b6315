"""Site generators that make feeds, and how each is asked for the same ones. Feedmill is one of them."""

from __future__ import annotations

from typing import Final

from bench.generators.eleventy import ELEVENTY
from bench.generators.hugo import HUGO
from bench.generators.jekyll import JEKYLL
from bench.generators.pelican import PELICAN
from bench.generators.site import Generator

PEERS: Final[dict[str, Generator]] = {peer.name.casefold(): peer for peer in (HUGO, JEKYLL, PELICAN, ELEVENTY)}
"""By the name that the command line knows."""

__all__ = ["HUGO", "PEERS", "Generator"]
