"""Hugo with feeds and sitemap only: no page is rendered, no tag or section looked at, a feed template of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench import installed
from bench.generators.site import WINDOW, Corpus, Generator, Laid, link

CONFIG: Final = f"""baseURL = "https://bench.example.org/"
title = "벤치 뉴스 Bench News"
languageCode = "ko-KR"
timeZone = "Asia/Seoul"
disableKinds = ["section", "404", "robotsTXT"]
[taxonomies]
category = "categories"
[services.rss]
limit = {WINDOW}
[outputs]
home = ["RSS"]
page = []
taxonomy = []
term = ["RSS"]
"""
FEED: Final = f"""
{{{{- $pages := .RegularPages -}}}}{{{{- if .IsHome }}}}{{{{ $pages = .Site.RegularPages }}}}{{{{ end -}}}}
{{{{- printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\" standalone=\\"yes\\"?>" | safeHTML }}}}
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>{{{{ .Title }}}}</title><link>{{{{ .Permalink }}}}</link><description>{{{{ .Site.Title }}}}</description>
{{{{ range first {WINDOW} $pages }}}}<item><title>{{{{ .Title }}}}</title><link>{{{{ .Permalink }}}}</link>
<pubDate>{{{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" | safeHTML }}}}</pubDate><guid>{{{{ .Permalink }}}}</guid>
<description>{{{{ .Summary | html }}}}</description><content:encoded>{{{{ .Content | html }}}}</content:encoded></item>
{{{{ end }}}}</channel></rss>
"""


def _lay(place: Path, corpus: Corpus) -> Laid:
    link(corpus.files(), place / "content" / "posts")
    (place / "config.toml").write_text(CONFIG, "utf-8")
    layouts = place / "layouts" / "_default"
    layouts.mkdir(parents=True)
    (layouts / "rss.xml").write_text(FEED.lstrip(), "utf-8")
    out = place / "out"
    command = (installed.tool("hugo"), "--quiet", "--source", str(place), "--destination", str(out))
    return Laid(command, out, "index.xml", "categories/*/index.xml", "sitemap.xml", kept=(place / "resources",))


HUGO: Final = Generator("Hugo", lambda: "" if installed.tool("hugo") else "hugo is not installed", _lay)
