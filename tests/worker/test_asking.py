"""How other processes ask the worker: files that coalesce, safe names, answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.asking import Request, Requests, Unanswered, in_turn, request_refresh, wait_for_answers, waiting_file
from service.errors import StorageUnavailable
from service.lock import Held, Lock

NAMES = ("blog", "../../etc/passwd", "한글 신문", "a" * 300)


@pytest.mark.parametrize("name", NAMES)
def test_a_request_for_a_source_is_one_file_below_the_directory_whatever_its_name(tmp_path: Path, name: str) -> None:
    requests = Requests(tmp_path, NAMES)
    for _ in range(50):
        request_refresh(tmp_path, source=name)
    (path,) = requests.path.iterdir()
    assert path.parent == tmp_path / "requests"
    assert requests.take() == [Request(path.with_suffix(".taken"), "scan", (name,))]
    assert requests.take() == []


def test_a_request_without_a_name_is_about_all_and_kinds_are_told_apart(tmp_path: Path) -> None:
    requests = Requests(tmp_path, NAMES)
    request_refresh(tmp_path)
    request_refresh(tmp_path, force=True)
    request_refresh(tmp_path, source="blog", whole=True)
    assert [(how, sources) for _, how, sources in requests.take()] == [
        ("force", NAMES),
        ("scan", NAMES),
        ("whole", ("blog",)),
    ]


def test_a_request_for_a_source_that_is_none_of_ours_is_about_nothing(tmp_path: Path) -> None:
    requests = Requests(tmp_path, NAMES)
    request_refresh(tmp_path, source="elsewhere", force=True)
    assert [(how, sources) for _, how, sources in requests.take()] == [("force", ())]


def test_what_waits_from_before_a_start_is_not_obeyed(tmp_path: Path) -> None:
    request_refresh(tmp_path, force=True)
    requests = Requests(tmp_path, NAMES)
    requests.forget()
    assert requests.take() == []


def test_events_of_requests_are_told_from_those_of_content(tmp_path: Path) -> None:
    requests = Requests(tmp_path, NAMES)
    assert requests.is_request(str(waiting_file(tmp_path, "blog", "scan")))
    assert requests.is_request(str(tmp_path / "requests"))
    assert not requests.is_request(str(tmp_path / "requests.md"))


def test_without_a_worker_nobody_waits_for_an_answer_nor_is_obeyed_later(tmp_path: Path) -> None:
    request_refresh(tmp_path, force=True)
    path = waiting_file(tmp_path, "", "force")
    with pytest.raises(Unanswered, match="did not answer"):
        wait_for_answers(tmp_path, [path])
    assert not path.exists()


def test_what_another_one_who_waited_removed_is_no_answer(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    try:
        with pytest.raises(Unanswered):
            wait_for_answers(tmp_path, [waiting_file(tmp_path, "", "whole")], asked=os.getpid() + 1)
        wait_for_answers(tmp_path, [waiting_file(tmp_path, "", "whole")], asked=os.getpid())
    finally:
        lock.release()


def test_who_finds_the_directory_taken_once_more_waits_again_but_not_for_ever(tmp_path: Path) -> None:
    asked, others = list[str](), [Lock(tmp_path)]

    def answered() -> bool:
        """Another command, which answers nobody: it ends, and the third of those that wait is quicker than we."""
        asked.append("who holds it")
        if len(asked) == 3:
            others.pop().release()
        return False

    def own() -> str:
        Lock(tmp_path).release()
        return "ours"

    assert in_turn(answered, own) == "ours"
    assert len(asked) == 3
    others.append(Lock(tmp_path))
    asked[:] = ["who holds it"] * 3
    with pytest.raises(Held, match="in use by process"):
        in_turn(answered, own, patience=0)
    others.pop().release()
    assert in_turn(lambda: True, own) is None, "a worker has answered"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_S06_a_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageUnavailable, match="requests"):
        request_refresh(tmp_path)
