"""``feedmill explain``: by the real command, with and without a worker at work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.newsroom.running import EXAMPLE, feedmill, post, serving, site


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return site(tmp_path / "site", {"2025-01-01-one.md": post("One"), "2025-01-02-two.md": post("Two", draft="true")})


def test_a_post_of_the_example_newsroom_is_explained_with_places_and_lines() -> None:
    done = feedmill("explain", EXAMPLE / "_posts" / "2025-02-03-강바람-1화.md", EXAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_posts/2025-02-03-강바람-1화.md: published in feeds" in done.stdout
    assert "from _posts/2025-02-03-강바람-1화.md:3:7 date" in done.stdout
    assert "from _config.yml:7:7 lang" in done.stdout
    assert "tag podcast: 1st of 1 post\n      https://newsroom.example.org/tags/podcast/rss.xml" in done.stdout


def test_exit_codes_tell_published_from_not_published_and_from_unknown(content: Path) -> None:
    assert feedmill("explain", "one", content).returncode == 0
    draft = feedmill("explain", "two", content)
    assert draft.returncode == 1
    assert "it is a draft (_posts/2025-01-02-two.md:4:8 draft)" in draft.stdout
    unknown = feedmill("explain", "tow", content)
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "did you mean _posts/2025-01-02-two.md?" in unknown.stderr
    assert unknown.stderr.count("\n") == 1


def test_the_site_is_looked_for_upwards_from_here_and_from_the_post(content: Path, tmp_path: Path) -> None:
    inside = feedmill("explain", "2025-01-01-one.md", cwd=content / "_posts")
    assert (inside.returncode, inside.stderr) == (0, "")
    assert inside.stdout.startswith("_posts/2025-01-01-one.md: published")
    assert feedmill("explain", content / "_posts" / "2025-01-01-one.md", cwd=tmp_path).returncode == 0
    (content / "feedmill.toml").write_text("[feed]\nwindow = 1\n", "utf-8")
    (content / "_posts" / "2025-01-03-new.md").write_text(post("New"), "utf-8")
    assert "not in the window of 1" in feedmill("explain", "one", cwd=content / "_posts").stdout
    lost = feedmill("explain", "one", cwd=tmp_path)
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "feedmill explain one PATH" in lost.stderr


def test_nothing_is_left_behind_and_a_site_without_url_is_explained_too(content: Path, tmp_path: Path) -> None:
    (content / "_config.yml").write_text("title: T\n", "utf-8")
    before = sorted(content.rglob("*"))
    done = feedmill("explain", "one", content, "--format", "json", XDG_STATE_HOME=str(tmp_path / "xdg"))
    assert json.loads(done.stdout)["status"] == "published"
    assert sorted(content.rglob("*")) == before
    assert not (tmp_path / "xdg").exists()


def test_the_index_of_a_running_worker_is_read_where_it_is_named(content: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with serving(content, state, "--set", "refresh.watch=off", "--set", "refresh.interval=3600"):
        (content / "_posts" / "2025-01-03-new.md").write_text(post("New"), "utf-8")
        assert feedmill("explain", "_posts/2025-01-03-new.md", content).returncode == 0
        live = feedmill("explain", "_posts/2025-01-03-new.md", content, "--state", state)
        assert live.returncode == 1
        assert "not there at the last scan" in live.stdout
        url = feedmill("explain", "https://news.example.org/news/2025/01/01/one.html/", content, "--state", state)
        assert url.returncode == 0
