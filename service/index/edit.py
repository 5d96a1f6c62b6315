"""One write transaction of the index: posts put, rejected and dropped, time moved on, channels brought up to date.

It decides nothing about a scan as a whole (:mod:`service.refresh` does) and reads no clock. Readers see all of a
transaction or nothing of it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from service.errors import Problem
from service.index.chunks import chunked
from service.index.drafting import Drafting
from service.index.drafts import Draft, digest_of, moves
from service.index.facts import home_of
from service.index.findings import Findings, storable
from service.index.identities import Identities
from service.index.linking import Linking
from service.index.locating import Locating
from service.index.moving import Moving
from service.index.pinning import Pinning
from service.index.placing import Placing
from service.index.records import Applied, Columns, Hold, Rendered, Schedule, Staleness, micros, seconds
from service.index.schedules import scheduled
from service.index.schema import RENDER_REVISION, feed_aliases, files, meta, posts, rendered, sources, texts
from service.index.settling import Contexts, Settling
from service.index.state import StateEdit
from service.index.state_schema import Pin
from service.index.statements import insert as put
from service.index.succession import Succession
from service.index.taking import addressable, read
from service.sources.source import CONTEXT, FACTS, Change, Context, Drop, SiteFacts


@dataclass(slots=True)
class Tally:
    """Changes taken in so far, by kind."""

    put: int = 0
    rejected: int = 0
    dropped: int = 0
    left: set[str] = field(default_factory=set)
    """Ids of posts in feeds whose files were dropped."""

    def applied(self, went_on: Set[str], channels: int) -> Applied:
        """What the transaction did, where the posts ``went_on`` in other files."""
        moved = len(self.left & went_on)
        return Applied(self.put, self.rejected, self.dropped - moved, channels, moved)


class Edit:
    """The transaction. Call :meth:`close` last."""

    def __init__(self, connection: Connection, state: StateEdit, now: datetime, terms_limit: int, shape: int) -> None:
        self.tally = Tally()
        self.findings = Findings(connection)
        self._connection = connection
        self._state = state
        self._now = now
        self._terms_limit = terms_limit
        self._marks = {row.key: row.value for row in connection.execute(select(meta))}
        self._contexts = Contexts(connection)
        self._linking = Linking(connection)
        self._placing = Placing(connection, self._marks["next_term"])
        self._moving = Moving(connection, state, self._marks["next_post"], seconds(now))
        self._identities = Identities(connection, state, seconds(now))
        pinning = Pinning(state)
        self._locating = Locating(connection, micros(now), self._linking.translated, self._moving.former)
        self._locating.home = home_of(self._connection)
        self._settling = Settling(
            connection,
            self._placing,
            self.findings,
            self._contexts,
            self._locating,
            self._moving,
            self._identities,
            self._marks["next_post"],
            now,
        )
        self._drafting = Drafting(
            state, self._identities, self._moving, pinning, self._contexts, self._marks["next_post"], now
        )
        self._succession = Succession(state, self._moving, pinning, self._settling, self._contexts, self.findings)
        self._everything = self._marks["revision"] == 0 or self._marks["shape"] != shape
        self._marks["shape"] = shape
        if self._marks["render_revision"] != RENDER_REVISION:
            for source in connection.scalars(select(sources.c.name)).all():
                self._redigest(source)
            self._marks["render_revision"] = RENDER_REVISION
        self._advance()

    def applied(self) -> Applied:
        """:meth:`close`, and all that was done."""
        channels = self.close()
        return self.tally.applied(self._moving.went_on, channels)

    def close(self) -> int:
        """Bring channels, counters and the state file up to date; how many channels were touched."""
        self._relink()
        revision, now = self._marks["revision"] + 1, seconds(self._now)
        moved = self._locating.close(revision, now, everything=self._everything)
        # A cut moves pages from one child of a channel's sitemap to another, whichever channel the cause was in.
        everything = self._everything or bool(self._locating.cuts)
        touched = self._placing.close(revision, now, everything=everything)
        named, problems = self._placing.name(self._terms_limit, revision, now)
        self.findings.replace("terms", "", {"": problems})
        self._state.add_terms(named)
        self._state.keep_shards(self._locating.cuts)
        self._moving.close()
        if self.findings.changed:
            self._locating.touch("problems")
        if touched or named or moved:
            self._locating.touch("sitemap")
        if self._locating.tell(revision, now) or touched or named or moved:
            self._marks["revision"] = revision
        self._marks["next_post"] = self._drafting.next_post
        self._marks["next_term"] = self._placing.next_term
        self._marks["advanced_to"] = micros(self._now)
        self._connection.execute(_MARK, [{"k": key, "v": value} for key, value in self._marks.items()])
        return touched

    # -- sources -------------------------------------------------------------------------------------------------

    def enroll(self, names: Sequence[str]) -> None:
        """The sources there are, in the order in which their facts and their posts count."""
        known = self._sources()
        moved = False
        for position, name in enumerate(dict.fromkeys([*names, *sorted(known, key=lambda name: known[name])])):
            if name not in known:
                self._add_source(name, position)
            elif known[name] != position:
                moved = True
                self._connection.execute(update(sources).where(sources.c.name == name).values(position=position))
        self._settling.reordered()
        if moved:
            self._everything = True
            # The source that stands first wins: whoever lost may be published now, and then somebody else is not.
            losers = select(posts.c.number).where(posts.c.visible == 1, posts.c.live == 0)
            self._revisit(self._connection.scalars(losers).all(), lambda row: (row.digest, row.links))
            self._settle_home()

    def retain(self, names: Sequence[str]) -> None:
        """Other sources go, with all they hold."""
        for name in self._sources().keys() - set(names):
            locators = self._connection.scalars(select(files.c.locator).where(files.c.source == name)).all()
            self.scan(name, map(Drop, locators))
            self.findings.forget(name, [""])
            self._identities.forget(name)
            self._connection.execute(delete(sources).where(sources.c.name == name))
            self._settling.reordered()
            self._everything = True
        self._settle_home()

    def describe(self, source: str, facts: SiteFacts, context: Context) -> None:
        """What holds for a whole source. Another context gives every entry of the source another digest."""
        said = {"facts": FACTS.dump_json(facts).decode(), "context": CONTEXT.dump_json(context).decode()}
        known = self._connection.execute(select(sources).where(sources.c.name == source)).one_or_none()
        if known is None:
            self._add_source(source, len(self._sources()))
            self._settling.reordered()
        elif said == {"facts": known.facts, "context": known.context}:
            return
        self._connection.execute(update(sources).where(sources.c.name == source).values(said))
        self._contexts[source] = context
        self._everything = True
        if known is not None and said["context"] != known.context:
            self._redigest(source)
        self._settle_home()

    def mark_scanned(self, source: str, held: Hold | None, schedule: Schedule | None = None) -> None:
        """A scan came to its end; ``held`` is what of it is not believed, ``schedule`` a remote source's."""
        self._identities.complete(source)
        self._connection.execute(
            update(sources)
            .where(sources.c.name == source)
            .values(
                scanned_at=micros(self._now),
                held=json.dumps(asdict(held)) if held else "",
                stale="",
                stale_since=None,
                reason="",
                status=0,
                refreshed=sources.c.refreshed + 1,
                **scheduled(schedule),
            )
        )

    def mark_stale(self, source: str, staleness: Staleness, schedule: Schedule | None = None) -> None:
        """A scan failed."""
        self._connection.execute(
            update(sources)
            .where(sources.c.name == source)
            .values(
                stale=storable(staleness.line),
                stale_since=func.coalesce(sources.c.stale_since, micros(self._now)),
                reason=staleness.reason,
                status=staleness.status,
                failed=sources.c.failed + 1,
                **scheduled(schedule),
            )
        )

    def _settle_home(self) -> None:
        """Where the site is on another host now, other pages are listed: each is looked at again."""
        home, before = home_of(self._connection), self._locating.home
        self._locating.home = home
        if home.host != before.host:
            numbers = self._connection.scalars(select(posts.c.number).where(posts.c.out == 1)).all()
            self._revisit(numbers, lambda row: (row.digest, row.links))

    def _sources(self) -> dict[str, int]:
        return {row[0]: row[1] for row in self._connection.execute(select(sources.c.name, sources.c.position))}

    def _add_source(self, name: str, position: int) -> None:
        self._connection.execute(
            insert(sources).values(name=name, position=position, facts="", context="", stale="", held="")
        )

    def _redigest(self, source: str) -> None:
        """Give every post of a source the digest of its present context; bodies under a deadline become due again."""
        context_digest = self._contexts[source][1]
        numbers = self._connection.scalars(
            select(files.c.post).where(files.c.source == source, files.c.post.isnot(None))
        ).all()
        self._revisit(numbers, lambda row: (digest_of(row.content, row.guid, context_digest, row.links), row.links))

    # -- time ----------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Look again at each post whose time came since we last looked, or is ahead again after a step of the clock."""
        now = micros(self._now)
        early, late = sorted((self._marks["advanced_to"] or now, now))
        self._locating.advance(early, late)  # first: it has to see what is news and expires at once
        crossed = {
            number
            for column in (posts.c.goes_live, posts.c.expires)
            for number in self._connection.scalars(select(posts.c.number).where(column > early, column <= late))
        }
        self._revisit(sorted(crossed), lambda row: (row.digest, row.links))

    def _relink(self) -> None:
        """Give posts another digest where a post whose URL they show has another now, or is there no more."""
        for states in self._linking.states():
            stored = self._connection.execute(_LINKS, {"numbers": list(states)})
            stale = [row.number for row in stored if row.links != states[row.number]]
            self._revisit(stale, functools.partial(self._linked, states))

    def _linked(self, states: Mapping[int, str], row: Columns) -> tuple[str, str]:
        links = states[row.number]
        return digest_of(row.content, row.guid, self._contexts[row.source][1], links), links

    def _revisit(self, numbers: Iterable[int], digests: Callable[[Columns], tuple[str, str]]) -> None:
        """Settle stored posts again, under the digests (of the entry, of its links) they are to have."""
        for chunk in chunked(numbers):
            rows = self._settling.full(chunk)
            self._settling.settle(rows, [self._settling.restored(row, *digests(row)) for row in rows])

    # -- posts ---------------------------------------------------------------------------------------------------

    def scan(self, source: str, changes: Iterable[Change]) -> None:
        """Take in what a scan yields, in batches: memory is that of a batch, whatever the size of the source."""
        first = self._connection.execute(_ANY_FILE, {"source": source}).first() is None
        rebuilt = self._identities.open(source)
        for batch in chunked(changes):
            taken = {change.locator: change for change in map(addressable, batch)}
            self._take(source, taken, first=first, rebuilt=rebuilt)
        if rebuilt:
            self._succeed(source)

    def _succeed(self, source: str) -> None:
        """Files that went while there was no index: who has taken over the URL takes over the id, as in one scan."""
        orphans = self._identities.orphans(source)
        self._settling.vanish({row.url: row.id for row in orphans})
        for chunk in chunked(orphans):
            urls = [row.url for row in chunk]
            heirs = select(posts.c.number).where(posts.c.url.in_(urls), posts.c.visible == 1)
            heirs = heirs.where(posts.c.guid == posts.c.source_id)
            self._revisit(self._connection.scalars(heirs).all(), lambda row: (row.digest, row.links))
            self._identities.leave(source, [row.locator for row in chunk])

    def render(self, number: int, digest: str, rendering: Rendered, problems: Sequence[Problem]) -> bool:
        """Keep a body rendered under a deadline; False where the post is no longer what ``digest`` says."""
        row = next(iter(self._settling.full([number])), None)
        if row is None or row.digest != digest:
            return False
        fresh = digest_of(row.content, row.guid, self._contexts[row.source][1], row.links, *rendering)
        self._revisit([number], lambda row: (fresh, row.links))
        values = {"post": number, "digest": fresh, "html": rendering.html, "summary": rendering.summary}
        self._connection.execute(
            insert(rendered).values(values).on_conflict_do_update(index_elements=["post"], set_=values)
        )
        self.findings.replace("render", row.source, {row.locator: problems})
        return True

    def _take(self, source: str, changes: Mapping[str, Change], *, first: bool, rebuilt: bool) -> None:
        """Take in a batch. In the ``first`` scan of a source nothing is known before: each locator comes once."""
        rows = () if first else self._connection.execute(_KNOWN, {"source": source, "locators": list(changes)}).all()
        known, old = {row.file for row in rows}, {row.file: row for row in rows if row.number is not None}
        gone = [locator for locator, change in changes.items() if isinstance(change, Drop) and locator in known]
        readings, rejects = read(changes.values())
        drafts, notes = self._drafting.draft(source, readings, old, first=first, rebuilt=rebuilt)
        self._replace(source, [old[locator] for locator in gone if locator in old], drafts, old)
        if not first:
            self.findings.replace("identity", source, {draft.locator: notes.get(draft.locator, ()) for draft in drafts})
            self._moving.arrived(draft for draft in drafts if draft.locator not in old)
            self._succession.hand_over([old[locator] for locator in gone if locator in old])
        kept: dict[str, tuple[str, int | None]] = {
            draft.locator: (draft.reading.fingerprint, draft.number) for draft in drafts
        }
        for reject in rejects:
            last_good = old.get(reject.locator)
            kept[reject.locator] = reject.fingerprint, None if last_good is None else last_good.number
        self._keep_files(source, kept, gone)
        self._identities.leave(source, gone)
        # In a first scan what has no problems had none before.
        found = {reading.locator: reading.problems for reading in readings if reading.lines or not first}
        self.findings.replace("file", source, found | {reject.locator: reject.problems for reject in rejects})
        self.findings.forget(source, gone)
        self.tally.put += len(readings)
        self.tally.rejected += len(rejects)
        self.tally.dropped += len(gone)
        self.tally.left.update(old[locator].guid for locator in gone if locator in old and old[locator].live)

    def _replace(
        self,
        source: str,
        leaving: list[Columns],
        drafts: Sequence[Draft],
        old: Mapping[str, Columns],
    ) -> None:
        """Settle what is really new; other files were merely touched, or are good again: we have what they say."""
        fresh = [draft for draft in drafts if draft.locator not in old or old[draft.locator].content != draft.content]
        changing = [old[draft.locator] for draft in fresh if draft.locator in old]
        self._settling.depart(leaving)
        self._settling.settle(leaving + changing, fresh)
        self._keep_texts(fresh)
        self._linking.moved(row.locator for row in leaving)
        self._linking.moved(draft.locator for draft in fresh if moves(old.get(draft.locator), draft))
        self._linking.forget(row.number for row in leaving + changing)
        self._linking.mention((draft.number, draft.reading.mentions) for draft in fresh)
        # What is new and has a page joins its translations as that page is located.
        self._linking.translated(draft.reading.translation for draft in fresh if draft.locator in old)
        self.findings.replace("render", source, {draft.locator: () for draft in fresh if draft.locator in old})

    def pin(self, pins: Mapping[int, Pin]) -> None:
        """Posts, by number, keep ids and dates of a feed of before, now and when their files are read again."""
        self._succession.pin(pins)

    def alias_feed(self, path: str, target: str) -> None:
        """A feed of before was at a path (decoded); ``target``, the path of a document of ours, is what it is now."""
        self._state.alias_feed(path, target)
        self._connection.execute(insert(feed_aliases).values(path=path, target=target).prefix_with("OR REPLACE"))

    def _keep_texts(self, drafts: Sequence[Draft]) -> None:
        """The source of every post that may be published; what is hidden is not kept."""
        kept = [(draft.number, draft.reading.body) for draft in drafts if not draft.reading.hidden]
        hidden = [draft.number for draft in drafts if draft.reading.hidden]
        if kept:
            put(self._connection, "texts", ("post", "body"), kept, _NEW_TEXT)
        if hidden:
            self._connection.execute(delete(texts).where(texts.c.post.in_(hidden)))

    def _keep_files(self, source: str, kept: Mapping[str, tuple[str, int | None]], gone: Sequence[str]) -> None:
        """What the next scan compares with. A rejected version is known too, so that it is read only once."""
        if kept:
            rows = [(source, locator, *said) for locator, said in sorted(kept.items())]
            put(self._connection, "files", ("source", "locator", "fingerprint", "post"), rows, _NEW_FILE)
        if gone:
            self._connection.execute(delete(files).where(files.c.source == source, files.c.locator.in_(gone)))


_KNOWN = (
    select(
        files.c.locator.label("file"),
        *(
            posts.c[name]
            for name in (
                *("number", "source", "locator", "source_id", "guid", "url", "canonical", "published", "last_change"),
                *("hidden", "visible", "live", "out", "content", "digest", "placed"),
            )
        ),
    )
    .select_from(files.outerjoin(posts, posts.c.number == files.c.post))
    .where(files.c.source == bindparam("source"), files.c.locator.in_(bindparam("locators", expanding=True)))
)
_LINKS = select(posts.c.number, posts.c.links).where(posts.c.number.in_(bindparam("numbers", expanding=True)))
_ANY_FILE = select(files.c.locator).where(files.c.source == bindparam("source")).limit(1)
_NEW_TEXT = "ON CONFLICT (post) DO UPDATE SET body = excluded.body"
_NEW_FILE = """ON CONFLICT (source, locator)
DO UPDATE SET fingerprint = excluded.fingerprint, post = excluded.post"""
_MARK = update(meta).where(meta.c.key == bindparam("k")).values(value=bindparam("v"))
