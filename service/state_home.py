"""Where Feedmill keeps what it writes: the state directory of a site, and where those lie that nobody named.

Refuses to look into one, and to remove any.
"""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from service.errors import UsageError
from service.settings import Settings, SourceSettings

log = logging.getLogger("feedmill")


def content(settings: Settings) -> tuple[SourceSettings, ...]:
    """The configured sources. Raises UsageError where there is none."""
    if not settings.source:
        raise UsageError(
            "no content: name a directory as PATH, or . for this one, or set FEEDMILL_SOURCE or [[source]] path"
        )
    return settings.source


def state_directory(settings: Settings) -> Path:
    """What Feedmill writes lies below it: the setting, else ``$XDG_STATE_HOME/feedmill/<digest>``.

    The digest is the settings file's where that names the sources, so that it may come to name others; else theirs. A
    directory that has the digest of the sources from before there was such a file, or by an earlier release, is gone
    on with.
    """
    if settings.service.state is not None:
        return settings.service.state.absolute()
    own, before = _homes(settings)
    if own.is_symlink():
        return own.resolve()  # that of before, by its own name: whoever removes it removes no mere link
    return before if before.is_dir() and not own.exists() else own


def _homes(settings: Settings) -> tuple[Path, Path]:
    """The default state directories: by the settings file, where it names the sources, and by these."""
    places = "\0".join(sorted(source.place for source in content(settings)))
    file = settings.places.file_of([source.location for source in settings.source])
    # The file itself may be a link that leads elsewhere with every change (a ConfigMap's), its directory is its place.
    named = f"file\0{file.parent.resolve() / file.name}" if file is not None else places
    own, before = (hashlib.sha256(os.fsencode(text)).hexdigest()[:16] for text in (named, places))
    return home() / own, home() / before


def home() -> Path:
    """Where the state directories lie that nobody named."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()) / "feedmill"


def keep_home(settings: Settings) -> None:
    """A state directory of before is found by the settings file from now on, whatever sources that comes to name.

    By a link: a process that runs on it, or an earlier release, finds it where it was.
    """
    if settings.service.state is not None:
        return
    own, _ = _homes(settings)
    directory = state_directory(settings)
    if directory == own or own.is_symlink():
        return
    try:
        own.symlink_to(directory.name)
    except FileExistsError:
        pass  # another process was first
    except OSError as error:
        log.warning("%s: cannot be made: %s; set service.state before you change the sources", own, error.strerror)
