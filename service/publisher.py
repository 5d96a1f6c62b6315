"""Where the index meets ``feeds/``: from a target to its document.

It reads the index and renders; it never writes, fetches, or asks the clock, and knows nothing of HTTP. A document's
cost follows the window: entries come from the entry cache, and only posts that are not in it are read and rendered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from feeds import metadata
from feeds.formats import FORMATS, Format, assemble
from feeds.metadata import Page, Publication
from feeds.model import ChannelKind, Document, Link, Site
from feeds.uri import ascii_url
from service import index, page_metadata, public_words
from service.documents import PAGE_TYPE
from service.heading import Heading, heading
from service.index import ChannelRow, Index, Row
from service.index.addresses import key_at, key_of
from service.index.records import Subject
from service.paths import FEED_NAMES, FOLDERS, PAGE_NAMES, SITE_FEED, DocumentName, Moved, Target, page_path, parse
from service.posts import Posts
from service.settings import Settings
from service.sitemaps import Sitemaps
from service.sources.source import FormerFeed
from service.sources.term_pages import Pattern, is_lossy, term_page, terms_in
from service.status import SourceStatus, Status
from service.subscriptions import robots_txt, subscriptions

FILE_BITS: Final = 32
"""A data version holds the file's epoch above these bits (``service.index.following``)."""

_FORMAT_OF = {name: FORMATS[key] for key, name in FEED_NAMES.items()}


