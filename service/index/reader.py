"""Reading the index: channels, windows, posts, problems. Safe for any number of threads and processes.

It never writes, and answers as an empty index while there is none yet.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Select, and_, bindparam, case, func, literal_column, or_, select

from feeds.model import ChannelKind
from feeds.text import slugify, term_key
from service.errors import Problem
from service.index.chunks import chunked
from service.index.facts import of_the_site
from service.index.reading import unpacked
from service.index.records import (
    KINDS,
    NEWS_SPAN,
    ChannelRow,
    Columns,
    Counts,
    Hold,
    Ref,
    Rendered,
    Row,
    Schedule,
    SourceStatus,
    Subject,
    Topic,
    micros,
    moment_of,
)
from service.index.schedules import moment_at, schedule_of
from service.index.schema import (
    files,
    locations,
    meta,
    placements,
    posts,
    problems,
    rendered,
    shards,
    sources,
    subjects,
    terms,
    texts,
)
from service.index.snapshots import Snapshots
from service.sources.source import CONTEXT, FACTS, FIELDS, PARTS, Context, SiteFacts


class Reader(Snapshots):
    """The index in a directory, for reading. Every method raises StorageUnavailable where the file cannot be read."""

    # -- change --------------------------------------------------------------------------------------------------

    def ready(self) -> bool:
        """Whether there is something complete to serve: a source was scanned, and each of them was at least tried."""

        def read(connection: Connection) -> bool:
            rows = connection.execute(_SCANNED).all()
            scanned = [row.scanned_at is not None for row in rows]
            return any(scanned) and all(done or row.stale for done, row in zip(scanned, rows, strict=True))

        return self.remembered("ready", read)

    def revision(self) -> int:
        """Grows whenever a channel changes."""
        return self._mark("revision")

    def changed_since(self, revision: int) -> list[Subject]:
        """What documents are about that has a later revision: channels, shards, news, pages."""
        with self.reading() as connection:
            channels = connection.execute(CHANGED, {"revision": revision}).all()
            numbers = connection.scalars(_CHANGED_SHARDS, {"revision": revision}).all()
            names = connection.scalars(_CHANGED_SUBJECTS, {"revision": revision}).all()
        found: list[Subject] = sorted(
            (cast("ChannelKind", row.kind), row.slug) for row in channels if row.slug is not None
        )
        return [*found, *(("shard", str(number)) for number in numbers), *((cast("Topic", name), "") for name in names)]

    def next_change(self, now: datetime) -> datetime | None:
        """The next instant at which a scheduled post goes live, one expires, or one is no longer news."""
        instant = micros(now)
        span = NEWS_SPAN // timedelta(microseconds=1)
        news = select(func.min(locations.c.published)).where(
            locations.c.published > instant - span, locations.c.news == 1
        )
        with self.reading() as connection:
            oldest = connection.scalar(news)
        changes = (self._change_after(instant), None if oldest is None else moment_of(oldest + span))
        return min((change for change in changes if change is not None), default=None)

    def pending_change(self) -> datetime | None:
        """The next scheduled post or expiry as of the last write: what is due, or overdue where no worker runs."""
        with self.snapshot():
            return self._change_after(self._mark("advanced_to"))

    def _change_after(self, instant: int) -> datetime | None:
        with self.reading() as connection:
            found = [
                connection.scalar(select(func.min(column)).where(column > instant))
                for column in (posts.c.goes_live, posts.c.expires)
            ]
        return min((moment_of(change) for change in found if change is not None), default=None)

    def _mark(self, key: str) -> int:
        with self.reading() as connection:
            return connection.scalar(_MARK, {"key": key}) or 0

    # -- the site ------------------------------------------------------------------------------------------------

    def facts(self) -> SiteFacts:
        """What the sources say about the site (:func:`service.index.facts.of_the_site`)."""
        return self.remembered("facts", lambda connection: of_the_site(connection.scalars(_FACTS).all()))

    def facts_of(self, source: str) -> SiteFacts:
        """What one source says about the site; nothing where the source is unknown."""
        with self.reading() as connection:
            stored = connection.scalar(select(sources.c.facts).where(sources.c.name == source))
        return FACTS.validate_json(stored) if stored else SiteFacts()

    def context(self, source: str) -> Context:
        """What rendering a post of a source needs; an empty context where the source is unknown."""

        def read(connection: Connection) -> Context:
            stored = connection.scalar(_CONTEXT, {"source": source})
            return CONTEXT.validate_json(stored) if stored else Context(url="")

        return self.remembered(f"context {source}", read)

    def status(self) -> list[SourceStatus]:
        """How each source stands, in the order of the settings."""
        with self.reading() as connection:
            rows = connection.execute(_STATUS).all()
            known: dict[str, int] = {row[0]: row[1] for row in connection.execute(_KNOWN)}
            unread = connection.execute(_UNREAD).all()
            beside: dict[tuple[str, int], int] = {(row[0], row[1]): row[2] for row in connection.execute(_BESIDE)}
        return [
            SourceStatus(
                name=row.name,
                scanned_at=moment_at(row.scanned_at),
                stale=row.stale,
                held=Hold(**json.loads(row.held)) if row.held else None,
                posts=known.get(row.name, 0) - beside.get((row.name, 0), 0) - beside.get((row.name, 1), 0),
                reason=row.reason,
                status=row.status,
                stale_since=moment_at(row.stale_since),
                refreshed=row.refreshed,
                failed=row.failed,
                schedule=schedule_of(row),
                pages=beside.get((row.name, 1), 0),
                unpublished=beside.get((row.name, 0), 0),
                unread=tuple(message for source, message in unread if source == row.name),
            )
            for row in rows
        ]

    def schedules(self) -> dict[str, Schedule]:
        """What is remembered of asking each source, by name."""
        with self.reading() as connection:
            return {row.name: schedule_of(row) for row in connection.execute(_STATUS)}

    # -- channels ------------------------------------------------------------------------------------------------

    def channels(self, kind: ChannelKind | None = None) -> list[ChannelRow]:
        """Every channel there is or ever was, of one kind or of all: the site first, then by kind and key."""
        with self.reading() as connection:
            rows = (
                connection.execute(_CHANNELS) if kind is None else connection.execute(_CHANNELS_OF_KIND, {"kind": kind})
            )
            return [channel_row(row) for row in rows]

    def channel(self, kind: ChannelKind, spelling: str) -> ChannelRow | None:
        """The channel with this slug, else the one a spelling of its label means (its slug is then another)."""
        if kind == "site" and not spelling:
            return self.remembered("site", lambda connection: _first_channel(connection, SITE_ROW, {}))
        key = term_key(spelling)
        wanted = {"kind": kind, "spelling": spelling, "key": key, "slug": slugify(key) if key else ""}
        with self.reading() as connection:
            return _first_channel(connection, CHANNEL, wanted)

    def window(self, channel: int, limit: int) -> list[Ref]:
        """The newest posts of a channel: by date, then by id, both descending. Costs what the window holds."""
        with self.reading() as connection:
            rows = connection.execute(WINDOW, {"channel": channel, "limit": limit})
            return [Ref(post, digest, moment_of(at)) for post, digest, at in rows]

    # -- posts ---------------------------------------------------------------------------------------------------

    def posts(self, numbers: Sequence[int]) -> list[Row]:
        """Posts in the order asked; numbers that are not (or no longer) known are left out."""
        found: dict[int, Row] = {}
        with self.reading() as connection:
            for chunk in chunked(numbers):
                found.update((row.number, post_row(row)) for row in connection.execute(_POSTS, {"numbers": chunk}))
        return [found[number] for number in numbers if number in found]

    def texts(self, numbers: Iterable[int]) -> dict[int, str]:
        """The source text of posts by number: front matter and body of the last good version."""
        found: dict[int, str] = {}
        with self.reading() as connection:
            for chunk in chunked(numbers):
                for post, body in connection.execute(_TEXTS, {"numbers": chunk}):
                    found[post] = unpacked(body)
        return found

    def everything(self) -> Iterator[tuple[list[Row], dict[int, str]]]:
        """Every post that is not hidden, with the source texts by number, in pieces."""
        with self.reading() as connection:
            numbers = connection.scalars(
                select(posts.c.number).where(posts.c.hidden == 0).order_by(posts.c.number)
            ).all()
        for chunk in chunked(numbers):
            with self.snapshot():
                yield self.posts(chunk), self.texts(chunk)

    def rendered(self, number: int, digest: str) -> Rendered | None:
        """The body the worker rendered for a post with this digest; None where it has not (yet)."""
        with self.reading() as connection:
            row = connection.execute(_RENDERED, {"number": number, "digest": digest}).one_or_none()
        return None if row is None else Rendered(*row)

    def unrendered(self) -> list[Row]:
        """Live posts whose body has to be rendered under a deadline and has not been, newest first."""
        current = and_(rendered.c.post == posts.c.number, rendered.c.digest == posts.c.digest)
        statement = (
            select(*POST)
            .select_from(posts.outerjoin(rendered, current))
            .where(posts.c.deadline == 1, posts.c.live == 1, rendered.c.post.is_(None))
            .order_by(posts.c.published.desc(), posts.c.guid.desc())
        )
        with self.reading() as connection:
            return [post_row(row) for row in connection.execute(statement)]

    # -- scanning ------------------------------------------------------------------------------------------------

    def fingerprints(self, source: str, locators: Collection[str] | None = None) -> dict[str, str]:
        """What a scan of the source compares with: the fingerprint of every known file by locator, or of these."""
        statement = select(files.c.locator, files.c.fingerprint).where(files.c.source == source)
        if locators is not None:
            statement = statement.where(files.c.locator.in_(sorted(locators)))
        with self.reading() as connection:
            cursor = connection.execute(statement).cursor
            assert cursor is not None  # noqa: S101 - a select has one
            return dict(cursor.fetchall())  # SQLAlchemy's rows would cost as much again, for every start

    def unpublished(self, source: str) -> set[str]:
        """Known files that nothing is published of, as of the last write: hidden, before or after their time, or never
        a post. One that lost its page to another is not among them: it may take that over."""
        never = select(files.c.locator).where(files.c.source == source, files.c.post.is_(None))
        with self.reading() as connection:
            return {*connection.scalars(never), *connection.scalars(WITHHELD, {"source": source})}

    def beside(self, source: str) -> set[str]:
        """Known files that are published without being in feeds, as of the last write."""
        with self.reading() as connection:
            return set(connection.scalars(PAGES, {"source": source}))

    # -- reports -------------------------------------------------------------------------------------------------

    def problems(self, unquoted: Collection[str] = ()) -> list[Problem]:
        """Every line of the report, sorted by place; sources ``unquoted`` are named in the place of what they gave."""
        found = problems.c
        given = found.source.in_(unquoted) & found.origin.in_(("file", "source"))
        path, message = case((given, found.source), else_=found.path), case((given, ""), else_=found.message)
        columns = (path, found.line, found.column, found.level, found.code, message, found.hint)
        with self.reading() as connection:
            return sorted(Problem(*row) for row in connection.execute(select(*columns)))

    def counts(self) -> Counts:
        """Totals of posts, channels and problems, and the size of the file."""
        live = select(func.coalesce(func.sum(terms.c.posts), 0)).where(terms.c.kind == "site")
        known = select(func.count(terms.c.slug))
        by_level = select(problems.c.level, func.count()).group_by(problems.c.level)
        with self.reading() as connection:
            levels: dict[str, int] = {row[0]: row[1] for row in connection.execute(by_level)}
            return Counts(
                posts=connection.scalar(select(func.count()).select_from(posts)) or 0,
                live=connection.scalar(live) or 0,
                channels=connection.scalar(known) or 0,
                errors=levels.get("error", 0),
                warnings=levels.get("warning", 0),
                bytes=self._file.size(),
            )


def _first_channel(connection: Connection, statement: Select[Any], wanted: dict[str, Any]) -> ChannelRow | None:
    found = [channel_row(row) for row in connection.execute(statement, wanted) if row.slug is not None]
    return found[0] if found else None


def channel_row(row: Columns) -> ChannelRow:
    """A row of the terms table."""
    return ChannelRow(
        number=row.number,
        kind=row.kind,
        key=row.key,
        slug=row.slug,
        label=row.label,
        posts=row.posts,
        revision=row.revision,
        changed_at=moment_of(row.changed_at * 1_000_000),
        newest=None if row.newest is None else moment_of(row.newest),
        language=row.label if row.kind == "language" else None,
    )


def post_row(row: Columns) -> Row:
    """The columns of ``POST``."""
    return Row(
        number=row.number,
        source=row.source,
        locator=row.locator,
        fields=FIELDS.validate_json(row.fields),
        digest=row.digest,
        published=moment_of(row.published),
    )


# Statements are made once: to make one costs as much as to run it.
_SCANNED = select(sources.c.scanned_at, sources.c.stale)
_MARK = select(meta.c.value).where(meta.c.key == bindparam("key"))
_STATUS = select(*(column for column in sources.c if column.name not in ("facts", "context"))).order_by(
    sources.c.position
)
_KNOWN = select(files.c.source, func.count(files.c.post)).group_by(files.c.source)
_not_live = posts.c.live == literal_column("0")  # written out, so that the partial index serves
_BESIDE = select(posts.c.source, posts.c.out, func.count()).where(_not_live).group_by(posts.c.source, posts.c.out)
_beside = select(posts.c.locator).where(_not_live, posts.c.source == bindparam("source"))
PAGES = _beside.where(posts.c.out == 1)
WITHHELD = _beside.where(posts.c.out == 0, posts.c.visible == 0)
_UNREAD = (
    select(problems.c.source, problems.c.message)
    .where(problems.c.source.in_(select(sources.c.name)), problems.c.locator == "", problems.c.origin == "source")
    .where(problems.c.code.in_(PARTS))
    .order_by(problems.c.number)
)
_FACTS = select(sources.c.facts).order_by(sources.c.position)
_CONTEXT = select(sources.c.context).where(sources.c.name == bindparam("source"))
_CHANNELS = (
    select(terms)
    .where(terms.c.slug.isnot(None))
    .order_by(case({name: place for place, name in enumerate(KINDS)}, value=terms.c.kind), terms.c.key)
)
_is_kind = terms.c.kind == bindparam("kind")
_CHANNELS_OF_KIND = _CHANNELS.where(_is_kind)
SITE_ROW = select(terms).where(terms.c.kind == "site", terms.c.key == "")
CHANNEL = (
    select(terms)
    .where(
        or_(  # each alternative whole, so that each is a search of its own index
            and_(_is_kind, terms.c.slug == bindparam("spelling")),
            and_(_is_kind, terms.c.key == bindparam("key")),
            and_(_is_kind, terms.c.slug == bindparam("slug")),
        )
    )
    .order_by(case((terms.c.slug == bindparam("spelling"), 0), (terms.c.key == bindparam("key"), 1), else_=2))
)
CHANGED = select(terms.c.kind, terms.c.slug).where(terms.c.revision > bindparam("revision"))
_CHANGED_SHARDS = select(shards.c.number).where(shards.c.revision > bindparam("revision")).order_by(shards.c.number)
_CHANGED_SUBJECTS = select(subjects.c.name).where(subjects.c.revision > bindparam("revision")).order_by(subjects.c.name)
WINDOW = (
    select(placements.c.post, placements.c.digest, placements.c.published)
    .where(placements.c.term == bindparam("channel"))
    .order_by(placements.c.published.desc(), placements.c.guid.desc())
    .limit(bindparam("limit"))
)
POST = (posts.c.number, posts.c.source, posts.c.locator, posts.c.fields, posts.c.digest, posts.c.published)
_POSTS = select(*POST).where(posts.c.number.in_(bindparam("numbers", expanding=True)))
_RENDERED = select(rendered.c.html, rendered.c.summary).where(
    rendered.c.post == bindparam("number"), rendered.c.digest == bindparam("digest")
)
_TEXTS = select(texts).where(texts.c.post.in_(bindparam("numbers", expanding=True)))
