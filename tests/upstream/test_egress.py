"""Where a client goes, and what it takes along: redirects, secrets, the guard against addresses that are not public."""

from __future__ import annotations

import html
import json
import logging
from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from service.errors import SettingsError
from service.settings import LimitSettings
from service.upstream.answer import UpstreamFailed
from service.upstream.client import open_client
from service.upstream.guard import Guard
from service.upstream.json_body import is_json
from service.upstream.secrets import Mask, secret
from tests.upstream.clients import LOOPBACK, body, client, failure, source
from tests.upstream.raw import answer, raw_server, saying

KEY = "k3y-C4n4ry/+="


# -- redirects and secrets


def test_U07_redirects_in_a_circle_and_long_chains_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data("", status=302, headers={"Location": "/b"})
    httpserver.expect_request("/b").respond_with_data("", status=302, headers={"Location": "/a"})
    assert failure(client(httpserver.url_for("/")), httpserver.url_for("/a")).reason == "redirect"
    for number in range(9):
        httpserver.expect_request(f"/{number}").respond_with_data(
            "", status=307, headers={"Location": f"/{number + 1}"}
        )
    assert failure(client(httpserver.url_for("/")), httpserver.url_for("/0")).reason == "redirect"


def test_U07_another_host_is_followed_only_where_it_is_listed_and_never_told_the_key(httpserver: HTTPServer) -> None:
    other = httpserver.url_for("/there").replace("localhost", "127.0.0.1")
    httpserver.expect_request("/here").respond_with_data("", status=301, headers={"Location": other})
    httpserver.expect_request("/there").respond_with_data("arrived")
    url = httpserver.url_for("/here")
    error = failure(client(url, key=KEY), url)
    assert (error.reason, "127.0.0.1" in str(error)) == ("redirect", True)
    for header in ("", "X-Api-Key"):
        httpserver.clear_log()
        assert body(client(url, key=KEY, key_header=header, redirect_hosts=["127.0.0.1"]), url) == b"arrived"
        first, second = (request for request, _ in httpserver.log)
        assert KEY in str(first.headers)
        assert KEY not in str(second.headers) + second.url


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::1]", "localhost"])
def test_U08_a_redirect_to_a_private_address_is_refused_without_the_advice_to_allow_it(host: str) -> None:
    with pytest.raises(UpstreamFailed) as refused:
        client("https://x.example/", networks=[])._led("https://x.example/", _redirect(f"https://{host}/"))
    assert "redirect_hosts" not in str(refused.value)


def test_U07_nothing_leads_from_https_to_http() -> None:
    asking = client("https://x.example/")
    with pytest.raises(UpstreamFailed, match="unencrypted"):
        asking._led("https://x.example/", _redirect("http://x.example/"))


def _redirect(target: str) -> Response:
    return Response(status=301, headers={"Location": target})


def test_http_is_asked_only_where_the_operator_says_so(httpserver: HTTPServer) -> None:
    url = httpserver.url_for("/")
    assert "source.allow_http" in str(failure(client(url, allow_http=False), url))
    assert httpserver.log == []


@pytest.mark.parametrize("kind", ["ghost", "json"])
def test_U10_a_secret_is_in_no_message_log_answer_or_file(
    httpserver: HTTPServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)

    def echo(request: Request) -> Response:
        return Response(f"{request.url} {request.headers}", status=int(request.path[1:]), headers={"ETag": '"1"'})

    for status in (200, 400, 401, 404, 429, 500):
        httpserver.expect_request(f"/{status}").respond_with_handler(echo)
    httpserver.expect_request("/301").respond_with_data("", status=301, headers={"Location": f"/200?x={KEY}"})
    asking = client(httpserver.url_for("/"), cache=tmp_path / "c.sqlite", key=KEY, kind=kind)
    said = []
    for path in ("200", "301", "400", "401", "404", "429", "500"):
        for check in (None, is_json):
            try:
                said.append(asking.get(httpserver.url_for(f"/{path}"), {"page": "1"}, check=check).url)
            except UpstreamFailed as error:
                said += [str(error), repr(error), error.body.decode()]
    asking.close()
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    spellings = [KEY, "k3y-C4n4ry%2F%2B%3D", "k3y-C4n4ry/%2B%3D"]
    logged = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # the server's own log
    assert not [one for one in spellings if one in "\n".join(said + logged)]
    assert not [one for one in spellings if one.encode() in files]


