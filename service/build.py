"""Write every document as a static file under its canonical path, ready for nginx or a CDN.

The bytes are those that ``serve`` answers under equal settings, with the same ``.gz`` and ``.br`` beside them. It
refuses to overwrite what it did not write (a manifest in the output directory says what that is) and removes its own
files that no longer have a document.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from feeds.model import Document
from service.encodings import compress
from service.errors import StorageUnavailable
from service.paths import (
    CHANNEL_NAMES,
    GROUPS,
    PAGE_NAMES,
    SITE_NAMES,
    DocumentName,
    Group,
    Target,
    decoded_path_of,
)
from service.proof import Broken, prove
from service.publisher import Publisher
from service.sitemaps import Sitemaps

MANIFEST: Final = ".feedmill-manifest.json"
JOURNAL: Final = ".feedmill-manifest.part"
"""What a build under way is writing, a line each: where it is interrupted, the next one knows its own files by it."""

Known = dict[str, set[str]]
"""Path below the output directory to the SHA-256 of what builds wrote there; other bytes are somebody else's file."""

_CODINGS: Final = {"gzip": ".gz", "br": ".br"}


_EVERYTHING: Final = frozenset(GROUPS.values())
_UNCODED: Final[frozenset[DocumentName]] = frozenset(("meta.html", "meta.json", *PAGE_NAMES))
"""Parts of other pages are read by programs on the same machine; coded copies would be most of the files."""


@dataclass(slots=True)
class Built:
    """What a build did: numbers of documents, of files written, left as they were, and removed."""

    documents: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes: int = 0
    broken: list[str] = field(default_factory=list)
    """Documents that could not be made or read back, and why; their last good files stand."""
    unnamed: list[str] = field(default_factory=list)
    """Documents whose name this file system cannot have: too long, or a directory's as well."""
    files: dict[str, str] = field(default_factory=dict)
    """Path below the output directory to the SHA-256 of its bytes."""


def targets(publisher: Publisher, groups: Collection[Group] = _EVERYTHING) -> Iterator[Target]:
    """Every document there is in these groups: each channel's, then the site's alone, then its pages'."""
    head = publisher.heading()
    sitemaps = Sitemaps(publisher.index, head)
    names = [name for name in CHANNEL_NAMES if GROUPS[name] in groups]
    for row in publisher.index.channels() if names else ():
        if head.is_gone(row):
            continue
        yield from (Target(row.kind, row.slug, name) for name in names)
        if "sitemap" in groups:
            yield from sitemaps.shards(row)
    yield from (Target("site", "", name) for name in SITE_NAMES if GROUPS[name] in groups)
    if "news" in groups:
        yield from sitemaps.news_shards()
    if "metadata" in groups:
        for page in publisher.index.pages():
            part = head.page_of(page.fields.url)
            if part:
                yield from (Target("site", "", name, part) for name in PAGE_NAMES)


def file_name(target: Target) -> str:
    """Where a target's document lies below the output directory: the decoded NFC path."""
    path = decoded_path_of(target).removeprefix("/")
    return f"{path}index.html" if not target.document else path


def build(
    publisher: Publisher,
    out: Path,
    *,
    groups: Collection[Group] = _EVERYTHING,
    progress: Callable[[int, int], None] | None = None,
) -> Built:
    """Write the documents below ``out``. ``progress(done, total)`` is called after each.

    Raises StorageUnavailable, before anything is written, where a file stands in the way that a build did not write,
    and where the directory cannot be written.
    """
    known = _known(out)
    total = _refuse_foreign_files(out, known, targets(publisher, groups))
    built = Built()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / JOURNAL).open("a", encoding="utf-8") as journal:
            for done, target in enumerate(targets(publisher, groups), 1):
                _build_one(publisher, target, out, known, built, journal)
                if progress:
                    progress(done, total)
        for name in sorted(known.keys() - built.files.keys()):
            built.removed += _remove(out, name, known[name])
        _replace(out / MANIFEST, json.dumps(built.files, ensure_ascii=False, indent=0, sort_keys=True).encode())
        (out / JOURNAL).unlink()
    except OSError as error:
        raise StorageUnavailable(f"{error.filename or out}: cannot be written: {error.strerror}") from None
    return built


def _build_one(publisher: Publisher, target: Target, out: Path, known: Known, built: Built, journal: TextIO) -> None:
    """Write one document in every coding. One that cannot be made or read back leaves the last good one in place."""
    name = file_name(target)
    try:
        document = publisher.document(target)
        if document is None:
            return
        prove(document)
    except StorageUnavailable:
        raise
    except Exception as error:
        kind = "" if isinstance(error, Broken) else f"{type(error).__name__}: "
        built.broken.append(f"{name}: {kind}{error}")
        for suffix in ("", *_CODINGS.values()):
            for digest in known.get(name + suffix, ()):
                built.files[name + suffix] = digest
        return
    built.documents += 1
    try:
        for file, body in _representations(target, document):
            _write(out, file, body, built, journal)
    except OSError as error:
        if error.errno not in (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST):
            raise  # those: a page /a and a page /a.html/b cannot both have a file
        built.unnamed.append(name)


def _representations(target: Target, document: Document) -> Iterator[tuple[str, bytes]]:
    name = file_name(target)
    yield name, document.body
    if target.document not in _UNCODED:
        for coding, suffix in _CODINGS.items():
            yield name + suffix, compress(coding, document.body)


def _manifest(out: Path) -> dict[str, str]:
    path = out / MANIFEST
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StorageUnavailable(f"{path}: cannot be read ({error}); remove it to start afresh") from None
    if not isinstance(kept, dict) or not all(isinstance(v, str) for v in kept.values()):
        raise StorageUnavailable(f"{path}: is not a manifest of ours; remove it to start afresh")
    return kept


def _known(out: Path) -> Known:
    """What builds wrote: the manifest of the last one that came to its end, and the journal of one that did not."""
    known = {name: {digest} for name, digest in _manifest(out).items()}
    try:
        lines = (out / JOURNAL).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return known
    except (OSError, ValueError) as error:
        raise StorageUnavailable(f"{out / JOURNAL}: cannot be read ({error}); remove it to start afresh") from None
    for line in lines:
        digest, space, name = line.partition(" ")
        if space:
            known.setdefault(name, set()).add(digest)
    return known


def _is_ours(path: Path, digests: set[str]) -> bool:
    return path.is_file() and not path.is_symlink() and hashlib.sha256(path.read_bytes()).hexdigest() in digests


def _refuse_foreign_files(out: Path, known: Known, wanted: Iterable[Target]) -> int:
    """How many documents are wanted; raises StorageUnavailable where a file stands in the way that is not ours."""
    total, foreign = 0, list[tuple[Target, str]]()
    for target in wanted:
        total += 1
        for name in (file_name(target) + suffix for suffix in ("", *_CODINGS.values())):
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


def _write(out: Path, name: str, body: bytes, built: Built, journal: TextIO) -> None:
    digest = hashlib.sha256(body).hexdigest()
    built.files[name] = digest
    built.bytes += len(body)
    path = out / name
    try:
        same = path.stat().st_size == len(body) and hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        same = False
    if same:
        built.unchanged += 1
        return
    journal.write(f"{digest} {name}\n")
    journal.flush()
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, body)
    built.written += 1


def _replace(path: Path, body: bytes) -> None:
    """Whole or not at all: a web server may be reading the directory."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(body)
    part.replace(path)


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
