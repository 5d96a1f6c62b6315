"""A Ghost site as its Content API shows it: stateful, and able to lie about its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sources.asked import HOME, NOW, Said, as_json, page

API = "/ghost/api/content"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+00:00")


def post(number: int, *, updated: datetime | None = None, **said: Any) -> dict[str, Any]:
    at = NOW - timedelta(days=400) + timedelta(hours=number)
    return {
        "id": f"{number:024x}",
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "title": f"Post {number}",
        "slug": f"post-{number}",
        "html": f"<p>Body {number}</p>",
        "visibility": "public",
        "published_at": stamp(at),
        "updated_at": stamp(updated or at),
        "custom_excerpt": None,
        "excerpt": f"Body {number}",
        "url": f"{HOME}/post-{number}/",
        "email_only": False,
        "tags": [],
        "authors": [{"name": "Kim", "url": f"{HOME}/author/kim/"}],
        **said,
    }


@dataclass
class Ghost:
    """``lie`` changes the pagination of each answer; ``before`` is called ahead of each with its page's number."""

    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: {"title": "News", "url": f"{HOME}/"})
    lie: Callable[[dict[str, Any]], dict[str, Any]] = lambda paging: paging
    before: Callable[[int], None] = lambda _: None
    closed: int = 0
    api: str = API

    def hold(self, *numbers: int) -> Ghost:
        self.posts |= {number: post(number) for number in numbers}
        return self

    def __call__(self, path: str, query: dict[str, str]) -> Said:
        if self.closed:
            return as_json({"errors": [{"message": "Unknown Content API Key"}]}, self.closed)
        if path == f"{self.api}/settings/":
            return as_json({"settings": self.settings, "meta": {}})
        if path != f"{self.api}/posts/":
            return page("Not found", 404)
        number, size = int(query["page"]), int(query["limit"])
        self.before(number)
        key, order = query["order"].split()
        found = sorted(self.posts.values(), key=lambda one: (one[key], one["id"]), reverse=order == "desc")
        if query.get("filter", "").startswith("id:["):
            named = query["filter"].removeprefix("id:[").removesuffix("]").split(",")
            found = [one for one in found if one["id"] in named]
        elif "filter" in query:
            since = query["filter"].removeprefix("updated_at:>='").removesuffix("'")
            found = [one for one in found if one["updated_at"].replace("T", " ")[:19] >= since]
        pages = max(-(-len(found) // size), 1)
        shown: list[dict[str, Any]] = found[(number - 1) * size : number * size]
        if query.get("fields") == "id":
            shown = [{"id": one["id"]} for one in shown]
        paging = {
            "page": number,
            "limit": size,
            "pages": pages,
            "total": len(found),
            "next": number + 1 if number < pages else None,
            "prev": number - 1 or None,
        }
        return as_json({"posts": shown, "meta": {"pagination": self.lie(paging)}})


def answering(answers: dict[str, Any]) -> Ghost:
    """The site of a golden case: ``settings`` and ``posts``, each laid over an ordinary one."""
    site = Ghost()
    site.settings |= answers.get("settings", {})
    site.posts = {number: post(number) | one for number, one in enumerate(answers["posts"], start=1)}
    return site
