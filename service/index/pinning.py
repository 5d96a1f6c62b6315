"""Ids and dates that posts keep from a feed of before, within one write transaction.

A pin belongs to a post's URL and follows the post to another. An id that the author wrote wins over it, and so does a
date that is another than when it was pinned. Refuses to find out which post an entry of a feed is
(:mod:`service.importing` does).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.index import state_schema
from service.index.addresses import key_of
from service.index.drafts import Draft, digest_of
from service.index.reading import DIGEST_LENGTH, Reading, stored
from service.index.records import Columns, moment_of
from service.index.state import StateEdit
from service.index.state_schema import Pin
from service.sources.source import FIELDS


class Pinning:
    """What is pinned, asked for as posts pass by."""

    def __init__(self, remembered: StateEdit) -> None:
        self._state = remembered
        self._some = remembered.some(state_schema.pins)

    def of(self, readings: Sequence[Reading], old: Mapping[str, Columns]) -> dict[str, Pin]:
        """The pins of posts, by locator: of their URLs, or of the ids they had under others."""
        if not self._some:
            return {}
        by_key = {
            pin.key: pin for pin in self._state.pinned(state_schema.pins.c.key, [r.key for r in readings if r.key])
        }
        known = [old[reading.locator].guid for reading in readings if reading.locator in old]
        by_id = {pin.id: pin for pin in self._state.pinned(state_schema.pins.c.id, known)}
        found: dict[str, Pin] = {}
        for reading in readings:
            pin = by_key.get(reading.key or "")
            row = old.get(reading.locator)
            if pin is None and row is not None and reading.key:
                pin = by_id.get(row.guid)
                if pin is not None and pin.key != (key_of(row.url) or row.url):
                    pin = None  # that of another post with the same id
                if pin is not None:
                    self._state.repin(pin, reading.key)
            if pin is not None:
                found[reading.locator] = pin
        return found

    def follow(self, id_: str, key: str | None) -> Pin | None:
        """The pin of a post that has another URL now."""
        pins = self._state.pinned(state_schema.pins.c.id, [id_]) if self._some and key else ()
        for pin in pins:
            self._state.repin(pin, key or "")
            return pin
        return None


def dated(reading: Reading, pin: Pin | None) -> Reading:
    """A post under its pinned date, where its source says of the date what it said then."""
    if pin is None or pin.published is None or pin.said != reading.published:
        return reading
    fields = replace(FIELDS.validate_json(reading.fields), published=moment_of(pin.published))
    json = FIELDS.dump_json(fields, exclude_defaults=True).decode()
    return stored(json, reading.locator)._replace(
        id=reading.id,
        fingerprint=reading.fingerprint,
        lines=reading.lines,
        state=pinned_content(reading.state, pin.published),
        body=reading.body,
        mentions=reading.mentions,
        likeness=reading.likeness,
    )


def redated(draft: Draft, pin: Pin | None, context_digest: str) -> Draft:
    """The same of a post that is stored already; whether it is out then is judged anew by whoever settles it."""
    reading = dated(draft.reading, pin)
    if reading is draft.reading or pin is None or pin.published is None:
        return draft
    content = pinned_content(draft.content, pin.published)
    return draft._replace(
        reading=reading,
        published=pin.published,
        last_change=max(pin.published, reading.updated or pin.published),
        content=content,
        digest=digest_of(content, draft.guid, context_digest, draft.links),
    )


def pinned_content(content: str, published: int) -> str:
    """A digest of what an author wrote, and of the date in the place of theirs."""
    return hashlib.sha256(f"{content} pinned {published}".encode()).hexdigest()[:DIGEST_LENGTH]
