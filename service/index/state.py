"""``state.db``: what content cannot tell again, so that a rebuilt index publishes what the lost one did.

First-seen dates of posts without a date (C-18), which term holds which slug, the id of each post that has another than
its file says (C-42), former URLs, those of posts that left and the files these were in, ids and dates pinned from a
feed of before, where that feed was, where a large sitemap is cut, and the sources this directory belongs to. It is
written before the index shows what depends on it. Derived data has no place here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Executable,
    Select,
    Table,
    delete,
    func,
    inspect,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from service.errors import StorageUnavailable
from service.index import database, ownership
from service.index.chunks import chunked
from service.index.ownership import Owner
from service.index.records import Columns
from service.index.state_schema import (
    Cut,
    FormerFile,
    Past,
    Pin,
    Term,
    aliases,
    departed,
    facts,
    feed_aliases,
    first_seen,
    former_files,
    identities,
    metadata,
    pins,
    shards,
    terms,
)

FILE_NAME: Final = "state.db"
APPLICATION_ID: Final = 0x46656553
"""``FeeS``."""
VERSION: Final = 1

MOST_REMEMBERED: Final = 100_000
"""Departed pages, former URLs, files whose posts left, and ids of files that left: the newest so many of each."""


def owned() -> Select[tuple[str, str]]:
    """What is known of the sources that the directory belongs to."""
    return select(facts.c.key, facts.c.value).where(facts.c.key.in_([ownership.PLACES, ownership.NAMES]))


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
            self._upgrade()

    def _upgrade(self) -> None:
        """Tables that an earlier release did not have. One of them kept ids by URL alone, of whichever file."""
        metadata.create_all(self._engine)
        with self._engine.begin() as connection:
            if inspect(connection).has_table("kept_ids"):
                connection.exec_driver_sql(_BY_URL)
                connection.exec_driver_sql("DROP TABLE kept_ids")

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def edit(self) -> Iterator[StateEdit]:
        """One transaction. Raises StorageUnavailable."""
        with self._engine.begin() as connection:
            yield StateEdit(connection, self.path)

    def claim(self, owners: Sequence[Owner], *, adopt: bool = False) -> None:
        """Bind the directory to these sources from now on, or raise StorageUnavailable where none of them is known in
        it and nobody says to ``adopt`` it."""
        with self._engine.begin() as connection:
            known = {row.key: row.value for row in connection.execute(owned())}
            why, hint = ("", "") if adopt else ownership.refusal(self.path.parent, known, owners)
            if why:
                raise StorageUnavailable(f"{why}; {hint}")
            said = ownership.recorded(owners)
            if known != said:
                rows = [{"key": key, "value": value} for key, value in said.items()]
                connection.execute(insert(facts).prefix_with("OR REPLACE"), rows)

    def terms(self) -> list[Term]:
        """Every term that ever had a slug."""
        with self._engine.begin() as connection:
            return [Term(*row) for row in connection.execute(select(terms))]

    def shards(self) -> list[Cut]:
        """Where the shards begin, by number; empty where nothing was ever cut."""
        with self._engine.begin() as connection:
            return [Cut(*row) for row in connection.execute(select(shards).order_by(shards.c.number))]

    def pins(self, ids: Iterable[str]) -> dict[str, Pin]:
        """What is pinned under these ids."""
        found: dict[str, Pin] = {}
        with self._engine.begin() as connection:
            for chunk in chunked(sorted(set(ids))):
                rows = connection.execute(select(pins).where(pins.c.id.in_(chunk)))
                found.update({row.id: Pin(*row) for row in rows})
        return found

    def departed(self) -> list[str]:
        """The keys of pages that were out and are no more."""
        with self._engine.begin() as connection:
            return [*connection.scalars(select(departed.c.key).order_by(departed.c.key))]

    def feed_aliases(self) -> dict[str, str]:
        """Where imported feeds were, and where they are now."""
        with self._engine.begin() as connection:
            return {row.path: row.target for row in connection.execute(select(feed_aliases))}


class StateEdit:
    """Reads and additions within one transaction. Each raises StorageUnavailable."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def execute(self, statement: Executable, rows: Sequence[Mapping[str, Any]] = ()) -> CursorResult[*tuple[Any, ...]]:
        """A statement of a module that keeps a table of its own here."""
        with database.explained(self._path, rebuilds=False):
            return self._connection.execute(statement, rows or None)

    def first_seen(self, ids: Iterable[str], now: int) -> dict[str, int]:
        """For each id the time it was first asked about: ``now`` (microseconds) where that is this time."""
        wanted = sorted(set(ids))
        self._add(first_seen, [{"id": id_, "at": now} for id_ in wanted])
        return self._values(first_seen.c.id, first_seen.c.at, wanted)

    def date(self, id_: str, at: int) -> None:
        """A post without a date was first seen then, under another id."""
        statement = insert(first_seen).values(id=id_, at=at)
        self.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"at": at}))

    def first_seen_at(self, ids: Iterable[str]) -> dict[str, int]:
        """The times that :meth:`first_seen` remembers; those of other ids are missing."""
        return self._values(first_seen.c.id, first_seen.c.at, sorted(set(ids)))

    # -- posts that moved or left --------------------------------------------------------------------------------

    def some(self, table: Table) -> bool:
        """Whether a table holds anything: most sites' posts never move, and are then not asked about one by one."""
        return self.execute(select(table).limit(1)).first() is not None

    def depart(self, rows: Iterable[Past], at: int) -> None:
        """These pages are out no more, as of ``at`` (seconds)."""
        added = [{**row._asdict(), "at": at} for row in rows]
        if added:
            self.execute(insert(departed).prefix_with("OR REPLACE"), added)

    def leave(self, files: Iterable[FormerFile]) -> None:
        """The posts that were out are in these files no more."""
        rows = [file._asdict() for file in files]
        if rows:
            self.execute(insert(former_files).prefix_with("OR REPLACE"), rows)

    def past(self, column: Column[str], values: Iterable[str], since: int) -> list[Past]:
        """The departed pages that have one of these values, in the order of their keys."""
        statement = select(*(departed.c[name] for name in Past._fields)).where(departed.c.at >= since)
        rows = self.execute(statement.where(column.in_(sorted(set(values)))).order_by(departed.c.key))
        return [Past(*row) for row in rows]

    def back(self, keys: Iterable[str]) -> list[str]:
        """Pages with these keys are out again, or were found under another; those that had departed."""
        wanted = sorted(set(keys))
        found = [row[0] for row in self.execute(select(departed.c.key).where(departed.c.key.in_(wanted)))]
        if found:
            self.execute(delete(departed).where(departed.c.key.in_(found)))
        return found

    def alias(self, key: str, id_: str, at: int) -> set[str]:
        """The page with this key is now that of the post with this id; the id of the one whose it was."""
        before = {row.id for row in self.execute(select(aliases.c.id).where(aliases.c.key == key))}
        self.execute(insert(aliases).prefix_with("OR REPLACE"), [{"key": key, "id": id_, "at": at}])
        return before

    def realias(self, old: str, new: str) -> None:
        """A post has another id now; its former URLs stay its own."""
        self.execute(update(aliases).where(aliases.c.id == old).values(id=new))

    def aliases(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """The keys of former URLs, by the ids of the posts."""
        found: dict[str, list[str]] = {}
        statement = select(aliases.c.id, aliases.c.key).where(aliases.c.id.in_(sorted(set(ids))))
        for id_, key in self.execute(statement.order_by(aliases.c.key)):
            found.setdefault(id_, []).append(key)
        return found

    def trim(self, most: int = MOST_REMEMBERED) -> list[str]:
        """Forget the oldest beyond so many; the keys of departed pages that are forgotten."""
        self._trim(identities, identities.c.left, most)  # of files that left; of others there are as many as files
        self._trim(former_files, former_files.c.at, most)
        self._trim(aliases, aliases.c.at, most)
        return [row.key for row in self._trim(departed, departed.c.at, most)]

    def _trim(self, table: Table, when: Column[int], most: int) -> list[Columns]:
        """Forget the oldest rows beyond so many; the keys of those that are forgotten."""
        old = when.is_not(None)
        count: int = self.execute(select(func.count()).select_from(table).where(old)).scalar_one()
        if count <= most:
            return []
        keys = [*table.primary_key.columns]
        beyond = select(*keys).where(old).order_by(when.desc(), *keys).limit(-1).offset(most)
        forgotten = [*self.execute(beyond)]
        for chunk in chunked(forgotten):
            self.execute(delete(table).where(tuple_(*keys).in_([tuple(row) for row in chunk])))
        return forgotten

    # -- feeds of before -----------------------------------------------------------------------------------------

    def pin(self, added: Iterable[Pin]) -> None:
        """Remember ids and dates of a feed of before, in the place of what was pinned to these posts."""
        rows = [pin._asdict() for pin in added]
        if rows:
            self.execute(insert(pins).prefix_with("OR REPLACE"), rows)

    def pinned(self, column: Column[str], values: Iterable[str]) -> list[Pin]:
        """The pins that have one of these values, in the order of their keys."""
        statement = select(pins).where(column.in_(sorted(set(values)))).order_by(pins.c.key)
        return [Pin(*row) for row in self.execute(statement)]

    def repin(self, pin: Pin, key: str) -> None:
        """The post of a pin has another URL now."""
        self.execute(delete(pins).where(pins.c.key == pin.key))
        self.pin([pin._replace(key=key)])

    def alias_feed(self, path: str, target: str) -> None:
        """A feed of before was at a path; ``target`` answers there now."""
        self.execute(insert(feed_aliases).prefix_with("OR REPLACE"), [{"path": path, "target": target}])

    def add_terms(self, added: Iterable[Term]) -> None:
        """Remember terms and the slugs they got; who holds a slug already keeps it."""
        self._add(terms, [term._asdict() for term in added])

    def keep_shards(self, cuts: Iterable[Cut]) -> None:
        """Remember where new shards begin; what was remembered of a cut that the index then lost is replaced."""
        rows = [cut._asdict() for cut in cuts]
        if rows:
            statement = insert(shards)
            values = {"published": statement.excluded.published, "guid": statement.excluded.guid}
            self.execute(statement.on_conflict_do_update(index_elements=["number"], set_=values), rows)

    def _add(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.execute(insert(table).on_conflict_do_nothing(), rows)

    def _values(self, key: Column[str], value: Column[Any], wanted: Sequence[str]) -> dict[str, Any]:
        if not wanted:
            return {}
        return {row[0]: row[1] for row in self.execute(select(key, value).where(key.in_(wanted)))}


_BY_URL: Final = """INSERT OR IGNORE INTO identities (source, locator, url, said, id, "left")
SELECT '', url, url, '', id, 0 FROM kept_ids"""
