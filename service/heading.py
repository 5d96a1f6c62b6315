"""What holds for every document of one state of the site: the publication, where it lives, how its channels are named.

Settings say more than content (DESIGN.md §5). Refuses to read the index: it is told the facts and the rows.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import field
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from feeds.formats import FORMATS
from feeds.frozen import frozen
from feeds.metadata import Publication
from feeds.model import Author, Channel, ChannelKind, Image, Link, Site
from feeds.text import single_line
from service.index import ChannelRow
from service.paths import FEED_NAMES, FOLDERS, Target, channels_named, decoded_path_of, page_path, path_of, prefix_of
from service.settings import AuthorSettings, ChannelSettings, Settings
from service.sources.source import SiteFacts
from service.sources.term_pages import Pattern, term_page, terms_in


@frozen(frozen=True, slots=True)
class Heading:
    """Build it with :func:`heading`. ``digest`` changes whenever an entry may show something else of the site."""

    facts: SiteFacts
    settings: Settings
    site: Site
    service_url: str
    publication: Publication
    digest: str
    gone: frozenset[tuple[ChannelKind, str]]
    """Kind and slug of the channels that answer 410: nothing leads there."""
    _links: dict[ChannelRow, tuple[Link, ...]] = field(default_factory=dict, compare=False, repr=False)
    """:meth:`feed_links` of the rows asked for last: every page of the site names those of the site itself."""

    def prefix(self) -> str:
        """The path under which the service is mounted, percent-encoded, without a trailing slash."""
        return prefix_of(self.service_url)

    def address(self, target: Target) -> str:
        """The absolute URL of a document."""
        return self.service_url + path_of(target)

    def is_ours(self, url: str) -> bool:
        """Whether a URL is one of the site's own pages: on its host, whatever the scheme."""
        return urlsplit(url).netloc == urlsplit(self.site.url).netloc

    def page_of(self, url: str) -> str | None:
        """The path of one of the site's pages as :func:`service.paths.page_path` spells it; None for other URLs."""
        origin = _origin(self.site.url)
        if url.startswith(origin) and _PATH.fullmatch(url, len(origin)):
            return page_path(url[len(origin) :])
        return page_path(urlsplit(url).path) if self.is_ours(url) else None

    def is_gone(self, row: ChannelRow) -> bool:
        """Whether the settings list a channel as gone."""
        return (row.kind, row.slug) in self.gone

    def terms_in(self, kind: ChannelKind, path: str) -> tuple[str, ...]:
        """What may be a term in the path of its page on the site (as :func:`page_path` writes it); () where none is."""
        return terms_in(page_path(self.pages_of(kind)) or "", path)

    def pages_of(self, kind: ChannelKind) -> Pattern:
        """The pattern of the whole paths of those pages, the site's own included; "" where it has none."""
        pattern = self._pattern(kind)
        return urlsplit(self.site.url).path.rstrip("/") + pattern if pattern else ""

    def has_pages(self, kind: ChannelKind) -> bool:
        """Whether the site has pages for terms of a kind."""
        return bool(self._pattern(kind))

    def term_page(self, row: ChannelRow) -> str | None:
        """The site's own page for a term, where it has such pages; the home page for the site."""
        if row.kind == "site":
            return self.site.url
        path = term_page(self._pattern(row.kind), row.label, row.slug)
        return self.site.url.rstrip("/") + path if path else None

    def _pattern(self, kind: ChannelKind) -> str:
        """Of the site's pages for terms of a kind; "" where it has none."""
        said, found = _patterns(self.settings, self.facts).get(kind, ("", ""))
        pattern = said or found
        return "" if pattern == "off" else pattern

    def said(self, row: ChannelRow) -> ChannelSettings:
        """What the settings say about one channel."""
        return self.settings.feed.channels.get(decoded_path_of(Target(row.kind, row.slug, "")), _NOTHING_SAID)

    def window(self, row: ChannelRow) -> int:
        """How many posts the channel's feeds hold."""
        return self.said(row).window or self.settings.feed.window

    def channel(self, row: ChannelRow) -> Channel:
        """The channel as documents present it. Its page is the site's own where the site has one."""
        site, said = self.site, self.said(row)
        at_home = row.kind == "site"
        return Channel(
            kind=row.kind,
            title=single_line(said.title or "") or (site.title if at_home else f"{site.title}: {row.label}"),
            url=self.term_page(row) or self._own_page(row),
            feeds=tuple(
                (name, self.address(Target(row.kind, row.slug, document))) for name, document in FEED_NAMES.items()
            ),
            updated=row.newest or site.founded,
            description=single_line(said.description or "") or site.description or site.title,
            label=row.label,
            language=row.label if row.kind == "language" else site.language,
            ttl=self.settings.feed.ttl,
        )

    def _own_page(self, row: ChannelRow) -> str:
        if not self.settings.paths.channel_pages:
            return self.site.url
        return self.address(Target(row.kind, row.slug, ""))

    def feed_links(self, row: ChannelRow) -> tuple[Link, ...]:
        """How a page announces a channel's feeds."""
        links = self._links.get(row)
        if links is None:
            channel = self.channel(row)
            links = tuple(
                Link("alternate", url, FORMATS[name].media_type, f"{channel.title} ({FORMATS[name].title})")
                for name, url in channel.feeds
            )
            if len(self._links) >= _MOST_LINKS:
                self._links.clear()
            self._links[row] = links
        return links


