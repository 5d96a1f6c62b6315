"""What keeps settings from working is told before anything starts: a line each, with its place and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.errors import Fault, Faults, SettingsError
from service.preflight import beside, faults, problem, refuse, require
from service.settings import Settings, dump, load, presentable, restore
from tests.bare import bare_environment, write
from tests.newsroom.running import CONFIG, post, site


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare_environment(monkeypatch, tmp_path)


def told(tmp_path: Path, text: str, **how: bool) -> list[str]:
    """``LEVEL line`` of each fault, the settings' file called F."""
    settings = load(config=write(tmp_path / "feedmill.toml", text))
    return [f"{fault.level} {fault}".replace(str(tmp_path / "feedmill.toml"), "F") for fault in faults(settings, **how)]


REMOTE = '[[source]]\nname = "a"\nurl = "{}"\n'


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (
            REMOTE.format("https://a.example/api") + 'kind = "json"\nkey_env = "A_KEY"\n',
            "error F:5: source.key_env: the environment variable A_KEY is not set, or empty (set it",
        ),
        (
            REMOTE.format("https://a.example/api") + 'kind = "json"\nkey_file = "/nowhere/key"\n',
            "error F:5: source.key_file: /nowhere/key: cannot be read: No such file",
        ),
        (
            REMOTE.format("http://a.example/feed.xml"),
            (
                "error F:3: source.url: http://a.example is not encrypted, and will not be asked (write https://, "
                "or set source.allow_http = true"
            ),
        ),
        (
            REMOTE.format("https://me:hunter2@a.example/feed.xml"),
            "error F:3: source.url: has a user or a password in it",
        ),
        (
            REMOTE.format("https://a.example/") + 'kind = "ghost"\n',
            "warning F:3: source.key_env: there is none, and Ghost's Content API refuses",
        ),
        (
            REMOTE.format("https://a.example/feed.xml") + 'hook = "github"\n',
            "warning F:4: source.hook: no hook: github is to sign, and there is no secret (name it",
        ),
        (
            REMOTE.format("https://a.example/feed.xml") + 'ca_bundle = "none.pem"\n',
            "error F:4: source.ca_bundle: ",
        ),
        ('[[source]]\npath = "none"\n', "error F:2: source.path: "),
        (
            '[[source]]\nurl = "https://a.example/1"\n# twice\n[[source]]\nurl = "https://a.example/2"\n',
            "error F:5: source.name: two sources are called 'a.example' (give one",
        ),
        (
            REMOTE.format("https://a.example/1") + '[sites]\n# here\n"B.example" = "none.toml"\n',
            'error F:6: sites."b.example": ',
        ),
    ],
    ids=lambda text: text[:30],
)
def test_each_fault_is_one_line_with_its_file_and_line_and_how_to_mend_it(
    tmp_path: Path, text: str, start: str
) -> None:
    (line,) = told(tmp_path, text)
    assert line.startswith(start)
    assert line.endswith(")")
    assert "\n" not in line
    assert "hunter2" not in line


def test_all_faults_of_all_sites_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "feedmill.toml", REMOTE.format("http://b.example/") + 'kind = "ghost"\n')
    bad = '[[source]]\nurl = "http://a.example/"\nhook = "ghost"\n[[source]]\npath = "none"\n'
    lines = told(tmp_path, f'{bad}[sites]\n"b.example" = "b/feedmill.toml"\n"c.example" = "c.toml"\n')
    assert [line.split(":", 3)[:3] for line in lines] == [
        ["error F", "8", ' sites."c.example"'],
        ["error F", "2", " source.url"],
        ["warning F", "3", " source.hook"],
        ["warning F", "5", " source.path"],  # beside other sites a source that is gone stops nobody
        [f"error {tmp_path / 'b' / 'feedmill.toml'}", "3", " source.url"],
        [f"warning {tmp_path / 'b' / 'feedmill.toml'}", "3", " source.key_env"],
    ]


def test_what_this_machine_lacks_is_a_warning_for_settings_of_another(tmp_path: Path) -> None:
    remote = REMOTE.format("https://a.example/") + 'kind = "json"\nkey_env = "A_KEY"\nhook = "github"\n'
    text = f'{remote}hook_secret_file = "none"\n[[source]]\npath = "none"\n[[source]]\nurl = "http://b.example/"\n'
    assert [line.split()[0] for line in told(tmp_path, text)] == ["error"] * 4
    assert [line.split()[0] for line in told(tmp_path, text, elsewhere=True)] == ["warning"] * 3 + ["error"]


