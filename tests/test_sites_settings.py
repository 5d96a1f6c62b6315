"""``[sites]``: which host shows the site of which file, and what is wrong with such a table, in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.errors import SettingsError, UsageError
from service.settings import Settings, dump, load, restore
from service.settings_layers import Layer
from service.sites import dump_sites, hosted, named, restore_sites
from service.state_home import state_directory

MAIN = """
[site]
url = "https://main.example"
[service]
port = 8123
threads = 3
state = "state"
[[source]]
path = "posts"
[sites]
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A main file without sites yet, and two others."""
    for name in ("one", "two"):
        directory = tmp_path / name
        (directory / "posts").mkdir(parents=True)
        said = f'[site]\nurl = "https://{name}.example"\n[service]\nport = 1\n[[source]]\npath = "posts"\n'
        (directory / "feedmill.toml").write_text(said)
    return tmp_path


def main(files: Path, sites: str) -> Settings:
    (files / "feedmill.toml").write_text(MAIN + sites)
    return load(config=files / "feedmill.toml", environ={})


SEPARATE = "give one of them another with [service] state"


def refused(files: Path, sites: str, mend: str = "mend that file, or name another") -> str:
    """The line without the main file's, which comes first, and without how to mend it, which comes last."""
    with pytest.raises(SettingsError) as caught:
        hosted(main(files, sites))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3
    found = re.fullmatch(rf"{files}/feedmill\.toml:\d+: (.*) \({re.escape(mend)}\)", str(caught.value))
    assert found, str(caught.value)
    return found[1]


def test_each_host_has_the_file_that_the_table_says_and_a_file_is_one_site(files: Path) -> None:
    table = '"one.example" = "one/feedmill.toml"\n"two.example" = "two/feedmill.toml"\n'
    table += '"www.one.example" = "two/../one/feedmill.toml"\n'
    one, two = hosted(main(files, table))
    assert (one.hosts, one.name, two.hosts) == (("one.example", "www.one.example"), "one.example", ("two.example",))
    assert one.settings.site.url == "https://one.example"
    assert [source.path for source in one.settings.source] == [files / "one" / "posts"]


def test_what_a_process_has_once_is_the_main_files_and_nothing_else_is(files: Path) -> None:
    (site,) = hosted(main(files, '"one.example" = "one/feedmill.toml"\n'))
    assert (site.settings.service.port, site.settings.service.threads) == (8123, 3)
    assert site.settings.service.state is None
    assert site.settings.site.url == "https://one.example"


def test_the_environment_speaks_of_the_main_site_alone(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FEEDMILL_SITE__TITLE": "Main", "FEEDMILL_SOURCE": "/x", "PORT": "99"}.items():
        monkeypatch.setenv(name, value)
    (files / "feedmill.toml").write_text(MAIN + '"one.example" = "one/feedmill.toml"\n')
    settings = load(config=files / "feedmill.toml")
    (site,) = hosted(settings)
    assert settings.site.title == "Main"
    assert site.settings.site.title == ""
    assert site.settings.service.port == settings.service.port == 99
    assert site.settings.source[0].path == files / "one" / "posts"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("One.EXAMPLE", "one.example"),
        ("one.example.", "one.example"),
        ("뉴스.example", "xn--vg1b002a.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("localhost", "localhost"),
    ],
)
def test_a_host_is_written_in_its_one_form(written: str, meant: str, files: Path) -> None:
    assert [*main(files, f'"{written}" = "one/feedmill.toml"\n').sites] == [meant]


@pytest.mark.parametrize(
    "host",
    ["", " ", "one.example:80", "http://one.example", "one.example/x", "a b", "a@b", "*.one.example", "a?b", "a#b"],
)
def test_what_is_no_host_is_refused(host: str, files: Path) -> None:
    with pytest.raises(SettingsError, match=r"is not a host name, such as blog\.example\.org"):
        main(files, f'"{host}" = "one/feedmill.toml"\n')


def test_a_host_that_is_there_twice_is_refused(files: Path) -> None:
    with pytest.raises(SettingsError, match=r"'One.example' and 'one.example.' are the same host; write it once"):
        main(files, '"One.example" = "one/feedmill.toml"\n"one.example." = "two/feedmill.toml"\n')


def test_a_file_that_is_missing_is_named_with_its_host(files: Path) -> None:
    wrong = refused(files, '"one.example" = "gone/feedmill.toml"\n')
    assert wrong == f'sites."one.example": {files}/gone/feedmill.toml: cannot be read: No such file or directory'


def test_a_setting_that_is_wrong_is_named_with_its_host_and_file(files: Path) -> None:
    (files / "one" / "feedmill.toml").write_text('[feed]\nwindow = 0\n[[source]]\npath = "posts"\n')
    wrong = refused(files, '"one.example" = "one/feedmill.toml"\n')
    assert wrong.startswith(f'sites."one.example": {files}/one/feedmill.toml:2: feed.window: must be at least 1')


