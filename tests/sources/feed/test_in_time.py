"""Feeds that would take for ever to read, and what they cost: one refusal (U-14, C-37)."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from service.sources import apart, feed_in_time
from service.sources.feed_document import NotAFeed
from service.sources.feed_in_time import read_in_time
from service.sources.feed_reading import read_document
from service.upstream.answer import UpstreamFailed
from tests.sources.asked import NOW, Fake, opened

pytestmark = pytest.mark.skipif(not apart.possible(), reason="this platform does not fork without harm")

URL = "https://news.example/feed.xml"
START = b'<?xml version="1.0"?>'
RSS = b'<rss version="2.0"><channel><title>T</title>%s</channel></rss>'
HOSTILE = {
    "a name without end before an at sign": START + RSS % (b"<author>" + b"a" * 100_000 + b"@</author>"),
    "line breaks without end before the first element": START + b"\n" * 500_000 + RSS % b"",
    "elements without end in each other": START + RSS % (b"<item>" * 400_000),
    "one long base of many links": START
    + RSS
    % b'<item xml:base="%s"><description>%s</description></item>'
    % (b"a/" * 100_000, b'&lt;a href="x"&gt;' * 2000),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_U14_a_feed_that_takes_too_long_is_no_feed(body: bytes) -> None:
    with pytest.raises(NotAFeed, match=r"cannot be read within 0\.2 s"):
        read_in_time(body, URL, seconds=0.2)


def test_U14_it_is_a_failure_of_its_source_and_of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.sources.feed.read_in_time", partial(read_in_time, seconds=0.2))
    body = HOSTILE["a name without end before an at sign"]
    with pytest.raises(UpstreamFailed, match="cannot be read within"):
        opened("feed", Fake(lambda *_: (200, {}, body)), url=URL).pull({}, "", NOW)


def test_a_large_feed_says_what_it_says_wherever_it_is_read() -> None:
    item = "<item><guid>urn:{0}</guid><title>제목 {0}</title><link>https://news.example/{0}</link></item>"
    body = (RSS % b"%s").replace(b"%s", "".join(map(item.format, range(500))).encode())
    assert len(body) > feed_in_time.SMALL
    found = list[object]()
    thread = threading.Thread(target=lambda: found.append(read_in_time(body, URL)))  # as those that pull do
    thread.start()
    thread.join()
    assert found == [read_document(body, URL)]


def test_a_large_page_is_refused_in_the_same_words() -> None:
    with pytest.raises(NotAFeed, match="neither RSS nor Atom"):
        read_in_time(b"<html>" + b"<p>x</p>" * 10_000 + b"</html>", URL)
