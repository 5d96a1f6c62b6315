"""What ``check`` asks of the whole site, and what it says once instead of for each post."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.checking import checked, seen_from
from service.errors import Problem
from service.site_checks import NOWHERE
from tests.newsroom.running import CONFIG, feedmill, post, site
from tests.newsroom.test_checking import NOW, published

POSTS = {"2025-01-01-one.md": post("One"), "2025-01-02-two.md": post("Two")}


def check(
    tmp_path: Path, files: dict[str, str] | None = None, posts: dict[str, str] = POSTS, **said: Any
) -> list[Problem]:
    content = site(tmp_path / "site", posts, CONFIG + "description: News.\n")
    for name, text in (files or {}).items():
        (content / name).write_text(text, "utf-8")
    with published(content, tmp_path / "state", **said) as publisher:
        return sorted(checked(publisher, NOW))


def codes(problems: list[Problem], code: str) -> list[Problem]:
    return [problem for problem in problems if problem.code == code]


def test_a_channel_of_the_settings_that_no_post_makes_is_named_with_what_was_meant(tmp_path: Path) -> None:
    channels = {"/categories/nws/": {"window": 3}, "/categories/news/": {"window": 3}, "/": {"title": "T"}}
    (problem,) = codes(check(tmp_path, feed={"channels": channels}), "channel-unknown")
    assert (problem.path, problem.level) == ("settings", "warning")
    assert 'feed.channels."/categories/nws/"' in problem.message
    assert problem.hint == "did you mean /categories/news/?"


ELSEWHERE = {"url": "https://feeds.example.net"}
LINES = "Sitemap: https://feeds.example.net/sitemap.xml\nsitemap:https://feeds.example.net/sitemap-news.xml # ours\n"


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({}, 2),
        ({"robots.txt": "User-agent: *\nDisallow:\n"}, 2),
        ({"robots.txt": f"User-agent: *\nDisallow:\n{LINES}"}, 0),
        ({"robots.txt": LINES.splitlines()[0]}, 1),
        ({"robots.txt": f"# {LINES.splitlines()[0]}\n"}, 2),
        ({"robots.txt": f"---\nlayout: null\n---\n{LINES}"}, 0),
        ({"robots.txt": "---\n---\n" + LINES.replace("https:", "{{ 'https:' }}")}, 0),
        ({"about.md": f"---\npermalink: /robots.txt\n---\n{LINES}"}, 2),
        ({"robots.html": f"---\npermalink: /robots.txt\n---\n{LINES}"}, 0),
    ],
)
def test_lines_that_the_contents_own_robots_txt_holds_are_not_asked_for(
    tmp_path: Path, files: dict[str, str], missing: int
) -> None:
    service = {**ELSEWHERE, "state": str(tmp_path / "state")}
    assert len(codes(check(tmp_path, files, service=service), "robots-line-needed")) == missing


def test_ids_that_jekyll_feed_would_make_are_one_notice_and_ids_of_authors_one_each(tmp_path: Path) -> None:
    named = post("Three", guid="https://old.example.org/3")
    found = codes(check(tmp_path, posts={**POSTS, "2025-01-03-three.md": named}), "GuidLooksLikeLink")
    assert [(problem.path, problem.line, problem.level) for problem in found] == [
        ("_posts/2025-01-03-three.md", 4, "notice"),
        ("site", 0, "notice"),
    ]
    assert found[1].message == (
        "ids are the posts' addresses but for their ends, as jekyll-feed makes them "
        "(2 posts, such as https://news.example.org/news/2025/01/01/one): "
        "some readers open them in the place of the links"
    )
    assert found[1].hint == "leave them: a new id shows a post again; let your host answer there, too"


def test_ids_of_posts_that_moved_are_a_notice_of_their_own(tmp_path: Path) -> None:
    posts = {f"2025-01-0{n}-{n}.md": post(f"Title {n}", permalink=f"/a/{n}/") for n in (1, 2)}
    content = site(tmp_path / "site", posts, CONFIG)
    with published(content, tmp_path / "state"):
        pass
    for path in content.glob("_posts/*"):
        path.write_text(path.read_text("utf-8").replace("/a/", "/b/"), "utf-8")
    with published(content, tmp_path / "state") as publisher:
        (found,) = codes(checked(publisher, NOW), "GuidLooksLikeLink")
    assert found.message.startswith("ids are links that are not the posts', from before they moved or from their up")
    assert "(2 posts, such as https://news.example.org/a/" in found.message
    assert found.hint.endswith("let the old addresses lead to the new ones")


def test_no_posts_are_said_where_there_are_but_pages(tmp_path: Path) -> None:
    assert codes(check(tmp_path, {"about.md": post("About")}, posts={}), "no-posts")


def test_a_site_whose_address_is_unknown_is_not_blamed_for_http(tmp_path: Path) -> None:
    body = '![A boat](/boat.png) <a href="/two/">two</a> <img src="http://cdn.example.org/b.png" alt="B">'
    content = site(tmp_path / "site", {"2025-01-01-one.md": post("One", body=body)}, "title: T\n")
    said = feedmill("check", content).stdout
    assert "site-url-missing" in said
    assert "InsecureMedia" in said
    assert "cdn.example.org" in said
    assert f'over http: "{NOWHERE}' not in said


def test_paths_are_seen_from_the_working_directory_where_the_content_lies_below_it(tmp_path: Path) -> None:
    here = tmp_path.resolve()
    content = site(here / "my blog", POSTS)
    problem = Problem("_posts/2025-01-01-one.md", 1, 1, "error", "c", "m")
    document = Problem("rss.xml", 1, 1, "error", "c", "m")

    def seen(place: Path, *roots: Path) -> tuple[list[str], str]:
        found, base = seen_from(place, list(roots), [problem, document])
        return [each.path for each in found], base

    assert seen(here, content) == (["my blog/_posts/2025-01-01-one.md", "rss.xml"], f"{here.as_uri()}/")
    assert seen(content, content) == (["_posts/2025-01-01-one.md", "rss.xml"], f"{content.as_uri()}/")
    assert seen(here / "other", content) == (["_posts/2025-01-01-one.md", "rss.xml"], f"{content.as_uri()}/")
    assert seen(here / "other", content, here / "more") == (["_posts/2025-01-01-one.md", "rss.xml"], "")
    done = feedmill("check", "my blog", "--format", "github", cwd=here)
    assert "file=settings" not in done.stdout
    (content / "_posts" / "2025-01-02-two.md").write_text("---\ntitle: a: b\n---\n", "utf-8")
    assert (
        "file=my blog/_posts/2025-01-02-two.md,line=2"
        in feedmill("check", "my blog", "--format", "github", cwd=here).stdout
    )
