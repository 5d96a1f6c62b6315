"""Reading what sitemaps list, what a URL means, and where a post stands. As safe for threads as the reader it extends.

It answers in rows; which of them become a document is the publisher's business.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import Connection, bindparam, case, exists, func, select, tuple_

from feeds.model import ChannelKind
from service.index.chunks import chunked
from service.index.locating import span_of
from service.index.reader import POST, Reader, channel_row, post_row
from service.index.records import (
    NEWS_SPAN,
    ChannelRow,
    LocationRow,
    Row,
    ShardRow,
    Standing,
    Topic,
    Translation,
    micros,
    moment_of,
)
from service.index.schema import (
    addresses,
    feed_aliases,
    files,
    gone,
    locations,
    placements,
    posts,
    shards,
    sources,
    subjects,
    terms,
)
from service.index.state_schema import Cut
from service.index.statements import among

_BATCH: Final = 5000
"""Rows of a shard that are in memory at a time beside what is made of them."""

_MOST_CHANNELS: Final = 1000
"""Channels of pages that are kept, and as many more as those of the last pages are."""


class Listing(Reader):
    """A reader that knows pages, beside channels and posts."""

    # -- sitemaps ------------------------------------------------------------------------------------------------

    def shards(self) -> list[ShardRow]:
        """The shards of the site's sitemap that list something, in the order of their numbers."""

        def read(connection: Connection) -> list[ShardRow]:
            return [
                ShardRow(
                    number=row.number,
                    urls=row.urls,
                    bytes=row.bytes,
                    newest=None if row.newest is None else moment_of(row.newest),
                    changed_at=moment_of(row.changed_at * 1_000_000),
                )
                for row in connection.execute(_SHARDS)
            ]

        return self.remembered("shards", read)

    def locations(self, shard: int | None = None, channel: int | None = None) -> Iterator[Sequence[LocationRow]]:
        """The pages of a shard (None: of all), of a channel (None: whatever page), newest first, a URL once; in pieces,
        none of them empty."""
        with self.reading() as connection:
            statement, order = (_ALL, locations) if channel is None else (_OF_CHANNEL, placements)
            if shard is not None:
                cuts = self._cuts()
                place = next((place for place, cut in enumerate(cuts) if cut.number == shard), None)
                if place is None:
                    return
                statement = statement.where(*span_of(cuts, place, order))
            result = connection.execute(statement, {"channel": channel})
            seen: set[str] = set()
            with contextlib.closing(result):
                cursor = result.cursor
                assert cursor is not None  # noqa: S101 - a select has one
                while rows := cursor.fetchmany(_BATCH):  # SQLAlchemy's rows would cost as much again
                    if fresh := _unseen(rows, seen):
                        yield fresh

    def spread(self, channel: int) -> list[tuple[int, int, datetime]]:
        """For a channel: the shards that list posts of it, how many they are, and the latest edit date among them."""
        found = []
        cuts = self._cuts()
        with self.reading() as connection:
            for place, cut in enumerate(cuts):
                count, newest = connection.execute(
                    select(func.count(), func.max(placements.c.last_change))
                    .join(locations, locations.c.post == placements.c.post)
                    .where(placements.c.term == channel, *span_of(cuts, place, placements))
                ).one()
                if count:
                    found.append((cut.number, count, moment_of(newest)))
        return sorted(found)

    def translations(self, names: Iterable[str]) -> dict[str, list[Translation]]:
        """The listed pages that are translations of each other, by the name they share: one a language."""
        found: dict[str, list[Translation]] = {}
        with self.reading() as connection:
            for chunk in chunked(sorted(set(filter(None, names)))):
                rows = among(connection, _TRANSLATIONS, locations.c.translation, chunk)
                for name, versions in groupby(rows, key=lambda row: row.translation):
                    by_language: dict[str, Translation] = {}
                    for row in versions:
                        by_language.setdefault(row.language.lower(), Translation(row.language, row.url))
                    found[name] = [*by_language.values()]
        return found

    def news(self) -> list[Row]:
        """The posts that are news as of the last write, newest first."""
        statement = (
            select(*POST)
            .select_from(locations.join(posts, posts.c.number == locations.c.post))
            .where(locations.c.published > bindparam("horizon"), locations.c.news == 1)
            .order_by(locations.c.published.desc(), locations.c.guid.desc())
        )
        with self.snapshot(), self.reading() as connection:
            now = moment_of(self._mark("advanced_to"))
            return [post_row(row) for row in connection.execute(statement, {"horizon": micros(now - NEWS_SPAN)})]

    def changed_at(self, topic: Topic) -> datetime:
        """When a topic last changed, as :class:`~service.index.records.ChannelRow` says it of channels."""
        seconds = self.remembered(
            f"changed_at {topic}", lambda connection: connection.scalar(_CHANGED_AT, {"topic": topic}) or 0
        )
        return moment_of(seconds * 1_000_000)

    def _cuts(self) -> list[Cut]:
        return self.remembered("cuts", lambda connection: [Cut(*row) for row in connection.execute(_CUTS)])

    def terms_with_posts(self, kinds: Sequence[ChannelKind]) -> int:
        """How many channels of these kinds hold a post."""
        return self.remembered(
            f"terms {' '.join(kinds)}", lambda connection: connection.scalar(_TERMS_WITH_POSTS, {"kinds": kinds}) or 0
        )

    # -- pages ---------------------------------------------------------------------------------------------------

    def page(self, key: str) -> Row | None:
        """The post or page that is out and has a URL with this key (:func:`service.index.addresses.key_of`).

        Its own URL counts before a former one, a post in feeds before a page beside them.
        """
        with self.reading() as connection:
            row = connection.execute(_PAGE, {"key": key}).one_or_none()
        return None if row is None else post_row(row)

    def pages_at(self, keys: Iterable[str]) -> dict[str, Row]:
        """:meth:`page` of many keys in one go; without those that no page has."""
        found: dict[str, Row] = {}
        with self.reading() as connection:
            for chunk in chunked(keys):
                for row in among(connection, _PAGES, addresses.c.key, chunk):
                    if row.key not in found:
                        found[row.key] = post_row(row)
        return found

    def departed(self, key: str) -> bool:
        """Whether a page with this key was out and is no more. Ask :meth:`page` first: another may have its URL now."""
        with self.reading() as connection:
            return connection.execute(_DEPARTED, {"key": key}).first() is not None

    def feed_alias(self, path: str) -> str | None:
        """The path of the document that answers for an imported feed at ``path`` (decoded); None where none was."""
        with self.reading() as connection:
            return connection.scalar(_FEED_ALIAS, {"path": path})

    def url_of(self, path: str) -> str | None:
        """The URL of the post at a source path, or of that bare name; None where it has none or is hidden.

        A post that is not live yet has its URL already: what a link means must not depend on the time.
        """
        wanted = path.strip("/")
        names = (PurePosixPath(wanted).name, PurePosixPath(wanted).stem)
        with self.reading() as connection:
            url = connection.scalar(_URL_BY_PLACE, {"locator": wanted})
            if url is not None:
                return str(url)
            for row in connection.execute(_URLS_BY_NAME, {"names": names}):
                if _names(wanted, PurePosixPath(row.locator)):
                    return str(row.url)
        return None

    def pages(self) -> Iterator[str]:
        """The URL of every post and page that is out, in the order of their numbers."""
        statement = select(posts.c.url).where(posts.c.out == 1).order_by(posts.c.number)
        with self.reading() as connection:
            for batch in connection.execute(statement.execution_options(yield_per=_BATCH)).partitions():
                yield from (row[0] for row in batch)

    def shared_pages(self) -> list[list[Row]]:
        """Posts and pages that are out under one address: groups of two and more, the one that answers first.

        Posts in feeds have URLs of their own (C-17); a page beside them may claim one of theirs.
        """
        twice = (
            select(addresses.c.key)
            .select_from(addresses.join(posts, posts.c.number == addresses.c.post))
            .where(addresses.c.own == 1, posts.c.out == 1)
            .group_by(addresses.c.key)
            .having(func.count() > 1)
        )
        statement = (
            select(addresses.c.key, *POST)
            .select_from(addresses.join(posts, posts.c.number == addresses.c.post))
            .where(addresses.c.key.in_(twice), addresses.c.own == 1, posts.c.out == 1)
            .order_by(addresses.c.key, posts.c.live.desc(), posts.c.published.desc(), posts.c.guid)
        )
        with self.reading() as connection:
            rows = groupby(connection.execute(statement), key=lambda row: row.key)
            return [[post_row(row) for row in group] for _, group in rows]

    def doubled_translations(self) -> list[list[Row]]:
        """Listed pages that are versions of the same in the same language: groups, the one that counts first."""
        language = func.lower(locations.c.language)
        doubled = (
            select(locations.c.translation, language.label("language"))
            .where(locations.c.translation != "")
            .group_by(locations.c.translation, language)
            .having(func.count() > 1)
            .subquery()
        )
        statement = (
            select(locations.c.translation, language.label("language"), *POST)
            .select_from(
                locations.join(posts, posts.c.number == locations.c.post).join(
                    doubled, (doubled.c.translation == locations.c.translation) & (doubled.c.language == language)
                )
            )
            .order_by(locations.c.translation, language, locations.c.published, locations.c.guid)
        )
        with self.reading() as connection:
            rows = groupby(connection.execute(statement), key=lambda row: (row.translation, row.language))
            return [[post_row(row) for row in group] for _, group in rows]

    def channels_of(self, number: int) -> list[ChannelRow]:
        """The channels that a post stands in, in the order in which its author named them; the site first."""
        return self.channels_of_each([number])[number]

    def channels_of_each(self, numbers: Sequence[int]) -> dict[int, list[ChannelRow]]:
        """:meth:`channels_of` many posts in one go."""
        placed: dict[int, list[int]] = {number: [] for number in numbers}
        with self.snapshot(), self.reading() as connection:
            for chunk in chunked(placed):
                for row in among(connection, _PLACED, posts.c.number, chunk):
                    placed[row.number] = json.loads(row.placed)
            known = self._channels_at({term for named in placed.values() for term in named}, connection)
        return {number: [known[term] for term in named if term in known] for number, named in placed.items()}

    def _channels_at(self, numbers: Set[int], connection: Connection) -> dict[int, ChannelRow]:
        """By number. The next page stands in many of the same: those of the last ones are kept, as far as they go."""
        kept = self.remembered("channels of the last pages", lambda _: dict[int, ChannelRow]())
        known = {number: row for number in numbers if (row := kept.get(number)) is not None}
        if len(known) < len(numbers):
            for chunk in chunked(sorted(numbers - known.keys())):
                rows = among(connection, _NAMED, terms.c.number, chunk)
                known.update((row.number, channel_row(row)) for row in rows)
            if len(kept) > _MOST_CHANNELS:
                kept.clear()
            kept.update(known)
        return known

    def standings(self, number: int) -> list[Standing]:
        """:meth:`channels_of`, and how many posts are newer there: costs what is newer, so it is for ``explain``."""
        with self.snapshot(), self.reading() as connection:
            placed = connection.execute(
                select(posts.c.placed, posts.c.guid).where(posts.c.number == number)
            ).one_or_none()
            if placed is None:
                return []
            found = []
            for term in json.loads(placed.placed):
                row = connection.execute(select(terms).where(terms.c.number == term)).one_or_none()
                at = select(placements.c.published).where(
                    placements.c.term == term, placements.c.guid == placed.guid, placements.c.post == number
                )
                published = connection.scalar(at)
                if row is None or row.slug is None or published is None:
                    continue
                order = tuple_(placements.c.published, placements.c.guid)
                newer: int = connection.execute(
                    select(func.count(placements.c.post)).where(
                        placements.c.term == term, order > tuple_(published, placed.guid)
                    )
                ).scalar_one()
                found.append(Standing(channel_row(row), newer))
        return found


