"""When a post is in the feeds, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from service.index.drafts import draft
from service.index.reading import Reading
from service.index.records import micros, moment_of
from service.sources.source import Context, Fields, Put
from tests.feeds.strategies import moments

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BEFORE, AFTER, LATER = NOW - SECOND, NOW + SECOND, NOW + 2 * SECOND


class Visible(NamedTuple):
    """Whether a post is in the feeds, and the instant at which that changes next (None: never by itself)."""

    now: bool
    until: datetime | None


@pytest.mark.parametrize(
    ("published", "said", "expected"),
    [
        (BEFORE, {}, Visible(True, None)),
        (NOW, {}, Visible(True, None)),
        (AFTER, {}, Visible(False, AFTER)),
        (AFTER, {"future": True}, Visible(True, None)),
        (None, {}, Visible(True, None)),
        (BEFORE, {"expires": AFTER}, Visible(True, AFTER)),
        (BEFORE, {"expires": NOW}, Visible(False, None)),
        (AFTER, {"expires": LATER}, Visible(False, AFTER)),
        (AFTER, {"expires": BEFORE}, Visible(False, None)),
        (BEFORE, {"expires": BEFORE}, Visible(False, None)),
        (None, {"expires": AFTER}, Visible(True, AFTER)),
        (BEFORE, {"visibility": "hidden"}, Visible(False, None)),
        (AFTER, {"visibility": "unlisted"}, Visible(False, None)),
    ],
)
def test_C21_a_post_is_visible_from_its_date_to_its_expiry(
    published: datetime | None, said: dict[str, Any], expected: Visible
) -> None:
    fields = Fields(id="a", url="https://example.org/a", title="A", published=published, markup="html", **said)
    reading = Reading.of(Put("a.md", "1", fields, ""))
    assert isinstance(reading, Reading)

    def visible(now: int) -> bool:
        return draft(reading, "site", 1, 0, Context(url="https://example.org"), "", now).visible

    now = micros(NOW)
    turns = [
        at for at in sorted(filter(None, (reading.starts, reading.ends))) if visible(at) != visible(now) and at > now
    ]
    assert Visible(visible(now), moment_of(turns[0]) if turns else None) == expected


@given(moments)
def test_a_moment_is_a_whole_number_of_microseconds_and_that_number_the_moment(moment: datetime) -> None:
    assert micros(moment) == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert moment_of(micros(moment)) == moment
