"""Work on many items in processes forked from this one, answers in the order of the items.

What crosses back is plain data that :mod:`marshal` takes; what the work needs is there already, because a fork shares
it. Refuses to retry: a process that dies ends the whole with :class:`Died`, and what was answered before stands.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import select
import signal
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import IO, Any, Final, Generic, NamedTuple, NoReturn, TypeVar

T = TypeVar("T")

PIECE: Final = 64
"""Items that cross together: enough that a pipe is woken seldom, few enough that memory stays that of a piece."""

_SIZE_BYTES: Final = 4
_STANDARD: Final = 3
"""Input, output and errors: the files that every process has."""
_PIPE_BYTES: Final = 1 << 20
"""What crosses at a time (Linux allows no more without privileges)."""
_BEHIND: Final = 2
"""How far several processes stand back (nice) behind the one that takes their answers: that one is alone, and where it
is kept waiting all end later. A twentieth of a cold build; more is hardly faster, and starved sooner."""
_AHEAD_BYTES: Final = 8 << 20
"""What a process may be ahead of the one that takes its answers: half a second's work or so, in which that one may
import what it needs to take them."""


class Died(Exception):
    """A process ended before it had answered; ``str()`` says how."""


class _Process(NamedTuple):
    number: int
    answers: IO[bytes]


def possible() -> bool:
    """Whether this platform forks without harm: macOS's own libraries do not survive it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def apart(
    work: Callable[[T], Any], items: Sequence[T], processes: int, *, alone: bool = False
) -> Generator[Any, None, None]:
    """What ``work`` says of each item, in order; else as :func:`in_pieces`."""
    return in_pieces(lambda piece: [work(item) for item in piece], items, processes, alone=alone)


def in_pieces(
    work: Callable[[Sequence[T]], list[Any]], items: Sequence[T], processes: int, *, alone: bool = False
) -> Generator[Any, None, None]:
    """What :class:`Begun` answers, begun when the first answer is wanted. Closing the iterator ends the processes."""
    with contextlib.closing(Begun(work, items, processes, alone=alone)) as begun:
        yield from begun


class Begun(Generic[T]):
    """What ``work`` says of items, which it is given some at a time, an answer for each, in order: in processes that
    are at work from here on, and end with :meth:`close`.

    ``alone``: they keep no file open that was open here. One that may outlive us would hold our locks.

    Iterating raises Died; what ``work`` raises ends its process, so it should be total.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], list[Any]], items: Sequence[T], processes: int, *, alone: bool = False
    ) -> None:
        self._pieces = -(-len(items) // PIECE)
        self._started: list[_Process] = []
        try:
            for place in range(processes):
                self._started.append(_fork(work, items, place, processes, self._started, alone=alone))
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Any]:
        for piece in range(self._pieces):
            yield from _answer(self._started[piece % len(self._started)])

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        for process in self._started:
            _end(process)
        self._started.clear()


def _answer(process: _Process) -> list[Any]:
    size = int.from_bytes(process.answers.read(_SIZE_BYTES), "little")
    said = process.answers.read(size) if size else b""
    if not said or len(said) < size:
        raise Died(f"a reading process ended unexpectedly ({_how(process)})")
    answer: list[Any] = marshal.loads(said)  # noqa: S302 - from our own child, by a pipe nobody else has
    return answer


def _how(process: _Process) -> str:
    """How a process ended, which its pipe has told; it is left to :func:`_end` to let its number go."""
    with contextlib.suppress(ChildProcessError):
        found = os.waitid(os.P_PID, process.number, os.WEXITED | os.WNOWAIT)
        if found is not None:
            return f"{'exit code' if found.si_code == os.CLD_EXITED else 'signal'} {found.si_status}"
    return "it was ended"


def _end(process: _Process) -> None:
    """End a process, whatever it is doing: it holds nothing that has to be put in order."""
    process.answers.close()
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(process.number, signal.SIGKILL)
        os.waitpid(process.number, 0)


def _fork(
    work: Callable[[Sequence[T]], list[Any]],
    items: Sequence[T],
    place: int,
    processes: int,
    others: Sequence[_Process],
    *,
    alone: bool,
) -> _Process:
    ours, theirs = os.pipe()
    with contextlib.suppress(ImportError, AttributeError, OSError):  # Linux alone knows it
        import fcntl

        fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    with warnings.catch_warnings():
        # Python warns of threads that may hold locks across a fork: the child takes none that ours may have.
        warnings.simplefilter("ignore", DeprecationWarning)
        number = os.fork()
    if not number:
        os.close(ours)
        if alone:
            os.closerange(_STANDARD, theirs)
            os.closerange(theirs + 1, os.sysconf("SC_OPEN_MAX"))
            others = ()
        _work(work, items, place, processes, theirs, others)
    os.close(theirs)
    return _Process(number, os.fdopen(ours, "rb", buffering=_PIPE_BYTES))


def _work(
    work: Callable[[Sequence[T]], list[Any]],
    items: Sequence[T],
    place: int,
    processes: int,
    pipe: int,
    others: Sequence[_Process],
) -> NoReturn:
    """The child: every so-manyth piece. It leaves without ceremony, because what it inherited is not its own."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business, and its end is ours
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if processes > 1:
            os.nice(_BEHIND)
        gc.freeze()  # what is there is shared, and stays so as long as nobody looks for cycles in it
        for other in others:
            os.close(other.answers.fileno())
        os.set_blocking(pipe, False)
        waiting = deque[memoryview]()
        for piece in range(place, -(-len(items) // PIECE), processes):
            said = marshal.dumps(work(items[piece * PIECE : (piece + 1) * PIECE]))
            waiting.append(memoryview(len(said).to_bytes(_SIZE_BYTES, "little") + said))
            _hand_over(pipe, waiting, _AHEAD_BYTES)
        _hand_over(pipe, waiting, 0)
        code = 0
    except BrokenPipeError:
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


def _hand_over(pipe: int, waiting: deque[memoryview], ahead: int) -> None:
    """Write what the pipe takes, and wait for it only as long as more than so many bytes are left."""
    left = sum(map(len, waiting))
    while waiting:
        try:
            taken = os.write(pipe, waiting[0])
        except BlockingIOError:
            if left <= ahead:
                return
            poll = select.poll()
            poll.register(pipe, select.POLLOUT)
            poll.poll()
            continue
        left -= taken
        rest = waiting.popleft()[taken:]
        if rest:
            waiting.appendleft(rest)
