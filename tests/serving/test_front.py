"""The hot path: what is kept, what is forgotten, what grows, and who renders (H-03, H-04, DESIGN.md rules 7-10)."""

from __future__ import annotations

import random
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.accept import prefers_page
from service.encodings import CODINGS
from service.front import POLL_SECONDS
from service.paths import DocumentName, Target
from service.response import Reply
from service.settings import KIB, CacheSettings, PathSettings, Settings
from tests.serving.fakes import NOW, FakePublisher, environ, front_of, make_app, newsroom, written

RSS = Target("site", "", "rss.xml")


def get(app: Any, path: str = "/rss.xml", /, **headers: str) -> Reply:
    reply = front_of(app).answer(environ(path, **headers))
    assert reply is not None
    return reply


def header(reply: Reply, name: str) -> str | None:
    return dict(reply.headers).get(name)


def test_a_document_is_rendered_once_and_then_served_from_memory() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    assert get(app).status == get(app).status == 200
    assert publisher.rendered == [RSS]


def test_H03_nothing_but_the_path_reaches_a_document() -> None:
    @given(
        st.dictionaries(
            st.sampled_from(
                [
                    *("host", "x_forwarded_host", "x_forwarded_proto", "x_forwarded_prefix", "x_forwarded_for"),
                    *("x_original_url", "x_rewrite_url", "forwarded", "x_http_method_override", "origin", "cookie"),
                    *("accept_language", "user_agent", "referer", "authorization", "range", "te", "a_im", "via"),
                ]
            ),
            st.sampled_from(
                ["evil.com", "a@b", 'x"><script>', "", "http", "/admin", "host=evil.com", "ko", "POST", "feed"]
            )
            | st.text(st.characters(max_codepoint=255), max_size=20),
        ),
        st.text(max_size=30),
    )
    @settings(deadline=None)
    def same(headers: dict[str, str], query: str) -> None:
        for publisher_app in (kept, make_app(newsroom())):
            for path in ("/rss.xml", "/", "/categories/정치/feed.json"):
                reply = front_of(publisher_app).answer(environ(path, query=query, **headers))
                assert reply is not None
                assert (reply.status, reply.headers, reply.body) == plain[path]

    kept = make_app(newsroom())
    plain = {}
    for path in ("/rss.xml", "/", "/categories/정치/feed.json"):
        reply = get(kept, path)
        plain[path] = (200, reply.headers, reply.body)
    same()