def _unseen(rows: Sequence[LocationRow], seen: set[str]) -> Sequence[LocationRow]:
    """The rows whose URL is not in ``seen`` yet, which it is then; mostly that is all of them."""
    urls = {row[0] for row in rows}
    if len(urls) == len(rows) and seen.isdisjoint(urls):
        seen |= urls
        return rows
    first: dict[str, LocationRow] = {}
    for row in rows:
        if row[0] not in seen:
            first.setdefault(row[0], row)
    seen |= urls
    return [*first.values()]


def _names(wanted: str, locator: PurePosixPath) -> bool:
    """Whether ``wanted`` is the end of a path, with or without the file's extension (Jekyll's ``post_url``).

    ``_posts`` does not count: ``{% post_url news/2025-01-01-a %}`` is ``news/_posts/2025-01-01-a.md``.
    """
    parts, whole, bare = (
        [part for part in path.parts if part != "_posts"]
        for path in (PurePosixPath(wanted), locator, locator.with_suffix(""))
    )
    return bool(parts) and parts in (whole[-len(parts) :], bare[-len(parts) :])


_SHARDS = select(shards).where(shards.c.urls > 0).order_by(shards.c.number)
_CUTS = select(shards.c.number, shards.c.published, shards.c.guid).order_by(shards.c.published, shards.c.guid)
_CHANGED_AT = select(subjects.c.changed_at).where(subjects.c.name == bindparam("topic"))
_TERMS_WITH_POSTS = select(func.count(terms.c.number)).where(
    terms.c.kind.in_(bindparam("kinds", expanding=True)), terms.c.slug.isnot(None), terms.c.posts > 0
)
_at_addresses = addresses.join(posts, posts.c.number == addresses.c.post)
_best_first = (addresses.c.own.desc(), posts.c.live.desc(), posts.c.published.desc(), posts.c.guid)
_PAGE = (
    select(*POST)
    .select_from(_at_addresses)
    .where(addresses.c.key == bindparam("key"), posts.c.out == 1)
    .order_by(*_best_first)
    .limit(1)
)
_PAGES = select(addresses.c.key, *POST).select_from(_at_addresses).where(posts.c.out == 1).order_by(*_best_first)
_DEPARTED = select(gone.c.key).where(gone.c.key == bindparam("key"))
_FEED_ALIAS = select(feed_aliases.c.target).where(feed_aliases.c.path == bindparam("path"))
_URL_BY_PLACE = (
    select(posts.c.url)
    .select_from(files.join(sources, sources.c.name == files.c.source).join(posts, posts.c.number == files.c.post))
    # Each source by name, so that the key of files serves; by locator alone every file would be looked at.
    .where(files.c.source.in_(select(sources.c.name)), files.c.locator == bindparam("locator"), posts.c.hidden == 0)
    .order_by(sources.c.position)
    .limit(1)
)
_URLS_BY_NAME = (
    select(posts.c.locator, posts.c.url)
    .select_from(posts.join(sources, sources.c.name == posts.c.source))
    .where(posts.c.name.in_(bindparam("names", expanding=True)), posts.c.hidden == 0)
    .order_by(sources.c.position, posts.c.locator)
)
_PLACED = select(posts.c.number, posts.c.placed)
_NAMED = select(terms).where(terms.c.slug.isnot(None))
_OTHER = locations.alias()
_SHARED = exists().where(
    _OTHER.c.translation == locations.c.translation,
    _OTHER.c.translation != "",  # as the index of translations has it
    _OTHER.c.post != locations.c.post,
)
_LISTED = (
    *(locations.c[name] for name in ("url", "lastmod", "images")),
    case((_SHARED, locations.c.translation), else_=""),
)
_ALL = select(*_LISTED).order_by(locations.c.published.desc(), locations.c.guid.desc())
_OF_CHANNEL = (
    select(*_LISTED)
    .join(placements, placements.c.post == locations.c.post)
    .where(placements.c.term == bindparam("channel"))
    .order_by(placements.c.published.desc(), placements.c.guid.desc())
)
_TRANSLATIONS = (
    select(locations.c.translation, locations.c.language, locations.c.url)
    .where(locations.c.translation != "")
    .order_by(locations.c.translation, locations.c.published, locations.c.guid)
)
