"""SQLite as we use it: connections, the one way to begin a transaction, and what to do with a file that is unusable.

Every write transaction is ``BEGIN IMMEDIATE``: a deferred one that reads before it writes fails at once with
SQLITE_BUSY_SNAPSHOT, whatever the timeout says (S-02). Knows nothing of posts.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from service.errors import StorageUnavailable

log = logging.getLogger(__name__)

BUSY_SECONDS: Final = 5.0
"""How long a writer waits for another one before it gives up (S-01)."""

WRITER_CACHE_KIB: Final = 16 * 1024
"""Pages that the writer keeps: a first scan puts rows everywhere in a dozen trees, and with SQLite's 2 MB the same
pages are written again and again."""

READERS: Final = 16
"""Connections a process keeps open; more are made and closed as threads need them."""

KEPT_ASIDE: Final = 3
"""How many unusable files are kept for inspection."""

_LOG: Final = ("-wal", "-shm")

_UNFINISHED: Final = ".new"
"""Of a file that is being made, until it has its name."""

_SEAL: Final = ".sealed"
_SUSPECT: Final = ".suspect"


class Corrupt(StorageUnavailable):
    """The file is damaged or not a database; it can be put aside and rebuilt."""


def writing(path: Path, synchronous: str = "NORMAL") -> Engine:
    """An engine for the one writer: WAL, immediate transactions."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=False
        )
        connection.execute(f"PRAGMA synchronous = {synchronous}")  # first: changing the mode writes
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0)
    return _begin_with(engine, "BEGIN IMMEDIATE")


def reading(path: Path) -> Engine:
    """An engine for any number of threads that read; a transaction of it sees one state of the database."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: connect_to_read(path),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=-1,
    )
    return _begin_with(engine, "BEGIN")


def nothing(metadata: MetaData) -> Engine:
    """An empty database in memory: what there is to read before there is a file."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None}
    )
    metadata.create_all(engine, checkfirst=False)
    return engine


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that refuses to write content.

    It may write the files beside the database (``mode=rw``): after a writer was killed the next connection has to
    recover the log, whoever it is. On a read-only disk nothing can change, and only ``immutable`` can open a database
    whose log was never written (S-06).
    """
    mode = "mode=rw"
    if not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-shm").exists():
        mode = "mode=ro&immutable=1"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=True,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


@contextmanager
def creating(
    path: Path, metadata: MetaData, application_id: int, version: int, *, page: int = 4096
) -> Iterator[Connection]:
    """A transaction that makes a database: it appears under its name when its tables and first rows are there. ``page``
    is the size of its pages in bytes: where rows are long, larger ones waste less."""
    with _taking_the_place_of(path) as part, _alone(part, f"page_size = {page}") as connection:
        metadata.create_all(connection, checkfirst=False)  # the file is new: nothing to ask it
        connection.exec_driver_sql(f"PRAGMA application_id = {application_id}")
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        yield connection


@contextmanager
def filling(path: Path) -> Iterator[Connection]:
    """A transaction that puts very much into a database that holds little: into a copy, which takes its place.

    So every page is written once, while a log would be written, read and copied. Nobody else may write meanwhile;
    whoever reads goes on with what was there. Where it fails, or the process is killed, that stays. Raises
    StorageUnavailable where the copy cannot be made to last.
    """
    with _taking_the_place_of(path) as part:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as before:
            before.execute("VACUUM INTO ?", (os.fspath(part),))
        with _alone(part) as connection:
            yield connection


@contextmanager
def _taking_the_place_of(path: Path) -> Iterator[Path]:
    """A file to be made beside another; when it is there, on the disk, it has its name, in one step.

    The new file must not meet the log of an old one: SQLite would replay it. Raises StorageUnavailable where the disk
    does not take it.
    """
    part = path.with_name(path.name + _UNFINISHED)
    remove_unfinished(path)
    try:
        yield part
        with _taken_by_the_disk(path), part.open("rb") as file:
            os.fsync(file.fileno())
            _remove(path, *_LOG)
            part.replace(path)
    except BaseException:
        _remove(part, "", *_LOG)
        raise


def remove_unfinished(path: Path) -> None:
    """Remove what was to take the place of a file when whoever made it was killed; for the one who may write alone.
    Raises StorageUnavailable."""
    with _taken_by_the_disk(path):
        _remove(path, *(_UNFINISHED + suffix for suffix in ("", *_LOG)))


@contextmanager
def _taken_by_the_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"{path}: {error.strerror or error}") from error


@contextmanager
def _alone(path: Path, *more: str) -> Iterator[Connection]:
    """A transaction in a file that nobody else knows, and that is thrown away where it fails: it keeps no journal, and
    does not wait for the disk. Afterwards the file is as :func:`writing` wants it."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for mode in ("synchronous = OFF", "journal_mode = OFF", f"cache_size = -{WRITER_CACHE_KIB}", *more):
            connection.execute(f"PRAGMA {mode}")
        return connection

    engine = _begin_with(create_engine("sqlite://", creator=connect, poolclass=StaticPool), "BEGIN EXCLUSIVE")
    try:
        with engine.begin() as connection:
            yield connection
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        engine.dispose()


