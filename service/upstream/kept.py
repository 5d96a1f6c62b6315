"""The last good answers of a source, for conditional requests: requests-cache over an SQLite file of its own.

Of its defaults several would hurt (standards.md §13). Here nothing is answered from the file without asking; answers
without a validator are not kept, nor are those whose upstream says ``no-store``; what is kept is JSON, never a pickle;
the file is bounded. It is a convenience: whatever is wrong with it, the upstream is asked without it.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final

import requests
from requests_cache.backends.base import BaseCache
from requests_cache.backends.sqlite import SQLiteCache, SQLiteDict
from requests_cache.models.response import CachedResponse
from requests_cache.session import CacheMixin

from service.url_keys import NAMES

MOST_BYTES: Final = 256 * 1024 * 1024
"""Of the answers in one file. The newest stay."""
MOST_DAYS: Final = 30
"""Since an answer was last given or confirmed."""
PATIENCE: Final = 5.0
"""Seconds for which another process may hold the file."""

_DAY: Final = 86_400
_OK: Final = 200
_PRIMARY: Final = 0xFF
"""The bits of an error's code that are not its detail."""
_WITHIN: Final = frozenset(
    (
        sqlite3.SQLITE_ERROR,  # no such table or column
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )
)
"""Errors of what is in a file: another version of the library wrote it, or a disk damaged it."""

for _name in ("urllib3", "requests_cache"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # they log whole URLs, and keys are in some

log = logging.getLogger(__name__)


class Plain(requests.Session):
    """A session without cookies, without the environment, and without redirects: those are followed by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: requests parses what a redirect says even where it is told not to follow."""
        del resp


class Keeping(CacheMixin, Plain):
    """The same, asking conditionally where the last good answer is there."""


def opened(file: Path | None) -> requests.Session:
    """A session over a cache file. One that is damaged, or another version's, is put aside; where there can be none, so
    it is said and done."""
    for _ in range(2 if file is not None else 0):
        try:
            return _keeping(file)  # type: ignore[arg-type]  # the range is empty for None
        except (sqlite3.Error, OSError) as error:
            if not _given_up(file, error):  # type: ignore[arg-type]
                break
    return Plain()


def _keeping(file: Path) -> Keeping:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    backend = _Answers(file)
    try:
        backend.bounded()
        return Keeping(
            backend=backend,
            expire_after=0,  # kept where it has a validator, and asked about each time
            always_revalidate=True,  # also where the clock was set back since
            allowable_codes=(200,),
            stale_if_error=False,
            key_fn=lambda request, **_: sha256(str(request.url).encode()).hexdigest(),
            ignored_parameters=[*NAMES],  # of what is written; two cursors called token are two requests all the same
            filter_fn=lambda response: "no-store" not in response.headers.get("Cache-Control", "").lower(),
        )
    except BaseException:
        backend.close()  # type: ignore[no-untyped-call]
        raise


class _Table(SQLiteDict):
    """As the library's, which tries for ever where it cannot write (a read-only or full disk, a lock that stays)."""

    @contextlib.contextmanager
    def _acquire_sqlite_lock(self) -> Iterator[None]:
        with self._lock:
            connection = self._connection
            assert connection is not None  # noqa: S101 - whoever locks has opened it
            connection.execute("BEGIN IMMEDIATE")
            self._active_transaction = True
            try:
                yield
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._active_transaction = False


class _Answers(SQLiteCache):
    """The backend: once it fails at run time it stands aside, and the pull goes on without it. Whatever else its file
    lacks than the library writes shows only then."""

    responses: _Table
    redirects: _Table

    def __init__(self, file: Path) -> None:
        BaseCache.__init__(self, cache_name=str(file))
        self._lost = False
        self._written = 0
        lock = threading.RLock()
        options: dict[str, Any] = {"wal": True, "timeout": PATIENCE, "lock": lock}
        self.responses = _Table(file, table_name="responses", serializer="json", **options)
        self.redirects = _Table(file, table_name="redirects", serializer=None, **options)

    def get_response(self, key: str, default: Any = None) -> Any:
        """An answer that was kept; what cannot be read (another version wrote it, a disk lost it) is not there."""
        kept = default
        if not self._lost:
            try:
                kept = super().get_response(key, default)
            except sqlite3.Error as error:
                self._stands_aside(error)
            except Exception as error:  # whatever the library's parsers raise
                log.warning("kept answer of an upstream unreadable file=%s: %s", self.db_path, type(error).__name__)
        return kept if isinstance(kept, CachedResponse) and kept.status_code == _OK else default

    def save_response(self, response: requests.Response, cache_key: Any = None, expires: Any = None) -> None:
        if self._lost:
            return
        try:
            super().save_response(response, cache_key, expires)
            self._written += len(response.content or b"")
            if self._written > MOST_BYTES // 8:
                self.bounded()
        except sqlite3.Error as error:
            self._stands_aside(error)

    def delete(self, *keys: str, **kwargs: Any) -> None:
        if self._lost:
            return
        try:
            super().delete(*keys, **kwargs)
        except sqlite3.Error as error:
            self._stands_aside(error)

    def bounded(self, now: float | None = None) -> None:
        """Forget what is too old, and then the oldest beyond the bound. Freed pages are used again."""
        self._written = 0
        oldest = int((time.time() if now is None else now) - MOST_DAYS * _DAY)
        with self.responses.connection(commit=True) as database:
            database.execute("DELETE FROM responses WHERE expires IS NULL OR expires < ?", (oldest,))
            database.execute(
                "DELETE FROM responses WHERE key IN (SELECT key FROM (SELECT key, "
                "SUM(LENGTH(value)) OVER (ORDER BY expires DESC, key) AS bytes FROM responses) WHERE bytes > ?)",
                (MOST_BYTES,),
            )

    def _stands_aside(self, error: sqlite3.Error) -> None:
        self._lost = True
        self.close()  # type: ignore[no-untyped-call]
        _given_up(Path(self.db_path), error)


def _given_up(file: Path, error: sqlite3.Error | OSError) -> bool:
    """Say that a cache file cannot be used. Whether it was put aside, because of what is in it, so that a new one can
    take its place: a file that is locked, read-only or on a full disk stays."""
    if getattr(error, "sqlite_errorcode", 0) & _PRIMARY not in _WITHIN:
        log.warning("upstream asked without its cache file=%s: %s", file, error)
        return False
    log.warning("cache of an upstream put aside file=%s: %s", file, error)
    with contextlib.suppress(OSError):  # the next to open it says so
        for suffix in ("", "-wal", "-shm"):
            part = file.with_name(file.name + suffix)
            if part.exists():
                part.replace(part.with_name(f"{part.name}.damaged"))
    return True
