"""What a benchmark rests on: the same corpus every time, and a load generator that counts what was answered."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import corpus, load, table
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import open_source
from service.sources.source import Put

Measured = Coroutine[None, None, tuple[float, list[bytes]]]

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        corpus.write(tmp_path / name, 30, 5)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert len(files(tmp_path / "one")) == 31 + corpus.PICTURES


def test_a_corpus_does_not_depend_on_the_hash_seed() -> None:
    program = "from bench import corpus; print(ascii(corpus.post(7, 30, 5)))"
    root = Path(__file__).parents[2]
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{corpus.post(7, 30, 5)!a}\n".encode()}


def test_every_post_of_a_corpus_is_published_and_their_numbers_order_them(tmp_path: Path) -> None:
    corpus.write(tmp_path, 30, 5)
    source = open_source(SourceSettings(path=tmp_path), SiteSettings(), LimitSettings())
    source.open()
    changes = list(source.scan({}))
    posts = [change for change in changes if isinstance(change, Put)]
    assert len(posts) == len(changes) == 30
    assert not [problem for post in posts for problem in post.problems]
    dates = {post.fields.title.rpartition(":")[0].split()[1]: post.fields.published for post in posts}
    ordered = [dates[str(number)] or datetime.min.replace(tzinfo=UTC) for number in range(30)]
    assert ordered == sorted(ordered) and len(set(ordered)) == 30


@asynccontextmanager
async def answering(head: bytes, body: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers each request with these bytes; its port, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked.append(await reader.readuntil(b"\r\n\r\n"))
                for part in (head, body[:100], body[100:]):  # an answer may come in pieces
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def rate_of(head: bytes, body: bytes, status: int) -> tuple[float, list[bytes]]:
    async with answering(head, body) as (port, asked):
        return await load.run("127.0.0.1", port, 0.2, 2, REQUEST, status), asked


@pytest.mark.parametrize("drive", [asyncio.run, load.drive])
def test_the_load_generator_counts_whole_answers(drive: Callable[[Measured], tuple[float, list[bytes]]]) -> None:
    body = b"HTTP/1.1 200 in a body is no answer\r\n\r\n" * 10
    rate, asked = drive(rate_of(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body, 200))
    assert set(asked) == {REQUEST}
    assert 0 < rate * 0.2 <= len(asked)


def test_a_304_has_no_body_whatever_its_length_says() -> None:
    rate, asked = asyncio.run(rate_of(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 57000\r\n\r\n", b"", 304))
    assert 0 < rate * 0.2 <= len(asked)


def test_a_server_that_refuses_quickly_is_not_fast() -> None:
    with pytest.raises(load.LoadFailed, match="404"):
        asyncio.run(rate_of(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b"", 200))


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert table.ratio((2.0, 8.0, 3.0), (1.0, 2.0, 1.0)) == 3.0
