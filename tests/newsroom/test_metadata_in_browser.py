"""The head fragment of the example newsroom as a browser reads it, under a policy that allows next to nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feeds import metadata
from service.paths import Target
from service.publisher import Publisher
from service.sources.source import Fields
from tests.newsroom.host import origin
from tests.newsroom.running import EXAMPLE
from tests.newsroom.test_browser import CHROMIUM, opened
from tests.newsroom.test_documents import publish

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

POLICY = "default-src 'none'; img-src https:; script-src 'nonce-probe'; base-uri 'none'; form-action 'none'"
"""Of the page that holds the fragment; the nonce is for the probe alone, and JSON-LD is no script to a policy."""

PROBE = """
<script nonce="probe">
const violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
addEventListener("load", () => {
  const metas = [...document.head.querySelectorAll("meta")].map((m) => [
    m.getAttribute("name") ?? m.getAttribute("property"), m.content]);
  const links = [...document.head.querySelectorAll("link")].map((l) => [l.rel, l.type, l.hreflang, l.href, l.title]);
  const blocks = [...document.querySelectorAll("script[type='application/ld+json']")];
  const data = blocks.map((block) => JSON.parse(block.textContent));
  const said = { violations, metas, links, data, title: document.title, body: document.body.innerHTML,
    scripts: document.scripts.length, broken: Boolean(window.broken) };
  document.querySelector("pre").textContent = JSON.stringify(said);
});
</script>
"""

HOSTILE = (
    "</title></script><script>window.broken = 1</script>",
    "<!--<script>\"quoted\" 'title' & &amp; \\u003c <b>한글</b>",
    "two\nlines\r\nand\u2028more\u0085\u202eturned round",
)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    yield from publish(EXAMPLE, tmp_path_factory.mktemp("state"))


def read(fragment: bytes, profile: Path) -> tuple[Any, str]:
    """What a browser makes of a page with this fragment in its head, and what its console said."""
    with origin() as host:
        page = f"<!doctype html><html><head>{PROBE}{fragment.decode()}</head><body><pre></pre></body></html>"
        host.routes["/"] = ("text/html; charset=utf-8", page.encode(), {"Content-Security-Policy": POLICY})
        tree, console = opened(f"{host.url}/", profile, "--virtual-time-budget=10000")
        assert {path for path in host.asked if path != "/favicon.ico"} == {"/"}, "nothing of it is loaded"
    return json.loads(html.unescape(tree.partition("<pre>")[2].partition("</pre>")[0])), console


def says_what(values: Any, said: Any, console: str) -> None:
    """The browser read the values that ``meta.json`` has, and nothing but them."""
    assert (said["violations"], console) == ([], "")
    assert (said["broken"], said["body"], said["scripts"]) == (False, "<pre></pre>", 2)
    assert said["title"] == values["title"]
    assert said["data"] == [values["json_ld"]]
    metas: dict[str, list[str]] = {}
    for name, content in said["metas"]:
        metas.setdefault(name, []).append(content)
    assert metas["og:title"] == [values["title"]]
    assert metas["robots"] == [values["robots"]]
    assert metas.get("description", []) == ([values["description"]] if values.get("description") else [])
    assert metas.get("og:image", []) == [image["url"] for image in values["open_graph"].get("image", ())]
    assert metas.get("article:tag", []) == values["open_graph"].get("article", {}).get("tag", [])
    assert metas["twitter:card"] == [values["twitter"]["card"]]
    links = said["links"]
    assert [href for rel, _, _, href, _ in links if rel == "canonical"] == [values["canonical"]]
    assert [[tag, href] for _, kind, tag, href, _ in links if tag and not kind] == [
        [each["hreflang"], each["href"]] for each in values.get("alternates", ())
    ]
    assert [[kind, href, title] for rel, kind, _, href, title in links if rel == "alternate" and kind] == [
        [each["type"], each["href"], each["title"]] for each in (*values.get("feeds", ()), *values.get("oembed", ()))
    ]


def korean_post(publisher: Publisher) -> Fields:
    """The newest post whose title is in Hangul."""
    row = publisher.index.channel("site", "")
    assert row is not None
    refs = publisher.index.window(row.number, 100)
    found = publisher.index.posts([ref.number for ref in refs])
    return next(post.fields for post in found if re.search("[가-힣]", post.fields.title))


def test_a_browser_reads_the_head_of_a_korean_post_and_its_console_stays_empty(
    newsroom: Publisher, tmp_path: Path
) -> None:
    fields = korean_post(newsroom)
    target = newsroom.locate(fields.url, "meta/P.html")
    assert target is not None
    fragment = newsroom.document(target)
    values = newsroom.document(replace(target, document="meta/P.json"))
    assert fragment is not None
    assert values is not None
    said, console = read(fragment.body, tmp_path)
    says_what(json.loads(values.body), said, console)
    assert said["title"] == fields.title
    assert [name for name, _ in said["metas"] if name == "article:published_time"]


def test_a_browser_reads_the_head_of_the_home_page(newsroom: Publisher, tmp_path: Path) -> None:
    fragment = newsroom.document(Target("site", "", "meta.html"))
    values = newsroom.document(Target("site", "", "meta.json"))
    assert fragment is not None
    assert values is not None
    said, console = read(fragment.body, tmp_path)
    says_what(json.loads(values.body), said, console)


@pytest.mark.parametrize("title", HOSTILE)
def test_H15_no_title_leaves_its_place_in_a_real_browser(newsroom: Publisher, tmp_path: Path, title: str) -> None:
    target = newsroom.locate(korean_post(newsroom).url, "meta/P.json")
    assert target is not None
    found = newsroom.page(target)
    assert found is not None
    page, publication, _ = found
    hostile = replace(
        page,
        title=title,
        description=title,
        tags=(title, "tag"),
        trail=((title, page.url), *page.trail),
        feeds=tuple(replace(link, title=title) for link in page.feeds),
    )
    said, console = read(metadata.fragment(hostile, publication), tmp_path)
    says_what(metadata.values(hostile, publication), said, console)
