"""What is kept of an upstream's answers, and what a cache file can never do to a pull."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from service.upstream import kept
from service.upstream.json_body import is_json
from tests.upstream.clients import body, client, failure
from tests.upstream.raw import answer, raw_server, saying

KEY = "k3y-C4n4ry/+="
SPELLINGS = (KEY, "k3y-C4n4ry%2F%2B%3D", "k3y-C4n4ry/%2B%3D", "k3y-C4n4ry%2f%2b%3d", r"k3y-C4n4ry\/+=")


def conditions(httpserver: HTTPServer) -> list[str | None]:
    return [request.headers.get("If-None-Match") for request, _ in httpserver.log]


@pytest.mark.parametrize("bad", [("", 500), ("<html>", 200), ("", 404), ('{"a":', 200)], ids=str)
def test_U06_a_good_answer_outlives_every_bad_one(httpserver: HTTPServer, tmp_path: Path, bad: tuple[str, int]) -> None:
    turns = iter([Response("[1]", headers={"ETag": '"1"'}), *[Response(bad[0], bad[1])] * (3 if bad[1] == 500 else 1)])

    def handler(_: Request) -> Response:
        return next(turns, Response(status=304))

    httpserver.expect_request("/").respond_with_handler(handler)
    url = httpserver.url_for("/")
    asking = client(url, cache=tmp_path / "c.sqlite")
    asking.get(url, check=is_json)
    failure(asking, url, check=is_json)
    last = asking.get(url, check=is_json)
    assert (last.body, last.unchanged) == (b"[1]", True)
    asking.close()


def test_U12_without_a_validator_every_get_is_a_whole_one(httpserver: HTTPServer, tmp_path: Path) -> None:
    for said in ("[1]", "[2]"):
        httpserver.expect_ordered_request("/").respond_with_data(said)
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    assert [body(asking, httpserver.url_for("/")) for _ in range(2)] == [b"[1]", b"[2]"]
    asking.close()


@pytest.mark.parametrize(
    "headers",
    [{"ETag": 'W/"x"'}, {"ETag": "no quotes"}, {"ETag": '"\xe9"'}, {"Last-Modified": "Fri, 01 Jan 2100 00:00:00 GMT"}],
    ids=["weak", "unquoted", "latin-1", "of the future"],
)
def test_U12_a_validator_goes_back_as_it_came(httpserver: HTTPServer, tmp_path: Path, headers: dict[str, str]) -> None:
    httpserver.expect_ordered_request("/").respond_with_data("[1]", headers=headers)
    httpserver.expect_ordered_request("/").respond_with_data("", status=304)
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    assert [asking.get(httpserver.url_for("/")).unchanged for _ in range(2)] == [False, True]
    request = httpserver.log[1][0]
    assert list(headers.values()) == [request.headers.get("If-None-Match") or request.headers["If-Modified-Since"]]
    asking.close()


def test_U12_what_an_earlier_reader_took_is_asked_for_anew(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_ordered_request("/").respond_with_data("<p>", headers={"ETag": '"1"'})
    httpserver.expect_ordered_request("/").respond_with_data("", status=304)
    httpserver.expect_ordered_request("/").respond_with_data("[2]")
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    asking.get(httpserver.url_for("/"))
    assert body(asking, httpserver.url_for("/"), check=is_json) == b"[2]"
    assert conditions(httpserver) == [None, '"1"', None]
    asking.close()


def test_what_an_upstream_says_not_to_store_is_not(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/").respond_with_data(
        "[1]", headers={"ETag": '"1"', "Cache-Control": "private, no-store"}
    )
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    for _ in range(2):
        asking.get(httpserver.url_for("/"))
    assert conditions(httpserver) == [None, None]
    asking.close()


def test_two_cursors_are_two_answers_whatever_their_parameter_is_called(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/").respond_with_data("[1]", headers={"ETag": '"1"'})
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    for token in "ab":
        asking.get(httpserver.url_for("/"), {"token": token})
    assert conditions(httpserver) == [None, None]
    asking.close()


def test_a_cache_that_another_process_holds_is_done_without(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PATIENCE", 0.05)
    httpserver.expect_request("/").respond_with_data("[1]", headers={"ETag": '"1"'})
    url, file = httpserver.url_for("/"), tmp_path / "c.sqlite"
    early = client(url, cache=file)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert body(early, url) == body(client(url, cache=file), url) == b"[1]"
    holder.close()
    early.close()


def test_a_cache_that_breaks_during_a_pull_is_done_without(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/").respond_with_data("[1]", headers={"ETag": '"1"'})
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite")
    with sqlite3.connect(tmp_path / "c.sqlite") as database:
        database.execute("DROP TABLE responses")
    database.close()
    assert [body(asking, httpserver.url_for("/")) for _ in range(2)] == [b"[1]", b"[1]"]
    asking.close()


def test_a_place_that_cannot_be_written_is_done_without(httpserver: HTTPServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    httpserver.expect_request("/").respond_with_data("[1]")
    assert (
        body(client(httpserver.url_for("/"), cache=tmp_path / "file" / "c.sqlite"), httpserver.url_for("/")) == b"[1]"
    )


def test_the_file_is_bounded_and_the_newest_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = kept._Answers(tmp_path / "c.sqlite")
    now = int(time.time())
    with answers.responses.connection(commit=True) as database:
        for age, key in ((0, "new"), (1, "newish"), (2, "old")):
            database.execute("INSERT INTO responses VALUES (?, ?, ?)", (key, "x" * 1000, now - age * 86_400))
        database.execute("INSERT INTO responses VALUES ('ancient', '', ?)", (now - 100 * 86_400,))
    monkeypatch.setattr(kept, "MOST_BYTES", 2500)
    answers.bounded(now)
    assert set(answers.responses) == {"new", "newish"}
    answers.close()


@pytest.mark.parametrize("kind", ["ghost", "json"])
def test_U10_what_an_upstream_repeats_of_the_key_is_in_no_file_and_no_answer(
    httpserver: HTTPServer, tmp_path: Path, kind: str
) -> None:
    def echo(request: Request) -> Response:
        body = " ".join((request.url, str(request.headers), *SPELLINGS))
        return Response(body, headers={"ETag": '"1"', "Link": f"<{request.url}?key={KEY}>; rel=next"})

    httpserver.expect_request("/").respond_with_handler(echo)
    url = httpserver.url_for("/")
    asking = client(url, cache=tmp_path / "c.sqlite", key=KEY, kind=kind)
    said = asking.get(url)
    asking.close()
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    with sqlite3.connect(tmp_path / "c.sqlite") as database:
        ((value,),) = database.execute("SELECT value FROM responses").fetchall()
    database.close()
    request = httpserver.log[0][0]
    assert KEY in request.args.get("key", "") + request.headers.get("Authorization", "")
    inside = base64.b64decode(json.loads(value)["_content"])
    told = " ".join((said.url, said.body.decode(), *said.headers.values(), files.decode("latin-1"), inside.decode()))
    assert not [one for one in SPELLINGS if one in told]


def test_U10_a_key_that_was_written_into_the_address_is_masked_too(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/").respond_with_data("", status=500)
    url = httpserver.url_for("/") + "?consumer_key=ck_c4n4ry0"
    error = failure(client(url, cache=tmp_path / "c.sqlite"), url)
    assert "ck_c4n4ry0" not in f"{error} {error!r}"


def test_no_cookie_is_kept_or_sent() -> None:
    with raw_server(saying(answer(b"[]", "Set-Cookie: a=b"))) as server:
        asking = client(server.url)
        for _ in range(2):
            asking.get(server.url)
        assert b"cookie" not in b"".join(server.requests).lower()


@pytest.mark.parametrize(
    "value",
    ["", "no JSON", "null", "1", "[]", "{}", "[" * 100_000, '{"status_code": "two hundred"}', '{"status_code": 302}'],
    ids=lambda value: value[:20] or "nothing",
)
def test_U12_what_the_file_has_that_cannot_be_read_is_asked_for_anew(
    httpserver: HTTPServer, tmp_path: Path, value: str
) -> None:
    """Written by another version of the library, or damaged by a disk."""
    file, url = tmp_path / "news.sqlite", httpserver.url_for("/posts")
    httpserver.expect_request("/posts").respond_with_data("[1]", headers={"ETag": '"a"'})
    assert body(client(url, cache=file), url) == b"[1]"
    with closing(sqlite3.connect(file)) as database, database:
        known = json.loads(database.execute("SELECT value FROM responses").fetchone()[0])
        if value.startswith('{"'):
            value = json.dumps(known | json.loads(value))
        database.execute("UPDATE responses SET value = ?", (value,))
    for _ in range(2):
        assert body(client(url, cache=file), url) == b"[1]"
    with closing(sqlite3.connect(file)) as database:
        assert json.loads(database.execute("SELECT value FROM responses").fetchone()[0])["status_code"] == 200


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE responses RENAME COLUMN value TO body",
        "ALTER TABLE responses RENAME COLUMN key TO name",
        "ALTER TABLE redirects RENAME COLUMN key TO name",
        "DROP TABLE responses; CREATE TABLE responses (key PRIMARY KEY, value, expires, etag TEXT NOT NULL)",
        "DROP TABLE responses; CREATE VIEW responses AS SELECT 1 AS key, 2 AS value, 3 AS expires",
    ],
)
def test_U12_a_file_whose_tables_are_another_versions_is_put_aside_for_a_new_one(
    httpserver: HTTPServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, change: str
) -> None:
    file, url = tmp_path / "news.sqlite", httpserver.url_for("/posts")
    httpserver.expect_request("/posts").respond_with_handler(_conditional)
    with closing(client(url, cache=file)) as asking:
        asking.get(url)
    with closing(sqlite3.connect(file)) as database:
        database.executescript(change)
    caplog.clear()
    found = []
    for _ in range(3):
        with closing(client(url, cache=file)) as asking:
            found += [asking.get(url), asking.get(f"{url}?page=2")]
    assert [one.body for one in found] == [b"[1]"] * 6
    assert [one.unchanged for one in found[-2:]] == [True, True]
    assert [record.levelname for record in caplog.records if record.name.startswith("service.")] == ["WARNING"]
    assert (tmp_path / "news.sqlite.damaged").exists()


def _conditional(request: Request) -> Response:
    known = request.headers.get("If-None-Match") == '"a"'
    return Response(b"" if known else b"[1]", 304 if known else 200, {"ETag": '"a"'})
