"""Write every document as a static file under its canonical path, ready for nginx or a CDN.

The bytes are those that ``serve`` answers under equal settings, with the same ``.gz`` and ``.br`` beside them. It
refuses to overwrite what it did not write (a manifest in the output directory says what that is) and removes its own
files that no longer have a document.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from feeds.model import Document
from service.encodings import compress
from service.errors import StorageUnavailable
from service.paths import FEED_NAMES, Target, channels_named, decoded_path_of
from service.publisher import Publisher

MANIFEST: Final = ".feedmill-manifest.json"
JOURNAL: Final = ".feedmill-manifest.part"
"""What a build under way is writing, a line each: where it is interrupted, the next one knows its own files by it."""

Known = dict[str, set[str]]
"""Path below the output directory to the SHA-256 of what builds wrote there; other bytes are somebody else's file."""

_CODINGS: Final = {"gzip": ".gz", "br": ".br"}


@dataclass(slots=True)
class Built:
    """What a build did: numbers of documents, of files written, left as they were, and removed."""

    documents: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes: int = 0
    files: dict[str, str] = field(default_factory=dict)
    """Path below the output directory to the SHA-256 of its bytes."""


def targets(publisher: Publisher, *, pages: bool) -> list[Target]:
    """Every document there is: each channel's feeds and, with ``pages``, its HTML page."""
    names = ("", *FEED_NAMES.values()) if pages else tuple(FEED_NAMES.values())
    gone = channels_named(publisher.settings.paths.gone)
    rows = [row for row in publisher.index.channels() if (row.kind, row.slug) not in gone]
    return [Target(row.kind, row.slug, name) for row in rows for name in names]


def file_name(target: Target) -> str:
    """Where a target's document lies below the output directory: the decoded NFC path."""
    path = decoded_path_of(target).removeprefix("/")
    return f"{path}index.html" if not target.document else path


def build(
    publisher: Publisher, out: Path, *, pages: bool = True, progress: Callable[[int, int], None] | None = None
) -> Built:
    """Write the documents below ``out``. ``progress(done, total)`` is called after each.

    Raises StorageUnavailable, before anything is written, where a file stands in the way that a build did not write,
    and where the directory cannot be written.
    """
    wanted = targets(publisher, pages=pages)
    known = _known(out)
    _refuse_foreign_files(out, known, wanted, pages)
    built = Built()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / JOURNAL).open("a", encoding="utf-8") as journal:
            for done, target in enumerate(wanted, 1):
                document = publisher.document(target)
                if document is not None:
                    built.documents += 1
                    for name, body in _representations(file_name(target), document):
                        _write(out, name, body, built, journal)
                if progress:
                    progress(done, len(wanted))
        for name in sorted(known.keys() - built.files.keys()):
            built.removed += _remove(out, name, known[name])
        _replace(out / MANIFEST, json.dumps(built.files, ensure_ascii=False, indent=0, sort_keys=True).encode())
        (out / JOURNAL).unlink()
    except OSError as error:
        raise StorageUnavailable(f"{error.filename or out}: cannot be written: {error.strerror}") from None
    return built


def _representations(name: str, document: Document) -> Iterator[tuple[str, bytes]]:
    yield name, document.body
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


def _refuse_foreign_files(out: Path, known: Known, wanted: list[Target], pages: bool) -> None:
    names = [file_name(target) + suffix for target in wanted for suffix in ("", *_CODINGS.values())]
    try:
        foreign = [n for n in names if os.path.lexists(out / n) and not _is_ours(out / n, known.get(n, set()))]
    except OSError as error:
        raise StorageUnavailable(f"{error.filename or out}: cannot be read: {error.strerror}") from None
    if foreign:
        more = f" (and {len(foreign) - 1} more)" if len(foreign) > 1 else ""
        hint = "; --no-pages leaves the HTML pages out" if pages and foreign[0].endswith("index.html") else ""
        raise StorageUnavailable(
            f"{out / foreign[0]}{more}: a file that no build wrote stands in the way; "
            f"choose another --out or move it{hint}"
        )


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
