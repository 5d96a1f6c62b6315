"""What every listing behind an address has in common, whatever its API: memory, bounds, fingerprints."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content.front_matter import split
from service.errors import Problem, Rejected
from service.index.reading import Reading
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Item, ListingPage, Understood, Wanted
from service.sources.remote import RemoteSource, source_text
from service.sources.source import Context, Fields, SiteFacts
from service.upstream.answer import OUT_OF_TIME, Client, UpstreamFailed
from tests.sources.asked import HOME, NOW, Fake, Kept, Ledger, codes, drops, page, puts, rejects


@dataclass
class Listing:
    """An adapter whose pages are set. ``asked`` tells what was: the moment changes are wanted from, or "ids"."""

    pages_: list[ListingPage] = field(default_factory=list)
    incremental: bool = False
    altered: bool = False
    ids_: list[ListingPage] = field(default_factory=list)
    some_: list[ListingPage] = field(default_factory=list)
    error: Exception | None = None
    asked: list[datetime | str | None] = field(default_factory=list)
    context: Context = field(default_factory=lambda: Context(HOME))

    def site(self, client: Client) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        del client
        return SiteFacts(url=HOME), self.context, ()

    def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
        del client
        self.asked.append(wanted.since)
        yield from self.pages_
        if self.error is not None:
            raise self.error

    def ids(self, client: Client) -> Iterator[ListingPage]:
        del client
        self.asked.append("ids")
        yield from self.ids_

    def some(self, client: Client, ids: Sequence[str]) -> Iterator[ListingPage]:
        del client
        self.asked.append(" ".join(ids))
        yield from self.some_

    def read(self, item: Item) -> Understood | None:
        if item.value == "menu":
            return None
        if item.value == "broken":
            raise Rejected(Problem(item.id, 0, 0, "error", "item-invalid", f"{item.path}: is broken"))
        fields = Fields(item.id, f"{HOME}/{item.id}/", str(item.value), NOW - timedelta(days=1), "html")
        return Understood(fields, f"<p>{item.value}</p>")


def items(*ids: str, start: int = 0, **said: Any) -> tuple[Item, ...]:
    return tuple(
        Item(id_, said.get("value", id_), f"$[{start + n}]", changed=said.get("changed")) for n, id_ in enumerate(ids)
    )


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
    adapter, ledger = Listing([ListingPage(items("a", "b"))]), Ledger()
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
    adapter, ledger = Listing([ListingPage(items("a", "b"))]), Ledger()
    ledger.pull(made(adapter))
    assert set(puts(ledger.pull(made(adapter, **other)).changes)) == {"a", "b"}


def test_how_often_a_source_is_asked_says_nothing_about_its_posts() -> None:
    adapter, ledger = Listing([ListingPage(items("a", "b"))]), Ledger()
    ledger.pull(made(adapter))
    assert ledger.pull(made(adapter, interval=60, sweep=60, key_env="KEY")).changes == ()


def test_another_context_reads_every_post_again() -> None:
    adapter, ledger = Listing([ListingPage(items("a"))]), Ledger()
    ledger.pull(made(adapter))
    adapter.context = replace(adapter.context, language="ko")
    assert list(puts(ledger.pull(made(adapter)).changes)) == ["a"]


def test_a_post_is_packed_as_soon_as_it_is_read_and_its_page_forgotten() -> None:
    class Value(dict[str, str]):
        pass

    alive: list[int] = []
    seen: list[weakref.ref[Value]] = []

    class Lazy(Listing):
        def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
            del client, wanted
            for number in range(5):
                gc.collect()
                alive.append(sum(ref() is not None for ref in seen))
                value = Value(n=str(number))
                seen.append(weakref.ref(value))
                yield ListingPage((Item(str(number), value, f"$[{number}]"),))
                del value

    made(Lazy(), take=Reading).pull({}, "", NOW)
    assert max(alive) <= 1


def test_progress_is_told_page_by_page() -> None:
    told: list[tuple[int, int]] = []
    adapter = Listing([ListingPage(items("a", "b"), 3), ListingPage(items("c"), 3)])
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
    adapter, ledger = Listing([ListingPage(items("a", "b"), 2)]), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [ListingPage(items("b"), 1)]
    assert drops(ledger.pull(made(adapter)).changes) == ["a"]


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ([ListingPage(items("b"), 3)], "announces 3 posts and has 1"),
        ([ListingPage(items("b"), 0), ListingPage(items("b"))], "page 2 repeats"),
        ([ListingPage(items("b", "c"), 4), ListingPage(items("d", start=2), 3)], "posts went while it was read"),
        ([ListingPage(items("b", ""))], "$[1] has no id"),
        ([ListingPage(items("b"), window=True)], ""),
    ],
)
def test_U15_a_listing_in_doubt_takes_nothing_away_and_brings_what_it_has(pages: list[ListingPage], why: str) -> None:
    adapter, ledger = Listing([ListingPage(items("a"), 1)]), Ledger()
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
        def pages(self, client: Client, wanted: Wanted) -> Iterator[ListingPage]:
            del client, wanted
            number = 0
            while True:
                number += 1
                yield ListingPage(items(f"{number}", f"{number}b"))

    pulled = made(Endless(), **limits).pull({"z": "known"}, "", NOW)
    assert (len(puts(pulled.changes)), drops(pulled.changes)) == (4, [])
    assert why in pulled.problems[0].message


def test_a_failure_in_the_middle_of_a_listing_leaves_everything_as_it_was() -> None:
    adapter = Listing([ListingPage(items("a"))], error=UpstreamFailed("answers 500", "status-5xx", status=500))
    with pytest.raises(UpstreamFailed, match="answers 500"):
        made(adapter).pull({}, "", NOW)


def test_time_that_is_over_leaves_what_was_had_unless_that_is_nothing() -> None:
    over = UpstreamFailed("the time is over", OUT_OF_TIME)
    pulled = made(Listing([ListingPage(items("a"))], error=over)).pull({"z": "known"}, "", NOW)
    assert (list(puts(pulled.changes)), drops(pulled.changes), codes(pulled)) == (["a"], [], ["listing-partial"])
    with pytest.raises(UpstreamFailed):
        made(Listing([], error=over)).pull({}, "", NOW)


# -- broken items


def test_U13_a_broken_item_is_a_reject_once_and_no_deletion() -> None:
    adapter, ledger = Listing([ListingPage(items("a", "b", "c"))]), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [ListingPage((*items("a", "b"), Item("c", "broken", "$[2]")))]
    pulled = ledger.pull(made(adapter))
    assert (list(rejects(pulled.changes)), drops(pulled.changes)) == (["c"], [])
    assert ledger.pull(made(adapter)).changes == ()


@pytest.mark.parametrize(("broken", "believed"), [(0, True), (20, True), (21, False), (100, False)])
def test_U13_a_fifth_of_the_items_may_be_broken(broken: int, believed: bool) -> None:
    found = tuple(Item(str(n), "broken" if n < broken else "fine", f"$[{n}]") for n in range(100))
    if believed:
        assert len(rejects(made(Listing([ListingPage(found)])).pull({}, "", NOW).changes)) == broken
        return
    with pytest.raises(UpstreamFailed, match=rf"{broken} of 100 posts cannot be read.*\$\[0\]: is broken") as raised:
        made(Listing([ListingPage(found)])).pull({}, "", NOW)
    assert raised.value.reason == "schema-changed"


def test_U13_two_broken_edits_of_a_large_site_do_not_hold_up_the_third() -> None:
    adapter, ledger = Listing([ListingPage(items(*map(str, range(50))))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [ListingPage((Item("1", "broken", "$[0]"), Item("2", "broken", "$[1]"), Item("3", "new", "$[2]")))]
    pulled = ledger.pull(made(adapter), NOW + timedelta(minutes=1))
    assert (len(rejects(pulled.changes)), len(puts(pulled.changes))) == (2, 1)


def test_what_is_no_post_is_none_and_what_became_none_is_gone() -> None:
    adapter, ledger = Listing([ListingPage(items("a", "b"))]), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [ListingPage((*items("a"), Item("b", "menu", "$[1]"), Item("c", "menu", "$[2]")))]
    assert drops(ledger.pull(made(adapter)).changes) == ["b"]


# -- memory


@pytest.mark.parametrize("memory", ["", "garbage", "[]", '{"cursor": 5}', '{"cursor": "soon", "listed": null}', "{}"])
def test_whatever_is_remembered_everything_is_listed_in_doubt(memory: str) -> None:
    adapter = Listing([ListingPage(items("a"))], incremental=True)
    made(adapter).pull({"a": "x"}, memory, NOW)
    assert adapter.asked == [None]


def test_U21_the_cursor_is_the_last_change_and_is_asked_for_with_an_overlap() -> None:
    changed = NOW - timedelta(hours=3)
    adapter, ledger = Listing([ListingPage(items("a", changed=changed))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_, adapter.ids_ = [], [ListingPage(items("a"), 1)]
    for minutes in (15, 30):
        ledger.pull(made(adapter), NOW + timedelta(minutes=minutes))
    wanted = changed - timedelta(minutes=10)
    assert adapter.asked == [None, wanted, "ids", wanted, "ids"]


def test_U21_a_listing_in_doubt_moves_no_cursor() -> None:
    first, second = NOW - timedelta(hours=3), NOW - timedelta(hours=1)
    adapter, ledger = Listing([ListingPage(items("a", changed=first))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    adapter.pages_ = [ListingPage(items("b", changed=second), 9)]
    ledger.pull(made(adapter), NOW + timedelta(minutes=15))
    ledger.pull(made(adapter), NOW + timedelta(minutes=30))
    assert adapter.asked == [None, first - timedelta(minutes=10), first - timedelta(minutes=10)]


def test_U16_a_doubtful_listing_is_made_again_long_before_the_sweep() -> None:
    adapter, ledger = Listing([ListingPage(items("a"), 5)], incremental=True), Ledger()
    ledger.pull(made(adapter))
    for minutes in (30, 61):
        ledger.pull(made(adapter), NOW + timedelta(minutes=minutes))
    assert [since is None for since in adapter.asked if since != "ids"] == [True, False, True]


def test_a_clock_that_was_put_back_lists_everything() -> None:
    adapter, ledger = Listing([ListingPage(items("a"))], incremental=True), Ledger()
    ledger.pull(made(adapter))
    ledger.pull(made(adapter), NOW - timedelta(days=30))
    assert adapter.asked == [None, None]
