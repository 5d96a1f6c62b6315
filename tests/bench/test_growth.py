"""What the figures of growth and of a fixed rate rest on: slopes, steps that check themselves, an open loop."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from bench import growth, growth_steps, latency, processes, traffic
from bench.archive import Archive
from bench.traffic import HOST, Request
from tests.serving.fakes import newsroom, serving


def measure(rule: float, found: dict[int, float]) -> growth.Measure:
    made = growth.Measure("it", "s", rule, "Because.", 0)
    for posts, value in found.items():
        made.add(posts, value)
    return made


def test_a_slope_is_the_exponent_between_the_two_largest_sizes() -> None:
    linear = measure(1, {10: 99.0, 1_000: 2.0, 10_000: 20.0})
    assert linear.slope() == pytest.approx(1)
    assert "as its rule" in linear.explained()
    assert "GROWS FASTER" in measure(0, {1_000: 2.0, 10_000: 20.0}).explained()
    assert measure(0, {1_000: 2.0}).slope() is None
    peak = measure(0, {1_000: 81.0, 10_000: 90.0})
    peak.base = 80.0
    assert peak.slope() == pytest.approx(1)


def test_a_small_archive_goes_through_every_step(tmp_path: Path) -> None:
    posts, facts = 1_000, {}
    for step, work in growth_steps.STEPS.items():
        facts[step] = work(tmp_path / "state", posts)
    assert facts["fill"]["bytes"] > 0
    assert 0 < facts["change"]["rows"] < 100
    assert facts["change"]["instructions"] > 0
    assert facts["hit"].keys() == {"new", "known"}
    found = growth.measures()
    told = {name for each in facts.values() for name in each} - {"processor", "seconds", "apply", "statements"}
    assert told <= found.keys()


def test_the_newest_posts_have_whole_texts_whatever_the_size() -> None:
    newest = growth_steps._put(Archive(100_000), 99_999)
    assert len(newest.text) > 2_000
    assert len(growth_steps._put(Archive(100_000), 0).text) < 500
    assert newest == growth_steps._put(Archive(100_000), 99_999)


@pytest.mark.skipif(processes.processors() is None, reason="no epoll, or one processor")
def test_a_fixed_rate_is_kept_and_every_answer_is_looked_at(tmp_path: Path) -> None:
    with serving(newsroom()) as (_, port):
        head = traffic.head(port, Request("/rss.xml"))
        words = (HOST, str(port), "200", "1")
        begun, told = processes.output(tmp_path, processes.python("bench.steady", *words, "200"), head).splitlines()
        with pytest.raises(processes.ChildFailed, match="unexpected answer"):
            processes.output(tmp_path, processes.python("bench.steady", *words, "304"), head)
    facts = json.loads(told)
    assert begun == "begun"
    assert facts["counted"] == pytest.approx(200, abs=20)  # those that are due, whenever they were answered
    assert 0 < facts["p50"] <= facts["p99"] <= facts["most"]


@pytest.mark.skipif(processes.processors() is None, reason="no epoll, or one processor")
def test_a_run_at_a_fixed_rate_ends_when_it_is_told_to(tmp_path: Path) -> None:
    request = Request("/rss.xml")
    with serving(newsroom()) as (_, port):
        facts = latency._asked_during(tmp_path, port, request, 100, lambda: time.sleep(0.2))
    assert 0.2 <= facts["seconds"] < latency.LONGEST
    assert facts["counted"]


def test_none_of_the_posts_that_arrive_is_of_the_category_that_is_asked_for() -> None:
    numbers = list(latency._numbers())
    assert len(numbers) == latency.ARRIVING
    assert all(number % latency.CATEGORIES for number in numbers)
