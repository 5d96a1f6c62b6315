"""What a channel shows on pages for people, ours and others': its page, the frame, the list behind the custom element.

From rows of the index to documents of :mod:`service.pages` and :mod:`service.embeds`. Apart from the publisher, which
imports it when one of these is asked for: templates take a fiftieth of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from feeds import embed
from feeds.model import ChannelKind, Document, Post, clean_channel, clean_site
from service import embeds, public_words
from service.documents import PAGE_TYPE
from service.errors import Problem
from service.heading import Heading
from service.index import ChannelRow
from service.pages import LARGEST, ChannelGroup, ChannelLink, PostLink, channel_page, home_page
from service.paths import FOLDERS, DocumentName, Target
from service.runtime import source_name

if TYPE_CHECKING:
    from service.publisher import Publisher


def shown(publisher: Publisher, row: ChannelRow, name: DocumentName, head: Heading) -> Document:
    """A channel's page, or one of its embeds. Within a snapshot of the publisher's index."""
    if name == "embed.js":
        return Document(embeds.script(), embeds.SCRIPT_TYPE, row.changed_at)
    if name in ("embed.html", "embed.json"):
        return _embed(publisher, row, head, name == "embed.html")
    return _page(publisher, row, head)


def _page(publisher: Publisher, row: ChannelRow, head: Heading) -> Document:
    index = publisher.index
    site = clean_site(head.site)
    channel, page_url = clean_channel(head.channel(row), site), head.address(Target(row.kind, row.slug, ""))
    posts = [_post_link(post) for post in publisher.posts.of(index.window(row.number, head.window(row)), head)]
    snippet = embeds.snippet(
        channel,
        head.address(Target(row.kind, row.slug, "embed.html")),
        head.address(Target(row.kind, row.slug, "embed.json")),
        head.address(Target("site", "", "embed.js")),
    )
    if row.kind == "site":
        groups = [_group(publisher, kind, head) for kind in FOLDERS]
        body = home_page(site, channel, page_url, groups, posts, _problems(publisher), snippet)
        return Document(body, PAGE_TYPE, max(row.changed_at, index.changed_at("problems")))
    body = channel_page(site, channel, page_url, f"{head.service_url}/", row.posts, posts, snippet)
    return Document(body, PAGE_TYPE, row.changed_at)


def _problems(publisher: Publisher) -> Sequence[Problem]:
    """What is wrong with the content, as anybody may read it."""
    settings, index = publisher.settings, publisher.index
    if not settings.service.show_problems:
        return ()
    remote = [source_name(source) for source in settings.source if source.url]
    return public_words.shown(index.problems(unquoted=remote), index.status(), settings)


def _group(publisher: Publisher, kind: ChannelKind, head: Heading) -> ChannelGroup:
    rows = [row for row in publisher.index.channels(kind) if not head.is_gone(row)]
    largest = sorted(rows, key=lambda row: (-row.posts, row.key))[:LARGEST]
    links = [
        ChannelLink(row.label, head.address(Target(row.kind, row.slug, "")), row.posts, head.channel(row).feeds)
        for row in largest
    ]
    return ChannelGroup(kind, len(rows), tuple(links))


def _embed(publisher: Publisher, row: ChannelRow, head: Heading, as_html: bool) -> Document:
    channel = head.channel(row)
    most = embeds.PAGE_POSTS if as_html else embed.MOST
    refs = publisher.index.window(row.number, min(head.window(row), most))
    posts = [_newest(post) for post in publisher.posts.of(refs, head)]
    if as_html:
        subscribing = Target(row.kind, row.slug, "" if publisher.settings.paths.channel_pages else "rss.xml")
        page_url = head.address(subscribing)
        return Document(embeds.page(channel, head.site, page_url, posts), PAGE_TYPE, row.changed_at)
    return Document(embed.as_json(channel, head.site, posts), embed.MEDIA_TYPE, row.changed_at)


def _post_link(post: Post) -> PostLink:
    return PostLink(post.title, post.url, post.published, post.summary, post.language)


def _newest(post: Post) -> embed.Newest:
    image = post.images[0] if post.images else None
    return embed.Newest(post.title, post.url, post.published, post.summary, image, post.language)
