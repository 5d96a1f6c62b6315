"""The recipes of ``docs/recipes`` as files, and a small newsroom whose pages they are for."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import html

from tests.newsroom.running import PATIENCE, ROOT, environment, post, site

DOCS = ROOT / "docs" / "recipes"
_BLOCK = re.compile(r"^```\S+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

TITLE = '새벽 "강" & <b>안개</b> </script><!--# echo var="host" -->'
"""What must arrive as text, whatever a tool does to HTML, templates and includes."""

POSTS = {
    "2025-01-02-새벽.md": post(f"'{TITLE}'", permalink="/강/새벽/", description="강가에서"),
    "2025-01-03-plus.md": post("Plus", permalink="/c++/"),
}
CONFIG = "title: Test News\nurl: https://news.example.org\ntimezone: Asia/Seoul\nlang: ko\npermalink: pretty\n"

OWN = "the page's own title"


def files(recipe: str) -> dict[str, str]:
    """The files of a recipe: the text of each block whose fence names one."""
    found = dict(_BLOCK.findall((DOCS / recipe).read_text("utf-8")))
    assert found, f"{recipe} names no file"
    return found


def put(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """A recipe's text with the addresses and paths of this machine. AssertionError where it does not hold one."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def newsroom(root: Path) -> Path:
    """A Jekyll site with two posts whose paths and titles are hard to carry."""
    return site(root, POSTS, CONFIG)


def run(*words: str | Path, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """A tool, to its end, with our environment."""
    return subprocess.run(
        [*map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE * 4,
        cwd=cwd,
        env=environment(**extra),
        check=False,
    )


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def titles(page: str) -> list[str]:
    """The titles of an HTML page, decoded as browsers decode them."""
    tree: Any = html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    return [title.text_content() for title in tree.iter("title")]
