"""What the command line says of settings that do not count, and of sites without posts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.settings_layers import Layer, replaced_sources
from tests.newsroom.running import CONFIG, eventually, feedmill, post, serving, site

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


def test_the_folder_of_settings_that_say_where_the_content_is_means_that_content(tmp_path: Path) -> None:
    content = site(tmp_path / "main" / "content", {"2025-01-01-a.md": post("A")})
    (tmp_path / "main" / "feedmill.toml").write_text('[[source]]\npath = "content"\n', "utf-8")
    for words in (("main",), ("main/content",)):
        done = feedmill("config", *words, cwd=tmp_path)
        assert done.stderr == ""
        (source,) = json.loads(done.stdout)["source"]
        assert (tmp_path / source["path"]).resolve() == content.resolve()


def test_settings_that_name_their_own_folder_are_narrowed_to_it(tmp_path: Path) -> None:
    (tmp_path / "feedmill.toml").write_text('[[source]]\npath = "."\n[[source]]\npath = "two"\n', "utf-8")
    done = feedmill("config", tmp_path, cwd=tmp_path)
    assert "PATH replaces 1 of the 2 sources of" in done.stderr
    assert len(json.loads(done.stdout)["source"]) == 1


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


def test_the_log_names_a_post_that_breaks_and_why(tmp_path: Path) -> None:
    content, state = site(tmp_path / "site", {"2025-01-01-one.md": post("One")}, CONFIG), tmp_path / "state"
    with serving(content, state) as running:
        (content / "_posts" / "2025-01-01-one.md").write_text("---\ntitle: a: b\n---\n", "utf-8")
        line = "source=site _posts/2025-01-01-one.md:2:"
        eventually(lambda: line in running.log())
        assert "error yaml-" in running.log().partition(line)[2].partition("\n")[0]
        assert b"One" in running.get("/rss.xml").body


def test_config_check_and_serve_say_the_same_of_settings_that_cannot_work(tmp_path: Path) -> None:
    file = tmp_path / "feedmill.toml"
    file.write_text(
        '[[source]]\nurl = "http://a.example/feed.xml"\n[[source]]\nurl = "https://b.example/"\nkind = "ghost"\n'
        'key_env = "NO_SUCH_KEY"\n[[source]]\npath = "none"\nhook = "github"\n[service]\nport = 0\nstate = "state"\n'
    )
    checked = feedmill("config", "--check", cwd=tmp_path)
    served = feedmill("serve", cwd=tmp_path)
    assert (checked.returncode, served.returncode, checked.stdout) == (3, 3, "")
    lines = [line for line in checked.stderr.splitlines() if "warning: " not in line]
    assert [line.split(": ")[1:3] for line in lines] == [
        [f"{file}:2", "source.url"],
        [f"{file}:6", "source.key_env"],
        [f"{file}:8", "source.path"],
    ]
    assert [line for line in served.stderr.splitlines() if line.startswith("feedmill: ")] == lines
    assert f"{file}:9: source.hook: no hook" in checked.stderr
    assert f"{file}:9: source.hook: no hook" in served.stderr
    elsewhere = feedmill("config", "--check", "--elsewhere", cwd=tmp_path)
    assert elsewhere.returncode == 3
    assert [line for line in elsewhere.stderr.splitlines() if "warning: " not in line] == lines[:1]
    shown = feedmill("config", cwd=tmp_path)
    assert (shown.returncode, shown.stdout.startswith("{"), shown.stderr) == (3, True, checked.stderr)


def test_build_and_check_say_that_the_file_of_another_site_is_missing(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2025-01-01-a.md": post("A")})
    file = tmp_path / "feedmill.toml"
    file.write_text(f'[[source]]\npath = "{content}"\n[sites]\n"b.example" = "none.toml"\n')
    built = feedmill("build", "--out", "out", "--state", "state", cwd=tmp_path)
    assert (built.returncode, built.stderr.count("\n")) == (0, 1)
    said = f'{file}:4: sites."b.example": {tmp_path / "none.toml"}: cannot be read: No such file or directory ('
    assert built.stderr.startswith(f"feedmill: warning: {said}")
    checked = feedmill("check", cwd=tmp_path)
    assert checked.returncode == 1
    assert 'feedmill.toml:4:1 error settings-fault sites."b.example": ' in checked.stdout
    for form in ("github", "sarif", "json"):
        assert "settings-fault" in feedmill("check", "--format", form, cwd=tmp_path).stdout
