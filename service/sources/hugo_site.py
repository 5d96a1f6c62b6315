"""A Hugo site as a whole: its configuration, what its files' neighbours say, who writes it.

Read once at each opening; single posts are not looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from feeds.accounts import twitter_account
from feeds.frozen import frozen
from feeds.model import Author
from feeds.text import single_line
from service.content.scalars import Value
from service.errors import Problem, Rejected, SourceUnavailable
from service.settings import LimitSettings, SiteSettings
from service.sources import metadata
from service.sources.data_files import load
from service.sources.files import Tree
from service.sources.hugo_config import HugoConfig, configuration, lowered, read_config, table, text_of, texts
from service.sources.hugo_feeds import TERMS, feed_path, former_feeds, plural_of, spells_plainly
from service.sources.hugo_images import address
from service.sources.hugo_indexes import Indexes, read_indexes
from service.sources.hugo_layout import Layout
from service.sources.hugo_urls import Spelling, UnknownPlaceholder, check
from service.sources.people import People, authors, by_name, named
from service.sources.pictures import Album
from service.sources.source import Context, SiteFacts

_AUTHOR_FILES: Final = tuple(f"data/authors.{ending}" for ending in ("toml", "yaml", "yml", "json"))


@frozen(frozen=True, slots=True)
class HugoSite:
    """What holds for all pages. ``base`` is the site's URL without a slash at its end, ``path`` the configuration."""

    config: HugoConfig
    path: str
    layout: Layout
    indexes: Indexes
    spelling: Spelling
    people: People
    facts: SiteFacts
    context: Context
    album: Album
    base: str
    authors: tuple[Author, ...]
    problems: tuple[Problem, ...]
    digest: str


def read_site(tree: Tree, site: SiteSettings, limits: LimitSettings, encoding: str) -> HugoSite:
    """Read what the content says about itself; ``site`` overrides it.

    Raises SourceUnavailable where the configuration cannot be understood.
    """
    own = read_config(tree, limits, encoding, "", site.timezone)
    config = read_config(tree, limits, encoding, site.url, site.timezone) if site.url else own
    path = configuration(tree)
    _check_permalinks(config, tree, path)
    layout = Layout(config, tree)
    indexes = read_indexes(tree, layout, config, limits, encoding)
    people, people_digest, people_problems = _people(tree, config, indexes, limits, encoding)
    written = _authors(config, people)
    main = {key: None if sections is None else sorted(sections) for key, sections in layout.main.items()}
    state = (config.digest, config.base, indexes.digest, people_digest, str(main), str(layout.resources))
    language = config.languages[config.default].tag
    return HugoSite(
        config=config,
        path=path,
        layout=layout,
        indexes=indexes,
        spelling=Spelling(config.lower, config.plain_accents),
        people=people,
        facts=_facts(own, written, tree, language),
        context=Context(
            url=config.base,
            baseurl=urlsplit(config.base).path,
            timezone=config.zone.key,
            language=site.language or language,
            literal_code=True,
        ),
        album=Album(config.base, "static"),
        base=config.base,
        authors=tuple(map(named, site.authors)) or written,
        problems=(*config.keys.problems, *indexes.problems, *people_problems, *_unread(config, layout, path)),
        digest=hashlib.sha256("\n".join(state).encode("utf-8", "surrogateescape")).hexdigest()[:16],
    )


def _check_permalinks(config: HugoConfig, tree: Tree, path: str) -> None:
    """A pattern that nobody can expand aborts Hugo's build; here it would give every page of a section another URL."""
    for section, pattern in config.permalinks.items():
        try:
            check(pattern)
        except UnknownPlaceholder as error:
            where = ":".join(map(str, (path, *config.places.get("permalinks", ("", (0, 0)))[1])))
            raise SourceUnavailable(f"{tree.called}/{where} permalinks: {section or '/'}: {error}") from None


def _unread(config: HugoConfig, layout: Layout, path: str) -> Iterable[Problem]:
    """What of the site is not read, in one line a kind (C-39)."""
    for extension, count in sorted(layout.unread.items()):
        what = f"{count} .{extension} {'file is' if count == 1 else 'files are'} not read"
        yield Problem(
            path, 0, 0, "warning", "format-unsupported", f"{what}: only Markdown and HTML are", "convert them"
        )
    if config.git:
        line, column = config.keys.place("enablegitinfo")
        message = "enableGitInfo: git is not read, so dates of change are those of front matter"
        yield Problem(path, line, column, "notice", "git-unread", message, "write lastmod where it matters")


def _facts(config: HugoConfig, written: tuple[Author, ...], tree: Tree, language: str | None) -> SiteFacts:
    params, keys = config.params, config.keys
    main = config.languages[config.default]
    own = {**params, **main.params}
    images = texts(own.get("images")) or texts(own.get("image"))
    social = table(own.get("social"))
    pages = {kind: _page(config, kind) for kind in TERMS}
    return SiteFacts(
        url=config.base,
        title=single_line(main.title or keys.text("title")),
        description=single_line(text_of(own.get("description")) or text_of(own.get("subtitle"))),
        language=language,
        timezone=config.zone.key if keys.text("timezone") == config.zone.key else "",
        authors=written,
        rights=single_line(keys.text("copyright")),
        feed_path=feed_path(config),
        former_feeds=former_feeds(config),
        image=address(images[0], base=config.base, url=config.base, bundle="", tree=tree)
        if images and config.base
        else None,
        twitter=twitter_account(text_of(social.get("twitter")) or text_of(own.get("twitter"))),
        category_page=pages["category"],
        tag_page=pages["tag"],
        author_page=pages["author"],
    )


def _page(config: HugoConfig, singular: str) -> str:
    """The pattern of a taxonomy's terms' pages; "" where it has none, or its addresses are made otherwise."""
    plural = plural_of(config, singular)
    if not plural or config.multihost or config.ugly or plural in config.ugly_sections:
        return ""
    return f"{config.languages[config.default].prefix}/{plural}/:hugo/" if spells_plainly(config) else ""


def _authors(config: HugoConfig, people: People) -> tuple[Author, ...]:
    """``params.author`` (a text, a map, a list), else the ``author`` of older versions."""
    main = config.languages[config.default]
    said: tuple[Value, ...] = tuple(
        table_.get(name) for table_ in (main.params, config.params) for name in ("author", "authors")
    )
    value = next((item for item in (*said, config.keys.get("author")) if item), None)
    if isinstance(value, dict) and not any(key in value for key in ("name", "display_name", "title")):
        value = None
    return authors([value], people, partial(metadata.absolute, base=config.base))


def _people(
    tree: Tree, config: HugoConfig, indexes: Indexes, limits: LimitSettings, encoding: str
) -> tuple[People, str, tuple[Problem, ...]]:
    """Authors by the name that posts use: ``data/authors``, and the pages of the taxonomy of authors."""
    plural = config.taxonomies.get("author", "authors")
    people: dict[str, Value] = {}
    for path, values in indexes.people.items():
        taxonomy, _, term = path.partition("/")
        name = text_of(values.get("title"))
        if taxonomy == plural and name:
            people[term] = {**values, "name": text_of(values.get("name")) or name}
    try:
        file = load(tree, _AUTHOR_FILES, limits, encoding)
    except Rejected as error:
        return people, str(error), error.problems
    known = {key: lowered(value) for key, value in by_name(file.value).items()}
    return {**people, **known}, file.digest, file.problems
