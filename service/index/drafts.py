"""From what a source says about a post to what the index stores: number, id, dates, digests. Pure.

What hangs on the post alone is in its :class:`service.index.reading.Reading`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from service.index import reading
from service.index.reading import DIGEST_LENGTH, Reading, Term
from service.index.records import Columns
from service.index.schema import RENDER_REVISION
from service.index.winners import Claim
from service.sources.source import FIELDS, Context, Fields


class Draft(NamedTuple):
    """A post ready to be stored, except for whether it wins its URL and where it is placed."""

    reading: Reading
    number: int
    source: str
    guid: str
    """The id it is published under."""
    published: int
    visible: bool
    beside: bool
    """Out without being in feeds (:func:`service.visibility.beside`)."""
    language: str
    """Its own, else its source's; "" where neither says."""
    last_change: int
    content: str
    links: str
    digest: str

    @property
    def locator(self) -> str:
        return self.reading.locator

    @property
    def url(self) -> str:
        return self.reading.url

    def claim(self, position: int) -> Claim:
        """The post as a claimant of its page and id; its source stands at a ``position`` in the settings."""
        said = self.reading
        claimed = (self.number, self.source, said.locator, said.url, self.guid, said.explicit, self.published)
        return Claim(*claimed, position=position, pages=pages(said.url, said.key, said.canonical))

    @property
    def terms(self) -> tuple[Term, ...]:
        """The channels it belongs to, each once. A post that names no language is in that of its source."""
        return self.reading.terms + _language(self.language)

    def under(self, guid: str, context_digest: str) -> Draft:
        """The same post published under another id."""
        json = FIELDS.dump_json(replace(self.as_fields(), id=guid), exclude_defaults=True).decode()
        return self._replace(
            reading=self.reading._replace(fields=json),
            guid=guid,
            digest=digest_of(self.content, guid, context_digest, self.links),
        )

    def as_fields(self) -> Fields:
        """What its author wrote, with the id it is published under."""
        return FIELDS.validate_json(self.reading.fields)


def draft(
    said: Reading, source: str, number: int, first_seen: int, context: Context, context_digest: str, now: int
) -> Draft:
    """A post under the id its file says. ``first_seen`` dates it where its author did not; both in microseconds."""
    content = said.state
    if said.published is None:
        content = undated_content(content, first_seen)
    digest = digest_of(content, said.id, context_digest, "")
    return _draft(said, number, source, said.id, content, "", digest, first_seen, context, now)


def undated_content(state: str, first_seen: int) -> str:
    """A digest of what an author wrote who gave no date, and of the date that it has."""
    return hashlib.sha256(f"{state} {first_seen}".encode()).hexdigest()[:DIGEST_LENGTH]


def restored(row: Columns, digest: str, links: str, context: Context, now: int) -> Draft:
    """A stored post as it stands at ``now`` (microseconds), with the digests it is to have."""
    said = reading.stored(row.fields, row.locator)._replace(id=row.source_id, likeness=row.likeness)
    return _draft(said, row.number, row.source, row.guid, row.content, links, digest, row.published, context, now)


def _draft(
    said: Reading,
    number: int,
    source: str,
    guid: str,
    content: str,
    links: str,
    digest: str,
    first_seen: int,
    context: Context,
    now: int,
) -> Draft:
    published = first_seen if said.published is None else said.published
    visible, beside = said.shown(now)
    return Draft(
        said,
        number,
        source,
        guid,
        published,
        visible,
        beside,
        said.language or context.language or "",
        published if said.updated is None else max(published, said.updated),
        content,
        links,
        digest,
    )


@functools.lru_cache(maxsize=1024)
def _language(label: str) -> tuple[Term, ...]:
    return tuple(reading.distinct("language", (label,))) if label else ()


def pages(url: str, key: str | None, canonical: str) -> tuple[str, ...]:
    """What a post claims beside its URL and id (:attr:`service.index.winners.Claim.pages`); its own page first."""
    return tuple(dict.fromkeys((key or url, canonical))) if canonical else (key or url,)


def addressed(said: Reading, number: int, former: Sequence[str]) -> list[tuple[str, int, bool]]:
    """The rows of the addresses table for a post that has former URLs with these keys."""
    keys = dict.fromkeys((*said.keys, *former)) if former else said.keys
    return [(key, number, key == said.key) for key in keys]


def digest_of(content: str, guid: str, context_digest: str, links: str, *rendering: str) -> str:
    """A digest of every input of a rendered entry: entries may be kept under it for ever."""
    revision = str(RENDER_REVISION)
    said = (
        f"{len(revision)}:{revision}{len(content)}:{content}{len(guid)}:{guid}"
        f"{len(context_digest)}:{context_digest}{len(links)}:{links}"
    )
    if rendering:
        said += "".join([f"{len(part)}:{part}" for part in rendering])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def has_to_be_dated(reading: Reading) -> bool:
    """A page without a date stays one: nothing orders pages, and the time we first saw it would say nothing."""
    return reading.published is None and not reading.page


def moves(old: Columns | None, draft: Draft) -> bool:
    """Whether links to the file of this post mean something else now."""
    return old is None or (old.url, bool(old.hidden)) != (draft.url, draft.reading.hidden)