def test_a_fault_of_an_option_or_a_variable_names_that_and_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDMILL_SOURCE", '[{"url": "http://a.example/x"}, {"url": "https://b.example/"}]')
    (fault,) = faults(load())
    assert str(fault).startswith("FEEDMILL_SOURCE: source.url of 'a.example': http://a.example is not encrypted")


def test_a_start_raises_every_error_and_warns_of_the_rest(tmp_path: Path) -> None:
    text = REMOTE.format("http://a.example/") + 'kind = "ghost"\nkey_env = "NONE"\n'
    text += '[[source]]\nurl = "https://b.example/"\nhook = "ghost"\n'
    warned: list[str] = []
    with pytest.raises(Faults) as raised:
        require(load(config=write(tmp_path / "feedmill.toml", text)), warned.append)
    assert (len(raised.value.lines), raised.value.exit_code, len(warned)) == (2, 3, 1)
    gone = Fault("source.path", "none", exit_code=4)
    with pytest.raises(Faults) as raised:
        refuse([gone], warned.append)
    assert raised.value.exit_code == 4


def test_a_directory_that_is_gone_stops_no_start_where_something_of_it_was_published(tmp_path: Path) -> None:
    from service.commands import refresh

    content = site(tmp_path / "site", {"2025-01-01-a.md": post("A")}, CONFIG)
    text = f'[[source]]\npath = "site"\n[service]\nstate = "{tmp_path / "state"}"\n'
    refresh(load(config=write(tmp_path / "feedmill.toml", text)), lambda _: None)
    content.rename(tmp_path / "elsewhere")
    (line,) = told(tmp_path, text)
    assert line.startswith("warning F:2: source.path: ")


def test_build_and_check_are_told_of_other_sites_and_of_what_can_be_lived_with(tmp_path: Path) -> None:
    text = REMOTE.format("https://a.example/") + 'kind = "ghost"\nkey_env = "NONE"\nhook = "ghost"\n'
    text += '[sites]\n"b.example" = "none.toml"\n'
    found = beside(load(config=write(tmp_path / "feedmill.toml", text)))
    assert [fault.setting for fault in found] == ['sites."b.example"', "source.hook"]
    said = problem(found[0])
    assert (said.path, said.line, said.level, said.code) == (
        str(tmp_path / "feedmill.toml"),
        8,
        "error",
        "settings-fault",
    )
    assert said.hint


def test_settings_are_equal_wherever_they_were_said(tmp_path: Path) -> None:
    settings = load(config=write(tmp_path / "feedmill.toml", "[feed]\nwindow = 3\n"))
    assert settings == Settings(feed=settings.feed)
    assert restore(dump(settings)) == settings
    assert settings.model_copy(update={"source": ()}).places.layers == settings.places.layers


def test_a_line_that_cannot_be_told_is_left_out(tmp_path: Path) -> None:
    (line,) = told(tmp_path, 'source = [{ url = "http://a.example/" }]\n')
    assert line.startswith("error F: source.url: ")


LISTED = '[[source]]\nname = "a"\npath = "posts"\n'


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (
            REMOTE.format("https://10.0.0.5/feed"),
            "error F:3: source.url: 10.0.0.5 is not a public address (list its network in source.networks to allow it)",
        ),
        (REMOTE.format("https://[::1]:8443/feed"), "error F:3: source.url: ::1 is not a public address"),
        (
            REMOTE.format("https://a.example/x") + '[[source]]\nname = "b"\nurl = "https://a.example/x"\n',
            "warning F:3: source.url: 'a' and 'b' are the same address, so every post is there twice (take one out)",
        ),
        (
            LISTED + '[[source]]\nname = "b"\npath = "./posts/../posts"\n',
            "warning F:3: source.path: 'a' and 'b' are the same directory, so every post is there twice (take one out)",
        ),
        (
            LISTED + "interval = 60\n",
            "warning F:4: source.interval: has no effect on a directory (set refresh.interval",
        ),
        (LISTED + 'key_env = "HOME"\n', "warning F:4: source.key_env: has no effect on a directory (take it out)"),
        (LISTED + 'fields = { title = "t" }\n', "warning F:4: source.fields: has no effect on a directory (take"),
        (
            LISTED + "[source.paging]\nsize = 3\n",
            "warning F:4: source.paging: has no effect on a directory (take it out)",
        ),
        (
            REMOTE.format("https://a.example/x") + 'fields = { title = "t" }\n',
            'warning F:4: source.fields: has no effect on a feed (set kind = "json", if it is an API)',
        ),
        (
            REMOTE.format("https://a.example/x") + 'collections = ["recipes"]\n',
            "warning F:4: source.collections: has no effect on an address (take it out)",
        ),
    ],
    ids=lambda text: text[:50],
)
def test_what_can_be_seen_without_asking_is_told(tmp_path: Path, text: str, start: str) -> None:
    (tmp_path / "posts").mkdir()
    (line,) = told(tmp_path, text)
    assert line.startswith(start)


