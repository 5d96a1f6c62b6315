"""``feedmill diff``: builds and live sites compared, by the real command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.newsroom.running import feedmill, post, serving, site

POSTS = {
    "2025-01-01-one.md": post("One"),
    "2025-01-02-two.md": post("Two"),
    "2025-01-03-둘.md": post("둘", "사회"),
}


def build(content: Path, out: Path) -> Path:
    done = feedmill("build", content, "--out", out, "--state", f"{out}.state", "--no-pages")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return site(tmp_path / "site", POSTS)


@pytest.fixture
def old(content: Path, tmp_path: Path) -> Path:
    return build(content, tmp_path / "old")


def test_two_builds_of_one_content_do_not_differ(content: Path, old: Path, tmp_path: Path) -> None:
    done = feedmill("diff", old, build(content, tmp_path / "new"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 added, 0 removed, 0 changed, 0 vanished, 0 under another id" in done.stdout


def test_a_renamed_file_is_id_churn_and_exit_1(content: Path, old: Path, tmp_path: Path) -> None:
    (content / "_posts" / "2025-01-02-two.md").rename(content / "_posts" / "2025-01-02-zwei.md")
    (content / "_posts" / "2025-01-04-new.md").write_text(post("New"), "utf-8")
    done = feedmill("diff", old, build(content, tmp_path / "new"))
    assert done.returncode == 1
    assert "was https://news.example.org/news/2025/01/02/two" in done.stdout
    assert "is  https://news.example.org/news/2025/01/02/zwei" in done.stdout
    said = json.loads(feedmill("diff", old, tmp_path / "new", "--format", "json").stdout)
    assert [entry["title"] for entry in said["added"]] == ["New"]
    assert (len(said["churn"]), said["vanished"], said["failed"]) == (1, [], True)


def test_a_lost_post_is_exit_1_and_an_edited_one_is_not(content: Path, old: Path, tmp_path: Path) -> None:
    (content / "_posts" / "2025-01-02-two.md").write_text(post("Two!", body="Other."), "utf-8")
    done = feedmill("diff", old, build(content, tmp_path / "edited"))
    assert done.returncode == 0
    assert "title, content, summary" in done.stdout
    (content / "_posts" / "2025-01-02-two.md").unlink()
    lost = feedmill("diff", old, build(content, tmp_path / "lost"))
    assert lost.returncode == 1
    assert "vanished" in lost.stdout


def test_a_build_is_compared_with_the_live_site_and_with_one_live_feed(
    content: Path, old: Path, tmp_path: Path
) -> None:
    (content / "_posts" / "2025-01-04-new.md").write_text(post("New", "사회"), "utf-8")
    with serving(content, tmp_path / "state") as running:
        root = f"http://127.0.0.1:{running.port}"
        whole = json.loads(feedmill("diff", old, f"{root}/", "--format", "json").stdout)
        assert [entry["title"] for entry in whole["added"]] == ["New"]
        assert {"rss.xml", "categories/사회/rss.xml"} <= {feed["feed"] for feed in whole["feeds"]}
        lone = feedmill("diff", old / "rss.xml", f"{root}/rss.xml")
        assert lone.returncode == 0
        assert "1 feed on both sides" in lone.stdout


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["only-one"], 2, "NEW"),
        (["ftp://ex.org/", "."], 2, "only http and https"),
        (["none", "none"], 4, "none"),
        (["http://127.0.0.1:1/", "."], 4, "refused"),
    ],
)
def test_exit_codes_tell_usage_from_what_cannot_be_reached(
    tmp_path: Path, words: list[str], code: int, expected: str
) -> None:
    done = feedmill("diff", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
