"""The tables of ``state.db`` and their rows. :mod:`service.index.state` opens it and says what may stand here.

A table that an earlier release did not have is added as the file is opened; the columns of a table stay what they are.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

facts = Table("facts", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))
first_seen = Table(
    "first_seen", metadata, Column("id", String, primary_key=True), Column("at", Integer, nullable=False)
)
terms = Table(
    "terms",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("slug", String, nullable=False),
    Column("label", String, nullable=False),
)
identities = Table(
    "identities",
    metadata,
    Column("source", String, primary_key=True),
    Column("locator", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("said", String, nullable=False),
    Column("id", String, nullable=False),
    Column("left", Integer),
    Index("identities_url", "url"),
    Index("identities_id", "id"),
)
"""Posts that have another id than their file says (``said``): renamed, imported, or in the place of another. ``left``:
seconds at which the file went; what its URL was called is known still. Kept by :mod:`service.index.identities`."""
shards = Table(
    "shards",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("published", Integer, nullable=False),
    Column("guid", String, nullable=False),
)
"""Where the shards of the sitemap begin (``service.index.schema.shards``), so that a rebuilt index cuts alike."""
departed = Table(
    "departed",
    metadata,
    Column("key", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("id", String, nullable=False),
    Column("likeness", String, nullable=False),
    Column("published", Integer, nullable=False),
    Column("at", Integer, nullable=False),
    Index("departed_id", "id"),
    Index("departed_likeness", "likeness"),
    Index("departed_at", "at"),
)
"""Pages that were out and are no more, by the key of their URL (``addresses.key_of``): what a new post may turn out to
be, and what answers 410 meanwhile. ``at`` has seconds."""
aliases = Table(
    "aliases",
    metadata,
    Column("key", String, primary_key=True),
    Column("id", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("aliases_id", "id"),
    Index("aliases_at", "at"),
)
"""Former URLs of posts, by key, and the id of the post whose URL each was."""
pins = Table(
    "pins",
    metadata,
    Column("key", String, primary_key=True),
    Column("id", String, nullable=False),
    Column("published", Integer),
    Column("said", Integer),
    Column("feed", Text, nullable=False),
    Index("pins_id", "id"),
)
"""By the key of a post's URL, the id and the date under which readers know it from a feed of before. ``said``: what its
source said of the date then; another date now is the author's later word."""
former_files = Table(
    "former_files",
    metadata,
    Column("source", String, primary_key=True),
    Column("locator", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("id", String, nullable=False),
    Column("at", Integer, nullable=False),
    Index("former_files_id", "id"),
    Index("former_files_at", "at"),
)
"""Files (or an upstream's items) whose post was out and left them, with its URL and id then: removed, hidden, or in
another file since. For people who ask what became of one; nothing that is served depends on it. ``at`` has seconds."""
feed_aliases = Table(
    "feed_aliases",
    metadata,
    Column("path", String, primary_key=True),
    Column("target", String, nullable=False),
)
"""Paths of imported feeds, decoded, and the canonical path of what answers there now."""


class Past(NamedTuple):
    """A page that was out and left."""

    key: str
    url: str
    id: str
    likeness: str
    published: int


class FormerFile(NamedTuple):
    """A file whose post was out, under this URL and id, and left it at ``at`` (seconds)."""

    source: str
    locator: str
    url: str
    id: str
    at: int


class Pin(NamedTuple):
    """An id, and a date where it is another than the source's, that a post keeps from the feed named ``feed``."""

    key: str
    id: str
    published: int | None
    said: int | None
    feed: str


class Term(NamedTuple):
    """A term that has a slug, and the label it had when it got it."""

    kind: str
    key: str
    slug: str
    label: str


class Cut(NamedTuple):
    """A shard of the sitemap, and the date (microseconds) and id where it begins."""

    number: int
    published: int
    guid: str
