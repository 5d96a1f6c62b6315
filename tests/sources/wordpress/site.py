"""A WordPress site as its REST API shows it: stateful, and able to lie about its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from tests.sources.asked import HOME, NOW, Fake, Ledger, Said, as_json, opened, page


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def post(number: int, *, modified: datetime | None = None, **said: Any) -> dict[str, Any]:
    """What the API says of a post, with what is given in its place."""
    at = NOW - timedelta(days=400) + timedelta(hours=number)
    return {
        "id": number,
        "date": stamp(at),
        "date_gmt": stamp(at),
        "guid": {"rendered": f"{HOME}/?p={number}"},
        "modified": stamp(modified or at),
        "modified_gmt": stamp(modified or at),
        "slug": f"post-{number}",
        "status": "publish",
        "type": "post",
        "link": f"{HOME}/{number}/",
        "title": {"rendered": f"Post {number}"},
        "content": {"rendered": f"<p>Body {number}</p>\n", "protected": False},
        "excerpt": {"rendered": f"<p>Excerpt {number}</p>\n", "protected": False},
        **said,
    }


PAST = {"code": "rest_post_invalid_page_number", "message": "larger than available", "data": {"status": 400}}
DENIED = {"code": "rest_forbidden", "message": "Sorry, you are not allowed to do that.", "data": {"status": 401}}


@dataclass
class WordPress:
    """``lie`` changes the headers of a listing; ``before`` is called ahead of each answer of one with its page's
    number; ``closed`` is the status of the whole API, ``posts_closed`` of its posts. ``clock`` is what
    ``modified_after`` is held against: WordPress compares the local times that its clock showed (6.1, asked)."""

    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    index: dict[str, Any] = field(default_factory=lambda: {"name": "News", "description": "All of it", "home": HOME})
    categories: list[dict[str, Any]] = field(default_factory=list)
    lie: dict[str, object] = field(default_factory=dict)
    past_the_end: Callable[[int], Said] = lambda _: as_json(PAST, 400)
    before: Callable[[int], None] = lambda _: None
    pretty: bool = True
    closed: int = 0
    posts_closed: int = 0
    feed: Callable[[int], Said] = lambda _: page("no feed", 404)
    atom: Callable[[int], Said] = lambda _: page("no feed", 404)
    clock: tzinfo = UTC

    def hold(self, *numbers: int) -> WordPress:
        self.posts |= {number: post(number) for number in numbers}
        return self

    def __call__(self, path: str, query: dict[str, str]) -> Said:
        if path in ("/feed/", "/feed/atom/"):
            return (self.feed if path == "/feed/" else self.atom)(int(query.get("paged", "1")))
        if self.pretty and path.startswith("/wp-json/"):
            return self._route(path.removeprefix("/wp-json"), query)
        if "rest_route" in query:
            return self._route(query.pop("rest_route"), query)
        return page("Home") if path == "/" else page("Not found", 404)

    def _route(self, route: str, query: dict[str, str]) -> Said:
        if self.closed:
            return as_json(DENIED, self.closed)
        if route == "/":
            return as_json(self.index)
        if route == "/wp/v2/categories":
            return as_json(self.categories if query["page"] == "1" else [])
        if route != "/wp/v2/posts" or self.posts_closed:
            return as_json(DENIED, self.posts_closed or 404)
        number = int(query["page"])
        self.before(number)
        size, key = int(query["per_page"]), {"id": "id", "modified": "modified_gmt"}[query["orderby"]]
        found = sorted(self.posts.values(), key=lambda one: (one[key], one["id"]), reverse=query["order"] == "desc")
        if "modified_after" in query:
            after = query["modified_after"]
            assert after.endswith("Z")
            found = [one for one in found if self._shown(one["modified_gmt"]) > self._shown(after.rstrip("Z"))]
        if "include" in query:
            found = [one for one in found if str(one["id"]) in query["include"].split(",")]
        pages = -(-len(found) // size)
        if number > max(pages, 1):
            return self.past_the_end(number)
        shown: list[dict[str, Any]] = found[(number - 1) * size : number * size]
        if query.get("_fields") == "id":
            shown = [{"id": one["id"]} for one in shown]
        headers: dict[str, object] = {"x_wp_total": len(found), "x_wp_totalpages": pages} | self.lie
        return as_json(shown, **{name: value for name, value in headers.items() if value is not None})

    def _shown(self, gmt: str) -> str:
        return datetime.fromisoformat(f"{gmt}+00:00").astimezone(self.clock).strftime("%Y-%m-%dT%H:%M:%S")


def answering(answers: dict[str, Any]) -> WordPress:
    """The site of a golden case: ``index``, ``categories`` and ``posts``, each laid over an ordinary one; where the API
    is ``closed``, ``atom`` is the first page of the feed."""
    site = WordPress(categories=answers.get("categories", []), closed=answers.get("closed", 0))
    first = (200, {"content-type": "application/atom+xml; charset=UTF-8"}, "\n".join(answers.get("atom", ())).encode())
    site.atom = lambda number: first if number == 1 else page("Not found", 404)
    site.index |= answers.get("index", {})
    site.posts = {one["id"]: post(one["id"]) | one for one in answers.get("posts", ())}
    return site


def start(site: WordPress, **said: Any) -> tuple[Fake, Any, Ledger]:
    """A source whose first pull was taken in."""
    client = Fake(site)
    made, ledger = opened("wordpress", client, **said), Ledger()
    ledger.pull(made)
    client.asked.clear()
    return client, made, ledger


def listings(client: Fake) -> list[dict[str, str]]:
    return [query for path, query in client.asked if path.endswith("/posts") and "_embed" in query]
