"""A hook of the real command: a deploy tells us, and its post is published without a watch."""

from __future__ import annotations

import http.client
import re
from datetime import UTC, datetime
from pathlib import Path

from tests.newsroom.running import PATIENCE, Running, eventually, feedmill, post, serving, site
from tests.serving import signing

CALM = ("--set", "refresh.watch=off", "--set", "refresh.interval=86400")


def configured(root: Path, scheme: str) -> Path:
    file = root / "feedmill.toml"
    file.write_text(f'[[source]]\npath = "site"\nname = "blog"\nhook = "{scheme}"\nhook_secret_file = "secret"\n')
    (root / "secret").write_text(f"{signing.SECRET}\n")
    return file


def knock(running: Running, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
    try:
        connection.request("POST", "/hooks/blog", body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_push_publishes_what_it_brought_at_once(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2024-01-01-one.md": post("One")})
    config = configured(tmp_path, "github")
    with serving(content, tmp_path / "state", "--config", str(config), *CALM) as running:
        assert b"One" in running.get("/rss.xml").body
        (content / "_posts" / "2024-01-02-two.md").write_text(post("Two"))
        assert knock(running, b"{}", {})[0] == 401
        assert knock(running, b"{}", signing.github(b"{}")) == (202, b"accepted\n")
        eventually(lambda: b"Two" in running.get("/rss.xml").body)
        assert knock(running, b"{}", signing.github(b"{}")) == (202, b"duplicate\n")
        assert b'feedmill_requests_total{kind="hook",status="202"} 2.0' in running.get("/metrics").body
        assert signing.SECRET not in running.log()
        assert signing.SECRET.encode() not in b"".join(
            path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()
        )
        assert signing.SECRET not in feedmill("config", "--config", config).stdout


def test_the_web_alone_hands_a_hook_to_the_worker_beside_it(tmp_path: Path) -> None:
    """Two commands on one state directory, as two containers of one pod have it."""
    content = site(tmp_path / "site", {"2024-01-01-one.md": post("One")})
    config = ("--config", str(configured(tmp_path, "generic")))
    with (
        serving(content, tmp_path / "state", *config, *CALM) as worker,
        serving(content, tmp_path / "state", *config, "--no-worker") as web,
    ):
        assert b"One" in worker.get("/rss.xml").body
        (content / "_posts" / "2024-01-02-two.md").write_text(post("Two"))
        assert knock(web, b"{}", signing.generic(b"{}", datetime.now(UTC))) == (202, b"accepted\n")
        eventually(lambda: b"Two" in web.get("/rss.xml").body)


def test_W01_a_secret_that_is_missing_is_told_before_anything_is_served(tmp_path: Path) -> None:
    site(tmp_path / "site", {})
    config = configured(tmp_path, "github")
    assert feedmill("config", "--check", "--config", config).returncode == 0
    (tmp_path / "secret").unlink()
    for words in (("config", "--check"), ("serve", "--port", "0")):
        done = feedmill(*words, "--config", config)
        assert done.returncode == 3
        place = rf"feedmill: {config}:\d+: source\.hook_secret_file: {tmp_path / 'secret'}: cannot be read: .*\(.*\)\n"
        assert re.fullmatch(place, done.stderr)


def test_a_scheme_without_a_secret_is_a_line_in_the_log_and_no_hook(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2024-01-01-one.md": post("One")})
    with serving(content, tmp_path / "state", "--set", "source.hook=ghost", "--set", "source.name=blog") as running:
        assert knock(running, b"{}", {})[0] == 404
        assert "--set: source.hook: no hook: ghost is to sign, and there is no secret" in running.log()
