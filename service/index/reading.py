"""A post as a source just read it, with all that the index derives from the post alone: keys, digest, packed text.

It holds numbers, text and bytes only, so that it may be made in another process and cross to the one that writes. What
hangs on other posts, on what was known before or on the clock is :mod:`service.index.drafts`' business.
"""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from feeds import sitemap
from feeds.text import single_line, term_key
from service.content.front_matter import split
from service.errors import Level, Problem
from service.index.addresses import key_of
from service.index.linking import mentioned
from service.index.records import micros
from service.sources.source import FIELDS, Fields, Put, Reject
from service.visibility import is_beside, span, within

try:
    from isal.isal_zlib import compress  # two fifths of zlib's time for the same format and size (bench/RESULTS.md)
except ImportError:  # no wheel for this machine
    from zlib import compress

DIGEST_LENGTH: Final = 32
"""Hex digits that are kept: 128 bits, far from a collision among any number of posts."""

_LEVEL: Final = 1
_SOME_DATE: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What a date weighs in a sitemap hangs on no date."""

Term = tuple[str, str, str]
"""Kind, key, label as this post spells it."""

_Line = tuple[str, int, int, Level, str, str, str]


class Reading(NamedTuple):
    """One post. Moments are microseconds since 1970; None: not said, or no bound."""

    locator: str
    fingerprint: str
    name: str
    """The file's, without folders and extension."""
    lines: tuple[_Line, ...]
    """The columns of its problems."""
    fields: str
    """:class:`Fields` as they are stored."""
    state: str
    """A digest of fields and text."""
    body: bytes
    """The source text, packed; b"" where the post is hidden, or was read from the index itself."""
    id: str
    url: str
    explicit: bool
    visibility: str
    page: bool
    deadline: bool
    published: int | None
    updated: int | None
    starts: int | None
    """From when to when it is out, where it ever is."""
    ends: int | None
    public: bool
    beside: bool
    """Of the kind that is published without being in feeds."""
    language: str
    terms: tuple[Term, ...]
    """The channels it says it belongs to, language apart: that of its source stands in where it names none."""
    listed: bool
    images: str
    """URLs, a line each."""
    weight: int
    """What its page weighs in a sitemap."""
    translation: str
    key: str | None
    """Of its URL (``addresses.key_of``)."""
    keys: tuple[str, ...]
    """Of its URL and its former ones."""
    canonical: str
    """The key of the page it is a copy of; "" where it names none, or the front page of a site, which is no post's."""
    explicit_id: bool
    likeness: str
    """A digest of what a renamed file has in common with itself: title and body. "" where there is no body."""
    mentions: tuple[str, ...]
    """Names of files that its text may refer to."""

    @classmethod
    def of(cls, put: Put) -> Reading | Reject:
        """The post; rejected where a string holds lone surrogates, which no storage takes."""
        try:
            json, text = FIELDS.dump_json(put.fields, exclude_defaults=True), put.text.encode()
        except ValueError:
            return Reject(put.locator, put.fingerprint, (*put.problems, _not_unicode(put)))
        state = hashlib.sha256(json)
        state.update(b"\0")
        state.update(text)
        hidden = put.fields.visibility == "hidden"
        body = split(put.text).body.strip()
        return _reading(
            put.fields,
            json.decode(),
            locator=put.locator,
            fingerprint=put.fingerprint,
            lines=tuple([_columns(problem) for problem in put.problems]),
            state=state.hexdigest()[:DIGEST_LENGTH],
            body=b"" if hidden else compress(text, _LEVEL),
            mentions=tuple(sorted(mentioned(put.text))),
            likeness=hashlib.sha256(f"{put.fields.title}\0{body}".encode()).hexdigest()[:DIGEST_LENGTH] if body else "",
        )

    @classmethod
    def remade(cls, data: tuple[Any, ...]) -> Reading:
        """The same reading from its values."""
        return cls._make(data)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple([Problem(*line) for line in self.lines])

    @property
    def hidden(self) -> bool:
        return self.visibility == "hidden"

    def shown(self, now: int) -> tuple[bool, bool]:
        """:func:`service.visibility.shown` of it, at an instant in microseconds."""
        out = within(self.starts, self.ends, now)
        return out and self.public, out and self.beside


def stored(json: str, locator: str) -> Reading:
    """What ``Reading.of`` said of a post whose fields are in the index."""
    return _reading(FIELDS.validate_json(json), json, locator=locator)


def unpacked(body: bytes) -> str:
    """The inverse of what is done to a source text."""
    return zlib.decompress(body).decode()


def _reading(
    fields: Fields,
    json: str,
    *,
    locator: str,
    fingerprint: str = "",
    lines: tuple[_Line, ...] = (),
    state: str = "",
    body: bytes = b"",
    mentions: tuple[str, ...] = (),
    likeness: str = "",
) -> Reading:
    beside = is_beside(fields)
    start, end = span(fields) if beside or fields.visibility == "public" else (None, None)
    page = fields.collection == "pages"
    images = tuple(dict.fromkeys([image.url for image in fields.images])) if fields.images else ()
    lastmod = None if page and fields.published is None and fields.updated is None else _SOME_DATE
    key = key_of(fields.url)
    canonical = fields.canonical and key_of(fields.canonical)
    others = [other for other in map(key_of, fields.aliases) if other is not None] if fields.aliases else ()
    return Reading(
        locator=locator,
        fingerprint=fingerprint,
        name=_stem(locator),
        lines=lines,
        fields=json,
        state=state,
        body=body,
        id=fields.id,
        url=fields.url,
        explicit=fields.explicit_url,
        visibility=fields.visibility,
        page=page,
        deadline=fields.treatment == "deadline",
        published=None if fields.published is None else micros(fields.published),
        updated=None if fields.updated is None else micros(fields.updated),
        starts=None if start is None else micros(start),
        ends=None if end is None else micros(end),
        public=fields.visibility == "public",
        beside=beside,
        language=fields.language or "",
        terms=tuple(_terms(fields)),
        listed=fields.listed,
        images="\n".join(images),
        weight=sitemap.weight(sitemap.Location(fields.url, lastmod, images)) if fields.listed else 0,
        translation=fields.translation,
        key=key,
        keys=tuple(dict.fromkeys([key, *others] if key is not None else others)),
        canonical=canonical if canonical and not canonical.endswith("/") else "",
        explicit_id=fields.explicit_id,
        likeness=likeness,
        mentions=mentions,
    )


def _not_unicode(put: Put) -> Problem:
    return Problem(
        path=put.locator,
        line=0,
        column=0,
        level="error",
        code="encoding-invalid",
        message="holds half of a surrogate pair, which is not text",
        hint="write the character itself instead of \\ud800-like escapes",
    )


def _stem(locator: str) -> str:
    """The file's name as ``PurePath.stem`` has it."""
    name = locator.rpartition("/")[2]
    dot = name.rfind(".")
    return name[:dot] if 0 < dot < len(name) - 1 else name


def _columns(problem: Problem) -> _Line:
    return (
        problem.path,
        problem.line,
        problem.column,
        problem.level,
        problem.code,
        problem.message,
        problem.hint,
    )


def _terms(fields: Fields) -> Iterator[Term]:
    """The site, and each category, tag and author once. Spellings with the same key are one term (C-26)."""
    yield "site", "", ""
    yield from distinct("category", fields.categories)
    yield from distinct("tag", fields.tags)
    yield from distinct("author", [author.name for author in fields.authors])


def distinct(kind: str, labels: Iterable[str]) -> Iterator[Term]:
    """The terms that labels name, each once, as they are first spelled."""
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
