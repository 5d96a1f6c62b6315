"""Running the real command in its own process: what a user, an operator and a reader would have before them."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "newsroom"
PATIENCE = 30.0
"""Seconds until a test gives up: generous, because machines are shared; nothing is judged by it."""

T = TypeVar("T")


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without what would set Feedmill up."""
    platform = {"PORT", "WEB_CONCURRENCY", "LOG_LEVEL"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FEEDMILL_") and k not in platform}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


def feedmill(*words: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE * 4,
        cwd=cwd or ROOT,
        env=environment(**extra),
        check=False,
    )


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Running:
    """A command that goes on, and what it has said so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    port: int = 0

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def ready(self) -> bool:
        return self.get("/readyz").status == 200

    def log(self) -> str:
        return "".join(self.said)


def eventually(ask: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first true answer; AssertionError where none comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {ask}")


@contextmanager
def started(*words: str | Path, cwd: Path | None = None, **extra: str) -> Iterator[Running]:
    """A command in the background; ended by SIGTERM at the latest when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        cwd=cwd or ROOT,
        env=environment(**extra),
    )
    running = Running(process)

    def listen() -> None:
        assert process.stdout is not None
        running.said.extend(iter(process.stdout.readline, ""))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listener.join(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def serving(content: Path, state: Path, *words: str, **extra: str) -> Iterator[Running]:
    """``feedmill serve`` on a free port, ready to be asked."""
    with started("serve", content, "--state", state, "--port", "0", *words, **extra) as running:

        def port() -> int:
            assert running.process.poll() is None, running.log()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", running.log())
            return int(found[1]) if found else 0

        running.port = eventually(port)
        eventually(running.ready)
        yield running


CONFIG = "title: Test News\nurl: https://news.example.org\ntimezone: Asia/Seoul\n"


def site(root: Path, posts: Mapping[str, str], config: str = CONFIG) -> Path:
    """A small Jekyll site: file name below ``_posts`` to text."""
    (root / "_posts").mkdir(parents=True)
    (root / "_config.yml").write_text(config, "utf-8")
    for name, text in posts.items():
        (root / "_posts" / name).write_text(text, "utf-8")
    return root


def post(title: str, category: str = "news", body: str = "Body.", **more: str) -> str:
    """A post's text."""
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    return f"---\ntitle: {title}\ncategories: [{category}]\n{lines}---\n\n{body}\n"
