"""Where the sides come from, and which of their feeds are compared with which."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from service.diff.reporting import as_json, as_text
from service.diff.sides import diff
from service.errors import SourceUnavailable
from tests.diff.documents import atom, item, rss, sitemap_index, urlset

FEED = rss(item("a"))


def tree(root: Path, **files: bytes) -> Path:
    """Files by their path with ``__`` for a slash and ``_`` for a dot."""
    for name, body in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return root


def serve(server: HTTPServer, **files: bytes) -> str:
    for name, body in files.items():
        server.expect_request("/" + name.replace("__", "/").replace("_", ".")).respond_with_data(body)
    server.expect_request(re.compile(".*")).respond_with_data("nothing here", status=404)
    return server.url_for("/")


def test_every_feed_of_a_directory_without_manifest_is_found_and_other_files_are_not(tmp_path: Path) -> None:
    files = {
        "feed_xml": FEED,
        "blog__index_json": b"{}",
        "x_xml": b"<html/>",
        "y_xml": b"\0",
        "categories__n__rss_xml": FEED,
    }
    found = diff(str(tree(tmp_path / "a", **files)), str(tree(tmp_path / "b", **files)))
    assert [feed.name for feed in found.feeds] == ["feed.xml", "categories/n/rss.xml"]


def test_a_manifest_says_which_feeds_are_of_the_build_and_cannot_lead_out_of_it(tmp_path: Path) -> None:
    tree(tmp_path, secret__rss_xml=rss(item("secret")))
    for name in "ab":
        manifest = dict.fromkeys(["rss.xml", "../secret/rss.xml", "link/rss.xml", "index.html", "/etc/rss.xml"], "0")
        tree(tmp_path / name, rss_xml=FEED, mine_xml=rss(item("mine")))
        (tmp_path / name / ".feedmill-manifest.json").write_text(json.dumps(manifest), "utf-8")
        (tmp_path / name / "link").symlink_to(tmp_path / "secret")
    found = diff(str(tmp_path / "a"), str(tmp_path / "b"))
    assert [feed.name for feed in found.feeds] == ["rss.xml"]


def test_a_stray_picture_with_an_undeclared_prefix_is_no_feed_and_no_crash(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rss.xml").write_bytes(rss(item("a")))
        (tmp_path / name / "logo.xml").write_bytes(b"<svg:svg/>")
        (tmp_path / name / "sitemap.xml").write_bytes(b"<svg:svg/>")
    found = diff(str(tmp_path / "old"), str(tmp_path / "new"))
    assert (list(found.new.feeds), found.failed, found.sitemap) == (["rss.xml"], False, None)


def test_a_name_longer_than_any_file_has_is_told_as_missing() -> None:
    with pytest.raises(SourceUnavailable, match="no such directory or file"):
        diff("x" * 300, "y")


def test_a_pipe_in_a_directory_does_not_hang_the_command(tmp_path: Path) -> None:
    tree(tmp_path / "a", rss_xml=FEED)
    os.mkfifo(tmp_path / "a" / "pipe.xml")
    assert not diff(str(tmp_path / "a"), str(tmp_path / "a")).failed


def test_two_lone_documents_are_one_feed_whatever_their_names(tmp_path: Path) -> None:
    tree(tmp_path, one_xml=rss(item("a", guid="1")), two_xml=gzip.compress(rss(item("a", guid="2"))))
    found = diff(str(tmp_path / "one.xml"), str(tmp_path / "two.xml"))
    assert len(found.churn) == len(found.feeds) == 1


@pytest.mark.parametrize("name", ["feed.xml", "index.xml", "rss.xml"])
def test_an_old_feed_is_compared_with_the_one_of_a_build_that_takes_its_place(tmp_path: Path, name: str) -> None:
    entry = "<id>https://ex.org/a/</id><title>a</title><link href='https://ex.org/a/'/><published>2025-01-01T00:00:00Z</published>"
    build = tree(tmp_path / "build", rss_xml=FEED, atom_xml=atom(entry), tags__x__rss_xml=rss(item("a"), item("b")))
    (tmp_path / name).write_bytes(FEED)
    found = diff(str(tmp_path / name), str(build))
    assert [feed.name for feed in found.feeds] == ["atom.xml" if name == "feed.xml" else "rss.xml"]
    assert not found.added


def test_old_names_are_followed_within_whole_sites_too(tmp_path: Path) -> None:
    old = tree(tmp_path / "old", feed_xml=FEED, feed__by_xml=b"<x/>", feed__news_xml=rss(item("n", guid="1")))
    new = tree(tmp_path / "new", atom_xml=FEED, categories__news__atom_xml=rss(item("n", guid="2")))
    found = diff(str(old), str(new))
    assert {feed.name for feed in found.feeds} == {"atom.xml", "categories/news/atom.xml"}
    assert len(found.churn) == 1


def test_a_live_root_is_asked_for_the_feeds_of_the_other_side(tmp_path: Path, httpserver: HTTPServer) -> None:
    build = tree(tmp_path, rss_xml=FEED, categories__사회__rss_xml=FEED, tags__x__rss_xml=FEED)
    url = serve(httpserver, rss_xml=FEED, categories__사회__rss_xml=rss(item("b")))
    found = diff(str(build), url)
    assert [feed.name for feed in found.feeds] == ["rss.xml", "categories/사회/rss.xml"]
    assert found.only_old == ("tags/x/rss.xml",)


def test_two_live_roots_are_compared_by_what_their_opml_lists_whatever_host_it_names(httpserver: HTTPServer) -> None:
    outlines = "".join(
        f'<outline xmlUrl="https://ex.org/p/{n}"/>' for n in ("rss.xml", "tags/%EA%B0%80/rss.xml", "../x")
    )
    opml = f"<opml version='2.0'><body>{outlines}<outline xmlUrl='https://other.org/rss.xml'/></body></opml>".encode()
    url = serve(httpserver, opml_xml=opml, rss_xml=FEED, tags__가__rss_xml=FEED)
    assert [feed.name for feed in diff(url, url).feeds] == ["rss.xml", "tags/가/rss.xml"]


def test_a_live_feed_is_compared_with_its_place_in_a_build(tmp_path: Path, httpserver: HTTPServer) -> None:
    build = tree(tmp_path, rss_xml=rss(), tags__x__rss_xml=FEED)
    url = serve(httpserver, blog__tags__x__rss_xml=FEED)
    found = diff(f"{url}blog/tags/x/rss.xml", str(build))
    assert [feed.name for feed in found.feeds] == ["tags/x/rss.xml"]
    assert not found.failed


def test_a_page_instead_of_a_feed_is_a_failure_for_the_readers_of_that_feed(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    build = tree(tmp_path, rss_xml=FEED, atom_xml=FEED)
    found = diff(str(build), serve(httpserver, rss_xml=FEED, atom_xml=b"<html><p>Hello</html>"))
    assert [name for name, _ in found.broken] == ["atom.xml"]
    assert found.failed


def test_sitemaps_are_followed_into_their_shards_beside_them_and_nowhere_else(tmp_path: Path) -> None:
    index = sitemap_index("https://ex.org/p/sitemap-1.xml", "https://ex.org/p/sitemap-2.xml")
    shards = {"sitemap-1_xml": urlset("https://ex.org/1"), "sitemap-2_xml": urlset("https://ex.org/2")}
    old = tree(tmp_path / "old", rss_xml=FEED, sitemap_xml=urlset("https://ex.org/1", "https://ex.org/0"))
    new = tree(tmp_path / "new", rss_xml=FEED, sitemap_xml=index, **shards)
    assert diff(str(old), str(new)).sitemap == (("https://ex.org/2",), ("https://ex.org/0",))
    (new / "sitemap.xml").write_bytes(sitemap_index("https://ex.org/../secret.xml", "https://ex.org/sitemap-9.xml"))
    found = diff(str(old), str(new))
    assert found.sitemap is None
    assert "sitemaps are not compared" in as_text(found)


@pytest.mark.parametrize("name", ["empty", "page.html", "none"])
def test_a_side_without_a_feed_is_unavailable(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "page.html").write_text("<p>hello", "utf-8")
    with pytest.raises(SourceUnavailable, match=name):
        diff(str(tmp_path / name), str(tree(tmp_path / "b", rss_xml=FEED)))


def test_no_control_character_of_a_feed_reaches_a_terminal(tmp_path: Path) -> None:
    def feed(mark: str) -> bytes:
        evil = f"<title>\u202e\u009b31m {mark}</title><link>https://ex.org/\u009b{mark}</link><guid>\u009b{mark}\u2028</guid>"
        return rss(evil)

    tree(tmp_path, a_xml=feed("a"), b_xml=feed("b"))
    text = as_text(diff(str(tmp_path / "a.xml"), str(tmp_path / "b.xml")))
    assert all(line.isprintable() for line in text.split("\n"))


def test_json_says_everything_with_rfc_3339_dates(tmp_path: Path) -> None:
    tree(tmp_path, a_xml=rss(item("a", guid="1"), item("c")), b_xml=rss(item("a", guid="2"), item("b", 3)))
    said = json.loads(as_json(diff(str(tmp_path / "a.xml"), str(tmp_path / "b.xml"))))
    assert said["failed"] is True
    assert [(c["old"], c["new"], c["date"]) for c in said["churn"]] == [("1", "2", "2025-01-01T00:00:00Z")]
    assert [entry["title"] for entry in said["added"]] == ["b"]
    assert said["feeds"][0]["entries"] == {"old": 2, "new": 2}
    assert said["sitemap"] is None


def test_long_lists_are_cut_in_text_but_ids_are_all_there(tmp_path: Path) -> None:
    many = [item(f"n{number}", guid=f"old-{number}") for number in range(60)]
    tree(tmp_path, a_xml=rss(*many), b_xml=rss(*(text.replace("old-", "new-") for text in many)))
    text = as_text(diff(str(tmp_path / "a.xml"), str(tmp_path / "b.xml")))
    assert text.count("      was old-") == 60
    fresh = as_text(diff(str(tree(tmp_path, c_xml=rss()) / "c.xml"), str(tmp_path / "b.xml")))
    assert "and 10 more" in fresh
