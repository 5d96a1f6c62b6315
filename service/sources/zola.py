"""A Zola site's pages, as Zola 0.22 has them (see ``tests/sources/zola``, and its ``Page::parse``, ``FileInfo``).

A page with a date, its own or its file name's, is a post: Zola's feeds hold no others. Pages without one, and sections
(``_index.md``), are pages: sitemaps list them. Ids are the permalinks, as in Zola's Atom feeds. Templates are not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from re import Pattern
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from feeds.model import Author
from feeds.text import single_line
from service.content.front_matter import Kind, parse, split
from service.content.permalinks import live_url, titleize
from service.content.scalars import Position, Unreadable, Value, shorten
from service.content.shortcodes import expand
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import metadata, terms
from service.sources.assembling import Settled, Site, aliases, assemble
from service.sources.digests import digest_of
from service.sources.files import Tree
from service.sources.keys import Keys
from service.sources.people import authors, named
from service.sources.pictures import Album
from service.sources.source import Context, Fields, SiteFacts, Visibility
from service.sources.walk import Entry, visible
from service.sources.zola_config import facts_language, read_config, slug_of, transliterated

REVISION: Final = 3
"""Part of every fingerprint: raise it when the same file comes to mean something else."""

UPDATED: Final = ("updated",)
SUMMARIES: Final = ("description",)

_ROOT: Final = "content/"
_NOTATIONS: tuple[Kind, ...] = ("toml", "yaml")
_MORE: Final = ("<!-- more -->", "<!--more-->")
_DATED = re.compile(
    r"(?P<date>\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?)"
    r"(?:\s?[_-](?P<slug>.+))?",
    re.ASCII,
)


@frozen(frozen=True, slots=True)
class _Place:
    """What a file's place says. ``folders`` are those of its URL; ``name`` its name, or that of its directory."""

    folders: tuple[str, ...]
    name: str
    language: str
    section: bool
    home: bool
    """An ``index.md`` at the top, which needs no slug."""
    canonical: str
    """What its translations have in common."""


