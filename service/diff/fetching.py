"""GET over http and https, for a command line: one request after another, bounded in number, bytes and time.

It follows a few redirects and knows no cookies, passwords or other schemes. Nothing that the service does for readers
fetches through it (DESIGN.md rule 3).
"""

from __future__ import annotations

import http.client
import time
import urllib.request
from collections.abc import Callable
from typing import IO, Final, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from feeds.frozen import frozen
from feeds.text import single_line
from feeds.uri import ascii_url, is_web_url
from service.diff.entries import MOST_BYTES, unpacked
from service.errors import SourceUnavailable, UsageError
from service.sources.feed_document import NotAFeed

MOST_DOCUMENTS: Final = 1000
MOST_SECONDS: Final = 300.0
MOST_REDIRECTS: Final = 5
PATIENCE: Final = 20.0
"""Seconds for which a server may say nothing."""

_CHUNK: Final = 64 * 1024
_GONE: Final = (404, 410)
_AGENT: Final = "feedmill-diff"


@frozen(frozen=True, slots=True)
class Answer:
    """A body, unpacked, and the URL it came from after redirects; ``body`` is None where there is nothing there."""

    url: str
    body: bytes | None


class Fetcher:
    """The requests of one command. ``clock`` counts seconds; ``documents`` and ``seconds`` are what may be spent."""

    def __init__(
        self,
        documents: int = MOST_DOCUMENTS,
        seconds: float = MOST_SECONDS,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.left = documents
        self._clock = clock
        self._deadline = clock() + seconds
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(),
        ):
            self._opener.add_handler(handler)

    def get(self, url: str) -> Answer:
        """What is at a URL; 404 and 410 are an answer without a body.

        Raises SourceUnavailable for any other failure, with one line: refused, timed out, an error of the server, too
        many redirects or too large.
        """
        if self.left <= 0:
            raise SourceUnavailable(f"{url}: not fetched: the limit on documents is reached")
        self.left -= 1
        request = urllib.request.Request(  # noqa: S310 - web_address lets only http and https through
            ascii_url(url), headers={"Accept-Encoding": "gzip", "User-Agent": _AGENT, "Accept": "*/*"}
        )
        try:
            with cast("http.client.HTTPResponse", self._opener.open(request, timeout=self._patience(url))) as response:
                return Answer(response.geturl(), unpacked(self._body(response, url)))
        except HTTPError as error:
            error.close()
            if error.code in _GONE:
                return Answer(error.geturl() or url, None)
            raise SourceUnavailable(f"{url}: answers {error.code} {single_line(str(error.reason))}".rstrip()) from None
        except NotAFeed as error:
            raise SourceUnavailable(f"{url}: {error}") from None
        except URLError as error:
            reason = error.reason
            raise SourceUnavailable(f"{url}: cannot be fetched: {_why(reason)}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceUnavailable(f"{url}: cannot be fetched: {_why(error)}") from None

    def _body(self, response: http.client.HTTPResponse, url: str) -> bytes:
        parts, size = list[bytes](), 0
        while part := response.read1(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise SourceUnavailable(f"{url}: has more than {MOST_BYTES} bytes")
            self._patience(url)
        if response.length:  # read1 does not say that the connection broke off
            raise SourceUnavailable(f"{url}: breaks off {response.length} bytes before its end")
        return b"".join(parts)

    def _patience(self, url: str) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise SourceUnavailable(f"{url}: not fetched: the time limit is reached")
        return min(PATIENCE, left)


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MOST_REDIRECTS
    max_repeats = 2

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Only to where we would have gone ourselves."""
        if not is_web_url(newurl):
            raise HTTPError(req.full_url, code, f"leads to {newurl}, which is no web address", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def web_address(text: str) -> str:
    """The URL of a place on the web, "" where the text names none. Raises UsageError for what we will not fetch."""
    if "://" not in text:
        return ""
    url = ascii_url(text)
    if not is_web_url(text) or urlsplit(url).hostname is None:
        raise UsageError(f"{text}: only http and https addresses can be fetched")
    if "@" in urlsplit(url).netloc:
        raise UsageError("an address with a password in it is not fetched; download the document and name the file")
    return url


def _why(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return single_line(getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
