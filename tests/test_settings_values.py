"""What settings may say: the one source and several, ``--set``, and values with a meaning of their own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.errors import SettingsError
from service.settings import dump, load, presentable, restore
from tests.bare import bare_environment, write


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare_environment(monkeypatch, tmp_path)


SEVERAL = '[[source]]\npath = "a"\nkind = "plain"\n[[source]]\npath = "b"\nname = "B"\n'


def configured(*words: str) -> Any:
    """What ``feedmill config`` prints of settings, or its one line where they cannot be read."""
    done = CliRunner().invoke(main, ["config", *words])
    return json.loads(done.stdout) if done.stdout else (done.exit_code, done.output)


def test_the_one_source_is_a_table_that_grows_key_by_key_through_the_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "feedmill.toml", '[source]\npath = "posts"\nkind = "plain"\nencoding = "cp949"\n')
    monkeypatch.setenv("FEEDMILL_SOURCE", "/srv/blog")
    monkeypatch.setenv("FEEDMILL_SOURCE__ENCODING", "euc_kr")
    (source,) = configured("--set", "source.name=Blog")["source"]
    assert (source["path"], source["kind"], source["encoding"], source["name"]) == (
        "/srv/blog",
        "plain",
        "euc_kr",
        "Blog",
    )
    (source,) = configured("elsewhere")["source"]
    assert (source["path"], source["kind"]) == ("elsewhere", "plain")


def test_a_path_in_a_source_table_is_relative_to_the_file(tmp_path: Path) -> None:
    config = write(tmp_path / "x.toml", '[source]\npath = "posts"\n')
    assert [source.path for source in load(config=config).source] == [tmp_path / "posts"]


def test_one_source_in_a_list_is_the_one_source(tmp_path: Path) -> None:
    write(tmp_path / "feedmill.toml", '[[source]]\npath = "a"\nkind = "plain"\n')
    assert [(s["path"], s["kind"]) for s in configured("b")["source"]] == [("b", "plain")]


def test_of_several_sources_a_path_picks_the_one_in_the_same_directory_with_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "feedmill.toml", SEVERAL)
    assert [source.name for source in load().source] == ["", "B"]
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    for path in ("a", "./a/", "link", str(tmp_path / "a")):
        assert [source["kind"] for source in configured(path)["source"]] == ["plain"]
    (source,) = configured("b", "--set", "source.kind=jekyll")["source"]
    assert (source["name"], source["kind"]) == ("B", "jekyll")
    (source,) = configured("c")["source"]
    assert (source["path"], source["kind"], source["name"]) == ("c", "auto", "")
    monkeypatch.setenv("FEEDMILL_SOURCE", "a")
    assert [source.kind for source in load().source] == ["plain"]


def test_a_setting_of_the_one_source_among_several_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "feedmill.toml", SEVERAL)
    code, said = configured("--set", "source.kind=plain")
    assert code == 3
    assert re.fullmatch(r"feedmill: --set: source\.kind: there are 2 sources .* which; .*\[\[source\]\].*\n", said)
    monkeypatch.setenv("FEEDMILL_SOURCE__KIND", "plain")
    with pytest.raises(SettingsError, match=r"FEEDMILL_SOURCE__KIND: source\.kind: there are 2 sources"):
        load()


def test_which_of_several_sources_is_wrong_is_said(tmp_path: Path) -> None:
    write(tmp_path / "feedmill.toml", SEVERAL + 'kind = "plan"\n')
    with pytest.raises(SettingsError, match=r"feedmill\.toml:7: source\.kind \(item 2\): must be one of"):
        load()


def test_the_command_line_names_the_content_once() -> None:
    assert [s["path"] for s in configured("--set", "source=/a b")["source"]] == ["/a b"]
    assert [s["path"] for s in configured("--set", 'source=[{"path": "a"}, {"path": "b"}]')["source"]] == ["a", "b"]
    for said in ("source=b", "source.path=b", 'source=[{"path": "b"}]'):
        code, line = configured("a", "--set", said)
        assert (code, "PATH says 'a'" in line) == (2, True)


FEED = "https://blog.example//feed.xml?a=1"


def test_an_address_is_content_as_a_path_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDMILL_SOURCE", f" {FEED} ")
    assert [(source.url, source.path) for source in load().source] == [(FEED, None)]
    monkeypatch.delenv("FEEDMILL_SOURCE")
    for words in ([FEED], ["--set", f"source={FEED}"], ["--set", f"source.url={FEED}"], ["HTTPS" + FEED[5:]]):
        (source,) = configured(*words)["source"]
        assert (source["url"].lower(), source.get("path"), source["kind"]) == (FEED, None, "auto")


def test_an_address_as_path_is_said_once(tmp_path: Path) -> None:
    for said in ("source=b", "source.path=b", f"source.url={FEED}"):
        code, line = configured(FEED, "--set", said)
        assert (code, f"PATH says {FEED!r}" in line) == (2, True)
    assert "kind plain is a directory's" in configured(FEED, "--set", "source.kind=plain")[1]
    assert [p.name for p in tmp_path.iterdir()] == []


def test_an_address_picks_its_source_with_its_settings_and_replaces_any_other(tmp_path: Path) -> None:
    write(
        tmp_path / "feedmill.toml",
        f'[[source]]\nurl = "{FEED}"\nname = "Blog"\n[[source]]\npath = "b"\nkind = "plain"\n',
    )
    assert [(s["url"], s["name"]) for s in configured(FEED)["source"]] == [(FEED, "Blog")]
    assert [(s["path"], s["kind"]) for s in configured("b")["source"]] == [("b", "plain")]
    assert [(s["url"], s["name"]) for s in configured(FEED + "2")["source"]] == [(FEED + "2", "")]
    write(tmp_path / "feedmill.toml", '[source]\npath = "a"\nkind = "plain"\n')
    assert [(s["url"], s["path"], s["kind"]) for s in configured(FEED)["source"]] == [(FEED, None, "auto")]


def test_set_takes_lists_and_tables_as_json_and_deeper_names() -> None:
    said = configured(
        "--set", 'paths.gone=["/tags/x/"]',
        "--set", 'site.authors=[{"name": "김"}]',
        "--set", 'feed.channels={"/tags/a/": {"window": 3}}',
        "--set", "feed.channels./tags/a/.title=A=B",
        "--set", 'feed.channels."/tags/v1.2/".window=4',
    )  # fmt: skip
    assert said["paths"]["gone"] == ["/tags/x/"]
    assert said["site"]["authors"][0]["name"] == "김"
    assert said["feed"]["channels"]["/tags/a/"] == {
        "window": 3,
        "title": "A=B",
        "full_text": None,
        "description": None,
    }
    assert [c["window"] for c in said["feed"]["channels"].values()] == [3, 4]


@pytest.mark.parametrize(
    ("said", "code", "expected"),
    [
        ("window=3", 2, "feed.window=50"),
        ("feed.window", 2, "feed.window=50"),
        ("feed..window=3", 2, "feed.window=50"),
        ("=3", 2, "feed.window=50"),
        ("paths.gone=/tags/x/", 3, '--set: paths.gone: write a list as JSON such as ["/tags/old/"]'),
        ("feed.windows=3", 3, "--set: feed.windows: there is no such setting; did you mean feed.window?"),
        ("feed.window.x=3", 3, "--set: feed.window: must be a whole number"),
    ],
)
def test_what_set_cannot_mean_is_one_line(said: str, code: int, expected: str) -> None:
    exit_code, line = configured("--set", said)
    assert (exit_code, line.count("\n")) == (code, 1)
    assert expected in line


def test_options_of_the_command_line_are_named_in_errors() -> None:
    assert configured("--url", "example.org")[1].startswith("feedmill: --url: site.url: must start with http")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"site": {"language": "ko_KR"}}, {"site": {"language": "ko-KR"}}),
        ({"site": {"language": "", "icon": "", "logo": " "}}, {"site": {"language": None, "icon": None, "logo": None}}),
        ({"site": {"hubs": ["https://한글.example/ㅎ"]}}, {"site": {"hubs": ["https://한글.example/ㅎ"]}}),
        ({"service": {"log_level": "WARN"}}, {"service": {"log_level": "warning"}}),
        ({"paths": {"gone": ["tags/old", "/categories/정치"]}},
         {"paths": {"gone": ["/tags/old/", "/categories/정치/"]}}),
        ({"paths": {"gone": ["/tags/C%2B%2B/", "/languages/ko-KR/"]}},
         {"paths": {"gone": ["/tags/cpp/", "/languages/ko-kr/"]}}),
        ({"paths": {"feed_aliases": {"index.rdf": "rss.xml", "/피드": "/categories/%EC%A0%95/feed.json"}}},
         {"paths": {"feed_aliases": {"/index.rdf": "/rss.xml", "/피드": "/categories/정/feed.json"}}}),
    ],
)  # fmt: skip
def test_values_are_read_as_they_were_meant(
    written: dict[str, dict[str, Any]], read: dict[str, dict[str, Any]]
) -> None:
    settings = load(written)
    (section, values), *_ = read.items()
    said = presentable(settings)[section]
    assert {key: said[key] for key in values} == values
    assert restore(dump(settings)) == settings


def test_a_channels_key_is_its_path_however_it_is_written() -> None:
    keys = ["tags/News", "/", "/categories/%EC%A0%95%EC%B9%98"]
    channels = load({"feed": {"channels": {key: {"window": 3} for key in keys}}}).feed.channels
    assert list(channels) == ["/tags/news/", "/", "/categories/정치/"]


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("site", "language", "Korean", "must be a BCP 47 language tag, such as ko or ko-KR (got 'Korean')"),
        ("site", "language", "한국어", "must be a BCP 47 language tag"),
        ("site", "icon", "/icon.svg", "must be an absolute URL that starts with http:// or https:// (got '/icon.svg')"),
        ("site", "logo", "ftp://example.org/logo.png", "must be an absolute URL"),
        ("site", "hubs", ["hub.example"], "must be an absolute URL"),
        ("site", "hubs", ["https://hub.example/a b"], "must be an absolute URL"),
        ("site", "authors", [{"name": "Kim", "url": "kim"}], "must be an absolute URL"),
        ("site", "authors", [{"name": "Kim", "avatar": "//x/y"}], "must be an absolute URL"),
        ("feed", "channels", {"news": {}}, "is not the path of a channel, such as / or /tags/x/ (got 'news')"),
        ("feed", "channels", {"": {}}, "is not the path of a channel"),
        ("feed", "channels", {"/tags/a/": {}, "tags/A": {}}, "'/tags/a/' and 'tags/A' are the same path"),
        ("paths", "gone", ["/tags/x/rss.xml"], "is not the path of a channel; its channel is /tags/x/ (got"),
        ("paths", "gone", ["https://example.org/tags/x/"], "is not the path of a channel"),
        ("paths", "gone", ["\ud800"], "is not the path of a channel"),
        ("paths", "feed_aliases", {"/old.xml": "https://example.org/rss.xml"}, "is not a path of this service"),
        ("paths", "feed_aliases", {"/old.xml": "/feed.xml"}, "has itself moved; write /atom.xml"),
        ("paths", "feed_aliases", {"/old.xml": "/tags/x"}, "has itself moved; write /tags/x/"),
        ("paths", "feed_aliases", {"https://example.org/old.xml": "/rss.xml"}, "is not a path of this service"),
        ("paths", "feed_aliases", {"/?feed=rss": "/rss.xml"}, "is not a path of this service"),
        ("paths", "feed_aliases", {"/": "/rss.xml"}, "is not a path of this service"),
        ("paths", "feed_aliases", {"a": "/rss.xml", "/a": "/rss.xml"}, "'a' and '/a' are the same path"),
        ("source", "encoding", "utf9", "is not a text encoding that Python knows; write one such as utf-8 or cp949"),
        ("source", "encoding", "hex", "is not a text encoding"),
        ("source", "encoding", "a\0b", "is not a text encoding"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_meant_is_refused_with_what_to_write(
    section: str, key: str, value: object, expected: str
) -> None:
    with pytest.raises(SettingsError, match=rf"^options: {section}\.{key}.*: {re.escape(expected)}") as caught:
        load({section: {key: value, **({"path": "."} if section == "source" else {})}})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "CP949", "utf-16", "euc_kr"])
def test_encodings_that_python_knows_are_accepted(encoding: str) -> None:
    assert load({"source": {"path": ".", "encoding": encoding}}).source[0].encoding == encoding


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ('[feed]\nwindow = "20"\n', "feed.window: must be a whole number, without quotation marks (got '20')"),
        ('[feed]\nfull_text = "true"\n', "feed.full_text: must be true or false, without quotation marks"),
        ('[refresh]\ninterval = "5"\n', "refresh.interval: must be a number, without quotation marks"),
        ('[feed.channels."/tags/x/"]\nwindow = "5"\n', 'feed.channels."/tags/x/".window: must be a whole number'),
        ('[[source]]\npath = "a"\nfuture = "true"\n', "source.future: must be true or false, without quotation"),
    ],
)
def test_a_number_in_quotation_marks_is_none_in_a_file_as_its_schema_says(tmp_path: Path, toml: str, line: str) -> None:
    write(tmp_path / "feedmill.toml", toml)
    code, said = configured()
    assert code == 3
    assert line in said


def test_a_number_is_one_on_the_command_line_and_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDMILL_FEED__TTL", "30")
    feed = configured("--set", "feed.window=50")["feed"]
    assert (feed["window"], feed["ttl"]) == (50, 30)


@pytest.mark.parametrize(
    "colour",
    [
        *(
            "",
            "#fff",
            "#1A1A1Aff",
            "RebeccaPurple",
            "transparent",
            "rgb(1, 2, 3)",
            "rgba(1,2,3,.5)",
            "RGB(10% 20% 30%)",
        ),
        *("hsl(210 50% 20% / 40%)", "hsla(0.5turn, 50%, 20%, 1)", " navy "),
    ],
)
def test_a_colour_is_one_of_css(colour: str) -> None:
    assert load({"metadata": {"theme_color": colour}}).metadata.theme_color == colour.strip()


@pytest.mark.parametrize(
    "colour", ["1a1a1a", "#12345", "#ggg", "grün", "rgb(1 2)", "rgb(1,2,3", "blue; x", '"><x>', "url(x)"]
)
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(SettingsError, match=r"metadata\.theme_color: is not a colour of CSS"):
        load({"metadata": {"theme_color": colour}})
