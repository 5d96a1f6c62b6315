"""Our HTTP/1.1 connection: uvicorn's httptools protocol, with bounds on what a client may hold and for how long.

uvicorn keeps a half-sent head for ever, takes heads of any size, and lets a reader that stops hold its answer. Here a
head is gathered before the parser sees it, so that its size, its time and its raw bytes are ours to judge; timers of
our own cut off what stalls. Refuses to know what is served. (The body's clock is :mod:`service.asgi`'s.)
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Final

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from service.front import RAW_TARGET
from service.memo import Memo
from service.response import ALLOW
from service.settings import KIB, MIB, ServiceSettings

LINGER_BYTES: Final = 1 * MIB
"""What a refused client may still send before we hang up: closing at once would reset the connection, and the reset
would overtake our answer (RFC 9112 §9.6)."""

BROKEN_BODY: Final = "feedmill.broken_body"
"""Key of the scope's state: true where the body's framing made no sense."""

SOLE_HEAD: Final = "feedmill.sole_head"
"""Key of the scope's state: the bytes of a head that came alone, without a body, on a connection that stays open."""

_JOINED: Final = 32 * KIB
"""Octets of a body that are cheaper to copy behind its head than to write on their own (measured on uvloop)."""

_RESET: Final = struct.pack("ii", 1, 0)
_END: Final = b"\r\n\r\n"
_NOT_PLAIN: Final = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer"))
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_HOST = re.compile(rb"(?:[A-Za-z0-9._~%!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?")


class Config(uvicorn.Config):
    """uvicorn's configuration, with our settings for the protocol to read. ``app`` is an import string or a callable.

    uvicorn sets neither Server nor Date: its Date is up to 1.1 s old, and Last-Modified must not be later than Date.
    """

    def __init__(self, app: Any, service: ServiceSettings) -> None:
        self.service = service
        super().__init__(
            app,
            factory=isinstance(app, str),
            http=HTTPProtocol,
            ws="none",
            lifespan="off",
            loop="auto",  # uvloop where there is one
            log_config=None,
            access_log=False,
            proxy_headers=False,  # X-Forwarded-* never reach a document (H-03)
            server_header=False,
            date_header=False,
            workers=service.processes,
            timeout_graceful_shutdown=int(service.stall_timeout) + 5,
        )


class BadRequest(Exception):
    """Raised inside the parser's callbacks, which turns it into a parser error: the request cannot be understood."""


