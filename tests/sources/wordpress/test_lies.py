"""A WordPress site whose listings lie about their pages (U-15), in memory and through a real server."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from service.settings import LimitSettings
from service.upstream.answer import UpstreamFailed
from service.upstream.client import HttpClient
from tests.sources.asked import NOW, Fake, Ledger, codes, drops, opened, page, puts
from tests.sources.wordpress.site import WordPress, listings, post, start
from tests.upstream.clients import LOOPBACK, source

MANY = range(1, 251)


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


def capped(site: WordPress, most: int) -> Any:
    """A site that gives fewer posts at once than it is asked for, as plugins for security and hosts do."""
    return lambda path, query: site(path, query | {"per_page": str(most)} if path.endswith("/posts") else query)


@pytest.mark.parametrize("most", [10, 99])
@pytest.mark.parametrize("lie", [{}, {"x_wp_totalpages": None, "x_wp_total": None}])
def test_U15_a_page_with_few_posts_is_not_the_last_one(most: int, lie: dict[str, object]) -> None:
    site = WordPress(lie=lie).hold(*range(1, 151))
    client = Fake(capped(site, most))
    made, ledger = opened("wordpress", client), Ledger()
    assert len(puts(ledger.pull(made).changes)) == 150
    for day in (0, 2):  # asked for changes, and after the sweep for everything
        assert drops(ledger.pull(made, NOW + timedelta(days=day, hours=1)).changes) == []
    del site.posts[75]
    site.hold(151)
    pulled = ledger.pull(made, NOW + timedelta(days=2, hours=2), complete=bool(lie))  # else nothing tells that one went
    assert drops(pulled.changes) == ["posts/75"]


@pytest.mark.parametrize("status", [400, 404])
def test_U15_without_headers_a_short_page_with_nothing_behind_it_is_the_last_one(status: int) -> None:
    site = WordPress(lie={"x_wp_totalpages": None, "x_wp_total": None}).hold(1, 2, 3)
    site.past_the_end = lambda _: page("no", status)
    _, made, ledger = start(site)
    del site.posts[2]
    assert drops(ledger.pull(made, NOW + timedelta(days=2)).changes) == ["posts/2"]
