"""Posts that left, moved to another URL or file, or came back, followed within one write transaction (C-42).

A post is recognised by its id, by its URL, or by title and body with the date: where exactly one can be meant. What a
page was is remembered in the state file (:mod:`service.index.state`), so that a rebuilt index knows it, too. Refuses to
decide whether a scan that takes posts away is believed (:mod:`service.refresh` has).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from service.errors import Problem
from service.index import state_schema
from service.index.addresses import key_of
from service.index.chunks import chunked
from service.index.drafts import Draft, addressed
from service.index.likeness import likenesses
from service.index.reading import Reading, stored
from service.index.records import Columns
from service.index.schema import addresses, gone, placements, posts
from service.index.state import StateEdit
from service.index.state_schema import FormerFile, Past
from service.index.statements import add

REMEMBERED: Final = 30 * 86_400
"""Seconds for which a post that left may come back as another file and be the same one: a move may be seen in two
scans. Later a new post under an old URL is a new post."""

_MOST_OF_A_DATE: Final = 100
"""Posts of one instant among which the one that another turned into is looked for."""

_SITE: Final = 1
"""The number of the site's channel, in which every live post stands."""


class Arrival(NamedTuple):
    """A post of this transaction (by number), and the digest of what its file says (``Reading.state``)."""

    number: int
    state: str


class Heir(NamedTuple):
    """A post (by number) that another one, which left, turned into. ``takes``: it was never published otherwise, so it
    goes on under the old id; else it has an id of its own that stays. ``undated``: neither file gives a date, and this
    is what the new one says."""

    number: int
    past: Past
    takes: bool
    undated: str = ""


