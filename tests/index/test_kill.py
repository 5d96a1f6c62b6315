"""S-13: a writer that is killed at any moment leaves the old index or the new one, never a mixture."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import closing
from pathlib import Path

from service.index import Index
from tests.index.builders import NOW, apply, put, titles

ROUNDS = 20
POSTS = 60


def _generation(number: int) -> list[str]:
    return [f"Generation {number}"] * POSTS


def _write_for_ever(directory: Path, first: int) -> None:
    with closing(Index.open(directory, writer=True)) as index:
        for number in range(first, 1_000_000):
            apply(
                index,
                *(
                    put(
                        f"post-{place}",
                        NOW,
                        title=f"Generation {number}",
                        text=f"{number} " * 300,
                        tags=(f"t{number}",),
                    )
                    for place in range(POSTS)
                ),
            )


def test_S13_kill_9_at_any_moment_leaves_a_servable_index(tmp_path: Path) -> None:
    rng = random.Random(13)
    with closing(Index.open(tmp_path, writer=True)) as index:
        began = time.monotonic()
        apply(index, *(put(f"post-{place}", title="Generation 0", text="0 ") for place in range(POSTS)))
        pace = time.monotonic() - began  # of this machine, now: the kill has to come while something is written
    reader = Index.open(tmp_path)
    last = 0
    for _ in range(ROUNDS):
        child = os.fork()
        if not child:
            try:
                _write_for_ever(tmp_path, last + 1)
            finally:
                os._exit(1)
        time.sleep(0.02 + rng.random() * max(0.1, 4 * pace))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "the writer ran until it was killed"
        seen = titles(reader)
        assert len(set(seen)) == 1, "no reader sees two generations, nor part of one"
        with closing(Index.open(tmp_path, writer=True)) as index:  # the lock is free, and quick_check passes
            assert titles(index) == seen
            generation = int(seen[0].split()[-1])
            assert generation >= last
            texts = index.texts([ref.number for ref in index.window(1, POSTS)])
            assert set(texts.values()) == {f"{generation} " * (300 if generation else 1)}
            if generation:
                assert titles(index, "tag", f"t{generation}") == seen
            last = generation
    reader.close()
    assert last > 0, "some generations were written"
    assert not list(tmp_path.glob("*.corrupt-*"))
