"""A channel's newest posts on other pages: the framed document, the script of the custom element, the code to copy.

Everything here is made for pages that are not ours, so that nothing may depend on them: the frame has no script and
its own policy, the element shows text and web addresses only, the code works without either. Refuses to restrict who
may frame the document, and to read the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from feeds.embed import Newest, clean
from feeds.model import Channel, Site, clean_channel, clean_site
from feeds.text import single_line, xml_legal
from feeds.uri import ascii_url, is_web_url
from service.markup import environment, is_korean, policy, style, zone

PAGE_POSTS: Final = 10
"""Posts that the framed document shows: a frame is small."""

SNIPPET_POSTS: Final = 5
"""Posts that the copied code asks for; whoever copies it changes the number."""

FRAME_HEIGHT: Final = 420
"""Pixels: five posts with a line of summary each, without pictures."""

SCRIPT_TYPE: Final = "text/javascript; charset=utf-8"

_STYLE: Final = style("embed.css")

POLICY: Final = policy(_STYLE)
"""Content-Security-Policy of the framed document, which it carries itself too. Without ``frame-ancestors``."""

HEADERS: Final = (
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
"""What goes with the framed document over HTTP. The last is what a page under cross-origin isolation asks for."""

SCRIPT_HEADERS: Final = (("Cross-Origin-Resource-Policy", "cross-origin"),)
"""What goes with the script and the list over HTTP, beside Access-Control-Allow-Origin (a module script needs it)."""


def page(channel: Channel, site: Site, page_url: str, posts: Sequence[Newest]) -> bytes:
    """The document for an ``<iframe>``: the channel's newest posts, newest first as given. Never raises on content.

    ``page_url`` is the channel's page of the service, where one subscribes; the document lives in its folder.
    """
    site = clean_site(site)
    channel = clean_channel(channel, site)
    language = channel.language or "en"
    html = _TEMPLATES.get_template("embed.html").render(
        channel=channel,
        page_url=ascii_url(page_url),
        language=language,
        zone=zone(site.timezone),
        words=_KOREAN if is_korean(language) else _ENGLISH,
        posts=[clean(post) for post in posts[:PAGE_POSTS]],
    )
    return xml_legal(html).encode()


@cache
def script() -> bytes:
    """The script that defines ``<feedmill-posts>``: the same bytes for every channel."""
    return (files("service") / "static" / "embed.js").read_bytes()


def snippet(channel: Channel, embed_html_url: str, embed_json_url: str, script_url: str) -> str:
    """The code to copy: the custom element, and within it what a browser shows that runs no scripts.

    The frame stands in ``<noscript>``: where scripts run, none is loaded, and no ``frame-src`` is needed for it. The
    link is there for every other case (the script is blocked, the service is down), and for crawlers. The frame's
    width is a percentage, which validators dislike and browsers must honour: a style would need ``style-src``.
    """
    title = escape(single_line(channel.title) or ascii_url(channel.url))
    frame, source, code = (escape(ascii_url(url)) for url in (embed_html_url, embed_json_url, script_url))
    home = ascii_url(channel.url)
    link = f'<a href="{escape(home)}">{title}</a>' if is_web_url(home) else title
    return (
        f'<feedmill-posts src="{source}" count="{SNIPPET_POSTS}">\n'
        f'  <noscript><iframe src="{frame}" title="{title}" width="100%" height="{FRAME_HEIGHT}"></iframe></noscript>\n'
        f"  {link}\n"
        f"</feedmill-posts>\n"
        f'<script type="module" src="{code}"></script>\n'
    )


_ENGLISH: Final[Mapping[str, str]] = {"subscribe": "Subscribe", "none": "Nothing is published here yet."}
_KOREAN: Final[Mapping[str, str]] = {"subscribe": "구독", "none": "아직 발행된 글이 없습니다."}
_TEMPLATES: Final = environment(_STYLE)
