"""How sources stand, for people and programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.index import Counts, Hold, Schedule, SourceStatus
from service.settings import SourceSettings
from service.standing import FORMATS, SourceStanding, in_short
from service.url_keys import shown_address

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CANARY = "s3cr3t-canary"
BLOG = SourceSettings(url=f"https://me:{CANARY}@blog.example.org/feed?key={CANARY}#{CANARY}", kind="feed")


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


STALE = SourceStatus(
    "blog",
    ago(days=2, hours=3, minutes=5),
    "https://blog.example.org/feed: answers 503",
    Hold("d", 2, 30, 40, 0),
    40,
    "status",
    503,
    ago(hours=5, minutes=7),
    12,
    4,
    Schedule("", ago(minutes=1), NOW + timedelta(minutes=7, seconds=3), None, 4),
)


def test_a_line_says_age_next_pull_what_is_held_and_what_is_wrong_since_when(tmp_path: Path) -> None:
    disk = SourceStatus("disk", ago(seconds=30), "", None, 1)
    found = [
        SourceStanding("blog", BLOG, STALE),
        SourceStanding("disk", SourceSettings(path=tmp_path), disk),
        SourceStanding("new", SourceSettings(url="https://new.example.org/", kind="wordpress"), None),
    ]
    stale = "stale for 5 h 7 min (status 503): https://blog.example.org/feed: answers 503"
    said, held = "refreshed 2 d 3 h ago; next in 7 min 3 s", "held: 30 of 40 posts are missing"
    assert FORMATS["text"](found, NOW).splitlines() == [
        f"blog  feed  https://blog.example.org/feed: 40 posts; {said}; {held}; {stale}",
        f"disk  auto  {tmp_path}: 1 post; refreshed 30 s ago",
        "new  wordpress  https://new.example.org/: never refreshed",
    ]
    listed = json.loads(FORMATS["json"](found, NOW))["sources"]
    assert listed[0]["age"] == 2 * 86_400 + 3 * 3600 + 5 * 60
    assert listed[0]["held"] == {"missing": 30, "known": 40, "seen": 2}
    assert listed[0]["error"] == {
        "reason": "status",
        "status": 503,
        "message": "https://blog.example.org/feed: answers 503",
        "since": "2026-11-22T06:53:00+00:00",
        "attempts": 4,
    }
    assert (listed[1]["error"], listed[1]["next"], listed[2]["age"]) == (None, None, None)


def test_what_is_published_is_told_apart_from_what_is_not_and_feeds_that_cannot_be_read_are_named() -> None:
    dead = "the feed A cannot be read: https://a.example/feed: answers 404"
    status = replace(STALE, stale="", held=None, posts=2, pages=1, unpublished=3, unread=(dead, "the feed \x1b"))
    one = SourceStanding("blog", BLOG, status)
    first, *rest = FORMATS["text"]([one], NOW).splitlines()
    assert first.startswith("blog  feed  https://blog.example.org/feed: 2 posts, 1 page, 3 not published; refreshed")
    assert rest == [f"  {dead}", "  the feed \\x1b"]
    said = json.loads(FORMATS["json"]([one], NOW))["sources"][0]
    assert [said[key] for key in ("posts", "pages", "unpublished", "unread")] == [2, 1, 3, list(status.unread)]
    assert in_short([status], Counts(0, 0, 0, 0, 0, 0)).splitlines() == [
        "blog: 2 posts, 1 page, 3 not published",
        f"  {dead}",
        "  the feed \\x1b",
    ]


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert shown_address(BLOG.url or "") == "https://blog.example.org/feed"
    for form in FORMATS.values():
        assert CANARY not in form([SourceStanding("blog", BLOG, STALE)], NOW)


def test_names_cannot_write_to_the_terminal() -> None:
    evil = SourceStanding("\x1b[2Jblog", BLOG, STALE)
    assert "\x1b" not in FORMATS["text"]([evil], NOW)
    assert "\x1b" not in in_short([STALE], Counts(0, 0, 0, 1, 2, 0))
