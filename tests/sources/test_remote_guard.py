"""What pulls of listings do to the index: what is held back, what is believed, what of it stays fresh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.index import Index
from service.index.reading import Reading
from service.pulling.arrived import Arrived, Remote
from service.pulling.schedule import after_success
from service.settings import RefreshSettings
from service.sources.remote import RemoteSource
from service.tick import Report, tick
from service.upstream.answer import UpstreamFailed
from tests.sources.asked import HOME, NOW, Fake, as_json, opened
from tests.sources.feed.test_feed import feed, opml
from tests.sources.feed.test_feed import site as site_of
from tests.sources.wordpress.site import WordPress


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path, writer=True)) as made_:
        yield made_


def _round(index: Index, source: RemoteSource, now: datetime, *, complete: bool = False, force: bool = False) -> Report:
    memory = {name: known.memory for name, known in index.schedules().items()}.get("news", "")
    try:
        outcome: Any = source.pull(index.fingerprints("news"), memory, now, complete=complete)
    except UpstreamFailed as error:
        outcome = error
    before = after_success(900, memory, now)
    arrived = Arrived(Remote(source, 900, HOME), outcome, before)
    return tick([arrived], index, now, refresh=RefreshSettings(), force=force)


@pytest.mark.parametrize("known", [3, 40, 250])
def test_U22_C16_an_upstream_that_answers_an_empty_list_empties_nothing(index: Index, known: int) -> None:
    site = WordPress().hold(*range(1, known + 1))
    source: Any = opened("wordpress", Fake(site), take=Reading)
    _round(index, source, NOW)
    site.posts.clear()
    reports = [_round(index, source, NOW + timedelta(minutes=minutes)) for minutes in (15, 30)]
    assert [(report.sources[0].held, report.sources[0].dropped) for report in reports] == [(known, 0)] * 2
    site.hold(*range(1, known + 1))
    _round(index, source, NOW + timedelta(minutes=45), complete=True)
    assert len(index.fingerprints("news")) == known
    assert index.status()[0].held is None


def test_U22_C16_a_listing_of_which_drafts_alone_are_left_empties_nothing(index: Index) -> None:
    posts = [{"id": number, "url": f"/{number}", "draft": number > 3} for number in range(1, 7)]
    source: Any = opened("json", Fake(lambda *_: as_json(posts)), take=Reading)
    _round(index, source, NOW)
    del posts[:3]
    assert _round(index, source, NOW + timedelta(minutes=15)).sources[0].held == 3
    assert (index.status()[0].posts, index.status()[0].unpublished) == (3, 3)


def test_a_dead_feed_of_a_list_is_named_wherever_the_source_is_and_the_others_stay_fresh(index: Index) -> None:
    pages = {"/feed.xml": opml("a", "b"), "/a.xml": feed(1), "/b.xml": feed(2)}
    source: Any = opened("feed", Fake(site_of(pages)), url=f"{HOME}/feed.xml", take=Reading)
    _round(index, source, NOW)
    del pages["/a.xml"]
    pages["/b.xml"] = feed(2, 3)
    (report,) = _round(index, source, NOW + timedelta(minutes=15)).sources
    (line,) = report.unread
    assert line.startswith(f"the feed a cannot be read: {HOME}/a.xml: answers 404")
    assert (report.put, report.dropped) == (1, 0)
    (status,) = index.status()
    assert (status.stale, status.scanned_at, status.posts, status.unread) == (
        "",
        NOW + timedelta(minutes=15),
        3,
        (line,),
    )
    assert [problem.message for problem in index.problems()] == [line]
    pages["/a.xml"] = feed(1)
    _round(index, source, NOW + timedelta(minutes=30))
    assert (index.status()[0].unread, index.problems()) == ((), [])


def test_C16_a_list_that_loses_its_last_feed_is_held_until_somebody_says_that_it_was_meant(index: Index) -> None:
    pages = {"/feed.xml": opml("a"), "/a.xml": feed(1, 2, 3)}
    source: Any = opened("feed", Fake(site_of(pages)), url=f"{HOME}/feed.xml", take=Reading)
    _round(index, source, NOW)
    pages["/feed.xml"] = opml()
    reports = [_round(index, source, NOW + timedelta(minutes=15 * number)) for number in range(1, 6)]
    assert [(report.sources[0].held, report.sources[0].dropped) for report in reports] == [(3, 0)] * 5
    assert (index.status()[0].stale, index.status()[0].posts) == ("", 3)
    (report,) = _round(index, source, NOW + timedelta(hours=2), force=True).sources
    assert (report.held, report.dropped, index.status()[0].posts) == (0, 3, 0)


def test_C16_a_list_that_loses_the_feed_of_most_posts_is_held_until_three_pulls_agree(index: Index) -> None:
    pages = {"/feed.xml": opml("a", "b"), "/a.xml": feed(*range(1, 31)), "/b.xml": feed(40)}
    source: Any = opened("feed", Fake(site_of(pages)), url=f"{HOME}/feed.xml", take=Reading)
    _round(index, source, NOW)
    pages["/feed.xml"] = opml("b")
    held = [_round(index, source, NOW + timedelta(minutes=15 * pull)).sources[0].held for pull in (1, 2, 3)]
    assert (held, index.status()[0].posts) == ([30, 30, 0], 1)


def test_U22_one_deleted_post_is_believed_at_once(index: Index) -> None:
    site = WordPress().hold(*range(1, 41))
    source: Any = opened("wordpress", Fake(site), take=Reading)
    _round(index, source, NOW)
    del site.posts[3]
    assert _round(index, source, NOW + timedelta(minutes=15)).sources[0].dropped == 1


def test_U13_another_schema_leaves_everything_published(index: Index) -> None:
    site = WordPress().hold(*range(1, 41))
    source: Any = opened("wordpress", Fake(site), take=Reading)
    _round(index, source, NOW)
    for one in site.posts.values():
        one["title"] = one["title"]["rendered"]
    report = _round(index, source, NOW + timedelta(days=2))
    assert report.sources[0].why is not None
    assert report.sources[0].why.reason == "schema-changed"
    assert len(index.fingerprints("news")) == 40


def test_U20_protected_bodies_are_in_no_byte_of_the_index(index: Index, tmp_path: Path) -> None:
    site = WordPress().hold(1, 2)
    site.posts[1]["content"] = {"rendered": "<p>S3CRET</p>", "protected": True}
    site.posts[2] |= {"status": "private", "content": {"rendered": "<p>S3CRET</p>", "protected": False}}
    _round(index, opened("wordpress", Fake(site), take=Reading), NOW)  # type: ignore[arg-type]
    assert len(index.fingerprints("news")) == 2
    assert not any(b"S3CRET" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
