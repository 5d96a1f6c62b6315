"""A server before an upstream, as its operator meets it: real processes, an upstream that goes down and comes back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.newsroom.running import Answer, Running, eventually, feedmill, post, site, started

PATHS = ("/rss.xml", "/atom.xml", "/feed.json", "/sitemap.xml")


class Upstream:
    """A JSON Feed over HTTP: ``titles`` are its posts; with a ``status`` it answers that instead."""

    def __init__(self) -> None:
        self.titles = ["One", "Two"]
        self.status, self.headers = 200, dict[str, str]()
        self.asked = 0
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                upstream.asked += 1
                body = upstream.body() if upstream.status == 200 else b"out of order"
                self.send_response(upstream.status)
                for name, value in {"Content-Type": "application/feed+json", **upstream.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/feed.json"

    def body(self) -> bytes:
        items = [
            {
                "id": f"https://news.example.org/{title.lower()}",
                "url": f"https://news.example.org/{title.lower()}",
                "title": title,
                "content_html": f"<p>{title}</p>",
                "date_published": f"2026-11-{number:02}T10:00:00Z",
            }
            for number, title in enumerate(self.titles, start=1)
        ]
        said = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "News",
            "home_page_url": "https://news.example.org/",
            "items": items,
        }
        return json.dumps(said).encode()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def settings(tmp_path: Path, upstream: Upstream, more: str = "") -> tuple[str, Path]:
    path = tmp_path / "feedmill.toml"
    path.write_text(
        f'[service]\nstate = "{tmp_path / "state"}"\n'
        f'[[source]]\nname = "news"\nurl = "{upstream.url}"\nkind = "feed"\nallow_http = true\n'
        f'networks = ["127.0.0.0/8"]\n{more}'
    )
    return "--config", path


@contextmanager
def serving(*words: str | Path) -> Iterator[Running]:
    with started("serve", *words, "--port", "0") as running:

        def port() -> int:
            assert running.process.poll() is None, running.log()
            found = running.log().partition("http://127.0.0.1:")[2].partition("/")[0]
            return int(found) if found.isdecimal() else 0

        running.port = eventually(port)
        yield running


def documents(running: Running) -> list[tuple[str, bytes]]:
    answers = [running.get(path) for path in PATHS]
    assert [answer.status for answer in answers] == [200] * len(PATHS)
    return [(answer.headers["etag"], answer.body) for answer in answers]


def readiness(running: Running) -> tuple[Answer, dict[str, Any]]:
    answer = running.get("/readyz")
    return answer, json.loads(answer.body)


def test_while_an_upstream_is_down_the_last_good_documents_stand(tmp_path: Path, upstream: Upstream) -> None:
    config = settings(tmp_path, upstream)
    with serving(*config) as running:
        eventually(running.ready)
        before = documents(running)
        assert b"Two" in before[0][1]
        upstream.status, upstream.titles = 404, ["One", "Two", "Three"]
        done = feedmill("refresh", "news", *config)
        assert (done.returncode, done.stdout.partition(": ")[0]) == (4, "news"), done.stderr
        assert documents(running) == before, "the same bytes, the same ETags"
        answer, said = readiness(running)
        (source,) = said["sources"]
        assert (answer.status, said["stale"]) == (200, ["news"])
        assert (source["status"], source["posts"]) == (404, 2)
        assert source["next_attempt"] > source["stale_since"] > source["last_scan"]
        metrics = running.get("/metrics").body.decode()
        assert 'feedmill_source_up{source="news"} 0.0' in metrics
        assert 'feedmill_source_refresh_total{result="failure",source="news"} 1.0' in metrics
        eventually(lambda: "source refresh failed source=news" in running.log())
        listed = feedmill("sources", *config)
        assert listed.returncode == 1
        assert "stale for" in listed.stdout
        upstream.status = 200
        assert feedmill("refresh", "--source", "news", *config).returncode == 0
        eventually(lambda: b"Three" in running.get("/rss.xml").body)
        assert readiness(running)[1]["stale"] == []
        assert documents(running) != before
    upstream.status = 503
    with serving(*config) as running:
        eventually(running.ready)
        assert b"Three" in running.get("/rss.xml").body, "a restart needs no upstream"


def test_U09_a_wait_that_was_asked_for_survives_the_process(tmp_path: Path, upstream: Upstream) -> None:
    config = settings(tmp_path, upstream)
    assert feedmill("refresh", *config).returncode == 0
    upstream.status, upstream.headers = 429, {"Retry-After": "7200"}
    assert feedmill("refresh", *config).returncode == 4
    asked = upstream.asked
    upstream.status = 200
    assert feedmill("refresh", *config).returncode == 4
    assert upstream.asked == asked, "nobody asks before the upstream wants to be asked"
    said = json.loads(feedmill("sources", "--format", "json", *config).stdout)["sources"][0]
    assert (said["error"]["reason"], said["error"]["status"], said["posts"]) == ("rate-limited", 429, 2)
    assert feedmill("refresh", "--force", *config).returncode == 0
    assert upstream.asked > asked


def test_a_server_starts_while_its_upstream_is_down_and_is_ready_when_that_comes_up(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.status = 404
    config = settings(tmp_path, upstream)
    with serving(*config) as running:
        eventually(lambda: "source refresh failed source=news" in running.log())
        assert running.get("/rss.xml").status == 503
        assert readiness(running)[0].status == 503
        upstream.status = 200
        assert feedmill("refresh", "news", *config).returncode == 0
        eventually(running.ready)
        documents(running)


def test_build_and_check_ask_an_upstream_once(tmp_path: Path, upstream: Upstream) -> None:
    config = settings(tmp_path, upstream)
    done = feedmill("build", *config, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "Two" in (tmp_path / "out" / "rss.xml").read_text("utf-8")
    assert feedmill("check", *config).returncode == 0
    upstream.status = 404
    failed = feedmill("check", *config)
    assert (failed.returncode, "404" in failed.stderr) == (4, True)
    before = {file.name for file in (tmp_path / "out").iterdir()}
    built = feedmill("build", *config, "--out", tmp_path / "out")
    assert (built.returncode, "404" in built.stderr) == (4, True), "what is known is built, and said not to be news"
    assert {file.name for file in (tmp_path / "out").iterdir()} == before


def test_a_build_removes_nothing_of_a_source_that_was_never_read(tmp_path: Path, upstream: Upstream) -> None:
    config = settings(tmp_path, upstream)
    assert feedmill("build", *config, "--out", tmp_path / "out").returncode == 0
    before = {file: file.stat().st_size for file in (tmp_path / "out").rglob("*") if file.is_file()}
    upstream.status = 404
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts/a.md").write_text("---\ntitle: A\ndate: 2026-01-02\n---\nBody\n")
    other = tmp_path / "other.toml"
    other.write_text((tmp_path / "feedmill.toml").read_text() + f'\n[[source]]\npath = "{tmp_path / "posts"}"\n')
    fresh = ("--config", other, "--state", tmp_path / "fresh", "--url", "https://news.example")
    failed = feedmill("build", *fresh, "--out", tmp_path / "out")
    assert (failed.returncode, "404" in failed.stderr) == (4, True)
    assert "<title>A</title>" in (tmp_path / "out/rss.xml").read_text("utf-8")
    assert before.keys() <= {file for file in (tmp_path / "out").rglob("*") if file.is_file()}


def test_a_directory_without_an_address_has_that_of_the_upstream_beside_it(tmp_path: Path, upstream: Upstream) -> None:
    content = site(tmp_path / "site", {"2025-01-01-home.md": post("Home")}, config="title: Home\n")
    config = settings(tmp_path, upstream, f'[[source]]\npath = "{content}"\n')
    with serving(*config) as running:
        eventually(running.ready)
        feed = json.loads(running.get("/feed.json").body)
        assert {item["url"].rpartition("/")[0] for item in feed["items"]} >= {"https://news.example.org"}
        assert sorted(item["title"] for item in feed["items"]) == ["Home", "One", "Two"]
        assert all(item["url"].startswith("https://news.example.org/") for item in feed["items"])


def test_a_name_that_no_source_has_is_refused(tmp_path: Path, upstream: Upstream) -> None:
    config = settings(tmp_path, upstream)
    done = feedmill("refresh", "--source", "olds", *config)
    assert (done.returncode, "there is no source 'olds'; there is news" in done.stderr) == (2, True)
    assert feedmill("sources", *config).stdout.startswith(f"news  feed  {upstream.url}: never refreshed")
