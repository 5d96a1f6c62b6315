"""A WordPress site by its REST API (``/wp-json/wp/v2/posts``), and what one of its posts says.

Ids are the guids of its own feeds, kept verbatim, so that no reader sees a post twice. Protected bodies and whatever is
not published never leave (U-20). Where the API is closed the site's own feed stands in, which is a window: nothing is
taken for deleted by it. Refuses to log in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from feeds.model import Author, Image
from feeds.text import single_line
from feeds.uri import is_web_url
from service.errors import Problem
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.json_values import Node
from service.sources.remote import Adapter, Item, Page, Post, Request
from service.sources.remote_fields import chain, context_of, finished, is_out
from service.sources.source import Context, Fields, SiteFacts, Visibility
from service.upstream.answer import Client, UpstreamFailed
from service.upstream.json_body import is_json, json_of

PER_PAGE: Final = 100
"""The most WordPress gives at once."""
_MOST_PAGES: Final = 1000
_CLOSED: Final = (401, 403, 404)
_PAST_THE_END: Final = b"rest_post_invalid_page_number"
_FACTS: Final = "name,description,url,home,gmt_offset,timezone_string,site_icon_url"
_EMBED: Final = "author,wp:featuredmedia,wp:term"
_UNCATEGORIZED: Final = "uncategorized"
"""The slug of the category that WordPress gives to whatever has none."""
_MORE = re.compile(
    r"\s?(?:\[ ?(?:…|\.\.\.) ?\]|(?:…|\.\.\.)? ?(?:[Cc]ontinue reading|Read more|계속 읽기|더 보기)\b.{0,300})\Z",
)
"""What themes put at the end of an excerpt that they cut themselves."""
_API_LINK = re.compile(r'<([^<>]+)>\s*;[^,]*rel="https://api\.w\.org/"')


class WordPress:
    """One site. ``fallback`` reads its feed where the API is closed."""

    incremental = True

    def __init__(
        self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings, fallback: Adapter
    ) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._fallback = fallback
        self._home = (settings.url or "").rstrip("/")
        self._api = ""
        self._closed = False
        self._zone: Any = UTC
        self._parents: dict[str, str] = {}
        self._labels: dict[int, str] = {}

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """Name, description, address, zone and icon as the API's index has them."""
        self._closed = False
        try:
            said = self._index(client)
        except UpstreamFailed as error:
            if error.status not in _CLOSED:
                raise
            self._closed = True
            self.incremental = False
            facts, context, problems = self._fallback.site(client)
            message = f"the REST API is closed ({error}); its feed is read, which shows the newest posts alone"
            note = Problem(self._name, 0, 0, "warning", "rest-closed", message, "open /wp-json/wp/v2/posts to readers")
            return facts, context, (note, *problems)
        self.incremental = True
        self._zone, zone = _zone(said, self._settings, self._site)
        icon = said["site_icon_url"].url()
        facts = SiteFacts(
            url=(said["home"].url() or said["url"].url() or self._home).rstrip("/"),
            title=said["name"].line(),
            description=said["description"].line(),
            timezone=zone,
            icon=icon,
            feed_path="/feed/",
        )
        self._read_parents(client)
        return facts, context_of(self._site, facts), ()

    def pages(self, client: Client, request: Request) -> Iterator[Page]:
        """By id where everything is listed, so that a post that arrives meanwhile moves no other to another page."""
        if self._closed:
            yield from self._fallback.pages(client, request)
            return
        order = {"orderby": "id", "order": "asc"}
        if request.since is not None:
            since = request.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
            order = {"orderby": "modified", "order": "asc", "modified_after": f"{since}Z"}
        yield from self._walk(client, {"_embed": _EMBED, **order})

    def ids(self, client: Client) -> Iterator[Page]:
        yield from self._walk(client, {"_fields": "id", "orderby": "id", "order": "asc"})

    def read(self, item: Item) -> Post | None:
        if self._closed:
            return self._fallback.read(item)
        return _read(Node(item.value, item.path, item.id), self)

    # -- asking ----------------------------------------------------------------------------------------------------

    def _index(self, client: Client) -> Node:
        """The API's index, wherever it is: pretty links, ``?rest_route=``, or where the home page says."""
        failure: UpstreamFailed | None = None
        for root in (f"{self._home}/wp-json/", f"{self._home}/?rest_route=/", None):
            try:
                found = root or self._announced(client)
                if not found:
                    continue
                answer = client.get(found, {"_fields": _FACTS}, check=is_json)
                said = Node(json_of(answer), "$", self._name)
                if isinstance(said.value, Mapping):
                    self._api = found
                    return said
            except UpstreamFailed as error:
                if error.status not in (*_CLOSED, 200):  # 200: a page in the place of JSON, so links are not pretty
                    raise
                failure = failure or error
        if failure is not None and failure.status not in _CLOSED:
            raise UpstreamFailed(str(failure), failure.reason, status=404)
        raise failure or UpstreamFailed(f"{self._home}: has no WordPress REST API", "status", status=404)

    def _announced(self, client: Client) -> str:
        """Where the home page's Link header says that the API is; "" where it does not."""
        answer = client.get(f"{self._home}/")
        found = _API_LINK.search(answer.headers.get("link", ""))
        return found[1] if found and is_web_url(found[1]) else ""

    def _route(self, path: str) -> str:
        """The URL of a route of the API: appended to the path, or to ``rest_route``."""
        parts = urlsplit(self._api)
        query = dict(parse_qsl(parts.query))
        if "rest_route" in query:
            query["rest_route"] = query["rest_route"].rstrip("/") + path
            return urlunsplit(parts._replace(query=urlencode(query, safe="/")))
        return self._api.rstrip("/") + path

    def _walk(self, client: Client, params: Mapping[str, str]) -> Iterator[Page]:
        """Page by page until the header's last one, an empty one, or the one past the end (U-15)."""
        for number in range(1, _MOST_PAGES + 1):
            try:
                answer = client.get(
                    self._route("/wp/v2/posts"),
                    {"per_page": str(PER_PAGE), "page": str(number), **params},
                    check=is_json,
                )
            except UpstreamFailed as error:
                if number > 1 and error.status == 400 and _PAST_THE_END in error.body:
                    return
                raise
            posts = json_of(answer)
            if not isinstance(posts, list):
                raise UpstreamFailed(f"{answer.url}: answers no list of posts", "schema-changed", status=200)
            first = (number - 1) * PER_PAGE
            items = tuple(_item(value, f"$[{first + place}]") for place, value in enumerate(posts))
            yield Page(items, _count(answer.headers.get("x-wp-total", "")), answer.url)
            last = _count(answer.headers.get("x-wp-totalpages", ""))
            if not posts or (last and number >= last) or (not last and len(posts) < PER_PAGE):
                return

    def _read_parents(self, client: Client) -> None:
        """Which category stands below which: a post names only its own."""
        names, above = dict[int, str](), dict[int, int]()
        for number in range(1, _MOST_PAGES + 1):
            try:
                answer = client.get(
                    self._route("/wp/v2/categories"),
                    {"per_page": str(PER_PAGE), "page": str(number), "_fields": "id,name,parent"},
                    check=is_json,
                )
            except UpstreamFailed as error:
                if error.status in (400, *_CLOSED):
                    break
                raise
            found = json_of(answer)
            for one in found if isinstance(found, list) else ():
                if isinstance(one, Mapping) and isinstance(one.get("id"), int):
                    names[one["id"]] = Node(one.get("name"), "$", self._name).line()
                    above[one["id"]] = one.get("parent") or 0
            if not isinstance(found, list) or len(found) < PER_PAGE:
                break
        self._labels = names
        self._parents = {names[child]: names[parent] for child, parent in above.items() if parent in names}


