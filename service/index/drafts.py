"""From what a source says about a post to what the index stores: digests, dates, terms. Pure."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

from feeds.text import single_line, term_key
from service.index.records import Columns, micros
from service.index.schema import RENDER_REVISION
from service.index.winners import Claim
from service.sources.source import FIELDS, Context, Fields, Put
from service.visibility import beside, is_beside, span, visible

_DIGEST_LENGTH: Final = 32
"""Hex digits that are kept: 128 bits, far from a collision among any number of posts."""

Term = tuple[str, str, str]
"""Kind, key, label as this post spells it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A post ready to be stored, except for whether it wins its URL and where it is placed."""

    claim: Claim
    fields: Fields
    json: str
    """``fields`` as they are stored."""
    source_id: str
    visible: bool
    beside: bool
    """Out without being in feeds (:func:`service.visibility.beside`)."""
    language: str
    """Its own, else its source's; "" where neither says."""
    last_change: int
    content: str
    links: str
    digest: str
    terms: tuple[Term, ...]

    @property
    def number(self) -> int:
        return self.claim.number

    @property
    def locator(self) -> str:
        return self.claim.locator

    def values(self) -> dict[str, Any]:
        """Columns of the posts table, ``number``, ``live``, ``out`` and ``placed`` apart."""
        claim, fields = self.claim, self.fields
        start, end = span(fields) if fields.visibility == "public" or is_beside(fields) else (None, None)
        return {
            "source": claim.source,
            "locator": claim.locator,
            "name": PurePosixPath(claim.locator).stem,
            "source_id": self.source_id,
            "guid": claim.guid,
            "url": claim.url,
            "explicit": int(claim.explicit),
            "hidden": int(fields.visibility == "hidden"),
            "deadline": int(fields.treatment == "deadline"),
            "published": claim.published,
            "last_change": self.last_change,
            "goes_live": None if start is None else micros(start),
            "expires": None if end is None else micros(end),
            "visible": int(self.visible),
            "content": self.content,
            "links": self.links,
            "digest": self.digest,
            "fields": self.json,
        }

    def under(self, guid: str, context_digest: str) -> Draft:
        """The same post published under another id."""
        fields = replace(self.fields, id=guid)
        return replace(
            self,
            claim=replace(self.claim, guid=guid),
            fields=fields,
            json=FIELDS.dump_json(fields).decode(),
            digest=digest_of(self.content, guid, context_digest, self.links),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A post as a source just read it, proven to be text that can be stored."""

    put: Put
    json: bytes
    text: bytes

    @classmethod
    def of(cls, put: Put) -> Reading:
        """Raises ValueError where a string holds lone surrogates, which no storage takes."""
        return cls(put, FIELDS.dump_json(put.fields), put.text.encode())

    def draft(
        self, source: str, number: int, first_seen: int, context: Context, context_digest: str, now: datetime
    ) -> Draft:
        """The post under the id its file says. ``first_seen`` (microseconds) dates it where its author did not."""
        fields = self.put.fields
        undated = fields.published is None
        state = hashlib.sha256(self.json)
        state.update(b"%d\0" % first_seen if undated else b"\0")
        state.update(self.text)
        content = state.hexdigest()[:_DIGEST_LENGTH]
        return _draft(
            fields,
            self.json.decode(),
            Claim(
                number=number,
                source=source,
                locator=self.put.locator,
                url=fields.url,
                guid=fields.id,
                explicit=fields.explicit_url,
                published=micros(fields.published) if fields.published else first_seen,
            ),
            source_id=fields.id,
            content=content,
            links="",
            digest=digest_of(content, fields.id, context_digest, ""),
            language=context.language,
            now=now,
        )


def restored(row: Columns, digest: str, links: str, context: Context, now: datetime) -> Draft:
    """A stored post as it stands at ``now``, with the digests it is to have."""
    return _draft(
        FIELDS.validate_json(row.fields),
        row.fields,
        Claim(row.number, row.source, row.locator, row.url, row.guid, bool(row.explicit), row.published),
        source_id=row.source_id,
        content=row.content,
        links=links,
        digest=digest,
        language=context.language,
        now=now,
    )


def _draft(
    fields: Fields,
    json: str,
    claim: Claim,
    *,
    source_id: str,
    content: str,
    links: str,
    digest: str,
    language: str | None,
    now: datetime,
) -> Draft:
    return Draft(
        claim=claim,
        fields=fields,
        json=json,
        source_id=source_id,
        visible=visible(fields, now).now,
        beside=beside(fields, now),
        language=fields.language or language or "",
        last_change=max(claim.published, micros(fields.updated)) if fields.updated else claim.published,
        content=content,
        links=links,
        digest=digest,
        terms=tuple(terms_of(fields, language)),
    )


def digest_of(content: str, guid: str, context_digest: str, links: str, *rendering: str) -> str:
    """A digest of every input of a rendered entry: entries may be kept under it for ever."""
    state = hashlib.sha256()
    for part in (str(RENDER_REVISION), content, guid, context_digest, links, *rendering):
        data = part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.hexdigest()[:_DIGEST_LENGTH]


def terms_of(fields: Fields, language: str | None) -> Iterator[Term]:
    """The channels a post belongs to, each once: the site, its categories, tags, authors and language.

    A post that names no language is in that of its source. Spellings with the same key are one term (C-26).
    """
    yield "site", "", ""
    yield from _distinct("category", fields.categories)
    yield from _distinct("tag", fields.tags)
    yield from _distinct("author", (author.name for author in fields.authors))
    yield from _distinct("language", filter(None, (fields.language or language,)))


def _distinct(kind: str, labels: Iterable[str]) -> Iterator[Term]:
    seen = set()
    for label in labels:
        key, shown = _identity(label)
        if key and key not in seen:
            seen.add(key)
            yield kind, key, shown


@functools.lru_cache(maxsize=16_384)
def _identity(label: str) -> tuple[str, str]:
    """Key and presentable form of a label; kept, because a site says the same few words again and again."""
    return term_key(label), single_line(label)
