"""Whatever text a page or a publication holds: HTML and JSON-LD that parse and read back to the same text."""

from __future__ import annotations

import json
import sys

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds import oembed
from feeds.metadata import Page, Publication, as_json, first_image, fragment, values
from feeds.model import Author, Image, Link
from feeds.page import clean
from feeds.pictures import clean_image
from feeds.text import single_line
from schemas import problems
from tests.feeds.head_reader import Head, node, stays_in_head
from tests.feeds.strategies import labels, moments, numbers, optional, sites, text, web_urls

CONSOLES = ("google", "naver", "bing")


def pairs(
    left: st.SearchStrategy[str], right: st.SearchStrategy[str]
) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    return st.lists(st.tuples(left, right), max_size=2).map(tuple)


def pages(urls: st.SearchStrategy[str]) -> st.SearchStrategy[Page]:
    author = st.builds(Author, text, optional, st.none() | urls, st.none() | urls, text, text)
    image = st.builds(Image, urls, text, text, numbers, numbers, optional)
    return st.builds(
        Page,
        kind=st.sampled_from(("site", "channel", "post", "page")),
        url=urls,
        title=text,
        canonical=st.just("") | urls,
        description=text,
        language=optional | st.sampled_from(("ko", "zh-Hant", "en-GB")),
        noindex=st.booleans(),
        published=st.none() | moments,
        updated=st.none() | moments,
        authors=st.lists(author, max_size=2).map(tuple),
        categories=labels,
        tags=labels,
        images=st.lists(image, max_size=2).map(tuple),
        alternates=pairs(text | st.sampled_from(("ko", "x-default")), urls),
        feeds=st.lists(st.builds(Link, text, urls, optional, text), max_size=2).map(tuple),
        trail=pairs(text, urls),
        oembed=pairs(text | st.just("application/json+oembed"), urls),
        profile=st.none() | author,
        newest=pairs(text, urls),
    )


def publications(urls: st.SearchStrategy[str]) -> st.SearchStrategy[Publication]:
    return st.builds(
        Publication,
        site=sites(urls),
        image=st.none() | st.builds(Image, urls, text),
        twitter=text,
        fediverse=text,
        theme_color=text,
        verification=pairs(text | st.sampled_from(CONSOLES), text),
    )


@settings(max_examples=60, deadline=None)
@given(pages(text | web_urls), publications(text | web_urls))
def test_H15_any_text_in_any_field_is_read_back_from_the_fragment(page: Page, publication: Publication) -> None:
    markup, said = fragment(page, publication), values(page, publication)
    head = Head(markup)
    clean_page, clean_publication = clean(page, publication)
    assert head.strange == []
    assert stays_in_head(markup)
    assert head.data == [said["json_ld"]]
    assert head.title == (single_line(page.title) or clean_publication.site.title)
    assert head.named("og:title") == [head.title]
    assert "".join(head.named("description")) == clean_page.description
    assert head.named("og:image:alt") == [i.alt or i.title or head.title for i in clean_page.images]
    if page.kind == "post":
        assert head.named("article:tag") == list(dict.fromkeys(filter(None, map(single_line, page.tags))))
        article = node(head.data[0], "BlogPosting")
        named = [author["name"] for author in article["author"] if "name" in author]
        assert named == [author.name for author in clean_page.authors]
    assert node(head.data[0], "WebSite")["name"] == clean_publication.site.title
    codes = {console: single_line(code) for console, code in publication.verification if single_line(code)}
    assert head.named("google-site-verification") == [codes[c] for c in ("google",) if c in codes]


def forget() -> None:
    """Empty what is kept between pages."""
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] == "feeds":
            for kept in vars(module).values():
                getattr(kept, "cache_clear", lambda: None)()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(pages(text | web_urls), publications(text | web_urls)), min_size=2, max_size=3))
def test_what_a_page_says_does_not_depend_on_the_pages_before_it(said: list[tuple[Page, Publication]]) -> None:
    pairs = [(page, publication) for page, _ in said for _, publication in said]
    alone = []
    for page, publication in pairs:
        forget()
        alone.append((fragment(page, publication), as_json(page, publication)))
    assert [(fragment(*pair), as_json(*pair)) for pair in pairs] == alone
    assert [(fragment(*pair), as_json(*pair)) for pair in reversed(pairs)] == alone[::-1]


@settings(max_examples=40, deadline=None)
@given(pages(web_urls), publications(web_urls))
def test_H15_metadata_with_web_addresses_satisfies_its_schema(page: Page, publication: Publication) -> None:
    assert problems("metadata", as_json(page, publication)) == []


@settings(max_examples=40, deadline=None)
@given(pages(text | web_urls), publications(text | web_urls))
def test_cleaning_twice_changes_nothing(page: Page, publication: Publication) -> None:
    once = clean(page, publication)
    assert clean(*once) == once


@settings(max_examples=40, deadline=None)
@given(
    pages(text | web_urls),
    publications(text | web_urls),
    text | web_urls,
    st.none() | st.integers(-1, 2000),
    st.none() | st.integers(-1, 2000),
)
def test_H15_any_text_is_read_back_from_both_oembed_answers(
    page: Page, publication: Publication, url: str, width: int | None, height: int | None
) -> None:
    bounds = {"maxwidth": width, "maxheight": height}
    answer = json.loads(oembed.as_json(page, publication, url=url, **bounds))
    root = etree.fromstring(oembed.as_xml(page, publication, url=url, **bounds))
    assert {child.tag: child.text for child in root} == {key: str(value) for key, value in answer.items()}
    clean_page, clean_publication = clean(page, publication)
    assert (answer["title"], answer["provider_name"]) == (clean_page.title, clean_publication.site.title)
    quotation = etree.fromstring(answer["html"])
    assert {element.tag for element in quotation.iter()} <= {"blockquote", "p", "a"}
    assert quotation[0].xpath("string()") == clean_page.title
    for bound, key in ((width, "width"), (height, "height")):
        assert answer[key] > 0 and (not bound or bound < 1 or answer[key] <= bound)
        assert not bound or bound < 1 or answer.get(f"thumbnail_{key}", 0) <= bound


@settings(max_examples=60, deadline=None)
@given(text, text)
def test_the_first_picture_of_any_content_is_none_or_one_on_the_web(before: str, within: str) -> None:
    for html in (
        before,
        f"{before}<img src='{within}' alt=\"{within}\">",
        f'<img src="https://example.org/a" {within}',
    ):
        image = first_image(html)
        assert image is None or clean_image(image) == image
