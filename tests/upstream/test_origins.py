"""Where a key goes and where it does not; what a proxy changes, and what it does not; addresses that are none."""

from __future__ import annotations

import contextlib
import socket
from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path

import pytest
import requests
from pytest_httpserver import HTTPServer

from service.errors import SettingsError
from service.settings import LimitSettings, SourceSettings
from service.upstream.client import open_client
from service.upstream.credential import Credential
from service.upstream.guard import Guard
from tests.upstream.clients import SOON, client, failure
from tests.upstream.raw import answer, dripping, raw_server, saying

KEY = "k3y-C4n4ry/+="


def carries(url: str, home: str = "https://api.example/v1", **said: object) -> bool:
    credential = Credential(SourceSettings.model_validate({"url": home, "kind": "json", **said}), KEY)
    asked = requests.Request("GET", url).prepare()
    signed = credential.onto(asked)
    assert KEY not in str(asked.headers), "what the cache sees"
    return KEY in str(signed.headers)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://api.example/v1?page=2", True),
        ("https://API.example:443/", True),
        ("http://api.example/v1", False),
        ("https://api.example:8443/v1", False),
        ("https://api.example.evil.example/", False),
        ("https://www.api.example/", False),
    ],
)
def test_U07_the_key_goes_to_its_own_origin(url: str, sent: bool) -> None:
    assert carries(url) is sent


def test_U07_the_key_follows_from_http_up_to_https_and_never_down() -> None:
    assert carries("https://api.example/", home="http://api.example/")
    assert not carries("https://api.example:8443/", home="http://api.example/")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({}, f"Bearer {KEY}"),
        ({"key_scheme": "Token"}, f"Token {KEY}"),
        ({"key_scheme": ""}, KEY),
        ({"key_header": "X-Api-Key"}, KEY),
        ({"key_header": "X-Api-Key", "key_scheme": "Key"}, f"Key {KEY}"),
    ],
)
def test_a_key_stands_behind_its_scheme(httpserver: HTTPServer, said: dict[str, str], value: str) -> None:
    httpserver.expect_request("/").respond_with_data("[]")
    client(httpserver.url_for("/"), key=KEY, **said).get(httpserver.url_for("/"))
    assert httpserver.log[0][0].headers[said.get("key_header", "Authorization")] == value


def test_U10_what_tells_a_source_from_others_is_no_key_in_its_address() -> None:
    """It is kept in state.db, and said where a state directory belongs to another source."""
    one, other = (
        SourceSettings.model_validate({"url": f"https://api.example/posts?lang=ko&token={key}", "kind": "json"})
        for key in ("C4n4ry", "another")
    )
    assert one.place == other.place == "https://api.example/posts?lang=ko"


def test_U10_what_a_basic_key_holds_is_masked_too() -> None:
    key = b64encode(b"kim:C4n4ry pass").decode()
    settings = SourceSettings.model_validate({"url": "https://api.example/", "kind": "json", "key_scheme": "Basic"})
    mask = Credential(settings, key).mask
    assert mask(f"{key}, kim:C4n4ry pass, C4n4ry pass, C4n4ry%20pass") == "***, ***, ***, ***"


def test_U10_an_address_with_a_password_is_refused(tmp_path: Path) -> None:
    settings = SourceSettings(url="https://kim:s3cret@api.example/")
    with pytest.raises(SettingsError, match="key_env") as raised:
        open_client(settings, LimitSettings(), name="x", cache_directory=tmp_path)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "location", ["http://[", "http://h:99999/", "//", "\xff\xfe", "javascript:alert(1)", "http://a b/"]
)
def test_U07_a_redirect_to_what_is_no_address_is_a_failure(location: str) -> None:
    with raw_server(saying(answer(b"", f"Location: {location}", status="302 Found"))) as server:
        error = failure(client(server.url), server.url)
    assert (error.reason in ("redirect", "egress-blocked", "address"), "\n" in str(error)) == (True, False)


def test_U07_another_port_is_another_place() -> None:
    with (
        raw_server() as other,
        raw_server(saying(answer(b"", f"Location: {other.url}/", status="302 Found"))) as server,
    ):
        assert failure(client(server.url), server.url).reason == "redirect"
        assert other.requests == []