class Zola:
    """One Zola site as it was when it was opened."""

    window = 0

    def __init__(self, tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        """Raises SourceUnavailable where the site's configuration cannot be understood."""
        self._config = config = read_config(tree, limits, settings.encoding)
        keys = config.keys
        self._settings, self._limits = settings, limits
        self._founded = site.founded
        self._base = site.url or config.base_url
        zone = ZoneInfo(site.timezone or "UTC")
        self._site = Site(self._base, zone, limits, Album(self._base, "static"), UPDATED, SUMMARIES)
        author = keys.text("author")
        written = (Author(single_line(author)),) if author else ()
        self._authors = tuple(map(named, site.authors)) or written
        language = facts_language(config)
        pages = config.term_pages
        self.facts = SiteFacts(
            url=config.base_url,
            title=single_line(keys.text("title")),
            description=single_line(keys.text("description")),
            language=language,
            authors=written,
            feed_path=config.feed_path,
            former_feeds=config.former_feeds,
            category_page=pages.get("category", ""),
            tag_page=pages.get("tag", ""),
            author_page=pages.get("author", ""),
        )
        self.context = Context(
            self._base, urlsplit(self._base).path, zone.key, site.language or language, literal_code=True
        )
        self.problems: tuple[Problem, ...] = tuple(keys.problems)
        self.digest = digest_of(f"zola {REVISION} {self._base} {config.digest}", settings, site, limits)

    def enter(self, path: str) -> bool:
        return path == "content" or (path.startswith(_ROOT) and not path.rpartition("/")[2].startswith("."))

    def wanted(self, path: str) -> bool:
        return path.startswith(_ROOT) and path.endswith(".md") and not path.rpartition("/")[2].startswith(".")

    def opening(self, _path: str) -> Pattern[bytes] | None:
        """A file without front matter stops Zola, so it has its line in the report."""
        return None

    def prepare(self, entry: Entry, text: str, _tree: Tree) -> tuple[str, tuple[Problem, ...]]:
        """Shortcodes expanded."""
        parts = split(text, _NOTATIONS)
        body, problems = expand(parts.body, visible(entry.path), parts.body_line)
        return text[: len(text) - len(parts.body)] + body, problems

    def understand(self, entry: Entry, text: str, tree: Tree) -> tuple[Fields, tuple[Problem, ...]]:
        """What a file says. Raises Rejected where Zola would refuse it, too."""
        path = visible(entry.path)
        matter = parse(text, path, self._limits, kinds=_NOTATIONS)
        if matter.kind is None:
            reason = "has no front matter, so Zola does not build the site"
            raise Rejected(
                *matter.problems,
                Problem(path, 1, 1, "warning", "front-matter-missing", reason, "begin it with +++ lines"),
            )
        keys = Keys(matter.values, matter.positions, path)
        keys.problems += matter.problems
        place = self._place(entry.path, keys)
        published, slug = self._published(keys, place)
        url, explicit = self._url(place, slug, keys)
        post = published is not None and not place.section
        categories, tags, people = self._taxonomies(keys)
        resolve = partial(metadata.absolute, base=self._base, page=url)
        explicit_id = metadata.explicit_id(self._extra(keys), self._base, self._founded)
        settled = Settled(
            id=explicit_id or url,
            explicit_id=explicit_id is not None,
            url=url,
            title=metadata.title(keys, self._limits) or self._title(place, slug, keys),
            markup="markdown",
            published=published,
            visibility=self._visibility(keys),
            future=self._settings.future is not False,
            collection="posts" if post else "pages",
            language=metadata.language(Keys({"lang": place.language}, {}, path)) if self._config.languages else None,
            authors=authors((keys.get("authors"), list(people)), {}, resolve) or (self._authors if post else ()),
            categories=categories,
            tags=tags,
            explicit_url=explicit,
            aliases=aliases(keys, self._base, "aliases"),
            translation=f"file:{place.canonical}" if self._config.languages else "",
            separator=next((mark for mark in _MORE if mark in matter.body), ""),
            redirects_to=self._redirect(keys),
        )
        return assemble(settled, self._with_extra(keys, matter.positions), matter, entry.path, tree, self._site)

    def _place(self, locator: str, keys: Keys) -> _Place:
        """``FileInfo``: the language behind the first dot of a name, if the site has such a language."""
        *folders, name = locator.removeprefix(_ROOT).removesuffix(".md").split("/")
        config, language = self._config, self._config.language
        stem, _, behind = name.partition(".")
        if config.languages and behind:
            if behind in config.languages:
                language, name = behind, stem
            elif behind != config.language:
                message = f"{behind!r} in its name is no language of the site, so Zola does not build it"
                keys.warn("lang", "language-unknown", message, "add it to [languages], or rename the file")
        canonical = "/".join((*folders, name))
        section = name == "_index"
        home = name == "index" and not folders
        if name.partition(".")[0] == "index" and folders:
            *folders, name = folders
        return _Place(tuple(folders), name, language, section, home, canonical)

    def _published(self, keys: Keys, place: _Place) -> tuple[datetime | None, str]:
        """The date, and the slug in the file's name without one. A date in the name counts where there is no other."""
        named = None if place.section else _DATED.match(place.name)
        slug = named["slug"] if named and named["slug"] and not self._config.keep_dates else place.name
        zone, limits = self._site.zone, self._limits
        if keys.get("date") is not None and not place.section:
            return metadata.date(keys, "date", zone, "iso", limits), slug
        if named:
            return metadata.date(Keys({"date": named["date"]}, {}, keys.path), "date", zone, "iso", limits), slug
        return None, slug

    def _url(self, place: _Place, slug: str, keys: Keys) -> tuple[str, bool]:
        """The permalink, and whether the author wrote it. It always ends in a slash."""
        config = self._config
        written = keys.text("path")
        if written and not place.section:
            path = f"/{written.strip('/')}/".replace("//", "/")
            return live_url(self._base, path), True
        own = keys.text("slug") or slug
        parts = [*place.folders]
        if not place.section and not place.home:
            if transliterated(own, config.slugs):
                message = f"Zola writes {shorten(own)} in Latin letters; this URL has it as it is"
                keys.warn("slug", "slug-transliterated", message, 'say slug, path, or paths = "safe" in [slugify]')
            parts.append(slug_of(own, config.slugs))
        if place.language != config.language:
            parts.insert(0, place.language)
        path = "".join(f"{part}/" for part in parts if part)
        return live_url(self._base, f"/{path}"), False

    def _taxonomies(self, keys: Keys) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Categories, tags and authors of ``[taxonomies]``."""
        written = keys.get("taxonomies")
        table = written if isinstance(written, dict) else {}
        found: list[tuple[str, ...]] = []
        for name in ("categories", "tags", "authors"):
            labels: tuple[str, ...] = ()
            try:
                value = table.get(name, table.get({"categories": "category", "tags": "tag"}.get(name, "author")))
                labels = terms.one(value, comma=self._settings.split_terms_at_comma)
            except Unreadable as error:
                keys.warn("taxonomies", error.code, f"{name}: {error.message}", "write a list, such as ['a', 'b']")
            found.append(terms.bounded(labels, name, keys, self._limits))
        return found[0], found[1], found[2]

    def _visibility(self, keys: Keys) -> Visibility:
        """Drafts, and pages that are not rendered, are nowhere. What is neither true nor false hides (C-41)."""
        return "hidden" if metadata.is_hidden(keys, ("draft", False), ("render", True)) else "public"

    def _title(self, place: _Place, slug: str, keys: Keys) -> str:
        """A section or a page may do without a title."""
        name = place.folders[-1] if place.section and place.folders else slug
        if place.home or (place.section and not place.folders):
            return self.facts.title or "Untitled"
        keys.warn("title", "title-missing", "has no title; its file's name stands in", "add a title")
        return single_line(titleize(name)) or "Untitled"

    def _redirect(self, keys: Keys) -> str | None:
        """``redirect_to`` of a section."""
        written = keys.text("redirect_to")
        return metadata.absolute(written, self._base) if written else None

    def _extra(self, keys: Keys) -> Keys:
        """``[extra]``: what sites and themes say beyond Zola's own keys."""
        extra: Value = keys.get("extra")
        return Keys(extra if isinstance(extra, dict) else {}, {}, keys.path)

    def _with_extra(self, keys: Keys, positions: Mapping[str, Position]) -> Keys:
        """All keys that mean the same everywhere, be they Zola's own or in ``[extra]``."""
        own = {name: value for name, value in keys.values.items() if name not in _ZOLAS}
        extra = self._extra(keys).values
        places = dict.fromkeys(extra, positions.get("extra", (0, 0)))
        merged = Keys({**extra, **own}, {**places, **positions}, keys.path)
        merged.problems = keys.problems
        return merged


_ZOLAS: Final = frozenset(
    ("extra", "taxonomies", "authors", "date", "slug", "path", "aliases", "template", "redirect_to")
)
