"""What a generator is to the benchmark: a site laid out for it, the command that builds it, and proof that it did.

Refuses to measure, and to believe: a build counts when the newest posts stand in full in every feed that is due.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import corpus
from bench.processes import ChildFailed

WINDOW: Final = 20
"""Entries of a feed."""

_ENTRY = re.compile(rb"<(?:item|entry)[ >]")
_LAST_WORDS: Final = r"strong(?:>|&gt;|&#62;){number}-3"
"""The fourth paragraph's number, in bold: a feed of excerpts does not have it."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Posts without tags, of one author: :func:`bench.corpus.write` laid them there."""

    root: Path
    posts: int
    categories: int

    def files(self) -> Iterator[Path]:
        """The posts."""
        return (self.root / "_posts").iterdir()


@dataclass(frozen=True, slots=True)
class Laid:
    """A site that is ready to be built. Patterns are below ``out``."""

    command: tuple[str, ...]
    out: Path
    feed: str
    category_feeds: str
    sitemaps: str
    kept: tuple[Path, ...] = ()
    """What a build leaves beside its output: gone before the next, which is as cold."""

    def clear(self, aside: Path) -> None:
        """Make the next build a cold one. What the last one wrote is moved ``aside``, to a directory of the same file
        system: ext4 does not use an inode again that was free for less than minutes, and looks past each of them one
        by one, so that files after thousands were removed cost several times as much (3.5 times after 15,000)."""
        for path in (self.out, *self.kept):
            if path.exists():
                path.rename(Path(tempfile.mkdtemp(dir=aside)) / path.name)


@dataclass(frozen=True, slots=True)
class Generator:
    """One of those compared. ``absent`` says why it cannot run, "" where it can; ``lay`` lays its site out below a
    directory that is there for it."""

    name: str
    absent: Callable[[], str]
    lay: Callable[[Path, Corpus], Laid]


def link(posts: Iterator[Path], folder: Path) -> None:
    """The same files in another folder, without a copy of their bytes where the file system can do that."""
    folder.mkdir(parents=True)
    for path in posts:
        try:
            os.link(path, folder / path.name)
        except OSError:
            shutil.copyfile(path, folder / path.name)


def parts(text: str) -> tuple[dict[str, str], str]:
    """The lines of a post's front matter by name, and its body: for generators that want it said otherwise."""
    _, head, body = text.split("---\n", 2)
    lines = dict(line.split(": ", 1) for line in head.splitlines() if not line.startswith((" ", "excerpt")))
    return lines, body


def proved(name: str, laid: Laid, of: Corpus) -> str:
    """What was built, in words. Raises ChildFailed where it is not all that is due."""
    feeds = sorted(laid.out.glob(laid.category_feeds))
    if len(feeds) != of.categories:
        raise ChildFailed(f"{name}: {len(feeds)} feeds of categories, not {of.categories}")
    _complete(name, laid.out / laid.feed, range(max(of.posts - WINDOW, 0), of.posts))
    newest = corpus.category(of.posts - 1, of.categories)
    for feed in feeds:
        if (found := len(_ENTRY.findall(feed.read_bytes()))) not in _due(of):
            raise ChildFailed(f"{name}: {feed.name} of {feed.parent.name} has {found} entries (newest: {newest})")
    pages = sum(path.read_bytes().count(b"<loc>") for path in laid.out.glob(laid.sitemaps))
    if pages < of.posts:
        raise ChildFailed(f"{name}: {pages} pages in sitemaps, not {of.posts:,}")
    files = sum(len(names) for _, _, names in os.walk(laid.out))
    return f"{files:,} files"


def _due(of: Corpus) -> set[int]:
    """How many entries a category's feed may have."""
    few = of.posts // of.categories
    return {min(few, WINDOW), min(few + bool(of.posts % of.categories), WINDOW)}


def _complete(name: str, feed: Path, numbers: range) -> None:
    if not feed.exists():
        raise ChildFailed(f"{name}: no {feed.name}")
    body = feed.read_bytes()
    if (found := len(_ENTRY.findall(body))) != len(numbers):
        raise ChildFailed(f"{name}: {feed.name} has {found} entries, not {len(numbers)}")
    for number in numbers:
        if not re.search(_LAST_WORDS.format(number=number).encode(), body):
            raise ChildFailed(f"{name}: {feed.name} does not hold the whole of post {number}")
