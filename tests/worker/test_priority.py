"""Large scans give way to readers, and come back where they are starved.

The kernel's word is a directory like ``/proc``, so that nobody has to load a machine; one test asks the real one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.priority import RESPITE, WINDOW, Aside, Starved

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="SCHED_IDLE is Linux's")


class Machine:
    """What ``/proc`` says of threads and processes, and a clock."""

    def __init__(self, place: Path) -> None:
        self.now = 0.0
        self.place = place
        self.tell(4712, "R", 0.0, parent=1)

    def clock(self) -> float:
        return self.now

    def tell(self, process: int, state: str, spent: float, parent: int = os.getpid()) -> None:
        """Let a process, 0: the thread that calls this, have this state, and had so many seconds of a processor."""
        place = self.place / (str(process) if process else f"self/task/{threading.get_native_id()}")
        place.mkdir(parents=True, exist_ok=True)
        ticks = int(spent * os.sysconf("SC_CLK_TCK"))
        written = place / "written"
        written.write_text(f"{place.name} (a (name)) {state} {parent} 1 1 0 -1 4194304 0 0 0 0 {ticks} 0 0 0")
        written.replace(place / "stat")

    def aside(self) -> Aside:
        return Aside(clock=self.clock, proc=self.place, pause=0.001)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def policy() -> int:
    return os.sched_getscheduler(0)


def until_ended(aside: Aside) -> None:
    """Go on post after post until the work is ended."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        aside.check()
        time.sleep(0.001)
    raise AssertionError("nobody ended it")


@contextlib.contextmanager
def sleeping() -> Iterator[int]:
    """A process that this thread started, and that only a signal ends."""
    child = os.fork()
    if not child:
        while True:
            signal.pause()
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def test_what_gives_way_does_so_in_a_thread_of_its_own(machine: Machine) -> None:
    aside = machine.aside()

    def work() -> int:
        machine.tell(0, "R", 0.0)
        aside.give_way()
        return policy()

    assert aside.run(work) == os.SCHED_IDLE
    assert policy() == os.SCHED_OTHER


def test_work_that_is_not_much_keeps_its_priority(machine: Machine) -> None:
    assert machine.aside().run(policy) == os.SCHED_OTHER


def test_the_thread_that_waits_for_the_work_never_gives_way(machine: Machine) -> None:
    machine.tell(0, "R", 0.0)
    machine.aside().give_way()
    assert policy() == os.SCHED_OTHER


def test_starved_work_begins_again_at_the_usual_priority(machine: Machine) -> None:
    aside, policies = machine.aside(), list[int]()

    def work() -> str:
        machine.tell(0, "R", 7.0)
        aside.give_way()
        policies.append(policy())
        if policy() == os.SCHED_IDLE:
            machine.tell(0, "R", 7.0 + 0.09 * WINDOW)
            machine.now += WINDOW
            until_ended(aside)
        return "done"

    assert aside.run(work) == "done"
    assert policies == [os.SCHED_IDLE, os.SCHED_OTHER]


def may_take_back() -> bool:
    """Whether the system lets us end giving way, as it lets root, and whoever has RLIMIT_NICE."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except OSError:
        return False
    return True


def test_starved_work_need_not_starve_until_it_has_ended_where_the_system_lets_us(machine: Machine) -> None:
    with ThreadPoolExecutor(1) as another:
        if not another.submit(may_take_back).result():
            pytest.skip("neither root nor RLIMIT_NICE")
    aside, policies = machine.aside(), list[int]()

    def work() -> None:
        machine.tell(0, "R", 7.0)
        aside.give_way()
        if policy() == os.SCHED_IDLE:
            machine.now += WINDOW
            try:
                until_ended(aside)
            finally:
                policies.append(policy())

    aside.run(work)
    assert policies == [os.SCHED_OTHER]


def test_a_starved_process_of_the_work_is_ended_and_no_other_process_is(machine: Machine) -> None:
    aside, seen = machine.aside(), list[int]()
    with sleeping() as other:
        machine.tell(other, "S", 0.0)

        def work() -> str:
            machine.tell(0, "R", 0.0)
            aside.give_way()
            if policy() != os.SCHED_IDLE:
                return "done"
            with sleeping() as child:
                machine.tell(0, "S", 0.0)  # it waits for the child
                machine.tell(child, "R", 0.0)
                machine.now += WINDOW
                time.sleep(0.1)  # a process that is new is judged by the next window
                machine.now += WINDOW
                seen.append(os.waitpid(child, 0)[1])
            until_ended(aside)
            return "ended"

        assert aside.run(work) == "done"
        assert seen == [signal.SIGKILL]
        assert os.waitpid(other, os.WNOHANG) == (0, 0)


@pytest.mark.parametrize(("state", "share"), [("R", 0.11), ("S", 0.0), ("D", 0.0)])
def test_work_that_has_a_tenth_of_a_processor_or_wants_none_goes_on(machine: Machine, state: str, share: float) -> None:
    aside, begun = machine.aside(), []

    def work() -> None:
        machine.tell(0, "R", 0.0)
        aside.give_way()
        begun.append(policy())
        for turn in range(1, 5):
            machine.tell(0, state, share * WINDOW * turn)
            machine.now += WINDOW
            time.sleep(0.05)
            aside.check()

    aside.run(work)
    assert begun == [os.SCHED_IDLE]


def test_after_a_starved_scan_none_gives_way_for_a_while(machine: Machine) -> None:
    aside = machine.aside()

    def work() -> int:
        machine.tell(0, "R", 0.0)
        aside.give_way()
        return policy()

    def starving() -> None:
        if work() == os.SCHED_IDLE:
            raise Starved

    aside.run(starving)
    assert aside.run(work) == os.SCHED_OTHER
    machine.now += RESPITE
    assert aside.run(work) == os.SCHED_IDLE


def test_where_the_kernel_does_not_tell_who_waits_nothing_gives_way(tmp_path: Path) -> None:
    aside = Aside(proc=tmp_path)

    def work() -> int:
        aside.give_way()
        return policy()

    assert aside.run(work) == os.SCHED_OTHER


def test_what_the_work_raises_is_raised(machine: Machine) -> None:
    def work() -> None:
        raise ValueError("a post")

    with pytest.raises(ValueError, match="a post"):
        machine.aside().run(work)


def test_the_real_kernel_tells_of_this_thread_and_of_the_processes_it_started() -> None:
    with sleeping() as child:
        tasks = Aside()._tasks(threading.get_native_id())
        assert tasks[threading.get_native_id()].runs
        assert tasks[threading.get_native_id()].spent > 0
        assert child in tasks
