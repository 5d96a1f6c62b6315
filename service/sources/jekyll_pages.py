"""Jekyll's pages: about, contact, home; whatever has front matter and is no document of a collection.

Follows ``Page``, ``URL`` and ``Site#html_pages`` of Jekyll 4.3.1 and the template of jekyll-sitemap 1.4. Only pages
that become HTML are looked at: of style sheets, feeds and scripts with front matter nothing is published here. Pages
that plugins generate (archives, the further pages of a list) have no file and are unknown.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from typing import Final

from service.content.permalinks import escape, sanitized, with_suffix

HTML: Final = (".html", ".xhtml", ".htm")
"""``Page::HTML_EXTENSIONS``; in lower case only, as there."""

FRONT_MATTER: Final = re.compile(rb"---[ \t\r\f\v]*\n")
"""``Utils.has_yaml_header?``: a file that begins otherwise, be it with a byte order mark, is copied as it is."""

_ERRORS = frozenset(("/404", "/404/", "/404.html"))
_REFRESH = re.compile(r"<meta\s[^>]*http-equiv\s*=\s*[\"']?refresh\b", re.IGNORECASE)


def is_page_name(name: str, markdown: Collection[str]) -> bool:
    """Whether a file by this name would become HTML. ``markdown``: extensions in lower case, without the dot."""
    extension = posixpath.splitext(name)[1]
    return extension in HTML or extension[1:].lower() in markdown


def page_url(path: str, permalink: str, style: str, output_ext: str) -> str:
    """A page's URL below ``baseurl``.

    ``path`` is that of its file below the source; ``permalink`` its own or "", ``style`` the site's. Where posts have
    many placeholders a page has ``:path``, ``:basename`` and ``:output_ext``; others stay as they are written. An
    ``/index.html`` at the end is left out, as jekyll-sitemap and jekyll-seo-tag do.
    """
    directory, name = posixpath.split(path)
    basename = posixpath.splitext(name)[0].rstrip(".")
    if permalink:
        template = permalink
    elif output_ext not in HTML:
        template = "/:path/:basename:output_ext"
    elif basename == "index":
        template = "/:path/"
    else:
        template = with_suffix("/:path/:basename", style)
    places = (":path", f"/{directory}" if directory else ""), (":basename", basename), (":output_ext", output_ext)
    for placeholder, value in places:
        template = template.replace(placeholder, escape(value))
    return re.sub(r"/index\.html\Z", "/", sanitized(template))


def belongs(url: str, output_ext: str, body: str) -> bool:
    """Whether jekyll-sitemap lists a page: it is HTML, and not the one for errors. One whose body does nothing but
    lead elsewhere (``http-equiv="refresh"``) is not listed either."""
    html = output_ext in HTML or url.endswith("/")
    return html and not is_error(url) and not _REFRESH.search(body)


def is_error(url: str) -> bool:
    """Whether a page is the one that GitHub Pages and most servers show where there is none."""
    return url in _ERRORS
