"""Feeds of a site's generator, which readers subscribed to before the site moved here: where each leads now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from service.app import create_app
from service.commands import refresh
from service.index import Index
from service.publisher import Publisher
from tests.explain.asking import settings, write

HUGO = """
baseURL = "https://news.example/"
title = "News"
defaultContentLanguage = "ko"
[taxonomies]
category = "categories"
tag = "Topics"
[outputFormats.RSS]
baseName = "feed"
[languages.ko]
[languages.en]
languageCode = "en-GB"
"""
HUGO_POST = """---
title: {title}
date: 2024-05-01
categories: {categories}
topics: {tags}
---

Text.
"""
HUGO_SITE = {
    "hugo.toml": HUGO,
    "content/posts/a.md": HUGO_POST.format(
        title="A", categories='["정치 경제", "C++", "Foo/Bar"]', tags='["Go Lang", ".NET", "A & B"]'
    ),
    "content/posts/a.en.md": HUGO_POST.format(title="A", categories='["Politics"]', tags='["Go Lang", "héllo"]'),
}

ZOLA = """
base_url = "https://news.example"
title = "News"
generate_feeds = true
feed_filenames = ["atom.xml", "rss.xml", "all.xml"]
taxonomies = [{name = "tags", feed = true}, {name = "categories"}]
[languages.ko]
generate_feeds = true
feed_filenames = ["ko.xml"]
taxonomies = [{name = "tags", feed = true}]
"""
ZOLA_POST = """+++
title = "A"
date = 2024-05-01
[taxonomies]
tags = ["정치 경제", "C++", "Go Lang"]
categories = ["News & Views"]
+++

Text.
"""
ZOLA_SITE = {"config.toml": ZOLA, "content/blog/a.md": ZOLA_POST, "content/blog/a.ko.md": ZOLA_POST}

JEKYLL_SITE = {
    "_config.yml": """
url: https://news.example
title: News
feed:
  collections:
    posts: {path: /blog/all.xml, categories: [news]}
    recipes: {}
  tags: {path: tagged/}
