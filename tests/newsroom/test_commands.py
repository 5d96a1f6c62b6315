"""The commands as an operator meets them: exit codes, one-line errors, and processes that share a state directory."""

from __future__ import annotations

import json
import re
import socket
import sys
from pathlib import Path

import pytest

from service.lock import holder
from tests.newsroom.running import EXAMPLE, ROOT, environment, eventually, feedmill, post, serving, site, started

BROKEN = "---\ntitle: 제목: 콜론\n---\nBody\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return site(tmp_path / "site", {"2025-01-01-one.md": post("One")})


def test_the_example_newsroom_is_clean_even_strictly() -> None:
    done = feedmill("check", EXAMPLE, "--strict")
    assert (done.returncode, done.stderr) == (0, "")


def test_check_says_where_what_and_how_to_mend_it(content: Path) -> None:
    (content / "_posts" / "2025-01-02-broken.md").write_text(BROKEN, "utf-8")
    done = feedmill("check", content)
    assert done.returncode == 1
    assert re.match(r"_posts/2025-01-02-broken\.md:2:\d+ error yaml-syntax .*\(.*\"제목: 콜론\".*\)", done.stdout)


def test_check_writes_json_and_github_annotations(content: Path) -> None:
    (content / "_posts" / "2025-01-02-broken.md").write_text(BROKEN, "utf-8")
    problems = json.loads(feedmill("check", content, "--format", "json").stdout)["problems"]
    assert [(p["code"], p["line"]) for p in problems if p["level"] != "notice"] == [("yaml-syntax", 2)]
    assert feedmill("check", content, "--format", "github").stdout.startswith(
        "::error file=_posts/2025-01-02-broken.md"
    )


