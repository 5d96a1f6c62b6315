"""What the tests of rendering share: one post, its site, and how a body is taken through the door and rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service.content import guards, liquid
from service.content.deadline import render_within
from service.content.render import Rendering, render
from service.content.sanitize import Base
from service.errors import Problem
from service.settings import LimitSettings
from service.sources.source import Context, Fields, Markup

LIMITS = LimitSettings()
EXCERPT_LENGTH = 280
PATH = "_posts/2024-05-01-이-글.md"
POSTS = {
    "_posts/2024-04-01-other.md": "https://example.org/blog/2024/04/01/other/",
    "2024-04-01-other": "https://example.org/blog/2024/04/01/other/",
    "about.md": "https://example.org/blog/about/",
}
SITE = Context(
    url="https://example.org/blog",
    baseurl="/blog",
    timezone="Asia/Seoul",
    language="ko",
    site={"title": "소식", "time": "2024-05-05 00:00:00 +0900", "data": {"people": [{"name": "김"}, {"name": "Lee"}]}},
)
PAGE: Mapping[str, Any] = {
    "title": "이 글",
    "path": PATH,
    "date": "2024-05-01 09:30:00 +0900",
    "tags": ["정치", "tech"],
}
POST = Fields(
    id="https://example.org/blog/2024/05/01/이-글",
    url="https://example.org/blog/2024/05/01/이-글/",
    title="이 글",
    published=None,
    markup="markdown",
    excerpt_separator="<!-- more -->",
)


def base() -> Base:
    return Base(POST.url, SITE.url, PATH, POSTS.get)


def rendered(body: str, markup: Markup = "markdown", limits: LimitSettings = LIMITS, **fields: Any) -> Rendering:
    """``body`` rendered in this process, whatever the guards would say."""
    post = replace(POST, markup=markup, liquid=liquid.has_liquid(body), **fields)
    return render(post, body, PAGE, SITE, POSTS.get, limits, EXCERPT_LENGTH)


def published(body: str, markup: Markup = "markdown") -> tuple[Rendering, tuple[Problem, ...]]:
    """``body`` as it comes to be published: inspected at the door, then rendered as the guards say."""
    treatment, problems = guards.inspect(body, markup, path=PATH, first_line=4, limits=LIMITS)
    post = replace(POST, markup=markup, liquid=liquid.has_liquid(body), treatment=treatment)
    arguments = (post, body, PAGE, SITE, POSTS.get, LIMITS, EXCERPT_LENGTH)
    if treatment == "deadline":
        return render_within(LIMITS.render_seconds, *arguments), problems
    return render(*arguments), problems
