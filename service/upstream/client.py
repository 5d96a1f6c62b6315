"""Asking one upstream: conditionally, within limits, with its key; few redirects, another try where it helps.

The transport below refuses what the caller's check refuses before the cache sees it, so that a maintenance page never
replaces good data. Refuses to serve anything without asking.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import requests
from requests.utils import get_environ_proxies
from requests_cache.session import CacheMixin

from feeds.text import single_line
from feeds.uri import is_web_url
from service.settings import LimitSettings, SourceSettings
from service.upstream.answer import AUTH_FAILED, LONGEST_RETRY_AFTER, OUT_OF_TIME, Answer, Check, UpstreamFailed
from service.upstream.credential import Credential, with_query
from service.upstream.faults import faults, trusted
from service.upstream.faults import key as key_of
from service.upstream.guard import Deadline, Guard
from service.upstream.kept import opened
from service.upstream.leading import elsewhere, origin
from service.upstream.lookups import Resolver
from service.upstream.transport import Transport
from service.url_keys import NAMES

AGENT: Final = "feedmill"
TRIES: Final = 3

_SHOWN: Final = 300
_RETRIED: Final = frozenset(("connection", "connect-timeout", "dns", "truncated", "status-5xx"))
_FIRST_PAUSE: Final = 0.5
_BODY_SHOWN: Final = 4096
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))


class HttpClient:
    """The client of one pull; make it in the thread that uses it. ``cache`` is a file, None for none."""

    def __init__(
        self,
        settings: SourceSettings,
        limits: LimitSettings,
        *,
        name: str,
        cache: Path | None = None,
        key: str = "",
        resolver: Resolver | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._sleep, self._clock, self._now, self._chance = sleep, clock, now, chance
        self._trusted = trusted(settings)
        written = _written_secrets(settings, _proxies(settings, settings.url or ""))
        self._credential = Credential(settings, key, tuple(written))
        self.mask = self._credential.mask
        self._deadline = Deadline(clock)
        self._over = clock() + limits.pull_seconds
        self._session = opened(cache)
        self._session.headers["User-Agent"] = f"{AGENT} ({name})" if name.isascii() and name.isprintable() else AGENT
        guard = Guard(settings.networks, resolver=resolver)
        self._transport = Transport(guard, self._deadline, limits.response_bytes, self._credential)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._transport)

    def get(self, url: str, params: Mapping[str, str] | None = None, *, check: Check | None = None) -> Answer:
        """As :meth:`service.upstream.answer.Client.get`."""
        self._deadline.start(min(self._limits.request_seconds, self._left(url)))
        began = self._clock()
        for attempt in range(1, TRIES + 1):
            try:
                return self._followed(url, dict(params or {}), check)
            except UpstreamFailed as error:
                pause = _FIRST_PAUSE * 2**attempt * self._chance()
                spent = self._clock() - began + pause
                final = attempt == TRIES or error.reason not in _RETRIED or error.retry_after is not None
                if error.reason == "timeout" and self._clock() >= self._over:
                    error.reason = OUT_OF_TIME
                if final or spent >= self._limits.request_seconds:
                    raise self._told(url, error) from None
                self._sleep(pause)
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._session.close()

    # -- one try -----------------------------------------------------------------------------------------------------

    def _followed(self, url: str, params: dict[str, str], check: Check | None) -> Answer:
        """The answer at the end of the redirects, which are few and stay where the operator allows."""
        seen = set[str]()
        url = with_query(url, params) if is_web_url(url) else url
        for _ in range(self._limits.redirects + 1):
            self._allowed(url, seen)
            seen.add(url)
            response = self._asked(url, check)
            if response.status_code not in _REDIRECTS:
                return self._answer(response)
            url = self._led(url, response)
        raise UpstreamFailed(f"more than {self._limits.redirects} redirects (limits.redirects)", "redirect")

    def _allowed(self, url: str, seen: set[str]) -> None:
        if not is_web_url(url):
            raise UpstreamFailed(f"leads to {self._shown(url)}, which is no web address", "egress-blocked")
        if "@" in urlsplit(url).netloc:
            raise UpstreamFailed("has a user or a password in its address", "egress-blocked")
        if urlsplit(url).scheme == "http" and not self._settings.allow_http:
            raise UpstreamFailed("is not encrypted; set source.allow_http to ask all the same", "egress-blocked")
        if url in seen:
            raise UpstreamFailed("its redirects lead in a circle", "redirect")

    def _led(self, url: str, response: requests.Response) -> str:
        """Where a redirect leads. Raises UpstreamFailed where we do not follow."""
        try:
            target = urljoin(url, response.headers.get("location", ""))
            asked, led = origin(url), origin(target)
        except ValueError:
            raise UpstreamFailed("redirects to what is no address", "redirect") from None
        if not is_web_url(target):
            raise UpstreamFailed(f"redirects to {self._shown(target)}, which is no web address", "egress-blocked")
        if asked[0] == "https" and led[0] == "http":
            raise UpstreamFailed("redirects to an unencrypted address", "redirect")
        if why := elsewhere(led, asked, self._settings):
            raise UpstreamFailed(f"redirects to {why}", "redirect")
        return target

    def _asked(self, url: str, check: Check | None) -> requests.Response:
        """One request; conditional where the last good answer is there."""

        def accept(response: requests.Response) -> None:
            if check is not None:
                check(self._as_answer(response))

        self._transport.accept = accept
        options: dict[str, Any] = {
            "headers": {"Accept": "*/*"},
            "timeout": (self._limits.connect_seconds, self._limits.read_seconds),
            "allow_redirects": False,
            "verify": self._trusted,
            "proxies": _proxies(self._settings, url),
        }
        try:
            response = self._session.get(url, **options)
            if isinstance(self._session, CacheMixin) and not self._stands(response, accept):
                response = self._session.get(url, force_refresh=True, **options)
        except (requests.RequestException, ValueError) as error:  # what it was asked for is no address to requests
            raise UpstreamFailed(f"cannot be asked: {single_line(str(error))[:200]}", "address") from None
        return response

    def _stands(self, response: requests.Response, accept: Callable[[requests.Response], None]) -> bool:
        """Whether a 304 answers a condition of ours, and stands for what was asked for (U-12)."""
        if getattr(response, "revalidated", False):
            try:
                accept(response)
            except UpstreamFailed:  # kept by an earlier version, or for another reader
                return False
        return response.status_code != _NOT_MODIFIED

    def _answer(self, response: requests.Response) -> Answer:
        """What to make of a status. Raises UpstreamFailed for all but 200."""
        status, body = response.status_code, (response.content or b"")[:_BODY_SHOWN]
        if status == _OK:
            return self._as_answer(response)
        wait = retry_after(response.headers.get("retry-after", ""), self._now()) if status in _WAITS else None
        words, reason = _said(status)
        raise UpstreamFailed(words, reason, status=status, body=body, retry_after=wait)

    def _as_answer(self, response: requests.Response) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        unchanged = bool(getattr(response, "revalidated", False))
        return Answer(self._credential.shown(response.url), response.content or b"", headers, unchanged=unchanged)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _left(self, url: str) -> float:
        left = self._over - self._clock()
        if left <= 0:
            raise UpstreamFailed(
                f"{self._shown(url)}: the time for the whole listing is over (limits.pull_seconds)",
                OUT_OF_TIME,
            )
        return left

    def _told(self, url: str, error: UpstreamFailed) -> UpstreamFailed:
        """A failure that names its address and no secret."""
        shown, text = self._shown(url), self.mask(str(error))
        message = text if text.startswith(shown) else f"{shown}: {text}"
        body = self.mask(error.body.decode("utf-8", "replace")).encode() if error.body else b""
        return UpstreamFailed(message, error.reason, status=error.status, body=body, retry_after=error.retry_after)

    def _shown(self, url: str) -> str:
        return single_line(self._credential.shown(url))[:_SHOWN]


_OK: Final = 200
_NOT_MODIFIED: Final = 304
_WAITS: Final = (429, 503)


def open_client(
    settings: SourceSettings, limits: LimitSettings, *, name: str, cache_directory: Path | None
) -> Callable[[], HttpClient]:
    """What makes the client of each pull. Its key is read now. Raises Fault where it could never ask."""
    for fault in faults(settings):
        if fault.level == "error":
            raise fault
    key = key_of(settings)
    file = cache_directory / f"{_file_name(name)}.sqlite" if cache_directory is not None else None
    return lambda: HttpClient(settings, limits, name=name, cache=file, key=key)


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds to wait (RFC 9110 §10.2.3: a number or a date), at most six hours; None where it says nothing."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def _said(status: int) -> tuple[str, str]:
    """What a status means to whoever runs this, and its reason."""
    if status in (401, 403):
        return f"answers {status}: the key is missing, wrong or without the right", AUTH_FAILED
    if status in (404, 410):
        return f"answers {status}: there is nothing there; is source.url right?", "not-found"
    if status == 429:
        return "answers 429: it was asked too often", "rate-limited"
    return f"answers {status}", "status-5xx" if 500 <= status < 600 else "status"


def _proxies(settings: SourceSettings, url: str) -> dict[str, str]:
    """The environment's proxies for a URL, NO_PROXY minded; none unless the operator wants them (U-24)."""
    return dict(get_environ_proxies(url)) if settings.proxy else {}


def _written_secrets(settings: SourceSettings, proxies: Mapping[str, str]) -> Iterator[str]:
    """What nobody asked for is said in an address: the key of an API in its URL, the password of a proxy in its own."""
    for name, value in parse_qsl(urlsplit(settings.url or "").query):
        if name.lower() in NAMES:
            yield value
    for proxy in proxies.values():
        try:
            yield unquote(urlsplit(proxy if "//" in proxy else f"//{proxy}").password or "")
        except ValueError:  # no address at all: whoever says so may repeat it
            yield proxy


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".") or "source"
