"""Any JSON API as a source, by a map of fields in the settings; names that everybody uses need no map.

Walks pages by number, offset, cursor, next URL or Link header; takes JSON a value each line, too, and a JSON Feed for
what it is. Refuses to run anything: a map names places, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from requests.utils import parse_header_links

from feeds.model import Author, Image
from feeds.text import plain, single_line
from feeds.tokens import language_tag
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.settings_sources import FieldName
from service.sources.feed import FeedSource
from service.sources.feed_json import JSON_FEED
from service.sources.json_paths import Steps, at, steps
from service.sources.json_values import Node
from service.sources.json_visibility import is_for_all
from service.sources.metadata import tag_uri
from service.sources.remote import Item, Page, Post, Request
from service.sources.remote_fields import context_of, finished, followed, locator_of, resolved
from service.sources.source import Context, Fields, Markup, SiteFacts, Visibility
from service.sources.whole import Whole
from service.upstream.answer import Answer, Client, UpstreamFailed
from service.upstream.json_body import is_json_or_lines, json_of, lines_of

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
_GONE: Final = frozenset((400, 404, 416))
"""What an API may answer for a page behind its last one."""
_LINES: Final = ("ndjson", "jsonl", "json-lines", "x-jsonlines", "json-seq")
"""What media types and names of files call JSON a value each line."""
_UNIQUE: Final = 20
"""Characters from which an id is taken for one that means one thing everywhere (an ObjectId has 24, a UUID 36)."""


class JsonApi(Whole):
    """One address."""

    def __init__(self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._url = settings.url or ""
        self._items = steps(settings.items)
        said: Mapping[FieldName, str | tuple[str, ...]] = settings.fields
        self._dated = "published" in said
        self._places: dict[FieldName, tuple[Steps, ...]] = {}
        for field, guesses in GUESSES.items():
            places = said.get(field, guesses)
            self._places[field] = tuple(steps(place) for place in ((places,) if isinstance(places, str) else places))
        self._feed: FeedSource | None = None
        self._asked: Answer | None = None
        """The first answer of a pull, had while the site was asked for."""
        self._zone = ZoneInfo(settings.timezone or site.timezone or "UTC")

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """An API says nothing of its site: ``site.url`` has to. A JSON Feed does, and is read as the feed it is."""
        self._feed = self._asked = None
        if not self._items and not self._settings.fields and self._settings.paging.style == "none":
            answer = self._asked = client.get(self._url, self._sized(), check=self._check)
            if _is_json_feed(answer):
                self._feed = FeedSource(self._name, self._settings, self._site, self._limits)
                return self._feed.said(client, answer)
        facts = SiteFacts(timezone=self._settings.timezone)
        return facts, context_of(self._site, facts), ()

    def pages(self, client: Client, request: Request) -> Iterator[Page]:
        if self._feed is not None:
            yield from self._feed.pages(client, request)
            return
        paging, url, params, items = self._settings.paging, self._url, self._sized(), tuple[Item, ...]()
        style, seen, listed, most = paging.style, {self._url}, 0, 0
        for number in count():
            if style in ("page", "offset"):
                params[paging.parameter or style] = str(paging.first + number if style == "page" else listed)
            answer, self._asked = self._asked, None
            try:
                answer = answer or client.get(url, params, check=self._check)
            except UpstreamFailed as error:
                if style not in ("page", "offset") or not number or error.status not in _GONE:
                    raise
                # Behind a page that is full there may have been another.
                yield Page((), window=len(items) >= (most if number > 1 else paging.size))
                return
            whole, values = self._values(answer)
            items = tuple(self._item(value, f"{values.path}[{place}]") for place, value in enumerate(values.value))
            if style == "none" and items and _link_next(answer.headers.get("link", "")):
                yield Page(items, 0, answer.url, window=True, problems=(self._partial(answer, "there is a next page"),))
                return
            yield Page(items, 0, answer.url)
            if not items or style == "none":  # a page with few items proves nothing: APIs cap and filter what they give
                return
            listed, most = listed + len(items), max(most, len(items))
            if style in ("page", "offset"):
                continue
            following = self._following(answer, whole)
            if not following:
                return
            if following in seen:
                notes = (self._partial(answer, "the next page is one that was read before"),)
                yield Page((), 0, answer.url, window=True, problems=notes)
                return
            seen.add(following)
            if style == "cursor":
                params[paging.parameter or style] = following
            else:
                url, params = following, {}

    def read(self, item: Item) -> Post | None:
        if self._feed is not None:
            return self._feed.read(item)
        post = Node(item.value, item.path, item.id)
        url = self._address(self._first(post, "url"))
        if url is None:
            raise self._first(post, "url").refused("is no address, where the post's page belongs")
        content, markup = self._content(post)
        published, updated = self._moment(self._first(post, "published")), self._moment(self._first(post, "updated"))
        visibility: Visibility = (
            "public" if is_for_all(post, self._first(post, "status"), dated=self._dated) else "hidden"
        )
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
        return finished(fields, content, post.origin, self._limits)

    # -- the answer ------------------------------------------------------------------------------------------------

    def _sized(self) -> dict[str, str]:
        paging = self._settings.paging
        return {paging.size_parameter: str(paging.size)} if paging.size else {}

    def _check(self, answer: Answer) -> None:
        """What is no list of posts must not take the place of the last good answer."""
        is_json_or_lines(answer)
        if not _is_json_feed(answer):
            self._values(answer)

    def _values(self, answer: Answer) -> tuple[Any, Node]:
        """The whole answer, and the list of posts in it."""
        try:
            whole = json_of(answer)
        except UpstreamFailed:
            return None, Node(lines_of(answer), "$", self._name)
        if isinstance(whole, Mapping) and _in_lines(answer):
            return None, Node([whole], "$", self._name)
        node = at(Node(whole, "$", self._name), self._items)
        if isinstance(node.value, list):
            return whole, node
        if not self._items and isinstance(whole, Mapping):
            found = next((node[key] for key in _LISTS if isinstance(whole.get(key), list)), None)
            if found is not None:
                return whole, found
        where = f"source.items = {self._settings.items!r}" if self._items else "the answer itself"
        raise UpstreamFailed(
            f"{answer.url}: {where} is no list of posts; say in source.items where they are",
            "schema-changed",
            status=200,
        )

    def _following(self, answer: Answer, whole: Any) -> str:
        """The cursor or URL of the next page: in the answer, or in its Link header (RFC 8288); "" on the last one."""
        paging = self._settings.paging
        if paging.style == "link":
            text = _link_next(answer.headers.get("link", ""))
        else:
            node = at(Node(whole, "$", self._name), steps(paging.value or paging.style))
            if node.value in (None, False, "") or isinstance(node.value, bool):
                return ""
            try:
                text = node.text()
            except Rejected as error:
                raise UpstreamFailed(
                    f"{answer.url}: {error.problems[0].message}; say in source.paging.value where it is",
                    "schema-changed",
                    status=200,
                ) from None
            if paging.style == "cursor":
                return text
        found = resolved(text, answer.url) if not text.isdigit() else None
        if text and not found:
            raise UpstreamFailed(
                f"{answer.url}: the next page, {single_line(text)[:40]!r}, is no address (source.paging)",
                "schema-changed",
                status=200,
            )
        return followed(found, answer.url, self._settings) if found else ""

    def _partial(self, answer: Answer, why: str) -> Problem:
        message = f"{answer.url}: {why}; nothing is taken for deleted"
        return Problem(self._name, 0, 0, "warning", "listing-partial", message, "look at source.paging")

    def _item(self, value: Any, path: str) -> Item:
        post = Node(value, path, self._name)
        id_ = self._first(post, "id").words() or self._first(post, "url").words()
        return Item(locator_of(single_line(id_)), value, path)

    # -- one post --------------------------------------------------------------------------------------------------

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
        if not self._limits.earliest_year <= found.year < self._limits.latest_year:
            years = f"{self._limits.earliest_year}-{self._limits.latest_year}"
            raise node.refused(f"is a date outside of {years}: {text[:40]!r}")
        return found

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


_LISTS: Final = ("items", "posts", "data", "results", "articles", "entries")
"""Where an answer has its list where the settings do not say."""


def _many(node: Node) -> Iterator[Node]:
    """The items of a list, or the one value that stands in its place."""
    if isinstance(node.value, list):
        yield from node
    elif node.value not in (None, "", {}):
        yield node


def _line(node: Node) -> str:
    """A label as one line; "" for whatever is none: it only adorns."""
    return single_line(plain(node.words()))


def _in_lines(answer: Answer) -> bool:
    """Whether an answer is JSON a value each line by its own account: one with a single line does not look like it."""
    kind = answer.headers.get("content-type", "").partition(";")[0].lower()
    return kind.endswith(_LINES) or urlsplit(answer.url).path.lower().endswith(_LINES)


def _is_json_feed(answer: Answer) -> bool:
    try:
        whole = json_of(answer)
    except UpstreamFailed:
        return False
    version = whole.get("version") if isinstance(whole, Mapping) else None
    return isinstance(version, str) and version.startswith(JSON_FEED)


_RFC_822: Final = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?[0-9]{1,2}\s+[A-Za-z]{3}", re.ASCII)


def _link_next(header: str) -> str:
    """The target of ``rel=next`` in a Link header; "" where there is none."""
    for link in parse_header_links(header):
        if "next" in link.get("rel", "").lower().split():
            return str(link.get("url", ""))
    return ""