def test_a_mask_knows_the_spellings_of_a_secret() -> None:
    assert Mask([KEY])(f"a {KEY} b k3y-C4n4ry%2F%2B%3D") == "a *** b ***"
    assert Mask([""])("as it was") == "as it was"
    odd = """kim:a"b&c'd/é"""
    for spelling in (
        html.escape(odd),
        json.dumps(odd)[1:-1],
        b64encode(odd.encode()).decode(),
        quote(html.escape(odd)),
    ):
        assert Mask([odd])(f"a {spelling} b").rstrip("=b ") == "a ***"


def test_a_secret_that_is_named_and_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_KEY", " ")
    (tmp_path / "empty").touch()
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert secret("source.key", "", tmp_path / "key") == KEY
    assert secret("source.key", "", None) == ""
    for variable, file in (("EMPTY_KEY", None), ("NO_SUCH_KEY", None), ("", tmp_path / "empty"), ("", tmp_path / "no")):
        with pytest.raises(SettingsError, match=r"source\.key_"):
            secret("source.key", variable, file)
    with pytest.raises(SettingsError, match="both are set"):
        secret("source.key", "A", tmp_path / "key")
    with pytest.raises(SettingsError, match="NO_SUCH_KEY"):
        open_client(
            source("https://x.example/", key_env="NO_SUCH_KEY"), LimitSettings(), name="x", cache_directory=None
        )


# -- the guard


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::",
        "2001:0:53aa:64c:0:0:80ff:fffe", "::127.0.0.1", "2001:db8::1",
    ],
)  # fmt: skip
def test_U08_an_address_that_is_not_public_is_never_connected_to(address: str) -> None:
    error = failure(client("http://x.example/", networks=(), resolver=lambda *_: [address]), "http://x.example/")
    assert (error.reason, "source.networks" in str(error)) == ("egress-blocked", True)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert Guard().allows(address)


def test_U08_the_operator_lists_what_is_allowed_and_nothing_beside_it() -> None:
    guard = Guard([ip_network("10.0.0.0/8")])
    assert [guard.allows(one) for one in ("10.0.0.1", "::ffff:10.0.0.1", "127.0.0.1")] == [True, True, False]


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]"])
def test_U08_every_spelling_of_loopback_is_loopback(httpserver: HTTPServer, host: str) -> None:
    url = f"http://{host}:{httpserver.port}/"
    assert failure(client(url, networks=()), url).reason == "egress-blocked"
    assert httpserver.log == []


def test_U08_a_name_is_looked_up_once_and_no_second_answer_counts(httpserver: HTTPServer) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    httpserver.expect_request("/").respond_with_data("as judged")
    url = f"http://rebinding.example:{httpserver.port}/"
    assert body(client(url, resolver=lambda *_: next(answers)), url) == b"as judged"
    assert len([*answers]) == 2


def test_U08_a_redirect_is_judged_like_any_address(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("", status=302, headers={"Location": "http://inside.example/"})
    url = f"http://outside.example:{httpserver.port}/"
    known = {"outside.example": ["127.0.0.1"], "inside.example": ["169.254.169.254"]}
    asking = client(url, redirect_hosts=["inside.example"], resolver=lambda host, _: known[host])
    assert failure(asking, url).reason == "egress-blocked"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x.example/", "ftp://x.example/", "//x.example/"])
def test_U08_no_other_scheme_is_asked(httpserver: HTTPServer, url: str) -> None:
    httpserver.expect_request("/").respond_with_data("", status=302, headers={"Location": url})
    home = httpserver.url_for("/")
    assert failure(client(home), home).reason in ("egress-blocked", "redirect")
    assert failure(client(home), url).reason == "egress-blocked"


def test_U24_the_environment_names_no_proxy_unless_the_operator_wants_it(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/").respond_with_data("direct")
    with raw_server(saying(answer(b"by proxy"))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        url = f"http://site.example:{httpserver.port}/"
        resolver = {"resolver": lambda *_: ["127.0.0.1"]}
        assert body(client(url, **resolver), url) == b"direct"
        assert body(client(url, proxy=True, **resolver), url) == b"by proxy"
        private = client(url, proxy=True, networks=(), resolver=lambda *_: ["10.0.0.1"])
        assert failure(private, url).reason == "egress-blocked"
        assert len(proxy.requests) == 1


def test_loopback_is_what_these_tests_may_ask() -> None:
    assert all(network.is_loopback for network in LOOPBACK)
