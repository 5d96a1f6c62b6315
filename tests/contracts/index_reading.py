"""What readers ask besides, and what they may rely on while one writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import Problem, SourceUnavailable, StorageUnavailable
from service.index import Index, Rendered, Schedule, Staleness
from service.sources.source import Context, Put, SiteFacts
from tests.contracts.index_base import IndexTests
from tests.index.builders import (
    CONTEXT,
    FACTS,
    NOW,
    SITE,
    apply,
    at,
    codes,
    drop,
    put,
    reject,
    titles,
)


class ReadingContract(IndexTests):
    """Renderings, links, problems, status, snapshots."""

    # -- bodies under a deadline

    def test_a_suspicious_body_is_published_when_the_worker_has_rendered_it(self, index: Index) -> None:
        apply(index, put("a", treatment="deadline", tags=("x",)), put("b"))
        (row,) = index.unrendered()
        assert index.rendered(row.number, row.digest) is None
        before = index.revision()
        problem = Problem("a.md", 0, 0, "warning", "render-timeout", "took too long")
        assert index.store_rendered(row.number, row.digest, Rendered("<p>a</p>", "a"), NOW, [problem])
        (ref,) = [ref for ref in index.window(1, 9) if ref.number == row.number]
        assert ref.digest != row.digest, "its entry has other bytes now"
        assert index.rendered(ref.number, ref.digest) == Rendered("<p>a</p>", "a")
        assert ("tag", "x") in index.changed_since(before)
        assert (index.unrendered(), codes(index)) == ([], ["render-timeout"])

    def test_a_rendering_of_a_version_that_is_gone_is_refused(self, index: Index) -> None:
        apply(index, put("a", treatment="deadline"))
        (row,) = index.unrendered()
        apply(index, put("a", treatment="deadline", title="Edited"))
        assert not index.store_rendered(row.number, row.digest, Rendered("<p>old</p>", "old"), NOW)
        assert [row.fields.title for row in index.unrendered()] == ["Edited"]
        apply(index, drop("a"))
        assert not index.store_rendered(row.number, row.digest, Rendered("<p>old</p>", "old"), NOW)

    def test_a_rendering_outlives_the_clock_but_not_an_edit(self, index: Index) -> None:
        apply(index, put("a", at(1), treatment="deadline", expires=at(-5)))
        (row,) = index.unrendered()
        index.store_rendered(row.number, row.digest, Rendered("<p>a</p>", "a"), NOW)
        index.advance(at(-6))
        index.advance(NOW)
        assert index.unrendered() == []
        apply(index, context=replace(CONTEXT, baseurl="/b"))
        assert len(index.unrendered()) == 1

    # -- links, problems, status

    def test_a_path_or_a_bare_name_leads_to_the_url_of_a_post(self, index: Index) -> None:
        post = replace(put("x"), locator="sub/_posts/2024-05-01-hello.md")
        later = replace(put("y", at(-9)), locator="_posts/2024-06-01-later.md")
        apply(index, post, later)
        for path in (
            *("sub/_posts/2024-05-01-hello.md", "_posts/2024-05-01-hello", "sub/_posts/2024-05-01-hello"),
            *("2024-05-01-hello", "sub/2024-05-01-hello"),
        ):
            assert index.url_of(path) == f"{SITE}/x.html"
        assert index.url_of("2024-06-01-later") == f"{SITE}/y.html", "what a link means does not depend on the time"
        for path in ("hello", "other/2024-05-01-hello", "", "/", "about.md"):
            assert index.url_of(path) is None

    @pytest.mark.parametrize(
        "text", ["{% post_url target %}", "[x](target.md)", "[x](/sub/target.md#part)", "<a href='t%61rget.MD'>x</a>"]
    )
    def test_a_post_that_links_to_a_file_changes_with_the_url_of_that_file(self, index: Index, text: str) -> None:
        apply(index, put("a", at(1), text=text, tags=("x",)), put("b", at(2), text="no link", tags=("y",)))
        seen = [_digest(index, "x")]
        for change in (put("target", url=f"{SITE}/1"), put("target", url=f"{SITE}/2"), drop("target")):
            before = index.revision()
            other = _digest(index, "y")
            apply(index, change)
            assert ("tag", "x") in index.changed_since(before)
            assert _digest(index, "y") == other
            seen.append(_digest(index, "x"))
        assert seen[0] == seen[3], "what is not there is not there, however it came about"
        assert len(set(seen)) == 3
        apply(index, put("target", url=f"{SITE}/1"))
        assert _digest(index, "x") == seen[1]
        before = index.revision()
        apply(index, put("target", url=f"{SITE}/1", title="Edited"))
        assert ("tag", "x") not in index.changed_since(before), "its title is not shown by who links to it"

    def test_a_post_that_stops_linking_is_left_alone(self, index: Index) -> None:
        apply(index, put("a", at(1), text="[x](target.md)", tags=("x",)), put("target"))
        apply(index, put("a", at(1), text="no more", tags=("x",)))
        before = index.revision()
        apply(index, drop("target"))
        assert ("tag", "x") not in index.changed_since(before)

    def test_problems_are_replaced_by_who_found_them_and_move_their_own_revision(self, index: Index) -> None:
        warning = Problem("a.md", 1, 1, "warning", "date-missing", "no date")
        apply(index, replace(put("a"), problems=(warning,)))
        revision = index.revision()
        apply(index, replace(put("a", mark="2"), problems=(warning,)))
        assert index.revision() == revision, "the same line again is no change"
        apply(index, put("a", mark="3"), now=at(-1))
        assert (codes(index), index.changed_since(revision)) == ([], [("problems", "")])
        assert index.changed_at("problems") == at(-1)

    def test_counts_and_status_say_what_is_there(self, index: Index) -> None:
        assert not index.ready()
        apply(index, put("a"), put("b", at(-1)), reject("c"), now=NOW)
        counts = index.counts()
        assert (counts.posts, counts.live, counts.channels, counts.errors) == (2, 1, 2, 1)
        assert counts.bytes > 0
        (status,) = index.status()
        assert (status.name, status.scanned_at, status.stale, status.held) == ("posts", NOW, "", None)
        assert (status.posts, status.pages, status.unpublished) == (1, 0, 1)
        assert index.ready()

    def test_status_names_what_of_a_source_could_not_be_read(self, index: Index) -> None:
        dead = Problem("planet", 0, 0, "warning", "feed-unavailable", "the feed A cannot be read")
        other = replace(dead, code="feed-malformed")
        closed = replace(dead, code="rest-closed", message="the REST API is closed")
        for source, problems in (("planet", [dead, other]), ("posts", [other]), ("blog", [closed])):
            index.apply(source, [], NOW, context=CONTEXT, facts=FACTS, problems=problems)
        assert {status.name: status.unread for status in index.status()} == {
            "planet": ("the feed A cannot be read",),
            "posts": (),
            "blog": ("the REST API is closed",),
        }

    def test_an_index_is_ready_when_every_source_was_tried_and_one_was_read(self, index: Index) -> None:
        index.enroll(["one", "two"], NOW)
        index.mark_stale("one", NOW, Staleness("no such directory"))
        assert not index.ready()
        apply(index, source="two")
        assert index.ready()
        assert [status.stale for status in index.status()] == ["no such directory", ""]

    def test_what_is_remembered_of_asking_a_source_is_kept_with_its_changes(self, index: Index, tmp_path: Path) -> None:
        asked = Schedule("cursor", at(0, 5), at(0, 905))
        index.apply("api", [put("a")], NOW, context=CONTEXT, facts=FACTS, schedule=asked)
        apply(index, put("b"), source="disk")
        reader = self.open_index(tmp_path, writer=False)
        assert reader.schedules() == {"api": asked, "disk": Schedule()}
        assert reader.facts_of("api") == FACTS
        assert reader.facts_of("elsewhere") == SiteFacts()

    def test_a_pull_that_raises_is_not_remembered(self, index: Index) -> None:
        def changes() -> Iterator[Put]:
            yield put("a")
            raise SourceUnavailable("cut off")

        index.enroll(["api"], NOW)
        with pytest.raises(SourceUnavailable):
            index.apply("api", changes(), NOW, context=CONTEXT, facts=FACTS, schedule=Schedule("cursor"))
        assert index.schedules() == {"api": Schedule()}

    def test_failures_are_counted_and_dated_from_the_first_one_until_a_scan_succeeds(self, index: Index) -> None:
        apply(index, put("a"))
        waiting = Schedule("cursor", at(0, 60), at(0, 90), at(0, 80), 2)
        index.mark_stale("posts", at(0, 30), Staleness("down", "timeout"))
        index.mark_stale("posts", at(0, 60), Staleness("answers 503", "status", 503), schedule=waiting)
        (status,) = index.status()
        assert (status.stale, status.reason, status.status) == ("answers 503", "status", 503)
        assert (status.stale_since, status.refreshed, status.failed, status.schedule) == (at(0, 30), 1, 2, waiting)
        index.mark_stale("posts", at(0, 70), Staleness("down"))
        assert index.status()[0].schedule == waiting, "who says nothing of it changes nothing"
        apply(index, put("a"), now=at(0, 90))
        (status,) = index.status()
        assert (status.stale, status.reason, status.status, status.stale_since) == ("", "", 0, None)
        assert (status.refreshed, status.failed) == (2, 3)

    # -- readers

    def test_a_reader_follows_the_writer_and_sees_one_state_within_a_snapshot(
        self, index: Index, tmp_path: Path
    ) -> None:
        reader = self.open_index(tmp_path, writer=False)
        apply(index, put("a"))
        version = reader.data_version()
        assert reader.data_version() == version
        with reader.snapshot():
            assert titles(reader) == ["A"]
            apply(index, put("b"))
            assert titles(reader) == ["A"]
        assert titles(reader) == ["B", "A"]
        assert reader.data_version() != version
        reader.close()

    def test_a_reader_without_an_index_is_empty_and_not_ready(self, tmp_path: Path) -> None:
        reader = self.open_index(tmp_path, writer=False)
        assert (reader.ready(), reader.revision(), reader.channels(), reader.problems()) == (False, 0, [], [])
        assert (reader.channel("site", ""), reader.window(1, 9), reader.posts([1]), reader.texts([1])) == (
            None,
            [],
            [],
            {},
        )
        assert (reader.facts(), reader.context("posts"), reader.url_of("a")) == (SiteFacts(), Context(url=""), None)
        assert (reader.data_version(), reader.changed_since(0), reader.next_change(NOW)) == (0, [], None)
        index = self.open_index(tmp_path, writer=True)
        apply(index, put("a"))
        assert reader.data_version() != 0
        assert (titles(reader), reader.ready()) == (["A"], True)
        index.close()
        reader.close()

    def test_a_reader_refuses_to_write(self, tmp_path: Path) -> None:
        reader = self.open_index(tmp_path, writer=False)
        with pytest.raises(StorageUnavailable, match="reading only"):
            apply(reader, put("a"))
        reader.close()

    def test_many_threads_read_while_one_writes(self, index: Index, tmp_path: Path) -> None:
        """Each generation gives every post its number as title; nobody ever sees two generations at once."""
        reader = self.open_index(tmp_path, writer=False)
        apply(index, *_generation(0))
        done, mixed = threading.Event(), []

        def read() -> None:
            while not done.is_set():
                with reader.snapshot():
                    seen = set(titles(reader))
                if len(seen) != 1:
                    mixed.append(seen)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 15):
            apply(index, *_generation(number))
        done.set()
        for thread in threads:
            thread.join()
        assert mixed == []
        reader.close()


def _digest(index: Index, tag: str) -> str:
    row = index.channel("tag", tag)
    assert row is not None
    (ref,) = index.window(row.number, 9)
    return ref.digest


def _generation(number: int) -> list[Put]:
    return [put(f"post-{place}", at(place + 1), title=f"Generation {number}") for place in range(20)]
