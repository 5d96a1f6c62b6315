"""What one post of a WordPress site says, as its REST API gives it.

Ids are the guids of its own feeds, kept verbatim, so that no reader sees a post twice. Protected bodies and whatever is
not published never leave (U-20). What every post of WordPress has and this one has not is refused by its JSON path
(U-13): a body that is missing is no empty body. Refuses to ask for anything.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from feeds.model import Author, Image
from feeds.text import single_line
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Understood
from service.sources.json_values import Node
from service.sources.remote_fields import finished
from service.sources.source import Fields, Visibility

_UNCATEGORIZED: Final = "uncategorized"
"""The slug of the category that WordPress gives to whatever has none."""
_MORE_LINK = re.compile(
    r"""<a\b(?:[^<>]*\bclass=["'][^"'<>]*\b(?:more-link|read-?more)[^<>]*>|[^<>]*>\s*Continue reading\b)"""
    r"""(?:(?!<a\b).){0,500}</a>\s*(?=(?:</\w+>\s*)*\Z)""",
    re.DOTALL,
)
_MORE = re.compile(r"\s*(?:\[ ?(?:…|\.{3}) ?\]|(?:…|\.{3}) ?(?:Continue reading|계속 읽기)\b.{0,300})\Z")
"""What WordPress and its themes put at the end of an excerpt that they cut themselves."""
_CUT: Final = 1 << 14
"""Characters of an excerpt that are looked at: a plugin may put a whole page there."""


class Category(NamedTuple):
    """A category; ``parent`` is the id of the one above it, 0 for none."""

    name: str
    slug: str
    parent: int


@frozen(frozen=True, slots=True)
class Meaning:
    """What a post is read by: the site's address, the zone of dates that are not said in UTC, categories by id."""

    home: str
    limits: LimitSettings
    settings: SourceSettings
    zone: tzinfo
    above: Mapping[int, Category] = field(default_factory=dict)


def home_of(settings: SourceSettings) -> str:
    """The site's address without a slash at its end, where ``source.url`` names it or anything of its API."""
    parts = urlsplit(settings.url or "")
    path = re.split(r"/wp-json(?:/|$)", parts.path)[0].rstrip("/")
    return parts._replace(path=path, query="", fragment="").geturl()


def zone_of(said: Node, settings: SourceSettings, site: SiteSettings) -> tzinfo:
    """The zone of dates that are not said in UTC: what the settings say of the source, else what the API's index does,
    by name or as an offset in hours."""
    named = _zone(settings.timezone) or _zone(said["timezone_string"].text()) or _zone(site.timezone)
    return named or _offset(said)


def clock_of(said: Node) -> tzinfo:
    """The zone of the site's own clock, whatever the settings say of it."""
    return _zone(said["timezone_string"].text()) or _offset(said)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def _offset(said: Node) -> tzinfo:
    try:
        return timezone(timedelta(hours=float(said["gmt_offset"].text() or 0)))
    except (ValueError, OverflowError):
        return UTC


def read(post: Node, meaning: Meaning) -> Understood | None:
    """The post of an item of the listing; None for other types. Raises Rejected."""
    limits = meaning.limits
    if post["type"].text() not in ("", "post"):
        return None
    url = post["link"].url()
    if url is None:
        raise post["link"].refused("is no http(s) URL")
    embedded, yoast = post["_embedded"], post["yoast_head_json"]
    protected = post["content"]["protected"].flag() or post["excerpt"]["protected"].flag()
    published = post["date_gmt"].moment(UTC, limits) or post["date"].moment(meaning.zone, limits)
    visibility: Visibility = "public" if post["status"].required() == "publish" and published else "hidden"
    body = "" if protected else post["content"]["rendered"].required()
    categories, tags = _terms(post, embedded, meaning.above)
    canonical = yoast["canonical"].url()
    copied = canonical is not None and canonical.rstrip("/") != url.rstrip("/")
    noindex = yoast["robots"]["index"].value == "noindex"
    fields = Fields(
        id=_guid(post, meaning.home),
        url=url,
        title=_line(post["title"]["rendered"].required()),
        published=published,
        updated=post["modified_gmt"].moment(UTC, limits) or post["modified"].moment(meaning.zone, limits),
        future=bool(meaning.settings.future),
        markup="html",
        visibility=visibility,
        summary=None if protected or visibility == "hidden" else _summary(post, yoast),
        authors=tuple(_authors(post, embedded, yoast)),
        categories=tuple(categories),
        tags=tuple(tags),
        images=tuple(_images(post, embedded, yoast)),
        noindex=noindex,
        listed=visibility == "public" and not noindex and not protected and not copied,
        canonical=canonical if copied else None,
        explicit_url=True,
        full_text=not protected,
    )
    return finished(fields, body if visibility == "public" else "", post.locator, limits)


def _line(markup: str) -> str:
    """HTML as one line of text, its references decoded once (U-20)."""
    return Node(markup, "", "").line()


def _guid(post: Node, home: str) -> str:
    """The guid as the site's feeds say it: in the API it is HTML. Where a plugin hides it, what WordPress makes."""
    guid = single_line(html.unescape(post["guid"]["rendered"].text()))
    return guid or f"{home}/?p={post['id'].text()}"


def _summary(post: Node, yoast: Node) -> str | None:
    """The excerpt without the mark where it was cut, else what its author says to search engines."""
    markup = post["excerpt"]["rendered"].text()[:_CUT]
    return without_mark(_line(_MORE_LINK.sub("", markup))) or yoast["description"].line() or None


def without_mark(excerpt: str) -> str:
    """An excerpt, as text, without the mark where WordPress or its theme cut it."""
    return _MORE.sub("", excerpt)


def _terms(post: Node, embedded: Node, known: Mapping[int, Category]) -> tuple[list[str], list[str]]:
    """Categories, each with those above it as in WordPress' own archives, and tags."""
    categories, tags = list[str](), list[str]()
    for taxonomy in embedded["wp:term"]:
        for term in taxonomy:
            label, kind, id_ = term["name"].line(), term["taxonomy"].text(), term["id"].size() or 0
            if kind == "category" and label and term["slug"].text() != _UNCATEGORIZED:
                parent = known[id_].parent if id_ in known else 0
                categories += [*path_of(parent, known), label]
            elif kind == "post_tag" and label:
                tags.append(label)
    if not categories and not embedded["wp:term"].value:
        for one in post["categories"]:
            id_ = one.size() or 0
            if id_ in known and known[id_].slug != _UNCATEGORIZED:
                categories += path_of(id_, known)
    return categories, tags


def told_apart(post: Understood | None, known: Mapping[int, Category]) -> Understood | None:
    """A post of the site's feed, which says categories and tags in one list: by the categories that are known. While
    none are, all of them are categories."""
    if post is None:
        return None
    ids = {one.name: id_ for id_, one in sorted(known.items(), reverse=True)}
    categories, tags = list[str](), [*post.fields.tags]
    for label in post.fields.categories:
        id_ = ids.get(label)
        if id_ is None and label.lower() != _UNCATEGORIZED:
            (tags if ids else categories).append(label)
        elif id_ is not None and known[id_].slug != _UNCATEGORIZED:
            categories += path_of(id_, known)
    fields = replace(post.fields, categories=tuple(dict.fromkeys(categories)), tags=tuple(tags))
    return replace(post, fields=fields)


def path_of(id_: int, known: Mapping[int, Category]) -> list[str]:
    """The names of a category and those above it, outermost first; ends in a circle, too."""
    found = dict[int, str]()
    while id_ in known and id_ not in found:
        found[id_] = known[id_].name
        id_ = known[id_].parent
    return [name for name in reversed(found.values()) if name]


def _authors(post: Node, embedded: Node, yoast: Node) -> Iterator[Author]:
    """Every author once: those that Co-Authors Plus names, else WordPress' own, else Yoast's."""
    own = {one["slug"].text(): one for one in embedded["author"]}
    guests = [one for one in post["coauthors"] if isinstance(one.value, Mapping)]
    terms = [term for taxonomy in embedded["wp:term"] for term in taxonomy if term["taxonomy"].value == "author"]
    seen = set[str]()
    for one in guests or terms or own.values():
        slug = one["slug"].text().removeprefix("cap-")
        user = own.get(slug, one)
        name = one["display_name"].line() or user["name"].line()
        if name and name not in seen:
            seen.add(name)
            url = one["link"].url() or user["link"].url() or user["url"].url()
            yield Author(name, url=url, avatar=_avatar(user))
    if not seen and (name := yoast["author"].line()):
        yield Author(name)


def _avatar(author: Node) -> str | None:
    """The largest picture there is."""
    sizes = author["avatar_urls"].value
    if not isinstance(sizes, Mapping) or not sizes:
        return None
    return author["avatar_urls"][max(sizes, key=lambda size: (len(size), size))].url()


def _images(post: Node, embedded: Node, yoast: Node) -> Iterator[Image]:
    """The featured picture, else the one that Yoast shows to social networks, else the one Jetpack names."""
    media = embedded["wp:featuredmedia"].first()
    details = media["media_details"]
    shown = yoast["og_image"].first()
    if url := media["source_url"].url():
        yield Image(
            url,
            alt=media["alt_text"].line(),
            width=details["width"].size(),
            height=details["height"].size(),
            media_type=media["mime_type"].text() or None,
        )
    elif url := shown["url"].url():
        yield Image(
            url, width=shown["width"].size(), height=shown["height"].size(), media_type=shown["type"].text() or None
        )
    elif url := post["jetpack_featured_media_url"].url():
        yield Image(url)
