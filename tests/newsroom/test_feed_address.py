"""An address as PATH: the real commands before a real upstream."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_httpserver import HTTPServer

from tests.newsroom.running import feedmill

FEED = """<rss version="2.0"><channel><title>Blog</title><link>https://blog.example/</link>
<description>D</description>
<item><title>AT&amp;amp;T</title><link>https://blog.example/1</link><guid isPermaLink="false">urn:blog:1</guid>
<pubDate>Tue, 03 Feb 2026 10:00:00 +0900</pubDate><description>&lt;p&gt;Body&lt;/p&gt;</description></item>
</channel></rss>"""
HERE = ("--set", "source.allow_http=true", "--set", 'source.networks=["127.0.0.0/8"]')


def test_a_feed_is_built_and_checked_by_its_address(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/feed.xml").respond_with_data(FEED, content_type="application/rss+xml")
    url = httpserver.url_for("/feed.xml")
    out, state = tmp_path / "out", str(tmp_path / "state")
    done = feedmill("build", url, "--out", str(out), "--state", state, *HERE)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    built = (out / "rss.xml").read_text()
    assert re.findall("<title>(AT.*)</title>", built) == ["AT&#x26;T"]
    assert '<guid isPermaLink="false">urn:blog:1</guid>' in built
    listed = feedmill("sources", url, "--state", state, *HERE)
    assert url in listed.stdout
    assert feedmill("check", url, *HERE).returncode in (0, 1)


def test_what_the_guard_refuses_says_which_setting_allows_it(httpserver: HTTPServer, tmp_path: Path) -> None:
    done = feedmill("build", httpserver.url_for("/feed.xml"), "--out", str(tmp_path / "out"))
    assert done.returncode != 0
    assert "allow_http" in done.stderr
