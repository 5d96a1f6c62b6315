"""Zola sites, beyond what the records of the real Zola hold (``tests/sources/zola``)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.model import Author, Image
from service.content.render import Rendering, render
from service.settings import LimitSettings, SiteSettings
from service.sources.page import page_values
from service.sources.source import Change, Fields, Put
from tests.sources.support import codes, png, problem, put, scan, source, write

CONFIG = """base_url = "https://zola.example/sub/"
title = "The Site"
description = "All of it"
author = "Ada"
generate_feeds = true
taxonomies = [{name = "tags", feed = true}, {name = "categories"}]
"""
LANGUAGES = CONFIG + '[languages.fr]\n[languages.ko]\ntitle = "한글"\n'
BASE = "https://zola.example/sub"
SITE = SiteSettings(url=BASE)


def page(head: str = 'title = "A"', body: str = "Text.\n") -> str:
    return f"+++\n{head}\n+++\n{body}"


def load(files: dict[str, str | bytes], root: Path, config: str = CONFIG, **options: Any) -> dict[str, Change]:
    return scan(write(root, {"config.toml": config, **files}), site=SITE, **options)


def one(head: str, body: str = "Text.\n", *, root: Path, name: str = "blog/a.md", **options: Any) -> Put:
    return put(
        load({f"content/{name}": page(head, body), **options.pop("files", {})}, root, **options)[f"content/{name}"]
    )


def fields(head: str, body: str = "Text.\n", *, root: Path, **options: Any) -> Fields:
    return one(head, body, root=root, **options).fields


def rendered(change: Put, root: Path, links: dict[str, str] | None = None) -> Rendering:
    context = source(root, site=SITE).open()[1]
    values, body = page_values(change.fields, change.text, LimitSettings(), path=change.locator, context=context)
    return render(change.fields, body, values, context, (links or {}).get, LimitSettings(), 200)


def test_the_configuration_says_what_the_site_is(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {"config.toml": CONFIG, "content/a.md": page()}), site=SiteSettings())
    facts, context, problems = opened.open()
    assert opened.detected is not None
    assert (opened.detected.kind, opened.detected.why) == (
        "zola",
        "config.toml has base_url, and there is a content directory",
    )
    assert (facts.url, facts.title, facts.description, facts.authors) == (
        BASE,
        "The Site",
        "All of it",
        (Author("Ada"),),
    )
    assert (facts.feed_path, facts.tag_page, facts.category_page) == (
        "/atom.xml",
        "/tags/:zola/",
        "/categories/:zola/",
    )
    assert (context.baseurl, problems) == ("/sub", ())


@pytest.mark.parametrize(
    ("name", "head", "url"),
    [
        ("a.md", "", "/a/"),
        ("blog/hello-world.md", "", "/blog/hello-world/"),
        ("blog/Hello World.md", "", "/blog/hello-world/"),
        ("blog/2024-05-01-dated.md", "", "/blog/dated/"),
        ("blog/2024-05-01_under.md", "", "/blog/under/"),
        ("blog/2024-05-01T10:00:00Z-time.md", "", "/blog/time/"),
        ("blog/2024-05-01.md", "", "/blog/2024-05-01/"),
        ("blog/bundle/index.md", "", "/blog/bundle/"),
        ("blog/2024-05-01-bundle/index.md", "", "/blog/bundle/"),
        ("index.md", "", "/"),
        ("blog/_index.md", "", "/blog/"),
        ("_index.md", "", "/"),
        ("blog/a.md", 'slug = "Other One"', "/blog/other-one/"),
        ("blog/a.md", 'path = "some/where"', "/some/where/"),
        ("blog/a.md", 'path = "/some/where/"', "/some/where/"),
        ("Blog Posts/a.md", "", "/Blog%20Posts/a/"),
        ("blog/café.md", "", "/blog/cafe/"),
    ],
)
def test_where_a_page_is(tmp_path: Path, name: str, head: str, url: str) -> None:
    found = fields(f'title = "A"\n{head}', root=tmp_path, name=name)
    assert found.url == BASE + url
    assert found.id == found.url
    assert found.explicit_url is ("path" in head)


@pytest.mark.parametrize(
    ("how", "url", "warned"),
    [
        ("on", "/blog/%F0%97%80%80-%F0%97%80%81/", ["slug-transliterated"]),
        ("safe", "/blog/%F0%97%80%80%20%F0%97%80%81/", []),
        ("off", "/blog/%F0%97%80%80%20%F0%97%80%81/", []),
    ],
)
def test_names_in_rare_scripts_keep_their_letters_with_a_warning_where_zola_does_not(
    tmp_path: Path, how: str, url: str, warned: list[str]
) -> None:
    config = f'{CONFIG}[slugify]\npaths = "{how}"\n'
    change = one('title = "A"\ndate = 2024-05-01', root=tmp_path, name="blog/\U00017000 \U00017001.md", config=config)
    assert change.fields.url == BASE + url
    assert codes(change) == warned


@pytest.mark.parametrize(
    ("name", "slug"),  # as Zola 0.22.0 writes them
    [
        ("標 題", "biao-ti"),
        ("標題", "biao-ti"),
        ("我的2024年 blog", "wo-de-2024nian-blog"),
        ("東京タワー", "dong-jing-tawa"),
        ("한국 日本", "hangug-ri-ben"),
        ("🎉party🎉", "tada-partytada"),
        ("👨‍👩‍👧", "man-woman-girl"),
        ("שלום", "shlvm"),
        ("สวัสดี", "swasdii"),
    ],
)
def test_names_in_other_scripts_are_in_latin_letters_as_zola_writes_them(tmp_path: Path, name: str, slug: str) -> None:
    change = one('title = "A"\ndate = 2024-05-01', root=tmp_path, name=f"blog/{name}.md", config=CONFIG)
    assert change.fields.url == f"{BASE}/blog/{slug}/"
    assert codes(change) == []


def test_dates_stay_in_paths_where_the_configuration_says_so(tmp_path: Path) -> None:
    config = f"{CONFIG}[slugify]\npaths_keep_dates = true\n"
    found = fields('title = "A"', root=tmp_path, name="blog/2024-05-01-a.md", config=config)
    assert (found.url, found.published) == (f"{BASE}/blog/2024-05-01-a/", datetime(2024, 5, 1, tzinfo=UTC))


def test_a_page_with_a_date_is_a_post_and_the_others_are_pages(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "content/_index.md": page('title = "Home"'),
        "content/blog/_index.md": page('title = "Blog"\ntransparent = true\ndate = 2024-01-01'),
        "content/blog/dated.md": page('title = "Dated"\ndate = 2024-05-01T10:00:00+09:00\nupdated = 2024-05-02'),
        "content/blog/2024-06-01-named.md": page('title = "Named"'),
        "content/blog/2024-06-01-both.md": page('title = "Both"\ndate = 2024-07-01'),
        "content/about.md": page('title = "About"'),
        "content/notes.txt": "no page",
        "content/blog/pic.png": png(10, 20),
    }
    changes = {path.removeprefix("content/"): put(change).fields for path, change in load(files, tmp_path).items()}
    assert {path: (found.collection, found.visibility, found.listed) for path, found in changes.items()} == {
        "_index.md": ("pages", "unlisted", True),
        "about.md": ("pages", "unlisted", True),
        "blog/_index.md": ("pages", "unlisted", True),
        "blog/2024-06-01-both.md": ("posts", "public", True),
        "blog/2024-06-01-named.md": ("posts", "public", True),
        "blog/dated.md": ("posts", "public", True),
    }
    assert changes["blog/dated.md"].published == datetime(2024, 5, 1, 1, tzinfo=UTC)
    assert changes["blog/dated.md"].updated == datetime(2024, 5, 2, tzinfo=UTC)
    assert changes["blog/2024-06-01-named.md"].published == datetime(2024, 6, 1, tzinfo=UTC)
    assert changes["blog/2024-06-01-both.md"].published == datetime(2024, 7, 1, tzinfo=UTC)
    assert changes["blog/dated.md"].authors == (Author("Ada"),)


@pytest.mark.parametrize(
    ("head", "visibility", "warned"),
    [
        ("draft = true", "hidden", []),
        ("draft = false", "public", []),
        ('draft = "false"', "hidden", ["draft-ambiguous"]),
        ("render = false", "hidden", []),
        ("render = true", "public", []),
        ("in_search_index = false", "public", []),
    ],
)
def test_C41_drafts_and_what_is_not_rendered_are_nowhere(
    tmp_path: Path, head: str, visibility: str, warned: list[str]
) -> None:
    change = one(f'title = "A"\ndate = 2024-05-01\n{head}', root=tmp_path)
    assert (change.fields.visibility, codes(change)) == (visibility, warned)


def test_taxonomies_authors_and_what_themes_say_in_extra(tmp_path: Path) -> None:
    head = """title = "A"
