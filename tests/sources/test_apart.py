"""Reading in processes of their own: the same answers in the same order, and no process left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.errors import SourceUnavailable
from service.index.reading import Reading
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import apart, directory
from service.sources.files import Tree
from service.sources.source import Drop, Put, Reject

pytestmark = pytest.mark.skipif(not apart.possible(), reason="this platform does not fork without harm")

MANY = 4 * apart.PIECE + 1


def children() -> set[int]:
    """Processes of ours that have not been waited for; waiting for none of them."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return set()
    return {found.si_pid} if found else {-1}


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, apart.PIECE, MANY])
def test_answers_come_in_the_order_of_the_items_whatever_the_number_of_processes(processes: int, count: int) -> None:
    items = list(range(count))
    assert list(apart.apart(lambda item: (item, f"정치 {item}"), items, processes)) == [(i, f"정치 {i}") for i in items]
    assert children() == set()


@pytest.mark.parametrize("alone", [False, True])
def test_one_that_is_alone_holds_nothing_open_that_a_lock_may_be_on(alone: bool, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as held:

        def is_open(_: object) -> bool:
            try:
                os.fstat(held.fileno())
            except OSError:
                return False
            return True

        assert list(apart.apart(is_open, [None], 1, alone=alone)) == [not alone]


def test_a_process_that_dies_ends_the_whole_and_says_how() -> None:
    def work(item: int) -> int:
        if item == MANY - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    answers = apart.apart(work, list(range(MANY)), 2)
    with pytest.raises(apart.Died, match="ended unexpectedly"):
        list(answers)
    assert children() == set()


def test_an_error_in_the_work_ends_the_whole() -> None:
    with pytest.raises(apart.Died):
        list(apart.apart(lambda item: item / 0, list(range(MANY)), 2))
    assert children() == set()


def test_who_is_not_listened_to_works_ahead_within_a_bound(tmp_path: Path) -> None:
    def work(piece: Sequence[int]) -> list[bytes]:
        (tmp_path / str(piece[0])).touch()
        return [b"x" * 10_000 for _ in piece]

    count = 4 * (apart._AHEAD_BYTES + apart._PIPE_BYTES) // 10_000
    begun = apart.Begun(work, list(range(count)), 1)
    try:
        ahead = done = -1
        while ahead < 0 or done > ahead:  # until it stands still
            ahead = done
            time.sleep(0.3)
            done = len(list(tmp_path.iterdir()))
        assert apart._AHEAD_BYTES < ahead * apart.PIECE * 10_000 < apart._AHEAD_BYTES + 4 * apart._PIPE_BYTES
        assert sum(map(len, begun)) == count * 10_000
    finally:
        begun.close()
    assert children() == set()


def test_who_stops_listening_leaves_no_process_behind() -> None:
    answers = apart.apart(lambda _: b"x" * 100_000, list(range(MANY)), 3)
    next(answers)
    answers.close()
    assert children() == set()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A Jekyll site with a few posts of each kind: good, broken, with a picture that is not there, no post at all."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text("url: https://example.org\n", "utf-8")
    for number in range(1, 29):
        text = f"---\ntitle: 소식 {number}\nimage: /no-{number}.png\n---\n본문 {number}\n"
        (tmp_path / "_posts" / f"2024-01-{number:02}-소식.md").write_text(text, "utf-8")
    (tmp_path / "_posts" / "2024-02-01-broken.md").write_text("---\ntitle: [\n---\n", "utf-8")
    (tmp_path / "about.html").write_text("no front matter, no page\n", "utf-8")
    (tmp_path / "contact.html").write_text("---\ntitle: Contact\n---\n", "utf-8")
    for file in tmp_path.rglob("*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))  # long ago: what is young is in doubt
    return tmp_path


@pytest.mark.parametrize(("many", "said"), [(40, 0), (30, 1), (2, 1)])
def test_a_scan_says_so_before_it_reads_many_files(
    site: Path, monkeypatch: pytest.MonkeyPatch, many: int, said: int
) -> None:
    monkeypatch.setattr(directory, "_MANY", many)
    calls = list[None]()
    source = directory.DirectorySource(
        SourceSettings(path=site), SiteSettings(), LimitSettings(), take=Reading, give_way=lambda: calls.append(None)
    )
    source.open()
    changes = source.scan({})
    first = next(changes)
    assert len(calls) == said
    known = {change.locator: change.fingerprint for change in (first, *changes) if not isinstance(change, Drop)}
    assert [*source.scan(known)] == []
    assert len(calls) == said  # what did not change is not read


def test_many_files_are_read_alike_by_one_process_and_by_several(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "_MANY", 2)

    def scanned(processes: int) -> tuple[list[object], directory.DirectorySource]:
        source = directory.DirectorySource(
            SourceSettings(path=site), SiteSettings(), LimitSettings(), take=Reading, processes=processes
        )
        source.open()
        return list(source.scan({})), source

    (alone, one), (together, several) = scanned(1), scanned(3)
    assert together == alone
    assert sum(isinstance(change, Reading) for change in alone) == 29
    assert [change.locator for change in alone if isinstance(change, Reject)] == ["_posts/2024-02-01-broken.md"]
    # What a source remembers between scans comes back, too: nothing is read that did not change, what is awaited is.
    known = {change.locator: change.fingerprint for change in alone if not isinstance(change, Reject)}
    (site / "no-7.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03")
    for source in (one, several):
        changed = [change for change in source.scan(known) if isinstance(change, Reading)]
        assert [change.locator for change in changed] == ["_posts/2024-01-07-소식.md"]


def test_a_scan_goes_on_with_what_was_begun(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "_MANY", 2)

    def opened() -> directory.DirectorySource:
        source = directory.DirectorySource(
            SourceSettings(path=site), SiteSettings(), LimitSettings(), take=Reading, processes=2
        )
        source.open()
        return source

    plain, begun = opened(), opened()
    begun.begin()
    at_work = children()
    expected = list(plain.scan({}))
    begun.open()  # as each round of the worker does
    monkeypatch.setattr(Tree, "walk", lambda *_: pytest.fail("the directory is listed once"))
    assert list(begun.scan({})) == expected
    assert at_work
    assert children() == set()
    monkeypatch.undo()
    known = {change.locator: change.fingerprint for change in expected if not isinstance(change, Drop)}
    (site / "no-7.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03")
    assert [change.locator for change in begun.scan(known)] == ["_posts/2024-01-07-소식.md"]


@pytest.mark.parametrize("why", ["known", "settings", "ended"])
def test_what_was_begun_and_does_not_hold_is_ended_and_read_anew(
    site: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr(directory, "_MANY", 2)
    source = directory.DirectorySource(
        SourceSettings(path=site), SiteSettings(), LimitSettings(), take=Reading, processes=2
    )
    source.open()
    expected = list(source.scan({}))
    known = {change.locator: change.fingerprint for change in expected[3:] if not isinstance(change, Drop)}
    source.begin()
    if why == "settings":
        (site / "_config.yml").write_text("url: https://elsewhere.example\n")
        source.open()
        changes = list(source.scan({}))
        assert all("elsewhere" in change.url for change in changes if isinstance(change, Reading))
        assert len(changes) == len(expected)
    elif why == "known":
        assert list(source.scan(known)) == expected[:3]
    source.end()
    assert children() == set()


def test_few_files_are_not_begun(site: Path) -> None:
    source = directory.DirectorySource(
        SourceSettings(path=site), SiteSettings(), LimitSettings(), take=Reading, processes=2
    )
    source.begin()
    source.open()
    source.begin()
    assert children() == set()


def test_a_process_that_dies_makes_the_source_unavailable_and_nothing_is_taken_for_deleted(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_MANY", 2)

    class Deadly:
        def of(self, put: Put) -> Reading:
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError(put)

        def remade(self, data: tuple[object, ...]) -> Reading:
            raise AssertionError(data)

    source = directory.DirectorySource(
        SourceSettings(path=site), SiteSettings(), LimitSettings(), take=Deadly(), processes=2
    )
    source.open()
    with pytest.raises(SourceUnavailable, match="ended unexpectedly"):
        list(source.scan({"_posts/gone.md": "1"}))
