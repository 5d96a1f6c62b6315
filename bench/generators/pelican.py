"""Pelican, feeds and sitemap only; its front matter is Python-Markdown's, so that the posts are written anew for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench import installed
from bench.generators.site import WINDOW, Corpus, Generator, Laid, parts

SETTINGS: Final = f"""AUTHOR = "Desk"
SITENAME = "벤치 뉴스 Bench News"
SITEURL = FEED_DOMAIN = "https://bench.example.org"
TIMEZONE = "Asia/Seoul"
DEFAULT_LANG = "ko"
PATH = "content"
THEME = "theme"
RSS_FEED_SUMMARY_ONLY = False
FEED_MAX_ITEMS = {WINDOW}
FEED_RSS = "rss.xml"
CATEGORY_FEED_RSS = "categories/{{slug}}/rss.xml"
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
ARTICLE_URL = "{{slug}}/"
ARTICLE_SAVE_AS = PAGE_SAVE_AS = CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = TAG_SAVE_AS = ""
DIRECT_TEMPLATES = ["sitemap"]
SITEMAP_SAVE_AS = "sitemap.xml"
"""
SITEMAP: Final = """<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{% for article in articles %}<url><loc>{{ SITEURL }}/{{ article.url }}</loc>
<lastmod>{{ (article.modified or article.date).isoformat() }}</lastmod></url>
{% endfor %}</urlset>
"""


def _lay(place: Path, corpus: Corpus) -> Laid:
    content, theme = place / "content", place / "theme" / "templates"
    content.mkdir()
    theme.mkdir(parents=True)
    for path in corpus.files():
        lines, body = parts(path.read_text("utf-8"))
        title, category = lines["title"].strip('"'), lines["categories"].strip("[]")
        head = f"Title: {title}\nDate: {lines['date']}\nCategory: {category}\nSlug: {path.stem}\n"
        (content / path.name).write_text(head + body, "utf-8")
    (place / "pelicanconf.py").write_text(SETTINGS, "utf-8")
    (theme / "sitemap.html").write_text(SITEMAP, "utf-8")
    out = place / "out"
    words = ("-m", "pelican", str(content), "-s", str(place / "pelicanconf.py"), "-o", str(out), "-q")
    return Laid((installed.python(), *words), out, "rss.xml", "categories/*/rss.xml", "sitemap.xml")


def _absent() -> str:
    return "" if installed.has("pelican") and installed.has("markdown") else "pelican is not installed"


PELICAN: Final = Generator("Pelican", _absent, _lay)
