"""An upstream that gives nothing to ask conditionally with is asked every time."""

from __future__ import annotations

from pathlib import Path

from pytest_httpserver import HTTPServer

from tests.upstream.clients import body, client, failure


def test_U12_an_answer_without_validators_is_not_taken_for_the_present_state(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    for text in ("[1]", "[2]"):
        httpserver.expect_oneshot_request("/").respond_with_data(text)
    url = httpserver.url_for("/")
    for text in (b"[1]", b"[2]"):
        asking = client(url, cache=tmp_path / "c.sqlite")
        assert body(asking, url) == text
        asking.close()
    httpserver.expect_request("/").respond_with_data("", status=404)
    assert failure(client(url, cache=tmp_path / "c.sqlite"), url).status == 404
