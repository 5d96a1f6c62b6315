"""Where a post is published, or why it is not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from service.errors import StorageUnavailable
from service.explain.command import explain
from tests.explain.asking import ask, index, jekyll_site, settings, text, write

NAME = "2025-01-01-one.md"


def of(tmp_path: Path, name: str, body: str, config: str = "", **sections: Any) -> dict[str, Any]:
    root = jekyll_site(tmp_path / "site", {"2024-01-01-other.md": text(title="Other")}, config)
    write(root, {name: body})
    return ask(root / name, root, **sections)


def test_a_published_post_has_its_channels_feeds_and_places(tmp_path: Path) -> None:
    posts = {f"2025-01-0{day}-p{day}.md": text(title=f"P{day}", category="news", tags="[x]") for day in (1, 2, 3)}
    root = jekyll_site(tmp_path / "site", posts)
    found = ask("p1", root, feed={"window": 2, "channels": {"/tags/x/": {"window": 9}}})
    assert (found["code"], found["status"], found["published"]) == (0, "published", True)
    places = {(c["kind"], c["label"]): (c["position"], c["posts"], c["in_window"]) for c in found["channels"]}
    assert places == {("site", ""): (3, 3, False), ("category", "news"): (3, 3, False), ("tag", "x"): (3, 3, True)}
    assert found["channels"][1]["feeds"]["atom"] == "https://news.example.org/categories/news/atom.xml"
    assert found["source"] == {"name": "site", "kind": "jekyll", "why": "_config.yml is there"}
    assert found["sitemap"] == "listed"


@pytest.mark.parametrize(
    ("keys", "status", "reason"),
    [
        ({"published": "false"}, "hidden", f"_posts/{NAME}:3:12 published"),
        ({"draft": "true"}, "draft", f"_posts/{NAME}:3:8 draft"),
        ({"date": "2090-01-01"}, "future", f"_posts/{NAME}:3:7 date"),
        ({"expires": "2025-02-01"}, "expired", f"_posts/{NAME}:3:10 expires"),
        ({"expires": "2024-02-01"}, "expired", "before it is published"),
    ],
)
def test_what_its_author_or_the_clock_hides_names_the_line(
    tmp_path: Path, keys: dict[str, str], status: str, reason: str
) -> None:
    found = of(tmp_path, f"_posts/{NAME}", text(title="One", **keys))
    assert (found["code"], found["status"]) == (1, status)
    assert reason in found["reason"]
    assert found["channels"] == []
    assert found["sitemap"].startswith("not listed")


def test_a_post_that_is_still_to_come_says_when(tmp_path: Path) -> None:
    found = of(tmp_path, "_posts/2090-01-01-x.md", text(title="X"), site={"timezone": "Asia/Seoul"})
    assert found["until"] == "2089-12-31T15:00:00Z"
    assert "file's name" in found["reason"]


def test_a_duplicate_names_the_file_that_has_its_url(tmp_path: Path) -> None:
    root = jekyll_site(tmp_path / "site", {n: text(title=n, permalink="/same/") for n in (NAME, "2025-01-02-two.md")})
    found = ask("two", root)
    assert (found["code"], found["status"]) == (1, "duplicate")
    assert NAME in found["reason"]


def test_a_broken_post_shows_its_problems(tmp_path: Path) -> None:
    found = of(tmp_path, f"_posts/{NAME}", "---\ntitle: a: b\n---\n")
    assert (found["code"], found["status"]) == (1, "rejected")
    assert [(p["code"], p["line"]) for p in found["problems"]] == [("yaml-syntax", 2)]


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        ("_posts/one.md", "", "name is none of a post"),
        ("_posts/2025-01-01-one.jpg", "", "picture"),
        ("_drafts/one.md", "", "drafts are not published"),
        ("_site/2025/one.html", "", "site's own output"),
        ("_notes/one.md", "collections:\n  notes: {}\n", "collection notes has no pages"),
        ("_stuff/one.md", "", "begin with . _"),
        (".hidden/one.md", "", "begin with . _"),
        ("old/_posts/2025-01-01-one.md", "exclude: [other, old]\n", "'old' in exclude keeps it out (_config.yml:4:"),
        ("vendor/bundle/_posts/2025-01-01-one.md", "", "'vendor/bundle/'"),
        ("_posts/#2025-01-01-one.md", "", "leaves out names"),
        ("script.py", "", "only HTML and Markdown"),
        ("about.md", "", "no front matter"),
    ],
)
def test_a_file_that_jekyll_passes_over_is_told_why(tmp_path: Path, name: str, config: str, reason: str) -> None:
    found = of(tmp_path, name, "no front matter" if name == "about.md" else text(title="One"), config)
    assert (found["code"], found["status"]) == (1, "not-a-post")
    assert reason in found["reason"]


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("a.md", "Just text.", "no front matter"),
        ("_a.md", text(title="A"), "begin with . _"),
        ("node_modules/a.md", text(title="A"), "node_modules"),
        ("a.rst", text(title="A"), "a post is one of"),
    ],
)
def test_a_file_that_a_plain_folder_passes_over_is_told_why(tmp_path: Path, name: str, body: str, reason: str) -> None:
    folder = write(tmp_path / "notes", {"2025-01-01-real.md": text(title="Real"), name: body})
    found = ask(folder / name, folder, site={"url": "https://ex.org"})
    assert (found["code"], found["status"], found["source"]["kind"]) == (1, "not-a-post", "plain")
    assert reason in found["reason"]


def test_limit_posts_is_named(tmp_path: Path) -> None:
    found = of(tmp_path, "_posts/2020-01-01-old.md", text(title="Old"), "limit_posts: 1\n")
    assert "limit_posts: 1" in found["reason"]
    assert "_config.yml:4" in found["reason"]


def test_pages_are_published_without_being_in_feeds(tmp_path: Path) -> None:
    found = of(tmp_path, "about.md", text(title="About"))
    assert (found["code"], found["status"], found["channels"]) == (0, "page", [])
    assert found["url"] == "https://news.example.org/about.html"
    assert "published" not in found["values"]
    unlisted = of(tmp_path / "b", "about.md", text(title="About", sitemap="false"))
    assert unlisted["sitemap"] == "not listed: about.md:3:10 sitemap"


def test_a_link_that_leads_out_of_the_source_is_told(tmp_path: Path) -> None:
    root = jekyll_site(tmp_path / "site", {NAME: text(title="One")})
    write(tmp_path, {"secret.md": text(title="Secret")})
    (root / "_posts" / "2025-01-02-link.md").symlink_to(tmp_path / "secret.md")
    found = ask(root / "_posts" / "2025-01-02-link.md", root)
    assert found["code"] == 1
    assert [p["code"] for p in found["problems"]] == ["symlink-outside"]


def test_a_file_outside_every_source_is_told(tmp_path: Path) -> None:
    root = jekyll_site(tmp_path / "site", {NAME: text(title="One")})
    write(tmp_path, {"elsewhere.md": text(title="E")})
    found = ask(tmp_path / "elsewhere.md", root)
    assert (found["code"], found["status"]) == (1, "outside")


def test_pages_are_known_to_no_reader_by_their_ids(tmp_path: Path) -> None:
    root = jekyll_site(tmp_path / "site", {NAME: text(title="One")}, about_md=text(title="About"))
    said: list[str] = []
    for word in ("one", "about"):
        explain(word, settings(root), said.append, form="text")
    assert ["readers know the post by it" in answer for answer in said] == [True, False]


def test_translations_are_the_versions_there_are(tmp_path: Path) -> None:
    posts = {
        "2025-01-01-a.md": text(title="A", lang="en", ref="a"),
        "2025-01-02-b.md": text(title="B", lang="ko", ref="a"),
        "2025-01-03-c.md": text(title="C", lang="ko", ref="c"),
    }
    root = jekyll_site(tmp_path / "site", posts)
    found = ask("a", root)["values"]["translation"]
    assert found["value"] == ["ko https://news.example.org/2025/01/02/b.html"]
    assert found["from"][0]["path"] == "_posts/2025-01-01-a.md"
    assert "translation" not in ask("c", root)["values"]


# -- against an index that is published --------------------------------------------------------------------------------


@pytest.fixture
def published(tmp_path: Path) -> tuple[Path, Path]:
    root, state = jekyll_site(tmp_path / "site", {NAME: text(title="One")}), tmp_path / "state"
    index(root, state)
    return root, state


def test_a_named_state_is_read_as_it_is_and_not_written(published: tuple[Path, Path]) -> None:
    root, state = published
    before = {path.name: path.read_bytes() for path in state.iterdir() if path.suffix == ".db"}
    write(root, {"_posts/2025-01-02-two.md": text(title="Two")})
    found = ask("_posts/2025-01-02-two.md", root, state=state)
    assert found["code"] == 1
    assert "not there at the last scan" in found["reason"]
    assert {path.name: path.read_bytes() for path in state.iterdir() if path.suffix == ".db"} == before


def test_a_post_that_was_broken_since_is_published_in_its_last_good_version(published: tuple[Path, Path]) -> None:
    root, state = published
    write(root, {f"_posts/{NAME}": "---\ntitle: a: b\n---\n"})
    unseen = ask("one", root, state=state)
    assert (unseen["code"], unseen["values"]["title"]["value"]) == (0, "One")
    assert "last good version" in unseen["notes"][0]
    index(root, state)
    found = ask("one", root, state=state)
    assert (found["code"], found["values"]["title"]["value"]) == (0, "One")
    assert [p["code"] for p in found["problems"]] == ["yaml-syntax"]
    assert "last good version" in found["notes"][0]


def test_a_moved_post_says_that_readers_know_it_by_another_id(
    published: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _ = published
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    index(root, None)
    before = ask("one", root)
    assert before["notes"] == []
    moved = "_posts/2025-01-01-renamed.md"
    (root / "_posts" / NAME).rename(root / moved)
    index(root, None)
    (note,) = ask(moved, root)["notes"]
    assert f"another id, {before['values']['id']['value']}: --state " in note


def test_a_broken_post_says_that_an_index_was_not_asked(
    published: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _ = published
    write(root, {f"_posts/{NAME}": "---\ntitle: a: b\n---\n"})
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert ask("one", root)["notes"] == []
    write(root, {f"_posts/{NAME}": text(title="One")})
    index(root, None)
    write(root, {f"_posts/{NAME}": "---\ntitle: a: b\n---\n"})
    found = ask("one", root)
    assert (found["code"], found["status"]) == (1, "rejected")
    (note,) = found["notes"]
    assert "was not asked: --state" in note
    state = Path(note.partition("--state ")[2].partition(" says")[0])
    assert ask("one", root, state=state)["values"]["title"]["value"] == "One"


def test_a_file_that_changed_or_went_since_the_scan_is_told(published: tuple[Path, Path]) -> None:
    root, state = published
    write(root, {f"_posts/{NAME}": text(title="Another")})
    assert "has changed since" in ask("one", root, state=state)["notes"][0]
    write(root, {"_posts/2025-01-02-two.md": text(title="Two")})
    (root / "_posts" / NAME).unlink()
    assert "is gone" in ask("one", root, state=state)["notes"][0]


def test_an_id_that_a_renamed_post_kept_is_told(published: tuple[Path, Path]) -> None:
    root, state = published
    write(root, {f"_posts/{NAME}": text(title="One", permalink="/one/")})
    index(root, state)
    (root / "_posts" / NAME).rename(root / "_posts" / "2025-01-01-uno.md")
    index(root, state)
    found = ask("uno", root, state=state)
    assert found["values"]["id"]["from"] == [
        {"what": "kept from before the file was renamed, or from an imported feed (state.db)"}
    ]


def test_a_state_without_an_index_or_of_other_sources_is_refused(published: tuple[Path, Path], tmp_path: Path) -> None:
    root, state = published
    with pytest.raises(StorageUnavailable, match="no index yet"):
        ask("one", root, state=tmp_path / "none")
    other = shutil.copytree(root, tmp_path / "other")
    with pytest.raises(StorageUnavailable, match="other sources"):
        ask("one", other, state=state)
