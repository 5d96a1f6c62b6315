"""What ``import-feed`` hands to the worker that holds a state directory: ids and dates to pin, and where the feed was.

A request of :mod:`service.asking` with something in it. It appears whole or not at all; posts are named by the ids that
they have, because another process may number them otherwise. Refuses to find out what is to be pinned.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from feeds.frozen import frozen
from service.asking import REQUESTS, wait_for_answers, waiting_file
from service.errors import StorageUnavailable
from service.index import Index
from service.index.state_schema import Pin
from service.report import counted

_PART: Final = ".handing"
"""Suffix of a file that is being written, beside the directory in which requests are looked for."""


@frozen(frozen=True, slots=True)
class Handed:
    """``pins`` by the ids that the posts have until then; ``aliases``: paths of feeds (decoded) to ours."""

    pins: Mapping[str, Pin]
    aliases: Mapping[str, str]


def hand_over(directory: Path, handed: Handed, name: str) -> None:
    """Have the worker of a state directory take over what the feed of that ``name`` gives, and wait until it has.

    Raises StorageUnavailable.
    """
    path = waiting_file(directory, name, "pins")
    part = directory / f"{path.name}{_PART}"
    said = {"pins": {id_: pin._asdict() for id_, pin in handed.pins.items()}, "aliases": dict(handed.aliases)}
    try:
        (directory / REQUESTS).mkdir(exist_ok=True)
        part.write_text(json.dumps(said), "utf-8")
        part.replace(path)
    except OSError as error:
        raise StorageUnavailable(f"{path.parent}: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    wait_for_answers(directory, [path])


def take_over(path: Path, index: Index, now: datetime) -> str:
    """The worker's side: pin what was handed over, of the posts that are there; what came of it, in words.

    Raises StorageUnavailable, ValueError for what nobody of ours has written, OSError.
    """
    from service.importing.lookup import by_id  # lxml and more: hardly any worker ever needs it

    handed = _read(path.read_text("utf-8"))
    posts = by_id(index, handed.pins)
    pins = {posts[id_].number: pin for id_, pin in handed.pins.items() if id_ in posts}
    if pins:
        index.pin(pins, now)
    for old, target in handed.aliases.items():
        index.alias_feed(old, target, now)
    return f"ids or dates of {counted(len(pins), 'post')} and {counted(len(handed.aliases), 'old path')} taken over"


def _read(text: str) -> Handed:
    try:
        said = json.loads(text)
        pins = {str(id_): Pin(**pin) for id_, pin in said["pins"].items()}
        return Handed(pins, {str(old): str(target) for old, target in said["aliases"].items()})
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"is nothing that import-feed has written: {error}") from None
