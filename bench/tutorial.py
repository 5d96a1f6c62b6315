"""The peer everybody has seen: a Flask view that hands posts from memory to feedgen on each request.

It knows no ETag, no coding and no change, and its feed has the fields a tutorial sets.
"""

from __future__ import annotations

from collections.abc import Sequence

from feedgen.feed import FeedGenerator

from feeds.model import Post
from service.index import ChannelRow
from service.publisher import Publisher


def posts_of(publisher: Publisher, channel: ChannelRow) -> list[Post]:
    """The posts of a channel's window, rendered: what a tutorial's application holds in memory."""
    index = publisher.index
    numbers = [ref.number for ref in index.window(channel.number, publisher.settings.feed.window)]
    texts = index.texts(numbers)
    rows, site = index.posts(numbers), publisher.site()
    return [publisher.posts.make(row, texts[row.number], site, index.context(row.source)) for row in rows]


def feed(posts: Sequence[Post]) -> bytes:
    """An RSS feed as feedgen's own documentation makes it."""
    generator = FeedGenerator()
    generator.title("Bench News")
    generator.link(href="https://bench.example.org/", rel="alternate")
    generator.description("News of the bench")
    for post in posts:
        entry = generator.add_entry(order="append")
        entry.id(post.id)
        entry.title(post.title)
        entry.link(href=post.url)
        entry.published(post.published)
        entry.description(post.summary)
        entry.content(post.content, type="CDATA")
        for category in post.categories:
            entry.category(term=category)
    body: bytes = generator.rss_str()
    return body