@pytest.mark.parametrize(
    "text",
    [
        REMOTE.format("https://10.0.0.5/feed") + 'networks = ["10.0.0.0/8"]\n',
        REMOTE.format("https://8.8.8.8/feed"),
        "".join(
            f'[[source]]\nname = "{name}"\nurl = "https://a.example/x"\nkind = "json"\nitems = "{name}"\n'
            for name in "ab"
        ),
    ],
)
def test_what_works_is_not_told(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


@pytest.mark.parametrize("word", ["s3cr3t:0123456789abcdef", "0a1b2c3d4e5f", "deadbeefcafe0123", "whsec_aGVsbG8="])
@pytest.mark.parametrize("key", ["key_env", "hook_secret_env"])
def test_a_secret_in_the_place_of_a_variable_is_shown_nowhere(tmp_path: Path, key: str, word: str) -> None:
    text = REMOTE.format("https://a.example/x") + f'kind = "json"\nhook = "github"\n{key} = "{word}"\n'
    lines = told(tmp_path, text)
    assert any(f"source.{key}: " in line for line in lines)
    assert not any(word in line for line in lines)
    assert word not in json.dumps(presentable(load(config=tmp_path / "feedmill.toml")))


def test_the_variable_that_holds_a_secret_is_shown(tmp_path: Path) -> None:
    settings = load(config=write(tmp_path / "f.toml", REMOTE.format("https://a.example/x") + 'key_env = "A_KEY"\n'))
    assert presentable(settings)["source"][0]["key_env"] == "A_KEY"


def test_a_site_whose_own_address_is_on_none_of_its_hosts_is_told(tmp_path: Path) -> None:
    site_ = '[site]\nurl = "https://{}"\n[service]\nstate = "{}"\n' + REMOTE.format("https://a.example/x")
    write(tmp_path / "b.toml", site_.format("main.example", "sb"))
    write(tmp_path / "c.toml", site_.format("C.example:443/blog", "sc"))
    hosts = '[sites]\n"b.example" = "b.toml"\n"c.example" = "c.toml"\n"www.c.example" = "c.toml"\n'
    (line,) = told(tmp_path, site_.format("main.example", "sa") + hosts)
    assert line.startswith(
        'warning F:9: sites."b.example": the site says of itself that it is at main.example, so its feeds lead there '
    )


def test_all_settings_that_cannot_be_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = '[feed]\nwindow = 0\nwindo = 3\n[service]\nport = "80"\n[[source]]\npath = "a"\n\n'
    text += '[[source]]\nurl = "https://a.example/"\ninterval = 0\n[site]\ntimezone = "x"\n'
    file = write(tmp_path / "feedmill.toml", text)
    with pytest.raises(SettingsError) as raised:
        load(config=file)
    assert [line.replace(str(file), "F").partition(" ")[0:3:2] for line in raised.value.lines] == [
        ("F:5:", "service.port: must be a whole number, without quotation marks (got '80')"),
        ("F:13:", "site.timezone: " + raised.value.lines[1].rpartition("site.timezone: ")[2]),
        ("F:2:", "feed.window: must be at least 1 (got 0)"),
        ("F:3:", "feed.windo: there is no such setting; did you mean feed.window?"),
        ("F:11:", "source.interval (item 2): must be at least 1 (got 0)"),
    ]


def test_settings_without_content_are_told_as_a_start_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for args in ([], ["--config", str(write(tmp_path / "empty.toml", ""))]):
        done = CliRunner().invoke(main, ["config", "--check", *args])
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
        assert "no content: name a directory" in done.stderr
        assert CliRunner().invoke(main, ["config", "--check", "--elsewhere", *args]).exit_code == 0
    assert CliRunner().invoke(main, ["config"]).exit_code == 0
