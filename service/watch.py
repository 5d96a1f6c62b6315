"""Noticing that something changed on disk: an event is set, nothing else.

Watching only shortens the wait: events do not cross network file systems, containers or watch limits, so the periodic
scan is what correctness rests on (libraries.md §1.9). Knows nothing of posts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

log = logging.getLogger(__name__)

STEP_MILLISECONDS: Final = 25
"""Quiet that ends a burst of events; the debounce setting ends it in any case."""

ARMED_MILLISECONDS: Final = 1000
"""The first word of a watch, even without events: something may have changed between the scan and its beginning."""

POLL_MILLISECONDS: Final = 500
"""Between two looks at the tree where events are not available (``refresh.watch = "poll"``)."""

Identity = tuple[tuple[str, int, int], ...]


MOST_PATHS: Final = 100
"""Changed paths that are remembered one by one; a checkout or an rsync is a reason to look at everything."""


class Watcher:
    """Sets ``wake`` when something changes below the directories it was told to follow, and remembers where.

    ``arm``: the beginning of a watch wakes too, because something may have changed just before it. ``debounce`` is in
    milliseconds; ``ignored`` are starts of paths that do not count, beside editors' and version
    control's own files.
    """

    def __init__(
        self,
        wake: threading.Event,
        *,
        mode: Literal["auto", "poll"],
        debounce: int,
        ignored: Sequence[Path] = (),
        arm: bool = True,
    ) -> None:
        from watchfiles import DefaultFilter  # 4 ms with anyio; only a worker watches

        self._wake = wake
        self._lock = threading.Lock()
        self._paths: set[str] | None = None
        self._mode = mode
        self._debounce = debounce
        self._filter = DefaultFilter(ignore_paths=ignored)
        self._arm = arm
        self._followed: Identity = ()
        self._ended = threading.Event()

    def follow(self, paths: Iterable[str]) -> None:
        """Watch these directories from now on. Cheap where nothing is new; a directory that was replaced is new."""
        identity = _identity(paths)
        if identity == self._followed:
            return
        self.close()
        self._followed, self._ended = identity, threading.Event()
        if identity:
            roots = [path for path, _, _ in identity]
            threading.Thread(target=self._watch, args=(roots, self._ended), name="watch", daemon=True).start()

    def seen(self) -> set[str] | None:
        """The paths at which something changed since this was last asked; None where it may have been anywhere."""
        with self._lock:
            paths, self._paths = self._paths, set()
        return paths

    def _see(self, paths: Iterable[str] | None) -> None:
        with self._lock:
            if paths is None or self._paths is None:
                self._paths = None
            else:
                self._paths.update(paths)
                if len(self._paths) > MOST_PATHS:
                    self._paths = None
        self._wake.set()

    def close(self) -> None:
        """Stop watching; the thread ends within a step."""
        self._ended.set()
        self._followed = ()

    def _watch(self, roots: list[str], ended: threading.Event) -> None:
        from watchfiles import watch

        try:
            armed = not self._arm
            for changes in watch(
                *roots,
                watch_filter=self._filter,
                debounce=self._debounce,
                step=STEP_MILLISECONDS,
                stop_event=ended,
                rust_timeout=ARMED_MILLISECONDS,
                yield_on_timeout=True,
                raise_interrupt=False,
                force_polling=True if self._mode == "poll" else None,
                poll_delay_ms=POLL_MILLISECONDS,
                ignore_permission_denied=True,
            ):
                if changes or not armed:
                    self._see([path for _, path in changes] if armed else None)
                armed = True
        except Exception as error:  # a Rust error without a class of its own; the periodic scan goes on
            log.warning('cannot watch error="%s" hint="set refresh.watch = poll, or raise the inotify limit"', error)


def _identity(paths: Iterable[str]) -> Identity:
    found = []
    for path in sorted(set(paths)):
        try:
            status = Path(path).stat()
        except OSError:
            continue  # watched once it is there
        found.append((path, status.st_dev, status.st_ino))
    return tuple(found)
