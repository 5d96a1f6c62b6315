"""``feedmill build``: the same bytes as ``serve``, and no file lost that it did not write."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from urllib.parse import quote, unquote

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest

from service.build import MANIFEST
from service.lock import Held, Lock, alone
from tests.newsroom.running import CONFIG, EXAMPLE, feedmill, post, serving, site


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return site(tmp_path / "site", {"2025-01-01-one.md": post("One"), "2025-01-02-둘.md": post("둘", "사회")})


def built(content: Path, out: Path, *words: str) -> list[str]:
    done = feedmill("build", content, "--out", out, "--state", out.parent / "state", *words)
    assert done.returncode == 0, done.stderr
    return sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())


@contextmanager
def held_for(seconds: float, state: Path) -> Iterator[None]:
    """A state directory that another command has in use when the block begins."""
    state.mkdir()
    timer = Timer(seconds, Lock(state).release)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def test_builds_of_one_directory_wait_for_one_another_whatever_state_they_have(content: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with ThreadPoolExecutor() as pool:
        with alone(out, 0):
            words = ("build", content, "--out", out, "--state")
            builds = [pool.submit(feedmill, *words, tmp_path / f"state{number}") for number in range(3)]
            wait(builds, 1.5)
            assert not any(out.iterdir())
        for done in (each.result() for each in builds):
            assert done.returncode == 0, done.stderr
    assert (out / MANIFEST).is_file()


def test_a_directory_in_which_another_build_does_not_end_is_named(tmp_path: Path) -> None:
    with alone(tmp_path, 0), pytest.raises(Held, match="another process is writing there"), alone(tmp_path, 0):
        pass
    with alone(tmp_path, 0):
        assert not any(tmp_path.iterdir()), "the lock is no file that would be published"


def test_a_build_that_meets_another_one_builds_when_that_has_ended(content: Path, tmp_path: Path) -> None:
    with held_for(1.5, tmp_path / "state"):
        assert "rss.xml" in built(content, tmp_path / "out")


def test_builds_that_meet_wait_for_one_another_however_many_they_are(content: Path, tmp_path: Path) -> None:
    with held_for(2.5, tmp_path / "state"), ThreadPoolExecutor(4) as builds:
        done = [*builds.map(lambda number: built(content, tmp_path / f"out{number}"), range(4))]
    assert done[0]
    assert done == [done[0]] * 4


def test_a_refresh_that_meets_a_build_refreshes_when_that_has_ended(content: Path, tmp_path: Path) -> None:
    with held_for(1.5, tmp_path / "state"):
        done = feedmill("refresh", content, "--state", tmp_path / "state")
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("place", ["", "public", "_posts", "_posts/2025", "a/_drafts"])
def test_nothing_is_built_where_it_would_be_read_as_posts(content: Path, tmp_path: Path, place: str) -> None:
    before = sorted(content.rglob("*"))
    done = feedmill("build", content, "--out", content / place, "--state", tmp_path / "state")
    assert (done.returncode, done.stdout) == (4, "")
    assert "would be read as posts" in done.stderr
    assert sorted(content.rglob("*")) == before
    assert "rss.xml" in built(content, content / "_site", "--state", str(tmp_path / "state"))


def test_posts_that_are_missing_are_built_and_told_of_until_that_is_believed(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {f"2025-01-{day:02}-a.md": post(f"A{day}") for day in range(1, 21)})
    words = ("build", content, "--out", tmp_path / "out", "--state", tmp_path / "state")
    assert feedmill(*words).stderr == ""
    (content / "_posts").rename(tmp_path / "elsewhere")
    done = feedmill(*words)
    assert done.stdout.startswith("20 posts published")
    assert "warning: source site: 20 of 20 posts are missing; they are built all the same (is the disk" in done.stderr
    assert feedmill(*words, "--force").stdout.startswith("0 posts published")


def test_files_that_claim_one_url_are_named_with_the_one_that_is_built(content: Path, tmp_path: Path) -> None:
    out, words = tmp_path / "out", ("--state", tmp_path / "state")
    built(content, out)
    taken = "---\ntitle: Taker\npermalink: /news/2025/01/01/one.html\n---\n"
    (content / "_posts/2025-06-01-taker.md").write_text(taken, "utf-8")
    for _ in range(2):
        done = feedmill("build", content, "--out", out, *words)
        (line,) = done.stderr.splitlines()
        assert line.startswith(
            "feedmill: warning: source site: _posts/2025-01-01-one.md error duplicate-url not published"
        )
        assert "_posts/2025-06-01-taker.md, which is served because its author wrote its URL (give one" in line


def url_path(name: str) -> str:
    return "/" + quote(name.removesuffix("index.html"))


def test_every_file_holds_the_bytes_that_serve_answers_in_each_coding(tmp_path: Path) -> None:
    out = tmp_path / "out"
    names = built(EXAMPLE, out)
    documents = [n for n in names if not n.endswith((".gz", ".br")) and not n.startswith(".")]
    assert {"rss.xml", "atom.xml", "feed.json", "index.html", "robots.txt", "opml.xml", "embed.js"} <= set(documents)
    assert {"sitemap.xml", "sitemap-news.xml", "meta.html", "meta.json", "embed.html", "embed.json"} <= set(documents)
    assert any(name.startswith("meta/") for name in documents)
    with serving(EXAMPLE, tmp_path / "serving") as running:
        for name in documents:
            coded = "meta" not in name  # what other programs of the machine read is not coded
            for suffix, coding in (("", "identity"), *(((".gz", "gzip"), (".br", "br")) if coded else ())):
                answer = running.get(url_path(name), Accept_Encoding=coding)
                assert answer.status == 200, name
                assert answer.body == (out / (name + suffix)).read_bytes(), name + suffix


def test_files_stand_under_their_decoded_canonical_path_with_both_codings_beside_them(
    content: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    built(content, out)
    plain = (out / "categories/사회/rss.xml").read_bytes()
    assert gzip.decompress((out / "categories/사회/rss.xml.gz").read_bytes()) == plain
    assert brotli.decompress((out / "categories/사회/rss.xml.br").read_bytes()) == plain


def test_only_the_documents_that_are_asked_for_are_written(content: Path, tmp_path: Path) -> None:
    assert not [name for name in built(content, tmp_path / "out", "--no-pages") if "index.html" in name]
    names = built(content, tmp_path / "feeds", "--only", "rss", "--only", "sitemap", "--without", "sitemap")
    assert {Path(name).name for name in names if "manifest" not in name} == {"rss.xml", "rss.xml.gz", "rss.xml.br"}
    refused = feedmill("build", content, "--out", tmp_path / "none", "--only", "rss", "--without", "rss")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)


def test_only_the_channels_and_codings_that_are_asked_for_are_written(content: Path, tmp_path: Path) -> None:
    (content / "_posts/2025-01-03-three.md").write_text(post("Three", tags="[flood]"))
    everything, out = tmp_path / "everything", tmp_path / "out"
    whole = built(content, everything)
    names = built(content, out, "--channels", "site", "--channels", "category", "--no-coded")
    assert names == [n for n in whole if not n.startswith(("tags/", "authors/")) and not n.endswith((".gz", ".br"))]
    assert len(names) < len(whole) / 2
    assert all((out / name).read_bytes() == (everything / name).read_bytes() for name in names if name[0] != ".")
    assert {name.split("/")[0] for name in built(content, tmp_path / "tags", "--channels", "tag")} == {
        "tags", ".feedmill-manifest.json",
    }  # fmt: skip


def test_building_into_a_site_that_is_there_leaves_its_files_alone(content: Path, tmp_path: Path) -> None:
    out = content / "_site"
    out.mkdir()
    (out / "index.html").write_text("the blog's own", "utf-8")
    refused = feedmill("build", content, "--out", out, "--state", tmp_path / "state")
    assert refused.returncode == 4
    assert "index.html" in refused.stderr
    assert "--without page" in refused.stderr
    assert [p.name for p in out.iterdir()] == ["index.html"], "nothing is written before the refusal"
    built(content, out, "--no-pages")
    assert (out / "index.html").read_text("utf-8") == "the blog's own"


def test_a_second_build_writes_nothing_and_removes_what_is_stale(content: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = built(content, out)
    (out / "mine.txt").write_text("mine", "utf-8")
    stamps = {name: (out / name).stat().st_mtime_ns for name in before if "manifest" not in name}
    assert built(content, out) == sorted([*before, "mine.txt"])
    assert all((out / name).stat().st_mtime_ns == stamp for name, stamp in stamps.items())
    built(content, out, "--no-pages")
    assert not (out / "categories/사회/index.html").exists()
    assert (out / "mine.txt").exists()


def test_what_is_said_of_a_damaged_manifest_mends_it(content: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = built(content, out)
    (out / ".feedmill-manifest.json").write_text("{", "utf-8")
    done = feedmill("build", content, "--out", out, "--state", tmp_path / "state")
    assert done.returncode == 4
    assert "empty the directory" in done.stderr
    shutil.rmtree(out)
    out.mkdir()
    assert built(content, out) == before


def test_a_manifest_that_was_edited_cannot_reach_beyond_the_directory(content: Path, tmp_path: Path) -> None:
    out, victim = tmp_path / "out", tmp_path / "victim"
    built(content, out)
    victim.write_text("precious", "utf-8")
    manifest = out / ".feedmill-manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text("utf-8")), "../victim": "0"}), "utf-8")
    built(content, out)
    assert victim.read_text("utf-8") == "precious"


def test_a_quarantined_post_does_not_fail_the_build(content: Path, tmp_path: Path) -> None:
    (content / "_posts" / "2025-01-03-broken.md").write_text("---\ntitle: a: b\n---\n", "utf-8")
    done = feedmill("build", content, "--out", tmp_path / "out", "--state", tmp_path / "state")
    assert done.returncode == 0
    assert "1 error in the content" in done.stdout


def test_a_build_beside_a_running_server_has_its_worker_scan_and_reads_its_index(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state") as running:
        (content / "_posts" / "2025-01-03-new.md").write_text(post("New", "fresh"), "utf-8")
        built(content, tmp_path / "out")
        assert (tmp_path / "out/categories/fresh/rss.xml").read_bytes() == running.get("/categories/fresh/rss.xml").body


def test_no_url_anywhere_is_exit_3_with_the_mend(tmp_path: Path) -> None:
    content = site(tmp_path / "site", {"2025-01-01-one.md": post("One")}, CONFIG.replace("url:", "uri:"))
    done = feedmill("build", content, "--out", tmp_path / "out", "--state", tmp_path / "state")
    assert done.returncode == 3
    assert "--url" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_directory_is_exit_4(tmp_path: Path) -> None:
    done = feedmill("build", tmp_path / "none", "--out", tmp_path / "out", "--url", "https://ex.org")
    assert done.returncode == 4
    assert "none" in done.stderr
    assert done.stderr.count("\n") == 1


def test_output_inside_a_plain_folder_is_refused_because_the_next_scan_would_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text(post("A", date="2025-01-01"), "utf-8")
    done = feedmill("build", folder, "--out", folder / "public", "--url", "https://ex.org", "--state", tmp_path / "s")
    assert done.returncode == 4
    assert not (folder / "public").exists()


def test_a_page_that_somebody_else_wrote_over_ours_is_neither_overwritten_nor_removed(
    content: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    built(content, out)
    (out / "index.html").write_text("the blog's own", "utf-8")
    refused = feedmill("build", content, "--out", out, "--state", tmp_path / "state")
    assert (refused.returncode, "index.html" in refused.stderr) == (4, True)
    built(content, out, "--no-pages")
    assert (out / "index.html").read_text("utf-8") == "the blog's own"


def test_a_build_that_was_interrupted_knows_its_own_files_when_it_is_run_again(content: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = built(content, out)
    manifest = json.loads((out / ".feedmill-manifest.json").read_text("utf-8"))
    (out / ".feedmill-manifest.json").unlink()
    lines = [f"{digest} {name}\n" for name, digest in manifest.items()]
    (out / ".feedmill-manifest.part").write_text("".join(lines) + "torn", "utf-8")
    assert built(content, out) == before


def test_channels_that_are_gone_are_not_built(content: Path, tmp_path: Path) -> None:
    names = built(content, tmp_path / "out", "--set", 'paths.gone=["/categories/사회/"]')
    assert not [name for name in names if name.startswith("categories/사회/")]
    assert "사회/rss.xml" not in unquote((tmp_path / "out/opml.xml").read_text("utf-8"))
