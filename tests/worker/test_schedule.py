"""When a remote source is asked: pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import SourceUnavailable
from service.index import Schedule, Staleness
from service.pulling.schedule import (
    FIRST_WAIT,
    LONGEST_WAIT,
    after_failure,
    after_success,
    allowed,
    due,
    staleness,
)
from service.upstream.answer import LONGEST_RETRY_AFTER, UpstreamFailed
from tests.worker.remotes import busy, refused

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOWN = UpstreamFailed("does not answer", "timeout")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_after_an_answer_comes_the_interval_and_failures_are_forgotten() -> None:
    known = after_success(900, "cursor", NOW)
    assert known == Schedule("cursor", NOW, after(900), None, 0)
    assert due(known, 900, after(10)) == after(900)


def test_a_source_that_was_never_asked_is_due() -> None:
    assert due(Schedule(), 900, NOW) == NOW


@given(st.integers(0, 40), st.integers(0, 2**32))
def test_waits_are_drawn_from_a_span_that_doubles_from_thirty_seconds_to_an_hour(failures: int, seed: int) -> None:
    before = Schedule("cursor", NOW, NOW, None, failures)
    known = after_failure(before, DOWN, NOW, Random(seed))
    assert (known.memory, known.failures, known.not_before) == ("cursor", failures + 1, None)
    assert known.next_pull is not None
    wait = (known.next_pull - NOW).total_seconds()
    assert 1 <= wait <= min(LONGEST_WAIT, FIRST_WAIT * 2**failures)
    assert due(known, 1, NOW) == known.next_pull, "a short interval does not shorten the wait"


def test_sources_that_failed_together_come_back_apart() -> None:
    rng = Random(7)
    waits = {after_failure(Schedule(failures=9), DOWN, NOW, rng).next_pull for _ in range(10)}
    assert len(waits) == 10


@pytest.mark.parametrize(
    ("said", "waited"),
    [
        (7200.0, 7200.0),
        (10 * 365 * 86_400.0, LONGEST_RETRY_AFTER),
        (math.inf, LONGEST_RETRY_AFTER),
        (0.0, 0.0),
        (-60.0, 0.0),
        (math.nan, 0.0),
        (None, 0.0),
    ],
)
def test_U09_retry_after_is_waited_for_whatever_it_says(said: float | None, waited: float) -> None:
    known = after_failure(Schedule(), busy(retry_after=said), NOW, Random(3))
    assert known.next_pull is not None
    assert known.next_pull >= after(waited)
    assert known.next_pull <= after(max(waited, FIRST_WAIT))
    assert allowed(known, after(1)) == (after(waited) if waited else after(1))


def test_U10_a_refused_key_is_tried_hourly() -> None:
    for failures in (0, 1, 20):
        known = after_failure(Schedule(failures=failures), refused(), NOW, Random(3))
        assert known.next_pull == after(3600)


def test_a_shorter_interval_in_the_settings_counts_at_once() -> None:
    known = after_success(86_400, "", NOW)
    assert due(known, 60, after(1)) == after(60)


def test_S19_a_clock_that_was_put_back_makes_nobody_wait_for_years() -> None:
    in_a_year = NOW + timedelta(days=365)
    known = after_failure(Schedule(), busy(retry_after=3600.0), in_a_year, Random(3))
    assert due(known, 900, NOW) == NOW
    assert due(after_success(900, "", in_a_year), 900, NOW) == NOW


def test_a_reason_is_a_short_code_whatever_failed() -> None:
    assert staleness(busy("answers 429")) == Staleness("answers 429", "rate-limited", 429)
    assert staleness(SourceUnavailable("no such directory")) == Staleness("no such directory", "unavailable")
    assert staleness(ZeroDivisionError("oops")) == Staleness("internal error: ZeroDivisionError: oops", "internal")
