"""The egress guard: which addresses we connect to, decided once on the address itself.

A name is resolved once, every address that is not public is refused (unless the operator lists its network), and the
connection goes to exactly the address that was judged: no second look-up for whoever owns the name to answer
differently (DNS rebinding). Host, SNI and certificate stay those of the name. The same connections end at the deadline
of their request: a timeout of sockets holds for each read, and a drip of bytes has many (U-03).
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, parse_headers
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from service.upstream.lookups import Resolver, resolved, within

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_INTERIM: Final = 20
"""Interim answers (1xx) before the one that counts."""

_UNICAST: Final = ip_network("2000::/3")
"""What IANA gives out of IPv6; Python calls global whatever is not listed otherwise, the IPv4-translated among it."""
_NAT64: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_NEVER: Final = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata are there
            "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
            "168.63.129.16/32",  # Azure's own services, seen from within
            "fec0::/10",  # site-local (RFC 3879)
            "3fff::/20",  # documentation (RFC 9637)
            "5f00::/16",  # segment routing (RFC 9602)
            "100:0:0:1::/64",  # dummy prefix (RFC 9780)
        ),
    )
)
"""Not for the public, though some or all versions of Python call them global."""
_COMPATIBLE: Final = ip_network("::/96")
_V4_BITS: Final = 0xFFFFFFFF


class Blocked(Exception):
    """An address we do not connect to. No OSError: nothing may take it for a failure that is worth another try."""


class TooLate(Exception):
    """The time for an answer is over."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet; so must be every IPv4 address that it carries within."""
    carried = [*_carried(address)]
    if isinstance(address, IPv6Address) and not carried and address not in _UNICAST:
        return False
    return all(
        one.is_global and not one.is_multicast and not any(one in network for network in _NEVER)
        for one in (address, *carried)
    )


def _carried(address: Address) -> Iterable[Address]:
    """IPv4 addresses that an IPv6 one leads to: mapped, compatible, 6to4, Teredo, NAT64 (RFC 6052)."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _COMPATIBLE or any(address in network for network in _NAT64):
        yield IPv4Address(int(address) & _V4_BITS)


class Guard:
    """What one source may connect to. ``networks`` are those its operator lists though they are not public."""

    def __init__(self, networks: Iterable[Network] = (), *, resolver: Resolver | None = None) -> None:
        self._networks = tuple(networks)
        self._resolver = resolver or resolved

    def allows(self, text: str) -> bool:
        """Whether an address, as a resolver gives it, may be connected to."""
        address = ip_address(text.partition("%")[0])
        carried = [*_carried(address)]
        return self._lists(address) or (bool(carried) and all(map(self._lists, carried))) or is_public(address)

    def refuses(self, host: str) -> bool:
        """Whether a host is written as an address, or called localhost, where nothing may be connected to."""
        if host == "localhost" or host.endswith(".localhost"):
            host = "127.0.0.1"
        try:
            return not self.allows(host)
        except ValueError:  # a name: whoever connects to it looks
            return False

    def _lists(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """The addresses of a host that may be connected to. Raises Blocked where there are none, OSError where it has
        none, TimeoutError where nobody says within ``seconds``."""
        found = within(seconds, self._resolver, host, port)
        allowed = [one for one in found if self.allows(one)]
        if not allowed:
            where = host if host == found[0] else f"{host} ({found[0]})"
            raise Blocked(f"{where} is not a public address; list its network in source.networks to allow it")
        return allowed

    def connect(self, host: str, port: int, seconds: float, options: Iterable[Any]) -> socket.socket:
        """A connection to one of the allowed addresses, within ``seconds`` in all; one that never answers (IPv6 that
        nobody routes) leaves their share to the others."""
        end = time.monotonic() + seconds
        failure: OSError = OSError(f"{host} has no address")
        found = self.addresses(host, port, seconds)
        for place, address in enumerate(found):
            left = (end - time.monotonic()) / (len(found) - place)
            if left <= 0:
                raise TimeoutError("timed out")
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                for option in options:
                    sock.setsockopt(*option)
                sock.settimeout(left)
                sock.connect((address, port))
            except OSError as error:
                sock.close()
                failure = error
                continue
            return sock
        raise failure


class Deadline:
    """When a request has to be over; its connection is shut then, whatever it waits for. For one request at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = float("inf")
        self._lock = threading.Lock()
        self._tap: socket.socket | None = None
        self.passed = False

    def start(self, seconds: float) -> None:
        self._end, self.passed = self._clock() + seconds, False

    @property
    def left(self) -> float:
        """Seconds until then. Raises TooLate once there are none."""
        left = self._end - self._clock()
        if self.passed or left <= 0:
            self.passed = True
            raise TooLate("no complete answer in time")
        return left

    def watch(self, tap: socket.socket | None) -> None:
        """The connection that carries the request now; None: none does."""
        with self._lock:
            self._tap = tap

    def strike(self) -> None:
        """The time is over: end whatever is waited for."""
        with self._lock:
            self.passed = True
            if self._tap is not None:
                with contextlib.suppress(OSError):  # it ended by itself
                    self._tap.shutdown(socket.SHUT_RDWR)


class _Response(HTTPResponse):
    """An answer after a few interim ones (RFC 9110 §15.2). The library skips 100 alone, and any number of it."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MOST_INTERIM + 1):
            said: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # not in the stubs
            if not HTTPStatus.CONTINUE <= said[1] < HTTPStatus.OK or said[1] == HTTPStatus.SWITCHING_PROTOCOLS:
                return said
            parse_headers(self.fp)
        raise HTTPException(f"more than {MOST_INTERIM} interim answers")


def pools(guard: Guard, deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools by scheme whose connections the guard judges and the deadline ends."""

    class Tapped(HTTPConnection):
        """A connection with a second handle on its socket, which stays ours when TLS takes the first."""

        response_class = _Response
        tap: socket.socket | None = None

        def _new_conn(self) -> socket.socket:
            sock = _connected(self, guard, deadline)
            self.tap = sock.dup()
            deadline.watch(self.tap)
            return sock

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            deadline.watch(self.tap)
            super().putrequest(*args, **kwargs)

        def close(self) -> None:
            super().close()
            tap, self.tap = self.tap, None
            if tap is not None:
                deadline.watch(None)
                tap.close()

    class Secure(Tapped, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Tapped

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(connection: HTTPConnection, guard: Guard, deadline: Deadline) -> socket.socket:
    """As urllib3's own, with its exceptions, through the guard."""
    host = connection._dns_host
    timeout = connection.timeout
    seconds = min(deadline.left, timeout if isinstance(timeout, int | float) else deadline.left)
    try:
        return guard.connect(host, connection.port, seconds, connection.socket_options or ())
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "cannot be reached in time") from error
    except OSError as error:
        raise NewConnectionError(connection, error.strerror or str(error)) from error
