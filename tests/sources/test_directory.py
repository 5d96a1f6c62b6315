"""A directory as a source: its kind, what makes it read a file again, and what it watches."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.errors import SourceUnavailable
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import DirectorySource, open_source
from service.sources.source import Put, Reject
from tests.sources.support import CONFIG, STAND_IN, codes, post, put, scan, source, write

POST = "_posts/2024-05-01-a.md"


@pytest.mark.parametrize(
    ("files", "jekyll"),
    [
        (["_config.yml"], True),
        (["_config.yaml"], True),
        (["_config.toml"], True),
        (["deep/er/_posts/2024-05-01-a.md"], True),
        (["posts/2024-05-01-a.md"], False),
        ([".hidden/_posts/2024-05-01-a.md", "a.md"], False),
        (["node_modules/x/_posts/2024-05-01-a.md", "a.md"], False),
    ],
)
def test_a_directory_is_jekyll_by_its_configuration_or_any_posts(
    tmp_path: Path, files: list[str], jekyll: bool
) -> None:
    written: dict[str, str | bytes] = {
        name: "" if name.startswith("_config") else post("date: 2024-05-01") for name in files
    }
    write(tmp_path, {**written, "x/_posts/2024-05-02-b.md": post()} if jekyll else written)
    urls = [put(change).fields.url for change in scan(tmp_path).values()]
    assert urls
    assert all(url.endswith(".html") for url in urls) is jekyll


def test_the_settings_may_say_what_a_directory_is(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": CONFIG, POST: post(), "a.md": post("date: 2024-05-01")})
    assert list(scan(tmp_path, kind="plain", site=SiteSettings(url=STAND_IN))) == ["a.md"]
    assert {path: put(change).fields.collection for path, change in scan(tmp_path, kind="jekyll").items()} == {
        POST: "posts",
        "a.md": "pages",
    }


def test_a_folder_that_becomes_a_site_is_one_at_the_next_opening(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {"a.txt": post("date: 2024-05-01")}))
    opened.open()
    known = {change.locator: change.fingerprint for change in opened.scan({}) if isinstance(change, Put)}
    write(tmp_path, {"_config.yml": CONFIG, POST: post()})
    opened.open()
    assert [type(change).__name__ for change in opened.scan(known)] == ["Put", "Drop"]


def test_a_file_that_stat_sees_unchanged_is_not_opened(tmp_path: Path) -> None:
    file = write(tmp_path, {"_config.yml": CONFIG, POST: post("title: Old")}) / POST
    opened = source(tmp_path)
    opened.open()
    (change,) = opened.scan({})
    status = file.stat()
    with file.open("r+") as out:
        out.write(post("title: New"))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert list(opened.scan({POST: put(change).fingerprint})) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"files": {"_config.yml": CONFIG}}, {"files": {"_config.yml": CONFIG + "lang: ko\n"}}),
        ({"files": {"_config.yml": CONFIG}}, {"files": {"_config.yml": CONFIG, "_data/authors.yml": "a: {name: A}\n"}}),
        ({}, {"split_terms_at_comma": True}),
        ({}, {"site": SiteSettings(url="https://other.example")}),
        ({}, {"site": SiteSettings(url=STAND_IN, timezone="UTC")}),
        ({}, {"limits": LimitSettings(title_length=50)}),
    ],
)
def test_every_post_is_read_again_when_what_holds_for_all_changes(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    marks = []
    for options in (first, second):
        options = dict(options)
        write(tmp_path, {"_config.yml": "timezone: UTC\n", POST: post(), **options.pop("files", {})})
        os.utime(tmp_path / POST, (1_000_000, 1_000_000))
        (change,) = scan(tmp_path, **options).values()
        marks.append(put(change).fingerprint)
    assert marks[0] != marks[1]


def test_touching_the_configuration_makes_no_post_change(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": CONFIG, POST: post()})
    before = scan(tmp_path)
    os.utime(tmp_path / "_config.yml", (1_000_000, 1_000_000))
    assert scan(tmp_path) == before


def test_moving_the_directory_makes_no_post_change(tmp_path: Path) -> None:
    write(tmp_path / "here", {"_config.yml": CONFIG, POST: post()})
    before = scan(tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    assert scan(tmp_path / "there") == before


def test_changes_come_in_the_order_of_paths(tmp_path: Path) -> None:
    names = ["b/_posts/2024-01-01-x.md", "_posts/2024-01-01-z.md", "_posts/2024-01-01-a.md", "a/_posts/2024-01-01-x.md"]
    assert list(scan(write(tmp_path, {name: post() for name in names}))) == sorted(names)


def test_a_file_that_cannot_be_decoded_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": CONFIG, POST: "---\ntitle: 한글\n---\n".encode("cp949")})
    (change,) = scan(tmp_path).values()
    assert isinstance(change, Reject)
    assert [(found.code, found.line) for found in change.problems] == [("encoding-invalid", 2)]
    (change,) = scan(tmp_path, encoding="cp949").values()
    assert put(change).fields.title == "한글"


def test_the_text_is_decoded_and_has_line_feeds(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": CONFIG, POST: "\ufeff---\r\ntitle: x\r\n---\r\nBody.\r\n"})
    (change,) = scan(tmp_path).values()
    assert put(change).text == "---\ntitle: x\n---\nBody.\n"


def test_opening_reads_nothing_before_it_is_asked_to(tmp_path: Path) -> None:
    made = open_source(SourceSettings(path=tmp_path / "missing"), SiteSettings(), LimitSettings())
    assert made.name == "missing"
    assert made.watch_paths() == (str(tmp_path / "missing"),)


def test_a_scan_opens_the_source_where_nobody_has(tmp_path: Path) -> None:
    (change,) = source(write(tmp_path, {"_config.yml": CONFIG, POST: post()})).scan({})
    assert change.locator == POST


def test_C16_an_empty_directory_is_a_disk_that_is_not_mounted(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="is empty"):
        source(tmp_path).open()


def test_a_directory_without_posts_drops_what_was_known_and_leaves_the_judgement_to_the_index(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {"readme": "x"}))
    opened.open()
    assert [change.locator for change in opened.scan({"b.md": "1", "a.md": "2"})] == ["a.md", "b.md"]


def test_a_configuration_that_vanishes_while_we_watch_makes_the_source_stale_not_another_site(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {"_config.yml": CONFIG, POST: post()}))
    opened.open()
    (tmp_path / "_config.yml").rename(tmp_path / "saved")
    with pytest.raises(SourceUnavailable, match=r"_config\.yml is gone"):
        opened.open()
    (tmp_path / "saved").rename(tmp_path / "_config.yml")
    opened.open()


def test_a_source_without_any_url_says_so_instead_of_publishing_relative_ones(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {POST: post()}), site=SiteSettings())
    opened.open()
    with pytest.raises(SourceUnavailable, match="where the site is"):
        list(opened.scan({}))


TO_COME = """---
title: A
date: 2024-05-01
last_modified_at: {}
---
"""


def at_noon(root: Path, day: int) -> DirectorySource:
    now = datetime(2026, 11, day, 12, tzinfo=UTC).timestamp()
    return DirectorySource(
        SourceSettings(path=root), SiteSettings(), LimitSettings(), clock=lambda: now, sleep=lambda _: None
    )


def test_a_date_of_change_that_is_to_come_counts_from_then_on(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_config.yml": CONFIG,
        "_posts/2024-05-01-a.md": TO_COME.format("2026-11-25 12:30 Z"),
    }
    write(tmp_path, files)
    (early,) = at_noon(tmp_path, 20).scan({})
    assert put(early).fields.updated is None
    assert [(found.code, found.line) for found in put(early).problems] == [("updated-in-future", 4)]
    known = {early.locator: put(early).fingerprint}
    assert list(at_noon(tmp_path, 23).scan(known)) == []
    (late,) = at_noon(tmp_path, 25).scan(known)
    assert (put(late).fields.updated, codes(late)) == (datetime(2026, 11, 25, 12, 30, tzinfo=UTC), [])
    assert list(at_noon(tmp_path, 26).scan({late.locator: put(late).fingerprint})) == []


@pytest.mark.parametrize(("date", "written"), [("2024-05-01", "2026-11-21 10:00"), ("2027-01-01", "2027-01-01")])
def test_a_day_ahead_and_a_post_that_is_to_come_itself_are_no_mistakes(tmp_path: Path, date: str, written: str) -> None:
    text = TO_COME.format(written).replace("2024-05-01", date)
    write(tmp_path, {"_config.yml": CONFIG, "_posts/2024-05-01-a.md": text})
    (change,) = at_noon(tmp_path, 20).scan({})
    assert put(change).fields.updated
    assert not codes(change)
