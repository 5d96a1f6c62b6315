"""What one item of any JSON API says, by a map of fields in the settings; names that everybody uses need no map.

A map names places, and nothing of it is run. Pure. Refuses to know listings and where an item came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.model import Author, Image
from feeds.text import plain, single_line
from feeds.tokens import language_tag
from service.errors import Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.settings_sources import FieldName
from service.sources.adapter import Item, Understood
from service.sources.json_lacks import Mapped
from service.sources.json_paths import Steps, at, steps
from service.sources.json_values import Node
from service.sources.json_visibility import is_for_all
from service.sources.metadata import tag_uri
from service.sources.remote_fields import finished, locator_of, resolved
from service.sources.source import Fields, Markup, Visibility

GUESSES: Final[Mapping[FieldName, tuple[str, ...]]] = {
    "id": ("id", "_id", "uuid", "guid"),
    "url": ("url", "link", "permalink", "canonical_url", "html_url"),
    "title": ("title.rendered", "title", "headline", "name"),
    "content": ("content_html", "content.rendered", "content", "html", "body", "body_html", "content_text"),
    "summary": ("summary", "excerpt.rendered", "excerpt", "description", "abstract"),
    "published": ("published_at", "date_published", "published", "publishedAt", "pubDate", "date", "created_at"),
    "updated": ("updated_at", "updated", "date_modified", "updatedAt", "modified"),
    "authors": ("authors", "author", "creator", "byline"),
    "author_name": ("name", "title", "label", "display_name"),
    "author_url": ("url", "link", "website"),
    "categories": ("categories", "category", "section"),
    "tags": ("tags", "keywords", "labels"),
    "image": ("image", "feature_image", "featured_image", "cover_image", "thumbnail"),
    "image_alt": ("image_alt", "feature_image_alt", "image.alt"),
    "language": ("language", "lang", "locale"),
    "status": ("status", "state", "published_status"),
}
"""Where a post's fields are looked for where the settings name no place."""

_LABELS: Final = ("name", "title", "label", "slug")
_ADDRESSES: Final = ("url", "src", "href")
_TEXTS: Final = ("content_text", "text", "plaintext")
"""Last parts of paths whose content is plain text; ``markdown`` or ``md`` is Markdown, all else HTML."""
_UNIQUE: Final = 20
"""Characters from which an id is taken for one that means one thing everywhere (an ObjectId has 24, a UUID 36)."""

_RFC_822: Final = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?[0-9]{1,2}\s+[A-Za-z]{3}", re.ASCII)


