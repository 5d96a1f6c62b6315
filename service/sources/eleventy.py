"""An Eleventy site's templates, as Eleventy 3.1 reads them (``tests/sources/eleventy``), as far as none of it is run.

A post is what is tagged ``post`` or ``posts``, what lies in a directory called posts, post, blog, articles, news or
notes, and what has a date of its own or in its path; the rest are pages, and so is what
``eleventyExcludeFromCollections`` leaves out. Ids are URLs, as in the feeds of @11ty/eleventy-plugin-rss.
"""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, datetime
from functools import partial
from re import Pattern
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from feeds.text import single_line
from service.content.front_matter import FrontMatter, parse, split
from service.content.liquid_scan import has_liquid
from service.content.permalinks import live_url, titleize
from service.content.scalars import Position, Unreadable, Value, as_bool, is_bool, shorten
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import metadata, terms
from service.sources.assembling import HTML, Settled, Site, aliases, assemble
from service.sources.digests import digest_of
from service.sources.eleventy_config import read_config
from service.sources.eleventy_data import NOTATIONS, TEMPLATES, read_cascade, without_extension
from service.sources.eleventy_site import ZONE, read_site
from service.sources.eleventy_templates import Names, Unknown, evaluate, fill, nunjucks
from service.sources.files import Tree
from service.sources.globs import fnmatch
from service.sources.keys import Keys
from service.sources.people import authors
from service.sources.pictures import Album
from service.sources.plain import first_heading
from service.sources.source import Context, Fields, Markup, Visibility
from service.sources.walk import Entry, visible

REVISION: Final = 1
"""Part of every fingerprint: raise it when the same file comes to mean something else."""

UPDATED: Final = ("updated", "lastmod", "modified", "last_modified_at")
SUMMARIES: Final = ("excerpt", "summary", "description")
STRUCTURAL: Final = frozenset(("all", "nav", "post", "posts"))
"""Tags that make collections and say nothing of what a post is about, as in eleventy-base-blog."""

_FOLDERS: Final = frozenset(("posts", "post", "blog", "articles", "news", "notes"))
_MORE: Final = ("<!-- more -->", "<!--more-->", "<!-- excerpt -->")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}-(.*)", re.ASCII)
_TOLD_BY_FILES: Final = frozenset(("last modified", "created", "git last modified", "git created"))


class _Template(NamedTuple):
    """A template by its place: ``stem`` is its path below the input without extension."""

    stem: str
    slug: str
    file_stem: str
    engine: str
    """What its body is rendered with: ``liquid``, ``njk`` or ""."""


