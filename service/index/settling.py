"""Which posts are live, and where they stand: the part of a write transaction that looks beyond the post at hand.

Winners are judged among all visible posts that share a URL or an id, or with another source a page, so that the
outcome depends on the posts and not on the order in which they came (C-17).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select, update

from service.errors import Problem
from service.index.addresses import key_of
from service.index.chunks import chunked
from service.index.drafts import Draft, pages, restored
from service.index.findings import Findings
from service.index.identities import Identities
from service.index.locating import Locating
from service.index.moving import Moving
from service.index.placing import Placed, Placement, Placing
from service.index.records import Columns, micros
from service.index.schema import addresses, posts, rendered, sources, texts
from service.index.statements import add, among
from service.index.winners import Claim, Loss, problem, resolve
from service.sources.source import CONTEXT, Context


class Contexts:
    """The context of each source, with its digest, read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, tuple[Context, str]] = {}

    def __getitem__(self, source: str) -> tuple[Context, str]:
        if source not in self._known:
            stored = self._connection.scalar(select(sources.c.context).where(sources.c.name == source))
            self[source] = CONTEXT.validate_json(stored) if stored else Context(url="")
        return self._known[source]

    def __setitem__(self, source: str, context: Context) -> None:
        self._known[source] = context, context.digest


class Settling:
    """Replaces posts within one transaction. Rows of ``posts`` numbered from ``first_new`` on are its own."""

    def __init__(
        self,
        connection: Connection,
        placing: Placing,
        findings: Findings,
        contexts: Contexts,
        locating: Locating,
        moving: Moving,
        identities: Identities,
        first_new: int,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._placing = placing
        self._findings = findings
        self._contexts = contexts
        self._locating = locating
        self._moving = moving
        self._identities = identities
        self._first_new = first_new
        self._now = micros(now)
        self._departed: dict[str, str] = {}
        self._positions: dict[str, int] | None = None

    @property
    def positions(self) -> dict[str, int]:
        """Where each source stands in the settings."""
        if self._positions is None:
            rows = self._connection.execute(select(sources.c.name, sources.c.position))
            self._positions = {row.name: row.position for row in rows}
        return self._positions

    def reordered(self) -> None:
        """There are other sources now, or they stand elsewhere."""
        self._positions = None

    def depart(self, rows: Iterable[Columns]) -> None:
        """These posts are about to go: whoever takes over their URL in the same scan may take over their id."""
        self.vanish({row.url: row.guid for row in rows if row.live})

    def vanish(self, ids: Mapping[str, str]) -> None:
        """The same of posts that nobody saw go: their ids by URL."""
        self._departed.update(ids)

    def full(self, numbers: Iterable[int]) -> list[Columns]:
        """Stored posts, whole."""
        return [row for chunk in chunked(numbers) for row in self._connection.execute(_FULL, {"numbers": chunk})]

    def restored(self, row: Columns, digest: str, links: str) -> Draft:
        """A stored post as it stands now."""
        return restored(row, digest, links, self._contexts[row.source][0], self._now)

    def renamed(self, draft: Draft, guid: str) -> Draft:
        """The post under the id it had before its file was renamed."""
        return draft.under(guid, self._contexts[draft.source][1])

    def settle(self, before: Sequence[Columns], drafts: Sequence[Draft]) -> None:
        """Replace posts (``before``) by what they are now (``drafts``), with whatever that does to other posts.

        A post of ``before`` without a draft is gone; a draft that was not before is new.
        """
        judged = {draft.number: draft for draft in drafts}
        visible = [draft for draft in drafts if draft.visible]
        urls, ids = {draft.reading.url for draft in visible}, {draft.guid for draft in visible}
        others = self._others(before, judged, visible, urls, ids)
        alone = (
            not others
            and len(visible) == len(urls) == len(ids)
            and (len(self.positions) < 2 or len({d.source for d in visible}) < 2)
        )
        claims = [] if alone else [*(draft.claim(self.positions[draft.source]) for draft in visible), *others]
        winners = dict.fromkeys((draft.number for draft in visible), None)
        verdict, before = winners if alone else resolve(claims), [*before]
        while True:
            turned = self.full(
                claim.number
                for claim in claims
                if claim.number not in judged and claim.live != (verdict[claim.number] is None)
            )
            judged.update({row.number: self.restored(row, row.digest, row.links) for row in turned})
            before += turned
            adopted = self._adopted(judged, verdict, claims)
            if not adopted:
                break
            judged.update(adopted)
            if claims:  # whoever lost by the id that one of these had may win now
                claims = [replace(c, guid=adopted[c.number].guid) if c.number in adopted else c for c in claims]
                verdict = resolve(claims)
        live = [draft for number, draft in judged.items() if number in verdict and verdict[number] is None]
        placed = self._placed(live)
        self._placing.move(
            (
                Placement(term, row.published, row.guid, row.number, row.digest, row.last_change, "")
                for row in before
                if row.live
                for term in json.loads(row.placed)
            ),
            _placements(live, placed),
        )
        self._store({row.number: row for row in before}, judged, placed)
        known = {row.number for row in before}
        # Of a new post nothing was said so far.
        self._report(claims, verdict, [draft for draft in drafts if draft.number in known or verdict.get(draft.number)])

    def _placed(self, live: Sequence[Draft]) -> dict[int, dict[int, str]]:
        """For each live post the terms it stands under, by number, as it spells them."""
        terms = [draft.terms for draft in live]
        numbers = self._placing.numbers(terms)
        return {
            draft.number: {numbers[term]: term[2] for term in said} for draft, said in zip(live, terms, strict=True)
        }

    def _others(
        self,
        before: Sequence[Columns],
        judged: Mapping[int, Draft],
        visible: Sequence[Draft],
        its_urls: Set[str],
        its_ids: Set[str],
    ) -> list[Claim]:
        """Every other visible post that shares a URL, id or page with the ``visible`` ones of those that are judged, or
        with what was before.

        Directly or through others: a loser may owe its loss to a post that itself lost. Pages are looked for where
        there are several sources: within one they are no matter.
        """
        several = len(self.positions) > 1
        found: dict[int, Claim] = {}
        replaced = {row.number for row in before} | judged.keys()
        urls = {row.url for row in before if row.visible} | its_urls
        ids = {row.guid for row in before if row.visible} | its_ids
        ids |= {self._departed[url] for url in urls & self._departed.keys()}
        keys: set[str] = set()
        if several:
            keys = {key for row in before if row.visible for key in _pages(row)}
            keys |= {key for draft in visible for key in draft.claim(0).pages}
        asked_urls: set[str] = set()
        asked_ids: set[str] = set()
        asked_keys: set[str] = set()
        while urls or ids or keys:
            rows = [
                row
                for statement, column, values in (
                    *((_CLAIMS, posts.c.url, urls), (_CLAIMS, posts.c.guid, ids)),
                    *((_CLAIMS_OF_PAGES, addresses.c.key, keys), (_CLAIMS_OF_COPIES, posts.c.canonical, keys)),
                )
                for chunk in chunked(sorted(values))
                for row in among(self._connection, statement, column, chunk)
                if row.number not in replaced
            ]
            asked_urls |= urls
            asked_ids |= ids
            asked_keys |= keys
            urls = {row.url for row in rows} - asked_urls
            ids = {row.guid for row in rows} - asked_ids
            keys = {key for row in rows for key in _pages(row)} - asked_keys if several else set()
            for row in rows:
                found[row.number] = Claim(
                    row.number,
                    row.source,
                    row.locator,
                    row.url,
                    row.guid,
                    bool(row.explicit),
                    row.published,
                    bool(row.live),
                    self.positions[row.source],
                    _pages(row),
                )
        return list(found.values())

    def _adopted(
        self, judged: Mapping[int, Draft], verdict: Mapping[int, Loss | None], claims: Sequence[Claim]
    ) -> dict[int, Draft]:
        """A new file under the URL of a post that left in the same scan is that post, renamed: its id stays (C-42)."""
        if not self._departed:
            return {}
        held = {claim.guid for claim in claims} | {draft.guid for draft in judged.values() if draft.visible}
        found = {}
        for number, draft in judged.items():
            guid = self._departed.get(draft.url)
            if guid is None or guid in held or number < self._first_new or draft.reading.explicit_id:
                continue
            if number in verdict and verdict[number] is None:
                found[number] = self.renamed(draft, guid)
                held.add(guid)
                self._moving.went_on.add(guid)
        return found

    def _store(
        self, before: Mapping[int, Columns], judged: Mapping[int, Draft], placed: Mapping[int, Mapping[int, str]]
    ) -> None:
        self._moving.settle(before, judged, placed)
        added, changed, turned = [], [], []
        for number, draft in judged.items():
            live = number in placed
            row = _columns(draft, live=live, placed=str([*placed.get(number, ())]))
            old = before.get(number)
            if old is None:
                added.append(row)
            elif (old.content, old.guid) == (draft.content, draft.guid):
                said = dict(zip(_COLUMNS, row, strict=True))
                turned.append({"n": number} | {name: said[name] for name in _STANDING})
            else:
                changed.append({"n": number} | dict(zip(_COLUMNS[1:], row[1:], strict=True)))
        add(self._connection, posts, added)
        for statement, rows in ((_CHANGE, changed), (_TURN, turned)):
            if rows:
                self._connection.execute(statement, rows)
        self._identities.settle(judged.values())
        self._locating.replace(before, judged, placed)
        for chunk in chunked(before.keys() - judged.keys()):
            for table, column in ((posts, posts.c.number), (texts, texts.c.post), (rendered, rendered.c.post)):
                self._connection.execute(delete(table).where(column.in_(chunk)))

    def _report(self, claims: Iterable[Claim], verdict: Mapping[int, Loss | None], drafts: Iterable[Draft]) -> None:
        found: dict[str, dict[str, list[Problem]]] = {}
        for draft in drafts:
            found.setdefault(draft.source, {})[draft.locator] = []
        for claim in claims:
            loss = verdict[claim.number]
            found.setdefault(claim.source, {})[claim.locator] = [problem(claim, loss)] if loss else []
        for source, lines in found.items():
            self._findings.replace("duplicate", source, lines)


def _placements(live: Iterable[Draft], placed: Mapping[int, Mapping[int, str]]) -> dict[int, list[Placed]]:
    """Where live posts stand, by term and in the order of the placements table."""
    found: defaultdict[int, list[Placed]] = defaultdict(list)
    for draft in sorted(live, key=attrgetter("published", "guid")):
        number, guid, published = draft.number, draft.guid, draft.published
        digest, last_change = draft.digest, draft.last_change
        for term, label in placed[number].items():
            found[term].append((term, published, guid, number, digest, last_change, label))
    return found


def _pages(row: Columns) -> tuple[str, ...]:
    return pages(row.url, key_of(row.url), row.canonical)


_COLUMNS: Final = tuple(column.name for column in posts.c)


def _columns(draft: Draft, *, live: bool, placed: str) -> tuple[Any, ...]:
    """A row of the posts table: a value for each of its columns."""
    said = draft.reading
    return (
        draft.number,
        draft.source,
        said.locator,
        said.name,
        said.id,
        draft.guid,
        said.url,
        said.canonical,
        said.explicit,
        said.hidden,
        said.deadline,
        draft.published,
        draft.last_change,
        said.starts,
        said.ends,
        draft.visible,
        live,
        live or draft.beside,
        said.likeness,
        draft.content,
        draft.links,
        draft.digest,
        placed,
        said.fields,
    )


_FULL = select(posts).where(posts.c.number.in_(bindparam("numbers", expanding=True)))
_CLAIMS = select(
    posts.c.number,
    posts.c.source,
    posts.c.locator,
    posts.c.url,
    posts.c.guid,
    posts.c.canonical,
    posts.c.explicit,
    posts.c.published,
    posts.c.live,
).where(posts.c.visible == 1)
_CLAIMS_OF_PAGES = _CLAIMS.join(addresses, addresses.c.post == posts.c.number).where(addresses.c.own == 1)
_CLAIMS_OF_COPIES = _CLAIMS.where(posts.c.canonical != "")  # so that the partial index serves
_STANDING = ("visible", "live", "out", "links", "digest", "placed")
_CHANGE = (
    update(posts)
    .where(posts.c.number == bindparam("n"))
    .values({column.name: bindparam(column.name) for column in posts.c if column.name != "number"})
)
_TURN = update(posts).where(posts.c.number == bindparam("n")).values({name: bindparam(name) for name in _STANDING})
"""Columns without an index, but for what is not live: a post that merely goes live, or gets another context, costs a
tenth of a new one."""
