"""A Hugo site seen from outside: which files it takes, and where each value of a page comes from.

Asks the modules that the source itself is made of (layout, cascade, date chains), so that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.content.front_matter import FrontMatter, parse
from service.content.scalars import Value, position_of
from service.errors import Rejected
from service.explain.reading import Origin, Reading, Refused
from service.index import Row
from service.settings import LimitSettings, Settings, SiteSettings, SourceSettings
from service.sources import discovery, metadata
from service.sources.files import Tree
from service.sources.hugo import MORE, page_keys
from service.sources.hugo_config import lowered, table
from service.sources.hugo_images import KEYS as IMAGES
from service.sources.hugo_layout import HTML, MARKDOWN
from service.sources.hugo_site import HugoSite, read_site
from service.sources.keys import Keys
from service.sources.walk import visible

_VISIBILITY = ("draft", "published", "headless", "_build", "build", "outputs")
_SITEMAP = ("sitemap", "noindex", "robots", "robotsnoindex", "canonical", "canonicalurl", "_build", "build")


class HugoView:
    """A Hugo site."""

    kind = "hugo"

    def __init__(
        self, tree: Tree, settings: SourceSettings, site: SiteSettings, limits: LimitSettings, why: str
    ) -> None:
        self.why = why
        self.site: HugoSite = read_site(tree, site, limits, settings.encoding)
        self._limits = limits

    def config_origin(self, key: str) -> Origin | None:
        """Where the configuration says a key (``params.author``), or the table that it stands in."""
        for name in (key, key.partition(".")[0]):
            if name in self.site.config.places:
                file, place = self.site.config.places[name]
                return Origin(key, file, *place)
        return None

    def refused(self, locator: str) -> Refused | None:
        layout = self.site.layout
        place = layout.place(locator)
        parts = locator.split("/")[:-1]
        entered = all(layout.enter("/".join(parts[:depth])) for depth in range(1, len(parts) + 1))
        if place is not None and entered:
            return Refused("_index is the page of its section, a list and no post") if place.branch else None
        if layout.bundle(locator):
            return Refused("it belongs to the page of its directory (index), as a file of that bundle")
        mounts = ", ".join(mount.directory for mount in layout.mounts)
        if not any(locator.startswith(f"{mount.directory}/") for mount in layout.mounts):
            return Refused(f"it lies outside the site's content ({mounts})", "move it there")
        if locator.rpartition(".")[2] not in MARKDOWN | HTML:
            return Refused(f"a page is one of .{', .'.join(sorted(MARKDOWN | HTML))}", "rename it")
        return Refused(
            "Hugo's configuration leaves it out (ignoreFiles, a language that is off, or a bundle around it)"
        )

    def reading(self, locator: str, text: str) -> Reading:
        """Keys in lower case, shown as they were written; what cascades to the page among them."""
        path, place = visible(locator), self.site.layout.place(locator)
        try:
            matter = parse(text, path, self._limits)
        except Rejected:
            matter = FrontMatter(None, {}, text, 1)
        own = {key.lower(): Origin(key, path, *matter.positions.get(key, (0, 0))) for key in matter.values}
        if place is None:
            return Reading(path, table(lowered(dict(matter.values))), own, matter.body, matter.body_line)
        values = page_keys(matter, self.site, place, path).values
        cascaded: dict[str, Origin] = {}
        for cascade in self.site.indexes.of(place):
            for key in cascade.values:
                cascaded.setdefault(key, Origin(f"cascade: {key}", cascade.file, *cascade.place))
        inside = own.get("params", Origin("params", path))
        origins = {key: own.get(key) or cascaded.get(key) or inside for key in values}
        return Reading(path, values, origins, matter.body, matter.body_line)


def hugo_origins(
    view: HugoView, reading: Reading, row: Row, source_id: str, settings: Settings
) -> Mapping[str, tuple[Origin, ...]]:
    """Where each field of a page as the index has it (``row``) comes from; a field that nothing gave is not there."""
    fields, config = row.fields, view.site.config
    asked = _Asked(view, reading, settings)
    place = view.site.layout.place(row.locator)
    names = {singular: config.taxonomies.get(singular, "") for singular in ("category", "tag", "author")}
    divider = reading.body.find(MORE)
    body = Origin("derived from the body", reading.path, reading.body_line)
    if divider >= 0:
        body = Origin(f"the body up to {MORE}", reading.path, *position_of(reading.body, divider, reading.body_line))
    dated = asked.dated("publishdate") or asked.dated("date")
    explicit = asked.first(metadata.IDS)
    is_page = fields.collection == "pages"
    found = {
        "title": asked.first(("title",)) or (Origin("the file's name"),),
        "published": dated or (Origin("when the index first saw the file (state.db)"),),
        "updated": asked.dated("lastmod") if fields.updated else (),
        "expires": asked.dated("expirydate") or (Origin("a section above"),) if fields.expires else (),
        "language": asked.first(("lang", "locale", "language"))
        or ((Origin(f"the language {place.language} of the file"),) if config.several and place else ())
        or asked.site("languagecode"),
        "summary": (asked.first(("summary", "description")) if fields.summary else ()) or (body,),
        "authors": asked.every(("author", "authors", names["author"])) or asked.site("params.author"),
        "categories": asked.first((names["category"],)),
        "tags": asked.first((names["tag"],)),
        "images": asked.first(IMAGES) or ((Origin("a picture of the bundle"),) if fields.images else ()),
        "enclosures": asked.every(("enclosure", "enclosures", "audio", "podcast")) if fields.enclosures else (),
        "canonical": asked.first(discovery.CANONICAL) if fields.canonical else (),
        "translation": asked.first(("translationkey",)) or (Origin("the file's path, without its language"),)
        if fields.translation
        else (),
        "visibility": _visibility(view, asked, row) if fields.visibility != "public" else (),
        "sitemap": () if fields.listed else asked.every(_SITEMAP),
        "aliases": asked.first(("aliases",)) if fields.aliases else (),
        "url": asked.first(("url",)) or _made(view, asked, row),
        "id": (Origin("the file's path, as a tag: URI (RFC 4151)"),)
        if is_page
        else explicit or (Origin("its URL, as in Hugo's feed"),),
    }
    if fields.id != source_id:
        found["id"] = (Origin("kept from before the file was renamed (state.db)"),)
    return {name: where for name, where in found.items() if where}


class _Asked:
    """A reading whose keys can be asked for their places."""

    def __init__(self, view: HugoView, reading: Reading, settings: Settings) -> None:
        self._view, self._reading, self._limits = view, reading, settings.limits
        self._settings = settings

    def first(self, names: Iterable[str]) -> tuple[Origin, ...]:
        return self.every(names)[:1]

    def every(self, names: Iterable[str]) -> tuple[Origin, ...]:
        values, origins = self._reading.values, self._reading.origins
        return tuple(dict.fromkeys(origins[name] for name in names if values.get(name) not in (None, "", [], {})))

    def site(self, key: str) -> tuple[Origin, ...]:
        """What holds for the whole site: the settings' word, else the configuration's."""
        name = {"languagecode": "language", "params.author": "authors"}[key]
        if getattr(self._settings.site, name):
            return (Origin(f"the setting site.{name}"),)
        origin = self._view.config_origin(key)
        return (origin,) if origin else ()

    def dated(self, name: str) -> tuple[Origin, ...]:
        """The first word of a chain that gives a date."""
        config = self._view.site.config
        for word in config.dates[name]:
            if word == ":filename" and self._reading.path.rpartition("/")[2][:4].isdigit():
                return (Origin("the file's name"),)
            if word == ":filemodtime":
                return (Origin("when the file was last changed"),)
            value: Value = self._reading.values.get(word)
            one = Keys({word: value}, {}, "")
            if value is not None and metadata.updated(one, (word,), config.zone, "iso", self._limits):
                return (self._reading.origins[word],)
        return ()


def _visibility(view: HugoView, asked: _Asked, row: Row) -> tuple[Origin, ...]:
    found = asked.every(_VISIBILITY)
    if found or row.fields.collection != "pages":
        return found
    said = view.config_origin("params.mainsections") or Origin("the section with the most pages is another")
    return (said,)


def _made(view: HugoView, asked: _Asked, row: Row) -> tuple[Origin, ...]:
    """What a URL is made of: the section's permalink and the values that it asks for, else the file's path."""
    place, config = view.site.layout.place(row.locator), view.site.config
    slug = asked.first(("slug",))
    pattern = config.permalinks.get(place.section.lower(), "") if place else ""
    if not pattern:
        return (*slug, Origin("the file's path"))
    where = view.config_origin("permalinks")
    found = [where] if where else [Origin(f"the permalink {pattern}")]
    if any(word in pattern for word in (":year", ":month", ":day", ":weekday", "2006")):
        found += asked.dated("date")
    if ":slug" in pattern:
        found += slug or (Origin("the file's name"),) if "filename" in pattern else slug or asked.first(("title",))
    elif ":title" in pattern:
        found += asked.first(("title",))
    return tuple(dict.fromkeys(found))
