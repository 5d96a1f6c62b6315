"""What ``explain`` and ``check`` say of a directory's kind, and of posts of Eleventy and Zola."""

from __future__ import annotations

from pathlib import Path

from service.checking import check_content
from service.settings import Settings
from tests.explain.asking import ask, settings, text, write

SITE = {"url": "https://kinds.example"}
ELEVENTY = {
    "eleventy.config.js": "",
    "posts/posts.json": '{"tags": ["posts", "ours"], "author": "Ada"}',
    "posts/2024-05-01-a.md": text(title="A"),
    "posts/hidden.md": text(title="H", permalink="false"),
    "posts/page.webc": "x",
}
ZOLA = {
    "config.toml": 'base_url = "https://kinds.example"\n',
    "content/blog/a.md": '+++\ntitle = "A"\ndate = 2024-05-01\n[taxonomies]\ntags = ["x"]\n+++\nText\n',
    "content/about.md": '+++\ntitle = "About"\n+++\nText\n',
    "static/readme.md": "x",
}


def test_an_eleventy_post_is_explained_by_its_front_matter_and_its_directorys_data(tmp_path: Path) -> None:
    root = write(tmp_path / "site", ELEVENTY)
    found = ask(root / "posts/2024-05-01-a.md", root, site=SITE)
    assert found["source"] == {"name": "site", "kind": "eleventy", "why": "eleventy.config.js is there"}
    assert (found["status"], found["url"]) == ("published", "https://kinds.example/posts/2024-05-01-a/")
    said = str(found["values"])
    assert "posts/posts.json" in said
    assert "posts/2024-05-01-a.md:2:8" in said.replace("', 'line': 2, 'column': 8", ":2:8")
    hidden = ask(root / "posts/hidden.md", root, site=SITE)
    assert hidden["status"] == "hidden"
    assert "permalink" in hidden["reason"]
    assert "does not make a page" in ask(root / "posts/page.webc", root, site=SITE)["reason"]


def test_a_zola_page_is_explained(tmp_path: Path) -> None:
    root = write(tmp_path / "site", ZOLA)
    found = ask(root / "content/blog/a.md", root)
    assert (found["source"]["kind"], found["status"]) == ("zola", "published")
    assert found["url"] == "https://kinds.example/blog/a/"
    assert "taxonomies.tags" in str(found["values"])
    assert ask(root / "content/about.md", root)["status"] == "page"
    assert "no part of the content" in ask(root / "static/readme.md", root)["reason"]


def test_check_says_what_each_directory_was_read_as(tmp_path: Path) -> None:
    said: list[str] = []
    loaded: Settings = settings(write(tmp_path / "site", ZOLA))
    check_content(loaded, said.append, form="text", strict=False)
    line = "content read as a Zola site (config.toml has base_url, and there is a content directory)"
    assert line in said[-1].split("\n")
