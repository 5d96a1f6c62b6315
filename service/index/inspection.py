"""All that the index knows of one file, published or not. For people who ask why; no document is made of it.

Functions over a reader, apart from it: they may cost what a window must not (every locator, every problem of a file).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from feeds.frozen import frozen
from service.errors import Problem
from service.index.reader import POST, Reader, post_row
from service.index.records import Row
from service.index.schema import addresses, files, posts, problems

Place = tuple[str, str]
"""Name of a source, locator of a file in it."""


@frozen(frozen=True, slots=True)
class Inspected:
    """One known file. ``row`` is its last good version as a post (None: it never was one), ``text`` its source text
    ("" where that is not kept: hidden posts).

    ``live``: in feeds. ``out``: its page may be spoken of. ``source_id`` is the id its file says, which differs from
    ``row.fields.id`` where a renamed post kept its old one. ``problems`` come with who found them.
    """

    place: Place
    fingerprint: str
    row: Row | None
    text: str = ""
    source_id: str = ""
    live: bool = False
    out: bool = False
    problems: tuple[tuple[str, Problem], ...] = ()


def inspect(index: Reader, place: Place) -> Inspected | None:
    """A file by its place; None where the index knows none."""
    source, locator = place
    known = select(files.c.fingerprint, files.c.post).where(files.c.source == source, files.c.locator == locator)
    found = problems.c
    columns = (found.path, found.line, found.column, found.level, found.code, found.message, found.hint)
    said = select(found.origin, *columns).where(found.source == source, found.locator == locator)
    with index.snapshot(), index.reading() as connection:
        file = connection.execute(known).one_or_none()
        if file is None:
            return None
        lines = sorted((row[0], Problem(*row[1:])) for row in connection.execute(said))
        if file.post is None:
            return Inspected(place, file.fingerprint, None, problems=tuple(lines))
        standing = (posts.c.source_id, posts.c.live, posts.c.out)
        post = connection.execute(select(*POST, *standing).where(posts.c.number == file.post)).one()
        text = index.texts([file.post]).get(file.post, "")
        return Inspected(
            place,
            file.fingerprint,
            post_row(post),
            text,
            post.source_id,
            bool(post.live),
            bool(post.out),
            tuple(lines),
        )


def with_id(index: Reader, ids: Iterable[str]) -> list[Place]:
    """The posts that are published under one of these ids, or whose file says it: those in feeds first."""
    wanted = list(ids)
    own = posts.c.guid.in_(wanted)
    statement = (
        select(posts.c.source, posts.c.locator)
        .where(own | posts.c.source_id.in_(wanted))
        .order_by(own.desc(), posts.c.live.desc(), posts.c.source, posts.c.locator)
    )
    with index.reading() as connection:
        return [(row.source, row.locator) for row in connection.execute(statement)][:1]


def told_at(index: Reader, path: str) -> list[Place]:
    """The items of which the report says something at a JSON path, or below it."""
    columns = (problems.c.source, problems.c.locator, problems.c.message)
    statement = select(*columns).where(problems.c.locator != "", problems.c.message.startswith(path, autoescape=True))
    with index.reading() as connection:
        rows = connection.execute(statement.order_by(*columns)).all()
    ends = ("", ":", ".", "[", " ")
    return list(dict.fromkeys((row[0], row[1]) for row in rows if row[2][len(path) :][:1] in ends))


def former(index: Reader, place: Place) -> list[str]:
    """Keys of the URLs that lead to a post beside its own."""
    statement = (
        select(addresses.c.key)
        .select_from(addresses.join(posts, posts.c.number == addresses.c.post))
        .where(posts.c.source == place[0], posts.c.locator == place[1], addresses.c.own == 0)
        .order_by(addresses.c.key)
    )
    with index.reading() as connection:
        return [*connection.scalars(statement)]


def places(index: Reader) -> list[Place]:
    """Every known file, in the order of sources and paths."""
    with index.reading() as connection:
        statement = select(files.c.source, files.c.locator).order_by(files.c.source, files.c.locator)
        return [(row.source, row.locator) for row in connection.execute(statement)]


def at(index: Reader, keys: Iterable[str]) -> list[Place]:
    """The posts that have a URL with one of these keys (``addresses.key_of``), out or not: those in feeds first."""
    statement = (
        select(posts.c.source, posts.c.locator)
        .select_from(addresses.join(posts, posts.c.number == addresses.c.post))
        .where(addresses.c.key.in_(list(keys)))
        .order_by(posts.c.live.desc(), posts.c.out.desc(), addresses.c.own.desc(), posts.c.source, posts.c.locator)
    )
    with index.reading() as connection:
        return list(dict.fromkeys((row.source, row.locator) for row in connection.execute(statement)))


def urls(index: Reader, limit: int) -> list[tuple[str, Place]]:
    """URLs of the newest posts with their places: what somebody may have meant."""
    statement = select(posts.c.url, posts.c.source, posts.c.locator).order_by(posts.c.published.desc()).limit(limit)
    with index.reading() as connection:
        return [(row.url, (row.source, row.locator)) for row in connection.execute(statement)]
