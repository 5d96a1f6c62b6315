"""What the index was given to choose from: codecs of source texts, digests, what crosses processes, ways to insert.

Run as ``python -m bench.choices``: processor time, the least of several rounds taken by turns, as a ratio to what was
chosen. A codec that is not installed is left out. Refuses to measure what a choice is worth as a whole; that is
``python -m bench growth``.
"""

from __future__ import annotations

import hashlib
import importlib
import marshal
import pickle
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from bench import corpus
from bench.plan import CATEGORIES
from service.index import database, statements
from service.index.reading import Reading
from service.index.schema import APPLICATION_ID, SCHEMA_VERSION, metadata, placements
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import DirectorySource
from service.sources.source import Put

POSTS: Final = 500
ROUNDS: Final = 9


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do it, and what else there is to say of it."""

    name: str
    run: Callable[[], object]
    words: str = ""


def main() -> None:
    """Print a table for each question."""
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as directory:
        root = Path(directory)
        corpus.write(root / "content", POSTS, CATEGORIES)
        source = DirectorySource(SourceSettings(path=root / "content"), SiteSettings(), LimitSettings())
        source.open()
        puts = [change for change in source.scan({}) if isinstance(change, Put)]
        texts = [put.text.encode() for put in puts]
        _say("Source texts: codec (size beside plain)", _codecs(texts))
        _say("Digest of a source text", _digests(texts))
        _say("What crosses from a process that reads to the one that writes", _crossings(puts))
        _say("Inserting 10 placements a post", _inserts(root))


def _codecs(texts: Sequence[bytes]) -> list[Way]:
    ways = [
        _codec("isal 0 (chosen)", "isal.isal_zlib", lambda module: lambda text: module.compress(text, 0), texts),
        _codec("zlib 1 (where isal is absent)", "zlib", lambda module: lambda text: module.compress(text, 1), texts),
        _codec("zlib 6", "zlib", lambda module: lambda text: module.compress(text, 6), texts),
        _codec("isal 1", "isal.isal_zlib", lambda module: lambda text: module.compress(text, 1), texts),
        _codec("zstd 1", "zstandard", lambda module: module.ZstdCompressor(level=1).compress, texts),
        _codec("zstd -1", "zstandard", lambda module: module.ZstdCompressor(level=-1).compress, texts),
        _codec("lz4", "lz4.block", lambda module: module.compress, texts),
    ]
    return [way for way in ways if way is not None]


def _codec(
    name: str, module: str, made: Callable[[Any], Callable[[bytes], bytes]], texts: Sequence[bytes]
) -> Way | None:
    try:
        compress = made(importlib.import_module(module))
    except ImportError:
        return None
    size = sum(len(compress(text)) for text in texts) / sum(map(len, texts))
    return Way(name, lambda: [compress(text) for text in texts], f"{size:.2f}")


def _digests(texts: Sequence[bytes]) -> list[Way]:
    return [
        Way("sha256 (chosen)", lambda: [hashlib.sha256(text).hexdigest() for text in texts]),
        Way("blake2b", lambda: [hashlib.blake2b(text, digest_size=16).hexdigest() for text in texts]),
        Way("md5", lambda: [hashlib.md5(text, usedforsecurity=False).hexdigest() for text in texts]),
        Way("crc32, no digest at all", lambda: [zlib.crc32(text) for text in texts]),
    ]


def _crossings(puts: Sequence[Put]) -> list[Way]:
    """There and back. A reading is made in either case: where a Put crosses, by the one that writes."""
    readings = [reading for reading in map(Reading.of, puts) if isinstance(reading, Reading)]
    pairs = [tuple(reading) for reading in readings]
    return [
        Way(
            "readings as tuples, marshal (chosen)",
            lambda: list(map(Reading.remade, marshal.loads(marshal.dumps([tuple(reading) for reading in readings])))),  # noqa: S302 - our own bytes
            f"{len(marshal.dumps(pairs)) / len(pairs) / 1000:.1f} KB a post",
        ),
        Way(
            "readings, pickle",
            lambda: pickle.loads(pickle.dumps(readings, protocol=5)),  # noqa: S301 - our own bytes
            f"{len(pickle.dumps(readings, protocol=5)) / len(pairs) / 1000:.1f} KB a post",
        ),
        Way(
            "posts as the source yields them, pickle",
            lambda: pickle.loads(pickle.dumps(list(puts), protocol=5)),  # noqa: S301 - our own bytes
            f"{len(pickle.dumps(list(puts), protocol=5)) / len(pairs) / 1000:.1f} KB a post",
        ),
    ]


def _inserts(root: Path) -> list[Way]:
    path = root / "index.db"
    with database.creating(path, metadata, APPLICATION_ID, SCHEMA_VERSION):
        pass
    columns = [column.name for column in placements.columns]
    rows = [
        (term, 1_700_000_000_000_000 + post, f"https://bench.example.org/{post}", post, "d" * 32, post, "분류")
        for post in range(POSTS)
        for term in range(10)
    ]

    def into(write: Callable[[Any], object]) -> Callable[[], object]:
        def run() -> None:
            with closing(_Engine(path)) as engine, engine.made.begin() as connection:
                write(connection)
                connection.exec_driver_sql("DELETE FROM placements")

        return run

    return [
        Way("tuples past the compiler, executemany (chosen)", into(lambda c: statements.add(c, placements, rows))),
        Way(
            "Core insert of dictionaries, executemany",
            into(lambda c: c.execute(insert(placements), [dict(zip(columns, row, strict=True)) for row in rows])),
        ),
        Way(
            "Core insert of dictionaries, one at a time",
            into(lambda c: [c.execute(insert(placements), dict(zip(columns, row, strict=True))) for row in rows]),
        ),
    ]


class _Engine:
    """An engine that can be closed."""

    def __init__(self, path: Path) -> None:
        self.made = database.writing(path)

    def close(self) -> None:
        self.made.dispose()


def _say(question: str, ways: Sequence[Way]) -> None:
    least = [float("inf")] * len(ways)
    for _ in range(ROUNDS):
        for place, way in enumerate(ways):
            began = time.process_time()
            way.run()
            least[place] = min(least[place], time.process_time() - began)
    print(f"\n{question}")
    for way, seconds in zip(ways, least, strict=True):
        print(f"  {way.name:48} {seconds / least[0]:6.2f}  {way.words}")


if __name__ == "__main__":
    main()
    sys.exit(0)
