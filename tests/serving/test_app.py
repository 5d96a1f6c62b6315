"""Everything that is no document: health, redirects, 404, 410, methods, and what an attacker may try (H-01..H-19)."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds.model import ChannelKind
from service.paths import CHANNEL_NAMES, Target
from service.settings import PathSettings, ServiceSettings, Settings
from tests.serving.fakes import HEALTHY, NOW, FakePublisher, environ, front_of, make_app, newsroom, written

NEWS = "/categories/news/"
POLITICS = "/categories/%EC%A0%95%EC%B9%98/"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/feed.xml", "/atom.xml"),
        ("/feed/news.xml", f"{NEWS}atom.xml"),
        ("/feed/정치.xml", f"{POLITICS}atom.xml"),
        ("/feed/by_tag/seoul.xml", "/tags/seoul/atom.xml"),
        ("/categories/news", NEWS),
        ("/categories/정치", POLITICS),
        ("/categories/NEWS/rss.xml", f"{NEWS}rss.xml"),
        ("/categories/ News/", NEWS),
        ("/categories/정치/", POLITICS),
        ("/tags/SEOUL/feed.json", "/tags/seoul/feed.json"),
    ],
)
def test_another_spelling_is_a_301_to_the_canonical_url(path: str, location: str) -> None:
    if path == "/categories/정치/":
        path = "/categories/" + "\u110c\u1165\u11bc\u110e\u1175" + "/"  # the same in NFD, as macOS writes it
    response = make_app(newsroom()).test_client().get(path)
    assert (response.status_code, response.headers["Location"]) == (301, location)
    assert response.headers["Cache-Control"] == "max-age=300"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_redirect_leads_where_the_settings_say_the_service_is_and_not_where_host_says() -> None:
    app = make_app(newsroom(), Settings(service=ServiceSettings(url="https://ex.org/syndication")))
    response = app.test_client().get("/feed.xml", headers={"Host": "evil.com", "X-Forwarded-Host": "evil.com"})
    assert response.headers["Location"] == "/syndication/atom.xml"


@pytest.mark.parametrize("elsewhere", ["//evil.com/x", "https://evil.com", "/\\evil.com"])
def test_H17_settings_cannot_send_an_old_path_elsewhere(elsewhere: str) -> None:
    with pytest.raises(ValueError, match="feed_aliases"):
        PathSettings(feed_aliases={"/a": elsewhere})


def test_old_paths_of_the_settings_are_301s_to_our_own_paths() -> None:
    aliases = {
        "/index.rdf": "/rss.xml",
        "/피드": "/categories/정치/rss.xml",
        "/feed/news.xml": "/categories/news/rss.xml",
    }
    client = make_app(newsroom(), Settings(paths=PathSettings(feed_aliases=aliases))).test_client()
    assert {path: client.get(path).headers["Location"] for path in aliases} == {
        "/index.rdf": "/rss.xml",
        "/피드": f"{POLITICS}rss.xml",
        "/feed/news.xml": f"{NEWS}rss.xml",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/categories/../../etc/passwd/rss.xml",
        "/categories/%2e%2e/rss.xml",
        "/categories/..%2f..%2fetc/rss.xml",
        "/categories/%252e%252e/rss.xml",
        "/categories/..%5c..%5c/rss.xml",
        "/categories/news%00/rss.xml",
        "/categories/%c0%ae%c0%ae/rss.xml",
        "/categories/news;x/rss.xml",
        "/rss.xml;jsessionid=1",
        "/rss.xml/x.png",
        "/categories/news/x.css",
        "//categories/news/",
        "//evil.com/categories/news",
        "/\\evil.com/",
        "/%5cevil.com/",
        "/CATEGORIES/news/",
        "/RSS.XML",
        "/categories//news/",
        "/categories/news//rss.xml",
        "/.git/config",
        "/.env",
        "/debug",
        "/console",
        "/static/style.css",
        "/templates/home.html",
        "/healthz/",
        "/metrics/x",
        "/authors/news/",
        "/languages/xx/",
        "/" + "a" * 8000,
    ],
)
def test_H01_H05_H17_H19_a_path_that_means_nothing_is_a_plain_404(path: str) -> None:
    # The client takes //host/path for a URL, so that the path has to be given as a server gives it.
    path_info = unquote_to_bytes(path).decode("latin-1")
    response = make_app(newsroom()).test_client().get(environ_overrides={"PATH_INFO": path_info})
    assert response.status_code == 404
    assert response.data == b"Not Found\n"
    assert response.headers["Cache-Control"] == "max-age=60"
    assert "Location" not in response.headers


@given(st.text(max_size=60))
@example("meta")
@example("oembed")
@settings(deadline=None)
def test_H17_no_path_is_an_error_or_a_redirect_to_elsewhere(text: str) -> None:
    path_info = f"/{text}".encode("utf-8", "replace").decode("latin-1")
    response = APP.test_client().get(environ_overrides={"PATH_INFO": path_info})
    asks = path_info in ("/meta", "/oembed")  # for a URL, which this request does not give
    assert response.status_code in ((400,) if asks else (200, 301, 404))
    location = response.headers.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith("//")
    assert location.isascii()


APP = make_app(newsroom())


@pytest.mark.parametrize(
    "host", ["evil.com", "a@b", 'x"><script>', "", "localhost:99999", "[::1", "a b", "\xe9", "a" * 5000]
)
@pytest.mark.parametrize("path", ["/rss.xml", "/feed.xml", "/nope", "/healthz", "/readyz", "//evil.com"])
def test_H02_no_host_is_an_error_or_changes_an_answer(path: str, host: str) -> None:
    def call(value: str) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[Any] = []
        body = b"".join(APP(environ(path, host=value), lambda *given: started.append(given)))
        status, headers = started[0][:2]
        return status, headers, body

    assert call(host) == call("feeds.example.org")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE", "PROPFIND", "FROB"])
@pytest.mark.parametrize(
    "path", ["/rss.xml", "/", "/categories/정치/feed.json", "/nope", "/healthz", "/feed.xml", "//x"]
)
def test_H10_a_method_that_does_not_read_is_405_everywhere(path: str, method: str) -> None:
    app = make_app(newsroom())
    response = app.test_client().open(path, method=method, headers={"X-HTTP-Method-Override": "GET"})
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.data == b"Method Not Allowed\n"


def test_H10_H24_a_preflight_is_answered_without_rendering() -> None:
    publisher = newsroom()
    response = make_app(publisher).test_client().options("/rss.xml", headers={"Origin": "https://evil.com"})
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Content-Type" not in response.headers
    assert publisher.rendered == []


@pytest.mark.parametrize("path", ["/rss.xml", "/", "/nope", "/feed.xml", "/healthz", "/readyz"])
def test_H10_head_has_the_headers_of_get(path: str) -> None:
    client = make_app(newsroom()).test_client()
    got, head = client.get(path), client.head(path)
    assert (head.status, head.data) == (got.status, b"")
    assert head.headers == got.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize(
    "path", ["/rss.xml", "/", "/nope", "/feed.xml", "/healthz", "/readyz", "/metrics", "/tags/old/"]
)
def test_no_answer_says_a_header_twice(path: str, method: str) -> None:
    app = make_app(newsroom(), Settings(paths=PathSettings(gone=("/tags/old/",))))
    response = app.test_client().open(path, method=method)
    names = [name.lower() for name, _ in response.headers]
    assert sorted(names) == sorted(set(names))
    assert ("content-length" in names) == (method != "OPTIONS")
    assert ("content-type" in names) == (method != "OPTIONS")


def test_U10_health_is_about_the_process_and_readiness_about_the_index() -> None:
    publisher = newsroom()
    publisher.state = replace(publisher.state, ready=False)
    client = make_app(publisher).test_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").data) == (200, b"ok\n")
    assert client.get("/readyz").status_code == 503
    publisher.state = replace(publisher.state, ready=True)
    wordpress = replace(
        HEALTHY,
        name="wordpress",
        stale="answers 401",
        reason="auth_failed",
        http_status=401,
        stale_since=NOW + timedelta(seconds=60),
        next_attempt=NOW + timedelta(hours=1),
        held="12 of 20 posts",
    )
    publisher.state = replace(publisher.state, sources=[HEALTHY, wordpress])
    response = client.get("/readyz")
    assert response.status_code == 200, "stale sources must not take us out of a load balancer"
    said = json.loads(response.data)
    assert (said["ready"], said["stale"]) == (True, ["wordpress"])
    assert said["sources"][1] == {
        "name": "wordpress",
        "last_scan": "2026-11-22T12:00:00+00:00",
        "age": 0,
        "stale": "answers 401",
        "reason": "auth_failed",
        "status": 401,
        "stale_since": "2026-11-22T12:01:00+00:00",
        "next_attempt": "2026-11-22T13:00:00+00:00",
        "held": "12 of 20 posts",
        "posts": 3,
        "pages": 0,
        "unpublished": 0,
        "unread": 0,
    }
    assert response.headers["Cache-Control"] == "no-store"


def test_before_the_first_scan_an_unknown_feed_is_503_and_not_404() -> None:
    publisher = FakePublisher()
    publisher.state = replace(publisher.state, ready=False)
    client = make_app(publisher).test_client()
    response = client.get("/categories/news/rss.xml")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.headers["Cache-Control"] == "no-store"
    publisher.state = replace(publisher.state, ready=True)
    assert client.get("/categories/news/rss.xml").status_code == 404


def test_a_channel_may_be_retired_before_the_index_knows_it() -> None:
    app = make_app(newsroom(), Settings(paths=PathSettings(gone=("/tags/old/", "/categories/낡은/"))))
    client = app.test_client()
    for path in ("/tags/old/", "/tags/old/rss.xml", "/tags/OLD", "/categories/낡은/atom.xml", "/feed/by_tag/old.xml"):
        assert (client.get(path).status_code, client.get(path).data) == (410, b"Gone\n")
    assert client.get("/tags/older/").status_code == 404


def test_H19_an_error_shows_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    publisher = newsroom()
    app = make_app(publisher)
    publisher.error = ValueError("<secret>")
    publisher.before_resolve = fail
    with caplog.at_level(logging.ERROR):
        for path in ("/rss.xml", "/feed.xml"):
            response = app.test_client().get(path)
            assert (response.status_code, response.data) == (500, b"Internal Server Error\n")
            assert response.headers["Cache-Control"] == "no-store"
    assert "secret" in caplog.text


def fail(_: Target) -> None:
    raise ValueError("<secret>")


def test_metrics_count_by_kind_and_status_and_ask_the_index() -> None:
    publisher = newsroom()
    late = replace(HEALTHY, last_scan=NOW - timedelta(seconds=90), stale="gone", unpublished=4, unread=2)
    publisher.state = replace(publisher.state, sources=[late])
    app = make_app(publisher)
    client = app.test_client()
    for path in ("/rss.xml", "/rss.xml", "/", "/feed.xml", "/nope", "/healthz"):
        client.get(path)
    client.get("/feed.json", headers={"If-None-Match": "*"})
    client.get("/rss.xml", headers={"Accept": "text/html"})
    lines = client.get("/metrics").data.decode().splitlines()
    for line in (
        'feedmill_requests_total{kind="rss",status="200"} 2.0',
        'feedmill_requests_total{kind="page",status="200"} 1.0',
        'feedmill_requests_total{kind="json",status="304"} 1.0',
        'feedmill_requests_total{kind="redirect",status="301"} 1.0',
        'feedmill_requests_total{kind="redirect",status="303"} 1.0',
        'feedmill_requests_total{kind="other",status="404"} 1.0',
        'feedmill_requests_total{kind="health",status="200"} 1.0',
        "feedmill_renders_total 3.0",
        f"feedmill_front_bytes {float(front_of(app).store.size())}",
        "feedmill_ready 1.0",
        "feedmill_channels 4.0",
        "feedmill_posts 3.0",
        'feedmill_problems{code="date-invalid"} 2.0',
        'feedmill_source_posts{source="newsroom"} 3.0',
        'feedmill_source_unread{source="newsroom"} 2.0',
        'feedmill_source_stale{source="newsroom"} 1.0',
        'feedmill_source_held{source="newsroom"} 0.0',
        'feedmill_scan_age_seconds{source="newsroom"} 90.0',
        'feedmill_source_up{source="newsroom"} 0.0',
        'feedmill_source_last_success_timestamp_seconds{source="newsroom"} 1.79534871e+09',
        'feedmill_source_refresh_total{result="success",source="newsroom"} 0.0',
        'feedmill_source_refresh_total{result="failure",source="newsroom"} 0.0',
    ):
        assert line in lines


def test_no_request_can_make_the_metrics_grow() -> None:
    app = make_app(newsroom())
    client = app.test_client()
    client.get("/nope")
    client.open("/nope", method="FROB")
    before = len(client.get("/metrics").data.splitlines())
    client.get("/metrics")
    before = len(client.get("/metrics").data.splitlines())
    for number in range(50):
        client.get(f"/nope{number}?{number}", headers={"User-Agent": str(number)})
        client.open("/nope", method=f"FROB{number}")
    assert len(client.get("/metrics").data.splitlines()) == before


@pytest.mark.parametrize("kind", ["category", "tag", "author", "language"])
def test_every_kind_of_channel_has_its_documents(kind: ChannelKind) -> None:
    folder = {"category": "categories", "tag": "tags", "author": "authors", "language": "languages"}[kind]
    client = make_app(FakePublisher({(kind, "ko"): "x"})).test_client()
    for document in CHANNEL_NAMES:
        response = client.get(f"/{folder}/ko/{document}")
        assert (response.status_code, response.data) == (200, written(document, "x"))


def test_only_pages_carry_a_security_policy() -> None:
    client = make_app(newsroom()).test_client()
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "Content-Security-Policy" not in client.get("/rss.xml").headers


def test_subscribers_of_a_feed_that_was_elsewhere_are_sent_to_its_successor() -> None:
    publisher = newsroom()
    publisher.former = "/blog/subscribe.xml"
    client = make_app(publisher).test_client()
    moved = client.get("/blog/subscribe.xml")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/atom.xml")
    publisher.former = ""
    assert client.get("/blog/subscribe.xml").status_code == 404


def test_a_feed_that_was_imported_is_sent_on_and_a_page_that_was_removed_is_gone() -> None:
    publisher = newsroom()
    publisher.imported = {"/old/feed/": "/rss.xml", "/feed.xml": "/rss.xml"}
    publisher.gone = frozenset(("2024/a", "/2024/a"))
    client = make_app(publisher, Settings(paths=PathSettings(feed_aliases={"/old/feed/": "/atom.xml"}))).test_client()
    assert client.get("/old/feed/").headers["Location"] == "/atom.xml", "the settings have the first word"
    assert client.get("/feed.xml").headers["Location"] == "/rss.xml"
    for path in ("/meta?url=/2024/a", "/oembed?url=/2024/a"):
        assert client.get(path).status_code == 410
    for path in ("/meta?url=/2024/b", "/2024/a"):
        assert client.get(path).status_code == 404
