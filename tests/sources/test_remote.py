"""What every listing behind an address has in common, whatever its API: memory, bounds, fingerprints, the guard."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content.front_matter import split
from service.errors import Problem, Rejected
from service.index import Index
from service.index.reading import Reading
from service.pulling.arrived import Arrived, Remote
from service.pulling.schedule import after_success
from service.settings import LimitSettings, RefreshSettings, SiteSettings, SourceSettings
from service.sources.remote import Item, Page, Post, RemoteSource, Request, source_text
from service.sources.source import Context, Fields, SiteFacts
from service.tick import Report, tick
from service.upstream.answer import OUT_OF_TIME, Client, UpstreamFailed
from tests.sources.asked import HOME, NOW, Fake, Kept, Ledger, as_json, codes, drops, opened, page, puts, rejects
from tests.sources.feed.test_feed import feed, opml
from tests.sources.feed.test_feed import site as site_of
from tests.sources.wordpress.site import WordPress


@dataclass
class Listing:
    """An adapter whose pages are set. ``asked`` tells what was: the moment changes are wanted from, or "ids"."""

    pages_: list[Page] = field(default_factory=list)
    incremental: bool = False
    ids_: list[Page] = field(default_factory=list)
    error: Exception | None = None
    asked: list[datetime | str | None] = field(default_factory=list)
    context: Context = field(default_factory=lambda: Context(HOME))

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        del client
        return SiteFacts(url=HOME), self.context, ()

    def pages(self, client: Client, request: Request) -> Iterator[Page]:
        del client
        self.asked.append(request.since)
        yield from self.pages_
        if self.error is not None:
            raise self.error

    def ids(self, client: Client) -> Iterator[Page]:
        del client
        self.asked.append("ids")
        yield from self.ids_

    def read(self, item: Item) -> Post | None:
        if item.value == "menu":
            return None
        if item.value == "broken":
            raise Rejected(Problem(item.id, 0, 0, "error", "item-invalid", f"{item.path}: is broken"))
        fields = Fields(item.id, f"{HOME}/{item.id}/", str(item.value), NOW - timedelta(days=1), "html")
        return Post(fields, f"<p>{item.value}</p>")


def items(*ids: str, start: int = 0, **said: Any) -> tuple[Item, ...]:
    return tuple(Item(id_, said.get("value", id_), f"$[{start + n}]", said.get("changed")) for n, id_ in enumerate(ids))


def made(adapter: Listing, *, take: Any = None, site: SiteSettings | None = None, **said: Any) -> RemoteSource:
    limits = {key: said.pop(key) for key in list(said) if key in LimitSettings.model_fields}
    return RemoteSource(
        "news",
        SourceSettings(**{"url": HOME, "kind": "json", **said}),
        site or SiteSettings(),
        LimitSettings(**limits),
        adapter=adapter,
        client=lambda: Fake(lambda *_: page("")),
        take=take or Kept(),
    )


# -- what is new


def test_what_did_not_change_is_nothing_new() -> None:
    adapter, ledger = Listing([Page(items("a", "b"))]), Ledger()
    assert list(puts(ledger.pull(made(adapter)).changes)) == ["a", "b"]
    assert ledger.pull(made(adapter)).changes == ()


@pytest.mark.parametrize(
    "other",
    [
        {"timezone": "Asia/Seoul"},
        {"split_terms_at_comma": True},
        {"file_bytes": 4096},
        {"site": SiteSettings(language="ko")},
    ],
)
def test_other_settings_read_every_post_again(other: dict[str, Any]) -> None:
    adapter, ledger = Listing([Page(items("a", "b"))]), Ledger()
    ledger.pull(made(adapter))
    assert set(puts(ledger.pull(made(adapter, **other)).changes)) == {"a", "b"}


def test_how_often_a_source_is_asked_says_nothing_about_its_posts() -> None:
    adapter, ledger = Listing([Page(items("a", "b"))]), Ledger()
    ledger.pull(made(adapter))
    assert ledger.pull(made(adapter, interval=60, sweep=60, key_env="KEY")).changes == ()


def test_another_context_reads_every_post_again() -> None:
    adapter, ledger = Listing([Page(items("a"))]), Ledger()
    ledger.pull(made(adapter))
    adapter.context = replace(adapter.context, language="ko")
    assert list(puts(ledger.pull(made(adapter)).changes)) == ["a"]


def test_a_post_is_packed_as_soon_as_it_is_read_and_its_page_forgotten() -> None:
    class Value(dict[str, str]):
        pass

    alive: list[int] = []
    seen: list[weakref.ref[Value]] = []

    class Lazy(Listing):
        def pages(self, client: Client, request: Request) -> Iterator[Page]:
            del client, request
            for number in range(5):
                gc.collect()
                alive.append(sum(ref() is not None for ref in seen))
                value = Value(n=str(number))
                seen.append(weakref.ref(value))
                yield Page((Item(str(number), value, f"$[{number}]"),))
                del value

    made(Lazy(), take=Reading).pull({}, "", NOW)
    assert max(alive) <= 1


def test_progress_is_told_page_by_page() -> None:
    told: list[tuple[int, int]] = []
    adapter = Listing([Page(items("a", "b"), 3), Page(items("c"), 3)])
    made(adapter).pull({}, "", NOW, progress=lambda done, all_: told.append((done, all_)))
    assert told == [(2, 3), (3, 3)]


@given(
    st.text(max_size=40) | st.sampled_from(["---\n", "---\ntitle: x\n---\nbody", "+++\na=1\n+++\n", "{}", "\n---\nx"])
)
def test_every_body_is_all_body_to_the_index(body: str) -> None:
    found = split(source_text(body))
    assert found.kind is None


# -- what is gone


def test_what_a_complete_listing_lacks_is_gone() -> None:
    adapter, ledger = Listing([Page(items("a", "b"), 2)]), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [Page(items("b"), 1)]
    assert drops(ledger.pull(made(adapter)).changes) == ["a"]


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ([Page(items("b"), 3)], "announces 3 posts and has 1"),
        ([Page(items("b"), 0), Page(items("b"))], "page 2 repeats"),
        ([Page(items("b", "c"), 4), Page(items("d", start=2), 3)], "posts went while it was read"),
        ([Page(items("b", ""))], "$[1] has no id"),
        ([Page(items("b"), window=True)], ""),
    ],
)
def test_U15_a_listing_in_doubt_takes_nothing_away_and_brings_what_it_has(pages: list[Page], why: str) -> None:
    adapter, ledger = Listing([Page(items("a"), 1)]), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = pages
    pulled = ledger.pull(made(adapter))
    assert ("b" in puts(pulled.changes), drops(pulled.changes)) == (True, [])
    partial = [problem.message for problem in pulled.problems if problem.code == "listing-partial"]
    assert [why in message for message in partial] == [True] * bool(why)


@pytest.mark.parametrize(
    ("limits", "why"),
    [({"listing_pages": 2}, "limits.listing_pages"), ({"listing_items": 2}, "limits.listing_items")],
)
def test_U15_a_listing_without_end_is_left_at_the_bounds(limits: dict[str, int], why: str) -> None:
    class Endless(Listing):
        def pages(self, client: Client, request: Request) -> Iterator[Page]:
            del client, request
            number = 0
            while True:
                number += 1
                yield Page(items(f"{number}", f"{number}b"))

    pulled = made(Endless(), **limits).pull({"z": "known"}, "", NOW)
    assert (len(puts(pulled.changes)), drops(pulled.changes)) == (4, [])
    assert why in pulled.problems[0].message


def test_a_failure_in_the_middle_of_a_listing_leaves_everything_as_it_was() -> None:
    adapter = Listing([Page(items("a"))], error=UpstreamFailed("answers 500", "status-5xx", status=500))
    with pytest.raises(UpstreamFailed, match="answers 500"):
        made(adapter).pull({}, "", NOW)


def test_time_that_is_over_leaves_what_was_had_unless_that_is_nothing() -> None:
    over = UpstreamFailed("the time is over", OUT_OF_TIME)
    pulled = made(Listing([Page(items("a"))], error=over)).pull({"z": "known"}, "", NOW)
    assert (list(puts(pulled.changes)), drops(pulled.changes), codes(pulled)) == (["a"], [], ["listing-partial"])
    with pytest.raises(UpstreamFailed):
        made(Listing([], error=over)).pull({}, "", NOW)


# -- broken items


def test_U13_a_broken_item_is_a_reject_once_and_no_deletion() -> None:
    adapter, ledger = Listing([Page(items("a", "b", "c"))]), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [Page((*items("a", "b"), Item("c", "broken", "$[2]")))]
    pulled = ledger.pull(made(adapter))
    assert (list(rejects(pulled.changes)), drops(pulled.changes)) == (["c"], [])
    assert ledger.pull(made(adapter)).changes == ()


@pytest.mark.parametrize(("broken", "believed"), [(0, True), (20, True), (21, False), (100, False)])
def test_U13_a_fifth_of_the_items_may_be_broken(broken: int, believed: bool) -> None:
    found = tuple(Item(str(n), "broken" if n < broken else "fine", f"$[{n}]") for n in range(100))
    if believed:
        assert len(rejects(made(Listing([Page(found)])).pull({}, "", NOW).changes)) == broken
        return
    with pytest.raises(UpstreamFailed, match=rf"{broken} of 100 posts cannot be read.*\$\[0\]: is broken") as raised:
        made(Listing([Page(found)])).pull({}, "", NOW)
    assert raised.value.reason == "schema-changed"


def test_U13_two_broken_edits_of_a_large_site_do_not_hold_up_the_third() -> None:
    adapter, ledger = Listing([Page(items(*map(str, range(50))))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [Page((Item("1", "broken", "$[0]"), Item("2", "broken", "$[1]"), Item("3", "new", "$[2]")))]
    pulled = ledger.pull(made(adapter), NOW + timedelta(minutes=1))
    assert (len(rejects(pulled.changes)), len(puts(pulled.changes))) == (2, 1)


def test_what_is_no_post_is_none_and_what_became_none_is_gone() -> None:
    adapter, ledger = Listing([Page(items("a", "b"))]), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [Page((*items("a"), Item("b", "menu", "$[1]"), Item("c", "menu", "$[2]")))]
    assert drops(ledger.pull(made(adapter)).changes) == ["b"]


# -- memory


@pytest.mark.parametrize("memory", ["", "garbage", "[]", '{"cursor": 5}', '{"cursor": "soon", "listed": null}', "{}"])
def test_whatever_is_remembered_everything_is_listed_in_doubt(memory: str) -> None:
    adapter = Listing([Page(items("a"))], incremental=True)
    made(adapter).pull({"a": "x"}, memory, NOW)
    assert adapter.asked == [None]


def test_U21_the_cursor_is_the_last_change_and_is_asked_for_with_an_overlap() -> None:
    changed = NOW - timedelta(hours=3)
    adapter, ledger = Listing([Page(items("a", changed=changed))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_, adapter.ids_ = [], [Page(items("a"), 1)]
    for minutes in (15, 30):
        ledger.pull(made(adapter), NOW + timedelta(minutes=minutes))
    wanted = changed - timedelta(minutes=10)
    assert adapter.asked == [None, wanted, "ids", wanted, "ids"]


def test_U21_a_listing_in_doubt_moves_no_cursor() -> None:
    first, second = NOW - timedelta(hours=3), NOW - timedelta(hours=1)
    adapter, ledger = Listing([Page(items("a", changed=first))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [Page(items("b", changed=second), 9)]
    ledger.pull(made(adapter), NOW + timedelta(minutes=15))
    ledger.pull(made(adapter), NOW + timedelta(minutes=30))
    assert adapter.asked == [None, first - timedelta(minutes=10), first - timedelta(minutes=10)]


def test_U16_a_doubtful_listing_is_made_again_long_before_the_sweep() -> None:
    adapter, ledger = Listing([Page(items("a"), 5)], incremental=True), Ledger()
    ledger.pull(made(adapter))
    for minutes in (30, 61):
        ledger.pull(made(adapter), NOW + timedelta(minutes=minutes))
    assert [since is None for since in adapter.asked if since != "ids"] == [True, False, True]


def test_a_clock_that_was_put_back_lists_everything() -> None:
    adapter, ledger = Listing([Page(items("a"))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    ledger.pull(made(adapter), NOW - timedelta(days=30))
    assert adapter.asked == [None, None]


# -- the guard


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path, writer=True)) as made_:
        yield made_


def _round(index: Index, source: RemoteSource, now: datetime, *, complete: bool = False) -> Report:
    memory = {name: known.memory for name, known in index.schedules().items()}.get("news", "")
    try:
        outcome: Any = source.pull(index.fingerprints("news"), memory, now, complete=complete)
    except UpstreamFailed as error:
        outcome = error
    before = after_success(900, memory, now)
    return tick([Arrived(Remote(source, 900, HOME), outcome, before)], index, now, refresh=RefreshSettings())


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
