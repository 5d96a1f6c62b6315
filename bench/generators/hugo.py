"""Hugo, once with feeds and sitemap only, once with a page for every post and term as well; no section or taxonomy.

The templates are ours: a feed like ours, and small pages whose head says what our metadata say of a page, as far as
Hugo's own templates do.
"""

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

FEEDS_ONLY: Final = """[outputs]
home = ["RSS"]
page = []
taxonomy = []
term = ["RSS"]
"""
WITH_PAGES: Final = """[outputs]
home = ["HTML", "RSS"]
page = ["HTML"]
term = ["HTML", "RSS"]
"""
_HEAD: Final = """<!DOCTYPE html>
<html lang="{{ .Site.LanguageCode }}"><head><meta charset="utf-8"><title>{{ .Title }}</title>
<link rel="canonical" href="{{ .Permalink }}"><meta name="description" content="{{ .Summary | plainify }}">
{{ template "_internal/opengraph.html" . }}{{ template "_internal/twitter_cards.html" . }}
{{ with .OutputFormats.Get "RSS" }}<link rel="alternate" type="application/rss+xml" href="{{ .Permalink }}">{{ end }}
</head><body><h1>{{ .Title }}</h1>
"""
PAGE: Final = f"""{_HEAD}{{{{ .Content }}}}
</body></html>
"""
LIST: Final = f"""{_HEAD}
{{{{- $pages := .RegularPages -}}}}{{{{- if .IsHome }}}}{{{{ $pages = .Site.RegularPages }}}}{{{{ end -}}}}
<ul>{{{{ range first {WINDOW} $pages }}}}<li><a href="{{{{ .Permalink }}}}">{{{{ .Title }}}}</a> {{{{ .Summary }}}}</li>
{{{{ end }}}}</ul></body></html>
"""


def _lay(place: Path, corpus: Corpus, outputs: str = FEEDS_ONLY) -> Laid:
    link(corpus.files(), place / "content" / "posts")
    (place / "config.toml").write_text(CONFIG + outputs, "utf-8")
    layouts = place / "layouts" / "_default"
    layouts.mkdir(parents=True)
    (layouts / "rss.xml").write_text(FEED.lstrip(), "utf-8")
    out = place / "out"
    command = (installed.tool("hugo"), "--quiet", "--source", str(place), "--destination", str(out))
    return Laid(command, out, "index.xml", "categories/*/index.xml", "sitemap.xml", kept=(place / "resources",))


def _lay_pages(place: Path, corpus: Corpus) -> Laid:
    laid = _lay(place, corpus, WITH_PAGES)
    for name, template in (("single.html", PAGE), ("list.html", LIST)):
        (place / "layouts" / "_default" / name).write_text(template, "utf-8")
    return laid


def _absent() -> str:
    return "" if installed.tool("hugo") else "hugo is not installed"


HUGO: Final = Generator("Hugo", _absent, _lay)
HUGO_PAGES: Final = Generator("Hugo, with its pages", _absent, _lay_pages)
