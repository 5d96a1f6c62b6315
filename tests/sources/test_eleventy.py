"""Eleventy beyond the golden corpus: what is not run and said so, what hides, and dates that hang on files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from feeds.model import Author
from service.settings import SiteSettings
from service.sources.eleventy_config import read_config
from service.sources.eleventy_templates import Names, Unknown, evaluate
from service.sources.files import Tree
from service.sources.source import Change, Put
from tests.sources.support import codes, post, problem, put, scan, source, write

SITE = SiteSettings(url="https://e.example")


def load(files: dict[str, str | bytes], root: Path, **options: Any) -> dict[str, Change]:
    return scan(write(root, {".eleventy.js": "", **files}), site=options.pop("site", SITE), **options)


def one(head: str, body: str = "Text.\n", *, root: Path, name: str = "posts/a.md", **options: Any) -> Put:
    return put(load({name: post(head, body), **options.pop("files", {})}, root, **options)[name])


@pytest.mark.parametrize("word", ["Last Modified", "Created", "git Last Modified", "git created"])
def test_C18_a_date_that_hangs_on_the_file_is_when_it_was_first_seen(tmp_path: Path, word: str) -> None:
    change = one(f"title: A\ndate: {word}\ntags: [posts]", root=tmp_path, name="posts/2024-05-01-a.md")
    assert change.fields.published is None
    assert "date-of-file" in codes(change)


@pytest.mark.parametrize(
    ("head", "visibility", "warned"),
    [
        ("draft: true", "hidden", []),
        ("draft: false", "public", []),
        ('draft: "false"', "hidden", ["draft-ambiguous"]),
        ("published: false", "hidden", []),
        ("permalink: false", "hidden", []),
        ("permalink: {serverless: /x/}", "hidden", []),
    ],
)
def test_C41_drafts_and_what_is_not_written_are_nowhere(
    tmp_path: Path, head: str, visibility: str, warned: list[str]
) -> None:
    change = one(f"title: A\ndate: 2024-05-01\n{head}", root=tmp_path)
    assert (change.fields.visibility, codes(change)) == (visibility, warned)


def test_a_draft_by_its_directory_is_one(tmp_path: Path) -> None:
    change = one("title: A\ndate: 2024-05-01", root=tmp_path, files={"posts/posts.json": '{"draft": true}'})
    assert change.fields.visibility == "hidden"


def test_javascript_is_named_and_not_run(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_data/metadata.js": "module.exports = {url: 'https://no.example'}",
        "posts/posts.11tydata.js": "module.exports = {}",
        "posts/js.md": "---js\n{title: 'x'}\n---\nText",
        "posts/a.11ty.js": "export default {}",
        "posts/a.md": post("title: A\ndate: 2024-05-01"),
    }
    changes = load(files, tmp_path)
    assert problem(changes["posts/js.md"]).code == "frontmatter-language"
    assert sorted(changes) == ["posts/a.md", "posts/js.md"]
    opened = source(tmp_path, site=SITE)
    (notice,) = opened.open()[2]
    assert (notice.code, notice.level) == ("eleventy-data-program", "notice")
    assert "_data/metadata.js, posts/posts.11tydata.js" in notice.message


@pytest.mark.parametrize(
    ("config", "files", "input_", "warned"),
    [
        ("export const config = { dir: { input: 'src' } }", ["src/a.md"], "src", []),
        ("return { dir: {\n output: 'x',\n \"input\" : `src/site` } }", ["src/site/a.md"], "src/site", []),
        ("c.setInputDirectory('pages');", ["pages/a.md"], "pages", []),
        ("// dir: { input: 'src' }\n", ["src/a.md"], "", []),
        ("/* dir: { input: 'src' } */ const u = 'https://x'; ", ["src/a.md"], "", []),
        ("dir: { input: process.env.IN }", ["src/a.md"], "src", ["eleventy-input-unknown"]),
        ("dir: { input: name }", ["content/a.md"], "content", ["eleventy-input-unknown"]),
        ("dir: { input: 'gone' }", ["a.md"], "", ["eleventy-input-unknown"]),
        ("dir: { input: '../..' }", ["a.md"], "", ["eleventy-input-unknown"]),
    ],
)
def test_where_the_input_is(tmp_path: Path, config: str, files: list[str], input_: str, warned: list[str]) -> None:
    write(tmp_path, {"eleventy.config.js": config, **dict.fromkeys(files, post())})
    with Tree(tmp_path) as tree:
        found = read_config(tree)
    assert (found.input, [problem.code for problem in found.problems]) == (input_, warned)


def test_the_input_may_stand_in_the_script_that_builds(tmp_path: Path) -> None:
    package = '{"scripts": {"build": "npx @11ty/eleventy --input=src --output=x"}}'
    write(tmp_path, {"eleventy.config.js": "", "package.json": package, "src/a.md": post()})
    with Tree(tmp_path) as tree:
        assert read_config(tree).input == "src"


def test_nunjucks_goes_with_a_warning_and_its_text_stays(tmp_path: Path) -> None:
    body = "<p>{% if x %}{{ title }}{% endif %}{{ y | unknown }}</p>\n{% set a = 1 %}\n"
    change = one("title: A\ndate: 2024-05-01", body, root=tmp_path, name="posts/a.njk")
    assert change.text.endswith("---\n<p>A</p>\n\n")
    assert not change.fields.liquid
    assert [(p.code, p.line) for p in change.problems] == [("nunjucks-unknown", 5)] * 2 + [("nunjucks-unknown", 6)]


def test_a_permalink_that_cannot_be_evaluated_is_reported_and_the_default_used(tmp_path: Path) -> None:
    head = 'title: A\ndate: 2024-05-01\npermalink: "/{{ title | mine }}/{% if x %}y{% endif %}"'
    change = one(head, root=tmp_path)
    assert (change.fields.url, codes(change)) == ("https://e.example/posts/a/", ["permalink-unknown"])
    assert change.problems[0].line == 4


@pytest.mark.parametrize(
    "template", ["{{ a | nope }}", "{{ a.b() }}", "{% x %}", "${a}", "{{ lst }}", "{{" + "a|" * 999 + "}}"]
)
def test_what_is_not_in_the_named_set_is_unknown(template: str) -> None:
    with pytest.raises(Unknown):
        evaluate(template, Names({"a": "x", "lst": ["y"]}, {}))


def test_data_that_changes_makes_every_post_be_read_again(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"posts/posts.json": '{"author": "Ada"}', "posts/a.md": post("date: 2024-05-01")}
    opened = source(write(tmp_path, {".eleventy.js": "", **files}), site=SITE)
    opened.open()
    (first,) = map(put, opened.scan({}))
    assert first.fields.authors == (Author("Ada"),)
    write(tmp_path, {"posts/posts.json": '{"author": "Bea!"}'})
    opened.open()
    (second,) = map(put, opened.scan({first.locator: first.fingerprint}))
    assert second.fields.authors == (Author("Bea!"),)


def test_a_broken_data_file_is_a_problem_and_no_outage(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_data/x.json": "{",
        "posts/posts.json": "[",
        "posts/a.md": post("date: 2024-05-01"),
    }
    opened = source(write(tmp_path, {".eleventy.js": "", **files}), site=SITE)
    assert [problem.level for problem in opened.open()[2]] == ["error", "error"]
    assert [change.locator for change in opened.scan({})] == ["posts/a.md"]
