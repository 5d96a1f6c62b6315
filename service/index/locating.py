"""Which pages sitemaps list, in which shard each is, and what every URL of a page means: kept within one transaction.

A shard is a span of the pages in order of date and id, so a new post touches the last one and no other; it is cut
where it would be longer than a sitemap may be. Also tells apart what else changed: what is news, and any page at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, tuple_, update

from feeds import sitemap
from service.index.chunks import chunked
from service.index.drafts import Draft, addressed
from service.index.facts import Home
from service.index.listed import Location, difference, location_of, weights
from service.index.records import NEWS_SPAN, Columns, Topic
from service.index.schema import addresses, locations, shards, subjects
from service.index.state_schema import Cut
from service.index.statements import add, among

FIRST: Final = Cut(1, -(2**62), "")
"""The shard that begins before every date: the only one until there are more pages than a sitemap holds."""

SUBJECTS: Final[tuple[Topic, ...]] = ("news", "pages", "problems", "sitemap")

MOST_BYTES: Final = sitemap.MOST_BYTES * 9 // 10
"""What the elements of a shard may weigh when it is cut: posts change and find translations afterwards."""

_NEVER: Final = -(2**62)
_NEWS_MICROS: Final = NEWS_SPAN // timedelta(microseconds=1)


@dataclass(slots=True)
class _Account:
    """What happened to one shard: how many pages and bytes more, and the latest dates that came and went."""

    urls: int = 0
    bytes: int = 0
    gained: int = _NEVER
    lost: int = _NEVER
    visibly: bool = False
    """Whether the shard's document is another one now."""


