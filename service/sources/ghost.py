"""A Ghost site by its Content API (``/ghost/api/content/``), and what one of its posts says.

Bodies of ``visibility: public`` alone leave; of a post for members only the excerpt that its author wrote for everybody
does, and nothing that was cut from its body (U-20, Ghost#13925). Its texts are text, not HTML: what looks like a tag in
a title is its author's. Ids are Ghost's own, as in its RSS. Refuses to know the key: the client adds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlsplit

from feeds.model import Author, Image
from feeds.text import single_line
from service.errors import Problem
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Item, ListingPage, Understood, Wanted
from service.sources.json_values import Adorning, Node
from service.sources.remote_fields import context_of, finished, when
from service.sources.source import Context, Fields, SiteFacts, Visibility
from service.upstream.answer import Client, UpstreamFailed
from service.upstream.json_body import is_json, json_of

LIMIT: Final = 100
"""The most Ghost gives at once since its version 6."""
_MOST_PAGES: Final = 1000
_API: Final = "/ghost/api/content"
_API_PATH = re.compile(r"/ghost/api/(?:v[0-9]+/|canary/)?content(?=/|$)")
_WHOLE: Final = {"include": "tags,authors,tiers", "formats": "html"}
_ID: Final = re.compile(r"[0-9A-Za-z]+")
_UNROUTED: Final = "/404/"
"""The path of a post that the site's routes show nowhere."""


