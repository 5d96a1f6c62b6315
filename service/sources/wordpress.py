"""A WordPress site by its REST API (``/wp-json/wp/v2/posts``): where it is, and how its listings are walked.

What one of its posts says is read in :mod:`service.sources.wordpress_post`. Where the API is closed the site's own feed
stands in (:mod:`service.sources.wordpress_feed`), which is a window: nothing is taken for deleted by it. When it opens
again everything is listed, because the feed said less. Refuses to log in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain, islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from feeds.uri import is_web_url
from service.errors import Problem
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Adapter, Item, ListingPage, Understood, Wanted
from service.sources.json_values import Adorning, Node
from service.sources.remote_fields import context_of, followed, when
from service.sources.source import REST_CLOSED, Context, SiteFacts
from service.sources.wordpress_feed import CLOSED
from service.sources.wordpress_post import Category, Meaning, clock_of, home_of, path_of, read, told_apart, zone_of
from service.upstream.answer import Client, UpstreamFailed
from service.upstream.json_body import is_json, json_of

PER_PAGE: Final = 100
"""The most WordPress gives at once."""
_MOST_PAGES: Final = 1000
_BAD_REQUEST: Final = 400
_NO_JSON: Final = ("unexpected-content-type", "json-invalid")
_PAST_THE_END: Final = b"rest_post_invalid_page_number"
_FACTS: Final = "name,description,url,home,gmt_offset,timezone_string,site_icon_url"
_IDS: Final = {"_fields": "id", "orderby": "id", "order": "desc"}
_EMBED: Final = "author,wp:featuredmedia,wp:term"
_API_LINK = re.compile(r'<([^<>]+)>\s*;[^,]*rel="https://api\.w\.org/"')


class WordPress:
    """One site. ``fallback`` reads its feed where the API is closed."""

    incremental = True
    altered = False

    def __init__(
        self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings, fallback: Adapter
    ) -> None:
        self._name = name
        self._site = site
        self._fallback = fallback
        self._home = home_of(settings)
        self._api = ""
        self._closed = False
        self._census: Iterator[ListingPage] | None = None
        """All ids, of which the first page was asked for already."""
        self._clock: tzinfo | None = None
        self._meaning = Meaning(self._home, limits, settings, UTC)

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """Name, description, address, zone and icon as the API's index has them."""
        before = self._meaning.above
        self._census = None
        try:
            said = self._index(client)
            ids = self._walk(client, _IDS)
            self._census = chain([*islice(ids, 1)], ids)
            above = self._categories(client, before)
        except UpstreamFailed as error:
            if error.status not in CLOSED:
                raise
            return self._by_feed(client, error)
        # A renamed category does not touch its posts, a move of the clock hides changes, and a feed says less of them.
        clock, renamed = clock_of(said), any(above.get(id_) != one for id_, one in before.items())
        self.altered = self.altered or self._closed or renamed or self._clock not in (None, clock)
        self._closed, self._clock = False, clock
        zone = zone_of(said, self._meaning.settings, self._site)
        home = (said["home"].url() or said["url"].url() or self._home).rstrip("/")
        self._meaning = replace(self._meaning, home=home, zone=zone, above=above)
        facts = SiteFacts(
            url=home,
            title=said["name"].line(),
            description=said["description"].line(),
            timezone=zone.key if isinstance(zone, ZoneInfo) else "",
            icon=said["site_icon_url"].url(),
            feed_path="/feed/",
        )
        return facts, context_of(self._site, facts), ()

    def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
        """Newest first: a post that arrives meanwhile moves others to later pages, where they are seen again, and what
        bounds cut off is old (U-16)."""
        if self._closed:
            yield from self._fallback.pages(client, wanted)
            return
        order = {"orderby": "id", "order": "desc"}
        if wanted.since is not None:
            since = (wanted.since - self._put_back(wanted.since, wanted.now)).astimezone(UTC)
            order = {"orderby": "modified", "order": "desc", "modified_after": f"{since:%Y-%m-%dT%H:%M:%S}Z"}
        owed, self.altered = self.altered, False
        try:
            yield from self._walk(client, {"_embed": _EMBED, **order})
        except UpstreamFailed:
            self.altered = owed
            raise

    def ids(self, client: Client) -> Iterator[ListingPage]:
        if self._closed:
            yield ListingPage((), window=True)
            return
        begun, self._census = self._census, None
        yield from begun or self._walk(client, _IDS)

    def some(self, client: Client, ids: Sequence[str]) -> Iterator[ListingPage]:
        numbers = ",".join(number for one in ids if (number := one.removeprefix("posts/")).isdecimal())
        if numbers and not self._closed:
            yield from self._walk(client, {"_embed": _EMBED, "include": numbers, "orderby": "id", "order": "desc"})

    def read(self, item: Item) -> Understood | None:
        if self._closed:
            return told_apart(self._fallback.read(item), self._meaning.above)
        return read(Node(item.value, item.path, item.id), self._meaning)

    def _put_back(self, since: datetime, now: datetime) -> timedelta:
        """How far the site's clocks were put back in between: ``modified_after`` is held against what they showed."""
        then, at = (moment.astimezone(self._clock or UTC).utcoffset() or timedelta() for moment in (since, now))
        return max(then - at, timedelta())

    # -- asking ----------------------------------------------------------------------------------------------------

    def _index(self, client: Client) -> Node:
        """The API's index: where it was last time, by pretty links, ``?rest_route=``, or where the home page says."""
        failure: UpstreamFailed | None = None
        for root in dict.fromkeys((self._api, f"{self._home}/wp-json/", f"{self._home}/?rest_route=/", None)):
            if root == "":
                continue
            try:
                found = root or self._announced(client)
                if not found:
                    continue
                said = Adorning(json_of(client.get(found, {"_fields": _FACTS}, check=is_json)), "$", self._name)
                if isinstance(said.value, Mapping):
                    self._api = found
                    return said
            except UpstreamFailed as error:
                # A page in the place of JSON: links are not pretty, or somebody else answers for all of the site.
                if error.status not in CLOSED and error.reason not in _NO_JSON:
                    raise
                if failure is None or (error.status in CLOSED and failure.status not in CLOSED):
                    failure = error  # a closed door says more than a page in its place
        self._api = ""
        raise failure or UpstreamFailed(f"{self._home}: has no WordPress REST API", "not-found", status=404)

    def _announced(self, client: Client) -> str:
        """Where the home page's Link header says that the API is, on a host that may be asked; "" where it does not."""
        found = _API_LINK.search(client.get(f"{self._home}/").headers.get("link", ""))
        if found and is_web_url(found[1]) and found[1] != f"{self._home}/wp-json/":  # that one was asked already
            with suppress(UpstreamFailed):
                return followed(found[1], self._home, self._meaning.settings)
        return ""

    def _by_feed(self, client: Client, closed: UpstreamFailed) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """The feed in the API's place. Raises UpstreamFailed where that cannot be had, either."""
        try:
            facts, context, problems = self._fallback.site(client)
        except UpstreamFailed as error:
            raise UpstreamFailed(
                f"{closed}; the site's feed cannot be read, either: {error}",
                closed.reason,
                status=closed.status,
                retry_after=error.retry_after,
            ) from None
        self._closed, self.altered = True, False  # once it opens everything is listed anyway
        message = f"the REST API is closed ({closed}); the site's feed is read, which tells of no deletions"
        note = Problem(self._name, 0, 0, "warning", REST_CLOSED, message, "open /wp-json/wp/v2/posts to readers")
        return facts, context, (note, *problems)

    def _route(self, path: str) -> str:
        """The URL of a route of the API: appended to the path, or to ``rest_route``."""
        parts = urlsplit(self._api)
        query = dict(parse_qsl(parts.query))
        if "rest_route" in query:
            query["rest_route"] = query["rest_route"].rstrip("/") + path
            return urlunsplit(parts._replace(query=urlencode(query, safe="/")))
        return self._api.rstrip("/") + path

    def _walk(self, client: Client, params: Mapping[str, str]) -> Iterator[ListingPage]:
        """Page by page until the header's last one, an empty one, or the one past the end (U-15). A page with few posts
        proves nothing: hosts cap and plugins filter what is given."""
        before, last = PER_PAGE, 0
        for number in range(1, _MOST_PAGES + 1):
            try:
                answer = client.get(
                    self._route("/wp/v2/posts"),
                    {"per_page": str(PER_PAGE), "page": str(number), **params},
                    check=is_json,
                )
            except UpstreamFailed as error:
                if number > 1 and error.status == _BAD_REQUEST and _PAST_THE_END in error.body:
                    return
                if number > 1 and not last and before < PER_PAGE and error.status in (_BAD_REQUEST, *CLOSED):
                    return
                raise
            posts = json_of(answer)
            if not isinstance(posts, list):
                raise UpstreamFailed(f"{answer.url}: answers no list of posts", "schema-changed")
            begin = (number - 1) * PER_PAGE
            items = tuple(self._item(value, f"$[{begin + place}]") for place, value in enumerate(posts))
            yield ListingPage(items, _count(answer.headers.get("x-wp-total", "")), answer.url)
            before, last = len(posts), _count(answer.headers.get("x-wp-totalpages", ""))
            if not posts or (last and number >= last):
                return

    def _item(self, value: Any, path: str) -> Item:
        number = value.get("id") if isinstance(value, Mapping) else None
        known = isinstance(number, int) and not isinstance(number, bool)
        changed = when(Node(value, path, "")["modified_gmt"], UTC, self._meaning.limits)
        terms = value.get("categories") if known else None
        ids = (id_ for id_ in terms if isinstance(id_, int)) if isinstance(terms, list) else ()
        beside = "".join(f"\0{name}" for id_ in ids for name in path_of(id_, self._meaning.above))
        return Item(f"posts/{number}" if known else "", value, path, changed=changed, beside=beside)

    def _categories(self, client: Client, before: Mapping[int, Category]) -> Mapping[int, Category]:
        """Which category stands below which: a post names only its own. ``before``: where they are not shown."""
        found = dict[int, Category]()
        for number in range(1, _MOST_PAGES + 1):
            try:
                answer = client.get(
                    self._route("/wp/v2/categories"),
                    {"per_page": str(PER_PAGE), "page": str(number), "_fields": "id,name,slug,parent"},
                    check=is_json,
                )
            except UpstreamFailed as error:
                if error.status in (_BAD_REQUEST, *CLOSED):
                    return found if number > 1 and error.status == _BAD_REQUEST else before
                raise
            listed = Adorning(json_of(answer), "$", self._name)
            size = len(found)
            for one in listed:
                name, parent = one["name"].value, one["parent"].size() or 0
                if (id_ := one["id"].size()) and isinstance(name, str):
                    found[id_] = Category(one["name"].line(), str(one["slug"].value), parent)
            last = _count(answer.headers.get("x-wp-totalpages", ""))
            if number == last or len(found) == size or (not last and len(found) < size + PER_PAGE):
                break
        return found


def _count(header: str) -> int:
    """A number of a header; 0 for what is none, or absurd."""
    text = header.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else 0
