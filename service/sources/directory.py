"""A directory of posts as a source: what changed in it since the last scan.

Files that did not change are neither opened nor parsed. What a file means is the business of a dialect (a Jekyll site,
a plain folder), which is chosen anew at each opening, because a folder may become a site while it is watched.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from re import Pattern
from typing import Final, Protocol

from service.content.decode import decode
from service.errors import Problem, Rejected, SourceUnavailable
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.files import Tree, Vanished
from service.sources.jekyll import Jekyll
from service.sources.jekyll_config import NAMES
from service.sources.plain import Plain
from service.sources.source import Change, Context, Drop, Fields, Put, Reject, SiteFacts, Source
from service.sources.walk import Entry, Listing, Refusal, visible

_RETRIED = frozenset(("file-unreadable", "file-unstable"))
"""Refusals that may end without a trace in what stat sees: the file is tried again at each scan."""


_HEAD_BYTES: Final = 256
"""Enough to see how a file begins."""

_MOST_WAITING: Final = 1000
"""Posts that wait for their pictures, at most: where more do the rest of the site is simply not here."""


class Dialect(Protocol):
    """What the files of a directory mean, as of one opening."""

    facts: SiteFacts
    context: Context
    problems: tuple[Problem, ...]
    digest: str
    """Of everything but the file itself that a file's meaning hangs on."""
    window: int
    """The newest so many posts count; 0: all do."""

    def enter(self, path: str) -> bool: ...

    def wanted(self, path: str) -> bool: ...

    def opening(self, path: str) -> Pattern[bytes] | None:
        """How a file has to begin to be a post at all; None where it is judged as a whole."""
        ...

    def understand(self, entry: Entry, text: str, tree: Tree) -> tuple[Fields, tuple[Problem, ...]]: ...


def open_source(settings: SourceSettings, site: SiteSettings, limits: LimitSettings) -> Source:
    """The source of one ``[[source]]``. Nothing is read before its own ``open``.

    Where neither ``site.url`` nor the content says where pages are, it can be opened (its facts then have no URL) but
    not scanned to any use: the caller settles a URL first.
    """
    return DirectorySource(settings, site, limits)