class Publisher:
    """Documents from an index under settings. Safe for threads."""

    def __init__(self, index: Index, settings: Settings) -> None:
        self.index = index
        self.settings = settings
        self.posts = Posts(index, settings)
        self._head: Heading | None = None
        self._paths_of_terms: tuple[int, dict[tuple[ChannelKind, Pattern], dict[str, str]]] = (-1, {})
        self._version = self._revision = -1
        self._fresh_until: datetime | None = None

    # -- documents -----------------------------------------------------------------------------------------------

    def heading(self) -> Heading:
        """What holds for every document, as of now: the settings' word over the content's."""
        facts, kept = self.index.facts(), self._head
        if kept is None or (kept.facts is not facts and kept.facts != facts):  # to compare them takes microseconds
            kept = self._head = heading(facts, self.settings)
        return kept

    def site(self) -> Site:
        """The publication."""
        return self.heading().site

    def prefix(self) -> str:
        """The path under which the service is mounted, percent-encoded, without a trailing slash."""
        return self.heading().prefix()

    def ready(self) -> bool:
        """Whether there is something complete to serve, now: an index that is being rebuilt is not."""
        return self.index.ready()

    def former_feed(self, path: str) -> Target | None:
        """What takes the place of the content's own feed at a path (decoded, below our prefix); None: there was none.

        A term's has that of its channel; one that the settings list as gone is gone there, too.
        """
        with self.index.snapshot():
            facts = self.heading().facts
            if path == facts.feed_path:
                return SITE_FEED
            for feed in facts.former_feeds:
                row = self._fed_at(path, feed)
                if row is not None:
                    return Target(row.kind, row.slug, feed.document)
        return None

    def _fed_at(self, path: str, feed: FormerFeed) -> ChannelRow | None:
        if ":" in feed.pattern:
            return self._term_at(feed.kind, feed.pattern, page_path(quote(path)) or "")
        return self.index.channel(feed.kind, feed.term) if path == feed.pattern else None

    def resolve(self, target: Target) -> Target | None:
        """The target under its channel's canonical slug, or its page's own path; None where nothing answers to it.

        Before the first complete scan nothing does: an empty feed would be cached as the truth.
        """
        with self.index.snapshot():
            if not self.index.ready():
                return None
            if target.document in PAGE_NAMES:
                row = self._page_row(target.part)
                part = row and self.heading().page_of(row.fields.url)
                return replace(target, part=part) if part else None
            channel = self.index.channel(target.kind, target.slug)
            return None if channel is None else replace(target, slug=channel.slug)

    def locate(self, url: str, document: DocumentName) -> Target | None:
        """The metadata document (``meta/P.html`` or ``.json``) of the page that a URL or a path of the site means.

        Any spelling of the URL will do, former ones too, and that of a channel's page; None where no page has it.
        """
        with self.index.snapshot():
            if not self.index.ready():
                return None
            head, written = self.heading(), ascii_url(url)
            key = key_of(urljoin(head.site.url, written)) if written else None
            if key is None:
                return None
            bare = key.partition("?")[0]
            row = self.index.page(key) or self.index.page(bare)
            if row and urlsplit(row.fields.url).query:
                return None  # told from other pages by its query only: no path of ours can name it
            part = head.page_of(row.fields.url) if row else None
            if part:
                return Target("site", "", document, part)
            channel = self._channel_at(bare, head)
            name: DocumentName = "meta.html" if document == "meta/P.html" else "meta.json"
            return Target(channel.kind, channel.slug, name) if channel else None

    def departed(self, where: str | Target) -> bool:
        """Whether a page was ours and is no more: by its URL or path in any spelling, or by its metadata document."""
        with self.index.snapshot():
            if not self.index.ready():
                return False
            site = self.heading().site.url
            if isinstance(where, Target):
                if where.document not in PAGE_NAMES:
                    return False
                written = f"/{quote(where.part)}"
            else:
                written = ascii_url(where)
            key = key_of(urljoin(site, written)) if written else None
            if key is None:
                return False
            keys = dict.fromkeys((key, key.partition("?")[0]))
            return not any(map(self.index.page, keys)) and any(map(self.index.departed, keys))

    def feed_alias(self, path: str) -> str | None:
        """Where the feed moved that was imported from a path (decoded, below our prefix), with or without the slash at
        its end; None where none was."""
        other = path.rstrip("/") if path.endswith("/") else f"{path}/"
        return self.index.feed_alias(path) or self.index.feed_alias(other)

    def page(self, target: Target) -> tuple[Page, Publication, datetime] | None:
        """What the metadata document of a target says, and when that changed; None where there is none."""
        with self.index.snapshot():
            head = self.heading()
            if target.document in PAGE_NAMES:
                row = self._page_row(target.part)
                if row is None:
                    return None
                return self._post_page(row, head), head.publication, self.index.changed_at("pages")
            channel = self.index.channel(target.kind, target.slug)
            return (self._channel_page(channel, head), head.publication, channel.changed_at) if channel else None

    def document(self, target: Target) -> Document | None:
        """The document of a canonical target, from one state of the index; None where there is no such thing."""
        with self.index.snapshot():
            if not self.index.ready():
                return None
            head = self.heading()
            if target.document in PAGE_NAMES:
                return self._page_document(target, head)
            row = self.index.channel(target.kind, target.slug)
            if row is None or row.slug != target.slug:
                return None
            if target.document in _FORMAT_OF:
                return self._feed(row, _FORMAT_OF[target.document], head)
            return self._other(row, target, head)

    def _other(self, row: ChannelRow, target: Target, head: Heading) -> Document | None:
        name = target.document
        if name.startswith("sitemap"):
            return Sitemaps(self.index, head).document(row, target)
        if name in ("meta.html", "meta.json"):
            return _metadata(self._channel_page(row, head), head, name == "meta.html", row.changed_at)
        if name == "opml.xml":
            return subscriptions(self.index, head, row)
        if name == "robots.txt":
            return robots_txt(head, row)
        from service.showing import shown  # 20 ms with the templates: many a build has neither page nor embed

        return shown(self, row, name, head)

    def _feed(self, row: ChannelRow, format_: Format, head: Heading) -> Document:
        channel = head.channel(row)
        body = assemble(format_, channel, head.site, self.posts.entries(row, format_, head))
        hubs = (Link("hub", hub) for hub in head.site.hubs)
        links = (Link("self", channel.feed_url(format_.name)), *hubs)
        return Document(body, format_.media_type, row.changed_at, links)

    # -- metadata ------------------------------------------------------------------------------------------------

    def _page_document(self, target: Target, head: Heading) -> Document | None:
        # Whoever asks for one of a page's two documents asks for the other next: the last page is kept, while it holds.
        last = self._last_pages()
        page = last.get(target.part)
        if page is None:
            row = self._page_row(target.part)
            if row is None or head.page_of(row.fields.url) != target.part:
                return None
            page = self._post_page(row, head)
            last.clear()
            last[target.part] = page
        return _metadata(page, head, target.document == "meta/P.html", self.index.changed_at("pages"))

    def prepare(self, targets: Iterable[Target]) -> None:
        """Look up together what is asked for next, within the same snapshot: the metadata of pages. May be left out.

        Raises nothing of a page: what is wrong with one is met where it is asked for.
        """
        parts = dict.fromkeys(target.part for target in targets if target.document in PAGE_NAMES)
        if not parts:
            return
        with self.index.snapshot():
            last, head = self._last_pages(), self.heading()
            if parts.keys() <= last.keys():
                return
            last.clear()
            keys = {part: key for part in parts if (key := key_at(head.site.url, part))}
            at = self.index.pages_at(keys.values())
            found = [(part, row) for part, key in keys.items() if (row := at.get(key)) is not None]
            found = [(part, row) for part, row in found if head.page_of(row.fields.url) == part]
            pages = self._pages_of([row for _, row in found], head)
            last.update((part, page) for (part, _), page in zip(found, pages, strict=True))

    def _last_pages(self) -> dict[str, Page]:
        """By path; kept as long as the state of the index."""
        return self.index.remembered("last page", lambda _: dict[str, Page]())

    def _post_page(self, row: Row, head: Heading) -> Page:
        return self._pages_of([row], head)[0]

    def _pages_of(self, rows: Sequence[Row], head: Heading) -> list[Page]:
        versions = self.index.translations(row.fields.translation for row in rows)
        channels = self.index.channels_of_each([row.number for row in rows])
        return [
            page_metadata.of_post(self.index, head, row, post, versions, channels[row.number])
            for row, post in zip(rows, self.posts.described(rows, head), strict=True)
        ]

    def _channel_page(self, row: ChannelRow, head: Heading) -> Page:
        refs = self.index.window(row.number, page_metadata.NEWEST)
        return page_metadata.of_channel(self.index, head, row, self.posts.named(refs, head))

    def _page_row(self, part: str) -> Row | None:
        """The page of the site at a path (:func:`service.paths.page_path`)."""
        key = key_at(self.site().url, part)
        return self.index.page(key) if key else None

    def _channel_at(self, key: str, head: Heading) -> ChannelRow | None:
        """The channel whose page has a key without a query: the home page, one of ours, or a term's of the site."""
        if key == key_of(head.site.url):
            return self.index.channel("site", "")
        ours = (key_of(f"{head.service_url}/") or "").rstrip("/")
        if ours and f"{key}/".startswith(f"{ours}/"):
            meaning = parse(quote(key[len(ours) :]) or "/")
            target = meaning.target if isinstance(meaning, Moved) else meaning
            if target is not None and not target.document and not target.part:
                found = self.index.channel(target.kind, target.slug)
                if found is not None:
                    return found
        host, _, path = key.partition("/")
        if host == (key_of(head.site.url) or "").partition("/")[0]:
            return next(filter(None, (self._term_at(kind, head.pages_of(kind), path) for kind in FOLDERS)), None)
        return None

    def _term_at(self, kind: ChannelKind, pattern: Pattern, path: str) -> ChannelRow | None:
        """The term that has a path (as :func:`page_path` writes it) by a pattern of its kind."""
        for spelling in (spellings := terms_in(page_path(pattern) or "", path)):
            row = self.index.channel(kind, spelling)
            if row and page_path(term_page(pattern, row.label, row.slug)) == path:
                return row
        slug = self._slugs_by_path(kind, pattern).get(path) if spellings and is_lossy(pattern) else None
        return None if slug is None else self.index.channel(kind, slug)

    def _slugs_by_path(self, kind: ChannelKind, pattern: Pattern) -> Mapping[str, str]:
        """Slugs of terms by the paths that a pattern gives them, where those cannot be led back; made once a state of
        the index."""
        state, (known_state, known) = self.index.revision(), self._paths_of_terms
        if known_state != state:
            known = {}
            self._paths_of_terms = state, known
        if (kind, pattern) not in known:
            rows = reversed(self.index.channels(kind))
            paths = {page_path(term_page(pattern, row.label, row.slug)): row.slug for row in rows}
            known[kind, pattern] = {path: slug for path, slug in paths.items() if path}
        return known[kind, pattern]

    # -- change --------------------------------------------------------------------------------------------------

    def poll(self) -> Collection[Subject] | None:
        """What changed since the last call (:func:`subject_of`). None: everything may have. One caller at a time."""
        version = self.index.data_version()
        if version == self._version:
            return ()
        with self.index.snapshot():
            revision = self.index.revision()
            known = self._version >> FILE_BITS == version >> FILE_BITS and revision >= self._revision
            changed = self.index.changed_since(self._revision) if known else None
            if any(kind == "problems" for kind, _ in changed or ()):
                changed = [*(changed or ()), ("site", "")]  # the home page lists them
            self._fresh_until = self.index.pending_change()
        self._version, self._revision = version, revision
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
                sources=[_status(source, self.settings) for source in self.index.status()],
                problems=Counter(problem.code for problem in self.index.problems()),
                channels=counts.channels,
                posts=counts.live,
            )


