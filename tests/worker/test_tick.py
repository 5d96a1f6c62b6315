"""One round of the worker: sources that fail, shrink, come back; posts that need a deadline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from service.errors import SourceUnavailable
from service.index import Index, Row
from service.settings import RefreshSettings
from service.sources.source import Put, Reject
from service.tick import Report, Stopped, tick
from tests.index.builders import CONTEXT, NOW, FakeSource, at, channels_since, codes, contents, put, reject, titles

REFRESH = RefreshSettings()
HUNDRED: list[Put | Reject] = [put(f"post-{number:03}", at(number)) for number in range(100)]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(tmp_path, writer=True)) as index:
        yield index


def scan(index: Index, *sources: FakeSource, force: bool = False, seconds: float = 0) -> Report:
    return tick(sources, index, at(0, seconds), refresh=REFRESH, force=force)


def test_a_round_reports_what_it_did_and_when_the_clock_changes_more(index: Index) -> None:
    source = FakeSource()
    source.hold([put("a"), put("b"), put("later", at(-1)), reject("c")])
    report = scan(index, source)
    (one,) = report.sources
    assert (one.name, one.put, one.rejected, one.dropped, one.held, one.error) == ("posts", 3, 1, 0, 0, "")
    assert report.channels == 2
    assert report.next_change == at(-1)
    source.hold([put("b"), put("later", at(-1)), reject("c")])
    assert scan(index, source).sources[0].dropped == 1
    assert scan(index, source).channels == 0


def test_a_post_that_takes_the_url_of_a_published_one_is_in_the_report_of_its_round_alone(index: Index) -> None:
    source, here = FakeSource(), {"url": "https://example.org/x"}
    source.hold([put("a", at(9), **here)])
    assert scan(index, source).contested == ()
    source.hold([put("a", at(9), **here), put("b", at(1), **here, explicit_url=True)])
    (line,) = scan(index, source).contested
    assert line.startswith("source=posts a.md error duplicate-url not published: ")
    assert "b.md" in line
    assert scan(index, source).contested == ()


def test_without_sources_only_time_moves_on(index: Index) -> None:
    source = FakeSource()
    source.hold([put("a"), put("later", at(-1))])
    scan(index, source)
    report = tick((), index, at(-1), refresh=REFRESH)
    assert (report.sources, report.channels) == ((), 2)
    assert report.next_change == at(-2), "when the first of them is no longer news"
    assert titles(index) == ["Later", "A"]


# -- sources that fail --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("midway", [False, True])
def test_C14_a_scan_that_does_not_finish_deletes_nothing(index: Index, midway: bool) -> None:
    source = FakeSource()
    source.hold(HUNDRED)
    scan(index, source)
    before = titles(index), index.revision()
    source.hold(HUNDRED[:90])
    error = SourceUnavailable("the disk went away")
    if midway:
        source.error_midway = error
    else:
        source.error = error
    report = scan(index, source)
    assert report.sources[0].error == "the disk went away"
    assert (titles(index), channels_since(index, before[1])) == (before[0], [])
    (status,) = index.status()
    assert (status.stale, status.scanned_at) == ("the disk went away", NOW)
    assert codes(index) == ["source-unavailable"]
    source.error = source.error_midway = None
    assert scan(index, source, seconds=60).sources[0].dropped == 10, "a complete scan counts"
    (status,) = index.status()
    assert (status.stale, status.scanned_at, codes(index)) == ("", at(0, 60), [])


def test_a_source_that_fails_does_not_hold_up_the_others(index: Index) -> None:
    broken, good = FakeSource("broken", error=SourceUnavailable("no such directory")), FakeSource("good")
    good.hold([put("a")])
    report = scan(index, broken, good)
    assert [source.error for source in report.sources] == ["no such directory", ""]
    assert titles(index) == ["A"]
    assert index.ready()


def test_a_fault_of_ours_in_one_source_is_a_stale_source_not_an_outage(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    faulty, good = FakeSource("faulty", error_midway=ZeroDivisionError("oops")), FakeSource("good")
    good.hold([put("a")])
    report = scan(index, faulty, good)
    assert report.sources[0].error == "internal error: ZeroDivisionError: oops"
    assert titles(index) == ["A"]
    assert "scan failed source=faulty" in caplog.text


def test_time_moves_on_while_every_source_is_down(index: Index) -> None:
    source = FakeSource()
    source.hold([put("a"), put("later", at(-1))])
    scan(index, source)
    source.error = SourceUnavailable("down")
    tick([source], index, at(-1), refresh=REFRESH)
    assert titles(index) == ["Later", "A"]


def test_a_renamed_source_hands_its_posts_over_and_an_unreadable_one_does_not(index: Index) -> None:
    old = FakeSource("old")
    old.hold([put("a", tags=("x",))])
    scan(index, old)
    before = index.revision()
    renamed = FakeSource("new", error=SourceUnavailable("not mounted"))
    scan(index, renamed)
    assert titles(index) == ["A"]
    renamed.error, renamed.files = None, old.files
    scan(index, renamed)
    assert [status.name for status in index.status()] == ["new"]
    assert (titles(index), codes(index)) == (["A"], [])
    assert index.revision() > before


def test_the_first_source_of_the_settings_speaks_for_the_site(index: Index) -> None:
    one, two = FakeSource("one"), FakeSource("two")
    one.facts, two.facts = replace(one.facts, title="One"), replace(two.facts, title="Two")
    one.error = SourceUnavailable("down")
    scan(index, one, two)
    assert index.facts().title == "Two"
    one.error = None
    scan(index, one, two)
    assert index.facts().title == "One"


def test_C42_a_post_whose_file_moved_is_told_as_moved_and_not_as_dropped(index: Index) -> None:
    source = FakeSource()
    source.hold([put("a", text="Words."), put("b"), put("kept-url"), put("gone")])
    scan(index, source)
    same = put("kept-url", text="Other words.")
    moved = [put("a-2", title="A", text="Words."), replace(put("b"), locator="elsewhere/b.md")]
    renamed = replace(same, locator="c.md", fields=replace(same.fields, id="tag:c"))
    source.hold([*moved, renamed])
    report = scan(index, source, force=True).sources[0]
    assert (report.put, report.moved, report.dropped) == (3, 3, 1)
    source.hold([*moved])
    report = scan(index, source, force=True).sources[0]
    assert (report.put, report.moved, report.dropped) == (0, 0, 1)


# -- sources that shrink -------------------------------------------------------------------------------------------


def test_C16_an_emptied_source_keeps_everything_published_until_force(index: Index) -> None:
    source = FakeSource()
    source.hold(HUNDRED)
    scan(index, source)
    before = titles(index), index.revision()
    source.hold([])
    for minute in range(5):
        assert scan(index, source, seconds=60 * minute).sources[0].held == 100
    assert (titles(index), channels_since(index, before[1])) == (before[0], [])
    assert codes(index) == ["refresh-held"]
    held = index.status()[0].held
    assert held is not None
    assert (held.lost, held.known, held.scans) == (100, 100, 5)
    assert scan(index, source, force=True).sources[0].dropped == 100
    assert (titles(index), codes(index), index.status()[0].held) == ([], [], None)


def test_C16_a_small_source_may_shrink_but_not_vanish(index: Index) -> None:
    source = FakeSource()
    source.hold(HUNDRED[:5])
    scan(index, source)
    source.hold(HUNDRED[:1])
    assert scan(index, source).sources[0].dropped == 4
    source.hold([])
    assert scan(index, source).sources[0].held == 1
    assert len(titles(index)) == 1


def test_C16_a_shrunken_source_is_believed_after_three_equal_scans_also_across_a_restart(tmp_path: Path) -> None:
    source = FakeSource()
    source.hold(HUNDRED)
    with closing(Index.open(tmp_path, writer=True)) as index:
        scan(index, source)
        source.hold([put("new", at(-0.0)), *HUNDRED[:30]])
        scan(index, source)
        assert len(titles(index, limit=200)) == 101, "what is new is published at once"
        scan(index, source, seconds=60)
    with closing(Index.open(tmp_path, writer=True)) as index:
        assert len(titles(index, limit=200)) == 101
        assert scan(index, source, seconds=120).sources[0].dropped == 70
        assert len(titles(index)) == 31


def test_C16_a_directory_that_comes_back_ends_the_hold(index: Index) -> None:
    source = FakeSource()
    source.hold(HUNDRED)
    scan(index, source)
    source.hold([])
    scan(index, source)
    source.hold(HUNDRED)
    scan(index, source)
    assert (codes(index), index.status()[0].held, len(titles(index, limit=200))) == ([], None, 100)


def test_C16_files_that_all_move_shrink_nothing(index: Index) -> None:
    source = FakeSource()
    source.hold(HUNDRED)
    scan(index, source)
    before = index.revision()
    source.hold([replace(post, locator=f"moved/{post.locator}") for post in HUNDRED])
    report = scan(index, source).sources[0]
    assert (report.moved, report.dropped, report.held) == (100, 0, 0)
    assert (index.revision(), codes(index)) == (before, [])


def test_C16_rejected_files_are_not_posts(index: Index) -> None:
    source = FakeSource()
    source.hold([put("a"), *(reject(f"draft-{number}") for number in range(50))])
    scan(index, source)
    source.hold([put("a")])
    assert scan(index, source).sources[0].dropped == 50
    source.hold([reject("noise")])
    assert scan(index, source).sources[0].held == 1
    assert titles(index) == ["A"]


def test_C16_force_is_not_remembered(index: Index) -> None:
    source = FakeSource()
    source.hold(HUNDRED)
    scan(index, source, force=True)
    source.hold([])
    assert scan(index, source).sources[0].held == 100


# -- stopping and rendering -----------------------------------------------------------------------------------------


def test_a_round_that_is_stopped_leaves_the_index_as_it_was(index: Index) -> None:
    def ended() -> None:
        raise Stopped

    source = FakeSource()
    source.hold([put("a")])
    scan(index, source)
    before = contents(index)
    source.hold(HUNDRED)
    with pytest.raises(Stopped):
        tick([source], index, NOW, refresh=REFRESH, go_on=ended)
    assert contents(index) == before


@dataclass
class Body:
    html: str
    summary: str
    problems: tuple[tuple[str, str], ...] = ()


def test_suspicious_bodies_are_rendered_once_and_their_problems_reported(index: Index) -> None:
    source = FakeSource()
    source.hold([put("a", treatment="deadline", text="Source."), put("b"), put("c", treatment="escape")])
    asked = []

    def render(row: Row, text: str) -> Body:
        asked.append((row.locator, text))
        return Body("<p>a</p>", "a", (("render-timeout", "took more than 2 s"),))

    for _ in range(3):
        report = tick([source], index, NOW, refresh=REFRESH, render_suspicious=render)
    assert (asked, report.rendered, codes(index)) == ([("a.md", "Source.")], 0, ["render-timeout"])
    source.context = replace(CONTEXT, baseurl="/blog")
    report = tick([source], index, NOW, refresh=REFRESH, render_suspicious=render)
    assert (len(asked), report.rendered) == (2, 1), "another context, another body"


def test_a_long_scan_says_how_far_it_is(
    index: Index, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("service.tick.PROGRESS", 2)
    source = FakeSource()
    source.hold([put(name) for name in "abcde"])
    with caplog.at_level("INFO", "service.tick"):
        scan(index, source)
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition("posts=")[2] for line in said if line.startswith("reading")] == ["2", "4"]


def test_a_source_that_fails_leaves_the_others_fresh_and_keeps_what_it_won(index: Index) -> None:
    first, second = FakeSource("first"), FakeSource("second")
    first.hold([put("a", at(2), title="Of the first")])
    second.hold([put("b", at(9), title="Copy", canonical="https://example.org/a.html"), put("c", at(1))])
    scan(index, first, second)
    first.error = SourceUnavailable("connection refused")
    second.hold([*second.files.values(), put("new", at(0.5))])
    scan(index, first, second, seconds=60)
    assert titles(index) == ["New", "C", "Of the first"]
    assert [(status.name, bool(status.stale)) for status in index.status()] == [("first", True), ("second", False)]
    first.error = None
    first.hold([put("z")])
    scan(index, first, second, seconds=120)
    assert titles(index) == ["Z", "New", "C", "Copy"], "the page is the second's now"


def test_C42_a_move_is_no_shrinkage_and_what_a_held_scan_misses_is_not_gone(index: Index) -> None:
    source = FakeSource()
    source.hold([put(f"p{n}", at(n + 1), title=f"P{n}", text=f"Body {n}.") for n in range(30)])
    scan(index, source)
    before = titles(index)
    moved = [put(f"q{n}", at(n + 1), title=f"P{n}", text=f"Body {n}.") for n in range(30)]
    source.hold(moved)
    scan(index, source, seconds=60)
    assert titles(index) == before
    assert {row.fields.id for row in index.posts([ref.number for ref in index.window(1, 99)])} == {
        f"https://example.org/p{n}" for n in range(30)
    }
    source.hold(moved[:3])
    (report,) = scan(index, source, seconds=120).sources
    assert (report.held, titles(index), index.departed("example.org/q9.html")) == (27, before, False)
    scan(index, source, seconds=180, force=True)
    assert index.departed("example.org/q9.html")