def _remove(path: Path, *suffixes: str) -> None:
    for suffix in suffixes:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def is_ours(connection: sqlite3.Connection, application_id: int, version: int) -> bool:
    """Whether a database has our tables in the form this release reads."""
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    return found == [application_id, version]


def seal(engine: Engine, path: Path) -> None:
    """Close the writer's engine, and note what the file is like now that all is in it: see :func:`sealed`.

    Its date is put back by a second, so that whatever is written to it later gives it another one, be it at once.
    """
    behind = (1, 1, 0)
    with suppress(sqlite3.Error, SQLAlchemyError), engine.connect() as connection:
        behind = connection.connection.cursor().execute("PRAGMA wal_checkpoint").fetchone()
    engine.dispose()
    try:
        if behind[1] != behind[2] or path.with_name(path.name + _SUSPECT).exists():
            return  # somebody still reads an older state, or met damage
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - 1_000_000_000))
        path.with_name(path.name + _SEAL).write_text(_looks(path), "ascii")
    except OSError as error:
        log.debug("not sealed path=%s error=%s", path, error)


def sealed(path: Path) -> bool:
    """Whether a file is as its last writer left it, and nobody met damage in it. Breaks the seal: it is used now.

    Looking through a whole file takes time in its size (0.4 s for 100,000 posts once it is in memory), and tells
    nothing new about one that nobody wrote to since it was closed in order. After a crash, a copy or a restored backup
    there is no seal.
    """
    mark, suspect = path.with_name(path.name + _SEAL), path.with_name(path.name + _SUSPECT)
    try:
        said = mark.read_text("ascii")
        mark.unlink()
        return said == _looks(path) and not suspect.exists()
    except (OSError, ValueError):
        return False
    finally:
        with suppress(OSError):
            suspect.unlink(missing_ok=True)


def _looks(path: Path) -> str:
    status = path.stat()
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns}"


def defect(path: Path, application_id: int, version: int, *, trusted: bool = False) -> str:
    """Why an existing file cannot be used, "" where it can. Raises StorageUnavailable where that cannot be told.

    ``trusted``: its pages are not looked through.
    """
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            if not is_ours(connection, application_id, version):
                return "it was written by another version"
            if trusted:
                return ""
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            return "" if found == "ok" else found.replace("\n", " ")
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if _is_corruption(error):
            return str(error)
        raise StorageUnavailable(f"{path}: {error}") from None


def put_aside(path: Path, reason: str) -> Path:
    """Move an unusable file out of the way, to ``<name>.corrupt-<n>``, and forget the oldest such file."""
    number = 1 + max((_number(other) for other in path.parent.glob(f"{path.name}.corrupt-*")), default=0)
    target = path.with_name(f"{path.name}.corrupt-{number}")
    oldest = path.with_name(f"{path.name}.corrupt-{number - KEPT_ASIDE}")
    for suffix in ("", *_LOG):
        _remove(oldest, suffix)
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.replace(target.with_name(target.name + suffix))
    for suffix in (_SEAL, _SUSPECT):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    log.error("store rebuilt path=%s aside=%s reason=%s", path, target.name, reason)
    return target


@contextmanager
def explained(path: Path, *, rebuilds: bool = True) -> Iterator[None]:
    """Turn what SQLite reports about the file or the disk into one line of ours; a faulty statement stays a bug.

    Raises StorageUnavailable: Corrupt where the file is damaged and ``rebuilds``, that is, holds nothing of its own.
    """
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, sqlite3.DatabaseError) or (
            cause is not error and _code(cause) == sqlite3.SQLITE_ERROR
        ):
            raise
        if rebuilds and _is_corruption(cause):
            with suppress(OSError):  # the next writer has to look, whoever reads this
                path.with_name(path.name + _SUSPECT).touch()
            raise Corrupt(f"{path}: {cause}; the worker rebuilds it") from error
        if _is_corruption(cause) or isinstance(cause, sqlite3.OperationalError):
            raise StorageUnavailable(f"{path}: {cause}") from error
        raise


def _begin_with(engine: Engine, statement: str) -> Engine:
    """Begin transactions ourselves: the driver would begin deferred ones, and only before it writes."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return engine


def _is_corruption(error: sqlite3.DatabaseError) -> bool:
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _code(error: Any) -> int:
    """The primary result code (the low byte of an extended one); 0 where the error is not SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _number(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdecimal() and number.isascii() else 0
