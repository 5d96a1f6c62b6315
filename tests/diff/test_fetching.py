"""Fetching: what is allowed, what is bounded, and what a failure says."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from service.diff.entries import MOST_BYTES
from service.diff.fetching import MOST_REDIRECTS, Fetcher, web_address
from service.errors import SourceUnavailable, UsageError


def test_gzip_is_asked_for_and_unpacked(httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        return Response(gzip.compress(b"body"), headers={"Content-Encoding": "gzip"})

    httpserver.expect_request("/").respond_with_handler(answer)
    assert Fetcher().get(httpserver.url_for("/")).body == b"body"


def test_what_is_not_there_is_an_answer_and_a_server_in_trouble_is_not(httpserver: HTTPServer) -> None:
    for status in (404, 410, 500, 403):
        httpserver.expect_request(f"/{status}").respond_with_data("x", status=status)
    assert Fetcher().get(httpserver.url_for("/404")).body is None
    assert Fetcher().get(httpserver.url_for("/410")).body is None
    for status in (500, 403):
        with pytest.raises(SourceUnavailable, match=f"answers {status}"):
            Fetcher().get(httpserver.url_for(f"/{status}"))


def test_a_few_redirects_are_followed_and_a_circle_is_not(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data("", status=301, headers={"Location": "/new"})
    httpserver.expect_request("/new").respond_with_data("here")
    answer = Fetcher().get(httpserver.url_for("/old"))
    assert (answer.url, answer.body) == (httpserver.url_for("/new"), b"here")
    for step in range(MOST_REDIRECTS + 2):
        httpserver.expect_request(f"/{step}").respond_with_data("", status=302, headers={"Location": f"/{step + 1}"})
    httpserver.expect_request("/self").respond_with_data("", status=302, headers={"Location": "/self"})
    for path in ("/0", "/self"):
        with pytest.raises(SourceUnavailable, match="answers 302") as caught:
            Fetcher().get(httpserver.url_for(path))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x"])
def test_a_redirect_to_anything_but_the_web_is_refused(httpserver: HTTPServer, target: str) -> None:
    httpserver.expect_request("/").respond_with_data("", status=302, headers={"Location": target})
    with pytest.raises(SourceUnavailable, match=r"answers 302 .*(no web address|not allowed)"):
        Fetcher().get(httpserver.url_for("/"))


def test_a_document_that_is_too_large_is_not_read_to_its_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/plain").respond_with_data(b" " * (MOST_BYTES + 100))
    httpserver.expect_request("/packed").respond_with_data(gzip.compress(b" " * (MOST_BYTES + 100)))
    for path in ("/plain", "/packed"):
        with pytest.raises(SourceUnavailable, match="more than"):
            Fetcher().get(httpserver.url_for(path))


def test_the_number_of_documents_and_the_time_are_bounded(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("x")
    few = Fetcher(documents=1)
    few.get(httpserver.url_for("/"))
    with pytest.raises(SourceUnavailable, match="limit on documents"):
        few.get(httpserver.url_for("/"))
    now = [0.0]
    late = Fetcher(seconds=10, clock=lambda: now[0])
    now[0] = 10.0
    with pytest.raises(SourceUnavailable, match="time limit"):
        late.get(httpserver.url_for("/"))


@contextmanager
def answering(data: bytes) -> Iterator[str]:
    """A server that says ``data`` once and hangs up."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(30)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nshort",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_is_one_line(data: bytes) -> None:
    with answering(data) as url, pytest.raises(SourceUnavailable) as caught:
        Fetcher().get(url)
    assert url in str(caught.value)


def test_a_closed_port_is_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceUnavailable, match="refused"):
        Fetcher().get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("text", ["ftp://ex.org/", "file:///etc/passwd", "http://", "https://user:word@ex.org/"])
def test_addresses_that_are_not_fetched_are_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        web_address(text)
    assert "word@" not in str(caught.value)


def test_paths_are_no_addresses() -> None:
    assert web_address("public/rss.xml") == ""
    assert web_address("https://예시.example/가") == "https://xn--vv4b11d.example/%EA%B0%80"
