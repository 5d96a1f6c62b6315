"""The hot path beside nginx: the same feed from ``feedmill serve`` and, as ``feedmill build`` wrote it, from nginx.

One server process each, all on one processor where the system lets us choose, the load generator on another; they
take turns, kind of answer by kind of answer, round by round. What is not installed is left out, and the note says so.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from bench import corpus, installed, traffic
from bench.machine import settle
from bench.peers import DJANGO as DJANGO_VIEW
from bench.plan import CATEGORIES, CONNECTIONS, Ground, Plan, say
from bench.processes import PATIENCE, ChildFailed, measured, output, pinned, processors, serving, started
from bench.serving import FEED
from bench.table import Group, Row, beside
from bench.traffic import Load, Request

FRONT: Final = "feedmill serve"
NGINX: Final = "nginx"
ONE: Final = "feedmill serve, one of them"
TWO: Final = "feedmill serve, two processes"
GUNICORN: Final = "Flask view, gunicorn"
VIEW: Final = "Flask view, uvicorn"
DJANGO: Final = "Django, gunicorn"
TUTORIAL: Final = "tutorial"

IDENTITY: Final = "200 identity"
GZIP: Final = "200 gzip"
KNOWN: Final = "304"

_PEERS: Final = {
    GUNICORN: ("flask_view", "gunicorn"),
    VIEW: ("flask_view",),
    DJANGO: (DJANGO_VIEW,),
    TUTORIAL: ("tutorial_view",),
}
_WANTED: Final = {GUNICORN: ("gunicorn",), DJANGO: ("gunicorn", "django")}
_OWN_BYTES: Final = (DJANGO, TUTORIAL)
"""Those who make a feed of their own of the same posts."""
_FOR_TWO: Final = 4
"""Processors that two web processes and their load take."""
_SERVER, _GENERATOR = 0, 1
"""Which of our processors is whose."""

_OPTIONAL: Final = ("fastcgi", "uwsgi", "scgi", "proxy")
"""Modules of nginx that want a directory of their own to write to."""

T = TypeVar("T")

Samples = dict[tuple[str, str], list[Load]]


def run(ground: Ground, plan: Plan) -> Group:
    """Measure what is installed."""
    content, state, out = (str(ground.directory / f"hotpath-{name}") for name in ("content", "state", "out"))
    corpus.write(Path(content), plan.small, CATEGORIES)
    quiet = ("--state", state, "--log-level", "error")
    measured(ground.directory, "service.cli", "build", content, "--out", out, "--only", "rss", "--only", "page", *quiet)
    samples: Samples = defaultdict(list)
    skipped: list[str] = []
    with contextlib.ExitStack() as stack:
        with pinned(_SERVER):
            serve = ("service.cli", "serve", content, "--port", "0", "--no-worker", *quiet)
            ports = {FRONT: stack.enter_context(serving(ground.directory, *serve))}
            if nginx := installed.tool("nginx"):
                ports[NGINX] = _start_nginx(stack, ground.directory, nginx, Path(out))
            else:
                skipped.append("nginx is not installed")
            _start_peers(stack, ground.directory, (content, state), ports, skipped)
        asked = {name: _requests(port) for name, port in ports.items() if name != TUTORIAL}
        asked[TUTORIAL] = {IDENTITY: Request(FEED)}
        sizes = _sizes(ports, asked)
        for turn in range(plan.load_rounds):
            for kind in (IDENTITY, GZIP, KNOWN):
                for name in _rotated([name for name in ports if kind in asked[name]], turn):
                    settle((processors() or [_SERVER])[_SERVER])
                    with pinned(_GENERATOR):
                        load = traffic.under_load(ground.directory, ports[name], asked[name][kind], plan.load_seconds)
                    samples[kind, name].append(load)
        if (many := len(processors() or ())) < _FOR_TWO:
            skipped.append(f"two web processes beside one: {many} processors to choose from, wants {_FOR_TWO}")
        else:
            _two(ground, plan, serve, samples)
    if not traffic.WRK:
        skipped.append("p99, which wrk would tell")
    return Group("Hot path", _note(sizes, plan, skipped), tuple(_rows(samples)))


def _two(ground: Ground, plan: Plan, serve: tuple[str, ...], samples: Samples) -> None:
    """Two web processes on two processors beside one on one, asked by a generator that has two as well."""
    several = (*serve, "--set", "service.processes=2")
    with contextlib.ExitStack() as stack:
        with pinned(0):
            one = stack.enter_context(serving(ground.directory, *serve))
        with pinned(0, 1):
            two = stack.enter_context(serving(ground.directory, *several))
        for turn in range(plan.load_rounds):
            for name, port in _rotated([(ONE, one), (TWO, two)], turn):
                for kind, request in _requests(port).items():
                    with pinned(2, 3):
                        load = traffic.under_load(ground.directory, port, request, plan.load_seconds, threads=2)
                    samples[kind, name].append(load)


def _start_peers(
    stack: contextlib.ExitStack,
    directory: Path,
    places: tuple[str, str],
    ports: dict[str, int],
    skipped: list[str],
) -> None:
    for name, (view, *under) in _PEERS.items():
        if absent := [package for package in _WANTED.get(name, ()) if not installed.has(package)]:
            skipped.append(f"{name}: {' and '.join(absent)} not installed ({installed.HINT})")
        else:
            ports[name] = stack.enter_context(serving(directory, "bench.peers", view, *places, *under))


def _start_nginx(stack: contextlib.ExitStack, directory: Path, nginx: str, out: Path) -> int:
    """Its port, once it answers."""
    with socket.socket() as probe:
        probe.bind((traffic.HOST, 0))
        port: int = probe.getsockname()[1]
    place = directory / "nginx"
    place.mkdir()
    # nginx -V prints on standard error; sh joins the two.
    built = output(directory, ["sh", "-c", '"$0" -V 2>&1', nginx])
    if "http_gzip_static_module" not in built:
        raise ChildFailed(f"{nginx} knows no gzip_static; install one that does, or take it off PATH")
    present = [name for name in _OPTIONAL if f"--without-http_{name}_module" not in built]
    own = "".join(f"{name}_temp_path {place}/{name};\n" for name in ("client_body", *present))
    (place / "nginx.conf").write_text(
        f"{'user root;' if hasattr(os, 'geteuid') and os.geteuid() == 0 else ''}\n"  # the run's directory is ours alone
        f"worker_processes 1; daemon off; pid {place}/pid; error_log stderr;\n"
        "events { worker_connections 1024; }\n"
        "http {\n"
        f"{own}access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n"
        "types { application/rss+xml xml; }\n"
        f'server {{ listen {traffic.HOST}:{port}; root "{out}"; gzip_static on; etag on; }}\n'
        "}\n"
    )
    command = [nginx, "-p", str(place), "-e", "stderr", "-c", str(place / "nginx.conf")]
    stack.enter_context(started(directory, command))
    begun = time.monotonic()
    while True:
        try:
            traffic.checked(port, Request(FEED))
        except OSError:
            if time.monotonic() - begun > PATIENCE / 10:
                raise ChildFailed(f"{nginx} did not begin to serve") from None
            time.sleep(0.05)
        else:
            return port


def _requests(port: int) -> dict[str, Request]:
    """The three kinds of request; the tag is this server's own."""
    packed = Request(FEED, {"Accept-Encoding": "gzip"})
    tag = traffic.checked(port, packed).headers["etag"]
    known = Request(FEED, {"Accept-Encoding": "gzip", "If-None-Match": tag}, 304)
    return {IDENTITY: Request(FEED), GZIP: packed, KNOWN: known}


