"""A WordPress site that is asked: its listings, their lies, its closed doors, and what is taken for deleted."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from service.settings import LimitSettings
from service.upstream.answer import UpstreamFailed
from service.upstream.client import HttpClient
from tests.sources.asked import HOME, NOW, Fake, Ledger, codes, drops, opened, page, puts, rejects
from tests.sources.wordpress.site import WordPress, post, stamp
from tests.upstream.clients import LOOPBACK, source

MANY = range(1, 251)


def start(site: WordPress, **said: Any) -> tuple[Fake, Any, Ledger]:
    """A source whose first pull was taken in."""
    client = Fake(site)
    made, ledger = opened("wordpress", client, **said), Ledger()
    ledger.pull(made)
    client.asked.clear()
    return client, made, ledger


def listings(client: Fake) -> list[dict[str, str]]:
    return [query for path, query in client.asked if path.endswith("/posts") and "_embed" in query]


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


# -- what is taken for deleted


def test_U16_a_deleted_post_is_gone_with_the_next_pull_and_was_looked_for_twice() -> None:
    site = WordPress().hold(*MANY)
    client, made, ledger = start(site)
    del site.posts[123]
    assert drops(ledger.pull(made, NOW + timedelta(minutes=15)).changes) == ["posts/123"]
    assert sum(query.get("_fields") == "id" for _, query in client.asked) == 3 + 3


def test_U16_a_post_that_no_change_told_of_is_listed_by_the_next_pull() -> None:
    site = WordPress().hold(1, 2)
    _, made, ledger = start(site)
    site.posts[3] = post(3, modified=NOW - timedelta(days=900))  # imported, with dates of long ago
    assert ledger.pull(made, NOW + timedelta(minutes=15)).changes == ()
    assert list(puts(ledger.pull(made, NOW + timedelta(minutes=30)).changes)) == ["posts/3"]


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


# -- lies about pages


@pytest.mark.parametrize(
    ("lie", "partial"),
    [
        ({"x_wp_totalpages": 0}, False),
        ({"x_wp_totalpages": None}, False),
        ({"x_wp_totalpages": None, "x_wp_total": None}, False),
        ({"x_wp_totalpages": -3}, False),
        ({"x_wp_totalpages": "many"}, False),
        ({"x_wp_totalpages": 10**9}, False),
        ({"x_wp_totalpages": 10**12, "x_wp_total": 10**12}, False),
        ({"x_wp_total": 1000}, True),
        ({"x_wp_totalpages": 2}, True),
        ({"x_wp_total": 3}, True),
        ({"x_wp_total": "0" * 5000}, False),
    ],
)
def test_U15_headers_that_lie_about_pages_lose_nothing(lie: dict[str, object], partial: bool) -> None:
    site = WordPress().hold(*MANY)
    _, made, ledger = start(site)
    site.lie, known = lie, set(ledger.known)
    pulled = ledger.pull(made, NOW + timedelta(days=2))
    assert ("listing-partial" in codes(pulled)) is partial
    assert (set(ledger.known), drops(pulled.changes)) == (known, [])


def test_U15_a_partial_listing_still_brings_what_is_new() -> None:
    site = WordPress().hold(*MANY)
    site.lie = {"x_wp_total": 1000}
    _, made, ledger = start(site)
    site.hold(251)
    del site.posts[1]
    pulled = ledger.pull(made, NOW + timedelta(days=2))
    assert (list(puts(pulled.changes)), drops(pulled.changes)) == (["posts/251"], [])
    assert "announces 1000 posts and has 250" in pulled.problems[0].message


def test_U15_past_the_end_is_the_end_and_other_refusals_are_not() -> None:
    site = WordPress().hold(*range(1, 101))
    site.lie = {"x_wp_totalpages": 5}
    start(site)
    site.past_the_end = lambda _: page("busy", 400)
    with pytest.raises(UpstreamFailed, match="answers 400"):
        start(site)


def test_U15_an_endless_listing_that_repeats_itself_is_left() -> None:
    site = WordPress().hold(*range(1, 101))
    site.lie = {"x_wp_totalpages": 10**6, "x_wp_total": None}
    site.past_the_end = lambda _: site("/wp-json/wp/v2/posts", {**ASKED, "page": "1"})
    client = Fake(site)
    pulled = Ledger().pull(opened("wordpress", client))
    assert (len(listings(client)), codes(pulled)) == (2, ["listing-partial"])


ASKED = {"per_page": "100", "orderby": "id", "order": "desc"}


def test_U15_bounds_keep_the_newest_posts_and_delete_nothing() -> None:
    site = WordPress().hold(*MANY)
    pulled = Ledger().pull(opened("wordpress", Fake(site), limits={"listing_pages": 1}))
    assert list(puts(pulled.changes)) == [f"posts/{number}" for number in range(250, 150, -1)]
    assert "limits.listing_pages" in pulled.problems[0].message


def test_U15_through_a_real_server(httpserver: HTTPServer) -> None:
    site = WordPress().hold(*MANY)
    client, url = _served(httpserver, site)
    made, ledger = opened("wordpress", client, url=url), Ledger()
    ledger.pull(made)
    assert len(ledger.known) == len(MANY)
    del site.posts[9]
    site.posts[8] = post(8, modified=NOW, title={"rendered": "Changed"})
    pulled = ledger.pull(made, NOW + timedelta(minutes=15))
    assert (list(puts(pulled.changes)), drops(pulled.changes)) == (["posts/8"], ["posts/9"])
    site.lie = {"x_wp_total": 999_999}
    del site.posts[10]
    assert drops(ledger.pull(made, NOW + timedelta(days=2)).changes) == []


def test_time_that_is_over_leaves_what_was_had(httpserver: HTTPServer) -> None:
    site = WordPress().hold(*MANY)
    clock = [0.0]

    def before(number: int) -> None:
        clock[0] += 20 * (number > 1)

    site.before = before
    client, url = _served(httpserver, site, clock=lambda: clock[0])
    pulled = Ledger().pull(opened("wordpress", client, url=url))
    assert len(puts(pulled.changes)) == len(MANY)
    clock[0] = 0.0
    client, url = _served(httpserver, site, clock=lambda: clock[0], limits=LimitSettings(pull_seconds=30))
    pulled = Ledger().pull(opened("wordpress", client, url=url, limits={"pull_seconds": 30}))
    assert 0 < len(puts(pulled.changes)) < len(MANY)
    assert codes(pulled) == ["listing-partial"]


def _served(
    httpserver: HTTPServer, site: WordPress, limits: LimitSettings | None = None, **said: Any
) -> tuple[HttpClient, str]:
    def handle(request: Request) -> Response:
        status, headers, body = site(request.path, dict(request.args))
        return Response(body, status, headers)

    httpserver.clear()
    httpserver.expect_request(re.compile(".*")).respond_with_handler(handle)
    url = httpserver.url_for("/").rstrip("/")
    settings = source(url, kind="wordpress", networks=LOOPBACK)
    return HttpClient(settings, limits or LimitSettings(), name="news", sleep=lambda _: None, **said), url


# -- broken posts


def test_U13_one_broken_post_in_a_hundred_is_a_line_and_its_last_good_version_stays() -> None:
    site = WordPress().hold(*range(1, 101))
    _, made, ledger = start(site)
    site.posts[97]["title"] = {"rendered": ["no", "text"]}
    pulled = ledger.pull(made, NOW + timedelta(days=2))
    (reject,) = rejects(pulled.changes).values()
    assert reject.locator == "posts/97"
    assert reject.problems[0].message == "$[3].title.rendered: is a list, where text belongs"
    assert drops(pulled.changes) == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("title", None, "$[0].title.rendered: is missing or null"),
        ("title", {"raw": "x"}, "$[0].title.rendered: is missing or null"),
        ("content", {"rendered": None, "protected": False}, "$[0].content.rendered: is missing or null"),
        ("content", {"rendered": {}, "protected": False}, "$[0].content.rendered: is an object"),
        ("content", {"rendered": "x", "protected": "maybe"}, "$[0].content.protected: is text"),
        ("link", "/relative", "$[0].link: is no http(s) URL"),
        ("link", None, "$[0].link: is no http(s) URL"),
        ("date_gmt", "yesterday", "$[0].date_gmt: is no date"),
        ("date_gmt", "9999-12-31T23:59:59", "$[0].date_gmt: is a date outside of"),
        ("status", None, "$[0].status: is missing or null"),
    ],
)
def test_U13_what_a_post_lacks_is_said_by_its_path(key: str, value: object, said: str) -> None:
    site = WordPress().hold(1, 2, 3)
    site.posts[3][key] = value
    pulled = Ledger().pull(opened("wordpress", Fake(site)))
    (reject,) = rejects(pulled.changes).values()
    assert reject.problems[0].message.startswith(said)
    assert set(puts(pulled.changes)) == {"posts/1", "posts/2"}


def test_U13_another_schema_is_no_answer() -> None:
    site = WordPress().hold(*range(1, 11))
    _, made, ledger = start(site)
    for one in site.posts.values():
        one["body"] = one.pop("content")
    with pytest.raises(UpstreamFailed, match=r"10 of 10 posts cannot be read.*\$\[0\].content.rendered") as raised:
        ledger.pull(made, NOW + timedelta(days=2))
    assert raised.value.reason == "schema-changed"


def test_U13_posts_without_an_id_are_told_and_nothing_is_taken_for_deleted() -> None:
    site = WordPress().hold(*range(1, 11))
    _, made, ledger = start(site)
    del site.posts[1]
    site.posts[5]["id"] = 5.5
    pulled = ledger.pull(made, NOW + timedelta(days=2))
    assert codes(pulled) == ["item-invalid", "listing-partial"]
    assert drops(pulled.changes) == []


# -- doors


@pytest.mark.parametrize("text", ["<!doctype html><title>Log in</title>", "<html>Maintenance</html>", '{"a": 1'])
def test_U06_a_page_in_the_place_of_the_posts_is_no_answer(text: str) -> None:
    site = WordPress().hold(1)
    _, _, ledger = start(site)
    broken = Fake(lambda path, query: page(text) if path.endswith("/posts") else site(path, query))
    with pytest.raises(UpstreamFailed) as raised:
        ledger.pull(opened("wordpress", broken), NOW + timedelta(minutes=15))
    assert raised.value.reason in ("unexpected-content-type", "json-invalid")


@pytest.mark.parametrize("status", [404, 410, 401, 403])
def test_U11_an_api_that_is_not_there_and_no_feed_is_a_failure(status: int) -> None:
    with pytest.raises(UpstreamFailed, match="the site's feed cannot be read, either") as raised:
        Ledger().pull(opened("wordpress", Fake(WordPress(closed=status))))
    assert raised.value.status == status


def test_an_object_in_the_place_of_the_list_is_another_schema() -> None:
    site = WordPress().hold(1)
    wrong = Fake(lambda path, query: (200, {}, b'{"posts": []}') if path.endswith("/posts") else site(path, query))
    with pytest.raises(UpstreamFailed) as raised:
        Ledger().pull(opened("wordpress", wrong))
    assert raised.value.reason == "schema-changed"


def test_without_pretty_links_the_api_is_asked_by_its_query() -> None:
    site = WordPress(pretty=False).hold(*MANY)
    client, made, ledger = start(site)
    assert len(ledger.known) == len(MANY)
    ledger.pull(made, NOW + timedelta(minutes=15))
    assert set(client.paths()) == {"/"}, "where the API is found once it is asked at once the next time"


def test_the_home_page_says_where_the_api_is() -> None:
    site = WordPress().hold(1)

    def moved(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path.startswith("/blog-api/"):
            return site(path.replace("/blog-api/", "/wp-json/"), query)
        if path.startswith("/wp-json/"):
            return page("nothing", 404)
        status, headers, body = page("Home")
        return (
            status,
            headers | {"link": f'<{HOME}/x>; rel="alternate", <{HOME}/blog-api/>; rel="https://api.w.org/"'},
            body,
        )

    assert list(puts(Ledger().pull(opened("wordpress", Fake(moved))).changes)) == ["posts/1"]


def test_an_api_on_a_host_that_nobody_named_is_not_asked() -> None:
    def elsewhere(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path != "/" or query:
            return page("nothing", 404)
        return 200, {"link": '<https://other.example/wp-json/>; rel="https://api.w.org/"'}, b"Home"

    with pytest.raises(UpstreamFailed):
        Ledger().pull(opened("wordpress", Fake(elsewhere)))


@pytest.mark.parametrize("url", [f"{HOME}/", f"{HOME}/wp-json", f"{HOME}/wp-json/wp/v2/posts?per_page=5"])
def test_any_address_of_the_api_will_do(url: str) -> None:
    assert puts(Ledger().pull(opened("wordpress", Fake(WordPress().hold(1)), url=url)).changes)


# -- the feed in the API's place


def feed_of(site: WordPress, size: int = 10) -> Any:
    """The site's RSS, ten posts a page, newest first."""

    def feed(number: int) -> tuple[int, dict[str, str], bytes]:
        found = sorted(site.posts.values(), key=lambda one: one["date_gmt"], reverse=True)
        shown = found[(number - 1) * size : number * size]
        if not shown:
            return page("Not found", 404)
        items = "".join(
            f"<item><title>{one['title']['rendered']}</title><link>{one['link']}</link>"
            f'<guid isPermaLink="false">{one["guid"]["rendered"]}</guid>'
            f"<pubDate>{_rfc822(one['date_gmt'])}</pubDate><description>Text</description></item>"
            for one in shown
        )
        body = f'<rss version="2.0"><channel><title>News</title><link>{HOME}</link>{items}</channel></rss>'
        return 200, {"content-type": "application/rss+xml"}, body.encode()

    return feed


