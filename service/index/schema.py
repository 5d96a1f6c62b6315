"""The tables of ``index.db``, and nothing about how they are used.

Times are whole microseconds since 1970 (``changed_at``: seconds, the granularity of HTTP dates), because SQLite has
no date type and integers sort. What an author wrote is JSON of :data:`service.sources.source.FIELDS`.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

APPLICATION_ID: Final = 0x4665654D
"""``FeeM``: tells our file from another program's (SQLite's ``application_id``)."""

SCHEMA_VERSION: Final = 11
"""SQLite's ``user_version``. A file of another version is put aside and rebuilt from content, never migrated."""

PAGE: Final = 8192
"""Bytes of a page: a post's row takes 2 KB or more, so that a page of SQLite's 4,096 is left half empty (a first scan
takes 0.87 of the processor time with these, the file is a seventh smaller)."""

RENDER_REVISION: Final = 2
"""Part of every post's digest: bump it when a release renders a stored body or its fields to other bytes."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Counters and marks: ``revision``, ``next_post``, ``next_term``, ``advanced_to``,
``render_revision``, ``shape``."""

sources = Table(
    "sources",
    metadata,
    Column("name", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("facts", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("scanned_at", Integer),
    Column("stale", Text, nullable=False),
    Column("held", Text, nullable=False),
    Column("stale_since", Integer),
    Column("reason", String, nullable=False, default=""),
    Column("status", Integer, nullable=False, default=0),
    Column("refreshed", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("memory", Text, nullable=False, default=""),
    Column("attempted_at", Integer),
    Column("next_pull", Integer),
    Column("not_before", Integer),
    Column("failures", Integer, nullable=False, default=0),
    sqlite_with_rowid=False,
)
"""``stale`` is why the last scan or pull failed, in a line, ``reason`` and ``status`` the same as a code and an HTTP
status, ``stale_since`` when it began. ``refreshed`` and ``failed`` count scans and pulls. From ``memory`` on: what is
remembered of asking a remote source (``records.Schedule``)."""

files = Table(
    "files",
    metadata,
    Column("source", String, primary_key=True),
    Column("locator", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("post", Integer),
    sqlite_with_rowid=False,
)
"""What a scan compares with. Apart from posts, so that reading 100,000 fingerprints touches no fields; a file without
a post was rejected before it was ever published."""

posts = Table(
    "posts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("source", String, nullable=False),
    Column("locator", String, nullable=False),
    Column("name", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("guid", String, nullable=False),
    Column("url", String, nullable=False),
    Column("canonical", String, nullable=False),
    Column("explicit", Integer, nullable=False),
    Column("hidden", Integer, nullable=False),
    Column("deadline", Integer, nullable=False),
    Column("published", Integer, nullable=False),
    Column("last_change", Integer, nullable=False),
    Column("goes_live", Integer),
    Column("expires", Integer),
    Column("visible", Integer, nullable=False),
    Column("live", Integer, nullable=False),
    Column("out", Integer, nullable=False),
    Column("likeness", String, nullable=False),
    Column("content", String, nullable=False),
    Column("links", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("placed", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Index("posts_name", "name"),
    Index("posts_url", "url"),
    Index("posts_guid", "guid"),
    Index("posts_canonical", "canonical", sqlite_where=Column("canonical") != ""),
    Index("posts_goes_live", "goes_live", sqlite_where=Column("goes_live").isnot(None)),
    Index("posts_expires", "expires", sqlite_where=Column("expires").isnot(None)),
    Index("posts_deadline", "deadline", sqlite_where=Column("deadline") == 1),
    Index("posts_beside", "source", "out", "visible", "locator", "live", sqlite_where=Column("live") == 0),
)
"""``visible``: its author and the clock want it in feeds. ``live``: visible, and no better post claims its URL or id.
``out``: its page may be spoken of: live, or a page or document beside the feeds whose time has come.
``source_id`` is the id its file says, ``guid`` the one it is published under. ``canonical`` is the key of the page it
is a copy of; ``likeness`` digests what a renamed file keeps, where no text is kept that tells it (an index of an
earlier release has it of every post). ``content`` digests what the author wrote, ``links`` the URLs of the files it
mentions, ``digest`` every input of a rendered entry. ``placed`` lists the terms under which placements holds it."""

mentions = Table(
    "mentions",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Index("mentions_name", "name"),
    sqlite_with_rowid=False,
)
"""Names of files that a post's text may refer to."""

texts = Table(
    "texts",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""Source texts (zlib), apart so that reading posts stays cheap."""

rendered = Table(
    "rendered",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),
    Column("html", Text, nullable=False),
    Column("summary", Text, nullable=False),
)
"""Bodies that may only be rendered under a deadline, as the worker rendered them."""

terms = Table(
    "terms",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("slug", String),
    Column("label", String, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("newest", Integer),
    Column("revision", Integer, nullable=False),
    Column("changed_at", Integer, nullable=False),
    UniqueConstraint("kind", "key"),
    UniqueConstraint("kind", "slug"),
    Index("terms_revision", "revision"),
    Index("terms_waiting", "kind", "key", sqlite_where=Column("slug").is_(None)),
)
"""Channels. The whole site is one, of kind ``site``. Without a slug: beyond the limit, no channel of its own (C-24)."""

placements = Table(
    "placements",
    metadata,
    Column("term", Integer, primary_key=True, autoincrement=False),
    Column("published", Integer, primary_key=True, autoincrement=False),
    Column("guid", String, primary_key=True),
    Column("post", Integer, nullable=False),
    Column("digest", String, nullable=False),
    Column("last_change", Integer, nullable=False),
    Column("label", String, nullable=False),
    sqlite_with_rowid=False,
)
"""Which live post stands where in which channel. The key is the order of feeds, so that a window is one search of it;
a guid is unique among live posts, so that the order is total. A post that is not live has no rows here."""

locations = Table(
    "locations",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("published", Integer, nullable=False),
    Column("guid", String, nullable=False),
    Column("url", String, nullable=False),
    Column("lastmod", Integer),
    Column("images", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("translation", String, nullable=False),
    Column("news", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Index("locations_order", "published", "guid"),
    Index("locations_translation", "translation", sqlite_where=Column("translation") != ""),
)
"""What sitemaps list: every page that is out and ``listed``. ``images`` are URLs, a line each; ``published`` is 0 for a
page without a date; ``news`` marks posts, as against pages. Apart from posts: a sitemap reads 50,000 of them."""

shards = Table(
    "shards",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("published", Integer, nullable=False),
    Column("guid", String, nullable=False),
    Column("urls", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("newest", Integer),
    Column("revision", Integer, nullable=False),
    Column("changed_at", Integer, nullable=False),
)
"""Spans of the locations in order of date and id, each at most one sitemap long. ``published`` and ``guid`` are where a
span begins; the sums spare a sitemap index the look at its locations."""

subjects = Table(
    "subjects",
    metadata,
    Column("name", String, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("changed_at", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What documents are about beside channels and shards: topics (``records.Topic``)."""

addresses = Table(
    "addresses",
    metadata,
    Column("key", String, primary_key=True),
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("own", Integer, nullable=False),
    Index("addresses_post", "post"),
    sqlite_with_rowid=False,
)
"""Every URL that means a post's page, in the spelling of :func:`service.index.addresses.key_of`; ``own`` is 0 where it
is a former one."""

gone = Table("gone", metadata, Column("key", String, primary_key=True), sqlite_with_rowid=False)
"""Keys of pages that were out and are no more (``state_schema.departed``): what is asked of them answers 410."""

feed_aliases = Table(
    "feed_aliases",
    metadata,
    Column("path", String, primary_key=True),
    Column("target", String, nullable=False),
    sqlite_with_rowid=False,
)
"""Where imported feeds were, and where they are now (``service.index.state.feed_aliases``)."""

problems = Table(
    "problems",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("origin", String, nullable=False),
    Column("source", String, nullable=False),
    Column("locator", String, nullable=False),
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    Column("level", String, nullable=False),
    Column("code", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Index("problems_place", "source", "locator", "origin"),
)
"""``origin`` is who found it (a file, the whole source, a duplicate, a rendering): each replaces only its own."""
