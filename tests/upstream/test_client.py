"""What a client makes of answers: what is kept, followed, tried again, and what never leaves."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from service.upstream.answer import LONGEST_RETRY_AFTER, Answer, UpstreamFailed
from service.upstream.client import retry_after
from service.upstream.json_body import is_json, is_json_or_lines, json_of, lines_of
from tests.upstream.clients import body, client, failure
from tests.upstream.raw import answer, raw_server, saying

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = "k3y-C4n4ry/+="


# -- trying again


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_U01_a_server_in_trouble_is_asked_three_times(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/").respond_with_data("", status=status)
    error = failure(client(httpserver.url_for("/")), httpserver.url_for("/"))
    assert (error.reason, error.status, len(httpserver.log)) == ("status-5xx", status, 3)


def test_U01_one_that_recovers_is_believed(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/").respond_with_data("", status=502)
    httpserver.expect_ordered_request("/").respond_with_data("fine")
    assert body(client(httpserver.url_for("/")), httpserver.url_for("/")) == b"fine"


def test_U01_the_tries_share_one_budget(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("", status=500)
    slept: list[float] = []
    hasty = client(httpserver.url_for("/"), limits={"request_seconds": 1.0}, sleep=slept.append, chance=lambda: 1.0)
    failure(hasty, httpserver.url_for("/"))
    assert (slept, len(httpserver.log)) == ([], 1)


@pytest.mark.parametrize("status", [429, 503])
def test_U09_whoever_asks_to_be_left_alone_is(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/").respond_with_data("", status=status, headers={"Retry-After": "120"})
    error = failure(client(httpserver.url_for("/")), httpserver.url_for("/"))
    assert (error.retry_after, len(httpserver.log)) == (120.0, 1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("315360000", LONGEST_RETRY_AFTER),
        ("9" * 5000, LONGEST_RETRY_AFTER),
        ("Fri, 02 Jan 2036 03:05:05 GMT", LONGEST_RETRY_AFTER),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
    ],
)
def test_U09_every_retry_after_is_read_or_left(header: str, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=60))
def test_U09_no_retry_after_breaks_anything(header: str) -> None:
    found = retry_after(header, NOW)
    assert found is None or 0 <= found <= LONGEST_RETRY_AFTER


# -- statuses


@pytest.mark.parametrize("status", [401, 403])
def test_U10_a_key_that_is_refused_is_said_so(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/").respond_with_data("", status=status)
    error = failure(client(httpserver.url_for("/"), key=KEY), httpserver.url_for("/"))
    assert (error.reason, error.status, len(httpserver.log)) == ("auth_failed", status, 1)


@pytest.mark.parametrize("status", [404, 410])
def test_U11_nothing_there_is_a_failure_and_never_an_empty_listing(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/").respond_with_data("[]", status=status)
    error = failure(client(httpserver.url_for("/")), httpserver.url_for("/"), check=is_json)
    assert (error.reason, "source.url" in str(error)) == ("not-found", True)


# -- what is kept


def _tagged(httpserver: HTTPServer, *bodies: str) -> None:
    """Says its bodies one after another, each with a tag, and 304 to whoever knows the present one."""
    turns = iter(enumerate(bodies))

    def handler(request: Request) -> Response:
        number, said = next(turns)
        if request.headers.get("If-None-Match") == f'"{said}"':
            return Response(status=304)
        return Response(said, headers={"ETag": f'"{said}"', "X-WP-Total": str(number)})

    httpserver.expect_request("/").respond_with_handler(handler)


def test_U12_what_did_not_change_is_the_body_it_was(httpserver: HTTPServer, tmp_path: Path) -> None:
    _tagged(httpserver, "[1]", "[1]", "[2]")
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    answers = [asking.get(httpserver.url_for("/"), check=is_json) for _ in range(3)]
    assert [(one.body, one.unchanged) for one in answers] == [(b"[1]", False), (b"[1]", True), (b"[2]", False)]
    assert answers[1].headers["x-wp-total"] == "0"


def test_U12_the_tag_survives_a_restart(httpserver: HTTPServer, tmp_path: Path) -> None:
    _tagged(httpserver, "[1]", "[1]")
    for unchanged in (False, True):
        asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
        assert asking.get(httpserver.url_for("/"), check=is_json).unchanged is unchanged
        asking.close()


def test_U12_a_304_to_a_question_without_a_condition_is_asked_once_more(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_ordered_request("/").respond_with_data("", status=304)
    httpserver.expect_ordered_request("/").respond_with_data("[1]")
    assert body(client(httpserver.url_for("/"), cache=tmp_path / "c"), httpserver.url_for("/")) == b"[1]"
    httpserver.clear()
    httpserver.expect_request("/x").respond_with_data("", status=304)
    error = failure(client(httpserver.url_for("/"), cache=tmp_path / "c"), httpserver.url_for("/x"))
    assert (error.reason, len(httpserver.log)) == ("status", 2)


def test_U12_a_lost_cache_is_a_cold_one(httpserver: HTTPServer, tmp_path: Path) -> None:
    _tagged(httpserver, "[1]", "[1]")
    for _ in range(2):
        asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
        assert asking.get(httpserver.url_for("/"), check=is_json).unchanged is False
        asking.close()
        for file in tmp_path.iterdir():
            file.unlink()


def test_a_damaged_cache_is_put_aside(httpserver: HTTPServer, tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_bytes(b"not a database, and longer than a header of SQLite is" * 100)
    httpserver.expect_request("/").respond_with_data("[1]")
    assert body(client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite"), httpserver.url_for("/")) == b"[1]"
    assert (tmp_path / "c.sqlite.damaged").exists()


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        ("<!doctype html><title>Log in</title>", "text/html", "unexpected-content-type"),
        ("<html><body>maintenance", "application/json", "unexpected-content-type"),
        ("Please try again later", "text/plain", "json-invalid"),
        ("", "application/json", "json-invalid"),
    ],
)
def test_U06_a_page_in_the_place_of_json_replaces_nothing(
    httpserver: HTTPServer, tmp_path: Path, said: str, kind: str, reason: str
) -> None:
    url, cache = httpserver.url_for("/"), tmp_path / "c.sqlite"
    httpserver.expect_ordered_request("/").respond_with_data("[1]", headers={"ETag": '"1"'})
    httpserver.expect_ordered_request("/").respond_with_data(said, content_type=kind, headers={"ETag": '"2"'})
    httpserver.expect_ordered_request("/").respond_with_data("[3]")
    asking = client(url, cache=cache)
    asking.get(url, check=is_json)
    error = failure(asking, url, check=is_json)
    assert error.reason == reason
    assert repr(said[:10])[:-1] in str(error)
    assert asking.get(url, check=is_json).body == b"[3]"
    assert '"2"' not in [request.headers.get("If-None-Match") for request, _ in httpserver.log]


def test_U05_json_that_breaks_off_is_found_out_and_not_kept(tmp_path: Path) -> None:
    cut = b'HTTP/1.1 200 OK\r\nETag: "x"\r\nConnection: close\r\n\r\n{"posts": [{"id": 1'
    with raw_server([saying(cut), saying(answer(b'{"posts": []}'))]) as server:
        asking = client(server.url, cache=tmp_path / "c.sqlite")
        error = failure(asking, server.url, check=is_json)
        assert (error.reason, "at byte 18" in str(error)) == ("json-invalid", True)
        assert body(asking, server.url, check=is_json) == b'{"posts": []}'
        assert b"if-none-match" not in server.requests[1].lower()


@pytest.mark.parametrize(
    "said",
    [
        b"[NaN]",
        b"[1e999]",
        b'{"a": [-1E+400]}',
        b"[" + b"9" * 400 + b".0]",
        b'["\\ud80"]',
        b"[" + b"9" * 5000 + b"]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[1] [2]",
        b'["\xff"]',
        b"{'a': 1}",
        b"\xff\xfe[\x001\x00]\x00",
    ],
    ids=lambda said: repr(said[:8]),
)
def test_U14_hostile_json_is_one_failure(said: bytes) -> None:
    with pytest.raises(UpstreamFailed, match="no valid JSON") as raised:
        json_of(Answer("http://x.example/", said))
    assert (raised.value.reason, len(str(raised.value)) < 400) == ("json-invalid", True)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (rb'["an emoji cut in the middle \ud83d", 1]', ["an emoji cut in the middle \ufffd", 1]),
        (rb'["\udc00\ud83d\ude00\ud83d\ud83d\ude00"]', ["\ufffd\U0001f600\ufffd\U0001f600"]),
        (rb'["\\ud83d \\\uD83D"]', ["\\ud83d \\\ufffd"]),
    ],
)
def test_U14_half_of_a_character_costs_nothing_but_itself(said: bytes, value: object) -> None:
    """JavaScript cuts texts so (Ghost's excerpts), and one such post is no reason to believe none."""
    assert json_of(Answer("", said)) == value
    assert lines_of(Answer("", said + b"\n[2]")) == [value, [2]]


def test_U14_a_byte_order_mark_and_a_key_twice_are_no_harm() -> None:
    assert json_of(Answer("", b'\xef\xbb\xbf{"a":1,"a":2}')) == {"a": 2}


@given(st.binary(max_size=200))
def test_U14_any_bytes_are_a_value_or_one_failure(said: bytes) -> None:
    for read in (json_of, lines_of, is_json_or_lines):
        try:
            read(Answer("", said))
        except UpstreamFailed as error:
            assert "\n" not in str(error)


def test_a_value_each_line_is_read_and_its_broken_line_named() -> None:
    assert lines_of(Answer("", b'{"a":1}\n\n{"a":2}\n')) == [{"a": 1}, {"a": 2}]
    with pytest.raises(UpstreamFailed, match="line 2"):
        lines_of(Answer("", b'{"a":1}\n{"a":\n'))


def test_no_cache_file_is_a_pickle(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/").respond_with_data(b"\x80\x04 bytes", headers={"ETag": '"1"'})
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    asking.get(httpserver.url_for("/"))
    asking.close()
    with sqlite3.connect(tmp_path / "c.sqlite") as database:
        kept = [row[0] for row in database.execute("SELECT value FROM responses")]
    database.close()
    assert [value[:1] for value in kept] == ["{"]
