"""The Jekyll site and the plain folder, held to what every source does."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.sources.source import Source
from tests.contracts.source_contract import Content, SourceContract
from tests.sources.support import CONFIG, post, source, write


def directory(root: Path, pattern: str) -> Content:
    """A directory whose posts lie where ``pattern`` has their key."""

    def path(key: str) -> str:
        return pattern.format(key)

    def make() -> Source:
        return source(root)

    return Content(
        make=make,
        locator=path,
        write=lambda key, title: _replace(root / path(key), post(f"title: {title}\ndate: 2024-05-01 10:00 +0900")),
        spoil=lambda key: _replace(root / path(key), post("title: not: yaml")),
        remove=lambda key: (root / path(key)).unlink(),
        cut_off=lambda: _move_away(root),
    )


def _replace(file: Path, text: str) -> None:
    """As editors save: a new file under the old name, so that no two versions look alike to stat."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".tmp")
    fresh.write_text(text, "utf-8")
    fresh.rename(file)


def _move_away(root: Path) -> None:
    root.rename(root.with_name("unmounted"))


class TestJekyllSite(SourceContract):
    @pytest.fixture
    def content(self, tmp_path: Path) -> Content:
        return directory(write(tmp_path / "site", {"_config.yml": CONFIG}), "_posts/2024-05-01-{}.md")


class TestJekyllSiteWithLimit(SourceContract):
    """``limit_posts`` makes the source read everything at each scan; what it yields stays the same."""

    @pytest.fixture
    def content(self, tmp_path: Path) -> Content:
        config = CONFIG + "limit_posts: 3\n"
        return directory(write(tmp_path / "site", {"_config.yml": config}), "_posts/2024-05-01-{}.md")


class TestPlainFolder(SourceContract):
    @pytest.fixture
    def content(self, tmp_path: Path) -> Content:
        return directory(write(tmp_path / "folder", {"README": "no post"}), "notes/{}.md")
