"""The golden corpus of documents that hold no posts: each ``documents/<case>.json`` says what is in one.

Beside it stands the document, recorded by ``python -m tests.feeds.written``. Adding a case is adding a file and
recording it; look at the difference before you commit it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from feeds.opml import Group, opml
from feeds.robots import robots
from feeds.sitemap import Location, NewsItem, index, location, news, news_item, urlset

CORPUS = Path(__file__).parent / "documents"

_LOCATIONS = TypeAdapter(tuple[Location, ...])
_NEWS = TypeAdapter(tuple[NewsItem, ...])
_CHILDREN = TypeAdapter(tuple[tuple[str, datetime | None], ...])
_GROUPS = TypeAdapter(tuple[Group, ...])
_MOMENT = TypeAdapter(datetime)


def _robots(values: dict[str, Any]) -> bytes:
    return robots(
        search=values.get("search", True),
        ai=values.get("ai", True),
        disallow=tuple(values.get("disallow", ())),
        bots={name: tuple(paths) for name, paths in values.get("bots", {}).items()},
        license=values.get("license"),
        sitemaps=tuple(values.get("sitemaps", ())),
    )


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "sitemap": lambda values: urlset(map(location, _LOCATIONS.validate_python(values))),
    "index": lambda values: index(_CHILDREN.validate_python(values)),
    "news": lambda values: news(map(news_item, _NEWS.validate_python(values))),
    "opml": lambda values: opml(
        values["title"], _GROUPS.validate_python(values["groups"]), _MOMENT.validate_python(values["updated"])
    ),
    "robots": _robots,
}
KINDS = {"sitemap": "sitemap", "index": "sitemap-index", "news": "sitemap", "opml": "opml"}
"""The measure of a writer's document (``schemas.problems``); robots.txt has none."""


@dataclass(frozen=True)
class Written:
    """A case: its name begins with its writer's."""

    name: str
    values: Any

    @property
    def writer(self) -> str:
        return self.name.partition("-")[0]

    @property
    def path(self) -> Path:
        return CORPUS / f"{self.name}{'.txt' if self.writer == 'robots' else '.xml'}"

    def document(self) -> bytes:
        return WRITERS[self.writer](self.values)


CASES = [Written(path.stem, json.loads(path.read_text("utf-8"))) for path in sorted(CORPUS.glob("*.json"))]


if __name__ == "__main__":
    for case in CASES:
        body = case.document()
        if not case.path.exists() or case.path.read_bytes() != body:
            case.path.write_bytes(body)
            sys.stdout.write(f"{case.path.name}\n")
