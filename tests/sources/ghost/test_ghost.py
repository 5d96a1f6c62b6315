"""A Ghost site that is asked: its listings, their lies, its key, and what is taken for deleted."""

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
from tests.sources.asked import HOME, NOW, Fake, Ledger, Said, codes, drops, opened, puts
from tests.sources.ghost.site import API, Ghost, post
from tests.upstream.clients import source

MANY = range(1, 251)


def start(site: Ghost, **said: Any) -> tuple[Fake, Any, Ledger]:
    """A source whose first pull was taken in."""
    client = Fake(site)
    made, ledger = opened("ghost", client, **said), Ledger()
    ledger.pull(made)
    client.asked.clear()
    return client, made, ledger


def _renamed(said: Said, key: bytes) -> Said:
    status, headers, body = said
    return status, headers, body.replace(b'"%s"' % key, b'"data"')


def test_a_site_is_listed_once_and_then_asked_for_changes_ten_minutes_back() -> None:
    site = Ghost().hold(*MANY)
    site.posts[250] = post(250, updated=NOW - timedelta(hours=1))
    client, made, ledger = start(site)
    assert len(ledger.known) == len(MANY)
    site.posts[7] = post(7, updated=NOW + timedelta(minutes=5), title="Changed")
    pulled = ledger.pull(made, NOW + timedelta(minutes=15))
    assert [put.fields.title for put in puts(pulled.changes).values()] == ["Changed"]
    asked = [query["filter"] for _, query in client.asked if "filter" in query]
    assert asked == ["updated_at:>='2026-03-01 10:50:00'"]
    assert [path for path, _ in client.asked] == [f"{API}/settings/", f"{API}/posts/", f"{API}/posts/"]


def test_U16_a_post_that_no_change_told_of_is_asked_for_by_its_id() -> None:
    site = Ghost().hold(1, 2)
    made, ledger = opened("ghost", Fake(site), key_env="GHOST_KEY"), Ledger()
    ledger.pull(made)
    site.posts[3] = post(3, updated=NOW - timedelta(days=900))
    assert list(puts(ledger.pull(made, NOW + timedelta(minutes=15)).changes)) == [f"posts/{3:024x}"]


def test_U16_a_deleted_post_is_gone_with_the_next_pull() -> None:
    site = Ghost().hold(*MANY)
    _, made, ledger = start(site)
    del site.posts[123]
    pulled = ledger.pull(made, NOW + timedelta(minutes=15))
    assert (drops(pulled.changes), codes(pulled)) == ([f"posts/{123:024x}"], [])


@pytest.mark.parametrize(
    "lie",
    [
        lambda paging: paging | {"next": paging["page"]},
        lambda paging: paging | {"next": 1},
        lambda paging: paging | {"next": None},
        lambda paging: paging | {"next": "2"} if paging["page"] > 1 else paging,
        lambda paging: paging | {"total": 1000},
    ],
    ids=["stands", "begins again", "ends early", "repeats", "promises more"],
)
def test_U15_pages_that_lie_end_and_delete_nothing(lie: Any) -> None:
    site = Ghost().hold(*MANY)
    _, made, ledger = start(site)
    site.lie, known = lie, set(ledger.known)
    pulled = ledger.pull(made, NOW + timedelta(days=2))
    assert (codes(pulled), drops(pulled.changes), set(ledger.known)) == (["listing-partial"], [], known)


def test_U15_an_endless_next_ends_with_the_first_empty_page() -> None:
    site = Ghost().hold(*MANY)
    client, made, ledger = start(site)
    site.lie = lambda paging: paging | {"next": paging["page"] + 1, "total": None}
    pulled = ledger.pull(made, NOW + timedelta(days=2))
    assert (codes(pulled), drops(pulled.changes)) == ([], [])
    assert len(client.asked) == 1 + 4


def test_without_pagination_a_site_is_what_its_one_answer_says() -> None:
    site = Ghost().hold(*range(1, 101))
    bare = Fake(lambda path, query: _renamed(site(path, query), b"meta"))
    ledger = Ledger()
    ledger.pull(opened("ghost", bare))
    assert len(ledger.known) == 100


