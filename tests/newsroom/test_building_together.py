"""``feedmill build`` by several processes: the same files as by one, and no process left behind however it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.newsroom.running import Running, eventually, feedmill, post, site, started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a process's children are read from /proc")

POSTS = 90


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """More documents than one process is thought enough for, and two pages that want a file and a directory."""
    names = {f"2025-01-01-p{number}.md": post(f"Post {number}", f"c{number % 5}") for number in range(POSTS)}
    content = site(tmp_path / "site", names)
    (content / "a.md").write_text("---\ntitle: A\npermalink: /a\n---\na", "utf-8")
    (content / "b.md").write_text("---\ntitle: B\npermalink: /a.html/b\n---\nb", "utf-8")
    return content


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def words(content: Path, tmp_path: Path, jobs: int) -> tuple[str | Path, ...]:
    return ("build", content, "--out", tmp_path / f"out{jobs}", "--state", tmp_path / "state", "--jobs", str(jobs))


def test_the_files_do_not_depend_on_how_many_processes_wrote_them(content: Path, tmp_path: Path) -> None:
    said = {}
    for jobs in (1, 3):
        done = feedmill(*words(content, tmp_path, jobs), "--log-level", "debug")
        assert done.returncode == 0, done.stderr
        assert ("processes=3" in done.stderr) == (jobs == 3), done.stderr
        said[jobs] = done.stdout.replace(f"out{jobs}", "out")
    assert files(tmp_path / "out1") == files(tmp_path / "out3")
    assert said[1] == said[3]
    again = feedmill(*words(content, tmp_path, 3))
    assert " 0 files written" in again.stdout, again.stdout


def test_what_one_process_wrote_and_several_do_not_want_any_more_is_removed(content: Path, tmp_path: Path) -> None:
    feedmill(*words(content, tmp_path, 3))
    (content / "_posts" / "2025-01-01-p7.md").unlink()
    done = feedmill(*words(content, tmp_path, 3))
    assert " 2 removed" in done.stdout, done.stdout + done.stderr
    feedmill(*words(content, tmp_path, 1))
    assert files(tmp_path / "out1") == files(tmp_path / "out3")


def children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


def runs(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextmanager
def building(content: Path, tmp_path: Path) -> Iterator[tuple[Running, list[int]]]:
    """A build under way, with its helpers, which wait or work."""
    with started(*words(content, tmp_path, 2)) as running:
        pid = running.process.pid
        yield running, eventually(lambda: len(found := children(pid)) == 2 and found)  # type: ignore[arg-type,return-value]


def test_a_build_that_loses_a_process_says_so_and_can_be_run_again(content: Path, tmp_path: Path) -> None:
    with building(content, tmp_path) as (running, helpers):
        os.kill(helpers[0], signal.SIGKILL)
        assert running.process.wait() == 4, running.log()
    assert "was ended by signal 9" in running.log()
    assert "--jobs 1" in running.log()
    assert len(running.log().splitlines()) == 1, "no traceback"
    eventually(lambda: not any(map(runs, helpers)))
    done = feedmill(*words(content, tmp_path, 2))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_build_that_is_stopped_leaves_no_process_behind(
    content: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with building(content, tmp_path) as (running, helpers):
        running.process.send_signal(number)
        assert running.process.wait() == (130 if number == signal.SIGINT else -number)
        assert "Traceback" not in running.log()
    eventually(lambda: not any(map(runs, helpers)))
    done = feedmill(*words(content, tmp_path, 2))
    assert done.returncode == 0, done.stderr
