"""Commands inside a content folder, and a word that is the name of a source and of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.newsroom.running import post, site


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_word_that_is_a_source_and_a_folder_is_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("blog", "notes", "other"):
        site(tmp_path / name, {"2025-01-01-a.md": post("A")})
    text = '[[source]]\npath = "blog"\n[[source]]\nname = "notes"\npath = "other"\n'
    text += '[[source]]\npath = "notes"\nname = "n"\n'
    (tmp_path / "feedmill.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    done = run("refresh", "notes")
    assert (done.exit_code, done.stderr) == (0, "")
    listed = run("sources").stdout
    assert "never" in next(line for line in listed.splitlines() if line.startswith("blog")), "it was not asked for"
    done = run("refresh", "./notes")
    assert "PATH replaces 2 of the 3 sources" in done.stderr, "a folder, as it is written"


@pytest.mark.parametrize("words", [("refresh",), ("sources",), ("explain", "a")])
def test_inside_a_content_folder_that_is_what_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    root = site(tmp_path / "blog", {"2025-01-01-a.md": post("A")})
    assert run("refresh", str(root)).exit_code == 0
    for place in (root, root / "_posts"):
        monkeypatch.chdir(place)
        done = run(*words)
        assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert run("sources").stdout == run("sources", str(root)).stdout
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2
    assert f"no content: write feedmill {' '.join(words)} PATH, or run it inside the site" in done.stderr
