"""Record what the real Eleventy makes of the sites beside this file.

    python -m tests.sources.eleventy.record            writes golden/<site>.json for each sites/<site>.site
    python -m tests.sources.eleventy.record DIRECTORY  writes them elsewhere

Needs node and a ``node_modules`` with @11ty/eleventy 3, which the variable ``ELEVENTY_MODULES`` names (else that of
``.peers`` in the working directory); fetches nothing. Every page is recorded by its path: URL, date, slug, tags, title
and HTML. Dates that hang on files are not: they are the time of recording.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.sources.jekyll import archive

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
SITES = HERE / "sites"
BUILDER = HERE / "record.mjs"


def modules() -> Path:
    """Where Eleventy is looked for."""
    return Path(os.environ.get("ELEVENTY_MODULES") or ".peers/node/node_modules").resolve()


def missing() -> str:
    """Why nothing can be recorded here; empty where it can."""
    if not shutil.which("node"):
        return "node is not installed"
    return "" if (modules() / "@11ty/eleventy").is_dir() else f"@11ty/eleventy is not in {modules()}"


def main(directory: Path) -> None:
    """Record every site into ``<directory>/<site>.json``."""
    directory.mkdir(exist_ok=True)
    for name in archive.names(SITES):
        with tempfile.TemporaryDirectory() as scratch:
            root = archive.unpack(name, Path(scratch, "site"), SITES)
            text = json.dumps(_record(root), ensure_ascii=False, indent=1, sort_keys=True)
            (directory / f"{name}.json").write_text(f"{text}\n", "utf-8")


def _record(root: Path) -> dict[str, Any]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(root.parent), "TZ": "Asia/Seoul", "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["node", str(BUILDER), str(modules()), str(root)], env=environment, capture_output=True, check=False, text=True
    )
    if done.returncode:
        raise SystemExit(f"{root}: {done.stderr}{done.stdout}")
    pages: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    for page in pages.values():
        if not str(page.get("date", "")).endswith("00:00.000Z"):  # the time of recording has seconds
            page.pop("date", None)
    return {path.removeprefix("./"): page for path, page in pages.items()}


if __name__ == "__main__":
    reason = missing()
    if reason:
        raise SystemExit(reason)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