def test_H04_query_strings_and_unknown_paths_grow_nothing() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    front, dice = front_of(app), random.Random(4)

    def flood(count: int) -> None:
        for number in range(count):
            noise = f"{dice.getrandbits(64):x}"
            assert front.answer(environ("/rss.xml", query=f"utm={noise}&{number}")) is not None
            unknown = ("/{}", "/tags/{}/rss.xml", "/rss.xml/{}", "//{}", "/tags/SEOUL{}")[number % 5]
            assert front.answer(environ(unknown.format(noise))) is None

    flood(200)
    size = front.store.size()
    tracemalloc.start()
    flood(2000)
    before, _ = tracemalloc.get_traced_memory()
    flood(8000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert front.store.size() == size
    assert after - before < 64 * KIB
    assert publisher.rendered == [RSS]
    assert not front.store._flights


def test_redirects_and_errors_are_never_kept() -> None:
    app = make_app(newsroom())
    client = app.test_client()
    for path in ("/categories/News/", "/feed.xml", "/tags/nope/", "/nope", "/healthz", "/metrics"):
        client.get(path)
    assert front_of(app).store.size() == 0


def test_memory_stays_below_its_bound_codings_included() -> None:
    bound = 1024 * KIB
    dice = random.Random(7)
    bodies = {("tag", f"t{number}"): dice.randbytes(20_000).hex() for number in range(60)}
    app = make_app(FakePublisher(dict(bodies)), Settings(cache=CacheSettings(front_bytes=bound)))  # type: ignore[arg-type]  # kinds are literals
    front = front_of(app)
    for coding in ("identity", *CODINGS):
        for number in range(60):
            get(app, f"/tags/t{number}/rss.xml", accept_encoding=coding)
            assert front.store.size() <= bound
    assert front.store.size() > bound * 0.8
    assert front.store.size() == sum(size for _, size in front.store._kept._items.values())


def test_a_coding_that_is_added_later_is_counted() -> None:
    app = make_app(newsroom())
    get(app)
    before = front_of(app).store.size()
    body = get(app, accept_encoding="br").body
    assert front_of(app).store.size() == before + len(body)
    get(app, accept_encoding="br")
    assert front_of(app).store.size() == before + len(body)


def test_a_changed_channel_is_forgotten_and_the_others_are_not() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    site, news = get(app), get(app, "/categories/news/rss.xml")
    publisher.publish("category", "news", "new")
    assert header(get(app), "ETag") == header(site, "ETag")
    assert get(app, "/categories/news/rss.xml").body == written("rss.xml", "new")
    assert header(get(app, "/categories/news/rss.xml"), "ETag") != header(news, "ETag")
    assert publisher.rendered.count(RSS) == 1


def test_a_change_of_a_hangul_channel_reaches_its_path() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    get(app, "/categories/정치/atom.xml")
    publisher.publish("category", "정치", "새 글")
    assert get(app, "/categories/정치/atom.xml").body == written("atom.xml", "새 글")


def test_when_everything_may_have_changed_everything_is_forgotten() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    get(app)
    publisher.changed = None
    get(app)
    assert publisher.rendered == [RSS, RSS]


def test_the_index_is_asked_at_most_every_25_milliseconds() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    time = [0.0]
    front_of(app)._monotonic = lambda: time[0]
    for tenth in range(101):
        time[0] = tenth * POLL_SECONDS / 10
        get(app)
    assert publisher.polls in (10, 11)


def test_while_the_index_cannot_be_asked_what_is_prepared_is_served(caplog: pytest.LogCaptureFixture) -> None:
    publisher = newsroom()
    app = make_app(publisher)
    get(app)
    publisher.error = OSError("disk on fire")
    assert [get(app).status for _ in range(5)] == [200] * 5
    assert len(caplog.records) == 1, "one line, not forty a second"
    assert get(app, "/atom.xml").status == 500
    assert header(get(app, "/atom.xml"), "Cache-Control") == "no-store"
    publisher.error = None
    assert get(app, "/atom.xml").status == 200


def test_a_resource_rendered_from_before_a_change_is_not_kept() -> None:
    publisher = newsroom()
    app = make_app(publisher)

    def change_meanwhile(_: Target) -> None:
        publisher.before_render = lambda _: None
        publisher.publish("site", "", "new")
        assert get(app, "/categories/news/").status == 200  # another request's poll sees the change

    publisher.before_render = change_meanwhile
    assert get(app).body != written("rss.xml", "new"), "who asked before the change may get the old document"
    assert get(app).body == written("rss.xml", "new"), "who asks after it may not"


def test_a_change_of_another_channel_meanwhile_does_not_cost_a_second_rendering() -> None:
    publisher = newsroom()
    app = make_app(publisher)

    def change_meanwhile(_: Target) -> None:
        publisher.before_render = lambda _: None
        publisher.publish("tag", "seoul", "new")
        get(app, "/categories/news/")

    publisher.before_render = change_meanwhile
    get(app)
    get(app)
    assert publisher.rendered.count(RSS) == 1


def test_a_herd_renders_and_compresses_once() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    arrived = threading.Barrier(16)

    def ask(number: int) -> bytes:
        if number < 16:
            arrived.wait(10)
        return get(app, accept_encoding="br").body

    with ThreadPoolExecutor(16) as pool:
        bodies = set(pool.map(ask, range(1000)))
    assert len(bodies) == 1
    assert publisher.rendered == [RSS]


def test_who_looked_just_before_another_landed_does_not_render_again() -> None:
    publisher = newsroom()
    app = make_app(publisher)

    def land(_: Target) -> None:
        publisher.before_resolve = lambda _: None
        get(app)

    publisher.before_resolve = land
    get(app)
    assert publisher.rendered == [RSS]


def test_a_slow_rendering_holds_up_no_other_path() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    started, finish = threading.Event(), threading.Event()

    def slowly(target: Target) -> None:
        if target == RSS:
            started.set()
            assert finish.wait(10)

    publisher.before_render = slowly
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(get, app)
        assert started.wait(10)
        assert get(app, "/atom.xml").status == 200
        assert not slow.done()
        finish.set()
        assert slow.result(10).status == 200


def test_when_rendering_fails_all_who_wait_get_500_and_the_next_tries_again() -> None:
    publisher = newsroom()
    app = make_app(publisher)

    def fail(_: Target) -> None:
        raise ValueError("<secret>")

    publisher.before_render = fail
    reply = get(app)
    assert (reply.status, reply.body) == (500, b"Internal Server Error\n")
    publisher.before_render = lambda _: None
    assert get(app).status == 200


def test_a_post_scheduled_later_shortens_the_life_of_what_is_already_prepared() -> None:
    publisher = newsroom()
    app = make_app(publisher)
    assert (header(get(app), "Cache-Control") or "").startswith("max-age=300,")
    publisher.due = NOW + timedelta(seconds=20)
    assert header(get(app), "Cache-Control") == "max-age=20, stale-if-error=86400"


@pytest.mark.parametrize(
    "path", ["/categories/News/rss.xml", "/categories/news", "/feed.xml", "/tags/none/", "/a\0b", "/", ""]
)
def test_only_canonical_paths_of_known_channels_are_answered(path: str) -> None:
    reply = front_of(make_app(newsroom())).answer(environ(path))
    assert (reply is not None) == (path == "/")


def test_a_request_matches_with_and_without_the_services_own_path() -> None:
    publisher = newsroom()
    app = make_app(publisher, prefix=lambda: "/%EB%89%B4%EC%8A%A4")
    for path in ("/rss.xml", "/뉴스/rss.xml"):
        assert get(app, path).status == 200
    assert publisher.rendered == [RSS]
    assert header(get(app, "/뉴스/rss.xml", accept="text/html"), "Location") == "/%EB%89%B4%EC%8A%A4/"
    client = app.test_client()
    assert client.get("/뉴스/healthz").status_code == 200
    assert client.get("/뉴스").headers["Location"] == "/%EB%89%B4%EC%8A%A4/"
    assert client.get("/뉴스/feed.xml").headers["Location"] == "/%EB%89%B4%EC%8A%A4/atom.xml"
    assert client.get("/뉴스스/rss.xml").status_code == 404


def test_the_prefix_follows_the_content() -> None:
    now, publisher = [""], newsroom()
    app = make_app(publisher, prefix=lambda: now[0])
    assert front_of(app).answer(environ("/blog/rss.xml")) is None
    now[0] = "/blog"
    publisher.changed = None
    assert get(app, "/blog/rss.xml").status == 200


def test_a_channel_the_settings_call_gone_is_not_served_under_any_spelling() -> None:
    app = make_app(newsroom(), Settings(paths=PathSettings(gone=("/tags/Seoul/",))))
    for path in ("/tags/seoul/rss.xml", "/tags/seoul/", "/tags/SEOUL/", "/tags/seoul"):
        assert app.test_client().get(path).status_code == 410
    assert front_of(app).store.size() == 0


CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
MINIFLUX = "application/xml, application/atom+xml, application/rss+xml, application/feed+json, text/html, */*;q=0.9"
FEEDPARSER = (
    "application/atom+xml,application/rdf+xml,application/rss+xml,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1"
)


@pytest.mark.parametrize(
    ("accept", "document", "page"),
    [
        (CHROME, "rss.xml", True),
        (CHROME, "feed.json", True),
        (CHROME, "", False),
        (MINIFLUX, "atom.xml", False),
        (FEEDPARSER, "rss.xml", False),
        ("*/*", "rss.xml", False),
        ("", "rss.xml", False),
        ("text/html", "rss.xml", True),
        ("TEXT/HTML", "rss.xml", True),
        ("text/html, */*", "rss.xml", False),
        ("text/html;q=0.5, application/rss+xml;q=0.5", "rss.xml", False),
        ("text/html;q=0.5, application/rss+xml;q=0.5", "feed.json", True),
        ("text/html;q=0", "rss.xml", False),
        ("text/html, text/xml", "atom.xml", False),
        ("text/html;q=x, ;;,", "atom.xml", False),
    ],
)
def test_only_who_strictly_prefers_html_is_sent_to_the_page(accept: str, document: DocumentName, page: bool) -> None:
    assert prefers_page(accept, document) is page


def test_a_browser_is_sent_to_the_channels_page_even_when_the_feed_is_kept() -> None:
    app = make_app(newsroom())
    assert get(app, "/categories/정치/rss.xml").status == 200
    reply = get(app, "/categories/정치/rss.xml", accept=CHROME)
    assert (reply.status, reply.body) == (303, b"")
    assert header(reply, "Location") == "/categories/%EC%A0%95%EC%B9%98/"
    assert header(reply, "Cache-Control") == "no-store"
    assert header(reply, "Vary") == "Accept"
    assert get(app, "/categories/정치/rss.xml").status == 200


@given(st.text(st.characters(max_codepoint=255), max_size=60) | st.just("text/html;" * 1600))
@settings(deadline=None)
def test_no_accept_header_is_an_error(accept: str) -> None:
    prefers_page(f"text/html, {accept}", "rss.xml")
