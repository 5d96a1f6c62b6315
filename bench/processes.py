"""Children of a run: started here, ended here by their handle, on loopback only.

They see neither the caller's FEEDMILL_* variables nor a feedmill.toml of the working directory, so that a run measures
the defaults. ``directory`` is the run's own: where they work. Refuses to know what a child does.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

PATIENCE: Final = 180.0
"""Seconds after which a child that should have ended, or begun to serve, is killed."""

_GRACE: Final = 30.0
"""Seconds beyond its time that ending a child may take."""

_URL = re.compile(r"http://127\.0\.0\.1:(\d+)")
_FOREIGN: Final = (
    *("PORT", "WEB_CONCURRENCY", "LOG_LEVEL", "PROMETHEUS_MULTIPROC_DIR"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONDEVMODE", "PYTHONPROFILEIMPORTTIME", "PYTHONASYNCIODEBUG"),
)


class ChildFailed(Exception):
    """A child ended with an error, or did not do its part in time."""


class TooLong(ChildFailed):
    """A child was ended because its time was up."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a child and all below it cost from its start to its end."""

    seconds: float
    processor_seconds: float
    peak_mb: float
    """Of the largest process."""
    together_mb: float = 0.0
    """Of all at the same time, files excepted, as seen twenty times a second; 0 where the system does not tell."""
    processes: int = 1
    """At the same time, as seen so."""


def measured(directory: Path, *arguments: str) -> Cost:
    """Run ``python -m`` with these arguments to its end. Raises ChildFailed."""
    return cost(directory, python(*arguments))


def cost(directory: Path, command: Sequence[str], *, patience: float = PATIENCE) -> Cost:
    """Run a command to its end. Raises ChildFailed, and TooLong where it does not end within seconds."""
    with tempfile.TemporaryFile(dir=directory) as said, tempfile.NamedTemporaryFile(dir=directory) as report:
        launcher = (sys.executable, "-I", "-S", str(Path(__file__).with_name("cost.py")), report.name, str(patience))
        child = subprocess.Popen(
            (*launcher, *command), cwd=directory, env=_environment(directory), stdout=said, stderr=said
        )
        try:
            child.wait(patience + _GRACE)
        except BaseException:  # a signal to us: what we started must not outlive us
            child.terminate()
            child.wait()
            raise
        facts = json.loads(report.read() or b"{}")
        if facts.get("late"):
            raise TooLong(f"{_shortly(command)}: did not end within {patience:.0f} s")
        if child.returncode:
            said.seek(0)
            raise ChildFailed(f"{_shortly(command)}: {said.read().decode(errors='replace').strip()}")
    return Cost(*(facts[name] for name in ("seconds", "processor", "peak", "together", "processes")))


def _shortly(command: Sequence[str]) -> str:
    return " ".join(command)[:200]


def output(directory: Path, command: Sequence[str], given: bytes = b"", *, patience: float = PATIENCE) -> str:
    """What a command prints that is ``given`` this on standard input, within seconds. Raises ChildFailed."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=_environment(directory),
            input=given,
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChildFailed(f"{' '.join(command)}: did not end within {patience:.0f} s") from None
    if done.returncode:
        raise ChildFailed(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")


def python(*arguments: str) -> list[str]:
    """The command ``python -m`` with these arguments, under this interpreter."""
    return [sys.executable, "-m", *arguments]


@contextlib.contextmanager
def pinned(*numbers: int) -> Iterator[None]:
    """What is started in here stays on these of our processors, by their place, where there are so many."""
    ours = processors()
    if ours is None or max(numbers) >= len(ours):
        yield
        return
    os.sched_setaffinity(0, {ours[number] for number in numbers})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


@contextlib.contextmanager
def sparing(number: int) -> Iterator[None]:
    """What is started in here leaves that one of our processors alone, where there is another."""
    others = [place for place in range(len(processors() or ())) if place != number]
    with pinned(*others) if others else contextlib.nullcontext():
        yield


def processors() -> list[int] | None:
    """The processors we may use; None where the system does not let us choose among two or more."""
    if sys.platform != "linux":
        return None
    ours = sorted(os.sched_getaffinity(0))
    return ours if len(ours) > 1 else None


@contextlib.contextmanager
def started(directory: Path, command: Sequence[str]) -> Iterator[None]:
    """Run a command that serves until it is told to end. Raises ChildFailed where it ends before, with what it says."""
    with tempfile.TemporaryFile(dir=directory) as said:
        child = subprocess.Popen(command, cwd=directory, env=_environment(directory), stdout=said, stderr=said)
        try:
            yield
            if child.poll() is not None:
                said.seek(0)
                raise ChildFailed(f"{command[0]}: {said.read().decode(errors='replace').strip() or 'ended'}")
        finally:
            child.terminate()
            with _killed_after(PATIENCE, child):
                child.wait()


@contextlib.contextmanager
def until_told(directory: Path, command: Sequence[str], given: bytes) -> Iterator[Callable[[], str]]:
    """Run a command that is ``given`` this and prints a line when it has begun; what ends it returns what it printed
    since, or raises ChildFailed."""
    with tempfile.TemporaryFile(dir=directory) as words, tempfile.TemporaryFile(dir=directory) as said:
        words.write(given)
        words.seek(0)
        child = subprocess.Popen(
            command, cwd=directory, env=_environment(directory), stdin=words, stdout=subprocess.PIPE, stderr=said
        )

        def end() -> str:
            child.terminate()
            with _killed_after(PATIENCE, child):
                printed, _ = child.communicate()
            if child.returncode:
                said.seek(0)
                raise ChildFailed(f"{_shortly(command)}: {said.read().decode(errors='replace').strip()[-300:]}")
            return printed.decode()

        try:
            assert child.stdout is not None  # noqa: S101 - PIPE was asked for
            with _killed_after(PATIENCE, child):
                child.stdout.readline()
            yield end
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()


@contextlib.contextmanager
def serving(directory: Path, *arguments: str) -> Iterator[int]:
    """Run ``python -m`` with these arguments, which print the URL they serve at; its port. Raises ChildFailed."""
    with tempfile.TemporaryFile(dir=directory) as said:
        child = _start(arguments, directory, stdout=subprocess.PIPE, stderr=said)
        try:
            assert child.stdout is not None  # noqa: S101 - PIPE was asked for
            with _killed_after(PATIENCE, child):
                url = _URL.search(child.stdout.readline().decode())
            if url is None:
                said.seek(0)
                raise ChildFailed(f"{arguments[0]}: {said.read().decode(errors='replace').strip()}")
            yield int(url[1])
        finally:
            child.terminate()
            with _killed_after(PATIENCE, child):
                child.communicate()


def _start(
    arguments: Sequence[str], directory: Path, *, stdout: int | IO[bytes], stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        python(*arguments), cwd=directory, env=_environment(directory), stdout=stdout, stderr=stderr
    )


def _environment(directory: Path) -> dict[str, str]:
    """Ours, without what would change a child. Bytecode is kept, as in an installation, but in the run's directory."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FEEDMILL_") and k not in _FOREIGN}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONPYCACHEPREFIX": str(directory / "bytecode")}


@contextlib.contextmanager
def _killed_after(seconds: float, child: subprocess.Popen[bytes]) -> Iterator[None]:
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
