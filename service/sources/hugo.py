"""A Hugo site's pages: what Hugo 0.111.3 makes of them (see ``tests/sources/hugo``), without its templates and themes.

**Which pages are posts.** Hugo's own home feed has every regular page, about and contact among them. Here, as in its
themes, those of the main sections are posts: a page whose type (``type``, else its section) is among
``params.mainSections``, else in the section with the most pages. The other regular pages are pages: in sitemaps, and
beside the feeds. A site without sections has nothing but posts. Lists (home, sections, terms) are neither.

Where a theme, a module or a template would change what a page is, nothing of that is seen here. What aborts Hugo's
whole build costs one post here.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from datetime import datetime
from functools import partial
from re import Pattern
from typing import Final, cast
from urllib.parse import urlsplit

from feeds.frozen import frozen
from feeds.model import Author
from feeds.text import excerpt, plain, single_line
from service.content import goldmark, guards
from service.content.front_matter import FrontMatter, parse
from service.content.permalinks import titleize
from service.content.scalars import Unreadable, Value, is_bool, shorten
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import body_pictures, discovery, hugo_dates, hugo_urls, media, metadata, terms
from service.sources.digests import digest_of
from service.sources.files import Tree
from service.sources.hugo_config import Language, lowered, table, text_of, texts, truth
from service.sources.hugo_dates import Dates
from service.sources.hugo_embeds import Scene, expanded
from service.sources.hugo_images import address, images, seen
from service.sources.hugo_indexes import inherited, is_draft
from service.sources.hugo_layout import HTML, Place
from service.sources.hugo_shortcodes import has_shortcodes
from service.sources.hugo_site import HugoSite, read_site
from service.sources.keys import Keys
from service.sources.people import authors, signed
from service.sources.source import Fields, Markup, Visibility
from service.sources.walk import Entry, visible

REVISION: Final = 2
"""Part of every fingerprint: raise it when the same file comes to mean something else."""

MORE: Final = "<!--more-->"
_RESERVED: Final = frozenset(
    (
        *("date", "publishdate", "pubdate", "published", "lastmod", "modified", "expirydate", "unpublishdate"),
        *("draft", "headless", "_build", "build", "url", "slug", "aliases", "title", "type", "cascade", "sitemap"),
        *("translationkey", "outputs", "resources", "summary", "description"),
    )
)
"""Keys that mean something at the top of front matter only; below ``params`` they are the site's own."""
_THEMES: Final = (("canonicalurl", "canonical"), ("robotsnoindex", "noindex"), ("translationkey", "translation_key"))
_NO_TAG = re.compile(rb"\s*[^\s<]")
_NEVER: Final = frozenset(("never", "link"))


@frozen(frozen=True, slots=True)
class _Reading:
    """One file's keys with what cascades to it, its dates, and its language."""

    keys: Keys
    matter: FrontMatter
    place: Place
    language: Language


