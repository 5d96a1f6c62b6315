"""Upstreams for tests of sources: a site is a function of path and query, asked in memory or through a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.opening import open_remote
from service.sources.source import Change, Drop, Pulled, Pulling, Put, Reject
from service.upstream.answer import Answer, Check, Client, UpstreamFailed
from service.upstream.client import _said

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = "https://news.example"

Said = tuple[int, dict[str, str], bytes]
Site = Callable[[str, dict[str, str]], Said]
"""Path and query to status, headers (in lower case) and body."""


def as_json(value: Any, status: int = 200, **headers: object) -> Said:
    said = {name.replace("_", "-"): str(text) for name, text in headers.items()}
    return status, {"content-type": "application/json; charset=UTF-8"} | said, json.dumps(value).encode()


def page(text: str, status: int = 200) -> Said:
    return status, {"content-type": "text/html"}, text.encode()


@dataclass
class Fake:
    """A client without a network. ``asked`` is every path with its query, in order."""

    site: Site
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def get(self, url: str, params: Mapping[str, str] | None = None, *, check: Check | None = None) -> Answer:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query)) | dict(params or {})
        self.asked.append((parts.path, query))
        status, headers, body = self.site(parts.path, query)
        if status != 200:
            words, reason = _said(status)
            raise UpstreamFailed(f"{url}: {words}", reason, status=status, body=body)
        answer = Answer(url, body, headers)
        if check is not None:
            check(answer)
        return answer

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class Kept:
    """A taker that leaves a Put as it is."""

    def of(self, put: Put) -> Any:
        return put

    def remade(self, data: tuple[Any, ...]) -> Any:
        raise NotImplementedError


def opened(
    kind: str,
    client: Client,
    *,
    url: str = HOME,
    limits: Mapping[str, Any] | None = None,
    site: Mapping[str, Any] | None = None,
    take: Any = None,
    **said: Any,
) -> Pulling:
    return open_remote(
        "news",
        SourceSettings(**{"kind": kind, "url": url, **said}),
        SiteSettings(**(site or {})),
        LimitSettings(**(limits or {})),
        take=take or Kept(),
        client=lambda: client,
    )


@dataclass
class Ledger:
    """What whoever takes pulls in remembers of them."""

    known: dict[str, str] = field(default_factory=dict)
    memory: str = ""
    puts: dict[str, Put] = field(default_factory=dict)

    def take(self, pulled: Pulled) -> Pulled:
        for change in pulled.changes:
            if isinstance(change, Drop):
                del self.known[change.locator]
                self.puts.pop(change.locator, None)
                continue
            self.known[change.locator] = change.fingerprint
            if isinstance(change, Put):
                self.puts[change.locator] = change
        self.memory = pulled.memory
        return pulled

    def pull(self, source: Pulling, now: datetime = NOW, **said: Any) -> Pulled:
        return self.take(source.pull(dict(self.known), self.memory, now, **said))


def puts(changes: tuple[Change, ...]) -> dict[str, Put]:
    return {change.locator: change for change in changes if isinstance(change, Put)}


def rejects(changes: tuple[Change, ...]) -> dict[str, Reject]:
    return {change.locator: change for change in changes if isinstance(change, Reject)}


def drops(changes: tuple[Change, ...]) -> list[str]:
    return [change.locator for change in changes if isinstance(change, Drop)]


def codes(pulled: Pulled) -> list[str]:
    return [problem.code for problem in pulled.problems]
