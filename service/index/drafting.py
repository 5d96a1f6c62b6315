"""What a source says of posts, as drafts: numbered, dated where it gives no date (C-18), under the id each is to have.

A post that moved keeps its id (C-42), one that was imported what is pinned to it, and in an index that is made anew
each has what it had. Stores nothing in the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from service.errors import Problem
from service.index.drafts import Draft, draft, has_to_be_dated
from service.index.identities import Identities
from service.index.moving import Moving, changed
from service.index.pinning import Pinning, dated
from service.index.reading import Reading
from service.index.records import Columns, micros
from service.index.settling import Contexts
from service.index.state import StateEdit
from service.index.state_schema import Past

Notes = dict[str, tuple[Problem, ...]]
"""By locator, what is to be said of posts that have another id than before."""


class Drafting:
    """Within one write transaction at ``now``. ``next_post`` is the number of the next new post."""

    def __init__(
        self,
        remembered: StateEdit,
        identities: Identities,
        moving: Moving,
        pinning: Pinning,
        contexts: Contexts,
        next_post: int,
        now: datetime,
    ) -> None:
        self.next_post = next_post
        self._state = remembered
        self._identities = identities
        self._moving = moving
        self._pinning = pinning
        self._contexts = contexts
        self._now = now

    def draft(
        self, source: str, readings: Sequence[Reading], old: Mapping[str, Columns], *, first: bool, rebuilt: bool
    ) -> tuple[list[Draft], Notes]:
        """Posts of which some are ``old``, by locator. In the ``first`` scan of a source none is; in a ``rebuilt``
        index none is judged anew: what happened to it is known."""
        context, context_digest = self._contexts[source]
        new = [reading for reading in readings if reading.locator not in old]
        pins = self._pinning.of(readings, old)
        ids = self._identities.of(source, new, pins, rebuilt=rebuilt)
        if rebuilt:  # whose URL it is now need not be whose id it is
            pins = {
                reading.locator: pin
                for reading in readings
                if (pin := pins.get(reading.locator)) is not None
                and (reading.explicit_id or ids.get(reading.locator, reading.id) == pin.id)
            }
        unknown = [] if rebuilt else [reading for reading in new if reading.locator not in ids]
        judged = [] if rebuilt else [reading for reading in readings if reading.locator not in ids]
        past = self._moving.arriving(judged, old, first=first)
        for reading in judged:
            was = past.get(reading.locator)
            if was and reading.locator not in pins and (pin := self._pinning.follow(was.id, reading.key)):
                pins[reading.locator] = pin
        kept, apart = self._identities.at(unknown), self._identities.apart(unknown)
        if pins:
            readings = [dated(reading, pins.get(reading.locator)) for reading in readings]
        now, seen = micros(self._now), micros(self._now.replace(microsecond=0))
        dates = self._state.first_seen([reading.id for reading in readings if has_to_be_dated(reading)], seen)
        drafts, notes = list[Draft](), Notes()
        if not (old or pins or ids or past or kept or apart):  # each is new, under the id that its file says
            for number, reading in enumerate(readings, self.next_post):
                first_seen = dates[reading.id] if has_to_be_dated(reading) else 0
                drafts.append(draft(reading, source, number, first_seen, context, context_digest, now))
            self.next_post += len(drafts)
            return drafts, notes
        for reading in readings:
            known, was, said = old.get(reading.locator), past.get(reading.locator), reading.id
            if known is None:
                number = self.next_post
                self.next_post += 1
                guid = kept.get(reading.url) or (was.id if was else apart.get(reading.locator, said))
            else:
                number, guid = known.number, known.guid if self._goes_on(known, reading) else said
            pin = pins.get(reading.locator)
            guid = said if reading.explicit_id else ids.get(reading.locator) or (pin.id if pin else guid)
            first_seen = dates[said] if has_to_be_dated(reading) else 0
            made = draft(reading, source, number, first_seen, context, context_digest, now)
            drafts.append(made if guid == said else made.under(guid, context_digest))
            if was is not None and (known is None or known.content != made.content):  # else it was merely touched
                self._moving.inherit(was, drafts[-1])
            if (before := _before(known, was, guid)) != guid:
                notes[reading.locator] = (changed(reading.locator, before, guid),)
        return drafts, notes

    def _goes_on(self, known: Columns, reading: Reading) -> bool:
        """Whether a file has the post it had, although its id, which hangs on its permalink, may be another now.

        The same date, or the same title and body, and the same site: one that moves to another host, such as from the
        address it was tried out at, has ids of its own there.
        """
        if known.source_id == reading.id:
            return True
        if known.url == reading.url or urlsplit(known.url).netloc != urlsplit(reading.url).netloc:
            return False
        return reading.published == known.published or self._moving.alike(known, reading)


def _before(known: Columns | None, was: Past | None, guid: str) -> str:
    """The id that readers know the post by so far."""
    if known is not None and known.live:
        return str(known.guid)
    return was.id if was else guid