class Moving:
    """One transaction at ``now`` (seconds). Posts numbered from ``first_new`` on are its own."""

    def __init__(self, connection: Connection, remembered: StateEdit, first_new: int, now: int) -> None:
        self._connection = connection
        self._state = remembered
        self._first_new = first_new
        self._now = now
        self._departed = remembered.some(state_schema.departed)
        self._aliased = remembered.some(state_schema.aliases)
        self._pinned = remembered.some(state_schema.pins)
        self._grew = False
        self.went_on: set[str] = set()
        """Ids of posts that left and are other files now."""
        self._led: set[str] = set()
        """Keys of URLs that lead elsewhere since this transaction: their pages are not gone."""
        self._readdressed: set[str] = set()
        """Ids of posts that have other former URLs since."""
        self._arrived: list[Arrival] = []
        """Not looked at yet: most transactions in which posts arrive see none leave."""
        self._arrivals: dict[str, list[Arrival]] = {}
        """By likeness."""
        self._left: dict[int, str] = {}
        """Likenesses of posts that went, by number, until somebody asks for their heirs."""

    def former(self, ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """The keys of former URLs, by the ids of the posts."""
        return self._state.aliases(ids) if self._aliased else {}

    def close(self) -> None:
        """Former URLs lead where the state file says; the oldest of what is remembered is forgotten."""
        for chunk in chunked(sorted(self._readdressed)):
            self._readdress(chunk)
        if self._grew:
            self._ungone(self._state.trim())

    def _readdress(self, ids: Sequence[str]) -> None:
        """Every URL that means a post with one of these ids, anew: whoever had a former URL before has it no more."""
        former = self._state.aliases(ids)
        shown = select(posts.c.number, posts.c.locator, posts.c.guid, posts.c.fields)
        rows = self._connection.execute(shown.where(posts.c.guid.in_(ids), posts.c.hidden == 0)).all()
        for chunk in chunked(row.number for row in rows):
            self._connection.execute(delete(addresses).where(addresses.c.post.in_(chunk)))
        found: list[tuple[str, int, bool]] = []
        for row in rows:
            said = stored(row.fields, row.locator)
            found += addressed(said, row.number, former.get(row.guid, ()))
        add(self._connection, addresses, found)

    # -- every change --------------------------------------------------------------------------------------------

    def settle(self, before: Mapping[int, Columns], judged: Mapping[int, Draft], live: Collection[int]) -> None:
        """Posts were ``before`` and are now ``judged``; those in ``live`` are in feeds. Call it before any of that is
        written."""
        if not before and not self._departed:
            return  # nothing left, now or ever
        out = [draft for number, draft in judged.items() if number in live or draft.beside]
        came = {draft.reading.key for draft in out if draft.reading.key}
        left: dict[str, Past] = {}
        looks = self._likenesses(
            number
            for number, row in before.items()
            if row.out and ((draft := judged.get(number)) is None or not (draft.visible or draft.beside))
        )
        self._left |= {number: looks[number] for number in looks if number not in judged}
        files: list[FormerFile] = []
        for number, row in before.items():
            draft = judged.get(number)
            if draft is not None and draft.guid != row.guid:
                self._realias(row.guid, draft.guid)
            if not row.out:
                continue
            if draft is None or not (draft.visible or draft.beside):
                files.append(FormerFile(row.source, row.locator, row.url, row.guid, self._now))
                key = key_of(row.url)
                if key and key not in came and key not in self._led:
                    left[key] = self._past(key, row, looks[number])
            elif draft.url != row.url and (number in live or draft.beside):  # else its id may be another post's
                key = key_of(row.url)
                if key and key != draft.reading.key:
                    self._alias(key, draft.guid)
        if files:
            self._grew = True
            self._state.leave(files)
        if came and self._departed:
            for chunk in chunked(sorted(came.union(*self.former(draft.guid for draft in out).values()))):
                self._ungone(self._state.back(chunk))
        if left:
            former = self.former(past.id for past in left.values())
            for past in [*left.values()]:  # what led to the page leads nowhere now
                keys = (key for key in former.get(past.id, ()) if key not in came and key not in self._led)
                left = {key: past._replace(key=key) for key in keys} | left
            self._departed = self._grew = True
            self._state.depart(left.values(), self._now)
            for chunk in chunked(sorted(left)):
                self._connection.execute(insert(gone).prefix_with("OR REPLACE"), [{"key": key} for key in chunk])

    def _likenesses(self, numbers: Iterable[int]) -> dict[int, str]:
        return likenesses(self._connection, numbers)

    def _past(self, key: str, row: Columns, likeness: str) -> Past:
        """A page as it was, with the date that its source gave it: it is compared with what sources say."""
        published = row.published
        for pin in self._state.pinned(state_schema.pins.c.id, [row.guid]) if self._pinned else ():
            if pin.published == published and pin.said is not None:
                published = pin.said
        return Past(key, row.url, row.guid, likeness, published)

    def _ungone(self, keys: Iterable[str]) -> None:
        for chunk in chunked(keys):
            self._connection.execute(delete(gone).where(gone.c.key.in_(chunk)))

    def _alias(self, key: str, id_: str) -> None:
        self._aliased = self._grew = True
        self._led.add(key)
        self._readdressed |= {id_, *self._state.alias(key, id_, self._now)}
        self._ungone(self._state.back([key]))

    def _realias(self, old: str, new: str) -> None:
        if self._aliased:
            self._readdressed |= {old, new}
            self._state.realias(old, new)

    # -- arriving ------------------------------------------------------------------------------------------------

    def arriving(self, readings: Iterable[Reading], old: Mapping[str, Columns], *, first: bool) -> dict[str, Past]:
        """What left not long ago and is back, by the locators of posts that are new: what they go on as.

        The old URL is theirs from now on. One whose author wrote another id has that; it is told, too. In the ``first``
        scan of a source nothing is judged by its looks. A post that is ``old`` (by locator) turns into another one only
        by the id that its author writes.
        """
        if not self._departed:
            return {}
        new = [
            reading for reading in readings if reading.public and (reading.locator not in old or reading.explicit_id)
        ]
        if not new:
            return {}
        since = self._now - REMEMBERED
        by_key = {
            past.key: past
            for past in self._state.past(state_schema.departed.c.key, [r.key for r in new if r.key], since)
        }
        explicit = [reading.id for reading in new if reading.explicit_id]
        by_id = _alone(_pages(self._state.past(state_schema.departed.c.id, explicit, since)), lambda past: past.id)
        looks = {} if first else {reading.locator: reading.looks for reading in new}
        alike = _alone(
            _pages(self._state.past(state_schema.departed.c.likeness, filter(None, looks.values()), since)),
            lambda past: (past.likeness, past.published),
        )
        seen = Counter((looks.get(reading.locator, ""), reading.published) for reading in new)
        contested = self._contested([reading for reading in new if reading.locator not in old])
        found: dict[str, Past] = {}
        for reading in new:
            like = looks.get(reading.locator, ""), reading.published
            past = by_id.get(reading.id) if reading.explicit_id else None
            if reading.locator not in old and reading.url not in contested:
                past = past or by_key.get(reading.key or "") or (alike.get(like) if seen[like] == 1 else None)
            if past is not None:
                found[reading.locator] = past
        held = self._held(past.id for past in found.values())
        taken = Counter(past.id for past in found.values())
        return {locator: past for locator, past in found.items() if taken[past.id] == 1 and past.id not in held}

    def _contested(self, new: Sequence[Reading]) -> set[str]:
        """URLs that several of these posts claim, or another visible one: an id that is kept for a URL is kept for one
        post."""
        counts = Counter(reading.url for reading in new)
        taken = select(posts.c.url).where(posts.c.url.in_([*counts]), posts.c.visible == 1)
        return {url for url, count in counts.items() if count > 1} | {*self._connection.scalars(taken)}

    def inherit(self, past: Past, draft: Draft) -> None:
        """A post is what left: the old URL leads to it."""
        self.went_on.add(past.id)
        if past.id != draft.guid:
            self._realias(past.id, draft.guid)
        for key in sorted({past.key, key_of(past.url) or past.key} - {draft.reading.key}):
            self._alias(key, draft.guid)
        self._ungone(self._state.back(self.former([draft.guid]).get(draft.guid, ())))

    def arrived(self, drafts: Iterable[Draft]) -> None:
        """These posts are new: whoever leaves later in the transaction may have become one of them."""
        self._arrived += [Arrival(draft.number, draft.reading.state) for draft in drafts if draft.reading.public]

    # -- leaving -------------------------------------------------------------------------------------------------

    def heirs(self, left: Sequence[Columns]) -> list[Heir]:
        """The posts that posts which just left turned into, where that can be told."""
        rows = [row for row in left if row.live and key_of(row.url)]
        same = self._by_id(rows)
        looks = {row.number: self._left.pop(row.number, "") for row in rows}
        counts = Counter(looks.values())
        standing: dict[int, str] = {}
        found = []
        for row in rows:
            past = self._past(key_of(row.url) or "", row, looks[row.number])
            if row.guid in same:
                found.append(Heir(same[row.guid], past, takes=False))
            elif past.likeness and counts[past.likeness] == 1:
                found += filter(None, (self._arrival(row, past) or self._standing(past, standing),))
        return found

    def alike(self, known: Columns, reading: Reading) -> bool:
        """Whether a stored post has the title and the body of one that was just read."""
        looks = reading.looks
        return looks != "" and looks == self._likenesses([known.number]).get(known.number)

    def _by_id(self, rows: Sequence[Columns]) -> dict[str, int]:
        found: dict[str, int] = {}
        for chunk in chunked(sorted({row.guid for row in rows})):
            statement = select(posts.c.guid, posts.c.number).where(posts.c.guid.in_(chunk), posts.c.live == 1)
            found.update((row.guid, row.number) for row in self._connection.execute(statement))
        return found

    def _held(self, ids: Iterable[str]) -> set[str]:
        """Those of these ids that a visible post has."""
        return {
            id_
            for chunk in chunked(sorted(set(ids)))
            for id_ in self._connection.scalars(
                select(posts.c.guid).where(posts.c.guid.in_(chunk), posts.c.visible == 1)
            )
        }

    def _arrival(self, row: Columns, past: Past) -> Heir | None:
        """The one new post with the same title and body."""
        arrivals = self._alike(past.likeness)
        if len(arrivals) != 1:
            return None
        number, state = arrivals[0]
        statement = select(posts.c.published, posts.c.source_id, posts.c.live).where(posts.c.number == number)
        new = self._connection.execute(statement).one_or_none()
        if new is None or not new.live:
            return None
        del self._arrivals[past.likeness]  # once
        undated = False
        if new.published != past.published:
            seen = self._state.first_seen_at([row.source_id, new.source_id])
            undated = seen.get(row.source_id) == past.published and seen.get(new.source_id) == new.published
        takes = undated or new.published == past.published
        return Heir(number, past, takes=takes, undated=state if undated else "")

    def _alike(self, likeness: str) -> Sequence[Arrival]:
        looks = self._likenesses(arrival.number for arrival in self._arrived)
        for arrival in self._arrived:
            self._arrivals.setdefault(looks.get(arrival.number, ""), []).append(arrival)
        self._arrived.clear()
        return self._arrivals.get(likeness, ())

    def _standing(self, past: Past, looks: dict[int, str]) -> Heir | None:
        """The one post of the same instant, title and body that was there before: the move was seen in two scans.
        ``looks`` are likenesses of posts that were asked about already."""
        numbers = self._connection.execute(_OF_A_DATE, {"published": past.published}).scalars().all()
        if len(numbers) > _MOST_OF_A_DATE:
            return None
        looks |= self._likenesses(number for number in numbers if number not in looks)
        found = [number for number in numbers if looks.get(number) == past.likeness]
        return Heir(found[0], past, takes=False) if len(found) == 1 else None


def changed(locator: str, old: str, new: str) -> Problem:
    """The line of the report for a post that has another id than readers know it by."""
    return Problem(
        path=locator,
        line=0,
        column=0,
        level="warning",
        code="guid-changed",
        message=f"its id was {old} and is now {new}: readers show it again",
        hint=f"write `id: {old}` in its front matter, and it stays the post they know",
    )


def _pages(rows: Iterable[Past]) -> Iterator[Past]:
    """The pages themselves, without the former URLs that led to them."""
    return (past for past in rows if past.key == key_of(past.url))


def _alone(rows: Iterable[Past], key: Callable[[Past], Hashable]) -> dict[Hashable, Past]:
    """The rows whose key no other has."""
    found: dict[Hashable, list[Past]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {name: group[0] for name, group in found.items() if len(group) == 1}


_OF_A_DATE = (
    select(placements.c.post)
    .where(placements.c.term == _SITE, placements.c.published == bindparam("published"))
    .limit(_MOST_OF_A_DATE + 1)
)