def test_several_wrong_settings_are_a_line_each_with_host_file_and_place(files: Path) -> None:
    with (files / "one" / "feedmill.toml").open("a") as file:
        file.write('[feed]\nwindow = "many"\nwindows = 3\n')
    with pytest.raises(SettingsError) as caught:
        hosted(main(files, '"one.example" = "one/feedmill.toml"\n"two.example" = "three.toml"\n'))
    first, second, third = caught.value.lines
    for line, place, name in ((first, 8, "window"), (second, 9, "windows")):
        assert f"{files}/one/feedmill.toml:{place}: feed.{name}: " in line, line
        assert line.startswith(f"{files}/feedmill.toml:"), line
        assert "one.example" in line
    assert "three.toml" in third
    assert "two.example" in third


@pytest.mark.parametrize("where", ["one/feedmill.toml", "feedmill.toml"])
def test_sites_of_a_site_are_refused(where: str, files: Path) -> None:
    with (files / "one" / "feedmill.toml").open("a") as file:
        file.write('[sites]\n"x.example" = "../two/feedmill.toml"\n')
    wrong = refused(files, f'"one.example" = "{where}"\n')
    assert wrong == f'sites."one.example": {files}/{where} has [sites] of its own; only the main file may'


def test_a_site_without_a_source_is_refused(files: Path) -> None:
    (files / "one" / "feedmill.toml").write_text('[site]\nurl = "https://one.example"\n')
    assert refused(files, '"one.example" = "one/feedmill.toml"\n').endswith("feedmill.toml: there is no [[source]]")


@pytest.mark.parametrize("other", ["the main site", "one.example"])
def test_two_sites_of_one_state_directory_are_refused(other: str, files: Path) -> None:
    state = files / "state"
    for name in ("two", *(() if other == "the main site" else ("one",))):
        own = state if other == "the main site" else files / "shared"
        said = (files / name / "feedmill.toml").read_text().replace("port = 1", f'state = "{own}"')
        (files / name / "feedmill.toml").write_text(said)
    table = '"one.example" = "one/feedmill.toml"\n"two.example" = "two/feedmill.toml"\n'
    wrong = refused(files, table, SEPARATE)
    assert wrong.startswith(f'sites."two.example": two.example and {other} have the same state directory {files}/')


def test_two_files_with_the_same_sources_have_a_state_directory_each(files: Path) -> None:
    (files / "two" / "feedmill.toml").write_text('[[source]]\npath = "../one/posts"\n')
    table = '"one.example" = "one/feedmill.toml"\n"two.example" = "two/feedmill.toml"\n'
    one, two = hosted(main(files, table))
    assert state_directory(one.settings) != state_directory(two.settings)


def test_a_site_is_chosen_by_any_spelling_of_its_host_and_options_are_over_its_file(files: Path) -> None:
    settings = main(files, '"one.example" = "one/feedmill.toml"\n')
    chosen = named(settings, "ONE.example:80", [Layer("--set", {"feed": {"window": 7}})])
    assert (chosen.site.url, chosen.feed.window, chosen.service.port) == ("https://one.example", 7, 8123)
    with pytest.raises(UsageError, match=r"--site 'x': there is no such site; those of the settings are one.example"):
        named(settings, "x")
    with pytest.raises(UsageError, match="are none; it needs a table"):
        named(Settings(), "x")


def test_web_processes_get_the_very_same_settings(files: Path) -> None:
    settings = main(files, '"one.example" = "one/feedmill.toml"\n"two.example" = "two/feedmill.toml"\n')
    others = hosted(settings)
    text = dump_sites(others)
    assert restore_sites(text) == others
    assert restore(dump(settings)) == settings
    assert len(text) < 128 * 1024 // 100, "a variable of the environment has to hold a hundred sites"


def test_without_sites_nothing_is_read(files: Path) -> None:
    assert hosted(main(files, "")) == ()


def test_paths_of_a_file_are_told_without_detours(files: Path) -> None:
    (files / "one" / "feedmill.toml").write_text('[[source]]\npath = "../two/../one/posts"\n[feed]\nwindow = 0\n')
    for written in ("two/../one/feedmill.toml", "./one/../one/feedmill.toml"):
        assert f'"a.example": {files}/one/feedmill.toml:4: feed.window' in refused(
            files, f'"a.example" = "{written}"\n'
        )
    (files / "one" / "feedmill.toml").write_text('[[source]]\npath = "../two/../one/posts"\n')
    (site,) = hosted(main(files, '"a.example" = "two/../one/feedmill.toml"\n'))
    assert site.settings.source[0].path == files / "one" / "posts"
    assert f"{files}/three/feedmill.toml: cannot be read" in refused(
        files, '"a.example" = "one/../three/feedmill.toml"\n'
    )


def test_a_detour_through_a_link_leads_where_the_link_does(files: Path) -> None:
    (files / "elsewhere" / "deep").mkdir(parents=True)
    (files / "elsewhere" / "feedmill.toml").write_text((files / "one" / "feedmill.toml").read_text())
    (files / "link").symlink_to(files / "elsewhere" / "deep")
    (site,) = hosted(main(files, '"a.example" = "link/../feedmill.toml"\n'))
    assert site.settings.source[0].root.resolve() == files / "elsewhere" / "posts"
