"""A large archive without files: what a scan of it would say, post by post. Deterministic, bilingual, of any size.

Twenty years of posts in fifty categories and two languages. One in ten has a version in the other language, one in four
pictures, one in seven was edited, one in a hundred is kept from search engines. Refuses to hold posts: it says each
when asked, so that what takes them in is measured and not the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from urllib.parse import quote

from bench.plan import CATEGORIES
from feeds.model import Image
from service.sources.source import Context, Fields, Put, SiteFacts

SITE: Final = "https://bench.example.org"
MAIN_LANGUAGE: Final = "ko"
FACTS: Final = SiteFacts(url=SITE, title="벤치 뉴스 Bench News", language=MAIN_LANGUAGE)
CONTEXT: Final = Context(url=SITE, language=MAIN_LANGUAGE)

NEXT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When the post after the last one is published: the same for every size."""
_SPAN: Final = timedelta(days=20 * 365)
_EDITED_AFTER: Final = timedelta(days=1)

_BODIES: Final = {
    "ko": "한강 남쪽 도서관에서 열린 회의에는 시민 단체와 기업 관계자 백여 명이 참석해 예산과 일정을 두고 토론했다.\n",
    "en": "Residents asked for clear dates while the council published its plan; budget talks continue.\n",
}


@dataclass(frozen=True, slots=True)
class Archive:
    """That many posts, numbered from 0 in the order of their dates; number ``posts`` is one that comes later."""

    posts: int

    def puts(self) -> Iterator[Put]:
        """What a first scan yields: in the order of dates, which is that of Jekyll's file names."""
        return map(self.put, range(self.posts))

    def put(self, number: int) -> Put:
        """One post. Its body is short: texts are no part of sitemaps."""
        language, published = language_of(number), self.published(number)
        url = self.url(number)
        edited = published + _EDITED_AFTER
        fields = Fields(
            id=f"{SITE}/{published:%Y/%m/%d}/{_slug(number)}",
            url=url,
            title=f"Report {number}: the river" if language == "en" else f"보도 {number}: 한강의 아침",
            published=published,
            updated=edited if number % 7 == 0 and edited < NEXT else None,
            markup="markdown",
            language=language,
            categories=(f"분류{category_of(number)}",),
            images=tuple(Image(f"{SITE}/assets/{number}-{place}.jpg") for place in range(pictures_of(number))),
            noindex=not is_listed(number),
            listed=is_listed(number),
            translation=translation_of(number),
        )
        return Put(self.locator(number), str(number), fields, _BODIES[language])

    def locator(self, number: int) -> str:
        """Where its file would be."""
        return f"_posts/{self.published(number):%Y-%m-%d}-{_slug(number)}.md"

    def published(self, number: int) -> datetime:
        """Publication date; posts are equally far apart."""
        return NEXT - (self.posts - number) * timedelta(seconds=_SPAN // timedelta(seconds=1) // self.posts)

    def url(self, number: int) -> str:
        """The page of a post, percent-encoded."""
        return f"{SITE}/{self.published(number):%Y/%m/%d}/{quote(_slug(number))}/"

    def versions(self, number: int) -> int:
        """How many languages a post of the archive is there in."""
        other = number - CATEGORIES if language_of(number) == "en" else number + CATEGORIES
        return 2 if translation_of(number) and other < self.posts else 1


def category_of(number: int) -> int:
    """The one category of a post."""
    return number % CATEGORIES


def language_of(number: int) -> Literal["ko", "en"]:
    """The language of a post: both are in every category."""
    return "en" if number // CATEGORIES % 2 else "ko"


def pictures_of(number: int) -> int:
    """How many pictures a post has."""
    return 0 if number % 4 else 1 if number % 16 else 3


def is_listed(number: int) -> bool:
    """Whether sitemaps may list a post."""
    return number % 100 != 99


def translation_of(number: int) -> str:
    """What the two versions of a post have in common; "" where there is one only."""
    if number % 10:
        return ""
    return f"story-{number - CATEGORIES if language_of(number) == 'en' else number}"


def _slug(number: int) -> str:
    return f"{'report' if language_of(number) == 'en' else '보도'}-{number}"
