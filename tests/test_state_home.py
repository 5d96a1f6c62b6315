"""Where the default state directory is, and that no state is lost when the sources of a site change."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from service import commands
from service.errors import StorageUnavailable
from service.importing import command as importing
from service.index import Index
from service.index.addresses import key_of
from service.preflight import faults
from service.runtime import handed
from service.settings import Settings, dump, load, restore
from service.settings_layers import Layer, place
from service.state_home import state_directory
from tests.bare import bare_environment, write
from tests.newsroom.running import post, site

FEED = """<rss version="2.0"><channel><title>Old</title><link>https://example.org/</link><description>d</description>
<item><title>One</title><link>https://example.org/news/2025/01/01/one.html</link><guid isPermaLink="false">old-1</guid>
<pubDate>Wed, 01 Jan 2025 00:00:00 GMT</pubDate></item></channel></rss>"""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare_environment(monkeypatch, tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two directories of content, and settings of the first."""
    for name in ("one", "two"):
        site(tmp_path / name, {f"2025-01-01-{name}.md": post(name.title())})
    said(tmp_path, "one")
    return tmp_path


def said(files: Path, *sources: str, state: str = "") -> Settings:
    """The settings of a file with these sources, each PATH or NAME=PATH."""
    text = f'[site]\nurl = "https://example.org"\n[service]\n{state and f"state = {state!r}"}\n'
    for source in sources:
        name, _, path = source.rpartition("=")
        text += f'[[source]]\npath = "{path}"\nname = "{name}"\n'
    return load(config=write(files / "feedmill.toml", text))


def refreshed(settings: Settings, **how: bool) -> dict[str, str]:
    """The ids of what is published after a refresh, by URL."""
    assert commands.refresh(settings, lambda _: None, **how) == 0
    with closing(Index.open(state_directory(settings))) as index:
        return {row.fields.url: row.fields.id for rows, _ in index.everything() for row in rows}


def pinned(settings: Settings) -> dict[str, str]:
    """The same once the ids of a feed of before are imported."""
    feed = write(settings.source[0].root.parent / "old.xml", FEED)
    importing.import_feed(str(feed), settings, lambda _: None, options=importing.Options(), form="text")
    found = refreshed(settings)
    assert "old-1" in found.values()
    return found


def test_a_source_more_in_the_settings_file_is_no_other_state(files: Path) -> None:
    before = pinned(said(files, "one"))
    after = refreshed(said(files, "one", "two"))
    assert len(after) == 2
    assert before.items() < after.items()
    assert refreshed(said(files, "one")) == before


@pytest.mark.parametrize("index", ["kept", "lost"])
def test_what_cannot_be_told_from_content_stays_when_a_folder_is_renamed(files: Path, index: str) -> None:
    """The id of a file that was renamed before, its former URL, and the date of a post without one."""
    for name in ("2025-01-02-moved", "2025-01-03-other"):
        write(files / "one" / "_posts" / f"{name}.md", post(name))
    (files / "one" / "_notes").mkdir()
    write(files / "one" / "_config.yml", "collections:\n  notes:\n    output: true\n")
    write(files / "one" / "_notes" / "undated.md", "---\ntitle: Undated\n---\nWords.\n")
    text = '[site]\nurl = "https://example.org"\n[[source]]\npath = "{}"\ncollections = ["notes"]\n'
    settings = load(config=write(files / "feedmill.toml", text.format("one")))
    refreshed(settings)
    (files / "one/_posts/2025-01-02-moved.md").rename(files / "one/_posts/2025-01-02-new.md")
    before, dates, former = refreshed(settings), dated(settings), "https://example.org/news/2025/01/02/moved.html"
    assert leads(settings, former) == f"{former.removesuffix('moved.html')}new.html"
    assert len(before) == 4
    (files / "one").rename(files / "renamed")
    settings = load(config=write(files / "feedmill.toml", text.format("renamed")))
    if index == "lost":
        (state_directory(settings) / "index.db").unlink()
    assert refreshed(settings, adopt=True) == before
    assert dated(settings) == dates
    assert leads(settings, former) == f"{former.removesuffix('moved.html')}new.html"


def dated(settings: Settings) -> dict[str, datetime]:
    """The dates of what is published, by URL."""
    with closing(Index.open(state_directory(settings))) as index:
        return {row.fields.url: row.published for rows, _ in index.everything() for row in rows}


def leads(settings: Settings, url: str) -> str:
    """The URL of the post that a former one means."""
    with closing(Index.open(state_directory(settings))) as index:
        row = index.page(key_of(url))
        return row.fields.url if row else ""


