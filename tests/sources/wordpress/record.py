"""Record what a real WordPress says: two golden cases beside this file, ``cases/recorded.json`` and ``-closed.json``.

    python -m tests.sources.wordpress.record

Needs Debian's ``wordpress``, ``wordpress-theme-twentytwentyone``, ``mariadb-server``, ``php-cli``, ``php-mysql``,
``php-gd`` and ``php-xml``; fetches nothing from elsewhere. The site is that of ``site.php``: installed in a temporary
directory with a database of its own, asked as Feedmill asks it, and stopped. Of the answers stays what a case needs,
and the site's address becomes that of the tests. The ``expect`` of each case is what Feedmill makes of it now: read the
difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from service.sources.wordpress import _EMBED, _FACTS
from tests.sources import golden
from tests.sources.asked import HOME

HERE = Path(__file__).parent
ROOT = Path("/usr/share/wordpress")
PROGRAMS = ("mariadbd", "mariadb", "mariadb-install-db", "php")
KEPT: dict[str, tuple[str, ...]] = {
    "post": (
        *("id", "date", "date_gmt", "guid", "modified", "modified_gmt", "slug", "status", "type", "link", "title"),
        *("content", "excerpt", "categories", "tags", "sticky"),
    ),
    "author": ("id", "name", "url", "link", "slug", "avatar_urls"),
    "wp:featuredmedia": ("id", "source_url", "alt_text", "mime_type", "media_details"),
    "wp:term": ("id", "link", "name", "slug", "taxonomy"),
}
"""Of each object of an answer these keys are kept."""
CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:%s');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
ROUTER = """<?php
$file = $_SERVER['DOCUMENT_ROOT'] . urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (is_file($file)) return false;
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
"""


def missing() -> str:
    """Why nothing can be recorded here; empty where it can."""
    lacks = [name for name in PROGRAMS if not shutil.which(name)] + ([] if ROOT.is_dir() else [str(ROOT)])
    return f"not installed: {', '.join(lacks)} (see the head of this file)" if lacks else ""


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as running:
        home = Path(scratch)
        address = f"127.0.0.1:{_free_port()}"
        running.enter_context(_database(home))
        site = _installed(home, address)
        running.enter_context(_served(home, site, address))
        answers = {path: _asked(address, path) for path in ("index", "categories", "posts")}
        atom = _text(address, "/feed/atom/").splitlines()
    _write("recorded", {name: json.loads(text) for name, text in answers.items()})
    _write("recorded-closed", {"closed": 401, "atom": atom})


def _write(name: str, answers: dict[str, Any]) -> None:
    for post in answers.get("posts", ()):
        _keep(post)
    case: dict[str, Any] = {"answers": answers}
    case["expect"] = golden.outcome("wordpress", case)
    text = json.dumps(case, indent=2, ensure_ascii=False)
    (HERE / "cases" / f"{name}.json").write_text(f"{text}\n", "utf-8")


def _keep(post: dict[str, Any]) -> None:
    embedded = post.get("_embedded", {})
    kept = {name: value for name, value in post.items() if name in KEPT["post"]}
    details = [one["media_details"] for one in embedded.get("wp:featuredmedia", ())]
    for one in details:
        one.pop("sizes", None)
        one.pop("image_meta", None)
    post.clear()
    post |= kept
    post["_embedded"] = {name: [_kept(one, KEPT[name]) for one in values] for name, values in embedded.items()}


def _kept(value: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_kept(one, keys) for one in value]
    return {name: one for name, one in value.items() if name in keys}


def _asked(address: str, what: str) -> str:
    path = {
        "index": f"/wp-json/?_fields={_FACTS}",
        "categories": "/wp-json/wp/v2/categories?per_page=100&_fields=id,name,slug,parent",
        "posts": f"/wp-json/wp/v2/posts?per_page=100&orderby=id&order=desc&_embed={_EMBED}",
    }[what]
    return _text(address, path)


def _text(address: str, path: str) -> str:
    """An answer, as if the site's address were that of the tests."""
    with urlopen(f"http://{address}{path}", timeout=60) as answer:
        text = answer.read().decode()
    text = text.replace("\\/", "/") if path.startswith("/wp-json") else text
    return re.sub(r"http://127\.0\.0\.1(?::[0-9]+)?", HOME, text)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def _database(home: Path) -> Iterator[None]:
    data, where = home / "db", home / "db.sock"
    user = f"--user={os.environ.get('USER') or 'root'}"
    made = ["mariadb-install-db", f"--datadir={data}", user, "--auth-root-authentication-method=normal"]
    subprocess.run(made, check=True, capture_output=True)
    server = ["mariadbd", "--no-defaults", user, f"--datadir={data}", f"--socket={where}", "--skip-networking"]
    with _running(server):
        ask = ["mariadb", "-u", "root", "-S", str(where), "-e", "create database wp character set utf8mb4"]
        _wait(lambda: subprocess.run(ask, capture_output=True, check=False).returncode == 0, "the database")
        yield


def _installed(home: Path, address: str) -> Path:
    site = home / "wordpress"
    shutil.copytree(ROOT, site)
    (site / "wp-config.php").write_text(CONFIG % (home / "db.sock"))
    environment = os.environ | {"WP_HOST": address, "WP_ROOT": str(site)}
    mail = ["-d", "sendmail_path=/bin/true"]  # WordPress writes to its new administrator
    subprocess.run(["php", *mail, str(HERE / "site.php")], check=True, env=environment)
    return site


@contextmanager
def _served(home: Path, site: Path, address: str) -> Iterator[None]:
    (home / "router.php").write_text(ROUTER)
    with _running(["php", "-S", address, "-t", str(site), str(home / "router.php")]):
        _wait(lambda: _answers(address), "WordPress")
        yield


def _answers(address: str) -> bool:
    try:
        return bool(_text(address, "/wp-json/?_fields=name"))
    except URLError:
        return False


@contextmanager
def _running(command: list[str], environment: Mapping[str, str] | None = None) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(ready: Any, what: str) -> None:
    for _ in range(150):
        if ready():
            return
        time.sleep(0.2)
    raise SystemExit(f"{what} does not start")


if __name__ == "__main__":
    if why := missing():
        sys.exit(f"nothing is recorded: {why}")
    main()
