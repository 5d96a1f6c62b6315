"""Ourselves: ``feedmill build`` into an empty directory, from an empty state directory, the index written to disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.generators.site import Corpus, Generator, Laid
from bench.processes import python

SAME: Final = "feedmill, RSS"
THREE: Final = "feedmill, RSS, Atom and JSON"
CODED: Final = "feedmill, RSS of all channels, coded"
ALL: Final = "feedmill, all documents"

_SAME: Final = ("--channels", "site", "--channels", "category", "--no-coded", "--only", "rss", "--only", "sitemap")
_GROUPS: Final[dict[str, Sequence[str]]] = {
    SAME: _SAME,
    THREE: (*_SAME, "--only", "atom", "--only", "json"),
    CODED: ("--only", "rss", "--only", "sitemap"),
    ALL: (),
}


def generator(name: str) -> Generator:
    """One of the four builds."""

    def lay(place: Path, corpus: Corpus) -> Laid:
        out, state = place / "out", place / "state"
        words = ("build", str(corpus.root), "--out", str(out), "--state", str(state), "--log-level", "error")
        command = tuple(python("service.cli", *words, *_GROUPS[name]))
        return Laid(command, out, "rss.xml", "categories/*/rss.xml", "sitemap*.xml", kept=(state,))

    return Generator(name, lambda: "", lay)
