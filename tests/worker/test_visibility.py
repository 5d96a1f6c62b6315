"""When a post is in the feeds, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.sources.source import Fields
from service.visibility import Visible, visible

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BEFORE, AFTER, LATER = NOW - SECOND, NOW + SECOND, NOW + 2 * SECOND


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
    assert visible(fields, NOW) == expected
