"""What the links of a post's body are resolved against: its page, the site, the source files beside it.

Apart from the sanitiser, because a scan resolves the pictures of a body and sanitises nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from feeds.uri import ascii_url
from service.sources.source import Links

SCHEMES: Final = frozenset(("http", "https", "mailto", "tel", "sms", "xmpp", "geo", "magnet", "irc", "ircs", "webcal"))
"""Schemes a link may have; what is loaded by itself (pictures, sound) has to be http or https."""

SOURCE_SUFFIXES: Final = (".md", ".markdown", ".mkdown", ".mkdn", ".mkd")

INNER: Final = "@/"
"""Begins a link that can only mean a page of this source, by its file: ``@/blog/a.md`` lies below the directory that
the post's own path begins with (Zola's form), ``@//content/blog/a.md`` below the source's root (what Hugo's ``ref``
becomes). Where there is no such page the link has no address."""

_BLANKS = re.compile(r"[\t\n\r]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")


@dataclass(slots=True)
class Base:
    """What a post's URLs are resolved against, and what happened on the way.

    ``url`` is the post's own (relative and fragment links), ``site_url`` the home page's, whose host root-relative
    links mean (``/x`` is the host's root, whatever Jekyll's ``baseurl``); ``path`` is the post's place below its
    source's root, for links to neighbouring source files (C-40).
    """

    url: str
    site_url: str = ""
    path: str = ""
    links: Links | None = None
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Width and height in pixels of pictures by their URLs, for those whose author says none."""
    unresolved: list[str] = field(default_factory=list)
    """Links to source files that are no known post, as they were written."""
    origin: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = ascii_url(self.url).partition("#")[0]
        self.origin = _origin(self.site_url) or _origin(self.url)

    def absolute(self, url: str) -> str:
        """``url`` as an absolute ASCII URI, "" where it is empty, malformed, or of a scheme nobody should follow."""
        if not url.isprintable():  # as nearly every one is
            url = _BLANKS.sub("", url)
        url = url.strip()
        written = ascii_url(url)
        if not written or written == "#":
            return ""
        scheme = _SCHEME.match(written)
        if scheme:
            return written if scheme[1] in SCHEMES else ""
        if self.links and ".m" in written and _suffix(written) in SOURCE_SUFFIXES:
            page = self._page_of(written)
            if page or written.startswith(INNER):
                return page or ""  # nothing but a page of the source was meant: there is no other address to try
        if written[0] == "#":
            return self.url + written
        if written[0] == "/" and not written.startswith("//") and "/." not in written:
            return self.origin + written
        # Both sides are ASCII already, and ascii_url refused a malformed authority: nothing urljoin could raise on.
        return urljoin(self.origin + "/" if written[0] == "/" else self.url, written)

    def _page_of(self, url: str) -> str | None:
        """The permalink of a link to another source file; None (and a note) where there is no such post."""
        path, hash_, fragment = url.partition("#")
        for candidate in source_paths(path, self.path):
            found = self.links(candidate) if self.links else None
            if found:
                return ascii_url(found + hash_ + fragment)
        self.unresolved.append(unquote(url).removeprefix(f"{INNER}/"))
        return None


@lru_cache(maxsize=16)
def _origin(url: str) -> str:
    """Scheme and host, the same for a whole site."""
    parts = urlsplit(ascii_url(url))
    return f"{parts.scheme}://{parts.netloc}" if url else ""


def source_paths(path: str, origin: str) -> tuple[str, ...]:
    """Where the source file of a link may lie, best first: beside ``origin``, below the root, by its name; of one that
    begins with :data:`INNER` nowhere but where it says, if it says where: ``@//a.md`` is a name."""
    path = unquote(path.partition("?")[0])
    if path.startswith(INNER):
        top = "" if path.startswith(f"{INNER}/") else origin.partition("/")[0]
        path = posixpath.normpath(posixpath.join(top, path.removeprefix(INNER).lstrip("/")))
        named = "" if top or "/" in path else posixpath.splitext(path)[0]
        return tuple(p for p in (path, named) if p and not p.startswith(".."))
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path.lstrip("/")))
    below = posixpath.normpath(path.lstrip("/"))
    name = posixpath.splitext(posixpath.basename(path))[0]
    order = (below, name) if path.startswith("/") else (beside, below, name)
    return tuple(dict.fromkeys(p for p in order if p not in ("", ".") and not p.startswith("..")))


def _suffix(url: str) -> str:
    return posixpath.splitext(urlsplit(url).path)[1].lower()
