"""Several sites in one process: which one a request is for, by its Host alone.

Host selects and never enters bytes (DESIGN.md §5): what a host has no site for is the default site's, and X-Forwarded-*
is never read (H-02, H-03). Refuses to know what a site is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication


def host_of(authority: str) -> str:
    """The host that a Host header names, in its one form: lower case, no port, no dot at its end; "" where none."""
    name = authority.strip().lower()
    bare = name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]
    return bare.removesuffix(".")


class ByHost:
    """WSGI middleware before the default site's application; ``others`` are those of other hosts, in that form."""

    def __init__(self, default: WSGIApplication, others: Mapping[str, WSGIApplication]) -> None:
        self._default = default
        self._others = dict(others)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return self._others.get(host_of(environ.get("HTTP_HOST", "")), self._default)(environ, start_response)
