"""What the figures of builds rest on: a bare corpus, proof of what was built, whole process trees, recorded ratios."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from bench import building, corpus, installed, processes, record
from bench.generators import HUGO, HUGO_PAGES, PEERS, Generator, feedmill
from bench.generators.site import Corpus, Laid, proved
from bench.plan import QUICK
from bench.processes import ChildFailed, Cost, TooLong
from bench.table import Group, Row

POSTS, CATEGORIES = 45, 2


def command(program: str) -> list[str]:
    return [sys.executable, "-c", program]


@pytest.fixture
def of(tmp_path: Path) -> Corpus:
    corpus.write(tmp_path / "content", POSTS, CATEGORIES, bare=True)
    return Corpus(tmp_path / "content", POSTS, CATEGORIES)


def built(generator: Generator, of: Corpus, place: Path) -> Laid:
    place.mkdir()
    laid = generator.lay(place, of)
    laid.clear(place)
    processes.cost(place, laid.command)
    return laid


def test_a_bare_post_has_neither_tags_nor_author_and_is_else_the_same() -> None:
    name, text = corpus.post(7, POSTS, CATEGORIES)
    bare_name, bare = corpus.post(7, POSTS, CATEGORIES, bare=True)
    assert bare_name == name
    named = [line for line in text.splitlines() if not line.startswith(("tags: ", "author: "))]
    assert bare.splitlines() == named
    assert len(text.splitlines()) - len(named) == 2


@pytest.mark.parametrize("generator", [feedmill.generator(name) for name in building.OURS[:2]] + [HUGO, HUGO_PAGES])
def test_a_generator_builds_what_is_due(generator: Generator, of: Corpus, tmp_path: Path) -> None:
    if why := generator.absent():
        pytest.skip(why)
    laid = built(generator, of, tmp_path / "site")
    assert proved(generator.name, laid, of).endswith(" files")
    home = laid.out / laid.feed
    whole = home.read_bytes()
    home.write_bytes(whole.replace(b"strong&gt;44-3", b"").replace(b"strong>44-3", b""))
    with pytest.raises(ChildFailed, match="whole of post 44"):
        proved(generator.name, laid, of)
    home.write_bytes(whole)
    next(laid.out.glob(laid.category_feeds)).unlink()
    with pytest.raises(ChildFailed, match="1 feeds of categories, not 2"):
        proved(generator.name, laid, of)
    laid.clear(tmp_path)
    assert not laid.out.exists()
    assert [path.name for path in tmp_path.glob(f"*/{laid.out.name}")] == [laid.out.name], (
        "removed files slow down the next ones"
    )


def test_hugo_with_its_pages_has_one_for_every_post_and_category(of: Corpus, tmp_path: Path) -> None:
    if why := HUGO_PAGES.absent():
        pytest.skip(why)
    laid = built(HUGO_PAGES, of, tmp_path / "site")
    pages = [path.read_text("utf-8") for path in laid.out.rglob("index.html")]
    assert len(pages) == POSTS + CATEGORIES + 2  # the home page, and Hugo's own list of the categories
    assert all("og:title" in page for page in pages)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not tell of children")
def test_a_cost_is_that_of_the_whole_tree_and_not_of_who_starts_it(tmp_path: Path) -> None:
    large = bytearray(os.urandom(1) * 150_000_000)  # what we hold ourselves is nobody's cost
    alone = processes.cost(tmp_path, command("pass"))
    assert alone.peak_mb < len(large) / 1e6
    program = """
import os, time
if not os.fork():
    held = bytearray(b"x" * 60_000_000)
    time.sleep(0.5)
    os._exit(0)
os.wait()
"""
    tree = processes.cost(tmp_path, command(program))
    assert tree.peak_mb > alone.peak_mb + 50
    assert tree.processes == 2
    assert tree.together_mb > 60


def test_a_child_that_takes_too_long_is_ended_with_all_below_it(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    program = f"""
import os, pathlib, time
os.fork()
while True:
    pathlib.Path({str(mark)!r}).write_text("")
    time.sleep(0.05)