def _read(post: Node, source: WordPress) -> Post | None:
    limits = source._limits
    if post["type"].text() not in ("", "post"):
        return None
    url = post["link"].url()
    if url is None:
        raise post["link"].refused("is no http(s) URL")
    embedded, yoast = post["_embedded"], post["yoast_head_json"]
    protected = post["content"]["protected"].flag()
    published = post["date_gmt"].moment(UTC, limits) or post["date"].moment(source._zone, limits)
    updated = post["modified_gmt"].moment(UTC, limits) or post["modified"].moment(source._zone, limits)
    body = "" if protected else post["content"]["rendered"].text()
    visibility: Visibility = "public" if is_out(post["status"].text() or "publish") and published else "hidden"
    categories, tags = _terms(embedded, source)
    canonical = yoast["canonical"].url()
    noindex = yoast["robots"]["index"].value == "noindex"
    fields = Fields(
        id=single_line(post["guid"]["rendered"].text()) or url,
        url=url,
        title=post["title"]["rendered"].line(),
        published=published,
        updated=updated,
        future=bool(source._settings.future),
        markup="html",
        visibility=visibility,
        summary=_summary(post, yoast, protected=protected),
        authors=tuple(_authors(embedded)),
        categories=tuple(categories),
        tags=tuple(tags),
        images=tuple(_images(embedded, yoast)),
        noindex=noindex,
        listed=visibility == "public" and not noindex and not protected and canonical in (None, url),
        canonical=canonical if canonical != url else None,
        explicit_url=True,
    )
    return finished(fields, body, post.origin, limits)