class Ghost:
    """One site."""

    incremental = True
    altered = False

    def __init__(self, name: str, settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> None:
        self._name = name
        self._settings = settings
        self._site = site
        self.limits = limits
        parts = urlsplit(settings.url or "")
        said = _API_PATH.search(parts.path)
        path = parts.path[: said.start()] if said else parts.path
        self._home = parts._replace(path=path.rstrip("/"), query="", fragment="").geturl()
        self._api = self._home + (said[0] if said else _API)

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """What the site's settings say."""
        answer = client.get(f"{self._api}/settings/", check=is_json)
        said = Adorning(json_of(answer), "$", self._name)["settings"]
        twitter = said["twitter"].line()
        facts = SiteFacts(
            url=(said["url"].url() or self._home).rstrip("/"),
            title=single_line(said["title"].text()),
            description=single_line(said["description"].text()),
            language=said["locale"].text() or said["lang"].text() or None,
            timezone=said["timezone"].text(),
            icon=said["icon"].url(),
            logo=said["logo"].url(),
            image=said["og_image"].url() or said["cover_image"].url(),
            twitter=twitter if twitter.startswith("@") else "",
            feed_path="/rss/",
        )
        return facts, context_of(self._site, facts), ()

    def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
        """Newest first: a post that arrives meanwhile moves others to later pages, where they are seen again (U-16)."""
        params = _WHOLE | {"order": "id desc"}
        if wanted.since is not None:
            since = wanted.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            params |= {"filter": f"updated_at:>='{since}'", "order": "updated_at desc"}
        yield from self._walk(client, params)

    def ids(self, client: Client) -> Iterator[ListingPage]:
        yield from self._walk(client, {"fields": "id", "order": "id desc"})

    def some(self, client: Client, ids: Sequence[str]) -> Iterator[ListingPage]:
        named = ",".join(id_ for one in ids if _ID.fullmatch(id_ := one.removeprefix("posts/")))
        if named:
            yield from self._walk(client, _WHOLE | {"filter": f"id:[{named}]", "order": "id desc"})

    def read(self, item: Item) -> Understood | None:
        return _read(Node(item.value, item.path, item.id), self.limits, future=bool(self._settings.future))

    def _walk(self, client: Client, params: Mapping[str, str]) -> Iterator[ListingPage]:
        """Page by page, as ``meta.pagination.next`` says; a page that is not ahead ends it (U-15)."""
        number = 1
        for _ in range(_MOST_PAGES):
            answer = client.get(
                f"{self._api}/posts/", {"limit": str(LIMIT), "page": str(number), **params}, check=is_json
            )
            said = Node(json_of(answer), "$", self._name)
            posts = said["posts"]
            if not isinstance(posts.value, list):
                raise UpstreamFailed(f"{answer.url}: answers no list of posts", "schema-changed")
            paging = said["meta"]["pagination"]
            first = (number - 1) * LIMIT
            items = tuple(self._item(value, f"$.posts[{first + place}]") for place, value in enumerate(posts.value))
            total, following = paging["total"].size() or 0, paging["next"].size()
            silent = not total and following is None and len(items) >= LIMIT  # a full page, and no word of another
            yield ListingPage(items, total, answer.url, window=silent)
            if not items or following is None or following <= number:
                return
            number = following

    def _item(self, value: Any, path: str) -> Item:
        text = value.get("id") if isinstance(value, Mapping) else None
        changed = when(Node(value, path, "")["updated_at"], UTC, self.limits)
        return Item(f"posts/{text}" if isinstance(text, str) and text else "", value, path, changed=changed)


def _read(post: Node, limits: LimitSettings, *, future: bool) -> Understood | None:
    url = post["url"].url()
    if url is None:
        raise post["url"].refused("is no http(s) URL")
    published = post["published_at"].moment(UTC, limits)
    shown = urlsplit(url).path != _UNROUTED and not post["email_only"].flag()
    out = shown and published is not None and (post["status"].text() or "published") == "published"
    visibility: Visibility = "public" if out else "hidden"
    public = post["visibility"].text() == "public" and post["access"].value is not False  # in doubt it is for members
    if public and "html" not in post.value:
        raise post["html"].refused("is missing")
    canonical = post["canonical_url"].url()
    elsewhere = canonical if canonical != url else None
    fields = Fields(
        id=post["id"].text() or post["uuid"].text() or url,
        url=url,
        title=single_line(post["title"].required()),
        published=published,
        updated=post["updated_at"].moment(UTC, limits),
        future=future,
        markup="html",
        visibility=visibility,
        summary=_summary(post, public=public) if out else None,
        authors=tuple(_authors(post)),
        tags=tuple(_tags(post)),
        images=tuple(_images(post)),
        listed=visibility == "public" and elsewhere is None,
        canonical=elsewhere,
        explicit_url=True,
        full_text=public,
    )
    notes = []
    if post["visibility"].value is None:
        message = "does not say who may read it, so its body is withheld"
        notes.append(
            Problem(post.locator, 0, 0, "warning", "visibility-missing", message, "ask a Ghost of version 3 or later")
        )
    return finished(fields, post["html"].text() if public and out else "", post.locator, limits, notes)


def _summary(post: Node, *, public: bool) -> str | None:
    """What the author wrote for everybody; what Ghost cuts from a body is only shown where the body is, too."""
    keys = ("custom_excerpt", "meta_description", "og_description", *(("excerpt",) if public else ()))
    return next((line for key in keys if (line := single_line(post[key].text()))), None)


def _tags(post: Node) -> Iterator[str]:
    """Public tags in their order; internal ones (``#name``) are the site's own business."""
    for tag in post["tags"]:
        label = single_line(tag["name"].text())
        if label and not label.startswith("#") and tag["visibility"].text() != "internal":
            yield label


def _authors(post: Node) -> Iterator[Author]:
    found = [*post["authors"]] or [post["primary_author"]]
    for one in found:
        if name := single_line(one["name"].text()):
            twitter = one["twitter"].line()
            yield Author(
                name,
                url=one["url"].url() or one["website"].url(),
                avatar=one["profile_image"].url(),
                twitter=twitter if twitter.startswith("@") else "",
            )


def _images(post: Node) -> Iterator[Image]:
    """The feature picture with its words, else the one for social networks."""
    if url := post["feature_image"].url():
        yield Image(url, alt=single_line(post["feature_image_alt"].text()), title=post["feature_image_caption"].line())
    elif url := post["og_image"].url():
        yield Image(url)
