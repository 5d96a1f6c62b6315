"""What an upstream's answer is to a source, and why there is none. Plain data, whatever fetched it.

The seam between ``service.upstream`` (sockets, caches, secrets) and the sources that read APIs: these ask a
:class:`Client` and know nothing else of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final, Protocol

from feeds.frozen import frozen
from service.errors import SourceUnavailable

AUTH_FAILED: Final = "auth_failed"
"""The reason of a key that is missing, wrong or without the right."""

LONGEST_RETRY_AFTER: Final = 6 * 3600.0
"""Seconds that an upstream's Retry-After counts for at most (U-09)."""

OUT_OF_TIME: Final = "out-of-time"
"""The reason where ``limits.pull_seconds`` are over: what was had until then may be used."""


@frozen(frozen=True, slots=True)
class Answer:
    """A successful answer: its body, decoded of transfer and content codings. ``headers`` are in lower case.

    ``url`` is where it came from after redirects, without secrets. ``unchanged``: the upstream said 304, and this is
    the body it meant.
    """

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    unchanged: bool = False


class UpstreamFailed(SourceUnavailable):
    """There is no answer to use. ``str()`` is one line without secrets.

    ``reason`` is a short code for logs and metrics (``timeout``, ``out-of-time``, ``connection``, ``status``,
    ``auth_failed``, ``rate-limited``, ``egress-blocked``, ``too-large``, ``truncated``, ``tls-...``, ``redirect``,
    ``json-invalid``, ``unexpected-content-type``, ``schema-changed`` ...), ``status`` the HTTP status where there was
    one, ``body`` the beginning of what came with it, ``retry_after`` the seconds the upstream asked to be left alone
    for.
    """

    def __init__(
        self, message: str, reason: str, *, status: int = 0, body: bytes = b"", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status
        self.body = body
        self.retry_after = retry_after


Check = Callable[[Answer], None]
"""Raises UpstreamFailed for an answer that is not what was asked for (a login page in the place of JSON, cut JSON):
such a one is neither kept for the next conditional request nor tried again."""


class Client(Protocol):
    """GET, within the limits of a source's settings. Not for several threads."""

    def get(self, url: str, params: Mapping[str, str] | None = None, *, check: Check | None = None) -> Answer:
        """What is at a URL; asked conditionally where the last good answer is still there.

        The key of the source is added by the client. Any status but 200 (304 is resolved) raises UpstreamFailed.
        """
        ...
