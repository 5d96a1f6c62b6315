"""The Hugo recipe in a real Hugo that asks a real Feedmill."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.newsroom.running import serving
from tests.recipes.recipe import TITLE, files, put, replaced, run, titles

HUGO = shutil.which("hugo")

pytestmark = pytest.mark.skipif(HUGO is None, reason="hugo is not installed")

RECIPE = files("hugo.md")
RIVER = "content/posts/river.md"
CONTENT = {
    RIVER: replaced(RECIPE[RIVER], {"title: River news": f"title: '{TITLE}'\ndescription: by the river"}),
    "content/posts/강.md": "---\ntitle: 강\ndate: 2025-01-03\n---\n\n본문.\n",
    "layouts/_default/single.html": '{{ define "main" }}{{ .Content }}{{ end }}',
    "layouts/_default/list.html": '{{ define "main" }}{{ .Content }}{{ end }}',
}


def built(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    assert HUGO is not None
    config = replaced(RECIPE["config.toml"], {":8000": f":{port}"})
    put(folder, {**RECIPE, "config.toml": config, **CONTENT})
    return run(HUGO, "--cacheDir", folder / "cache", "--destination", "public", "--cleanDestinationDir", cwd=folder)


def page(folder: Path, path: str) -> str:
    return (folder / "public" / path / "index.html").read_text("utf-8")


def test_pages_get_their_metadata_from_the_service(tmp_path: Path) -> None:
    folder = put(tmp_path / "blog", CONTENT)
    site = ("--set", "site.url=https://example.org", "--set", "site.title=Example")
    with serving(folder / "content", tmp_path / "state", *site) as running:
        done = built(folder, running.port)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARN" not in done.stdout + done.stderr
    river = page(folder, "posts/river")
    assert titles(river) == [TITLE]
    assert 'property="og:title"' in river
    assert titles(page(folder, "posts/강")) == ["강"]
    for made in (river, page(folder, "posts/강")):
        assert made.count("<title>") == made.count('rel="canonical"') == 1
    assert '<link rel="canonical" href="https://example.org/posts/river/">' in river
    assert titles(page(folder, "posts")) == ["Posts"], "a page that Feedmill does not know"
    assert 'property="og:title"' not in page(folder, "posts")


def test_while_the_service_is_away_pages_have_hugos_own_metadata_and_the_build_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "blog"
    done = built(folder, 9)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "feedmill: /posts/river/: " in done.stdout + done.stderr
    river = page(folder, "posts/river")
    assert titles(river) == [TITLE]
    assert '<link rel="canonical" href="https://example.org/posts/river/">' in river
    assert '<meta name="description" content="by the river">' in river
