"""A Jekyll site's documents and pages: what Jekyll 4.3.1, jekyll-feed 0.17 and jekyll-sitemap 1.4 make of them (see
``tests/sources/jekyll``).

Where Jekyll does harm a document is rejected instead: broken YAML, which it publishes as of now, and a bad date or
permalink, which aborts its whole build. Layouts and plugins are not read.
"""

from __future__ import annotations

import posixpath
from datetime import datetime
from functools import lru_cache, partial
from re import Pattern
from typing import Any, Final, Literal

from feeds.model import Author
from feeds.text import single_line
from feeds.uri import ascii_url
from service.content import guards
from service.content.dates import DateError, name_slug
from service.content.front_matter import FrontMatter, parse
from service.content.liquid_scan import has_liquid
from service.content.permalinks import (
    Place,
    UnknownPlaceholder,
    page,
    post_id,
    titleize,
)
from service.content.scalars import Unreadable, Value, as_bool, as_text, is_bool, shorten
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import body_pictures, discovery, jekyll_pages, jekyll_terms, media, metadata
from service.sources.digests import digest_of
from service.sources.files import Tree
from service.sources.jekyll_config import raw_text
from service.sources.jekyll_defaults import deep_merge
from service.sources.jekyll_layout import Document, Layout
from service.sources.jekyll_site import read_site
from service.sources.jekyll_steps import FileKind, Read, Settled
from service.sources.jekyll_terms import JekyllTerms
from service.sources.keys import Keys
from service.sources.people import authors, signed
from service.sources.pictures import Picture, beside
from service.sources.seldom import SELDOM
from service.sources.source import Fields, Visibility
from service.sources.walk import Entry, visible

REVISION: Final = 3
"""Part of every fingerprint: raise it when the same file comes to mean something else."""

UPDATED: Final = ("last_modified_at", "updated")
SUMMARIES: Final = ("excerpt", "description", "feature_text")
_FEW: Final = ("draft", "excerpt_separator", "permalink", "published", "redirect_from", "render_with_liquid", "slug")
_RARE: Final = SELDOM | jekyll_terms.RARE | frozenset((*UPDATED, *_FEW))
"""Of a post with none of these much is settled without asking."""
_NOTATIONS: tuple[Literal["yaml"]] = ("yaml",)
_LONGEST_KEPT: Final = 256
_LAST_SECOND = 4_102_444_799
"""The end of 2099. File systems count further than calendars."""


