"""``feedmill import-feed``: read the feed, index the content, take over, and say what readers will see.

A dry run works on a copy of the state directory, and so does a run beside a worker, which is handed what was found.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from feeds.frozen import frozen
from service import logs
from service.commands import ask_worker, indexed, require_read
from service.diff.entries import Feed
from service.diff.fetching import web_address
from service.errors import StorageUnavailable, UsageError
from service.handing import Handed, hand_over
from service.importing.reading import read
from service.importing.reporting import FORMATS
from service.importing.taking_over import Imported, proved_again, take_over
from service.index import FILE_NAME as INDEX
from service.index import Index, database
from service.index.remembered import Remembered
from service.index.state import FILE_NAME as STATE
from service.lock import holder
from service.paths import FEED_NAMES, Target, parse, path_of
from service.runtime import Opened, open_sources, with_state
from service.settings import Settings
from service.state_home import state_directory

CLEAN, NOT_CLEAN = 0, 1
_FEEDS: Final = frozenset(FEED_NAMES.values())


@frozen(frozen=True, slots=True)
class Options:
    """What the command line says beside the feed."""

    at: str = ""
    to: str = ""
    replacing: bool = False
    dry_run: bool = False
    force: bool = False


def import_feed(said: str, settings: Settings, echo: Callable[[str], None], *, options: Options, form: str) -> int:
    """Import the feed that ``said`` names, a file or a URL; the exit code of the command.

    Where a worker holds the state directory, all is worked out on a copy, and handed over to it. Raises UsageError,
    SourceUnavailable (the feed or the content cannot be read) and StorageUnavailable.
    """
    logs.configure("error")
    to = _document(options.to)
    name, feed = read(said)
    opened = open_sources(settings)
    directory = state_directory(settings)
    worker = None if options.dry_run else holder(directory)
    if worker is not None:
        ask_worker(directory, force=options.force)  # so that it knows the posts that we are about to find
    aside = options.dry_run or worker is not None
    with _state(opened, aside=aside) as placed, indexed(placed, force=options.force) as (index, done):
        require_read(done)
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
    if worker is not None:
        found = replace(_handed_over(opened, feed, found), worker=worker)
    echo(FORMATS[form](found))
    return CLEAN if found.clean else NOT_CLEAN


def _handed_over(opened: Opened, feed: Feed, found: Imported) -> Imported:
    """The same once the running worker has it, proved with what is served now. Raises StorageUnavailable."""
    directory, path = state_directory(opened.settings), found.alias.path
    hand_over(directory, Handed(found.pins, {path: path_of(found.alias.target)} if path else {}), found.feed)
    remembered = Remembered(directory)
    missing = [pin.id for pin in found.pins.values() if remembered.pin(pin.id) is None]
    if missing:
        raise StorageUnavailable(
            f"{directory}: the running worker did not take over {len(missing)} of {len(found.pins)} ids (its log may "
            "say why); stop it, run import-feed again, and start it"
        )
    with contextlib.closing(Index.open(directory)) as index:
        return proved_again(index, opened.settings, feed, found)


def _document(path: str) -> Target | None:
    """The feed of ours that a path names. Raises UsageError."""
    if not path:
        return None
    target = parse(path)
    if not isinstance(target, Target) or target.document not in _FEEDS:
        raise UsageError(f"--to {path!r}: is no feed of ours; write /rss.xml, or /categories/news/atom.xml")
    return target


@contextlib.contextmanager
def _state(opened: Opened, *, aside: bool) -> Iterator[Opened]:
    """The same sources, with the state directory to write: the settings', or a copy that goes afterwards."""
    if not aside:
        yield opened
        return
    directory = state_directory(opened.settings)
    with tempfile.TemporaryDirectory(prefix="feedmill-import-") as place:
        for name in (STATE, INDEX):
            _copy(directory / name, Path(place) / name)
        yield replace(opened, settings=with_state(opened.settings, Path(place)))


def _copy(source: Path, target: Path) -> None:
    """A database as it stands, whoever writes it meanwhile. Raises StorageUnavailable."""
    if not source.exists():
        return
    try:
        with (
            contextlib.closing(database.connect_to_read(source)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise StorageUnavailable(
            f"{source}: cannot be copied: {error}; restore it from a backup, or remove it"
        ) from None
