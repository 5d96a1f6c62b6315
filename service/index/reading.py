"""A post as a source just read it, with all that the index derives from the post alone: keys, digest, packed text.

It holds numbers, text and bytes only, so that it may be made in another process and cross to the one that writes. What
hangs on other posts, on what was known before or on the clock is :mod:`service.index.drafts`' business.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator
from json import loads
from typing import Any, Final, NamedTuple

from feeds import sitemap
from feeds.text import single_line, term_key
from service.content.front_matter import split
from service.errors import Level, Problem
from service.index.addresses import key_of
from service.index.mentioning import mentioned
from service.index.records import micros
from service.sources.source import FIELDS, Fields, Put, Reject
from service.visibility import is_beside, span, within

try:
    # A fifth of zlib's time for the same format (bench/RESULTS.md), half of it to unpack.
    from isal.isal_zlib import compress, decompress

    _LEVEL = 0
except ImportError:  # no wheel for this machine
    from zlib import compress, decompress

    _LEVEL = 1

DIGEST_LENGTH: Final = 32
"""Hex digits that are kept: 128 bits, far from a collision among any number of posts."""

_to_json: Final = FIELDS.serializer.to_json
"""``FIELDS.dump_json`` without what its many parameters cost, a third of it."""

Term = tuple[str, str, str]
"""Kind, key, label as this post spells it."""

_SITE: Final[Term] = ("site", "", "")

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
    """:func:`likeness` of a hidden post, whose text nobody keeps; that of any other is told by :attr:`looks`."""
    mentions: tuple[str, ...]
    """Names of files that its text may refer to."""

    @classmethod
    def of(cls, put: Put) -> Reading | Reject:
        """The post; rejected where a string holds lone surrogates, which no storage takes."""
        try:
            json = _to_json(put.fields, exclude_defaults=True)
            text = put.text.encode() if put.encoded is None else put.encoded
        except ValueError:
            return Reject(put.locator, put.fingerprint, (*put.problems, _not_unicode(put)))
        state = hashlib.sha256(json)
        state.update(b"\0")
        state.update(text)
        hidden = put.fields.visibility == "hidden"
        return _reading(
            put.fields,
            json.decode(),
            locator=put.locator,
            fingerprint=put.fingerprint,
            lines=tuple([_columns(problem) for problem in put.problems]) if put.problems else (),
            state=state.hexdigest()[:DIGEST_LENGTH],
            body=b"" if hidden else compress(text, _LEVEL),
            mentions=tuple(sorted(mentioned(put.text))),
            likeness=likeness(put.fields.title, put.text) if hidden else "",
        )

    @classmethod
    def remade(cls, data: tuple[Any, ...]) -> Reading:
        """The same reading from its values."""
        return tuple.__new__(cls, data)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple([Problem(*line) for line in self.lines])

    @property
    def hidden(self) -> bool:
        return self.visibility == "hidden"

    @property
    def looks(self) -> str:
        """Its :func:`likeness`."""
        return self.likeness or (likeness(title_in(self.fields), unpacked(self.body)) if self.body else "")

    def shown(self, now: int) -> tuple[bool, bool]:
        """:func:`service.visibility.shown` of it, at an instant in microseconds."""
        out = within(self.starts, self.ends, now)
        return out and self.public, out and self.beside


def stored(json: str, locator: str) -> Reading:
    """What ``Reading.of`` said of a post whose fields are in the index."""
    return _reading(FIELDS.validate_json(json), json, locator=locator)


def likeness(title: str, text: str) -> str:
    """A digest of what a renamed file has in common with itself: title and body. "" where there is no body.

    Most files stay where they are, so it is made of a stored text when somebody asks.
    """
    body = split(text).body.strip()
    return hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()[:DIGEST_LENGTH] if body else ""


def title_in(json: str) -> str:
    """The title in stored fields."""
    title: str = loads(json).get("title", "")
    return title


def unpacked(body: bytes) -> str:
    """The inverse of what is done to a source text."""
    return decompress(body).decode()


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
    published = None if fields.published is None else micros(fields.published)
    dated = not page or fields.published is not None or fields.updated is not None
    key = key_of(fields.url)
    canonical = fields.canonical and key_of(fields.canonical)
    keys = () if key is None else (key,)
    if fields.aliases:
        keys = tuple(dict.fromkeys([*keys, *[other for other in map(key_of, fields.aliases) if other is not None]]))
    values = (  # by place: to name thirty values takes five times as long
        locator,
        fingerprint,
        _stem(locator),
        lines,
        json,
        state,
        body,
        fields.id,
        fields.url,
        fields.explicit_url,
        fields.visibility,
        page,
        fields.treatment == "deadline",
        published,
        None if fields.updated is None else micros(fields.updated),
        published if start is fields.published else None if start is None else micros(start),
        None if end is None else micros(end),
        fields.visibility == "public",
        beside,
        fields.language or "",
        _terms(fields),
        fields.listed,
        "\n".join(images),
        sitemap.reserved(fields.url, images, dated=dated) if fields.listed else 0,
        fields.translation,
        key,
        keys,
        canonical if canonical and not canonical.endswith("/") else "",
        fields.explicit_id,
        likeness,
        mentions,
    )
    return Reading.remade(values)


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


def _terms(fields: Fields) -> tuple[Term, ...]:
    """The site, and each category, tag and author once. Spellings with the same key are one term (C-26)."""
    return (
        _SITE,
        *_few("category", fields.categories),
        *(distinct("tag", fields.tags) if fields.tags else ()),
        *_few("author", tuple([author.name for author in fields.authors])),
    )


@functools.lru_cache(maxsize=1024)
def _few(kind: str, labels: tuple[str, ...]) -> tuple[Term, ...]:
    """:func:`distinct`, kept: many posts have the same categories, and the same authors."""
    return tuple(distinct(kind, labels))


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