def _rfc822(stamp: str) -> str:
    return format_datetime(datetime.fromisoformat(f"{stamp}+00:00"))


@pytest.mark.parametrize("which", ["closed", "posts_closed"])
def test_a_closed_api_is_replaced_by_the_pages_of_the_feed(which: str) -> None:
    site = WordPress(**{which: 401}).hold(*range(1, 26))  # type: ignore[arg-type]
    site.feed = feed_of(site)
    client, made, ledger = start(site)
    assert set(ledger.known) == {f"posts/{number}" for number in range(1, 26)}
    assert ledger.puts["posts/3"].fields.id == f"{HOME}/?p=3"
    site.hold(9000)
    pulled = ledger.pull(made, NOW + timedelta(days=0.5))
    assert list(puts(pulled.changes)) == ["posts/9000"]
    assert codes(pulled) == ["rest-closed"]
    assert [query.get("paged", "1") for path, query in client.asked if path == "/feed/"] == ["1", "2"]


def test_what_a_feed_does_not_show_is_not_taken_for_deleted() -> None:
    site = WordPress().hold(*range(1, 26))
    site.feed = feed_of(site)
    _, made, ledger = start(site)
    site.closed = 403
    del site.posts[4]
    for day in (1, 2, 3):
        assert drops(ledger.pull(made, NOW + timedelta(days=day)).changes) == []
    site.closed = 0
    assert drops(ledger.pull(made, NOW + timedelta(days=4)).changes) == ["posts/4"]
    assert {put.fields.id for put in ledger.puts.values()} == {one["guid"]["rendered"] for one in site.posts.values()}
