"""Asking one upstream: conditionally, within limits, with its key; few redirects, another try where it helps.

requests-cache keeps the last good answers so that an unchanged upstream costs a 304; nothing is served from it without
asking. Of its defaults several would hurt (standards.md §13) and are set here: it keeps JSON, never pickles, leaves out
keys, and takes in only what the caller's check lets through, so that a maintenance page never replaces good data.
"""

from __future__ import annotations

import logging
import random
import sqlite3
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests
from requests_cache import CachedSession
from requests_cache.backends.sqlite import SQLiteCache
from requests_cache.session import CacheMixin

from feeds.uri import is_web_url
from service.errors import SettingsError
from service.settings import LimitSettings, SourceSettings
from service.upstream.answer import OUT_OF_TIME, Answer, Check, UpstreamFailed
from service.upstream.guard import Deadline, Guard, Resolver
from service.upstream.secrets import Mask, secret
from service.upstream.transport import Transport

AGENT: Final = "feedmill"
TRIES: Final = 3
LONGEST_WAIT: Final = 6 * 3600.0
"""Seconds: whoever asks to be left alone for longer is asked again then (U-09)."""

_RETRIED: Final = frozenset(("connection", "connect-timeout", "dns", "truncated", "status-5xx"))
_FIRST_PAUSE: Final = 0.5
_BODY_SHOWN: Final = 4096
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_KEPT_DAYS: Final = 7
_LARGEST_CACHE: Final = 256 * 1024 * 1024
_KEYS: Final = ("key", "api_key", "apikey", "access_token", "consumer_key", "consumer_secret", "token", "Authorization")

