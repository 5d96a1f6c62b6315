"""What lies in a tree and what is read from it: links, pipes, giants, half-written files (faults.md C-10 to C-15)."""

from __future__ import annotations

import os
import resource
import socket
import sys
import threading
import time
import unicodedata
from pathlib import Path

import pytest

from service.errors import Rejected, SourceUnavailable
from service.sources.files import RETRIES, Tree, Vanished
from service.sources.source import Drop, Put, Reject
from service.sources.walk import Entry, Refusal
from tests.sources.support import CONFIG, Clock, codes, post, problem, put, scan, source, write

LIMIT = 1024 * 1024
needs_users = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def site(root: Path, **names: str) -> Path:
    return write(root, {"_config.yml": CONFIG, "_posts/2024-05-01-good.md": post(), **names})


def listed(tree: Tree) -> dict[str, Entry | Refusal]:
    return {item.path: item for item in tree.walk(lambda _: True, lambda _: True).items}


def test_C10_a_huge_file_is_refused_by_its_size_and_not_read(tmp_path: Path) -> None:
    huge = site(tmp_path) / "_posts/2024-05-02-huge.md"
    with huge.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = problem(scan(tmp_path)["_posts/2024-05-02-huge.md"])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024)
    assert found.code == "file-too-large"
    assert "limits.file_bytes" in found.hint
    assert grown < 5 * 1024 * 1024


def test_C11_pipes_sockets_and_devices_are_refused_and_never_block(tmp_path: Path) -> None:
    posts = site(tmp_path) / "_posts"
    os.mkfifo(posts / "2024-05-02-pipe.md")
    (posts / "2024-05-03-zero.md").symlink_to("/dev/zero")
    # A socket's path is short by law, a test's directory is not.
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(posts)
        try:
            listener.bind("2024-05-04-socket.md")
        finally:
            os.chdir(here)
    changes = scan(tmp_path)
    assert problem(changes["_posts/2024-05-02-pipe.md"]).code == "not-regular"
    assert problem(changes["_posts/2024-05-03-zero.md"]).code == "symlink-outside"
    assert problem(changes["_posts/2024-05-04-socket.md"]).code == "not-regular"
    assert isinstance(changes["_posts/2024-05-01-good.md"], Put)


def test_C11_a_pipe_that_takes_a_files_place_does_not_block_the_reader(tmp_path: Path) -> None:
    file = write(tmp_path, {"a.md": post()}) / "a.md"
    with Tree(tmp_path) as tree:
        entry = tree.find("a.md")
        assert entry
        file.unlink()
        os.mkfifo(file)
        with pytest.raises(Rejected, match="not-regular"):
            tree.read(entry, LIMIT)


def test_C12_a_link_out_of_the_tree_is_refused(tmp_path: Path) -> None:
    root = site(tmp_path / "site")
    secret = write(tmp_path, {"secret.md": post("title: Secret")}) / "secret.md"
    (root / "_posts/2024-05-02-out.md").symlink_to(secret)
    (root / "_posts/2024-05-03-passwd.md").symlink_to("/etc/passwd")
    changes = scan(root)
    assert problem(changes["_posts/2024-05-02-out.md"]).code == "symlink-outside"
    assert problem(changes["_posts/2024-05-03-passwd.md"]).code == "symlink-outside"
    assert sum(isinstance(change, Put) for change in changes.values()) == 1


def test_C12_a_directory_link_out_of_the_tree_is_refused(tmp_path: Path) -> None:
    root = site(tmp_path / "site")
    write(tmp_path / "outside", {"_posts/2024-05-02-x.md": post()})
    (root / "more").symlink_to(tmp_path / "outside")
    changes = scan(root)
    assert problem(changes["more"]).code == "symlink-outside"
    assert not any(path.startswith("more/") for path in changes)


def test_C12_a_link_that_stays_in_the_tree_is_read_unless_the_settings_say_never(tmp_path: Path) -> None:
    root = site(tmp_path)
    write(root, {"_shared/text.md": post("title: Shared")})
    (root / "_posts/2024-05-02-linked.md").symlink_to("../_shared/text.md")
    assert put(scan(root)["_posts/2024-05-02-linked.md"]).fields.title == "Shared"
    assert problem(scan(root, follow_symlinks="never")["_posts/2024-05-02-linked.md"]).code == "symlink-refused"


