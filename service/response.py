"""From a document to prepared answers: the one owner of ETags, codings, Cache-Control and conditional requests.

A :class:`Resource` is what lives at a path; :func:`respond` picks one of its prepared answers for a request and
computes next to nothing. Refuses to know which path it serves, where documents come from, and any request header that
may not change an answer: Host, X-Forwarded-*, Range, Cookie and the query are never read (DESIGN.md rule 7).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from threading import Lock
from typing import Any, Final, TypeAlias
from wsgiref.types import StartResponse

from werkzeug.http import parse_date, parse_etags

from feeds.frozen import frozen
from feeds.model import Document, Link
from feeds.uri import ascii_url
from service.encodings import IDENTITY, compress, select
from service.settings import CacheSettings

Environ: TypeAlias = Mapping[str, Any]
Header: TypeAlias = tuple[str, str]

ALLOW: Final = "GET, HEAD, OPTIONS"

NO_STORE: Final[Header] = ("Cache-Control", "no-store")
BRIEFLY: Final[Header] = ("Cache-Control", "max-age=60")
"""Of what is not there, and asked for again and again all the same."""

LATER: Final[Header] = ("Retry-After", "5")

_DIGEST_LENGTH: Final = 32
_TAG_SUFFIXES: Final = {IDENTITY: "", "gzip": "-gz", "br": "-br", "zstd": "-zst"}
_FOREIGN_SUFFIX = re.compile(r"(?:(?:--?|;)(?:gzip|gz|br|zstd|zst|deflate))*")
"""What we, Apache (``-gzip``, ``;gzip``, ``--gzip``) and CDNs put behind a tag when they code a body."""

_LONGEST_DATE: Final = 64
"""Characters; an HTTP-date has 29 to 33 (RFC 9110 §5.6.7)."""

RESOURCE_OVERHEAD: Final = 3000
"""Bytes a resource costs beside its bodies (measured with tracemalloc: 2.6 KB in four codings, rounded up)."""

CROSS_ORIGIN: Final[tuple[Header, ...]] = (("Access-Control-Allow-Origin", "*"),)
"""Public documents may be read by any page's script; no credentials, ever (H-24)."""

_NOSNIFF: Final[tuple[Header, ...]] = (("X-Content-Type-Options", "nosniff"),)
_EXPOSED: Final[tuple[Header, ...]] = (
    *CROSS_ORIGIN,
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
)
_PREFLIGHT: Final[tuple[Header, ...]] = (
    ("Allow", ALLOW),
    *CROSS_ORIGIN,
    ("Access-Control-Allow-Methods", ALLOW),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
    ("Access-Control-Max-Age", "86400"),
)
_REASONS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@frozen(frozen=True, slots=True)
class Reply:
    """An answer as it leaves: status, headers without Date (the server's), body."""

    status: int
    headers: list[Header]
    body: bytes = b""

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the answer to a WSGI server: to HEAD the same without its body."""
        start_response(_REASONS[self.status], [*self.headers])  # servers add to the list
        return [self.body] if self.body and environ["REQUEST_METHOD"] != "HEAD" else []


@frozen(frozen=True, slots=True)
class Prepared:
    """A representation of a resource: its own headers (type, length, coding, tag) and body."""

    headers: tuple[Header, ...]
    body: bytes


@dataclass(slots=True)
class Resource:
    """What lives at one path. Build it with :func:`prepare`. Safe for threads.

    Codings other than identity are made when first asked for, and kept; ``size`` grows when one is.
    """

    digest: str
    """Of the uncompressed bytes: the ETag without quotes and suffix."""
    media_type: str
    changed_at: datetime
    last_modified: str
    policy: CacheSettings
    head: tuple[Header, ...]
    """What a 304 repeats beside ETag and Cache-Control (RFC 9110 §15.4.5)."""
    extra: tuple[Header, ...]
    size: int = RESOURCE_OVERHEAD
    _prepared: dict[str, Prepared] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def etag(self, coding: str) -> str:
        """The strong tag of a coding: equal bytes have equal tags in every process and after every restart."""
        return f'"{self.digest}{_TAG_SUFFIXES[coding]}"'

    def is_ready(self, environ: Environ) -> bool:
        """Whether the representation that a request wants is prepared."""
        return select(environ.get("HTTP_ACCEPT_ENCODING", "")) in self._prepared

    def representation(self, coding: str) -> Prepared:
        """The resource in a coding, compressed now if this is the first time."""
        found = self._prepared.get(coding)
        if found is None:
            with self._lock:  # a herd compresses once
                found = self._prepared.get(coding) or self.add(coding, compress(coding, self._prepared[IDENTITY].body))
        return found

    def add(self, coding: str, body: bytes) -> Prepared:
        """Keep a body as the representation in a coding."""
        headers = [("Content-Type", self.media_type), ("Content-Length", str(len(body))), ("Accept-Ranges", "none")]
        if coding != IDENTITY:
            headers.append(("Content-Encoding", coding))
        prepared = Prepared((*headers, *self.extra), body)
        self._prepared[coding] = prepared
        self.size += len(body)
        return prepared


def prepare(document: Document, policy: CacheSettings, extra: tuple[Header, ...] = ()) -> Resource:
    """Prepare the answers of a document. ``extra`` headers go with its bodies, such as a page's security policy."""
    media_type = document.media_type if "charset=" in document.media_type else f"{document.media_type}; charset=utf-8"
    links = ", ".join(filter(None, map(_link, document.links)))
    changed_at = document.changed_at.astimezone(UTC).replace(microsecond=0)
    resource = Resource(
        digest=hashlib.sha256(document.body).hexdigest()[:_DIGEST_LENGTH],
        media_type=media_type,
        changed_at=changed_at,
        last_modified=format_datetime(changed_at, usegmt=True),
        policy=policy,
        head=(("Vary", "Accept-Encoding"), *((("Link", links),) if links else ()), *_EXPOSED),
        extra=(*_NOSNIFF, *extra),
    )
    resource.add(IDENTITY, document.body)
    return resource


