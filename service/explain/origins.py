"""Which line each value of a post came from: its own front matter, the site's defaults, its name, or somewhere else.

Which of several keys counts is asked of the reader that the source itself uses, one key at a time, so that a key that
cannot be read is passed over here as it is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from service.content.dates import DateError, name_date
from service.content.scalars import Value, is_bool
from service.explain.dialects import GeneratorView, JekyllView, PlainView, View
from service.explain.hugo import HugoView, hugo_origins
from service.explain.reading import Origin, Reading
from service.index import Row
from service.runtime import source_name
from service.settings import Settings
from service.sources import discovery, eleventy, jekyll, metadata, plain, zola
from service.sources.keys import Keys
from service.sources.source import Context

Origins = Mapping[str, tuple[Origin, ...]]
"""Name of a field of a post to what gave it; a field that nothing gave is not there."""

PUBLISHED: Final = {
    "jekyll": ("date",),
    "eleventy": ("date",),
    "zola": ("date",),
    "plain": plain.DATES,
}
UPDATED: Final = {
    "jekyll": jekyll.UPDATED,
    "eleventy": eleventy.UPDATED,
    "zola": zola.UPDATED,
    "plain": plain.UPDATED,
}
SUMMARIES: Final = {
    "jekyll": jekyll.SUMMARIES,
    "eleventy": eleventy.SUMMARIES,
    "zola": zola.SUMMARIES,
    "plain": plain.SUMMARIES,
}
PERMALINKS: Final = {
    "jekyll": ("permalink",),
    "eleventy": ("permalink",),
    "zola": ("path",),
    "plain": ("permalink", "url"),
}
LANGUAGES: Final = ("lang", "locale", "language")
IMAGES: Final = ("image", "feature_image")
ENCLOSURES: Final = ("enclosure", "enclosures", "audio", "podcast")
VISIBILITY: Final = {
    "jekyll": ("published", "draft"),
    "eleventy": ("draft", "published", "permalink", "tags", "eleventyExcludeFromCollections"),
    "zola": ("draft", "render"),
    "plain": ("status", "draft", "headless", "published", "unlisted"),
}
SITEMAP: Final = ("indexing", "noindex", "robots", "sitemap", "redirect_to", *discovery.CANONICAL)
ALIASES: Final = {
    "jekyll": ("redirect_from",),
    "eleventy": ("redirect_from", "aliases"),
    "zola": ("aliases",),
    "plain": ("redirect_from", "aliases"),
}


@frozen(frozen=True, slots=True)
class _One:
    """A reading whose keys can be asked one at a time."""

    reading: Reading

    def keys(self, name: str) -> Keys:
        return Keys({name: self.reading.values.get(name)}, {}, "")

    def first(self, names: Iterable[str], reads: Callable[[Keys, str], object]) -> tuple[Origin, ...]:
        """Where the first key stands that the reader makes something of."""
        for name in names:
            if self.reading.values.get(name) is not None and reads(self.keys(name), name):
                return (self.reading.origins[name],)
        return ()

    def every(self, names: Iterable[str]) -> tuple[Origin, ...]:
        """Where each of the keys stands that is there and not empty."""
        values = self.reading.values
        return tuple(self.reading.origins[name] for name in names if values.get(name) not in (None, "", [], {}))


def origins(view: View, reading: Reading, row: Row, source_id: str, context: Context, settings: Settings) -> Origins:
    """Where each field of a post as the index has it (``row``) comes from. ``source_id`` is the id its file says."""
    if isinstance(view, HugoView):
        return hugo_origins(view, reading, row, source_id, settings)
    one, fields, kind = _One(reading), row.fields, view.kind
    meaning: Literal["jekyll", "iso"] = "jekyll" if isinstance(view, JekyllView) else "iso"
    zone, limits = ZoneInfo(context.timezone), settings.limits
    dated = partial(_dated, zone=zone, meaning=meaning, settings=settings)
    base, founded = context.url, settings.site.founded
    is_page = fields.collection == "pages"
    found: dict[str, tuple[Origin, ...]] = {
        "title": one.first(("title",), lambda keys, _: metadata.title(keys, limits)) or _title(view, reading),
        "published": one.first(PUBLISHED[kind], dated) or _published(row.locator, undated=fields.published is None),
        "updated": one.first(UPDATED[kind], dated),
        "expires": one.first(metadata.EXPIRY, lambda _, __: True),
        "language": one.first(LANGUAGES, lambda keys, _: metadata.language(keys)) or _site(view, settings, "language"),
        "summary": one.first(
            SUMMARIES[kind], lambda keys, name: metadata.summary(keys, (name,), limits, with_liquid=True)
        )
        or (Origin("derived from the body", reading.path, reading.body_line, 1),),
        "authors": _authors(view, one, settings),
        "categories": (*_folders(view, row.locator), *one.every(("categories", "category"))),
        "tags": one.every(("tag",)) or one.every(("tags",)) if kind == "jekyll" else one.every(("tags", "tag")),
        "images": one.first(IMAGES, lambda _, __: fields.images),
        "enclosures": one.every(ENCLOSURES) if fields.enclosures else (),
        "canonical": one.first(("redirect_to",), lambda keys, _: discovery.target(keys, fields.url, base))
        or one.first(discovery.CANONICAL, lambda keys, _: discovery.canonical(keys, fields.url)),
        "translation": one.first(
            discovery.TRANSLATION, lambda keys, _: discovery.translation(keys, fields.url, base, None)
        ),
        "visibility": one.every(VISIBILITY[kind]) if fields.visibility != "public" else (),
        "sitemap": () if fields.listed else one.every(SITEMAP),
        "aliases": one.every(ALIASES[kind]) if fields.aliases else (),
    }
    found["url"] = _url(view, one, row, found)
    explicit = () if is_page else one.first(metadata.IDS, lambda keys, _: metadata.explicit_id(keys, base, founded))
    kept = fields.id != source_id
    found["id"] = (
        (Origin("kept from before the file was renamed, or from an imported feed (state.db)"),)
        if kept
        else explicit or _id(view, is_page)
    )
    given = next((source.defaults for source in settings.source if source_name(source) == row.source), None)
    for name, said in (("language", fields.language), ("categories", fields.categories), ("tags", fields.tags)):
        if said and not found[name] and given is not None and getattr(given, name) == said:
            found[name] = (Origin(f"source.defaults.{name}"),)
    if not fields.translation:
        del found["translation"]
    elif not found["translation"]:
        found["translation"] = (Origin("the path of its URL, without its language"),)
    return {name: where for name, where in found.items() if where}


def _dated(keys: Keys, name: str, *, zone: ZoneInfo, meaning: Literal["jekyll", "iso"], settings: Settings) -> object:
    """Whether a key holds a date. ``published: true`` is none."""
    return not is_bool(keys.get(name)) and metadata.updated(keys, (name,), zone, meaning, settings.limits)


def _title(view: JekyllView | PlainView, reading: Reading) -> tuple[Origin, ...]:
    if isinstance(view, PlainView):
        for number, line in enumerate(reading.body.split("\n")):
            if line.lstrip().startswith("#") and len(line) - len(line.lstrip()) <= 3:
                return (Origin("the first heading", reading.path, reading.body_line + number, 1),)
    return (Origin("the file's name"),)


def _published(locator: str, *, undated: bool) -> tuple[Origin, ...]:
    if undated:
        return (Origin("when the index first saw the file (state.db)"),)
    return (Origin("the file's name"),) if _has_date(locator) else ()


def _has_date(locator: str) -> bool:
    name = locator.rpartition("/")[2].rpartition(".")[0]
    try:
        return name_date(name)[0] is not None
    except DateError:
        return False


def _site(view: JekyllView | PlainView, settings: Settings, name: Literal["language", "authors"]) -> tuple[Origin, ...]:
    """What holds for the whole site: the settings' word, else the content's."""
    if getattr(settings.site, name):
        return (Origin(f"the setting site.{name}"),)
    keys = LANGUAGES if name == "language" else ("author",)
    if isinstance(view, JekyllView):
        return tuple(origin for key in keys if (origin := view.config_origin(key)))[:1]
    return ()


def _authors(view: JekyllView | PlainView, one: _One, settings: Settings) -> tuple[Origin, ...]:
    own = one.every(("author", "authors"))
    if not own:
        return _site(view, settings, "authors")
    people = view.site.people if isinstance(view, JekyllView) else {}
    names = [name for key in ("author", "authors") for name in _texts(one.reading.values.get(key))]
    known = [Origin(f"_data/authors: {name}") for name in dict.fromkeys(names) if isinstance(people.get(name), dict)]
    return (*own, *known)


def _texts(value: Value) -> list[str]:
    items: list[Any] = value if isinstance(value, list) else [value]
    return [item.strip() for item in items if isinstance(item, str)]


def _folders(view: JekyllView | PlainView, locator: str) -> tuple[Origin, ...]:
    document = view.document(locator) if isinstance(view, JekyllView) else None
    if document is None or document.page or not document.directories:
        return ()
    return (Origin(f"the directory {'/'.join(document.directories)}"),)


def _url(view: JekyllView | PlainView, one: _One, row: Row, found: Origins) -> tuple[Origin, ...]:
    """The author's permalink, else what the URL is made of: a template, and the values it asks for."""
    written = one.every(PERMALINKS[view.kind])
    slug = one.every(("slug",))
    if isinstance(view, PlainView):
        return written[:1] or (*slug, Origin("the file's path"))
    document = view.document(row.locator)
    if document is None or document.page:
        return written or (Origin("the file's path"), *filter(None, (view.config_origin("permalink"),)))
    collection = view.config.collections[document.collection]
    template = Origin(f"the permalink {collection.permalink} of the collection {collection.label}")
    if collection.label == "posts":
        template = view.config_origin("permalink") or Origin("Jekyll's own permalink style, date")
    asked = _asked((written and str(one.reading.values.get("permalink"))) or collection.permalink)
    made = [origin for name, words in _MADE_OF.items() if asked & words for origin in found.get(name, ())]
    named = slug or (Origin("the file's name"),) if asked & _NAMES else ()
    return tuple(dict.fromkeys((*(written or (template,)), *made, *named)))


def _asked(template: str) -> set[str]:
    return {match[1].rstrip("_") for match in re.finditer(r":([a-z_]+)", template)}


_NAMES: Final = frozenset(("title", "slug", "name", "path"))
_MADE_OF: Final[Mapping[str, frozenset[str]]] = {
    "categories": frozenset(("categories", "slugified_categories")),
    "published": frozenset(
        (
            *("year", "short_year", "month", "i_month", "short_month", "long_month", "day", "i_day", "y_day"),
            *("w_year", "week", "w_day", "short_day", "long_day", "hour", "minute", "second"),
        )
    ),
}


def _id(view: JekyllView | PlainView, is_page: bool) -> tuple[Origin, ...]:
    if isinstance(view, GeneratorView):
        return (Origin(f"its URL, as the feeds of {view.kind.capitalize()} have it"),)
    if isinstance(view, PlainView) or is_page:
        return (Origin("the file's path, as a tag: URI (RFC 4151)"),)
    return (Origin("the path of its URL, as jekyll-feed has it"),)
