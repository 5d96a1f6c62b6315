"""Write every document as a static file under its canonical path, ready for nginx or a CDN.

The bytes are those that ``serve`` answers under equal settings, with the same ``.gz`` and ``.br`` beside them. It
refuses to overwrite what it did not write (a manifest in the output directory says what that is) and removes its own
files that no longer have a document.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from feeds.model import ChannelKind
from service.builder import CODINGS, JOURNAL, Built, building, explained, file_name, replace
from service.documents import GROUPS, Selection
from service.errors import StorageUnavailable
from service.lock import alone
from service.paths import CHANNEL_NAMES, PAGE_NAMES, SITE_NAMES, Target
from service.publisher import Publisher
from service.sitemaps import Sitemaps
from service.team import MOST_SHARED, WORTH, Task, Team

__all__ = ["JOURNAL", "MANIFEST", "Built", "build", "file_name", "targets"]

log = logging.getLogger(__name__)

MANIFEST: Final = ".feedmill-manifest.json"
PATIENCE: Final = 600.0
"""Seconds for which a build of the same directory is waited for."""

Channel = tuple[ChannelKind, str]
Known = dict[str, set[str]]
"""Path below the output directory to the SHA-256 of what builds wrote there; other bytes are somebody else's file."""

EVERYTHING: Final = Selection()
_AFRESH: Final = "without it nobody knows which files are ours: empty the directory, or choose another --out"
_SHARES_LEFT: Final = 4
"""How many more shares of its size there are at least for each process when one is handed out."""
_LARGE: Final = 1000
"""Posts of a channel whose documents nobody gets together with those of others."""
_LIKE_A_FILE: Final = re.compile(r"\.(?:html|json)/")
"""Pages below what may be the file of another page's metadata."""


def targets(publisher: Publisher, wanted: Selection = EVERYTHING, *, largest_first: bool = False) -> Iterator[Target]:
    """Every document there is of those that are wanted: each channel's, then the site's alone, then its pages'.

    ``largest_first``: channels by their number of posts, which is what their sitemaps cost.
    """
    groups, head = wanted.groups, publisher.heading()
    sitemaps = Sitemaps(publisher.index, head)
    names = [name for name in CHANNEL_NAMES if GROUPS[name] in groups]
    channels = publisher.index.channels() if names else []
    if largest_first:
        channels.sort(key=lambda row: -row.posts)
    for row in channels:
        if row.kind not in wanted.kinds or head.is_gone(row):
            continue
        yield from (Target(row.kind, row.slug, name) for name in names)
        if "sitemap" in groups:
            yield from sitemaps.shards(row)
    if "site" not in wanted.kinds:
        return
    yield from (Target("site", "", name) for name in SITE_NAMES if GROUPS[name] in groups)
    if "news" in groups:
        yield from sitemaps.news_shards()
    if "metadata" in groups:
        seen: set[str] = set()  # a page under another page's address has no document: the better one is there
        for url in publisher.index.pages():
            part = head.page_of(url)
            if part and part not in seen:
                seen.add(part)
                yield from (Target("site", "", name, part) for name in PAGE_NAMES)


def build(
    publisher: Publisher,
    out: Path,
    wanted: Selection = EVERYTHING,
    *,
    progress: Callable[[int, int], None] | None = None,
    team: Team | None = None,
    keep: bool = False,
) -> Built:
    """Write the documents below ``out``, with the help of a team where they are many. ``progress(done, total)`` is
    called after some. ``keep`` removes nothing that an earlier build wrote: some of the content was never read.

    The files do not depend on who wrote them. A build of the same directory that is under way is waited for. Raises
    StorageUnavailable, before anything is written, where a file stands in the way that a build did not write, and where
    the directory cannot be written.
    """
    with explained(out):
        out.mkdir(parents=True, exist_ok=True)
    built = Built()
    done = 0
    with publisher.index.snapshot(), alone(out, PATIENCE):  # another's files would look like somebody else's
        known = _known(out)
        total = _refuse_foreign_files(out, known, targets(publisher, wanted))
        with explained(out):
            for share, made in _made(publisher, out, wanted, total, team if total >= WORTH else None):
                built.add(made)
                done += share
                if progress:
                    progress(done, total)
            for name in built.broken:
                for file in (name, *(name + suffix for suffix in CODINGS.values())):
                    for digest in known.get(file, ()):
                        built.files[file] = digest
            for name in sorted(known.keys() - built.files.keys()):
                if keep:
                    for digest in known[name]:
                        built.files[name] = digest
                    continue
                built.removed += _remove(out, name, known[name])
            manifest = json.dumps(built.files, ensure_ascii=False, indent=0, sort_keys=True)
            replace(f"{out.as_posix()}/{MANIFEST}", manifest.encode())
            (out / JOURNAL).unlink(missing_ok=True)
    return built


