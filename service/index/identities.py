"""Which id each post has, where it is another than its file says: what a rebuilt index takes, instead of guessing.

Ids come of a history that nobody can read off the content: of moves, returns, and names given anew. So the outcome is
kept in the state file, by source and locator, as posts are settled; a post without a row has the id that its file says.
Of files that left, what their URL was called is known still. Refuses to decide who is whose heir
(:mod:`service.index.moving` does).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from service.index.chunks import chunked
from service.index.drafts import Draft
from service.index.reading import Reading
from service.index.records import moment_of
from service.index.schema import files, posts, sources
from service.index.state import StateEdit
from service.index.state_schema import Pin, facts
from service.index.state_schema import identities as table


class Identity(NamedTuple):
    """A post that has another id than its file ``said``."""

    source: str
    locator: str
    url: str
    said: str
    id: str
    left: int | None = None


class Identities:
    """Within one write transaction at ``now`` (seconds)."""

    def __init__(self, connection: Connection, remembered: StateEdit, now: int) -> None:
        self._connection = connection
        self._state = remembered
        self._now = now
        self._some = remembered.some(table)

    # -- sources -------------------------------------------------------------------------------------------------

    def open(self, source: str) -> bool:
        """A source is about to be scanned. True where this index is new to it and the state file is not: where nothing
        is to be guessed."""
        scanned = self._connection.scalar(select(sources.c.scanned_at).where(sources.c.name == source)) is not None
        complete = self._state.execute(select(facts.c.key).where(facts.c.key == _mark(source))).first() is not None
        if scanned and not complete:
            self._catch_up(source)
        return complete and not scanned

    def complete(self, source: str) -> None:
        """From now on a post of the source without a row has the id that its file says."""
        self._state.execute(insert(facts).values(key=_mark(source), value="").on_conflict_do_nothing())

    def forget(self, source: str) -> None:
        """A source is no longer configured."""
        self._state.execute(delete(facts).where(facts.c.key == _mark(source)))

    def _catch_up(self, source: str) -> None:
        """The index knows more than the state file, which is an earlier release's or was removed."""
        columns = (posts.c.source, posts.c.locator, posts.c.url, posts.c.source_id, posts.c.guid)
        statement = select(*columns).where(posts.c.source == source, posts.c.guid != posts.c.source_id)
        self._keep(Identity(*row) for row in self._connection.execute(statement).all())
        self.complete(source)

    # -- posts ---------------------------------------------------------------------------------------------------

    def settle(self, drafts: Collection[Draft]) -> None:
        """Posts are these now."""
        other = [draft for draft in drafts if draft.guid != draft.reading.id]
        if self._some:
            for source, group in _by_source((draft.source, draft.locator) for draft in drafts):
                self._state.execute(delete(table).where(table.c.source == source, table.c.locator.in_(group)))
        self._keep(Identity(draft.source, draft.locator, draft.url, draft.reading.id, draft.guid) for draft in other)

    def leave(self, source: str, locators: Sequence[str]) -> None:
        """These files went."""
        if self._some and locators:
            rows = update(table).where(table.c.source == source, table.c.locator.in_(locators))
            self._state.execute(rows.values(left=self._now))

    def _keep(self, found: Iterable[Identity]) -> None:
        rows = [row._asdict() for row in found]
        if rows:
            self._some = True
            self._state.execute(insert(table).prefix_with("OR REPLACE"), rows)

    # -- what is known of posts that the index does not know ---------------------------------------------------------

    def of(self, source: str, new: Sequence[Reading], pins: Mapping[str, Pin], *, rebuilt: bool) -> dict[str, str]:
        """The ids of posts, by locator, whose files say what they said then; what is pinned, whatever they say. Of
        files that left only in a ``rebuilt`` index, where no other has the id: they were put back since it was lost."""
        if not self._some or not new:
            return {}
        said = {reading.locator: reading.id for reading in new}
        statement = select(table).where(table.c.source == source, table.c.locator.in_([*said]))
        rows = [
            row
            for row in map(_identity, self._state.execute(statement))
            if row.said == said[row.locator] or (row.locator in pins and pins[row.locator].id == row.id)
        ]
        left = sorted({row.id for row in rows if row.left is not None}) if rebuilt else []
        held = select(table.c.id).where(table.c.id.in_(left), table.c.left.is_(None))
        free = {*left} - {row.id for row in self._state.execute(held)} if left else set()
        return {row.locator: row.id for row in rows if row.left is None or row.id in free}

    def at(self, new: Sequence[Reading]) -> dict[str, str]:
        """The ids that posts kept under these posts' URLs, by URL, where no post has the id under another."""
        if not self._some or not new:
            return {}
        wanted = sorted({reading.url for reading in new})
        rows = [*map(_identity, self._state.execute(select(table).where(table.c.url.in_(wanted))))]
        holders: dict[str, set[str]] = {}
        for chunk in chunked(sorted({row.id for row in rows})):
            there = select(posts.c.guid, posts.c.url).where(posts.c.guid.in_(chunk))
            for id_, url in self._connection.execute(there):
                holders.setdefault(id_, set()).add(url)
        rows.sort(key=lambda row: (row.left is None, row.left or 0, row.source, row.locator))
        return {row.url: row.id for row in rows if holders.get(row.id, {row.url}) == {row.url}}

    def apart(self, new: Sequence[Reading]) -> dict[str, str]:
        """Ids of their own, by locator, for posts whose derived id another one took along when it moved.

        Whoever renames ``a`` to ``b`` and then writes another ``a`` has two posts, and would lose one to the other.
        """
        derived = {reading.locator: reading for reading in new if not reading.explicit_id} if self._some else {}
        keepers: dict[str, set[str]] = {}
        if derived:
            wanted = sorted({reading.id for reading in derived.values()})
            for id_, url in self._state.execute(select(table.c.id, table.c.url).where(table.c.id.in_(wanted))):
                keepers.setdefault(id_, set()).add(url)
        found: dict[str, str] = {}
        for locator, reading in derived.items():
            if reading.url not in keepers.get(reading.id, (reading.url,)):
                day = None if reading.published is None else moment_of(reading.published)
                found[locator] = f"{reading.id}#{f'{day:%Y-%m-%d}' if day else 'again'}"
        return found

    def orphans(self, source: str) -> list[Identity]:
        """Posts whose files are there no more, although nobody saw them go: the index was lost meanwhile."""
        if not self._some:
            return []
        statement = select(table).where(table.c.source == source, table.c.left.is_(None)).order_by(table.c.locator)
        rows = [*map(_identity, self._state.execute(statement))]
        known: set[str] = set()
        for chunk in chunked(row.locator for row in rows):
            there = select(files.c.locator).where(files.c.source == source, files.c.locator.in_(chunk))
            known.update(self._connection.scalars(there))
        return [row for row in rows if row.locator not in known]


def _identity(row: Row[*tuple[Any, ...]]) -> Identity:
    return Identity(*row)


def _mark(source: str) -> str:
    """The fact that says of a source that its rows are complete."""
    return f"identities {source}"


def _by_source(places: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    for source, group in groupby(sorted(places), key=lambda place: place[0]):
        for chunk in chunked(locator for _, locator in group):
            yield source, chunk
