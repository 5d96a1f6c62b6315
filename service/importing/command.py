"""``feedmill import-feed``: read the feed, index the content, take over, and say what readers will see.

A dry run works on a copy of the state directory. Refuses to write one that a worker holds.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from service import logs
from service.commands import indexed
from service.diff.entries import Feed, NotAFeed, read_feed
from service.diff.fetching import Fetcher, web_address
from service.diff.sides import Directory
from service.errors import SourceUnavailable, StorageUnavailable, UsageError
from service.importing.reporting import FORMATS
from service.importing.taking_over import take_over
from service.index.snapshots import FILE_NAME as INDEX
from service.index.state import FILE_NAME as STATE
from service.lock import holder
from service.paths import FEED_NAMES, Target, parse
from service.runtime import Opened, open_sources, state_directory
from service.settings import Settings

CLEAN, NOT_CLEAN = 0, 1
_FEEDS: Final = frozenset(FEED_NAMES.values())


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the feed."""

    at: str = ""
    to: str = ""
    replacing: bool = False
    dry_run: bool = False
    force: bool = False


def import_feed(said: str, settings: Settings, echo: Callable[[str], None], *, options: Options, form: str) -> int:
    """Import the feed that ``said`` names, a file or a URL; the exit code of the command.

    Raises UsageError, SourceUnavailable (the feed or the content cannot be read) and StorageUnavailable (a worker holds
    the state directory).
    """
    logs.configure("error")
    to = _document(options.to)
    name, feed = _read(said)
    opened = open_sources(settings)
    with _state(opened, dry_run=options.dry_run) as placed, indexed(placed, force=options.force) as (index, done):
        for source in done.sources:
            if source.error:
                raise SourceUnavailable(f"{source.name}: {source.error}")
        found = take_over(
            index,
            placed.settings,
            feed,
            name,
            datetime.now(UTC),
            at=options.at or (name if web_address(said) else ""),
            to=to,
            replacing=options.replacing,
        )
    found = replace(found, dry_run=options.dry_run)
    echo(FORMATS[form](found))
    return CLEAN if found.clean else NOT_CLEAN


def _document(path: str) -> Target | None:
    """The feed of ours that a path names. Raises UsageError."""
    if not path:
        return None
    target = parse(path)
    if not isinstance(target, Target) or target.document not in _FEEDS:
        raise UsageError(f"--to {path!r}: is no feed of ours; write /rss.xml, or /categories/news/atom.xml")
    return target


def _read(said: str) -> tuple[str, Feed]:
    """The feed, and what it is called in the state file and in reports."""
    url = web_address(said)
    if url:
        body = Fetcher(documents=1).get(url).body
        name = url
    else:
        path = Path(said)
        body = Directory(said, path.parent).read(path.name)
        name = path.name
    if body is None:
        raise SourceUnavailable(f"{said}: there is no such {'document' if url else 'file'}")
    try:
        feed = read_feed(body)
    except NotAFeed as error:
        raise SourceUnavailable(f"{said}: {error}") from None
    if not feed.entries:
        raise SourceUnavailable(f"{said}: has no entries with ids or links, so no reader can be told from another")
    return name, feed


@contextlib.contextmanager
def _state(opened: Opened, *, dry_run: bool) -> Iterator[Opened]:
    """The same sources, with the state directory to write: the settings', or a copy that goes afterwards."""
    directory = state_directory(opened.settings)
    if not dry_run:
        process = holder(directory)
        if process is not None:
            raise StorageUnavailable(
                f"{directory}: process {process} writes it (a worker, or serve); stop that, run import-feed, and start "
                "it again (--dry-run works beside it)"
            )
        yield opened
        return
    with tempfile.TemporaryDirectory(prefix="feedmill-import-") as place:
        for name in (STATE, INDEX):
            _copy(directory / name, Path(place) / name)
        service = opened.settings.service.model_copy(update={"state": Path(place)})
        yield replace(opened, settings=opened.settings.model_copy(update={"service": service}))


def _copy(source: Path, target: Path) -> None:
    """A database as it stands, whoever writes it meanwhile. Raises StorageUnavailable."""
    if not source.exists():
        return
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise StorageUnavailable(f"{source}: cannot be copied: {error}") from None
