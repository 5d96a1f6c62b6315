"""Where jekyll-feed's feeds were, as ``feed`` in ``_config.yml`` says.

Its usual places need no word: ``/feed.xml``, ``/feed/<category>.xml`` and ``/feed/by_tag/<tag>.xml`` are paths of every
site (:mod:`service.paths`). Those of other collections are not named: no channel holds the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from feeds.text import single_line
from service.content.scalars import Value
from service.sources.keys import Keys
from service.sources.source import FormerFeed


def feed_path(keys: Keys) -> str:
    """The posts' own feed, with one leading slash; "" where none is said."""
    feed = _map(keys.get("feed"))
    posts = _map(_map(feed.get("collections")).get("posts"))
    return next((f"/{path}" for table in (posts, feed) if (path := _text(table.get("path")).lstrip("/"))), "")


def former_feeds(keys: Keys) -> tuple[FormerFeed, ...]:
    """Those of tags, where they have a place of their own."""
    path = _text(_map(_map(keys.get("feed")).get("tags")).get("path")).lstrip("/")
    return (FormerFeed("tag", f"/{path}:name.xml", "atom.xml"),) if path and ":" not in path else ()


def _map(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def _text(value: Value) -> str:
    text = single_line(value) if isinstance(value, str) else ""
    return text if text.strip("/ ") else ""