class DirectorySource:
    """A content directory. ``clock`` (seconds since the epoch) and ``sleep`` serve the care for half-written files."""

    def __init__(
        self,
        settings: SourceSettings,
        site: SiteSettings,
        limits: LimitSettings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = settings.name or settings.path.resolve().name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._dialect: Dialect | None = None
        self._configured = ""
        """The configuration file of the last opening. Editors and git replace files by removing them first; taking
        the instant between for a site without configuration would give every post another URL and id."""
        self._passed_over: dict[str, str] = {}
        """Files that are no posts by how they begin, and their state then: nobody is told of them, and the index does
        not know them, so that they are remembered here."""
        self._waiting: dict[str, tuple[str, ...]] = {}
        """Posts that named files of the site which were not there, and where these would be."""

    def open(self) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """Read what holds for the whole source; raises SourceUnavailable."""
        with self._tree() as tree:
            kind = self._settings.kind
            opened: Dialect
            if not any(os.scandir(self._settings.path)):
                raise SourceUnavailable(f"{self._settings.path}: is empty; is the disk mounted?")
            configured = next(filter(tree.exists, NAMES), "")
            if self._configured and not configured:
                raise SourceUnavailable(
                    f"{self._settings.path}: {self._configured} is gone; what it said holds until it is back "
                    "(restart Feedmill to read the directory without it)"
                )
            if kind == "jekyll" or (kind == "auto" and is_jekyll(tree)):
                opened = Jekyll(tree, self._settings, self._site, self._limits)
            else:
                opened = Plain(self._settings, self._site, self._limits)
        if self._dialect is None or self._dialect.digest != opened.digest:
            self._passed_over.clear()
        self._dialect, self._configured = opened, configured
        return opened.facts, opened.context, opened.problems

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        """The changes against the known fingerprints in the order of paths, drops last. Raises SourceUnavailable."""
        if self._dialect is None:
            self.open()
        dialect = self._dialect
        assert dialect is not None  # noqa: S101 - open() either set it or raised
        if not dialect.context.url:
            raise SourceUnavailable(
                f"{self._settings.path}: neither the settings nor the content say where the site is; "
                "set url in _config.yml or [site] url in feedmill.toml"
            )
        with self._tree() as tree:
            listing = tree.walk(dialect.enter, dialect.wanted)
            present = {item.path for item in listing.items}
            for remembered in (self._passed_over, self._waiting):
                for path in remembered.keys() - present:
                    del remembered[path]
            changes = self._changes(tree, dialect, listing, {} if dialect.window else known)
            yield from self._newest(changes, dialect.window, known) if dialect.window else changes
            gone = (path for path in sorted(known) if path not in present or path in self._passed_over)
            yield from (Drop(path) for path in gone if listing.covers(path))

    def watch_paths(self) -> tuple[str, ...]:
        return (str(self._settings.path),)

    def _tree(self) -> Tree:
        follow = self._settings.follow_symlinks == "inside"
        return Tree(self._settings.path, follow=follow, clock=self._clock, sleep=self._sleep)

    def _changes(
        self, tree: Tree, dialect: Dialect, listing: Listing, known: Mapping[str, str]
    ) -> Iterator[Put | Reject]:
        alike = _alike(item.path for item in listing.items)
        arrived = {path for path in {path for paths in self._waiting.values() for path in paths} if tree.find(path)}
        for item in listing.items:
            twin = alike.get(item.path)
            mark = f"{dialect.digest}.{_short(twin)}" if twin else dialect.digest
            last, _, turns = known.get(item.path, "").partition("@")
            due = bool(turns) and int(turns, 16) <= self._clock()
            if last == f"{item.state}.{mark}" and not due and arrived.isdisjoint(self._waiting.get(item.path, ())):
                continue
            if isinstance(item, Refusal):
                if item.path in known or dialect.opening(item.path) is None:  # else nobody knows that it is a post
                    yield Reject(item.path, f"{item.state}.{mark}", (item.problem,))
            elif not self._passes_over(tree, dialect, item) and (change := self._load(tree, dialect, item, mark, twin)):
                yield change

    def _passes_over(self, tree: Tree, dialect: Dialect, entry: Entry) -> bool:
        """Whether a file is no post by how it begins. A file that cannot be looked at is left to :meth:`_load`."""
        if self._passed_over.get(entry.path) == entry.state:
            return True
        self._passed_over.pop(entry.path, None)
        opening = dialect.opening(entry.path)
        if opening is None:
            return False
        try:
            if opening.match(tree.head(entry, _HEAD_BYTES)):
                return False
        except (Vanished, Rejected):
            return False
        self._passed_over[entry.path] = entry.state
        return True

    def _load(self, tree: Tree, dialect: Dialect, entry: Entry, mark: str, twin: str | None) -> Put | Reject | None:
        """Read and understand one file; None where it is gone, which only the next listing decides (C-14)."""
        path = visible(entry.path)
        notes: tuple[Problem, ...] = ()
        if twin:
            message = f"the name differs from {visible(twin)} only in case or Unicode normalisation"
            notes = (Problem(path, 0, 0, "warning", "name-collision", message, "rename one of the two"),)
        self._waiting.pop(entry.path, None)
        tree.missed.clear()
        tree.turns_at = None
        try:
            data, entry = tree.read(entry, self._limits.file_bytes, self._settings.encoding)
            text, problems = decode(data, path, self._settings.encoding)
            notes += problems
            fields, problems = dialect.understand(entry, text, tree)
        except Vanished:
            return None
        except Rejected as error:
            again = any(problem.code in _RETRIED for problem in error.problems)
            return Reject(entry.path, "again" if again else f"{entry.state}.{mark}", (*notes, *error.problems))
        if tree.missed and len(self._waiting) < _MOST_WAITING:
            self._waiting[entry.path] = tuple(tree.missed)
        turns = f"@{math.ceil(tree.turns_at.timestamp()):x}" if tree.turns_at else ""
        return Put(entry.path, f"{entry.state}.{mark}{turns}", fields, text, (*notes, *problems))

    def _newest(self, changes: Iterable[Put | Reject], window: int, known: Mapping[str, str]) -> Iterator[Change]:
        """Jekyll's ``limit_posts``: of the posts that are out, the newest; whatever else was read is dropped."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        read = list(changes)
        posts = [change for change in read if isinstance(change, Put) and _counts(change.fields, now)]
        posts.sort(key=lambda put: (put.fields.published or now, put.locator))
        left_out = {put.locator for put in posts[:-window]}
        for change in read:
            if change.locator in left_out:
                if change.locator in known:
                    yield Drop(change.locator)
            elif known.get(change.locator) != change.fingerprint:
                yield change


def _counts(fields: Fields, now: datetime) -> bool:
    """Whether Jekyll counts a post: drafts and what is hidden or still to come are no posts to it."""
    out = fields.future or fields.published is None or fields.published <= now
    return fields.collection == "posts" and fields.visibility != "hidden" and out


def is_jekyll(tree: Tree) -> bool:
    """Whether a directory is a Jekyll site: it has a ``_config`` or, anywhere, a ``_posts``."""
    if any(map(tree.exists, NAMES)):
        return True
    found: list[str] = []

    def enter(path: str) -> bool:
        name = path.rpartition("/")[2]
        if name == "_posts":
            found.append(path)
        return not found and not name.startswith(".") and name != "node_modules"

    tree.walk(enter, lambda _: False)
    return bool(found)


def _alike(paths: Iterable[str]) -> dict[str, str]:
    """Paths that some file systems take for an earlier one, in the order of paths, by that one (C-43)."""
    first: dict[str, str] = {}
    twins: dict[str, str] = {}
    for path in paths:
        key = path.casefold() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
        earlier = first.setdefault(key, path)
        if earlier is not path:
            twins[path] = earlier
    return twins


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
