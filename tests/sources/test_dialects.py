"""How the kind of a directory is found, and what plain folders make of the front matter of other tools."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.errors import SourceUnavailable
from service.settings import SiteSettings
from service.sources.dialects import detected_at
from service.sources.source import Put, Reject
from tests.sources.support import codes, post, problem, put, scan, source, write

SITE = SiteSettings(url="https://kinds.example")
PACKAGE = '{"devDependencies": {"@11ty/eleventy": "^3.0.0"}}'
HEXO = "title: Hexo\nsource_dir: source\npublic_dir: public\nnew_post_name: :title.md\n"
ZOLA = 'base_url = "https://z.example"\n'
POST = post("title: A\ndate: 2024-05-01")


@pytest.mark.parametrize(
    ("files", "kind", "why"),
    [
        ({"_config.yml": "", "a.md": POST}, "jekyll", "_config.yml is there"),
        ({"_config.yml": "", "eleventy.config.js": "", "a.md": POST}, "jekyll", "_config.yml is there"),
        ({"x/_posts/2024-05-01-a.md": POST}, "jekyll", "it has a _posts directory"),
        ({"_config.yml": HEXO, "source/_posts/a.md": POST}, "plain", "_config.yml is Hexo's"),
        ({"_config.yml": "", "package.json": '{"hexo": {"version": "7"}}'}, "plain", "_config.yml is Hexo's"),
        ({".eleventy.js": ""}, "eleventy", ".eleventy.js is there"),
        ({"eleventy.config.mjs": "", "x/_posts/a.md": POST}, "eleventy", "eleventy.config.mjs is there"),
        ({"package.json": PACKAGE}, "eleventy", "package.json names @11ty/eleventy"),
        ({"package.json": '{"dependencies": {"next": "1"}}'}, "plain", "nothing tells of a generator"),
        ({"package.json": "{broken"}, "plain", "nothing tells of a generator"),
        ({"package.json": "[" * 100_000}, "plain", "nothing tells of a generator"),
        (
            {"config.toml": ZOLA, "content/a.md": "x"},
            "zola",
            "config.toml has base_url, and there is a content directory",
        ),
        ({"zola.toml": ZOLA, "content/a.md": "x"}, "zola", "zola.toml has base_url, and there is a content directory"),
        ({"config.toml": ZOLA, "a.md": "x"}, "plain", "nothing tells of a generator"),
        ({"a.md": POST}, "plain", "nothing tells of a generator"),
    ],
)
def test_the_first_sign_tells_the_kind(tmp_path: Path, files: dict[str, str | bytes], kind: str, why: str) -> None:
    opened = source(write(tmp_path, files), site=SITE)
    opened.open()
    assert opened.detected is not None
    assert (opened.detected.kind, opened.detected.why) == (kind, why)


@pytest.mark.parametrize("kind", ["jekyll", "eleventy", "zola", "plain"])
def test_a_wrongly_detected_directory_is_set_right_by_the_settings(tmp_path: Path, kind: str) -> None:
    files: dict[str, str | bytes] = {"_config.yml": "", ".eleventy.js": "", "config.toml": ZOLA, "content/a.md": POST}
    opened = source(write(tmp_path, files), site=SITE, kind=kind)
    opened.open()
    assert opened.detected is not None
    assert (opened.detected.kind, opened.detected.why) == (kind, "source.kind says so")
    assert detected_at(opened._settings) == opened.detected


def test_the_kind_and_its_reason_are_a_line_of_the_log_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened = source(write(tmp_path, {"package.json": PACKAGE, "a.md": POST}), site=SITE, name="blog")
    with caplog.at_level(logging.DEBUG, logger="feedmill.source"):
        opened.open()
        opened.open()
    assert caplog.messages == ["source=blog kind=eleventy: package.json names @11ty/eleventy"]


@pytest.mark.parametrize("also", [{}, {"package.json": PACKAGE}])
def test_a_configuration_that_is_gone_for_a_moment_makes_no_other_site(
    tmp_path: Path, also: dict[str, str | bytes]
) -> None:
    opened = source(write(tmp_path, {"config.toml": ZOLA, "content/a.md": "x", **also}), site=SITE, kind="auto")
    if also:
        (tmp_path / "package.json").unlink()
    opened.open()
    (tmp_path / "config.toml").unlink()
    write(tmp_path, also)
    with pytest.raises(SourceUnavailable, match=r"config\.toml is gone"):
        opened.open()


def test_hexos_posts_are_read_though_nothing_opens_their_front_matter(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_config.yml": HEXO,
        "source/_posts/中文測試.md": "title: 中文測試\ndate: 2013-12-24 23:31:30\ntags:\n- a\n---\n\nBody\n",
        "source/_posts/fenced.md": "---\ntitle: Fenced\ndate: 2019-07-25 16:43:00\n---\nBody\n",
        "source/_posts/dateless.md": "title: Dateless\n---\nBody\n",
        "source/_posts/heading.md": "Note: this is a heading\n---\nBody\n",
        "source/_posts/late.md": "\n\ntitle: Late\n---\nBody\n",
        "source/_drafts/draft.md": "title: Draft\n---\nBody\n",
    }
    changes = scan(write(tmp_path, files), site=SITE)
    found = put(changes["source/_posts/中文測試.md"])
    assert (found.fields.title, found.fields.tags) == ("中文測試", ("a",))
    assert found.fields.published == datetime(2013, 12, 24, 23, 31, 30, tzinfo=UTC)
    assert found.fields.url == "https://kinds.example/source/%E4%B8%AD%E6%96%87%E6%B8%AC%E8%A9%A6"
    assert found.text == files["source/_posts/中文測試.md"]
    assert put(changes["source/_posts/fenced.md"]).fields.title == "Fenced"
    assert codes(changes["source/_posts/dateless.md"]) == ["date-missing"]
    assert problem(changes["source/_posts/heading.md"]).code == "front-matter-missing"
    assert problem(changes["source/_posts/late.md"]).code == "front-matter-missing"
    assert "source/_drafts/draft.md" not in changes


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('---json\n{"title": "J", "date": "2024-05-01"}\n---\nBody', "J"),
        ("--- yaml\ntitle: Y\n---\nBody", "Y"),
        ('---TOML\ntitle = "T"\n---\nBody', "T"),
        ("title: B\n---\nBody", "B"),
        ("# comment\nlayout: x\ntitle: C\ntags:\n  - a\n---\nBody", "C"),
    ],
)
def test_front_matter_in_the_ways_of_other_tools(tmp_path: Path, text: str, title: str) -> None:
    change = put(scan(write(tmp_path, {"a.md": text}), site=SITE)["a.md"])
    assert change.fields.title == title


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("---js\n{title: 'x'}\n---\nBody", "frontmatter-language"),
        ("---coffee\ntitle: 'x'\n---\nBody", "frontmatter-language"),
        ('---json\n{"title": \n---\nBody', "json-syntax"),
        ("~~~\ntitle: x\n~~~\nBody", "front-matter-missing"),
        (";;;\ntitle: x\n;;;\nBody", "front-matter-missing"),
    ],
)
def test_front_matter_that_is_a_program_or_unknown_is_refused_with_a_line(tmp_path: Path, text: str, code: str) -> None:
    change = scan(write(tmp_path, {"a.md": text}), site=SITE)["a.md"]
    assert isinstance(change, Reject)
    assert code in codes(change)


def test_jekyll_reads_only_what_jekyll_reads(tmp_path: Path) -> None:
    name = "_posts/2024-05-01-a.md"
    text = "title: B\n---\nBody"
    change = scan(write(tmp_path, {"_config.yml": "", name: text}), site=SITE)[name]
    assert isinstance(change, Put)
    assert change.fields.title == "A"
