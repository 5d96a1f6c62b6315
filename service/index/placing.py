"""Which post stands in which channel: placements, and the account of every channel they touch.

A channel is touched when a live post enters or leaves it or becomes another entry (another digest or date); only then
does it get a new revision and a later ``changed_at``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, delete, func, insert, select, update

from feeds.text import collide, slugify
from service.errors import Problem
from service.index.chunks import chunked
from service.index.reading import Term
from service.index.schema import placements, terms
from service.index.state_schema import Term as HeldTerm
from service.index.statements import add

_NEVER: Final = -(2**62)
"""Before every date: what an account holds that lost nothing."""


class Placement(NamedTuple):
    """A row of the placements table."""

    term: int
    published: int
    guid: str
    post: int
    digest: str
    last_change: int
    label: str


Placed = tuple[int, int, str, int, str, int, str]
"""The same without names: a first scan makes ten for each post."""


@dataclass(slots=True)
class _Account:
    """What happened to one channel: how many posts more, and the latest edit dates that came and went."""

    delta: int = 0
    gained: int = _NEVER
    lost: int = _NEVER


class Placing:
    """Moves posts between channels within one transaction; :meth:`close` settles the accounts."""

    def __init__(self, connection: Connection, next_term: int) -> None:
        self.next_term = next_term
        self._connection = connection
        self._numbers: dict[tuple[str, str], int] = {}
        self._spelled: dict[Term, int] = {}
        self._accounts: dict[int, _Account] = {}

    def numbers(self, posts: Iterable[Iterable[Term]]) -> Mapping[Term, int]:
        """The numbers of the terms of posts, each as it is spelled; terms that were unknown are added, without a
        slug."""
        wanted: set[Term] = set()
        wanted.update(*posts)
        unknown = wanted - self._spelled.keys()
        if unknown:
            self._learn(unknown)
            self._spelled.update({term: self._numbers[term[:2]] for term in unknown})
        return self._spelled

    def _learn(self, wanted: Iterable[Term]) -> None:
        labels = {(kind, key): label for kind, key, label in wanted if (kind, key) not in self._numbers}
        for kind, pairs in groupby(sorted(labels), key=lambda pair: pair[0]):
            for keys in chunked([key for _, key in pairs]):
                rows = self._connection.execute(_KNOWN_TERMS, {"kind": kind, "keys": keys})
                self._numbers.update({(kind, row.key): row.number for row in rows})
        added = []
        for kind, key in sorted(labels):
            if (kind, key) not in self._numbers:
                self._numbers[kind, key] = self.next_term
                added.append(new_term(self.next_term, kind, key, None, labels[kind, key]))
                self.next_term += 1
        if added:
            self._connection.execute(insert(terms), added)

    def move(self, removed: Iterable[Placement], added: Mapping[int, Sequence[Placed]]) -> None:
        """Take placements away and put others in their place: by term, in the order in which they stand there."""
        before = {(row.term, row.published, row.guid): row for row in removed}
        if not before:
            self._add(added)
            return
        after = {row[:3]: Placement._make(row) for rows in added.values() for row in rows}
        for place in before.keys() | after.keys():
            old, new = before.get(place), after.get(place)
            if old is not None and new is not None and old.digest == new.digest:
                continue  # the same entry from another file: nobody can see a difference
            account = self._accounts.setdefault(place[0], _Account())
            if old is not None:
                account.delta -= 1
                if new is None or new.last_change < old.last_change:  # else nothing is later than what came
                    account.lost = max(account.lost, old.last_change)
            if new is not None:
                account.delta += 1
                account.gained = max(account.gained, new.last_change)
        self._connection.exec_driver_sql(str(_REMOVE.compile(dialect=self._connection.dialect)), sorted(before))
        add(self._connection, placements, [after[place] for place in sorted(after)])

    def _add(self, added: Mapping[int, Sequence[Placed]]) -> None:
        """Add what nothing stands in the place of."""
        found: list[Placed] = []
        for term, rows in sorted(added.items()):
            account = self._accounts.setdefault(term, _Account())
            account.delta += len(rows)
            account.gained = max(account.gained, *[row[5] for row in rows])
            found += rows
        add(self._connection, placements, found)

    def close(self, revision: int, now: int, *, everything: bool) -> int:
        """Bring the touched channels up to date under a new revision at ``now`` (seconds); how many there were.

        ``everything``: what all documents show has changed (the site's title, say), so every channel is touched.
        """
        if self._accounts:
            common = {"revision": revision, "now": now}
            self._connection.execute(
                _SETTLE,
                [
                    {"t": number, "delta": account.delta, "gained": account.gained, "lost": account.lost, **common}
                    for number, account in sorted(self._accounts.items())
                ],
            )
        touched = len(self._accounts)
        if everything:
            touched += self._connection.execute(_TOUCH_OTHERS, {"revision": revision, "now": now}).rowcount
        return touched

    def name(self, limit: int, revision: int, now: int) -> tuple[list[HeldTerm], list[Problem]]:
        """Give slugs to terms that have posts and no slug, in key order, ``limit`` of each kind at most (C-24).

        Returns the terms that got one, and a problem for each kind that has more.
        """
        named: list[HeldTerm] = []
        problems: list[Problem] = []
        for kind, waiting in self._connection.execute(_WAITING).all():
            taken = set(self._connection.scalars(_TAKEN, {"kind": kind}))
            free = max(limit - len(taken), 0)
            rows = self._connection.execute(_NEXT, {"kind": kind, "free": free + 1}).all()
            for row in rows[:free]:
                slug = slugify(row.key)
                while slug in taken:
                    slug = collide(slug, row.key)
                taken.add(slug)
                named.append(HeldTerm(kind, row.key, slug, row.label))
            if waiting > free:
                problems.append(_too_many(kind, waiting - free, limit, rows[free].label))
        if named:
            common = {"revision": revision, "now": now}
            self._connection.execute(
                _NAME, [{"k": term.kind, "w": term.key, "s": term.slug, **common} for term in named]
            )
        return named, problems


def new_term(number: int, kind: str, key: str, slug: str | None, label: str) -> dict[str, object]:
    """A row of the terms table for a term that has no posts yet."""
    return {
        "number": number,
        "kind": kind,
        "key": key,
        "slug": slug,
        "label": label,
        "posts": 0,
        "newest": None,
        "revision": 0,
        "changed_at": 0,
    }


def _too_many(kind: str, count: int, limit: int, example: str) -> Problem:
    return Problem(
        path="site",
        line=0,
        column=0,
        level="warning",
        code="too-many-terms",
        message=f"{count} more than {limit} of kind {kind} get no feeds of their own, such as {example!r}",
        hint="raise limits.terms_per_site, or use fewer",
    )


_later = case(
    (terms.c.changed_at < bindparam("now"), bindparam("now")),
    else_=terms.c.changed_at + 1,
)
"""Forward with each change, whatever the clock does: HTTP dates have whole seconds, and a client that has only the
date must not take a second change within one second, or after the clock was set back, for the first."""

_REMOVE = delete(placements).where(
    placements.c.term == bindparam("t"), placements.c.published == bindparam("p"), placements.c.guid == bindparam("g")
)
_placed_here = placements.c.term == bindparam("t")

_KNOWN_TERMS = select(terms.c.number, terms.c.key).where(
    terms.c.kind == bindparam("kind"), terms.c.key.in_(bindparam("keys", expanding=True))
)
_SETTLE = (
    update(terms)
    .where(terms.c.number == bindparam("t"))
    .values(
        posts=terms.c.posts + bindparam("delta"),
        # The maximum is looked for only where the post that had it left; a channel may hold every post there is.
        newest=case(
            (
                bindparam("lost") >= func.coalesce(terms.c.newest, _NEVER + 1),
                select(func.max(placements.c.last_change)).where(_placed_here).scalar_subquery(),
            ),
            (bindparam("gained") > func.coalesce(terms.c.newest, _NEVER), bindparam("gained")),
            else_=terms.c.newest,
        ),
        label=func.coalesce(
            select(placements.c.label)
            .where(_placed_here)
            .order_by(placements.c.published, placements.c.guid)
            .limit(1)
            .scalar_subquery(),
            terms.c.label,
        ),
        revision=bindparam("revision"),
        changed_at=_later,
    )
)
_TOUCH_OTHERS = (
    update(terms)
    .where(terms.c.revision < bindparam("revision"))
    .values(revision=bindparam("revision"), changed_at=_later)
)
_has_no_slug = and_(terms.c.slug.is_(None), terms.c.posts > 0)
_WAITING = select(terms.c.kind, func.count()).where(_has_no_slug).group_by(terms.c.kind)
_TAKEN = select(terms.c.slug).where(terms.c.kind == bindparam("kind"), terms.c.slug.isnot(None))
_NEXT = (
    select(terms.c.key, terms.c.label)
    .where(_has_no_slug, terms.c.kind == bindparam("kind"))
    .order_by(terms.c.key)
    .limit(bindparam("free"))
)
_NAME = (
    update(terms)
    .where(terms.c.kind == bindparam("k"), terms.c.key == bindparam("w"))
    .values(
        slug=bindparam("s"),
        revision=bindparam("revision"),
        changed_at=case((terms.c.revision == bindparam("revision"), terms.c.changed_at), else_=_later),
    )
)