def _summary(post: Node, yoast: Node, *, protected: bool) -> str | None:
    """The excerpt without the theme's mark; of a protected post nothing that was made from its body."""
    if protected or post["excerpt"]["protected"].flag():
        return None
    excerpt = _MORE.sub("", post["excerpt"]["rendered"].line())
    return excerpt or yoast["description"].line() or None


def _terms(embedded: Node, source: WordPress) -> tuple[list[str], list[str]]:
    """Categories with those above them, and tags, as the embedded terms name them."""
    categories, tags = list[str](), list[str]()
    for taxonomy in embedded["wp:term"]:
        for term in taxonomy:
            label, kind = term["name"].line(), term["taxonomy"].text()
            if kind == "category" and label and term["slug"].text() != _UNCATEGORIZED:
                categories += chain(label, source._parents.get(label, ""), source._parents)
            elif kind == "post_tag" and label:
                tags.append(label)
    return categories, tags


def _authors(embedded: Node) -> Iterator[Author]:
    """Every author once; where a plugin knows several, they are those."""
    guests = embedded["wp:coauthors"] if embedded["wp:coauthors"].value else embedded["author"]
    seen = set[str]()
    for one in guests:
        name = one["name"].line() or one["display_name"].line()
        if name and name not in seen:
            seen.add(name)
            avatars = one["avatar_urls"].value
            largest = (
                max(avatars, key=lambda size: (len(size), size)) if isinstance(avatars, Mapping) and avatars else ""
            )
            avatar = one["avatar_urls"][largest].url() if largest else None
            yield Author(name, url=one["link"].url() or one["url"].url(), avatar=avatar)


def _images(embedded: Node, yoast: Node) -> Iterator[Image]:
    """The featured picture, else the one that Yoast shows to social networks."""
    media = embedded["wp:featuredmedia"].first()
    details = media["media_details"]
    if url := media["source_url"].url():
        yield Image(
            url,
            alt=media["alt_text"].line(),
            width=details["width"].size(),
            height=details["height"].size(),
            media_type=media["mime_type"].text() or None,
        )
        return
    shown = yoast["og_image"].first()
    if url := shown["url"].url():
        yield Image(
            url, width=shown["width"].size(), height=shown["height"].size(), media_type=shown["type"].text() or None
        )


def _item(value: Any, path: str) -> Item:
    number = value.get("id") if isinstance(value, Mapping) else None
    known = isinstance(number, int) and not isinstance(number, bool)
    return Item(f"posts/{number}" if known else "", value, path)


def _count(header: str) -> int:
    """A number of a header; 0 for what is none, or absurd."""
    text = header.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else 0


def _zone(said: Node, settings: SourceSettings, site: SiteSettings) -> tuple[Any, str]:
    """The zone of dates that are not said in UTC, and its name for the site."""
    name = settings.timezone or site.timezone or said["timezone_string"].text()
    try:
        return (ZoneInfo(name), name) if name else (UTC, "")
    except (KeyError, ValueError, OSError):
        return UTC, ""
