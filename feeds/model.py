"""The nouns of syndication, frozen: what every format renders and nothing else.

A :class:`Post` is valid by construction once it went through :func:`make_post`: its text is XML-legal, its URLs are
ASCII, its times are aware UTC. Renderers may therefore be total functions. This module refuses to know where posts
come from and what they look like in any one format.
"""

from __future__ import annotations

import hashlib
from dataclasses import field, fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from feeds.frozen import frozen
from feeds.text import single_line, xml_legal
from feeds.tokens import count, email_address, language_tag, media_type
from feeds.uri import ascii_id, ascii_url

ChannelKind = Literal["site", "category", "tag", "author", "language"]

FOUNDED = datetime(2000, 1, 1, tzinfo=UTC)
"""The date an empty channel carries: a constant, because the moment of building would change its bytes."""

NOWHERE = "about:blank"
"""The page of a site that has none: formats demand a URL, and this one claims nothing."""


@frozen(frozen=True, slots=True)
class Author:
    """A person or organisation (RFC 4287 §3.2; RSS ``dc:creator``; JSON Feed ``authors``)."""

    name: str
    email: str | None = None
    url: str | None = None
    avatar: str | None = None
    twitter: str = ""
    """Account on X, with its @."""
    fediverse: str = ""
    """Account in the fediverse, as in ``@kim@social.example``."""


@frozen(frozen=True, slots=True)
class Image:
    """A picture that stands for a post. Width and height are in pixels, ``media_type`` as in ``image/jpeg``."""

    url: str
    alt: str = ""
    title: str = ""
    width: int | None = None
    height: int | None = None
    media_type: str | None = None


@frozen(frozen=True, slots=True)
class Enclosure:
    """A file attached to a post. ``length`` in octets, None where unknown; ``duration`` in seconds."""

    url: str
    media_type: str
    length: int | None = None
    title: str = ""
    duration: int | None = None


@frozen(frozen=True, slots=True)
class Post:
    """An item of content before it has a format. Build it with :func:`make_post`.

    ``content`` is sanitised HTML with absolute URLs ("" where there is none), ``summary`` is plain text,
    ``categories`` and ``tags`` are labels in the author's spelling and order.
    """

    id: str
    url: str
    title: str
    published: datetime
    updated: datetime | None = None
    summary: str = ""
    content: str = ""
    authors: tuple[Author, ...] = ()
    contributors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    full_text: bool = True
    """False: the author wants only the summary syndicated (jekyll-feed's ``feed.excerpt_only``)."""

    @property
    def last_change(self) -> datetime:
        """The author's edit date where it is later than the publication date, else the publication date."""
        return max(self.published, self.updated) if self.updated else self.published

    @property
    def digest(self) -> str:
        """A hex digest over every field that has a value; adding an empty field keeps old digests."""
        state = hashlib.sha256()
        _feed_digest(state, self)
        return state.hexdigest()


@frozen(frozen=True, slots=True)
class Site:
    """The publication. ``url`` is its home page; ``category_scheme`` and ``tag_scheme`` name its two taxonomies."""

    url: str
    title: str
    description: str = ""
    language: str | None = None
    authors: tuple[Author, ...] = ()
    rights: str = ""
    icon: str | None = None
    """Square, 1:1 (Atom ``icon``, JSON Feed ``favicon``)."""
    logo: str | None = None
    """Wide, 2:1 (Atom ``logo``, RSS ``image``, JSON Feed ``icon``)."""
    hubs: tuple[str, ...] = ()
    timezone: str = "UTC"
    founded: datetime = FOUNDED
    category_scheme: str = ""
    tag_scheme: str = ""


@frozen(frozen=True, slots=True)
class Link:
    """A typed link (RFC 8288): of a feed's head, or of the HTTP response that carries it."""

    rel: str
    href: str
    media_type: str | None = None
    title: str = ""
    hreflang: str | None = None


@frozen(frozen=True, slots=True)
class Channel:
    """What a feed is about: the ordered window of posts of the site, a category, a tag, an author or a language.

    ``url`` is the HTML page, never the feed; ``feeds`` maps a format's name (``rss``, ``atom``, ``json``) to the
    absolute URL where that feed lives; ``updated`` comes from the posts (``Site.founded`` where there are none).
    """

    kind: ChannelKind
    title: str
    url: str
    feeds: tuple[tuple[str, str], ...]
    updated: datetime
    description: str = ""
    label: str = ""
    language: str | None = None
    ttl: int = 60
    """Minutes a reader may wait (RSS ``ttl``; a hint beside the HTTP headers)."""

    def feed_url(self, format_name: str) -> str:
        """The absolute URL of this channel's feed in a format; KeyError where it has none."""
        return dict(self.feeds)[format_name]


@frozen(frozen=True, slots=True)
class Document:
    """The bytes of a target, uncompressed, with what HTTP must say about them."""

    body: bytes
    media_type: str
    changed_at: datetime
    """When we saw the channel change: the Last-Modified header, never a byte of the body (DESIGN.md rule 8)."""
    links: tuple[Link, ...] = field(default=())


