"""Where the index meets ``feeds/``: from a target to its document.

It reads the index and renders; it never writes, fetches, or asks the clock, and knows nothing of HTTP. A document's
cost follows the window: entries come from the entry cache, and only posts that are not in it are read and rendered.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from feeds.budget import fit
from feeds.formats import FORMATS, Format, assemble
from feeds.model import Author, Channel, ChannelKind, Document, Link, Post, Site, make_post
from feeds.text import single_line
from service import index
from service.content.render import Rendering, escaped, render
from service.index import ChannelRow, Index, Ref, Row
from service.memory import ByteLRU
from service.pages import LARGEST, ChannelGroup, ChannelLink, PostLink, channel_page, home_page
from service.paths import FEED_NAMES, FOLDERS, Target, decoded_path_of, path_of, prefix_of
from service.settings import AuthorSettings, ChannelSettings, Settings
from service.sources.page import page_values
from service.sources.source import Context, SiteFacts
from service.status import SourceStatus, Status

POST_OVERHEAD: Final = 2000
"""Bytes a Post costs beside its content and summary (measured with tracemalloc on the example newsroom, rounded up)."""

HEAD_ALLOWANCE: Final = 4096
"""Bytes a feed's head may take of its budget: a budget is a bound, not an aim."""

PAGE_TYPE: Final = "text/html; charset=utf-8"

FILE_BITS: Final = 32
"""A data version holds the file's epoch above these bits (``service.index.following``)."""

_FORMAT_OF = {name: FORMATS[key] for key, name in FEED_NAMES.items()}


@dataclass(frozen=True, slots=True)
class _Head:
    """What holds for every document of one state of the site's facts."""

    facts: SiteFacts
    site: Site
    service_url: str
    digest: str


