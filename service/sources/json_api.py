"""Any JSON API as a source: pages by number, offset, cursor, next URL or Link header.

Takes JSON a value each line, too, and a JSON Feed for what it is. What an item says is read in
:mod:`service.sources.json_fields`. Refuses to take an answer without a list of posts for an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

from requests.utils import parse_header_links

from feeds.text import single_line
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Item, ListingPage, Understood, Wanted
from service.sources.feed import FeedSource
from service.sources.feed_json import JSON_FEED
from service.sources.json_fields import FieldMap
from service.sources.json_paths import at, leads, steps
from service.sources.json_values import Node
from service.sources.remote_fields import context_of, followed, resolved
from service.sources.source import Context, SiteFacts
from service.sources.whole import Whole
from service.upstream.answer import Answer, Client, UpstreamFailed
from service.upstream.json_body import is_json_or_lines, json_of, lines_of

_GONE: Final = frozenset((400, 404, 416))
"""What an API may answer for a page behind its last one."""
_LINES: Final = ("ndjson", "jsonl", "json-lines", "x-jsonlines", "json-seq")
"""What media types and names of files call JSON a value each line."""


class JsonApi(Whole):
    """One address."""

    def __init__(self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._url = settings.url or ""
        self._items = steps(settings.items)
        self._map = FieldMap(settings, site, limits)
        self._feed: FeedSource | None = None
        self._asked: Answer | None = None
        """The first answer of a pull, had while the site was asked for."""

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

    def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
        if self._feed is not None:
            yield from self._feed.pages(client, wanted)
            return
        paging, url, params, items = self._settings.paging, self._url, self._sized(), tuple[Item, ...]()
        style, seen, listed, most, named = paging.style, {self._url}, 0, 0, False
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
                yield ListingPage((), window=len(items) >= (most if number > 1 else paging.size))
                return
            whole, values = self._values(answer)
            items = tuple(self._item(value, f"{values.path}[{place}]") for place, value in enumerate(values.value))
            if style == "none" and items and _link_next(answer.headers.get("link", "")):
                yield ListingPage(
                    items, 0, answer.url, window=True, problems=(self._partial(answer, "there is a next page"),)
                )
                return
            named = named or self._names_next(whole)
            yield ListingPage(items, 0, answer.url)
            if not items or style == "none":  # a page with few items proves nothing: APIs cap and filter what they give
                yield from self._end(answer, named=named)
                return
            listed, most = listed + len(items), max(most, len(items))
            if style in ("page", "offset"):
                continue
            following = self._following(answer, whole)
            if not following:
                yield from self._end(answer, named=named)
                return
            if following in seen:
                notes = (self._partial(answer, "the next page is one that was read before"),)
                yield ListingPage((), 0, answer.url, window=True, problems=notes)
                return
            seen.add(following)
            if style == "cursor":
                params[paging.parameter or style] = following
            else:
                url, params = following, {}

    def read(self, item: Item) -> Understood | None:
        if self._feed is not None:
            return self._feed.read(item)
        return self._map.read(Node(item.value, item.path, item.id))

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
            node = at(Node(whole, "$", self._name), steps(paging.value))
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

    def _names_next(self, whole: Any) -> bool:
        """Whether an answer has the place where the next page would be named, be it null: one that has it nowhere may
        be looked at in the wrong place, and then it is not the last."""
        paging = self._settings.paging
        return not paging.needs_value or leads(Node(whole, "$", self._name), steps(paging.value))

    def _end(self, answer: Answer, *, named: bool) -> Iterator[ListingPage]:
        """Behind the last page: where no answer had a place for a next one, there may be more."""
        if not named:
            notes = (self._partial(answer, f"has no {self._settings.paging.value} (source.paging.value)"),)
            yield ListingPage((), 0, answer.url, window=True, problems=notes)

    def _partial(self, answer: Answer, why: str) -> Problem:
        message = f"{answer.url}: {why}; nothing is taken for deleted"
        return Problem(self._name, 0, 0, "warning", "listing-partial", message, "look at source.paging")

    def _item(self, value: Any, path: str) -> Item:
        return self._map.item(Node(value, path, self._name))


_LISTS: Final = ("items", "posts", "data", "results", "articles", "entries")
"""Where an answer has its list where the settings do not say."""


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


def _link_next(header: str) -> str:
    """The target of ``rel=next`` in a Link header; "" where there is none."""
    for link in parse_header_links(header):
        if "next" in link.get("rel", "").lower().split():
            return str(link.get("url", ""))
    return ""
