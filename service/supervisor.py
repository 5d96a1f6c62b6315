"""Runs the refresh worker as a process of its own beside the web processes.

The child reads its settings from standard input and stops when that input ends, so it cannot outlive us, however we
die. A child that dies is started again, later each time. Refuses to know what a worker does.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from typing import Final

from service.settings import Settings, dump, restore

log = logging.getLogger("feedmill.supervisor")

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds before a dead worker is started again: doubled each time between these two."""

STOP_SECONDS: Final = 10.0
"""How long a worker may take to finish its scan when we stop; then it is killed (the index survives that)."""


class WorkerProcess:
    """The worker child of one site. ``start`` it once, ``stop`` it once. ``site`` names another than the main one."""

    def __init__(self, settings: Settings, site: str = "") -> None:
        self._settings = dump(settings)
        self._words = [site] if site else []
        self._of = f" site={site}" if site else ""
        # A copy: the server changes its own environment while this thread may be starting a child.
        self._environment = dict(os.environ)
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def ask_to_stop(self) -> None:
        """End the child's input: it ends when it has seen that."""
        self._stopping.set()
        child = self._child
        if child is not None and child.stdin is not None:
            child.stdin.close()

    def stop(self) -> None:
        """End the child by ending its input; kill it where that takes too long."""
        self.ask_to_stop()
        child = self._child
        if child is not None:
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
        self._keeper.join(STOP_SECONDS)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._child = child = self._spawn()
                code = child.wait()
            except OSError as error:  # no memory, no process ids: that may pass
                code = error.errno or -1
            if self._stopping.wait(pause):  # whatever ended the child may be on its way to us: only then complain
                return
            log.error("worker died code=%s; starting it again%s", code, self._of)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A group of its own: Ctrl-C on a terminal is for us, and we end the child by ending its input. Not a session:
        # where sessions share the processors (sched(7), autogroup), priorities count within a session only.
        child = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__, *self._words],
            stdin=subprocess.PIPE,
            process_group=0,
            env=self._environment,
        )
        assert child.stdin is not None  # noqa: S101 - PIPE was asked for
        child.stdin.write(self._settings.encode() + b"\n")
        child.stdin.flush()
        return child


def main() -> int:
    """The child: settings from the first line of standard input, work until the input ends."""
    if hasattr(signal, "SIGTTOU"):
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # or `stty tostop` would halt us at our first line of log
    site = sys.argv[1] if len(sys.argv) > 1 else ""
    settings = restore(sys.stdin.readline())
    stop = threading.Event()

    def wait_for_parent() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_parent, name="parent-watch", daemon=True).start()
    from service.errors import FeedmillError
    from service.serving import work

    try:
        work(settings, stop, site=site)
    except FeedmillError as error:
        log.error("worker cannot go on: %s", error)
        return error.exit_code
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
