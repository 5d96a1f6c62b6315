"""Structured data for search engines: one JSON-LD ``@graph`` in the words of schema.org.

What Google's documentation of articles, profile pages and breadcrumbs asks for, from a page that went through
:func:`feeds.page.clean`. Refuses to say what a reader of the page does not see: no ratings, no keywords of our own, and
no logo in the place of an article's picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from feeds.accounts import twitter_profile
from feeds.dates import rfc3339
from feeds.model import Author, Image
from feeds.open_graph import present
from feeds.page import Page, Publication
from feeds.text import excerpt, term_key

HEADLINE_LENGTH: Final = 110

Node = dict[str, Any]


def json_ld(page: Page, publication: Publication) -> Node:
    """The document: context and graph. Its nodes refer to each other by ``@id``. Raises ValueError for a naive date.

    A post is an article on a page; a channel is a collection with the list of its newest posts, an author's channel a
    profile page; the publisher and the web site are in every graph, so that each page can be read alone.
    """
    ids = _Ids(page.canonical, publication)
    nodes = [
        *([_article(page, publication, ids)] if page.kind == "post" else []),
        _web_page(page, publication, ids),
        *([_breadcrumb(page, ids)] if len(page.trail) > 1 else []),
        *_of_all_pages(publication),
    ]
    return {"@context": "https://schema.org", "@graph": nodes}


class _Ids:
    """The names by which nodes refer to each other. Relative ones, where an address is unknown, are valid as well."""

    def __init__(self, canonical: str, publication: Publication) -> None:
        home = publication.site.url.partition("#")[0]
        base = canonical.partition("#")[0]
        self.page = base or "#webpage"
        self.article = f"{base}#article"
        self.breadcrumb = f"{base}#breadcrumb"
        self.site = f"{home}#website"
        self.publisher = f"{home}#publisher"


def _article(page: Page, publication: Publication, ids: _Ids) -> Node:
    changed = max(filter(None, (page.updated, page.published)), default=None)
    site = publication.site
    return present(
        {
            "@type": publication.article,
            "@id": ids.article,
            "headline": excerpt(page.title, HEADLINE_LENGTH),
            "url": page.canonical,
            "description": page.description,
            "image": [_image(image) for image in page.images if image.url != site.logo],
            "datePublished": rfc3339(page.published) if page.published else "",
            "dateModified": rfc3339(changed) if changed else "",
            "author": [_author(author, site.title, site.url) for author in page.authors] or [{"@id": ids.publisher}],
            "publisher": {"@id": ids.publisher},
            "mainEntityOfPage": {"@id": ids.page},
            "isPartOf": {"@id": ids.site},
            "articleSection": list(page.categories),
            "keywords": list(page.tags),
            "inLanguage": page.language,
        }
    )


def _web_page(page: Page, publication: Publication, ids: _Ids) -> Node:
    is_list = page.kind == "channel" or (page.kind == "site" and bool(page.newest))
    dated = page.kind == "page"
    return present(
        {
            "@type": "ProfilePage" if page.profile else "CollectionPage" if is_list else "WebPage",
            "@id": ids.page,
            "url": page.canonical,
            "name": page.title,
            "description": page.description,
            "datePublished": rfc3339(page.published) if dated and page.published else "",
            "dateModified": rfc3339(page.updated) if dated and page.updated else "",
            "inLanguage": page.language,
            "isPartOf": {"@id": ids.site},
            "breadcrumb": {"@id": ids.breadcrumb} if len(page.trail) > 1 else {},
            "mainEntity": _person(page.profile) if page.profile else _list(page.newest) if is_list else {},
            "hasPart": _parts(page.newest, publication) if page.profile else [],
        }
    )


def _list(posts: Iterable[tuple[str, str]]) -> Node:
    """An ItemList of posts; empty where there are none."""
    items = _steps(posts, "url")
    return {"@type": "ItemList", "itemListElement": items} if items else {}


def _parts(posts: Iterable[tuple[str, str]], publication: Publication) -> list[Node]:
    """Posts by the person of a profile page, whose main entity is that person and no list."""
    return [
        {"@type": publication.article, "headline": excerpt(title, HEADLINE_LENGTH), "url": url} for title, url in posts
    ]


def _breadcrumb(page: Page, ids: _Ids) -> Node:
    return {"@type": "BreadcrumbList", "@id": ids.breadcrumb, "itemListElement": _steps(page.trail, "item")}


def _steps(steps: Iterable[tuple[str, str]], address: str) -> list[Node]:
    return [
        {"@type": "ListItem", "position": position, "name": name, address: url}
        for position, (name, url) in enumerate(steps, 1)
    ]


@lru_cache(maxsize=4)
def _of_all_pages(publication: Publication) -> tuple[Node, Node]:
    """The web site and its publisher: once for all pages."""
    ids = _Ids("", publication)
    return _web_site(publication, ids), _publisher(publication, ids)


def _web_site(publication: Publication, ids: _Ids) -> Node:
    site = publication.site
    return present(
        {
            "@type": "WebSite",
            "@id": ids.site,
            "url": site.url,
            "name": site.title,
            "description": site.description,
            "inLanguage": site.language,
            "publisher": {"@id": ids.publisher},
        }
    )


def _publisher(publication: Publication, ids: _Ids) -> Node:
    site = publication.site
    logo = site.logo or site.icon
    return present(
        {
            "@type": "Organization",
            "@id": ids.publisher,
            "name": site.title,
            "url": site.url,
            "logo": _image(Image(logo)) if logo else _image(publication.image) if publication.image else {},
            "sameAs": [twitter_profile(publication.twitter)] if publication.twitter else [],
        }
    )


@lru_cache(maxsize=512)
def _author(author: Author, site_title: str, home: str) -> Node:
    """One author; an organisation where the newsroom signs with its own name. Once for all pages that name them."""
    if term_key(author.name) == term_key(site_title):
        return present({"@type": "Organization", "name": author.name, "url": author.url or home})
    return _person(author)


def _person(author: Author) -> Node:
    return present(
        {
            "@type": "Person",
            "name": author.name,
            "url": author.url,
            "image": author.avatar,
            "sameAs": [twitter_profile(author.twitter)] if author.twitter else [],
        }
    )


def _image(image: Image) -> Node:
    return present(
        {
            "@type": "ImageObject",
            "url": image.url,
            "width": image.width,
            "height": image.height,
            "caption": image.alt or image.title,
        }
    )
