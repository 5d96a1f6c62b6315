"""``[source.defaults]``: what a post has where its source says nothing of the kind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Author
from service.index.reading import Reading
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.settings_sources import DefaultSettings
from service.sources.defaults import Defaulted, DefaultedPulling, Defaults, taking, with_defaults
from service.sources.directory import open_source
from service.sources.source import Drop, Looking, Progress, Pulled, Put, Source, Taken
from tests.index.builders import CONTEXT, FACTS, NOW, FakeSource, put, reject

NEWS = DefaultSettings.model_validate(
    {"categories": ["News"], "tags": ["imported"], "language": "ko", "authors": [{"name": "Kim"}]}
)
OTHERS = NEWS.model_copy(update={"categories": ("World",)})


def fields_of(change: object) -> tuple[object, ...]:
    assert isinstance(change, Put)
    said = change.fields
    return said.categories, said.tags, said.language, said.authors


def test_a_post_has_the_defaults_where_it_says_nothing() -> None:
    source = FakeSource()
    source.hold([put("bare"), put("full", categories=("A",), tags=("b",), language="en", authors=(Author("Lee"),))])
    bare, full = with_defaults(source, Defaults(NEWS)).scan({})
    assert fields_of(bare) == (("News",), ("imported",), "ko", (Author("Kim"),))
    assert fields_of(full) == (("A",), ("b",), "en", (Author("Lee"),))


def test_a_page_that_is_no_post_gets_a_language_only() -> None:
    source = FakeSource()
    source.hold([put("about", collection="pages", visibility="unlisted")])
    (page,) = with_defaults(source, Defaults(NEWS)).scan({})
    assert fields_of(page) == ((), (), "ko", ())


def test_other_defaults_are_other_posts_and_the_same_ones_are_not() -> None:
    source = FakeSource()
    source.hold([put("a"), reject("b")])
    known: dict[str, str] = {}
    for settings, read in ((NEWS, 2), (NEWS, 0), (OTHERS, 2), (OTHERS, 0), (DefaultSettings(), 2), (NEWS, 2)):
        changes = list(with_defaults(source, Defaults(settings)).scan(known))
        assert len(changes) == read
        known.update((change.locator, change.fingerprint) for change in changes if not isinstance(change, Drop))
    source.hold([])
    assert {change.locator for change in with_defaults(source, Defaults(NEWS)).scan(known)} == {"a.md", "b.md"}


def test_a_source_without_defaults_is_itself() -> None:
    source = FakeSource()
    assert with_defaults(source, Defaults(DefaultSettings())) is source


def test_the_posts_of_a_directory_get_them_where_they_are_read_and_single_posts_can_be_looked_at(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\nText.\n")
    (tmp_path / "b.md").write_text("---\ntitle: B\ncategories: [Own]\n---\nText.\n")
    for path in tmp_path.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))  # long done: nobody doubts what was read

    def opened(settings: DefaultSettings) -> Source:
        defaults = Defaults(settings)
        site = SiteSettings.model_validate({"url": "https://example.org"})
        made = open_source(SourceSettings(path=tmp_path), site, LimitSettings(), take=taking(Reading, defaults))
        return with_defaults(made, defaults)

    def categories(change: object) -> list[str]:
        assert isinstance(change, Reading)
        return [label for kind, _, label in change.terms if kind == "category"]

    source = opened(NEWS)
    source.open()
    changes = list(source.scan({}))
    assert [categories(change) for change in changes] == [["News"], ["Own"]]
    known = {change.locator: change.fingerprint for change in changes if not isinstance(change, Drop)}
    assert list(source.scan(known)) == []
    assert isinstance(source, Looking)
    (tmp_path / "a.md").write_text("---\ntitle: Another\n---\nText.\n")
    (looked,) = source.look({"a.md": known["a.md"]}, []) or ()
    assert categories(looked) == ["News"]
    for settings in (OTHERS, DefaultSettings()):
        again = opened(settings)
        again.open()
        assert len(list(again.scan(known))) == 2


class Api:
    """A source behind an address that hears what it is asked."""

    name = "api"

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], str, bool]] = []

    def pull(
        self,
        known: Mapping[str, str],
        memory: str,
        now: datetime,
        *,
        complete: bool = False,
        progress: Progress | None = None,
    ) -> Pulled:
        del now, progress
        self.asked.append((dict(known), memory, complete))
        return Pulled(FACTS, CONTEXT, (replace(put("a"), fingerprint="1"), Drop("b.md")), "cursor")


def test_a_source_behind_an_address_is_listed_anew_under_other_defaults() -> None:
    api = Api()
    first = DefaultedPulling(api, Defaults(NEWS)).pull({}, "", NOW)
    assert fields_of(first.changes[0])[0] == ("News",)
    known = {"a.md": first.changes[0].fingerprint}  # type: ignore[union-attr]  # a Put
    DefaultedPulling(api, Defaults(NEWS)).pull(known, "cursor", NOW)
    DefaultedPulling(api, Defaults(OTHERS)).pull(known, "cursor", NOW)
    plain = DefaultedPulling(api, Defaults(DefaultSettings())).pull(known, "cursor", NOW)
    assert api.asked[1:] == [({"a.md": "1"}, "cursor", False), ({"a.md": ""}, "", True), (known, "", True)]
    assert plain.changes[0] == replace(put("a"), fingerprint="1")


@given(st.sampled_from((NEWS, OTHERS)), st.text(), st.text())
def test_a_fingerprint_comes_back_as_it_was_given(settings: DefaultSettings, fingerprint: str, name: str) -> None:
    defaults = Defaults(settings)
    made = defaults.change(replace(put("a"), fingerprint=fingerprint))
    assert isinstance(made, Put)
    assert defaults.known({name: made.fingerprint}) == {name: fingerprint}
    assert defaults.change(made) == made, "twice is once"


def test_what_wraps_a_source_keeps_its_name() -> None:
    assert Defaulted(FakeSource("blog"), Defaults(NEWS)).name == "blog"


def test_what_is_taken_by_an_index_is_plain_data() -> None:
    taken: Taken = taking(Reading, Defaults(NEWS)).of(put("a"))  # type: ignore[assignment]  # no Reject
    assert taking(Reading, Defaults(NEWS)).remade(tuple(taken)) == taken
