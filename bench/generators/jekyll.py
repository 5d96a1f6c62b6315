"""Jekyll with jekyll-feed (Atom) and jekyll-sitemap; it cannot leave its pages out, which have no layout here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

from bench import corpus as corpora
from bench import installed
from bench.generators.site import WINDOW, Corpus, Generator, Laid, link

_PLUGINS: Final = ("jekyll-feed", "jekyll-sitemap")


def _lay(place: Path, corpus: Corpus) -> Laid:
    source = place / "source"
    link(corpus.files(), source / "_posts")
    categories = [corpora.category(number, corpus.categories) for number in range(corpus.categories)]
    more = {"plugins": _PLUGINS, "feed": {"categories": categories, "posts_limit": WINDOW}}
    lines = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in more.items())
    (source / "_config.yml").write_text(corpora.CONFIG + lines, "utf-8")
    out = place / "out"
    command = ("jekyll", "build", "--quiet", "--disable-disk-cache", "--source", str(source), "--destination", str(out))
    # Ruby reads names of files as the locale says.
    return Laid(("env", "LC_ALL=C.UTF-8", *command), out, "feed.xml", "feed/*.xml", "sitemap.xml")


def _absent() -> str:
    if not installed.tool("jekyll"):
        return "jekyll is not installed"
    for plugin in _PLUGINS:
        asked = subprocess.run(["gem", "list", "--silent", "--installed", f"^{plugin}$"], check=False)
        if asked.returncode:
            return f"{plugin} is not installed"
    return ""


JEKYLL: Final = Generator("Jekyll", _absent, _lay)
