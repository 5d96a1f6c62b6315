"""A post of a generator's folder, once its generator's own rules are settled: the keys that mean the same everywhere.

The rules themselves (URL, date, what hides a post, what is a page) are the dialect's and come in as a
:class:`Settled`. Refuses to know one generator from another.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from feeds.model import Author
from service.content import guards
from service.content.front_matter import FrontMatter
from service.errors import Problem
from service.settings import LimitSettings
from service.sources import body_pictures, discovery, media, metadata
from service.sources.files import Tree
from service.sources.keys import Keys
from service.sources.people import signed
from service.sources.pictures import Album, Picture, beside
from service.sources.seldom import SELDOM
from service.sources.source import Fields, Markup, Visibility
from service.sources.walk import visible

HTML: tuple[str, ...] = (".html", ".htm", "/")
"""How the URL of a page ends. Feeds, style sheets and scripts that generators make from templates are no pages."""


@frozen(frozen=True, slots=True)
class Site:
    """What assembling needs of a site. ``base`` has no slash at its end."""

    base: str
    zone: ZoneInfo
    limits: LimitSettings
    album: Album
    updated: tuple[str, ...]
    """Keys of the author's date of change, first one first."""
    summaries: tuple[str, ...]


@frozen(frozen=True, slots=True)
class Settled:
    """What a dialect has settled of a post or page. ``url`` is absolute."""

    id: str
    url: str
    title: str
    markup: Markup
    published: datetime | None
    visibility: Visibility = "public"
    future: bool = False
    collection: str = "posts"
    language: str | None = None
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    explicit_url: bool = False
    aliases: tuple[str, ...] = ()
    translation: str = ""
    listed: bool = True
    liquid: bool = False
    separator: str = ""
    """Ends the summary in the body."""
    redirects_to: str | None = None
    explicit_id: bool = False


def assemble(
    settled: Settled, keys: Keys, matter: FrontMatter, locator: str, tree: Tree, site: Site
) -> tuple[Fields, tuple[Problem, ...]]:
    """All of a post's fields, and all that was found on the way. Raises Rejected for a date that cannot be read."""
    path, url, base = visible(locator), settled.url, site.base
    treatment, faults = guards.inspect(
        matter.body,
        settled.markup,
        path=path,
        first_line=matter.body_line,
        limits=site.limits,
        with_liquid=settled.liquid,
    )
    page = settled.collection == "pages"
    if page:  # its body is in no feed: where it is suspicious it is worth neither a process nor a line in the report
        treatment, faults = "lazy" if treatment == "lazy" else "escape", ()
    resolve, look = partial(metadata.absolute, base=base, page=url), partial(_look, site.album, tree, locator)
    updated, tree.turns_at = metadata.changed(
        keys, site.updated, site.zone, "iso", site.limits, published=settled.published, now=tree.now()
    )
    pictures, notes = body_pictures.look(
        matter,
        path,
        url,
        base,
        look,
        site.album.kept(tree),
        markdown=settled.markup == "markdown",
        liquid=settled.liquid,
    )
    language = settled.language or metadata.language(keys)
    rare, canonical = not keys.lacks(SELDOM), settled.redirects_to
    if rare:
        canonical = canonical or discovery.target(keys, url, base) or discovery.canonical(keys, url)
    fields = Fields(
        id=settled.id,
        url=url,
        title=settled.title,
        published=settled.published,
        markup=settled.markup,
        updated=updated,
        expires=metadata.expires(keys, site.zone, "iso", site.limits) if rare else None,
        future=settled.future or page,
        visibility="unlisted" if page and settled.visibility == "public" else settled.visibility,
        language=language,
        summary=metadata.summary(keys, site.summaries, site.limits, with_liquid=True),
        authors=signed(settled.authors, keys.values) if rare else settled.authors,
        categories=settled.categories,
        tags=settled.tags,
        images=media.images(keys, resolve, look),
        pictures=pictures,
        enclosures=media.enclosures(keys, resolve, partial(_size, tree, locator)) if rare else (),
        liquid=settled.liquid,
        excerpt_separator=settled.separator,
        treatment=treatment,
        full_text=not (rare and metadata.excerpt_only(keys)),
        noindex=rare and discovery.noindex(keys),
        listed=settled.listed
        and settled.visibility == "public"
        and url.endswith(HTML)
        and discovery.listed(keys, url, base, canonical),
        canonical=canonical,
        translation=settled.translation or discovery.translation(keys, url, base, language),
        explicit_url=settled.explicit_url,
        explicit_id=settled.explicit_id,
        aliases=tuple(alias for alias in dict.fromkeys(settled.aliases) if alias != url) if settled.aliases else (),
        collection=settled.collection,
    )
    return fields, (*keys.problems, *notes, *faults)


def aliases(keys: Keys, base: str, *names: str) -> tuple[str, ...]:
    """Former URLs of a post, by the keys that name them."""
    found: Iterable[str | None] = (metadata.absolute(path, base) for path in metadata.paths(keys, *names))
    return tuple(filter(None, found))


def _look(album: Album, tree: Tree, locator: str, written: str, url: str) -> Picture | None:
    """A picture may lie beside the post, whose own URL may be elsewhere."""
    return album.look(tree, written, url, *beside(posixpath.dirname(locator), written))


def _size(tree: Tree, locator: str, path: str) -> int | None:
    """The size of a file named relative to the post, to the root, or to Zola's and Hugo's ``static``."""
    own = posixpath.normpath(posixpath.join(posixpath.dirname(locator), path))
    entry = tree.first((own, path, f"static/{path}"))
    return entry.size if entry else None
