"""HTML pages for people: what there is to subscribe to, and what a feed looks like to a reader.

Pages are documents like the others: their bytes depend on their inputs alone (no clock, no version), and ``build``
writes them too. No script, no external resource, one inline style sheet that the security policy names by its hash.
Refuses to read the index: the publisher fills the types below.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from feeds.formats import FORMATS
from feeds.model import Channel, ChannelKind, Site
from feeds.text import xml_legal
from feeds.uri import is_web_url
from service.errors import Level, Problem

LARGEST: Final = 100
"""Channels of one kind that the home page lists: a site may have ten thousand categories."""

PROBLEM_LINES: Final = 50
"""Lines of one problem code that the home page shows."""

_LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "notice")
_STYLE: Final = Path(__file__).with_name("templates").joinpath("style.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src https: http:; base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy of every page; in the page itself, so that static hosting keeps it."""

HEADERS: Final = (
    ("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)
"""What goes with a page over HTTP; ``frame-ancestors`` has no effect inside one."""


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A channel in the home page's lists. ``feeds`` as in :class:`feeds.model.Channel`: format name and URL."""

    label: str
    url: str
    posts: int
    feeds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ChannelGroup:
    """The channels of one kind. ``total`` counts them all; ``channels`` must hold the largest, in any order."""

    kind: ChannelKind
    total: int
    channels: tuple[ChannelLink, ...]


@dataclass(frozen=True, slots=True)
class PostLink:
    """A post in a list: plain text only."""

    title: str
    url: str
    published: datetime
    summary: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
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
) -> bytes:
    """The service's home: the site's feeds, every channel with its feeds, the newest posts, the problems.

    ``page_url`` is where this page lives (``channel.url`` is the publication's own home page).
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
    )


def channel_page(
    site: Site, channel: Channel, page_url: str, home_url: str, count: int, posts: Sequence[PostLink]
) -> bytes:
    """A channel's page: what it is about, its feeds to copy, its newest posts. ``count`` is of all its posts."""
    return _render("channel.html", site, channel, page_url, home_url=home_url, count=count, posts=posts)


def _render(template: str, site: Site, channel: Channel, page_url: str, **values: Any) -> bytes:
    language = channel.language or site.language or "en"
    korean = language.lower().split("-")[0] == "ko"
    html = _TEMPLATES.get_template(template).render(
        site=site,
        channel=channel,
        page_url=page_url,
        language=language,
        zone=_zone(site.timezone),
        words=_KOREAN if korean else _ENGLISH,
        **values,
    )
    return xml_legal(html).encode()


def _grouped(problems: Sequence[Problem]) -> list[_Trouble]:
    by_code: dict[str, list[Problem]] = {}
    for problem in sorted(problems):
        by_code.setdefault(problem.code, []).append(problem)
    troubles = [
        _Trouble(code, min((p.level for p in found), key=_LEVELS.index), len(found), found[:PROBLEM_LINES])
        for code, found in sorted(by_code.items())
    ]
    return sorted(troubles, key=lambda trouble: _LEVELS.index(trouble.level))


def _day(moment: datetime, zone: tzinfo) -> str:
    """The calendar day where the publication is: the form that Korean and English readers share."""
    return moment.astimezone(zone).date().isoformat()


def _zone(name: str) -> tzinfo:
    """The publication's zone; UTC where the content names one that does not exist."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _web(url: str) -> str:
    """A URL that may stand in a link; empty for every other, such as ``javascript:``."""
    return url if is_web_url(url) else ""


def _near(url: str, page_url: str) -> str:
    """A URL of the service as a page of it links to it: relative, so that a link works wherever the page is seen.

    A newsroom that is tried out on a loopback address, or behind another name, stays browsable; what is shown to be
    copied is the absolute address all the same.
    """
    there, here = urlsplit(url), urlsplit(page_url)
    if there[:2] != here[:2]:
        return url
    folder = here.path.rpartition("/")[0] + "/"
    path = posixpath.relpath(there.path, folder)
    return f"{path}/" if there.path.endswith("/") else path


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("service"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters.update(day=_day, near=_near, web=_web, number="{:,}".format)
    made.globals.update(
        formats=FORMATS,
        policy=POLICY,
        style=Markup(_STYLE),  # noqa: S704 - our own file; escaping it would change the hashed bytes
    )
    return made


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
}
_TEMPLATES: Final = _environment()
