"""Every case of the golden corpus, in every format: as recorded, valid, and read back field by field."""

from __future__ import annotations

import json
from html import escape, unescape
from typing import Any

import feedparser
import pytest

from feeds.brief import brief_html, is_whole, summary_of
from feeds.dates import rfc822, rfc3339
from feeds.formats import FORMATS, Format
from feeds.model import Image, Post, clean_channel, clean_site
from schemas import problems
from tests.feeds.cases import CASES, CORPUS, EXPECTED, Case

MEDIUM = {"audio/mpeg": "audio", "text/plain": "document"}

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
each_format = pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)


@each_case
@each_format
def test_a_document_is_what_was_recorded(case: Case, form: Format) -> None:
    recorded = case.expected(form)
    assert recorded.exists(), "a new case: python -m tests.feeds.record"
    assert case.document(form) == recorded.read_bytes(), "changed on purpose? python -m tests.feeds.record"


@each_case
@each_format
def test_a_document_satisfies_its_schema(case: Case, form: Format) -> None:
    assert problems(form.name, case.expected(form).read_bytes()) == []  # type: ignore[arg-type]  # names are kinds


def test_every_recorded_document_belongs_to_a_case() -> None:
    expected = {case.expected(form) for case in CASES for form in FORMATS.values()}
    recorded = {path for path in CORPUS.iterdir() if path.name.endswith(tuple(EXPECTED.values()))}
    assert recorded == expected


@each_case
def test_feedparser_reads_every_field_of_the_rss_feed(case: Case) -> None:
    site, channel = clean_site(case.site), clean_channel(case.channel, clean_site(case.site))
    feed = _parse(case, "rss")
    head = feed.feed
    assert head.title == channel.title
    assert head.link == channel.url
    assert head.subtitle == channel.description
    assert head.get("language") == channel.language
    assert head.updated == rfc822(channel.updated)
    assert head.generator == "Feedmill"
    assert head.ttl == str(channel.ttl)
    assert head.get("rights", "") == site.rights
    links = [(link.rel, link.href) for link in head.links[1:]]
    feeds = dict(channel.feeds)
    assert links == [
        ("self", feeds["rss"]),
        ("alternate", feeds["atom"]),
        ("alternate", feeds["json"]),
        *(("hub", hub) for hub in site.hubs),
    ]
    if "image" in head:
        assert (head.image.href, head.image.title, head.image.link) == (site.logo, channel.title, channel.url)
    assert len(feed.entries) == len(case.posts)
    for entry, post in zip(feed.entries, case.posts, strict=True):
        assert entry.id == post.id
        assert entry.link == post.url
        assert entry.title == post.title
        assert entry.published == rfc822(post.published)
        assert dict(entry).get("updated") == (rfc3339(post.last_change) if post.last_change != post.published else None)
        assert [author.name for author in entry.get("authors", ())] == [author.name for author in post.authors]
        assert [person.name for person in entry.get("contributors", ())] == [p.name for p in post.contributors]
        if is_whole(post, case.full):
            assert entry.summary == (escape(post.summary, quote=False) or post.content)
            assert [part.value for part in entry.get("content", ())] == ([post.content] if post.summary else [])
        else:
            assert entry.summary == brief_html(post)
            assert "content" not in entry
        assert [(tag.term, tag.scheme) for tag in entry.get("tags", ())] == _terms(case, post)
        assert [(e.href, e.type, e.length) for e in entry.get("enclosures", ())] == [
            (e.url, e.media_type, str(e.length or 0)) for e in post.enclosures[:1]
        ]
        expected = [_media(image) for image in post.images]
        expected += [
            _attributes(
                url=e.url, medium=MEDIUM[e.media_type], type=e.media_type, filesize=e.length, duration=e.duration
            )
            for e in post.enclosures
        ]
        assert entry.get("media_content", []) == expected
        assert [thumbnail["url"] for thumbnail in entry.get("media_thumbnail", ())] == [i.url for i in post.images[:1]]