def heading(facts: SiteFacts, settings: Settings) -> Heading:
    """The settings' word over the content's."""
    said = settings.site
    url = said.url or facts.url
    service_url = settings.service.url or url
    site = Site(
        url=f"{url}/",
        title=single_line(said.title) or single_line(facts.title) or urlsplit(url).netloc,
        description=single_line(said.description) or single_line(facts.description),
        language=said.language or facts.language,
        authors=tuple(map(_author, said.authors)) or facts.authors,
        rights=single_line(said.rights) or single_line(facts.rights),
        icon=said.icon or facts.icon,
        logo=said.logo or facts.logo,
        hubs=said.hubs,
        timezone=said.timezone or facts.timezone or "UTC",
        founded=said.founded,
        category_scheme=f"{service_url}/{FOLDERS['category']}/",
        tag_scheme=f"{service_url}/{FOLDERS['tag']}/",
    )
    digest = hashlib.sha256(repr(site).encode()).hexdigest()[:16]
    gone = channels_named(settings.paths.gone)
    return Heading(facts, settings, site, service_url, _publication(facts, settings, site), digest, gone)


@lru_cache(maxsize=16)
def _origin(site_url: str) -> str:
    """What the URLs of its pages begin with: scheme and host."""
    parts = urlsplit(site_url)
    return f"{parts.scheme}://{parts.netloc}"


def _publication(facts: SiteFacts, settings: Settings, site: Site) -> Publication:
    said = settings.metadata
    image = said.image or facts.image
    return Publication(
        site=site,
        image=Image(image) if image else None,
        twitter=said.twitter or facts.twitter,
        fediverse=said.fediverse,
        theme_color=said.theme_color,
        verification=tuple(sorted((dict(facts.verification) | dict(said.verification)).items())),
        article=said.article,
    )


def _patterns(settings: Settings, facts: SiteFacts) -> dict[ChannelKind, tuple[str, str]]:
    """For each kind of term the pattern of the site's pages, as the settings and as the content say it."""
    return {
        "category": (settings.paths.category_page, facts.category_page),
        "tag": (settings.paths.tag_page, facts.tag_page),
        "author": (settings.paths.author_page, facts.author_page),
    }


def _author(said: AuthorSettings) -> Author:
    return Author(said.name, said.email, said.url, said.avatar)


_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*+")
"""A path with nothing before or behind it."""
_MOST_LINKS: Final = 1000
"""Channels whose links are kept: a site may have any number of them."""
_NOTHING_SAID: Final = ChannelSettings()
