"""What the worker takes of the processors while readers want them: little, and next to nothing while it reads much.

Small rounds run at a lower priority (nice(1)). A scan of many files gives way altogether (``SCHED_IDLE``, sched(7)):
whoever answers readers is then served within the scheduler's reaction instead of its slice (measured by
``python -m bench hotpath``: p99 twice its idle figure instead of eight times). What gives way can be starved, and as
a rule no thread may take back what it gave: so a scan runs in a thread of its own, and one that gets no processor time
is ended, to be begun again at the lower priority. Refuses to know which work is much: a source does.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from service.tick import Stopped

T = TypeVar("T")

log = logging.getLogger("feedmill.worker")

NICENESS: Final = 5
AUTOGROUP: Final = Path("/proc/self/autogroup")
PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

WINDOW: Final = 5.0
"""Seconds over which is judged whether a scan is starved."""
STARVED: Final = 0.1
"""Share of a processor that is next to none, for a thread or process that wants one all the time."""
RESPITE: Final = 600.0
"""Seconds after a starved scan in which none gives way: who else wants the processors will want them still."""


class Starved(Stopped):
    """Work that gave way got next to no processor time. It has to be begun again."""


def lower() -> None:
    """Readers first: on Linux this is the calling thread's alone. Not every platform lets us.

    A desktop's Linux shares processors among sessions, and what a process is worth then counts within its session only
    (sched(7), "The autogroup feature"): where we lead one of our own, it is the session that gives way.
    """
    try:
        if os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        if os.getsid(0) == os.getpid():
            AUTOGROUP.write_text(str(NICENESS))
    except (AttributeError, OSError):
        log.debug("priority unchanged")


class _Task(NamedTuple):
    """A thread or process: whether it runs or wants to, and the seconds of a processor that it had."""

    runs: bool
    spent: float


class Aside:
    """Work that gives way once it turns out to be much. ``clock`` counts seconds; ``proc`` is ``/proc``, and looked at
    every so many seconds (``pause``)."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, proc: Path = PROC, pause: float = WINDOW / 5
    ) -> None:
        self._clock = clock
        self._proc = proc
        self._pause = pause
        self._resting_until = -RESPITE
        self._thread = 0
        """Which has given way; 0: none."""
        self._starved = False
        self._window = 0.0
        """When it began."""
        self._spent: dict[int, float] = {}
        """What each thread and process had of the processors by then."""
        self._waiting = set[int]()
        """Those that wanted one whenever somebody looked since."""

    def run(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, in a thread of its own, for which :meth:`give_way` and :meth:`check` count.

        Where it is starved, its processes are ended, and it is done again in this thread, at this thread's priority.
        """
        self._thread, self._starved = 0, False
        try:
            with ThreadPoolExecutor(1, "scan") as threads:
                future = threads.submit(work)
                while not wait([future], self._pause).done:
                    self._watch()
                return future.result()
        except Starved:
            log.info("a scan that gave way got no processor time; it begins again priority=nice")
            self._resting_until = self._clock() + RESPITE
        finally:
            self._thread, self._starved = 0, False
        return work()

    def give_way(self) -> None:
        """From now on the calling thread, and what it starts, runs when nothing else of its kind wants to run.

        Nothing happens where the system has no such priority or does not tell who waits, and after a starved scan.
        """
        if self._thread or threading.current_thread() is threading.main_thread():
            return
        thread = threading.get_native_id()
        if self._clock() < self._resting_until or thread not in (tasks := self._tasks(thread)):
            return
        try:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        except (AttributeError, OSError):
            log.debug("priority unchanged")
            return
        self._begin(tasks)
        self._thread = thread

    def check(self) -> None:
        """Raises Starved where the work is to be begun again."""
        if self._starved:
            raise Starved

    def _begin(self, tasks: Mapping[int, _Task]) -> None:
        """Begin a window."""
        self._window, self._spent = self._clock(), {number: task.spent for number, task in tasks.items()}
        self._waiting = set(self._spent)

    def _watch(self) -> None:
        """End work of which one part wanted a processor all the time and had next to none: the others wait for it."""
        if not self._thread or self._starved:
            return
        passed = self._clock() - self._window
        if passed < WINDOW:  # looked at now and then, those that are in question are enough
            tasks = self._tasks(self._thread, self._waiting)
            self._waiting &= {number for number, task in tasks.items() if task.runs}
            return
        tasks = self._tasks(self._thread)
        self._waiting &= {number for number, task in tasks.items() if task.runs}
        if any(tasks[number].spent - self._spent[number] < STARVED * passed for number in self._waiting):
            _hasten(self._thread)
            for process in tasks.keys() - {self._thread}:
                _end(process)
            self._starved = True
        self._begin(tasks)

    def _tasks(self, thread: int, among: Collection[int] | None = None) -> dict[int, _Task]:
        """A thread and the processes that we started, by their numbers, maybe of these only; none where the kernel does
        not tell."""
        own, found = str(os.getpid()), {}
        others = self._proc.glob("[0-9]*") if among is None else (self._proc / str(number) for number in among)
        for place in (self._proc / "self" / "task" / str(thread), *others):
            with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended
                said = (place / "stat").read_text().rpartition(")")[2].split()  # proc_pid_stat(5), from field 3 on
                if said[1] == own or place.name == str(thread):
                    found[int(place.name)] = _Task(said[0] == "R", (int(said[11]) + int(said[12])) / _TICKS)
        return found


def _end(process: int) -> None:
    """End a process that gave way: whoever gave way started it, nobody else does."""
    with contextlib.suppress(OSError):
        if os.sched_getscheduler(process) == os.SCHED_IDLE:
            _hasten(process)
            os.kill(process, signal.SIGKILL)


def _hasten(task: int) -> None:
    """Let what is to end no longer give way: to end takes processor time, too, and it gets next to none. Root may, and
    whoever has RLIMIT_NICE (sched(7)); for all others it ends as it can, in a minute or so."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(task, os.SCHED_OTHER, os.sched_param(0))