def test_U15_without_pagination_a_full_answer_deletes_nothing() -> None:
    site = Ghost().hold(*range(1, 151))
    ledger = start(site)[2]
    bare = Fake(lambda path, query: _renamed(site(path, query), b"meta"))
    pulled = ledger.pull(opened("ghost", bare), NOW + timedelta(days=2))
    assert (drops(pulled.changes), len(ledger.known)) == ([], 150)


@pytest.mark.parametrize("status", [401, 403])
def test_a_bad_key_is_told_as_one(status: int) -> None:
    with pytest.raises(UpstreamFailed, match="the key is missing, wrong or without the right") as raised:
        start(Ghost(closed=status))
    assert raised.value.reason == "auth_failed"


@pytest.mark.parametrize("status", [404, 410])
def test_U11_an_api_that_is_not_there_is_a_failure_not_an_empty_site(status: int) -> None:
    site = Ghost().hold(1)
    _, made, ledger = start(site)
    site.closed = status
    with pytest.raises(UpstreamFailed) as raised:
        ledger.pull(made, NOW + timedelta(minutes=15))
    assert raised.value.reason == "not-found"


def test_U13_another_schema_is_no_answer() -> None:
    site = Ghost().hold(*range(1, 11))
    _, made, ledger = start(site)
    for one in site.posts.values():
        del one["html"]
    with pytest.raises(UpstreamFailed, match=r"\$\.posts\[0\]\.html: is missing") as raised:
        ledger.pull(made, NOW + timedelta(days=2))
    assert raised.value.reason == "schema-changed"


def test_U13_a_list_under_another_name_is_another_schema() -> None:
    site = Ghost().hold(1)
    renamed = Fake(lambda path, query: _renamed(site(path, query), b"posts"))
    with pytest.raises(UpstreamFailed, match="answers no list of posts"):
        Ledger().pull(opened("ghost", renamed))


@pytest.mark.parametrize(
    ("url", "api"),
    [
        (f"{HOME}/", API),
        (f"{HOME}/ghost/api/content/", API),
        (f"{HOME}/ghost/api/content/posts/?limit=5", API),
        (f"{HOME}/blog", f"/blog{API}"),
        (f"{HOME}/ghost/api/v3/content", "/ghost/api/v3/content"),
    ],
)
def test_any_address_of_the_api_will_do(url: str, api: str) -> None:
    assert puts(Ledger().pull(opened("ghost", Fake(Ghost(api=api).hold(1)), url=url)).changes)


@pytest.mark.parametrize("visibility", ["members", "paid", "tiers", "filter", None, "PUBLIC"])
def test_U20_nothing_of_a_members_body_leaves(visibility: str | None) -> None:
    secret = {"html": "<p>S3CRET</p>", "plaintext": "S3CRET", "excerpt": "S3CRET", "lexical": "S3CRET"}
    site = Ghost(posts={1: post(1, visibility=visibility, access=True, reading_time=1, **secret)})
    (put,) = puts(Ledger().pull(opened("ghost", Fake(site))).changes).values()
    assert "S3CRET" not in repr(put)
    assert put.fields.visibility == "public"
    assert not put.fields.full_text


def test_U20_what_the_key_gives_no_access_to_is_not_public() -> None:
    site = Ghost(posts={1: post(1, html="<p>secret</p>", excerpt="secret", access=False)})
    (put,) = puts(opened("ghost", Fake(site)).pull({}, "", NOW).changes).values()
    assert "secret" not in repr(put)


def test_through_a_real_server_with_a_key_that_shows_nowhere(httpserver: HTTPServer) -> None:
    site, key = Ghost().hold(*MANY), "0123456789abcdef01234567aa"
    asked: list[str] = []

    def handle(request: Request) -> Response:
        asked.append(request.args.get("key", ""))
        status, headers, body = site(request.path, dict(request.args))
        return Response(body, status, headers)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(handle)
    url = httpserver.url_for("/").rstrip("/")
    client = HttpClient(source(url, kind="ghost"), LimitSettings(), name="news", key=key, sleep=lambda _: None)
    made, ledger = opened("ghost", client, url=url), Ledger()
    ledger.pull(made)
    assert (len(ledger.known), set(asked)) == (len(MANY), {key})
    site.closed = 401
    with pytest.raises(UpstreamFailed) as raised:
        ledger.pull(made, NOW + timedelta(minutes=15))
    assert key not in str(raised.value)
