"""The metadata of posts, pages and channels as the index knows them: breadcrumbs, feeds, versions, people, pictures."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Author, Image
from feeds.uri import ascii_url
from service.build import targets
from service.documents import Selection
from service.heading import heading
from service.page_metadata import oembed_links
from service.paths import Target
from service.publisher import Publisher
from service.settings import Settings
from service.sources.source import Context, SiteFacts
from tests.feeds.head_reader import node
from tests.feeds.strategies import web_urls
from tests.index.builders import CONTEXT, SITE, apply, at, put
from tests.publishing.published import body, page, publisher_of, site_document


def said(**sections: Any) -> Settings:
    return Settings.model_validate(sections)


def values(publisher: Publisher, target: Target | str) -> Any:
    found = site_document("meta/P.json", target) if isinstance(target, str) else target
    return json.loads(body(publisher, found))


def trail(metadata: Any) -> list[tuple[str, str]]:
    steps = node(metadata["json_ld"], "BreadcrumbList")["itemListElement"]
    return [(step["name"], step["item"].removeprefix(SITE)) for step in steps]


def feeds(metadata: Any) -> list[str]:
    return [link["href"].removeprefix(SITE) for link in metadata.get("feeds", ())]


def test_a_post_names_the_main_feed_and_those_of_its_categories_in_the_authors_order() -> None:
    with publisher_of(put("a", at(1), categories=("Second", "First"), tags=("t",))) as publisher:
        assert feeds(values(publisher, "a.html")) == [
            f"/{folder}{name}"
            for folder in ("", "categories/second/", "categories/first/")
            for name in ("rss.xml", "atom.xml", "feed.json")
        ]


def test_the_breadcrumb_has_the_section_only_where_the_site_has_a_page_for_it() -> None:
    post = put("a", at(1), categories=("Open Data",))
    with publisher_of(post) as publisher:
        assert trail(values(publisher, "a.html")) == [("The Example", "/"), ("A", "/a.html")]
    with publisher_of(post, settings=said(paths={"category_page": "/c/:slug/"})) as publisher:
        assert trail(values(publisher, "a.html")) == [
            ("The Example", "/"),
            ("Open Data", "/c/open-data/"),
            ("A", "/a.html"),
        ]
        channel = values(publisher, Target("category", "open-data", "meta.json"))
        assert trail(channel) == [("The Example", "/"), ("Open Data", "/c/open-data/")]
        assert channel["url"] == f"{SITE}/c/open-data/"


def test_a_gone_site_feed_is_announced_by_no_page() -> None:
    settings = said(paths={"gone": ["/", "/categories/old/"]})
    with publisher_of(put("a", at(1), categories=("Old", "new")), page("about"), settings=settings) as publisher:
        assert [href.rpartition("/")[0] for href in feeds(values(publisher, "a.html"))] == ["/categories/new"] * 3
        assert feeds(values(publisher, "about.html")) == []
        assert {
            href.rpartition("/")[0] for href in feeds(values(publisher, Target("category", "new", "meta.json")))
        } == {"/categories/new"}


def test_an_author_channel_is_the_person_as_their_newest_post_presents_them_whatever_the_spelling() -> None:
    old = put("a", at(2), authors=(Author("Kim Minji"),))
    new = put("b", at(1), authors=(Author("KIM MINJI", url=f"{SITE}/kim/", avatar=f"{SITE}/kim.png", twitter="@kim"),))
    with publisher_of(old, new) as publisher:
        metadata = values(publisher, Target("author", "kim-minji", "meta.json"))
        person = node(metadata["json_ld"], "ProfilePage")["mainEntity"]
        assert (person["url"], person["image"]) == (f"{SITE}/kim/", f"{SITE}/kim.png")
        assert metadata["open_graph"]["type"] == "profile"


def test_pictures_fall_back_to_the_content_the_settings_and_the_logo() -> None:
    own = put("own", at(1), images=(Image(f"{SITE}/own.png", "Its own", width=800, height=400),))
    content = put("content", at(2), markup="html", text='<p><img src="/in.png" alt="In it"></p>')
    bare = put("bare", at(3))
    settings = said(metadata={"image": f"{SITE}/card.png"}, site={"logo": f"{SITE}/logo.png"})
    with publisher_of(own, content, bare, settings=settings) as publisher:
        found = {
            name: values(publisher, f"{name}.html")["open_graph"]["image"][0]["url"].removeprefix(SITE)
            for name in ("own", "content", "bare")
        }
    assert found == {"own": "/own.png", "content": "/in.png", "bare": "/card.png"}
    with publisher_of(bare, settings=said(site={"logo": f"{SITE}/logo.png"})) as publisher:
        assert values(publisher, "bare.html")["open_graph"]["image"][0]["url"] == f"{SITE}/logo.png"


def test_versions_are_named_by_each_other_and_a_new_one_changes_the_old() -> None:
    with publisher_of(put("ko", at(2), language="ko", translation="t")) as publisher:
        assert "alternates" not in values(publisher, "ko.html")
        apply(publisher.index, put("en", at(1), language="en", translation="t"))
        for name in ("ko.html", "en.html"):
            assert [each["hreflang"] for each in values(publisher, name)["alternates"]] == ["ko", "en"]
        assert values(publisher, "ko.html")["open_graph"]["locale:alternate"] == ["en_US"]


def test_a_copy_names_its_original_and_noindex_is_said() -> None:
    copy = put("copy", at(1), canonical="https://other.example/original/", listed=False)
    shy = put("shy", at(2), noindex=True, listed=False)
    with publisher_of(copy, shy) as publisher:
        metadata = values(publisher, "copy.html")
        assert (metadata["canonical"], metadata["open_graph"]["url"]) == ("https://other.example/original/",) * 2
        assert values(publisher, "shy.html")["robots"] == "noindex"


def test_a_page_has_no_date_that_nobody_wrote_and_is_no_article() -> None:
    with publisher_of(page("about"), page("dated", at(3), updated=at(1))) as publisher:
        about, dated = values(publisher, "about.html"), values(publisher, "dated.html")
        assert "article" not in about["open_graph"]
        assert "oembed" not in about
        assert "datePublished" not in node(about["json_ld"], "WebPage")
        assert node(dated["json_ld"], "WebPage")["datePublished"] == "2026-11-19T12:00:00Z"


def test_the_language_is_the_posts_else_its_sources() -> None:
    context = Context(url=SITE, language="ko-KR")
    with publisher_of(put("a", at(1)), put("b", at(2), language="en"), context=context) as publisher:
        assert [values(publisher, f"{name}.html")["language"] for name in "ab"] == ["ko-KR", "en"]
    assert CONTEXT.language == "en"


def test_the_home_page_lists_its_newest_posts_and_no_more_than_ten() -> None:
    with publisher_of(*(put(f"p{day}", at(day)) for day in range(1, 13))) as publisher:
        metadata = values(publisher, site_document("meta.json"))
        items = node(metadata["json_ld"], "CollectionPage")["mainEntity"]["itemListElement"]
        assert [item["name"] for item in items] == [f"P{day}" for day in range(1, 11)]


def test_a_page_that_cannot_have_a_path_of_its_own_has_no_document() -> None:
    posts = (put("a", at(1), url=f"{SITE}/?p=1"), put("b", at(2), url="https://other.example/b/"))
    with publisher_of(*posts) as publisher:
        assert publisher.locate("/?p=1", "meta/P.json") is None, "the home page is another page"
        assert publisher.locate("https://other.example/b/", "meta/P.json") is None
        assert publisher.document(site_document("meta/P.json", "b")) is None


def test_pages_that_are_looked_up_together_say_what_they_say_alone() -> None:
    changes = (
        *(put(f"p{number}", at(number + 1), categories=(f"c{number % 3}",)) for number in range(8)),
        put("ko", at(9), language="ko", translation="one"),
        put("en", at(9), language="en", translation="one"),
        page("about"),
    )
    with publisher_of(*changes) as publisher:
        wanted = [target for target in targets(publisher, Selection(frozenset(("metadata",)))) if target.part]
        alone = [body(publisher, target) for target in wanted]
    with publisher_of(*changes) as publisher, publisher.index.snapshot():
        publisher.prepare([*wanted, site_document("meta/P.json", "nowhere.html"), site_document("rss.xml")])
        assert [body(publisher, target) for target in wanted] == alone
        assert publisher.document(site_document("meta/P.json", "nowhere.html")) is None
    assert len(alone) == 22


@pytest.mark.parametrize("summary", [None, "", "  ", "Said.", "Said <b>so</b>\n& more"])
@pytest.mark.parametrize("images", [(), (Image(""),), (Image(f"{SITE}/own.png", alt="Own"),)])
def test_a_body_is_rendered_for_metadata_only_where_they_take_something_from_it(
    summary: str | None, images: tuple[Image, ...]
) -> None:
    text = f"---\ntitle: A\n---\nText *of* the body. ![seen]({SITE}/seen.png)\n"
    post = put("a", at(1), text=text, summary=summary, images=images)
    own = bool(summary and summary.strip() and images and images[0].url)
    with publisher_of(post) as publisher:
        alone = body(publisher, site_document("meta/P.json", "a.html"))
        assert publisher.posts.renders == (0 if own else 1)
    with publisher_of(post) as publisher:
        assert b"Text" in body(publisher, site_document("rss.xml"))
        assert body(publisher, site_document("meta/P.json", "a.html")) == alone
        assert publisher.posts.renders == 1
        assert (b"/seen.png" in alone) == (not images or not images[0].url)


@given(web_urls | st.text("%:/?&=+a~;, ", max_size=8).map("https://a.example/".__add__))
def test_the_address_of_an_embed_holds_the_url_as_one_parameter(url: str) -> None:
    said = Settings.model_validate({"site": {"url": SITE}})
    links = oembed_links(heading(SiteFacts(), said), ascii_url(url))
    assert [href for _, href in links] == [
        f"{SITE}/oembed?url={quote(ascii_url(url), safe='')}&format={name}" for name in ("json", "xml")
    ]
