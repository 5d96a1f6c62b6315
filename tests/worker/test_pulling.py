"""Remote sources in the worker: asked apart, taken in like a scan, remembered over a restart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from service.index import Index
from service.pulling.pulls import Wish
from service.sources.source import SiteFacts
from service.upstream.answer import UpstreamFailed
from tests.index.builders import NOW, at, channels_since, codes, put, titles
from tests.worker.remotes import Upstream, Worker, busy, refused

MANY = [put(f"post-{number:03}", at(number)) for number in range(40)]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path, writer=True)) as index:
        yield index


def test_what_was_pulled_is_published_and_the_next_pull_is_told_its_memory(index: Index) -> None:
    blog = Upstream()
    blog.hold(put("a"), put("b", at(1)))
    worker = Worker(index, blog)
    worker.step()
    assert titles(index) == ["A", "B"]
    (status,) = index.status()
    assert (status.stale, status.scanned_at, status.schedule.memory) == ("", NOW, "cursor 1")
    assert status.schedule.next_pull == NOW + timedelta(seconds=900)
    worker.step(899)
    assert blog.times == 1
    blog.hold(put("a"))
    worker.step(1)
    assert [memory for _, memory, _ in blog.asked] == ["", "cursor 1"]
    assert titles(index) == ["A"]


def test_a_failed_pull_leaves_the_documents_as_they_were(index: Index) -> None:
    blog = Upstream()
    blog.hold(put("a"))
    worker = Worker(index, blog)
    worker.step()
    before = index.revision()
    blog.error = UpstreamFailed("answers 503", "status", status=503)
    worker.step(900)
    assert channels_since(index, before) == []
    (status,) = index.status()
    assert (status.stale, status.reason, status.status) == ("answers 503", "status", 503)
    assert (status.stale_since, status.scanned_at) == (at(0, 900), NOW)
    assert (status.refreshed, status.failed, status.schedule.memory) == (1, 1, "cursor 1")
    assert codes(index) == ["source-unavailable"]
    worker.until(lambda: blog.times == 5)
    (status,) = index.status()
    assert (status.stale_since, status.failed, status.schedule.failures) == (at(0, 900), 4, 4)
    blog.error = None
    worker.until(lambda: not index.status()[0].stale)
    (status,) = index.status()
    assert (status.reason, status.status, status.stale_since, status.schedule.failures) == ("", 0, None, 0)
    assert (titles(index), codes(index)) == (["A"], [])


def test_U09_a_wait_that_an_upstream_asked_for_survives_a_restart(tmp_path: Path) -> None:
    blog = Upstream(error=busy(retry_after=7200.0))
    with closing(Index.open(tmp_path, writer=True)) as index:
        Worker(index, blog).step()
    assert blog.times == 1
    blog.error = None
    blog.hold(put("a"))
    with closing(Index.open(tmp_path, writer=True)) as index:
        worker = Worker(index, blog)
        for _ in range(7):
            worker.step(1000)
        assert blog.times == 1
        assert worker.until(lambda: blog.times == 2) == 200
        assert titles(index) == ["A"]


def test_U09_a_wish_waits_too_unless_it_is_forced(index: Index) -> None:
    blog = Upstream(error=busy(retry_after=7200.0))
    worker = Worker(index, blog)
    worker.step()
    blog.error = None
    numbers = worker.pulls.wish(["blog"], Wish())
    worker.step(60)
    assert blog.times == 1
    assert worker.pulls.answered("blog", numbers["blog"]), "there is nothing to wait for now"
    worker.pulls.wish(["blog"], Wish(force=True))
    worker.step(1)
    assert blog.times == 2


def test_U10_a_refused_key_is_tried_hourly_and_its_reason_is_known(index: Index) -> None:
    blog = Upstream(error=refused())
    worker = Worker(index, blog)
    worker.step()
    assert index.status()[0].reason == "auth_failed"
    worker.until(lambda: blog.times == 4)
    times = [at for at, _, _ in blog.asked]
    assert [later - earlier for earlier, later in pairwise(times)] == [timedelta(hours=1)] * 3


def test_U23_one_slow_source_of_ten_holds_up_no_other(index: Index) -> None:
    slow = Upstream("slow", gate=threading.Event())
    others = [Upstream(f"blog-{number}") for number in range(9)]
    for number, other in enumerate(others):
        other.hold(put(f"from-{number}"))
    worker = Worker(index, slow, *others, interval=60)
    worker.begin()
    for _ in range(3):
        worker.settle(*(other.name for other in others))
        worker.now += timedelta(seconds=60)
        worker.begin()
    worker.settle(*(other.name for other in others))
    assert [other.times for other in others] == [4] * 9
    assert slow.times == 1, "one pull at a time of one source"
    assert len(titles(index)) == 9
    assert slow.gate is not None
    slow.gate.set()
    worker.settle("slow")


def test_U23_four_pulls_at_most_are_under_way(index: Index) -> None:
    gate = threading.Event()
    upstreams = [Upstream(f"blog-{number}", gate=gate) for number in range(10)]
    worker = Worker(index, *upstreams)
    worker.begin()
    for _ in range(200):
        if sum(upstream.at_once for upstream in upstreams) == 4:
            break
        threading.Event().wait(0.01)
    assert sum(upstream.times for upstream in upstreams) == 4
    gate.set()
    worker.settle()
    assert [upstream.times for upstream in upstreams] == [1] * 10


def test_S18_wishes_are_coalesced_and_one_during_a_pull_asks_again_after_a_rest(index: Index) -> None:
    gate = threading.Event()
    blog = Upstream(gate=gate)
    worker = Worker(index, blog)
    worker.begin()
    numbers = [worker.pulls.wish(["blog", "elsewhere"], Wish())["blog"] for _ in range(20)]
    assert set(numbers) == {2}, "the pull that is under way may have begun too early"
    gate.set()
    worker.settle()
    worker.step(1)
    assert not worker.pulls.answered("blog", 2)
    worker.step(1)
    assert worker.pulls.answered("blog", 2)
    worker.step()
    assert blog.times == 2


def test_a_wish_that_finds_nothing_new_is_followed_by_a_whole_listing_where_deletions_show(index: Index) -> None:
    blog = Upstream(incremental=True)
    blog.hold(put("a"), put("b", at(1)))
    worker = Worker(index, blog)
    worker.step()
    blog.hold(put("a"))
    worker.step(900)
    assert (titles(index), blog.times) == (["A", "B"], 2), "on its own it is asked for changes alone"
    worker.pulls.wish(["blog"], Wish())
    for _ in range(3):
        worker.step(5)
    assert titles(index) == ["A"]
    assert [complete for _, _, complete in blog.asked] == [False, False, False, True]
    blog.hold(put("a"), put("c"))
    worker.pulls.wish(["blog"], Wish())
    for _ in range(3):
        worker.step(5)
    assert (titles(index), blog.times) == (["C", "A"], 5), "what was new is the reason of the wish"


def test_U22_an_emptied_upstream_is_held_and_asked_for_everything_until_it_is_believed(index: Index) -> None:
    blog = Upstream()
    blog.hold(*MANY)
    worker = Worker(index, blog)
    worker.step()
    blog.hold()
    for _ in range(4):
        worker.step(900)
    (status,) = index.status()
    assert status.held is not None
    assert (len(titles(index)), status.held.lost, codes(index)) == (40, 40, ["refresh-held"])
    assert [complete for _, _, complete in blog.asked] == [False, False, True, True, True]
    worker.pulls.wish(["blog"], Wish(force=True))
    worker.step(1)
    assert titles(index) == []


def test_C16_a_shrunken_upstream_is_believed_after_as_many_pulls_as_scans_of_a_directory(index: Index) -> None:
    blog = Upstream()
    blog.hold(*MANY)
    worker = Worker(index, blog)
    worker.step()
    blog.hold(*MANY[:10])
    for _ in range(5):  # a flood of hooks is one observation
        worker.pulls.wish(["blog"], Wish())
        worker.step(10)
    status = index.status()[0]
    assert status.held is not None
    assert status.held.scans == 1
    worker.step(900)
    assert len(titles(index)) == 40
    worker.step(900)
    assert len(titles(index)) == 10


def test_an_upstream_that_nobody_can_place_is_stale_until_the_settings_say_where_the_site_is(index: Index) -> None:
    blog = Upstream(facts=SiteFacts())
    blog.hold(put("a"))
    worker = Worker(index, blog)
    worker.step()
    assert index.status()[0].stale.startswith("site.url: neither the settings nor the upstream say")
    worker.remotes[0] = replace(worker.remotes[0], site_url="https://example.org")
    again = Worker(index, blog)
    again.pulls._remotes["blog"] = worker.remotes[0]
    again.step(3600)
    assert titles(index) == ["A"]


def test_a_fault_of_ours_in_a_pull_is_a_stale_source_not_an_outage(index: Index) -> None:
    blog, other = Upstream(error=ZeroDivisionError("oops")), Upstream("other")
    other.hold(put("a"))
    Worker(index, blog, other).step()
    assert [status.reason for status in index.status()] == ["internal", ""]
    assert titles(index) == ["A"]
    assert index.ready()


def test_S03_after_the_index_was_rebuilt_everything_is_asked_for_again(index: Index) -> None:
    gate = threading.Event()
    blog = Upstream()
    blog.hold(put("a"), put("b", at(1)))
    worker = Worker(index, blog)
    worker.step()
    blog.gate = gate
    worker.now += timedelta(seconds=900)
    worker.begin()
    index.rebuild()
    worker.pulls.forget()
    gate.set()
    while not worker.woken.is_set() or worker.pulls._asked:
        worker.pulls.arrived()
    assert not index.status(), "what was found against the old index is not taken in"
    worker.step()
    assert titles(index) == ["A", "B"]
    assert blog.asked[-1][1] == ""


def test_stopping_drops_what_is_under_way(index: Index) -> None:
    gate = threading.Event()
    blog = Upstream(gate=gate)
    worker = Worker(index, blog)
    worker.begin()
    worker.pulls.close()
    gate.set()
    assert worker.pulls.arrived() == []
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("pull-"))
