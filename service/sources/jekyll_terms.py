"""What a Jekyll post belongs to: its categories and tags, and the categories that its URL is made of.

Follows ``Document#populate_categories`` and ``#populate_tags`` of Jekyll 4.3.1. The notation of a term is the business
of :mod:`service.sources.terms`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from service.content.scalars import Unreadable, Value
from service.settings import LimitSettings
from service.sources import terms
from service.sources.keys import Keys

RARE: Final = frozenset(("category", "tag"))
"""The keys beside ``categories`` and ``tags``."""

_REMEMBERED: Final = 4096


class _Categories(NamedTuple):
    shown: tuple[str, ...]
    in_url: tuple[str, ...]


class JekyllTerms:
    """The terms of one site's posts. Categories that nothing is wrong with are kept, because most posts share them."""

    def __init__(self, limits: LimitSettings, *, comma: bool) -> None:
        self._limits = limits
        self._comma = comma
        self._kept: dict[tuple[object, ...], _Categories] = {}

    def of(
        self, keys: Keys, directories: tuple[str, ...], defaults: Value, *, rare: bool
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Categories, tags, and the categories in the URL. ``defaults`` are the categories of the site's defaults,
        which those of the post do not replace; ``rare``: it may have one of the :data:`RARE` keys.

        Rejects a map of categories, which costs Jekyll the date.
        """
        written, problems, rare = keys.get("categories"), keys.problems, rare and not keys.lacks(RARE)
        spelling = terms.spelling(written) if written is not None and defaults is None and not rare else None
        known = self._kept.get((directories, spelling)) if spelling else None
        if known is not None:
            tags = self._tags(keys, rare=rare)
        else:
            doubts = len(problems)
            labels = self._labels(directories, (defaults, written), keys)
            doubtful = len(problems) > doubts
            tags, doubts = self._tags(keys, rare=rare), len(problems)
            shown = terms.bounded(labels, "categories", keys, self._limits)
            known = _Categories(shown, terms.url_categories(directories, defaults, keys))
            if spelling and not doubtful and len(problems) == doubts and len(self._kept) < _REMEMBERED:
                self._kept[directories, spelling] = known
        return known.shown, terms.bounded(tags, "tags", keys, self._limits) if tags else (), known.in_url

    def _labels(self, directories: tuple[str, ...], values: Iterable[Value], keys: Keys) -> list[str]:
        labels = [*directories]
        try:
            for value in values:
                labels += terms.many(value, "categories", keys, comma=self._comma)
            return [*labels, *terms.one(keys.get("category"), comma=self._comma)]
        except Unreadable as error:
            raise keys.rejected("categories", error.code, error.message, "write a list, such as [a, b]") from None

    def _tags(self, keys: Keys, *, rare: bool) -> tuple[str, ...]:
        try:
            one = terms.one(keys.get("tag"), comma=self._comma) if rare else ()
            return one or terms.many(keys.get("tags"), "tags", keys, comma=self._comma)
        except Unreadable as error:
            keys.warn("tags", error.code, error.message, "write a list, such as [a, b]")
            return ()
