"""Record what the real Hugo makes of the sites beside this file.

    python -m tests.sources.hugo.record            writes golden/<site>.json for each sites/<site>.site
    python -m tests.sources.hugo.record DIRECTORY  writes them elsewhere

Needs Debian's ``hugo`` (0.111.3); fetches nothing. Each site is built in a temporary directory as if it were ``NOW``,
with templates of our own that write every regular page as JSON. A build that Hugo aborts is recorded as
``{"aborts": why}``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Container
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.sources.jekyll import archive

SITES = Path(__file__).with_name("sites")
GOLDEN = Path(__file__).with_name("golden")
TEMPLATES = Path(__file__).with_name("layouts")
NOW = "2025-06-15T12:00:00Z"
VERSION = "0.111.3"
WRITTEN = 1_704_067_200
"""When every file of a site was last written: ``:fileModTime``."""

_SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
_MARK = "DUMP "
_REFRESH = re.compile(r'http-equiv="refresh" content="0; url=([^"]*)"')
_IMAGE = re.compile(r'<meta property="og:image" content="([^"]*)"')


def names() -> list[str]:
    return archive.names(SITES)


@cache
def missing() -> str:
    """Why nothing can be recorded here; empty where it can."""
    if not shutil.which("hugo"):
        return "hugo is not installed"
    said = subprocess.run(["hugo", "version"], capture_output=True, text=True, check=False).stdout
    return "" if f"v{VERSION}" in said else f"the records are of hugo {VERSION}, this is {said.strip()}"


def main(directory: Path) -> None:
    """Record every site into ``<directory>/<site>.json``."""
    directory.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in names():
            root = unpack(name, Path(scratch, name))
            text = json.dumps(_record(root, Path(scratch)), ensure_ascii=False, indent=1)
            (directory / f"{name}.json").write_text(_escaped(text) + "\n", "utf-8")


def unpack(name: str, root: Path) -> Path:
    """The files of a site, all of one age."""
    archive.unpack(name, root, SITES)
    for path in root.rglob("*"):
        os.utime(path, (WRITTEN, WRITTEN))
    return root


def _record(root: Path, home: Path) -> dict[str, Any]:
    shutil.copytree(TEMPLATES, root / "layouts", dirs_exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC"}
    built = subprocess.run(
        ["hugo", "--clock", NOW, "--cacheDir", str(home / "cache")],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        reasons = [line for line in (built.stderr + built.stdout).splitlines() if line.startswith("Error:")]
        return {"aborts": (reasons or ["?"])[-1].replace(f"{root}/", "")}
    dumps = (path.read_text("utf-8") for path in sorted((root / "public").rglob("index.html")))
    dump = next(text for text in dumps if text.startswith(_MARK))
    sites = json.loads(dump.removeprefix(_MARK))
    pages = {}
    for site in sites:
        for page in site.pop("pages"):
            page["images"] = _IMAGE.findall(page.pop("opengraph"))
            pages[str(Path(page.pop("filename")).relative_to(root))] = page
    public = root / "public"
    return {
        "sites": sites,
        "pages": dict(sorted(pages.items())),
        "sitemap": _sitemap(public, {page["permalink"] for page in pages.values()}),
        "redirects": _redirects(public),
    }


def _redirects(public: Path) -> dict[str, str]:
    """The pages that Hugo made of aliases: path of the file to where it leads."""
    found = {}
    for path in filter(Path.is_file, public.rglob("*.html")):
        if target := _REFRESH.search(path.read_text("utf-8")):
            found[str(path.relative_to(public))] = target[1]
    return dict(sorted(found.items()))


def _sitemap(public: Path, pages: Container[str]) -> dict[str, str | None]:
    """What Hugo's sitemaps list of the regular pages: URL to date of change. (What they list of terms hangs on the
    order in which Hugo visits cascades, which changes from build to build.)"""
    found: dict[str, str | None] = {}
    for document in public.rglob("sitemap.xml"):
        for url in etree.parse(document).iterfind("s:url", _SITEMAP):
            if (location := url.findtext("s:loc", "", _SITEMAP)) in pages:
                found[location] = url.findtext("s:lastmod", None, _SITEMAP)
    return dict(sorted(found.items()))


def _escaped(text: str) -> str:
    """Decomposed Hangul is escaped, so that nothing can compose it on the way."""
    return "".join(f"\\u{ord(c):04x}" if "\u1100" <= c <= "\u11ff" else c for c in text)


if __name__ == "__main__":
    problem = missing()
    if problem:
        raise SystemExit(problem)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
