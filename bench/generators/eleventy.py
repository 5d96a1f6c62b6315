"""Eleventy with plugin-rss, feeds and sitemap only; its dates are YAML's own, so that the posts are written anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from bench import installed
from bench.generators.site import WINDOW, Corpus, Generator, Laid

CONFIG: Final = """import rss from "@11ty/eleventy-plugin-rss";

export default function (config) {
  config.addPlugin(rss);
  config.addCollection("newest", (api) => api.getFilteredByTag("posts").slice(-WINDOW).reverse());
  config.addCollection("byCategory", (api) => {
    const found = new Map();
    for (const post of api.getFilteredByTag("posts").reverse()) {
      for (const name of post.data.categories) {
        if (!found.has(name)) found.set(name, []);
        if (found.get(name).length < WINDOW) found.get(name).push(post);
      }
    }
    return [...found].map(([name, posts]) => ({ name, posts }));
  });
  return { dir: { input: "source", output: "out" }, markdownTemplateEngine: "liquid" };
}
""".replace("WINDOW", str(WINDOW))
ITEMS: Final = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>{{ site.title }}</title><link>{{ site.url }}/</link><description>{{ site.title }}</description>
{% for post in POSTS %}<item><title>{{ post.data.title }}</title><link>{{ site.url }}/{{ post.fileSlug }}/</link>
<pubDate>{{ post.date | dateToRfc822 }}</pubDate><guid>{{ site.url }}/{{ post.fileSlug }}/</guid>
<description>{{ post.data.excerpt }}</description>
<content:encoded>{{ post.content | renderTransforms({}, site.url) }}</content:encoded></item>
{% endfor %}</channel></rss>
"""
HOME: Final = '---\npermalink: "rss.xml"\neleventyExcludeFromCollections: true\n---\n' + ITEMS.replace(
    "POSTS", "collections.newest"
)
CATEGORY: Final = """---
pagination: { data: collections.byCategory, size: 1, alias: category }
permalink: "categories/{{ category.name }}/rss.xml"
eleventyExcludeFromCollections: true
---
""" + ITEMS.replace("POSTS", "category.posts")
SITEMAP: Final = """---
permalink: "sitemap.xml"
eleventyExcludeFromCollections: true
---
<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{% for post in collections.posts %}<url><loc>{{ site.url }}/{{ post.fileSlug }}/</loc>
<lastmod>{{ post.date | dateToRfc3339 }}</lastmod></url>
{% endfor %}</urlset>
"""


def _lay(place: Path, corpus: Corpus) -> Laid:
    source = place / "source"
    posts, data = source / "posts", source / "_data"
    for folder in (posts, data):
        folder.mkdir(parents=True)
    for path in corpus.files():
        (posts / path.name).write_text(path.read_text("utf-8").replace(" +0900\n", " +09:00\n", 1), "utf-8")
    (posts / "posts.json").write_text(json.dumps({"tags": "posts", "permalink": False}))
    site = {"title": "벤치 뉴스 Bench News", "url": "https://bench.example.org"}
    (data / "site.json").write_text(json.dumps(site, ensure_ascii=False), "utf-8")
    for name, text in (("home.njk", HOME), ("category.njk", CATEGORY), ("sitemap.njk", SITEMAP)):
        (source / name).write_text(text, "utf-8")
    (place / "eleventy.config.mjs").write_text(CONFIG, "utf-8")
    (place / "node_modules").symlink_to(installed.node_modules())
    program = installed.node_modules() / "@11ty" / "eleventy" / "cmd.cjs"
    words = f'cd "{place}" && exec "{installed.tool("node")}" "{program}" --quiet'  # its configuration is found there
    return Laid(("sh", "-c", words), place / "out", "rss.xml", "categories/*/rss.xml", "sitemap.xml")


def _absent() -> str:
    if not installed.tool("node"):
        return "node is not installed"
    there = (installed.node_modules() / "@11ty" / "eleventy-plugin-rss").is_dir()
    return "" if there else "eleventy is not installed"


ELEVENTY: Final = Generator("Eleventy", _absent, _lay)