class Hugo:
    """One Hugo site as it was when it was opened."""

    window = 0

    def __init__(self, tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        """Reads the configuration and the ``_index`` files; raises SourceUnavailable."""
        self._site: HugoSite = read_site(tree, site, limits, settings.encoding)
        self._settings = settings
        self._limits = limits
        self._founded = site.founded
        self.facts = self._site.facts
        self.context = self._site.context
        self.problems = self._site.problems
        self.digest = digest_of(f"{REVISION} {self._site.base} {self._site.digest}", settings, site, limits)

    def enter(self, path: str) -> bool:
        return self._site.layout.enter(path)

    def wanted(self, path: str) -> bool:
        return self._site.layout.wanted(path)

    def opening(self, path: str) -> Pattern[bytes] | None:
        """Whatever lies under ``content`` is a page to Hugo, front matter or not; but HTML that begins as such is a
        file as it is."""
        return _NO_TAG if path.rpartition(".")[2] in HTML else None

    def beside(self, path: str) -> str:
        """The names of its bundle's pictures: one of them may stand for the page by its name."""
        names = self._site.layout.pictures.get(self._site.layout.bundle(path))
        return f".{hashlib.sha256('/'.join(names).encode('utf-8', 'surrogateescape')).hexdigest()[:8]}" if names else ""

    def prepare(self, entry: Entry, text: str, tree: Tree) -> tuple[str, tuple[Problem, ...]]:
        """The text with its shortcodes expanded: what they come to hangs on files and the configuration, which nobody
        reads when the body is rendered. Raises Rejected."""
        if not has_shortcodes(text):
            return text, ()
        reading = self._read(entry, text)
        body = reading.matter.body
        scene = Scene(reading.place, reading.keys.values, self._site.config, self._site.layout, tree)
        made, problems = expanded(body, scene, visible(entry.path), reading.matter.body_line)
        return text[: len(text) - len(body)] + made, problems

    def understand(self, entry: Entry, text: str, tree: Tree) -> tuple[Fields, tuple[Problem, ...]]:
        """What a file says. Raises Rejected where the page cannot be published as it stands."""
        reading = self._read(entry, text)
        keys, matter, place, language = reading.keys, reading.matter, reading.place, reading.language
        site, config, limits, path = self._site, self._site.config, self._limits, visible(entry.path)
        name = place.stem if not place.bundle else place.base
        dates = hugo_dates.read(keys, config.dates, name, entry.mtime_ns, config.zone, limits)
        url = self._url(keys, place, dates, language)
        base, is_post = language.base, self._is_post(keys, place)
        markup: Markup = "html" if place.extension in HTML else cast("Markup", config.markup)
        plain_markup: Markup = "html" if markup == "html" else "markdown"
        treatment, faults = guards.inspect(
            matter.body, plain_markup, path=path, first_line=matter.body_line, limits=limits, with_liquid=False
        )
        if not is_post:
            treatment, faults = ("lazy" if treatment == "lazy" else "escape"), ()
        visibility, ends = self._visibility(keys, place), [above.ends for above in site.indexes.above(place)]
        published = dates.publish or dates.date
        if published is None:
            keys.warn("date", "date-missing", "has no date; the time it was first seen counts", "add a date")
        updated = self._updated(keys, dates, published, tree)
        visibility = self._within(place, visibility, tree)
        bundle = self._site.layout.bundle(entry.path)
        resolve = partial(address, base=base, url=url, bundle=bundle, tree=tree)
        beside = bundle or posixpath.dirname(entry.path)
        album = self._site.album
        look = partial(seen, album=album, tree=tree, directory=beside, bundle=bundle)
        pictures, notes = body_pictures.look(
            matter, path, url, base, look, album.kept(tree), markdown=markup != "html", liquid=False
        )
        categories, tags, taxonomy_authors = self._terms(keys, place)
        canonical = discovery.target(keys, url, base) or discovery.canonical(keys, url)
        fields = Fields(
            id=self._id(keys, url, place, base, is_post=is_post),
            url=url,
            title=metadata.title(keys, limits) or self._title(keys, place),
            published=published,
            markup=markup,
            updated=updated,
            expires=min(filter(None, (*ends, None if config.expired else dates.expiry)), default=None),
            future=(config.future if self._settings.future is None else self._settings.future) or dates.publish is None,
            visibility="unlisted" if visibility == "public" and not is_post else visibility,
            language=metadata.language(keys) or (language.tag if config.several else None),
            summary=self._summary(keys, matter.body),
            authors=signed(
                self._authors(keys, taxonomy_authors, base) or (self._site.authors if is_post else ()), keys.values
            ),
            categories=categories,
            tags=tags,
            images=images(keys, base, url, bundle, self._site.layout, album, tree),
            pictures=pictures,
            enclosures=media.enclosures(keys, resolve, partial(_size, tree, bundle)),
            excerpt_separator=MORE if MORE in matter.body else "",
            treatment=treatment,
            full_text=not metadata.excerpt_only(keys),
            noindex=discovery.noindex(keys),
            listed=visibility == "public" and discovery.listed(keys, url, base, canonical),
            canonical=canonical,
            translation=self._translation(keys, place),
            explicit_url=keys.get("url") is not None,
            explicit_id=metadata.explicit_id(keys, base, self._founded) is not None,
            aliases=self._aliases(keys, url, base),
            collection="posts" if is_post else "pages",
        )
        return fields, (*keys.problems, *notes, *faults)

    def _read(self, entry: Entry, text: str) -> _Reading:
        """Raises Rejected where the front matter cannot be understood."""
        path = visible(entry.path)
        place = self._site.layout.place(entry.path)
        if place is None:
            raise Rejected(Problem(path, 0, 0, "notice", "not-a-document", "is a file of a bundle, no page"))
        matter = parse(text, path, self._limits)
        keys = page_keys(matter, self._site, place, path)
        return _Reading(keys, matter, place, self._site.config.languages[place.language])

    def _id(self, keys: Keys, url: str, place: Place, base: str, *, is_post: bool) -> str:
        """The author's own, else the page's URL, which is the ``guid`` of Hugo's feed."""
        if not is_post:
            return metadata.tag_uri(base, self._founded, hugo_urls.quoted(place.path))
        return metadata.explicit_id(keys, base, self._founded) or url

    def _is_post(self, keys: Keys, place: Place) -> bool:
        main = self._site.layout.main[place.language]
        return main is None or (keys.text("type") or place.section or "page").lower() in main

    def _url(self, keys: Keys, place: Place, dates: Dates, language: Language) -> str:
        config, site = self._site.config, self._site
        url = keys.text("url")
        if "://" in url:
            message = f"url: {shorten(url)} names a host, which aborts Hugo's build"
            raise keys.rejected("url", "permalink-invalid", message, "write a path such as /a/b/")
        sections = site.layout.sections(place)
        names = tuple("/".join(sections[: depth + 1]) for depth in range(len(sections)))
        page = hugo_urls.AddressParts(
            directory=place.directory,
            base=place.base,
            sections=sections,
            title=single_line(keys.text("title")),
            date=dates.date,
            slug=keys.text("slug").strip("-") or dates.slug,
            url=url,
            section_slugs=tuple(self._section_slug(name, place.language) for name in names),
        )
        ugly = config.ugly or place.section.lower() in config.ugly_sections
        pattern = config.permalinks.get(place.section.lower(), "")
        path = hugo_urls.page_path(page, pattern, site.spelling, ugly=ugly, prefix=language.prefix)
        return language.base + path

    def _section_slug(self, directory: str, language: str) -> str:
        """``:sectionslug``: its ``_index``'s slug, else its title, else Hugo's title of its directory's name."""
        indexes = self._site.indexes
        slug, title = indexes.slugs.get((directory, language)), indexes.titles.get((directory.lower(), language))
        return slug or title or directory.rpartition("/")[2]

    def _updated(self, keys: Keys, dates: Dates, published: datetime | None, tree: Tree) -> datetime | None:
        """``.Lastmod`` where it tells more than the date of publication."""
        lastmod = dates.lastmod
        if lastmod is None or (published is not None and lastmod <= published):
            return None
        if dates.lastmod_key.startswith(":"):
            return lastmod
        updated, tree.turns_at = metadata.changed(
            keys, (dates.lastmod_key,), self._site.config.zone, "iso", self._limits, published=published, now=tree.now()
        )
        return updated

    def _visibility(self, keys: Keys, place: Place) -> Visibility:
        """Hidden where Hugo writes no page of its own; unlisted where it lists the page nowhere.

        ``draft`` wins over ``published``. What is neither true nor false is no draft to Hugo and its page is live, but
        an unfinished post must not leave in feeds (C-41).
        """
        build = table(keys.get("_build")) or table(keys.get("build"))
        render, listing = (_choice(build.get(name)) for name in ("render", "list"))
        outputs = [name.lower() for name in texts(keys.get("outputs"))]
        if render in _NEVER or (place.bundle and truth(keys.get("headless"))) or (outputs and "html" not in outputs):
            return "hidden"
        draft = is_draft(keys)
        if draft and not self._site.config.drafts:
            return "hidden"
        if draft is None:
            message = (
                f"draft: {shorten(text_of(keys.get('draft')))} is neither true nor false; the post stays out of feeds"
            )
            keys.warn("draft", "draft-ambiguous", message, "write draft: true, or remove the key")
            return "unlisted"
        return "unlisted" if listing in ("never", "local") else "public"

    def _within(self, place: Place, visibility: Visibility, tree: Tree) -> Visibility:
        """Hidden, at least for now, where a section above is: below one that Hugo leaves out it builds nothing."""
        now = tree.now()
        begins = [above.begins for above in self._site.indexes.above(place) if above.begins and above.begins > now]
        if any(above.draft for above in self._site.indexes.above(place)):
            return "hidden"
        if begins:
            tree.turns_at = min(filter(None, (tree.turns_at, max(begins))))
            return "hidden"
        return visibility

    def _title(self, keys: Keys, place: Place) -> str:
        """A title for a page without one, which to Hugo has none (C-32)."""
        keys.warn("title", "title-missing", "has no title; its file name stands in", "add a title")
        return single_line(titleize(place.base)) or "Untitled"

    def _summary(self, keys: Keys, body: str) -> str | None:
        """The author's own, unless a divider ends one in the body, which wins in Hugo; else the description."""
        if MORE in body:
            return None
        for key in ("summary", "description"):
            written = keys.text(key) if not is_bool(keys.get(key)) else ""
            if written:
                text = plain(goldmark.to_html(written)) if key == "summary" else plain(written)
                if text:
                    return excerpt(text, self._limits.summary_length)
        return None

    def _terms(self, keys: Keys, place: Place) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Categories, tags and authors by the site's taxonomies, called as their own pages are."""
        config, found = self._site.config, []
        languages = (place.language, config.default)
        for singular in ("category", "tag", "author"):
            plural = config.taxonomies.get(singular, "")
            labels: tuple[str, ...] = ()
            try:
                labels = terms.one(keys.get(plural), comma=False) if plural else ()
                if self._settings.split_terms_at_comma and isinstance(keys.get(plural), str):
                    labels = terms.one(keys.get(plural), comma=True)
            except Unreadable as error:
                if singular != "author":
                    keys.warn(plural, error.code, error.message, "write a list, such as [a, b]")
            named = (self._site.indexes.term(plural, label, languages) for label in labels)
            found.append(terms.bounded(named, plural, keys, self._limits) if labels else ())
        return found[0], found[1], found[2]

    def _authors(self, keys: Keys, taxonomy: tuple[str, ...], base: str) -> tuple[Author, ...]:
        """``author``, ``authors`` and the taxonomy of authors."""
        plural = self._site.config.taxonomies.get("author", "authors")
        written = (keys.get("author"), keys.get("authors") if plural != "authors" or not taxonomy else None)
        resolve, people = partial(metadata.absolute, base=base), self._site.people
        known: list[Value] = (
            [
                people.get(hugo_urls.term_path(label)) or people.get(label) or label
                for label in terms.one(keys.get(plural), comma=False)
            ]
            if taxonomy
            else []
        )
        return authors((*written, *known), people, resolve)

    def _translation(self, keys: Keys, place: Place) -> str:
        if not self._site.config.several:
            return discovery.translation(keys, "", self._site.base, None)
        return single_line(keys.text("translationkey")) or f"path:/{place.key}"

    def _aliases(self, keys: Keys, url: str, base: str) -> tuple[str, ...]:
        below = url.removeprefix(base)
        found = (base + hugo_urls.alias_path(alias, below) for alias in metadata.paths(keys, "aliases"))
        return tuple(alias for alias in dict.fromkeys(found) if alias != url and urlsplit(alias).path)


def page_keys(matter: FrontMatter, site: HugoSite, place: Place, path: str) -> Keys:
    """A page's keys in lower case: its own, those below ``params``, then what cascades to it, the nearest first."""
    values = table(lowered(dict(matter.values)))
    positions = {key.lower(): at for key, at in matter.positions.items()}
    for key, value in table(values.get("params")).items():
        if key not in _RESERVED and key not in values:
            values[key] = value
            positions[key] = positions.get("params", (0, 0))
    values = dict(inherited(Keys(values, {}, path), site.indexes, place).values)
    for theirs, ours in _THEMES:
        if theirs in values and ours not in values:
            values[ours] = values[theirs]
            if theirs in positions:
                positions[ours] = positions[theirs]
    keys = Keys(values, positions, path)
    keys.problems += matter.problems
    return keys


def _choice(value: Value) -> str:
    """``render`` and ``list`` of build options: a word, or a boolean of older versions."""
    said = truth(value)
    return "never" if said is False else "always" if said else text_of(value).lower()


def _size(tree: Tree, bundle: str, path: str) -> int | None:
    """The size of a file named relative to the bundle, or to the site's root."""
    places = ((posixpath.join(bundle, path),) if bundle else ()) + (posixpath.join("static", path),)
    entry = tree.first(map(posixpath.normpath, places))
    return entry.size if entry else None
