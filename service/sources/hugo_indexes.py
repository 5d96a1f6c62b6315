"""What ``_index`` files say of others: what cascades from them, what terms and sections are called.

Their own pages are lists, never posts. Read at each opening; what cannot be read says nothing, with a warning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from feeds.frozen import frozen
from service.content.decode import decode
from service.content.front_matter import parse
from service.content.scalars import Position, Value
from service.errors import Problem, Rejected
from service.settings import LimitSettings
from service.sources import hugo_dates
from service.sources.files import Tree, Vanished
from service.sources.hugo_config import HugoConfig, lowered, table, text_of, truth
from service.sources.hugo_globs import Glob
from service.sources.hugo_layout import Layout, Place
from service.sources.hugo_urls import term_path
from service.sources.keys import Keys
from service.sources.walk import visible


@frozen(frozen=True, slots=True)
class Cascade:
    """Values for the pages below, where their path, kind and language fit; and the file and place that say so."""

    values: Mapping[str, Value]
    path: Glob | None
    kind: Glob | None
    language: Glob | None
    environment: Glob | None
    file: str
    place: Position

    def fits(self, place: Place) -> bool:
        said = (
            (self.path, place.logical),
            (self.kind, ("section" if place.directory else "home") if place.branch else "page"),
            (self.language, place.language),
            (self.environment, "production"),
        )
        return all(pattern is None or pattern.matches(text) for pattern, text in said)


@frozen(frozen=True, slots=True)
class Closed:
    """A section that is not built, at least not always; then nothing below it is either."""

    draft: bool
    begins: datetime | None
    ends: datetime | None


@frozen(frozen=True, slots=True)
class Indexes:
    """What was read. Directories are below ``content``, "" the home page's."""

    cascades: Mapping[tuple[str, str], tuple[Cascade, ...]]
    """By directory and language."""
    everywhere: tuple[Cascade, ...]
    titles: Mapping[tuple[str, str], str]
    slugs: Mapping[tuple[str, str], str]
    people: Mapping[str, Mapping[str, Value]]
    """Front matter of terms' pages, by ``taxonomy/term``."""
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    closed: Mapping[tuple[str, str], Closed] = field(default_factory=dict)

    def above(self, place: Place) -> Iterable[Closed]:
        """The sections above a page that are not built, or not always."""
        directory = place.directory if self.closed else ""
        while directory:
            if found := self.closed.get((directory, place.language)):
                yield found
            directory = directory.rpartition("/")[0]

    def of(self, place: Place) -> Iterable[Cascade]:
        """What holds for a page, the nearest first."""
        directory = place.directory
        while True:
            for cascade in self.cascades.get((directory, place.language), ()):
                if cascade.fits(place):
                    yield cascade
            if not directory:
                break
            directory = directory.rpartition("/")[0]
        yield from (cascade for cascade in self.everywhere if cascade.fits(place))

    def term(self, taxonomy: str, label: str, languages: Sequence[str]) -> str:
        """A term's own title; the label where it has none."""
        directory = f"{taxonomy}/{term_path(label)}"
        return next((title for key in languages if (title := self.titles.get((directory, key)))), label)


@dataclass(slots=True)
class _Found:
    keys: list[tuple[Place, Keys]] = field(default_factory=list)
    cascades: dict[tuple[str, str], tuple[Cascade, ...]] = field(default_factory=dict)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    slugs: dict[tuple[str, str], str] = field(default_factory=dict)
    people: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    state: list[Any] = field(default_factory=list)


