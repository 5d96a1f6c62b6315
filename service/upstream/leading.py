"""Where an upstream may lead us: by a redirect, or by an address in an answer. Pure.

The rule is one for both, so that no list of pages goes where no redirect may. Refuses to resolve hosts and
to judge what they resolve to (:mod:`service.upstream.guard` does).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from service.settings import SourceSettings
from service.upstream.guard import Guard

PORTS: Final = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host and port (RFC 6454)."""


def origin(url: str) -> Origin:
    """Raises ValueError for what is no URL."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme, 0)


def elsewhere(led: Origin, asked: Origin, settings: SourceSettings) -> str:
    """Why a source may not go where it is ``led``, in words behind "to"; "" where it may."""
    home = origin(settings.url or "")
    if led[1] in map(str.lower, settings.redirect_hosts):
        return ""
    if led[1] not in (asked[1], home[1]):
        if Guard(settings.networks).refuses(led[1]):  # who listed it would only be refused later
            return f"{led[1]}, which is not a public address"
        return f"another host, {led[1]}; list it in source.redirect_hosts"
    if led[2] not in (*PORTS.values(), asked[2], home[2]):
        return f"another port, {led[2]}; list its host in source.redirect_hosts"
    return ""