@each_case
def test_feedparser_reads_every_field_of_the_atom_feed(case: Case) -> None:
    site, channel = clean_site(case.site), clean_channel(case.channel, clean_site(case.site))
    feed = _parse(case, "atom")
    head = feed.feed
    assert head.id == channel.feed_url("atom")
    assert _text(head.title_detail) == channel.title
    assert _text(head.subtitle_detail) == channel.description
    assert head.link == channel.url
    assert head.get("language") == channel.language
    assert head.updated == rfc3339(channel.updated)
    assert [author.name for author in head.authors] == ([a.name for a in site.authors] or [site.title])
    assert (head.get("icon"), head.get("logo"), head.get("rights", "")) == (site.icon, site.logo, site.rights)
    feeds = dict(channel.feeds)
    assert [(link.rel, link.type, link.href) for link in head.links] == [
        ("alternate", "text/html", channel.url),
        ("alternate", "application/rss+xml", feeds["rss"]),
        ("alternate", "application/feed+json", feeds["json"]),
        ("self", "application/atom+xml", feeds["atom"]),
        *(("hub", "text/html", hub) for hub in site.hubs),  # feedparser's guess where a link has no type
    ]
    assert len(feed.entries) == len(case.posts)
    for entry, post in zip(feed.entries, case.posts, strict=True):
        assert entry.id.endswith(post.id) or entry.id == f"urn:uuid:{post.id.lower()}"
        assert entry.link == post.url
        assert _text(entry.title_detail) == post.title
        assert (entry.published, entry.updated) == (rfc3339(post.published), rfc3339(post.last_change))
        assert [author.name for author in entry.get("authors", ())] == [author.name for author in post.authors]
        assert [person.name for person in entry.get("contributors", ())] == [p.name for p in post.contributors]
        if is_whole(post, case.full):
            assert [part.value for part in entry.content] == [post.content]
            assert entry.content[0].type == "text/html"
            summary = dict(entry).get("summary_detail")
            assert (_text(summary) if summary else "") == post.summary
        else:
            assert _text(entry.summary_detail) == (summary_of(post) or post.title)
            assert "content" not in entry
        assert [(tag.term, tag.scheme) for tag in entry.get("tags", ())] == _terms(case, post)
        assert [tag.label for tag in entry.get("tags", ())] == [*post.categories, *post.tags]
        expected = [_attributes(rel="alternate", type="text/html", hreflang=post.language, href=post.url)]
        expected += [
            _attributes(rel="enclosure", type=e.media_type, title=e.title, length=e.length, href=e.url)
            for e in post.enclosures
        ]
        assert [dict(link) for link in entry.links] == expected
        language = post.language or channel.language
        assert entry.title_detail.language == language
        assert entry.get("media_content", []) == [_media(image) for image in post.images]


@each_case
def test_the_json_feed_holds_every_field(case: Case) -> None:
    site, channel = clean_site(case.site), clean_channel(case.channel, clean_site(case.site))
    feed = json.loads(case.document(FORMATS["json"]))
    assert next(iter(feed)) == "version"
    items = feed.pop("items")
    assert feed == _present(
        version="https://jsonfeed.org/version/1.1",
        title=channel.title,
        home_page_url=channel.url,
        feed_url=channel.feed_url("json"),
        description=channel.description,
        icon=site.logo,
        favicon=site.icon,
        authors=[_present(name=a.name, url=a.url, avatar=a.avatar) for a in site.authors],
        author=next((_present(name=a.name, url=a.url, avatar=a.avatar) for a in site.authors), None),
        language=channel.language,
        hubs=[{"type": "WebSub", "url": hub} for hub in site.hubs],
    )
    assert len(items) == len(case.posts)
    for item, post in zip(items, case.posts, strict=True):
        whole = is_whole(post, case.full)
        authors = [_present(name=a.name, url=a.url, avatar=a.avatar) for a in post.authors]
        assert item == _present(
            id=post.id,
            url=post.url,
            title=post.title,
            content_html=post.content if whole else brief_html(post),
            summary=post.summary if whole else summary_of(post),
            image=post.images[0].url if post.images else None,
            date_published=rfc3339(post.published),
            date_modified=rfc3339(post.last_change) if post.updated else None,
            authors=authors,
            author=authors[0] if authors else None,
            tags=[*post.categories, *post.tags],
            language=post.language,
            attachments=[
                _present(
                    url=e.url,
                    mime_type=e.media_type,
                    title=e.title,
                    size_in_bytes=e.length,
                    duration_in_seconds=e.duration,
                )
                for e in post.enclosures
            ],
        )


def _parse(case: Case, name: str) -> Any:
    """What feedparser makes of a case's document, without its sanitizer: that one is at work on content."""
    feed = feedparser.parse(case.document(FORMATS[name]), sanitize_html=False, resolve_relative_uris=False)
    assert not feed.bozo
    return feed


def _text(construct: Any) -> str:
    """The plain text of an Atom text construct."""
    value: str = construct.value
    return unescape(value) if construct.type == "text/html" else value


def _terms(case: Case, post: Post) -> list[tuple[str, str | None]]:
    site = clean_site(case.site)
    terms = [(label, site.category_scheme or None) for label in post.categories]
    return terms + [(label, site.tag_scheme or None) for label in post.tags]


def _media(image: Image) -> dict[str, str]:
    return _attributes(url=image.url, medium="image", type=image.media_type, width=image.width, height=image.height)


def _attributes(**values: Any) -> dict[str, str]:
    return {key: str(value) for key, value in _present(**values).items()}


def _present(**values: Any) -> dict[str, Any]:
    """The values that are there: a document leaves out what a post does not have."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}
