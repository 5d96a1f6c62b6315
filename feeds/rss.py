"""RSS 2.0 (rssboard.org/rss-specification) by the RSS Board's profile, with content, dc, media, sy and atom modules.

Head, item and tail of a document. Refuses to order, choose or cut posts.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from feeds.brief import brief_html, is_whole
from feeds.dates import rfc3339
from feeds.elements import ATOM, DC, SY, Element, head_links, write_images, write_link, write_media, write_text
from feeds.model import Author, Channel, Post, Site, clean_channel, clean_site
from feeds.syndication import RSS_TAIL, new_entry, new_head, rss_head, rss_item

TAIL = RSS_TAIL

_PERIODS = (("hourly", 60), ("daily", 1440), ("weekly", 10_080), ("monthly", 43_200), ("yearly", 525_600))


@lru_cache(maxsize=256)
def head(channel: Channel, site: Site) -> bytes:
    """Everything before the first item. ``lastBuildDate`` is the channel's ``updated``, not the time of building."""
    site = clean_site(site)
    channel = clean_channel(channel, site)
    feed = new_head(channel, site)
    feed.ttl(channel.ttl)
    if site.logo and not site.logo.lower().endswith(".svg"):  # RSS images are GIF, JPEG or PNG
        feed.logo(site.logo)
    editor = next((_contact(author) for author in site.authors if author.email), None)
    feed.managingEditor(editor)

    def mend(element: Element) -> None:
        _page, *links = head_links(channel, site, "rss")
        links.sort(key=lambda link: link.rel != "self")  # some readers take the first atom:link for the feed's own
        for link in links:
            write_link(element, link, tag=f"{{{ATOM}}}link")
        if not editor:
            _write_creators(element, site.authors)
        period, minutes = next((name, size) for name, size in _PERIODS if size >= min(channel.ttl, 525_600))
        write_text(element, f"{{{SY}}}updatePeriod", period)
        write_text(element, f"{{{SY}}}updateFrequency", str(minutes // channel.ttl or 1))

    return rss_head(feed, mend)


def entry(post: Post, site: Site, full: bool) -> bytes:
    """One item. Brief (``full`` False): the excerpt with a link to the post, and no ``content:encoded``."""
    site = clean_site(site)
    item = new_entry(post, site)
    item.guid(post.id, permalink=post.id == post.url)
    if is_whole(post, full):
        # feedgen writes content as content:encoded where there is a description before it, else as the description:
        # content:encoded on its own, or first, is what the validator calls NeedDescriptionBeforeContent.
        item.description(escape(post.summary, quote=False), isSummary=True)
        item.content(post.content, type="CDATA")
    else:
        item.description(brief_html(post), isSummary=True)
    contact = _contact(post.authors[0]) if len(post.authors) == 1 and post.authors[0].email else None
    if contact:
        item.author(name=post.authors[0].name, email=post.authors[0].email)
    for enclosure in post.enclosures[:1]:
        item.enclosure(enclosure.url, str(enclosure.length or 0), enclosure.media_type)

    def mend(element: Element) -> None:
        if not contact:
            _write_creators(element, post.authors)
        for contributor in post.contributors:
            write_text(element, f"{{{DC}}}contributor", contributor.name)
        if post.language and post.language != site.language:
            write_text(element, f"{{{DC}}}language", post.language)
        if post.last_change != post.published:
            write_text(element, f"{{{ATOM}}}updated", rfc3339(post.last_change))
        write_images(element, post.images)
        for enclosure in post.enclosures:
            write_media(
                element,
                url=enclosure.url,
                media_type=enclosure.media_type,
                title=enclosure.title,
                fileSize=enclosure.length,
                duration=enclosure.duration,
            )

    return rss_item(item, mend)


def _contact(author: Author) -> str:
    """``mail (Name)``, the one form in which RSS accepts a person."""
    return f"{author.email} ({author.name})"


def _write_creators(parent: Element, authors: tuple[Author, ...]) -> None:
    """Name people as ``dc:creator``, where there may be several and none needs an e-mail address.

    Never beside ``author`` or ``managingEditor``: the validator calls that DuplicateItemSemantics.
    """
    for author in authors:
        write_text(parent, f"{{{DC}}}creator", author.name)
