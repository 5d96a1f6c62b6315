"""The metadata of a page: a fragment for its head, and the same values as JSON.

The fragment is written from the values, so the two cannot differ. One element a line, HTML5, nothing around it: it may
be pasted or included anywhere in a ``head``. Refuses to find pages, to know where pictures are stored, and to write
any script that runs: JSON-LD is data.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any, Final

from feeds.json_ld import json_ld
from feeds.json_text import compact, document
from feeds.model import Link
from feeds.open_graph import open_graph, present, properties
from feeds.page import ArticleType, Page, PageKind, Publication, clean
from feeds.pictures import first_image
from feeds.twitter_card import twitter_card

__all__ = ["ArticleType", "Page", "PageKind", "Publication", "as_json", "first_image", "fragment", "values"]

MEDIA_TYPE: Final = "application/json"

CONSOLES: Final = {
    "google": "google-site-verification",
    "bing": "msvalidate.01",
    "yandex": "yandex-verification",
    "baidu": "baidu-site-verification",
    "naver": "naver-site-verification",
    "pinterest": "p:domain_verify",
    "facebook": "facebook-domain-verification",
}
"""Console to the name of the meta element that proves ownership there."""

_IN_SCRIPT: Final = tuple((char.encode(), f"\\u{ord(char):04x}".encode()) for char in "<>&\u2028\u2029")
"""So that nothing in a string ends the element or a line (HTML §4.12.1.3); in JSON these stand in strings only."""


def fragment(page: Page, publication: Publication) -> bytes:
    """HTML for the page's ``head`` in UTF-8: title, description, canonical, robots, versions, Open Graph, card,
    accounts, consoles, feeds, oEmbed and JSON-LD. Never fails on content; raises ValueError for a naive date.
    """
    said = _said(page, publication)
    return "".join(_lines(said)).encode() + _script(said["json_ld"])


def as_json(page: Page, publication: Publication) -> bytes:
    """:func:`values` as a JSON document (``schemas/metadata.json``), readable."""
    return document(_said(page, publication))


def values(page: Page, publication: Publication) -> dict[str, Any]:
    """Everything that the fragment says, by name; keys without a value are left out (``schemas/metadata.json``).

    To be read only: what many pages say, such as their feeds, is the same object in the values of all of them.
    """
    page, publication = clean(page, publication)
    # A copy's versions are those of the page it was copied from: engines ignore hreflang that is not on a canonical.
    alternates = page.alternates if page.canonical == page.url else ()
    return present(
        {
            "kind": page.kind,
            "url": page.url,
            "title": page.title,
            "description": page.description,
            "language": page.language,
            "canonical": page.canonical,
            "robots": "noindex" if page.noindex else "max-image-preview:large",
            "alternates": [{"hreflang": tag, "href": href} for tag, href in alternates],
            "open_graph": open_graph(page, publication),
            "twitter": twitter_card(page, publication),
            "fediverse_creator": _creators(page, publication),
            "theme_color": publication.theme_color,
            "verification": _verification(publication),
            "feeds": _feeds(page.feeds),
            "oembed": [{"type": kind, "title": page.title, "href": href} for kind, href in page.oembed],
            "json_ld": json_ld(page, publication),
        }
    )


def _said(page: Page, publication: Publication) -> dict[str, Any]:
    """:func:`values` for the two writers, which only read: the fragment and the JSON of a page are mostly asked for
    together, of the same object, which is told faster than an equal one."""
    global _last
    last = _last
    if last is None or last[0] is not page or last[1] is not publication:
        _last = last = page, publication, values(page, publication)
    return last[2]


_last: tuple[Page, Publication, dict[str, Any]] | None = None


@lru_cache(maxsize=512)
def _feeds(links: tuple[Link, ...]) -> list[dict[str, str]]:
    """Once for all pages that name the same ones."""
    return [present({"type": link.media_type, "title": link.title, "href": link.href}) for link in links]


def _creators(page: Page, publication: Publication) -> list[str]:
    people = (page.profile, *page.authors)
    own = list(dict.fromkeys(person.fediverse for person in people if person and person.fediverse))
    return own or ([publication.fediverse] if publication.fediverse else [])


def _verification(publication: Publication) -> dict[str, str]:
    codes = dict(publication.verification)
    return {name: codes[console] for console, name in CONSOLES.items() if console in codes}


def _lines(said: dict[str, Any]) -> list[str]:
    lines = [f"<title>{escape(said['title'], quote=False)}</title>\n"]
    if "description" in said:
        lines.append(_named("description", said["description"]))
    if "canonical" in said:
        lines.append(f'<link rel="canonical" href="{_escaped(said["canonical"])}">\n')
    lines.append(_named("robots", said["robots"]))
    lines += [_alternate(**version) for version in said.get("alternates", ())]
    lines += [
        f'<meta property="{name}" content="{_escaped(content)}">\n' for name, content in properties(said["open_graph"])
    ]
    lines += [_named(f"twitter:{name}", content) for name, content in said["twitter"].items()]
    lines += [_named("fediverse:creator", account) for account in said.get("fediverse_creator", ())]
    if "theme_color" in said:
        lines.append(_named("theme-color", said["theme_color"]))
    lines += [_named(name, code) for name, code in said.get("verification", {}).items()]
    lines += [_feed(**link) for link in said.get("feeds", ())]
    lines += [_alternate(**link) for link in said.get("oembed", ())]
    return lines


def _script(json_ld: dict[str, Any]) -> bytes:
    data = compact(json_ld)
    for char, escaped in _IN_SCRIPT:
        data = data.replace(char, escaped)
    return b'<script type="application/ld+json">' + data + b"</script>\n"


_escaped: Final = lru_cache(maxsize=256)(escape)
"""A page says its title, its description and its address several times over, and some words are every page's."""


def _named(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{_escaped(content)}">\n'


def _alternate(**attributes: str) -> str:
    written = "".join([f' {name}="{_escaped(value)}"' for name, value in attributes.items()])
    return f'<link rel="alternate"{written}>\n'


_feed: Final = lru_cache(maxsize=512)(_alternate)
"""Once for all pages that name it."""
