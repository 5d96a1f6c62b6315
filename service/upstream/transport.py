"""One request on the wire: guarded, bounded in bytes and time, its body read to the end before anyone sees it.

An adapter for requests, so that requests-cache and whoever else stands above it meet finished answers only. What went
wrong becomes an :class:`UpstreamFailed` with a reason; which of them are worth another try is the client's business.
"""

from __future__ import annotations

import http.client
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import exceptions as failures
from urllib3.poolmanager import PoolManager

from feeds.text import single_line
from service.upstream.answer import UpstreamFailed
from service.upstream.credential import Credential
from service.upstream.guard import Blocked, Deadline, Guard, TooLate, pools

_OK: Final = 200
_CHUNK: Final = 64 * 1024
_ANYWHERE: Final = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_EXPIRED: Final = 10
_WRONG_HOST: Final = frozenset((62, 64))
"""OpenSSL's X509_V_ERR_* for a certificate past its time, and for one of another host or address."""
_ADDRESS = re.compile(r"<[^>]*> ?|(?:HTTPS?ConnectionPool|HTTPS?Connection|Tapped|Secure)\([^)]*\):? ?")


class Transport(HTTPAdapter):
    """GET through the guard; a decoded body has at most ``size`` bytes.

    Whatever stands above, requests-cache among it, sees neither the key nor an answer that ``accept`` refuses.
    """

    accept: Callable[[requests.Response], None] = staticmethod(lambda _: None)
    """Raises UpstreamFailed for a 200 that is not what was asked for."""

    def __init__(self, guard: Guard, deadline: Deadline, size: int, credential: Credential) -> None:
        self._guard = guard
        self._deadline = deadline
        self._size = size
        self._credential = credential
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = pools(self._guard, self._deadline)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The operator's proxy may be anywhere; its connections end at the deadline, too."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = pools(Guard(_ANYWHERE), self._deadline)
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer with its whole body. Raises UpstreamFailed."""
        del stream
        where = request.url or ""
        timer = threading.Timer(0, self._deadline.strike)
        try:
            timer = threading.Timer(self._deadline.left, self._deadline.strike)
            timer.daemon = True
            timer.start()
            if select_proxy(where, proxies):  # it resolves anew; a name of a private address ends here all the same
                parts = urlsplit(where)
                port = parts.port or (443 if parts.scheme == "https" else 80)
                self._guard.addresses(parts.hostname or "", port, self._deadline.left)
            response = super().send(self._credential.onto(request), True, timeout, verify, cert, proxies)
            self._deadline.left  # noqa: B018 - raises: a head that was cut off looks like a short one
            self._read(response)
            response.request, response.url = request, where
            self._credential.off(response)
            if response.status_code == _OK:
                self.accept(response)
            return response
        except UpstreamFailed:
            raise
        except Exception as error:
            raise _failure(error, late=self._deadline.passed) from None
        finally:
            timer.cancel()

    def _read(self, response: requests.Response) -> None:
        raw: urllib3.response.BaseHTTPResponse = response.raw
        announced = raw.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > self._size:
            raw.close()
            raise _too_large(self._size)
        said = map(str.strip, raw.headers.get("content-encoding", "").lower().split(","))
        codings = [coding for coding in said if coding not in ("", "identity")]
        unknown = next((coding for coding in codings if coding not in raw.CONTENT_DECODERS), None)
        if unknown is not None:
            raw.close()
            raise UpstreamFailed(f"answers in a coding that was not asked for: {unknown[:40]!r}", "protocol")
        if len(codings) > 1:  # nobody does, and each further one multiplies what a bomb costs before it says anything
            raw.close()
            raise UpstreamFailed("the answer is packed more than once", "protocol")
        parts, size = list[bytes](), 0
        for chunk in raw.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > self._size:
                raw.close()
                raise _too_large(self._size)
            parts.append(chunk)
            self._deadline.left  # noqa: B018 - raises where it is over
        response._content = b"".join(parts)
        response._content_consumed = True  # type: ignore[attr-defined]  # requests' own flag


def _too_large(size: int) -> UpstreamFailed:
    return UpstreamFailed(f"the answer has more than {size} bytes (limits.response_bytes)", "too-large")


def _failure(error: BaseException, *, late: bool) -> UpstreamFailed:
    """What an exception of requests, urllib3, http.client or ssl means, in our words."""
    chain = [*_chain(error)]
    blocked = next((one for one in chain if isinstance(one, Blocked)), None)
    if blocked is not None:
        return UpstreamFailed(str(blocked), "egress-blocked")
    if late or any(isinstance(one, TooLate) for one in chain):
        return UpstreamFailed("no complete answer in time (limits.request_seconds)", "timeout")
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return _untrusted(one)
    if any(isinstance(one, ssl.SSLError | failures.SSLError) for one in chain):
        return UpstreamFailed(f"no secure connection: {_words(chain[-1])}", "tls-handshake")
    for kinds, reason, words in _KINDS:
        if any(isinstance(one, kinds) for one in chain):
            return UpstreamFailed(words.format(_words(chain[-1])), reason)
    return UpstreamFailed(f"cannot be asked: {_words(error)}", "connection")


_KINDS: Final[tuple[tuple[tuple[type[BaseException], ...], str, str], ...]] = (
    ((failures.NameResolutionError,), "dns", "its host is not known: {}"),
    ((failures.NewConnectionError,), "connection", "cannot be reached: {}"),  # a kind of ConnectTimeoutError
    ((failures.ConnectTimeoutError,), "connect-timeout", "cannot be reached in time (limits.connect_seconds)"),
    ((failures.ReadTimeoutError, TimeoutError), "timeout", "says nothing (limits.read_seconds)"),
    ((failures.IncompleteRead, http.client.IncompleteRead), "truncated", "breaks off before its end: {}"),
    ((failures.InvalidChunkLength,), "truncated", "breaks off within a chunk: {}"),
    ((failures.DecodeError,), "protocol", "its coding is broken: {}"),
    (
        (http.client.BadStatusLine, http.client.LineTooLong, http.client.HTTPException),
        "protocol",
        "does not speak HTTP: {}",
    ),
    ((ConnectionResetError, BrokenPipeError), "connection", "the connection was reset"),
    ((failures.ProtocolError,), "truncated", "breaks off: {}"),
    ((OSError,), "connection", "cannot be reached: {}"),
)
"""Most telling first: an exception carries those that caused it."""


def _untrusted(error: ssl.SSLCertVerificationError) -> UpstreamFailed:
    if error.verify_code == _EXPIRED:
        return UpstreamFailed("its certificate has expired", "tls-expired")
    if error.verify_code in _WRONG_HOST:
        return UpstreamFailed("its certificate is another host's", "tls-wrong-host")
    why = single_line(error.verify_message or "")
    return UpstreamFailed(f"its certificate is not trusted: {why} (source.ca_bundle)", "tls-untrusted")


def _chain(error: BaseException) -> Iterable[BaseException]:
    """An exception and all that caused it, however the libraries packed them; bounded."""
    queue, seen = [error], list[BaseException]()
    while queue and len(seen) < 20:
        one = queue.pop(0)
        if any(one is other for other in seen):
            continue
        seen.append(one)
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        queue += [other for other in inner if isinstance(other, BaseException)]
    return seen


def _words(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return single_line(_ADDRESS.sub("", str(text)))[:200].strip(" :")
