"""Settings: where they come from, what wins, and what people are told when one is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.errors import SettingsError
from service.settings import Settings, dump, load, presentable, restore
from service.settings_layers import Layer, assignment, combined
from tests.bare import bare_environment, write
from tests.settings_table import rows

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare_environment(monkeypatch, tmp_path)


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
        ("[feed]\nwindo = 3\n", r"feed\.windo: there is no such setting; did you mean feed\.window\?"),
        ("[nope]\nx = 1\n", r"nope: there is no such setting"),
        (
            '[[source]]\npath = "x"\nkinds = "jekyll"\n',
            r"source\.kinds: there is no such setting; did you mean source\.kind\?",
        ),
        (
            '[feed.channels."/tags/x/"]\ntitel = "x"\n',
            r'feed\.channels\."/tags/x/"\.titel: .* did you mean .*\.title\?',
        ),
        ("[sorce]\nx = 1\n", r"sorce: there is no such setting; did you mean source\?"),
        ("[service]\nwindow = 3\n", r"service\.window: there is no such setting"),
        ("feed = 3\n", r"feed: must be a table \(got 3\)"),
        ("[feed]\nwindow = 0\n", r"feed\.window: must be at least 1 \(got 0\)"),
        ("[feed]\nwindow = 2.5\n", r"feed\.window: must be a whole number \(got 2\.5\)"),
        ('[feed]\nfull_text = "maybe"\n', r"feed\.full_text: must be true or false"),
        ("[refresh]\ninterval = nan\n", r"refresh\.interval: must be at most 86400 \(got nan\)"),
        ("[service]\nstall_timeout = 0\n", r"service\.stall_timeout: must be more than 0 \(got 0\)"),
        ('[site]\nauthors = ["Kim"]\n', r'site\.authors: write a list of tables such as \[\{name = "Kim"\}\]'),
        ('[site]\nhubs = "https://hub.example/"\n', r'site\.hubs: write a list such as \["https'),
        (
            '[paths]\nfeed_aliases = ["/x"]\n',
            r'paths\.feed_aliases: write a table such as \{"/index\.rdf" = "/rss\.xml"\}',
        ),
        ('[feed.channels]\n"/tags/x/" = 3\n', r'feed\.channels\."/tags/x/": must be a table'),
        ('[[site.authors]]\nname = "A"\n[[site.authors]]\nurl = "/b"\n', r"site\.authors\.name \(item 2\): is missing"),
        ('source = "posts"\n', r"source: write a list of tables such as \[\{path = \"posts\"\}\]"),
        ('[source]\nkind = "jekil"\n', r"source\.kind: must be one of auto, jekyll, .*, feed \(got 'jekil'\)"),
        ('[site]\nfounded = "soon"\n', r"site\.founded: must be a date such as 2025-01-31"),
        (f'[site]\nhubs = ["{"x" * 500}"]\n', r"site\.hubs: must be an absolute URL .{,150}$"),
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
        ("FEEDMILL_FEED__WINDO", "3", "there is no such variable; did you mean FEEDMILL_FEED__WINDOW?"),
        ("FEEDMILL_FED__WINDOW", "3", "there is no such variable; did you mean FEEDMILL_FEED__WINDOW?"),
        ("FEEDMILL_FEED_WINDOW", "3", "there is no such variable; did you mean FEEDMILL_FEED__WINDOW?"),
        ("FEEDMILL_WINDOW", "3", "there is no such variable; did you mean FEEDMILL_FEED__WINDOW?"),
        ("FEEDMILL_SITE", "{}", "there is no such variable; they are FEEDMILL_<SECTION>__<KEY>"),
        ("FEEDMILL_SITE__HUBS", "https://hub.example", 'site.hubs: write a list as JSON such as ["https://'),
        ("FEEDMILL_SITE__HUBS", "[" * 100_000, "site.hubs: write a list as JSON"),
        ("FEEDMILL_SITE__AUTHORS", '["Kim"]', 'site.authors: write a list of tables as JSON such as [{"name": "Kim"}]'),
        ("FEEDMILL_SITE__AUTHORS", '[{"name": "A", "ulr": ""}]', "site.authors.ulr: there is no such setting"),
        ("FEEDMILL_SOURCE__KIND", "plain", "source: needs a path or a url"),
        ("FEEDMILL_FEED__WINDOW", "many", "feed.window: must be a whole number (got 'many')"),
        ("PORT", "web", "service.port: must be a whole number (got 'web')"),
        ("LOG_LEVEL", "loud", "service.log_level: must be one of debug, info, warning, error (got 'loud')"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=re.escape(f"{name}: {expected}")):
        load()


def test_variables_that_are_not_for_us_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDMILL_SETTINGS_JSON", "handed to the web processes")
    monkeypatch.setenv("FEEDMILL_SOURCE", "")
    assert load().source == ()
    monkeypatch.setenv("FEEDMILL_SERVICE_PORT", "8000")
    monkeypatch.setenv("FEEDMILL_PORT_8000_TCP_ADDR", "10.0.0.7")
    with pytest.raises(SettingsError, match="FEEDMILL_PORT_8000_TCP_ADDR"):
        load()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert load().service.port == 8000, "Kubernetes names them after a service called feedmill"
    monkeypatch.setenv("FEEDMILL_FEED_WINDOW", "3")
    with pytest.raises(SettingsError, match="FEEDMILL_FEED_WINDOW"):
        load()


def test_each_wrong_value_is_told_with_the_place_it_was_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "feedmill.toml", "[feed]\nwindow = 0\nttl = 0\n[cache]\nmax_age = -1\n")
    monkeypatch.setenv("FEEDMILL_FEED__TTL", "-3")
    with pytest.raises(SettingsError) as caught:
        load([Layer("--set", {"cache": {"max_age": "-2"}})])
    assert str(caught.value) == (
        f"{file}:2: feed.window: must be at least 1 (got 0); "
        "FEEDMILL_FEED__TTL: feed.ttl: must be at least 1 (got '-3'); "
        "--set: cache.max_age: must be at least 0 (got '-2')"
    )


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
    assert json.loads(json.dumps(presentable(load())))["feed"]["window"] == 20


def test_what_config_prints_has_no_key_and_no_password_of_an_address() -> None:
    url = "https://me:CANARY@api.example/posts?page=2&Token=CANARY&%74oken=CANARY&sort=a#access_token=CANARY"
    said = presentable(load({"source": [{"url": url}]}))["source"][0]["url"]
    assert said == "https://***@api.example/posts?page=2&Token=***&%74oken=***&sort=a#access_token=***"
    assert json.loads(dump(load({"source": [{"url": url}]})))["source"][0]["url"] == url, "a child needs it"


@pytest.mark.parametrize(
    "layer",
    [
        {"source": [{"url": "ftp://me:CANARY@x.example/?token=CANARY"}]},
        {"source": [{"url": "https://x.example/?token=CANARY", "kind": "hugo", "interval": "https://a:CANARY@x/"}]},
        {"hub": {"urls": "https://hub.example/?key=CANARY"}},
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_key(layer: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as error:
        load(layer)
    assert "CANARY" not in str(error.value)


def test_every_setting_stands_in_the_readme_with_its_default_and_no_other_does() -> None:
    table = README.read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE)) == {name for name, _, _ in rows(Settings)}
    missing = [name for name, default, text in rows(Settings) if f"| `{name}` | {default} | {text} |" not in table]
    assert not missing, "run python -m tests.settings_table"


@pytest.mark.parametrize("address", ["https://blog.example/feed.xml", "http://blog.example//a//b"])
def test_an_address_in_the_place_of_a_path_is_a_source_by_its_url(address: str) -> None:
    assert assignment(Settings, ("source",), address, "FEEDMILL_SOURCE") == {"source": {"url": address}}


def test_a_source_is_chosen_by_its_address_and_keeps_what_the_file_says_of_it() -> None:
    file = Layer(
        "feedmill.toml", {"source": [{"url": "https://a.example", "interval": 60}, {"path": "x"}]}, is_file=True
    )
    chosen = Layer("PATH", {"source": {"url": "https://a.example"}})
    assert combined([file, chosen])["source"] == [{"url": "https://a.example", "interval": 60}]
    assert combined([file, Layer("PATH", {"source": {"url": "https://b.example"}})])["source"] == [
        {"url": "https://b.example"}
    ]


def test_an_address_takes_the_place_of_a_directory_as_a_whole() -> None:
    file = Layer("feedmill.toml", {"source": [{"path": "x", "kind": "jekyll"}]}, is_file=True)
    chosen = Layer("PATH", {"source": {"url": "https://a.example"}})
    assert combined([file, chosen])["source"] == [{"url": "https://a.example"}]