@pytest.mark.parametrize("url", ["http://[", "https://a..b.example/", "https://x/\udcff", "", "x", "https://"])
def test_what_an_upstream_calls_an_address_may_be_anything(url: str) -> None:
    error = failure(client("http://127.0.0.1/", resolver=_encoding), url, check=None)
    assert "\n" not in str(error)


def _encoding(host: str, _: int) -> list[str]:
    """As getaddrinfo, which raises UnicodeError for an empty label."""
    host.encode("idna")
    return ["10.0.0.1"]


def test_U02_a_name_that_cannot_be_encoded_is_a_name_that_nobody_knows() -> None:
    with pytest.raises(socket.gaierror):
        Guard(resolver=_encoding).addresses("a..b.example", 443, 1.0)


@pytest.mark.parametrize("address", ["fec0::1", "192.0.0.192", "168.63.129.16", "192.88.99.1", "3fff::1", "5f00::1"])
def test_U08_what_python_calls_global_and_is_not(address: str) -> None:
    assert not Guard().allows(address)


@pytest.mark.parametrize("address", ["::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe", "1::1", "200::1", "4000::1"])
def test_U08_of_version_6_nothing_but_global_unicast_is_public(address: str) -> None:
    assert not Guard().allows(address)


@pytest.mark.parametrize(
    ("network", "address", "allowed"),
    [
        ("::1/128", "::1", True),
        ("2002:a00::/24", "2002:a00:1::1", True),
        ("64:ff9b::/96", "64:ff9b::10.0.0.1", True),
        ("10.0.0.0/8", "64:ff9b::10.0.0.1", True),
        ("10.0.0.0/8", "2001:0:a00:1::5601:5601", False),  # Teredo: by way of 10.0.0.1 to 169.254.169.254
    ],
)
def test_U08_a_network_is_listed_by_what_leads_there(network: str, address: str, allowed: bool) -> None:
    assert Guard([ip_network(network)]).allows(address) is allowed


def test_U02_an_address_that_never_answers_leaves_time_for_the_next_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as alive, socket.socket() as dead, contextlib.ExitStack() as waiting:
        port = alive.getsockname()[1]
        dead.bind(("127.0.0.2", port))
        dead.listen(0)
        for _ in range(4):  # nobody takes them off its queue, so the kernel answers no more
            full = waiting.enter_context(socket.socket())
            full.setblocking(False)
            full.connect_ex(("127.0.0.2", port))
        guard = Guard([ip_network("127.0.0.0/8")], resolver=lambda *_: ["127.0.0.2", "127.0.0.1"])
        with guard.connect("two.example", port, 0.5, ()) as found:
            assert found.getpeername()[0] == "127.0.0.1"


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("proxy", ["http://kim:{}@[", "kim:{}@127.0.0.1:1", "http://kim:{}@127.0.0.1:port", "{}"])
def test_U24_a_proxy_that_is_no_address_is_a_failure_without_its_password(
    proxied: pytest.MonkeyPatch, proxy: str
) -> None:
    proxied.setenv("http_proxy", proxy.format("pr0xyS3cret"))
    error = failure(client("http://127.0.0.1:9/", proxy=True), "http://127.0.0.1:9/")
    assert "pr0xyS3cret" not in str(error)


def test_U03_a_proxy_that_drips_is_cut_off_at_the_deadline(proxied: pytest.MonkeyPatch) -> None:
    drip = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 1000)
    with raw_server(drip) as proxy:
        proxied.setenv("http_proxy", proxy.url)
        asking = client(
            "http://site.example/", proxy=True, networks=(), resolver=lambda *_: ["93.184.216.34"], limits=SOON
        )
        assert failure(asking, "http://site.example/").reason == "timeout"


def test_U24_with_a_proxy_the_machines_netrc_is_nobodys_business(proxied: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine site.example login kim password s3cret\n")
    proxied.setenv("NETRC", str(tmp_path / "netrc"))
    with raw_server(saying(answer(b"[]"))) as proxy:
        proxied.setenv("http_proxy", proxy.url.replace("://", "://us3r:p4ssw0rd@"))
        asking = client("http://site.example/", proxy=True, networks=(), resolver=lambda *_: ["93.184.216.34"])
        asking.get("http://site.example/")
        assert b"\r\nauthorization:" not in proxy.requests[0].lower()
        assert asking.mask("p4ssw0rd") == "***"
