"""Feeds as a source: RSS, Atom, JSON Feed, an OPML list of them, or a page that announces one.

Ids are kept verbatim. A feed is a window on its site: an entry that left it is not taken for deleted, unless the feed
says that it is complete (RFC 5005 §2). An operator who names an OPML list trusts the hosts it names; the guard against
addresses that are not public holds for each of them. Refuses to sanitise: rendering does, as for every post.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from email.message import Message
from typing import Any, Final
from urllib.parse import urlsplit

from feeds.model import FOUNDED, Author, Enclosure, Image
from feeds.text import excerpt, plain, single_line
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import listings
from service.sources.adapter import Item, ListingPage, Understood, Wanted, too_many
from service.sources.feed_document import FeedDocument, FeedEntry, NotAFeed
from service.sources.feed_in_time import read_in_time
from service.sources.feed_lists import FeedList, Outline, feed_links, read_opml
from service.sources.metadata import tag_uri
from service.sources.remote_fields import context_of, finished, followed, locator_of
from service.sources.source import FEED_UNAVAILABLE, Context, Fields, SiteFacts
from service.sources.whole import Whole
from service.upstream.answer import OUT_OF_TIME, Answer, Client, UpstreamFailed
from service.upstream.json_body import json_of

_MOST_PARTS: Final = 1000
_TITLE_LENGTH: Final = 80
"""Characters of a title made from a body: posts of microblogs have none."""


class FeedSource(Whole):
    """One address: a feed, a list of feeds, or a page of a site that has one."""

    def __init__(self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._first: FeedDocument | None = None
        self._unhad: set[str] = set()
        """Feeds of a list that could not be had last time: asked after the others, whose time they might take."""
        self._list: FeedList | None = None

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """What the feed says of its site. Of a list of feeds nothing is known but what the settings say."""
        return self.said(client, client.get(self._settings.url or "", check=self._check))

    def said(self, client: Client, answer: Answer) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """As :meth:`site`, of an answer that is there."""
        found = read_opml(answer.body, answer.url)
        self._list = found if found and (found.outlines or not found.fault) else None
        self._first = self._document(client, answer) if self._list is None else None
        if self._first is None:
            return SiteFacts(), context_of(self._site, SiteFacts()), ()
        said = self._first
        facts = SiteFacts(
            url=_base(said.home) or _origin(said.url),
            title=said.title,
            description=said.description,
            language=said.language,
            authors=said.authors,
            rights=said.rights,
            icon=said.icon,
            logo=said.logo,
        )
        return facts, context_of(self._site, facts), ()

    def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
        """The feed and its older parts, as far as it names them."""
        del wanted  # a feed cannot be asked for changes
        if self._list is not None:
            yield self._of_the_list(self._list)
            for outline in sorted(self._list.outlines, key=lambda outline: outline.url in self._unhad):
                yield from self._listed(client, outline)
            return
        if self._first is not None:
            yield from self._parts(client, self._first)

    def read(self, item: Item) -> Understood | None:
        entry, path = _entry(item.value), item.id
        if not entry.url:
            raise _refused(path, f"{item.path}: has no link")
        body, published = entry.content, entry.published or entry.updated
        for moment in filter(None, (entry.published, entry.updated)):
            if not self._limits.earliest_year <= moment.year < self._limits.latest_year:
                raise _refused(path, f"{item.path}: its date {moment:%Y-%m-%d} is out of range")
        text = plain(body) if entry.html else single_line(body)
        fields = Fields(
            id=entry.id,
            url=entry.url,
            title=entry.title or excerpt(text, _TITLE_LENGTH),
            published=published,
            updated=entry.updated,
            future=bool(self._settings.future),
            markup="html" if entry.html else "text",
            language=entry.language,
            summary=entry.summary or None,
            authors=entry.authors,
            categories=entry.categories,
            tags=entry.tags,
            images=entry.images,
            enclosures=entry.enclosures,
            explicit_url=True,
        )
        return finished(fields, body, path, self._limits)

    # -- asking ----------------------------------------------------------------------------------------------------

    def _check(self, answer: Answer) -> None:
        """What is neither a feed nor a list nor a page that leads to one must not replace the last good answer."""
        if read_opml(answer.body, answer.url) is None and not feed_links(answer.body, answer.url):
            _read(answer)

    def _document(self, client: Client, answer: Answer) -> FeedDocument:
        """The feed of an answer, or of the page it is. Raises UpstreamFailed."""
        try:
            return _read(answer)
        except UpstreamFailed as error:
            links = feed_links(answer.body, answer.url)
            if not links:
                raise error
            return _read(client.get(followed(links[0], answer.url, self._settings), check=is_feed))

    def _parts(self, client: Client, first: FeedDocument, outline: Outline | None = None) -> Iterator[ListingPage]:
        """The parts of one feed, newest first; a part that was read before, or brings nothing new, ends it."""
        seen, known, document, count = {first.url, self._settings.url or ""}, set[str](), first, 0
        for _ in range(_MOST_PARTS):
            items = tuple(_item(entry, count + place, outline) for place, entry in enumerate(document.entries))
            count += len(items)
            window = not first.complete or bool(document.fault)
            yield ListingPage(items, 0, document.url, window=window, problems=self._faults(document))
            following, fresh = document.following, {item.id for item in items} - known
            if not following or following in seen or not fresh:
                return
            seen.add(following)
            known |= fresh
            try:
                answer = client.get(followed(following, document.url, self._settings), check=is_feed)
            except UpstreamFailed as error:
                if error.reason == OUT_OF_TIME:
                    raise
                message = f"an older part of the feed cannot be read: {error}"
                yield ListingPage((), window=True, problems=(self._unread(message, "what it gave stays published"),))
                return
            document = _read(answer)

    def _of_the_list(self, feeds: FeedList) -> ListingPage:
        """Which feeds the list has: what is of another one is gone; where it has none, everything. One that may lack
        some says nothing of that."""
        if not feeds.outlines:
            message = "the list of feeds names no feed"
            problem = Problem(self._name, 0, 0, "warning", "list-empty", message, "name feeds in it by xmlUrl")
            return ListingPage((), problems=(problem,))
        if not feeds.fault:
            return ListingPage((), listings=frozenset(listings.named(outline.url) for outline in feeds.outlines))
        message = f"the list of feeds is not complete: {feeds.fault}; nothing is taken for deleted"
        problem = Problem(self._name, 0, 0, "warning", "listing-partial", message, "mend the list")
        return ListingPage((), window=True, problems=(problem,))

    def _listed(self, client: Client, outline: Outline) -> Iterator[ListingPage]:
        """One feed of a list; where it cannot be had, the others still are, and nothing of it is taken for gone."""
        try:
            document = _read(client.get(outline.url, check=is_feed))
            self._believe(document)
            self._unhad.discard(outline.url)
            yield from self._parts(client, replace(document, following=""), outline)
        except UpstreamFailed as error:
            self._unhad.add(outline.url)
            message = f"{f'the feed {outline.title}' if outline.title else 'a feed'} cannot be read: {error}"
            yield ListingPage((), window=True, problems=(self._unread(message, "what it gave stays published"),))
            if error.reason == OUT_OF_TIME:
                raise

    def _believe(self, document: FeedDocument) -> None:
        """Raises UpstreamFailed where a feed of a list has too many entries without a link: it alone is not believed,
        where all would not be with it."""
        entries, bad = len(document.entries), sum(not entry.url for entry in document.entries)
        if too_many(bad, entries, self._limits):
            raise UpstreamFailed(f"{document.url}: {bad} of {entries} entries have no link", "schema-changed")

    def _unread(self, message: str, hint: str) -> Problem:
        return Problem(self._name, 0, 0, "warning", FEED_UNAVAILABLE, message, hint)

    def _faults(self, document: FeedDocument) -> tuple[Problem, ...]:
        if not document.fault:
            return ()
        message = f"{document.url}: is not well-formed ({document.fault}); what can be read of it is"
        return (Problem(self._name, 0, 0, "warning", "feed-malformed", message, "mend the feed"),)


def _read(answer: Answer) -> FeedDocument:
    """The feed of an answer. Raises UpstreamFailed where it is none."""
    value: Any = None
    if answer.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        value = json_of(answer)
    try:
        return read_in_time(answer.body, answer.url, value, charset=_charset(answer))
    except NotAFeed as error:
        raise UpstreamFailed(f"{answer.url}: {error}", "unexpected-content-type", status=answer.status) from None


def is_feed(answer: Answer) -> None:
    """Refuse what is no feed itself, be it a page that leads to one. Raises UpstreamFailed."""
    _read(answer)


def _charset(answer: Answer) -> str:
    said = Message()
    said["content-type"] = answer.headers.get("content-type", "")
    return str(said.get_content_charset() or "")


def _item(entry: FeedEntry, place: int, outline: Outline | None) -> Item:
    """An entry as plain values, under a locator that reads well where its id does.

    Among the feeds of a list an id that is no URI (``17``) belongs to its feed: the others may have it, too."""
    path = f"entry {place + 1}"
    if outline is not None:
        path = f"{outline.title or outline.url}, {path}"
        if entry.id and ":" not in entry.id:
            entry = replace(entry, id=tag_uri(outline.url, FOUNDED, entry.id))
        if not entry.categories:
            entry = replace(entry, categories=outline.folders)
    listing = "" if outline is None else listings.named(outline.url)
    dated = bool(entry.published or entry.updated)
    return Item(locator_of(entry.id or entry.url), asdict(entry), path, listing=listing, dated=dated)


def _entry(value: dict[str, Any]) -> FeedEntry:
    """An entry from the plain values that :func:`_item` made of it."""
    return FeedEntry(
        **value
        | {
            "authors": tuple(Author(**one) for one in value["authors"]),
            "images": tuple(Image(**one) for one in value["images"]),
            "enclosures": tuple(Enclosure(**one) for one in value["enclosures"]),
        }
    )


def _refused(path: str, message: str) -> Rejected:
    return Rejected(Problem(path, 0, 0, "error", "item-invalid", message, "mend the feed"))


def _base(home: str) -> str:
    """A site's base URL from the link of its feed: without query, fragment, ``index.html`` and trailing slash."""
    parts = urlsplit(home)
    directory, _, name = parts.path.rpartition("/")
    path = directory if name.startswith(("index.", "default.")) else parts.path
    return parts._replace(path=path, query="", fragment="").geturl().rstrip("/") if parts.hostname else ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
