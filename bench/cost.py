"""Runs one command to its end and writes down what it and every process below it cost.

Run as a script, ``python -I -S bench/cost.py REPORT SECONDS COMMAND...``, under an interpreter without packages: Linux
hands the peak memory of whoever starts a process down to it (``ru_maxrss`` survives fork and exec), so what starts the
command must be small. Refuses to know what the command does; it ends whatever is left of it, after SECONDS at the
latest, and when it is told to end itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

_LOOK_EVERY = 0.05
"""Seconds between two looks at the processes below the command."""


def main() -> int:
    """The command's exit code; 128 and the number of a signal that ended it."""
    report, limit, *command = sys.argv[1:]
    began = time.perf_counter()
    child = os.fork()
    if not child:
        _become(command)
    watch = _Watch(child, float(limit))
    signal.signal(signal.SIGTERM, lambda *_: watch.end())
    watch.start()
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    watch.done.set()
    watch.join()
    watch.end()  # a process that outlives its parent is none of a finished command
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    facts = {
        "seconds": seconds,
        "processor": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * unit / 1e6,  # wait4: the largest of the command and of all it waited for
        "together": watch.together / 1e6,
        "processes": watch.processes,
        "late": watch.late,
    }
    Path(report).write_text(json.dumps(facts))
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _become(command: list[str]) -> NoReturn:
    try:
        os.setsid()  # a group of its own: it can be ended as a whole
        os.execvp(command[0], command)  # noqa: S606 - our caller's words
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    os._exit(127)


class _Watch(threading.Thread):
    """Looks at the processes below one, and ends them when it is time."""

    def __init__(self, root: int, limit: float) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.together = 0
        self.processes = 1
        self.late = False
        self._root = root
        self._limit = limit

    def run(self) -> None:
        deadline = time.monotonic() + self._limit
        while not self.done.wait(_LOOK_EVERY):
            family = _family(self._root)
            self.together = max(self.together, sum(map(_own_memory, family)))
            self.processes = max(self.processes, len(family))
            if time.monotonic() > deadline:
                self.late = True
                self.end()
                return

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._root, signal.SIGKILL)


def _family(root: int) -> list[int]:
    """A process and all below it, where the system tells."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def _own_memory(pid: int) -> int:
    """Bytes of memory that are no file's: what processes together take is about the sum of it."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    sys.exit(main())
