"""Files that are loaded some at a time: each is what it is by itself, and no more of them are held than fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.settings import LimitSettings, SiteSettings
from service.sources import apart, directory, loading
from service.sources.outcome import Job
from service.sources.source import Change
from service.sources.walk import Entry
from tests.sources.support import STAND_IN, post, scan, source, write

FILES = {f"_posts/2024-05-{day:02}-{word}.md": text for day in range(1, 29) for word, text in {
    "usual": post("title: A\nimage: /assets/none.png", f"{day}\n\n![](/assets/{day}.png)\n"),
    "broken": "---\ntitle: [\n---\n",
    "undated": "---\ntitle: z\ndate: 2024-13-01\n---\n",
    "young": "---\ntitle: x\nlast_modified_at: 2200-01-01\n---\n",
    "bytes": "\ufeff---\r\ntitle: y\r\n---\r\n{% nope %}",
    "large": post("title: L", "x" * 50_000),
}.items()}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, {"_config.yml": f"url: {STAND_IN}\n", **FILES, "about.md": "no front matter"})


def test_files_loaded_together_are_what_each_is_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def changes() -> dict[str, Change]:
        return scan(root, site=SiteSettings(), limits=LimitSettings(file_bytes=40_000))

    alone = changes()
    monkeypatch.setattr(directory, "_MANY", 1)
    assert changes() == alone
    assert len(alone) == len(FILES)
    assert len({type(change) for change in alone.values()}) == 2


def test_what_is_remembered_of_files_hangs_on_each_of_them(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = source(root, site=SiteSettings()), source(root, site=SiteSettings())
    for reader in (one, other):
        reader.open()
        list(reader.scan({}))
        monkeypatch.setattr(directory, "_MANY", 1)
    assert one._waiting
    assert one._waiting == other._waiting
    assert one._passed_over
    assert one._passed_over == other._passed_over


def test_pieces_are_bounded_by_number_and_by_size() -> None:
    def job(size: int) -> Job:
        return Job(Entry("a.md", "a.md", size, 1, 1), "", None)

    def sizes(*jobs: Job) -> list[int]:
        return [len(some) for some in loading._together(jobs)]

    assert sizes() == []
    assert sizes(*[job(1)] * 129) == [64, 64, 1]
    most = loading._TOGETHER_BYTES
    assert sizes(job(most), job(1), job(most - 1), job(1), job(3 * most), job(0)) == [1, 2, 1, 1, 1]


@pytest.mark.skipif(not apart.possible(), reason="this platform does not fork without harm")
def test_work_apart_is_given_pieces_and_answers_for_each_item() -> None:
    answers = apart.in_pieces(lambda piece: [(item, len(piece)) for item in piece], list(range(apart.PIECE + 2)), 2)
    assert list(answers) == [(item, apart.PIECE if item < apart.PIECE else 2) for item in range(apart.PIECE + 2)]
