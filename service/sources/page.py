"""What Liquid sees as ``page``, made again from a post's stored text when its body is rendered.

A GET never reads content (DESIGN.md rule 3), so the index keeps the text and this module reads it once more. It gives
Liquid values, decides nothing, and raises nothing: the text has been understood before.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from service.content.front_matter import parse, split
from service.content.scalars import as_typed
from service.errors import Rejected
from service.settings import LimitSettings
from service.sources.source import Context, Fields


def page_values(
    fields: Fields, text: str, limits: LimitSettings, *, path: str = "", context: Context | None = None
) -> tuple[dict[str, Any], str]:
    """The ``page`` of a post and its raw body.

    Front matter is typed as Ruby's Psych would, times in the site's zone; what Jekyll computes (``url`` below the
    site's ``baseurl``, ``id``, ``date``, ``title``, ``categories``, ``tags``) stands above it. ``path`` is the post's
    locator; ``context`` its source's. ``excerpt``, ``content`` and the neighbours of a post are not there. Where the
    body holds no Liquid nobody asks for more than the path, and the front matter is not read again.
    """
    if not fields.liquid:
        return {"path": path}, split(text).body
    zone = ZoneInfo(context.timezone if context else "UTC")
    try:
        matter = parse(text, path, limits)
        page: dict[str, Any] = as_typed(dict(matter.values), zone)
        body = matter.body
    except Rejected:
        page, body = {}, text
    parts = urlsplit(fields.url)
    page |= {
        "url": parts.path.removeprefix(context.baseurl if context else "") or "/",
        "id": fields.id,
        "date": fields.published.astimezone(zone) if fields.published else None,
        "title": fields.title,
        "categories": list(fields.categories),
        "tags": list(fields.tags),
        "collection": fields.collection,
        "path": path,
    }
    page.pop("excerpt", None)
    return page, body