date = 2024-05-01
description = "In short"
aliases = ["old/a", "/older/"]
authors = ["Bea"]
[taxonomies]
tags = ["Open Data", "한국어"]
categories = ["News"]
[extra]
image = "cover.png"
canonical_url = "https://elsewhere.example/a"
"""
    found = fields(head, root=tmp_path, name="blog/a/index.md", files={"content/blog/a/cover.png": png(30, 40)})
    assert (found.tags, found.categories, found.summary) == (("Open Data", "한국어"), ("News",), "In short")
    assert found.authors == (Author("Bea"),)
    assert found.aliases == (f"{BASE}/old/a", f"{BASE}/older/")
    assert found.images == (Image(f"{BASE}/blog/a/cover.png", "", "", 30, 40, "image/png"),)
    assert found.canonical == "https://elsewhere.example/a"


def test_pictures_lie_beside_a_page_or_in_static(tmp_path: Path) -> None:
    body = "![a](beside.png) ![b](/static-one.png)"
    files: dict[str, str | bytes] = {"content/blog/a/beside.png": png(1, 2), "static/static-one.png": png(3, 4)}
    change = one('title = "A"\ndate = 2024-05-01', body, root=tmp_path, name="blog/a/index.md", files=files)
    assert [(image.url, image.width) for image in change.fields.pictures][:1] == [(f"{BASE}/blog/a/beside.png", 1)]


def test_languages_by_file_name(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"content/blog/{name}": page('title = "A"\ndate = 2024-05-01')
        for name in ("a.md", "a.fr.md", "a.ko.md", "v1.2.md", "b/index.fr.md", "_index.fr.md")
    }
    found = {path.removeprefix("content/blog/"): put(c) for path, c in load(files, tmp_path, LANGUAGES).items()}
    assert {path: change.fields.url.removeprefix(BASE) for path, change in found.items()} == {
        "_index.fr.md": "/fr/blog/",
        "a.md": "/blog/a/",
        "a.fr.md": "/fr/blog/a/",
        "a.ko.md": "/ko/blog/a/",
        "b/index.fr.md": "/fr/blog/b/",
        "v1.2.md": "/blog/v1-2/",
    }
    assert [found[name].fields.language for name in ("a.md", "a.fr.md", "a.ko.md")] == ["en", "fr", "ko"]
    assert len({found[name].fields.translation for name in ("a.md", "a.fr.md", "a.ko.md")}) == 1
    assert codes(found["v1.2.md"]) == ["language-unknown"]


def test_the_summary_ends_at_more(tmp_path: Path) -> None:
    change = one('title = "A"\ndate = 2024-05-01', "In short.\n\n<!-- more -->\n\nAt length.\n", root=tmp_path)
    assert rendered(change, tmp_path).summary == "In short."


def test_internal_links_lead_to_the_page_of_their_file(tmp_path: Path) -> None:
    body = "[b](@/blog/b.md#part) and [top](@/about.md) and `@/x.md`."
    change = one('title = "A"\ndate = 2024-05-01', body, root=tmp_path, name="blog/a/index.md")
    links = {"content/blog/b.md": f"{BASE}/blog/b/", "content/about.md": f"{BASE}/about/"}
    html = rendered(change, tmp_path, links=links).html
    assert f'href="{BASE}/blog/b/#part"' in html
    assert f'href="{BASE}/about/"' in html
    assert "<code>@/x.md</code>" in html


def test_braces_that_are_no_shortcode_are_text(tmp_path: Path) -> None:
    change = one('title = "A"\ndate = 2024-05-01', "{{ page.title }} and {% if x %}", root=tmp_path)
    assert not change.fields.liquid
    assert "{{ page.title }} and {% if x %}" in rendered(change, tmp_path).html


def test_yaml_front_matter_does_and_a_file_without_any_has_its_line(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "content/yaml.md": "---\ntitle: Y\ndate: 2024-05-01\n---\nText",
        "content/bare.md": "Text",
        "content/broken.md": page("title = "),
        "content/bad-date.md": page('title = "A"\ndate = "soon"'),
    }
    changes = load(files, tmp_path)
    assert put(changes["content/yaml.md"]).fields.title == "Y"
    assert problem(changes["content/bare.md"]).code == "front-matter-missing"
    assert problem(changes["content/broken.md"]).code == "toml-syntax"
    assert problem(changes["content/bad-date.md"]).code == "date-invalid"
