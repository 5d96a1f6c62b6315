"""The shell recipe: a real curl and make, a real Feedmill, pages as any generator may write them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.newsroom.running import eventually, feedmill, serving
from tests.recipes.recipe import OWN, TITLE, files, newsroom, put, run, titles

MISSING = [tool for tool in ("sh", "curl", "awk", "make") if shutil.which(tool) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

RECIPE = files("build-time.md")
MARK = "<!-- feedmill -->"
PAGE = RECIPE["site/index.html"]
ONE_LINE = f"<!doctype html><head><meta charset=utf-8>{MARK}<link rel=x></head><p>{OWN} {MARK}\n"
PAGES = {
    "site/index.html": PAGE,
    "site/강/새벽/index.html": ONE_LINE,
    "site/c++.html": PAGE,
    "site/unknown.html": PAGE,
    "site/plain.html": "<title>no mark</title>\n",
}


def made(folder: Path, service: str) -> subprocess.CompletedProcess[str]:
    """The generator's output anew, and then the recipe."""
    put(folder, {**PAGES, "feedmill-meta.sh": RECIPE["feedmill-meta.sh"], "Makefile": RECIPE["Makefile"]})
    return run("make", "-s", "meta", f"FEEDMILL={service}", cwd=folder)


def test_each_page_gets_its_metadata_and_keeps_the_last_good_ones(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    with serving(newsroom(tmp_path / "content"), tmp_path / "state") as running:
        service = f"http://127.0.0.1:{running.port}"
        done = made(folder, service)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    first = {name: (folder / name).read_text("utf-8") for name in PAGES}
    river = first["site/강/새벽/index.html"]
    assert titles(river) == [TITLE]
    assert river.startswith("<!doctype html><head><meta charset=utf-8><")
    assert river.endswith(f"<link rel=x></head><p>{OWN} {MARK}\n"), "only the first mark is replaced"
    assert titles(first["site/index.html"])[0].startswith("Test News")
    assert titles(first["site/c++.html"]) == ["Plus"]
    assert first["site/unknown.html"] == PAGES["site/unknown.html"]
    assert first["site/plain.html"] == PAGES["site/plain.html"]

    away = made(folder, service)
    assert {name: (folder / name).read_text("utf-8") for name in PAGES} == first
    assert away.returncode != 0, "a page that never had a copy is not passed over in silence"
    assert "/unknown.html: no answer" in away.stderr


def test_the_copy_of_a_page_that_was_taken_back_is_deleted(tmp_path: Path) -> None:
    folder, content = tmp_path / "work", newsroom(tmp_path / "content")
    with serving(content, tmp_path / "state") as running:
        service = f"http://127.0.0.1:{running.port}"
        assert made(folder, service).returncode == 0
        copy = folder / ".feedmill/meta/c++.html"
        assert copy.is_file()
        post = content / "_posts/2025-01-03-plus.md"
        post.write_text(post.read_text("utf-8").replace("---\n", "---\npublished: false\n", 1), "utf-8")
        eventually(lambda: running.get("/meta?url=/c%2B%2B/&format=html").status == 410)
        assert made(folder, service).returncode == 0
    assert not copy.exists()
    assert (folder / "site/c++.html").read_text("utf-8") == PAGE


def test_what_a_build_wrote_is_used_without_a_service(tmp_path: Path) -> None:
    folder = put(tmp_path / "work", {**PAGES, "feedmill-meta.sh": RECIPE["feedmill-meta.sh"]})
    content = newsroom(tmp_path / "content")
    assert feedmill("build", content, "--out", folder / ".feedmill", "--state", tmp_path / "state").returncode == 0
    done = run("sh", "feedmill-meta.sh", "site", ".feedmill", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert titles((folder / "site/강/새벽/index.html").read_text("utf-8")) == [TITLE]
    assert titles((folder / "site/c++.html").read_text("utf-8")) == ["Plus"]
    assert titles((folder / "site/index.html").read_text("utf-8"))[0].startswith("Test News")
