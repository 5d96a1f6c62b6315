"""Small content directories, and what a source makes of them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from service.errors import Problem
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import DirectorySource
from service.sources.source import Change, Fields, Put, Reject

CONFIG = "url: https://site.example\ntimezone: Asia/Seoul\n"
STAND_IN = "https://stand-in.example"
SHARED = Path(__file__).parents[2].parent / "shared"
"""Real content beside the repository, where there is any: it is never copied into it."""


def png(width: int, height: int) -> bytes:
    """The beginning of a picture, as far as anyone looks at it."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">L4sLLBB", 13, b"IHDR", width, height, 8, 6) + b"\0" * 40


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below a root and return it."""
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def post(head: str = "title: A post", body: str = "Text.\n") -> str:
    return f"---\n{head}\n---\n{body}"


class Clock:
    """A clock that stands ten seconds after everything was written, and moves only when someone sleeps."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def source(
    root: Path,
    *,
    site: SiteSettings | None = None,
    limits: LimitSettings | None = None,
    **settings: Any,
) -> DirectorySource:
    clock = Clock(4_000_000_000.0)
    if site is None:  # what the wiring does: a site that says no URL gets one from the settings
        said = any("url" in path.read_text("utf-8", "replace") for path in root.glob("_config.*") if path.is_file())
        site = SiteSettings(url="" if said else STAND_IN)
    return DirectorySource(
        SourceSettings(path=root, **settings),
        site,
        limits or LimitSettings(),
        clock=clock,
        sleep=clock.sleep,
    )


def scan(root: Path, **options: Any) -> dict[str, Change]:
    """What a first scan of a directory yields, by locator."""
    opened = source(root, **options)
    opened.open()
    return {change.locator: change for change in opened.scan({})}


def load(
    head: str = "title: A post", body: str = "Text.\n", *, tmp_path: Path, config: str = CONFIG, **options: Any
) -> Put:
    """One post of a Jekyll site, as its source understands it."""
    name = options.pop("name", "_posts/2024-05-01-a-post.md")
    files: dict[str, str | bytes] = {"_config.yml": config, name: post(head, body), **options.pop("files", {})}
    change = scan(write(tmp_path, files), **options)[name]
    assert isinstance(change, Put), change
    return change


def fields(head: str = "title: A post", body: str = "Text.\n", *, tmp_path: Path, **options: Any) -> Fields:
    return load(head, body, tmp_path=tmp_path, **options).fields


def put(change: Change) -> Put:
    assert isinstance(change, Put), change
    return change


def problem(change: Change) -> Problem:
    """The one problem of a rejected post."""
    assert isinstance(change, Reject), change
    (found,) = change.problems
    return found


def codes(change: Change) -> list[str]:
    assert isinstance(change, Put | Reject)
    return [found.code for found in change.problems]
