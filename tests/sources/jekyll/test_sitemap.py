"""Pages, and which of a site's URLs sitemaps list, against the real Jekyll, jekyll-sitemap and jekyll-seo-tag.

Two differences are general. jekyll-sitemap also lists files that Jekyll merely copies (``static`` in the records); and
it writes URLs in their compatibility form (NFKC), under which a server finds no file whose name is decomposed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from service.sources.source import Fields, Put
from tests.sources.jekyll.replay import BUILT, NOW, STAND_IN, golden, load
from tests.sources.jekyll.test_golden import MENDED, ON_PURPOSE, QUARANTINED

LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "collections": {"https://collections.example/notes/future.html": "still to come; Jekyll does not even write it"},
    "sitemap": {
        "https://map.example/b/draft.html": "a draft, although a page",
        "https://map.example/b/copy.html": "a copy of a page elsewhere",
        "https://map.example/b/moved.html": "a redirect",
        "https://map.example/b/refresh.html": "a redirect without a plugin",
        "https://map.example/b/noindex.html": "not to be indexed",
    },
    "pages-bare": {"https://bare.example/404": "the page for errors, which jekyll-sitemap knows as /404.html only"},
    "pages-pretty": {"https://pretty.example/404/": "the page for errors"},
    "pages-slash": {"https://slash.example/404/": "the page for errors"},
    "seo": {"https://seo.example/b/2024/05/02/copy.html": "a copy of a page elsewhere"},
}
"""What jekyll-sitemap lists and we do not, and why. Beside these, drafts in ``_posts``: what is not ready for feeds is
not ready for sitemaps."""

SPELLED: Mapping[str, str] = {"https://map.example/b/posts/index.html": "https://map.example/b/posts/"}
"""A post's URL is the one in jekyll-feed; jekyll-sitemap alone leaves ``index.html`` out."""


NOT_HTML = {"no-html.md": "/no-html.txt"}
"""A Markdown file whose own permalink makes it something else; it is known, so that links find it, but not listed."""


def spelled(url: str) -> str:
    """A URL in a form in which it can be compared; where the site says no host, ours has a stand-in, theirs none."""
    whole = SPELLED.get(url, url) if "://" in url else f"{STAND_IN}{url}"
    return re.sub("(?<!:)//+", "/", unicodedata.normalize("NFKC", unquote(whole)))


def puts(name: str, root: Path) -> dict[str, Fields]:
    _, _, changes = load(name, root)
    return {path: change.fields for path, change in changes.items() if isinstance(change, Put)}


def is_out(fields: Fields) -> bool:
    in_time = fields.future or fields.published is None or fields.published <= NOW
    return fields.visibility != "hidden" and in_time


def without(name: str) -> set[str]:
    """Posts of a site that are drafts, or that Jekyll misunderstands: see the tables of the other test."""
    posts: dict[str, Any] = golden(name)["posts"]
    drafts = {path for path, post in posts.items() if post["draft"]}
    tables = (QUARANTINED, MENDED, {place for place, table in ON_PURPOSE.items() if "visibility" in table})
    return drafts | {path for path in posts for table in tables if f"{name}/{path}" in table}


@pytest.mark.parametrize("name", BUILT)
def test_pages_are_where_jekyll_puts_them_and_nothing_else_is_a_page(name: str, tmp_path: Path) -> None:
    _, context, changes = load(name, tmp_path)
    pages = {
        path.removeprefix("src/"): change.fields.url.removeprefix(context.url)
        for path, change in changes.items()
        if isinstance(change, Put) and change.fields.collection == "pages" and change.fields.visibility != "hidden"
    }
    theirs = {path: page["url"].replace("/index.html", "/") for path, page in golden(name)["pages"].items()}
    assert pages == theirs | {path: url for path, url in NOT_HTML.items() if path in changes}


@pytest.mark.parametrize("name", BUILT)
def test_the_urls_that_are_listed_are_those_of_jekyll_sitemap(name: str, tmp_path: Path) -> None:
    facts, _, _ = load(name, tmp_path)
    left_out = without(name)
    found = puts(name, tmp_path)
    ours = {spelled(fields.url) for path, fields in found.items() if is_out(fields) and fields.listed}
    mended = {spelled(found[path].url) for path in left_out if path in found and found[path].listed}
    theirs = {spelled(url) for url, changed in golden(name)["sitemap"].items() if changed != "static"}
    theirs -= {spelled(f"{facts.url}{golden(name)['posts'][path]['url']}") for path in left_out}
    assert ours - mended == theirs - {spelled(url) for url in LEFT_OUT.get(name, ())}


@pytest.mark.parametrize("name", BUILT)
def test_the_date_of_change_is_that_of_jekyll_sitemap(name: str, tmp_path: Path) -> None:
    theirs: dict[str, Any] = golden(name)["sitemap"]
    found = puts(name, tmp_path)
    claims = Counter(fields.url for fields in found.values())
    for fields in found.values():
        said = theirs.get(fields.url) if claims[fields.url] == 1 else None
        changed = fields.updated or (None if fields.collection == "pages" else fields.published)
        if said and changed:
            assert changed == datetime.fromisoformat(said), fields.url


def test_the_table_of_what_we_leave_out_names_urls_that_jekyll_sitemap_lists() -> None:
    for name, urls in LEFT_OUT.items():
        assert golden(name)["sitemap"].keys() >= urls.keys()


NAMES = {"google": "google-site-verification", "bing": "msvalidate.01", "yandex": "yandex-verification"}
NAMES |= {"baidu": "baidu-site-verification", "facebook": "facebook-domain-verification"}


@pytest.mark.parametrize("name", ["seo", "seo-google"])
def test_what_the_site_says_of_itself_is_what_jekyll_seo_tag_writes(name: str, tmp_path: Path) -> None:
    facts, _, _ = load(name, tmp_path)
    tags = golden(name)["posts"]["_posts/2024-05-01-plain.md"]["seo"]
    assert {NAMES[console]: code for console, code in facts.verification} == {
        key: tags[key] for key in NAMES.values() if key in tags
    }
    assert facts.twitter == tags["twitter:site"]
    assert facts.image == tags.get("og:image")


@pytest.mark.parametrize("name", ["seo", "seo-google"])
def test_canonical_picture_and_account_of_each_page_are_those_of_jekyll_seo_tag(name: str, tmp_path: Path) -> None:
    found = puts(name, tmp_path)
    for path, page in {**golden(name)["posts"], **golden(name)["pages"]}.items():
        fields, tags = found[path], page["seo"]
        assert (fields.canonical or fields.url) == tags["canonical"]
        image = fields.images[0] if fields.images else None
        assert (image.url if image else None) == tags.get("og:image")
        assert (str(image.width) if image and image.width else None) == tags.get("og:image:width")
        if fields.collection == "posts" and "twitter:creator" in tags:
            assert fields.authors[0].twitter == tags["twitter:creator"]
