"""Commands as an impatient operator types them: every answer is one line that says what, where and how to mend it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.newsroom.running import PATIENCE, environment, feedmill, post, site

SITE = "site"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a site and with whatever may be named in its place."""
    root = tmp_path_factory.mktemp("impatience")
    site(root / SITE, {"2025-01-01-one.md": post("One")})
    (root / "empty").mkdir()
    (root / "empty.xml").write_text("")
    (root / "binary").write_bytes(bytes(range(256)) * 10)
    (root / "huge.txt").write_text("a" * 20_000_001)
    (root / "state").write_text("a file")
    return root


DIRECTORY = "name the directory that the file lies in"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("confg", 2, "Did you mean 'config'?"),
        ("config --chekc", 2, "feedmill config --help says more"),
        ("config --config site", 3, "site: is a directory; name a file in it, such as site/feedmill.toml"),
        ("config --config none.toml", 3, "none.toml: cannot be read"),
        ("config --config binary", 3, "is not UTF-8"),
        ("config --check none", 4, "is its name right, and the disk mounted?"),
        ("config --check binary", 4, DIRECTORY),
        ("config --check site --state state", 4, "--state: service.state: {}/state: it is no directory (name another"),
        ("sources site --state state", 4, "state: is no directory; name another one with --state"),
        ("sources --site x", 2, "--site 'x': there is no such site"),
        ("refresh none", 2, "there is no such directory and no source of that name"),
        ("refresh huge.txt", 4, DIRECTORY),
        ("refresh empty --url https://x.example", 4, "is the disk mounted?"),
        ("refresh site --state state", 4, "is no directory; name another directory with --state"),
        ("explain", 2, "Missing argument 'POST' (feedmill explain --help says more)"),
        ("explain one site --state state", 4, "is no directory; name another one with --state"),
        ("explain zzzz site", 2, "name one by its file, its URL or its id"),
        ("explain one binary", 4, DIRECTORY),
        ("import-feed none.xml site", 4, "there is no such file; name the file, or the address, of a feed"),
        ("import-feed site site", 4, "is a directory; name the file, or the address, of a feed"),
        ("import-feed empty.xml site", 4, "name the file, or the address, of a feed"),
        ("import-feed binary site", 4, "name the file, or the address, of a feed"),
        ("import-feed huge.txt site", 4, "has more than 20000000 bytes; name the file"),
        ("check binary", 4, DIRECTORY),
        ("check site --format xml", 2, "is not one of 'text', 'json', 'github', 'sarif' (feedmill check --help"),
        ("check site --state state", 4, "is no directory; name another directory with --state"),
        ("build site", 2, "Missing option '--out' (feedmill build --help says more)"),
        ("build site --out binary", 2, "'binary' is a file (feedmill build --help says more)"),
        ("build site --out out --state state", 4, "is no directory; name another directory with --state"),
        ("serve binary", 4, DIRECTORY),
        ("serve site --state state --port 0", 4, "--state: service.state: {}/state: it is no directory (name another"),
        (
            "serve site --no-worker --state state --port 0",
            4,
            "service.state: {}/state: it is no directory (name another",
        ),
        ("serve --site x", 2, "--site 'x': there is no such site"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_how_to_mend_it(place: Path, words: str, code: int, said: str) -> None:
    done = feedmill(*words.split(), cwd=place)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
    assert done.stderr.startswith("feedmill: ")
    assert said.format(place) in done.stderr


def test_a_name_of_any_length_is_repeated_in_part(place: Path) -> None:
    done = feedmill("explain", "a" * 5000, SITE, cwd=place)
    assert (done.returncode, len(done.stderr) < 400) == (2, True)


def test_sources_says_that_a_directory_is_not_there(place: Path) -> None:
    done = feedmill("sources", "none", cwd=place)
    assert (done.returncode, "never refreshed; cannot be read now: none: " in done.stdout) == (1, True)
    said = json.loads(feedmill("sources", "none", "--format", "json", cwd=place).stdout)
    assert "no such file or directory" in said["sources"][0]["error"]["message"]


def unprivileged(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command by a user for whom permissions count."""
    without = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    return subprocess.run(
        [*without, sys.executable, "-m", "service.cli", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE * 4,
        cwd=cwd,
        env=environment(),
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("config --config closed/feedmill.toml", 3, "Permission denied"),
        ("config --check closed", 4, "let the user that runs Feedmill read it"),
        ("config --check site --state readonly/state", 4, "readonly may not be written by this user"),
        ("config --check site --state readonly", 4, "it may not be written by this user"),
        ("serve site --state readonly --port 0", 4, "it may not be written by this user (name another directory"),
        ("worker site --state readonly", 4, "it may not be written by this user (name another directory"),
        ("refresh site --state readonly", 4, "name another directory with --state"),
        ("refresh closed --state st", 4, "let the user that runs Feedmill read it"),
        ("check closed", 4, "let the user that runs Feedmill read it"),
        ("build site --state st --out readonly/out", 4, "readonly/out: cannot be written"),
        ("explain one site --state closed", 4, "closed: may not be read by this user"),
        ("sources site --state closed", 4, "closed: may not be read by this user"),
        ("import-feed closed.xml site --state st", 4, "closed.xml: cannot be read: permission denied"),
        ("import-feed old.xml site --state readonly", 4, "name another directory with --state"),
    ],
)
def test_what_may_not_be_read_or_written_is_one_line(tmp_path: Path, words: str, code: int, said: str) -> None:
    site(tmp_path / SITE, {"2025-01-01-one.md": post("One")})
    for name in ("readonly", "closed"):
        (tmp_path / name).mkdir()
    (tmp_path / "closed.xml").write_text("x")
    (tmp_path / "old.xml").write_text("<rss><channel><item><guid>7</guid></item></channel></rss>")
    (tmp_path / "readonly").chmod(0o500)
    (tmp_path / "closed").chmod(0)
    (tmp_path / "closed.xml").chmod(0)
    try:
        done = unprivileged(*words.split(), cwd=tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
        (tmp_path / "readonly").chmod(0o700)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
    assert said in done.stderr


def test_a_state_directory_that_is_read_only_can_be_asked_and_tried_out(tmp_path: Path) -> None:
    site(tmp_path / SITE, {"2025-01-01-one.md": post("One")})
    (tmp_path / "old.json").write_text(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [{"id": "7", "url": "https://news.example.org/news/2025/01/01/one.html", "title": "One"}],
            }
        )
    )
    assert feedmill("refresh", SITE, "--state", "state", cwd=tmp_path).returncode == 0
    for path in (*(tmp_path / "state").iterdir(), tmp_path / "state"):
        path.chmod(0o500)
    try:
        for words, said in (
            ("explain one site --state state", "published in feeds"),
            ("sources site --state state", "1 post"),
            ("import-feed old.json site --state state --dry-run", "1 of 1 are posts here"),
        ):
            done = unprivileged(*words.split(), cwd=tmp_path)
            assert (done.returncode, said in done.stdout, done.stderr) == (0, True, ""), words
    finally:
        (tmp_path / "state").chmod(0o700)
