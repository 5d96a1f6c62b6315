"""Processes that build documents side by side, where there are enough of them and enough processors.

They are forked before anything is open or any thread runs, then wait on a pipe: a helper opens the index itself, so no
connection to a database crosses a fork, and one that is never asked costs a few milliseconds. A helper ends with its
pipe, so none outlives the command however that ends; one that dies ends the build with a line that says so.
Refuses to know what a document is: a share is a list of targets in, a :class:`~service.builder.Built` out.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from feeds.frozen import frozen
from service import builder, logs
from service.builder import Built
from service.errors import StorageUnavailable
from service.index import Index
from service.paths import Target
from service.publisher import Publisher
from service.settings import Settings

MOST: Final = 4
"""Processes of a build where nobody says how many: beyond, the disk and the index are what it waits for."""

MOST_SHARED: Final = 32
"""Documents that a helper is given at a time, or as many more as those of the last channel are."""

WORTH: Final = 64
"""Documents from which on a build is shared: what helpers render twice, because both need it, has to be made up for."""

_WAITING: Final = 2
"""Shares that a helper has in hand, so that it need not wait for the next one; what it is sent and what it answers
are a few kilobytes each, which pipes hold, so that the two sides never wait for each other."""


@frozen(frozen=True, slots=True)
class Task:
    """What a helper has to know before its first share."""

    settings: Settings
    state: Path
    out: Path
    coded: bool = True


def jobs(wanted: int | None) -> int:
    """How many processes build: as many as asked for, else one for each processor we may use, up to :data:`MOST`."""
    if wanted is not None:
        return wanted
    try:
        return min(MOST, len(os.sched_getaffinity(0)))
    except AttributeError:  # macOS, Windows
        return min(MOST, os.cpu_count() or 1)


class Team:
    """Helpers, waiting or at work. Start it with :func:`gathered`."""

    def __init__(self, size: int) -> None:
        self._helpers: list[tuple[BaseProcess, Connection]] = []
        context = multiprocessing.get_context("fork")
        for _ in range(size):
            ours, theirs = context.Pipe()
            others = [ours, *(connection for _, connection in self._helpers)]
            process = context.Process(target=_help, args=(theirs, others), name="feedmill-build", daemon=True)
            process.start()
            theirs.close()
            self._helpers.append((process, ours))

    def build(self, task: Task, shares: Iterable[list[Target]]) -> Iterator[tuple[int, Built]]:
        """How many documents each share has and what became of them, in no particular order.

        Raises StorageUnavailable where a helper says so or dies.
        """
        waiting = iter(shares)
        in_hand: list[deque[int]] = [deque() for _ in self._helpers]

        def supply(number: int) -> None:
            while len(in_hand[number]) < _WAITING and (share := next(waiting, None)) is not None:
                _send(*self._helpers[number], share)
                in_hand[number].append(len(share))

        for number, (process, connection) in enumerate(self._helpers):
            _send(process, connection, task)
            supply(number)
        while busy := [connection for (_, connection), shares in zip(self._helpers, in_hand, strict=True) if shares]:
            ready = wait(busy)
            for number, (process, connection) in enumerate(self._helpers):
                if connection in ready:
                    built = _received(process, connection)
                    size = in_hand[number].popleft()
                    supply(number)
                    yield size, built

    def dismiss(self) -> None:
        """End every helper, at work or not: what it was writing is in the journal, and whole or not there."""
        for process, connection in self._helpers:
            connection.close()
            process.kill()
        for process, _ in self._helpers:
            process.join()
        self._helpers.clear()

    def __len__(self) -> int:
        return len(self._helpers)


@contextlib.contextmanager
def gathered(size: int) -> Iterator[Team | None]:
    """``size`` helpers until the end of the block; None where one process is asked for, or no more can be had.

    A process with threads is not forked: a helper would inherit their locks and nobody to release them.
    """
    if size < 2 or sys.platform == "win32" or threading.active_count() > 1:
        yield None
        return
    team = Team(size)
    try:
        yield team
    finally:
        team.dismiss()


def _send(process: BaseProcess, connection: Connection, message: object) -> None:
    try:
        connection.send(message)
    except OSError:
        raise _lost(process) from None


def _received(process: BaseProcess, connection: Connection) -> Built:
    try:
        answer = connection.recv()
    except (EOFError, OSError):
        raise _lost(process) from None
    if isinstance(answer, Built):
        return answer
    if isinstance(answer, StorageUnavailable):
        raise answer
    raise RuntimeError(f"a process of the build failed:\n{answer}")


def _lost(process: BaseProcess) -> StorageUnavailable:
    process.join(5)
    code = process.exitcode
    how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
    return StorageUnavailable(
        f"a process of the build {how} (is memory short?); its files are known: build again, or with --jobs 1"
    )


def _help(connection: Connection, others: list[Connection]) -> None:
    """A helper: the task, then shares until nobody sends any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us, too; the command decides, and our pipe ends
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()  # held here, it would keep other helpers waiting for a command that is gone
    with contextlib.suppress(EOFError, OSError):
        task: Task = connection.recv()
        try:
            _work(connection, task)
        except StorageUnavailable as error:
            connection.send(error)
        except (EOFError, BrokenPipeError):
            raise
        except Exception:
            connection.send(traceback.format_exc())


def _work(connection: Connection, task: Task) -> None:
    logs.configure(task.settings.service.log_level)
    with (
        contextlib.closing(Index.open(task.state)) as index,
        builder.building(Publisher(index, task.settings), task.out, coded=task.coded) as own,
    ):
        while True:
            connection.send(own.build(connection.recv()))
