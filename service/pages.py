"""HTML pages for people: what there is to subscribe to, and what a feed looks like to a reader.

Pages are documents like the others: their bytes depend on their inputs alone (no clock, no version), and ``build``
writes them too. No script, no external resource, one inline style sheet that the security policy names by its hash.
Refuses to read the index: the publisher fills the types below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from feeds.frozen import frozen
from feeds.model import Channel, ChannelKind, Site
from feeds.text import xml_legal
from service.errors import Level, Problem
from service.markup import environment, is_korean, policy, style, zone

LARGEST: Final = 100
"""Channels of one kind that the home page lists: a site may have ten thousand categories."""

PROBLEM_LINES: Final = 50
"""Lines of one problem code that the home page shows."""

_LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "notice")
_STYLE: Final = style("style.css")

POLICY: Final = policy(_STYLE)
"""Content-Security-Policy of every page; in the page itself, so that static hosting keeps it."""

HEADERS: Final = (
    ("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)
"""What goes with a page over HTTP; ``frame-ancestors`` has no effect inside one."""


@frozen(frozen=True, slots=True)
class ChannelLink:
    """A channel in the home page's lists. ``feeds`` as in :class:`feeds.model.Channel`: format name and URL."""

    label: str
    url: str
    posts: int
    feeds: tuple[tuple[str, str], ...]


@frozen(frozen=True, slots=True)
class ChannelGroup:
    """The channels of one kind. ``total`` counts them all; ``channels`` must hold the largest, in any order."""

    kind: ChannelKind
    total: int
    channels: tuple[ChannelLink, ...]


@frozen(frozen=True, slots=True)
class PostLink:
    """A post in a list: plain text only."""

    title: str
    url: str
    published: datetime
    summary: str = ""
    language: str | None = None


@frozen(frozen=True, slots=True)
class _Trouble:
    """Problems of one code, as the page shows them."""

    code: str
    level: Level
    total: int
    shown: Sequence[Problem]


def home_page(
    site: Site,
    channel: Channel,
    page_url: str,
    groups: Sequence[ChannelGroup],
    posts: Sequence[PostLink],
    problems: Sequence[Problem],
    snippet: str = "",
) -> bytes:
    """The service's home: the site's feeds, every channel with its feeds, the newest posts, the problems.

    ``page_url`` is where this page lives (``channel.url`` is the publication's own home page); ``snippet`` is the code
    that shows the newest posts on another page (:func:`service.embeds.snippet`), "" where there is none.
    """
    return _render(
        "home.html",
        site,
        channel,
        page_url,
        groups=[
            (group, sorted(group.channels, key=lambda link: (-link.posts, link.label, link.url))[:LARGEST])
            for group in groups
            if group.channels
        ],
        posts=posts,
        troubles=_grouped(problems),
        problem_count=len(problems),
        snippet=snippet,
    )


def channel_page(
    site: Site,
    channel: Channel,
    page_url: str,
    home_url: str,
    count: int,
    posts: Sequence[PostLink],
    snippet: str = "",
) -> bytes:
    """A channel's page: what it is about, its feeds to copy, its newest posts. ``count`` is of all its posts.

    ``snippet`` as in :func:`home_page`.
    """
    return _render(
        "channel.html", site, channel, page_url, home_url=home_url, count=count, posts=posts, snippet=snippet
    )


def _render(template: str, site: Site, channel: Channel, page_url: str, **values: Any) -> bytes:
    language = channel.language or site.language or "en"
    html = _TEMPLATES.get_template(template).render(
        site=site,
        channel=channel,
        page_url=page_url,
        language=language,
        zone=zone(site.timezone),
        words=_KOREAN if is_korean(language) else _ENGLISH,
        **values,
    )
    return xml_legal(html).encode()


def _grouped(problems: Sequence[Problem]) -> list[_Trouble]:
    by_code: dict[str, list[Problem]] = {}
    for problem in sorted(problems):
        by_code.setdefault(problem.code, []).append(problem)
    troubles = [
        _Trouble(
            code, min((p.level for p in found), key=_LEVELS.index), len(found), [*dict.fromkeys(found)][:PROBLEM_LINES]
        )
        for code, found in sorted(by_code.items())
    ]
    return sorted(troubles, key=lambda trouble: _LEVELS.index(trouble.level))


_ENGLISH: Final[Mapping[str, str]] = {
    "subscribe": "Subscribe",
    "how": "Copy one of these addresses into your feed reader.",
    "category": "Categories",
    "tag": "Tags",
    "author": "Authors",
    "language": "Languages",
    "site": "Site",
    "one": "1 post",
    "posts": "{number} posts",
    "largest": "The {shown} largest of {total}.",
    "newest": "Newest posts",
    "none": "Nothing is published here yet.",
    "problems": "Problems in the content",
    "more": "and {number} more",
    "all": "All feeds",
    "embed": "Show these posts on your page",
    "code": "Copy this code to where they shall stand. Without scripts it is a frame, or a link.",
}
_KOREAN: Final[Mapping[str, str]] = {
    "subscribe": "구독",
    "how": "아래 주소 가운데 하나를 피드 리더에 붙여 넣으세요.",
    "category": "카테고리",
    "tag": "태그",
    "author": "글쓴이",
    "language": "언어",
    "site": "사이트",
    "one": "글 1편",
    "posts": "글 {number}편",
    "largest": "모두 {total}개 가운데 글이 많은 {shown}개입니다.",
    "newest": "새 글",
    "none": "아직 발행된 글이 없습니다.",
    "problems": "콘텐츠에서 발견된 문제",
    "more": "그 밖에 {number}건",
    "all": "모든 피드",
    "embed": "내 페이지에 새 글 보이기",
    "code": "이 코드를 글이 보일 자리에 붙여 넣으세요. 스크립트가 없는 곳에서는 프레임이나 링크로 보입니다.",
}
_TEMPLATES: Final = environment(_STYLE)
