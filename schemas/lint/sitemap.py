"""Sitemaps, sitemap indexes, and their image, news and hreflang extensions.

A rule that many URLs break is said once, with the first of them. Refuses to fetch what a sitemap lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from posixpath import dirname
from typing import Final

from lxml import etree

from schemas.lint.dates import AHEAD, moment_of_w3c
from schemas.lint.findings import SHOWN, Circumstances, Finding, named, quoted
from schemas.lint.registry import found
from schemas.lint.uris import fault_of, host_of, is_absolute, is_language, origin_of, path_of
from schemas.lint.xml import line_of, local_of, parsed, text_of

MOST_URLS: Final = 50_000
MOST_OCTETS: Final = 52_428_800
LONGEST_URL: Final = 2_047
"""Characters; sitemaps.org says fewer than 2,048."""
MOST_IMAGES: Final = 1_000
MOST_NEWS: Final = 1_000
NEWS_AGE: Final = timedelta(days=2)

MAP: Final = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
IMAGE: Final = "{http://www.google.com/schemas/sitemap-image/1.1}"
NEWS: Final = "{http://www.google.com/schemas/sitemap-news/0.9}"
LINK: Final = "{http://www.w3.org/1999/xhtml}link"

_IGNORED: Final = (f"{MAP}changefreq", f"{MAP}priority")
_WITHDRAWN: Final = (
    *(f"{IMAGE}{name}" for name in ("caption", "geo_location", "title", "license")),
    *(f"{NEWS}{name}" for name in ("access", "genres", "keywords", "stock_tickers")),
)

Note = Callable[[str, str, int], None]
"""Takes down a rule, the URL that breaks it, and its line."""


def sitemap_findings(body: bytes, about: Circumstances) -> Iterator[Finding]:
    """What is wrong with a sitemap of either form."""
    if len(body) > MOST_OCTETS:
        yield found("SitemapTooLarge", f"the sitemap has {len(body):,} octets")
    root = parsed(body)
    if isinstance(root, Finding):
        yield root
        return
    wrong: dict[str, list[tuple[str, int]]] = {}

    def note(rule: str, url: str, line: int) -> None:
        wrong.setdefault(rule, []).append((url, line))

    is_index = root.tag == f"{MAP}sitemapindex"
    places = list(root.iterchildren(f"{MAP}sitemap" if is_index else f"{MAP}url"))
    if len(places) > MOST_URLS:
        yield found("SitemapTooManyUrls", f"{len(places):,} URLs in one document")
    home = about.url if is_index or not about.site else about.site
    origin = origin_of(home) if home else None
    folder = "" if about.cross_submitted or host_of(about.url) != host_of(home) else dirname(path_of(about.url))
    seen: set[str] = set()
    for place in places:
        url, line = text_of(place, f"{MAP}loc"), line_of(place)
        _judge_url(url, line, origin, folder, note)
        if url in seen:
            note("SitemapDuplicateUrl", url, line)
        seen.add(url)
        _judge_date(place, url, line, about, note)
        if is_index and about.url and url == about.url:
            note("SitemapNestedIndex", url, line)
        if not is_index:
            _judge_images(place, url, line, note)
    _judge_withdrawn(root, note)
    if not is_index:
        _judge_alternates(places, note)
        yield from _news_findings(places, about, note)
    for rule, subjects in wrong.items():
        yield from _said(rule, subjects)


def _said(rule: str, subjects: list[tuple[str, int]]) -> Iterator[Finding]:
    if len(subjects) > SHOWN:
        message = f"{len(subjects):,} times, at {named([url for url, _ in subjects])}"
        yield found(rule, message, line=subjects[0][1])
        return
    for url, line in subjects:
        yield found(rule, f"at {quoted(url)}", line=line, entry=url, subject=url)


def _judge_url(url: str, line: int, origin: tuple[str, str] | None, folder: str, note: Note) -> None:
    if len(url) > LONGEST_URL:
        note("SitemapUrlTooLong", url, line)
    if not is_absolute(url):
        note("SitemapRelativeUrl", url, line)
        return
    if fault_of(url):
        note("SitemapUriNotIri", url, line)
    if origin and origin_of(url) != origin:
        note("SitemapOtherHost", url, line)
    elif folder not in ("", "/") and not path_of(url).startswith(f"{folder}/"):
        note("SitemapOutsideDirectory", url, line)


def _judge_date(place: etree._Element, url: str, line: int, about: Circumstances, note: Note) -> None:
    text = text_of(place, f"{MAP}lastmod")
    moment = moment_of_w3c(text) if text else None
    if text and moment is None:
        note("SitemapInvalidDate", url, line)
    elif moment and about.now and moment > about.now + AHEAD:
        note("SitemapFutureDate", url, line)


def _judge_images(place: etree._Element, url: str, line: int, note: Note) -> None:
    images = place.findall(f"{IMAGE}image")
    if len(images) > MOST_IMAGES:
        note("SitemapTooManyImages", url, line)
    for image in images:
        if not is_absolute(text_of(image, f"{IMAGE}loc")):
            note("SitemapRelativeUrl", text_of(image, f"{IMAGE}loc") or url, line)


def _judge_withdrawn(root: etree._Element, note: Note) -> None:
    for tags, rule in ((_IGNORED, "SitemapIgnoredElement"), (_WITHDRAWN, "SitemapDeprecated")):
        for element in root.iter(*tags):
            note(rule, local_of(element), line_of(element))


def _judge_alternates(places: list[etree._Element], note: Note) -> None:
    """Each page lists itself and the others, and they list it; where both stand in this document."""
    pointed: dict[str, set[str]] = {}
    lines: dict[str, int] = {}
    for place in places:
        links = place.findall(LINK)
        url = text_of(place, f"{MAP}loc")
        if not links:
            continue
        for link in links:
            language = link.get("hreflang") or ""
            if language != "x-default" and not is_language(language):
                note("AlternateInvalidLanguage", url, line_of(link))
            if not is_absolute(link.get("href") or ""):
                note("SitemapRelativeUrl", link.get("href") or "", line_of(link))
        pointed[url] = {link.get("href") or "" for link in links}
        lines[url] = line_of(place)
        if url not in pointed[url]:
            note("AlternateMissesItself", url, lines[url])
    here = {text_of(place, f"{MAP}loc") for place in places} if pointed else set()
    for url, others in pointed.items():
        if any(other != url and other in here and url not in pointed.get(other, ()) for other in others):
            note("AlternateNotReciprocal", url, lines[url])


def _news_findings(places: list[etree._Element], about: Circumstances, note: Note) -> Iterator[Finding]:
    count = 0
    for place in places:
        url = text_of(place, f"{MAP}loc")
        for item in place.findall(f"{NEWS}news"):
            count += 1
            language = text_of(item, f"{NEWS}publication/{NEWS}language")
            if language not in ("zh-cn", "zh-tw") and not (is_language(language) and language.isalpha()):
                note("NewsInvalidLanguage", url, line_of(item))
            text = text_of(item, f"{NEWS}publication_date")
            moment = moment_of_w3c(text)
            if moment is None:
                note("SitemapInvalidDate", url, line_of(item))
            elif about.now and moment < about.now - NEWS_AGE:
                note("NewsTooOld", url, line_of(item))
    if count > MOST_NEWS:
        yield found("NewsTooMany", f"{count:,} articles in one document")
