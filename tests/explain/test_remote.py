"""Posts of remote sources, and posts that moved or are gone: found by any name they have, and explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from service.commands import refresh
from service.errors import StorageUnavailable, UsageError
from service.explain.command import explain
from service.importing.command import Options, import_feed
from service.settings import Settings, load
from tests.explain.asking import ask, index, jekyll_site, text, write

HOME = "https://news.example.org"


def article(number: int, **more: Any) -> dict[str, Any]:
    day = f"2025-01-{number:02}T10:00:00Z"
    made = {"key": number, "path": f"/{number}", "head": f"Title {number}", "body": {"html": "<p>B</p>"}, "out": day}
    return made | {"labels": ["news"], **more}


class Upstream:
    """A JSON API on loopback, and the settings of a site that has it alone."""

    def __init__(self, server: HTTPServer, root: Path) -> None:
        self._server, self._root = server, root
        self.articles = [article(1), article(2, state="draft"), article(3)]
        self.fields = {
            "id": "key", "url": ["seo.url", "path"], "title": "head", "content": "body.html", "published": "out",
            "tags": "labels", "status": "state",
        }  # fmt: skip

    def settings(self, **more: Any) -> Settings:
        source = {
            "url": self._server.url_for("/api"), "name": "cms", "kind": "json", "items": "articles",
            "fields": self.fields, "allow_http": True, "networks": ["127.0.0.0/8"], **more,
        }  # fmt: skip
        return load({"site": {"url": HOME}, "service": {"state": str(self._root / "state")}, "source": [source]})

    def refresh(self, **more: Any) -> None:
        self._server.clear()
        self._server.expect_request("/api").respond_with_json({"articles": self.articles})
        refresh(self.settings(**more), lambda _: None, force=True)

    def ask(self, said: str, **more: Any) -> dict[str, Any]:
        answers: list[str] = []
        code = explain(said, self.settings(**more), answers.append, form="json")
        found: dict[str, Any] = json.loads(answers[0])
        return found | {"code": code}


@pytest.fixture
def upstream(httpserver: HTTPServer, tmp_path: Path) -> Upstream:
    made = Upstream(httpserver, tmp_path)
    made.refresh()
    return made


def whence(found: dict[str, Any], name: str) -> list[str]:
    return [origin["what"] for origin in found["values"][name]["from"]]


def test_a_post_of_an_api_is_found_by_url_id_and_item_and_its_fields_are_traced_to_the_answer(
    upstream: Upstream,
) -> None:
    found = upstream.ask(f"{HOME}/1")
    assert (found["code"], found["status"], found["path"]) == (0, "published", "1")
    assert found["source"]["name"] == "cms"
    assert found["source"]["kind"] == "json"
    assert "/api" in found["source"]["why"]
    assert found["channels"][0]["position"] == 2
    assert whence(found, "title") == ["head (source.fields.title)"]
    assert whence(found, "url") == ["the first of seo.url, path that says something (source.fields.url)"]
    assert whence(found, "published") == ["out (source.fields.published)"]
    for other in (found["values"]["id"]["value"], "1", "/1", f"{HOME}/1/?utm_source=x"):
        assert upstream.ask(other)["path"] == "1", other


def test_a_field_without_a_map_is_traced_to_the_usual_names(upstream: Upstream) -> None:
    upstream.fields = {"url": "path", "published": "out", "title": "head", "id": "key"}
    upstream.articles = [article(1, summary="S", body="<p>B</p>")]
    upstream.refresh()
    assert whence(upstream.ask("1"), "summary") == [
        "the first of summary, excerpt.rendered, excerpt, description, abstract that says something"
    ]


def test_a_hidden_item_says_what_hides_it(upstream: Upstream) -> None:
    found = upstream.ask(f"{HOME}/2")
    assert (found["code"], found["status"]) == (1, "hidden")
    assert "state" in found["reason"]


def test_an_item_that_cannot_be_read_is_found_by_the_json_path_that_the_report_names(upstream: Upstream) -> None:
    upstream.articles.append(article(9, out="no date"))
    upstream.refresh()
    found = upstream.ask("$.articles[3].out")
    assert (found["code"], found["status"], found["path"]) == (1, "rejected", "9")
    assert "$.articles[3].out" in found["problems"][0]["message"]
    assert upstream.ask("$.articles[3]")["path"] == "9"
    with pytest.raises(UsageError, match=r"JSON path.*id or by URL"):
        upstream.ask("$.articles[0]")


def test_a_removed_post_says_since_when_it_is_gone(upstream: Upstream) -> None:
    known = upstream.ask("1")["values"]["id"]["value"]
    upstream.articles = [article(3)]
    upstream.refresh()
    for said in (f"{HOME}/1", known, "/1", "http://news.example.org/1/?utm_source=x"):
        found = upstream.ask(said)
        assert (found["code"], found["status"], found["url"]) == (1, "gone", f"{HOME}/1"), said
        assert "410 since 20" in found["reason"]


def test_a_former_url_says_where_the_post_is_now(upstream: Upstream) -> None:
    upstream.articles[0]["path"] = "/moved/1"
    upstream.refresh()
    found = upstream.ask(f"{HOME}/1")
    assert (found["status"], found["url"]) == ("published", f"{HOME}/moved/1")
    assert f"moved: {HOME}/1 leads to {HOME}/moved/1 now" in found["notes"]
    assert found["values"]["former URLs"]["value"] == [f"{HOME}/1"]
    assert not upstream.ask(f"{HOME}/moved/1")["notes"]


def test_a_pinned_id_and_date_name_the_feed_they_are_from(upstream: Upstream, tmp_path: Path) -> None:
    feed = write(tmp_path, {"old.json": json.dumps({
        "version": "https://jsonfeed.org/version/1.1", "title": "Old",
        "items": [{"id": "urn:old:1", "url": f"{HOME}/1", "title": "x", "date_published": "2024-12-31T10:00:00Z"}],
    })}) / "old.json"  # fmt: skip
    import_feed(str(feed), upstream.settings(), lambda _: None, options=Options(), form="text")
    found = upstream.ask("urn:old:1")
    assert (found["path"], found["values"]["published"]["value"]) == ("1", "2024-12-31T10:00:00Z")
    assert whence(found, "id") == whence(found, "published") == ["pinned by import-feed: old.json (state.db)"]


def test_what_the_settings_give_is_said_to_be_theirs(upstream: Upstream) -> None:
    more = {"defaults": {"categories": ["Extern"], "language": "ko"}}
    upstream.refresh(**more)
    found = upstream.ask("1", **more)
    assert whence(found, "categories") == ["source.defaults.categories"]
    assert whence(found, "language") == ["source.defaults.language"]


def test_a_source_that_cannot_be_asked_is_a_note(upstream: Upstream, httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/api").respond_with_data("gone", status=404)
    refresh(upstream.settings(), lambda _: None, force=True)
    (note,) = upstream.ask("1")["notes"]
    assert "cannot be read since 20" in note
    assert "404" in note


@pytest.mark.parametrize(
    ("kind", "name", "what"),
    [
        ("wordpress", "title", "title.rendered"),
        ("wordpress", "published", "the first of date_gmt, date that says something"),
        ("ghost", "summary", "custom_excerpt"),
        ("feed", "url", "link"),
    ],
)
def test_every_kind_of_api_has_names_for_what_it_says(kind: str, name: str, what: str) -> None:
    from service.explain.remotes import said_by

    assert what in said_by(load({"source": [{"url": "https://x.example", "kind": kind}]}).source[0])[name]


def test_an_id_as_documents_show_it_names_its_post(tmp_path: Path) -> None:
    folder = write(tmp_path / "notes", {"겨울.md": text(title="A", date="2025-01-01")})
    site = {"url": HOME}
    id_ = ask("겨울.md", folder, site=site)["values"]["id"]["value"]
    assert id_.startswith("tag:")
    assert ask(id_, folder, site=site)["path"] == "겨울.md"
    assert ask(f" {id_}\n", folder, site=site)["path"] == "겨울.md"


def test_a_file_that_is_gone_is_told_so_by_url_and_by_id(tmp_path: Path) -> None:
    root, state = tmp_path / "site", tmp_path / "state"
    jekyll_site(root, {"2025-01-01-a.md": text(title="A"), "2025-01-02-b.md": text(title="B")})
    index(root, state)
    found = ask("a", root, state=state)
    (root / "_posts" / "2025-01-01-a.md").unlink()
    index(root, state)
    for said in (found["url"], found["values"]["id"]["value"]):
        gone = ask(said, root, state=state)
        assert (gone["code"], gone["status"]) == (1, "gone")


def test_without_a_state_directory_the_default_one_is_asked_for_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    root = tmp_path / "site"
    jekyll_site(root, {"2025-01-01-a.md": text(title="A"), "2025-01-02-b.md": text(title="B")})
    index(root, None)
    url = ask("a", root)["url"]
    (root / "_posts" / "2025-01-01-a.md").unlink()
    index(root, None)
    gone = ask(url, root)
    assert (gone["code"], gone["status"]) == (1, "gone")
    assert any("--state" in note for note in gone["notes"])


def test_a_state_file_that_is_damaged_is_one_line(upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "state" / "state.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageUnavailable, match=r"state\.db: .*; restore it from a backup"):
        upstream.ask("1")