class FieldMap:
    """Where the posts of one API have what. Raises ValueError for a place that is no path."""

    def __init__(self, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._settings = settings
        self._site = site
        self._limits = limits
        self._url = settings.url or ""
        said: Mapping[FieldName, str | tuple[str, ...]] = settings.fields
        self._dated = "published" in said
        self._places: dict[FieldName, tuple[Steps, ...]] = {}
        for field, guesses in GUESSES.items():
            places = said.get(field, guesses)
            self._places[field] = tuple(steps(place) for place in ((places,) if isinstance(places, str) else places))
        self._mapped = Mapped(said, self._places["authors"])
        self._zone = ZoneInfo(settings.timezone or site.timezone or "UTC")

    def locator(self, post: Node) -> str:
        """What tells an item from every other of its source; "" where it names nothing of the kind."""
        return locator_of(single_line(self._first(post, "id").words() or self._first(post, "url").words()))

    def item(self, post: Node) -> Item:
        """The item of a value, with what it lacks."""
        lacks, dated = self._mapped.lacking(post), self._is_dated(post)
        return Item(self.locator(post), post.value, post.path, lacks=lacks, dated=dated)

    def _is_dated(self, post: Node) -> bool:
        """Whether an item has a date, or needs none: what is hidden, and what cannot be read."""
        try:
            return bool(self._moment(self._first(post, "published"))) or not self._is_for_all(post)
        except Rejected:
            return True

    def _is_for_all(self, post: Node) -> bool:
        return is_for_all(post, self._first(post, "status"), dated=self._dated)

    def read(self, post: Node) -> Understood:
        """What an item says. Raises Rejected."""
        url = self._address(self._first(post, "url"))
        if url is None:
            raise self._first(post, "url").refused("is no address, where the post's page belongs")
        content, markup = self._content(post)
        published, updated = self._moment(self._first(post, "published")), self._moment(self._first(post, "updated"))
        visibility: Visibility = "public" if self._is_for_all(post) else "hidden"
        fields = Fields(
            id=self._id(post, url),
            url=url,
            title=self._first(post, "title").line(),
            published=published,
            updated=updated,
            future=bool(self._settings.future),
            markup=markup,
            visibility=visibility,
            language=language_tag(self._first(post, "language").words()),
            summary=self._first(post, "summary").line() or None,
            authors=tuple(self._authors(self._first(post, "authors"))),
            categories=tuple(self._labels(self._first(post, "categories"))),
            tags=tuple(self._labels(self._first(post, "tags"))),
            images=tuple(self._images(post)),
            explicit_url=True,
        )
        return finished(fields, content, post.locator, self._limits)

    def _first(self, post: Node, field: FieldName) -> Node:
        """The first of a field's places that says something; the first place where none does."""
        found = [at(post, place) for place in self._places[field]] or [post.beside(None, f".{field}")]
        nothing: tuple[Any, ...] = (None, "", [], {})
        if field == "published":  # ``published: true`` is no date; the next place may have one
            return next(
                (one for one in found if not isinstance(one.value, bool) and one.value not in nothing), found[0]
            )
        return next((node for node in found if node.value not in nothing), found[0])

    def _id(self, post: Node, url: str) -> str:
        """The API's id: as it is where it is long enough to be nobody else's (a URI, a UUID), else within the site's
        name space, because other sources have a post 17, too."""
        text = single_line(self._first(post, "id").text())
        if not text:
            return url
        return text if ":" in text or len(text) >= _UNIQUE else self._tag(text)

    def _tag(self, text: str) -> str:
        """By the API's address, and not by the source's name, which people change."""
        parts = urlsplit(self._url)
        return tag_uri(self._site.url or self._url, self._site.founded, f"{parts.netloc}{parts.path}/{text}")

    def _content(self, post: Node) -> tuple[str, Markup]:
        for place in self._places["content"]:
            node = at(post, place)
            if node.value not in (None, "", [], {}):
                last = str(place[-1]).lower() if place else ""
                markup: Markup = "text" if last in _TEXTS else "markdown" if last in ("markdown", "md") else "html"
                return node.text(), markup
        return "", "html"

    def _address(self, node: Node) -> str | None:
        """A reference as an absolute URL, relative ones from the site's root."""
        return resolved(node.value, f"{self._site.url}/" if self._site.url else self._url)

    def _moment(self, node: Node) -> datetime | None:
        """A date in the settings' format, in UTC; without one ISO 8601 or RFC 822. Raises Rejected for what is none."""
        form, value = self._settings.date_format, node.value
        if isinstance(value, bool):  # ``published: true``
            return None
        text = node.text().strip()
        if not text or text.startswith("0000-00-00"):
            return None
        try:
            if form in ("unix", "unix-ms"):
                found = datetime.fromtimestamp(float(text) / (1000 if form == "unix-ms" else 1), UTC)
            elif form:
                found = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
            elif _RFC_822.match(text):
                found = parsedate_to_datetime(text)
            else:
                found = datetime.fromisoformat(text)
            found = (found.replace(tzinfo=self._zone) if found.tzinfo is None else found).astimezone(UTC)
        except (ValueError, OverflowError, OSError, TypeError, IndexError):
            if form:
                raise node.refused(f"is no date of the form {form}: {text[:40]!r}") from None
            hint = "; say source.date_format, such as unix or unix-ms" if isinstance(value, int | float) else ""
            raise node.refused(f"is no date: {text[:40]!r}{hint}") from None
        if found.year == 1:  # Go's zero time
            return None
        return node.within(found, self._limits)

    def _authors(self, node: Node) -> Iterator[Author]:
        for one in _many(node):
            if isinstance(one.value, Mapping):
                name = _line(self._first(one, "author_name"))
                if name:
                    yield Author(name, url=self._address(self._first(one, "author_url")))
            elif name := _line(one):
                yield Author(name)

    def _labels(self, node: Node) -> Iterator[str]:
        """A list of texts or of objects with a name; one text is one label, or several with commas where set."""
        for one in _many(node):
            if isinstance(one.value, Mapping):
                yield next((label for key in _LABELS if (label := _line(one[key]))), "")
            elif self._settings.split_terms_at_comma and isinstance(one.value, str):
                yield from _line(one).split(",")
            else:
                yield _line(one)

    def _images(self, post: Node) -> Iterator[Image]:
        node = next(iter(_many(self._first(post, "image"))), None)
        if node is None:
            return
        if isinstance(node.value, Mapping):
            url = next((found for key in _ADDRESSES if (found := self._address(node[key]))), None)
            alt, width, height = _line(node["alt"]), node["width"].size(), node["height"].size()
        else:
            url, alt, width, height = self._address(node), "", None, None
        if url:
            yield Image(url, alt=alt or _line(self._first(post, "image_alt")), width=width, height=height)


def _many(node: Node) -> Iterator[Node]:
    """The items of a list, or the one value that stands in its place."""
    if isinstance(node.value, list):
        yield from node
    elif node.value not in (None, "", {}):
        yield node


def _line(node: Node) -> str:
    """A label as one line; "" for whatever is none: it only adorns."""
    return single_line(plain(node.words()))
