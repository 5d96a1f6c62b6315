"""Requests over loopback: one of them to look at, or as many a second as the server answers.

wrk makes the load where it is installed, else :mod:`bench.load`, which takes more of the processor for itself.
"""

from __future__ import annotations

import http.client
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.plan import CONNECTIONS
from bench.processes import PATIENCE, ChildFailed, output, python

HOST: Final = "127.0.0.1"
WRK: Final = shutil.which("wrk")

_RATE = re.compile(r"Requests/sec: +([\d.]+)")
_P99 = re.compile(r"^ +99% +([\d.]+)(us|ms|s)", re.MULTILINE)
_MILLISECONDS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_FAULT = re.compile(r"Non-2xx or 3xx responses.*|Socket errors.*")


@dataclass(frozen=True, slots=True)
class Request:
    """A GET, and the status each answer must have."""

    path: str
    """Percent-encoded."""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load."""

    rate: float
    """Answers per second."""
    p99: float | None
    """Milliseconds within which 99 of 100 answers were there; None where the generator does not tell."""


def generator() -> str:
    """What makes the load, for the facts above the table."""
    return "wrk -t1" if WRK else "bench.load (wrk, which costs less, is not installed)"


def ask(connection: http.client.HTTPConnection, request: Request) -> Answer:
    """One answer over a connection that stays open."""
    connection.request("GET", request.path, headers=dict(request.headers))
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def checked(port: int, request: Request) -> Answer:
    """One answer over a connection of its own. Raises ChildFailed where its status is not the request's."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        answer = ask(connection, request)
    finally:
        connection.close()
    if answer.status != request.status:
        raise ChildFailed(f"{request.path}: {answer.status} instead of {request.status}: {answer.body[:200]!r}")
    return answer


def head(port: int, request: Request) -> bytes:
    """The bytes of a request."""
    lines = [f"GET {request.path} HTTP/1.1", f"Host: {HOST}:{port}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def load(directory: Path, port: int, request: Request, seconds: int) -> float:
    """Answers per second, as :func:`under_load`."""
    return under_load(directory, port, request, seconds).rate


def under_load(directory: Path, port: int, request: Request, seconds: int, *, threads: int = 1) -> Load:
    """As many requests as are answered. Raises ChildFailed where an answer is not as expected.

    The first one is looked at here; of the others wrk minds 4xx and 5xx and broken connections, our own generator
    whatever has another status than asked for. ``threads`` are wrk's; our own generator has one.
    """
    checked(port, request)
    return _wrk(directory, WRK, port, request, seconds, threads) if WRK else _python(directory, port, request, seconds)


def _wrk(directory: Path, wrk: str, port: int, request: Request, seconds: int, threads: int = 1) -> Load:
    headers = [word for name, value in request.headers.items() for word in ("-H", f"{name}: {value}")]
    url = f"http://{HOST}:{port}{request.path}"
    said = output(directory, [wrk, "--latency", f"-t{threads}", f"-c{CONNECTIONS}", f"-d{seconds}s", *headers, url])
    rate, p99, fault = _RATE.search(said), _P99.search(said), _FAULT.search(said)
    if rate is None or fault is not None:
        raise ChildFailed(f"wrk: {fault[0] if fault else said}")
    return Load(float(rate[1]), float(p99[1]) * _MILLISECONDS[p99[2]] if p99 else None)


def _python(directory: Path, port: int, request: Request, seconds: int) -> Load:
    words = (HOST, str(port), str(seconds), str(CONNECTIONS), str(request.status))
    return Load(float(output(directory, python("bench.load", *words), given=head(port, request))), None)
