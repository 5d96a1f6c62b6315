"""The worker's loop with remote sources: it asks, it is asked, and it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.asking import REQUESTS, request_refresh
from service.index import Index
from service.pulling.arrived import Remote
from service.settings import RefreshSettings, Settings
from service.worker import run
from tests.index.builders import FakeSource, put, titles
from tests.worker.remotes import Upstream, busy
from tests.worker.test_run import PATIENCE, wait_for


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path / "state", writer=True)) as index:
        yield index


@contextmanager
def running(index: Index, *upstreams: Upstream, directory: FakeSource | None = None) -> Iterator[threading.Event]:
    refresh = RefreshSettings(watch="off", interval=3600)
    settings, stop = Settings.model_construct(refresh=refresh), threading.Event()
    remotes = [Remote(upstream, 3600) for upstream in upstreams]
    sources = [directory] if directory else []
    thread = threading.Thread(target=run, args=(settings, sources, index), kwargs={"stop": stop, "remotes": remotes})
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the worker stops when asked to"


def answered(index: Index) -> bool:
    return not list((index.directory / REQUESTS).iterdir())


def test_a_worker_of_remote_sources_alone_is_ready_when_each_was_asked(index: Index) -> None:
    blog, other = Upstream("blog"), Upstream("other", error=busy())
    blog.hold(put("a"))
    with running(index, blog, other):
        wait_for(index.ready)
        wait_for(lambda: titles(index) == ["A"])
    assert [status.name for status in index.status()] == ["blog", "other"]


def test_a_request_asks_one_source_and_scans_nothing(index: Index) -> None:
    blog, other, directory = Upstream("blog"), Upstream("other"), FakeSource("disk")
    with running(index, blog, other, directory=directory):
        wait_for(index.ready)
        time.sleep(1.2)  # the watch of the requests says once that it has begun
        scans = directory.scans
        blog.hold(put("new"))
        request_refresh(index.directory, source="blog", whole=True)
        wait_for(lambda: titles(index) == ["New"])
        wait_for(lambda: answered(index))
    assert (blog.times, other.times, directory.scans) == (2, 1, scans)
    assert blog.asked[-1][2], "whole"


def test_a_request_for_everything_scans_and_asks_and_is_answered_when_both_are_done(index: Index) -> None:
    blog, directory = Upstream(), FakeSource("disk")
    with running(index, blog, directory=directory):
        wait_for(index.ready)
        time.sleep(1.2)
        gate = blog.gate = threading.Event()
        scans = directory.scans
        directory.hold([put("on-disk")])
        request_refresh(index.directory)
        wait_for(lambda: titles(index) == ["On-Disk"])
        wait_for(lambda: blog.times == 2)
        assert not answered(index)
        assert directory.scans == scans + 1, "a slow upstream does not hold up directories"
        gate.set()
        wait_for(lambda: answered(index))


def test_U09_a_request_for_a_source_that_wants_to_be_left_alone_is_answered_at_once(index: Index) -> None:
    blog = Upstream(error=busy(retry_after=3600.0))
    with running(index, blog):
        wait_for(lambda: index.status())
        time.sleep(0.2)
        request_refresh(index.directory, source="blog")
        wait_for(lambda: answered(index))
        assert blog.times == 1
        request_refresh(index.directory, source="blog", force=True)
        wait_for(lambda: blog.times == 2)


def test_force_for_one_source_is_not_force_for_the_others(index: Index) -> None:
    blog, disk = Upstream(), FakeSource("disk")
    blog.hold(put("a"))
    disk.hold([put("b")])
    with running(index, blog, directory=disk):
        wait_for(lambda: len(titles(index)) == 2)
        disk.hold([])
        blog.hold()
        request_refresh(index.directory, source="blog", force=True)
        wait_for(lambda: titles(index) == ["B"])
        request_refresh(index.directory, source="disk", force=True)
        wait_for(lambda: titles(index) == [])


def test_stopping_does_not_wait_for_an_upstream(index: Index) -> None:
    blog = Upstream(gate=threading.Event())
    with running(index, blog) as stop:
        wait_for(lambda: blog.times == 1)
        stop.set()
    assert blog.at_once == 1, "it was still being asked"
    assert blog.gate is not None
    blog.gate.set()