class HTTPProtocol(HttpToolsProtocol):
    """One client connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.timeout_keep_alive = config.service.keep_alive  # type: ignore[assignment]  # call_later takes fractions
        self._patience = config.service.stall_timeout
        self._longest_head = config.service.head_bytes
        self._head = bytearray()
        self._raw_target = False
        self._body_left = 0
        self._chunked = False
        self._ending = False
        self._last_word: bytes | None = None
        self._dropped = 0
        self._answered = 0
        self._timer: asyncio.TimerHandle | None = None
        """Runs while we wait for the rest of a head, and at the end for the client to hang up."""
        self._write_timer: asyncio.TimerHandle | None = None
        self._memo: Memo | None = getattr(getattr(config, "loaded_app", None), "memo", None)
        self._sole_head = b""
        self._heard = 0.0
        """When the memo last answered: its answers leave the keep-alive timer alone, which then looks here."""

    # -- reading -------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._timer = self.loop.call_later(self._patience, self._head_stalled)

    def data_received(self, data: bytes) -> None:
        """Head by head and body by body, so that no pipelined head escapes :meth:`_take_head`."""
        if self._memo is not None and self._at_rest():
            known = self._memo.answer(data)
            if known is not None:
                self._answer_at_once(*known)
                return
            self._sole_head = data
        else:
            self._sole_head = b""
        self._unset_keepalive_if_required()
        while data and not self._ending:
            if self._chunked:  # only the parser knows its end
                part, data = data, b""
            elif self._body_left:
                part, data = data[: self._body_left], data[self._body_left :]
                self._body_left -= len(part)
            else:
                part, data = self._take_head(data)
            if part:
                self._parse(part)
        if self._ending:
            self._dropped += len(data)
            if self._dropped > LINGER_BYTES:
                self.transport.abort()

    def _take_head(self, data: bytes) -> tuple[bytes, bytes]:
        """A complete head and what follows it; nothing while it is incomplete."""
        head = self._head
        if not head:
            data = data.lstrip(b"\r\n")  # RFC 9112 §2.2: empty lines before a request line are passed over
        searched = max(0, len(head) - len(_END) + 1)
        head += data
        end = head.find(_END, searched) + len(_END)
        complete = end >= len(_END)
        if (end if complete else len(head)) > self._longest_head:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return b"", b""
        if not complete:
            if self._timer is None:
                self._timer = self.loop.call_later(self._patience, self._head_stalled)
            return b"", b""
        self._stop_timer()
        taken, rest = bytes(head[:end]), bytes(head[end:])
        head.clear()
        return (taken if taken.isascii() else self._without_raw_bytes(taken)), rest

    def _without_raw_bytes(self, head: bytes) -> bytes:
        """Percent-encode raw UTF-8 in the request target, which the parser would refuse; the application redirects."""
        line, newline, rest = head.partition(b"\r\n")
        path = line.partition(b"?")[0]
        self._raw_target = not path.isascii() and path == path.decode("utf-8", "ignore").encode()
        return _NOT_ASCII.sub(lambda match: b"%%%02X" % match[0][0], line) + newline + rest

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # we speak nothing else: answer in HTTP/1.1 (RFC 9110 §7.8), then close
            self._ending = True
            self.cycle.keep_alive = False
        except httptools.HttpParserInvalidMethodError:
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED)
        except httptools.HttpParserError:
            if not self._ending:
                self._reject()

    def on_headers_complete(self) -> None:
        if self._ending:  # a request behind a chunked body, in the same packet
            raise BadRequest
        self._judge_head()
        if self.url[:1] not in (b"/", b"*"):
            self._take_host()
        self.url = _origin_form(self.url, self.parser.get_method())
        if self._raw_target:
            self.scope["state"][RAW_TARGET] = True
            self._raw_target = False
        if self._sole_head and self._is_plain():
            self.scope["state"][SOLE_HEAD] = self._sole_head
        super().on_headers_complete()
        for name, value in self.headers:
            if name == b"content-length":
                self._body_left = int(value)
            elif name == b"transfer-encoding":
                self._chunked = True
                self.cycle.keep_alive = False  # what follows would reach the parser without our look at its head

    def _take_host(self) -> None:
        """RFC 9112 §3.2.2: in absolute form the target says for which host it is, and Host counts no more."""
        match = _ABSOLUTE.match(self.url)
        if match is not None:
            others = [(name, value) for name, value in self.headers if name != b"host"]
            self.headers[:] = [(b"host", match[1]), *others]

    def _at_rest(self) -> bool:
        """Nothing half-read, nothing half-answered: what comes now is the beginning of a request."""
        return not (
            self._head
            or self._body_left
            or self._chunked
            or self._ending
            or self.pipeline
            or self.flow.write_paused
            or (self.cycle is not None and not self.cycle.response_complete)
            or self.transport.is_closing()
        )

    def _is_plain(self) -> bool:
        """Whether the head's bytes say all there is: HTTP/1.1, alone in what arrived, and the connection stays open."""
        if self.parser.get_http_version() != "1.1" or not self.parser.should_keep_alive():
            return False
        names = {name for name, _ in self.headers}
        if names & _NOT_PLAIN or self._sole_head.find(_END) != len(self._sole_head) - len(_END):
            return False
        return all(value.strip().lower() == b"keep-alive" for name, value in self.headers if name == b"connection")

    def _answer_at_once(self, head: bytes, body: bytes) -> None:
        """Write an answer that is known; afterwards the connection is as idle as it was."""
        if self._timer is not None:
            self._stop_timer()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        self._heard = self._memo.now if self._memo is not None else 0.0
        if len(body) <= _JOINED:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))
        self._answered += 1
        if self.transport.get_write_buffer_size():
            self._watch_reader()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; not one that the memo answered since the timer was set."""
        left = self._heard + self.timeout_keep_alive - time.monotonic()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._ending = self._ending or self._chunked

    def _judge_head(self) -> None:
        """RFC 9112 §3.2: exactly one valid Host in HTTP/1.1. It chooses a site, and enters no bytes."""
        hosts = [value for name, value in self.headers if name == b"host"]
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1") or len(hosts) > 1 or (version == "1.1" and not hosts):
            raise BadRequest
        if hosts:
            match = _HOST.fullmatch(hosts[0].strip())
            if match is None or int(match[1] or 0) > 65535:
                raise BadRequest

    # -- hanging up ----------------------------------------------------------------------------------------------

    def _refuse(self, status: HTTPStatus | None) -> None:
        """Read no further; once what was asked before is answered, say why (or nothing) and close."""
        self._ending = True
        self._head.clear()
        self._stop_timer()
        self._last_word = b"" if status is None else _refusal(status)
        if self._idle():
            self._part()

    def _reject(self) -> None:
        """400. Where it is the body that cannot be parsed the application says so, so that answers keep their order."""
        if self.cycle is None or not self.cycle.more_body:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        self._ending = True
        self.cycle.scope["state"][BROKEN_BODY] = True
        self.cycle.keep_alive = self.cycle.more_body = False
        self.cycle.message_event.set()

    def _part(self) -> None:
        self._unset_keepalive_if_required()
        if not self._last_word:
            self.transport.close()
            return
        self.transport.write(self._last_word)
        self._last_word = None
        self.transport.write_eof()
        self._timer = self.loop.call_later(self._patience, self.transport.abort)  # where the client does not close

    def _idle(self) -> bool:
        """Every request so far is answered: ``cycle`` is the last one, and answers leave in order."""
        return self.cycle is None or self.cycle.response_complete

    def _head_stalled(self) -> None:
        self._timer = None
        self._refuse(HTTPStatus.REQUEST_TIMEOUT if self._head else None)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- writing -------------------------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._answered += 1
        if self._last_word is not None and self._idle() and not self.transport.is_closing():
            self._part()
        self._watch_reader()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def _watch_reader(self) -> None:
        """While the client has not taken all it was sent, look again later whether it takes anything."""
        unwritten = self.transport.get_write_buffer_size()
        if unwritten and self._write_timer is None:
            seen = (unwritten, self._answered)
            self._write_timer = self.loop.call_later(self._patience, self._reader_checked, seen)

    def _reader_checked(self, seen: tuple[int, int]) -> None:
        # An answer since then may have refilled the buffer of a client that reads; the buffer of one that does not
        # soon reaches the high-water mark, where answers stop.
        self._write_timer = None
        if seen == (self.transport.get_write_buffer_size(), self._answered):
            # With a reset: after a mere close the kernel would keep what it was given for a reader that may never come.
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.transport.abort()
        else:
            self._watch_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._unset_keepalive_if_required()
        if self._write_timer is not None:
            self._write_timer.cancel()
        super().connection_lost(exc)


def _origin_form(target: bytes, method: bytes) -> bytes:
    """A request target as a path with its query (RFC 9112 §3.2). Raises BadRequest for what is no target."""
    if target.startswith(b"/") or target == b"*":
        return target
    if method == b"CONNECT":
        return b"/"  # any path refuses the method
    match = _ABSOLUTE.match(target)
    if match is None:
        raise BadRequest
    rest = target[match.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


def _refusal(status: HTTPStatus) -> bytes:
    body = f"{status.phrase}\n"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"date: {formatdate(usegmt=True)}",
        "content-type: text/plain; charset=utf-8",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        *((f"allow: {ALLOW}",) if status == HTTPStatus.METHOD_NOT_ALLOWED else ()),
        "connection: close",
    )
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()
