"""RSS 2.0: what feedgen gets wrong and readers notice (standards.md §0, §1, §12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from feeds import rss
from feeds.elements import ATOM, CONTENT, DC, MEDIA, SY
from feeds.formats import FORMATS, assemble
from feeds.model import Channel, Enclosure, Image, Post, Site
from tests.feeds.plain_posts import CHANNEL, KIM, LEE, SITE, a_post

NAMES = {"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA, "sy": SY}


def _channel(*posts: Post, site: Site = SITE, channel: Channel = CHANNEL) -> etree._Element:
    body = assemble(FORMATS["rss"], channel, site, [rss.entry(post, site, True) for post in posts])
    return etree.fromstring(body)[0]


def _found(element: etree._Element, path: str) -> list[str]:
    return [str(found) for found in element.xpath(path, namespaces=NAMES)]  # type: ignore[union-attr]  # text() only


def test_the_channel_links_to_the_page_and_to_itself_to_hubs_and_to_its_other_formats() -> None:
    channel = _channel(site=replace(SITE, hubs=("https://hub.example/",)))
    assert _found(channel, "link/text()") == ["https://example.org/"]
    assert _found(channel, "atom:link/@rel") == ["self", "alternate", "alternate", "hub"]
    assert _found(channel, "atom:link[1]/@href") == ["https://example.org/rss.xml"]


def test_an_author_is_named_once_and_as_author_only_where_alone_and_with_an_address() -> None:
    for authors, author, creators in (
        ((KIM,), ["kim@example.org (Kim)"], []),
        ((LEE,), [], ["Lee"]),
        ((KIM, LEE), [], ["Kim", "Lee"]),
        ((), [], []),
    ):
        channel = _channel(a_post(authors=authors))
        assert _found(channel, "item/author/text()") == author
        assert _found(channel, "item/dc:creator/text()") == creators


def test_the_editor_of_the_site_is_named_once_too() -> None:
    assert _found(
        _channel(site=replace(SITE, authors=(KIM,))), "*[self::managingEditor or self::dc:creator]/text()"
    ) == ["kim@example.org (Kim)"]
    assert _found(_channel(site=replace(SITE, authors=(LEE,))), "dc:creator/text()") == ["Lee"]


@pytest.mark.parametrize(
    ("post_id", "is_permalink"),
    [("https://example.org/1", "true"), ("https://example.org/2", "false"), ("tag:example.org,2024:1", "false")],
)
def test_a_guid_is_a_permalink_only_where_it_is_the_url(post_id: str, is_permalink: str) -> None:
    channel = _channel(a_post(id=post_id))
    assert _found(channel, "item/guid/text()") == [post_id]
    assert _found(channel, "item/guid/@isPermaLink") == [is_permalink]


def test_content_follows_the_summary_and_takes_its_place_where_there_is_none() -> None:
    both = _channel(a_post(summary="S", content="<p>C</p>"))
    assert _found(both, "item/description/following-sibling::content:encoded/text()") == ["<p>C</p>"]
    alone = _channel(a_post(content="<p>C</p>"))
    assert _found(alone, "item/description/text()") == ["<p>C</p>"]
    assert _found(alone, "item/content:encoded") == []


def test_a_brief_item_is_an_excerpt_with_a_link_and_has_no_content() -> None:
    post = a_post(content="<p>C &amp; D</p>")
    for item in (rss.entry(post, SITE, False), rss.entry(replace(post, full_text=False), SITE, True)):
        assert b"content:encoded" not in item
        description = '<p>C &amp; D</p>\n<p><a href="https://example.org/1">T</a></p>'
        assert _text_of(item, "description") == description


def test_categories_come_before_tags_and_say_what_they_are() -> None:
    site = replace(SITE, tag_scheme="https://example.org/t/")
    channel = _channel(a_post(tags=("x",), categories=("B", "A")), site=site)
    assert _found(channel, "item/category/text()") == ["B", "A", "x"]
    assert _found(channel, "item/category/@domain") == ["https://example.org/c/"] * 2 + ["https://example.org/t/"]


def test_the_first_file_is_the_enclosure_and_every_file_and_picture_is_media() -> None:
    files = (
        Enclosure("https://example.org/a.mp3", "audio/mpeg", None, "A", 60),
        Enclosure("https://example.org/b.pdf", "application/pdf", 5),
    )
    channel = _channel(a_post(enclosures=files, images=(Image("https://example.org/i.png", width=0, height=9),)))
    assert _found(channel, "item/enclosure/@*") == ["https://example.org/a.mp3", "0", "audio/mpeg"]
    assert _found(channel, "item/media:content/@medium") == ["image", "audio", "document"]
    assert _found(channel, "item/media:content/@fileSize") == ["5"]
    assert _found(channel, "item/media:content/media:title/text()") == ["A"]
    assert _found(channel, "item/media:thumbnail/@*") == ["https://example.org/i.png", "0", "9"]
    assert _found(channel, "//media:group") == []


def test_an_edit_is_told_by_atom_updated_and_only_then() -> None:
    edited = datetime(2024, 1, 2, tzinfo=UTC)
    assert _found(_channel(a_post(updated=edited)), "item/atom:updated/text()") == ["2024-01-02T00:00:00Z"]
    assert _found(_channel(a_post(updated=datetime(2023, 1, 1, tzinfo=UTC))), "item/atom:updated") == []
    assert _found(_channel(a_post()), "item/atom:updated") == []


@pytest.mark.parametrize(
    ("ttl", "period", "frequency"),
    [
        (0, "hourly", "60"),
        (1, "hourly", "60"),
        (30, "hourly", "2"),
        (60, "hourly", "1"),
        (61, "daily", "23"),
        (1440, "daily", "1"),
        (10_080, "weekly", "1"),
        (43_200, "monthly", "1"),
        (10**9, "yearly", "1"),
    ],
)
def test_the_syndication_module_says_what_ttl_says(ttl: int, period: str, frequency: str) -> None:
    channel = _channel(channel=replace(CHANNEL, ttl=ttl))
    assert _found(channel, "ttl/text()") == [str(max(ttl, 1))]
    assert _found(channel, "sy:updatePeriod/text() | sy:updateFrequency/text()") == [period, frequency]


def test_the_picture_of_a_channel_carries_the_channels_title_and_link_and_is_no_svg() -> None:
    channel = _channel(site=replace(SITE, logo="https://example.org/logo.png"))
    assert _found(channel, "image/*/text()") == ["https://example.org/logo.png", "Site", "https://example.org/"]
    assert _found(_channel(site=replace(SITE, logo="https://example.org/LOGO.SVG")), "image") == []


def test_C32_titles_are_escaped_in_hexadecimal_and_titles_inside_content_are_left_alone() -> None:
    svg = "<svg><title>a &lt; b</title></svg>"
    item = rss.entry(a_post(title="AT&T <b>", content=svg), SITE, True)
    assert b"<title>AT&#x26;T &#x3C;b&#x3E;</title>" in item
    assert svg.encode() in item
    head = rss.head(replace(CHANNEL, title="R&D"), replace(SITE, logo="https://example.org/l.png"))
    assert head.count(b"<title>R&#x26;D</title>") == 2


def test_a_post_in_another_language_says_so() -> None:
    assert _found(_channel(a_post(language="en")), "item/dc:language/text()") == ["en"]
    assert _found(_channel(a_post(language="ko")), "item/dc:language") == []


def _text_of(item: bytes, tag: str) -> str | None:
    declared = b"<x %s>%s</x>" % (
        b" ".join(b'xmlns:%s="%s"' % (k.encode(), v.encode()) for k, v in NAMES.items()),
        item,
    )
    return etree.fromstring(declared)[0].findtext(tag)
