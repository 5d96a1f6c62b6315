"""A look at single posts, instead of a scan: what it can tell, and when it says that only a scan can."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import DirectorySource
from service.sources.source import DOUBT, Drop, Put

LONG_AGO = 3600.0


class Site:
    """A Jekyll site of three posts, last written an hour ago, scanned once by a clock that stands at ``now``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = time.time()
        (root / "_posts").mkdir()
        self.write("_config.yml", "url: https://example.org\n", age=LONG_AGO)  # a clock that stands settles nothing
        for name in ("2024-01-01-a", "2024-01-02-b", "2024-01-03-다"):
            self.write(f"_posts/{name}.md", f"---\ntitle: {name}\n---\n", age=LONG_AGO)
        self.source = DirectorySource(
            SourceSettings(path=root), SiteSettings(), LimitSettings(), clock=lambda: self.now, sleep=self._sleep
        )
        self.source.open()
        self.known = {change.locator: change.fingerprint for change in self.source.scan({}) if isinstance(change, Put)}
        assert len(self.known) == 3

    def write(self, path: str, text: str, *, age: float) -> None:
        file = self.root / path
        file.write_text(text, "utf-8")
        os.utime(file, (self.now - age, self.now - age))

    def look(self, *paths: str, others: tuple[str, ...] = ()) -> list[Put] | None:
        found = self.source.look({path: self.known[path] for path in paths}, others)
        if found is None:
            return None
        return [change for change in found if isinstance(change, Put)]

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


A = "_posts/2024-01-01-a.md"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_post_that_changed_is_read_and_no_other(site: Site) -> None:
    site.write(A, "---\ntitle: 새 제목\n---\n", age=10)
    (found,) = site.look(*site.known) or []
    assert (found.locator, found.fields.title) == (A, "새 제목")
    assert DOUBT not in found.fingerprint
    assert list(site.source.scan(site.known | {A: found.fingerprint})) == []


def test_a_post_that_did_not_change_is_not_read(site: Site) -> None:
    assert site.look(*site.known) == []


def test_C15_the_first_read_that_is_whole_counts_and_is_looked_at_again_when_the_file_has_settled(site: Site) -> None:
    site.write(A, "---\ntitle: First\n---\n", age=0.1)
    (first,) = site.look(A) or []
    assert first.fields.title == "First"
    assert DOUBT in first.fingerprint
    site.known[A], site.now = first.fingerprint, site.now + 1
    (again,) = site.look(A) or []  # nothing changed, and it is read all the same
    assert again.fields == first.fields
    assert DOUBT not in again.fingerprint


def test_C15_a_file_that_was_emptied_a_moment_ago_is_given_the_time_to_be_filled(site: Site) -> None:
    site.write(A, "", age=0.1)
    before = site.now
    site.look(A)
    assert site.now - before >= 0.15


def test_only_a_scan_can_tell_what_a_post_that_is_gone_means(site: Site) -> None:
    (site.root / A).unlink()
    assert site.look(A) is None


def test_only_a_scan_can_tell_what_something_new_means(site: Site) -> None:
    site.write("_posts/2024-01-04-new.md", "---\ntitle: New\n---\n", age=10)
    assert site.look(others=("_posts/2024-01-04-new.md",)) is None


def test_what_an_editor_put_there_for_a_moment_means_nothing(site: Site) -> None:
    assert site.look(others=("_posts/.4913", "_posts/#a.md#")) == []


def test_only_a_scan_can_tell_what_a_new_configuration_means(site: Site) -> None:
    site.write("_config.yml", "url: https://example.org\npermalink: /:title\n", age=10)
    site.source.open()
    assert site.look(A) is None


def test_only_a_scan_can_tell_of_files_whose_names_some_systems_take_for_one(site: Site) -> None:
    site.write("_posts/2024-01-01-A.md", "---\ntitle: Other\n---\n", age=10)
    changes = list(site.source.scan(site.known))
    site.known |= {change.locator: change.fingerprint for change in changes if not isinstance(change, Drop)}
    twins = [path for path in site.known if path.lower() == A.lower()]
    assert len(twins) == 2
    assert None in [site.look(path) for path in twins]


def test_paths_of_events_are_those_of_posts_whatever_link_led_to_the_directory(site: Site, tmp_path: Path) -> None:
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(site.root)
    source = DirectorySource(SourceSettings(path=link), SiteSettings(), LimitSettings())
    assert source.locator(str(link / A)) == A
    assert source.locator(str(site.root.resolve() / A)) == A
    assert source.locator(str(tmp_path.parent / "elsewhere.md")) is None
    assert not source.locator(str(link))
