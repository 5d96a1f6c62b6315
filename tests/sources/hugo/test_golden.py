"""Our loader against the real Hugo, field by field, over the sites beside this file.

The records are committed, so that this runs where Hugo is absent; where it is present they are made anew and compared.
Where we differ on purpose, the table says how and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from feeds.text import plain
from service.content.render import render
from service.sources.page import page_values
from service.sources.source import Context, Put, Reject
from tests.sources.hugo import record
from tests.sources.hugo.replay import ABORTED, BUILT, LIMITS, NOW, golden, load

ZERO = "0001-01-01T00:00:00Z"

ON_PURPOSE: Mapping[str, Mapping[str, tuple[Any, str]]] = {}


def moment(text: str) -> datetime | None:
    return None if text == ZERO else datetime.fromisoformat(text)


def theirs(page: Mapping[str, Any]) -> dict[str, Any]:
    """What Hugo made of a page, in the shape of :func:`ours`."""
    published = moment(page["publishdate"]) or moment(page["date"])
    lastmod = moment(page["lastmod"])
    terms = page["terms"]
    return {
        "url": unquote(page["permalink"]),
        "published": published,
        "updated": max(filter(None, (published, lastmod)), default=None),
        "expires": moment(page["expirydate"]),
        "title": page["title"],
        "categories": [label.casefold() for label in terms.get("categories") or terms.get("themen") or ()],
        "tags": [label.casefold() for label in terms.get("tags") or terms.get("schlagworte") or ()],
        "authors": terms.get("authors") or [],
        "images": page["images"],
        "content": " ".join(page["content"].split()),
        "aliased": bool(page["aliases"]),
    }


def ours(put: Put, context: Context, site_image: str | None) -> dict[str, Any]:
    fields = put.fields
    assert fields.url.isascii()
    page, body = page_values(fields, put.text, LIMITS, path=put.locator, context=context)
    made = render(fields, body, page, context, lambda _: None, LIMITS, 10_000)
    return {
        "url": unquote(fields.url),
        "published": fields.published,
        "updated": max(filter(None, (fields.published, fields.updated)), default=None),
        "expires": fields.expires,
        "title": fields.title,
        "categories": [label.casefold() for label in fields.categories],
        "tags": [label.casefold() for label in fields.tags],
        "authors": [author.name for author in fields.authors],
        "images": [image.url for image in fields.images] or ([site_image] if site_image else []),
        "content": " ".join(plain(made.html).split()),
        "summary": " ".join(made.summary.split()),
        "aliased": bool(fields.aliases),
    }


@pytest.mark.parametrize("name", BUILT)
def test_each_page_means_what_it_means_to_hugo(name: str, tmp_path: Path) -> None:
    facts, context, changes = load(name, tmp_path)
    differences = []
    for path, page in golden(name)["pages"].items():
        place = f"{name}/{path}"
        put = changes.get(path)
        if not isinstance(put, Put):
            differences.append(f"{place}: {put}")
            continue
        found = ours(put, context, facts.image)
        expected = theirs(page) | {key: value for key, (value, _) in ON_PURPOSE.get(place, {}).items()}
        differences += [
            f"{place} {key}: {value!r} is {found[key]!r}" for key, value in expected.items() if found[key] != value
        ]
    assert not differences, "\n".join(differences)
