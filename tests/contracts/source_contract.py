"""What every source does, whatever it reads: one class of tests, passed by each implementation.

A subclass provides the fixture ``content``: a source, and the means to change what it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest

from service.errors import SourceUnavailable
from service.sources.source import CONTEXT, FACTS, FIELDS, Change, Drop, Put, Reject, Source


@dataclass(frozen=True)
class Content:
    """A source under test. ``make`` opens it anew, as another process would; the others change what it reads.

    ``write`` makes or changes the post of a key so that it has a title, ``spoil`` makes it unreadable, ``remove`` takes
    it away, ``cut_off`` makes the whole source unreachable. ``locator`` tells a key's locator.
    """

    make: Callable[[], Source]
    locator: Callable[[str], str]
    write: Callable[[str, str], None]
    spoil: Callable[[str], None]
    remove: Callable[[str], None]
    cut_off: Callable[[], None]


def scan(source: Source, known: dict[str, str] | None = None) -> list[Change]:
    source.open()
    return list(source.scan(known or {}))


def fingerprints(changes: list[Change]) -> dict[str, str]:
    return {change.locator: change.fingerprint for change in changes if not isinstance(change, Drop)}


class SourceContract:
    @pytest.fixture
    def filled(self, content: Content) -> Content:
        for key, title in (("b", "Second"), ("a", "First"), ("c", "Third")):
            content.write(key, title)
        return content

    def test_a_first_scan_yields_each_post_once_with_its_text(self, filled: Content) -> None:
        changes = scan(filled.make())
        assert [change.locator for change in changes] == sorted(filled.locator(key) for key in "abc")
        assert {change.fields.title for change in changes if isinstance(change, Put)} == {"First", "Second", "Third"}
        assert all(change.fields.title in change.text for change in changes if isinstance(change, Put))

    def test_what_did_not_change_is_not_yielded_again(self, filled: Content) -> None:
        source = filled.make()
        known = fingerprints(scan(source))
        assert scan(source, known) == []
        assert scan(filled.make(), known) == []

    def test_an_edit_is_one_change_of_that_post(self, filled: Content) -> None:
        known = fingerprints(scan(filled.make()))
        filled.write("b", "Another title")
        (change,) = scan(filled.make(), known)
        assert isinstance(change, Put)
        assert (change.locator, change.fields.title) == (filled.locator("b"), "Another title")
        assert change.fingerprint != known[change.locator]

    def test_a_removed_post_is_dropped_and_nothing_else_is(self, filled: Content) -> None:
        known = fingerprints(scan(filled.make()))
        filled.remove("a")
        assert scan(filled.make(), known) == [Drop(filled.locator("a"))]

    def test_the_id_and_the_url_stay_when_the_text_changes(self, filled: Content) -> None:
        before = {change.locator: change for change in scan(filled.make()) if isinstance(change, Put)}
        filled.write("a", "A very different title")
        after = {change.locator: change for change in scan(filled.make()) if isinstance(change, Put)}
        for locator, change in before.items():
            assert (after[locator].fields.id, after[locator].fields.url) == (change.fields.id, change.fields.url)

    def test_a_spoilt_post_is_rejected_with_its_place_and_the_others_stand(self, filled: Content) -> None:
        filled.spoil("b")
        changes = scan(filled.make())
        (rejected,) = (change for change in changes if isinstance(change, Reject))
        assert rejected.locator == filled.locator("b")
        assert rejected.problems[-1].level == "error"
        assert rejected.problems[-1].path == filled.locator("b")
        assert sum(isinstance(change, Put) for change in changes) == 2

    def test_a_rejected_post_is_not_rejected_again_until_it_changes(self, filled: Content) -> None:
        filled.spoil("b")
        known = fingerprints(scan(filled.make()))
        assert scan(filled.make(), known) == []
        filled.write("b", "Mended")
        (change,) = scan(filled.make(), known)
        assert isinstance(change, Put)

    def test_two_processes_understand_the_same(self, filled: Content) -> None:
        assert scan(filled.make()) == scan(filled.make())

    def test_urls_are_absolute_and_ascii_and_dates_aware(self, filled: Content) -> None:
        for change in scan(filled.make()):
            assert isinstance(change, Put)
            assert change.fields.url.startswith("http")
            assert change.fields.url.isascii()
            assert change.fields.id.isascii()
            assert isinstance(change.fields.published, datetime)
            assert change.fields.published.tzinfo

    def test_what_crosses_the_seam_survives_storage(self, filled: Content) -> None:
        source = filled.make()
        facts, context, _ = source.open()
        assert FACTS.validate_json(FACTS.dump_json(facts)) == facts
        assert CONTEXT.validate_json(CONTEXT.dump_json(context)).digest == context.digest
        for change in source.scan({}):
            assert isinstance(change, Put)
            assert FIELDS.validate_json(FIELDS.dump_json(change.fields)) == change.fields

    def test_a_source_that_cannot_be_reached_says_so_and_drops_nothing(self, filled: Content) -> None:
        source = filled.make()
        known = fingerprints(scan(source))
        filled.cut_off()
        with pytest.raises(SourceUnavailable) as error:
            list(source.scan(known))
        assert "\n" not in str(error.value)
        with pytest.raises(SourceUnavailable):
            filled.make().open()
