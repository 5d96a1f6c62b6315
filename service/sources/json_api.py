"""Any JSON API as a source, by a map of fields in the settings; names that everybody uses need no map.

Walks pages by number, offset, cursor, next URL or Link header; takes JSON a value each line, too, and a JSON Feed for
what it is. Refuses to run anything: a map names places, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from feeds.model import Author, Image
from feeds.text import single_line
from feeds.tokens import language_tag
from feeds.uri import ascii_url, is_web_url
from service.errors import Problem
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.settings_sources import FieldName
from service.sources.json_paths import Steps, at, steps
from service.sources.json_values import Node
from service.sources.metadata import tag_uri
from service.sources.remote import Item, Page, Post, Request
from service.sources.remote_fields import context_of, finished, is_out
from service.sources.source import Context, Fields, Markup, SiteFacts, Visibility
from service.upstream.answer import Answer, Client, UpstreamFailed
from service.upstream.json_body import is_json_or_lines, json_of, lines_of

GUESSES: Final[Mapping[FieldName, tuple[str, ...]]] = {
    "id": ("id", "_id", "uuid", "guid"),
    "url": ("url", "link", "permalink", "canonical_url", "html_url"),
    "title": ("title.rendered", "title", "headline", "name"),
    "content": ("content_html", "content.rendered", "content", "html", "body", "body_html", "content_text"),
    "summary": ("summary", "excerpt", "description", "abstract"),
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
_MOST_PAGES: Final = 100_000
_UNIQUE: Final = 20
"""Characters from which an id is taken for one that means one thing everywhere (an ObjectId has 24, a UUID 36)."""


class JsonApi:
    """One address."""

    incremental = False

    def __init__(self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._url = settings.url or ""
        self._items = steps(settings.items)
        said: Mapping[FieldName, str | tuple[str, ...]] = settings.fields
        self._places: dict[FieldName, tuple[Steps, ...]] = {}
        for field, guesses in GUESSES.items():
            places = said.get(field, guesses)
            self._places[field] = tuple(steps(place) for place in ((places,) if isinstance(places, str) else places))
        self._zone = ZoneInfo(settings.timezone or site.timezone or "UTC")

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """An API says nothing of its site; where the settings do not either, its pages are where the API is."""
        del client
        parts = urlsplit(self._url)
        facts = SiteFacts(url=f"{parts.scheme}://{parts.netloc}", timezone=self._settings.timezone)
        return facts, context_of(self._site, facts), ()

    def pages(self, client: Client, request: Request) -> Iterator[Page]:
        del request  # the settings know no filter by date
        paging, url, params, count = self._settings.paging, self._url, dict[str, str](), 0
        if paging.size:
            params[paging.size_parameter] = str(paging.size)
        number, seen, style, value = paging.first, {self._url}, paging.style, paging.value
        name = paging.parameter or style
        if style in ("page", "offset"):
            params[name] = str(number if style == "page" else 0)
        for _ in range(_MOST_PAGES):
            answer = client.get(url, params, check=is_json_or_lines)
            whole, values = self._values(answer)
            items = tuple(self._item(value, count + place) for place, value in enumerate(values))
            count += len(items)
            yield Page(items, 0, answer.url)
            if style == "none" and _is_json_feed(whole):
                style, value = "next", "next_url"
            short = style in ("page", "offset") and len(items) < paging.size
            if not items or style == "none" or short:
                return
            if style == "page":
                number += 1
                params[name] = str(number)
            elif style == "offset":
                params[name] = str(count)
            elif style == "cursor":
                cursor = at(Node(whole, "$", self._name), steps(value or "cursor")).text()
                if not cursor or cursor in seen:
                    return
                seen.add(cursor)
                params[name] = cursor
            else:
                url, params = self._next(answer, whole, style, value), {}
                if not url or url in seen:
                    return
                seen.add(url)

    def ids(self, client: Client) -> Iterator[Page]:
        del client
        yield from ()  # an API of which nothing is known has no other list of what there is

    def read(self, item: Item) -> Post | None:
        post = Node(item.value, item.path, item.id)
        url = self._address(self._first(post, "url"))
        if url is None:
            raise self._first(post, "url").refused("is no address, where the post's page belongs")
        content, markup = self._content(post)
        published, updated = self._moment(self._first(post, "published")), self._moment(self._first(post, "updated"))
        status = self._first(post, "status").value
        out = is_out(status) if isinstance(status, str) else True
        if post["published"].value is False or post["draft"].value is True:
            out = False
        visibility: Visibility = "public" if out else "hidden"
        fields = Fields(
            id=self._id(post, url),
            url=url,
            title=self._first(post, "title").line(),
            published=published,
            updated=updated,
            future=bool(self._settings.future),
            markup=markup,
            visibility=visibility,
            language=language_tag(self._first(post, "language").text()),
            summary=self._first(post, "summary").line() or None,
            authors=tuple(self._authors(self._first(post, "authors"))),
            categories=tuple(self._labels(self._first(post, "categories"))),
            tags=tuple(self._labels(self._first(post, "tags"))),
            images=tuple(self._images(post)),
            explicit_url=True,
        )
        return finished(fields, content, post.origin, self._limits)

    # -- the answer ------------------------------------------------------------------------------------------------

    def _values(self, answer: Answer) -> tuple[Any, list[Any]]:
        """The whole answer, and the posts in it."""
        try:
            whole = json_of(answer)
        except UpstreamFailed:
            return None, lines_of(answer)
        node = at(Node(whole, "$", self._name), self._items)
        if isinstance(node.value, list):
            return whole, node.value
        if not self._items and isinstance(whole, Mapping):
            found = next((value for key in _LISTS if isinstance(value := whole.get(key), list)), None)
            if found is not None:
                return whole, found
        where = f"source.items = {self._settings.items!r}" if self._items else "the answer itself"
        raise UpstreamFailed(
            f"{answer.url}: {where} is no list of posts; say in source.items where they are",
            "schema-changed",
            status=200,
        )

    def _next(self, answer: Answer, whole: Any, style: str, value: str) -> str:
        """The URL of the next page: in the answer, or in its Link header (RFC 8288)."""
        if style == "next":
            text = at(Node(whole, "$", self._name), steps(value or "next")).text()
        else:
            text = _link_next(answer.headers.get("link", ""))
        found = urljoin(answer.url, text) if text else ""
        return found if is_web_url(found) else ""

    def _item(self, value: Any, place: int) -> Item:
        path = f"$[{place}]" if not self._items else f"$.{self._settings.items.strip('$./')}[{place}]"
        post = Node(value, path, self._name)
        found = self._first(post, "id").value
        text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
        if not text:
            url = self._first(post, "url").value
            text = url if isinstance(url, str) else ""
        return Item(single_line(text)[:200], value, path)

    # -- one post --------------------------------------------------------------------------------------------------

    def _first(self, post: Node, field: FieldName) -> Node:
        """The first of a field's places that says something; the first place where none does."""
        found = [at(post, place) for place in self._places[field]]
        return next((node for node in found if node.value not in (None, "", [], {})), found[0])

    def _id(self, post: Node, url: str) -> str:
        """The API's id: as it is where it is long enough to be nobody else's (a URI, a UUID), else within the site's
        name space, because other sources have a post 17, too."""
        text = single_line(self._first(post, "id").text())
        if not text:
            return url
        return text if ":" in text or len(text) >= _UNIQUE else self._tag(text)

    def _tag(self, text: str) -> str:
        return tag_uri(self._site.url or self._url, self._site.founded, f"{self._name}/{text}")

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
        if not isinstance(node.value, str) or not node.value.strip():
            return None
        base = f"{self._site.url}/" if self._site.url else self._url
        try:
            found = urljoin(base, node.value.strip())
        except ValueError:
            return None
        return (ascii_url(found) or None) if is_web_url(found) else None

    def _moment(self, node: Node) -> datetime | None:
        """A date in the settings' format. Raises Rejected for what is none."""
        form, value = self._settings.date_format, node.value
        if isinstance(value, bool):  # ``published: true``
            return None
        try:
            if form in ("unix", "unix-ms") and value not in (None, ""):
                seconds = float(value) / (1000 if form == "unix-ms" else 1)
                return _within(datetime.fromtimestamp(seconds, UTC), node, self._limits)
            if form and node.text().strip():
                found = datetime.strptime(node.text().strip(), form)  # noqa: DTZ007 - the zone follows
                found = found.replace(tzinfo=self._zone) if found.tzinfo is None else found
                return _within(found.astimezone(UTC), node, self._limits)
        except (ValueError, OverflowError, OSError, TypeError):
            raise node.refused(f"is no date of the form {form}: {str(value)[:40]!r}") from None
        text = node.text().strip()
        if text[:1].isalpha():
            try:
                return _within(parsedate_to_datetime(text).astimezone(UTC), node, self._limits)
            except (ValueError, OverflowError, TypeError):
                raise node.refused(f"is no date: {text[:40]!r}") from None
        return node.moment(self._zone, self._limits)

    def _authors(self, node: Node) -> Iterator[Author]:
        for one in _many(node):
            if isinstance(one.value, Mapping):
                name = self._first(one, "author_name").line()
                if name:
                    yield Author(name, url=self._address(self._first(one, "author_url")))
            elif name := one.line():
                yield Author(name)

    def _labels(self, node: Node) -> Iterator[str]:
        """A list of texts or of objects with a name; one text is one label, or several with commas where set."""
        for one in _many(node):
            if isinstance(one.value, Mapping):
                yield next((label for key in _LABELS if (label := one[key].line())), "")
            elif self._settings.split_terms_at_comma and isinstance(one.value, str):
                yield from one.line().split(",")
            else:
                yield one.line()

    def _images(self, post: Node) -> Iterator[Image]:
        node = next(iter(_many(self._first(post, "image"))), None)
        if node is None:
            return
        if isinstance(node.value, Mapping):
            url = next((found for key in _ADDRESSES if (found := self._address(node[key]))), None)
            alt, width, height = node["alt"].line(), node["width"].size(), node["height"].size()
        else:
            url, alt, width, height = self._address(node), "", None, None
        if url:
            yield Image(url, alt=alt or self._first(post, "image_alt").line(), width=width, height=height)


_LISTS: Final = ("items", "posts", "data", "results", "articles", "entries")
"""Where an answer has its list where the settings do not say."""


def _many(node: Node) -> Iterator[Node]:
    """The items of a list, or the one value that stands in its place."""
    if isinstance(node.value, list):
        yield from node
    elif node.value not in (None, "", {}):
        yield node


def _is_json_feed(whole: Any) -> bool:
    version = whole.get("version") if isinstance(whole, Mapping) else None
    return isinstance(version, str) and version.startswith("https://jsonfeed.org/version/")


def _within(moment: datetime, node: Node, limits: LimitSettings) -> datetime:
    if not limits.earliest_year <= moment.year < limits.latest_year:
        raise node.refused(f"is a date outside of {limits.earliest_year}-{limits.latest_year}")
    return moment


def _link_next(header: str) -> str:
    """The target of ``rel=next`` in a Link header; "" where there is none."""
    for part in header.split(","):
        target, _, rest = part.strip().partition(">")
        if target.startswith("<") and any(
            one.strip().lower().replace('"', "") == "rel=next" for one in rest.split(";")
        ):
            return target[1:]
    return ""