class Publisher:
    """Documents from an index under settings. Safe for threads."""

    def __init__(self, index: Index, settings: Settings) -> None:
        self.index = index
        self.settings = settings
        self.renders = 0
        """Bodies rendered since the process started."""
        self._cache: ByteLRU[bytes | Post] = ByteLRU(settings.cache.entry_bytes)
        self._head: _Head | None = None
        self._version = self._revision = self._problems_revision = -1
        self._fresh_until: datetime | None = None

    # -- documents -----------------------------------------------------------------------------------------------

    def site(self) -> Site:
        """The publication: the settings' word over the content's."""
        return self._heading().site

    def prefix(self) -> str:
        """The path under which the service is mounted, percent-encoded, without a trailing slash."""
        return prefix_of(self._heading().service_url)

    def ready(self) -> bool:
        """Whether there is something complete to serve, now: an index that is being rebuilt is not."""
        return self.index.ready()

    def former_feed(self) -> str:
        """The path where the content's own feed was, if not /feed.xml; "" where it says none."""
        return self._heading().facts.feed_path

    def resolve(self, target: Target) -> Target | None:
        """The target under its channel's canonical slug; None where no channel answers to the spelling.

        Before the first complete scan no channel does: an empty feed would be cached as the truth.
        """
        with self.index.snapshot():
            row = self.index.channel(target.kind, target.slug)
            if row is None or not self.index.ready():
                return None
        return Target(target.kind, row.slug, target.document)

    def document(self, target: Target) -> Document | None:
        """The document of a canonical target, from one state of the index; None where there is no such channel."""
        with self.index.snapshot():
            row = self.index.channel(target.kind, target.slug)
            if row is None or row.slug != target.slug or not self.index.ready():
                return None
            head = self._heading()
            channel = self._channel(row, head)
            if target.document in _FORMAT_OF:
                return self._feed(row, channel, _FORMAT_OF[target.document], head)
            return self._page(row, channel, head)

    def _feed(self, row: ChannelRow, channel: Channel, format_: Format, head: _Head) -> Document:
        body = assemble(format_, channel, head.site, self._window(row, format_, head))
        hubs = (Link("hub", hub) for hub in head.site.hubs)
        links = (Link("self", channel.feed_url(format_.name)), *hubs)
        return Document(body, format_.media_type, row.changed_at, links)

    def _page(self, row: ChannelRow, channel: Channel, head: _Head) -> Document:
        page_url = head.service_url + path_of(Target(row.kind, row.slug, ""))
        posts = [_post_link(post) for post in self._posts(self.index.window(row.number, self._size(row)), head)]
        if row.kind == "site":
            groups = [self._group(kind, head) for kind in FOLDERS]
            problems = self.index.problems() if self.settings.service.show_problems else ()
            body = home_page(head.site, channel, page_url, groups, posts, problems)
        else:
            body = channel_page(head.site, channel, page_url, f"{head.service_url}/", row.posts, posts)
        return Document(body, PAGE_TYPE, row.changed_at)

    def _group(self, kind: ChannelKind, head: _Head) -> ChannelGroup:
        rows = self.index.channels(kind)
        largest = sorted(rows, key=lambda row: (-row.posts, row.key))[:LARGEST]
        links = [(self._channel(row, head), row) for row in largest]
        return ChannelGroup(
            kind, len(rows), tuple(ChannelLink(row.label, link.url, row.posts, link.feeds) for link, row in links)
        )

    # -- change --------------------------------------------------------------------------------------------------

    def poll(self) -> Collection[tuple[ChannelKind, str]] | None:
        """The channels that changed since the last call; None where everything may have. For one caller at a time."""
        version = self.index.data_version()
        if version == self._version:
            return ()
        with self.index.snapshot():
            revision, problems = self.index.revision(), self.index.problems_revision()
            known = self._version >> FILE_BITS == version >> FILE_BITS and revision >= self._revision
            changed = self.index.changed_since(self._revision) if known else None
            if changed is not None and problems != self._problems_revision:
                changed.append(("site", ""))  # the home page lists the problems
            self._fresh_until = self.index.pending_change()
        self._version, self._revision, self._problems_revision = version, revision, problems
        return changed

    def fresh_until(self) -> datetime | None:
        """When the next scheduled change is due, as of the last :meth:`poll`."""
        return self._fresh_until

    def status(self) -> Status:
        """How the index is doing, from one state of it."""
        with self.index.snapshot():
            counts = self.index.counts()
            return Status(
                ready=self.index.ready(),
                sources=[_status(source) for source in self.index.status()],
                problems=Counter(problem.code for problem in self.index.problems()),
                channels=counts.channels,
                posts=counts.live,
            )

    # -- heads ---------------------------------------------------------------------------------------------------

    def _heading(self) -> _Head:
        facts, kept = self.index.facts(), self._head
        if kept is not None and kept.facts == facts:
            return kept
        said = self.settings.site
        url = said.url or facts.url
        service_url = self.settings.service.url or url
        site = Site(
            url=f"{url}/",
            title=single_line(said.title or facts.title) or urlsplit(url).netloc,
            description=single_line(said.description or facts.description),
            language=said.language or facts.language,
            authors=tuple(map(_author, said.authors)) or facts.authors,
            rights=single_line(said.rights or facts.rights),
            icon=said.icon or facts.icon,
            logo=said.logo or facts.logo,
            hubs=said.hubs,
            timezone=said.timezone or facts.timezone or "UTC",
            founded=said.founded,
            category_scheme=f"{service_url}/{FOLDERS['category']}/",
            tag_scheme=f"{service_url}/{FOLDERS['tag']}/",
        )
        digest = hashlib.sha256(repr(site).encode()).hexdigest()[:16]
        self._head = _Head(facts, site, service_url, digest)
        return self._head

    def _channel(self, row: ChannelRow, head: _Head) -> Channel:
        site, said = head.site, self._said(row)
        page = path_of(Target(row.kind, row.slug, ""))
        at_home = row.kind == "site"
        return Channel(
            kind=row.kind,
            title=said.title or (site.title if at_home else f"{site.title}: {row.label}"),
            url=site.url if at_home else head.service_url + page,
            feeds=tuple(
                (name, head.service_url + path_of(Target(row.kind, row.slug, document)))
                for name, document in FEED_NAMES.items()
            ),
            updated=row.newest or site.founded,
            description=said.description or site.description or site.title,
            label=row.label,
            language=row.label if row.kind == "language" else site.language,
            ttl=self.settings.feed.ttl,
        )

    def _size(self, row: ChannelRow) -> int:
        return self._said(row).window or self.settings.feed.window

    def _said(self, row: ChannelRow) -> ChannelSettings:
        return self.settings.feed.channels.get(decoded_path_of(Target(row.kind, row.slug, "")), _NOTHING_SAID)

    # -- entries -------------------------------------------------------------------------------------------------

    def _window(self, row: ChannelRow, format_: Format, head: _Head) -> Sequence[bytes]:
        """The window's entries: whole ones as far as the byte budget goes, newest first, then excerpts with a link."""
        feed, said = self.settings.feed, self._said(row)
        refs = self.index.window(row.number, self._size(row))
        full_text = feed.full_text if said.full_text is None else said.full_text
        if not full_text:
            return self._entries(refs, format_, head, full=False)
        whole = self._entries(refs, format_, head, full=True)
        if HEAD_ALLOWANCE + sum(map(len, whole)) <= feed.byte_budget:
            return whole
        brief = self._entries(refs, format_, head, full=False)
        kept = fit([*map(len, whole)], [*map(len, brief)], HEAD_ALLOWANCE, feed.byte_budget)
        return [w if keep else b for keep, w, b in zip(kept, whole, brief, strict=True)]

    def _entries(self, refs: Sequence[Ref], format_: Format, head: _Head, *, full: bool) -> list[bytes]:
        """Entries in one format, from the cache where they are known."""
        keys = [(format_.name, full, ref.digest, head.digest) for ref in refs]
        known = [self._cache.get(key) for key in keys]
        posts = iter(self._posts([ref for ref, entry in zip(refs, known, strict=True) if entry is None], head))
        entries = []
        for key, entry in zip(keys, known, strict=True):
            if not isinstance(entry, bytes):
                entry = format_.entry(next(posts), head.site, full)
                self._cache.put(key, entry, len(entry))
            entries.append(entry)
        return entries

    # -- posts ---------------------------------------------------------------------------------------------------

    def _posts(self, refs: Sequence[Ref], head: _Head) -> list[Post]:
        """Posts, from the cache where they are known; the others are read and rendered in one go."""
        known = [self._cache.get((ref.digest, head.digest)) for ref in refs]
        missing = [ref.number for ref, post in zip(refs, known, strict=True) if post is None]
        rows = iter(self.index.posts(missing) if missing else ())
        texts = self.index.texts(missing) if missing else {}
        contexts: dict[str, Context] = {}
        posts = []
        for ref, post in zip(refs, known, strict=True):
            if not isinstance(post, Post):
                row = next(rows)
                context = contexts.get(row.source) or self.index.context(row.source)
                contexts[row.source] = context
                post = self.make(row, texts[row.number], head.site, context)
                self._cache.put((ref.digest, head.digest), post, len(post.content) + len(post.summary) + POST_OVERHEAD)
            posts.append(post)
        return posts

    def make(self, row: Row, text: str, site: Site, context: Context) -> Post:
        """Render one post. Total: a body that cannot be rendered is published as its escaped excerpt."""
        fields = row.fields
        rendering = self.rendering(row, text, context)
        return make_post(
            id=fields.id,
            url=fields.url,
            title=fields.title,
            published=row.published,
            updated=fields.updated,
            summary=rendering.summary,
            content=rendering.html,
            authors=fields.authors or site.authors,
            categories=fields.categories,
            tags=fields.tags,
            language=fields.language,
            images=fields.images,
            enclosures=fields.enclosures,
            full_text=fields.full_text,
        )

    def rendering(self, row: Row, text: str, context: Context) -> Rendering:
        """A post's body by its treatment: rendered here, taken from what the worker rendered, or escaped."""
        fields, limits, length = row.fields, self.settings.limits, self.settings.feed.excerpt_length
        if fields.treatment == "deadline":
            kept = self.index.rendered(row.number, row.digest)
            if kept is not None:
                return Rendering(kept.html, kept.summary)
        page, body = page_values(fields, text, limits, path=row.locator, context=context)
        if fields.treatment != "lazy":
            return escaped(fields, body, length)
        self.renders += 1
        return render(fields, body, page, context, self.index.url_of, limits, length)


_NOTHING_SAID = ChannelSettings()


def _post_link(post: Post) -> PostLink:
    return PostLink(post.title, post.url, post.published, post.summary, post.language)


def _status(source: index.SourceStatus) -> SourceStatus:
    held = source.held
    return SourceStatus(
        name=source.name,
        last_scan=source.scanned_at,
        stale=source.stale or None,
        held=None if held is None else f"{held.lost} of {held.known} posts would vanish (seen {held.scans} times)",
        posts=source.posts,
    )


def _author(said: AuthorSettings) -> Author:
    return Author(said.name, said.email, said.url, said.avatar)
