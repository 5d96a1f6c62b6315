"""The README's nginx lines for a directory that ``build`` wrote, in a real nginx, beside a real ``serve``."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.newsroom.running import ROOT, Running, feedmill, serving
from tests.recipes.nginx import needs_nginx, running_nginx
from tests.recipes.recipe import free_port, newsroom

pytestmark = needs_nginx

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
    with running_nginx(folder, port, f"server {{ listen 127.0.0.1:{port}; root {root};\n{BLOCK[1]}}}"):
        yield port


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
