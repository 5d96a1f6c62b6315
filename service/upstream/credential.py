"""The key of a source on its requests, and off whatever comes back.

It goes to the source's own origin alone (RFC 6454: scheme, host and port; also from http up to https), in a header or
in the query. Requests carry it only below the cache, so that no cache key and no file can hold it.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests

from service.settings import SourceSettings
from service.upstream.leading import PORTS, origin
from service.upstream.secrets import Mask
from service.url_keys import without

_QUERY: Final = "key"
"""The parameter of Ghost's Content API."""


class Credential:
    """The key of one source; "" for none. ``others`` are secrets beside it, to be masked."""

    def __init__(self, settings: SourceSettings, key: str, others: tuple[str, ...] = ()) -> None:
        self._key = key
        self._header = settings.key_header or ("" if settings.kind == "ghost" else "Authorization")
        scheme = settings.key_scheme
        if scheme is None:
            scheme = "Bearer" if self._header.lower() == "authorization" else ""
        self._value = f"{scheme} {key}".strip()
        self._home = origin(settings.url or "")
        self.mask = Mask((key, *_within(key, scheme), *others))

    def onto(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request as it goes out: another object, with the key where it may have it."""
        signed, url = request.copy(), request.url or ""
        if self._key and self._is_home(url):
            if self._header:
                signed.headers[self._header] = self._value
            else:
                signed.url = with_query(without(url, frozenset((_QUERY,))), {_QUERY: self._key})
        return signed

    def off(self, response: requests.Response) -> None:
        """Take the key out of what an upstream repeats: the address of a next page, a message of an error."""
        if self._key:
            response._content = self.mask.of_bytes(response.content or b"")
            for name, value in response.headers.items():
                response.headers[name] = self.mask(value)

    def shown(self, url: str) -> str:
        """An address as people may see it."""
        try:
            parts = urlsplit(url)
            return self.mask(without(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))))
        except ValueError:
            return self.mask(url)

    def _is_home(self, url: str) -> bool:
        asked, home = origin(url), self._home
        upgraded = home[0] == "http" and home[2] == PORTS["http"] and asked == ("https", home[1], PORTS["https"])
        return asked == home or upgraded


def _within(key: str, scheme: str) -> tuple[str, ...]:
    """User and password of a Basic key (RFC 7617), and the password alone: who refuses them may repeat them so."""
    if scheme.lower() != "basic":
        return ()
    try:
        said = b64decode(key, validate=True).decode()
    except ValueError:
        return ()
    return said, said.partition(":")[2]


def with_query(url: str, query: dict[str, str]) -> str:
    """A URL with more parameters; what it has stays as it is."""
    if not query:
        return url
    parts = urlsplit(url)
    said = "&".join(filter(None, (parts.query, urlencode(query))))
    return urlunsplit(parts._replace(query=said))
