"""Dates as documents write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from feeds.dates import rfc822, rfc3339

SEOUL = timezone(timedelta(hours=9))


def test_dates_are_in_utc_in_english_and_without_fractions() -> None:
    moment = datetime(2024, 2, 29, 8, 5, 9, 123456, tzinfo=SEOUL)
    assert rfc822(moment) == "Wed, 28 Feb 2024 23:05:09 GMT"
    assert rfc3339(moment) == "2024-02-28T23:05:09Z"


def test_early_years_have_four_digits() -> None:
    moment = datetime(999, 1, 1, tzinfo=UTC)
    assert rfc822(moment) == "Tue, 01 Jan 0999 00:00:00 GMT"
    assert rfc3339(moment) == "0999-01-01T00:00:00Z"


def test_a_naive_date_is_refused_because_its_zone_would_be_the_machines() -> None:
    for write in (rfc822, rfc3339):
        with pytest.raises(ValueError, match="zone"):
            write(datetime(2024, 1, 1))  # noqa: DTZ001 - naive is the point
