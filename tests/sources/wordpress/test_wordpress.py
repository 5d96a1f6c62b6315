"""A WordPress site that is asked: what for, and what is taken for deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.sources.listings import listing_of
from service.upstream.answer import UpstreamFailed
from tests.sources.asked import NOW, Fake, Ledger, codes, drops, opened, page, puts
from tests.sources.wordpress.site import WordPress, listings, post, stamp, start

MANY = range(1, 251)


# -- what is asked


def test_a_site_is_listed_once_and_then_asked_for_changes() -> None:
    site = WordPress().hold(*MANY)
    client, made, ledger = start(site)
    assert len(ledger.known) == len(MANY)
    site.posts[7] = post(7, modified=NOW + timedelta(minutes=5), title={"rendered": "Changed"})
    again = ledger.pull(made, NOW + timedelta(minutes=15))
    assert [put.fields.title for put in puts(again.changes).values()] == ["Changed"]
    assert [query["orderby"] for query in listings(client)] == ["modified"]
    assert ledger.pull(made, NOW + timedelta(minutes=30)).changes == ()


def test_an_unchanged_site_is_asked_four_small_questions() -> None:
    client, made, ledger = start(WordPress().hold(*MANY))
    assert ledger.pull(made, NOW + timedelta(minutes=15)).changes == ()
    assert client.paths() == ["/wp-json/", "/wp-json/wp/v2/posts", "/wp-json/wp/v2/categories", "/wp-json/wp/v2/posts"]


def test_U21_changes_are_asked_for_ten_minutes_back_by_the_clock_of_the_site() -> None:
    site = WordPress().hold(1, 2)
    newest = NOW - timedelta(hours=5)
    site.posts[2] = post(2, modified=newest)
    client, made, ledger = start(site)
    ledger.pull(made, NOW + timedelta(minutes=15))
    assert [query["modified_after"] for query in listings(client)] == [f"{stamp(newest - timedelta(minutes=10))}Z"]


def test_U21_a_site_whose_clock_is_an_hour_slow_loses_no_change() -> None:
    site = WordPress().hold(1, 2)
    _, made, ledger = start(site)
    site.posts[1] = post(1, modified=NOW - timedelta(minutes=50), title={"rendered": "Changed"})
    assert [put.fields.title for put in puts(ledger.pull(made, NOW + timedelta(minutes=15)).changes).values()] == [
        "Changed"
    ]


def test_U21_a_change_dated_years_ahead_does_not_hide_those_to_come() -> None:
    site = WordPress().hold(1, 2)
    site.posts[1] = post(1, modified=NOW + timedelta(days=900))
    _, made, ledger = start(site)
    site.posts[2] = post(2, modified=NOW, title={"rendered": "Changed"})
    assert "posts/2" in puts(ledger.pull(made, NOW + timedelta(minutes=15)).changes)


def test_everything_is_listed_again_after_the_sweep_so_renamed_authors_arrive() -> None:
    site = WordPress().hold(1, 2)
    _, made, ledger = start(site, sweep=3600)
    site.posts[1] = post(1, _embedded={"author": [{"name": "Kim &amp; Lee"}]})
    assert ledger.pull(made, NOW + timedelta(minutes=30)).changes == ()
    (change,) = puts(ledger.pull(made, NOW + timedelta(minutes=61)).changes).values()
    assert [author.name for author in change.fields.authors] == ["Kim & Lee"]


# -- what changes beside posts: their own dates stay as they are


def _categories(*names: str) -> list[dict[str, object]]:
    return [{"id": n, "name": name, "slug": f"c{n}", "parent": n - 1} for n, name in enumerate(names, start=1)]


def _filed(number: int, category: int, name: str) -> dict[str, object]:
    term = {"id": category, "taxonomy": "category", "name": name, "slug": f"c{category}"}
    return post(number, categories=[category], _embedded={"wp:term": [[term]]})


def test_a_category_with_another_name_has_it_at_once_in_the_posts_of_those_below_it_too() -> None:
    site = WordPress(categories=_categories("News", "Law"))
    site.posts = {1: _filed(1, 1, "News"), 2: _filed(2, 2, "Law"), 3: post(3)}
    _, made, ledger = start(site)
    site.categories = _categories("Newsroom", "Law")
    site.posts[1] = _filed(1, 1, "Newsroom")
    changed = puts(ledger.pull(made, NOW + timedelta(minutes=15)).changes)
    assert {key: put.fields.categories for key, put in changed.items()} == {
        "posts/1": ("Newsroom",),
        "posts/2": ("Newsroom", "Law"),
    }
    assert ledger.pull(made, NOW + timedelta(minutes=30)).changes == ()


def test_names_of_categories_are_no_listing_of_a_post_though_they_are_part_of_its_version() -> None:
    site = WordPress(categories=_categories("News", "Law"))
    site.posts = {2: _filed(2, 2, "Law")}
    _, _, ledger = start(site)
    assert [listing_of(fingerprint) for fingerprint in ledger.known.values()] == [""]


def test_what_another_name_asks_for_is_owed_until_the_site_has_answered() -> None:
    site = WordPress(categories=_categories("News", "Law"))
    site.posts = {2: _filed(2, 2, "Law")}
    down = [False]
    client = Fake(lambda path, query: page("down", 503) if down[0] and "_embed" in query else site(path, query))
    made, ledger = opened("wordpress", client), Ledger()
    ledger.pull(made)
    site.categories, down[0] = _categories("Newsroom", "Law"), True
    with pytest.raises(UpstreamFailed):
        ledger.pull(made, NOW + timedelta(minutes=15))
    down[0] = False
    (put,) = puts(ledger.pull(made, NOW + timedelta(minutes=30)).changes).values()
    assert put.fields.categories == ("Newsroom", "Law")


def test_categories_that_are_not_shown_any_more_are_what_they_were() -> None:
    site = WordPress(categories=_categories("News", "Law"))
    site.posts = {2: _filed(2, 2, "Law")}
    shown = [True]
    client = Fake(lambda path, query: site(path, query) if shown[0] or "categor" not in path else page("no", 403))
    made, ledger = opened("wordpress", client), Ledger()
    ledger.pull(made)
    shown[0] = False
    assert ledger.pull(made, NOW + timedelta(minutes=15), complete=True).changes == ()


def test_another_category_is_no_reason_to_list_everything() -> None:
    site = WordPress(categories=_categories("News")).hold(1, 2)
    client, made, ledger = start(site)
    site.categories = _categories("News", "Law")
    ledger.pull(made, NOW + timedelta(minutes=15))
    assert [query["orderby"] for query in listings(client)] == ["modified"]


def test_an_edit_in_the_hour_that_a_clock_shows_twice_is_no_less_a_change() -> None:
    site = WordPress(clock=ZoneInfo("Europe/Berlin"))
    site.index["timezone_string"] = "Europe/Berlin"
    back = datetime(2025, 10, 26, 1, tzinfo=UTC)
    site.posts = {1: post(1, modified=back - timedelta(minutes=5)), 2: post(2, modified=back - timedelta(days=9))}
    made, ledger = opened("wordpress", Fake(site)), Ledger()
    ledger.pull(made, back)
    site.posts[2] = post(2, modified=back + timedelta(minutes=20), title={"rendered": "Changed"})  # 02:20 again
    assert list(puts(ledger.pull(made, back + timedelta(minutes=30)).changes)) == ["posts/2"]


def test_an_edit_before_the_clock_moved_to_another_zone_is_no_less_a_change() -> None:
    site = WordPress(clock=ZoneInfo("America/New_York")).hold(1, 2)
    site.index["timezone_string"] = "America/New_York"
    site.posts[1] = post(1, modified=NOW)
    client, made, ledger = start(site)
    site.index["timezone_string"], site.clock = "Asia/Seoul", ZoneInfo("Asia/Seoul")
    ledger.pull(made, NOW + timedelta(minutes=15))
    assert [query["orderby"] for query in listings(client)] == ["id"], "what it showed before is no time of now"


# -- what is taken for deleted


def test_U16_a_deleted_post_is_gone_with_the_next_pull_and_was_looked_for_twice() -> None:
    site = WordPress().hold(*MANY)
    client, made, ledger = start(site)
    del site.posts[123]
    assert drops(ledger.pull(made, NOW + timedelta(minutes=15)).changes) == ["posts/123"]
    assert sum(query.get("_fields") == "id" for _, query in client.asked) == 3 + 3


def test_U16_a_post_that_no_change_told_of_is_asked_for_by_its_number() -> None:
    site = WordPress().hold(*MANY)
    client, made, ledger = start(site)
    site.posts[300] = post(300, modified=NOW - timedelta(days=900))  # scheduled then: publishing it is no edit
    assert list(puts(ledger.pull(made, NOW + timedelta(minutes=15)).changes)) == ["posts/300"]
    assert [query.get("include") for query in listings(client)] == [None, "300"]
    assert ledger.pull(made, NOW + timedelta(minutes=30)).changes == ()
    assert len(listings(client)) == 3, "nothing is listed for it once more"


def test_U16_where_no_change_told_of_very_many_posts_the_next_pull_lists_everything() -> None:
    site = WordPress().hold(1, 2)
    _, made, ledger = start(site)
    imported = range(3, 110)
    site.posts |= {number: post(number, modified=NOW - timedelta(days=900)) for number in imported}
    assert ledger.pull(made, NOW + timedelta(minutes=15)).changes == ()
    assert len(puts(ledger.pull(made, NOW + timedelta(minutes=30)).changes)) == len(imported)


@pytest.mark.parametrize("at", [2, 3])
def test_U16_a_post_that_goes_while_everything_is_listed_takes_no_other_with_it(at: int) -> None:
    site = WordPress().hold(*MANY)
    _, made, ledger = start(site)

    def before(number: int) -> None:
        if number == at:
            site.posts.pop(250, None)

    site.before = before
    assert drops(ledger.pull(made, NOW + timedelta(minutes=5), complete=True).changes) == []
    assert drops(ledger.pull(made, NOW + timedelta(minutes=15)).changes) == ["posts/250"]
    assert set(ledger.known) == {f"posts/{number}" for number in range(1, 250)}


def test_U16_one_that_goes_while_another_arrives_takes_no_third_with_it() -> None:
    site = WordPress().hold(*MANY)
    _, made, ledger = start(site)

    def before(number: int) -> None:
        if number == 2 and 250 in site.posts:
            del site.posts[250]
            site.posts[1000] = post(1000)

    site.before = before
    for minute in (5, 10, 15):
        ledger.pull(made, NOW + timedelta(minutes=minute), complete=minute == 5)
        assert set(ledger.known) >= {f"posts/{number}" for number in range(1, 250)}
    assert set(ledger.known) == {f"posts/{number}" for number in site.posts}


def test_U15_posts_that_arrive_while_everything_is_listed_make_no_gap() -> None:
    site = WordPress().hold(*MANY)
    arriving = iter(range(251, 400))
    site.before = lambda _: site.posts.update({n: post(n, modified=NOW) for n in [next(arriving)]})
    _, made, ledger = start(site)
    site.before = lambda _: None
    pulled = ledger.pull(made, NOW + timedelta(minutes=15))
    assert "listing-partial" not in codes(pulled)
    assert set(ledger.known) == {f"posts/{number}" for number in site.posts}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["add", "edit", "remove", "pull", "sweep"]), st.integers(1, 130)), max_size=12)
)
def test_U16_whatever_happens_to_a_site_it_is_known_two_quiet_pulls_later(events: list[tuple[str, int]]) -> None:
    site, now = WordPress().hold(*range(1, 121)), NOW
    _, made, ledger = start(site)
    for event, number in events:
        now += timedelta(minutes=1)
        if event == "remove":
            site.posts.pop(number, None)
        elif event in ("add", "edit"):
            site.posts[number] = post(number, modified=now, title={"rendered": f"{event} {now}"})
        else:
            ledger.pull(made, now, complete=event == "sweep")
    for _ in range(2):
        now += timedelta(minutes=15)
        ledger.pull(made, now)
    assert {key: put.fields.title for key, put in ledger.puts.items()} == {
        f"posts/{number}": one["title"]["rendered"] for number, one in site.posts.items()
    }


def test_U16_one_that_goes_while_one_of_long_ago_arrives_is_noticed() -> None:
    site = WordPress().hold(*MANY)
    _, made, ledger = start(site)
    del site.posts[9]
    site.posts[300] = post(300, modified=NOW - timedelta(days=900))
    for minutes in (15, 30):
        ledger.pull(made, NOW + timedelta(minutes=minutes))
    assert set(ledger.known) == {f"posts/{number}" for number in site.posts}
