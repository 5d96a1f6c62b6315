"""Ruby's strftime, as Ruby 3.1 printed it, and what counts as a date in a filter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from service.content.liquid_dates import strftime, to_datetime

MOMENT = datetime(2024, 1, 5, 3, 4, 9, 123456, timezone(timedelta(hours=9)))
NEW_YEARS_EVE = datetime(2023, 12, 31, tzinfo=timezone(-timedelta(hours=5, minutes=30)))
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("%Y %C %y %m %d %e %j", "2024 20 24 01 05  5 005"),
        ("%-Y %-m %-d %-H %-j %_d %_m %0e", "2024 1 5 3 5  5  1 05"),
        ("%B %b %h %^B %^b %#b", "January Jan Jan JANUARY JAN JAN"),
        ("%A %a %^a %u %w", "Friday Fri FRI 5 5"),
        ("%H %k %I %l %M %S %L %N", "03  3 03  3 04 09 123 123456000"),
        ("%p %P %#p", "AM am am"),
        ("%z %:z %::z", "+0900 +09:00 +09:00:00"),
        ("%s %n%t%%", "1704391449 \n\t%"),
        ("%D|%F|%T|%R|%r", "01/05/24|2024-01-05|03:04:09|03:04|03:04:09 AM"),
        ("%c|%x|%X|%v", "Fri Jan  5 03:04:09 2024|01/05/24|03:04:09| 5-JAN-2024"),
        ("%3d %10Y %5S", "005 0000002024 00009"),
        ("%G %g %V %U %W", "2024 24 01 00 01"),
        ("%E %Q %", "%E %Q %"),
        ("%Y년 %-m월 %-d일", "2024년 1월 5일"),
    ],
)
def test_strftime_is_rubys(pattern: str, expected: str) -> None:
    assert strftime(MOMENT, pattern) == expected


def test_strftime_at_the_turn_of_the_year_is_rubys() -> None:
    assert strftime(NEW_YEARS_EVE, "%G %V %U %W %u %w %z %j") == "2023 52 53 52 7 0 -0530 365"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-01", "2024-05-01T00:00:00+09:00"),
        ("2024-05-01 10:00", "2024-05-01T10:00:00+09:00"),
        ("2024-05-01 10:00:00 +0000", "2024-05-01T19:00:00+09:00"),
        ("2024-05-01 10:00:00 UTC", "2024-05-01T19:00:00+09:00"),
        ("Wed, 01 May 2024 10:00:00 GMT", "2024-05-01T19:00:00+09:00"),
        (datetime(2024, 5, 1, tzinfo=UTC), "2024-05-01T09:00:00+09:00"),
        (date(2024, 5, 1), "2024-05-01T00:00:00+09:00"),
        (0, "1970-01-01T09:00:00+09:00"),
        ("0", "1970-01-01T09:00:00+09:00"),
    ],
)
def test_a_date_is_understood_in_the_sites_zone(value: object, expected: str) -> None:
    found = to_datetime(value, SEOUL)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "value",
    [
        "now",
        "today",
        "",
        "10:30",
        "May",
        "x" * 200,
        "9" * 12,
        10**20,
        -(10**20),
        None,
        True,
        1.5,
        [],
        "0001-01-01 00:00:00 +2359",
    ],
)
def test_anything_else_is_no_date(value: object) -> None:
    assert to_datetime(value, SEOUL) is None
