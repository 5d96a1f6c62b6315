"""A plain folder of posts: Markdown, HTML and text files with front matter, and no generator to ask for their meaning.

Nothing here is anyone's page yet, so doubt hides (a draft that may be one, a ``published`` that may be false) and dates
are read as everyone writes them. A file without front matter is not taken for a post: folders hold licences, too. Of
Hexo's sites ``_posts`` are read as well; where its pages are is not known here.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from re import Pattern
from typing import Final
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from feeds.text import single_line
from service.content import guards
from service.content.dates import DateError, name_date
from service.content.front_matter import FrontMatter, parse, split
from service.content.liquid_scan import has_liquid
from service.content.literal import hide_code
from service.content.mdx import to_markdown
from service.content.permalinks import titleize
from service.content.scalars import Unreadable, Value
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import body_pictures, discovery, media, metadata, terms
from service.sources.digests import digest_of
from service.sources.files import Tree
from service.sources.keys import Keys
from service.sources.people import authors, named, signed
from service.sources.pictures import Album, Picture, beside
from service.sources.source import Context, Fields, Markup, SiteFacts, Visibility
from service.sources.walk import Entry, visible

REVISION: Final = 3
"""Part of every fingerprint: raise it when the same file comes to mean something else."""

MARKUP: Final[Mapping[str, Markup]] = {
    "md": "markdown",
    "markdown": "markdown",
    "mkd": "markdown",
    "mkdn": "markdown",
    "mkdown": "markdown",
    "mdx": "markdown",
    "html": "html",
    "htm": "html",
    "txt": "text",
}
"""What a file is, by its extension; others are no posts."""
DATES: Final = ("date", "published", "pubdate", "publishdate", "created")
UPDATED: Final = ("updated", "lastmod", "modified", "last_modified_at")
SUMMARIES: Final = ("excerpt", "summary", "description", "feature_text")
_SKIPPED = (".", "_", "#")
_UNFINISHED = frozenset(("draft", "hidden", "pending", "private"))
_MORE = ("<!--more-->", "<!-- more -->")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_FENCE = re.compile(r" {0,3}(```|~~~)")


class Plain:
    """One plain folder as it was when it was opened."""

    window = 0

    def __init__(
        self, settings: SourceSettings, site: SiteSettings, limits: LimitSettings, *, hexo: bool = False
    ) -> None:
        self._hexo = hexo
        self._settings = settings
        self._limits = limits
        self._founded = site.founded
        self._base = site.url
        self._zone = ZoneInfo(site.timezone or "UTC")
        self._authors = tuple(map(named, site.authors))
        self.facts = SiteFacts()
        self.context = Context(self._base, urlsplit(self._base).path, self._zone.key, site.language, literal_code=True)
        self._album = Album(self._base)
        self.problems: tuple[Problem, ...] = ()
        state = f"{REVISION} hexo" if hexo else str(REVISION)
        self.digest = digest_of(f"{state} {self._base}", settings, site, limits)

    def enter(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return (self._hexo and name == "_posts") or (not name.startswith(_SKIPPED) and name != "node_modules")

    def wanted(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return not name.startswith(_SKIPPED) and _extension(name) in MARKUP

    def opening(self, _path: str) -> Pattern[bytes] | None:
        """A file without front matter has its line in the report."""
        return None

    def prepare(self, entry: Entry, text: str, _tree: Tree) -> tuple[str, tuple[Problem, ...]]:
        """MDX as Markdown; everything else as it is."""
        if not entry.path.lower().endswith(".mdx"):
            return text, ()
        parts = split(text)
        body, problems = to_markdown(parts.body, visible(entry.path), parts.body_line)
        return text[: len(text) - len(parts.body)] + body, problems

    def understand(self, entry: Entry, text: str, tree: Tree) -> tuple[Fields, tuple[Problem, ...]]:
        """What a file says. Raises Rejected where it is no post, or cannot be published as it stands."""
        path = visible(entry.path)
        matter = parse(text, path, self._limits)
        if matter.kind is None:
            reason, hint = "has no front matter, so it is not taken for a post", "begin it with --- lines and a title"
            raise Rejected(*matter.problems, Problem(path, 1, 1, "warning", "front-matter-missing", reason, hint))
        keys = _case_blind(matter, path)
        limits, zone = self._limits, self._zone
        markup = _markup(entry.path, matter.body)
        body = hide_code(matter.body)
        liquid = has_liquid(body)
        treatment, faults = guards.inspect(
            body, markup, path=path, first_line=matter.body_line, limits=limits, with_liquid=liquid
        )
        place = _place(entry.path)
        url, explicit = self._url(place, keys)
        resolve = partial(metadata.absolute, base=self._base, page=url)
        categories, tags = self._terms(keys)
        visibility, language, canonical = (
            self._visibility(keys),
            metadata.language(keys),
            discovery.target(keys, url, self._base) or discovery.canonical(keys, url),
        )
        own_separator = keys.get("excerpt_separator")
        published = self._published(keys, place)
        updated, tree.turns_at = metadata.changed(
            keys, UPDATED, zone, "iso", limits, published=published, now=tree.now()
        )
        look = partial(self._look, tree, entry.path)
        pictures, notes = body_pictures.look(
            matter, path, url, self._base, look, self._album.kept(tree), markdown=markup == "markdown", liquid=liquid
        )
        fields = Fields(
            id=(explicit_id := metadata.explicit_id(keys, self._base, self._founded))
            or metadata.tag_uri(self._base, self._founded, _quoted(unicodedata.normalize("NFC", place))),
            url=url,
            title=metadata.title(keys, limits) or self._title(keys, matter.body, place),
            published=published,
            markup=markup,
            updated=updated,
            expires=metadata.expires(keys, zone, "iso", limits),
            future=bool(self._settings.future),
            visibility=visibility,
            language=language,
            summary=metadata.summary(keys, SUMMARIES, limits, with_liquid=True),
            authors=signed(
                authors((keys.get("author"), keys.get("authors")), {}, resolve) or self._authors, keys.values
            ),
            categories=categories,
            tags=tags,
            images=media.images(keys, resolve, look),
            pictures=pictures,
            enclosures=media.enclosures(keys, resolve, partial(_size, tree, entry.path)),
            liquid=liquid,
            excerpt_separator=own_separator
            if isinstance(own_separator, str)
            else next((mark for mark in _MORE if mark in matter.body), ""),
            treatment=treatment,
            full_text=not metadata.excerpt_only(keys),
            noindex=discovery.noindex(keys),
            listed=visibility == "public" and discovery.listed(keys, url, self._base, canonical),
            canonical=canonical,
            translation=discovery.translation(keys, url, self._base, language),
            explicit_url=explicit,
            explicit_id=explicit_id is not None,
            aliases=self._aliases(keys, place, url),
        )
        return fields, (*keys.problems, *notes, *faults)

    def _url(self, place: str, keys: Keys) -> tuple[str, bool]:
        """Where the post's page is, and whether its author said so (``permalink`` or ``url``)."""
        written = keys.text("permalink", "url")
        url = metadata.absolute(written, self._base) if written else None
        if url:
            return url, True
        slug = posixpath.normpath(f"/{single_line(keys.text('slug'))}").strip("/")
        if slug:
            place = posixpath.join(posixpath.dirname(place.rstrip("/")), slug)
        return f"{self._base}/{_quoted(unicodedata.normalize('NFC', place))}", False

    def _aliases(self, keys: Keys, place: str, url: str) -> tuple[str, ...]:
        """Former URLs; one of them is the file name's own spelling, where that is not NFC (macOS)."""
        written = (metadata.absolute(path, self._base) for path in metadata.paths(keys, "redirect_from", "aliases"))
        found = [alias for alias in written if alias]
        if unicodedata.normalize("NFC", place) != place:
            found.append(f"{self._base}/{_quoted(place)}")
        return tuple(alias for alias in dict.fromkeys(found) if alias != url)

    def _published(self, keys: Keys, place: str) -> datetime | None:
        """The first date there is, else the file name's, else None (C-18)."""
        for key in DATES:
            value = keys.get(key)
            if value is None or (key == "published" and not _looks_like_date(value)):
                continue
            return metadata.date(keys, key, self._zone, "iso", self._limits)
        try:
            day = metadata.name_day(keys, posixpath.basename(place), self._zone, "iso", self._limits)
            if day:
                return day
        except DateError as error:
            keys.warn("date", error.code, error.message, error.hint)
        keys.warn("date", "date-missing", "has no date; the time it was first seen counts", "add a date")
        return None

    def _title(self, keys: Keys, body: str, place: str) -> str:
        """A title for a post without one: its first heading, else its file's name (C-32)."""
        keys.warn("title", "title-missing", "has no title; its first heading or file name stands in", "add a title")
        heading = single_line(first_heading(body))[: self._limits.title_length]
        name = posixpath.basename(place.rstrip("/"))
        with suppress(DateError):
            name = name_date(name)[1]
        return heading or single_line(titleize(unicodedata.normalize("NFC", name))) or "Untitled"

    def _look(self, tree: Tree, post: str, written: str, url: str) -> Picture | None:
        """A picture may lie beside the post, whose own URL may be elsewhere."""
        return self._album.look(tree, written, url, *beside(posixpath.dirname(post), written))

    def _terms(self, keys: Keys) -> tuple[tuple[str, ...], tuple[str, ...]]:
        comma = self._settings.split_terms_at_comma
        found = []
        for singular, plural in (("category", "categories"), ("tag", "tags")):
            labels: tuple[str, ...] = ()
            try:
                labels = (
                    *terms.many(keys.get(plural), plural, keys, comma=comma),
                    *terms.one(keys.get(singular), comma=comma),
                )
            except Unreadable as error:
                keys.warn(plural, error.code, error.message, "write a list, such as [a, b]")
            found.append(terms.bounded(labels, plural, keys, self._limits))
        return found[0], found[1]

    def _visibility(self, keys: Keys) -> Visibility:
        """Hidden wherever the author may have meant it (C-41)."""
        hidden = keys.text("status").lower() in _UNFINISHED
        said = [] if _looks_like_date(keys.get("published")) else [("published", True)]
        hidden = metadata.is_hidden(keys, ("draft", False), ("headless", False), *said) or hidden
        if hidden:
            return "hidden"
        return "unlisted" if keys.flag("unlisted") else "public"


