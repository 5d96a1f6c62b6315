"""Files that are no more: what became of their posts, by the name that the file had."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.errors import UsageError
from service.explain.command import explain
from tests.explain.asking import ask, index, jekyll_site, settings, text, write

A, B = "_posts/2025-01-01-a.md", "_posts/2025-01-02-b.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A site whose first post was out and was removed."""
    root = jekyll_site(tmp_path / "site", {"2025-01-01-a.md": text(title="A"), "2025-01-02-b.md": text(title="B")})
    index(root, tmp_path / "state")
    (root / A).unlink()
    index(root, tmp_path / "state")
    return root


def test_a_removed_file_says_what_it_was_and_what_is_served_for_it_now(root: Path, tmp_path: Path) -> None:
    found = ask(A, root, state=tmp_path / "state")
    assert (found["code"], found["status"], found["path"]) == (1, "gone", A)
    assert found["url"].endswith("/2025/01/01/a.html")
    assert set(found["values"]) == {"url", "id", "published"}
    assert "was out until 20" in found["reason"]
    assert "410 since 20" in found["reason"]


def test_a_removed_file_is_found_from_anywhere_and_by_its_short_name(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "_posts")
    for said in (root / A, "2025-01-01-a.md", "2025-01-01-a", "a", "a.md", A):
        assert ask(said, root, state=tmp_path / "state")["path"] == A, said


def test_a_page_that_is_gone_names_the_file_it_was(root: Path, tmp_path: Path) -> None:
    url = ask(A, root, state=tmp_path / "state")["url"]
    assert ask(url, root, state=tmp_path / "state")["values"]["file"]["value"] == A


def test_a_file_that_was_renamed_leads_to_the_post_it_is_now(root: Path, tmp_path: Path) -> None:
    (root / B).rename(root / "_posts/2025-01-02-c.md")
    index(root, tmp_path / "state")
    found = ask(B, root, state=tmp_path / "state")
    assert (found["code"], found["status"], found["path"]) == (0, "published", "_posts/2025-01-02-c.md")
    (note,) = found["notes"]
    assert note.startswith(f"moved: it was {B}, ")
    assert "/2025/01/02/b.html, until 20" in note


@pytest.mark.parametrize("said", [B, "b", "/2025/01/02/b.html"])
def test_a_renamed_file_leads_on_without_the_state_directory_being_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    index(root, None)
    (root / B).rename(root / "_posts/2025-01-02-c.md")
    index(root, None)
    found = ask(said, root)
    assert (found["code"], found["status"], found["path"]) == (0, "published", "_posts/2025-01-02-c.md")
    assert str(tmp_path / "home") in found["notes"][-1]


def test_a_removed_file_whose_url_is_another_posts_says_whose(root: Path, tmp_path: Path) -> None:
    (root / B).unlink()
    write(root, {"_posts/2020-05-05-z.md": text(title="Z", permalink="/2025/01/02/b.html", id="urn:z")})
    index(root, tmp_path / "state")
    found = ask(B, root, state=tmp_path / "state")
    assert (found["code"], found["status"]) == (1, "gone")
    assert "its URL is that of _posts/2020-05-05-z.md now" in found["reason"]


def test_a_file_that_is_back_is_explained_as_it_is(root: Path, tmp_path: Path) -> None:
    write(root, {A: text(title="A")})
    index(root, tmp_path / "state")
    assert ask(A, root, state=tmp_path / "state")["status"] == "published"


def test_a_draft_that_was_out_and_then_went_is_known(root: Path, tmp_path: Path) -> None:
    write(root, {B: text(title="B", published="false")})
    index(root, tmp_path / "state")
    assert ask(B, root, state=tmp_path / "state")["status"] in ("draft", "hidden")
    (root / B).unlink()
    index(root, tmp_path / "state")
    assert ask(B, root, state=tmp_path / "state")["status"] == "gone"


def test_several_removed_files_of_one_name_are_told_apart_by_url(tmp_path: Path) -> None:
    files = {f"{place}/x.md": text(title=place, date="2025-01-01") for place in ("one", "two")}
    root = write(tmp_path / "notes", {**files, "other.md": text(title="O", date="2025-01-01")})
    site = {"url": "https://news.example"}
    index(root, tmp_path / "state", site=site)
    for name in files:
        (root / name).unlink()
    index(root, tmp_path / "state", site=site)
    assert ask("one/x.md", root, state=tmp_path / "state", site=site)["path"] == "one/x.md"
    with pytest.raises(UsageError, match=r"several files that are no more .*name one by its URL"):
        ask("x.md", root, state=tmp_path / "state", site=site)


def test_a_state_file_of_an_earlier_release_goes_on_and_remembers_from_then_on(root: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with closing(sqlite3.connect(state / "state.db")) as connection, connection:
        connection.execute("DROP TABLE former_files")
    with pytest.raises(UsageError, match="there is no such post"):  # nothing wrote there yet
        ask(A, root, state=state)
    index(root, state)
    assert ask("/2025/01/01/a.html", root, state=state)["status"] == "gone"
    (root / B).unlink()
    write(root, {"_posts/2025-01-03-c.md": text(title="C")})
    index(root, state)
    assert ask(B, root, state=state)["status"] == "gone"


def test_what_a_file_was_called_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    name = "_posts/2025-01-01-\x1b[31m.md"
    root = jekyll_site(tmp_path / "site", {"2025-01-02-b.md": text(title="B")})
    write(root, {name: text(title="A")})
    index(root, tmp_path / "state")
    (root / name).unlink()
    index(root, tmp_path / "state")
    said: list[str] = []
    explain(name, settings(root, state=tmp_path / "state"), said.append, form="text")
    assert "removed" in said[0]
    assert "\x1b" not in said[0]