def make_post(
    *,
    id: str,  # noqa: A002 - the specifications' word
    url: str,
    title: str,
    published: datetime,
    updated: datetime | None = None,
    summary: str = "",
    content: str = "",
    authors: tuple[Author, ...] = (),
    contributors: tuple[Author, ...] = (),
    categories: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    language: str | None = None,
    images: tuple[Image, ...] = (),
    enclosures: tuple[Enclosure, ...] = (),
    full_text: bool = True,
) -> Post:
    """The door: clean every string once, so that no renderer can fail on content.

    Raises ValueError for what no cleaning can mend: an empty id or URL, a naive date, or one outside the calendar
    once it is in UTC.
    """
    clean_url = ascii_url(url)
    clean_id = ascii_id(single_line(id))
    if not clean_id or not clean_url:
        raise ValueError("a post needs an id and a URL")
    if published.tzinfo is None or (updated is not None and updated.tzinfo is None):
        raise ValueError("a post's dates must carry a zone")
    return Post(
        id=clean_id,
        url=clean_url,
        title=single_line(title) or clean_url,
        published=_in_utc(published),
        updated=_in_utc(updated) if updated else None,
        summary=xml_legal(summary).strip(),
        content=xml_legal(content).strip(),
        authors=tuple(_author(a) for a in authors if single_line(a.name)),
        contributors=tuple(_author(a) for a in contributors if single_line(a.name)),
        categories=_labels(categories),
        tags=_labels(tags),
        language=language_tag(language),
        images=tuple(image for image in map(_image, images) if image.url),
        enclosures=tuple(_enclosure(e) for e in enclosures if ascii_url(e.url)),
        full_text=full_text,
    )


@lru_cache(maxsize=16)
def clean_site(site: Site) -> Site:
    """``site`` as a document may say it: what :func:`make_post` does to a post. Never raises."""
    url = ascii_url(site.url) or NOWHERE
    return replace(
        site,
        url=url,
        title=single_line(site.title) or url,
        description=single_line(site.description),
        language=language_tag(site.language),
        authors=tuple(_author(a) for a in site.authors if single_line(a.name)),
        rights=single_line(site.rights),
        icon=ascii_url(site.icon or "") or None,
        logo=ascii_url(site.logo or "") or None,
        hubs=tuple(dict.fromkeys(filter(None, map(ascii_url, site.hubs)))),
        category_scheme=ascii_url(site.category_scheme),
        tag_scheme=ascii_url(site.tag_scheme),
    )


def clean_channel(channel: Channel, site: Site) -> Channel:
    """``channel`` as a document may say it; a missing title, page, description or language is the (clean) site's."""
    title = single_line(channel.title) or site.title
    return replace(
        channel,
        title=title,
        url=ascii_url(channel.url) or site.url,
        feeds=tuple((name, url) for name, url in ((name, ascii_url(url)) for name, url in channel.feeds) if url),
        description=single_line(channel.description) or site.description or title,
        label=single_line(channel.label),
        language=language_tag(channel.language) or site.language,
        ttl=max(channel.ttl, 1),
    )


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is outside the calendar in UTC") from None


def _labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for label in map(single_line, labels) if label))


@lru_cache(maxsize=512)
def _author(author: Author) -> Author:
    """Once for all posts of theirs."""
    return Author(
        name=single_line(author.name),
        email=email_address(author.email),
        url=ascii_url(author.url) or None if author.url else None,
        avatar=ascii_url(author.avatar) or None if author.avatar else None,
        twitter=single_line(author.twitter),
        fediverse=single_line(author.fediverse),
    )


def _image(image: Image) -> Image:
    return Image(
        url=ascii_url(image.url),
        alt=single_line(image.alt),
        title=single_line(image.title),
        width=count(image.width),
        height=count(image.height),
        media_type=media_type(image.media_type),
    )


def _enclosure(enclosure: Enclosure) -> Enclosure:
    return Enclosure(
        url=ascii_url(enclosure.url),
        media_type=media_type(enclosure.media_type) or "application/octet-stream",
        length=count(enclosure.length),
        title=single_line(enclosure.title),
        duration=count(enclosure.duration),
    )


def _feed_digest(state: Any, value: object) -> None:
    """Unambiguous: each atom is length-prefixed, each record names its non-empty fields."""
    if is_dataclass(value):
        for spec in fields(value):
            item = getattr(value, spec.name)
            if item not in (None, "", ()):
                _feed_digest(state, spec.name)
                _feed_digest(state, item)
        state.update(b";")
    elif isinstance(value, tuple):
        state.update(b"%d[" % len(value))
        for item in value:
            _feed_digest(state, item)
    else:
        data = value.isoformat().encode() if isinstance(value, datetime) else str(value).encode()
        state.update(b"%d:" % len(data))
        state.update(data)
