"""The golden corpus: each ``corpus/<case>.json`` is a site, a channel and its posts, and beside it stand the documents.

Adding a case is adding a file and recording it: ``python -m tests.feeds.record``. What a case leaves out of its site
and channel is taken from the defaults here. Look at the difference before you commit it; where an old document has
changed, the format's ``revision`` must move.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from feeds.formats import FORMATS, Format, assemble
from feeds.model import Channel, Post, Site, make_post

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = {"rss": ".rss.xml", "atom": ".atom.xml", "json": ".feed.json"}

SITE: dict[str, Any] = {
    "url": "https://example.org",
    "title": "예시 뉴스룸",
    "description": "두 언어로 쓰는 작은 뉴스룸",
    "language": "ko-KR",
    "category_scheme": "https://example.org/categories/",
    "tag_scheme": "https://example.org/tags/",
}
CHANNEL: dict[str, Any] = {
    "kind": "category",
    "title": "News · 예시 뉴스룸",
    "url": "https://example.org/categories/news/",
    "feeds": [(f.name, f"https://example.org/categories/news/{f.file_name}") for f in FORMATS.values()],
    "updated": "2024-05-01T03:00:00Z",
    "label": "News",
}

_POST, _SITE, _CHANNEL = TypeAdapter(Post), TypeAdapter(Site), TypeAdapter(Channel)


@dataclass(frozen=True)
class Case:
    """A site, a channel and its posts, newest first; ``full`` False asks for brief entries."""

    name: str
    site: Site
    channel: Channel
    posts: tuple[Post, ...]
    full: bool

    def document(self, form: Format) -> bytes:
        entries = [form.entry(post, self.site, self.full) for post in self.posts]
        return assemble(form, self.channel, self.site, entries)

    def expected(self, form: Format) -> Path:
        return CORPUS / f"{self.name}{EXPECTED[form.name]}"


def load(path: Path) -> Case:
    """The case that a file of the corpus describes; its posts have been through the door."""
    values = json.loads(path.read_text("utf-8"))
    return Case(
        name=path.stem,
        site=_SITE.validate_python({**SITE, **values.get("site", {})}),
        channel=_CHANNEL.validate_python({**CHANNEL, **values.get("channel", {})}),
        posts=tuple(_post(post) for post in values["posts"]),
        full=values.get("full", True),
    )


def _post(values: dict[str, Any]) -> Post:
    raw = _POST.validate_python(values)
    return make_post(**{spec.name: getattr(raw, spec.name) for spec in fields(Post)})


CASES = [load(path) for path in sorted(CORPUS.glob("*.json")) if not path.name.endswith(EXPECTED["json"])]
