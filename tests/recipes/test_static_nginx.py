"""The README's nginx lines for a directory that ``build`` wrote, in a real nginx, beside a real ``serve``."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.newsroom.running import PATIENCE, ROOT, Running, eventually, feedmill, serving
from tests.recipes.recipe import free_port, newsroom, put

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

BLOCK = re.search(r"```nginx static\.conf\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
PATHS = (
    *("/rss.xml", "/atom.xml", "/feed.json", "/sitemap.xml", "/sitemap-news.xml", "/opml.xml"),
    *("/embed.json", "/embed.js", "/categories/news/atom.xml", "/categories/news/sitemap.xml"),
    "/categories/news/embed.json",
)
HEADERS = ("content-type", "access-control-allow-origin", "cross-origin-resource-policy")


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[int]:
    """nginx with the README's lines in a server for ``root``: the port it listens on."""
    port = free_port()
    assert BLOCK is not None
    scratch = "".join(f"{k}_temp_path {folder}/{k}; " for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root; " if os.geteuid() == 0 else ""  # the test's directory is its owner's alone
    server = f"server {{ listen 127.0.0.1:{port}; root {root};\n{BLOCK[1]}}}"
    conf = f"{user}daemon off; pid {folder}/pid; worker_processes 1; error_log {folder}/error.log;\n"
    conf += f"events {{}}\nhttp {{ {scratch} access_log off; types {{ text/html html; }}\n{server}\n}}\n"
    put(folder, {"nginx.conf": conf})
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


def test_files_of_a_build_have_the_types_and_headers_of_serve(tmp_path: Path) -> None:
    content, out = newsroom(tmp_path / "content"), tmp_path / "out"
    with serving(content, tmp_path / "state") as running:
        served = {path: running.get(path) for path in PATHS}
    assert feedmill("build", content, "--out", out, "--state", tmp_path / "state").returncode == 0
    (tmp_path / "nginx").mkdir()
    with nginx(tmp_path / "nginx", out) as port:
        for path in PATHS:
            answer = Running(running.process, port=port).get(path, Accept_Encoding="gzip")
            said, wanted = answer.headers, served[path].headers
            assert {name: said.get(name) for name in HEADERS} == {name: wanted.get(name) for name in HEADERS}, path
            assert said["content-encoding"] == "gzip"
            assert gzip.decompress(answer.body) == served[path].body, path