def answer(
    resource: Resource,
    environ: Environ,
    start_response: StartResponse,
    now: datetime,
    fresh_until: datetime | None = None,
) -> Iterable[bytes]:
    """:func:`respond`, in the words of WSGI."""
    return respond(resource, environ, now, fresh_until).send(environ, start_response)


def respond(resource: Resource, environ: Environ, now: datetime, fresh_until: datetime | None = None) -> Reply:
    """The answer to a request for a resource (RFC 9110 §13.2.2 gives the order of its conditions).

    ``fresh_until`` is when the next scheduled change is due, now, whichever channel it will touch: it is not part of
    the resource, because a post may be scheduled after the resource was prepared.
    """
    method = environ["REQUEST_METHOD"]
    if method not in ("GET", "HEAD"):
        return other_method(method)
    coding = select(environ.get("HTTP_ACCEPT_ENCODING", ""))
    etag = resource.etag(coding)
    status = _judge(resource, environ, etag)
    if status == 412:
        return plain(412, "", (NO_STORE, *resource.head))
    headers = [
        ("ETag", etag),
        ("Cache-Control", lifetime(resource.policy, now, fresh_until)),
        *resource.head,
    ]
    if status == 304:
        return Reply(304, headers)
    prepared = resource.representation(coding)
    # Never later than Date (RFC 9110 §8.8.2.1): the worker's clock may be ahead of ours.
    modified = resource.last_modified if resource.changed_at <= now else format_datetime(now, usegmt=True)
    headers += (("Last-Modified", modified), *prepared.headers)
    return Reply(200, headers, prepared.body)


def other_method(method: str) -> Reply:
    """What every public path answers to a method that does not read: 204 to OPTIONS, 405 to the others."""
    if method == "OPTIONS":
        return Reply(204, list(_PREFLIGHT))
    return plain(405, "Method Not Allowed\n", (("Allow", ALLOW), NO_STORE))


def plain(status: int, text: str, headers: Iterable[Header] = ()) -> Reply:
    """A short fixed text. Never pass anything here that came with the request (faults.md §5: no reflection)."""
    body = text.encode()
    kind = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), *_NOSNIFF]
    return Reply(status, [*kind, *headers], body)


def redirect(status: int, location: str, headers: Iterable[Header] = ()) -> Reply:
    """A redirect to a path of our own. ``location`` is percent-encoded and starts with one slash (H-17)."""
    return plain(status, "", (("Location", location), *CROSS_ORIGIN, *headers))


def lifetime(policy: CacheSettings, now: datetime, fresh_until: datetime | None) -> str:
    """Cache-Control in the words of RFC 9111 and RFC 5861; unless we are down, nothing outlives the scheduled change.

    No s-maxage: it would forbid serving stale (RFC 9111 §5.2.2.10). No jitter: equal requests get equal headers.
    """
    max_age, stale = policy.max_age, policy.stale_while_revalidate
    if fresh_until is not None:
        left = max(0, int((fresh_until - now).total_seconds()))
        max_age, stale = min(max_age, left), min(stale, max(0, left - max_age))
    words = f"max-age={max_age}"
    if stale:
        words += f", stale-while-revalidate={stale}"
    if policy.stale_if_error:
        words += f", stale-if-error={policy.stale_if_error}"
    return words


def _judge(resource: Resource, environ: Environ, etag: str) -> int:
    """200, 304 or 412. A blank condition counts as absent; so does a date that is none (RFC 9110 §13.1.3)."""
    if_match = environ.get("HTTP_IF_MATCH", "").strip()
    if if_match:
        if not _names(if_match, resource.digest, weak=False):
            return 412
    elif (limit := _date(environ.get("HTTP_IF_UNMODIFIED_SINCE", ""))) and resource.changed_at > limit:
        return 412
    if_none_match = environ.get("HTTP_IF_NONE_MATCH", "").strip()
    if if_none_match:
        same = if_none_match == etag or _names(if_none_match, resource.digest, weak=True)
        return 304 if same else 200
    since = _date(environ.get("HTTP_IF_MODIFIED_SINCE", ""))
    return 304 if since and resource.changed_at <= since else 200


def _names(tags: str, digest: str, *, weak: bool) -> bool:
    """Whether a list of tags names the document in any coding.

    A tag of another coding than the answer's counts too: the client holds these very contents, and a cache that holds
    several codings finds the tag of the 304 among its own or asks again (RFC 9111 §4.3.4).
    """
    given = parse_etags(tags)
    if given.star_tag:
        return True
    return any(
        tag.startswith(digest) and _FOREIGN_SUFFIX.fullmatch(tag, len(digest))
        for tag in given.as_set(weak)
        if tag  # werkzeug makes None of ""
    )


def _date(text: str) -> datetime | None:
    if not text or len(text) > _LONGEST_DATE:
        return None
    try:
        return parse_date(text)
    except (ValueError, OverflowError):
        return None


def _link(link: Link) -> str:
    """A Link header's element (RFC 8288 §3): ASCII, without the characters that would end it early."""
    href = ascii_url(link.href)
    kind = f'; type="{link.media_type}"' if link.media_type else ""
    return f'<{href}>; rel="{link.rel}"{kind}' if href else ""
