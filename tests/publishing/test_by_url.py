"""What is asked for by the URL of a page, over HTTP: every spelling, every condition, and nothing of the request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from service.index import Staleness
from service.publisher import Publisher
from service.settings import Settings
from service.sources.source import SiteFacts
from tests.feeds.head_reader import Head
from tests.index.builders import SITE, apply, at, drop, put
from tests.publishing.published import app_of, everything, page, publisher_of
from tests.serving.fakes import front_of

NFD = "\u1112\u1161\u11ab\u1100\u1173\u11af"
POSTS = (
    put("hangul", at(1), url=f"{SITE}/%ED%95%9C%EA%B8%80/", title="한글 글", aliases=(f"{SITE}/old/",), tags=("C++",)),
    put("plain", at(2), url=f"{SITE}/2024/plain.html", categories=("Open Data",)),
    page("about", url=f"{SITE}/about/", title="About us"),
    put("later", at(-1)),
)
PAGES = {"category_page": "/category/:name/", "tag_page": "/tag/:slug.html"}
FOUND = "한글 글"
DOCUMENTS = (
    *("sitemap.xml", "sitemap-news.xml", "robots.txt", "opml.xml", "embed.js", "embed.json", "meta.html"),
    *("meta/about.json", "tags/cpp/embed.html", "meta?url=/old/", "oembed?url=/old/"),
)


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    with publisher_of(*POSTS, settings=Settings.model_validate({"paths": PAGES})) as made:
        yield made


@pytest.fixture(scope="module")
def client(publisher: Publisher) -> Any:
    return app_of(publisher).test_client()


def meta(client: Any, url: str, **headers: str) -> Any:
    return client.get("/meta", query_string={"url": url}, headers={k.replace("_", "-"): v for k, v in headers.items()})


def title(client: Any, url: str) -> str | None:
    """The title of the page that answers to a URL; None where none does."""
    answer = meta(client, url)
    assert answer.status_code in (200, 404)
    return json.loads(answer.data)["title"] if answer.status_code == 200 else None


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/%ED%95%9C%EA%B8%80/",
        f"{SITE}/%ed%95%9c%ea%b8%80",
        f"{SITE}/한글/",
        f"{SITE}/{NFD}/",
        f"{SITE}/{quote(NFD)}/index.html",
        f"{SITE}/한글/?utm_source=x&fbclid=y",
        f"{SITE}/한글/?anything=else#comments",
        f"  {SITE}/한글/  ",
        "http://EXAMPLE.org:80/한글//",
        "//example.org/한글/",
        "/한글/",
        "한글",
        "/2024/../한글/",
        f"{SITE}/old",
        "/old/index.html",
    ],
)
def test_a_page_is_found_by_every_spelling_of_its_url(client: Any, url: str) -> None:
    assert title(client, url) == FOUND


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (f"{SITE}", "The Example"),
        (f"{SITE}/index.html?ref=x#top", "The Example"),
        ("/", "The Example"),
        (f"{SITE}/about", "About us"),
        (f"{SITE}/categories/open-data/", "The Example: Open Data"),
        (f"{SITE.upper()}:443/categories/open-data/index.html", "The Example: Open Data"),
        ("/categories/open-data", "The Example: Open Data"),
        (f"{SITE}/category/Open%20Data/", "The Example: Open Data"),
        (f"{SITE}/category/Open Data/?page=2", "The Example: Open Data"),
        (f"{SITE}/tag/cpp.html", "The Example: C++"),
        (f"{SITE}/languages/en/", "The Example: en"),
        (f"{SITE}/category/nothing/", None),
        (f"{SITE}/categories/nothing/", None),
        (f"{SITE}/categories/open-data/rss.xml", None),
    ],
)
def test_pages_of_the_site_and_of_channels_are_found_too(client: Any, url: str, named: str | None) -> None:
    assert title(client, url) == named


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/한글/",
        "//other.example/한글/",
        "https://example.org.other.example/한글/",
        "https://example.org@other.example/한글/",
        "https://example.org:8443/한글/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://[",
        "http://[::1]/한글/",
        "http://example.org\u2100/",
        "https://example.org:99999/",
        "/\\example.org/한글/",
        "/%00",
        "\x00",
        f"{SITE}/later.html",
        f"{SITE}/nothing/",
    ],
)
def test_what_is_no_page_of_ours_is_a_plain_404(client: Any, url: str) -> None:
    for path in ("/meta", "/oembed"):
        answer = client.get(path, query_string={"url": url})
        assert (answer.status_code, answer.data) == (404, b"Not Found: no page of this site has that address\n")
        assert answer.headers["Cache-Control"] == "max-age=60"


@settings(max_examples=60, deadline=None)
@given(st.text() | st.text().map(lambda rest: f"http://{rest}") | st.text().map(lambda rest: f"{SITE}/{rest}"))
def test_no_url_is_an_error(client: Any, url: str) -> None:
    for path in ("/meta", "/oembed"):
        assert client.get(path, query_string={"url": url}).status_code in (200, 400, 404)


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("", "Bad Request: write ?url= and the address of a page, percent-encoded\n"),
        ("url=", "Bad Request: write ?url= and the address of a page, percent-encoded\n"),
        (f"url=/{'a' * 4096}", "Bad Request: write ?url= and the address of a page, percent-encoded\n"),
        ("url=/about/&format=xml", "Bad Request: format is html or json\n"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_one_line(client: Any, query: str, line: str) -> None:
    answer = client.get(f"/meta?{query}")
    assert (answer.status_code, answer.get_data(as_text=True)) == (400, line)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "said", "kind"),
    [
        ("", "", "application/json"),
        ("*/*", "", "application/json"),
        ("application/json", "", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "", "text/html"),
        ("text/html;q=0.5,application/json", "", "application/json"),
        ("text/html", "json", "application/json"),
        ("application/json", "html", "text/html"),
        ("nonsense;;q=x", "", "application/json"),
    ],
)
def test_accept_and_format_choose_between_the_fragment_and_json(client: Any, accept: str, said: str, kind: str) -> None:
    answer = client.get("/meta", query_string={"url": "/old/", "format": said}, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    read = Head(answer.data).title if kind == "text/html" else json.loads(answer.data)["title"]
    assert read == FOUND


def test_an_answer_is_the_page_documents_and_can_be_asked_for_conditionally(client: Any) -> None:
    answer, document = meta(client, "/old/"), client.get(f"/meta/{quote('한글')}.json")
    assert (answer.data, answer.headers["ETag"]) == (document.data, document.headers["ETag"])
    for name, value in (
        ("If_None_Match", answer.headers["ETag"]),
        ("If_None_Match", "*"),
        ("If_Modified_Since", answer.headers["Last-Modified"]),
    ):
        unchanged = meta(client, "/old/", **{name: value})
        assert (unchanged.status_code, unchanged.data) == (304, b"")
        assert unchanged.headers["Vary"] == "Accept, Accept-Encoding"
    assert meta(client, "/old/", If_None_Match=answer.headers["ETag"], Accept="text/html").status_code == 200
    assert meta(client, "/old/", If_Match='"other"').status_code == 412
    embed = client.get("/oembed?url=/old/")
    assert client.get("/oembed?url=/old/", headers={"If-None-Match": embed.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/meta?url=/old/", "/oembed?url=/old/&format=xml", "/meta?url=/no/", "/meta", "/oembed"]
)
def test_head_has_the_headers_of_get(client: Any, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.data, dict(head.headers)) == (get.status_code, b"", dict(get.headers))


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/meta/old.json", "/meta/%ED%95%9C%EA%B8%80.json"),
        ("/meta/old/index.html.html", "/meta/%ED%95%9C%EA%B8%80.html"),
        (f"/meta/{NFD}.json", "/meta/%ED%95%9C%EA%B8%80.json"),
        ("/meta/about/.json", "/meta/about.json"),
        ("/meta/index.html.json", "/meta.json"),
    ],
)
def test_the_metadata_of_another_spelling_is_a_301_to_the_canonical_one(client: Any, path: str, location: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (301, location)
    assert client.get(location).status_code == 200


def test_oembed_speaks_json_and_xml_of_posts_alone(client: Any) -> None:
    said = client.get("/oembed?url=/old/&maxwidth=320&maxheight=200")
    values = json.loads(said.data)
    assert (said.mimetype, values["title"], values["type"]) == ("application/json", FOUND, "rich")
    assert (values["width"], values["height"] <= 200) == (320, True)
    assert f"{SITE}/%ED%95%9C%EA%B8%80/" in values["html"]
    written = client.get("/oembed?url=/old/&format=xml&maxwidth=320&maxheight=200")
    root = etree.fromstring(written.data)
    assert (written.mimetype, {child.tag: child.text for child in root}) == (
        "text/xml",
        {key: str(value) for key, value in values.items()},
    )
    assert client.get("/oembed?url=/about/").status_code == 404
    assert client.get("/oembed?url=/categories/open-data/").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("url=/old/&format=yaml", 501),
        ("", 400),
        ("url=/old/&maxwidth=x", 400),
        ("url=/old/&maxwidth=-1", 400),
        ("url=/old/&maxheight=%D9%A3", 400),
        ("url=/old/&maxheight=123456", 400),
        ("url=/no/", 404),
        ("url=/old/&maxwidth=&maxheight=0", 200),
        ("url=/old/&maxwidth=1&maxheight=1", 200),
    ],
)
def test_oembed_refuses_in_the_words_of_its_specification(client: Any, query: str, status: int) -> None:
    answer = client.get(f"/oembed?{query}")
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert status == 200 or answer.data.count(b"\n") == 1


@pytest.mark.parametrize("path", ["/meta", "/oembed", "/meta/{0}.json", "/meta/{0}.html", "/{0}", "/tags/{0}/"])
def test_H05_H17_nothing_of_a_request_is_in_an_answer(client: Any, path: str) -> None:
    said = "<script>zzq</script>"
    query = {name: f"{said}{name}" for name in ("url", "format", "maxwidth", "callback")}
    for asked in (query, {**query, "format": ""}, {**query, "url": "/old/"}, {**query, "url": "/old/", "format": ""}):
        answer = client.get(path.format(said), query_string=asked, headers={"Host": "zzq.example", "Accept": said})
        assert "zzq" not in answer.get_data(as_text=True) + str(answer.headers)


def test_H04_noise_in_a_query_grows_nothing(publisher: Publisher) -> None:
    app = app_of(publisher)
    client, front = app.test_client(), front_of(app)
    meta(client, "/old/")
    before = front.store.size(), len(front.store._kept)
    for number in range(20):
        client.get("/meta", query_string={"url": f"/old/?utm_source={number}#x{number}", f"n{number}": "1"})
        client.get("/oembed", query_string={"url": "/old/", "maxwidth": str(100 + number), "n": str(number)})
        client.get("/meta", query_string={"url": f"/no/{number}"})
    assert (front.store.size(), len(front.store._kept)) == before


def test_all_of_it_works_under_a_prefix() -> None:
    said = Settings.model_validate({"service": {"url": "https://example.org/뉴스"}, "paths": PAGES})
    base = "/%EB%89%B4%EC%8A%A4"
    with publisher_of(*POSTS, settings=said) as publisher:
        client = app_of(publisher).test_client()
        for prefix in (base, ""):
            for path in DOCUMENTS:
                assert client.get(f"{prefix}/{path}").status_code == 200, path
            assert client.get(f"{prefix}/meta/old.json").headers["Location"] == f"{base}/meta/%ED%95%9C%EA%B8%80.json"
        fragment = client.get(f"{base}/meta?url=/old/&format=html").get_data(as_text=True)
        assert f"https://example.org{base}/oembed?url=" in fragment
        assert f"Sitemap: https://example.org{base}/sitemap.xml" in client.get(f"{base}/robots.txt").text
        assert title(client, f"https://example.org{base}/tags/cpp/") == "The Example: C++"
        assert title(client, f"https://example.org{base}/") == "The Example"
        assert title(client, "https://example.org/tags/cpp/") is None


def test_a_channel_that_is_gone_is_linked_from_nowhere() -> None:
    said = Settings.model_validate({"paths": {"gone": ["/categories/open-data/", "/tags/cpp/"]}})
    with publisher_of(*POSTS, settings=said) as publisher:
        for name, data in everything(publisher).items():
            assert b"/categories/open-data/" not in data, name
            assert b"/tags/cpp/" not in data, name
        client = app_of(publisher).test_client()
        assert client.get("/categories/open-data/embed.json").status_code == 410
        assert title(client, f"{SITE}/categories/open-data/") is None


def test_before_the_first_scan_nothing_is_said_to_be_missing() -> None:
    with publisher_of(facts=SiteFacts()) as publisher:
        publisher.index.mark_stale("other", at(0), Staleness("not there"))
        publisher.index.retain([], at(0))
        client = app_of(publisher).test_client()
        for path in ("/meta?url=/old/", "/oembed?url=/old/"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (
                503,
                "5",
                "no-store",
            )


def test_a_page_that_only_its_query_tells_from_others_is_not_taken_for_another() -> None:
    posts = (put("one", at(1), url=f"{SITE}/?p=1"), put("x", at(2), url=f"{SITE}/x"), put("y", url=f"{SITE}/x?id=1"))
    with publisher_of(*posts) as publisher:
        client = app_of(publisher).test_client()
        found = {url: meta(client, url).status_code for url in ("/?p=1", "/x?id=1", "/x?id=2", "/x", "/")}
    assert found == {"/?p=1": 404, "/x?id=1": 404, "/x?id=2": 200, "/x": 200, "/": 200}


def test_C42_a_page_that_moved_is_found_under_its_old_url_and_one_that_was_removed_is_gone() -> None:
    first, removed = put("first", at(3), url=f"{SITE}/2024/first/"), put("removed", at(2), url=f"{SITE}/2024/removed/")
    with publisher_of(first, removed) as publisher:
        moved = put("moved", at(3), url=f"{SITE}/news/moved/", title="First", text="The body of first.")
        apply(publisher.index, moved, drop("first"), drop("removed"))
        client = app_of(publisher).test_client()
        for url in ("/2024/first", "http://example.org/2024/first/index.html?utm_source=x", "/news/moved/"):
            assert title(client, url) == "First"
            assert client.get("/oembed", query_string={"url": url}).status_code == 200
        answer = client.get("/meta/2024/first.json")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/meta/news/moved.json")
        gone = (
            "/meta/2024/removed.html",
            "/meta/2024/removed.json",
            "/meta?url=/2024/removed/",
            "/oembed?url=/2024/removed",
        )
        for path in gone:
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (410, "*"), path
        assert client.get("/meta/2024/never.json").status_code == 404
        assert client.get("/meta?url=/2024/never/").status_code == 404
        apply(publisher.index, put("again", at(1), url=f"{SITE}/2024/removed/", title="Again"))
        assert title(client, "/2024/removed/") == "Again"
        assert client.get("/meta/2024/removed.json").status_code == 200
