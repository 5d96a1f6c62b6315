"""Sitemaps from a real index: what they list, how they are split, and when each of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

import schemas
from feeds import sitemap
from service.build import targets
from service.documents import Selection
from service.index.records import Translation
from service.paths import DocumentName, Target, path_of
from service.publisher import Publisher
from service.settings import Settings
from service.sitemaps import hreflang
from tests.index.builders import NOW, SITE, apply, at, drop, put
from tests.publishing.published import SECOND, app_of, body, page, publisher_of, site_document

S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def listed(publisher: Publisher, target: Target) -> dict[str, str | None]:
    """Addresses and their dates, of a sitemap or an index; it satisfies its schema."""
    data = body(publisher, target)
    root = etree.fromstring(data)
    assert schemas.problems("sitemap-index" if root.tag == f"{S}sitemapindex" else "sitemap", data) == []
    found = [(each.findtext(f"{S}loc") or "", each.findtext(f"{S}lastmod")) for each in root]
    assert len(dict(found)) == len(found)
    return dict(found)


def names(publisher: Publisher, target: Target) -> list[str]:
    return [url.removeprefix(f"{SITE}/") for url in listed(publisher, target)]


def tag(slug: str, document: DocumentName = "sitemap.xml", part: str = "") -> Target:
    return Target("tag", slug, document, part)


def said(**sections: Any) -> Settings:
    return Settings.model_validate(sections)


SITEMAPS = Selection(frozenset(("sitemap", "news")))
SITEMAP = site_document("sitemap.xml")
POSTS = (
    put("a", at(3), categories=("Open Data",), tags=("C++",), authors=()),
    put("b", at(2), updated=at(1), tags=("C++",)),
    page("about"),
)


# -- what is listed


def test_the_home_page_the_posts_and_the_pages_are_listed_with_their_own_dates() -> None:
    with publisher_of(*POSTS) as publisher:
        assert listed(publisher, SITEMAP) == {
            f"{SITE}/": "2026-11-21T12:00:00Z",
            f"{SITE}/b.html": "2026-11-21T12:00:00Z",
            f"{SITE}/a.html": "2026-11-19T12:00:00Z",
            f"{SITE}/about.html": None,
        }


def test_the_home_page_is_listed_once_where_a_page_is_its_file() -> None:
    with publisher_of(*POSTS, page("index", url=f"{SITE}/")) as publisher:
        assert names(publisher, SITEMAP).count("") == 1


@pytest.mark.parametrize(
    ("category", "tags", "expected"),
    [
        ("", "", []),
        ("off", "off", []),
        ("/category/:name/", "", ["category/Open%20Data/"]),
        ("/c/:slug.html", "/t/:slug/", ["c/open-data.html", "t/cpp/"]),
        ("/x/:name/", "/x/:name/", ["x/Open%20Data/", "x/C%2B%2B/"]),
    ],
)
def test_pages_of_terms_are_listed_where_the_site_has_them(category: str, tags: str, expected: list[str]) -> None:
    with publisher_of(*POSTS, settings=said(paths={"category_page": category, "tag_page": tags})) as publisher:
        assert names(publisher, SITEMAP) == ["", *expected, "b.html", "a.html", "about.html"]
        own = ["t/cpp/"] if tags == "/t/:slug/" else ["x/C%2B%2B/"] if tags else []
        assert names(publisher, tag("cpp")) == [*(own if tags != "off" else []), "b.html", "a.html"]


def test_a_term_without_posts_has_no_page_to_list() -> None:
    with publisher_of(*POSTS, settings=said(paths={"category_page": "/c/:slug/"})) as publisher:
        apply(publisher.index, drop("a"))
        assert names(publisher, SITEMAP) == ["", "b.html", "about.html"]
        assert names(publisher, Target("category", "open-data", "sitemap.xml")) == []


def test_versions_in_other_languages_are_named_with_one_for_everybody_else() -> None:
    posts = (
        put("ko", at(1), language="ko", translation="t"),
        put("en", at(2), language="en-GB", translation="t"),
        put("fr", at(3), language="fr", translation="t", noindex=True, listed=False),
        put("alone", at(4), language="ko", translation="u"),
    )
    with publisher_of(*posts, settings=said(site={"language": "ko"})) as publisher:
        root = etree.fromstring(body(publisher, SITEMAP))
        found = {
            url.findtext(f"{S}loc"): [(link.get("hreflang"), link.get("href")) for link in url.iter(LINK)]
            for url in root
        }
        versions = [("en-GB", f"{SITE}/en.html"), ("ko", f"{SITE}/ko.html"), ("x-default", f"{SITE}/ko.html")]
        assert found == {
            f"{SITE}/": [],
            f"{SITE}/ko.html": versions,
            f"{SITE}/en.html": versions,
            f"{SITE}/alone.html": [],
        }


@pytest.mark.parametrize(
    ("versions", "default", "expected"),
    [
        (("ko a", "en b"), "en", "ko=a en=b x-default=b"),
        (("ko a", "en b"), "de", "ko=a en=b"),
        (("ko a", "en b"), None, "ko=a en=b"),
        (("ko_KR a", "en b"), "ko", "ko-KR=a en=b x-default=a"),
        (("ko a", "<x> b"), "ko", ""),
        (("<x> a", "en b", "ko c"), "ko", ""),
        (("ko-KR a", "ko_kr b", "en c"), "en", "ko-KR=a en=c x-default=c"),
        (("ko b", "en c"), "ko", ""),
        (("ko a",), "ko", ""),
    ],
)
def test_only_a_page_among_versions_in_real_languages_names_them(
    versions: tuple[str, ...], default: str | None, expected: str
) -> None:
    rows = [Translation(*version.split()) for version in versions]
    assert " ".join(f"{name}={url}" for name, url in hreflang("a", rows, default)) == expected


# -- shards


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """Eight posts and a page where a sitemap holds three: the even ones with a tag, the fourth not to be indexed."""
    monkeypatch.setattr(sitemap, "MOST_URLS", 3)
    posts = [put(f"p{day}", at(100 - day), tags=("x",) if day % 2 == 0 else (), categories=("c",)) for day in range(8)]
    settings = said(paths={"category_page": "/c/:slug/", "tag_page": "/t/:slug/"})
    with publisher_of(*posts, settings=settings) as publisher:
        yield publisher


def children(publisher: Publisher, target: Target) -> list[str]:
    return [url.removeprefix(SITE) for url in listed(publisher, target)]


def test_a_large_site_has_an_index_of_shards_and_each_page_is_in_one(large: Publisher) -> None:
    assert children(large, SITEMAP) == ["/sitemap-terms-1.xml", *(f"/sitemap-{n}.xml" for n in (1, 2, 3))]
    assert names(large, site_document("sitemap-terms-N.xml", "1")) == ["", "c/c/", "t/x/"]
    assert [names(large, site_document("sitemap-N.xml", str(n))) for n in (1, 2, 3)] == [
        ["p2.html", "p1.html", "p0.html"],
        ["p5.html", "p4.html", "p3.html"],
        ["p7.html", "p6.html"],
    ]
    assert listed(large, SITEMAP)[f"{SITE}/sitemap-1.xml"] == "2026-08-16T12:00:00Z", "of its newest page"


def test_a_large_channel_has_its_own_and_a_small_one_one_document(large: Publisher) -> None:
    assert children(large, tag("x")) == [
        "/tags/x/sitemap-terms-1.xml",
        *(f"/tags/x/sitemap-{n}.xml" for n in (1, 2, 3)),
    ]
    assert names(large, tag("x", "sitemap-terms-N.xml", "1")) == ["t/x/"]
    assert [names(large, tag("x", "sitemap-N.xml", str(n))) for n in (1, 2, 3)] == [
        ["p2.html", "p0.html"],
        ["p4.html"],
        ["p6.html"],
    ]
    apply(large.index, put("small", at(50), tags=("y",)))
    assert names(large, tag("y")) == ["t/y/", "small.html"]
    assert large.document(tag("y", "sitemap-N.xml", "1")) is None


def test_every_child_that_an_index_names_can_be_asked_for_and_no_other(large: Publisher) -> None:
    apply(large.index, *(put(f"p{day}", at(100 - day), tags=("x",), noindex=True, listed=False) for day in (0, 2)))
    client = app_of(large).test_client()
    for target in (SITEMAP, tag("x"), Target("category", "c", "sitemap.xml")):
        for child in children(large, target):
            assert client.get(child).status_code == 200, child
    assert "/tags/x/sitemap-1.xml" not in children(large, tag("x")), "none of its posts there is listed"
    for path in (
        "/sitemap-9.xml",
        "/sitemap-0.xml",
        "/sitemap-01.xml",
        "/sitemap-terms-2.xml",
        "/sitemap-news-1.xml",
        "/tags/x/sitemap-1.xml",
        "/tags/x/sitemap-9.xml",
        "/tags/x/sitemap-terms-2.xml",
        "/tags/x/sitemap-news.xml",
        "/tags/nothing/sitemap-1.xml",
    ):
        assert client.get(path).status_code == 404, path


def test_a_build_writes_every_child(large: Publisher) -> None:
    found = {path_of(target) for target in targets(large, SITEMAPS)}
    for target in (SITEMAP, tag("x")):
        assert {*children(large, target)} <= found


def test_a_site_that_fits_has_no_shards() -> None:
    with publisher_of(*POSTS) as publisher:
        for name in ("sitemap-N.xml", "sitemap-terms-N.xml", "sitemap-news-N.xml"):
            assert publisher.document(site_document(name, "1")) is None


def test_more_pages_of_terms_than_a_sitemap_holds_are_split_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST_URLS", 3)
    posts = [put("a", at(1), tags=tuple(f"t{n}" for n in range(5)))]
    with publisher_of(*posts, settings=said(paths={"tag_page": "/t/:slug/"})) as publisher:
        assert children(publisher, SITEMAP) == [f"/sitemap-{name}.xml" for name in ("terms-1", "terms-2", "1")]
        assert names(publisher, site_document("sitemap-terms-N.xml", "2")) == ["t/t2/", "t/t3/", "t/t4/"]


# -- news


def test_news_is_split_at_a_thousand_and_its_index_names_what_there_is() -> None:
    posts = [put(f"p{number}", at(1, number)) for number in range(1001)]
    with publisher_of(*posts, settings=said(news={"name": "The Daily (beta)"})) as publisher:
        target = site_document("sitemap-news.xml")
        assert children(publisher, target) == ["/sitemap-news-1.xml", "/sitemap-news-2.xml"]
        first, second = (names(publisher, site_document("sitemap-news-N.xml", n)) for n in ("1", "2"))
        assert (len(first), first[0], second) == (1000, "p1000.html", ["p0.html"])
        assert publisher.document(site_document("sitemap-news-N.xml", "3")) is None
        assert b"<news:name>The Daily</news:name>" in body(publisher, site_document("sitemap-news-N.xml", "1"))
        apply(publisher.index, drop("p0"), now=NOW + SECOND)
        assert len(listed(publisher, target)) == 1000
        assert publisher.document(site_document("sitemap-news-N.xml", "1")) is None


def test_news_is_empty_and_valid_when_its_last_post_has_left_by_the_clock() -> None:
    with publisher_of(put("a", at(1), title="")) as publisher:
        target = site_document("sitemap-news.xml")
        assert names(publisher, target) == ["a.html"]
        publisher.index.advance(at(-1))
        assert listed(publisher, target) == {}
        document = publisher.document(target)
        assert document is not None
        assert document.changed_at == at(-1)


def test_what_is_news_and_expires_at_once_leaves_the_news_that_is_kept() -> None:
    with publisher_of(put("a", at(1), expires=at(-0.5))) as publisher:
        client = app_of(publisher).test_client()
        assert b"a.html" in client.get("/sitemap-news.xml").data
        publisher.index.advance(at(-2))
        assert b"a.html" not in client.get("/sitemap-news.xml").data


# -- dates


def dates(publisher: Publisher) -> dict[Target, Any]:
    found = {target: publisher.document(target) for target in targets(publisher, SITEMAPS)}
    return {target: document.changed_at for target, document in found.items() if document is not None}


def test_a_new_post_moves_the_date_of_the_last_shard_and_the_index_alone(large: Publisher) -> None:
    before = dates(large)
    apply(large.index, put("p8", at(0)), now=NOW + SECOND)
    moved = {target for target, date in dates(large).items() if date != before.get(target)}
    assert moved == {
        SITEMAP,
        site_document("sitemap-N.xml", "3"),
        site_document("sitemap-terms-N.xml", "1"),  # the home page's own date
        site_document("sitemap-news.xml"),
        Target("language", "en", "sitemap.xml"),
        *(target for target in before if target.kind == "language"),
    }


def test_the_date_does_not_go_back_when_the_last_page_leaves() -> None:
    with publisher_of(page("about")) as publisher:
        apply(publisher.index, page("about", updated=at(3)), now=NOW + 10 * SECOND)
        before = dates(publisher)[SITEMAP]
        apply(publisher.index, drop("about"), now=NOW + 20 * SECOND)
        assert names(publisher, SITEMAP) == [""]
        assert dates(publisher)[SITEMAP] == NOW + 20 * SECOND > before


def test_a_cut_moves_the_dates_of_channels_whose_pages_it_moves(large: Publisher) -> None:
    before, said_before = dates(large), children(large, tag("x"))
    client = app_of(large).test_client()
    client.get("/tags/x/sitemap.xml")
    apply(large.index, *(put(f"late{n}", at(99 + n / 10)) for n in range(3)), now=NOW + SECOND)
    assert children(large, tag("x")) != said_before
    assert dates(large)[tag("x")] > before[tag("x")]
    assert client.get("/tags/x/sitemap.xml").data == body(large, tag("x"))
