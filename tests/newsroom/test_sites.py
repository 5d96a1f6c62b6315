"""``feedmill serve`` with two sites: the same paths, other bytes, and no trouble of one is the other's."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

from tests.newsroom.running import Answer, Running, eventually, feedmill, post, serving, site, started

OTHER = "other.example"
DOCUMENTS = ("/rss.xml", "/atom.xml", "/feed.json", "/", "/categories/news/rss.xml", "/sitemap.xml", "/meta.json")


def two_sites(root: Path) -> Path:
    """Files of two sites whose content has the same names; the main file."""
    for name, host in (("main", "main.example"), ("other", OTHER)):
        config = f"title: The {name} site\nurl: https://{host}\n"
        site(root / name / "site", {"2024-01-01-one.md": post(f"One of {name}")}, config)
        state = root / f"state-{name}"
        said = f'[[source]]\npath = "site"\n[service]\nstate = "{state}"\nport = 0\n'
        if name == "main":
            said += f'[sites]\n"{OTHER}" = "../other/feedmill.toml"\n"www.{OTHER}" = "../other/feedmill.toml"\n'
        (root / name / "feedmill.toml").write_text(said)
    return root / "main" / "feedmill.toml"


@contextmanager
def serving_both(config: Path, *words: str) -> Iterator[Running]:
    with started("serve", "--config", config, *words) as running:

        def port() -> int:
            assert running.process.poll() is None, running.log()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", running.log())
            return int(found[1]) if found else 0

        running.port = eventually(port)
        yield running


def ready(running: Running, host: str) -> bool:
    return running.get("/readyz", Host=host).status == 200


def told(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    return answer.status, answer.body, {name: value for name, value in answer.headers.items() if name != "date"}


def settled(answer: Answer) -> bool:
    """Whether Last-Modified is past: two changes in one second are two seconds, and none is later than Date."""
    date, modified = (parsedate_to_datetime(answer.headers[name]) for name in ("date", "last-modified"))
    return date > modified


def test_each_host_has_its_own_documents_which_are_those_of_the_site_served_alone(tmp_path: Path) -> None:
    config = two_sites(tmp_path)
    with serving_both(config) as running:
        assert f"and for {OTHER} " in running.log()
        for host in ("main.example", OTHER):
            eventually(lambda host=host: ready(running, host))
            eventually(lambda host=host: settled(running.get("/rss.xml", Host=host)))
        together = {
            host: {path: told(running.get(path, Host=host)) for path in DOCUMENTS} for host in ("main.example", OTHER)
        }
        for path in DOCUMENTS:
            (status, mine, headers), (other_status, theirs, others) = (together[host][path] for host in together)
            assert (status, other_status) == (200, 200)
            assert mine != theirs, path
            assert headers["etag"] != others["etag"]
        for spelling in (OTHER.upper(), f"{OTHER}.", f"{OTHER}:443", f"www.{OTHER}"):
            assert told(running.get("/rss.xml", Host=spelling)) == together[OTHER]["/rss.xml"]
        assert told(running.get("/rss.xml", Host="unknown.example")) == together["main.example"]["/rss.xml"]
        disguised = {"Host": "main.example", "X_Forwarded_Host": OTHER, "Forwarded": f"host={OTHER}"}
        assert told(running.get("/rss.xml", **disguised)) == together["main.example"]["/rss.xml"]
        listed = json.loads(running.get("/readyz").body)["sites"]
        assert listed == {OTHER: {"ready": True, "stale": []}}
        assert f'feedmill_ready{{site="{OTHER}"}} 1.0' in running.get("/metrics").body.decode()

        (tmp_path / "other" / "site" / "_posts" / "2024-02-01-two.md").write_text(post("Two"))
        eventually(lambda: b"Two" in running.get("/rss.xml", Host=OTHER).body)
        assert told(running.get("/rss.xml", Host="main.example")) == together["main.example"]["/rss.xml"]
        eventually(lambda: settled(running.get("/rss.xml", Host=OTHER)))
        together[OTHER] = {path: told(running.get(path, Host=OTHER)) for path in DOCUMENTS}
    alone = serving(
        tmp_path / "other" / "site", tmp_path / "state-other", "--config", str(tmp_path / "other" / "feedmill.toml")
    )
    with alone as running:
        for path in DOCUMENTS:
            assert told(running.get(path)) == together[OTHER][path]


def test_a_site_whose_source_is_down_leaves_the_other_fresh_and_comes_when_it_can(tmp_path: Path) -> None:
    config = two_sites(tmp_path)
    away = tmp_path / "other" / "away"
    (tmp_path / "other" / "site").rename(away)
    with serving_both(config) as running:
        eventually(lambda: ready(running, "main.example"))
        assert running.get("/rss.xml", Host=OTHER).status == 503
        assert running.get("/readyz", Host=OTHER).status == 503
        assert json.loads(running.get("/readyz").body)["sites"][OTHER]["ready"] is False
        (tmp_path / "main" / "site" / "_posts" / "2024-02-01-two.md").write_text(post("Two"))
        eventually(lambda: b"Two" in running.get("/rss.xml", Host="main.example").body)
        away.rename(tmp_path / "other" / "site")
        eventually(lambda: b"One of other" in running.get("/rss.xml", Host=OTHER).body)
        assert f"site={OTHER}" in running.log()


def test_a_main_site_whose_source_is_gone_keeps_its_last_good_documents_beside_a_fresh_other(tmp_path: Path) -> None:
    config = two_sites(tmp_path)
    assert feedmill("refresh", "--config", config).returncode == 0
    shutil.rmtree(tmp_path / "main" / "site")
    with serving_both(config) as running:
        eventually(lambda: ready(running, OTHER))
        assert b"One of main" in running.get("/rss.xml", Host="main.example").body
        assert b"One of other" in running.get("/rss.xml", Host=OTHER).body


def test_several_web_processes_add_up_the_counters_of_each_site(tmp_path: Path) -> None:
    config = two_sites(tmp_path)
    with serving_both(config, "--set", "service.processes=2") as running:
        for host in ("main.example", OTHER):
            eventually(lambda host=host: ready(running, host))
            for _ in range(20):
                assert running.get("/rss.xml", Host=host).status == 200

        def counted() -> bool:
            """Answers of the memo are counted at the end of a turn."""
            page = running.get("/metrics").body.decode()
            ours = re.search(r'feedmill_requests_total\{kind="rss",status="200"\} 20', page)
            theirs = re.search(rf'feedmill_requests_total\{{kind="rss",site="{OTHER}",status="200"\}} 20', page)
            return bool(ours and theirs)

        eventually(counted)
        own = running.get("/metrics", Host=OTHER).body.decode()
        assert 'feedmill_requests_total{kind="rss",status="200"}' not in own


def test_one_worker_command_works_for_every_site_and_one_for_the_named_alone(tmp_path: Path) -> None:
    config = two_sites(tmp_path)
    with started("worker", "--config", config), serving_both(config, "--no-worker") as running:
        for host in ("main.example", OTHER):
            eventually(lambda host=host: ready(running, host))
            assert b"One of" in running.get("/rss.xml", Host=host).body


def test_a_command_is_for_the_main_site_or_for_the_one_it_names(tmp_path: Path) -> None:
    config = two_sites(tmp_path)
    done = feedmill("build", "--config", config, "--out", tmp_path / "out-main")
    named = feedmill("build", "--config", config, "--site", f"www.{OTHER}", "--out", tmp_path / "out-named")
    direct = feedmill("build", "--config", tmp_path / "other" / "feedmill.toml", "--out", tmp_path / "out-direct")
    assert (done.returncode, named.returncode, direct.returncode) == (0, 0, 0), named.stderr
    feeds = [(tmp_path / f"out-{name}" / "rss.xml").read_bytes() for name in ("main", "named", "direct")]
    assert b"One of main" in feeds[0]
    assert b"One of other" in feeds[1]
    assert feeds[1] == feeds[2]
    shown = json.loads(feedmill("config", "--config", config).stdout)
    assert shown["sites"][OTHER] == str(tmp_path / "other" / "feedmill.toml")
    chosen = json.loads(feedmill("config", "--config", config, "--site", OTHER, "--set", "feed.window=3").stdout)
    assert (chosen["service"]["state"], chosen["feed"]["window"]) == (str(tmp_path / "state-other"), 3)


def test_what_is_wrong_with_a_site_is_one_line_before_anything_is_served(tmp_path: Path) -> None:
    config = two_sites(tmp_path)
    (tmp_path / "other" / "feedmill.toml").write_text('[feed]\nwindow = "x"\n')
    for words in (("config", "--check"), ("serve",), ("worker",), ("refresh", "--site", OTHER)):
        done = feedmill(*words, "--config", config)
        assert done.returncode == 3, words
        assert re.match(rf'feedmill: {config}:\d+: sites\."{OTHER}": ', done.stderr), words
        assert done.stderr.count("\n") == 1
    (tmp_path / "other" / "feedmill.toml").write_text(f'[[source]]\npath = "site"\n[service]\nstate = "{tmp_path}/s"\n')
    (tmp_path / "other" / "site" / "_config.yml").write_text("title: No address\n")
    for command in ("serve", "worker"):
        done = feedmill(command, "--config", config)
        assert (done.returncode, done.stderr.startswith(f'feedmill: sites."{OTHER}": site.url: ')) == (3, True), command
    done = feedmill("check", tmp_path / "main" / "site", "--config", config, "--site", OTHER)
    assert (done.returncode, "say it once" in done.stderr) == (2, True)
    done = feedmill("check", "--config", config, "--site", "elsewhere.example")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_under_a_wsgi_server_host_selects_too(tmp_path: Path) -> None:
    from service.settings import load
    from service.wsgi import create

    app = create(load(config=two_sites(tmp_path), environ={}))
    client = app.test_client()
    for host, text in (
        ("main.example", b"One of main"),
        (f"{OTHER.upper()}.:80", b"One of other"),
        ("x", b"One of main"),
    ):
        assert text in client.get("/rss.xml", headers={"Host": host}).data