for _name in ("urllib3", "requests_cache"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # they log whole URLs, and keys are in some

log = logging.getLogger(__name__)


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
        self._key = key
        self._sleep, self._clock, self._now, self._chance = sleep, clock, now, chance
        self._home = _host(settings.url or "")
        self.mask = Mask([key])
        self._deadline = Deadline(clock)
        self._over = clock() + limits.pull_seconds
        self._check: Check | None = None
        self._refused: UpstreamFailed | None = None
        header = self._header()
        self._session = self._opened(cache, [*_KEYS, header] if header else [*_KEYS])
        self._session.trust_env = settings.proxy
        self._session.headers["User-Agent"] = f"{AGENT} ({name})" if name.isascii() and name.isprintable() else AGENT
        context = _context(settings)
        transport = Transport(
            Guard(settings.networks, resolver=resolver), self._deadline, limits.response_bytes, context=context
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, transport)

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
        for _ in range(self._limits.redirects + 1):
            self._allowed(url, seen)
            seen.add(url)
            response = self._asked(url, params, check)
            if response.status_code not in _REDIRECTS:
                return self._answer(response)
            url, params = self._led(url, response), {}
        raise UpstreamFailed(f"more than {self._limits.redirects} redirects (limits.redirects)", "redirect")

    def _allowed(self, url: str, seen: set[str]) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not is_web_url(url):
            raise UpstreamFailed(f"leads to {self.mask(url)[:200]}, which is no web address", "egress-blocked")
        if parts.scheme == "http" and not self._settings.allow_http:
            raise UpstreamFailed("is not encrypted; set source.allow_http to ask all the same", "egress-blocked")
        if url in seen:
            raise UpstreamFailed("its redirects lead in a circle", "redirect")

    def _led(self, url: str, response: requests.Response) -> str:
        """Where a redirect leads. Raises UpstreamFailed where we do not follow."""
        target = urljoin(url, response.headers.get("location", ""))
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http":
            raise UpstreamFailed("redirects to an unencrypted address", "redirect")
        host = _host(target)
        hosts = {self._home, _host(url), *(one.lower() for one in self._settings.redirect_hosts)}
        if is_web_url(target) and host not in hosts:
            raise UpstreamFailed(f"redirects to another host, {host}; list it in source.redirect_hosts", "redirect")
        return target

    def _asked(self, url: str, params: Mapping[str, str], check: Check | None) -> requests.Response:
        """One request. The key goes to the source's own host alone."""
        headers, query = {"Accept": "*/*"}, dict(params)
        if self._key and _host(url) == self._home:
            header = self._header()
            if header:
                headers[header] = f"{self._settings.key_scheme} {self._key}".strip()
            else:
                query["key"] = self._key
        self._check, self._refused = check, None
        timeout = (self._limits.connect_seconds, self._limits.read_seconds)
        options: dict[str, Any] = {"headers": headers, "timeout": timeout, "allow_redirects": False}
        if not isinstance(self._session, CacheMixin):
            response = self._session.get(_with(url, query), **options)
            self._checked(response)
        else:
            try:
                response = self._session.get(_with(url, query), refresh=True, **options)
                if response.status_code == _NOT_MODIFIED or _was_not_asked(response):
                    # 304 to a question that had no condition (U-12), or no validator to put into one
                    response = self._session.get(_with(url, query), force_refresh=True, **options)
            except sqlite3.Error as error:
                raise UpstreamFailed(f"its cache cannot be used: {error}", "cache") from None
        if self._refused is not None:
            raise self._refused
        return response

    def _checked(self, response: requests.Response) -> bool:
        """requests-cache's ``filter_fn``: whether an answer may be kept."""
        if response.status_code != _OK:
            return False
        if self._check is not None:
            try:
                self._check(self._as_answer(response))
            except UpstreamFailed as error:
                self._refused = error
                return False
        return True

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
        return Answer(self.mask(_without_key(response.url)), response.content or b"", headers, unchanged=unchanged)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _left(self, url: str) -> float:
        left = self._over - self._clock()
        if left <= 0:
            raise UpstreamFailed(
                f"{self.mask(_without_key(url))}: the time for the whole listing is over (limits.pull_seconds)",
                OUT_OF_TIME,
            )
        return left

    def _told(self, url: str, error: UpstreamFailed) -> UpstreamFailed:
        """A failure that names its address and no secret."""
        shown, text = self.mask(_without_key(url)), self.mask(str(error))
        message = text if text.startswith(shown) else f"{shown}: {text}"
        body = self.mask(error.body.decode("utf-8", "replace")).encode() if error.body else b""
        return UpstreamFailed(message, error.reason, status=error.status, body=body, retry_after=error.retry_after)

    def _header(self) -> str:
        if self._settings.key_header or self._settings.kind == "ghost":
            return self._settings.key_header
        return "Authorization"

    def _opened(self, cache: Path | None, ignored: list[str]) -> requests.Session:
        """A session over the cache file; a damaged one is put aside, an unusable one left out."""
        if cache is None:
            return requests.Session()
        for _ in range(2):
            try:
                if cache.exists() and cache.stat().st_size > _LARGEST_CACHE:
                    cache.unlink()
                cache.parent.mkdir(parents=True, exist_ok=True)
                session = CachedSession(
                    backend=SQLiteCache(cache, serializer="json", wal=True, busy_timeout=5000),
                    expire_after=-1,
                    ignored_parameters=ignored,
                    allowable_codes=(_OK,),
                    stale_if_error=False,
                    filter_fn=self._checked,
                )
                session.cache.delete(older_than=timedelta(days=_KEPT_DAYS))
                return session
            except sqlite3.DatabaseError as error:
                log.warning("cache put aside file=%s: %s", cache, error)
                _put_aside(cache)
            except OSError as error:
                log.warning("asking without a cache file=%s: %s", cache, error.strerror or error)
                return requests.Session()
        return requests.Session()


_OK: Final = 200
_NOT_MODIFIED: Final = 304
_WAITS: Final = (429, 503)


def open_client(
    settings: SourceSettings, limits: LimitSettings, *, name: str, cache_directory: Path | None
) -> Callable[[], HttpClient]:
    """What makes the client of each pull. The key is read now: raises SettingsError where it is not there."""
    key = secret("source.key", settings.key_env, settings.key_file)
    if settings.ca_bundle is not None:
        _context(settings)
    file = cache_directory / f"{_file_name(name)}.sqlite" if cache_directory is not None else None
    return lambda: HttpClient(settings, limits, name=name, cache=file, key=key)


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds to wait (RFC 9110 §10.2.3: a number or a date), at most six hours; None where it says nothing."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)


def _was_not_asked(response: requests.Response) -> bool:
    """Whether requests-cache answered from its file alone, as it does for an answer without validators."""
    return bool(getattr(response, "from_cache", False)) and not getattr(response, "revalidated", False)


def _said(status: int) -> tuple[str, str]:
    """What a status means to whoever runs this, and its reason."""
    if status in (401, 403):
        return f"answers {status}: the key is missing, wrong or without the right", "auth_failed"
    if status in (404, 410):
        return f"answers {status}: there is nothing there; is source.url right?", "not-found"
    if status == 429:
        return "answers 429: it was asked too often", "rate-limited"
    return f"answers {status}", "status-5xx" if 500 <= status < 600 else "status"


def _context(settings: SourceSettings) -> ssl.SSLContext | None:
    """What certificates are trusted; None: requests' own."""
    if settings.ca_bundle is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(settings.ca_bundle))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"source.ca_bundle: {settings.ca_bundle}: cannot be used: {error}") from None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _with(url: str, query: Mapping[str, str]) -> str:
    """A URL with more parameters; what it has stays as it is."""
    if not query:
        return url
    parts = urlsplit(url)
    said = "&".join(filter(None, (parts.query, urlencode(query))))
    return urlunsplit(parts._replace(query=said))


def _without_key(url: str) -> str:
    """A URL as it may be shown: without what its query says under the name of a key, and without a password."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in _KEYS]
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(kept, safe="/:,")))


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".") or "source"


def _put_aside(cache: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file = cache.with_name(cache.name + suffix)
        if file.exists():
            file.replace(file.with_name(f"{file.name}.damaged"))
