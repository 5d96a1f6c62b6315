"""The Jekyll recipe in a real Jekyll, over the example newsroom and over paths that are hard to carry."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.newsroom.running import EXAMPLE, feedmill
from tests.recipes.recipe import CONFIG, TITLE, files, newsroom, put, run, titles

MISSING = [tool for tool in ("jekyll", "ruby") if shutil.which(tool) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

RECIPE = files("jekyll.md")
LAYOUT = "defaults:\n  - scope: {path: ''}\n    values: {layout: default}\n"


def build(site: Path, state: Path) -> None:
    """The recipe's commands but for the last."""
    quiet = {"LANG": "C.UTF-8", "RUBYOPT": "-W0"}
    assert feedmill("build", site, "--out", site / ".feedmill", "--state", state).returncode == 0
    for words in (
        ("ruby", "_scripts/feedmill_data.rb", ".feedmill", "_data/feedmill_meta.yml"),
        ("jekyll", "build", "--disable-disk-cache"),
    ):
        done = run(*words, cwd=site, **quiet)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("base", ["", "/blog"])
def test_each_page_gets_the_fragment_that_feedmill_built_for_it(base: str, tmp_path: Path) -> None:
    site = put(newsroom(tmp_path / "site"), RECIPE)
    more = {
        "index.md": "---\ntitle: Home\n---\nHome.\n",
        "about.md": "---\ntitle: About\nlayout: default\n---\nAbout.\n",
        "words.txt": "---\ntitle: <i>Words</i> & more\npermalink: /words.txt\n---\nNo page of the site.\n",
    }
    put(site, more)
    (site / "_data").mkdir()
    put(site, {"_config.yml": f"{CONFIG}baseurl: '{base}'\n{LAYOUT}"})
    build(site, tmp_path / "state")
    assert feedmill("build", site, "--out", site / "_site", "--no-pages", "--state", tmp_path / "state").returncode == 0
    assert not (site / "_site/_scripts").exists()
    for path, title in (("강/새벽", TITLE), ("c++", "Plus")):
        page = (site / "_site" / path / "index.html").read_text("utf-8")
        assert titles(page) == [title]
        assert 'property="og:title"' in page
    unknown = (site / "_site/words.txt").read_text("utf-8")
    assert titles(unknown) == ["Words & more"]
    assert "og:title" not in unknown
    assert f'<link rel="canonical" href="https://news.example.org{base}/words.txt">' in unknown
    assert 'content="website"' in (site / "_site/index.html").read_text("utf-8")
    assert titles((site / "_site/about/index.html").read_text("utf-8")) == ["About"]
    assert (site / "_site/atom.xml").exists()
    assert not (site / "_site/.feedmill").exists()


def test_the_example_newsroom_has_every_posts_metadata(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    put(site, RECIPE)
    config = (site / "_config.yml").read_text("utf-8")
    put(site, {"_config.yml": re.sub(r"^plugins:\n(?:  [-#].*\n)+", "", config, flags=re.MULTILINE)})
    build(site, tmp_path / "state")
    fragments = sorted((site / ".feedmill/meta").rglob("*.html"))
    assert len(fragments) > 40
    for fragment in fragments:
        path = fragment.relative_to(site / ".feedmill/meta").as_posix().removesuffix(".html")
        page = site / "_site" / path
        page = page if page.is_file() else page / "index.html"
        assert fragment.read_text("utf-8").strip() in page.read_text("utf-8"), path


def test_no_metadata_leaves_the_last_data_file(tmp_path: Path) -> None:
    site = put(tmp_path, {**RECIPE, "_data/feedmill_meta.yml": "last: good\n", ".feedmill/atom.xml": "<feed/>"})
    done = run("ruby", "_scripts/feedmill_data.rb", ".feedmill", "_data/feedmill_meta.yml", cwd=site)
    assert done.returncode == 1
    assert "holds no metadata" in done.stderr
    assert (site / "_data/feedmill_meta.yml").read_text("utf-8") == "last: good\n"
