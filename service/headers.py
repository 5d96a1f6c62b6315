"""What goes with a document's body by its name: security policies, and what keeps parts of pages out of search.

The rest of an answer's headers is :mod:`service.response`'s, the same for every document.
"""

from __future__ import annotations

from typing import Final

from service import embeds, pages
from service.paths import DocumentName
from service.response import Header

_NOT_A_PAGE: Final[tuple[Header, ...]] = (("X-Robots-Tag", "noindex"),)
"""Parts of other pages: a search engine that finds them shall not list them."""
_FRAGMENT: Final[tuple[Header, ...]] = (("Content-Security-Policy", "default-src 'none'; sandbox"), *_NOT_A_PAGE)
HEADERS: Final[dict[DocumentName, tuple[Header, ...]]] = {
    "": pages.HEADERS,
    "meta.html": _FRAGMENT,
    "meta/P.html": _FRAGMENT,
    "meta.json": _NOT_A_PAGE,
    "meta/P.json": _NOT_A_PAGE,
    "embed.html": (*embeds.HEADERS, *_NOT_A_PAGE),
    "embed.json": (*embeds.SCRIPT_HEADERS, *_NOT_A_PAGE),
    "embed.js": embeds.SCRIPT_HEADERS,
}
