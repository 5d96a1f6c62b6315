"""Broken posts of a WordPress site (U-13), its closed doors (U-06, U-11), and the feed in the place of its API."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from service.upstream.answer import UpstreamFailed
from tests.sources.asked import HOME, NOW, Fake, Ledger, codes, drops, opened, page, puts, rejects
from tests.sources.wordpress.site import WordPress, listings, post, start

MANY = range(1, 251)


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


def newest(site: WordPress, number: int, size: int) -> list[Any]:
    """A page of the site's feed, whatever its format."""
    found = sorted(site.posts.values(), key=lambda one: one["date_gmt"], reverse=True)
    return found[(number - 1) * size : number * size]


def feed_of(site: WordPress, size: int = 10) -> Any:
    """The site's RSS, ten posts a page, newest first."""

    def feed(number: int) -> tuple[int, dict[str, str], bytes]:
        shown = newest(site, number, size)
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


def atom_of(site: WordPress, size: int = 10) -> Any:
    """The same as Atom, which says when a post was edited."""

    def atom(number: int) -> tuple[int, dict[str, str], bytes]:
        shown = newest(site, number, size)
        if not shown:
            return page("Not found", 404)
        entries = "".join(
            f'<entry><title type="html">{one["title"]["rendered"]}</title><link href="{one["link"]}"/>'
            f"<id>{one['guid']['rendered']}</id><published>{one['date_gmt']}Z</published>"
            f'<updated>{one["modified_gmt"]}Z</updated><category term="News"/><category term="law"/>'
            f'<content type="html">{html.escape(one["content"]["rendered"])}</content></entry>'
            for one in shown
        )
        body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>{HOME}</id>{entries}</feed>'
        return 200, {"content-type": "application/atom+xml"}, body.encode()

    return atom


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


def test_what_the_api_said_stands_while_it_is_closed_but_for_what_was_edited() -> None:
    site = WordPress(categories=[{"id": 7, "name": "News", "slug": "news", "parent": 0}]).hold(*range(1, 26))
    site.atom = atom_of(site)
    client, made, ledger = start(site)
    site.closed = 403
    site.posts[20] = post(20, modified=NOW, title={"rendered": "Changed"})
    changed = puts(ledger.pull(made, NOW + timedelta(minutes=15)).changes)
    assert set(changed) == {"posts/20", "posts/25"}, "and for the last that the API told of, by ten minutes"
    fields = changed["posts/20"].fields
    assert (fields.title, fields.categories, fields.tags) == ("Changed", ("News",), ("law",))
    site.closed = 0
    client.asked.clear()
    assert set(puts(ledger.pull(made, NOW + timedelta(minutes=30)).changes)) == {"posts/20", "posts/25"}
    assert [query["orderby"] for query in listings(client)] == ["id"], "the feed said less: all is read again"


def test_U20_the_form_in_the_place_of_a_protected_post_is_no_body() -> None:
    form = '<form action="/wp-login.php?action=postpass" class="post-password-form" method="post"><p>Enter</p></form>'
    site = WordPress(closed=401)
    site.posts = {1: post(1, content={"rendered": form})}
    site.atom = atom_of(site)
    (put,) = puts(Ledger().pull(opened("wordpress", Fake(site))).changes).values()
    assert (put.text, put.fields.summary, put.fields.listed, put.fields.full_text) == ("", None, False, False)


def test_a_number_in_the_guid_of_another_site_is_not_the_number_of_a_post() -> None:
    site = WordPress(closed=401).hold(4, 5)
    site.posts[4]["guid"] = {"rendered": "https://old.example/?p=5"}
    site.atom = atom_of(site)
    found = puts(Ledger().pull(opened("wordpress", Fake(site))).changes)
    assert {key: put.fields.url for key, put in found.items()} == {
        "https://old.example/?p=5": f"{HOME}/4/",
        "posts/5": f"{HOME}/5/",
    }


def test_where_links_are_not_pretty_the_feed_is_asked_by_its_query() -> None:
    site = WordPress(pretty=False, closed=403).hold(*range(1, 26))
    feed = atom_of(site)

    def plain(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if query.get("feed") == "atom":
            return feed(int(query.get("paged", "1")))  # type: ignore[no-any-return]
        return site(path, query) if "rest_route" in query else page("<!doctype html><title>Home</title>")

    ledger = Ledger()
    assert codes(ledger.pull(opened("wordpress", Fake(plain)))) == ["rest-closed"]
    assert set(ledger.known) == {f"posts/{number}" for number in range(1, 26)}


def test_a_feed_that_shows_its_first_page_for_every_page_is_left() -> None:
    site = WordPress(closed=403).hold(*range(1, 6))
    feed = atom_of(site)
    site.atom = lambda _: feed(1)
    client = Fake(site)
    Ledger().pull(opened("wordpress", client))
    assert client.paths().count("/feed/atom/") == 2
