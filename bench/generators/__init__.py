"""Site generators that make feeds, and how each is asked for the same ones. Feedmill is one of them."""

from __future__ import annotations

from typing import Final

from bench.generators.eleventy import ELEVENTY
from bench.generators.hugo import HUGO, HUGO_PAGES
from bench.generators.jekyll import JEKYLL
from bench.generators.pelican import PELICAN
from bench.generators.site import Generator

PEERS: Final[dict[str, Generator]] = {
    "hugo": HUGO,
    "hugo-pages": HUGO_PAGES,
    "jekyll": JEKYLL,
    "pelican": PELICAN,
    "eleventy": ELEVENTY,
}
"""By the name that the command line knows."""

__all__ = ["HUGO", "HUGO_PAGES", "PEERS", "Generator"]
