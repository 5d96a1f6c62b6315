"""Whether a scan is believed (C-16): pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.index import Hold
from service.refresh import Shrinkage, held_problems, judge
from service.settings import RefreshSettings

SETTINGS = RefreshSettings()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def seen(known: int, lost: int, added: int = 0, first: int = 0) -> Shrinkage:
    return Shrinkage(known, added, frozenset(f"{number}.md" for number in range(first, first + lost)))


@pytest.mark.parametrize(
    ("known", "lost", "added", "accepted"),
    [
        (100, 0, 0, True),
        (100, 50, 0, True),
        (100, 51, 0, False),
        (100, 51, 1, True),
        (100, 100, 100, True),
        (100, 100, 49, False),
        (20, 11, 0, False),
        (19, 18, 0, True),
        (19, 19, 0, False),
        (1, 1, 0, False),
        (1, 1, 1, True),
        (0, 0, 0, True),
        (0, 0, 50, True),
    ],
)
def test_C16_a_scan_is_held_when_it_shrinks_a_source_by_more_than_half_or_empties_it(
    known: int, lost: int, added: int, accepted: bool
) -> None:
    assert judge(seen(known, lost, added), None, SETTINGS, NOW).accepted is accepted
    assert judge(seen(known, lost, added), None, SETTINGS, NOW, force=True) == (True, None)


def test_C16_a_held_shrinkage_is_believed_when_three_scans_in_a_row_agree_on_what_is_gone() -> None:
    held = None
    outcomes = []
    scans = (seen(100, 60), seen(100, 60), seen(100, 60, first=1), seen(100, 60, first=1), seen(100, 60, first=1))
    for minute, lost in enumerate(scans):
        accepted, held = judge(lost, held, SETTINGS, NOW + timedelta(minutes=minute))
        outcomes.append((accepted, held.scans if held else 0))
    assert outcomes == [(False, 1), (False, 2), (False, 1), (False, 2), (True, 0)]


def test_C16_a_burst_of_scans_of_one_accident_counts_once() -> None:
    held = None
    for second in range(59):
        accepted, held = judge(seen(100, 60), held, SETTINGS, NOW + timedelta(seconds=second))
        assert not accepted
        assert held is not None
        assert held.scans == 1


def test_C16_a_scan_that_shrinks_nothing_ends_the_hold() -> None:
    held = judge(seen(100, 60), None, SETTINGS, NOW).hold
    assert judge(seen(100, 0), held, SETTINGS, NOW) == (True, None)


def test_C16_an_emptied_source_is_never_believed_without_force() -> None:
    held: Hold | None = None
    for minute in range(50):
        accepted, held = judge(seen(100, 100), held, SETTINGS, NOW + timedelta(minutes=minute))
        assert not accepted
    assert held is not None
    (problem,) = held_problems("posts", held, SETTINGS)
    assert (problem.code, problem.path) == ("refresh-held", "posts")
    assert "100 of 100" in problem.message
    assert "--force" in problem.hint
    assert judge(seen(100, 100), held, SETTINGS, NOW, force=True).accepted
