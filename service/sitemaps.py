"""Sitemaps from the index: what is listed, in which document, and what is news. Pure but for reading the index.

A channel whose pages fit one sitemap has one document; a larger one has an index, whose children are the site's shards
as far as the channel goes, and one for the pages of terms. Refuses to decide what is listed: sources and the index do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from feeds import sitemap
from feeds.model import ChannelKind, Document
from feeds.text import single_line
from feeds.tokens import language_tag
from service.heading import Heading
from service.index import ChannelRow, Index
from service.index.records import LocationRow, ShardRow, Translation
from service.paths import DocumentName, Target

MEDIA_TYPE: Final = sitemap.MEDIA_TYPE

_KINDS: Final[tuple[ChannelKind, ...]] = ("category", "tag", "author")


class Sitemaps:
    """The sitemaps of one state of the index, under one heading. Use it within a snapshot."""

    def __init__(self, index: Index, head: Heading) -> None:
        self._index = index
        self._head = head

    def document(self, row: ChannelRow, target: Target) -> Document | None:
        """A sitemap document; None where the channel has no such shard."""
        number = int(target.part or 0)
        match target.document:
            case "sitemap.xml":
                return self._whole(row)
            case "sitemap-N.xml":
                return self._shard(row, number)
            case "sitemap-terms-N.xml":
                return self._terms(row, number)
            case "sitemap-news.xml" | "sitemap-news-N.xml":
                return self._news(number)
            case _:
                return None

    def shards(self, row: ChannelRow) -> list[Target]:
        """The children of a channel's sitemap, where it is an index; empty where it is not."""
        return [target for target, _ in self._children(row)] if self._is_split(row) else []

    def news_shards(self) -> list[Target]:
        """The children of the news sitemap, where it is an index."""
        items = len(self._index.news())
        if items <= sitemap.MOST_NEWS:
            return []
        count = -(-items // sitemap.MOST_NEWS)
        return [_target("site", "", "sitemap-news-N.xml", number) for number in range(1, count + 1)]

    # -- documents -----------------------------------------------------------------------------------------------

    def _whole(self, row: ChannelRow) -> Document:
        if self._is_split(row):
            children = [(self._head.address(target), newest) for target, newest in self._children(row)]
            body = sitemap.index(children)
        else:
            terms = self._term_pages(row)
            pages = [sitemap.element(url, newest) for url, newest in terms]
            found = self._index.locations(channel=None if row.kind == "site" else row.number)
            body = sitemap.urlset([*pages, *self._elements(found, terms)])
        return Document(body, MEDIA_TYPE, self._changed_at(row))

    def _shard(self, row: ChannelRow, number: int) -> Document | None:
        shard = next((shard for shard in self._index.shards() if shard.number == number), None)
        if shard is None or not self._is_split(row):
            return None
        at_home = row.kind == "site"
        found = self._index.locations(number, None if at_home else row.number)
        elements = [*self._elements(found, self._term_pages(row))]
        if not elements:
            return None
        return Document(sitemap.urlset(elements), MEDIA_TYPE, shard.changed_at if at_home else row.changed_at)

    def _terms(self, row: ChannelRow, number: int) -> Document | None:
        start = (number - 1) * sitemap.MOST_URLS
        if start >= self._most_terms(row) or not self._is_split(row):
            return None
        pages = self._term_pages(row)[start : start + sitemap.MOST_URLS]
        if not pages:
            return None
        elements = (sitemap.element(url, newest) for url, newest in pages)
        return Document(sitemap.urlset(elements), MEDIA_TYPE, self._changed_at(row))

    def _news(self, number: int) -> Document | None:
        said, site = self._head.settings.news, self._head.site
        changed_at = self._index.changed_at("news")
        rows = self._index.news()
        children = self.news_shards()
        if not number and children:
            newest = [rows[place * sitemap.MOST_NEWS].published for place in range(len(children))]
            addresses = map(self._head.address, children)
            return Document(sitemap.index(zip(addresses, newest, strict=True)), MEDIA_TYPE, changed_at)
        if number > len(children):
            return None
        if number:
            rows = rows[(number - 1) * sitemap.MOST_NEWS : number * sitemap.MOST_NEWS]
        items = (
            sitemap.NewsItem(
                row.fields.url,
                row.fields.title,
                row.published,
                row.fields.language or said.language or self._index.context(row.source).language or site.language,
                single_line(said.name) or site.title,
            )
            for row in rows
        )
        return Document(sitemap.news(map(sitemap.news_item, items)), MEDIA_TYPE, changed_at)

    # -- what they list ------------------------------------------------------------------------------------------

    def _is_split(self, row: ChannelRow) -> bool:
        """Whether a channel's pages are more than one sitemap holds."""
        shards = self._index.shards()
        own_pages = self._most_terms(row)
        if len(shards) < 2 and own_pages + sum(shard.urls for shard in shards) <= sitemap.MOST_URLS:
            return False
        if row.kind == "site":
            return True
        return row.posts + own_pages > sitemap.MOST_URLS or self._weight(row, shards) > sitemap.MOST_BYTES * 9 // 10

    def _most_terms(self, row: ChannelRow) -> int:
        """At least as many as :meth:`_term_pages` finds, without making them: anybody may ask for any number."""
        if row.kind != "site":
            return 1
        return 1 + self._index.terms_with_posts([kind for kind in _KINDS if self._head.has_pages(kind)])

    def _weight(self, row: ChannelRow, shards: Sequence[ShardRow]) -> int:
        """An upper bound of a channel's octets from the heaviest shard's average; its own posts are not looked at."""
        return max((-(-shard.bytes // max(shard.urls, 1)) for shard in shards), default=0) * (row.posts + 1)

    def _children(self, row: ChannelRow) -> Iterator[tuple[Target, datetime | None]]:
        terms = self._term_pages(row)
        for number, start in enumerate(range(0, len(terms), sitemap.MOST_URLS), 1):
            newest = max((date for _, date in terms[start : start + sitemap.MOST_URLS] if date), default=None)
            yield _target(row.kind, row.slug, "sitemap-terms-N.xml", number), newest
        spread = (
            [(shard.number, shard.newest) for shard in self._index.shards()]
            if row.kind == "site"
            else [(number, newest) for number, _, newest in self._index.spread(row.number)]
        )
        for number, newest in spread:
            yield _target(row.kind, row.slug, "sitemap-N.xml", number), newest

    def _term_pages(self, row: ChannelRow) -> list[tuple[str, datetime | None]]:
        """The pages that stand for channels: the home page and every term's for the site, its own for a term."""
        if row.kind != "site":
            page = self._head.term_page(row)
            return [(page, row.newest)] if page and row.posts else []
        pages: list[tuple[str, datetime | None]] = [(self._head.site.url, row.newest)]
        for kind in _KINDS:
            for term in self._index.channels(kind):
                page = self._head.term_page(term) if term.posts else None
                if page is None:
                    continue
                pages.append((page, term.newest))
        return [*dict(reversed(pages)).items()][::-1]

    def _elements(self, found: Iterator[Sequence[LocationRow]], terms: Sequence[tuple[str, object]]) -> Iterator[bytes]:
        """The elements of pages, but for those that stand for terms; many in a row, none of the rows empty."""
        taken = {url for url, _ in terms}
        for batch in found:
            rows = [row for row in batch if row[0] not in taken] if taken else batch
            versions = self._index.translations(row[3] for row in rows)
            if rows and not versions:  # as of most sites
                yield "".join([sitemap.listed(url, lastmod, images) for url, lastmod, images, _ in rows]).encode()
            elif rows:
                yield "".join([self._with_versions(row, versions.get(row[3], ())) for row in rows]).encode()

    def _with_versions(self, row: LocationRow, versions: Sequence[Translation]) -> str:
        url, lastmod, images, _ = row
        return sitemap.listed(url, lastmod, images, hreflang(url, versions, self._head.site.language))

    def _changed_at(self, row: ChannelRow) -> datetime:
        return self._index.changed_at("sitemap") if row.kind == "site" else row.changed_at


def hreflang(url: str, versions: Sequence[Translation], default: str | None) -> tuple[tuple[str, str], ...]:
    """The versions of a page with their languages, and the one for everybody else (``x-default``).

    That is the version in the site's language. Empty where the page is no version of anything, or the only one.
    """
    named: dict[str, tuple[str, str]] = {}
    for version in versions:
        if tag := language_tag(version.language):
            named.setdefault(tag.lower(), (tag, version.url))
    pairs = [*named.values()]
    if len(pairs) < 2 or url not in (href for _, href in pairs):
        return ()
    main = (default or "").lower().split("-")[0]
    fallback = next((href for tag, href in pairs if tag.lower().split("-")[0] == main), None) if main else None
    return (*pairs, *((("x-default", fallback),) if fallback else ()))


def _target(kind: ChannelKind, slug: str, document: DocumentName, number: int) -> Target:
    return Target(kind, slug, document, str(number))
