"""A plain folder: what is a post, where it lives, when it was written, and what stays hidden."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.model import Author, Enclosure, Image
from service.settings import AuthorSettings, LimitSettings, SiteSettings
from service.sources.source import Fields, Put, Reject
from tests.sources.support import codes, post, problem, put, scan, source, write

SITE = SiteSettings(url="https://plain.example/blog", timezone="Asia/Seoul")


def load(head: str, body: str = "Text.\n", *, tmp_path: Path, name: str = "notes/a.md", **options: Any) -> Put:
    files: dict[str, str | bytes] = {name: post(head, body), **options.pop("files", {})}
    return put(scan(write(tmp_path, files), site=options.pop("site", SITE), **options)[name])


def fields(head: str, body: str = "Text.\n", *, tmp_path: Path, **options: Any) -> Fields:
    return load(head, body, tmp_path=tmp_path, **options).fields


def test_files_with_front_matter_are_posts_and_the_others_get_a_line(tmp_path: Path) -> None:
    names = ["a.md", "b.markdown", "c.html", "d.txt", "deep/er/e.MD"]
    files: dict[str, str | bytes] = {name: post(f"title: {name}\ndate: 2024-05-01") for name in names}
    files |= {"README.md": "# Not a post\n", "LICENSE": "x", "photo.jpg": "x", "data.json": "{}"}
    files |= {"_private/x.md": post(), ".hidden/x.md": post(), "_draft.md": post(), "node_modules/x/y.md": post()}
    changes = scan(write(tmp_path, files), site=SITE)
    assert [path for path, change in changes.items() if isinstance(change, Put)] == sorted(names)
    assert [path for path, change in changes.items() if isinstance(change, Reject)] == ["README.md"]
    assert (problem(changes["README.md"]).code, problem(changes["README.md"]).level) == (
        "front-matter-missing",
        "warning",
    )


@pytest.mark.parametrize("text", ["---\ntitle: T\n---\nB", "+++\ntitle = 'T'\n+++\nB", '{"title": "T"}\nB'])
def test_front_matter_may_be_yaml_toml_or_json(tmp_path: Path, text: str) -> None:
    change = put(scan(write(tmp_path, {"a.md": text}), site=SITE)["a.md"])
    assert (change.fields.title, change.text) == ("T", text)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("a.md", "a"),
        ("notes/2024-05-01-a b.md", "notes/2024-05-01-a%20b"),
        ("한글/제목.txt", "%ED%95%9C%EA%B8%80/%EC%A0%9C%EB%AA%A9"),
        ("x/index.md", "x/"),
        ("index.html", ""),
        ("v1.2.md", "v1.2"),
        ("what?#%25.md", "what%3F%23%2525"),
        ("con.md", "con"),
    ],
)
def test_the_url_is_the_path_without_extension_and_the_id_a_tag_uri(tmp_path: Path, name: str, url: str) -> None:
    found = fields("date: 2024-05-01", tmp_path=tmp_path, name=name)
    assert found.url == f"https://plain.example/blog/{url}"
    assert found.id == f"tag:plain.example,2000-01-01:/blog/{url}"
    assert not found.explicit_url


def test_a_decomposed_name_has_a_composed_url_and_its_own_as_an_alias(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "한글.md")
    found = fields("date: 2024-05-01", tmp_path=tmp_path, name=name)
    assert found.url == "https://plain.example/blog/%ED%95%9C%EA%B8%80"
    assert found.aliases == ("https://plain.example/blog/%E1%84%92%E1%85%A1%E1%86%AB%E1%84%80%E1%85%B3%E1%86%AF",)


@pytest.mark.parametrize(
    ("head", "url", "explicit"),
    [
        ("permalink: /x/y/", "https://plain.example/blog/x/y/", True),
        ("url: 소개", "https://plain.example/blog/%EC%86%8C%EA%B0%9C", True),
        ("permalink: https://other.example/z", "https://other.example/z", True),
        ("slug: other", "https://plain.example/blog/notes/other", False),
        ("slug: ../../up", "https://plain.example/blog/notes/up", False),
        ("permalink: javascript:alert(1)", "https://plain.example/blog/notes/a", False),
    ],
)
def test_the_author_may_say_where_the_page_is(tmp_path: Path, head: str, url: str, explicit: bool) -> None:
    found = fields(head, tmp_path=tmp_path)
    assert (found.url, found.explicit_url) == (url, explicit)
    assert found.id == "tag:plain.example,2000-01-01:/blog/notes/a"


@pytest.mark.parametrize("key", ["date", "published", "pubDate", "publishDate", "created", "Date"])
def test_a_date_goes_by_many_names_and_is_the_sites_time(tmp_path: Path, key: str) -> None:
    found = fields(f"{key}: 2024-05-01 10:00:00", tmp_path=tmp_path)
    assert found.published == datetime(2024, 5, 1, 1, tzinfo=UTC)
    assert found.visibility == "public"


def test_C18_without_a_date_the_file_name_counts_and_then_the_first_sight(tmp_path: Path) -> None:
    named = fields("title: x", tmp_path=tmp_path / "a", name="2024-05-01-x.md")
    assert named.published == datetime(2024, 4, 30, 15, tzinfo=UTC)
    change = load("title: x\ndate:", tmp_path=tmp_path / "b")
    assert change.fields.published is None
    assert codes(change) == ["date-missing"]


def test_a_bad_date_rejects_the_post_and_a_bad_file_name_only_warns(tmp_path: Path) -> None:
    assert (
        problem(scan(write(tmp_path / "a", {"a.md": post("title: x\ndate: yesterday")}))["a.md"]).code == "date-invalid"
    )
    change = load("title: x", tmp_path=tmp_path / "b", name="2024-13-45-x.md")
    assert codes(change) == ["date-invalid", "date-missing"]


@pytest.mark.parametrize(
    ("head", "visibility", "warnings"),
    [
        ("draft: true", "hidden", []),
        ("draft: false", "public", []),
        ('draft: "false"', "hidden", ["draft-ambiguous"]),
        ("draft: maybe", "hidden", ["draft-ambiguous"]),
        ("draft: [true]", "hidden", ["draft-ambiguous"]),
        ("published: false", "hidden", []),
        ("published: true", "public", []),
        ('published: "no"', "hidden", ["published-ambiguous"]),
        ("published: soon", "hidden", ["published-ambiguous"]),
        ("published: 2024-05-01", "public", []),
        ("headless: true", "hidden", []),
        ("status: draft", "hidden", []),
        ("status: publish", "public", []),
        ("unlisted: true", "unlisted", []),
        ("Draft: true", "hidden", []),
    ],
)
def test_C41_doubt_hides(tmp_path: Path, head: str, visibility: str, warnings: list[str]) -> None:
    change = load(f"title: x\ndate: 2024-05-01\n{head}", tmp_path=tmp_path)
    assert change.fields.visibility == visibility
    assert codes(change) == warnings


def test_C41_an_expiry_date_in_its_spellings(tmp_path: Path) -> None:
    for number, key in enumerate(("expires", "expiry_date", "expiryDate", "expirydate")):
        found = fields(f"{key}: 2024-06-01T00:00:00Z", tmp_path=tmp_path / str(number))
        assert found.expires == datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "body", "title"),
    [
        ("a.md", "Intro.\n\n## The *first* one ##\n\n# Second\n", "The *first* one"),
        ("a.md", "```sh\n# a comment\n```\n\n# Heading\n", "Heading"),
        ("2024-05-01-my-post.md", "No heading.\n", "My Post"),
        ("한글-제목/index.md", "No heading.\n", "한글 제목"),
        ("index.md", "No heading.\n", "Untitled"),
    ],
)
def test_C32_a_missing_title_is_the_first_heading_or_the_name(tmp_path: Path, name: str, body: str, title: str) -> None:
    change = load("date: 2024-05-01", body, tmp_path=tmp_path, name=name)
    assert change.fields.title == title
    assert codes(change) == ["title-missing"]


@pytest.mark.parametrize(
    ("name", "body", "markup"),
    [
        ("a.md", "<p>x</p>", "markdown"),
        ("a.html", "*x*", "html"),
        ("a.txt", "Plain <b>text</b>", "text"),
        ("a.txt", "\n<p>An export</p>", "html"),
    ],
)
def test_the_extension_says_what_a_body_is(tmp_path: Path, name: str, body: str, markup: str) -> None:
    assert fields("date: 2024-05-01", body, tmp_path=tmp_path, name=name).markup == markup


def test_liquid_never_reaches_readers_but_braces_in_code_are_text(tmp_path: Path) -> None:
    change = load("title: x\ndate: 2024-05-01", "{% nonsense %} {{ page.title }}", tmp_path=tmp_path)
    assert change.fields.liquid
    assert [problem.code for problem in change.problems] == ["liquid-unknown-tag"]
    change = load("title: x\ndate: 2024-05-01", "`{{ .Title }}`\n```\n{% x %}\n```", tmp_path=tmp_path)
    assert not change.fields.liquid
    assert change.problems == ()


def test_a_day_that_the_month_lacks_is_warned_of(tmp_path: Path) -> None:
    change = load("title: x", tmp_path=tmp_path, name="2026-02-30-x.md")
    assert change.fields.published == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert codes(change) == ["date-rolled-over"]


def test_references_count_from_the_posts_own_url(tmp_path: Path) -> None:
    head = "image: built/pic.png\naudio: ep.mp3\nauthor: {name: A, url: /a}"
    found = fields(head, tmp_path=tmp_path, files={"notes/ep.mp3": "12345"})
    assert found.images == (Image("https://plain.example/blog/notes/built/pic.png", media_type="image/png"),)
    assert found.enclosures == (Enclosure("https://plain.example/blog/notes/ep.mp3", "audio/mpeg", 5),)
    assert found.authors == (Author("A", url="https://plain.example/blog/a"),)


def test_categories_and_tags_are_each_joined_from_both_keys(tmp_path: Path) -> None:
    found = fields("categories: [a, b]\ncategory: c d\ntags: x y\ntag: z", tmp_path=tmp_path)
    assert (found.categories, found.tags) == (("a", "b", "c d"), ("x", "y", "z"))


def test_a_post_without_an_author_has_the_settings(tmp_path: Path) -> None:
    site = SITE.model_copy(update={"authors": (AuthorSettings(name="Set"),)})
    assert fields("title: x", tmp_path=tmp_path, site=site).authors == (Author("Set"),)


def test_the_mark_that_says_more_ends_the_excerpt(tmp_path: Path) -> None:
    assert fields("title: x", "One.\n<!--more-->\nTwo.", tmp_path=tmp_path / "a").excerpt_separator == "<!--more-->"
    assert fields("title: x", "One.\n\nTwo.", tmp_path=tmp_path / "b").excerpt_separator == ""


def test_the_guards_look_at_every_body(tmp_path: Path) -> None:
    change = load("title: x\ndate: 2024-05-01", ">" * 50_000, tmp_path=tmp_path)
    assert change.fields.treatment != "lazy"


def test_the_folder_says_nothing_about_the_site_and_needs_no_url(tmp_path: Path) -> None:
    opened = source(
        write(tmp_path, {"a.md": post("date: 2024-05-01")}), site=SiteSettings(url="http://127.0.0.1:8000/")
    )
    facts, context, problems = opened.open()
    assert (facts.url, facts.title, problems) == ("", "", ())
    assert context.url == "http://127.0.0.1:8000"
    (change,) = opened.scan({})
    assert put(change).fields.id == "tag:127.0.0.1,2000-01-01:/a"


def test_C23_terms_are_bounded_here_too(tmp_path: Path) -> None:
    names = ", ".join(f"t{number}" for number in range(5000))
    limits = LimitSettings(front_matter_bytes=1024 * 1024)
    change = load(f"title: x\ndate: 2024-05-01\ntags: [{names}]", tmp_path=tmp_path, limits=limits)
    assert len(change.fields.tags) == 100
    assert codes(change) == ["too-many-tags"]
