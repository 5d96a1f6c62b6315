"""Clients for tests: they may ask loopback, never sleep, and give up soon."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from service.settings import LimitSettings, SourceSettings
from service.upstream.answer import Answer, UpstreamFailed
from service.upstream.client import HttpClient

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SOON = {"connect_seconds": 2.0, "read_seconds": 2.0, "request_seconds": 0.5}


def source(url: str, **said: Any) -> SourceSettings:
    """A source that may be asked without encryption on loopback."""
    return SourceSettings(**{"url": url, "kind": "json", "allow_http": True, "networks": LOOPBACK, **said})


def client(url: str, *, cache: Path | None = None, limits: dict[str, Any] | None = None, **said: Any) -> HttpClient:
    """A client of ``url``'s source; words that are HttpClient's own go there, others into the source."""
    own = {name: said.pop(name) for name in ("key", "resolver", "sleep", "now", "chance") if name in said}
    own = {"sleep": lambda _: None, **own}
    return HttpClient(source(url, **said), LimitSettings(**(limits or {})), name="test", cache=cache, **own)


def failure(client: HttpClient, url: str, **asked: Any) -> UpstreamFailed:
    """Why there is no answer."""
    with pytest.raises(UpstreamFailed) as raised:
        client.get(url, **asked)
    return raised.value


def body(client: HttpClient, url: str, **asked: Any) -> bytes:
    found: Answer = client.get(url, **asked)
    return found.body