def _sizes(ports: Mapping[str, int], asked: Mapping[str, Mapping[str, Request]]) -> str:
    """The sizes of the bodies. Raises ChildFailed where servers that should do not send the same."""
    sizes = []
    for kind in (IDENTITY, GZIP):
        answers = {
            name: traffic.checked(port, asked[name][kind]) for name, port in ports.items() if name not in _OWN_BYTES
        }
        for name, answer in answers.items():
            if answer.body != answers[FRONT].body:
                raise ChildFailed(f"{name} answers {FEED} ({kind}) with other bytes than {FRONT}")
        sizes.append(len(answers[FRONT].body) / 1000)
    return f"{sizes[0]:.0f} KB, gzip {sizes[1]:.1f} KB"


def _rotated(names: list[T], turn: int) -> list[T]:
    """Another one goes first in each round."""
    first = turn % len(names)
    return names[first:] + names[:first]


def _rows(samples: Samples) -> list[Row]:
    """Rates, each beside nginx's (where that is absent, beside the Flask view's), then what p99 is beside nginx's."""
    rows = []
    for (kind, name), loads in samples.items():
        rates, words = [load.rate for load in loads], ""
        than = next((other for other in (NGINX, VIEW) if (kind, other) in samples), name)
        if name == TWO:
            than = ONE
        if name not in (NGINX, ONE, than):
            words = beside(rates, [load.rate for load in samples[kind, than]], than)
        rows.append(Row(f"{kind}, {name}", tuple(rates), "req/s", words))
    for (kind, name), loads in samples.items():
        late, theirs = _p99(loads), _p99(samples.get((kind, NGINX), []))
        if late and name in (FRONT, NGINX):
            words = beside(late, theirs, NGINX) if name != NGINX and theirs else ""
            rows.append(Row(f"p99 of {kind}, {name}", late, "ms", words))
    return rows


def _p99(loads: list[Load]) -> tuple[float, ...]:
    return tuple(load.p99 for load in loads if load.p99 is not None)


def _note(sizes: str, plan: Plan, skipped: list[str]) -> str:
    where = "servers on one processor, the generator on another" if processors() else "processors not chosen"
    absent = f"; skipped: {', '.join(skipped)}" if skipped else ""
    if absent:
        say(f"hotpath{absent[1:]}")
    return (
        f"one category feed ({sizes}), one process each, {where}; load by {traffic.generator()}, {CONNECTIONS} "
        f"keep-alive connections, {plan.load_seconds} s each, p99 at full load; nginx: gzip_static, one worker{absent}"
    )