def test_check_leaves_nothing_behind_and_needs_no_lock(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state"):
        assert feedmill("check", content, XDG_STATE_HOME=str(tmp_path / "xdg")).returncode == 0
    assert not (tmp_path / "xdg").exists()


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["check"], 2, "no content"),
        (["check", "--set", "window=3", "."], 2, "feed.window=50"),
        (["check", "--no-such-option"], 2, "no-such-option"),
        (["config", "--check", "--set", "feed.window=0"], 3, "feed.window"),
        (["config", "--check", "--config", "none.toml"], 3, "none.toml"),
        (["check", "no-such-directory"], 4, "no-such-directory"),
    ],
)
def test_exit_codes_mean_something(tmp_path: Path, words: list[str], code: int, expected: str) -> None:
    done = feedmill(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("build", "--out", "x", "--only", "rss,atom"), "--only rss --only atom"),
        (("build", "--out", "x", "--without", "rss, atom"), "--without rss --without atom"),
        (("build", "--out", "x", "--channels", "site,tag"), "--channels site --channels tag"),
        (("check", "--profile", "msn,naver"), "--profile msn --profile naver"),
        (("refresh", "--source", "site,other"), "--source site --source other"),
    ],
)
def test_an_option_that_is_given_for_each_word_says_so_where_it_has_several(
    content: Path, tmp_path: Path, words: tuple[str, ...], typed: str
) -> None:
    done = feedmill(*words, "--set", f"source.path={content}", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"it is given once for each: {typed}" in done.stderr


@pytest.mark.parametrize(("option", "typed", "meant"), [("--channels", "tags", "tag"), ("--only", "atmo", "atom")])
def test_a_mistyped_word_of_an_option_is_told_what_may_be_meant(
    content: Path, tmp_path: Path, option: str, typed: str, meant: str
) -> None:
    done = feedmill("build", content, "--out", tmp_path / "out", option, typed)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"did you mean {meant}?" in done.stderr


def test_a_port_in_use_is_one_clear_line(content: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = feedmill("serve", content, "--state", tmp_path / "state", "--port", port)
    assert done.returncode == 4
    assert re.fullmatch(rf"feedmill: port {port} .* in use.*--port.*\n", done.stderr)


def test_a_second_writer_is_refused_with_the_first_ones_process_id(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state"):
        owner = eventually(lambda: holder(tmp_path / "state"))
        done = feedmill("serve", content, "--state", tmp_path / "state", "--port", "0")
        assert done.returncode == 4
        assert str(owner) in done.stderr


def test_a_state_directory_of_another_site_is_refused_until_it_is_adopted(content: Path, tmp_path: Path) -> None:
    other = site(tmp_path / "other", {"2025-01-01-x.md": post("X")})
    words = (other, "--state", tmp_path / "state")
    assert feedmill("refresh", content, "--state", tmp_path / "state").returncode == 0
    for command in ("refresh", "config"):
        done = feedmill(command, *words, *(("--check",) if command == "config" else ()))
        assert done.returncode == 4
        assert len(done.stderr.splitlines()) == 1
        assert f"belongs to other sources ({content})" in done.stderr
        assert "feedmill refresh --adopt" in done.stderr
    assert feedmill("refresh", *words, "--adopt").returncode == 0
    assert feedmill("config", *words, "--check").returncode == 0


@pytest.mark.parametrize("with_worker", [True, False])
def test_the_processes_of_a_settings_file_meet_in_its_default_state_directory(
    content: Path, tmp_path: Path, with_worker: bool
) -> None:
    file = tmp_path / "feedmill.toml"
    file.write_text(f'[[source]]\npath = "{content.name}"\n', "utf-8")
    own = {"XDG_STATE_HOME": str(tmp_path / "xdg")}
    if not with_worker:
        assert feedmill("refresh", "--config", file, **own).returncode == 0
    words = ("--config", file, "--port", "0", *(() if with_worker else ("--no-worker",)))
    with started("serve", *words, **own) as running:
        running.port = int(eventually(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", running.log()))[1])  # type: ignore[index]  # a match
        eventually(lambda: b"One" in running.get("/rss.xml").body)
    (directory,) = (tmp_path / "xdg" / "feedmill").iterdir()
    assert (directory / "index.db").is_file()


def test_everything_feedmill_writes_lies_below_the_state_directory(content: Path, tmp_path: Path) -> None:
    before = sorted(content.rglob("*"))
    with serving(content, tmp_path / "state") as running:
        running.get("/rss.xml")
    assert sorted(content.rglob("*")) == before


def test_refresh_asks_the_worker_that_runs(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state", "--set", "refresh.watch=off") as running:
        (content / "_posts" / "2025-01-02-two.md").write_text(post("Two"), "utf-8")
        done = feedmill("refresh", content, "--state", tmp_path / "state")
        assert done.returncode == 0, done.stderr
        eventually(lambda: b"Two" in running.get("/rss.xml").body)


def test_C16_refresh_force_believes_an_emptied_directory(content: Path, tmp_path: Path) -> None:
    assert feedmill("refresh", content, "--state", tmp_path / "state").returncode == 0
    (content / "_posts" / "2025-01-01-one.md").unlink()
    held = feedmill("refresh", content, "--state", tmp_path / "state")
    assert "held back" in held.stdout
    forced = feedmill("refresh", content, "--state", tmp_path / "state", "--force")
    assert forced.stdout == "site: 0 posts\n"


def test_C16_a_page_a_draft_and_a_scheduled_post_do_not_make_up_for_every_post(content: Path, tmp_path: Path) -> None:
    (content / "about.md").write_text("---\ntitle: About\n---\nUs\n", "utf-8")
    (content / "_posts" / "2025-01-02-two.md").write_text("---\ntitle: Two\npublished: false\n---\nBody\n", "utf-8")
    (content / "_posts" / "2099-01-01-three.md").write_text(post("Three"), "utf-8")
    first = feedmill("refresh", content, "--state", tmp_path / "state")
    assert first.stdout == "site: 1 post, 1 page, 2 not published\n"
    (content / "_posts" / "2025-01-01-one.md").unlink()
    held = feedmill("refresh", content, "--state", tmp_path / "state")
    assert "site: 1 post, 1 page, 2 not published; 1 are missing but held back" in held.stdout
    forced = feedmill("refresh", content, "--state", tmp_path / "state", "--force")
    assert forced.stdout.startswith("site: 0 posts, 1 page, 2 not published\n")


def test_web_and_worker_run_apart_as_the_procfile_has_them(content: Path, tmp_path: Path) -> None:
    variables = {"FEEDMILL_SOURCE": str(content), "FEEDMILL_SERVICE__STATE": str(tmp_path / "state")}
    with started("serve", "--no-worker", "--port", "0", **variables) as web:
        web.port = int(eventually(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", web.log()))[1])  # type: ignore[index]  # a match
        assert web.get("/readyz").status == 503
        assert web.get("/rss.xml").status == 503
        assert web.get("/healthz").status == 200
        with started("worker", **variables):
            eventually(web.ready)
            assert b"One" in web.get("/rss.xml").body


def test_procfile_names_commands_that_exist() -> None:
    for line in (ROOT / "Procfile").read_text("utf-8").splitlines():
        words = line.partition(":")[2].split()
        assert words[0] == "feedmill"
        assert feedmill(words[1], "--help").returncode == 0


def test_two_web_processes_share_the_port_and_add_up_their_metrics(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state", WEB_CONCURRENCY="2") as running:
        for _ in range(20):
            assert running.get("/rss.xml").status == 200
        eventually(
            lambda: re.search(rb'feedmill_requests_total{kind="rss",status="200"} 20', running.get("/metrics").body)
        )


def test_any_wsgi_server_and_flask_itself_can_run_the_application(content: Path, tmp_path: Path) -> None:
    variables = {"FEEDMILL_SOURCE": str(content), "FEEDMILL_SERVICE__STATE": str(tmp_path / "state")}
    script = (
        "from service.wsgi import application\n"
        "from service import create_app\n"
        "for app in (application, create_app()):\n"
        "    answer = app.test_client().get('/rss.xml')\n"
        "    print(answer.status_code, 'One' in answer.text)\n"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(**variables),
        cwd=ROOT,
        check=True,
    )
    assert done.stdout == "200 True\n200 True\n"
    assert "indexed once" in done.stderr


def test_serving_without_a_url_uses_the_own_address_with_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text(post("A", date="2025-01-01"), "utf-8")
    with serving(folder, tmp_path / "state") as running:
        assert f"http://127.0.0.1:{running.port}/rss.xml".encode() in running.get("/rss.xml").body
        assert "site.url" in running.log()


def test_a_service_under_a_prefix_answers_with_and_without_it(content: Path, tmp_path: Path) -> None:
    with serving(content, tmp_path / "state", "--set", "service.url=https://news.example.org/feeds") as running:
        bare, prefixed = running.get("/rss.xml"), running.get("/feeds/rss.xml")
        assert (bare.body, bare.headers["etag"]) == (prefixed.body, prefixed.headers["etag"])
        assert b'href="https://news.example.org/feeds/rss.xml"' in bare.body
        assert b"<link>https://news.example.org/</link>" in bare.body
        assert running.get("/feed.xml").headers["location"] == "/feeds/atom.xml"


def test_ctrl_c_on_a_terminal_stops_server_and_worker_without_a_traceback(content: Path, tmp_path: Path) -> None:
    import os
    import pty
    import signal

    pid, terminal = pty.fork()
    if not pid:  # the child: a session with a terminal of its own, as a shell would start us
        command = [sys.executable, "-m", "service.cli", "serve", str(content), "--state", str(tmp_path / "state")]
        os.execve(sys.executable, [*command, "--port", "0"], environment())  # noqa: S606 - our own command
    said = bytearray()

    def read() -> bool:
        said.extend(os.read(terminal, 4096))
        return b"published" in said

    try:
        eventually(read)
        os.write(terminal, b"\x03")
        while True:
            try:
                if not (data := os.read(terminal, 4096)):
                    break
            except OSError:  # Linux says so when the other side of a terminal is closed
                break
            said.extend(data)
        _, status = os.waitpid(pid, 0)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, said.decode()
    assert b"Traceback" not in said
    assert holder(tmp_path / "state") is None


def test_before_the_first_scan_no_empty_feed_is_given_out(content: Path, tmp_path: Path) -> None:
    variables = {"FEEDMILL_SOURCE": str(content), "FEEDMILL_SERVICE__STATE": str(tmp_path / "state")}
    with started("serve", "--no-worker", "--port", "0", **variables) as web:
        web.port = int(eventually(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", web.log()))[1])  # type: ignore[index]  # a match
        assert {web.get(path).status for path in ("/", "/rss.xml", "/atom.xml", "/tags/x/feed.json")} == {503}
        eventually(lambda: "no worker runs" in web.log())


def test_a_state_directory_that_cannot_be_made_is_exit_4_at_once(content: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = feedmill("serve", content, "--state", tmp_path / "file" / "state", "--port", "0")
    assert done.returncode == 4
    assert "--state" in done.stderr


def test_the_problems_can_be_kept_from_the_public(content: Path, tmp_path: Path) -> None:
    (content / "_posts" / "2025-01-02-broken.md").write_text(BROKEN, "utf-8")
    for shown in ("true", "false"):
        state = tmp_path / shown
        with serving(content, state, "--set", f"service.show_problems={shown}") as running:
            assert (b"yaml-syntax" in running.get("/").body) is (shown == "true")


def test_C16_a_force_that_nobody_answered_is_not_obeyed_by_a_later_worker(content: Path, tmp_path: Path) -> None:
    from service.worker import request_refresh

    assert feedmill("refresh", content, "--state", tmp_path / "state").returncode == 0
    request_refresh(tmp_path / "state", force=True)
    (content / "_posts" / "2025-01-01-one.md").unlink()
    with serving(content, tmp_path / "state") as running:
        eventually(lambda: b"refresh-held" in running.get("/").body)
        assert b"One" in running.get("/rss.xml").body


def test_serve_refuses_the_state_of_other_sources_before_it_serves(content: Path, tmp_path: Path) -> None:
    other = site(tmp_path / "other", {"2025-01-01-x.md": post("X")})
    assert feedmill("refresh", content, "--state", tmp_path / "state").returncode == 0
    done = feedmill("serve", other, "--state", tmp_path / "state", "--port", "0")
    assert (done.returncode, done.stdout) == (4, "")
    assert "other sources" in done.stderr
