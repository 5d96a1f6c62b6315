"""A page as sitemaps list it: its row of the locations table, and what it weighs among its translations. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from feeds import sitemap
from service.index.drafts import Draft
from service.index.records import moment_of


class Location(NamedTuple):
    """A row of the locations table."""

    post: int
    published: int
    guid: str
    url: str
    lastmod: int | None
    images: str
    language: str
    translation: str
    news: int
    bytes: int

    @property
    def shown(self) -> tuple[object, ...]:
        """Everything but the file it is from and what its translations weigh."""
        return self[1:-1]


def location_of(draft: Draft) -> Location:
    said = draft.reading
    return Location(
        draft.number,
        draft.published,
        draft.guid,
        said.url,
        said.updated if said.page and said.published is None else draft.last_change,
        said.images,
        draft.language,
        said.translation,
        int(draft.visible and not said.page),
        said.weight,
    )


def difference(gone: Collection[Location], come: Collection[Location]) -> set[tuple[object, ...]]:
    """What readers see differently; pages may share all they show, so it is counted."""
    before, after = Counter(row.shown for row in gone), Counter(row.shown for row in come)
    return {shown for shown in before.keys() | after.keys() if before[shown] != after[shown]}


def weights(versions: Sequence[Location]) -> Iterator[int]:
    """What to reserve for each of some pages that are versions of each other: every version, and x-default."""
    urls = [(row.language or "und", row.url) for row in versions]
    longest = max(urls, key=lambda pair: len(pair[1]))
    alternates = (*urls, ("x-default", longest[1])) if len(urls) > 1 else ()
    for row in versions:
        lastmod = None if row.lastmod is None else moment_of(row.lastmod)
        page = sitemap.Location(row.url, lastmod, tuple(row.images.split("\n")) if row.images else ())
        yield max(sitemap.weight(page), len(sitemap.location(replace(page, alternates=alternates))))
