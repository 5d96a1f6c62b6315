"""Names of hosts looked up within a time, though nobody can interrupt a resolver.

A thread waits for each answer in our place, one for each name at a time: whoever asks for a name that is being looked
up waits for the same answer. A resolver that hangs costs its own name, up to a bound for the whole process. Refuses to
remember an answer: the next request looks anew.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as text; raises OSError."""

MOST: Final = 256
"""Names that are looked up at one time in this process: threads of those that hang do not pile up (U-02)."""

_Asked = tuple[Resolver, str, int]

_lock = threading.Lock()
_pending: dict[_Asked, Future[Sequence[str]]] = {}


def resolved(host: str, port: int) -> list[str]:
    """The system's resolver."""
    return _addresses(host, port)


def within(seconds: float, resolver: Resolver, host: str, port: int) -> Sequence[str]:
    """What a resolver says of a host. An address is its own answer, in whatever spelling: 127.1, 0x7f.1, 2130706433.

    Raises OSError where there is none, TimeoutError where nobody says within ``seconds``."""
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        found = _asked((resolver, host, port)).result(seconds)
    if not found:
        raise OSError("has no address")
    return found


def _addresses(host: str, port: int, flags: int = 0) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _asked(asked: _Asked) -> Future[Sequence[str]]:
    """The answer that is being waited for; asked for now where it was not."""
    with _lock:
        answer = _pending.get(asked)
        if answer is None:
            if len(_pending) >= MOST:
                raise OSError(f"{MOST} names of hosts are being looked up, and the resolver answers none")
            answer = Future[Sequence[str]]()
            threading.Thread(target=_ask, args=(asked, answer), name="resolver", daemon=True).start()
            _pending[asked] = answer
        return answer


def _ask(asked: _Asked, answer: Future[Sequence[str]]) -> None:
    resolver, host, port = asked
    found: Sequence[str] = ()
    failure: Exception | None = None
    try:
        found = resolver(host, port)
    except UnicodeError:  # a label that is empty or too long
        failure = socket.gaierror(socket.EAI_NONAME, "is no name of a host")
    except Exception as error:
        failure = error
    with _lock:
        del _pending[asked]
    if failure is None:
        answer.set_result(found)
    else:
        answer.set_exception(failure)