@pytest.mark.parametrize("swapped", ["file", "directory"])
def test_C12_a_link_that_appears_between_listing_and_opening_leads_nowhere(tmp_path: Path, swapped: str) -> None:
    root = write(tmp_path / "site", {"a/b/x.md": post()})
    outside = write(tmp_path / "outside", {"x.md": post("title: Secret")})
    with Tree(root) as tree:
        entry = listed(tree)["a/b/x.md"]
        assert isinstance(entry, Entry)
        (root / "a/b").rename(root / "old")
        if swapped == "directory":
            (root / "a/b").symlink_to(outside)
        else:
            (root / "a/b").mkdir()
            (root / "a/b/x.md").symlink_to(outside / "x.md")
        with pytest.raises((Rejected, Vanished)):
            tree.read(entry, LIMIT)


def test_C12_a_configuration_that_is_a_link_out_of_the_tree_is_not_taken_for_none(tmp_path: Path) -> None:
    root = write(tmp_path / "site", {"_posts/2024-05-01-good.md": post()})
    (root / "_config.yml").symlink_to(write(tmp_path, {"elsewhere.yml": CONFIG}) / "elsewhere.yml")
    with pytest.raises(SourceUnavailable, match="symlink-outside"):
        source(root).open()


def test_C13_loops_and_dangling_links_end_in_a_line_each(tmp_path: Path) -> None:
    root = site(tmp_path)
    (root / "_posts/2024-05-02-self.md").symlink_to("2024-05-02-self.md")
    (root / "_posts/2024-05-03-ping.md").symlink_to("2024-05-04-pong.md")
    (root / "_posts/2024-05-04-pong.md").symlink_to("2024-05-03-ping.md")
    (root / "_posts/2024-05-05-dangling.md").symlink_to("nowhere.md")
    (root / "_posts/up").symlink_to("..")
    (root / "again").symlink_to(".")
    changes = scan(root)
    assert {path: problem(change).code for path, change in changes.items() if isinstance(change, Reject)} == {
        "_posts/2024-05-02-self.md": "symlink-loop",
        "_posts/2024-05-03-ping.md": "symlink-loop",
        "_posts/2024-05-04-pong.md": "symlink-loop",
        "_posts/2024-05-05-dangling.md": "dangling",
        "_posts/up": "symlink-loop",
        "again": "symlink-loop",
    }
    assert sum(isinstance(change, Put) for change in changes.values()) == 1


def test_C13_links_that_cross_again_and_again_cost_no_more_than_the_directories_there_are(tmp_path: Path) -> None:
    for level in range(40):  # two ways down at each level: 2 to the power of 40 paths
        (tmp_path / f"d{level}").mkdir()
        for way in "xy":
            (tmp_path / f"d{level}" / way).symlink_to(f"../d{level + 1}")
    write(tmp_path, {"d40/post.md": post()})
    with Tree(tmp_path) as tree:
        items = listed(tree)
    assert "d40/post.md" in items
    assert len(items) < 100


