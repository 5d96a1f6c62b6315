"""A directory of posts as a source: what changed in it since the last scan.

Files that did not change are neither opened nor parsed. What a file means is the business of a dialect
(:mod:`service.sources.dialects`), which is chosen anew at each opening, because a folder may become a site while it is
watched. Refuses to decide whether what is gone was meant to go.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from service.errors import Problem, SourceUnavailable
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import apart
from service.sources.dialects import WORDS, Detected, Dialect, Neighbourly, detect, open_dialect
from service.sources.files import Tree
from service.sources.formats import Unread
from service.sources.loading import Loading
from service.sources.outcome import Job, Outcome, packed, unpacked
from service.sources.source import AWAITING, DOUBT, Change, Context, Drop, Fields, Put, Reject, SiteFacts, Source, Taker
from service.sources.walk import Listing, Refusal, inside

log = logging.getLogger("feedmill.source")

_MANY: Final = 1000
"""Files from which on it pays to read some together, in processes of their own, and readers would feel it."""


class _ScanAhead(NamedTuple):
    """A scan under way: by what dialect, what is there, what of it has to be read, and the processes that read it."""

    dialect: Dialect
    listing: Listing
    changed: Sequence[Job | Reject]
    answers: apart.Begun[Job]


_MOST_WAITING: Final = 1000
"""Posts that wait for their pictures, at most: where more do the rest of the site is simply not here."""


def open_source(
    settings: SourceSettings,
    site: SiteSettings,
    limits: LimitSettings,
    *,
    take: Taker | None = None,
    processes: int = 1,
    give_way: Callable[[], None] | None = None,
    configuration: str = "",
) -> Source:
    """The source of one ``[[source]]``. Nothing is read before its own ``open``.

    Where neither ``site.url`` nor the content says where pages are, it can be opened (its facts then have no URL) but
    not scanned to any use: the caller settles a URL first.
    """
    return DirectorySource(
        settings, site, limits, take=take, processes=processes, give_way=give_way, configuration=configuration
    )


class DirectorySource:
    """A content directory.

    ``take`` is what a scan's posts are handed to where they were read, in one of so many ``processes`` where there are
    many of them; before a scan reads many it calls ``give_way``. ``configuration`` is the file by which it was read
    before ("": by none, or nobody knows): it is not read without one. ``clock`` (seconds since the epoch) and ``sleep``
    serve the care for half-written files.
    """

    def __init__(
        self,
        settings: SourceSettings,
        site: SiteSettings,
        limits: LimitSettings,
        *,
        take: Taker | None = None,
        processes: int = 1,
        give_way: Callable[[], None] | None = None,
        configuration: str = "",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = settings.name or settings.root.resolve().name
        self._settings = settings
        self._site = site
        self._limits = limits
        self._take = take
        self._processes = processes
        self._give_way = give_way
        self._configuration = configuration
        self._clock = clock
        self._sleep = sleep
        self._dialect: Dialect | None = None
        self.expected = 0
        self._scanned: Dialect | None = None
        """What the last complete scan understood files by: it has seen which directories hold posts."""
        self.detected: Detected | None = None
        """What it was read as at the last opening, and why. Editors and git replace files by removing them first;
        taking the instant between for a site without configuration would give every post another URL and id."""
        self._passed_over: dict[str, str] = {}
        """Files that are no posts by how they begin, and their state then: nobody is told of them, and the index does
        not know them, so that they are remembered here."""
        self._waiting: dict[str, tuple[str, ...]] = {}
        """Posts that named files of the site which were not there, and where these would be."""
        self._begun: _ScanAhead | None = None

    def open(self) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        """Read what holds for the whole source; raises SourceUnavailable."""
        with self._tree() as tree:
            if not any(os.scandir(self._settings.root)):
                raise SourceUnavailable(f"{self._settings.root}: is empty; is the disk mounted?")
            detected, before = detect(tree, self._settings), self.detected
            file = before.file if before else self._configuration
            if file and (not detected.file or (before and detected.kind != before.kind)):
                raise SourceUnavailable(
                    f"{self._settings.root}: {file} is gone; what it said holds until it is back "
                    "(to read the directory without it, stop Feedmill and run feedmill refresh --force)"
                )
            opened = open_dialect(detected, tree, self._settings, self._site, self._limits)
        if self._dialect is None or self._dialect.digest != opened.digest:
            self._passed_over.clear()
        if before is None or before[:2] != detected[:2]:
            level = logging.INFO if before else logging.DEBUG  # a command that reads once has its own words for it
            log.log(level, "source=%s kind=%s: %s", self.name, detected.kind, detected.why)
        self._dialect, self.detected = opened, detected
        return replace(opened.facts, configuration=detected.file), opened.context, opened.problems

    def begin(self) -> None:
        """Begin to read an opened directory of which nothing is known, where that is done in processes of its own. The
        scan that follows goes on with it, unless something is known after all, or other settings hold."""
        dialect = self._dialect
        if dialect is None or not dialect.context.url or self._begun is not None:
            return
        with contextlib.suppress(SourceUnavailable), self._tree() as tree:  # the scan says what there is to say
            listing = self._listing(tree, dialect, {})
            changed = list(self._changed(tree, dialect, listing, {}))
            answers = self._apart(tree, dialect, _files(changed))
            self._begun = None if answers is None else _ScanAhead(dialect, listing, changed, answers)

    def end(self) -> None:
        """End what was begun and is not gone on with."""
        if self._begun is not None:
            self._begun.answers.close()
            self._begun = None

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        """The changes against the known fingerprints in the order of paths, drops last. Raises SourceUnavailable."""
        if self._dialect is None:
            self.open()
        dialect = self._dialect
        assert dialect is not None  # noqa: S101 - open() either set it or raised
        if self._begun is not None and (known or self._begun.dialect.digest != dialect.digest):
            self.end()
        if self._begun is not None:
            dialect = self._dialect = self._begun.dialect  # which has seen what lies where
        if not dialect.context.url:
            raise SourceUnavailable(
                f"{self._settings.root}: neither the settings nor the content say where the site is; "
                "set [site] url in feedmill.toml, or url in the generator's configuration"
            )
        with self._tree() as tree:
            listing = self._begun.listing if self._begun is not None else self._listing(tree, dialect, known)
            present = {*listing.kept, *(item.path for item in listing.items)}
            for remembered in (self._passed_over, self._waiting):
                for path in remembered.keys() - present:
                    del remembered[path]
            changes = self._changes(tree, dialect, listing, {} if dialect.window else known)
            yield from self._newest(changes, dialect.window, known) if dialect.window else changes
            gone = sorted((known.keys() - present) | (known.keys() & self._passed_over.keys()))
            yield from (Drop(path) for path in gone if listing.covers(path))
            self._scanned = dialect

    def _listing(self, tree: Tree, dialect: Dialect, known: Mapping[str, str]) -> Listing:
        wanted, detected = _wanted(dialect, known), self.detected
        as_known = {} if dialect.window else known, f".{dialect.digest}"
        if detected is None or detected.kind == "jekyll":  # which copies what it does not know
            return tree.walk(dialect.enter, wanted, *as_known)
        unread = Unread(WORDS[detected.kind])

        def noted(path: str) -> bool:
            if wanted(path):
                return True
            unread.note(path)
            return False

        listing = tree.walk(dialect.enter, noted, *as_known)
        line = unread.refusal()
        return listing if line is None else listing.with_items((line,))

    def locator(self, path: str) -> str | None:
        """A path below the directory, relative to it; None for any other."""
        root = self._settings.root
        return inside(str(root), path) or inside(os.path.realpath(root), path)

    def look(self, known: Mapping[str, str], others: Collection[str]) -> list[Change] | None:
        """Files that were posts in the last scan and are there still, read as it would read them.

        ``others`` are what editors and rsync put beside a file for a moment, unless they are still there.
        """
        dialect, changes = self._dialect, list[Change]()
        if dialect is None or dialect is not self._scanned or dialect.window:
            return None
        beside = _beside(dialect)
        with self._tree() as tree:
            loading = self._loading(tree, dialect)
            if any(map(tree.exists, others)):
                return None
            for path, fingerprint in known.items():
                entry = tree.find(path)
                last = fingerprint.partition("@")[0].removesuffix(DOUBT).removesuffix(AWAITING)
                word = beside(path) if beside is not None else ""
                if entry is None or last.partition(dialect.digest)[2] not in ("", word) or not dialect.wanted(path):
                    return None  # gone, called like another file, or no post any more
                if last == f"{entry.state}.{dialect.digest}{word}" and DOUBT not in fingerprint:
                    continue
                job = Job(entry, f"{dialect.digest}{word}", None)
                (outcome,) = loading.load((job,))
                if outcome.passed_over:
                    return None
                self._remember(job, outcome)
                changes += (outcome.change,) if outcome.change is not None else ()
        return changes

    def watch_paths(self) -> tuple[str, ...]:
        return (str(self._settings.root),)

    def _tree(self) -> Tree:
        follow = self._settings.follow_symlinks == "inside"
        return Tree(self._settings.root, follow=follow, clock=self._clock, sleep=self._sleep)

    def _changes(self, tree: Tree, dialect: Dialect, listing: Listing, known: Mapping[str, str]) -> Iterator[Change]:
        begun = self._begun
        changed = begun.changed if begun is not None else list(self._changed(tree, dialect, listing, known))
        files = _files(changed)
        self.expected = len(files)
        if self._give_way is not None and len(files) >= _MANY:
            self._give_way()
        outcomes = self._outcomes(tree, dialect, files)
        for job in changed:
            if isinstance(job, Reject):
                yield job
                continue
            outcome = next(outcomes)
            self._remember(job, outcome)
            if outcome.change is not None:
                yield outcome.change

    def _remember(self, job: Job, outcome: Outcome) -> None:
        path = job.entry.path
        self._passed_over.pop(path, None)
        self._waiting.pop(path, None)
        if outcome.passed_over:
            self._passed_over[path] = job.entry.state
        if outcome.missed and len(self._waiting) < _MOST_WAITING:
            self._waiting[path] = outcome.missed

    def _changed(
        self, tree: Tree, dialect: Dialect, listing: Listing, known: Mapping[str, str]
    ) -> Iterator[Job | Reject]:
        """The files that have to be read, and those that are refused, in the order of paths. What was kept is among
        them where it hangs on more than the file: on neighbours, on what it waited for, on a name like its own."""
        alike = _alike([*listing.kept, *(item.path for item in listing.items)])
        arrived = {path for path in {path for paths in self._waiting.values() for path in paths} if tree.find(path)}
        digest, known_at = dialect.digest, known.get
        beside, passed_over = _beside(dialect), self._passed_over
        unasked = _MOST_WAITING if self._scanned is None else 0
        hanging = {*alike, *(self._waiting if arrived else ())}.intersection(listing.kept)
        if beside is not None:
            hanging.update(filter(beside, listing.kept))
        if hanging:
            listing = listing.with_items(filter(None, map(tree.find, hanging)))
        for item in listing.items:
            path = item.path
            word = beside(path) if beside is not None else ""
            seen = known_at(path)
            twin = alike.get(path)
            mark = f"{digest}{word}.{_short(twin)}" if twin else digest + word
            if seen:
                last, _, turns = seen.partition("@")
                if last.removesuffix(AWAITING) == f"{item.state}.{mark}":
                    due = bool(turns) and int(turns, 16) <= self._clock()
                    waits = self._waiting.get(path)
                    if waits is None and unasked and last.endswith(AWAITING):  # for what, only the last process knew
                        due, unasked = True, unasked - 1
                    if not due and (not arrived or arrived.isdisjoint(waits or ())):
                        continue
            if isinstance(item, Refusal):
                if path in known or dialect.opening(path) is None:  # else nobody knows that it is a post
                    yield Reject(path, f"{item.state}.{mark}", (item.problem,))
            elif path not in passed_over or passed_over[path] != item.state:
                yield Job(item, mark, twin)

    def _outcomes(self, tree: Tree, dialect: Dialect, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """What reading each file came to; many are read in processes of their own. Raises SourceUnavailable."""
        loading = self._loading(tree, dialect)
        if len(jobs) < _MANY:
            yield from (outcome for job in jobs for outcome in loading.load((job,)))
            return
        take, begun, self._begun = self._take, self._begun, None
        answers = begun.answers if begun is not None else self._apart(tree, dialect, jobs)
        if answers is None or take is None:
            yield from loading.load(jobs)
            return
        try:
            with contextlib.closing(answers):
                yield from (unpacked(data, take) for data in answers)
        except apart.Died as error:
            raise SourceUnavailable(f"{self._settings.root}: {error}") from None

    def _apart(self, tree: Tree, dialect: Dialect, jobs: Sequence[Job]) -> apart.Begun[Job] | None:
        """Processes that read files from here on; None where the files are few, or nothing is gained by it."""
        alone = self._take is None or dialect.window or self._processes < 2 or not apart.possible()
        if alone or len(jobs) < _MANY:
            return None
        loading = self._loading(tree, dialect)
        return apart.Begun(lambda piece: list(map(packed, loading.load(piece))), jobs, self._processes)

    def _loading(self, tree: Tree, dialect: Dialect) -> Loading:
        """Posts are taken where they are read, unless it hangs on all of them which count."""
        return Loading(tree, dialect, self._limits, self._settings.encoding, None if dialect.window else self._take)

    def _newest(self, changes: Iterable[Change], window: int, known: Mapping[str, str]) -> Iterator[Change]:
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
            elif isinstance(change, Drop) or known.get(change.locator) != change.fingerprint:
                yield change


def _files(changed: Iterable[Job | Reject]) -> list[Job]:
    return [job for job in changed if not isinstance(job, Reject)]


def _wanted(dialect: Dialect, known: Mapping[str, str]) -> Callable[[str], bool]:
    """:meth:`Dialect.wanted`; what was a post under the same dialect is one by its name, and need not be judged again:
    a third of a scan that finds nothing new."""

    judge, digest, known_at = dialect.wanted, dialect.digest, known.get
    if not known:
        return judge

    def wanted(path: str) -> bool:
        last = known_at(path)
        return (last is not None and digest in last and not last.startswith("format-unread")) or judge(path)

    return wanted


def _beside(dialect: Dialect) -> Callable[[str], str] | None:
    """What a fingerprint says of a file's neighbours; None: nothing, whatever lies beside it."""
    return dialect.beside if isinstance(dialect, Neighbourly) else None


def _counts(fields: Fields, now: datetime) -> bool:
    """Whether Jekyll counts a post: drafts and what is hidden or still to come are no posts to it."""
    out = fields.future or fields.published is None or fields.published <= now
    return fields.collection == "posts" and fields.visibility != "hidden" and out


def _alike(paths: Sequence[str]) -> dict[str, str]:
    """Paths that some file systems take for an earlier one, in the order of paths, by that one (C-43)."""
    every = "\0".join(paths)  # which no name can hold, and nothing is composed with
    keys = unicodedata.normalize("NFC", every).casefold().split("\0")
    if len(set(keys)) == len(paths):
        return {}  # nearly every site
    first: dict[str, str] = {}
    twins: dict[str, str] = {}
    for path, key in sorted(zip(paths, keys, strict=False)):  # no paths are one empty key
        earlier = first.setdefault(key, path)
        if earlier is not path:
            twins[path] = earlier
    return twins


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