def read_indexes(tree: Tree, layout: Layout, config: HugoConfig, limits: LimitSettings, encoding: str) -> Indexes:
    """What the ``_index`` files of a site say, and the cascade of its configuration."""
    found = _Found()
    terms = tuple(f"{plural}/" for plural in config.taxonomies.values())
    for place in layout.indexes:
        entry = tree.find(place.path)
        try:
            data, _ = tree.read(entry, limits.file_bytes, encoding, settle=0) if entry else (b"", None)
            matter = parse(decode(data, place.path, encoding)[0], visible(place.path), limits)
        except Vanished:
            continue
        except Rejected as error:
            found.problems += error.problems
            continue
        values = table(lowered(dict(matter.values)))
        places = {key.lower(): at for key, at in matter.positions.items()}
        found.keys.append((place, Keys(values, places, visible(place.path))))
        where = (place.directory, place.language)
        made = cascades(values.get("cascade"), visible(place.path), places.get("cascade", (0, 0)))
        if made:
            found.cascades[where] = made
        lowered_where = (place.directory.lower(), place.language)
        if title := text_of(values.get("title")):
            found.titles[lowered_where] = title
        if slug := text_of(values.get("slug")):
            found.slugs[where] = slug
        if place.directory.lower().startswith(terms):
            found.people.setdefault(place.directory.lower(), {k: v for k, v in values.items() if k != "cascade"})
        said = [values.get(key) for key in ("cascade", "title", "slug")]
        found.state.append((place.path, said, found.people.get(place.directory.lower())))
    file, at = config.places.get("cascade", ("", (0, 0)))
    everywhere = cascades(config.keys.get("cascade"), file, at)
    indexes = Indexes(found.cascades, everywhere, found.titles, found.slugs, found.people)
    closed = dict(_closed(found.keys, indexes, config, limits, found.problems))
    found.state.append(sorted((*where, str(state)) for where, state in closed.items()))
    digest = hashlib.sha256(json.dumps(found.state, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return replace(indexes, problems=tuple(found.problems), digest=digest, closed=closed)


def _closed(
    read: Iterable[tuple[Place, Keys]],
    indexes: Indexes,
    config: HugoConfig,
    limits: LimitSettings,
    problems: list[Problem],
) -> Iterator[tuple[tuple[str, str], Closed]]:
    """The sections, by directory and language, that are drafts, still to come or to end. One whose date cannot be read
    is taken for a draft: nobody knows when it was meant to come."""
    for place, own in read:
        keys = inherited(own, indexes, place)
        if not place.directory:
            continue
        try:
            dates = hugo_dates.read(keys, config.dates, "", 0, config.zone, limits)
        except Rejected as error:
            problems += error.problems
            yield (place.directory, place.language), Closed(True, None, None)
            continue
        draft = is_draft(keys) is True and not config.drafts
        begins = None if config.future else dates.publish
        ends = None if config.expired else dates.expiry
        if draft or begins or ends:
            yield (place.directory, place.language), Closed(draft, begins, ends)


def inherited(keys: Keys, indexes: Indexes, place: Place) -> Keys:
    """A page's keys with those that cascade to it."""
    values = dict(keys.values)
    for cascade in indexes.of(place):
        for key, value in cascade.values.items():
            values.setdefault(key, value)
    return keys.over(values)


def is_draft(keys: Keys) -> bool | None:
    """``draft``, else the opposite of ``published``; None where ``draft`` is neither true nor false."""
    draft, published = keys.get("draft"), keys.get("published")
    if draft is not None and text_of(draft) != "":
        return truth(draft)
    return truth(published) is False


def cascades(value: Value, file: str, place: Position) -> tuple[Cascade, ...]:
    """The entries of a ``cascade``: a map, or a list of maps, each perhaps with a ``_target`` (``target``)."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        target = table(item.get("_target")) or table(item.get("target"))
        values = {key: entry for key, entry in item.items() if key not in ("_target", "target")}
        if "_target" not in item and "params" in item and isinstance(item["params"], dict):
            values |= {key: entry for key, entry in item["params"].items() if key not in values}
        path, kind, language, where = (
            _glob(text_of(target.get(key))) for key in ("path", "kind", "lang", "environment")
        )
        found.append(Cascade(values, path, kind, language, where, file, place))
    return tuple(found)


def _glob(pattern: str) -> Glob | None:
    return Glob.of(pattern) if pattern else None
