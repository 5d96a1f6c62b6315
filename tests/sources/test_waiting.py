"""Files that a post names before they are there: found when they come, by this process and by the next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.settings import SiteSettings
from service.sources.directory import DirectorySource
from service.sources.source import AWAITING, Change, Put
from tests.sources.support import codes, png, put, source, write

BASE = "https://waiting.example"
YAML = "---\ntitle: A\ndate: 2024-05-01\n{}---\n{}\n"
TOML = '+++\ntitle = "A"\ndate = 2024-05-01\n{}+++\n{}\n'
HUGO = {"hugo.toml": f'baseURL = "{BASE}/"\n', "themes/t/theme.toml": ""}
ZOLA = {"config.toml": f'base_url = "{BASE}"\n'}
ELEVENTY = {"eleventy.config.js": "export default function () {}\n"}
JEKYLL = {"_config.yml": f"url: {BASE}\n", "assets/other.txt": ""}

SITES = {
    "jekyll": (JEKYLL, "_posts/2024-05-01-a.md", YAML.format("image: /assets/pic.png\n", ""), "assets/pic.png"),
    "jekyll-body": (JEKYLL, "_posts/2024-05-01-a.md", YAML.format("", "![](/assets/pic.png)"), "assets/pic.png"),
    "hugo": (HUGO, "content/posts/a/index.md", YAML.format("", "![](pic.png)"), "content/posts/a/pic.png"),
    "hugo-figure": (
        HUGO,
        "content/posts/a/index.md",
        YAML.format("", '{{< figure src="pic.png" >}}'),
        "content/posts/a/pic.png",
    ),
    "zola": (ZOLA, "content/blog/a/index.md", TOML.format("", "![](pic.png)"), "content/blog/a/pic.png"),
    "zola-extra": (
        ZOLA,
        "content/blog/a/index.md",
        TOML.format('[extra]\nimage = "pic.png"\n', ""),
        "content/blog/a/pic.png",
    ),
    "zola-shortcode": (
        ZOLA,
        "content/blog/a/index.md",
        TOML.format("", '{{ figure(src="pic.png") }}'),
        "content/blog/a/pic.png",
    ),
    "eleventy": (ELEVENTY, "posts/a/index.md", YAML.format("image: pic.png\n", ""), "posts/a/pic.png"),
    "eleventy-body": (ELEVENTY, "posts/a/index.md", YAML.format("", "![](pic.png)"), "posts/a/pic.png"),
}


def opened(root: Path) -> DirectorySource:
    made = source(root, site=SiteSettings(url=BASE))
    made.open()
    return made


def scanned(reader: DirectorySource, known: dict[str, str]) -> list[Change]:
    reader.open()
    changes = list(reader.scan(known))
    known |= {change.locator: change.fingerprint for change in changes if isinstance(change, Put)}
    return changes


def sizes(change: Change) -> list[int | None]:
    fields = put(change).fields
    return [image.width for image in (*fields.images, *fields.pictures) if image.width]


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize("restarted", [False, True], ids=["", "restarted"])
def test_a_picture_that_comes_later_is_found_at_the_next_scan(tmp_path: Path, name: str, restarted: bool) -> None:
    site, post, text, picture = SITES[name]
    reader, known = opened(write(tmp_path, {**site, post: text})), dict[str, str]()
    (first,) = (change for change in scanned(reader, known) if change.locator == post)
    assert "image-missing" in codes(first)
    assert scanned(reader, known) == []
    reader = opened(tmp_path) if restarted else reader
    write(tmp_path, {picture: png(30, 40)})
    (second,) = scanned(reader, known)
    assert (sizes(second), codes(second)) == ([30], [])
    assert scanned(reader, known) == []


def test_what_never_comes_is_looked_for_once_by_each_process(tmp_path: Path) -> None:
    site, post, text, _ = SITES["zola"]
    known = dict[str, str]()
    scanned(opened(write(tmp_path, {**site, post: text})), known)
    again = opened(tmp_path)
    assert [change.locator for change in scanned(again, known)] == [post]
    assert scanned(again, known) == []


def test_a_picture_that_lies_elsewhere_is_not_waited_for(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {**ZOLA, "content/a.md": TOML.format("", "![](/a.png)"), "static/a.png": png(1, 2)}
    known = dict[str, str]()
    scanned(opened(write(tmp_path, files)), known)
    assert scanned(opened(tmp_path), known) == []


def test_a_picture_at_a_better_place_is_found_when_it_comes(tmp_path: Path) -> None:
    post = "content/a.md"
    files: dict[str, str | bytes] = {**ZOLA, post: TOML.format("", "![](a.png)"), "static/a/a.png": png(1, 2)}
    reader, known = opened(write(tmp_path, files)), dict[str, str]()
    scanned(reader, known)
    assert AWAITING not in known[post]  # nothing is lacking: the file is as it is known
    assert scanned(reader, known) == []
    write(tmp_path, {"content/a.png": png(30, 40)})
    (second,) = scanned(reader, known)
    assert sizes(second) == [30]
    assert scanned(reader, known) == []


@pytest.mark.parametrize("restarted", [False, True], ids=["", "restarted"])
def test_a_picture_that_stands_for_a_hugo_page_by_its_name_is_seen_to_come_and_go(
    tmp_path: Path, restarted: bool
) -> None:
    post, cover = "content/posts/a/index.md", "content/posts/a/cover.png"
    reader, known = opened(write(tmp_path, {**HUGO, post: YAML.format("", "")})), dict[str, str]()
    (change,) = scanned(reader, known)
    assert sizes(change) == []
    write(tmp_path, {cover: png(30, 40)})
    reader = opened(tmp_path) if restarted else reader
    (change,) = scanned(reader, known)
    assert sizes(change) == [30]
    assert scanned(reader, known) == []
    (tmp_path / cover).unlink()
    (change,) = scanned(reader, known)
    assert sizes(change) == []


def test_a_single_post_that_waits_or_has_pictures_beside_it_is_still_looked_at_without_a_scan(tmp_path: Path) -> None:
    post = "content/posts/a/index.md"
    files: dict[str, str | bytes] = {**HUGO, post: YAML.format("", "![](gone.png)"), "content/posts/a/x.png": png(1, 2)}
    reader, known = opened(write(tmp_path, files)), dict[str, str]()
    scanned(reader, known)
    assert reader.look({post: known[post]}, ()) == []
    write(tmp_path, {post: YAML.format("", "![](x.png)")})
    os.utime(tmp_path / post, (1, 1))
    (change,) = reader.look({post: known[post]}, ()) or ()
    assert sizes(change) == [1]
