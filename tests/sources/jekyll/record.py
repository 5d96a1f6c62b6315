"""Record what the real Jekyll, with its plugins for feeds and search engines, makes of the sites beside this file.

    python -m tests.sources.jekyll.record            writes golden/<site>.json for each sites/<site>.site
    python -m tests.sources.jekyll.record DIRECTORY  writes them elsewhere

Needs Debian's ``jekyll``, ``ruby-jekyll-feed``, ``ruby-jekyll-sitemap`` and ``ruby-jekyll-seo-tag``; fetches nothing.
Each site is built in a temporary directory, as if it were ``NOW``, in UTC where the site names no zone. A build that
Jekyll aborts is recorded as ``{"aborts": why}``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.sources.jekyll import archive

GOLDEN = Path(__file__).parent / "golden"
BUILDER = Path(__file__).with_name("record.rb")
NOW = "2025-06-15T12:00:00+00:00"

_PLUGINS = ("jekyll-feed", "jekyll-sitemap", "jekyll-seo-tag")
_NAMES = {"a": "http://www.w3.org/2005/Atom", "media": "http://search.yahoo.com/mrss/"}
_SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
_REASON = re.compile(r"Invalid date '.*|The URL template doesn't have [^.]*\.")


@cache
def missing() -> str:
    """Why nothing can be recorded here; empty where it can."""
    if not shutil.which("jekyll") or not shutil.which("ruby"):
        return "jekyll is not installed"
    for plugin in _PLUGINS:
        found = subprocess.run(
            ["ruby", "-e", f"require 'jekyll'; require '{plugin}'"], capture_output=True, check=False
        )
        if found.returncode:
            return f"{plugin} is not installed"
    return ""


def main(directory: Path) -> None:
    """Record every site into ``<directory>/<site>.json``."""
    directory.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "sites")
        for name in archive.names():
            archive.unpack(name, root / name)
        environment = {"PATH": os.environ["PATH"], "HOME": scratch, "LANG": "C.UTF-8", "TZ": "UTC", "RECORD_TIME": NOW}
        subprocess.run(["ruby", str(BUILDER), str(root)], env=environment, check=True)
        for name in archive.names():
            text = json.dumps(_record(root, name), ensure_ascii=False, indent=1)
            (directory / f"{name}.json").write_text(_escaped(text) + "\n", "utf-8")


def _record(root: Path, name: str) -> dict[str, Any]:
    built = root / f"{name}.json"
    if not built.exists():
        stderr = (root / f"{name}.err").read_text("utf-8")
        reason = _REASON.search(re.sub(r"\x1b\[[0-9;]*m", "", stderr))
        if not reason:
            raise SystemExit(f"{name}: {stderr}")
        return {"aborts": reason[0].strip()}
    made = json.loads(built.read_text("utf-8"))
    posts = {post.pop("path"): post for post in made["posts"]}
    _join_feed(posts, root / f"{name}.out" / "feed.xml")
    return {
        "posts": dict(sorted(posts.items())),
        "pages": dict(sorted(made["pages"].items())),
        "sitemap": _sitemap(root / f"{name}.out" / "sitemap.xml", frozenset(made["static"])),
    }


def _sitemap(document: Path, static: frozenset[str]) -> dict[str, str | None]:
    """What jekyll-sitemap lists: URL to date of change. Files that are merely copied have that of our copying."""
    found: dict[str, str | None] = {}
    for url in etree.parse(document).iterfind("s:url", _SITEMAP):
        location = url.findtext("s:loc", namespaces=_SITEMAP) or ""
        found[location] = "static" if location in static else url.findtext("s:lastmod", namespaces=_SITEMAP)
    return dict(sorted(found.items()))


def _join_feed(posts: dict[str, dict[str, Any]], feed: Path) -> None:
    """Add what jekyll-feed wrote of each post; its ids must be those that the builder computed."""
    # jekyll-feed forgets to escape the ampersands of links.
    tree = etree.fromstring(re.sub(r"&(?!#?\w+;)", "&amp;", feed.read_text("utf-8")).encode())
    entries = {entry.findtext("a:id", namespaces=_NAMES): entry for entry in tree.iterfind("a:entry", _NAMES)}
    listed = [post for post in posts.values() if post["collection"] == "posts" and not post["draft"]]
    ids = {post["feed_id"] for post in listed}
    if entries.keys() != ids:
        raise SystemExit(f"{feed}: ids differ: {entries.keys() ^ ids}")
    for post in listed:
        entry = entries[post["feed_id"]]
        image = entry.find("media:content", _NAMES)
        post["feed"] = {
            "updated": entry.findtext("a:updated", namespaces=_NAMES),
            "author": entry.findtext("a:author/a:name", namespaces=_NAMES),
            "email": entry.findtext("a:author/a:email", namespaces=_NAMES),
            "uri": entry.findtext("a:author/a:uri", namespaces=_NAMES),
            "image": image.get("url") if image is not None else None,
            "language": entry.get("{http://www.w3.org/XML/1998/namespace}lang"),
            "full_text": entry.find("a:content", _NAMES) is not None,
        }


def _escaped(text: str) -> str:
    """Decomposed Hangul is escaped, so that nothing can compose it on the way."""
    return "".join(f"\\u{ord(c):04x}" if "\u1100" <= c <= "\u11ff" else c for c in text)


if __name__ == "__main__":
    problem = missing()
    if problem:
        raise SystemExit(problem)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
