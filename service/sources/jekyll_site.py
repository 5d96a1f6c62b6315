"""A Jekyll site as a whole: where it lives, who writes it, what Liquid sees of it.

Read once at each opening of the source, from ``_config.yml`` and ``_data/authors``; single posts are not looked at.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from feeds.frozen import frozen
from feeds.model import Author
from feeds.text import single_line
from feeds.uri import ascii_url, is_web_url
from service.content.scalars import as_typed
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings
from service.sources import metadata
from service.sources.data_files import load
from service.sources.files import Tree
from service.sources.jekyll_config import JekyllConfig, read_config
from service.sources.jekyll_defaults import Defaults
from service.sources.jekyll_feeds import feed_path, former_feeds
from service.sources.jekyll_seo import site_image, site_twitter, verification
from service.sources.keys import Keys
from service.sources.people import People, authors, by_name, named
from service.sources.pictures import Album
from service.sources.source import Context, SiteFacts
from service.sources.term_pages import term_pages

_AUTHOR_FILES = tuple(f"authors.{extension}" for extension in ("yml", "yaml", "json", "csv", "tsv"))


@frozen(frozen=True, slots=True)
class JekyllSite:
    """What holds for all documents. ``base`` is the effective site URL with ``baseurl`` and without a slash at its end.

    ``id_url`` and ``id_baseurl`` are the same as the content spells them: jekyll-feed builds ids from that.
    """

    config: JekyllConfig
    defaults: Defaults
    album: Album
    people: People
    facts: SiteFacts
    context: Context
    base: str
    id_url: str
    id_baseurl: str
    authors: tuple[Author, ...]
    problems: tuple[Problem, ...]
    digest: str


def read_site(tree: Tree, site: SiteSettings, limits: LimitSettings, encoding: str) -> JekyllSite:
    """Read what the content says about itself; ``site`` overrides it.

    Raises SourceUnavailable where the configuration cannot be understood.
    """
    config = read_config(tree, limits, encoding, site.timezone)
    keys = config.keys
    people, people_digest, people_problems = _people(tree, config, limits, encoding)
    own_url = _own_url(keys)
    baseurl = f"/{keys.text('baseurl').strip('/')}".rstrip("/")
    own = f"{own_url}{ascii_url(baseurl)}" if own_url else ""
    base = site.url or own
    resolve = partial(metadata.absolute, base=base)
    path = urlsplit(base).path
    written = _authors(keys, people, base)
    defaults, album = Defaults(config.defaults, config.collections_dir), Album(base, config.source)
    pages = term_pages(keys)
    facts = SiteFacts(
        url=own,
        title=single_line(keys.text("title", "name")),
        description=single_line(keys.text("description", "tagline")),
        language=metadata.language(keys),
        timezone=config.zone.key if keys.text("timezone") == config.zone.key else "",
        authors=written,
        rights=single_line(keys.text("rights", "copyright")),
        icon=resolve(keys.text("icon", "favicon")) if keys.text("icon", "favicon") else None,
        logo=resolve(keys.text("logo")) if keys.text("logo") else None,
        feed_path=feed_path(keys),
        former_feeds=former_feeds(keys),
        image=site_image(config, defaults, resolve, album, tree),
        twitter=site_twitter(config),
        verification=verification(config),
        category_page=pages["category"],
        tag_page=pages["tag"],
    )
    return JekyllSite(
        config=config,
        defaults=defaults,
        album=album,
        people=people,
        facts=facts,
        context=Context(
            url=base,
            baseurl=path,
            timezone=config.zone.key,
            language=site.language or facts.language,
            site=_plain(as_typed(dict(keys.values))) | {"url": base.removesuffix(path), "baseurl": path},
        ),
        base=base,
        id_url=site.url or keys.text("url"),
        id_baseurl="" if site.url else keys.text("baseurl"),
        authors=tuple(map(named, site.authors)) or written,
        problems=(*keys.problems, *people_problems),
        digest=f"{config.digest}.{people_digest}",
    )


def _own_url(keys: Keys) -> str:
    url = keys.text("url")
    if url and not is_web_url(url):
        keys.warn("url", "site-url-invalid", f"{url!r} is not a web address", "write one such as https://example.org")
        return ""
    return ascii_url(url).rstrip("/")


def _people(
    tree: Tree, config: JekyllConfig, limits: LimitSettings, encoding: str
) -> tuple[People, str, tuple[Problem, ...]]:
    """The authors of ``_data/authors``. A file that cannot be read leaves their short names as they are."""
    try:
        file = load(tree, (posixpath.join(config.data_dir, name) for name in _AUTHOR_FILES), limits, encoding)
    except Rejected as error:
        return {}, str(error), error.problems
    return by_name(file.value), file.digest, file.problems


def _authors(keys: Keys, people: People, base: str) -> tuple[Author, ...]:
    """The site's author; its e-mail address is the site's where the author has none of their own."""
    found = authors([keys.get("author")], people, partial(metadata.absolute, base=base))
    email = keys.text("email")
    if len(found) == 1 and email and not found[0].email:
        return (replace(found[0], email=email),)
    return found


def _plain(value: Any) -> Any:
    """A typed value in words that JSON has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
