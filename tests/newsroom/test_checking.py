"""What ``check`` makes of a site: each fault once, at the file and line it came from, whatever repeats it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.model import Document
from schemas.lint import CONSUMERS
from schemas.lint.registry import found
from service.checking import KINDS, checked, chosen_profiles, line_in
from service.errors import Problem, UsageError
from service.paths import CHANNEL_NAMES, PAGE_NAMES, SITE_NAMES, Target
from service.publisher import Publisher
from service.runtime import open_sources, open_writer, renderer
from service.settings import load
from service.worker import tick
from tests.newsroom.running import CONFIG, feedmill, post, site

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PICTURE = '<img src="/boat.png" width="4" height="3">'


@contextmanager
def published(content: Path, state: Path, **sections: object) -> Iterator[Publisher]:
    said = {"source": [{"path": str(content)}], "service": {"state": str(state)}, **sections}
    opened = open_sources(load(said, root=content))
    index = open_writer(opened)
    try:
        render = renderer(opened.settings, index)
        tick(opened.sources, index, NOW, refresh=opened.settings.refresh, render_suspicious=render)
        yield Publisher(index, opened.settings)
    finally:
        index.close()


def check(tmp_path: Path, posts: dict[str, str], profiles: tuple[str, ...] = (), config: str = CONFIG) -> list[Problem]:
    content = site(tmp_path / "site", posts, config + "description: News.\n")
    with published(content, tmp_path / "state") as publisher:
        return sorted(checked(publisher, NOW, chosen_profiles(profiles)))


def grave(problems: list[Problem]) -> list[tuple[str, int, str]]:
    return [(problem.path, problem.line, problem.code) for problem in problems if problem.level != "notice"]


def test_a_clean_post_has_nothing_to_be_warned_of(tmp_path: Path) -> None:
    assert grave(check(tmp_path, {"2025-01-01-one.md": post("One", tags="[a, b]")})) == []


def test_a_fault_of_a_post_is_said_once_with_its_file_and_line(tmp_path: Path) -> None:
    text = post("One", body=f"Look:\n\n{PICTURE}", tags="[a, b, c]", author="Kim")
    found = check(tmp_path, {"2025-01-01-one.md": text})
    line = text.splitlines().index(PICTURE) + 1
    assert grave(found) == [("_posts/2025-01-01-one.md", line, "MissingAlt")]
    (fault,) = [problem for problem in found if problem.code == "MissingAlt"]
    assert fault.consumers == ("search engines", "feed readers")
    assert "boat.png" in fault.message and "![" in fault.hint


def test_a_fault_in_front_matter_is_led_back_to_its_key(tmp_path: Path) -> None:
    text = post("Is it <b>bold</b>?", tags="[a]")
    assert grave(check(tmp_path, {"2025-01-01-one.md": text})) == [("_posts/2025-01-01-one.md", 2, "ContainsHTML")]


def test_posts_that_no_feed_holds_any_more_are_judged_too(tmp_path: Path) -> None:
    posts = {f"2025-01-{day:02}-p.md": post(f"P {day}", date=f"2025-01-{day:02} 10:00") for day in range(2, 30)}
    posts["2020-01-01-old.md"] = post("Old", body=PICTURE)
    assert [path for path, _, _ in grave(check(tmp_path, posts))] == ["_posts/2020-01-01-old.md"]


def test_a_scheduled_post_is_not_called_implausible(tmp_path: Path) -> None:
    assert grave(check(tmp_path, {"2090-01-01-later.md": post("Later")})) == []


def test_a_fault_of_many_documents_is_one_line_that_names_the_first(tmp_path: Path) -> None:
    config = CONFIG.replace("https://news", "http://news")
    found = check(tmp_path, {"2025-01-01-one.md": post("One", tags="[a, b]")}, config=config)
    (insecure,) = [problem for problem in found if problem.code == "InsecureLink"]
    assert insecure.path == "rss.xml"
    assert "also in atom.xml, feed.json and" in insecure.message


def test_a_profile_asks_for_more(tmp_path: Path) -> None:
    posts = {"2025-01-01-one.md": post("A title " * 20)}
    found = check(tmp_path, posts, ("msn", "naver"))
    assert sorted(code for _, _, code in grave(found)) == ["MissingImage", "TitleTooLong"]
    assert {problem.consumers for problem in found if problem.level == "warning"} == {("MSN",)}


def test_an_unknown_profile_is_a_usage_error_that_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        chosen_profiles(["flipboard"])
    assert all(profile in str(caught.value) for profile in CONSUMERS)
    content = site(tmp_path / "site", {"2025-01-01-one.md": post("One")})
    done = feedmill("check", content, "--profile", "flipboard")
    assert (done.returncode, done.stdout) == (2, "")
    assert "google-news" in done.stderr


def test_the_service_on_a_host_of_its_own_is_no_fault(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2025-01-01-one.md": post("One")}, CONFIG + "description: News.\n")
    said = {"url": "https://feeds.example.net/news", "state": str(tmp_path / "state")}
    with published(content, tmp_path / "state", service=said) as publisher:
        assert grave(checked(publisher, NOW)) == []
        assert [code for _, _, code in grave(checked(publisher, NOW, frozenset(["naver"])))] == ["FeedOtherHost"]


def test_a_sitemap_elsewhere_needs_a_line_in_the_sites_robots_txt(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2025-01-01-one.md": post("One")}, CONFIG + "description: News.\n")
    said = {"url": "https://feeds.example.net/news", "state": str(tmp_path / "state")}
    with published(content, tmp_path / "state", service=said) as publisher:
        lines = [problem.hint for problem in checked(publisher, NOW) if problem.code == "robots-line-needed"]
    assert lines == [
        "add the line `Sitemap: https://feeds.example.net/news/sitemap.xml`",
        "add the line `Sitemap: https://feeds.example.net/news/sitemap-news.xml`",
    ]
    assert "robots-line-needed" not in {problem.code for problem in check(tmp_path / "own", {})}


class Failing(Publisher):
    """A publisher that cannot make one of its documents."""

    def document(self, target: Target) -> Document | None:
        if target.document == "opml.xml":
            raise ValueError("no such outline")
        return super().document(target)


def test_a_document_that_cannot_be_made_is_a_line_and_the_others_are_judged(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2025-01-01-one.md": post("One", body=PICTURE)}, CONFIG + "description: News.\n")
    with published(content, tmp_path / "state") as publisher:
        found = sorted(checked(Failing(publisher.index, publisher.settings), NOW))
    assert [code for _, _, code in grave(found)] == ["MissingAlt", "document-failed"]
    assert "ValueError: no such outline" in next(p.message for p in found if p.code == "document-failed")


def test_every_document_that_has_rules_is_judged() -> None:
    unjudged = {"embed.js"}
    assert {*CHANNEL_NAMES, *SITE_NAMES, *PAGE_NAMES} - unjudged <= KINDS.keys()


def test_check_writes_sarif(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2025-01-01-하나.md": post("One", body=PICTURE)})
    done = feedmill("check", content, "--strict", "--format", "sarif")
    assert done.returncode == 1
    run = json.loads(done.stdout)["runs"][0]
    (result,) = [result for result in run["results"] if result["ruleId"] == "MissingAlt"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "_posts/2025-01-01-%ED%95%98%EB%82%98.md"


def test_a_line_is_found_by_any_spelling_an_author_may_use() -> None:
    text = "---\ntitle: a\nimage: /배.png\n---\n\n![](/배.png)\n\n[x](../강/)\n"
    picture = found("MissingAlt", "m", subject="https://e.org/%EB%B0%B0.png")
    assert line_in(text, picture) == 6
    assert line_in(text, replace(picture, subject="https://e.org/%EA%B0%95/")) == 8
    assert line_in(text, found("MissingImage", "m")) == 3
    assert line_in(text, found("TitleTooLong", "m")) == 2
    assert line_in("", picture) == 0
