"""The nginx recipe in a real nginx before a real Feedmill."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.newsroom.running import PATIENCE, serving
from tests.recipes.nginx import needs_nginx, running_nginx
from tests.recipes.recipe import OWN, TITLE, files, free_port, newsroom, put, replaced, titles

pytestmark = needs_nginx

RECIPE = files("nginx-ssi.md")
PAGE = replaced(RECIPE["site/index.html"], {"<title>River news</title>": f"<title>{OWN}</title>"})
RIVER = "/%EA%B0%95/%EC%83%88%EB%B2%BD/"
PATHS = ("index.html", "강/새벽/index.html", "c++/index.html", "unknown/index.html")


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[int]:
    """nginx with the recipe's configuration: the port it listens on."""
    port = free_port()
    put(folder / "site", dict.fromkeys(PATHS, PAGE))
    recipe = replaced(
        RECIPE["nginx.conf"],
        {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
            "listen 80;": f"listen 127.0.0.1:{port};",
            "/var/www/site": f"{folder}/site",
            "/var/cache/nginx/feedmill keys_zone": f"{folder}/cache keys_zone",
        },
    )
    with running_nginx(folder, port, recipe):
        yield port


def page(port: int, path: str, **headers: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode("utf-8")
    finally:
        connection.close()


@pytest.fixture(scope="module")
def feedmill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running Feedmill."""
    folder = tmp_path_factory.mktemp("feedmill")
    with serving(newsroom(folder / "content"), folder / "state") as running:
        yield running.port


def test_pages_get_their_metadata_while_they_are_served(feedmill: int, tmp_path: Path) -> None:
    with nginx(tmp_path, feedmill) as port:
        conditions = {"Accept_Encoding": "gzip", "Accept": "application/json", "If_None_Match": '"x"'}
        river = page(port, f"{RIVER}?utm_source=x&format=json", **conditions)
        assert titles(river) == [TITLE]
        assert 'property="og:title"' in river
        assert "127.0.0.1" not in river, "what a title says is not run"
        assert page(port, f"{RIVER}index.html") == river
        assert titles(page(port, "/"))[0].startswith("Test News")


def test_a_page_without_metadata_keeps_its_own_title(feedmill: int, tmp_path: Path) -> None:
    with nginx(tmp_path, feedmill) as port:
        for path in ("/unknown/", "/c++/"):
            assert titles(page(port, path)) == [OWN], path


def test_while_feedmill_is_away_the_last_good_fragment_stands_and_else_the_pages_own_title(
    feedmill: int, tmp_path: Path
) -> None:
    with nginx(tmp_path, feedmill) as port:
        river = page(port, RIVER)
    with nginx(tmp_path, free_port()) as port:
        assert page(port, RIVER) == river
        away = page(port, "/")
        assert titles(away) == [OWN]
        assert "error" not in away.lower()