class Jekyll:
    """One Jekyll site as it was when it was opened."""

    def __init__(self, tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        """Raises SourceUnavailable where the site's configuration cannot be understood."""
        self._settings = settings
        self._founded = site.founded
        self._limits = limits
        self._site = read_site(tree, site, limits, settings.encoding)
        self._config = self._site.config
        self._zone = self._config.zone
        self._resolve = partial(metadata.absolute, base=self._site.base)
        self._defaults = self._site.defaults
        self._layout = Layout(self._config)
        self._kind = lru_cache(maxsize=256)(self._kind_of)
        self._shown = media.Shown(self._resolve, self._site.album)
        people, resolve = self._site.people, self._resolve
        self._named = lru_cache(maxsize=1024)(lambda name: authors((name,), people, resolve))
        self._terms = JekyllTerms(limits, comma=settings.split_terms_at_comma)
        self._future = self._config.future if settings.future is None else settings.future
        self._full_text = not metadata.excerpt_only(self._config.keys)
        self.facts = self._site.facts
        self.context = self._site.context
        self.problems = self._site.problems
        self.window = self._config.limit_posts
        self.steps = (self._read, self._settle)
        self.enter = self._layout.enter
        self.wanted = self._layout.wanted
        self.digest = digest_of(f"{REVISION} {self._site.base} {self._site.digest}", settings, site, limits)

    def opening(self, path: str) -> Pattern[bytes] | None:
        """Pages need front matter; what begins otherwise is copied as it is, and nobody is told of it."""
        document = self._layout.document(path)
        return jekyll_pages.FRONT_MATTER if document is not None and document.page else None

    def understand(self, entry: Entry, text: str, tree: Tree) -> tuple[Fields, tuple[Problem, ...]]:
        """What a file says. Raises Rejected where the document cannot be published as it stands."""
        said: Any = text
        for step in self.steps:
            said = step(entry, said)
        return self.finish(entry, said, tree)

    def _read(self, entry: Entry, text: str) -> Read:
        document = self._layout.document(entry.path)
        path = visible(entry.path)
        matter = parse(text, path, self._limits, kinds=_NOTATIONS)
        if document is None or (document.collection != "posts" and not document.page and matter.kind is None):
            reason = "has no front matter: Jekyll copies it as it is"
            raise Rejected(Problem(path, 0, 0, "notice", "not-a-document", reason))
        defaults = self._defaults.of(document.relative_path, document.collection)
        keys = Keys(deep_merge(defaults, matter.values) if defaults else matter.values, matter.positions, path)
        keys.problems += matter.problems
        kind = self._kind(document.collection, document.extension, document.page)
        liquid = has_liquid(matter.body) and keys.flag("render_with_liquid") is not False
        treatment, faults = guards.inspect(
            matter.body,
            kind.markup,
            path=path,
            first_line=matter.body_line,
            limits=self._limits,
            with_liquid=liquid,
        )
        if document.page:  # its body is in no feed: suspicious, it is worth neither a process nor a line in the report
            treatment, faults = "lazy" if treatment == "lazy" else "escape", ()
        return Read(document, matter, keys, kind, defaults.get("categories"), liquid, treatment, faults)

    def _settle(self, entry: Entry, read: Read) -> tuple[Read, Settled]:
        document, matter, keys, kind, *_ = read
        if document.page:
            return read, self._page(document, kind, keys, matter)
        return read, self._post(entry, document, kind, keys, read.default_categories, rare=not keys.lacks(_RARE))

    def finish(self, entry: Entry, said: tuple[Read, Settled], tree: Tree) -> tuple[Fields, tuple[Problem, ...]]:
        """What a file says, after all :attr:`steps`."""
        (document, matter, keys, kind, _, liquid, treatment, faults), settled = said
        limits, zone, base = self._limits, self._zone, self._site.base
        rare = not keys.lacks(_RARE)  # else all that hangs on these keys is settled without asking for them
        seldom = rare and not keys.lacks(SELDOM)
        written, language = ascii_url(settled.url), metadata.language(keys)
        url, known = f"{base}{written}", settled.path is not None and written == settled.url and "?" not in written
        below = discovery.is_below(url, base)
        canonical = updated = tree.turns_at = None
        if seldom:
            canonical = discovery.target(keys, url, base) or discovery.canonical(keys, url)
        if rare:
            updated, tree.turns_at = metadata.changed(
                keys, UPDATED, zone, "jekyll", limits, published=settled.published, now=tree.now()
            )
        if known and below and language is not None and not seldom:
            translation = discovery.version(settled.path or "", language)
        else:
            translation = discovery.translation(keys, url, base, language)
        pictures, notes = body_pictures.look(
            matter,
            keys.path,
            url,
            base,
            partial(self._look, tree, entry.path),
            self._site.album.kept(tree),
            markdown=kind.markup == "markdown",
            liquid=liquid,
        )
        fields = Fields(  # by place, in the order of the class: to name thirty values takes three times as long
            settled.id,
            url,
            settled.title,
            settled.published,
            kind.markup,
            updated,
            metadata.expires(keys, zone, "jekyll", limits) if seldom else None,
            settled.future,
            settled.visibility,
            language,
            metadata.summary(keys, SUMMARIES, limits, with_liquid=True),
            signed(settled.authors, keys.values) if seldom else settled.authors,
            settled.categories,
            settled.tags,
            self._shown.of(keys, tree),
            pictures,
            media.enclosures(keys, self._resolve, partial(self._size, tree)) if seldom else (),
            liquid,
            raw_text(keys, "excerpt_separator", self._config.excerpt_separator)
            if rare
            else self._config.excerpt_separator,
            treatment,
            self._full_text and not (seldom and metadata.excerpt_only(keys)),  # full_text
            settled.error or (seldom and discovery.noindex(keys)),  # noindex
            settled.belongs and (discovery.listed(keys, url, base, canonical) if seldom else below),  # listed
            canonical,
            translation,
            rare and matter.values.get("permalink") is not None,  # explicit_url
            tuple(filter(None, map(self._resolve, metadata.paths(keys, "redirect_from")))) if rare else (),  # aliases
            document.collection,
            settled.explicit_id,
        )
        return fields, (*keys.problems, *notes, *faults)

    def _post(
        self, entry: Entry, document: Document, kind: FileKind, keys: Keys, default_categories: Value, *, rare: bool
    ) -> Settled:
        basename, permalink, output_ext = document.basename, kind.permalink, kind.output_ext
        explicit_id, draft = None, False
        published, name_slug = self._published(basename, keys)
        slug = (rare and keys.text("slug")) or name_slug
        categories, tags, url_categories = self._terms.of(keys, document.directories, default_categories, rare=rare)
        if rare and (own := self._own_permalink(keys)) is not None:
            permalink, output_ext = own, _output_ext(kind, own)
        path = document.cleaned_path if ":path" in permalink else ""
        date = published or self._changed(entry)
        try:
            url, decoded = page(
                permalink, Place(date, slug, basename, url_categories, document.collection, path, output_ext)
            )
        except UnknownPlaceholder as error:
            raise _bad_permalink(keys, error) from None
        if rare:
            draft = self._is_draft(keys)
            explicit_id = metadata.explicit_id(keys, self._site.base, self._founded)
        return Settled(
            id=explicit_id or post_id(self._site.id_url, self._site.id_baseurl, url, decoded, slug),
            explicit_id=explicit_id is not None,
            url=url,
            path=decoded,
            title=metadata.title(keys, self._limits) or single_line(titleize(name_slug)) or basename,
            published=published,
            future=self._future,
            visibility=self._visibility(kind, keys, draft=draft) if rare else kind.visibility,
            belongs=not draft,
            error=False,
            authors=self._authors(keys) or self._site.authors,
            categories=categories,
            tags=tags,
        )

    def _page(self, document: Document, kind: FileKind, keys: Keys, matter: FrontMatter) -> Settled:
        """A page has no date that Jekyll looks at, so none hides it; its id hangs on its file alone.

        Where its own ``permalink`` is null, that of the defaults does not hold, as it would for a post.
        """
        written = matter.values.get("permalink", "") is not None
        permalink = self._own_permalink(keys) if written else ""
        if keys.get("permalink") == "":
            raise keys.rejected("permalink", "permalink-invalid", "permalink is empty", "write a path, or remove it")
        extension = _output_ext(kind, permalink or "")
        url = jekyll_pages.page_url(document.relative_path, permalink or "", self._config.permalink, extension)
        draft = self._is_draft(keys)
        name = document.basename if document.basename != "index" else posixpath.dirname(document.relative_path)
        return Settled(
            id=metadata.tag_uri(self._site.base, self._founded, document.relative_path),
            url=url,
            path=None,
            title=metadata.title(keys, self._limits)
            or single_line(titleize(posixpath.basename(name)))
            or self._site.facts.title
            or document.basename,
            published=metadata.updated(keys, ("date",), self._zone, "jekyll", self._limits),
            future=True,
            visibility=self._visibility(kind, keys, draft=draft),
            belongs=not draft and jekyll_pages.belongs(url, extension, matter.body),
            error=jekyll_pages.is_error(url),
            authors=self._authors(keys),
        )

    def _authors(self, keys: Keys) -> tuple[Author, ...]:
        name = keys.get("author")
        if isinstance(name, str) and len(name) < _LONGEST_KEPT and not keys.has("authors"):
            return self._named(name)
        return authors((keys.get("author"), keys.get("authors")), self._site.people, self._resolve)

    def _kind_of(self, collection: str, extension: str, page: bool) -> FileKind:
        """``Renderer#output_ext``, and whether the collection is syndicated. No page is."""
        lower, syndicated = extension.lower(), collection == "posts" or collection in self._settings.collections
        markdown = lower[1:] in self._config.markdown
        return FileKind(
            "markdown" if markdown else "html" if lower in jekyll_pages.HTML else "text",
            ".html" if markdown else extension,
            "" if page else self._config.collections[collection].permalink,
            "public" if syndicated and not page else "unlisted",
        )

    def _published(self, name: str, keys: Keys) -> tuple[datetime | None, str]:
        """The date, and the slug in the file name. Front matter wins over the name; ``date:`` with nothing is an error.

        A draft or a document of a collection without a date has None (C-18): Jekyll's build time would never settle.
        """
        zone, limits = self._zone, self._limits
        if keys.has("date"):
            return metadata.date(keys, "date", zone, "jekyll", limits), name_slug(name)
        try:
            published = metadata.name_day(keys, name, zone, "jekyll", limits)
        except DateError as error:
            raise keys.rejected("date", error.code, error.message, "rename the file, or add a date") from None
        if published is None:
            keys.warn("date", "date-missing", "has no date; the time it was first seen counts", "add a date")
        return published, name_slug(name)

    def _changed(self, entry: Entry) -> datetime:
        """When a file was last changed, as far as calendars go: the day in the URL of an undated document."""
        seconds = min(max(entry.mtime_ns // 1_000_000_000, 0), _LAST_SECOND)
        return datetime.fromtimestamp(seconds, self._zone)

    def _own_permalink(self, keys: Keys) -> str | None:
        """``permalink`` where it is there and not false. Raises Rejected where it is no text."""
        value = keys.get("permalink")
        try:
            return as_text(value) if value is not None and as_bool(value) else None
        except Unreadable as error:
            raise _bad_permalink(keys, error) from None

    def _visibility(self, kind: FileKind, keys: Keys, *, draft: bool) -> Visibility:
        """``published`` as Jekyll has it, then ``draft`` as jekyll-feed, then whether the collection is syndicated.

        Only a boolean hides: Jekyll publishes ``published: "false"``, and its page is live.
        """
        published = keys.get("published")
        if keys.has("published") and not as_bool(published) and not self._config.unpublished:
            return "hidden"
        if (
            isinstance(published, str)
            and published.strip().lower() in ("false", "no", "off", "0", "")
            and as_bool(published)
        ):
            message = f"published: {shorten(published)} is text, so Jekyll publishes the post"
            keys.warn("published", "published-ambiguous", message, "write published: false")
        return "unlisted" if draft else kind.visibility

    def _is_draft(self, keys: Keys) -> bool:
        """Whether ``draft`` keeps a document out of feeds and sitemaps.

        What is no boolean counts as true (C-41), although jekyll-feed lets it through: an unfinished post must not
        leave.
        """
        draft = keys.get("draft")
        if draft is not None and not is_bool(draft):
            message = "draft is neither true nor false; the post stays out of feeds"
            keys.warn("draft", "draft-ambiguous", message, "write draft: true, or remove the key")
        return draft is not None and as_bool(draft) and not self._config.show_drafts

    def _look(self, tree: Tree, post: str, written: str, url: str) -> Picture | None:
        """A picture of a body may lie beside the post (jekyll-postfiles)."""
        return self._site.album.look(tree, written, url, *beside(posixpath.dirname(post), written))

    def _size(self, tree: Tree, path: str) -> int | None:
        entry = tree.first((posixpath.join(self._config.source, path),))
        return entry.size if entry else None


def _output_ext(kind: FileKind, permalink: str) -> str:
    """What a document becomes by its own permalink (Ruby's ``File.extname``: one that ends in a slash has none), else
    by its kind."""
    extension = posixpath.splitext(permalink)[1]
    return extension if len(extension) > 1 else kind.output_ext


def _bad_permalink(keys: Keys, error: ValueError) -> Rejected:
    return keys.rejected("permalink", "permalink-invalid", str(error), "write a path such as /:year/:title/")
