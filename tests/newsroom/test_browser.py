"""The HTML pages in a real browser: they show, and nothing breaks their own security policy."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.newsroom.running import EXAMPLE, PATIENCE, serving

CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)
LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def opened(url: str, profile: Path, *flags: str) -> tuple[str, str]:
    """The page's tree after it was shown, and what the browser's console said."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [CHROMIUM, *QUIET, *flags, LOOPBACK_ONLY, f"--user-data-dir={profile}", "--dump-dom", url],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE * 4,
        check=True,
    )
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def test_home_and_category_pages_show_and_leave_the_console_empty(tmp_path: Path) -> None:
    with serving(EXAMPLE, tmp_path / "state") as running:
        base = f"http://127.0.0.1:{running.port}"
        for number, (path, words) in enumerate({"/": "카테고리", "/categories/news/": "News"}.items()):
            tree, console = opened(base + path, tmp_path / f"profile{number}")
            assert re.search(rf"<h[12]>[^<]*(<[^>]*>)?[^<]*{words}", tree)
            assert "Content Security Policy" not in console
            assert console == ""


def test_a_browser_that_opens_a_feed_sees_the_channels_page(tmp_path: Path) -> None:
    with serving(EXAMPLE, tmp_path / "state") as running:
        tree, _ = opened(f"http://127.0.0.1:{running.port}/categories/science/atom.xml", tmp_path / "profile")
        assert '<link rel="alternate" type="application/atom+xml"' in tree
