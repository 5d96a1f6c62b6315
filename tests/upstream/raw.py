"""A server that says exactly the bytes it is told, as slowly as it is told: what no HTTP server would.

Loopback only, one thread for each connection, and every connection ends with the server.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Say = Callable[[socket.socket], None]
"""What happens on a connection once the request's head is read."""


@dataclass
class RawServer:
    """``requests`` are the heads that arrived."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def raw_server(say: Say | list[Say] | None = None, *, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """A server whose n-th connection is answered by the n-th of ``say``, the last one for all that follow."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = RawServer(f"{'https' if tls else 'http'}://127.0.0.1:{port}")
    turns = say if isinstance(say, list) else [say or (lambda _: None)]
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket, turn: Say) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            stream = tls.wrap_socket(connection, server_side=True) if tls else connection
            with contextlib.suppress(OSError), stream:
                head = b""
                while b"\r\n\r\n" not in head and (part := stream.recv(65536)):
                    head += part
                server.requests.append(head)
                turn(stream)

    def accept() -> None:
        count = 0
        while not server.stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            turn = turns[min(count, len(turns) - 1)]
            count += 1
            thread = threading.Thread(target=serve, args=(connection, turn), daemon=True)
            thread.start()
            threads.append(thread)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.stopped.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)


def dripping(*parts: bytes, seconds: float = 0.05) -> Say:
    """Says the parts one after another with a pause before each, until somebody hangs up."""

    def say(connection: socket.socket) -> None:
        for part in parts:
            time.sleep(seconds)
            connection.sendall(part)

    return say


def saying(data: bytes) -> Say:
    """Says all at once and hangs up."""
    return lambda connection: connection.sendall(data)


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole answer, with the length it claims."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
