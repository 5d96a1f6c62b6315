"""A real nginx on a free loopback port, for the recipes that need one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.newsroom.running import PATIENCE, eventually
from tests.recipes.recipe import put

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@contextmanager
def running_nginx(folder: Path, port: int, servers: str) -> Iterator[int]:
    """nginx with these lines in its http block, which listen on ``port``; ended with the block."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
    user = "user root; " if os.geteuid() == 0 else ""  # the test's directory is its owner's alone
    head = f"{user}daemon off; pid {folder}/pid; worker_processes 1; error_log {folder}/error.log;\n"
    http = f"http {{ {scratch} access_log off; types {{ text/html html; }}\n{servers}\n}}\n"
    put(folder, {"nginx.conf": f"{head}events {{}}\n{http}"})
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"])

    def up() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text("utf-8")
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    try:
        eventually(up)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)
