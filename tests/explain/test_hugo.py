"""``explain`` on a Hugo site: each value with the line that gave it, its own or one that cascades."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.explain.asking import ask, write

CONFIG = """baseURL = "https://hugo.example/"
title = "Site"
languageCode = "ko"

[params]
author = "Site Author"

[permalinks]
posts = "/:year/:slug/"
"""
SECTION = "---\ntitle: Posts\ncascade:\n  tags: [below]\n---\n"
POST = """+++
Title = "A post"
date = 2024-05-01
slug = "own-slug"
draft = false
+++

Text.

<!--more-->

More.
"""


def hugo(root: Path, **files: str) -> Path:
    return write(
        root,
        {
            "hugo.toml": CONFIG,
            "content/posts/_index.md": SECTION,
            "content/posts/a.md": POST,
            "content/posts/b.md": POST.replace("own-slug", "other").replace("draft = false", "draft = true"),
            "content/about.md": "---\ntitle: About\n---\nx\n",
            "content/posts/leaf/index.md": "---\ntitle: Leaf\ndate: 2024-05-02\n---\nx\n",
            "content/posts/leaf/note.md": "---\ntitle: Note\n---\nx\n",
            "content/posts/c.rst": "x\n",
            **files,
        },
    )


def said(answer: dict[str, Any], name: str) -> str:
    found = answer["values"][name]["from"]
    return " | ".join(
        f"{origin.get('path', '')}:{origin.get('line', 0)} {origin['what']}".strip(": ") for origin in found
    )


def test_each_value_of_a_hugo_post_has_its_line(tmp_path: Path) -> None:
    answer = ask("content/posts/a.md", hugo(tmp_path))
    assert (answer["status"], answer["source"]["kind"], answer["source"]["why"]) == (
        "published",
        "hugo",
        "hugo.toml is there",
    )
    assert answer["url"] == "https://hugo.example/2024/own-slug/"
    assert said(answer, "title") == "content/posts/a.md:2 Title"
    assert said(answer, "published") == "content/posts/a.md:3 date"
    assert said(answer, "tags") == "content/posts/_index.md:4 cascade: tags"
    assert said(answer, "authors") == "hugo.toml:5 params.author"
    assert said(answer, "language") == "hugo.toml:3 languagecode"
    assert said(answer, "summary") == "content/posts/a.md:10 the body up to <!--more-->"
    assert said(answer, "url") == ("hugo.toml:8 permalinks | content/posts/a.md:3 date | content/posts/a.md:4 slug")


def test_a_draft_an_about_page_and_what_is_no_page_are_told_apart(tmp_path: Path) -> None:
    root = hugo(tmp_path)
    assert ask("content/posts/b.md", root)["status"] in ("draft", "hidden")
    assert ask("content/about.md", root)["status"] == "page"
    assert "a list and no post" in ask("content/posts/_index.md", root)["reason"]
    assert "that bundle" in ask("content/posts/leaf/note.md", root)["reason"]
    assert ask("content/posts/c.rst", root)["reason"].startswith("a page is one of .")
    assert "outside the site's content" in ask("hugo.toml", root)["reason"]
