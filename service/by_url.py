"""What is asked for by the URL of a page: its metadata (``/meta?url=``) and its embeddable form (``/oembed?url=``).

The URL is looked up, never fetched, and never repeated in an answer (H-05). Refuses to make documents: the front keeps
those of metadata under their own paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from feeds import oembed
from feeds.model import Document
from service.accept import prefers_fragment
from service.front import Front, Publishing
from service.paths import DocumentName
from service.response import BRIEFLY, CROSS_ORIGIN, LATER, NO_STORE, Environ, Reply, plain, prepare, respond
from service.settings import CacheSettings

Query = Mapping[str, str]

_FORMATS: Final[dict[str, DocumentName]] = {"html": "meta/P.html", "json": "meta/P.json"}
_LONGEST_URL: Final = 4096


class ByUrl:
    """Answers by the URL of a page."""

    def __init__(
        self, publisher: Publishing, front: Front, policy: CacheSettings, clock: Callable[[], datetime]
    ) -> None:
        self._publisher = publisher
        self._front = front
        self._policy = policy
        self._clock = clock

    def meta(self, query: Query, environ: Environ) -> Reply:
        """The metadata of a page: JSON, or the head fragment where ``format=html`` or Accept asks for HTML."""
        written = query.get("format", "")
        if written not in ("", *_FORMATS):
            return _refused("format is html or json")
        as_html = written == "html" or (not written and prefers_fragment(environ.get("HTTP_ACCEPT", "")))
        name = _FORMATS["html" if as_html else "json"]
        url = query.get("url", "")
        if not url or len(url) > _LONGEST_URL:
            return _refused("write ?url= and the address of a page, percent-encoded")
        target = self._publisher.locate(url, name)
        reply = self._front.serve(target, environ) if target is not None else None
        if reply is None:
            return self._unknown(url)
        headers = [(key, f"Accept, {value}" if key == "Vary" else value) for key, value in reply.headers]
        return replace(reply, headers=headers)

    def oembed(self, query: Query, environ: Environ) -> Reply:
        """oEmbed 1.0 (oembed.com §2.3): JSON or XML of a post, within ``maxwidth`` and ``maxheight``."""
        form = query.get("format", "json")
        if form not in ("json", "xml"):
            return plain(501, "Not Implemented: format is json or xml\n", (*CROSS_ORIGIN, BRIEFLY))
        url = query.get("url", "")
        if not url or len(url) > _LONGEST_URL:
            return _refused("write ?url= and the address of a post, percent-encoded")
        bounds = [query.get(name, "") for name in ("maxwidth", "maxheight")]
        if any(bound and not (bound.isascii() and bound.isdigit() and len(bound) < 6) for bound in bounds):
            return _refused("maxwidth and maxheight are whole numbers of pixels")
        target = self._publisher.locate(url, "meta/P.json")
        found = self._publisher.page(target) if target is not None else None
        if found is None:
            return self._unknown(url)
        if found[0].kind != "post":
            return plain(
                404, "Not Found: only posts can be embedded, and that page is none\n", (*CROSS_ORIGIN, BRIEFLY)
            )
        page, publication, changed_at = found
        width, height = (int(bound) if bound else None for bound in bounds)
        make = oembed.as_json if form == "json" else oembed.as_xml
        body = make(page, publication, url=page.url, maxwidth=width, maxheight=height)
        document = Document(body, oembed.JSON_TYPE if form == "json" else oembed.XML_TYPE, changed_at)
        return respond(prepare(document, self._policy), environ, self._clock())

    def _unknown(self, url: str) -> Reply:
        if not self._publisher.ready():
            return plain(503, "Starting\n", (LATER, NO_STORE))
        if self._publisher.departed(url):
            return plain(410, "Gone: that page was ours, and was removed\n", (*CROSS_ORIGIN, BRIEFLY))
        return plain(404, "Not Found: no page of this site has that address\n", (*CROSS_ORIGIN, BRIEFLY))


def _refused(why: str) -> Reply:
    return plain(400, f"Bad Request: {why}\n", (*CROSS_ORIGIN, BRIEFLY))
