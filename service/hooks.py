"""``POST /hooks/<source>``: whoever holds a source's secret may ask for it to be looked at now.

A hook carries no content: its body is weighed for the signature and dropped, so that nothing in it is ever parsed,
believed or fetched (W-05, W-07). It only asks for a refresh, and many that ask at once are one (W-06). Refuses to open
without a secret (W-01).
"""

from __future__ import annotations

import hashlib
import logging
import time
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import Any, Final

from feeds.frozen import frozen
from service.errors import StorageUnavailable
from service.replays import Replays
from service.response import LATER, NO_STORE, Environ, Reply, plain
from service.signatures import Scheme, Unsigned, verify

PATH: Final = "/hooks/"

AT_ONCE: Final = 2
"""Bodies that are read at once, in one process: under a server that lets us read them in its threads, such as gunicorn,
slow ones must not take all threads (W-04). Our own reads them in the event loop, before a thread is taken."""

PATIENCE: Final = 0.25
"""Seconds to wait for one of the two to be done."""

TELL_SECONDS: Final = 60.0
"""Seconds between two lines of the log on refusals of one source."""

NOT_FOUND: Final = plain(404, "Not Found\n", (NO_STORE,))
OTHER_METHOD: Final = plain(405, "Method Not Allowed\n", (("Allow", "POST"), NO_STORE))
CUT: Final = plain(400, "Bad Request\n", (NO_STORE,))
UNSIGNED: Final = plain(401, "Unauthorized\n", (("WWW-Authenticate", "Webhook-Signature"), NO_STORE))
NO_LENGTH: Final = plain(411, "Length Required\n", (NO_STORE,))
TOO_LARGE: Final = plain(413, "Content Too Large\n", (NO_STORE,))
BUSY: Final = plain(503, "Busy\n", (LATER, NO_STORE))
ACCEPTED: Final = plain(202, "accepted\n", (NO_STORE,))
DUPLICATE: Final = plain(202, "duplicate\n", (NO_STORE,))

log = logging.getLogger("feedmill.hooks")


@frozen(frozen=True, slots=True)
class Hook:
    """How the hook of one source is signed. ``refresh`` asks for the source to be looked at; StorageUnavailable."""

    scheme: Scheme
    key: bytes
    refresh: Callable[[], None]


class Hooks:
    """The hooks of a site, by the names of their sources. ``most`` bounds a body, in bytes; safe for threads."""

    def __init__(
        self,
        hooks: Mapping[str, Hook],
        replays: Replays | None,
        most: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hooks = {_folded(name): hook for name, hook in hooks.items() if hook.key}
        self._replays = replays
        self._most = most
        self._clock = clock
        self._monotonic = monotonic
        self._slots = BoundedSemaphore(AT_ONCE)
        self._told: dict[str, float] = {}

    def answer(self, environ: dict[str, Any]) -> Reply | None:
        """The answer to a request for a hook; None where it is for something else."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PATH):
            return None
        method = environ["REQUEST_METHOD"]
        name = _folded(path[len(PATH) :].encode("latin-1", "replace").decode("utf-8", "replace"))
        hook = self._hooks.get(name)
        if hook is None:
            return NOT_FOUND if method == "POST" else None
        if method != "POST":
            return OTHER_METHOD
        length = environ.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdecimal()):
            return NO_LENGTH
        if len(length) > 18 or int(length) > self._most:
            self._tell(name, f"its body is larger than service.body_bytes, {self._most}")
            return TOO_LARGE
        if not self._slots.acquire(timeout=PATIENCE):
            return BUSY
        try:
            body = _read(environ, int(length))
        finally:
            self._slots.release()
        return CUT if body is None else self._weigh(name, hook, environ, body)

    def _weigh(self, name: str, hook: Hook, environ: Environ, body: bytes) -> Reply:
        now = self._clock()

        def header(field: str) -> str:
            return str(environ.get(f"HTTP_{field.upper().replace('-', '_')}", "")).strip()

        try:
            delivery = verify(hook.scheme, hook.key, header, body, now)
        except Unsigned as why:
            self._tell(name, str(why))
            return UNSIGNED
        digest = hashlib.sha256(name.encode() + b"\0" + delivery).digest() if delivery else b""
        try:
            if digest and self._replays is not None and self._replays.seen(digest, now.timestamp()):
                return DUPLICATE
            hook.refresh()
            if digest and self._replays is not None:  # only now: what could not be asked for may be asked for again
                self._replays.add(digest, now.timestamp())
        except StorageUnavailable as error:
            log.error("hook not heard source=%s: %s", name, error)
            return BUSY
        return ACCEPTED

    def _tell(self, name: str, why: str) -> None:
        """A line for the operator, at most one a minute for each source: anybody may knock."""
        now = self._monotonic()
        if now - self._told.get(name, float("-inf")) >= TELL_SECONDS:
            self._told[name] = now
            log.warning("hook refused source=%s: %s", name, why)


NONE: Final = Hooks({}, None, 0)


def _folded(name: str) -> str:
    """Names from file systems come decomposed, from settings composed."""
    return unicodedata.normalize("NFC", name)


def _read(environ: Mapping[str, Any], length: int) -> bytes | None:
    """The body; None where the client sent less than it announced."""
    body = bytearray()
    while len(body) < length:
        part = environ["wsgi.input"].read(length - len(body))
        if not part:
            return None
        body += part
    return bytes(body)
