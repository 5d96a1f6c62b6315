"""``feedmill import-feed`` with feeds as sites had them, by the real command: ids, dates, old paths, the proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from service.diff.entries import read_feed
from service.lock import holder
from tests.newsroom.host import origin
from tests.newsroom.running import EXAMPLE, eventually, feedmill, post, serving, site

FEEDS = Path(__file__).parent / "feeds"
HOME = "https://news.example.org"
NAMES = {"One": 1, "Two & <3>": 2, "셋": 3, "Four": 4}
POSTS = {
    f"2025-01-0{day}-p{day}.md": post(
        json.dumps(title, ensure_ascii=False), "society" if day == 4 else "news", f"Body {day}."
    )
    for title, day in NAMES.items()
}


def wordpress(home: str = HOME, posts: str = "1234", path: str = "/feed/", start: int = 100) -> str:
    """What WordPress says of these posts: opaque guids, links in its own spelling, dates with a time."""
    items = "".join(
        f"<item><title>{escape(title)}</title>"
        f"<link>{home}/{'society' if day == 4 else 'news'}/2025/01/0{day}/p{day}.html</link>"
        f'<guid isPermaLink="false">{home}/?p={start + day}</guid>'
        f"<pubDate>{format_datetime(datetime(2025, 1, day, 3, 4, 5, tzinfo=UTC))}</pubDate>"
        f"<description>Text {day}</description></item>"
        for title, day in reversed(NAMES.items())
        if str(day) in posts
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f'<title>Old</title><link>{home}</link><atom:link href="{home}{path}" rel="self"/>{items}</channel></rss>'
    )


def json_feed(*items: dict[str, Any]) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Old", "items": items})


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return site(tmp_path / "site", POSTS)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def built(content: Path, state: Path, out: Path, name: str = "rss.xml") -> dict[str, tuple[str, datetime | None]]:
    """Title to id and date of a feed that a build makes."""
    done = feedmill("build", content, "--out", out, "--state", state, "--only", "rss", "--only", "json")
    assert done.returncode == 0, done.stderr
    return {entry.title: (entry.id, entry.date) for entry in read_feed((out / name).read_bytes()).entries}


def proof(done: Any) -> dict[str, tuple[int, int]]:
    said = json.loads(done.stdout)
    return {name: (len(count["twice"]), len(count["lost"])) for name, count in said["proof"].items()}


def test_the_feed_that_jekyll_feed_made_of_the_example_loses_and_doubles_nothing(state: Path) -> None:
    """Recorded with jekyll 4.3.1 and jekyll-feed 0.17.0 (without jekyll-seo-tag, which touches pages only)."""
    done = feedmill("import-feed", FEEDS / "jekyll-feed.xml", EXAMPLE, "--state", state)
    assert (done.returncode, done.stderr) == (0, "")
    assert "10 of 10 are posts here" in done.stdout
    assert "0 posts got the feed's id or date" in done.stdout
    assert "https://newsroom.example.org/feed.xml is not redirected" in done.stdout, "it is sent there already"
    assert done.stdout.endswith("no reader sees an entry twice or loses one\n")


def test_the_readers_of_a_wordpress_feed_are_taken_over_also_by_an_index_that_is_rebuilt(
    content: Path, state: Path, tmp_path: Path
) -> None:
    feed = written(tmp_path / "old.xml", wordpress())
    done = feedmill("import-feed", feed, content, "--state", state, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert proof(done) == {"id": (0, 0), "link": (0, 0), "title": (0, 0)}
    said = json.loads(done.stdout)
    assert (said["entries"], said["matched"], said["pinned"]) == (4, 4, 4)
    assert {match["by"] for match in said["matches"]} == {"link"}
    assert (said["alias"]["path"], said["alias"]["target"]) == ("/feed/", "/rss.xml")
    expected = {
        title: (f"{HOME}/?p={100 + day}", datetime(2025, 1, day, 3, 4, 5, tzinfo=UTC)) for title, day in NAMES.items()
    }
    assert built(content, state, tmp_path / "out") == expected
    for path in state.glob("index.db*"):
        path.unlink()
    assert built(content, state, tmp_path / "rebuilt") == expected
    assert built(content, state, tmp_path / "rebuilt", "feed.json") == expected
    renamed = (content / "_posts" / "2025-01-02-p2.md").rename(content / "_posts" / "2025-01-02-other.md")
    assert built(content, state, tmp_path / "moved") == expected, "the pin follows the post"
    renamed.write_text(post('"Two & <3>"', id="urn:own"), "utf-8")
    assert built(content, state, tmp_path / "own")["Two & <3>"][0] == "urn:own", "the author's id wins"


def test_the_old_path_is_redirected_at_once_and_several_feeds_may_be_imported(content: Path, state: Path) -> None:
    with origin() as old:
        old.routes["/blog/feed/"] = ("application/rss+xml", wordpress(old.url, path="/blog/feed/").encode(), {})
        old.routes["/category/news/feed/"] = (
            *("application/rss+xml", wordpress(old.url, "123", "/category/news/feed/").encode(), {}),
        )
        first = feedmill("import-feed", f"{old.url}/blog/feed/", content, "--state", state, "--at", "/blog/feed/")
        assert "4 of 4 are posts here (4 by link)" in first.stdout, first.stdout + first.stderr
        assert '[paths.feed_aliases]\n"/blog/feed/" = "/rss.xml"' in first.stdout
        words = (f"{old.url}/category/news/feed/", content, "--state", state, "--at", "/category/news/feed/")
        second = feedmill("import-feed", *words, "--format", "json")
        assert json.loads(second.stdout)["alias"]["target"] == "/categories/news/rss.xml"
        assert proof(second)["id"] == (0, 0)
        assert proof(second)["link"] == (3, 0), "another host: who matches by link sees them again, and is told so"
        assert (first.returncode, second.returncode) == (1, 1)
    with serving(content, state) as running:
        for path, target in (("/blog/feed/", "/rss.xml"), ("/category/news/feed", "/categories/news/rss.xml")):
            answer = running.get(path)
            assert (answer.status, answer.headers["location"]) == (301, target)
        assert f"{old.url}/?p=104".encode() in running.get("/rss.xml").body


def test_what_is_lost_is_named_with_its_reason_and_is_exit_1(content: Path, state: Path, tmp_path: Path) -> None:
    items = [
        {"id": "7", "url": f"{HOME}/news/2025/01/01/p1.html", "title": "One", "date_published": "2025-01-01T00:00:00Z"},
        {"id": "8", "url": "https://old.example/8", "title": "셋", "date_published": "2025-01-02T20:00:00Z"},
        {"id": "9", "url": f"{HOME}/gone", "title": "Gone", "date_published": "2024-01-01T00:00:00Z"},
        {"id": "10", "url": "http://news.example.org/news/2025/01/01/p1.html?utm_source=x", "title": "One again"},
        {"id": "11", "url": f"{HOME}/elsewhere", "title": "Four", "date_published": "2020-01-01T00:00:00Z"},
    ]
    feed = written(tmp_path / "old.json", json_feed(*items))
    done = feedmill("import-feed", feed, content, "--state", state, "--format", "json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert [match["by"] for match in said["matches"]] == ["link", "title", None, None, None]
    assert {lost["id"]: lost["why"] for lost in said["lost"]} == {
        "9": "no published post has its link, its id, or its title and date",
        "10": "another entry of the feed is the same post: 7",
        "11": "no post has its link or id, and the one with its title is of another date",
    }
    assert built(content, state, tmp_path / "out", "feed.json")["셋"][0] == "8"
    text = feedmill("import-feed", feed, content, "--state", state)
    assert "lost (3)" in text.stdout
    assert "old.json is not redirected" not in text.stdout
    assert "name its path with --at" in text.stdout
    assert text.stdout.endswith("readers would see entries twice or lose some\n")


def test_what_appears_twice_is_told_as_it_was_and_as_it_is(content: Path, state: Path, tmp_path: Path) -> None:
    """By the addresses of a site that moved, and by a title that is written otherwise; readers by id are safe."""
    feed = written(tmp_path / "old.xml", wordpress("https://old.example", posts="14").replace("Four", "FOUR"))
    words = ("import-feed", feed, content, "--state", state)
    done = feedmill(*words)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    now = f"{HOME}/society/2025/01/04/p4.html"
    was = "https://old.example/society/2025/01/04/p4.html"
    assert f"  ! by link: 2025-01-04 Four: {was} is now {now}" in lines
    assert "  ! by title: 2025-01-04 Four: FOUR is now Four" in lines
    assert lines[-1] == (
        "readers that match by id, as most do, see nothing twice; those that match by link or title see what is listed "
        "once more: the old links (site.url and the content's permalinks) and the old titles would spare them, "
        "redirects do not"
    )
    said = json.loads(feedmill(*words, "--format", "json").stdout)
    assert {"by": "link", "id": "https://old.example/?p=104", "old": was, "new": now} in said["twice"]


def test_a_dry_run_changes_nothing_and_says_the_same(content: Path, state: Path, tmp_path: Path) -> None:
    feed = written(tmp_path / "old.xml", wordpress())
    before = built(content, state, tmp_path / "before")
    files = {path.name: path.read_bytes() for path in state.iterdir() if path.suffix == ".db"}
    dry = feedmill("import-feed", feed, content, "--state", state, "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert "4 posts would get the feed's id or date" in dry.stdout
    assert {path.name: path.read_bytes() for path in state.iterdir() if path.suffix == ".db"} == files
    assert built(content, state, tmp_path / "after") == before
    untouched = tmp_path / "untouched"
    assert feedmill("import-feed", feed, content, "--state", untouched, "--dry-run").returncode == 0
    assert not untouched.exists()


def test_a_window_that_is_too_small_is_said_with_the_one_that_is_not(
    content: Path, state: Path, tmp_path: Path
) -> None:
    feed = written(tmp_path / "old.xml", wordpress())
    words = ("import-feed", feed, content, "--state", state)
    done = feedmill(*words, "--set", "feed.window=2")
    assert done.returncode == 1
    assert "window too small: set feed.window = 4" in done.stdout
    assert "it is older than the newest 2, which is our window" in done.stdout
    assert feedmill(*words, "--set", "feed.window=4").returncode == 0


def test_a_running_worker_takes_the_ids_over_without_a_restart(content: Path, state: Path, tmp_path: Path) -> None:
    feed = written(tmp_path / "old.xml", wordpress())
    with serving(content, state, "--set", "refresh.interval=3600") as running:
        assert b"?p=101" not in running.get("/rss.xml").body
        before = running.get("/rss.xml").headers["etag"]
        assert feedmill("import-feed", feed, content, "--state", state, "--dry-run").returncode == 0
        assert running.get("/rss.xml").headers["etag"] == before
        done = feedmill("import-feed", feed, content, "--state", state)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"process {holder(state)}, which was running, has them already" in done.stdout
        assert done.stdout.endswith("no reader sees an entry twice or loses one\n")
        feed_now = eventually(lambda: read_feed(running.get("/rss.xml").body))
        assert {entry.id for entry in feed_now.entries} == {f"{HOME}/?p={100 + day}" for day in NAMES.values()}
        assert running.get("/feed/").headers["location"] == "/rss.xml"
        again = feedmill("import-feed", feed, content, "--state", state, "--format", "json")
        said = json.loads(again.stdout)
        assert (said["pinned"], said["clean"], said["worker"]) == (0, True, holder(state))


def test_a_page_leads_to_the_one_feed_that_it_announces(content: Path, state: Path) -> None:
    announced = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
    with origin() as old:
        page = f"<!doctype html><title>Blog</title>{announced.format('Posts', 'feed/')}"
        old.routes["/blog/"] = ("text/html", page.encode(), {})
        old.routes["/blog/feed/"] = ("application/rss+xml", wordpress(path="/blog/feed/").encode(), {})
        words = (content, "--state", state, "--dry-run")
        done = feedmill("import-feed", f"{old.url}/blog/", *words, "--format", "json")
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert (said["feed"], said["matched"]) == (f"{old.url}/blog/feed/", 4)
        several = page + announced.format("Comments", "comments/feed/")
        old.routes["/blog/"] = ("text/html", several.encode(), {})
        done = feedmill("import-feed", f"{old.url}/blog/", *words)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert f"{old.url}/blog/feed/, {old.url}/blog/comments/feed/" in done.stderr
        old.routes["/blog/"] = ("text/html", announced.format("x", "http://169.254.169.254/feed").encode(), {})
        done = feedmill("import-feed", f"{old.url}/blog/", *words)
        assert (done.returncode, done.stderr.count("\n")) == (4, 1)
        assert "169.254.169.254" in done.stderr
        old.routes["/blog/"] = ("text/html", b"<title>x</title>", {})
        done = feedmill("import-feed", f"{old.url}/blog/", *words)
        assert (done.returncode, "announces none" in done.stderr) == (4, True)


def test_a_feed_of_feedburner_with_dates_of_another_zone_is_taken_over(
    content: Path, state: Path, tmp_path: Path
) -> None:
    """Its links lead through Feedburner, its guids are numbers, and its dates are a day off."""
    items = "".join(
        f"<item><title>{escape(title)}</title><link>http://feedproxy.example/~r/{day}</link>"
        f"{f'<f:origLink>{HOME}/news/2025/01/0{day}/p{day}.html</f:origLink>' if day < 3 else ''}"
        f'<guid isPermaLink="false">{day}</guid>'
        f"<pubDate>{format_datetime(datetime(2025, 1, day, 23, 30, tzinfo=UTC))}</pubDate></item>"
        for title, day in NAMES.items()
    )
    space = 'xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"'
    feed = written(tmp_path / "old.xml", f'<rss version="2.0" {space}><channel>{items}</channel></rss>')
    done = feedmill("import-feed", feed, content, "--state", state, "--format", "json")
    said = json.loads(done.stdout)
    assert [match["by"] for match in said["matches"]] == ["link", "link", "title", "title"]
    assert {name: count for name, count in proof(done).items() if name != "link"} == {"id": (0, 0), "title": (0, 0)}
    assert said["proof"]["link"]["twice"] == ["4", "3"], "their links led through another host"


def test_the_ids_of_the_first_feed_stay_unless_another_is_to_replace_them(
    content: Path, state: Path, tmp_path: Path
) -> None:
    words = (content, "--state", state, "--format", "json")
    assert feedmill("import-feed", written(tmp_path / "a.xml", wordpress()), *words).returncode == 0
    other = written(tmp_path / "b.xml", wordpress(start=500))
    kept = feedmill("import-feed", other, *words)
    assert (kept.returncode, proof(kept)["id"]) == (1, (4, 0))
    assert "a.xml was imported before" in json.loads(kept.stdout)["unpinned"][0]["why"]
    replaced = feedmill("import-feed", other, *words, "--replace")
    assert (replaced.returncode, proof(replaced)["id"]) == (0, (0, 0))
    assert built(content, state, tmp_path / "out")["One"][0] == f"{HOME}/?p=501"


@pytest.mark.parametrize(
    ("text", "words", "code", "said"),
    [
        ("<html>", (), 4, "is no feed"),
        ("<rss><channel/></rss>", (), 4, "has no entries"),
        (wordpress(), ("--to", "/sitemap.xml"), 2, "is no feed of ours"),
        (wordpress(), ("--to", "/categories/none/rss.xml"), 2, "there is no such channel"),
    ],
)
def test_what_cannot_be_imported_is_one_line(
    content: Path, state: Path, tmp_path: Path, text: str, words: tuple[str, ...], code: int, said: str
) -> None:
    done = feedmill("import-feed", written(tmp_path / "f.xml", text), content, "--state", state, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
