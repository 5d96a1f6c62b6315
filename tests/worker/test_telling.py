"""What the log says of sources: once per change, then hourly."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from service.index import Schedule, Staleness
from service.telling import Telling
from service.tick import TOLD, Report, SourceReport

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def failing(attempt: int, reason: str = "timeout", status: int = 0, line: str = "does not answer") -> SourceReport:
    schedule = Schedule("", NOW, NOW + timedelta(seconds=30 * attempt), None, attempt)
    return SourceReport("blog", error=line, why=Staleness(line, reason, status), schedule=schedule)


def told(caplog: pytest.LogCaptureFixture, *steps: tuple[float, SourceReport]) -> list[tuple[str, str]]:
    caplog.set_level(logging.INFO)
    telling = Telling()
    for minutes, source in steps:
        telling.tell(Report((source,), 0, 0, None), 0.1, NOW + timedelta(minutes=minutes))
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_a_failure_is_told_once_and_hourly_while_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    steps = [(minute, failing(minute + 1)) for minute in range(0, 150, 10)]
    lines = told(caplog, *steps, (150, SourceReport("blog", put=1)))
    expected = "source refresh failed source=blog reason=timeout status=- attempt=1 next_retry_at="
    assert lines[0] == ("WARNING", f"{expected}2026-11-22T12:00:30+00:00: does not answer")
    assert [message.partition("attempt=")[2].partition(" ")[0] for _, message in lines[:3]] == ["1", "61", "121"]
    refreshed = "refreshed source=blog put=1 rejected=0 dropped=0 moved=0"
    assert lines[3:] == [("INFO", refreshed), ("INFO", "source=blog is back")]


def test_another_reason_is_told_at_once_and_other_words_for_the_same_are_not(caplog: pytest.LogCaptureFixture) -> None:
    steps = [failing(1, line="took 3.1 s"), failing(2, line="took 3.2 s"), failing(3, "status", 503, "answers 503")]
    lines = told(caplog, *((minute, step) for minute, step in enumerate(steps)))
    assert [message.rpartition(": ")[2] for _, message in lines] == ["took 3.1 s", "answers 503"]


def test_a_feed_that_cannot_be_read_is_told_once_hourly_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    a, b = "the feed A cannot be read: it answers 404", "the feed B cannot be read: it does not answer"
    dead, both = SourceReport("planet", unread=(a,)), SourceReport("planet", unread=(a, b))
    steps = [(0, dead), (10, dead), (20, both), (30, failing(1)), (70, both), (80, SourceReport("planet"))]
    assert [line for line in told(caplog, *steps) if "planet" in line[1]] == [
        ("WARNING", f"source=planet {a}"),
        ("WARNING", f"source=planet {b}"),
        ("WARNING", f"source=planet {a}"),
        ("INFO", f"source=planet no longer so: {a}"),
        ("INFO", f"source=planet no longer so: {b}"),
    ]


def test_a_source_that_fails_says_nothing_of_its_feeds(caplog: pytest.LogCaptureFixture) -> None:
    dead = SourceReport("blog", unread=("the feed A cannot be read: it answers 404",))
    lines = told(caplog, (0, dead), (10, failing(1)), (20, dead))
    assert [message for _, message in lines if "no longer so" in message] == []
    assert sum("answers 404" in message for _, message in lines) == 1


def test_U10_a_refused_key_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    ((level, message),) = told(caplog, (0, failing(1, "auth_failed", 401, "answers 401")))
    assert level == "ERROR"
    assert "reason=auth_failed status=401" in message


def test_files_that_claim_one_url_are_named_and_few_of_many(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    lines = tuple(f"source=blog {number}.md error duplicate-url" for number in range(TOLD + 1))
    Telling().tell(Report((), 0, 0, None, contested=lines[:1]), 0.1, NOW)
    Telling().tell(Report((), 0, 0, None, contested=lines), 0.1, NOW)
    assert [record.getMessage() for record in caplog.records] == [
        lines[0],
        *lines[:TOLD],
        "and more that are not published because of another file (feedmill check has all)",
    ]


def test_posts_that_cannot_be_loaded_are_named_once_and_few_of_many(caplog: pytest.LogCaptureFixture) -> None:
    one = SourceReport("blog", rejected=1, refused=("_posts/a.md:2:8 error yaml-syntax no",))
    many = SourceReport("blog", rejected=9, refused=tuple(f"{number}.md error" for number in range(TOLD)))
    lines = [line for level, line in told(caplog, (0, one), (1, one), (2, many)) if level == "WARNING"]
    assert lines == [
        "source=blog _posts/a.md:2:8 error yaml-syntax no",
        *(f"source=blog {number}.md error" for number in range(TOLD)),
        "source=blog and more, of 9 (feedmill check has all)",
    ]
