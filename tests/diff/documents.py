"""Feed documents as other programs write them, small enough to read in a test."""

from __future__ import annotations

import json
from typing import Any


def rss(*items: str, declaration: str = "") -> bytes:
    namespaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    )
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'{declaration}<rss version="2.0" {namespaces}><channel><title>T</title>{body}</channel></rss>'.encode()


def item(name: str, day: int = 1, *, guid: str = "", title: str = "", more: str = "") -> str:
    """An RSS item of January 2025; its guid is its link unless one is given."""
    link = f"https://ex.org/{name}/"
    return (
        f"<title>{title or name}</title><link>{link}</link><guid>{guid or link}</guid>"
        f"<pubDate>{day:02d} Jan 2025 00:00:00 GMT</pubDate>{more}"
    )


def atom(*entries: str) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(f"<entry>{e}</entry>" for e in entries)}</feed>'.encode()
    )


def json_feed(*items: dict[str, Any]) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}).encode()


def urlset(*urls: str) -> bytes:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<urlset xmlns="{space}">{"".join(f"<url><loc>{url}</loc></url>" for url in urls)}</urlset>'.encode()


def sitemap_index(*urls: str) -> bytes:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    body = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="{space}">{body}</sitemapindex>'.encode()
