"""Which spellings of a URL mean the same page: NFC and NFD, percent-escapes, slashes at the end, index.html, tracking.

Refuses to know which pages there are; the index keeps a key for every URL of a post.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from feeds.uri import ascii_url
from service.paths import INDEXES, page_path

_BELOW: Final = re.compile(
    r"(https?://[a-z0-9][a-z0-9.-]{0,62}+/(?:[A-Za-z0-9._~%-]{1,200}+/)?)"
    r"((?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*+/)*[A-Za-z0-9_~-][A-Za-z0-9._~-]*+)/?"
)
"""Most URLs, in two: a host with a folder, as many pages share, and the rest, which is a key as it stands: nothing to
decode or to compose, no step upwards, no empty name."""
_PLAIN: Final = re.compile(r"https?://([a-z0-9][a-z0-9.-]{0,62}+)((?:/(?!/)[A-Za-z0-9._~/%-]*+)?)")
"""Most URLs. Whether an escape follows a ``%`` is page_path's business, which reads one that is none as it stands."""
_PATH: Final = re.compile(r"[\w~-][\w.~-]*+(?:/[\w~-][\w.~-]*+)*+")
"""Most paths of pages, decoded: no step upwards, no empty name, nothing that a URL would have to escape but letters."""
_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}
_TRACKING: Final = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "igshid", "ref_src")


def key_of(url: str) -> str | None:
    """A page's key: host, port where it is not the usual one, page path, and what of a query tells pages apart.

    http and https are one. None for what is no web URL, or has no path that can be a page's.
    """
    below = _BELOW.fullmatch(url)
    if below and not below[2].endswith(INDEXES):
        folder = _folder(below[1])
        return None if folder is None else folder + below[2]
    return _key(url)


def key_at(site_url: str, path: str) -> str | None:
    """The key of a page of a site by its path as :func:`service.paths.page_path` writes it, or in another spelling."""
    if _PATH.fullmatch(path) and not path.endswith(INDEXES) and unicodedata.is_normalized("NFC", path):
        home = _home(site_url)
        return None if home is None else home + path
    return key_of(urljoin(site_url, f"/{quote(path)}"))


@functools.lru_cache(maxsize=16)
def _home(site_url: str) -> str | None:
    """How the keys of all pages of a site begin."""
    return key_of(urljoin(site_url, "/"))


@functools.lru_cache(maxsize=1024)
def _folder(url: str) -> str | None:
    """How the keys of the pages below begin; None where none of them has one."""
    key = _key(f"{url}_")
    return None if key is None else key[:-1]


def _key(url: str) -> str | None:
    plain = _PLAIN.fullmatch(url)
    if plain:  # most URLs: nothing to decode but the path, no port and no query
        path = page_path(plain[2])
        return None if path is None else f"{plain[1]}/{path}"
    parts = urlsplit(ascii_url(url))
    if parts.scheme not in _USUAL_PORTS or not parts.netloc:
        return None
    path = page_path(parts.path)
    if path is None:
        return None
    host = parts.netloc.rpartition("@")[2].removesuffix(_USUAL_PORTS[parts.scheme])
    if not parts.query:
        return f"{host}/{path}"
    query = [pair for pair in parse_qsl(parts.query) if not pair[0].lower().startswith(_TRACKING)]
    return f"{host}/{path}{f'?{urlencode(query)}' if query else ''}"
