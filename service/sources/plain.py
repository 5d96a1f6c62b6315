"""A plain folder of posts: Markdown, HTML and text files with front matter, and no generator to ask for their meaning.

Nothing here is anyone's page yet, so doubt hides (a draft that may be one, a ``published`` that may be false) and dates
are read as everyone writes them. A file without front matter is not taken for a post: folders hold licences, too.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from feeds.model import Author
from feeds.text import single_line
from feeds.uri import ascii_url, is_web_url
from service.content import guards
from service.content.dates import DateError, midnight, name_date
from service.content.front_matter import FrontMatter, parse
from service.content.permalinks import titleize
from service.content.scalars import Unreadable, Value, as_bool, is_bool, shorten
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import jekyll_terms, media, metadata
from service.sources.files import Tree
from service.sources.keys import Keys
from service.sources.people import authors
from service.sources.source import Context, Fields, Markup, SiteFacts, Visibility
from service.sources.walk import Entry, visible

REVISION: Final = 1
"""Part of every fingerprint: raise it when the same file comes to mean something else."""

_MARKUP: Final[Mapping[str, Markup]] = {
    "md": "markdown",
    "markdown": "markdown",
    "mkd": "markdown",
    "mkdn": "markdown",
    "mkdown": "markdown",
    "html": "html",
    "htm": "html",
    "txt": "text",
    "text": "text",
}
_SKIPPED = (".", "_", "#", "~")
_DATES = ("date", "published", "pubdate", "publishdate", "created")
_UPDATED = ("updated", "lastmod", "modified", "last_modified_at")
_SUMMARIES = ("excerpt", "summary", "description", "feature_text")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
