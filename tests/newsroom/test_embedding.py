"""The copied code on a page that is not ours, with the strictest policy it can have, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.embed import Newest, as_json
from feeds.model import Channel, Image, Site
from service import embeds
from tests.newsroom.host import PROBE, Origin, origin, probed, shown, strict
from tests.newsroom.test_browser import CHROMIUM

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

WHEN = datetime(2024, 5, 2, 20, tzinfo=UTC)
HOSTILE = '</script><img src="x" onerror="document.title=\'broken\'">'
POSTS = (
    Newest("새벽의 강 & <b>안개</b>", "https://ex.org/a/", WHEN, "요약 <i>그대로</i>", language="ko"),
    Newest(HOSTILE, "https://ex.org/b/", WHEN, HOSTILE, language="en"),
    Newest("No address", "javascript:document.title='broken'", WHEN),
    Newest("Fourth", "https://ex.org/d/", WHEN),
)
PIXEL = b"<svg xmlns='http://www.w3.org/2000/svg' width='2' height='2'/>"


@pytest.fixture
def service() -> Iterator[Origin]:
    """What the service has: the list, the framed document, the script, and here the probe too."""
    with origin() as made:
        site = Site(f"{made.url}/", "새벽신문", language="ko", timezone="Asia/Seoul")
        channel = Channel("site", site.title, site.url, (("rss", f"{made.url}/rss.xml"),), WHEN, language="ko")
        pictured = (*POSTS[:3], Newest("Fourth", "https://ex.org/d/", WHEN, image=Image(f"{made.url}/p.svg", "강가")))
        public = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
        made.routes = {
            "/embed.json": ("application/json", as_json(channel, site, pictured), public),
            "/embed.html": (
                "text/html; charset=utf-8",
                embeds.page(channel, site, site.url, POSTS),
                dict(embeds.HEADERS),
            ),
            "/embed.js": (embeds.SCRIPT_TYPE, embeds.script(), {**public, **dict(embeds.SCRIPT_HEADERS)}),
            "/probe.js": ("text/javascript", PROBE, public),
            "/p.svg": ("image/svg+xml", PIXEL, {}),
        }
        yield made


def code(service: Origin, attributes: str = "") -> str:
    channel = Channel("site", "새벽신문", f"{service.url}/", (), WHEN)
    urls = (f"{service.url}/{name}" for name in ("embed.html", "embed.json", "embed.js"))
    return embeds.snippet(channel, *urls).replace(' count="5"', f" {attributes}")


def test_the_element_shows_the_list_under_the_strictest_policy(service: Origin, tmp_path: Path) -> None:
    said, console = probed(service.url, code(service, 'count="3" summary'), strict(service.url), tmp_path)
    assert (said["violations"], console) == ([], "")
    assert said["title"] == "host", "no text of a post ran"
    (element,) = said["elements"]
    assert element["events"] == ["load"]
    assert not element["fallback"]
    assert element["style"] == "none", "its style is in force"
    assert element["lang"] == "ko"
    assert [(row["text"], row["href"], row["lang"]) for row in element["rows"]] == [
        ("새벽의 강 & <b>안개</b>", "https://ex.org/a/", "ko"),
        (HOSTILE, "https://ex.org/b/", "en"),
        ("No address", "", ""),
    ]
    assert [row["summary"] for row in element["rows"]] == ["요약 <i>그대로</i>", HOSTILE, ""]
    assert element["rows"][0]["day"] == "2024. 5. 3.", "the day where the publication is"
    assert "<img" not in element["markup"]
    assert "/embed.html" not in service.asked, "where scripts run, the frame is not loaded"


def test_pictures_are_shown_where_they_are_asked_for(service: Origin, tmp_path: Path) -> None:
    policy = strict(service.url, f"img-src {service.url}")
    said, console = probed(service.url, code(service, 'count="10" images'), policy, tmp_path)
    assert (said["violations"], console) == ([], "")
    (element,) = said["elements"]
    assert [row["image"] for row in element["rows"]] == [None, None, None, "강가"]
    assert "/p.svg" in service.asked
    assert service.asked.count("/embed.json") == 1


def test_a_list_that_cannot_be_had_leaves_what_stands_inside(service: Origin, tmp_path: Path) -> None:
    answers = (b"", b"<!doctype html>", b"null", b"[]", b'{"version": 2, "items": []}', b'{"version": 1}')
    paths = {f"/{number}.json": body for number, body in enumerate(answers)}
    for path, body in paths.items():
        service.routes[path] = ("application/json", body, {"Access-Control-Allow-Origin": "*"})
    page = "".join(code(service).replace("/embed.json", path) for path in [*paths, "/not-there.json"])
    said, _ = probed(service.url, page, strict(service.url), tmp_path)
    assert len(said["elements"]) == len(answers) + 1
    for element in said["elements"]:
        assert (element["fallback"], element["events"], element["rows"]) == (True, ["error"], [])


def test_a_page_that_forbids_our_script_still_has_the_link(service: Origin, tmp_path: Path) -> None:
    tree, _ = shown(code(service), "default-src 'none'", tmp_path)
    assert f'<a href="{service.url}/">새벽신문</a>' in tree
    assert "/embed.json" not in service.asked


def test_without_scripts_the_frame_is_shown(service: Origin, tmp_path: Path) -> None:
    _, console = shown(code(service), f"default-src 'none'; frame-src {service.url}; sandbox", tmp_path)
    assert "/embed.html" in service.asked
    assert "Content Security Policy directive" not in console


def test_the_framed_document_keeps_its_own_policy_and_the_console_empty(service: Origin, tmp_path: Path) -> None:
    frame = f'<iframe src="{service.url}/embed.html" title="t"></iframe>'
    _, console = shown(frame, f"default-src 'none'; frame-src {service.url}", tmp_path)
    assert "/embed.html" in service.asked
    assert console == ""
