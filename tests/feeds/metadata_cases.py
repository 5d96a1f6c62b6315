"""The golden corpus of metadata: each ``metadata/<case>.json`` is a page and its publication; beside it stand the
fragment, its values and the two oEmbed answers.

Adding a case is adding a file and recording it: ``python -m tests.feeds.record_metadata``. What a case leaves out is
taken from the defaults here. Look at the difference before you commit it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from feeds import oembed
from feeds.metadata import Page, Publication, as_json, fragment

CORPUS = Path(__file__).parent / "metadata"

SITE: dict[str, Any] = {
    "url": "https://example.org",
    "title": "예시 뉴스룸",
    "description": "두 언어로 쓰는 작은 뉴스룸",
    "language": "ko-KR",
}
PAGE: dict[str, Any] = {"kind": "post", "url": "https://example.org/news/1/", "title": "제목"}
BOUNDS: dict[str, Any] = {"url": "", "maxwidth": None, "maxheight": None}

_PAGE, _PUBLICATION = TypeAdapter(Page), TypeAdapter(Publication)


@dataclass(frozen=True)
class Case:
    """A page, its publication, and what a consumer of oEmbed asks for."""

    name: str
    page: Page
    publication: Publication
    bounds: dict[str, Any]

    def documents(self) -> Iterator[tuple[Path, bytes]]:
        said = (self.page, self.publication)
        yield CORPUS / f"{self.name}.meta.html", fragment(*said)
        yield CORPUS / f"{self.name}.meta.json", as_json(*said)
        yield CORPUS / f"{self.name}.oembed.json", oembed.as_json(*said, **self.bounds)
        yield CORPUS / f"{self.name}.oembed.xml", oembed.as_xml(*said, **self.bounds)


def load(path: Path) -> Case:
    """The case that a file of the corpus describes."""
    values = json.loads(path.read_text("utf-8"))
    publication = values.get("publication", {})
    return Case(
        name=path.stem,
        page=_PAGE.validate_python({**PAGE, **values["page"]}),
        publication=_PUBLICATION.validate_python({**publication, "site": {**SITE, **publication.get("site", {})}}),
        bounds={**BOUNDS, **values.get("oembed", {})},
    )


CASES = [load(path) for path in sorted(CORPUS.glob("*.json")) if "." not in path.stem]
