"""From the event loop to the answer: at once where it is prepared, else by the WSGI application in a thread.

Bodies are read whole before a thread is taken: a client that sends its body slowly, or more of it than the setting
allows, costs an entry in the event loop and never one of the threads. Refuses to know what requests mean;
:func:`create` is what uvicorn's processes import.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from email.utils import formatdate
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from a2wsgi import WSGIMiddleware

from service import hooks, logs
from service.front import RAW_TARGET, Front
from service.hosts import host_of
from service.memo import Memo
from service.protocol import BROKEN_BODY, LINGER_BYTES, SOLE_HEAD
from service.response import NO_STORE, Reply, plain
from service.settings import ServiceSettings, restore
from service.settings_names import SETTINGS_VARIABLE, SITES_VARIABLE

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_CLOSING: Final = (NO_STORE, ("Connection", "close"))
TOO_LARGE: Final = plain(413, "Content Too Large\n", _CLOSING)
BROKEN: Final = plain(400, "Bad Request\n", _CLOSING)
TIMED_OUT: Final = plain(408, "Request Timeout\n", _CLOSING)

_FRAMING: Final = (b"content-length", b"transfer-encoding")
_READ: Final = {
    name.lower().replace("_", "-").encode(): f"HTTP_{name}"
    for name in (
        *("ACCEPT", "ACCEPT_ENCODING", "IF_MATCH", "IF_NONE_MATCH"),
        *("IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE"),
    )
}
"""The header fields that an answer may depend on (:mod:`service.response`, :func:`service.front.prefers_page`)."""


def create() -> Application:
    """The application of one web process, from the settings that ``serve`` put into the environment."""
    from service.runtime import open_application  # the wiring: a test of this module needs none of it
    from service.sites import restore_sites

    settings = restore(os.environ[SETTINGS_VARIABLE])
    logs.configure(settings.service.log_level)
    app, fronts = open_application(settings, restore_sites(os.environ.get(SITES_VARIABLE, "[]")))
    return Application(app, settings.service, app.extensions["feedmill"], fronts)


class Application:
    """ASGI over WSGI, for requests whose body fits into memory and arrives in time."""

    def __init__(
        self,
        wsgi: WSGIApplication,
        service: ServiceSettings,
        front: Front | None = None,
        fronts: Mapping[str, Front] = MappingProxyType({}),
    ) -> None:
        """``front`` is the one before ``wsgi``; without it every request takes a thread. ``fronts`` are those before
        the sites of other hosts, which ``wsgi`` knows as well."""
        self._front = front
        self._fronts = dict(fronts)
        self.memo = Memo() if front is not None else None
        marking = cast("Any", _marking_raw_targets(wsgi))  # a2wsgi has WSGI types of its own
        self._bridge: Any = WSGIMiddleware(marking, workers=service.threads)
        self._most = service.body_bytes
        self._patience = service.stall_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        send = _dated(send)
        if self._front is not None and scope["method"] in ("GET", "HEAD"):
            front = self._front if not self._fronts else self._fronts.get(_host(scope), self._front)
            environ = _environ(scope)
            found = front.at_once(environ) if environ is not None else None
            if found is not None:
                reply, instant = found
                await _say(reply, send)
                head = scope.get("state", {}).get(SOLE_HEAD)
                if head and self.memo is not None:
                    self.memo.learn(head, reply, instant)
                return
        body = await self._body(scope, receive)
        if body is TOO_LARGE and hooks.PATH in scope["path"]:
            # A hook refuses it by its length alone, tells the operator, and is counted.
            await self._bridge(_complete(scope), _received(b""), _closing(send))
        elif isinstance(body, Reply):
            await _say(body, send)
        elif body is not None:
            await self._bridge(_complete(scope), _received(body), send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | Reply | None:
        """The whole body (empty for GET and HEAD, whose bodies mean nothing); a refusal; None where the client left.

        A body that is too large is read on for a while, so that the client gets to hear our answer; but not where it
        asked first (Expect: 100-continue).
        """
        headers = {name: value for name, value in scope["headers"] if name in (*_FRAMING, b"expect")}
        if not any(name in headers for name in _FRAMING):
            return b""
        if int(headers.get(b"content-length", 0)) > self._most and b"expect" in headers:
            return TOO_LARGE
        body, size, more = bytearray(), 0, True
        try:
            async with asyncio.timeout(self._patience):
                while more and size <= self._most + LINGER_BYTES:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    part, more = message.get("body", b""), message.get("more_body", False)
                    size += len(part)
                    if size <= self._most:
                        body += part
        except TimeoutError:
            return TIMED_OUT
        if scope.get("state", {}).get(BROKEN_BODY):
            return BROKEN
        if size > self._most:
            return TOO_LARGE
        return b"" if scope["method"] in ("GET", "HEAD") else bytes(body)


def _host(scope: Scope) -> str:
    """The host that the request is for. Our protocol sees to it that there is one Host at most."""
    return host_of(next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), ""))


def _environ(scope: Scope) -> dict[str, Any] | None:
    """As much of a WSGI environ as the front reads, spelled as the bridge spells it; None where there is a body."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": scope["path"].encode("utf8").decode("latin1"),
        RAW_TARGET: scope.get("state", {}).get(RAW_TARGET),
    }
    for name, value in scope["headers"]:
        if name in _FRAMING:
            return None
        if name in _READ:
            key, text = _READ[name], value.decode("latin1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def _complete(scope: Scope) -> Scope:
    """The scope of a request whose body was read. The query is ASCII, which a2wsgi takes for granted.

    A length that the client gave is that of the body, unless the method lets nobody read it; none is made up, so that a
    hook can insist on one. A name with an underscore would pass for the one with a hyphen (Accept_Encoding), which
    nobody in between reads so.
    """
    dropped = _FRAMING if scope["method"] in ("GET", "HEAD") else (b"transfer-encoding",)
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped and b"_" not in name]
    query = scope["query_string"]
    return {**scope, "headers": headers, "query_string": query if query.isascii() else b""}


def _received(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _dated(send: Send) -> Send:
    """Date is the second the answer leaves, so that Last-Modified cannot be later (RFC 9110 §8.8.2.1)."""

    async def dated(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [(b"date", formatdate(usegmt=True).encode()), *message["headers"]]
        await send(message)

    return dated


def _closing(send: Send) -> Send:
    """The connection ends with this answer: what is left of the body would be taken for the next request."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await send(message)

    return closing


async def _say(reply: Reply, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _marking_raw_targets(wsgi: WSGIApplication) -> WSGIApplication:
    def marked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["asgi.scope"].get("state", {}).get(RAW_TARGET):
            environ[RAW_TARGET] = True
        return wsgi(environ, start_response)

    return marked
