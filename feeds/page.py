"""A page of the site and the publication it belongs to: what metadata is made of.

:func:`clean` is the door: what leaves it is text on one line, web addresses, well-formed tags, and every fallback is in
its place, so that the writers of Open Graph, cards and JSON-LD agree and cannot fail. Refuses to know any of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from feeds.accounts import fediverse_account, twitter_account
from feeds.frozen import frozen
from feeds.model import Author, Image, Link, Site, clean_site
from feeds.pictures import clean_image, fits_cards
from feeds.text import excerpt, single_line
from feeds.tokens import language_tag, media_type
from feeds.uri import ascii_url

PageKind = Literal["site", "channel", "post", "page"]
ArticleType = Literal["NewsArticle", "BlogPosting", "Article"]

DESCRIPTION_LENGTH: Final = 300
"""Characters of a description: twice what search engines show, and no whole post where somebody took it for one."""

X_DEFAULT: Final = "x-default"
"""The hreflang of the page for readers of every other language."""


@frozen(frozen=True, slots=True)
class Publication:
    """The site as metadata presents it.

    ``image`` stands for pages without one, ``twitter`` and ``fediverse`` are its accounts, ``verification`` holds pairs
    of console (``google``, ``bing``, ``yandex``, ``baidu``, ``naver``, ``pinterest``, ``facebook``) and code,
    ``article`` is what a post is to search engines.
    """

    site: Site
    image: Image | None = None
    twitter: str = ""
    fediverse: str = ""
    theme_color: str = ""
    verification: tuple[tuple[str, str], ...] = ()
    article: ArticleType = "BlogPosting"


@frozen(frozen=True, slots=True)
class Page:
    """A page of the site: its home, the page of a channel, a post, or a page that is no post (about, contact)."""

    kind: PageKind
    url: str
    title: str
    canonical: str = ""
    """The page of which this one is a copy; "" for none, itself."""
    description: str = ""
    language: str | None = None
    noindex: bool = False
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    from_content: bool = False
    """The pictures are those that its content shows: one without words is decoration there, and stays so."""
    alternates: tuple[tuple[str, str], ...] = ()
    """The versions in all languages, this one among them: hreflang (``x-default`` too) and URL."""
    feeds: tuple[Link, ...] = ()
    """This page's own channels first: media type, title, href."""
    trail: tuple[tuple[str, str], ...] = ()
    """Name and URL of each step from the home page to this one, both included."""
    oembed: tuple[tuple[str, str], ...] = ()
    """Where its embeddable form is: media type and URL."""
    profile: Author | None = None
    """Whose page it is, where a channel is one author's."""
    newest: tuple[tuple[str, str], ...] = ()
    """Title and URL of a channel's newest posts."""


def clean(page: Page, publication: Publication) -> tuple[Page, Publication]:
    """Both as metadata may say them, with every fallback applied. Applying it twice changes nothing.

    Without a title the page has the site's, and so with description and language; without a picture that of
    its author (a profile's avatar), of the publication, the site's logo; a post without authors has the site's.
    Pictures that cards can show come first, because consumers take the first one. An address that is not on the web
    is "". Raises nothing.
    """
    publication = _publication(publication)
    site = publication.site
    url = web_address(page.url)
    profile = _author(page.profile) if page.profile else None
    profile = profile if profile and profile.name else None
    own = _authors(page.authors)
    return (
        replace(
            page,
            url=url,
            title=single_line(page.title) or site.title,
            canonical=web_address(page.canonical) or url,
            description=excerpt(page.description, DESCRIPTION_LENGTH) or excerpt(site.description, DESCRIPTION_LENGTH),
            language=language_tag(page.language) or site.language,
            authors=own or (site.authors if page.kind == "post" else ()),
            categories=_labels(page.categories),
            tags=_labels(page.tags),
            images=_images(page.images, profile, publication),
            alternates=_unique((_hreflang(tag), web_address(href)) for tag, href in page.alternates),
            feeds=_feeds(page.feeds),
            trail=_unique((single_line(name), web_address(href)) for name, href in page.trail),
            oembed=_unique((media_type(kind) or "", web_address(href)) for kind, href in page.oembed),
            profile=profile,
            newest=_unique((single_line(title), web_address(href)) for title, href in page.newest),
        ),
        publication,
    )


@lru_cache(maxsize=4)
def _publication(publication: Publication) -> Publication:
    """Once for all pages of a site."""
    site = clean_site(publication.site)
    return replace(
        publication,
        site=replace(
            site,
            url=web_address(site.url),
            authors=_authors(site.authors),
            icon=web_address(site.icon or "") or None,
            logo=web_address(site.logo or "") or None,
        ),
        image=clean_image(publication.image),
        twitter=twitter_account(publication.twitter),
        fediverse=fediverse_account(publication.fediverse),
        theme_color=single_line(publication.theme_color),
        verification=_unique((console, single_line(code)) for console, code in publication.verification),
    )


def _images(images: tuple[Image, ...], profile: Author | None, publication: Publication) -> tuple[Image, ...]:
    if found := _cards_first(images):
        return found
    if profile and profile.avatar and (found := _cards_first((Image(profile.avatar, alt=profile.name),))):
        return found
    site = publication.site
    if publication.image and (found := _cards_first((publication.image,))):
        return found
    return _cards_first((Image(site.logo, alt=site.title),)) if site.logo else ()


def _cards_first(images: tuple[Image, ...]) -> tuple[Image, ...]:
    cleaned: dict[str, Image] = {}
    for image in filter(None, map(clean_image, images)):
        cleaned.setdefault(image.url, image)
    if len(cleaned) > 1:
        return tuple(sorted(cleaned.values(), key=lambda image: not fits_cards(image)))
    return tuple(cleaned.values())


def _authors(authors: tuple[Author, ...]) -> tuple[Author, ...]:
    return tuple(dict.fromkeys(author for author in map(_author, authors) if author.name))


@lru_cache(maxsize=512)
def _author(author: Author) -> Author:
    """Without the e-mail address: the metadata of a page is no place for one. Once for all pages that name them."""
    return Author(
        name=single_line(author.name),
        url=web_address(author.url or "") or None,
        avatar=web_address(author.avatar or "") or None,
        twitter=twitter_account(author.twitter),
        fediverse=fediverse_account(author.fediverse),
    )


@lru_cache(maxsize=512)
def _feeds(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Those with a type and an address; without a type a link would claim to be a version of the page. Once for all
    pages that name the same ones."""
    found: dict[tuple[str | None, str], Link] = {}
    for link in filter(None, map(_feed, links)):
        found.setdefault((link.media_type, link.href), link)
    return tuple(found.values())


def _feed(link: Link) -> Link | None:
    kind, href = media_type(link.media_type), web_address(link.href)
    return Link("alternate", href, kind, single_line(link.title)) if kind and href else None


def _hreflang(tag: str) -> str:
    return X_DEFAULT if tag.strip().lower() == X_DEFAULT else language_tag(tag) or ""


@lru_cache(maxsize=512)
def web_address(url: str) -> str:
    """An absolute http or https address in ASCII, "" for any other.

    A bare host gets the slash that it stands for (RFC 3986 §6.2.3), as in browsers and canonical links. A page says its
    own several times over.
    """
    written = ascii_url(url)
    if not written.startswith(("http://", "https://")):
        return ""
    return f"{written}/" if written.count("/") == 2 and "?" not in written and "#" not in written else written


def _labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(single_line, labels))))


def _unique(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The whole pairs, each once, in order."""
    return tuple(dict.fromkeys(pair for pair in pairs if all(pair)))