def test_C13_a_thousand_directories_deep_is_a_tree_like_any_other(tmp_path: Path) -> None:
    depth = 1000
    names = ["d"] * depth
    here = os.open(tmp_path, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("deep.md", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, post("title: Deep\ndate: 2024-05-01").encode())
    os.close(file)
    os.close(here)
    try:
        (change,) = scan(tmp_path).values()
        assert put(change).fields.title == "Deep"
    finally:  # neither pytest nor shutil can remove such a tree without deep recursion
        Path(tmp_path, *names, "deep.md").unlink()
        for end in range(depth, 0, -1):
            Path(tmp_path, *names[:end]).rmdir()


def test_C13_a_name_as_long_as_names_can_be_is_read(tmp_path: Path) -> None:
    name = f"_posts/2024-05-01-{'x' * 241}.md"
    assert len(name.rpartition("/")[2]) == 255
    assert put(scan(site(tmp_path, **{name: post()}))[name]).fields.url.endswith("x.html")


def test_C13_a_name_that_is_not_utf_8_is_shown_with_backslash_escapes(tmp_path: Path) -> None:
    directory = os.fsencode(site(tmp_path) / "_posts")
    Path(os.fsdecode(directory + b"/2024-05-02-caf\xe9.md")).write_text(post())
    found = [change for change in scan(tmp_path).values() if isinstance(change, Reject)]
    assert problem(found[0]).code == "name-undecodable"
    assert problem(found[0]).path == r"_posts/2024-05-02-caf\xe9.md"


def test_C14_a_file_that_vanishes_during_the_scan_is_neither_an_error_nor_dropped(tmp_path: Path) -> None:
    root = site(tmp_path, **{"_posts/2024-05-02-gone.md": post()})
    opened = source(root)
    opened.open()
    known = {"_posts/2024-05-02-gone.md": "as it was"}
    changes = opened.scan(known)
    first = next(changes)
    assert first.locator == "_posts/2024-05-01-good.md"
    (root / "_posts/2024-05-02-gone.md").unlink()
    assert list(changes) == []
    assert list(opened.scan(known))[1:] == [Drop("_posts/2024-05-02-gone.md")]


def test_C15_a_file_that_has_just_changed_is_read_when_its_writer_has_had_300_ms(tmp_path: Path) -> None:
    file = write(tmp_path, {"a.md": "half"}) / "a.md"
    os.utime(file, (1_000_000, 1_000_000))
    clock = Clock(1_000_000.1)

    def write_the_rest(seconds: float) -> None:
        clock.sleep(seconds)
        if len(clock.slept) == 1:
            file.write_text("half and half")
            os.utime(file, (1_000_000.2, 1_000_000.2))

    with Tree(tmp_path, clock=clock, sleep=write_the_rest) as tree:
        entry = tree.find("a.md")
        assert entry
        data, read = tree.read(entry, LIMIT)
    assert data == b"half and half"
    assert read.size == 13
    assert sum(clock.slept) < 1


def test_C15_a_file_that_never_settles_is_left_as_it_was_and_tried_again_at_the_next_scan(tmp_path: Path) -> None:
    file = site(tmp_path) / "_posts/2024-05-01-good.md"
    clock = Clock(1_000_000.0)

    def keep_writing(seconds: float) -> None:
        clock.sleep(seconds)
        os.utime(file, (clock.now, clock.now))

    keep_writing(0)
    opened = source(tmp_path)
    opened._clock, opened._sleep = clock, keep_writing
    opened.open()
    (change,) = opened.scan({})
    assert problem(change).code == "file-unstable"
    assert len(clock.slept) == 2 + RETRIES
    clock.now += 60
    opened._sleep = clock.sleep
    assert isinstance(change, Reject)
    (later,) = opened.scan({change.locator: change.fingerprint})
    assert isinstance(later, Put)


def test_C15_a_reader_beside_a_busy_writer_never_sees_half_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    stop = threading.Event()
    rounds = 0

    def write_again_and_again() -> None:
        nonlocal rounds
        while not stop.is_set() or rounds < 1000:
            letter = "abcdefgh"[rounds % 8]
            with file.open("w") as out:
                out.write(letter * 5000)
                out.flush()
                out.write(letter * 5000)
            rounds += 1

    file.write_text("a" * 10_000)
    writer = threading.Thread(target=write_again_and_again)
    writer.start()
    try:
        with Tree(tmp_path) as tree:
            entry = tree.find("a.md")
            assert entry
            with pytest.raises(Rejected, match="file-unstable"):
                tree.read(entry, LIMIT)
    finally:
        stop.set()
        writer.join()
    with Tree(tmp_path) as tree:
        data, _ = tree.read(entry, LIMIT)
    assert rounds >= 1000
    assert len(data) == 10_000
    assert len(set(data)) == 1


def test_C43_names_that_differ_only_in_case_or_normalisation_are_kept_in_order_with_a_warning(tmp_path: Path) -> None:
    nfc, nfd = (unicodedata.normalize(form, "_posts/2024-05-02-한글.md") for form in ("NFC", "NFD"))
    root = site(tmp_path, **{"_posts/2024-05-01-GOOD.md": post(), nfc: post(), nfd: post()})
    if len(list((root / "_posts").iterdir())) < 4:
        pytest.skip("this file system takes such names for one")
    changes = scan(root)
    assert list(changes) == sorted(changes)
    assert {path: codes(change) for path, change in changes.items()} == {
        "_posts/2024-05-01-GOOD.md": [],
        "_posts/2024-05-01-good.md": ["name-collision"],
        nfd: [],
        nfc: ["name-collision"],
    }


def test_C43_the_warning_comes_and_goes_with_the_other_file(tmp_path: Path) -> None:
    root = site(tmp_path)
    opened = source(root)
    opened.open()
    known = {change.locator: change.fingerprint for change in opened.scan({}) if isinstance(change, Put)}
    write(root, {"_posts/2024-05-01-GOOD.md": post()})
    assert [codes(change) for change in opened.scan(known)] == [[], ["name-collision"]]


def test_C43_names_that_windows_reserves_are_files_like_others(tmp_path: Path) -> None:
    root = write(tmp_path, {f"{name}.md": post("date: 2024-05-01") for name in ("con", "NUL", "aux.x", "lpt1 ")})
    assert all(isinstance(change, Put) for change in scan(root).values())


def test_a_directory_that_cannot_be_listed_loses_none_of_its_posts(tmp_path: Path) -> None:
    root = site(tmp_path, **{"a/_posts/2024-05-02-x.md": post()})
    opened = source(root)
    opened.open()
    known = {change.locator: change.fingerprint for change in opened.scan({}) if isinstance(change, Put)}
    with Tree(root) as tree:
        vanish = root / "a/_posts"

        def enter(path: str) -> bool:
            if path == "a/_posts":
                vanish.rename(root / "moved")
            return True

        listing = tree.walk(enter, lambda path: path.endswith(".md"))
    assert listing.unlisted == ("a/_posts",)
    assert not listing.covers("a/_posts/2024-05-02-x.md")
    assert listing.covers("_posts/2024-05-01-good.md")
    assert len(known) == 2


@needs_users
def test_a_directory_without_permission_is_reported_and_its_posts_stay(tmp_path: Path) -> None:
    root = site(tmp_path, **{"a/_posts/2024-05-02-x.md": post()})
    opened = source(root)
    opened.open()
    known = {change.locator: change.fingerprint for change in opened.scan({}) if isinstance(change, Put)}
    (root / "a").chmod(0)
    try:
        (change,) = opened.scan(known)
        assert problem(change).code == "directory-unreadable"
    finally:
        (root / "a").chmod(0o755)


@pytest.mark.parametrize("what", ["missing", "file"])
def test_a_root_that_is_no_directory_makes_the_source_unavailable(tmp_path: Path, what: str) -> None:
    root = tmp_path / what
    if what == "file":
        root.write_text("no directory")
    with pytest.raises(SourceUnavailable, match=what) as error:
        source(root).open()
    assert "\n" not in str(error.value)


def test_C08_a_binary_file_is_refused_after_its_first_8_kib(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n\x1a\n\x00\x00" + bytes(range(256)) * 10
    write(site(tmp_path), {"_posts/2024-05-02-photo.md": picture})
    assert problem(scan(tmp_path)["_posts/2024-05-02-photo.md"]).code == "binary-file"


def test_reading_is_quick_where_nothing_changed_lately(tmp_path: Path) -> None:
    write(tmp_path, {f"{number}.md": post() for number in range(20)})
    old = time.time() - 10
    for file in tmp_path.iterdir():
        os.utime(file, (old, old))
    slept: list[float] = []
    with Tree(tmp_path, sleep=slept.append) as tree:
        for item in listed(tree).values():
            assert isinstance(item, Entry)
            tree.read(item, LIMIT)
    assert not slept


def test_the_head_of_a_file_is_read_as_carefully_as_the_whole(tmp_path: Path) -> None:
    with Tree(write(tmp_path, {"a/b.txt": "0123456789", "outside": "x"}) / "a") as tree:
        entry = tree.find("b.txt")
        assert entry is not None
        assert (tree.head(entry, 4), tree.head(entry, 99)) == (b"0123", b"0123456789")
        (tmp_path / "a/b.txt").unlink()
        with pytest.raises(Vanished):
            tree.head(entry, 4)
        (tmp_path / "a/b.txt").symlink_to(tmp_path / "outside")
        with pytest.raises(Rejected, match="link"):
            tree.head(entry, 4)
        assert (tree.find("b.txt"), tree.missed) == (None, ["b.txt"])
