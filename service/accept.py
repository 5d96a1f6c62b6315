"""What an Accept header wants, where there is HTML beside data (RFC 9110 §12.5.1). Refuses to know what is served."""

from __future__ import annotations

from typing import Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from service.paths import DocumentName

_XML_TYPES: Final = ("application/xml", "text/xml")
_FEED_TYPES: Final[dict[DocumentName, tuple[str, ...]]] = {
    "rss.xml": ("application/rss+xml", *_XML_TYPES),
    "atom.xml": ("application/atom+xml", *_XML_TYPES),
    "feed.json": ("application/feed+json", "application/json"),
}


def prefers_page(accept: str, document: DocumentName) -> bool:
    """Whether a feed's reader is a person: text/html named, and with a higher weight than each of the feed's types."""
    types = _FEED_TYPES.get(document)
    if types is None or "text/html" not in accept.lower():
        return False
    accepted = parse_accept_header(accept, MIMEAccept)
    return accepted.quality("text/html") > max(accepted.quality(media_type) for media_type in types)


def prefers_fragment(accept: str) -> bool:
    """Whether metadata is wanted as HTML: where that is named with at least the weight of JSON. ``*/*`` is JSON."""
    if "text/html" not in accept.lower():
        return False
    accepted = parse_accept_header(accept, MIMEAccept)
    return accepted.quality("text/html") >= accepted.quality("application/json")
