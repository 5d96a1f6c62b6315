"""The measures: schemas that we wrote from the specifications, and what they say about a document.

``problems(kind, body)`` is a judgement, not a parser: it returns lines for people and never raises on content. It reads
nothing but the schema files beside it; a document cannot make it fetch, expand or include anything. Refuses to mend.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Literal

from schemas.embed import embed_problems
from schemas.jsonfeed import json_problems
from schemas.metadata import metadata_problems
from schemas.sitemap import opml_problems, sitemap_index_problems, sitemap_problems
from schemas.xml import atom_problems, rss_problems

Kind = Literal["rss", "atom", "json", "embed", "metadata", "sitemap", "sitemap-index", "opml"]

_MEASURES: Final[dict[str, Callable[[bytes], list[str]]]] = {
    "rss": rss_problems,
    "atom": atom_problems,
    "json": json_problems,
    "embed": embed_problems,
    "metadata": metadata_problems,
    "sitemap": sitemap_problems,
    "sitemap-index": sitemap_index_problems,
    "opml": opml_problems,
}


_OPEN: Final[dict[str, Callable[[bytes], list[str]]]] = {
    "rss": partial(rss_problems, ours=False),
    "json": partial(json_problems, ours=False),
    "sitemap": partial(sitemap_problems, ours=False),
    "sitemap-index": partial(sitemap_index_problems, ours=False),
    "opml": partial(opml_problems, ours=False),
}
"""Kinds that others write, too, and of which our own measure is narrower than the specification."""


def problems(kind: Kind, body: bytes, *, ours: bool = True) -> list[str]:
    """What is wrong with a document, in the order of its lines: ``line 3: …`` each; empty where it is valid.

    ``rss`` is measured by our own, closed profile of RSS 2.0, ``atom`` by RFC 4287, ``json`` by JSON Feed 1.1,
    ``embed`` by our own description of a channel's newest posts, ``metadata`` by ours of a page's metadata,
    ``sitemap`` and ``sitemap-index`` by sitemaps.org 0.9 with Google's image and news extensions, ``opml`` by OPML 2.0
    as far as subscription lists need it.

    ``ours`` is False for a document that Feedmill did not write: RSS is measured by the specification of RSS 2.0 then,
    JSON Feed by either version, and of XML what stands in namespaces that the measure does not name is passed over.
    """
    measure = _MEASURES[kind] if ours else _OPEN.get(kind, _MEASURES[kind])
    return measure(body)
