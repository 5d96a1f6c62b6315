"""The code that a running Feedmill shows to be copied, pasted into a strict page, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import html

from feeds.model import FOUNDED, Channel
from service import embeds
from tests.newsroom.host import PROBE, origin, probed, strict
from tests.newsroom.running import EXAMPLE, serving
from tests.newsroom.test_browser import CHROMIUM
from tests.recipes.recipe import files, free_port


def test_the_recipe_shows_the_code_that_pages_show() -> None:
    page = "https://feeds.example.org/tags/river/"
    channel = Channel("tag", "River", page, (), FOUNDED)
    code = embeds.snippet(channel, f"{page}embed.html", f"{page}embed.json", "https://feeds.example.org/embed.js")
    assert files("posts.md")["page.html"] == code


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_the_code_that_a_running_service_shows_works_on_a_strict_page(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    words = ("--port", str(port), "--set", f"service.url={base}")
    with serving(EXAMPLE, tmp_path / "state", *words) as running, origin() as probe:
        probe.routes["/probe.js"] = ("text/javascript", PROBE, {"Access-Control-Allow-Origin": "*"})
        page: Any = html.document_fromstring(running.get("/categories/science/").body)
        (code,) = page.xpath("//*[@class='embed']//code")
        policy = strict(f"{base} {probe.url}")
        said, console = probed(probe.url, code.text or "", policy, tmp_path / "profile")
        newest = running.get("/categories/science/embed.json")
    assert (said["violations"], console) == ([], "")
    (element,) = said["elements"]
    assert (element["events"], len(element["rows"])) == (["load"], embeds.SNIPPET_POSTS)
    assert all(row["text"].encode() in newest.body for row in element["rows"])
