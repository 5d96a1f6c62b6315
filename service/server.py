"""Runs the web server: one process, or several that share a listening socket under uvicorn's supervisor.

The socket is bound here, before anything else starts, so that a port in use is one clear line. Refuses to know what is
served: an application comes as a callable, or as the name of a factory that each process calls.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import Multiprocess

from service.errors import StorageUnavailable
from service.protocol import Config
from service.settings import KIB, ServiceSettings, Settings, dump
from service.settings_names import SETTINGS_VARIABLE, SITES_VARIABLE
from service.sites import Hosted, dump_sites

FACTORY: Final = "service.asgi:create"
BACKLOG: Final = 2048
SEND_BUFFER: Final = 256 * KIB
"""Bytes of an answer that the kernel takes at once. It would grow to 4 MB a connection: memory for readers that have
stopped, and a buffer that hides for seconds whether a slow one still reads."""
METRICS_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


def serve(
    settings: Settings,
    announce: Callable[[str], None],
    *,
    sock: socket.socket | None = None,
    metrics_directory: Path | None = None,
    factory: str = FACTORY,
    others: Sequence[Hosted] = (),
) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is being answered and return.

    ``announce`` gets the URL as soon as clients can connect. ``sock`` is a socket that :func:`bind` made where the
    caller needed the port before. ``metrics_directory`` is where several processes add up their counters, unless
    ``PROMETHEUS_MULTIPROC_DIR`` says so already; what is left in it from earlier runs is removed. ``others`` are the
    sites of other hosts. Raises StorageUnavailable where the address cannot be bound.
    """
    service = settings.service
    sock = sock or bind(service)
    os.environ[SETTINGS_VARIABLE] = dump(settings)
    os.environ[SITES_VARIABLE] = dump_sites(others)
    config = Config(factory, service)
    announce(url_of(sock))
    if service.processes == 1:
        Server(config).run([sock])
        return
    with _shared_metrics(metrics_directory):
        _Supervisor(config, [sock]).run()


def bind(service: ServiceSettings) -> socket.socket:
    """A listening socket on the host and port of the settings (port 0: a free one). Raises StorageUnavailable."""
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    sock = socket.socket(family)
    try:
        if os.name == "posix":  # elsewhere the option would let two servers share the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # connections inherit it
        sock.bind((service.host, service.port))
        sock.listen(BACKLOG)
    except (OSError, TypeError) as error:  # TypeError: a host that IDNA cannot encode
        sock.close()
        raise StorageUnavailable(_explain(error, service)) from None
    sock.set_inheritable(True)
    return sock


def url_of(sock: socket.socket) -> str:
    """The base URL of a listening socket, for people to open: a wildcard address is shown as the loopback one."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is shown, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn's server, which returns after a signal: uvicorn raises it once more, past our caller's clean-up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Supervisor(Multiprocess):
    """uvicorn's supervisor; a dead process's gauges leave the metrics with it."""

    def keep_subprocess_alive(self) -> None:
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in (before - {process.pid for process in self.processes}) if METRICS_VARIABLE in os.environ else ():
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # untyped in prometheus-client


@contextlib.contextmanager
def _shared_metrics(directory: Path | None) -> Iterator[None]:
    """Let the processes of one run add up their counters; files of an earlier run would be counted as well."""
    configured = os.environ.get(METRICS_VARIABLE)
    place = Path(configured) if configured else directory
    if place is not None:
        place.mkdir(parents=True, exist_ok=True)
        for left in place.glob("*.db"):
            left.unlink(missing_ok=True)
        os.environ[METRICS_VARIABLE] = str(place)
    try:
        yield
    finally:
        if place is not None and not configured:
            del os.environ[METRICS_VARIABLE]


def _explain(error: OSError | TypeError, service: ServiceSettings) -> str:
    place = f"port {service.port} on {service.host}"
    if isinstance(error, TypeError):
        return f"{place} cannot be listened on: that is no host name; choose another address with --host"
    if error.errno == errno.EADDRINUSE:
        return f"{place} is in use; choose another with --port"
    if error.errno == errno.EACCES:
        return f"{place} needs more rights; choose one above 1023 with --port"
    return f"{place} cannot be listened on: {error.strerror or error}; choose another address with --host"
