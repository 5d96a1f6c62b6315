"""Commands inside a content folder, and a word that is the name of a source and of a folder."""

from __future__ import annotations

import re
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


EVERY = [("refresh",), ("sources",), ("explain", "a"), ("check",), ("build", "--out", "OUT"), ("config", "--check")]


@pytest.mark.parametrize("words", EVERY)
def test_inside_a_content_folder_that_is_what_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    words = tuple(str(tmp_path / "out") if word == "OUT" else word for word in words)
    root = site(tmp_path / "blog", {"2025-01-01-a.md": post("A")})
    assert run("refresh", str(root)).exit_code == 0
    for place in (root, root / "_posts"):
        monkeypatch.chdir(place)
        done = run(*words)
        assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert run("sources").stdout == run("sources", str(root)).stdout
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    if words[0] != "config":
        command = " ".join(words[: 2 if words[0] == "explain" else 1])
        assert f"no content: write feedmill {command} PATH, or run it inside the site" in done.stderr
    assert re.search(r"(^|\s)\.[ )]", done.stderr), "what stands for the folder it was typed in"


def test_a_folder_is_surely_a_site_where_a_generator_or_feedmill_is_configured_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "hugo": ("hugo.toml", 'baseURL = "https://h.example"\n'),
        "ours": ("feedmill.toml", '[site]\nurl = "https://o.example"\n'),
        "another program's": ("config.json", '{"port": 1}'),
        "of many": ("feedmill.toml", '[sites]\n"a.example" = "../a.toml"\n'),
        "notes": ("a.md", "---\ntitle: A\n---\n"),
    }
    taken = {}
    for name, (file, text) in files.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(text)
        monkeypatch.chdir(tmp_path / name)
        done = run("check")
        taken[name] = done.exit_code, "content read as" in done.stdout
        if name == "of many":
            assert "--site HOST" in done.stderr
    assert taken == {
        **dict.fromkeys(("hugo", "ours"), (0, True)),
        **dict.fromkeys(("another program's", "of many", "notes"), (2, False)),
    }


def test_settings_that_are_named_say_nothing_of_the_folder_beside_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("feedmill.toml", "other.toml"):
        (tmp_path / name).write_text('[site]\nurl = "https://o.example"\n')
    monkeypatch.chdir(tmp_path)
    assert run("check", "--config", "other.toml").exit_code == 2


def test_the_name_of_a_source_is_known_inside_its_folder_whose_settings_lie_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("blog", "notes"):
        site(tmp_path / name, {"2025-01-01-a.md": post("A")})
    (tmp_path / "blog" / "drafts").mkdir()
    (tmp_path / "feedmill.toml").write_text('[[source]]\npath = "blog"\nname = "log"\n[[source]]\npath = "notes"\n')
    monkeypatch.chdir(tmp_path / "blog" / "drafts")
    assert run("refresh", "notes").output.startswith("notes: 1 post")
    listed = {line.split()[0]: "never" in line for line in run("sources").stdout.splitlines()[:2]}
    assert listed == {"log": True, "notes": False}
    for word, hint in (("nope", ""), ("log,notes", "; it is given once for each: --source log --source notes")):
        done = run("refresh", word)
        line = f"{word}: there is no such directory and no source of that name; there is log, notes{hint}\n"
        assert (done.exit_code, done.stderr) == (2, f"feedmill: {line}")


def test_the_name_of_a_folder_that_no_settings_name_is_known_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = site(tmp_path / "blog", {"2025-01-01-a.md": post("A")})
    for place in (root, root / "_posts"):
        monkeypatch.chdir(place)
        assert run("refresh", "blog").output.startswith("blog: 1 post")
        assert "; there is blog\n" in run("refresh", "nope").stderr


def test_settings_above_that_name_other_content_are_nobodys_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(tmp_path / "notes", {"2025-01-01-a.md": post("A")})
    monkeypatch.chdir(site(tmp_path / "blog", {"2025-01-01-a.md": post("A")}))
    (tmp_path / "feedmill.toml").write_text('[[source]]\npath = "notes"\n')
    assert run("sources").stdout.startswith("blog ")
