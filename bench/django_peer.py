"""The peer that most sites would have: Django's own feed view, cached, with tags and gzip as its documentation says.

``cache_page`` with the cache that Django has without settings (this process's memory), ConditionalGetMiddleware,
GZipMiddleware. Runs in the peers' interpreter and is given the posts of one feed as JSON; imports nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

urlpatterns: list[Any] = []

SECONDS = 3600
"""For which the view's answer is kept: longer than a run."""


def application(path: str) -> Callable[..., Any]:
    """The WSGI application that answers every path with the feed."""
    posts = json.loads(Path(path).read_text("utf-8"))
    import_module("django.conf").settings.configure(
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=["django.middleware.gzip.GZipMiddleware", "django.middleware.http.ConditionalGetMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="not one",  # noqa: S106 - signs nothing here
        USE_TZ=True,
    )
    import_module("django").setup()
    cached = import_module("django.views.decorators.cache").cache_page(SECONDS)
    urlpatterns.append(import_module("django.urls").re_path("", cached(_feed(posts))))
    made: Callable[..., Any] = import_module("django.core.wsgi").get_wsgi_application()
    return made


def _feed(posts: list[dict[str, str]]) -> Any:
    """An instance of a subclass of Django's Feed, made here because it is there only now."""
    members = {
        "title": "Bench News",
        "link": "https://bench.example.org/",
        "description": "News of the bench",
        "items": lambda _: posts,
        "item_title": lambda _, post: post["title"],
        "item_link": lambda _, post: post["link"],
        "item_guid": lambda _, post: post["link"],
        "item_description": lambda _, post: post["content"],
        "item_pubdate": lambda _, post: datetime.fromisoformat(post["published"]),
    }
    return type("News", (import_module("django.contrib.syndication.views").Feed,), members)()
