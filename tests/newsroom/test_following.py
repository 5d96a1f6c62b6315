"""A served directory that people work in: every change shows, nothing else moves, and no accident wipes a feed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.newsroom.running import Answer, Running, eventually, post, serving, site

POSTS = {
    "2025-01-01-one.md": post("One", "news"),
    "2025-01-02-two.md": post("Two", "sport"),
    "2025-01-03-세.md": post("셋", "사회"),
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return site(tmp_path / "site", POSTS)


@pytest.fixture
def server(content: Path, tmp_path: Path) -> Iterator[Running]:
    with serving(content, tmp_path / "state") as running:
        yield running


def etag(answer: Answer) -> str:
    return answer.headers["etag"]


def test_an_edit_shows_in_every_document_it_touches_and_in_no_other(server: Running, content: Path) -> None:
    touched = ["/rss.xml", "/atom.xml", "/feed.json", "/", "/categories/news/rss.xml", "/categories/news/"]
    others = ["/categories/sport/rss.xml", "/categories/sport/", "/categories/%EC%82%AC%ED%9A%8C/atom.xml"]
    before = {path: etag(server.get(path)) for path in (*touched, *others)}
    (content / "_posts" / "2025-01-01-one.md").write_text(post("One, edited", "news"), "utf-8")
    eventually(lambda: b"One, edited" in server.get("/rss.xml").body)
    after = {path: etag(server.get(path)) for path in (*touched, *others)}
    assert [path for path in touched if before[path] == after[path]] == []
    assert [path for path in others if before[path] != after[path]] == []


def test_a_new_post_in_a_new_category_gets_a_channel_of_its_own(server: Running, content: Path) -> None:
    assert server.get("/categories/science/rss.xml").status == 404
    (content / "_posts" / "2025-02-01-new.md").write_text(post("New", "science"), "utf-8")
    eventually(lambda: server.get("/categories/science/rss.xml").status == 200)


def test_deleting_a_post_moves_last_modified_forward_so_that_date_only_readers_notice(
    server: Running, content: Path
) -> None:
    first = server.get("/rss.xml")
    seen = parsedate_to_datetime(first.headers["last-modified"])
    (content / "_posts" / "2025-01-03-세.md").unlink()
    eventually(lambda: server.get("/rss.xml").headers["etag"] != etag(first))
    after = server.get("/rss.xml", If_Modified_Since=first.headers["last-modified"])
    assert after.status == 200
    assert parsedate_to_datetime(after.headers["last-modified"]) >= seen
    empty = server.get("/categories/%EC%82%AC%ED%9A%8C/rss.xml")
    assert empty.status == 200, "a term that lost its last post stays known"
    assert b"<item>" not in empty.body


def test_a_link_to_another_post_follows_where_that_post_moves(content: Path, tmp_path: Path) -> None:
    linking = post("Linking", "links", "[there]({% post_url 2025-01-02-two %})")
    (content / "_posts" / "2025-01-09-linking.md").write_text(linking, "utf-8")
    with serving(content, tmp_path / "state") as running:
        assert b"https://news.example.org/sport/2025/01/02/two.html" in running.get("/categories/links/rss.xml").body
        (content / "_posts" / "2025-01-02-two.md").write_text(post("Two", "games"), "utf-8")
        moved = b"https://news.example.org/games/2025/01/02/two.html"
        eventually(lambda: moved in running.get("/categories/links/rss.xml").body)


@pytest.mark.parametrize(
    ("configuration", "link"),
    [
        ('base_url = "https://news.example.org"\n', "@/news/two.md#part"),
        ('baseURL = "https://news.example.org"\n', '{{< relref "two.md#part" >}}'),
    ],
    ids=["zola", "hugo"],
)
def test_a_reference_of_a_generators_own_follows_its_page_and_has_no_address_once_that_is_gone(
    tmp_path: Path, configuration: str, link: str
) -> None:
    posts = tmp_path / "site" / "content" / "news"
    posts.mkdir(parents=True)
    (tmp_path / "site" / "config.toml").write_text(configuration, "utf-8")
    (posts / "one.md").write_text(f'+++\ntitle = "One"\ndate = 2025-01-01\n+++\n[there]({link})\n', "utf-8")
    two = posts / "two.md"
    two.write_text('+++\ntitle = "Two"\ndate = 2025-01-02\n+++\n', "utf-8")
    with serving(tmp_path / "site", tmp_path / "state") as running:
        assert b"https://news.example.org/news/two/#part" in running.get("/atom.xml").body
        two.write_text('+++\ntitle = "Two"\ndate = 2025-01-02\nslug = "zwei"\n+++\n', "utf-8")
        eventually(lambda: b"https://news.example.org/news/zwei/#part" in running.get("/atom.xml").body)
        two.write_text('+++\ntitle = "Two"\ndate = 2025-01-02\ndraft = true\n+++\n', "utf-8")
        eventually(lambda: b"&lt;a&gt;there&lt;/a&gt;" in running.get("/atom.xml").body)
        assert b"two" not in running.get("/atom.xml").body
        two.write_text('+++\ntitle = "Two"\ndate = 2025-01-02\n+++\n', "utf-8")
        eventually(lambda: b"https://news.example.org/news/two/#part" in running.get("/atom.xml").body)
        two.rename(posts / "elsewhere.md")
        eventually(lambda: b"&lt;a&gt;there&lt;/a&gt;" in running.get("/atom.xml").body)


def test_a_configuration_that_is_gone_for_a_moment_changes_no_document(server: Running, content: Path) -> None:
    before = server.get("/atom.xml")
    (content / "_config.yml").rename(content / "saved")
    eventually(lambda: b"_config.yml is gone" in server.get("/readyz").body)
    assert server.get("/atom.xml").body == before.body
    (content / "saved").rename(content / "_config.yml")
    eventually(lambda: b'"stale": []' in server.get("/readyz").body)
    assert server.get("/atom.xml").body == before.body


def test_a_broken_edit_keeps_the_last_good_version_and_is_reported(server: Running, content: Path) -> None:
    before = server.get("/rss.xml")
    (content / "_posts" / "2025-01-01-one.md").write_text("---\ntitle: One: broken\n---\nLost?\n", "utf-8")
    eventually(lambda: b"yaml-syntax" in server.get("/").body)
    after = server.get("/rss.xml")
    assert (after.body, etag(after)) == (before.body, etag(before))


def test_a_broken_edit_keeps_the_last_good_version_after_a_restart_too(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state") as running:
        before = running.get("/rss.xml")
    (content / "_posts" / "2025-01-01-one.md").write_text("---\ntitle: One: broken\n---\nLost?\n", "utf-8")
    with serving(content, tmp_path / "state") as running:
        eventually(lambda: b"yaml-syntax" in running.get("/").body)
        assert running.get("/rss.xml").body == before.body


def test_C16_an_unmounted_directory_leaves_the_feeds_as_they_are_and_readyz_names_it(
    server: Running, content: Path
) -> None:
    before = server.get("/rss.xml")
    content.rename(content.with_name("away"))
    stale = eventually(lambda: server.get("/readyz") if b'"stale": []' not in server.get("/readyz").body else None)
    assert stale.status == 200
    assert server.get("/rss.xml").body == before.body
    content.with_name("away").rename(content)


def _max_age(answer: Answer) -> int:
    return int(answer.headers["cache-control"].split("max-age=")[1].split(",")[0])


def test_C21_a_scheduled_post_appears_at_its_second_and_an_expiring_one_leaves(content: Path, tmp_path: Path) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=7)
    (content / "_posts" / "2025-01-04-soon.md").write_text(post("Soon", date=f'"{soon.isoformat()}"'), "utf-8")
    (content / "_posts" / "2025-01-05-late.md").write_text(post("Late", expires=f'"{soon.isoformat()}"'), "utf-8")
    with serving(content, tmp_path / "state") as running:
        early = running.get("/rss.xml")
        if datetime.now(UTC) < soon:
            assert b"Soon" not in early.body
            assert b"Late" in early.body
        # An answer made within a poll interval of the first scan may not know of the change yet; the next one does.
        assert eventually(lambda: datetime.now(UTC) >= soon or _max_age(running.get("/rss.xml")) <= 7)
        eventually(lambda: b"Soon" in running.get("/rss.xml").body)
        assert datetime.now(UTC) >= soon
        assert b"Late" not in running.get("/rss.xml").body


def test_S13_kill_9_of_everything_leaves_an_index_that_serves(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state") as running:
        before = running.get("/categories/sport/rss.xml")
        for number in range(200):
            (content / "_posts" / f"2025-03-01-bulk-{number:03}.md").write_text(post(f"Bulk {number}"), "utf-8")
        os.kill(running.process.pid, signal.SIGKILL)
    with serving(content, tmp_path / "state") as running:
        eventually(lambda: b"Bulk 199" in running.get("/categories/news/rss.xml").body)
        assert running.get("/categories/sport/rss.xml").body == before.body


def test_the_worker_child_does_not_outlive_a_killed_server(content: Path, tmp_path: Path) -> None:
    from service.lock import holder

    with serving(content, tmp_path / "state") as running:
        eventually(lambda: holder(tmp_path / "state"))
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()
        eventually(lambda: holder(tmp_path / "state") is None)


def test_a_worker_that_dies_is_started_again(server: Running, content: Path, tmp_path: Path) -> None:
    from service.lock import holder

    worker = eventually(lambda: holder(tmp_path / "state"))
    os.kill(worker, signal.SIGKILL)
    (content / "_posts" / "2025-02-01-new.md").write_text(post("After the crash"), "utf-8")
    eventually(lambda: b"After the crash" in server.get("/rss.xml").body)
    assert "worker died" in server.log()


def test_C16_a_server_that_starts_on_an_empty_mount_point_serves_what_was_published(
    content: Path, tmp_path: Path
) -> None:
    with serving(content, tmp_path / "state") as running:
        before = running.get("/atom.xml")
    content.rename(tmp_path / "away")
    content.mkdir()
    with serving(content, tmp_path / "state") as running:
        assert running.get("/atom.xml").body == before.body
        content.rmdir()
        (tmp_path / "away").rename(content)
        (content / "_posts" / "2025-03-01-back.md").write_text(post("Back"), "utf-8")
        eventually(lambda: b"Back" in running.get("/atom.xml").body, 90)
        assert b"<id>https://news.example.org/news/2025/01/01/one</id>" in running.get("/atom.xml").body


def test_another_setting_that_shows_in_feeds_moves_their_last_modified(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state") as running:
        seen = running.get("/rss.xml").headers["last-modified"]
    with serving(content, tmp_path / "state", "--set", "feed.window=1") as running:
        answer = eventually(lambda: running.get("/rss.xml") if running.ready() else None)
        assert answer.body.count(b"<item>") == 1
        eventually(lambda: running.get("/rss.xml", If_Modified_Since=seen).status == 200)
