"""``feedmill states``: the default state directories of this user, and which are of content that is not there.

Refuses to remove any: content on a disk that is not mounted looks as gone as any, and some of what a state directory
remembers no content tells again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from service.errors import StorageUnavailable
from service.index.ownership import places
from service.index.remembered import Remembered
from service.lock import holder
from service.report import printable
from service.settings_layers import is_address
from service.url_keys import shown_address


def told(home: Path, now: datetime) -> Iterator[str]:
    """A line for each directory below ``home``; the last one says what may be removed, and how."""
    gone, directories = 0, sorted(home.iterdir()) if home.is_dir() else []
    for directory in directories:
        if directory.is_symlink():
            yield printable(f"{directory}  leads to {directory.readlink()}")
        elif directory.is_dir():
            said, is_gone = _content(directory)
            yield printable(f"{directory}  {_files(directory, now)}: {said}")
            gone += is_gone
    if not directories:
        yield printable(f"{home}: there is no state directory")
    if gone:
        which = "1 is" if gone == 1 else f"{gone} are"
        yield (
            f"{which} of content that is not there. Where it is gone for good (is the disk mounted?), and with it the "
            "ids, dates and former URLs that are remembered, remove the directory (rm -r). Where it moved, go on with "
            "the directory: feedmill refresh --adopt --state DIRECTORY"
        )


def _content(directory: Path) -> tuple[str, bool]:
    """Whose it is, in words, and whether nothing of that is there."""
    try:
        owned = places(Remembered(directory).owned())
    except StorageUnavailable as error:
        return f"cannot be read: {error}", False
    said, missing = [], 0
    for place in owned:
        lost = not is_address(place) and not os.path.lexists(place)
        missing += lost
        shown = shown_address(place) if is_address(place) else place
        said.append(f"not there: {shown}" if lost else shown)
    process = holder(directory)
    used = f" (in use by process {process})" if process is not None else ""
    return (", ".join(said) or "nobody's") + used, bool(said) and missing == len(said) and process is None


def _files(directory: Path, now: datetime) -> str:
    """How much is in it, and when any of it was written last. A worker may remove files meanwhile."""
    octets, last = 0, 0.0
    for place, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):
                found = os.lstat(os.path.join(place, name))  # noqa: PTH118 - beside os.walk
                octets, last = octets + found.st_size, max(last, found.st_mtime)
    days = (now - datetime.fromtimestamp(last, UTC)).days
    when = "written today" if days < 1 else f"written {days} d ago"
    return f"{octets / 1e6:.1f} MB, {when}" if last else "empty"
