"""Any text in any field of posts, of the site's own words and of settings: every document there is reads back to it.

Through the real index and publisher, as ``serve`` and ``build`` do it. Text is compared with what it is once it was
cleaned (:mod:`feeds.text`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from hypothesis import Phase, given
from hypothesis import settings as examples
from lxml import etree, html

import schemas
from feeds.model import Channel, clean_channel, clean_site
from feeds.sitemap import admissible, news_name
from feeds.text import single_line
from service.build import targets
from service.index import ChannelRow
from service.paths import PAGE_NAMES, Target, path_of
from service.proof import prove
from service.publisher import Publisher
from service.settings import Settings
from service.sources.source import Fields, Put, SiteFacts
from tests.feeds.head_reader import Head, node, stays_in_head
from tests.publishing.published import body, publisher_of, site_document
from tests.publishing.strategies import posts, settings, sites

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
DC = "{http://purl.org/dc/elements/1.1/}"
KINDS: dict[str, schemas.Kind] = {
    "rss.xml": "rss",
    "atom.xml": "atom",
    "feed.json": "json",
    "sitemap.xml": "sitemap",
    "sitemap-news.xml": "sitemap",
    "opml.xml": "opml",
    "meta.json": "metadata",
    "meta/P.json": "metadata",
    "embed.json": "embed",
}


def titled(fields: Fields) -> str:
    return single_line(fields.title) or fields.url


def labels(*groups: Iterable[str]) -> list[str]:
    return [label for group in groups for label in dict.fromkeys(map(single_line, group)) if label]


def of_site(publisher: Publisher) -> tuple[ChannelRow, Channel]:
    row = publisher.index.channel("site", "")
    assert row is not None
    return row, presented(publisher, row)


def presented(publisher: Publisher, row: ChannelRow) -> Channel:
    head = publisher.heading()
    return clean_channel(head.channel(row), clean_site(head.site))


def xml(publisher: Publisher, target: Target) -> etree._Element:
    return etree.fromstring(body(publisher, target), etree.XMLParser(resolve_entities=False, no_network=True))


def page_of(publisher: Publisher, target: Target) -> html.HtmlElement:
    return html.document_fromstring(body(publisher, target), parser=html.HTMLParser(encoding="utf-8"))


def construct(element: etree._Element, tag: str) -> str:
    """An Atom text construct (RFC 4287 §3.1) as a reader shows it."""
    found = element.find(f"{ATOM}{tag}")
    assert found is not None
    return unescape(found.text or "") if found.get("type") == "html" else found.text or ""


# Shrinking would take minutes; derandomised, so that a run in CI says something about the change it is for.
@examples(max_examples=10, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(posts("a"), posts("b", categories=("news",)), posts("c", collection="pages", visibility="unlisted"), sites,
       settings())  # fmt: skip
def test_H15_any_text_anywhere_is_read_back_from_every_document(
    first: Put, second: Put, page: Put, facts: SiteFacts, said: Settings
) -> None:
    with publisher_of(first, second, page, facts=facts, settings=said) as publisher:
        assert publisher.index.problems() == []
        every_document_is_proved_and_satisfies_its_schema(publisher)
        the_site_says_what_settings_and_content_say(publisher, facts, said)
        feeds_say_the_posts(publisher, (first.fields, second.fields))
        lists_say_the_pages(publisher, (first.fields, second.fields), page.fields, said)
        channels_say_their_names(publisher)
        pages_say_their_metadata(publisher, (first.fields, second.fields, page.fields))


def every_document_is_proved_and_satisfies_its_schema(publisher: Publisher) -> None:
    for target in targets(publisher):
        document = publisher.document(target)
        assert document is not None, path_of(target)
        prove(document)
        kind = KINDS.get(target.document)
        assert not kind or schemas.problems(kind, document.body) == [], path_of(target)


def the_site_says_what_settings_and_content_say(publisher: Publisher, facts: SiteFacts, said: Settings) -> None:
    site = publisher.site()
    assert site.title == (single_line(said.site.title) or single_line(facts.title) or "example.org")
    assert site.description == (single_line(said.site.description) or single_line(facts.description))
    lines = body(publisher, site_document("robots.txt")).decode("ascii").splitlines()
    assert all(re.fullmatch(r"|#.*|(User-agent|Disallow|Sitemap|License):( \S+)?", line) for line in lines)
    base = publisher.heading().service_url
    assert [line for line in lines if line.startswith("Sitemap:")] == [
        f"Sitemap: {base}/sitemap.xml",
        f"Sitemap: {base}/sitemap-news.xml",
    ]


def feeds_say_the_posts(publisher: Publisher, fields: Iterable[Fields]) -> None:
    _, channel = of_site(publisher)
    ids = {single_line(item["id"]): item for item in json.loads(body(publisher, site_document("feed.json")))["items"]}
    by_url = {item["url"]: item for item in ids.values()}
    rss, atom = xml(publisher, site_document("rss.xml"))[0], xml(publisher, site_document("atom.xml"))
    items = {item.findtext("link"): item for item in rss.findall("item")}
    entries = {
        entry.xpath("string(a:link/@href)", namespaces={"a": ATOM.strip("{}")}): entry
        for entry in atom.findall(f"{ATOM}entry")
    }
    assert (rss.findtext("title"), construct(atom, "title")) == (channel.title, channel.title)
    assert (rss.findtext("description"), construct(atom, "subtitle")) == (channel.description, channel.description)
    for said in fields:
        title, terms = titled(said), labels(said.categories, said.tags)
        names = [single_line(author.name) for author in said.authors if single_line(author.name)]
        item, entry, json_item = items[said.url], entries[said.url], by_url[said.url]
        assert (item.findtext("title"), construct(entry, "title"), json_item["title"]) == (title, title, title)
        assert [term.text for term in item.findall("category")] == terms
        assert [term.get("label") for term in entry.findall(f"{ATOM}category")] == terms
        assert json_item.get("tags", []) == list(dict.fromkeys(terms))
        if names:
            assert [author["name"] for author in json_item["authors"]] == names
            assert entry.xpath("a:author/a:name/text()", namespaces={"a": ATOM.strip("{}")}) == names
            creators = [creator.text for creator in item.findall(f"{DC}creator")]
            assert creators == names or (len(names) == 1 and names[0] in (item.findtext("author") or ""))


def lists_say_the_pages(publisher: Publisher, fields: Iterable[Fields], page: Fields, said: Settings) -> None:
    site = publisher.site()
    urls = {admissible(each.url) for each in (*fields, page)}
    locations = [loc.text for loc in xml(publisher, site_document("sitemap.xml")).iter(f"{SITEMAP}loc")]
    assert urls < set(locations)
    assert site.url in locations
    news = xml(publisher, site_document("sitemap-news.xml"))
    told = {url.findtext(f"{SITEMAP}loc"): url.find(f"{NEWS}news") for url in news}
    assert set(told) == {each.url for each in fields}
    for each in fields:
        item = told[each.url]
        assert item is not None
        assert item.findtext(f"{NEWS}title") == titled(each)
        name = news_name(said.news.name) or news_name(site.title)
        assert item.findtext(f"{NEWS}publication/{NEWS}name") == (name or each.url)
    opml = xml(publisher, site_document("opml.xml"))
    assert opml.findtext("head/title") == site.title
    told_titles = sorted(outline.get("text", "") for outline in opml.iter("outline") if outline.get("xmlUrl"))
    listed = [row for row in publisher.index.channels() if row.posts]
    assert told_titles == sorted(presented(publisher, row).title for row in listed)


def channels_say_their_names(publisher: Publisher) -> None:
    site = publisher.site()
    for row in publisher.index.channels():
        channel, refs = presented(publisher, row), publisher.index.window(row.number, 20)
        said = publisher.heading().said(row)
        own = site.title if row.kind == "site" else f"{site.title}: {row.label}"
        assert channel.title == (single_line(said.title or "") or single_line(own))
        titles = [titled(found.fields) for found in publisher.index.posts([ref.number for ref in refs])]
        shown = page_of(publisher, Target(row.kind, row.slug, ""))
        framed = page_of(publisher, Target(row.kind, row.slug, "embed.html"))
        assert (shown.findtext("head/title"), framed.findtext("head/title")) == (channel.title, channel.title)
        assert [heading.text_content() for heading in shown.iter("h3")] == titles
        assert [heading.text_content() for heading in framed.iter("h2")] == titles
        embedded = json.loads(body(publisher, Target(row.kind, row.slug, "embed.json")))
        assert (embedded["title"], [item["title"] for item in embedded["items"]]) == (channel.title, titles)
        fragment = body(publisher, Target(row.kind, row.slug, "meta.html"))
        values = json.loads(body(publisher, Target(row.kind, row.slug, "meta.json")))
        told = fragment_says(fragment, values)
        assert told.title == channel.title
        assert [step["name"] for step in steps(told.data[0])] == ([site.title, row.label] if row.label else [])


def pages_say_their_metadata(publisher: Publisher, fields: Iterable[Fields]) -> None:
    for each in fields:
        part = publisher.heading().page_of(each.url)
        if not part:  # a path that leads out of its directory has no name of its own
            continue
        fragment, values = (body(publisher, site_document(name, part)) for name in PAGE_NAMES)
        head = fragment_says(fragment, json.loads(values))
        assert head.title == titled(each)
        assert head.named("og:title") == [titled(each)]
        if each.collection == "posts":
            assert head.named("article:tag") == labels(each.tags)
            article = node(head.data[0], publisher.settings.metadata.article)
            assert article.get("keywords", []) == labels(each.tags)
            assert article.get("articleSection", []) == labels(each.categories)


def fragment_says(fragment: bytes, values: dict[str, Any]) -> Head:
    """The fragment as a parser reads it, which says the same as the values beside it."""
    head = Head(fragment)
    assert head.strange == []
    assert stays_in_head(fragment)
    assert (head.title, head.data) == (values["title"], [values["json_ld"]])
    assert "".join(head.named("description")) == values.get("description", "")
    return head


def steps(data: Any) -> list[Any]:
    found = [each for each in data["@graph"] if each["@type"] == "BreadcrumbList"]
    return found[0]["itemListElement"] if found else []
