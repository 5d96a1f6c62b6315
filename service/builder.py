"""One process's share of a build: documents made, read back, compressed and written, each file whole or not at all.

Whoever holds the plan hands it targets and adds up what became of them. Refuses to choose what is built, to judge whose
files stand in the way, and to remove any.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from feeds.model import Document
from service.encodings import compress
from service.errors import StorageUnavailable
from service.index.chunks import chunked
from service.paths import PAGE_NAMES, DocumentName, Target, decoded_path_of
from service.proof import Broken, prove
from service.publisher import Publisher

JOURNAL: Final = ".feedmill-manifest.part"
"""What a build under way is writing, a line each: where it is interrupted, the next one knows its own files by it."""

CODINGS: Final = {"gzip": ".gz", "br": ".br"}
"""Beside every document, by coding: its file's suffix."""

_UNCODED: Final[frozenset[DocumentName]] = frozenset(("meta.html", "meta.json", *PAGE_NAMES))
"""Parts of other pages are read by programs on the same machine; coded copies would be most of the files."""

_TOGETHER: Final = 64
"""Documents whose posts are looked up together."""

_AFRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
"""How a file is opened to be written: there are thousands, and a file object costs as much as its opening."""

_NAMES_TAKEN: Final = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)


@dataclass(slots=True)
class Built:
    """What a build did: numbers of documents, of files written, left as they were, and removed."""

    documents: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    """Documents that could not be made or read back, and why; their last good files stand."""
    unnamed: list[str] = field(default_factory=list)
    """Documents whose name this file system cannot have: too long, or a directory's as well."""
    files: dict[str, str] = field(default_factory=dict)
    """Path below the output directory to the SHA-256 of its bytes."""

    def add(self, other: Built) -> None:
        """Count in another share."""
        self.documents += other.documents
        self.written += other.written
        self.unchanged += other.unchanged
        self.bytes += other.bytes
        self.broken |= other.broken
        self.unnamed += other.unnamed
        self.files |= other.files


def file_name(target: Target) -> str:
    """Where a target's document lies below the output directory: the decoded NFC path."""
    path = decoded_path_of(target).removeprefix("/")
    return f"{path}index.html" if not target.document else path


class Builder:
    """Writes documents below a directory. Open it with :func:`building`."""

    def __init__(self, publisher: Publisher, out: Path, journal: BinaryIO, *, coded: bool) -> None:
        self._publisher = publisher
        self._out = out.as_posix()
        self._journal = journal
        self._coded = coded
        self._directory, self._is_new = "", False
        """The directory of the file written last, and whether it was made for that."""

    def build(self, targets: Iterable[Target]) -> Built:
        """Write each document, and its codings. One that cannot be made or read back leaves its last good files."""
        built = Built()
        for piece in chunked(targets, _TOGETHER):
            with suppress(Exception):  # whatever it is, it is met again where the documents are made one by one
                self._publisher.prepare(piece)
            for target in piece:
                self._one(target, built)
        return built

    def _one(self, target: Target, built: Built) -> None:
        name = file_name(target)
        try:
            document = self._publisher.document(target)
            if document is None:
                return
            prove(document)
        except StorageUnavailable:
            raise
        except Exception as error:
            kind = "" if isinstance(error, Broken) else f"{type(error).__name__}: "
            built.broken[name] = f"{kind}{error}"
            return
        built.documents += 1
        try:
            for file, body in _representations(target, name, document, coded=self._coded):
                self._write(file, body, built)
        except OSError as error:
            if error.errno not in _NAMES_TAKEN:
                raise  # those: a page /a and a page /a.html/b cannot both have a file
            built.unnamed.append(name)

    def _write(self, name: str, body: bytes, built: Built) -> None:
        digest = hashlib.sha256(body).hexdigest()
        built.files[name] = digest
        built.bytes += len(body)
        path = f"{self._out}/{name}"
        directory = path[: path.rindex("/")]
        if directory != self._directory:
            self._is_new = _made(directory)
            self._directory = directory
        if not self._is_new and _holds(path, len(body), digest):
            built.unchanged += 1
            return
        # One line, one write, at the end of the file wherever that is by now: several processes write here.
        self._journal.write(f"{digest} {name}\n".encode())
        self._journal.flush()
        replace(path, body)
        built.written += 1


def _made(directory: str) -> bool:
    """Make a directory; whether it was not there, so that nothing of a name of ours is in it."""
    try:
        os.mkdir(directory)
    except FileNotFoundError:
        os.makedirs(directory, exist_ok=True)
    except FileExistsError:
        if not os.path.isdir(directory):
            raise
        return False
    return True


def _holds(path: str, size: int, digest: str) -> bool:
    """Whether a file is there and has those bytes."""
    try:
        return os.stat(path).st_size == size and hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False


@contextmanager
def building(publisher: Publisher, out: Path, *, coded: bool = True) -> Iterator[Builder]:
    """A builder, whose documents are all of one state of the index. Raises StorageUnavailable."""
    with (
        explained(out),
        publisher.index.snapshot(),
        (out / JOURNAL).open("ab") as journal,
    ):
        yield Builder(publisher, out, journal, coded=coded)


@contextmanager
def explained(out: Path) -> Iterator[None]:
    """Turn what the file system reports into one line of ours."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"{error.filename or out}: cannot be written: {error.strerror}") from None


def replace(path: str, body: bytes) -> None:
    """Whole or not at all: a web server may be reading the directory. ``path`` has a directory."""
    directory, _, name = path.rpartition("/")
    part = f"{directory}/.{name}.part"
    file = os.open(part, _AFRESH, 0o666)
    try:
        left = body
        while left:
            left = left[os.write(file, left) :]
    finally:
        os.close(file)
    os.replace(part, path)


def _representations(target: Target, name: str, document: Document, *, coded: bool) -> Iterator[tuple[str, bytes]]:
    yield name, document.body
    if coded and target.document not in _UNCODED:
        for coding, suffix in CODINGS.items():
            yield name + suffix, compress(coding, document.body)
