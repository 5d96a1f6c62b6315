"""What the metadata of a page says, where the golden corpus alone would not tell why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from feeds.metadata import Page, Publication, as_json, fragment, values
from feeds.model import Author, Image, Link, Site
from tests.feeds.head_reader import Head, node

SITE = Site("https://example.org", "예시 뉴스룸", "작은 뉴스룸", "ko")
NEWSROOM = Publication(SITE)
POST = Page("post", "https://example.org/1/", "제목")
MOMENT = datetime(2024, 5, 1, 9, tzinfo=timezone(timedelta(hours=9)))


def said(page: Page, publication: Publication = NEWSROOM) -> dict[str, Any]:
    return values(page, publication)


def head(page: Page, publication: Publication = NEWSROOM) -> Head:
    return Head(fragment(page, publication))


def picture(width: int | None, height: int | None, **more: Any) -> tuple[Image, ...]:
    return (Image("https://example.org/a.png", width=width, height=height, **more),)


def test_a_title_with_script_end_cannot_leave_its_element() -> None:
    title = "</title></script><script>alert(1)</script><!-- & \" '"
    markup = fragment(replace(POST, title=title), NEWSROOM)
    assert markup.count(b"<script") == markup.count(b"</script") == markup.count(b"</title") == 1
    found = Head(markup)
    assert found.strange == []
    assert (found.title, found.named("og:title")) == (title, [title])
    assert node(found.data[0], "BlogPosting")["headline"] == title


def test_a_json_string_holds_no_character_that_html_or_old_javascript_would_read() -> None:
    url = "https://example.org/?a=1&b=2"
    (line,) = [line for line in fragment(replace(POST, url=url), NEWSROOM).decode().splitlines() if "ld+json" in line]
    data = line.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&\u2028\u2029") & set(data)
    assert "a=1\\u0026b=2" in data


def test_an_address_that_is_not_on_the_web_is_not_written() -> None:
    evil = "javascript:alert(1)"
    page = replace(
        POST,
        canonical=evil,
        authors=(Author("Kim", url=evil, avatar="data:,x"),),
        images=(Image(evil),),
        alternates=(("en", evil),),
        feeds=(Link("alternate", evil, "application/rss+xml"),),
        trail=(("Home", evil),),
        oembed=(("application/json+oembed", evil),),
        newest=(("New", evil),),
    )
    publication = replace(NEWSROOM, site=replace(SITE, logo=evil, icon="data:,x"), image=Image(evil))
    markup = fragment(page, publication) + as_json(page, publication)
    assert b"javascript:" not in markup
    assert b"data:" not in markup
    assert said(page, publication)["canonical"] == POST.url


def test_a_site_without_an_address_still_has_metadata() -> None:
    nowhere = said(Page("site", "", "Draft"), Publication(Site("", "Draft")))
    assert "canonical" not in nowhere
    assert "url" not in nowhere["open_graph"]
    assert [each["@id"] for each in nowhere["json_ld"]["@graph"]] == ["#webpage", "#website", "#publisher"]


def test_a_home_page_has_one_spelling_whether_its_slash_is_written_or_not() -> None:
    bare = Page("site", "https://example.org", "Home", trail=(("Home", "https://example.org"),))
    assert said(bare)["canonical"] == "https://example.org/"
    assert fragment(bare, NEWSROOM) == fragment(replace(bare, url="https://example.org/"), NEWSROOM)
    assert node(said(bare)["json_ld"], "WebSite")["url"] == "https://example.org/"


def test_what_a_page_lacks_the_site_lends() -> None:
    lent = said(Page("page", "https://example.org/about/", " "))
    assert (lent["title"], lent["description"], lent["language"]) == ("예시 뉴스룸", "작은 뉴스룸", "ko")


def test_pictures_fall_back_from_page_to_face_to_publication_to_logo() -> None:
    own, face, cover, logo = (f"https://example.org/{name}.png" for name in ("own", "face", "cover", "logo"))
    publication = Publication(replace(SITE, logo=logo), image=Image(cover))
    page = replace(POST, kind="channel", images=(Image(own),), profile=Author("Kim", avatar=face))

    def first(page: Page, publication: Publication) -> Any:
        return said(page, publication)["open_graph"]["image"][0]["url"]

    assert first(page, publication) == own
    assert first(replace(page, images=()), publication) == face
    assert first(POST, publication) == cover
    assert first(POST, replace(publication, image=None)) == logo
    assert "image" not in said(POST)["open_graph"]


def test_a_logo_is_no_picture_of_an_article_to_search_engines() -> None:
    publication = Publication(replace(SITE, logo="https://example.org/logo.png"))
    found = said(POST, publication)
    assert found["open_graph"]["image"]
    assert "image" not in node(found["json_ld"], "BlogPosting")
    assert node(found["json_ld"], "Organization")["logo"]["url"] == "https://example.org/logo.png"


@pytest.mark.parametrize(
    ("images", "card"),
    [
        (picture(1200, 630), "summary_large_image"),
        (picture(300, 157), "summary_large_image"),
        (picture(None, None), "summary_large_image"),
        (picture(800, None), "summary_large_image"),
        (picture(299, 157), "summary"),
        (picture(200, None), "summary"),
        (picture(600, 600), "summary"),
        (picture(600, 900), "summary"),
        ((), "summary"),
    ],
)
def test_only_a_wide_picture_gets_a_large_card(images: tuple[Image, ...], card: str) -> None:
    assert said(replace(POST, images=images))["twitter"]["card"] == card


def test_a_logo_of_unknown_size_gets_the_small_card() -> None:
    publication = Publication(replace(SITE, logo="https://example.org/logo.png"))
    assert said(POST, publication)["twitter"]["card"] == "summary"


def test_a_card_shows_the_first_picture_that_it_can() -> None:
    drawing = Image("https://example.org/a.svg")
    photo = Image("https://example.org/photo", media_type="image/jpeg")
    found = said(replace(POST, images=(drawing, photo)))
    assert found["twitter"]["image"] == photo.url
    assert [image["url"] for image in found["open_graph"]["image"]] == [photo.url, drawing.url]
    assert "image" not in said(replace(POST, images=(drawing,)))["twitter"]


def test_times_are_utc_and_an_edit_is_never_before_publication() -> None:
    page = replace(POST, published=MOMENT, updated=MOMENT - timedelta(days=1))
    found = said(page)
    article = node(found["json_ld"], "BlogPosting")
    assert found["open_graph"]["article"]["published_time"] == article["datePublished"] == "2024-05-01T00:00:00Z"
    assert found["open_graph"]["article"]["modified_time"] == article["dateModified"] == "2024-05-01T00:00:00Z"
    plain = said(replace(POST, published=MOMENT))
    assert "modified_time" not in plain["open_graph"]["article"]
    assert node(plain["json_ld"], "BlogPosting")["dateModified"] == "2024-05-01T00:00:00Z"


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        fragment(replace(POST, published=MOMENT.replace(tzinfo=None)), NEWSROOM)


def test_a_section_is_the_first_category_and_each_tag_stands_alone() -> None:
    page = replace(POST, categories=("정치", "경제", "정치"), tags=("예산", "a, b", "", "예산"))
    found = head(page)
    assert found.named("article:section") == ["정치"]
    assert found.named("article:tag") == ["예산", "a, b"]
    article = node(found.data[0], "BlogPosting")
    assert (article["articleSection"], article["keywords"]) == (["정치", "경제"], ["예산", "a, b"])


def test_only_a_post_is_an_article() -> None:
    dated = replace(POST, published=MOMENT, tags=("x",), categories=("y",))
    for kind in ("site", "channel", "page"):
        found = head(replace(dated, kind=kind))
        assert found.named("og:type") == ["website"]
        assert not [name for _, name, _ in found.metas if name.startswith("article:")]


def test_each_author_is_an_object_of_their_own_and_mail_addresses_stay_out() -> None:
    kim, lee = Author("김기자", "kim@example.org", "https://example.org/kim", twitter="kim"), Author("Lee")
    page = replace(POST, authors=(kim, lee, kim))
    article = node(said(page)["json_ld"], "BlogPosting")
    assert [author["name"] for author in article["author"]] == ["김기자", "Lee"]
    assert article["author"][0]["sameAs"] == ["https://x.com/kim"]
    assert head(page).named("article:author") == ["https://example.org/kim"]
    assert b"kim@" not in fragment(page, NEWSROOM)


def test_a_post_without_authors_is_the_sites_or_the_publishers() -> None:
    kim = Publication(replace(SITE, authors=(Author("Kim"),)))
    assert node(said(POST, kim)["json_ld"], "BlogPosting")["author"] == [{"@type": "Person", "name": "Kim"}]
    publisher = {"@id": "https://example.org/#publisher"}
    assert node(said(POST)["json_ld"], "BlogPosting")["author"] == [publisher]


def test_a_newsroom_that_signs_with_its_own_name_is_no_person() -> None:
    article = node(said(replace(POST, authors=(Author("예시  뉴스룸"),)))["json_ld"], "BlogPosting")
    assert article["author"] == [{"@type": "Organization", "name": "예시 뉴스룸", "url": "https://example.org/"}]


def test_accounts_of_authors_win_over_the_publications() -> None:
    ours = replace(NEWSROOM, fediverse="@news@social.example", twitter="news")
    theirs = replace(POST, authors=(Author("A", fediverse="a@x.example"), Author("B", twitter="https://x.com/b")))
    assert head(POST, ours).named("fediverse:creator") == ["@news@social.example"]
    assert head(theirs, ours).named("fediverse:creator") == ["@a@x.example"]
    assert head(theirs, ours).named("twitter:creator") == ["@b"]
    assert head(theirs, ours).named("twitter:site") == ["@news"]


def test_a_page_that_search_engines_shall_not_show_says_so() -> None:
    assert head(replace(POST, noindex=True)).named("robots") == ["noindex"]
    assert head(POST).named("robots") == ["max-image-preview:large"]


def test_a_copy_names_its_original_and_leaves_the_versions_to_it() -> None:
    page = replace(POST, canonical="https://elsewhere.example/1", alternates=(("ko", POST.url), ("en", POST.url)))
    found = head(page)
    assert found.links == [{"rel": "canonical", "href": "https://elsewhere.example/1"}]
    assert found.named("og:url") == ["https://elsewhere.example/1"]


def test_an_authors_page_is_a_profile_of_a_person_and_lists_the_posts() -> None:
    kim = Author("김기자", twitter="kim_reports")
    page = Page("channel", "https://example.org/kim/", "김기자", profile=kim, newest=(("A", "https://example.org/a"),))
    found = head(page)
    assert (found.named("og:type"), found.named("profile:username")) == (["profile"], ["kim_reports"])
    profile = node(found.data[0], "ProfilePage")
    assert profile["mainEntity"]["name"] == "김기자"
    assert [part["url"] for part in profile["hasPart"]] == ["https://example.org/a"]


def test_a_trail_of_one_step_is_no_trail() -> None:
    home = ("Home", "https://example.org/")
    assert "BreadcrumbList" not in str(said(replace(POST, trail=(home,))))
    trail = node(said(replace(POST, trail=(home, ("제목", POST.url))))["json_ld"], "BreadcrumbList")
    assert [(step["position"], step["name"]) for step in trail["itemListElement"]] == [(1, "Home"), (2, "제목")]


def test_a_feed_without_a_type_would_be_taken_for_a_version_of_the_page() -> None:
    links = (
        Link("alternate", "https://example.org/a"),
        Link("alternate", "https://example.org/b", "text/x", "B", "ko"),
    )
    assert head(replace(POST, feeds=links)).links[1:] == [
        {"rel": "alternate", "type": "text/x", "title": "B", "href": "https://example.org/b"}
    ]


def test_long_text_ends_at_a_word_within_each_limit() -> None:
    page = replace(POST, title="가나다 " * 100, description="word " * 200)
    found = said(replace(page, images=picture(1200, 630, alt="alt " * 200)))
    headline = node(found["json_ld"], "BlogPosting")["headline"]
    assert len(found["twitter"]["title"]) <= 70
    assert len(headline) <= 110
    assert found["twitter"]["title"].endswith("가나다…")
    assert len(found["twitter"]["description"]) <= 200
    assert len(found["twitter"]["image:alt"]) <= 420
    assert len(found["description"]) <= 300
    assert found["title"] == ("가나다 " * 100).strip()


def test_the_same_page_gives_the_same_bytes() -> None:
    page = replace(POST, published=MOMENT, tags=("b", "a"))
    moved = replace(page, published=MOMENT.astimezone(UTC))
    assert fragment(page, NEWSROOM) == fragment(moved, NEWSROOM)
    codes = (("naver", "n"), ("google", "g"))
    assert fragment(page, replace(NEWSROOM, verification=codes)) == fragment(
        page, replace(NEWSROOM, verification=codes[::-1])
    )
