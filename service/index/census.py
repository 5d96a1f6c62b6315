"""What became of every post: published, beside the feeds, or why neither. For people; no document is made of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select

from service.census import Census
from service.errors import Problem
from service.index.reader import Reader
from service.index.records import micros
from service.index.schema import posts, problems


def census(index: Reader, now: datetime) -> Census:
    """How many posts of the index are what, as of ``now``."""
    instant = micros(now)
    standing = case(
        (posts.c.live == 1, "published"),
        (posts.c.out == 1, "pages"),
        (posts.c.hidden == 1, "hidden"),
        (posts.c.goes_live > instant, "scheduled"),
        (posts.c.expires <= instant, "expired"),
        (posts.c.visible == 1, "duplicates"),
        else_="unlisted",
    )
    with index.reading() as connection:
        rows = connection.execute(select(standing, func.count()).group_by(standing)).all()
    return Census(**{row[0]: row[1] for row in rows})


def contested(index: Reader, limit: int) -> list[tuple[str, Problem]]:
    """The first posts that are not published because another file has their URL or id, by mistake: each with the name
    of its source, and the line of the report that names the other one."""
    found = problems.c
    columns = (found.path, found.line, found.column, found.level, found.code, found.message, found.hint)
    statement = select(found.source, *columns).where(found.origin == "duplicate", found.level == "error")
    with index.reading() as connection:
        rows = connection.execute(statement.order_by(found.source, *columns).limit(limit)).all()
    return [(source, Problem(*line)) for source, *line in rows]
