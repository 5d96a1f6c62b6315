"""Which field of an upstream's answer each value of a post came from, as far as that is known after it was read.

The index keeps what an item said, not the item: where several fields may say a thing, all are named in the order in
which they are asked. Refuses to ask an upstream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.explain.origins import Origins
from service.explain.reading import Origin
from service.index.records import Row
from service.settings import Settings, SourceSettings
from service.sources.json_fields import GUESSES
from service.url_keys import shown_address

WORDS: Final[Mapping[str, str]] = {
    "wordpress": "a WordPress site by its REST API",
    "ghost": "a Ghost site by its Content API",
    "json": "a JSON API",
    "feed": "a feed",
}

_WORDPRESS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("guid.rendered", "id"),
    "url": ("link",),
    "title": ("title.rendered",),
    "published": ("date_gmt", "date"),
    "updated": ("modified_gmt", "modified"),
    "summary": ("excerpt.rendered", "yoast_head_json.description"),
    "authors": ("coauthors", "_embedded.wp:term (author)", "_embedded.author", "yoast_head_json.author"),
    "categories": ("_embedded.wp:term", "categories"),
    "tags": ("_embedded.wp:term",),
    "images": ("_embedded.wp:featuredmedia", "yoast_head_json.og_image", "jetpack_featured_media_url"),
    "canonical": ("yoast_head_json.canonical",),
    "visibility": ("status", "date_gmt"),
    "sitemap": ("yoast_head_json.robots.index", "content.protected", "yoast_head_json.canonical"),
}
_GHOST: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "uuid", "url"),
    "url": ("url",),
    "title": ("title",),
    "published": ("published_at",),
    "updated": ("updated_at",),
    "summary": ("custom_excerpt", "meta_description", "og_description", "excerpt"),
    "authors": ("authors", "primary_author"),
    "tags": ("tags",),
    "images": ("feature_image", "og_image"),
    "canonical": ("canonical_url",),
    "visibility": ("status", "published_at", "email_only", "url"),
    "sitemap": ("canonical_url",),
}
_FEED: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("guid (RSS)", "id (Atom, JSON Feed)", "link"),
    "url": ("link (RSS, Atom)", "url (JSON Feed)", "guid that is a permalink", "enclosure"),
    "title": ("title",),
    "published": ("pubDate or dc:date (RSS)", "published (Atom)", "date_published (JSON Feed)"),
    "updated": ("updated (Atom)", "date_modified (JSON Feed)"),
    "language": ("the entry's language", "the feed's"),
    "summary": ("description (RSS)", "summary (Atom, JSON Feed)"),
    "authors": ("author or dc:creator", "authors (JSON Feed)"),
    "categories": ("category", "the folders of its OPML list"),
    "tags": ("tags (JSON Feed)",),
    "images": ("media:content", "media:thumbnail", "itunes:image", "image (JSON Feed)"),
    "enclosures": ("enclosure", "attachments (JSON Feed)"),
}
_HIDES: Final = ("visibility", "draft", "private", "hidden", "published")
"""What of an item of any JSON API may hide it, beside its status."""


def why_kind(source: SourceSettings) -> str:
    """The address, and what tells its kind."""
    said = "source.kind says so" if source.kind != "auto" else "an address without source.kind is one"
    return f"{shown_address(source.url or '')}; {said}"


def said_by(source: SourceSettings, *, by_feed: bool = False) -> dict[str, str]:
    """Name of a value to the fields of the answer that say it. ``by_feed``: a WordPress site whose API is closed."""
    kind = "feed" if by_feed else source.remote_kind
    if kind == "json":
        return _by_map(source)
    table = {"wordpress": _WORDPRESS, "ghost": _GHOST}.get(kind, _FEED)
    return {name: _one_of(fields) for name, fields in table.items()}


def remote_origins(
    source: SourceSettings, row: Row, source_id: str, settings: Settings, *, by_feed: bool = False
) -> Origins:
    """Where each field of a post as the index has it (``row``) comes from. ``source_id`` is the upstream's id of it."""
    fields, said = row.fields, said_by(source, by_feed=by_feed)
    there = {
        "id": True,
        "url": True,
        "title": bool(fields.title),
        "published": fields.published is not None,
        "updated": fields.updated is not None,
        "language": fields.language is not None,
        "summary": fields.summary is not None,
        "authors": bool(fields.authors),
        "categories": bool(fields.categories),
        "tags": bool(fields.tags),
        "images": bool(fields.images),
        "enclosures": bool(fields.enclosures),
        "canonical": fields.canonical is not None,
        "visibility": fields.visibility != "public",
        "sitemap": not fields.listed,
    }
    found = {name: (Origin(said[name]),) for name, is_there in there.items() if is_there and name in said}
    defaults = source.defaults
    for name in ("language", "categories", "tags"):
        if getattr(defaults, name) and getattr(fields, name) == getattr(defaults, name):
            found[name] = (Origin(f"source.defaults.{name}"),)
    if defaults.authors and [one.name for one in fields.authors] == [one.name for one in defaults.authors]:
        found["authors"] = (Origin("source.defaults.authors"),)
    if not fields.authors and settings.site.authors:
        found["authors"] = (Origin("the setting site.authors"),)
    if not fields.language:
        words = "the setting site.language" if settings.site.language else "what the upstream says of its site"
        found["language"] = (Origin(words),)
    if fields.published is None:
        found["published"] = (Origin("when the index first saw the item (state.db)"),)
    if fields.summary is None:
        found["summary"] = (Origin("derived from the body"),)
    if fields.id != source_id:
        found["id"] = (Origin("kept from before it moved (state.db)"),)
    return found


def _by_map(source: SourceSettings) -> dict[str, str]:
    """What the settings say of an API's fields, else the names that everybody uses."""
    found = dict[str, str]()
    for name, guesses in GUESSES.items():
        places = source.fields.get(name, guesses)
        fields = (places,) if isinstance(places, str) else places
        of_map = f" (source.fields.{name})" if name in source.fields else ""
        found[name] = _one_of(fields) + of_map if fields else f"nothing{of_map}"
    status = found.pop("status")
    return found | {"images": found.pop("image"), "visibility": f"{status}, or {', '.join(_HIDES)}"}


def _one_of(fields: tuple[str, ...]) -> str:
    return fields[0] if len(fields) == 1 else f"the first of {', '.join(fields)} that says something"