def _case_blind(matter: FrontMatter, path: str) -> Keys:
    """Keys in lower case: generators differ on ``pubDate``, and their users on ``Title``."""
    values = {key.lower(): value for key, value in matter.values.items()}
    keys = Keys(values, {key.lower(): place for key, place in matter.positions.items()}, path)
    keys.problems += matter.problems
    return keys


def _looks_like_date(value: Value) -> bool:
    return isinstance(value, str) and sum(c.isdigit() for c in value[:40]) >= 4


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _markup(path: str, body: str) -> Markup:
    """By the extension. Text that begins with a tag is HTML: exports of blogs come like that."""
    markup = MARKUP[_extension(path)]
    if markup == "text" and re.match(r"\s*<[a-zA-Z!]", body):
        return "html"
    return markup


def _place(path: str) -> str:
    """The path without its extension; that of ``index`` is its directory. ``_posts`` is nobody's URL."""
    path = "/".join(name for name in path.split("/") if name != "_posts")
    directory, name = posixpath.split(path.rpartition(".")[0])
    if name.lower() == "index":
        return f"{directory}/" if directory else ""
    return posixpath.join(directory, name)


def _quoted(path: str) -> str:
    return quote(path, safe="/!$&'()*+,;=:@~", errors="surrogateescape")


def first_heading(body: str) -> str:
    fenced = False
    for line in body.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading:
            return heading[1].rstrip().rstrip("#").rstrip()
    return ""


def _size(tree: Tree, post: str, path: str) -> int | None:
    """The size of a file named relative to the post, or to the root."""
    entry = tree.first((posixpath.normpath(posixpath.join(posixpath.dirname(post), path)), path))
    return entry.size if entry else None
