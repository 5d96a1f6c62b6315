"""``state.db``: what content cannot tell again, so that a rebuilt index publishes what the lost one did.

First-seen dates of posts without a date (C-18), which term holds which slug, the id a post kept when its file was
renamed (C-42), where a large sitemap is cut, and the sources this directory belongs to. It is written before the index
shows what depends on it. Derived data has no place here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, CursorResult, Executable, Integer, MetaData, String, Table, Text, select
from sqlalchemy.dialects.sqlite import insert

from service.errors import StorageUnavailable
from service.index import database

FILE_NAME: Final = "state.db"
APPLICATION_ID: Final = 0x46656553
"""``FeeS``."""
VERSION: Final = 1

metadata = MetaData()

facts = Table("facts", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))
first_seen = Table(
    "first_seen", metadata, Column("id", String, primary_key=True), Column("at", Integer, nullable=False)
)
terms = Table(
    "terms",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("slug", String, nullable=False),
    Column("label", String, nullable=False),
)
kept_ids = Table("kept_ids", metadata, Column("url", String, primary_key=True), Column("id", String, nullable=False))
shards = Table(
    "shards",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("published", Integer, nullable=False),
    Column("guid", String, nullable=False),
)
"""Where the shards of the sitemap begin (``service.index.schema.shards``), so that a rebuilt index cuts alike."""


class Term(NamedTuple):
    """A term that has a slug, and the label it had when it got it."""

    kind: str
    key: str
    slug: str
    label: str


class Cut(NamedTuple):
    """A shard of the sitemap, and the date (microseconds) and id where it begins."""

    number: int
    published: int
    guid: str


class State:
    """The open file; the writer's alone."""

    def __init__(self, directory: Path) -> None:
        """Open or create it. Raises StorageUnavailable: a damaged state file is for people to restore (S-04)."""
        self.path = directory / FILE_NAME
        new = not self.path.exists()
        if new:
            with database.creating(self.path, metadata, APPLICATION_ID, VERSION):
                pass
        reason = "" if new else database.defect(self.path, APPLICATION_ID, VERSION)
        if reason:
            raise StorageUnavailable(
                f"{self.path}: {reason}; restore it from a backup, or remove it: then slugs, first-seen dates "
                "and ids of renamed posts start afresh"
            )
        self._engine = database.writing(self.path, synchronous="FULL")
        if not new:
            metadata.create_all(self._engine)  # a table that an earlier release did not have

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def edit(self) -> Iterator[StateEdit]:
        """One transaction. Raises StorageUnavailable."""
        with self._engine.begin() as connection:
            yield StateEdit(connection, self.path)

    def claim(self, sources: Sequence[str]) -> None:
        """Bind the directory to a set of sources, or raise StorageUnavailable where it belongs to another set."""
        wanted = sorted(sources)
        with self._engine.begin() as connection:
            found = connection.scalar(select(facts.c.value).where(facts.c.key == "sources"))
            if found is None:
                connection.execute(insert(facts).values(key="sources", value=json.dumps(wanted)))
            elif json.loads(found) != wanted:
                owners = ", ".join(json.loads(found)) or "no source"
                raise StorageUnavailable(
                    f"state directory {self.path.parent} belongs to other sources ({owners}); "
                    "name another one with --state, or remove it"
                )

    def terms(self) -> list[Term]:
        """Every term that ever had a slug."""
        with self._engine.begin() as connection:
            return [Term(*row) for row in connection.execute(select(terms))]

    def shards(self) -> list[Cut]:
        """Where the shards begin, by number; empty where nothing was ever cut."""
        with self._engine.begin() as connection:
            return [Cut(*row) for row in connection.execute(select(shards).order_by(shards.c.number))]


class StateEdit:
    """Reads and additions within one transaction. Each raises StorageUnavailable."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def first_seen(self, ids: Iterable[str], now: int) -> dict[str, int]:
        """For each id the time it was first asked about: ``now`` (microseconds) where that is this time."""
        wanted = sorted(set(ids))
        self._add(first_seen, [{"id": id_, "at": now} for id_ in wanted])
        return self._values(first_seen.c.id, first_seen.c.at, wanted)

    def kept_ids(self, urls: Iterable[str]) -> dict[str, str]:
        """The ids that renamed posts kept, by URL."""
        return self._values(kept_ids.c.url, kept_ids.c.id, sorted(set(urls)))

    def keep_ids(self, ids: Mapping[str, str]) -> None:
        """Remember, by URL, the ids that renamed posts keep."""
        if ids:
            statement = insert(kept_ids)
            self._execute(
                statement.on_conflict_do_update(index_elements=["url"], set_={"id": statement.excluded.id}),
                [{"url": url, "id": id_} for url, id_ in ids.items()],
            )

    def add_terms(self, added: Iterable[Term]) -> None:
        """Remember terms and the slugs they got; who holds a slug already keeps it."""
        self._add(terms, [term._asdict() for term in added])

    def keep_shards(self, cuts: Iterable[Cut]) -> None:
        """Remember where new shards begin; what was remembered of a cut that the index then lost is replaced."""
        rows = [cut._asdict() for cut in cuts]
        if rows:
            statement = insert(shards)
            values = {"published": statement.excluded.published, "guid": statement.excluded.guid}
            self._execute(statement.on_conflict_do_update(index_elements=["number"], set_=values), rows)

    def _add(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._execute(insert(table).on_conflict_do_nothing(), rows)

    def _values(self, key: Column[str], value: Column[Any], wanted: Sequence[str]) -> dict[str, Any]:
        if not wanted:
            return {}
        return {row[0]: row[1] for row in self._execute(select(key, value).where(key.in_(wanted)))}

    def _execute(self, statement: Executable, rows: Sequence[Mapping[str, Any]] = ()) -> CursorResult[*tuple[Any, ...]]:
        with database.explained(self._path, rebuilds=False):
            return self._connection.execute(statement, rows or None)