def _made(
    publisher: Publisher, out: Path, wanted: Selection, total: int, team: Team | None
) -> Iterator[tuple[int, Built]]:
    """The documents in shares: how many a share has, and what became of it."""
    contested: list[Target] = []
    documents = targets(publisher, wanted, largest_first=True)  # whoever has the last share keeps the others waiting
    shares = _shares(documents, contested, total, len(team) if team else 1, _large(publisher))
    if team is not None:
        cache = publisher.settings.cache
        share_of_memory = cache.model_copy(update={"entry_bytes": cache.entry_bytes // len(team)})
        settings = publisher.settings.model_copy(update={"cache": share_of_memory})
        log.debug("build shared processes=%d", len(team))
        task = Task(settings, publisher.index.directory, out, wanted.coded)
        yield from team.build(task, shares)
        shares = iter(())
    with building(publisher, out, coded=wanted.coded) as own:
        for share in shares:
            yield len(share), own.build(share)
        # Last, and by one process: which of a page /a and a page /a.html/b has a file must not depend on who was first.
        yield len(contested), own.build(contested)


def _shares(
    documents: Iterable[Target], contested: list[Target], total: int, helpers: int, alone: Collection[Channel]
) -> Iterator[list[Target]]:
    """Targets in lists, those of one channel or page together, as they need the same posts; channels ``alone`` have a
    list of their own. The lists get shorter towards the end, where nobody should be left with a long one."""
    share: list[Target] = []
    left, is_whole = total, False
    for (kind, slug, part), group in groupby(documents, key=lambda target: (target.kind, target.slug, target.part)):
        same = [*group]
        if part and _LIKE_A_FILE.search(part):
            contested += same
            continue
        is_alone = not part and (kind, slug) in alone
        if share and (is_whole or is_alone):
            yield share
            left -= len(share)
            share = []
        share += same
        is_whole = is_alone or len(share) >= min(MOST_SHARED, left // (_SHARES_LEFT * helpers))
    if share:
        yield share


def _large(publisher: Publisher) -> frozenset[Channel]:
    """Channels whose sitemaps cost as much as the feeds of many others."""
    return frozenset((row.kind, row.slug) for row in publisher.index.channels() if row.posts >= _LARGE)


def _manifest(out: Path) -> dict[str, str]:
    path = out / MANIFEST
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StorageUnavailable(f"{path}: cannot be read ({error}); {_AFRESH}") from None
    if not isinstance(kept, dict) or not all(isinstance(v, str) for v in kept.values()):
        raise StorageUnavailable(f"{path}: is not a manifest of ours; {_AFRESH}")
    return kept


def _known(out: Path) -> Known:
    """What builds wrote: the manifest of the last one that came to its end, and the journal of one that did not."""
    known = {name: {digest} for name, digest in _manifest(out).items()}
    try:
        lines = (out / JOURNAL).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return known
    except (OSError, ValueError) as error:
        raise StorageUnavailable(f"{out / JOURNAL}: cannot be read ({error}); {_AFRESH}") from None
    for line in lines:
        digest, space, name = line.partition(" ")
        if space:
            known.setdefault(name, set()).add(digest)
    return known


def _is_ours(path: Path, digests: set[str]) -> bool:
    return path.is_file() and not path.is_symlink() and hashlib.sha256(path.read_bytes()).hexdigest() in digests


def _refuse_foreign_files(out: Path, known: Known, documents: Iterable[Target]) -> int:
    """How many documents are wanted; raises StorageUnavailable where a file stands in the way that is not ours."""
    with os.scandir(out) as entries:
        if next(entries, None) is None:
            return sum(1 for _ in documents)
    total, foreign = 0, list[tuple[Target, str]]()
    for target in documents:
        total += 1
        for name in (file_name(target) + suffix for suffix in ("", *CODINGS.values())):
            try:
                if os.path.lexists(out / name) and not _is_ours(out / name, known.get(name, set())):
                    foreign.append((target, name))
            except OSError as error:
                raise StorageUnavailable(f"{error.filename or out}: cannot be read: {error.strerror}") from None
    if foreign:
        more = f" (and {len(foreign) - 1} more)" if len(foreign) > 1 else ""
        options = " ".join(f"--without {group}" for group in dict.fromkeys(GROUPS[t.document] for t, _ in foreign))
        raise StorageUnavailable(
            f"{out / foreign[0][1]}{more}: a file that no build wrote stands in the way; choose another --out or "
            f"move it; {options} leaves such documents out"
        )
    return total


def _remove(out: Path, name: str, digests: set[str]) -> int:
    """Remove a file of an earlier build, if it still is one, and the directories it leaves empty."""
    path = out / name
    if not path.resolve().is_relative_to(out.resolve()):
        return 0  # an edited manifest must not reach beyond the directory
    if not _is_ours(path, digests):
        return 0
    path.unlink()
    for parent in path.parents:
        if parent == out:
            break
        try:
            parent.rmdir()
        except OSError:
            break
    return 1
