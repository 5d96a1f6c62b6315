"""Settings: where they come from, what wins, and what people are told when one is wrong."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from service.errors import SettingsError
from service.settings import Settings, dump, load, masked, restore

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("FEEDMILL_") or name in ("PORT", "WEB_CONCURRENCY", "LOG_LEVEL"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_options_win_over_the_environment_which_wins_over_the_platform_which_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "feedmill.toml", "[service]\nport = 1001\n[feed]\nwindow = 11\nttl = 7\n")
    assert (load().service.port, load().feed.window) == (1001, 11)
    monkeypatch.setenv("PORT", "1002")
    assert load().service.port == 1002
    monkeypatch.setenv("FEEDMILL_SERVICE__PORT", "1003")
    monkeypatch.setenv("FEEDMILL_FEED__WINDOW", "12")
    assert (load().service.port, load().feed.window) == (1003, 12)
    settings = load({"service": {"port": 1004}, "feed": {"window": "13"}})
    assert (settings.service.port, settings.feed.window, settings.feed.ttl) == (1004, 13, 7)


def test_a_platform_that_assigns_a_port_gets_every_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().service.host == "127.0.0.1"
    monkeypatch.setenv("PORT", "5000")
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    service = load().service
    assert (service.host, service.port, service.processes, service.log_level) == ("0.0.0.0", 5000, 3, "warning")


def test_the_file_in_the_content_directory_is_found_before_the_one_in_the_working_directory(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    write(tmp_path / "feedmill.toml", "[feed]\nwindow = 1\n")
    write(content / "feedmill.toml", "[feed]\nwindow = 2\n")
    assert load(root=content).feed.window == 2
    assert load(root=tmp_path / "elsewhere").feed.window == 1


def test_paths_in_the_file_are_relative_to_the_file(tmp_path: Path) -> None:
    config = write(tmp_path / "x.toml", '[[source]]\npath = "posts"\n[service]\nstate = "state"\n')
    settings = load(config=config)
    assert settings.source[0].path == tmp_path / "posts"
    assert settings.service.state == tmp_path / "state"


def test_one_source_may_be_a_plain_path_in_the_environment_and_several_are_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEEDMILL_SOURCE", "/srv/my blog")
    assert [s.path for s in load().source] == [Path("/srv/my blog")]
    monkeypatch.setenv("FEEDMILL_SOURCE", '[{"path": "/a"}, {"path": "/b", "kind": "plain"}]')
    assert [s.kind for s in load().source] == ["auto", "plain"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("[feed]\nwindo = 3\n", r"feed\.windo: there is no such setting"),
        ("[nope]\nx = 1\n", r"nope: there is no such setting"),
        ('[[source]]\npath = "x"\nkinds = "jekyll"\n', r"source\.0\.kinds: there is no such setting"),
        ("[feed]\nwindow = 0\n", r"feed\.window: .* \(got 0\)"),
        ('[site]\nurl = "example.org"\n', r"site\.url: must start with http"),
        ('[site]\nurl = "https://ex.org/?a=1"\n', r"site\.url: must not carry a query"),
        ('[site]\ntimezone = "Asia/Soul"\n', r"site\.timezone: 'Asia/Soul' is not an IANA time zone"),
        ("[feed\n", r"not valid TOML: .*line 1"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_the_file(tmp_path: Path, table: str, expected: str) -> None:
    write(tmp_path / "feedmill.toml", table)
    with pytest.raises(SettingsError) as caught:
        load()
    assert re.search(expected, str(caught.value))
    assert "feedmill.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("FEEDMILL_FEED__WINDO", "3", "feed.windo: there is no such setting"),
        ("FEEDMILL_FED__WINDOW", "3", "no section 'fed'"),
        ("FEEDMILL_SITE__HUBS", "https://hub.example", "JSON"),
        ("PORT", "web", "service.port"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=re.escape(expected)):
        load()


def test_a_named_settings_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read"):
        load(config=tmp_path / "none.toml")


def test_site_url_loses_its_trailing_slash_and_becomes_ascii() -> None:
    assert load({"site": {"url": "https://한글.example/뉴스/"}}).site.url == (
        "https://xn--bj0bj06e.example/%EB%89%B4%EC%8A%A4"
    )


def test_a_child_process_reads_back_the_very_settings_whatever_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load({"source": [{"path": "/x"}], "feed": {"channels": {"/tags/a/": {"window": 3}}}})
    text = dump(settings)
    monkeypatch.setenv("FEEDMILL_FEED__WINDOW", "99")
    assert restore(text) == settings


def test_what_config_prints_is_json() -> None:
    assert json.loads(json.dumps(masked(load())))["feed"]["window"] == 20


def leaves(model: type[BaseModel], prefix: str = "") -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            names += leaves(nested, f"{prefix}{name}.")
        elif prefix or name != "source":
            names.append(prefix + name)
    return names


def test_every_setting_stands_in_the_readme_with_its_default_and_no_other_does() -> None:
    from tests.settings_table import rows

    table = README.read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE)) == {name for name, _, _ in rows(Settings)}
    missing = [name for name, default, text in rows(Settings) if f"| `{name}` | {default} | {text} |" not in table]
    assert not missing, "run python -m tests.settings_table and paste its rows into README.md"
