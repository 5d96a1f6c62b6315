"""Stored posts that become other ones within a write transaction: heirs of posts that left, and what is pinned.

Who is whose heir is found by :mod:`service.index.moving`, what is pinned is kept by :mod:`service.index.pinning`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.index.chunks import chunked
from service.index.drafts import Draft, undated_content
from service.index.findings import Findings
from service.index.moving import Heir, Moving, changed
from service.index.pinning import Pinning, redated
from service.index.records import Columns
from service.index.settling import Contexts, Settling
from service.index.state import StateEdit
from service.index.state_schema import Pin


class Succession:
    """What one transaction makes of posts that it has settled already."""

    def __init__(
        self,
        remembered: StateEdit,
        moving: Moving,
        pinning: Pinning,
        settling: Settling,
        contexts: Contexts,
        findings: Findings,
    ) -> None:
        self._state = remembered
        self._moving = moving
        self._pinning = pinning
        self._settling = settling
        self._contexts = contexts
        self._findings = findings

    def hand_over(self, left: Sequence[Columns]) -> None:
        """Posts that just left go on as what they turned into (C-42)."""
        for heir in self._moving.heirs(left):
            for row in self._settling.full([heir.number]):
                made = self._settling.restored(row, row.digest, row.links)
                if heir.takes and not made.reading.explicit_id:
                    self._take_over(row, made, heir)
                    continue
                self._moving.inherit(heir.past, made)
                if made.guid != heir.past.id:
                    note = changed(row.locator, heir.past.id, row.guid)
                    self._findings.replace("identity", row.source, {row.locator: (note,)})

    def _take_over(self, row: Columns, made: Draft, heir: Heir) -> None:
        """A post that nobody has seen yet gets the id of the one it was, and its date where neither file gives one."""
        if heir.undated:
            self._state.date(row.source_id, heir.past.published)
            last_change = max(heir.past.published, made.reading.updated or heir.past.published)
            content = undated_content(heir.undated, heir.past.published)
            made = made._replace(published=heir.past.published, last_change=last_change, content=content)
        pin = self._pinning.follow(heir.past.id, made.reading.key)
        made = redated(made, pin, self._contexts[row.source][1])
        self._moving.inherit(heir.past, made._replace(guid=heir.past.id))
        self._settling.settle([row], [self._settling.renamed(made, heir.past.id)])

    def pin(self, pins: Mapping[int, Pin]) -> None:
        """Posts, by number, keep ids and dates of a feed of before, now and when their files are read again."""
        self._state.pin(pins.values())
        for chunk in chunked(pins):
            rows = self._settling.full(chunk)
            drafts = []
            for row in rows:
                made, pin = self._settling.restored(row, row.digest, row.links), pins[row.number]
                made = redated(made, pin, self._contexts[row.source][1])
                drafts.append(made if made.reading.explicit_id else self._settling.renamed(made, pin.id))
            self._settling.settle(rows, drafts)