class Locating:
    """Moves pages between shards within one transaction at ``now`` (microseconds); :meth:`close` settles."""

    def __init__(
        self,
        connection: Connection,
        now: int,
        translated: Callable[[Iterable[str]], None],
        former: Callable[[Iterable[str]], Mapping[str, Sequence[str]]],
    ) -> None:
        """``translated`` hears the names of translations whose pages changed; ``former`` knows the keys of URLs that
        posts had before, by their ids."""
        self._translated = translated
        self._former = former
        self.home = Home("")
        """Where pages are that sitemaps list."""
        self.cuts: list[Cut] = []
        """Shards that :meth:`close` has cut off others."""
        self._connection = connection
        self._horizon = now - _NEWS_MICROS
        self._cuts = [Cut(*row) for row in connection.execute(_CUTS)]
        self._starts = [cut[1:] for cut in self._cuts]
        self._accounts: dict[int, _Account] = {}
        self._subjects: set[Topic] = set()

    def replace(self, before: Mapping[int, Columns], judged: Mapping[int, Draft], live: Collection[int]) -> None:
        """Posts were ``before`` and are now ``judged``; those in ``live`` are in feeds."""
        out = {number: draft for number, draft in judged.items() if number in live or draft.beside}
        self._notice(before, out)
        known = {
            row.post: Location(*row)
            for chunk in chunked(sorted(before))
            for row in self._connection.execute(_KNOWN, {"posts": chunk})
        }
        listed = {
            number: location_of(draft)
            for number, draft in out.items()
            if draft.reading.listed and self.home.has(draft.reading.url)
        }
        gone = [row for number, row in known.items() if number not in listed or listed[number].shown != row.shown]
        come = [*listed.values()]
        if known:
            come = [row for row in come if row.post not in known or known[row.post].shown != row.shown]
        changed = difference(gone, come) if gone else None
        self._account(gone, -1, changed)
        self._account(come, 1, changed)
        for chunk in chunked(row.post for row in gone):
            self._connection.execute(delete(locations).where(locations.c.post.in_(chunk)))
        add(self._connection, locations, come)
        self._address(before, judged)
        names = {row.translation for row in gone} | self._shared({row.translation for row in come} - {""})
        self._weigh(names - {""})
        if changed is not None:
            names &= {row.translation for row in (*gone, *come) if row.shown in changed}
        self._translated(names - {""})

    def _shared(self, names: Collection[str]) -> set[str]:
        """Those of these names under which several pages are translations of each other: most have one."""
        return {
            name
            for chunk in chunked(sorted(names))
            for name in among(self._connection, _SEVERAL, locations.c.translation, chunk).scalars()
        }

    def advance(self, early: int, late: int) -> None:
        """The clock moved: what was news may be none any more."""
        left = select(locations.c.post).where(
            locations.c.news == 1,
            locations.c.published > early - _NEWS_MICROS,
            locations.c.published <= late - _NEWS_MICROS,
        )
        if self._connection.execute(left.limit(1)).first() is not None:
            self._subjects.add("news")

    def touch(self, topic: Topic) -> None:
        """A topic has changed in ways that pages do not show."""
        self._subjects.add(topic)

    def close(self, revision: int, now: int, *, everything: bool) -> bool:
        """Bring touched shards up to date under a revision at ``now`` (seconds); whether any was touched.

        ``everything``: what all documents show has changed, so all are.
        """
        common = {"revision": revision, "now": now}
        if everything:
            for cut in self._cuts:
                self._accounts.setdefault(cut.number, _Account()).visibly = True
            self._subjects.update(SUBJECTS)
        for number, account in sorted(self._accounts.items()):
            self._settle(number, account, common)
        return any(account.visibly for account in self._accounts.values())

    def tell(self, revision: int, now: int) -> bool:
        """The same for the topics, last of all; whether any was touched."""
        touched = [{"name_": name, "revision": revision, "now": now} for name in sorted(self._subjects)]
        if touched:
            self._connection.execute(_TOUCH_SUBJECT, touched)
        return bool(touched)

    # -- what changed --------------------------------------------------------------------------------------------

    def _notice(self, before: Mapping[int, Columns], out: Mapping[int, Draft]) -> None:
        """Whether any page, and whether anything that is news, is another now; the file it is from does not count."""
        if not before:  # all of it is
            self._subjects.update(("pages",) if out else ())
            self._subjects.update(("news",) if any(draft.published > self._horizon for draft in out.values()) else ())
            return
        old = {(row.guid, row.digest, row.published) for row in before.values() if row.out}
        new = {(draft.guid, draft.digest, draft.published) for draft in out.values()}
        changed = old ^ new
        if changed:
            self._subjects.add("pages")
        if any(published > self._horizon for _, _, published in changed):
            self._subjects.add("news")

    def _account(self, rows: Sequence[Location], sign: int, changed: Collection[tuple[object, ...]] | None) -> None:
        """Enter pages into the accounts of their shards. Readers see what is ``changed``, None: all of it; one that
        only comes from another file now is the same to them."""
        for number, group in self._by_shard(rows).items():
            account = self._accounts.setdefault(number, _Account())
            account.urls += sign * len(group)
            account.bytes += sign * sum([row.bytes for row in group])
            account.visibly = account.visibly or changed is None or any(row.shown in changed for row in group)
            latest = max([_NEVER if row.lastmod is None else row.lastmod for row in group])
            if sign > 0:
                account.gained = max(account.gained, latest)
            else:
                account.lost = max(account.lost, latest)

    def _weigh(self, names: Collection[str]) -> None:
        """Versions of a page list each other, so each weighs what all of them do; where one changes, all do."""
        for chunk in chunked(sorted(names)):
            rows = [Location(*row) for row in self._connection.execute(_VERSIONS, {"translations": chunk})]
            for _, group in groupby(rows, key=lambda row: row.translation):
                versions = [*group]
                for row, weight in zip(versions, weights(versions), strict=True):
                    account = self._accounts.setdefault(self._shard(row.published, row.guid).number, _Account())
                    account.visibly = True
                    if weight != row.bytes:
                        account.bytes += weight - row.bytes
                        self._connection.execute(_REWEIGH, {"p": row.post, "weight": weight})

    def _by_shard(self, rows: Sequence[Location]) -> Mapping[int, Sequence[Location]]:
        if len(self._cuts) == 1:  # nearly every site's
            return {self._cuts[0].number: rows} if rows else {}
        found: dict[int, list[Location]] = {}
        for row in rows:
            found.setdefault(self._shard(row.published, row.guid).number, []).append(row)
        return found

    def _shard(self, published: int, guid: str) -> Cut:
        return self._cuts[bisect_right(self._starts, (published, guid)) - 1]

    def _address(self, before: Mapping[int, Columns], judged: Mapping[int, Draft]) -> None:
        """Keep the keys of what is not hidden; what is not out yet is found, and refused, when asked for."""
        changed = [
            number
            for number, row in before.items()
            if number not in judged or (row.content, row.guid) != (judged[number].content, judged[number].guid)
        ]
        for chunk in chunked(changed):
            self._connection.execute(delete(addresses).where(addresses.c.post.in_(chunk)))
        shown = [
            draft
            for number, draft in judged.items()
            if (number not in before or number in changed) and not draft.reading.hidden
        ]
        former = self._former([draft.guid for draft in shown])
        rows = sorted(
            row for draft in shown for row in addressed(draft.reading, draft.number, former.get(draft.guid, ()))
        )
        add(self._connection, addresses, rows)

    # -- shards --------------------------------------------------------------------------------------------------

    def _settle(self, number: int, account: _Account, common: Mapping[str, int]) -> None:
        row = self._connection.execute(select(shards).where(shards.c.number == number)).one()
        urls, weight = row.urls + account.urls, row.bytes + account.bytes
        newest = max(_NEVER if row.newest is None else row.newest, account.gained)
        if account.lost >= newest > account.gained:  # the latest left; only then is it looked for
            latest = self._connection.scalar(self._within(number, func.max(locations.c.lastmod)))
            newest = _NEVER if latest is None else latest
        values = {"n": number, "urls": urls, "bytes": weight, "newest": None if newest == _NEVER else newest}
        if account.visibly:
            self._connection.execute(_SETTLE, [{**values, **common}])
        else:
            self._connection.execute(_SUM, [values])
        if urls > sitemap.MOST_URLS or weight > MOST_BYTES:
            self._cut(number, urls, weight, common)

    def _cut(self, number: int, urls: int, weight: int, common: Mapping[str, int]) -> None:
        """Cut a shard that is too long.

        The last one into full ones, which stay as they are when posts are added; one in the middle into equal parts,
        which leaves each of them room.
        """
        last = self._cuts[-1].number == number
        parts = max(-(-urls // sitemap.MOST_URLS), -(-weight // MOST_BYTES))
        most_urls = sitemap.MOST_URLS if last or urls <= sitemap.MOST_URLS else -(-urls // parts)
        most_bytes = MOST_BYTES if last or weight <= MOST_BYTES else -(-weight // parts)
        next_number = max(cut.number for cut in self._cuts) + 1
        pieces = [_Piece(number)]
        columns = (locations.c.published, locations.c.guid, locations.c.bytes, locations.c.lastmod)
        statement = self._within(number, *columns).order_by(locations.c.published, locations.c.guid)
        for published, guid, size, lastmod in self._connection.execute(statement):
            piece = pieces[-1]
            if piece.urls and (piece.urls + 1 > most_urls or piece.bytes + size > most_bytes):
                cut = Cut(next_number, published, guid)
                next_number += 1
                self.cuts.append(cut)
                pieces.append(piece := _Piece(cut.number, cut))
            piece.urls += 1
            piece.bytes += size
            piece.newest = max(piece.newest, _NEVER if lastmod is None else lastmod)
        for piece in pieces:
            newest = None if piece.newest == _NEVER else piece.newest
            values = {"n": piece.number, "urls": piece.urls, "bytes": piece.bytes, "newest": newest, **common}
            if piece.cut is not None:
                self._connection.execute(insert(shards), [new_shard(piece.cut)])
            self._connection.execute(_SETTLE, [values])
        self._cuts = [Cut(*row) for row in self._connection.execute(_CUTS)]
        self._starts = [cut[1:] for cut in self._cuts]

    def _within(self, number: int, *columns: Any) -> Any:
        """A query of the locations of one shard."""
        place = next(place for place, cut in enumerate(self._cuts) if cut.number == number)
        return select(*columns).where(*span_of(self._cuts, place))


@dataclass(slots=True)
class _Piece:
    """A part of a shard that is being cut."""

    number: int
    cut: Cut | None = None
    urls: int = 0
    bytes: int = 0
    newest: int = _NEVER


def span_of(cuts: list[Cut], place: int, table: Any = locations) -> list[Any]:
    """The conditions under which a row of a table with ``published`` and ``guid`` lies in the shard at a place."""
    order = tuple_(table.c.published, table.c.guid)
    conditions: list[Any] = []
    if place > 0:
        conditions.append(order >= tuple_(cuts[place].published, cuts[place].guid))
    if place + 1 < len(cuts):
        conditions.append(order < tuple_(cuts[place + 1].published, cuts[place + 1].guid))
    return conditions


def new_shard(cut: Cut) -> dict[str, object]:
    """A row of the shards table for one that holds nothing yet."""
    return {**cut._asdict(), "urls": 0, "bytes": 0, "newest": None, "revision": 0, "changed_at": 0}


def new_subject(name: str) -> dict[str, object]:
    """A row of the subjects table."""
    return {"name": name, "revision": 0, "changed_at": 0}


_CUTS = select(shards.c.number, shards.c.published, shards.c.guid).order_by(shards.c.published, shards.c.guid)
_KNOWN = select(locations).where(locations.c.post.in_(bindparam("posts", expanding=True)))
_VERSIONS = (
    select(locations)
    .where(locations.c.translation.in_(bindparam("translations", expanding=True)), locations.c.translation != "")
    .order_by(locations.c.translation, locations.c.published, locations.c.guid)
)
_SEVERAL = (
    select(locations.c.translation)
    .where(locations.c.translation != "")
    .group_by(locations.c.translation)
    .having(func.count() > 1)
)
_REWEIGH = update(locations).where(locations.c.post == bindparam("p")).values(bytes=bindparam("weight"))
_SETTLE = (
    update(shards)
    .where(shards.c.number == bindparam("n"))
    .values(
        urls=bindparam("urls"),
        bytes=bindparam("bytes"),
        newest=bindparam("newest"),
        revision=bindparam("revision"),
        changed_at=case(
            (shards.c.revision == bindparam("revision"), shards.c.changed_at),
            (shards.c.changed_at < bindparam("now"), bindparam("now")),
            else_=shards.c.changed_at + 1,
        ),
    )
)
_SUM = (
    update(shards)
    .where(shards.c.number == bindparam("n"))
    .values(urls=bindparam("urls"), bytes=bindparam("bytes"), newest=bindparam("newest"))
)
_TOUCH_SUBJECT = (
    update(subjects)
    .where(subjects.c.name == bindparam("name_"))
    .values(
        revision=bindparam("revision"),
        changed_at=case((subjects.c.changed_at < bindparam("now"), bindparam("now")), else_=subjects.c.changed_at + 1),
    )
)
