"""``feedmill states``: the default state directories there are, and whose content is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.index import Index
from service.index.ownership import Owner
from tests.bare import bare_environment
from tests.newsroom.running import post, site


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare_environment(monkeypatch, tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def state_of(root: Path) -> Path:
    """What ``sources`` says."""
    return Path(run("sources", root).splitlines()[-1].removeprefix("state directory: "))


def test_state_directories_are_listed_with_their_content_and_nothing_is_removed(tmp_path: Path) -> None:
    roots = [site(tmp_path / name, {"2025-01-01-a.md": post("A")}) for name in ("kept", "gone")]
    for root in roots:
        run("refresh", root)
    kept, gone = map(state_of, roots)
    (kept.parent / "other").mkdir()
    (kept.parent / "link").symlink_to(kept.name)
    before = sorted(kept.parent.rglob("*"))
    shutil.rmtree(roots[1])
    lines = run("states").splitlines()
    assert [line.partition("  ")[0] for line in lines[:-1]] == sorted(
        map(str, (kept, gone, kept.parent / "other", kept.parent / "link"))
    )
    said = {line.partition("  ")[0]: line.partition("  ")[2] for line in lines}
    assert said[str(kept)].endswith(f"MB, written today: {roots[0]}")
    assert said[str(gone)].endswith(f"MB, written today: not there: {roots[1]}")
    assert said[str(kept.parent / "other")].endswith("nobody's")
    assert said[str(kept.parent / "link")] == f"leads to {kept.name}"
    assert lines[-1].startswith("1 is of content that is not there. Where it is gone for good (is the disk mounted?)")
    assert "remove the directory (rm -r)" in lines[-1]
    assert sorted(kept.parent.rglob("*")) == before


def test_an_address_is_never_gone_and_shows_no_secret(tmp_path: Path) -> None:

    owners = [Owner("https://user:word@api.example/posts?key=secret"), Owner(str(tmp_path / "nowhere"))]
    with closing(Index.open(tmp_path / "xdg" / "feedmill" / "a", writer=True, sources=owners)):
        said = run("states")
    assert "https://api.example/posts" in said
    assert f"not there: {tmp_path / 'nowhere'}" in said
    assert "in use by process" in said
    assert not [word for word in ("word@", "secret", "rm -r") if word in said]


def test_files_that_a_worker_removes_meanwhile_are_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = site(tmp_path / "site", {"2025-01-01-a.md": post("A")})
    run("refresh", root)
    place = state_of(root)
    (place / "going").write_text("x")
    walk = os.walk

    def while_it_goes(directory: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for found in walk(directory):
            (place / "going").unlink(missing_ok=True)
            yield found

    monkeypatch.setattr(os, "walk", while_it_goes)
    assert f"MB, written today: {root}" in run("states")
    assert not (place / "going").exists()


def test_where_there_are_none_that_is_said(tmp_path: Path) -> None:
    assert run("states") == f"{tmp_path}/xdg/feedmill: there is no state directory\n"
