"""Starting and stopping the server, as one process and as several."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.errors import StorageUnavailable
from service.server import bind, url_of
from service.settings import ServiceSettings
from tests.serving.fakes import request, split, talk

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def started(processes: int, metrics: Path) -> Iterator[tuple[subprocess.Popen[str], tuple[str, int]]]:
    command = [sys.executable, "-m", "tests.serving.app_factory", str(processes), "0", str(metrics)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        url = child.stdout.readline().strip()
        match = re.fullmatch(r"http://(127\.0\.0\.1):(\d+)", url)
        assert match, child.communicate(timeout=10)
        yield child, (match[1], int(match[2]))
    finally:
        if child.poll() is None:
            child.terminate()
        child.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_and_its_caller_goes_on(number: signal.Signals, tmp_path: Path) -> None:
    with started(1, tmp_path) as (child, address):
        assert split(talk(address, request("/rss.xml"), timeout=20))[0] == 200
        child.send_signal(number)
        out, err = child.communicate(timeout=20)
        assert (child.returncode, out, err) == (0, "stopped\n", "")


def test_several_processes_share_the_port_and_add_up_their_counters(tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").write_bytes(b"left by an earlier run")
    with started(2, tmp_path) as (child, address):
        for _ in range(30):
            assert split(talk(address, request("/rss.xml"), timeout=30))[0] == 200
        deadline = time.monotonic() + 10
        while len(list(tmp_path.glob("counter_*.db"))) < 2 and time.monotonic() < deadline:
            talk(address, request("/rss.xml"))
        metrics = split(talk(address, request("/metrics")))[2].decode()
        counted = re.search(r'feedmill_requests_total\{kind="rss",status="200"\} (\d+)', metrics)
        assert counted
        assert int(counted[1]) >= 30
        child.terminate()
        out, _ = child.communicate(timeout=30)
        assert (child.returncode, out) == (0, "stopped\n")


def test_a_port_in_use_is_one_clear_line() -> None:
    with contextlib.closing(bind(ServiceSettings(port=0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StorageUnavailable) as caught:
            bind(ServiceSettings(port=port))
        assert str(caught.value) == f"port {port} on 127.0.0.1 is in use; choose another with --port"
        assert caught.value.exit_code == 4


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host.invalid", "256.0.0.1", "é" * 70])
def test_an_address_that_is_not_ours_is_one_clear_line(host: str) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        bind(ServiceSettings(host=host, port=0))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"port 0 on {host} cannot be listened on: ")


def test_the_url_is_one_that_can_be_opened() -> None:
    with contextlib.closing(bind(ServiceSettings(host="0.0.0.0", port=0))) as sock:
        assert url_of(sock) == f"http://127.0.0.1:{sock.getsockname()[1]}"
