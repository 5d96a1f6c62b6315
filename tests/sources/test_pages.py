"""Jekyll's pages beyond the golden corpus: what is read, what is passed over, and what is said about it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.sources.source import Drop, Fields, Put
from tests.sources.support import CONFIG, codes, post, problem, put, scan, source, write

POST = "_posts/2024-05-01-a-post.md"


def page(tmp_path: Path, head: str = "title: About", body: str = "Text.\n", name: str = "about.md") -> Put:
    return put(scan(write(tmp_path, {"_config.yml": CONFIG, name: post(head, body)}))[name])


def fields(tmp_path: Path, head: str = "title: About", body: str = "Text.\n", name: str = "about.md") -> Fields:
    return page(tmp_path, head, body, name).fields


def test_a_page_is_listed_and_in_no_feed(tmp_path: Path) -> None:
    change = page(tmp_path, "title: About\ncategories: [a]\ntags: [b]\nauthor: Jane", "{% link x.md %}\n")
    found = change.fields
    assert (found.collection, found.visibility, found.listed) == ("pages", "unlisted", True)
    assert (found.categories, found.tags, found.published) == ((), (), None)
    assert (found.url, found.markup, found.liquid) == ("https://site.example/about.html", "markdown", True)
    assert [author.name for author in found.authors] == ["Jane"]
    assert change.text.endswith("{% link x.md %}\n")
    assert not change.problems


def test_a_page_without_an_author_does_not_join_the_sites_channel(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": CONFIG + "author: Desk\n", "about.md": post(), POST: post()})
    changes = scan(tmp_path)
    assert not put(changes["about.md"]).fields.authors
    assert put(changes[POST]).fields.authors


@pytest.mark.parametrize(
    ("name", "title"),
    [("about-us.md", "About Us"), ("team/index.md", "Team"), ("index.md", "The Site"), ("한글.html", "한글")],
)
def test_a_page_without_a_title_has_that_of_its_file_or_of_the_site(tmp_path: Path, name: str, title: str) -> None:
    write(tmp_path, {"_config.yml": CONFIG + "title: The Site\n", name: post("layout: x")})
    assert put(scan(tmp_path)[name]).fields.title == title


def test_the_date_of_a_page_is_kept_and_hides_nothing(tmp_path: Path) -> None:
    found = fields(tmp_path, "date: 2099-01-01 00:00 +0000")
    assert (found.published, found.future) == (datetime(2099, 1, 1, tzinfo=UTC), True)


def test_a_bad_date_of_a_page_is_a_warning_because_jekyll_does_not_look_at_it(tmp_path: Path) -> None:
    change = page(tmp_path, "title: x\ndate: someday")
    assert codes(change) == ["date-invalid"]
    assert change.fields.published is None


@pytest.mark.parametrize(("head", "visibility"), [("published: false", "hidden"), ("draft: true", "unlisted")])
def test_C41_a_page_that_is_not_ready_is_not_listed(tmp_path: Path, head: str, visibility: str) -> None:
    found = fields(tmp_path, head)
    assert (found.visibility, found.listed and found.visibility != "hidden") == (visibility, False)


def test_the_identity_of_a_page_hangs_on_its_file_and_on_no_id_for_menus(tmp_path: Path) -> None:
    one = fields(tmp_path / "one", "id: about")
    two = fields(tmp_path / "two", "id: about\npermalink: /elsewhere/")
    assert one.id == two.id == "tag:site.example,2000-01-01:/about.md"


def test_an_empty_permalink_which_aborts_jekyll_is_rejected_with_the_mend(tmp_path: Path) -> None:
    found = problem(scan(write(tmp_path, {"_config.yml": CONFIG, "a.md": post("permalink: ''")}))["a.md"])
    assert (found.code, found.line) == ("permalink-invalid", 2)
    assert found.hint


def test_a_page_in_broken_yaml_is_one_line(tmp_path: Path) -> None:
    changes = scan(write(tmp_path, {"_config.yml": CONFIG, "about.md": post("title: a: b")}))
    assert problem(changes["about.md"]).code == "yaml-syntax"


def test_a_suspicious_body_of_a_page_costs_neither_a_process_nor_a_line(tmp_path: Path) -> None:
    change = page(tmp_path, body="|" * 3000 + "\n" + "|-" * 3000 + "\n" + "|\n" * 3000)
    assert change.fields.treatment == "escape"
    assert not change.problems


def test_files_that_are_merely_copied_or_no_html_are_passed_over_without_a_word(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_config.yml": CONFIG,
        "README.md": "# Not a page\n",
        "static.html": "<p>Static</p>",
        "empty.html": "",
        "rule.md": "----\nnot front matter\n",
        "binary.html": b"\0\1\2",
        "korean.html": "<p>정적</p>".encode("cp949"),
        "feed.xml": post(),
        "robots.txt": post(),
        "assets/main.scss": post(),
        "app.js": post(),
    }
    write(tmp_path, files)
    (tmp_path / "link.html").symlink_to(tmp_path / "nowhere")
    (tmp_path / "out.html").symlink_to("/etc/hostname")
    assert scan(tmp_path) == {}


def test_a_plain_folder_has_no_pages(tmp_path: Path) -> None:
    changes = scan(write(tmp_path, {"about.md": post("title: About\ndate: 2024-05-01"), "x.html": "<p>Text</p>"}))
    assert put(changes["about.md"]).fields.collection == "posts"
    assert codes(changes["x.html"]) == ["front-matter-missing"]


def test_a_file_that_was_passed_over_is_not_opened_again_until_stat_sees_a_change(tmp_path: Path) -> None:
    file = write(tmp_path, {"_config.yml": CONFIG, "a.html": "<p>Static text.</p>\n"}) / "a.html"
    opened = source(tmp_path)
    opened.open()
    assert list(opened.scan({})) == []
    status = file.stat()
    with file.open("r+") as out:
        out.write("---\ntitle: x\n---\n\n\n\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_size == status.st_size
    opened.open()
    assert list(opened.scan({})) == []
    os.utime(file, (1_000_000, 1_000_000))
    assert [change.locator for change in opened.scan({})] == ["a.html"]


def test_a_page_that_loses_its_front_matter_is_dropped_and_may_come_back(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {"_config.yml": CONFIG, "a.md": post()}))
    opened.open()
    known = {change.locator: put(change).fingerprint for change in opened.scan({})}
    write(tmp_path, {"a.md": "# No front matter any more, and a little longer\n"})
    assert list(opened.scan(known)) == [Drop("a.md")]
    assert list(opened.scan(known)) == [Drop("a.md")]  # a drop may be held back
    assert list(opened.scan({})) == []
    write(tmp_path, {"a.md": post("title: Back")})
    assert [put(change).fields.title for change in opened.scan(known)] == ["Back"]


def test_pages_do_not_count_as_posts_where_a_site_limits_them(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"_config.yml": CONFIG + "limit_posts: 1\n", "a.md": post(), "b.html": "<p>b</p>"}
    files |= {f"_posts/2024-05-0{day}-p.md": post() for day in (1, 2)}
    opened = source(write(tmp_path, files))
    opened.open()
    known = {change.locator: put(change).fingerprint for change in opened.scan({})}
    assert list(known) == ["_posts/2024-05-02-p.md", "a.md"]
    write(tmp_path, {"a.md": "static"})
    assert list(opened.scan(known)) == [Drop("a.md")]


def test_a_collection_of_the_name_pages_stays_a_collection(tmp_path: Path) -> None:
    config = CONFIG + "collections: {pages: {output: true}}\n"
    changes = scan(write(tmp_path, {"_config.yml": config, "_pages/a.md": post("date: 2024-05-01"), "b.md": post()}))
    assert put(changes["_pages/a.md"]).fields.url == "https://site.example/pages/a.html"
    assert put(changes["b.md"]).fields.url == "https://site.example/b.html"


def test_a_site_that_becomes_a_plain_folder_hears_of_what_was_passed_over(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {"_posts/2024-05-01-a.md": post(), "x.html": "<p>Text</p>"}), site=None)
    opened.open()
    assert [change.locator for change in opened.scan({})] == ["_posts/2024-05-01-a.md"]
    (tmp_path / "_posts/2024-05-01-a.md").unlink()
    (tmp_path / "_posts").rmdir()
    opened.open()
    assert [codes(change) for change in opened.scan({})] == [["front-matter-missing"]]
