"""What the command line says of settings that do not count, and of sites without posts."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.settings_layers import Layer, replaced_sources
from tests.newsroom.running import CONFIG, feedmill, post, serving, site

TWO = Layer("feedmill.toml", {"source": [{"path": "a"}, {"path": "b"}]}, is_file=True)
ONE = Layer("feedmill.toml", {"source": {"path": "a"}}, is_file=True)


@pytest.mark.parametrize(
    ("layers", "lines"),
    [
        ([TWO, Layer("PATH", {"source": {"path": "c"}})], ["PATH replaces the 2 sources of feedmill.toml"]),
        ([TWO, Layer("PATH", {"source": {"path": "./a"}})], ["PATH replaces 1 of the 2 sources of feedmill.toml"]),
        ([ONE, Layer("PATH", {"source": {"path": "c"}})], ["PATH replaces the source of feedmill.toml"]),
        ([ONE, Layer("PATH", {"source": {"path": "x/../a"}})], []),
        ([ONE, Layer("--set", {"source": {"kind": "plain"}})], []),
        ([ONE], []),
        ([Layer("FEEDMILL_SOURCE", {"source": {"path": "a"}}), Layer("PATH", {"source": {"path": "b"}})], []),
        (
            [TWO, Layer("FEEDMILL_SOURCE", {"source": [{"path": "c"}, {"path": "d"}]})],
            ["FEEDMILL_SOURCE replaces the 2 sources of feedmill.toml"],
        ),
        ([Layer("feedmill.toml", {"source": "wrong"}, is_file=True), Layer("PATH", {"source": {"path": "b"}})], []),
    ],
)
def test_sources_of_the_file_that_do_not_count_are_named(layers: list[Layer], lines: list[str]) -> None:
    assert replaced_sources(layers) == lines


def test_a_path_that_replaces_the_sources_of_the_file_says_so_on_standard_error(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        site(tmp_path / name, {"2025-01-01-a.md": post("A")})
    (tmp_path / "feedmill.toml").write_text('[[source]]\npath = "one"\n[[source]]\npath = "two"\n', "utf-8")
    done = feedmill("config", "three", "--check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "PATH replaces the 2 sources of" in done.stderr
    assert done.stderr.count("\n") == 1
    assert feedmill("config", "--check", cwd=tmp_path).stderr == ""


def test_a_build_without_a_post_is_warned_of(tmp_path: Path) -> None:
    content = site(
        tmp_path / "site", {"2090-01-01-later.md": post("Later"), "2025-01-01-b.md": post("B", draft="true")}
    )
    done = feedmill("build", content, "--out", tmp_path / "out", "--state", tmp_path / "state")
    assert done.returncode == 0
    assert done.stdout.startswith("0 posts published (1 scheduled, 1 unlisted); ")
    assert "warning: no post is published" in done.stderr
    assert done.stderr.count("\n") == 1


def test_check_beside_a_running_server_reads_its_index(tmp_path: Path) -> None:
    content, state = site(tmp_path / "site", {"2025-01-01-one.md": post("One")}, CONFIG), tmp_path / "state"
    with serving(content, state, "--set", "refresh.watch=off", "--set", "refresh.interval=3600"):
        (content / "_posts" / "2025-01-02-two.md").write_text(post("Two"), "utf-8")
        asked = feedmill("check", content, "--state", state)
        assert (asked.returncode, asked.stderr) == (0, "")
        assert asked.stdout.splitlines()[-1].startswith("1 post published, 0 errors")
        assert "2 posts published" in feedmill("check", content).stdout
