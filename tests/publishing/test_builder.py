"""What a builder writes: nothing that the journal does not know, whole files, and only what is not there already."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from service import builder
from service.build import targets
from service.builder import JOURNAL, Built, building
from tests.index.builders import at, put
from tests.publishing.published import publisher_of


def build(out: Path) -> Built:
    out.mkdir(exist_ok=True)
    changes = (put("2025/a", at(1)), put("2025/b", at(2)), put("c/d/e", at(3)))
    with publisher_of(*changes) as publisher, building(publisher, out, coded=False) as own:
        return own.build(targets(publisher))


def test_a_line_of_the_journal_is_out_before_its_file_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    write = builder.replace

    def watched(path: str, body: bytes) -> None:
        line = f"{hashlib.sha256(body).hexdigest()} {Path(path).relative_to(tmp_path).as_posix()}\n"
        assert (tmp_path / JOURNAL).read_text("utf-8").endswith(line)
        assert not Path(path).exists()
        seen.append(path)
        write(path, body)

    monkeypatch.setattr(builder, "replace", watched)
    assert build(tmp_path).written == len(seen) > 20


def test_only_what_is_not_there_already_is_written(tmp_path: Path) -> None:
    first = build(tmp_path)
    assert (first.written, first.unchanged) == (len(first.files), 0)
    name, another = "meta/2025/a.html.html", "meta/c/d/e.html.json"
    (tmp_path / name).write_bytes(b"x" * (tmp_path / name).stat().st_size)
    (tmp_path / another).unlink()
    second = build(tmp_path)
    assert (second.written, second.unchanged, second.files) == (2, len(first.files) - 2, first.files)
    for file, digest in first.files.items():
        assert hashlib.sha256((tmp_path / file).read_bytes()).hexdigest() == digest


def test_a_file_is_whole_where_the_system_takes_its_bytes_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:100]))
    for name, digest in build(tmp_path).files.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("stands", ["file", "broken link"])
def test_what_stands_where_a_directory_belongs_leaves_its_documents_unnamed(tmp_path: Path, stands: str) -> None:
    (tmp_path / "meta").mkdir()
    place = tmp_path / "meta/2025"
    if stands == "file":
        place.write_bytes(b"")
    else:
        place.symlink_to(tmp_path / "nowhere")
    built = build(tmp_path)
    assert sorted(built.unnamed) == [f"meta/2025/{page}.html.{kind}" for page in "ab" for kind in ("html", "json")]
    assert (tmp_path / "meta/c/d/e.html.json").exists()