"""
    with pytest.raises(TooLong, match="did not end within 1 s"):
        processes.cost(tmp_path, command(program), patience=1)
    mark.unlink()
    time.sleep(0.3)
    assert not mark.exists()


def test_a_child_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="no such site"):
        processes.cost(tmp_path, command("raise SystemExit('no such site')"))
    with pytest.raises(ChildFailed, match="No such file"):
        processes.cost(tmp_path, ["no-such-program"])


def cost(seconds: float, processes_: int = 1) -> Cost:
    return Cost(seconds, seconds, 100 * seconds, 50 * seconds, processes_)


def contestant(generator: Generator, *costs: Cost, late: bool = False) -> building._Contestant:
    nowhere = Laid((), Path(), "", "", "")
    return building._Contestant(generator, nowhere, list(costs), late=late)


def test_each_build_stands_beside_hugos_of_the_same_rounds() -> None:
    ours = contestant(feedmill.generator(feedmill.SAME), cost(1.0), cost(4.0, 2))
    every = contestant(feedmill.generator(feedmill.ALL), cost(6.0))
    late = contestant(PEERS["jekyll"], late=True)
    found = {
        row.measure: row.beside
        for row in building._rows(QUICK, [ours, every, contestant(HUGO, cost(2.0), cost(4.0)), late])
    }
    assert found[feedmill.SAME] == "0.75 × Hugo"
    assert found["Hugo"] == ""
    assert found["Jekyll, ended at the limit"] == "more than 40.0 × Hugo"
    alone = [row.beside for row in building._rows(QUICK, [every])]
    assert alone == ["", "", ""]
    rows = list(building._rows(QUICK, [every, contestant(HUGO, cost(2.0), cost(4.0))]))
    assert rows[0].beside == "3.00 × Hugo"
    assert "  all its processes together" in found


def test_all_documents_stand_beside_hugo_with_its_pages_too() -> None:
    every = contestant(feedmill.generator(feedmill.ALL), cost(6.0))
    same = contestant(feedmill.generator(feedmill.SAME), cost(1.0))
    hugo, pages = contestant(HUGO, cost(2.0)), contestant(HUGO_PAGES, cost(3.0))
    found = {row.measure: row.beside for row in building._rows(QUICK, [same, every, hugo, pages]) if row.unit == "s"}
    assert found[feedmill.ALL] == "3.00 × Hugo; 2.00 × Hugo, with its pages"
    assert found[feedmill.SAME] == "0.50 × Hugo"
    assert found[HUGO_PAGES.name] == "1.50 × Hugo"
    every.late, every.costs = True, []
    first = next(building._rows(QUICK, [every, hugo, pages]))
    assert first.beside == "more than 60.0 × Hugo; more than 40.0 × Hugo, with its pages"


def test_what_is_absent_is_said_and_nothing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "HOME", tmp_path)
    monkeypatch.setenv("PATH", "")
    assert PEERS["pelican"].absent() == "pelican is not installed"
    assert PEERS["eleventy"].absent()
    assert not installed.has("gunicorn")
    assert not list(tmp_path.iterdir())


def test_ratios_are_recorded_between_marks_and_again(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("# By hand\n\nKept.\n")
    row = Row("build", (1.234,), "s", "0.50 × Hugo")
    record.write([Group("Build", "cold.", (row, Row("Hugo", (2.468,), "s"))), Group("Other", "x", ())], "one", path)
    record.write([Group("Build", "cold.\nA slope.", (row,))], "another", path)
    text = path.read_text()
    assert text.startswith("# By hand\n\nKept.\n")
    assert text.count("### Build") == text.count("### Other") == 1
    assert "| build | 0.50 × Hugo | 1 |" in text and "- A slope." in text
    assert "another" in text and "1.23" not in text and "2.47" not in text