def subject_of(target: Target) -> Subject:
    """What a document is about: it is another one only where that has changed."""
    if target.document in PAGE_NAMES:
        return "pages", ""
    if target.kind == "site" and target.document in ("sitemap.xml", "sitemap-terms-N.xml"):
        return "sitemap", ""
    if target.document == "sitemap-N.xml" and target.kind == "site":
        return "shard", target.part
    if target.document.startswith("sitemap-news"):
        return "news", ""
    return target.kind, target.slug


def _metadata(page: Page, head: Heading, as_html: bool, changed_at: datetime) -> Document:
    if as_html:
        return Document(metadata.fragment(page, head.publication), PAGE_TYPE, changed_at)
    return Document(metadata.as_json(page, head.publication), metadata.MEDIA_TYPE, changed_at)


def _status(source: index.SourceStatus, settings: Settings) -> SourceStatus:
    held = source.held
    return SourceStatus(
        name=source.name,
        last_scan=source.scanned_at,
        stale=public_words.trouble(source, settings) or None,
        held=None if held is None else f"{held.lost} of {held.known} posts would vanish (seen {held.scans} times)",
        posts=source.posts,
        reason=source.reason,
        http_status=source.status,
        stale_since=source.stale_since,
        next_attempt=source.schedule.next_pull,
        refreshed=source.refreshed,
        failed=source.failed,
        pages=source.pages,
        unpublished=source.unpublished,
        unread=len(source.unread),
    )