""",
    "_posts/2024-05-01-a.md": "---\ntitle: A\ncategories: [News]\ntags: [C_1, 서울]\n---\n\nText.\n",
}


def asked(tmp_path: Path, files: Mapping[str, str], **sections: Any) -> Any:
    """A client of a site that was read once."""
    said = settings(write(tmp_path / "site", files), state=tmp_path / "state", **sections)
    refresh(said, lambda _: None, force=True)
    index = Index.open(tmp_path / "state")
    return create_app(Publisher(index, said), said).test_client()


def led(client: Any, path: str) -> str:
    """Where a path leads; its status where it leads nowhere."""
    response = client.get(quote(path))
    return response.headers["Location"] if response.status_code == 301 else str(response.status_code)


# Of these sites the generators' own builds (Hugo 0.111.3, Zola 0.22.0) hold exactly these feeds.
@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/feed.xml", "/atom.xml"),
        ("/en/feed.xml", "/languages/en-gb/rss.xml"),
        ("/categories/정치-경제/feed.xml", "/categories/정치-경제/rss.xml"),
        ("/categories/c++/feed.xml", "/categories/cpp/rss.xml"),
        ("/categories/foo/bar/feed.xml", "/categories/foo-bar/rss.xml"),
        ("/en/categories/politics/feed.xml", "/categories/politics/rss.xml"),
        ("/topics/go-lang/feed.xml", "/tags/go-lang/rss.xml"),
        ("/en/topics/go-lang/feed.xml", "/tags/go-lang/rss.xml"),
        ("/topics/.net/feed.xml", "/tags/dotnet/rss.xml"),
        ("/topics/a-b/feed.xml", "/tags/a-b/rss.xml"),
        ("/en/topics/héllo/feed.xml", "/tags/héllo/rss.xml"),
        # No channel holds what these hold: a section, and the list of all terms.
        ("/posts/feed.xml", "404"),
        ("/en/posts/feed.xml", "404"),
        ("/topics/feed.xml", "404"),
        # Nor did Hugo write these.
        ("/topics/go-lang/index.xml", "404"),
        ("/topics/Go Lang/feed.xml", "404"),
        ("/topics/unheard-of/feed.xml", "404"),
        ("/topics//feed.xml", "404"),
        ("/topics/../feed.xml", "404"),
    ],
)
def test_feeds_of_a_hugo_site_lead_to_those_of_the_channels(hugo: Any, path: str, place: str) -> None:
    assert led(hugo, path) == (quote(place) if place.startswith("/") else place)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/all.xml", "/atom.xml"),
        ("/ko/ko.xml", "/languages/ko/atom.xml"),
        ("/tags/go-lang/all.xml", "/tags/go-lang/atom.xml"),
        ("/tags/jeongci-gyeongje/rss.xml", "/tags/정치-경제/rss.xml"),
        ("/tags/jeongci-gyeongje/atom.xml", "/tags/정치-경제/atom.xml"),
        ("/ko/tags/jeongci-gyeongje/ko.xml", "/tags/정치-경제/atom.xml"),
        ("/tags/c/rss.xml", "/tags/cpp/rss.xml"),
        ("/blog/atom.xml", "404"),
        ("/categories/news-views/all.xml", "404"),
    ],
)
def test_feeds_of_a_zola_site_lead_to_those_of_the_channels(zola: Any, path: str, place: str) -> None:
    assert led(zola, path) == (quote(place) if place.startswith("/") else place)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/blog/all.xml", "/atom.xml"),
        ("/feed/News.xml", "/categories/news/atom.xml"),
        ("/tagged/C_1.xml", "/tags/c-1/atom.xml"),
        ("/feed/by_tag/C_1.xml", "/tags/c-1/atom.xml"),
        ("/feed/recipes.xml", "404"),
        ("/feed/recipes/news.xml", "404"),
    ],
)
def test_feeds_of_jekyll_feed_lead_to_those_of_the_channels(jekyll: Any, path: str, place: str) -> None:
    assert led(jekyll, path) == place


@pytest.mark.parametrize(
    "more",
    [
        '[outputs]\nterm = ["HTML"]\n',
        'disableKinds = ["RSS"]\n',
        'disableKinds = ["taxonomy"]\n',
        '[permalinks.term]\ntopics = "/t/:slug/"\n',
    ],
)
def test_a_hugo_site_without_feeds_of_terms_has_none_to_lead_on(tmp_path: Path, more: str) -> None:
    first, rest = (more, HUGO) if more.startswith("disable") else (HUGO, more)
    assert led(asked(tmp_path, HUGO_SITE | {"hugo.toml": first + rest}), "/topics/go-lang/feed.xml") == "404"


def test_a_channel_that_is_gone_is_gone_under_its_old_path_too(tmp_path: Path) -> None:
    client = asked(tmp_path, HUGO_SITE, paths={"gone": ["/tags/go-lang/"]})
    response = client.get("/topics/go-lang/feed.xml", follow_redirects=True)
    assert response.status_code == 410


def test_a_channel_that_is_gone_is_gone_where_its_old_path_is_its_own(tmp_path: Path) -> None:
    client = asked(tmp_path, ZOLA_SITE, paths={"gone": ["/tags/go-lang/"]})
    assert led(client, "/tags/go-lang/atom.xml") == "410"
    assert led(client, "/tags/go-lang/all.xml") == "/tags/go-lang/atom.xml"


def test_what_the_settings_say_of_an_old_path_comes_first(tmp_path: Path) -> None:
    client = asked(tmp_path, HUGO_SITE, paths={"feed_aliases": {"/posts/feed.xml": "/categories/politics/rss.xml"}})
    assert led(client, "/posts/feed.xml") == "/categories/politics/rss.xml"


@pytest.fixture(scope="module")
def hugo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return asked(tmp_path_factory.mktemp("hugo"), HUGO_SITE)


@pytest.fixture(scope="module")
def zola(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return asked(tmp_path_factory.mktemp("zola"), ZOLA_SITE)


@pytest.fixture(scope="module")
def jekyll(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return asked(tmp_path_factory.mktemp("jekyll"), JEKYLL_SITE)