@pytest.mark.parametrize("index", ["kept", "lost"])
@pytest.mark.parametrize("state", ["", "state"])
@pytest.mark.parametrize("name", ["", "blog="])
def test_a_folder_that_was_renamed_keeps_the_ids_of_its_posts(files: Path, name: str, state: str, index: str) -> None:
    before = pinned(said(files, f"{name}one", state=state))
    (files / "one").rename(files / "renamed")
    settings = said(files, f"{name}renamed", state=state)
    if index == "lost":
        (state_directory(settings) / "index.db").unlink()
    if not name:
        with pytest.raises(StorageUnavailable, match="refresh --adopt"):
            refreshed(settings)
    assert refreshed(settings, adopt=not name) == before
    assert refreshed(settings) == before, "it is that site's now"


def test_the_check_of_the_settings_tells_of_a_state_of_other_sources(files: Path) -> None:
    refreshed(said(files, "one", state="state"))
    settings = said(files, "two", state="state")
    (fault,) = faults(settings)
    start = (
        f"{files}/feedmill.toml:4: service.state: state directory {files}/state belongs to other sources ({files}/one)"
    )
    assert str(fault).startswith(start)
    assert "feedmill refresh --adopt" in fault.hint
    assert fault.exit_code == 4
    assert faults(settings, writes=False) == []
    assert faults(said(files, "one", "two", state="state")) == []
    refreshed(settings, adopt=True)
    assert faults(settings) == []


def test_a_command_that_names_one_source_of_several_takes_no_posts_of_the_others(files: Path) -> None:
    both = said(files, "one", "two", state="state")
    before = refreshed(both)
    one = load([Layer("PATH", {"source": place(str(files / "one"))})], config=files / "feedmill.toml")
    with pytest.raises(StorageUnavailable, match=r"has the posts of .*/two, too, .*feedmill refresh NAME"):
        refreshed(one)
    (fault,) = [fault for fault in faults(one) if fault.level == "error"]
    assert f"{files}/two, too" in str(fault)
    assert refreshed(both) == before
    assert len(refreshed(said(files, "one", state="state"))) == 1, "the file itself may lose a source"


def test_a_source_that_a_command_leaves_out_need_not_be_a_right_one(files: Path) -> None:
    config = write(
        files / "feedmill.toml",
        f"""
[service]
state = "{files}/state"
[[source]]
path = "one"
[[source]]
path = "two"
url = "gopher://example.org"
""",
    )
    one = load([Layer("PATH", {"source": place(str(files / "one"))})], config=config)
    assert len(refreshed(one.model_copy(update={"site": said(files, "one").site}))) == 1


def test_nothing_is_adopted_below_a_process_that_holds_the_directory(files: Path) -> None:
    settings = said(files, "one")
    refreshed(settings)
    held = Index.open(state_directory(settings), writer=True)
    with pytest.raises(StorageUnavailable, match="in use by process"):
        refreshed(said(files, "two"), adopt=True)
    held.close()


def test_a_directory_named_by_its_sources_is_gone_on_with(files: Path) -> None:
    """By an earlier release, or by PATH before there was a settings file."""
    by_path = load(
        [Layer("PATH", {"source": place(str(files / "one"))}), Layer("x", {"site": {"url": "https://example.org"}})]
    )
    before = pinned(by_path)
    assert state_directory(said(files, "one")) == state_directory(by_path)
    assert refreshed(said(files, "one")) == before
    after = refreshed(said(files, "one", "two"))
    assert before.items() < after.items()
    assert state_directory(said(files, "two", "one")) == state_directory(by_path)


def test_a_directory_that_somebody_removed_is_made_anew(files: Path) -> None:
    refreshed(
        load([Layer("PATH", {"source": place(str(files / "one"))}), Layer("x", {"site": {"url": "https://a.example"}})])
    )
    settings = said(files, "one")
    refreshed(settings)
    shutil.rmtree(state_directory(settings))
    assert len(refreshed(settings)) == 1


def test_path_means_the_state_of_the_settings_file_where_it_names_the_same(files: Path) -> None:
    settings = said(files, "one")
    config = files / "feedmill.toml"
    same = load([Layer("PATH", {"source": place(f"{files}/two/../one")})], config)
    other = load([Layer("PATH", {"source": place(f"{files}/two")})], config)
    assert state_directory(same) == state_directory(settings)
    assert state_directory(other) == state_directory(load({"source": [{"path": str(files / "two")}]}))
    assert state_directory(other) != state_directory(settings)


def test_a_settings_file_is_one_however_it_is_named(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = said(files, "one")
    (files / "link").symlink_to(files)
    monkeypatch.chdir(files / "two")
    for name in ("../feedmill.toml", str(files / "link" / "feedmill.toml")):
        assert state_directory(load(config=Path(name))) == state_directory(settings)


def test_a_process_that_reads_no_settings_file_is_told_the_directory(files: Path) -> None:
    settings = said(files, "one")
    assert state_directory(restore(dump(handed(settings)))) == state_directory(settings)
    assert json.loads(dump(settings))["service"]["state"] is None