class Eleventy:
    """One Eleventy site as it was when it was opened."""

    window = 0

    def __init__(self, tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._settings, self._limits, self._founded = settings, limits, site.founded
        self._config = config = read_config(tree)
        self._cascade = read_cascade(tree, config, limits, settings.encoding)
        made = read_site(self._cascade.shared, config.prefix, site)
        self._base, self._authors = made.base, made.authors
        self._site = Site(self._base, ZONE, limits, Album(self._base, config.input), UPDATED, SUMMARIES)
        self.facts = made.facts
        self.context = Context(
            self._base, urlsplit(self._base).path, ZONE.key, site.language or made.facts.language, made.values
        )
        self.problems: tuple[Problem, ...] = (*config.problems, *self._cascade.problems)
        self._ignored = tuple(map(fnmatch, config.ignored))
        self._skipped = frozenset((config.output, config.includes, config.layouts, config.data)) - {""}
        state = f"11ty {REVISION} {self._base} {config.digest} {self._cascade.digest}"
        self.digest = digest_of(state, settings, site, limits, of_site=frozenset(("authors", "founded")))

    def enter(self, path: str) -> bool:
        source = self._config.input
        if source and not f"{path}/".startswith(f"{source}/") and not source.startswith(f"{path}/"):
            return False
        name = path.rpartition("/")[2]
        return (
            not name.startswith(".")
            and name != "node_modules"
            and path not in self._skipped
            and not self._is_ignored(path)
        )

    def wanted(self, path: str) -> bool:
        source, name = self._config.input, path.rpartition("/")[2]
        return (
            (not source or path.startswith(f"{source}/"))
            and not name.startswith(".")
            and name.rpartition(".")[2] in TEMPLATES
            and not self._is_ignored(path)
        )

    def opening(self, _path: str) -> Pattern[bytes] | None:
        """Front matter may be missing: data files say what it would."""
        return None

    def prepare(self, entry: Entry, text: str, _tree: Tree) -> tuple[str, tuple[Problem, ...]]:
        """Values of the data cascade put into the body, and Nunjucks taken out of it."""
        parts = split(text, NOTATIONS)
        if "{{" not in parts.body and "{%" not in parts.body and "{#" not in parts.body:
            return text, ()
        path = visible(entry.path)
        try:
            own = parse(text, path, self._limits, kinds=NOTATIONS)
        except Rejected:
            return text, ()  # which is said where it is understood
        values = self._cascade.of(entry.path, own.values)
        template = self._template(entry.path, values)
        names = self._names(entry.path, template, values, None)
        if template.engine == "njk":
            body, problems = nunjucks(parts.body, names, path, parts.body_line)
        else:
            body, problems = (fill(parts.body, names, own.values) if template.engine == "liquid" else parts.body), ()
        return text[: len(text) - len(parts.body)] + body, problems

    def understand(self, entry: Entry, text: str, tree: Tree) -> tuple[Fields, tuple[Problem, ...]]:
        """What a template says. Raises Rejected where it cannot be published as it stands."""
        path, limits = visible(entry.path), self._limits
        matter = parse(text, path, limits, kinds=NOTATIONS)
        if any(problem.code == "frontmatter-language" for problem in matter.problems):
            raise Rejected(*matter.problems)
        values = self._cascade.of(entry.path, matter.values)
        keys = self._keys(values, matter, path)
        template = self._template(entry.path, values)
        published, own_date = self._published(keys, entry.path)
        names = self._names(entry.path, template, values, published)
        self._compute(keys, names)
        permalink = self._permalink(keys, names)
        url = live_url(self._base, self._href(template, permalink or ""))
        labels = self._tags(keys)
        post = (
            (not STRUCTURAL.isdisjoint(labels) and not {"post", "posts"}.isdisjoint(labels))
            or self._in_folder(template)
            or own_date
        ) and url.endswith(HTML)
        if keys.flag("eleventyExcludeFromCollections") or keys.get("pagination") is not None:
            post = False
        if post and published is None and not own_date:
            keys.warn("date", "date-missing", "has no date; the time it was first seen counts", "add a date")
        resolve = partial(metadata.absolute, base=self._base, page=url)
        explicit_id = metadata.explicit_id(_only(keys, "guid", "uuid"), self._base, self._founded)
        settled = Settled(
            id=explicit_id or url,
            explicit_id=explicit_id is not None,
            url=url,
            title=metadata.title(keys, limits) or self._title(keys, template, matter, post=post),
            markup=self._markup(entry.path),
            published=published,
            visibility=self._visibility(keys, written=permalink is not None),
            future=self._settings.future is not False,
            collection="posts" if post else "pages",
            authors=authors((keys.get("author"), keys.get("authors")), {}, resolve) or (self._authors if post else ()),
            categories=self._labels(keys, "categories", "category") if post else (),
            tags=terms.bounded((tag for tag in labels if tag not in STRUCTURAL), "tags", keys, limits) if post else (),
            explicit_url=bool(permalink),
            aliases=aliases(keys, self._base, "redirect_from", "aliases"),
            liquid=template.engine == "liquid" and has_liquid(matter.body),
            separator=next((mark for mark in _MORE if mark in matter.body), ""),
        )
        return assemble(settled, keys, matter, entry.path, tree, self._site)

    def data_files(self, locator: str) -> list[tuple[str, dict[str, Value]]]:
        """Data files that hold for a template beside its own front matter, weakest first: path and values."""
        return [(path, dict(values)) for path, values in self._cascade.above(locator)]

    def _is_ignored(self, path: str) -> bool:
        return any(pattern.fullmatch(path) for pattern in self._ignored)

    def _keys(self, values: dict[str, Value], matter: FrontMatter, path: str) -> Keys:
        positions: dict[str, Position] = dict(matter.positions)
        keys = Keys(values, positions, path)
        keys.problems += matter.problems
        return keys

    def _template(self, locator: str, values: dict[str, Value]) -> _Template:
        source = self._config.input
        stem = without_extension(locator.removeprefix(f"{source}/") if source else locator)
        folder, name = posixpath.split(stem)
        slug = _undated(name)
        if slug == "index":
            slug = _undated(posixpath.basename(folder))
        extension = locator.rpartition(".")[2]
        engine = {"md": self._config.markdown_engine, "html": self._config.html_engine}.get(extension, extension)
        override = values.get("templateEngineOverride")
        if override is not None and isinstance(override, str):
            engine = next((word for word in ("njk", "liquid") if word in override.split(",")), "")
        return _Template(stem, slug, f"/{posixpath.join(folder, _undated(name))}", engine)

    def _names(self, locator: str, template: _Template, values: dict[str, Value], published: datetime | None) -> Names:
        page = {
            "fileSlug": template.slug,
            "filePathStem": template.file_stem,
            "inputPath": f"./{locator}",
            "date": published,
        }
        return Names(values, page if published else {k: v for k, v in page.items() if k != "date"})

    def _compute(self, keys: Keys, names: Names) -> None:
        """``eleventyComputed``: its texts, as far as they can be evaluated, above all else."""
        computed = keys.get("eleventyComputed")
        if not isinstance(computed, dict):
            return
        values = dict(keys.values)
        for name, template in computed.items():
            if not isinstance(template, str) or name == "permalink":
                continue
            try:
                values[name] = evaluate(template, names)
            except Unknown:
                message = f"{name} is computed in a way that cannot be evaluated here"
                keys.warn("eleventyComputed", "template-unknown", message, f"write {name} as text")
        if values.get("permalink") is None and computed.get("permalink") is not None:
            values["permalink"] = computed["permalink"]
        keys.values = values

    def _permalink(self, keys: Keys, names: Names) -> str | None:
        """The author's own, evaluated; "" where there is none that can be used; None where nothing is written."""
        value = keys.get("permalink")
        if isinstance(value, dict) and value:
            if "build" not in value:
                return None
            value = value["build"]
        if value is None or isinstance(value, list | dict):
            return ""
        if is_bool(value):
            return None if not as_bool(value) else ""
        if keys.flag("dynamicPermalink") is False:
            return value.strip()
        try:
            return evaluate(value, names).strip()
        except Unknown:
            message = f"permalink {shorten(value)} cannot be evaluated here; the default is used"
            keys.warn(
                "permalink", "permalink-unknown", message, "write it as text, or with title, slug and page.fileSlug"
            )
            return ""

    def _href(self, template: _Template, permalink: str) -> str:
        """``TemplatePermalink#toHref``."""
        if not permalink:
            folder, name = posixpath.split(template.stem)
            same = name == "index" or posixpath.basename(folder) == name
            permalink = posixpath.join(folder, "" if same else f"{name}/")
            permalink = permalink if permalink.endswith("/") or not permalink else f"{permalink}/"
        path = posixpath.normpath(f"/{permalink.lstrip('/')}") + ("/" if permalink.endswith("/") else "")
        path = path.replace("//", "/")
        for ending in ("/index.html", "/index/", "/index"):
            if path.endswith(ending):
                return path.removesuffix(ending) + "/"
        return path

    def _published(self, keys: Keys, locator: str) -> tuple[datetime | None, bool]:
        """The date, and whether its author gave one. What hangs on files or git is the time it was first seen (C-18):
        every deployment has other files."""
        value = keys.get("date")
        if isinstance(value, str) and value.strip().lower() in _TOLD_BY_FILES:
            message = f"date: {value.strip()} hangs on the file; the time it was first seen counts"
            keys.problems.append(_notice(keys, "date-of-file", message))
            return None, False
        if value is not None and value != "":
            return metadata.date(keys, "date", ZONE, "iso", self._limits), True
        day = _DAY.search(locator)
        if day is None:
            return None, False
        try:
            return datetime.strptime(day[0], "%Y-%m-%d").replace(tzinfo=UTC), True
        except ValueError:
            message = f"there is no day {day[0]} (path); the time it was first seen counts"
            keys.warn("date", "date-invalid", message, "rename the file, or add a date")
            return None, False

    def _in_folder(self, template: _Template) -> bool:
        """Whether it is one of many in a folder of posts. The folder's own page is none."""
        folder, name = posixpath.split(template.stem)
        parts = folder.lower().split("/")
        own = parts[-1] in _FOLDERS and (name == "index" or name.lower() == parts[-1])
        return not own and not _FOLDERS.isdisjoint(parts)

    def _tags(self, keys: Keys) -> tuple[str, ...]:
        """A text is one tag, as everywhere in Eleventy."""
        return self._labels(keys, "tags", "tag")

    def _labels(self, keys: Keys, plural: str, singular: str) -> tuple[str, ...]:
        comma = self._settings.split_terms_at_comma
        try:
            found = (*terms.one(keys.get(plural), comma=comma), *terms.one(keys.get(singular), comma=comma))
        except Unreadable as error:
            keys.warn(plural, error.code, error.message, "write a list, such as [a, b]")
            return ()
        return tuple(dict.fromkeys(found))

    def _markup(self, locator: str) -> Markup:
        return "markdown" if locator.endswith(".md") else "html"

    def _visibility(self, keys: Keys, *, written: bool) -> Visibility:
        """``draft: true`` hides, as eleventy-base-blog has it; Eleventy itself has no drafts. Doubt hides (C-41)."""
        said = [("published", True)] if is_bool(keys.get("published")) else []  # else it is a date
        return "hidden" if metadata.is_hidden(keys, ("draft", False), *said) or not written else "public"

    def _title(self, keys: Keys, template: _Template, matter: FrontMatter, *, post: bool) -> str:
        if post:
            message = "has no title; its first heading or file name stands in"
            keys.warn("title", "title-missing", message, "add a title")
        heading = single_line(first_heading(matter.body))[: self._limits.title_length]
        return heading or single_line(titleize(template.slug)) or self.facts.title or "Untitled"


def _undated(name: str) -> str:
    found = _DATED.search(name)
    return found[1] if found else name


def _only(keys: Keys, *names: str) -> Keys:
    """Some of the keys: a plain ``id`` is often something else's."""
    return Keys({name: keys.get(name) for name in names}, {}, keys.path)


def _notice(keys: Keys, code: str, message: str) -> Problem:
    return Problem(keys.path, 0, 0, "notice", code, message, "write the date")
